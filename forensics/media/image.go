// Package media opens images of storage media read-only and says what is on
// them: size, hashes, ranges that could not be read, and volumes. It is one of
// the two places of the program that open evidence.
package media

import (
	"context"
	"crypto/md5" // #nosec: one of three hashes, for comparison with older lists
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"github.com/emmansun/gmsm/sm3"

)

// Image is an opened raw image. Its methods may be used from several goroutines.
type Image struct {
	Path     string
	SizeB    int64
	Unread   Unread // ranges that the imaging tool could not read; empty when no map lies beside the image
	MapPath  string // the ddrescue map that Unread comes from, empty when none
	Warnings []string

	f *os.File
}

// Open opens the raw image at path, for reading only, and the ddrescue map
// beside it: the same name with ".map" or ".mapfile" added, or in place of its
// extension.
func Open(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if st.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s is a folder; give the image file of a medium", path)
	}
	size := st.Size()
	if !st.Mode().IsRegular() {
		// a device node tells its size by seeking
		if size, err = f.Seek(0, io.SeekEnd); err != nil {
			f.Close()
			return nil, fmt.Errorf("%s has no size: %w", path, err)
		}
	}
	im := &Image{Path: path, SizeB: size, f: f}
	if err := im.readMap(); err != nil {
		f.Close()
		return nil, err
	}
	return im, nil
}

// Close closes the image.
func (im *Image) Close() error { return im.f.Close() }

// ReadAt reads the image. Unread ranges give whatever the imaging tool put
// there; callers ask Unread.
func (im *Image) ReadAt(p []byte, off int64) (int, error) { return im.f.ReadAt(p, off) }

// Hashes are the check sums of a whole image, in hexadecimal.
type Hashes struct {
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
	MD5    string `json:"md5"`
}

// Hash computes all three hashes in one pass. report is told bytes done; it may
// be nil.
func (im *Image) Hash(ctx context.Context, report func(done int64)) (Hashes, error) {
	a, b, c := sha256.New(), sm3.New(), md5.New()
	if err := im.feed(ctx, report, a, b, c); err != nil {
		return Hashes{}, err
	}
	sum := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	return Hashes{SHA256: sum(a), SM3: sum(b), MD5: sum(c)}, nil
}

// SHA256 computes that hash alone: the check that the evidence was not changed.
func (im *Image) SHA256(ctx context.Context, report func(done int64)) (string, error) {
	h := sha256.New()
	if err := im.feed(ctx, report, h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// feed reads the image once and gives every hash the same bytes, each hash in
// its own goroutine and one block behind the reading.
func (im *Image) feed(ctx context.Context, report func(int64), hs ...hash.Hash) error {
	var bufs [2][]byte
	for i := range bufs {
		bufs[i] = make([]byte, 1<<20)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for off, turn := int64(0), 0; off < im.SizeB; turn ^= 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := bufs[turn][:min(int64(len(bufs[turn])), im.SizeB-off)]
		n, err := im.f.ReadAt(b, off)
		if err != nil && !(errors.Is(err, io.EOF) && int64(n) == int64(len(b))) {
			return fmt.Errorf("%s at byte %d: %w", im.Path, off+int64(n), err)
		}
		wg.Wait()
		for _, h := range hs {
			wg.Go(func() { h.Write(b) })
		}
		off += int64(n)
		if report != nil {
			report(off)
		}
	}
	return nil
}
