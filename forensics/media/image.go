// Package media opens images of storage media read-only and says what is on
// them: size, hashes, ranges that could not be read, and volumes. It is one of
// the two places of the program that open evidence.
package media

import (
	"context"
	"crypto/md5" // #nosec: one of three hashes, for comparison with older lists
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"github.com/emmansun/gmsm/sm3"

	"firescene/formats"
	"firescene/formats/ewf"
)

// Image is an opened image of a medium. Its methods may be used from several
// goroutines.
type Image struct {
	Path   string
	Files  []string // the files that it consists of, in order; Path is the first
	Format string   // "raw", "split raw", "EWF", "VHD", "VHDX", "VMDK" or "QCOW2"
	SizeB  int64    // of the medium
	FilesB int64    // of the files
	Unread Unread   // ranges that the imaging tool could not read, or that the image has lost
	// MapPath is the ddrescue map that Unread comes from, empty when none.
	MapPath string
	// Stored are the hashes of the medium that the imaging tool left in the image.
	Stored      Hashes
	Description string // what the imaging tool left in words, a line "name: value" each
	Warnings    []string

	given []string // files to use instead of looking for them; nil: look
	files []*os.File
	sizes []int64
	r     io.ReaderAt
	ewf   *ewf.Image
}

// Raw reports whether the files' bytes are the medium's.
func (im *Image) Raw() bool { return im.Format == "raw" || im.Format == "split raw" }

// Close closes the image.
func (im *Image) Close() error {
	var err error
	for _, f := range im.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// ReadAt reads the medium. Unread ranges give whatever the imaging tool put
// there, and damaged chunks of a compressed image, which Verify has added to
// Unread, give zeros; callers ask Unread.
func (im *Image) ReadAt(p []byte, off int64) (int, error) {
	if im.ewf == nil {
		return im.r.ReadAt(p, off)
	}
	n := 0
	for n < len(p) {
		m, err := im.r.ReadAt(p[n:], off+int64(n))
		n += m
		if err == nil || errors.Is(err, io.EOF) {
			return n, err
		}
		at := off + int64(n)
		if !formats.IsDamaged(err) || im.Unread.Next(at, at+1) != at {
			return n, err
		}
		end := int(min(int64(len(p)), im.Unread.after(at)-off))
		clear(p[n:end])
		n = end
	}
	return n, nil
}

// Hashes are the check sums of a whole image, in hexadecimal.
type Hashes struct {
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
	MD5    string `json:"md5,omitempty"`
	SHA1   string `json:"sha1,omitempty"` // only as stored in an image
}

// Hash computes all three hashes of the medium in one pass. report is told bytes
// done; it may be nil.
func (im *Image) Hash(ctx context.Context, report func(done int64)) (Hashes, error) {
	a, b, c := sha256.New(), sm3.New(), md5.New()
	tell := func(done int64) error {
		if report != nil {
			report(done)
		}
		return nil
	}
	if err := feed(ctx, im, 0, im.SizeB, im.Path, tell, a, b, c); err != nil {
		return Hashes{}, err
	}
	sum := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	return Hashes{SHA256: sum(a), SM3: sum(b), MD5: sum(c)}, nil
}

// FilesSHA256 computes that hash of the image's files, one after the other as
// they lie on the disk: the check that the evidence was not changed. For a raw
// image it is the hash of the medium too.
func (im *Image) FilesSHA256(ctx context.Context, report func(done int64)) (string, error) {
	return im.FilesSHA256From(ctx, Resume{}, report)
}

// Resume lets a pass over the whole image go on where another run of it was cut
// off.
type Resume struct {
	From []byte // what Keep was given last; what is of no use begins anew
	// Keep is called after each block that is done, with a function that gives the
	// state there; nil to keep nothing. An error of it ends the pass.
	Keep func(state func() ([]byte, error)) error
}

// filesState is how far the hash of the files is.
type filesState struct {
	File    int
	OffsetB int64
	Hash    []byte
}

// FilesSHA256From is FilesSHA256 as a pass that can go on.
func (im *Image) FilesSHA256From(ctx context.Context, r Resume, report func(done int64)) (string, error) {
	h := sha256.New()
	var from filesState
	if json.Unmarshal(r.From, &from) != nil || from.File < 0 || from.File >= len(im.files) || from.OffsetB < 0 || from.OffsetB > im.sizes[from.File] ||
		h.(encoding.BinaryUnmarshaler).UnmarshalBinary(from.Hash) != nil {
		from = filesState{}
		h.Reset()
	}
	done := int64(0)
	for i, f := range im.files {
		if i < from.File {
			done += im.sizes[i]
			continue
		}
		tell := func(n int64) error {
			if report != nil {
				report(done + n)
			}
			if r.Keep == nil {
				return nil
			}
			return r.Keep(func() ([]byte, error) {
				b, err := h.(encoding.BinaryMarshaler).MarshalBinary()
				if err != nil {
					return nil, err
				}
				return json.Marshal(filesState{i, n, b})
			})
		}
		at := int64(0)
		if i == from.File {
			at = from.OffsetB
		}
		if err := feed(ctx, f, at, im.sizes[i], im.Files[i], tell, h); err != nil {
			return "", err
		}
		done += im.sizes[i]
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// feed reads size bytes from an offset on once and gives every hash the same bytes.
// One hash takes them while they are in the processor's cache; several work each in
// its own goroutine and one block behind the reading. tell is called behind each
// block.
func feed(ctx context.Context, r io.ReaderAt, from, size int64, name string, tell func(int64) error, hs ...hash.Hash) error {
	var bufs [2][]byte
	for i := range bufs {
		bufs[i] = make([]byte, 256<<10)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for off, turn := from, 0; off < size; turn ^= 1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := bufs[turn][:min(int64(len(bufs[turn])), size-off)]
		n, err := r.ReadAt(b, off)
		if err != nil && !(errors.Is(err, io.EOF) && n == len(b)) {
			return fmt.Errorf("%s at byte %d: %w", name, off+int64(n), err)
		}
		wg.Wait()
		if len(hs) == 1 {
			hs[0].Write(b)
		} else {
			for _, h := range hs {
				wg.Go(func() { h.Write(b) })
			}
		}
		off += int64(n)
		if err := tell(off); err != nil {
			return err
		}
	}
	return nil
}
