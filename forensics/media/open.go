package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/ewf"
	"firescene/formats/qcow2"
	"firescene/formats/vhd"
	"firescene/formats/vmdk"
)

// Open opens the image at path, for reading only, with the further files that
// belong to it: the segments of an EWF image (.E01, .E02 ...), the parts of a
// split raw image (.001, .002 ... or .aa, .ab ...), the extents of a VMDK; and
// the ddrescue map beside a raw one: the same name with ".map" or ".mapfile"
// added, or in place of its extension. What it is, its content says, not its
// name.
func Open(path string) (*Image, error) { return openImage(&Image{Path: path}) }

// OpenFiles opens an image whose further files, and the map of unread sectors if
// there is one, are given in their order instead of being looked for beside the
// first. Their names may have something put before them.
func OpenFiles(path string, rest []string) (*Image, error) {
	return openImage(&Image{Path: path, given: append([]string{}, rest...)})
}

func openImage(im *Image) (*Image, error) {
	if err := im.open(); err != nil {
		im.Close()
		return nil, err
	}
	return im, nil
}

func (im *Image) open() error {
	if err := im.add(im.Path); err != nil {
		return err
	}
	f, size := im.files[0], im.sizes[0]
	head, err := readUpTo(f, 0, min(size, 64))
	if err != nil {
		return err
	}
	tail, err := readUpTo(f, max(0, size-512), min(size, 512))
	if err != nil {
		return err
	}
	limits := formats.DefaultLimits()
	switch {
	case ewf.Is(head):
		err = im.openEWF(limits)
	case ewf.Unsupported(head) != "":
		_, err = ewf.Open([]ewf.Segment{{R: f, SizeB: size, Name: im.Path}}, limits)
	case vhd.Is(head, tail):
		var d *vhd.Disk
		if d, err = vhd.Open(f, size, limits); err == nil {
			im.r, im.SizeB, im.Format = d, d.SizeB, d.Format
		}
	case qcow2.Is(head):
		var d *qcow2.Disk
		if d, err = qcow2.Open(f, size, limits); err == nil {
			im.r, im.SizeB, im.Format, im.Warnings = d, d.SizeB, "QCOW2", d.Warnings
		}
	case vmdk.Is(head):
		var d *vmdk.Disk
		if d, err = vmdk.Open(f, size, im.extent, limits); err == nil {
			im.r, im.SizeB, im.Format = d, d.SizeB, "VMDK"
		}
	default:
		return im.openRaw()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", im.Path, err)
	}
	return nil
}

func readUpTo(r io.ReaderAt, off, n int64) ([]byte, error) {
	b := make([]byte, n)
	m, err := r.ReadAt(b, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:m], err
}

// add opens one file of the image.
func (im *Image) add(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	im.files, im.Files = append(im.files, f), append(im.Files, path)
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.IsDir() {
		return fmt.Errorf("%s is a folder; give the image file of a medium", path)
	}
	size := st.Size()
	if !st.Mode().IsRegular() {
		// a device node tells its size by seeking
		if size, err = f.Seek(0, io.SeekEnd); err != nil {
			return fmt.Errorf("%s has no size: %w", path, err)
		}
	}
	im.sizes = append(im.sizes, size)
	im.FilesB += size
	return nil
}

// extent opens a file that a VMDK descriptor names: beside it, never elsewhere.
func (im *Image) extent(name string) (io.ReaderAt, int64, error) {
	if name == "" || name != filepath.Base(filepath.FromSlash(strings.ReplaceAll(name, "\\", "/"))) {
		return nil, 0, fmt.Errorf("the descriptor names %q, which is not beside it", name)
	}
	path := filepath.Join(filepath.Dir(im.Path), name)
	for _, p := range im.given {
		if filepath.Base(p) == name || strings.HasSuffix(p, "-"+name) {
			path = p
		}
	}
	if err := im.add(path); err != nil {
		return nil, 0, err
	}
	n := len(im.files) - 1
	return im.files[n], im.sizes[n], nil
}

// addRest opens the files that follow the first of a numbered set.
func (im *Image) addRest(next func(string) string) error {
	if im.given != nil {
		for _, p := range im.given {
			if isMapName(p) {
				continue
			}
			if err := im.add(p); err != nil {
				return err
			}
		}
		return nil
	}
	for ext := next(filepath.Ext(im.Path)); ext != ""; ext = next(ext) {
		p := strings.TrimSuffix(im.Path, filepath.Ext(im.Path)) + ext
		if _, err := os.Stat(p); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err := im.add(p); err != nil {
			return err
		}
	}
	return nil
}

func (im *Image) openEWF(limits formats.Limits) error {
	if err := im.addRest(nextEWF); err != nil {
		return err
	}
	var segments []ewf.Segment
	for i, f := range im.files {
		segments = append(segments, ewf.Segment{R: f, SizeB: im.sizes[i], Name: filepath.Base(im.Files[i])})
	}
	e, err := ewf.Open(segments, limits)
	if err != nil {
		return err
	}
	im.ewf, im.r, im.SizeB, im.Format = e, e, e.SizeB, "EWF"
	im.Stored, im.Description, im.Warnings = Hashes{MD5: e.MD5, SHA1: e.SHA1}, e.Description, e.Warnings
	im.Unread = im.Unread.join(ranges(e.Unreadable))
	return nil
}

