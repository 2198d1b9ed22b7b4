package octree

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"firescene/formats/copc"
)

var le = binary.LittleEndian

const (
	blockRecords = 1 << 17
	maxCells     = 1 << 18
	firstCellM   = 0.005
	maxBucket    = 16 // times BucketPoints: what one spot may hold
)

// spill writes the records to scratch and counts them by cell.
func (b *builder) spill(ctx context.Context, next func() ([]byte, error)) (err error) {
	if b.all, err = b.opts.Scratch(); err != nil {
		return err
	}
	b.cells = newCellCounts(uint(max(0, math.Ilogb(firstCellM/b.lattice.unit))))
	size := b.opts.RecordB
	buf := make([]byte, 0, blockRecords*size)
	at := int64(0)
	flush := func() error {
		_, err := b.all.WriteAt(buf, at)
		at += int64(len(buf))
		buf = buf[:0]
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		rec, err := next()
		if err == io.EOF {
			return flush()
		}
		if err != nil {
			return err
		}
		if len(rec)%size != 0 {
			return fmt.Errorf("octree: %d bytes are not whole records of %d", len(rec), size)
		}
		b.count(rec)
		for len(rec) > 0 {
			n := min(len(rec), cap(buf)-len(buf))
			buf, rec = append(buf, rec[:n]...), rec[n:]
			if len(buf) == cap(buf) {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		b.opts.Report("octree: read", b.sum.Count, 0)
	}
}

func (b *builder) count(rec []byte) {
	size, l, c := b.opts.RecordB, b.lattice, b.cells
	b.sum.Add(rec, size, b.opts.PointFormat)
	for r := rec; len(r) >= size; r = r[size:] {
		x, y, z := l.at(r)
		c.add(x, y, z)
		if t := math.Float64frombits(le.Uint64(r[22:])); t < b.gps[0] || t > b.gps[1] {
			b.gps = [2]float64{min(b.gps[0], t), max(b.gps[1], t)}
		}
	}
}

// cellCounts counts points by cells of 2^shift units, which it makes larger rather
// than more than maxCells.
type cellCounts struct {
	shift  uint
	base   [3]int64 // of cells, so that their numbers fit 21 bits
	ready  bool
	keys   []uint64 // open addressing; 0 is free
	counts []int64  // later the number of the bucket
	n      int
	last   uint64
	slot   int
	lo, hi [3]int64 // of units
}

const (
	cellBits = 21
	cellMid  = 1 << (cellBits - 1)
)

func newCellCounts(shift uint) *cellCounts {
	return &cellCounts{shift: shift, keys: make([]uint64, 1<<12), counts: make([]int64, 1<<12),
		lo: [3]int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, hi: [3]int64{math.MinInt64, math.MinInt64, math.MinInt64}}
}

// key numbers the cell of a point, never 0; ok is false when it is too far from the
// first point for this size of cells.
func (c *cellCounts) key(x, y, z int64) (k uint64, ok bool) {
	i, j, h := x>>c.shift-c.base[0], y>>c.shift-c.base[1], z>>c.shift-c.base[2]
	return 1<<63 | uint64(i)<<(2*cellBits) | uint64(j)<<cellBits | uint64(h), uint64(i|j|h) < 1<<cellBits
}

func (c *cellCounts) add(x, y, z int64) {
	if !c.ready {
		c.base, c.ready = [3]int64{x>>c.shift - cellMid, y>>c.shift - cellMid, z>>c.shift - cellMid}, true
	}
	c.lo = [3]int64{min(c.lo[0], x), min(c.lo[1], y), min(c.lo[2], z)}
	c.hi = [3]int64{max(c.hi[0], x), max(c.hi[1], y), max(c.hi[2], z)}
	k, ok := c.key(x, y, z)
	for !ok {
		c.coarsen()
		k, ok = c.key(x, y, z)
	}
	if k != c.last {
		c.last, c.slot = k, c.find(k)
	}
	c.counts[c.slot]++
	if c.n > maxCells {
		c.coarsen()
	}
}

func spread(k uint64) uint64 {
	k *= 0x9e3779b97f4a7c15
	return k ^ k>>31
}

// find returns the slot of a key and makes it when there is none.
func (c *cellCounts) find(k uint64) int {
	mask := uint64(len(c.keys) - 1)
	i := spread(k) & mask
	for c.keys[i] != k {
		if c.keys[i] == 0 {
			if 2*c.n >= len(c.keys) {
				c.rebuild(2*len(c.keys), func(k uint64) uint64 { return k })
				return c.find(k)
			}
			c.keys[i] = k
			c.n++
			break
		}
		i = (i + 1) & mask
	}
	return int(i)
}

func (c *cellCounts) rebuild(size int, to func(uint64) uint64) {
	keys, counts := c.keys, c.counts
	c.keys, c.counts, c.n, c.last = make([]uint64, size), make([]int64, size), 0, 0
	for i, k := range keys {
		if k != 0 {
			c.counts[c.find(to(k))] += counts[i]
		}
	}
}

// coarsen joins 2x2x2 cells.
func (c *cellCounts) coarsen() {
	old := c.base
	for k := range c.base {
		c.base[k] = old[k]>>1 - cellMid/2
	}
	c.shift++
	c.rebuild(len(c.keys), func(k uint64) uint64 {
		i, j, h := int64(k>>(2*cellBits)&(1<<cellBits-1))+old[0], int64(k>>cellBits&(1<<cellBits-1))+old[1], int64(k&(1<<cellBits-1))+old[2]
		return 1<<63 | uint64(i>>1-c.base[0])<<(2*cellBits) | uint64(j>>1-c.base[1])<<cellBits | uint64(h>>1-c.base[2])
	})
}

// cellAt is a counted cell in the order of the octree.
type cellAt struct {
	code  uint64 // Morton code from the root's corner
	slot  int
	count int64
}

// interleave spreads the lower 21 bits of v to every third bit.
func interleave(v uint64) uint64 {
	v &= 1<<21 - 1
	v = (v | v<<32) & 0x1f00000000ffff
	v = (v | v<<16) & 0x1f0000ff0000ff
	v = (v | v<<8) & 0x100f00f00f00f00f
	v = (v | v<<4) & 0x10c30c30c30c30c3
	return (v | v<<2) & 0x1249249249249249
}

func morton(x, y, z uint64) uint64 {
	return interleave(x) | interleave(y)<<1 | interleave(z)<<2
}

// divide lays the root around the points and divides it into buckets.
func (b *builder) divide() error {
	c := b.cells
	var first [3]int64
	edge := int64(1)
	for k := range 3 {
		first[k] = c.lo[k] >> c.shift
		b.low[k] = first[k] << c.shift
		edge = max(edge, c.hi[k]>>c.shift-first[k]+1)
	}
	level := uint(0) // of the counted cells
	for int64(1)<<level < edge {
		level++
	}
	b.bits = c.shift + level
	if level > 21 {
		return fmt.Errorf("octree: the points reach over 2^%d cells: are coordinates damaged?", level)
	}
	cells := make([]cellAt, 0, c.n)
	for i, k := range c.keys {
		if k != 0 {
			x, y, z := int64(k>>(2*cellBits)&(1<<cellBits-1))+c.base[0]-first[0], int64(k>>cellBits&(1<<cellBits-1))+c.base[1]-first[1], int64(k&(1<<cellBits-1))+c.base[2]-first[2]
			cells = append(cells, cellAt{morton(uint64(x), uint64(y), uint64(z)), i, c.counts[i]})
		}
	}
	slices.SortFunc(cells, func(a, b cellAt) int {
		if a.code < b.code {
			return -1
		}
		return 1
	})
	var split func(k copc.Key, cells []cellAt) error
	split = func(k copc.Key, cells []cellAt) error {
		total := int64(0)
		for _, c := range cells {
			total += c.count
		}
		if total == 0 {
			return nil
		}
		if total <= int64(b.opts.BucketPoints) || uint(k.Level) == level {
			if total > maxBucket*int64(b.opts.BucketPoints) {
				return fmt.Errorf("%w: %d within %.3g m; take out duplicates first", ErrCrowded, total, math.Ldexp(b.lattice.unit, int(b.bits)-int(k.Level)))
			}
			for _, at := range cells {
				c.counts[at.slot] = int64(len(b.buckets))
			}
			b.buckets = append(b.buckets, bucket{key: k, count: total})
			return nil
		}
		shift := 3 * (level - uint(k.Level) - 1)
		for i := range 8 {
			n := 0
			for n < len(cells) && int(cells[n].code>>shift&7) == i {
				n++
			}
			if n > 0 {
				if err := split(k.Child(i), cells[:n]); err != nil {
					return err
				}
				cells = cells[n:]
			}
		}
		return nil
	}
	if err := split(copc.Key{}, cells); err != nil {
		return err
	}
	at := int64(0)
	for i := range b.buckets {
		b.buckets[i].offset = at
		at += b.buckets[i].count
	}
	return nil
}

// distribute writes the records bucket by bucket.
func (b *builder) distribute(ctx context.Context) (err error) {
	if len(b.buckets) == 1 {
		b.sorted = b.all
		return nil
	}
	if b.sorted, err = b.opts.Scratch(); err != nil {
		return err
	}
	size := b.opts.RecordB
	in, out := make([]byte, blockRecords*size), make([]byte, blockRecords*size)
	ids := make([]int32, blockRecords)
	starts, next := make([]int32, len(b.buckets)+1), make([]int64, len(b.buckets))
	for i := range b.buckets {
		next[i] = b.buckets[i].offset
	}
	c := b.cells
	for done := int64(0); done < b.sum.Count; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := int(min(blockRecords, b.sum.Count-done))
		if _, err := b.all.ReadAt(in[:n*size], done*int64(size)); err != nil && err != io.EOF {
			return err
		}
		clear(starts)
		for i := range n {
			x, y, z := b.lattice.at(in[i*size:])
			k, _ := c.key(x, y, z)
			if k != c.last {
				c.last, c.slot = k, c.find(k)
			}
			ids[i] = int32(c.counts[c.slot])
			starts[ids[i]+1]++
		}
		for i := 1; i < len(starts); i++ {
			starts[i] += starts[i-1]
		}
		for i := range n {
			at := int(starts[ids[i]])
			starts[ids[i]]++
			copy(out[at*size:(at+1)*size], in[i*size:(i+1)*size])
		}
		from := int32(0)
		for i := range b.buckets { // starts[i] is now where bucket i ends
			if to := starts[i]; to > from {
				if _, err := b.sorted.WriteAt(out[int(from)*size:int(to)*size], next[i]*int64(size)); err != nil {
					return err
				}
				next[i] += int64(to - from)
				from = to
			}
		}
		done += int64(n)
		b.opts.Report("octree: sort", done, b.sum.Count)
	}
	b.all, b.cells = nil, nil
	return nil
}

// compareRecords orders records of one spot.
func compareRecords(a, b []byte) int { return bytes.Compare(a, b) }
