package las

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"firescene/formats"
	"firescene/formats/laz"
)

// lazSource decompresses the records of a LAZ file: chunk by chunk on all cores
// where there is a chunk table and chunks are of ordinary size, else one after the
// other in bounded memory.
type lazSource struct {
	r      io.ReaderAt
	size   int64
	h      *Header
	lim    formats.Limits
	layout laz.Layout
	need   laz.Need
	chunks []laz.Chunk // nil: no table
	broken error       // what is wrong with the table

	at    int             // chunk to begin next
	ahead []chan lazChunk // begun, in order
	spare chan *lazWorker
	last  *lazWorker // whose records were handed out
	ended error
	row   *lazRow // chunks one after the other
}

// lazWorker decompresses a chunk at a time in its own memory.
type lazWorker struct {
	dec     *laz.ChunkDecoder
	raw     []byte
	records []byte
}

type lazChunk struct {
	w   *lazWorker
	err error
}

// maxChunkB bounds a chunk's records that are held at once.
const maxChunkB = 8 << 20

func newLAZSource(r io.ReaderAt, size int64, h *Header, lim formats.Limits) (*lazSource, error) {
	vlrs, err := ReadVLRs(r, h, lim, func(user string, record int) bool { return user == laz.VLRUser && record == laz.VLRRecord })
	if err != nil {
		return nil, err
	}
	if len(vlrs) == 0 {
		return nil, &formats.FormatError{Format: "LAZ", Offset: h.vlrsAtB, Reason: `the record "laszip encoded" is missing`,
			Next: "copy the file again"}
	}
	s := &lazSource{r: r, size: size, h: h, lim: lim, need: laz.NeedZ | laz.NeedIntensity | laz.NeedColour}
	if s.layout, err = laz.ParseLayout(vlrs[0].Data); err != nil {
		return nil, err
	}
	if s.layout.RecordB != h.RecordB {
		return nil, damaged(105, "point records of %d bytes, but compressed ones of %d", h.RecordB, s.layout.RecordB)
	}
	if (s.layout.Compressor == laz.LayeredChunked) != (h.PointFormat >= 6) {
		return nil, &formats.UnsupportedError{Format: "LAZ", Offset: 104, Feature: fmt.Sprintf("point data record format %d in this compression", h.PointFormat), Next: "write the file again with a current version of its program"}
	}
	if s.layout.Compressor == laz.Pointwise || h.Count == 0 {
		return s, nil
	}
	s.chunks, err = laz.ReadChunkTable(r, size, h.PointsAtB, h.Count, s.layout, lim)
	if err != nil && !formats.IsDamaged(err) {
		return nil, err
	}
	s.broken = err
	return s, nil
}

func (s *lazSource) next() ([]byte, error) {
	if s.ended != nil {
		return nil, s.ended
	}
	if s.h.Count == 0 {
		return nil, io.EOF
	}
	if s.row == nil && (s.chunks == nil || s.at < len(s.chunks) && s.large()) {
		s.row = &lazRow{s: s}
	}
	var b []byte
	var err error
	if s.row != nil {
		b, err = s.row.next()
	} else {
		b, err = s.nextChunk()
	}
	if err != nil {
		s.ended = err
		s.ahead, s.last, s.row = nil, nil, nil
	}
	return b, err
}

// large reports whether any chunk is too large to be held whole.
func (s *lazSource) large() bool {
	for _, c := range s.chunks {
		if c.Points*int64(s.layout.RecordB) > maxChunkB || c.SizeB > maxChunkB {
			return true
		}
	}
	return false
}

// nextChunk hands out the next chunk and begins those after it.
func (s *lazSource) nextChunk() ([]byte, error) {
	if s.spare == nil {
		n := min(runtime.GOMAXPROCS(0), 8)
		s.spare = make(chan *lazWorker, n+1)
		for range n + 1 {
			s.spare <- &lazWorker{}
		}
	}
	if s.last != nil {
		s.spare <- s.last
		s.last = nil
	}
	for s.at < len(s.chunks) && len(s.spare) > 0 {
		w, c, done := <-s.spare, s.chunks[s.at], make(chan lazChunk, 1)
		need := s.need
		go func() { done <- lazChunk{w, w.decode(s.r, c, s.layout, need)} }()
		s.ahead = append(s.ahead, done)
		s.at++
	}
	if len(s.ahead) == 0 {
		return nil, s.end()
	}
	done := <-s.ahead[0]
	s.ahead = s.ahead[1:]
	if done.err != nil {
		return nil, done.err
	}
	s.last = done.w
	return done.w.records, nil
}

// end is the error after the last point.
func (s *lazSource) end() error {
	if s.broken != nil {
		return s.broken
	}
	return io.EOF
}

// decode decompresses a whole chunk into w.records.
func (w *lazWorker) decode(r io.ReaderAt, c laz.Chunk, l laz.Layout, need laz.Need) (err error) {
	if w.dec == nil {
		if w.dec, err = laz.NewChunkDecoder(l, need); err != nil {
			return err
		}
	}
	w.raw, w.records = sized(w.raw, int(c.SizeB)), sized(w.records, int(c.Points)*l.RecordB)
	if n, err := r.ReadAt(w.raw, c.OffsetB); n < len(w.raw) {
		if err == nil || err == io.EOF {
			err = damaged(c.OffsetB+int64(n), "the file is cut off: it ends within its points")
		}
		return err
	}
	if err := w.dec.Start(w.raw, c.Points); err != nil {
		return placed(err, c.OffsetB)
	}
	const step = 1024 // records between looks at the end of the stream
	for b := w.records; len(b) > 0; {
		n := w.dec.Read(b[:min(len(b), step*l.RecordB)])
		b = b[n*l.RecordB:]
		if w.dec.Over() {
			break
		}
	}
	return placed(w.dec.Check(c.SizeB), c.OffsetB)
}

func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n, n+n/8)
	}
	return b[:n]
}

// placed adds the place to the error of a chunk.
func placed(err error, offsetB int64) error {
	var d *formats.FormatError
	if errors.As(err, &d) && d.Offset < 0 {
		p := *d
		p.Offset = offsetB
		return &p
	}
	return err
}

// sample looks at the first point of up to 256 chunks, which is stored as it is,
// and at the first points of up to four chunks.
func (s *lazSource) sample(f func([]byte) bool) error {
	first := make([]byte, s.layout.RecordB)
	step := max(1, (len(s.chunks)+255)/256)
	for i := 0; i < len(s.chunks); i += step {
		if n, err := s.r.ReadAt(first, s.chunks[i].OffsetB); n < len(first) {
			if err != nil && err != io.EOF {
				return err
			}
			return nil
		}
		if !f(first) {
			return nil
		}
	}
	if s.chunks == nil {
		row := &lazRow{s: s}
		b, err := row.next()
		if err == nil {
			f(b)
		}
		return nil // the error comes again when the points are read
	}
	dec, err := laz.NewChunkDecoder(s.layout, s.need)
	if err != nil {
		return err
	}
	const look = 4096
	buf := make([]byte, look*s.layout.RecordB)
	for i := range 4 {
		c := s.chunks[len(s.chunks)*i/4]
		if c.SizeB > maxChunkB {
			continue
		}
		raw := make([]byte, c.SizeB)
		if n, _ := s.r.ReadAt(raw, c.OffsetB); n < len(raw) || dec.Start(raw, c.Points) != nil {
			return nil
		}
		if n := dec.Read(buf); !f(buf[:n*s.layout.RecordB]) {
			return nil
		}
		if len(s.chunks) < 4 && i >= len(s.chunks) {
			break
		}
	}
	return nil
}
