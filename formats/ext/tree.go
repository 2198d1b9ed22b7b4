package ext

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sort"
)

const extentMagic = 0xF30A

// Place is where a file's content lies.
type Place struct {
	Extents []Extent // their sum is FoundB
	FoundB  int64
	Blocks  []Extent // the blocks of metadata that were read to find it
	Fault   string   // why FoundB is less than the size; empty when it is not
}

// Nodes gives a block of an extent tree or of block pointers: the first version
// of it that accept takes. It reports false when there is none.
type Nodes func(block int64, accept func(b []byte) bool) ([]byte, bool)

// Now gives blocks as they are now.
func (v *Volume) Now(block int64, accept func(b []byte) bool) ([]byte, bool) {
	b := make([]byte, v.BlockB)
	return b, v.Block(block, b) && accept(b)
}

// Map finds the content of a file through the given nodes, or as they are now
// when they are nil. It never claims more bytes than the inode's size, and no
// blocks outside the volume.
func (v *Volume) Map(n *Inode, nodes Nodes) Place {
	if nodes == nil {
		nodes = v.Now
	}
	m := &mapper{v: v, n: n, nodes: nodes, blocks: (n.SizeB + v.BlockB - 1) / v.BlockB}
	switch {
	case n.Flags&flagInline != 0:
		return v.inline(n)
	case n.IsSymlink() && n.SizeB < 60 && n.Flags&flagExtents == 0:
		return Place{Extents: []Extent{{n.OffsetB + 0x28, n.SizeB}}, FoundB: n.SizeB}
	case n.Flags&flagExtents != 0:
		m.extents(n.block[:], -1, 0, 1<<32)
	default:
		m.pointers()
	}
	m.hole(m.blocks)
	return m.place()
}

// inline finds content that is kept in the inode: the first 60 bytes in place of
// the map, the rest as the value of an attribute.
func (v *Volume) inline(n *Inode) Place {
	p := Place{FoundB: min(n.SizeB, 60)}
	p.Extents = append(p.Extents, Extent{n.OffsetB + 0x28, p.FoundB})
	left := n.SizeB - p.FoundB
	if left == 0 {
		return p
	}
	le := binary.LittleEndian
	if len(n.extra) >= 4 && le.Uint32(n.extra) == 0xEA020000 {
		for at := 4; at+16 <= len(n.extra); {
			e := n.extra[at:]
			nameB := int(e[0])
			if nameB == 0 && e[1] == 0 && e[2] == 0 && e[3] == 0 {
				break
			}
			value, valueB := int64(le.Uint16(e[2:])), int64(le.Uint32(e[8:]))
			if 16+nameB <= len(e) && e[1] == 7 && string(e[16:16+nameB]) == "data" && 4+value+valueB <= int64(len(n.extra)) {
				take := min(left, valueB)
				if take > 0 {
					p.Extents = append(p.Extents, Extent{n.OffsetB + n.extraB + 4 + value, take})
					p.FoundB += take
				}
				break
			}
			at += (16 + nameB + 3) &^ 3
		}
	}
	if p.FoundB < n.SizeB {
		p.Fault = "the inode does not hold the rest of its content"
	}
	return p
}

type mapper struct {
	v      *Volume
	n      *Inode
	nodes  Nodes
	blocks int64 // of the file by its size
	at     int64 // blocks mapped so far
	stored int64 // of them stored in the volume
	out    []Extent
	meta   []Extent
	fault  string
	seen   map[int64]bool
}

// add maps count blocks from logical on to start, Hole for none.
func (m *mapper) add(start, count int64) {
	count = min(count, m.blocks-m.at)
	if count <= 0 {
		return
	}
	if start != Hole {
		if m.stored += count; m.stored > m.v.Blocks {
			m.fail("more blocks than the volume has")
			return
		}
		if start < int64(m.v.sb.firstDataBlock) || start+count > m.v.Blocks {
			m.fail("it points outside the volume, to block %d", start)
			return
		}
	}
	m.at += count
	off, n := int64(Hole), count*m.v.BlockB
	if start != Hole {
		off = start * m.v.BlockB
	}
	if k := len(m.out) - 1; k >= 0 && (off == Hole && m.out[k].OffsetB == Hole || off != Hole && m.out[k].OffsetB != Hole && m.out[k].OffsetB+m.out[k].LengthB == off) {
		m.out[k].LengthB += n
		return
	}
	m.out = append(m.out, Extent{off, n})
}

// hole fills up to a block of the file.
func (m *mapper) hole(to int64) {
	if m.fault == "" && to > m.at {
		m.add(Hole, to-m.at)
	}
}

func (m *mapper) fail(format string, args ...any) {
	if m.fault == "" {
		m.fault = fmt.Sprintf(format, args...)
	}
}

// place cuts the last block to the size.
func (m *mapper) place() Place {
	p := Place{Extents: m.v.current(m.out), Fault: m.fault, Blocks: m.meta}
	for i := range p.Extents {
		p.Extents[i].LengthB = min(p.Extents[i].LengthB, m.n.SizeB-p.FoundB)
		p.FoundB += p.Extents[i].LengthB
	}
	if p.FoundB >= m.n.SizeB {
		p.Fault = ""
	}
	return p
}

