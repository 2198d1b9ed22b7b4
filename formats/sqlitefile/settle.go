package sqlitefile

import (
	"encoding/binary"
	"hash/maphash"
	"math"
)

func (f *finder) add(c candidate) {
	f.batch = append(f.batch, c)
	f.batchB += 200
	for _, v := range c.row.Values {
		switch v := v.(type) {
		case string:
			f.batchB += len(v) + 16
		case []byte:
			f.batchB += len(v) + 24
		default:
			f.batchB += 16
		}
	}
}

// shape is what of a row is known and can be compared.
type shape struct {
	t     *template
	rowid bool
	n     int
	mask  string // of the columns that are missing
}

func (c *candidate) shape() shape {
	m := make([]byte, 0, 8)
	for _, i := range c.row.Missing {
		m = binary.AppendUvarint(m, uint64(i))
	}
	return shape{c.t, c.row.HasRowID, len(c.row.Values), string(m)}
}

// rank is lower the more of a row is known.
func (c *candidate) rank() int {
	n := 0
	if !c.row.HasRowID {
		n = 1
	}
	if len(c.row.Missing) > 0 {
		n += 2
	}
	return n
}

// key hashes the values of a row, without the columns that a shape misses.
func (f *finder) key(s shape, rowid int64, values []any) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	if s.rowid {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(rowid)))
	}
	missing := []byte(s.mask)
	skip := -1
	next := func() {
		skip = -1
		if v, n := binary.Uvarint(missing); n > 0 {
			skip, missing = int(v), missing[n:]
		}
	}
	next()
	var tmp [9]byte
	for i := range s.n {
		if i == skip {
			next()
			continue
		}
		var v any
		if i < len(values) {
			v = values[i]
		}
		switch v := v.(type) {
		case int64:
			tmp[0] = 1
			binary.BigEndian.PutUint64(tmp[1:], uint64(v))
			h.Write(tmp[:])
		case float64:
			tmp[0] = 2
			binary.BigEndian.PutUint64(tmp[1:], math.Float64bits(v))
			h.Write(tmp[:])
		case string:
			h.WriteByte(3)
			h.WriteString(v)
			h.WriteByte(0)
		case []byte:
			h.WriteByte(4)
			h.Write(v)
			h.WriteByte(0)
		default:
			h.WriteByte(0)
		}
	}
	return h.Sum64()
}

// flush holds the candidates against the live rows and against each other, and
// emits what is left.
func (f *finder) flush() error {
	batch := f.batch
	f.batch, f.batchB = nil, 0
	if len(batch) == 0 {
		return nil
	}
	sortRows(batch)
	byShape := map[shape]map[uint64][]int{}
	tables := map[*template][]shape{}
	versions := map[*template]map[int64][]int{}
	for i := range batch {
		c := &batch[i]
		s := c.shape()
		if byShape[s] == nil {
			byShape[s] = map[uint64][]int{}
			tables[c.t] = append(tables[c.t], s)
		}
		k := f.key(s, c.row.RowID, c.row.Values)
		byShape[s][k] = append(byShape[s][k], i)
		if c.row.HasRowID {
			if versions[c.t] == nil {
				versions[c.t] = map[int64][]int{}
			}
			versions[c.t][c.row.RowID] = append(versions[c.t][c.row.RowID], i)
		}
	}
	err := f.live(func(t *template, c cell, off int64, values []any, missing int64) error {
		for _, s := range tables[t] {
			for _, i := range byShape[s][f.key(s, c.rowid, values)] {
				batch[i].drop = true
			}
		}
		for _, i := range versions[t][c.rowid] {
			batch[i].before = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	// The best copy of a row stands for all: complete ones with their number first.
	for rank := range 4 {
		for i := range batch {
			c := &batch[i]
			if c.drop || c.rank() != rank {
				continue
			}
			own := c.shape()
			for _, s := range tables[c.t] {
				if s != own && (s.n != own.n || s.rowid && !own.rowid || len(own.mask) > 0) {
					continue
				}
				for _, j := range byShape[s][f.key(s, c.row.RowID, c.row.Values)] {
					batch[j].drop = batch[j].drop || j > i || j < i && s != own
				}
			}
		}
	}
	for i := range batch {
		c := &batch[i]
		if c.drop {
			continue
		}
		if c.before && c.row.Placed {
			c.row.How += "; an earlier version, or a damaged copy: a row of the same number is live"
		}
		c.row.name(c.t)
		if err := f.emit(c.row); err != nil {
			return err
		}
	}
	return nil
}
