package las

import (
	"encoding/binary"
	"io"
	"runtime"

	"firescene/formats/laz"
)

// recordSink takes encoded point records.
type recordSink interface {
	begin(at int64) error // at is where the points begin
	write(records []byte) error
	finish() error
}

type plainSink struct{ w io.Writer }

func (s plainSink) begin(int64) error { return nil }

func (s plainSink) write(records []byte) error {
	_, err := s.w.Write(records)
	return err
}

func (s plainSink) finish() error { return nil }

// lazSink compresses chunks on all cores and writes them in order.
type lazSink struct {
	w       io.WriteSeeker
	layout  laz.Layout
	at      int64
	next    int64 // where the next chunk goes
	table   []laz.Chunk
	filling *lazJob
	ahead   []*lazJob
	spare   []*lazJob
	most    int
}

// lazJob is a chunk on its way.
type lazJob struct {
	enc     *laz.ChunkEncoder
	records []byte
	out     []byte
	done    chan struct{}
}

func newLAZSink(w io.WriteSeeker, l laz.Layout) (*lazSink, error) {
	if _, err := laz.NewChunkEncoder(l); err != nil {
		return nil, err
	}
	return &lazSink{w: w, layout: l, most: min(runtime.GOMAXPROCS(0), 8) + 1}, nil
}

// begin leaves room for the place of the chunk table.
func (s *lazSink) begin(at int64) error {
	s.at, s.next = at, at+8
	_, err := s.w.Write(make([]byte, 8))
	return err
}

func (s *lazSink) write(records []byte) error {
	full := laz.DefaultChunkPoints * s.layout.RecordB
	for len(records) > 0 {
		if s.filling == nil {
			var err error
			if s.filling, err = s.job(full); err != nil {
				return err
			}
		}
		j := s.filling
		n := min(full-len(j.records), len(records))
		j.records, records = append(j.records, records[:n]...), records[n:]
		if len(j.records) == full {
			s.launch()
		}
	}
	return nil
}

// job returns an empty job, waiting for the oldest when all are under way.
func (s *lazSink) job(full int) (*lazJob, error) {
	if len(s.ahead) >= s.most {
		if err := s.collect(); err != nil {
			return nil, err
		}
	}
	if n := len(s.spare); n > 0 {
		j := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return j, nil
	}
	enc, err := laz.NewChunkEncoder(s.layout)
	return &lazJob{enc: enc, records: make([]byte, 0, full), done: make(chan struct{}, 1)}, err
}

func (s *lazSink) launch() {
	j := s.filling
	s.filling = nil
	s.ahead = append(s.ahead, j)
	go func() {
		j.out = j.enc.Append(j.out[:0], j.records)
		j.done <- struct{}{}
	}()
}

// collect writes the oldest chunk under way.
func (s *lazSink) collect() error {
	j := s.ahead[0]
	s.ahead = s.ahead[1:]
	<-j.done
	if _, err := s.w.Write(j.out); err != nil {
		return err
	}
	s.table = append(s.table, laz.Chunk{OffsetB: s.next, SizeB: int64(len(j.out)), Points: int64(len(j.records) / s.layout.RecordB)})
	s.next += int64(len(j.out))
	j.records = j.records[:0]
	s.spare = append(s.spare, j)
	return nil
}

func (s *lazSink) finish() error {
	if s.filling != nil {
		s.launch()
	}
	for len(s.ahead) > 0 {
		if err := s.collect(); err != nil {
			return err
		}
	}
	if _, err := s.w.Write(laz.AppendChunkTable(nil, s.table, s.layout)); err != nil {
		return err
	}
	if _, err := s.w.Seek(s.at, io.SeekStart); err != nil {
		return err
	}
	if _, err := s.w.Write(binary.LittleEndian.AppendUint64(nil, uint64(s.next))); err != nil {
		return err
	}
	_, err := s.w.Seek(0, io.SeekEnd)
	return err
}
