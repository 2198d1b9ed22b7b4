package ole2

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"firescene/formats"
)

// catalogName is the stream of Thumbs.db that names the pictures.
const catalogName = "Catalog"

// Thumb is one thumbnail of a Thumbs.db.
type Thumb struct {
	Stream  string // its stream
	Runs    []Run  // its picture's bytes in the file
	LengthB int64
	// Bare says that the picture is a JPEG without its own tables, as Windows ME and
	// 2000 keep them: decoders must supply the standard ones.
	Bare bool
	// Name and Modified, in UTC with steps of 100 ns, are those of the file that it
	// shows, as the catalog has them; empty when it has none.
	Name, Modified string
}

// ThumbFile is what a Thumbs.db holds.
type ThumbFile struct {
	Thumbs []Thumb // in the order of the directory
	// Catalog says what is wrong with the catalog; empty when it is whole.
	Catalog string
	Skipped []string // streams that are no thumbnails or are broken, with why
}

// Bounds of a catalog.
const (
	maxCatalogB   = 16 << 20
	catalogEntryB = 20 // an entry without its name
	minThumbHeadB = 12
	maxThumbHeadB = 64
	bareHeadB     = 16 // before a picture without tables
)

// isThumbName reports whether a stream could be a thumbnail's: its number with the
// digits in reverse, or from Vista on its size and a hash.
func isThumbName(name string) bool {
	digits, hash, vista := strings.Cut(name, "_")
	if digits == "" || len(digits) > 10 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return !vista || hash != "" && strings.Trim(hash, "0123456789abcdefABCDEF") == ""
}

// ReadThumbs lists the thumbnails of the Thumbs.db at offset 0 of r, which has size
// bytes. Errors are those of Read, and a formats.UnsupportedError for a compound
// file of another kind.
func ReadThumbs(r io.ReaderAt, size int64) (ThumbFile, error) {
	f, err := Read(r, size)
	if err != nil {
		return ThumbFile{}, err
	}
	if f.Kind != "thumbsdb" {
		return ThumbFile{}, &formats.UnsupportedError{Format: "Thumbs.db", Offset: -1, Feature: "a compound file that holds no thumbnails"}
	}
	out := ThumbFile{Catalog: "there is no catalog"}
	var names map[uint32]catalogEntry
	for _, s := range f.Streams {
		if s.Path != catalogName || s.Broken != "" || s.SizeB > maxCatalogB {
			continue
		}
		b := make([]byte, s.SizeB)
		if err := readRuns(r, s.Runs, b); err != nil {
			return out, err
		}
		names, out.Catalog = readCatalog(b)
	}
	for _, s := range f.Streams {
		if s.Path == catalogName {
			continue
		}
		t, why, err := thumb(r, s)
		if err != nil {
			return out, err
		}
		if why != "" {
			out.Skipped = append(out.Skipped, s.Path+": "+why)
			continue
		}
		if e, ok := names[thumbNumber(s.Path)]; ok {
			t.Name, t.Modified = e.name, e.modified
		}
		out.Thumbs = append(out.Thumbs, t)
	}
	return out, nil
}

// thumb reads the header of a stream: its length, a version, the picture's length.
func thumb(r io.ReaderAt, s Stream) (t Thumb, why string, err error) {
	switch {
	case !isThumbName(s.Path):
		return t, "its name is not one of a thumbnail", nil
	case s.Broken != "":
		return t, s.Broken, nil
	}
	h := make([]byte, min(s.SizeB, maxThumbHeadB+bareHeadB+2))
	if err := readRuns(r, s.Runs, h); err != nil {
		return t, "", err
	}
	if len(h) < minThumbHeadB {
		return t, "it is too short", nil
	}
	le := binary.LittleEndian
	headB, lengthB := int64(le.Uint32(h)), int64(le.Uint32(h[8:]))
	if headB < minThumbHeadB || headB > maxThumbHeadB || lengthB == 0 || headB+lengthB > s.SizeB {
		return t, "it has no header of a thumbnail", nil
	}
	if at := headB + bareHeadB; int64(len(h)) >= at+2 && h[headB] != 0xFF && string(h[at:at+2]) == "\xFF\xD8" && lengthB > bareHeadB {
		headB, lengthB, t.Bare = at, lengthB-bareHeadB, true
	}
	t.Stream, t.LengthB, t.Runs = s.Path, lengthB, part(s.Runs, headB, lengthB)
	return t, "", nil
}

// thumbNumber is the catalog's number for a stream; 0, which the catalog has not,
// for none.
func thumbNumber(stream string) uint32 {
	b := []byte(stream)
	slices.Reverse(b)
	n, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

type catalogEntry struct{ name, modified string }

// readCatalog reads names and times by number: a header of 16 bytes with the count
// of entries, each with its length, number, time and name. Of a catalog that is not
// whole nothing is taken: a name at the wrong picture would mislead.
func readCatalog(b []byte) (map[uint32]catalogEntry, string) {
	const broken = "the catalog is damaged"
	le := binary.LittleEndian
	if len(b) < 16 || le.Uint16(b) != 16 {
		return nil, broken
	}
	count := int(le.Uint32(b[4:]))
	out := map[uint32]catalogEntry{}
	at := 16
	for range count {
		if len(b)-at < catalogEntryB {
			return nil, broken
		}
		n := int(le.Uint32(b[at:]))
		if n < catalogEntryB || n > len(b)-at {
			return nil, broken
		}
		number := le.Uint32(b[at+4:])
		if _, twice := out[number]; twice || number == 0 {
			return nil, broken
		}
		var units []uint16
		for i := at + 16; i+1 < at+n; i += 2 {
			u := le.Uint16(b[i:])
			if u == 0 {
				break
			}
			units = append(units, u)
		}
		out[number] = catalogEntry{string(utf16.Decode(units)), fileTime(le.Uint64(b[at+8:]))}
		at += n
	}
	return out, ""
}

// fileTime prints 100 ns since 1601; empty for none and for what can be no time of
// a file.
func fileTime(t uint64) string {
	const perSecond, epochS, year10000 = 10_000_000, 11_644_473_600, 253_402_300_800
	if t == 0 || t >= (epochS+year10000)*perSecond {
		return ""
	}
	return time.Unix(int64(t/perSecond)-epochS, int64(t%perSecond)*100).UTC().Format("2006-01-02 15:04:05.0000000Z")
}

// part is a range of what runs hold.
func part(runs []Run, offB, lenB int64) (out []Run) {
	for _, r := range runs {
		if offB >= r.LengthB {
			offB -= r.LengthB
			continue
		}
		n := min(lenB, r.LengthB-offB)
		if n <= 0 {
			break
		}
		out = append(out, Run{r.OffsetB + offB, n})
		offB, lenB = 0, lenB-n
	}
	return out
}

// readRuns fills b with what the runs begin with.
func readRuns(r io.ReaderAt, runs []Run, b []byte) error {
	for _, x := range runs {
		n := min(int64(len(b)), x.LengthB)
		if n == 0 {
			break
		}
		if m, err := r.ReadAt(b[:n], x.OffsetB); int64(m) < n {
			if errors.Is(err, io.EOF) {
				return io.ErrUnexpectedEOF
			}
			return err
		}
		b = b[n:]
	}
	return nil
}