// extents follows a node of the tree. Its keys must lie in [lo, hi), so that no
// node is followed twice. depth is -1 for the root.
func (m *mapper) extents(b []byte, depth int, lo, hi int64) {
	le := binary.LittleEndian
	count, d := int(le.Uint16(b[2:])), int(le.Uint16(b[6:]))
	if le.Uint16(b) != extentMagic || 12+12*count > len(b) || d > 5 || depth >= 0 && d != depth {
		m.fail("the extent tree is damaged")
		return
	}
	for i := 0; i < count && m.fault == "" && m.at < m.blocks; i++ {
		e := b[12+12*i:]
		key := int64(le.Uint32(e))
		if key < lo || key >= hi {
			m.fail("the extent tree is out of order")
			return
		}
		if d == 0 {
			n := int64(le.Uint16(e[4:]))
			start := int64(le.Uint32(e[8:])) | int64(le.Uint16(e[6:]))<<32
			if n > 32768 {
				n, start = n-32768, Hole // reserved, not written
			}
			if n == 0 || key < m.at {
				m.fail("the extent tree is out of order")
				return
			}
			m.hole(key)
			m.add(start, n)
			lo = key + n
			continue
		}
		next := hi
		if i+1 < count {
			next = min(hi, int64(le.Uint32(e[12:])))
		}
		child := int64(le.Uint32(e[4:])) | int64(le.Uint16(e[8:]))<<32
		node, ok := m.nodes(child, func(b []byte) bool {
			return le.Uint16(b) == extentMagic && int(le.Uint16(b[6:])) == d-1 && le.Uint16(b[2:]) > 0 && m.v.extentSum(m.n.Number, m.n.Generation, b) != BadSum &&
				int64(le.Uint32(b[12:])) >= key && int64(le.Uint32(b[12:])) < next
		})
		if !ok {
			m.hole(key)
			m.fail("block %d of its extent tree is gone", child)
			return
		}
		m.meta = append(m.meta, Extent{child * m.v.BlockB, m.v.BlockB})
		m.extents(node, d-1, key, next)
		lo = key + 1
	}
}

// pointers follows the map of ext2 and ext3: twelve blocks, then one block of
// pointers, one of pointers to such blocks, and one more level.
func (m *mapper) pointers() {
	m.seen = map[int64]bool{}
	for i := 0; i < 15 && m.fault == ""; i++ {
		m.pointer(int64(binary.LittleEndian.Uint32(m.n.block[4*i:])), max(0, i-11))
	}
}

// pointer maps what a pointer of a level leads to.
func (m *mapper) pointer(block int64, level int) {
	span := int64(1)
	for range level {
		span *= m.v.BlockB / 4
	}
	if m.at >= m.blocks || m.fault != "" {
		return
	}
	switch {
	case block == 0:
		m.add(Hole, span)
		return
	case level == 0:
		m.add(block, 1)
		return
	case m.seen[block]:
		m.fail("its map runs in a circle")
		return
	}
	m.seen[block] = true
	b, ok := m.nodes(block, func(b []byte) bool {
		any := false
		for i := 0; i < len(b); i += 4 {
			p := int64(binary.LittleEndian.Uint32(b[i:]))
			if p >= m.v.Blocks {
				return false
			}
			any = any || p != 0
		}
		return any
	})
	if !ok {
		m.fail("block %d of its map is gone", block)
		return
	}
	m.meta = append(m.meta, Extent{block * m.v.BlockB, m.v.BlockB})
	for i := 0; i < len(b); i += 4 {
		m.pointer(int64(binary.LittleEndian.Uint32(b[i:])), level-1)
	}
}

// current leads extents to the journal where it holds their blocks newer: a
// volume that was not closed may have content there too.
func (v *Volume) current(in []Extent) []Extent {
	if len(v.replayed) == 0 {
		return in
	}
	var out []Extent
	for _, x := range in {
		if x.OffsetB == Hole {
			out = append(out, x)
			continue
		}
		first, end := x.OffsetB/v.BlockB, (x.OffsetB+x.LengthB)/v.BlockB
		for i := sort.Search(len(v.replayed), func(i int) bool { return v.replayed[i] >= first }); i < len(v.replayed) && v.replayed[i] < end; i++ {
			n := v.replayed[i]
			c := v.replay[n]
			if c.Escaped {
				continue // its first bytes are nowhere as they were
			}
			if n > first {
				out = append(out, Extent{first * v.BlockB, (n - first) * v.BlockB})
			}
			out = append(out, Extent{c.OffsetB, v.BlockB})
			first = n + 1
		}
		if end > first {
			out = append(out, Extent{first * v.BlockB, (end - first) * v.BlockB})
		}
	}
	return out
}

// Content reads a short content wholly, at most limitB bytes of it: a directory
// or the target of a symbolic link.
func (v *Volume) Content(n *Inode, nodes Nodes, limitB int64) []byte {
	var out bytes.Buffer
	for _, x := range v.Map(n, nodes).Extents {
		k := min(x.LengthB, limitB-int64(out.Len()))
		if k <= 0 {
			break
		}
		b := make([]byte, k)
		if x.OffsetB != Hole {
			m, _ := v.r.ReadAt(b, x.OffsetB)
			b = b[:m]
		}
		out.Write(b)
		if int64(len(b)) < k {
			break
		}
	}
	return out.Bytes()
}
