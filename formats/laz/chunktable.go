package laz

import (
	"encoding/binary"
	"io"

	"firescene/formats"
)

// Chunk is one entry of a chunk table.
type Chunk struct {
	OffsetB, SizeB int64
	Points         int64
}

// ReadChunkTable reads the table of a chunked file of count points whose point data
// begin at byte pointsAt of size. It returns no chunks and no error when the file
// has no table: its chunks can then only be read one after the other. A table that
// breaks the rules, points outside the file or has other sums than the header is a
// *formats.FormatError.
func ReadChunkTable(r io.ReaderAt, size, pointsAt, count int64, l Layout, lim formats.Limits) ([]Chunk, error) {
	le := binary.LittleEndian
	var b [8]byte
	if _, err := readFull(r, b[:], pointsAt); err != nil {
		return nil, err
	}
	at := int64(le.Uint64(b[:]))
	dataAt := pointsAt + 8
	if at == -1 || at == 0 { // a writer that could not seek puts the place at the end
		if size < dataAt+8 {
			return nil, nil
		}
		if _, err := readFull(r, b[:], size-8); err != nil {
			return nil, err
		}
		if at = int64(le.Uint64(b[:])); at < dataAt || at > size-8 {
			return nil, nil
		}
	}
	if at == dataAt && count > 0 {
		return nil, nil // the writer was stopped before it wrote the table
	}
	if at < dataAt || at > size-8 {
		return nil, damaged(pointsAt, "the chunk table is said to be at byte %d of %d", at, size)
	}
	if _, err := readFull(r, b[:], at); err != nil {
		return nil, err
	}
	if v := le.Uint32(b[:]); v != 0 {
		return nil, damaged(at, "chunk table of version %d", v)
	}
	n := int64(le.Uint32(b[4:]))
	// Each chunk holds a whole record.
	if n > (at-dataAt)/int64(l.RecordB) || n > lim.MaxItems || 24*n > lim.MaxAllocB {
		return nil, damaged(at+4, "%d chunks in %d bytes of points", n, at-dataAt)
	}
	return decodeTable(r, size, at, dataAt, count, n, l)
}

func decodeTable(r io.ReaderAt, size, at, dataAt, count, n int64, l Layout) ([]Chunk, error) {
	var d rangeDecoder
	src := io.NewSectionReader(r, at+8, size-at-8)
	buf, failed := make([]byte, min(1<<16, max(size-at-8, 1))), error(nil)
	d.start(nil, func() []byte {
		k, err := src.Read(buf)
		if err != nil && err != io.EOF {
			failed = err
		}
		return buf[:k]
	})
	ic := newIntDecoder(&d, 32, 2)
	ic.ready()
	chunks := make([]Chunk, n)
	var points, sizeB uint32
	offset, total := dataAt, int64(0)
	for i := range chunks {
		c := &chunks[i]
		if l.ChunkPoints == VariableChunks {
			points = uint32(ic.next(int32(points), 0))
			c.Points = int64(points)
		} else {
			c.Points = min(int64(l.ChunkPoints), count-total)
		}
		sizeB = uint32(ic.next(int32(sizeB), 1))
		c.OffsetB, c.SizeB = offset, int64(sizeB)
		offset += c.SizeB
		total += c.Points
		switch {
		case failed != nil:
			return nil, failed
		case d.over > slackB:
			return nil, damaged(at, "the chunk table ends within entry %d of %d", i+1, n)
		case offset > at || c.SizeB < int64(l.RecordB):
			return nil, damaged(at, "chunk %d is said to take bytes %d to %d, the points end at %d", i+1, c.OffsetB, offset, at)
		case c.Points <= 0:
			return nil, damaged(at, "chunk %d of %d is said to hold %d points", i+1, n, c.Points)
		}
	}
	if total < count || total > count && l.ChunkPoints == VariableChunks {
		return nil, damaged(at, "the chunk table holds %d points, the header claims %d", total, count)
	}
	return chunks, nil
}

// AppendChunkTable appends the table of chunks that follow one another.
func AppendChunkTable(out []byte, chunks []Chunk, l Layout) []byte {
	out = binary.LittleEndian.AppendUint32(out, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(chunks)))
	if len(chunks) == 0 {
		return out
	}
	var e rangeEncoder
	e.start(out)
	ic := newIntEncoder(&e, 32, 2)
	ic.ready()
	var last Chunk
	for _, c := range chunks {
		if l.ChunkPoints == VariableChunks {
			ic.put(int32(uint32(last.Points)), int32(uint32(c.Points)), 0)
		}
		ic.put(int32(uint32(last.SizeB)), int32(uint32(c.SizeB)), 1)
		last = c
	}
	return e.finish()
}

// readFull fills b from at; the end of the data is a *formats.FormatError.
func readFull(r io.ReaderAt, b []byte, at int64) (int, error) {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = damaged(at+int64(n), "the file is cut off: it ends within its points")
	}
	return n, err
}
