package f2fs

import (
	"fmt"
	"time"

	"firescene/formats"
)

// Inode is a file as the volume describes it.
type Inode struct {
	Number                               uint32
	Mode                                 uint16
	UID, GID, Links                      uint32
	SizeB                                int64
	Accessed, Changed, Modified, Created time.Time // zero when not recorded
	Encrypted, Compressed                bool      // by the file system
	Inline                               bool      // the content is kept in the inode
	OffsetB                              int64     // of its block in the volume
	inlineDir                            bool
	addrAt, addrs                        int // where addresses or content begin in the block, and how many there are
	b                                    []byte
}

// Kinds of file, in Mode.
const (
	modeKind    = 0xF000
	modeFile    = 0x8000
	modeDir     = 0x4000
	modeSymlink = 0xA000
)

// IsFile reports a regular file, IsDir a directory.
func (n *Inode) IsFile() bool { return n.Mode&modeKind == modeFile }
func (n *Inode) IsDir() bool  { return n.Mode&modeKind == modeDir } // see IsFile

// words of an inode's block that hold addresses, and where they begin
const (
	addrsAt    = 360
	addrsCount = 923
	nidsAt     = 4052
	perNode    = 1018

	attributeMagic = 0xF2F52011 // begins the attributes that an inode keeps
)

// Inode reads an inode. A FormatError says that it is not there or impossible.
func (v *Volume) Inode(number uint32) (Inode, error) {
	b := make([]byte, BlockB)
	n := Inode{Number: number, b: b}
	var ok bool
	bad := func(reason string) (Inode, error) {
		return n, &formats.FormatError{Format: "F2FS", Offset: n.OffsetB, Reason: fmt.Sprintf("inode %d %s", number, reason)}
	}
	if n.OffsetB, ok = v.node(number, b); !ok {
		return bad("is not there")
	}
	if le.Uint32(b[4076:]) != number {
		return bad("is a node of another file")
	}
	n.Mode, n.UID, n.GID, n.Links = le.Uint16(b), le.Uint32(b[4:]), le.Uint32(b[8:]), le.Uint32(b[12:])
	size, inline := le.Uint64(b[16:]), b[3]
	if size > 1<<60 {
		return bad("has an impossible size")
	}
	n.SizeB = int64(size)
	at := func(sec, nsec int) time.Time {
		if le.Uint64(b[sec:]) == 0 || le.Uint64(b[sec:]) > 1<<36 {
			return time.Time{}
		}
		return time.Unix(int64(le.Uint64(b[sec:])), int64(min(le.Uint32(b[nsec:]), 999999999))).UTC()
	}
	n.Accessed, n.Changed, n.Modified = at(32, 56), at(40, 60), at(48, 64)
	n.Encrypted, n.Compressed = b[2]&4 != 0, le.Uint32(b[80:])&4 != 0
	extra, attributes := 0, 0
	if inline&0x20 != 0 {
		extra = int(le.Uint16(b[addrsAt:])) / 4
		if v.features&featureCrtime != 0 && extra >= 6 {
			n.Created = at(addrsAt+12, addrsAt+20)
		}
	}
	switch {
	case v.features&featureFlexible != 0 && inline&0x20 != 0:
		attributes = int(le.Uint16(b[addrsAt+2:]))
	case inline&5 != 0:
		attributes = 50
	}
	// a builder of images fills the room of attributes with addresses
	if room := nidsAt - 4*attributes; attributes > 0 && inline&6 == 0 && room > addrsAt {
		if first := int64(le.Uint32(b[room:])); first != 0 && first != attributeMagic && first >= v.mainAt && first < v.Blocks {
			attributes = 0
		}
	}
	n.addrAt, n.addrs = addrsAt+4*extra, addrsCount-extra-attributes
	if extra > 64 || n.addrs < 1 || n.addrs > addrsCount {
		return bad("has no room for addresses")
	}
	n.Inline, n.inlineDir = inline&2 != 0, inline&4 != 0
	return n, nil
}

