package exfat

import (
	"encoding/binary"
	"errors"
	"io"
)

// pages reads a table through a small cache.
type pages struct {
	r     io.ReaderAt
	where []Extent
	held  map[int64][]byte
}

const (
	pageB    = 64 << 10
	maxPages = 256
)

func (p *pages) lengthB() (n int64) {
	for _, x := range p.where {
		n += x.LengthB
	}
	return n
}

// page returns a page of the table, shorter where the table or the image ends.
func (p *pages) page(i int64) []byte {
	if b, ok := p.held[i]; ok {
		return b
	}
	if p.held == nil || len(p.held) >= maxPages {
		p.held = make(map[int64][]byte)
	}
	b := make([]byte, 0, pageB)
	at := i * pageB
	for _, x := range p.where {
		if at >= x.LengthB {
			at -= x.LengthB
			continue
		}
		n := int(min(int64(pageB-len(b)), x.LengthB-at))
		m, err := p.r.ReadAt(b[len(b):len(b)+n], x.OffsetB+at)
		if err != nil && !errors.Is(err, io.EOF) {
			m = 0
		}
		b = b[:len(b)+m]
		if at = 0; m < n || len(b) == pageB {
			break
		}
	}
	p.held[i] = b
	return b
}

// Marks of the allocation table (4.1).
const (
	badMark = 0xFFFFFFF7
	endMark = 0xFFFFFFFF
)

// next returns the table's entry of cluster c; one that can not be read is a bad
// cluster's.
func (v *Volume) next(c uint32) uint32 {
	off := int64(c) * 4
	p := v.table.page(off / pageB)
	if at := int(off % pageB); at+4 <= len(p) {
		return binary.LittleEndian.Uint32(p[at:])
	}
	return badMark
}

func (v *Volume) valid(c uint32) bool { return c >= 2 && c-2 < v.Clusters }

// Free reports whether the bitmap marks a cluster as free (7.1). What can not be
// read is taken for in use.
func (v *Volume) Free(c uint32) bool {
	if !v.valid(c) {
		return false
	}
	bit := int64(c - 2)
	p := v.bitmap.page(bit / 8 / pageB)
	at := int(bit / 8 % pageB)
	return at < len(p) && p[at]>>(bit%8)&1 == 0
}

// OffsetB is where a cluster begins in the volume.
func (v *Volume) OffsetB(c uint32) int64 { return v.dataB + int64(c-2)*v.ClusterB }

// Count is how many clusters there are; their numbers begin with 2.
func (v *Volume) Count() uint32 { return v.Clusters }

// HereB is how much of the volume the image holds.
func (v *Volume) HereB() int64 { return v.size }

// ClusterSizeB is the size of a cluster.
func (v *Volume) ClusterSizeB() int64 { return v.ClusterB }

// clustersOf is how many clusters n bytes take.
func (v *Volume) clustersOf(n int64) int64 {
	return n/v.ClusterB + min(1, n%v.ClusterB)
}

// run is n clusters that follow each other from c on, as many as there are.
func (v *Volume) run(c uint32, n int64) ([]Extent, int64) {
	if !v.valid(c) {
		return nil, 0
	}
	n = min(n, int64(v.Clusters)-int64(c-2))
	return []Extent{{v.OffsetB(c), n * v.ClusterB}}, n
}

// chain follows the table from cluster c for at most limit clusters. fault tells
// why it ended before an end mark; it is empty when it ended at one, or when the
// limit was reached. No cluster is taken twice.
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
		off := v.OffsetB(c)
		if k := len(x); k > 0 && x[k-1].OffsetB+x[k-1].LengthB == off {
			x[k-1].LengthB += v.ClusterB
		} else {
			x = append(x, Extent{off, v.ClusterB})
		}
		n++
		switch c = v.next(c); c {
		case endMark:
			return x, n, ""
		case badMark:
			return x, n, "the cluster chain runs into a bad cluster"
		}
	}
	return x, n, ""
}

// trim cuts extents to n bytes and to what of the volume is there, and returns
// how many bytes remain.
func (v *Volume) trim(x []Extent, n int64) ([]Extent, int64) {
	var out []Extent
	got := int64(0)
	for _, e := range x {
		want := min(e.LengthB, n-got)
		l := min(want, v.size-e.OffsetB)
		if l <= 0 {
			break
		}
		out = append(out, Extent{e.OffsetB, l})
		if got += l; l < want {
			break
		}
	}
	return out, got
}
