// Package tiff checks the structure of TIFF files, and of the raw photographs that
// are built like them, to their true end: every directory, every value and every
// strip or tile; LZW, PackBits and Deflate codes are followed. It makes no pixels.
//
// Specifications: Adobe, TIFF Revision 6.0 (1992) and Technical Notes 1 and 2;
// CIPA DC-008 (Exif); BigTIFF (S. Carlsen and others, 2007); Adobe, Digital
// Negative 1.7 (2023).
package tiff

import (
	"encoding/binary"
	"fmt"
	"io"
	"sort"
	"strings"

	"firescene/formats/follow"
)

// Bounds on what is followed.
const (
	maxDirs    = 1 << 14
	maxEntries = 1024
	// of all directories together
	maxAllEntries = 1 << 18
	maxRefs       = 1 << 20
	maxValueB     = 1 << 31
)

// order is the byte order and the kind that the first bytes name.
func order(b []byte) (bo binary.ByteOrder, wide bool, kind string) {
	if len(b) < 16 {
		return nil, false, ""
	}
	switch string(b[:4]) {
	case "II*\x00":
		if string(b[8:10]) == "CR" {
			return binary.LittleEndian, false, "cr2"
		}
		return binary.LittleEndian, false, "tif"
	case "MM\x00*":
		return binary.BigEndian, false, "tif"
	case "II+\x00":
		return binary.LittleEndian, true, "tif"
	case "MM\x00+":
		return binary.BigEndian, true, "tif"
	case "IIRO", "IIRS":
		return binary.LittleEndian, false, "orf"
	case "MMOR":
		return binary.BigEndian, false, "orf"
	case "IIU\x00":
		return binary.LittleEndian, false, "rw2"
	}
	return nil, false, ""
}

// Head reports whether b begins like a TIFF file: a header and, as far as b
// reaches, a directory.
func Head(b []byte) bool {
	bo, wide, _ := order(b)
	if bo == nil {
		return false
	}
	if wide {
		return bo.Uint16(b[4:]) == 8 && bo.Uint16(b[6:]) == 0 && bo.Uint64(b[8:]) >= 16 && bo.Uint64(b[8:]) < 1<<48
	}
	at := int64(bo.Uint32(b[4:]))
	if at < 8 {
		return false
	}
	if at+2 > int64(len(b)) {
		return true
	}
	n := int64(bo.Uint16(b[at:]))
	if n == 0 || n > maxEntries {
		return false
	}
	bad, seen := 0, 0
	for p := at + 2; p+12 <= int64(len(b)) && int64(seen) < n; p += 12 {
		if seen++; unitB(bo.Uint16(b[p+2:])) == 0 {
			bad++
		}
	}
	return 2*bad <= seen
}

// unitB is the size of a value of a type, 0 when there is no such type.
func unitB(kind uint16) int64 {
	if int(kind) >= len(typeB) {
		return 0
	}
	return typeB[kind]
}

var typeB = [...]int64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// Check follows the TIFF file that begins at offset 0 of r over at most size
// bytes. A file without strips or tiles, as the Exif block of a JPEG file, is
// none. The error is an error of r.
func Check(r io.ReaderAt, size int64) (follow.Report, error) {
	w := &walker{r: r, c: follow.New(r, size), seen: map[int64]bool{}}
	w.run()
	return w.rep, w.c.Err()
}

// ref is a range of the file that a directory leads to. One that is known to be
// right is sure: a directory that was read.
type ref struct {
	at, n int64
	sure  bool
}

func (r ref) end() int64 { return r.at + r.n }

// dir is what is needed of one directory.
type dir struct {
	values map[uint16][]int64 // of the tags in kept
	lists  []ref              // where the values of the tags in places are
	astray bool               // one of them is not where it should be
	make   string
}

type walker struct {
	r       io.ReaderAt
	c       *follow.Cursor
	rep     follow.Report
	bo      binary.ByteOrder
	wide    bool
	kind    string
	seen    map[int64]bool
	refs    []ref
	strips  []strip
	jpegs   []ref // JPEG streams that directories name as such
	odd     int   // entries that are not valid
	entries int
	values  int   // numbers read
	fail    int64 // a directory is not where it should be
	text    string
	dng     bool
	maker   string
	subDirs bool
	// strips of an odd length have a byte behind them; or not
	padded, unpadded bool
}

