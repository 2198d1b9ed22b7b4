package xfs

import "fmt"

// mapped is a range of blocks of a file.
type mapped struct {
	first, count int64  // blocks of the file
	block        uint64 // number of the first
	unwritten    bool   // set aside and never written: reads as zeros
}

// maxLevels bounds the height of an extent tree: XFS allows nine.
const maxLevels = 10

// extents lists where a file's blocks lie, in order. What was right before a fault
// is returned with it.
func (v *Volume) extents(i *inode) (out []mapped, fault string) {
	switch i.format {
	case forkExtents:
		n := min(i.count, uint64(len(i.fork)/16))
		if n < i.count {
			fault = "its inode claims more extents than it holds"
		}
		return v.records(nil, i.fork, int(n), fault)
	case forkTree:
		if len(i.fork) < 4 {
			return nil, "its extent tree has no root"
		}
		level, n := int(be.Uint16(i.fork)), int(be.Uint16(i.fork[2:]))
		most := (len(i.fork) - 4) / 16
		if n > most || level < 1 || level > maxLevels {
			return nil, "the root of its extent tree is damaged"
		}
		return v.children(nil, i.fork[4+8*most:], n, level)
	}
	return nil, fmt.Sprintf("its fork has the format %d", i.format)
}

// children follows pointers to the blocks of the level below. Levels count down, so
// a circle ends; extents that do not go forward end it too.
func (v *Volume) children(out []mapped, ptrs []byte, n, level int) ([]mapped, string) {
	for k := range n {
		at := v.blockAt(be.Uint64(ptrs[8*k:]), 1)
		b := make([]byte, v.BlockB)
		if at < 0 {
			return out, "its extent tree leads out of the volume"
		}
		if m, _ := v.r.ReadAt(b, at); m < len(b) {
			return out, "the image ends before a block of its extent tree"
		}
		magic, head := "BMAP", 24
		if v.Version == 5 {
			magic, head = "BMA3", 72
		}
		count, most := int(be.Uint16(b[6:])), (len(b)-head)/16
		if string(b[:4]) != magic || int(be.Uint16(b[4:])) != level-1 || count > most || count == 0 {
			return out, "a block of its extent tree is damaged"
		}
		var fault string
		if level == 1 {
			out, fault = v.records(out, b[head:], count, "")
		} else {
			out, fault = v.children(out, b[head+8*most:], count, level-1)
		}
		if fault != "" {
			return out, fault
		}
	}
	return out, ""
}

// records reads packed extents (chapter "Extent List").
func (v *Volume) records(out []mapped, b []byte, n int, fault string) ([]mapped, string) {
	for k := range n {
		hi, lo := be.Uint64(b[16*k:]), be.Uint64(b[16*k+8:])
		m := mapped{first: int64(hi >> 9 & (1<<54 - 1)), count: int64(lo & (1<<21 - 1)), block: hi<<43&(1<<52-1) | lo>>21, unwritten: hi>>63 != 0}
		if m.count == 0 || m.first > 1<<52/v.BlockB {
			return out, "one of its extents is damaged"
		}
		if p := len(out) - 1; p >= 0 && m.first < out[p].first+out[p].count {
			return out, "its extents do not go forward"
		}
		if v.blockAt(m.block, m.count) < 0 {
			return out, "one of its extents leads out of the volume"
		}
		out = append(out, m)
	}
	return out, fault
}

// place turns extents into ranges of the volume for a file of n bytes. found is how
// many of them it gives; a hole that the volume could not hold ends it.
func (v *Volume) place(list []mapped, n int64) (out []Extent, found int64, fault string) {
	add := func(off, length int64) {
		if length = min(length, n-found); length <= 0 {
			return
		}
		found += length
		if k := len(out) - 1; k >= 0 && (off == Hole && out[k].OffsetB == Hole || off != Hole && out[k].OffsetB != Hole && out[k].OffsetB+out[k].LengthB == off) {
			out[k].LengthB += length
			return
		}
		out = append(out, Extent{off, length})
	}
	for _, m := range list {
		hole := m.first*v.BlockB - found
		if hole > v.Blocks*v.BlockB && found < n {
			return out, found, fmt.Sprintf("from byte %d on it is a hole larger than the volume", found)
		}
		add(Hole, hole)
		at := v.blockAt(m.block, m.count)
		switch {
		case m.unwritten:
			at = Hole
		case at+min(m.count*v.BlockB, n-found) > v.size:
			add(at, max(0, v.size-at))
			return out, found, "the image ends inside it"
		}
		add(at, m.count*v.BlockB)
	}
	if n-found > v.Blocks*v.BlockB {
		return out, found, fmt.Sprintf("from byte %d on it is a hole larger than the volume", found)
	}
	add(Hole, n-found)
	return out, found, ""
}
