package fat

import (
	"encoding/binary"
	"errors"
	"io"
)

// table reads the file allocation table through a small cache of pages.
type table struct {
	r       io.ReaderAt
	bits    int
	startB  int64
	lengthB int64
	copies  int
	media   byte
	pages   map[int64][]byte
}

const (
	pageB    = 48 << 10 // a multiple of 3, 2 and 4: entries of 12 bits come in threes of bytes
	maxPages = 256
)

// chooseTable takes the first copy that begins with the media byte, as entry 0
// does; the first one when none does.
func (v *Volume) chooseTable(copies int) {
	t := &v.table
	for i := range int64(copies) {
		var b [1]byte
		if _, err := t.r.ReadAt(b[:], t.startB+i*t.lengthB); err == nil && b[0] == t.media {
			if i > 0 {
				v.warn("the first allocation table is damaged; copy %d was read", i+1)
			}
			t.startB += i * t.lengthB
			v.tableFound = true
			return
		}
	}
	v.warn("no copy of the allocation table begins as it should")
}

// bytes returns n bytes of the table at off, n at most 4 and within one page or
// its neighbour. Bytes that can not be read are those of a cluster in use, so
// that nothing is taken for free that is not known to be.
func (t *table) bytes(off int64, n int) [4]byte {
	out := [4]byte{0xFF, 0xFF, 0xFF, 0xFF}
	for i := range n {
		o := off + int64(i)
		p := t.page(o / pageB)
		if at := int(o % pageB); at < len(p) {
			out[i] = p[at]
		}
	}
	return out
}

func (t *table) page(i int64) []byte {
	if p, ok := t.pages[i]; ok {
		return p
	}
	if t.pages == nil || len(t.pages) >= maxPages {
		t.pages = make(map[int64][]byte)
	}
	n := max(0, min(pageB, t.lengthB-i*pageB))
	b := make([]byte, n)
	m, err := t.r.ReadAt(b, t.startB+i*pageB)
	if err != nil && !errors.Is(err, io.EOF) {
		m = 0
	}
	t.pages[i] = b[:m]
	return b[:m]
}

// Marks above the numbers of clusters, the same for all sizes once widened.
const (
	freeMark = 0
	badMark  = 0x0FFFFFF7
	endMark  = 0x0FFFFFF8 // and above
)

// entry returns the table's entry of cluster c, the marks of the smaller sizes
// widened to those of FAT32.
func (t *table) entry(c uint32) uint32 {
	switch t.bits {
	case 12:
		b := t.bytes(int64(c)+int64(c/2), 2)
		e := uint32(binary.LittleEndian.Uint16(b[:]))
		if c&1 != 0 {
			e >>= 4
		}
		return widen(e&0xFFF, 0xFF7)
	case 16:
		b := t.bytes(2*int64(c), 2)
		return widen(uint32(binary.LittleEndian.Uint16(b[:])), 0xFFF7)
	default:
		b := t.bytes(4*int64(c), 4)
		return binary.LittleEndian.Uint32(b[:]) & 0x0FFFFFFF
	}
}

func widen(e, bad uint32) uint32 {
	if e >= bad {
		return badMark + e - bad
	}
	return e
}

// Free reports whether the table marks a cluster as free; of a former volume,
// whether all that lies there now is free.
func (v *Volume) Free(c uint32) bool {
	if !v.valid(c) {
		return false
	}
	p := v.parent
	if p == nil {
		return v.table.entry(c) == freeMark
	}
	from, to := v.OffsetB(c), v.OffsetB(c)+v.ClusterB
	if from < p.dataB || to > p.OffsetB(p.Clusters+1)+p.ClusterB {
		return false
	}
	for k := (from - p.dataB) / p.ClusterB; k*p.ClusterB+p.dataB < to; k++ {
		if !p.Free(uint32(k) + 2) {
			return false
		}
	}
	return true
}

// appendCluster adds a cluster to a list of extents.
func (v *Volume) appendCluster(x []Extent, c uint32) []Extent {
	off := v.OffsetB(c)
	if n := len(x); n > 0 && x[n-1].OffsetB+x[n-1].LengthB == off {
		x[n-1].LengthB += v.ClusterB
		return x
	}
	return append(x, Extent{off, v.ClusterB})
}

// trim cuts extents to n bytes and to what of the volume is there, and returns
// how many bytes remain.
func (v *Volume) trim(x []Extent, n int64) ([]Extent, int64) {
	var out []Extent
	got := int64(0)
	for _, e := range x {
		l := min(e.LengthB, n-got, v.size-e.OffsetB)
		if l <= 0 {
			break
		}
		out = append(out, Extent{e.OffsetB, l})
		got += l
		if l < min(e.LengthB, n-got+l) {
			break
		}
	}
	return out, got
}

// chain follows the table from cluster c for at most limit clusters. fault tells
// why it ended before an end mark; it is empty when it ended at one, or when the
// limit was reached. No cluster is taken twice: a bit for each tells, and the
// bits are cleared again for the next chain.
func (v *Volume) chain(c uint32, limit int64) (x []Extent, n int64, fault string) {
	if v.seen == nil {
		v.seen = make([]uint64, v.Clusters/64+1)
	}
	defer func() {
		for _, e := range x {
			first := (e.OffsetB - v.dataB) / v.ClusterB
			for k := first; k < first+e.LengthB/v.ClusterB; k++ {
				v.seen[k/64] = 0
			}
		}
	}()
	for n < limit {
		if !v.valid(c) {
			return x, n, "the cluster chain leaves the volume"
		}
		word, bit := &v.seen[(c-2)/64], uint64(1)<<((c-2)%64)
		if *word&bit != 0 {
			return x, n, "the cluster chain runs in a circle"
		}
		*word |= bit
		x = v.appendCluster(x, c)
		n++
		next := v.table.entry(c)
		switch {
		case next >= endMark:
			return x, n, ""
		case next == freeMark:
			return x, n, "the cluster chain runs into a free cluster"
		case next == badMark:
			return x, n, "the cluster chain runs into a bad cluster"
		}
		c = next
	}
	return x, n, ""
}