func (w *walker) run() {
	h := w.c.Ahead(64)
	if !Head(h) {
		w.rep.Stop(follow.Not, "no TIFF header")
		return
	}
	w.bo, w.wide, w.kind = order(h)
	first := int64(w.bo.Uint32(h[4:]))
	if w.wide {
		first = int64(w.bo.Uint64(h[8:]))
	}
	w.refs = append(w.refs, ref{0, 8, true})
	w.chain(first, 0)
	w.rep.SureB = 8
	if len(w.strips) == 0 {
		switch {
		case w.text != "" && w.fail > w.c.Size():
			w.rep.Stop(follow.Truncated, "the directory at %d is not there", first)
			w.rep.NeedB = 0
		case w.text != "" && first > 8:
			w.rep.Stop(follow.Damaged, "%s", w.text)
			w.rep.FailB = max(w.fail, w.rep.SureB)
		default:
			w.rep.Stop(follow.Not, "no strips and no tiles")
		}
		return
	}
	w.finish()
}

// finish judges the file by what its directories lead to.
func (w *walker) finish() {
	end := w.reach()
	w.rep.NeedB = end
	w.rep.Kind = w.kindName()
	w.rep.What = fmt.Sprintf("TIFF, %d directories, %d strips or tiles", len(w.seen), len(w.strips))
	followed := w.content(min(end, w.c.Size()))
	switch {
	case w.text != "" && (w.fail <= w.c.Size() || w.odd > 0) && end <= w.c.Size() && w.odd > 0:
		followed = false
	case w.text != "" && w.fail <= w.c.Size():
		w.rep.Stop(follow.Damaged, "%s", w.text)
		w.rep.FailB = max(w.fail, w.rep.SureB)
		w.rep.GoodB = w.rep.FailB
		w.rep.NeedB = max(end, w.rep.NeedB)
		return
	}
	if end > w.c.Size() || w.text != "" && w.fail > w.c.Size() && w.odd == 0 {
		w.rep.Stop(follow.Truncated, "the data ends before the %d bytes that it leads to", end)
		w.rep.GoodB = w.c.Size()
		return
	}
	reason := ""
	if w.odd > 0 {
		reason = fmt.Sprintf("%d of its values are damaged; its end is that of what is left", w.odd)
		followed, w.rep.Faulty = false, true
	}
	depth := follow.Lengths
	if followed {
		depth = follow.Codes
	}
	w.rep.Done(end, depth)
	w.rep.Reason = reason
}

// reach is the end of the furthest range that the directories lead to. Damaged
// values lead anywhere: with some of them damaged only those are believed that
// lie up to a directory that was read, or follow without much of a gap.
func (w *walker) reach() (end int64) {
	sort.Slice(w.refs, func(i, j int) bool { return w.refs[i].at < w.refs[j].at })
	if w.odd > 0 {
		for _, r := range w.refs {
			if r.sure {
				end = max(end, r.end())
			}
		}
	}
	for _, r := range w.refs {
		if w.odd > 0 && (r.at > end+gapB || r.at+r.n > w.c.Size()) {
			continue
		}
		end = max(end, r.end())
	}
	// a writer that fills strips to an even length fills the last one too
	if last := w.strips[len(w.strips)-1]; w.padded && !w.unpadded && end%2 == 1 && end == last.at+last.n {
		if b := w.c.PeekAt(end, 1); b != nil && b[0] == 0 {
			end++
		}
	}
	return end
}

// gapB is how much a file whose directories are damaged may hold between what
// they lead to.
const gapB = 4096

func (w *walker) kindName() string {
	switch {
	case w.kind != "tif":
		return w.kind
	case w.dng:
		return "dng"
	case w.subDirs && strings.HasPrefix(w.maker, "NIKON"):
		return "nef"
	case w.subDirs && strings.HasPrefix(w.maker, "SONY"):
		return "arw"
	case w.subDirs && strings.HasPrefix(w.maker, "PENTAX"):
		return "pef"
	}
	return ""
}
