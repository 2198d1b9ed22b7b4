package las

import (
	"io"

	"firescene/formats"
	"firescene/formats/laz"
)

// lazRow decompresses chunks one after the other: where there is no chunk table,
// or where chunks are too large to be held uncompressed. It needs no table, as the
// next chunk begins where the last one came to rest.
type lazRow struct {
	s    *lazSource
	dec  *laz.ChunkDecoder
	at   int64 // where the next chunk begins
	end  int64 // where the points end, as far as known
	i    int   // number of the chunk
	left int64 // records of the chunk
	done int64 // records handed out
	size int64 // of the chunk, 0 when not known
	from int64
	buf  []byte
	raw  []byte
	err  error // of the reader
}

// group is how many records are decompressed between looks at the end of the data:
// of a file that is cut off, so many may be lost before the cut.
const group = 64

func (w *lazRow) next() ([]byte, error) {
	s, recordB := w.s, w.s.layout.RecordB
	if w.dec == nil {
		var err error
		if w.dec, err = laz.NewChunkDecoder(s.layout, s.need); err != nil {
			return nil, err
		}
		w.at = s.h.PointsAtB
		if s.layout.Compressor != laz.Pointwise {
			w.at += 8
		}
		w.end = s.size
		w.buf = make([]byte, batchPoints*recordB)
	}
	if w.left == 0 {
		if w.done == s.h.Count {
			return nil, s.end()
		}
		if err := w.begin(); err != nil {
			return nil, w.reason(err)
		}
	}
	n := 0
	for n < len(w.buf) && w.left > 0 {
		k := w.dec.Read(w.buf[n:min(len(w.buf), n+group*recordB)])
		w.left -= int64(k)
		if w.err != nil {
			return nil, w.err
		}
		if w.dec.Over() || w.left > 0 && w.dec.PastEnd() {
			w.left = 0
			err := w.reason(damaged(w.end, "the file is cut off: it ends within its points"))
			if n == 0 {
				return nil, err
			}
			s.ended = err
			break
		}
		n += k * recordB
	}
	w.done += int64(n / recordB)
	if w.left == 0 && s.ended == nil {
		if err := w.dec.Check(w.size); err != nil {
			return nil, placed(err, w.from)
		}
		if w.size == 0 {
			w.at = w.from + int64(recordB) + w.dec.TakenB()
		}
	}
	return w.buf[:n], nil
}

// reason prefers what is wrong with the table, which names the true place.
func (w *lazRow) reason(err error) error {
	if w.s.broken != nil && formats.IsDamaged(err) {
		return cutOff(w.s.size, w.done, w.s.h.Count)
	}
	return err
}

// begin starts the next chunk.
func (w *lazRow) begin() error {
	s, recordB := w.s, w.s.layout.RecordB
	w.from, w.size = w.at, 0
	points := min(int64(s.layout.ChunkPoints), s.h.Count-w.done)
	if s.layout.Compressor == laz.Pointwise {
		points = s.h.Count
	}
	if s.chunks != nil {
		c := s.chunks[w.i]
		w.from, w.size, points = c.OffsetB, c.SizeB, c.Points
	} else if s.layout.ChunkPoints == laz.VariableChunks && s.layout.Compressor == laz.PointwiseChunked {
		if s.broken != nil {
			return s.broken
		}
		return damaged(s.h.PointsAtB, "chunks differ in their number of points, and the table that tells it is missing")
	}
	w.i++
	head := recordB
	if w.dec.Layered() {
		head += w.dec.LayersB()
	}
	w.raw = sized(w.raw, head)
	if err := w.fill(w.raw, w.from); err != nil {
		return err
	}
	if !w.dec.Layered() {
		src := io.NewSectionReader(s.r, w.from+int64(recordB), w.end-w.from-int64(recordB))
		if w.size > 0 {
			src = io.NewSectionReader(s.r, w.from+int64(recordB), w.size-int64(recordB))
		}
		piece := make([]byte, 1<<16)
		w.dec.StartStream(w.raw, points, func() []byte {
			n, err := src.Read(piece)
			if err != nil && err != io.EOF {
				w.err = err
			}
			return piece[:n]
		})
		w.left = points
		return nil
	}
	count, rest := w.dec.ChunkB(w.raw[recordB:])
	if count == 0 || count > s.h.Count-w.done {
		return damaged(w.from, "a chunk says it has %d points, %d are left", count, s.h.Count-w.done)
	}
	if total := int64(head) + rest; total > s.lim.MaxAllocB || total > w.end-w.from {
		return damaged(w.from, "a chunk of %d bytes is said to begin at byte %d of %d", total, w.from, s.size)
	} else if w.size == 0 {
		w.size = total
	}
	w.raw = sized(w.raw, int(w.size))
	if err := w.fill(w.raw, w.from); err != nil {
		return err
	}
	if s.chunks != nil {
		count = points
	}
	w.left = count
	w.at = w.from + w.size
	return placed(w.dec.Start(w.raw, count), w.from)
}

func (w *lazRow) fill(b []byte, at int64) error {
	n, err := w.s.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = damaged(at+int64(n), "the file is cut off: it ends within its points")
	}
	return err
}
