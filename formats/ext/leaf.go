package ext

import (
	"context"
	"encoding/binary"
	"sort"
)

// Leaf is a block of extents that was found apart from its tree.
type Leaf struct {
	Block       int64
	First, End  int64 // blocks of the file that it maps
	Seed        uint32
	logical     []int64
	start, long []int64
}

// Leaf reads a stray block of extents. It reports false for other blocks and for
// those of which any extent lies outside the volume or out of order.
func (v *Volume) Leaf(block int64, b []byte) (Leaf, bool) {
	le := binary.LittleEndian
	count, most := int(le.Uint16(b[2:])), int(le.Uint16(b[4:]))
	if le.Uint16(b) != extentMagic || le.Uint16(b[6:]) != 0 || count == 0 || count > most || most > (len(b)-12)/12 {
		return Leaf{}, false
	}
	l := Leaf{Block: block, First: int64(le.Uint32(b[12:]))}
	if v.hasSums() {
		tail := 12 + 12*most
		if tail+4 > len(b) {
			return l, false
		}
		l.Seed = uncrc(le.Uint32(b[tail:]), b[:tail])
	}
	l.End = l.First
	for i := range count {
		e := b[12+12*i:]
		key, n := int64(le.Uint32(e)), int64(le.Uint16(e[4:]))
		start := int64(le.Uint32(e[8:])) | int64(le.Uint16(e[6:]))<<32
		if n > 32768 {
			n, start = n-32768, Hole
		}
		if n == 0 || key < l.End || start != Hole && (start < int64(v.sb.firstDataBlock) || start+n > v.Blocks) {
			return l, false
		}
		l.logical, l.start, l.long = append(l.logical, key), append(l.start, start), append(l.long, n)
		l.End = key + n
	}
	return l, true
}

// Join maps a file by its leaves, which may be of different times: of those that
// overlap the one that maps more counts. missing are the blocks of the file before
// its end that none maps, which may be holes or parts that are lost.
func (v *Volume) Join(leaves []Leaf) (p Place, missing int64) {
	sort.SliceStable(leaves, func(a, b int) bool { return leaves[a].End-leaves[a].First > leaves[b].End-leaves[b].First })
	var kept []Leaf
	for _, l := range leaves {
		clash := false
		for _, k := range kept {
			clash = clash || l.First < k.End && k.First < l.End
		}
		if !clash && len(kept) < 1<<12 {
			kept = append(kept, l)
		}
	}
	sort.Slice(kept, func(a, b int) bool { return kept[a].First < kept[b].First })
	m := &mapper{v: v, n: &Inode{SizeB: 1 << 60}, blocks: 1 << 50}
	for _, l := range kept {
		missing += l.First - m.at
		for i := range l.logical {
			m.hole(l.logical[i])
			m.add(l.start[i], l.long[i])
		}
	}
	p = m.place()
	p.Fault = m.fault
	return p, missing
}

// FreeRuns visits the ranges of blocks that are not in use, in order.
func (v *Volume) FreeRuns(ctx context.Context, visit func(x Extent) error) error {
	end := v.HeldB() / v.BlockB
	for at := int64(v.sb.firstDataBlock); at < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := int64(0)
		for at+n < end && !v.Used(at+n) {
			n++
		}
		if n > 0 {
			if err := visit(Extent{at * v.BlockB, n * v.BlockB}); err != nil {
				return err
			}
		}
		at += n + 1
	}
	return nil
}

// EachFree visits the blocks that are not in use, in order.
func (v *Volume) EachFree(ctx context.Context, visit func(block int64, b []byte) error) error {
	buf := make([]byte, max(1<<20, v.BlockB))
	return v.FreeRuns(ctx, func(x Extent) error {
		for x.LengthB > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, _ := v.r.ReadAt(buf[:min(int64(len(buf)), x.LengthB)], x.OffsetB)
			for i := int64(0); i+v.BlockB <= int64(n); i += v.BlockB {
				if err := visit((x.OffsetB+i)/v.BlockB, buf[i:i+v.BlockB]); err != nil {
					return err
				}
			}
			x.OffsetB += int64(len(buf))
			x.LengthB -= int64(len(buf))
		}
		return nil
	})
}

// Leaves visits the blocks of extents that the journal has copies of, the newest
// of each block first.
func (h *History) Leaves(visit func(Leaf)) {
	blocks := make([]int64, 0, len(h.copies))
	for n := range h.copies {
		if n != Stray {
			blocks = append(blocks, n)
		}
	}
	sort.Slice(blocks, func(a, b int) bool { return blocks[a] < blocks[b] })
	b := make([]byte, h.v.BlockB)
	for _, n := range blocks {
		copies := h.copies[n]
		for i := len(copies) - 1; i >= 0; i-- {
			if h.v.journal.Read(copies[i], b) {
				if l, ok := h.v.Leaf(n, b); ok {
					visit(l)
				}
			}
		}
	}
}

// HasSums reports whether metadata carries check sums, by which stray blocks tell
// whose they are.
func (v *Volume) HasSums() bool { return v.hasSums() }

// InodeSeed is the beginning of the check sums of what belongs to one use of an
// inode; a Leaf has the same one.
func (v *Volume) InodeSeed(number, generation uint32) uint32 { return v.inodeSeed(number, generation) }

// UsesPointers reports that files are mapped by blocks of pointers, not extents.
func (v *Volume) UsesPointers() bool { return v.sb.incompat&incompatExtents == 0 }

// Pointers reads a stray block of pointers, as an ext2 or ext3 file has one
// behind its twelfth block: pointers to free blocks from its beginning on, then
// zeros. It reports false for other blocks.
func (v *Volume) Pointers(b []byte) (out []int64, ok bool) {
	for i := 0; i < len(b); i += 4 {
		p := int64(binary.LittleEndian.Uint32(b[i:]))
		switch {
		case p == 0 && i == 0, p != 0 && len(out) < i/4, p >= v.Blocks, p != 0 && p < int64(v.sb.firstDataBlock):
			return nil, false
		case p != 0:
			out = append(out, p)
		}
	}
	seen := make(map[int64]bool, len(out))
	for _, p := range out {
		if seen[p] || v.Used(p) {
			return nil, false
		}
		seen[p] = true
	}
	return out, len(out) > 0
}