func ranges(in []ewf.Range) (out []forensics.ByteRun) {
	for _, r := range in {
		out = append(out, forensics.ByteRun{OffsetB: r.OffsetB, LengthB: r.LengthB})
	}
	return out
}

// openRaw opens a plain image, in one file or in parts.
func (im *Image) openRaw() error {
	im.Format = "raw"
	if isFirstPart(filepath.Ext(im.Path)) || im.given != nil {
		if err := im.addRest(nextPart); err != nil {
			return err
		}
	}
	im.SizeB, im.r = im.FilesB, im.files[0]
	if len(im.files) > 1 {
		im.Format = "split raw"
		s := &joined{}
		at := int64(0)
		for i, f := range im.files {
			at += im.sizes[i]
			s.parts, s.ends = append(s.parts, f), append(s.ends, at)
		}
		im.r = s
		for i, n := range im.sizes[:len(im.sizes)-1] {
			if n != im.sizes[0] {
				im.Warnings = append(im.Warnings, fmt.Sprintf("part %s has %d bytes where the first has %d: a part may be cut", filepath.Base(im.Files[i]), n, im.sizes[0]))
			}
		}
	}
	return im.readMap()
}

// Beside lists the files that belong to an image besides its first: its further
// files, and the map of its unread sectors.
func (im *Image) Beside() []string {
	rest := slices.Clone(im.Files[1:])
	if im.MapPath != "" {
		rest = append(rest, im.MapPath)
	}
	return rest
}

// isMapName reports whether a file is called as the map of unread sectors is.
func isMapName(p string) bool {
	ext := strings.ToLower(filepath.Ext(p))
	return ext == ".map" || ext == ".mapfile"
}

// isFirstPart reports whether an extension is that of the first part of a split
// image.
func isFirstPart(ext string) bool {
	switch strings.ToLower(ext) {
	case ".001", ".000", ".aa", ".aaa":
		return true
	}
	return false
}

// nextPart is the extension that follows ext: digits and letters count up, and
// their number stays; "" behind the last.
func nextPart(ext string) string {
	b := []byte(ext)
	for i := len(b) - 1; i > 0; i-- {
		switch b[i] {
		case '9':
			b[i] = '0'
		case 'z':
			b[i] = 'a'
		case 'Z':
			b[i] = 'A'
		default:
			b[i]++
			return string(b)
		}
	}
	return ""
}

// nextEWF is the extension that follows ext in a set of segments: .E01 to .E99,
// then .EAA to .EZZ, .FAA and on; EWF specification, "Segment file extensions".
func nextEWF(ext string) string {
	b := []byte(strings.ToUpper(ext))
	if len(b) != 4 {
		return ""
	}
	switch {
	case b[2] == '9' && b[3] == '9':
		b[2], b[3] = 'A', 'A'
	case b[3] == '9':
		b[2], b[3] = b[2]+1, '0'
	case b[3] != 'Z':
		b[3]++
	case b[2] != 'Z':
		b[2], b[3] = b[2]+1, 'A'
	case b[1] != 'Z':
		b[1], b[2], b[3] = b[1]+1, 'A', 'A'
	default:
		return ""
	}
	if ext == strings.ToLower(ext) {
		return strings.ToLower(string(b))
	}
	return string(b)
}

// joined reads several files as one.
type joined struct {
	parts []*os.File
	ends  []int64
}

func (j *joined) ReadAt(p []byte, off int64) (int, error) {
	n, from := 0, int64(0)
	for i, f := range j.parts {
		if at := off + int64(n); n < len(p) && at < j.ends[i] {
			m, err := f.ReadAt(p[n:n+int(min(int64(len(p)-n), j.ends[i]-at))], at-from)
			n += m
			if err != nil && !(errors.Is(err, io.EOF) && off+int64(n) == j.ends[i]) {
				return n, err
			}
		}
		from = j.ends[i]
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Verify checks an image that holds check sums of its own (EWF): every chunk and
// the stored hashes. Damaged chunks become unread ranges, so that what they held
// is not taken for zeros. It returns what does not agree, nil when all does or
// there is nothing to check.
func (im *Image) Verify(ctx context.Context, report func(done int64)) ([]string, error) {
	return im.VerifyFrom(ctx, Resume{}, report)
}

// VerifyFrom is Verify as a pass that can go on.
func (im *Image) VerifyFrom(ctx context.Context, r Resume, report func(done int64)) ([]string, error) {
	if im.ewf == nil {
		return nil, nil
	}
	c, err := im.ewf.VerifyFrom(ctx, r.From, r.Keep, report)
	if err != nil || c.Agrees {
		return nil, err
	}
	im.Unread = im.Unread.join(ranges(c.Bad))
	return []string{c.Reason}, nil
}
