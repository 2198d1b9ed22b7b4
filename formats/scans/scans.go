// Package scans opens a scanner export of any format that is read, by its
// content: a file's name never decides what it is.
package scans

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"

	"firescene/formats"
	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
)

// Format is the name of a format of point clouds.
type Format string

// The formats that are read and written.
const (
	PLY  Format = "PLY"
	LAS  Format = "LAS"
	LAZ  Format = "LAZ"
	COPC Format = "COPC"
	E57  Format = "E57"
)

// File is an open scanner export.
type File struct {
	Format Format
	Scans  []points.Scan
	e57    *e57.File
}

// BadPages lists the pages that have been read so far in spite of a wrong
// checksum, when Options.IgnoreChecksums allowed it. Only E57 has them.
func (f *File) BadPages() []int64 {
	if f.e57 == nil {
		return nil
	}
	return f.e57.BadPages()
}

// Options changes how files are read.
type Options struct {
	// IgnoreChecksums reads E57 pages whose checksum is wrong: see
	// e57.ReadOptions.
	IgnoreChecksums bool
}

// Open returns the scans of a file. name is used in messages only. A file that
// is cut off or claims too much gives a *formats.FormatError, one of another
// format an *formats.UnsupportedError; both may come later, from Scan.Next.
func Open(r io.ReaderAt, size int64, name string, lim formats.Limits) ([]points.Scan, error) {
	f, err := OpenFile(r, size, name, lim, Options{})
	if err != nil {
		return nil, err
	}
	return f.Scans, nil
}

// OpenFile is Open with options, and tells the format.
func OpenFile(r io.ReaderAt, size int64, name string, lim formats.Limits, opts Options) (*File, error) {
	form, err := Detect(r, name)
	if err != nil {
		return nil, err
	}
	f := &File{Format: form}
	switch form {
	case LAS:
		f.Scans, err = las.Open(r, size, lim)
	case PLY:
		f.Scans, err = ply.Open(r, size, lim)
	case E57:
		if f.e57, err = e57.OpenFile(r, size, lim, e57.ReadOptions{IgnoreChecksums: opts.IgnoreChecksums}); err != nil {
			return nil, err
		}
		for _, s := range f.e57.Scans {
			f.Scans = append(f.Scans, s)
		}
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Detect tells the format from the first bytes.
func Detect(r io.ReaderAt, name string) (Format, error) {
	var head [64]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	b := head[:n]
	switch {
	case bytes.HasPrefix(b, []byte("LASF")):
		return LAS, nil
	case bytes.HasPrefix(b, []byte("ASTM-E57")):
		return E57, nil
	case bytes.HasPrefix(b, []byte("ply\n")), bytes.HasPrefix(b, []byte("ply\r")), bytes.HasPrefix(b, []byte("ply ")):
		return PLY, nil
	}
	claimed := strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
	if n == 0 {
		if claimed == "" {
			claimed = "scan"
		}
		return "", &formats.FormatError{Format: claimed, Offset: 0, Reason: "the file is empty", Next: "copy it again from the scanner or its software"}
	}
	switch claimed {
	case "LAS", "LAZ", "E57", "PLY":
		return "", &formats.FormatError{Format: claimed, Offset: 0,
			Reason: fmt.Sprintf("the name says %s, the content does not: it begins with %.16q", claimed, b),
			Next:   "check what the file is, or export it again"}
	}
	return "", &formats.UnsupportedError{Format: "scan", Offset: 0,
		Feature: fmt.Sprintf("content that begins with %.16q", b),
		Next:    "give E57, LAS or PLY files"}
}
