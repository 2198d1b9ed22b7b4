package tiff

import (
	"io"
	"sort"

	"firescene/formats/follow"
)

// Preview is the place of a JPEG stream inside a file.
type Preview struct {
	OffsetB, LengthB int64
}

// maxPreviews bounds how many are listed.
const maxPreviews = 64

// Previews lists the complete JPEG streams that the directories of the TIFF file or
// Exif block at offset 0 of r lead to, shortest first: thumbnails and the previews
// of raw photographs. They begin like a JPEG; what they hold is not checked. A
// stream that is the raw data itself (lossless JPEG) may be among them. The list
// is empty for data that is no TIFF file. The error is an error of r.
func Previews(r io.ReaderAt, size int64) ([]Preview, error) {
	w := &walker{r: r, c: follow.New(r, size), seen: map[int64]bool{}}
	h := w.c.Ahead(64)
	bo, wide, kind := order(h)
	if bo == nil {
		return nil, w.c.Err()
	}
	w.bo, w.wide, w.kind = bo, wide, kind
	first := int64(bo.Uint32(h[4:]))
	if wide {
		first = int64(min(bo.Uint64(h[8:]), 1<<62))
	}
	w.chain(first, 0)
	places := w.jpegs
	for _, s := range w.strips {
		if (s.compression == jpegOld || s.compression == jpegNew) && !s.tables {
			places = append(places, ref{at: s.at, n: s.n})
		}
	}
	sort.Slice(places, func(i, j int) bool {
		if places[i].n != places[j].n {
			return places[i].n < places[j].n
		}
		return places[i].at < places[j].at
	})
	var out []Preview
	for _, p := range places {
		if len(out) == maxPreviews {
			break
		}
		if p.at <= 0 || p.n < 4 || p.at >= size || p.n > size-p.at || len(out) > 0 && out[len(out)-1] == (Preview{p.at, p.n}) {
			continue
		}
		if b := w.c.PeekAt(p.at, 3); b != nil && b[0] == 0xFF && b[1] == 0xD8 && b[2] == 0xFF {
			out = append(out, Preview{p.at, p.n})
		}
	}
	return out, w.c.Err()
}
