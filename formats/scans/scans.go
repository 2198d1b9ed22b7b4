// Package scans opens a scanner export of any format that is read, by its
// content: a file's name never decides what it is.
package scans

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"firescene/formats"
	"firescene/formats/e57"
	"firescene/formats/gltf"
	"firescene/formats/las"
	"firescene/formats/obj"
	"firescene/formats/pcd"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/pts"
	"firescene/formats/ptx"
	"firescene/formats/stl"
	"firescene/formats/xyz"
)

// Format is the name of a format of point clouds.
type Format string

// The formats that are read and, but for STL, written.
const (
	PLY  Format = "PLY"
	LAS  Format = "LAS"
	LAZ  Format = "LAZ"
	COPC Format = "COPC"
	E57  Format = "E57"
	PTX  Format = "PTX"
	PTS  Format = "PTS"
	PCD  Format = "PCD"
	XYZ  Format = "XYZ"
	OBJ  Format = "OBJ"
	STL  Format = "STL"
	GLTF Format = "glTF"
)

// Give lists what to give instead of a file that is not read.
const Give = "give E57, LAS, LAZ, COPC, PLY, PTX, PTS, PCD, XYZ, CSV, OBJ, STL or GLB files"

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

// E57 is the file when it is of that format, else nil.
func (f *File) E57() *e57.File { return f.e57 }

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

// openers are the formats that need nothing but their content.
var openers = map[Format]func(io.ReaderAt, int64, formats.Limits) ([]points.Scan, error){
	PLY: ply.Open, LAS: las.Open, LAZ: las.Open, COPC: las.Open, PTX: ptx.Open, PTS: pts.Open,
	PCD: pcd.Open, XYZ: xyz.Open, OBJ: obj.Open, STL: stl.Open, GLTF: gltf.Open,
}

// OpenFile is Open with options, and tells the format.
func OpenFile(r io.ReaderAt, size int64, name string, lim formats.Limits, opts Options) (*File, error) {
	form, err := Detect(r, size, name)
	if err != nil {
		return nil, err
	}
	f := &File{Format: form}
	if form != E57 {
		f.Scans, err = openers[form](r, size, lim)
		return f, err
	}
	if f.e57, err = e57.OpenFile(r, size, lim, e57.ReadOptions{IgnoreChecksums: opts.IgnoreChecksums}); err != nil {
		return nil, err
	}
	for _, s := range f.e57.Scans {
		f.Scans = append(f.Scans, s)
	}
	return f, nil
}

// headB is how much of a file Detect looks at.
const headB = 4 << 10

// Detect tells the format from the beginning of a file and its size.
func Detect(r io.ReaderAt, size int64, name string) (Format, error) {
	var head [headB]byte
	n, err := r.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	b := head[:n]
	switch {
	case bytes.HasPrefix(b, []byte("LASF")):
		return family(b), nil
	case bytes.HasPrefix(b, []byte("ASTM-E57")):
		return E57, nil
	case bytes.HasPrefix(b, []byte("ply\n")), bytes.HasPrefix(b, []byte("ply\r")), bytes.HasPrefix(b, []byte("ply ")):
		return PLY, nil
	case bytes.HasPrefix(b, []byte("# .PCD")), pcdHead(b):
		return PCD, nil
	case gltf.Is(b):
		return GLTF, nil
	case stl.Is(b, size):
		return STL, nil
	case ptx.IsPTX(b):
		return PTX, nil
	case pts.IsPTS(b):
		return PTS, nil
	case obj.IsOBJ(b):
		return OBJ, nil
	}
	return other(b, name)
}

// family tells LAS, LAZ and COPC apart: by the bit of compression, and by the first
// variable length record, which COPC puts at a fixed place.
func family(b []byte) Format {
	switch {
	case len(b) < 105 || b[104]&0x80 == 0:
		return LAS
	case len(b) >= 393 && string(b[377:381]) == "copc" && b[393] == 1:
		return COPC
	}
	return LAZ
}

// pcdHead knows a PCD file that has lost the comment in its first line.
func pcdHead(b []byte) bool {
	return bytes.Contains(b, []byte("\nFIELDS ")) && bytes.Contains(b, []byte("\nDATA "))
}

// other decides about a file without a mark of its own: a table, when its name does
// not say that it is something else.
func other(b []byte, name string) (Format, error) {
	claimed := strings.ToUpper(strings.TrimPrefix(path.Ext(name), "."))
	if len(b) == 0 {
		if claimed == "" {
			claimed = "scan"
		}
		return "", &formats.FormatError{Format: claimed, Offset: 0, Reason: "the file is empty", Next: "copy it again from the scanner or its software"}
	}
	if bytes.HasPrefix(b, []byte("version https://git-lfs")) {
		return "", &formats.FormatError{Format: claimed, Offset: 0, Reason: "this is a note of Git LFS that stands for the file, not the file", Next: "fetch the file itself: git lfs pull"}
	}
	switch claimed {
	case "LAS", "LAZ", "E57", "PLY", "PCD", "GLB", "STL", "PTX", "PTS":
		return "", &formats.FormatError{Format: claimed, Offset: 0,
			Reason: fmt.Sprintf("the name says %s, the content does not: it begins with %.16q", claimed, b),
			Next:   "check what the file is, or export it again"}
	}
	if isText(b) {
		return XYZ, nil
	}
	return "", &formats.UnsupportedError{Format: "scan", Offset: 0, Feature: fmt.Sprintf("content that begins with %.16q", b), Next: Give}
}

func isText(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		return false
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 && i < len(b)-utf8.UTFMax || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
		i += n
	}
	return true
}