// Place is where a file's content lies.
type Place struct {
	Extents []Extent // their sum is FoundB
	FoundB  int64
	Fault   string // why FoundB is less than the size; empty when it is not
}

// Map finds the content of a file. It never claims more bytes than the inode's
// size, and no blocks outside the volume.
func (v *Volume) Map(n *Inode) Place {
	if n.Inline {
		room := int64(4*n.addrs - 4)
		p := Place{FoundB: min(n.SizeB, room)}
		p.Extents = []Extent{{n.OffsetB + int64(n.addrAt) + 4, p.FoundB}}
		if p.FoundB < n.SizeB {
			p.Fault = "the inode does not hold all of its content"
		}
		return p
	}
	m := &mapper{v: v, n: n, left: (n.SizeB + BlockB - 1) / BlockB, seen: map[uint32]bool{}}
	m.addresses(n.b[n.addrAt:], n.addrs)
	for i, depth := range []int{0, 0, 1, 1, 2} {
		m.node(le.Uint32(n.b[nidsAt+4*i:]), depth)
	}
	if m.left > 0 && m.fault == "" {
		m.fault = "its size is larger than its map can be"
	}
	p := Place{Extents: m.out, Fault: m.fault}
	for i := range p.Extents {
		p.Extents[i].LengthB = min(p.Extents[i].LengthB, n.SizeB-p.FoundB)
		p.FoundB += p.Extents[i].LengthB
	}
	if p.FoundB == n.SizeB {
		p.Fault = ""
	}
	return p
}

type mapper struct {
	v      *Volume
	n      *Inode
	left   int64 // blocks of the file that are not mapped yet
	stored int64
	out    []Extent
	fault  string
	seen   map[uint32]bool
}

// addresses maps a list of block addresses.
func (m *mapper) addresses(b []byte, count int) {
	for i := 0; i < count && m.left > 0 && m.fault == ""; i++ {
		a := int64(le.Uint32(b[4*i:]))
		switch {
		case a == 0 || a >= 0xFFFFFFFE: // not stored, reserved, or the mark of a compressed cluster
			m.add(Hole, 1)
		case a < m.v.mainAt || a >= m.v.Blocks:
			m.fault = fmt.Sprintf("it points outside the volume's data, to block %d", a)
		default:
			if m.stored++; m.stored > m.v.Blocks {
				m.fault = "more blocks than the volume has"
				return
			}
			m.add(a, 1)
		}
	}
}

func (m *mapper) add(block, count int64) {
	count = min(count, m.left)
	m.left -= count
	off, k := int64(Hole), len(m.out)-1
	if block != Hole {
		off = block * BlockB
	}
	if k >= 0 && (off == Hole && m.out[k].OffsetB == Hole || off != Hole && m.out[k].OffsetB != Hole && m.out[k].OffsetB+m.out[k].LengthB == off) {
		m.out[k].LengthB += count * BlockB
		return
	}
	m.out = append(m.out, Extent{off, count * BlockB})
}

// node maps what a node leads to: depth 0 is a node of addresses, above it are
// nodes of nodes.
func (m *mapper) node(nid uint32, depth int) {
	if m.left <= 0 || m.fault != "" {
		return
	}
	span := int64(perNode)
	for range depth {
		span *= perNode
	}
	if nid == 0 {
		m.add(Hole, span)
		return
	}
	b := make([]byte, BlockB)
	if m.seen[nid] {
		m.fault = "its map runs in a circle"
		return
	}
	m.seen[nid] = true
	if _, ok := m.v.node(nid, b); !ok || le.Uint32(b[4076:]) != m.n.Number {
		m.fault = fmt.Sprintf("node %d of its map is not there", nid)
		return
	}
	if depth == 0 {
		m.addresses(b, perNode)
		return
	}
	for i := range perNode {
		m.node(le.Uint32(b[4*i:]), depth-1)
	}
}
