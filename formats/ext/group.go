package ext

import (
	"encoding/binary"

	"firescene/formats"
)

// group is what is needed of a group descriptor.
type group struct {
	blockBits, inodeBits, table int64
	flags                       uint16
	unused                      uint32 // inodes at the end of the table that were never used
}

const (
	inodeUninit = 1
	blockUninit = 2
)

// hasSuper reports whether a group begins with a copy of the superblock.
func (s *super) hasSuper(g int64) bool {
	switch {
	case g == 0:
		return true
	case s.compat&compatSparse2 != 0:
		return g == int64(s.backupGroups[0]) || g == int64(s.backupGroups[1])
	case g == 1 || s.roCompat&roSparse == 0:
		return true
	case g%2 == 0:
		return false
	}
	for _, base := range []int64{3, 5, 7} {
		n := base
		for n < g {
			n *= base
		}
		if n == g {
			return true
		}
	}
	return false
}

// groupStart is the first block of a group.
func (s *super) groupStart(g int64) int64 { return int64(s.firstDataBlock) + g*int64(s.perGroup) }

// readGroups reads the group descriptors, each from a copy when the first is not
// possible.
func (v *Volume) readGroups() error {
	s := &v.sb
	blocks := min(s.blocks, (v.size+s.blockB-1)/s.blockB)
	n := (blocks - int64(s.firstDataBlock) + int64(s.perGroup) - 1) / int64(s.perGroup)
	n = min(max(n, 1), (int64(s.inodes)+int64(s.inodesPerGroup)-1)/int64(s.inodesPerGroup))
	if n*s.descB > v.size {
		return &formats.FormatError{Format: "ext", Offset: superB, Reason: "more block groups than the volume has room for"}
	}
	v.Groups = n
	v.groups = make([]group, n)
	perBlock := s.blockB / s.descB
	b, c := make([]byte, s.blockB), make([]byte, s.blockB)
	restored, lost := 0, 0
	for i := int64(0); i*perBlock < n; i++ {
		ok := v.Block(v.descBlock(i, 0), b)
		for g := i * perBlock; g < min(n, (i+1)*perBlock); g++ {
			d := b[(g%perBlock)*s.descB:][:s.descB]
			if ok && v.goodGroup(g, d) {
				v.groups[g] = s.parseGroup(d)
				continue
			}
			found := false
			for copyOf := 1; copyOf <= 2 && !found; copyOf++ {
				if at := v.descBlock(i, copyOf); v.Block(at, c) {
					if d := c[(g%perBlock)*s.descB:][:s.descB]; v.goodGroup(g, d) {
						v.groups[g] = s.parseGroup(d)
						found = true
					}
				}
			}
			switch {
			case found:
				restored++
			case ok && v.possible(s.parseGroup(d)):
				v.groups[g] = s.parseGroup(d)
				v.groups[g].flags, v.groups[g].unused = 0, 0 // a doubtful one must not hide inodes
				v.doubt("group descriptors")
			default:
				lost++
			}
		}
	}
	if restored > 0 {
		v.warn("%d group descriptors are damaged and were read from their copies", restored)
	}
	if lost > 0 {
		v.warn("%d of %d group descriptors are damaged and have no copy; the inodes of these groups are not listed", lost, n)
	}
	if lost == int(n) {
		return &formats.FormatError{Format: "ext", Offset: v.descBlock(0, 0) * s.blockB, Reason: "no usable group descriptor"}
	}
	return nil
}

// descBlock is the place of block i of the group descriptors, or of its first or
// second copy.
func (v *Volume) descBlock(i int64, copyOf int) int64 {
	s := &v.sb
	perBlock := s.blockB / s.descB
	if s.incompat&incompatMetaBG == 0 || i < int64(s.firstMetaBG) {
		at := []int64{0, 1, 3}[copyOf]
		if s.compat&compatSparse2 != 0 && copyOf > 0 {
			at = int64(s.backupGroups[copyOf-1])
		}
		start := s.groupStart(at)
		if at == 0 && s.blockB == 1024 && s.firstDataBlock == 0 {
			start++ // the superblock fills block 1 of a volume of large clusters
		}
		return start + 1 + i
	}
	g := i*perBlock + []int64{0, 1, perBlock - 1}[copyOf]
	start := s.groupStart(g)
	if s.hasSuper(g) {
		start++
	}
	if g == 0 && s.blockB == 1024 && s.firstDataBlock == 0 {
		start++
	}
	return start
}

func (s *super) parseGroup(d []byte) group {
	le := binary.LittleEndian
	g := group{blockBits: int64(le.Uint32(d)), inodeBits: int64(le.Uint32(d[4:])), table: int64(le.Uint32(d[8:]))}
	if s.roCompat&(roGroupSum|roSums) != 0 {
		g.flags, g.unused = le.Uint16(d[0x12:]), uint32(le.Uint16(d[0x1C:]))
	}
	if s.incompat&incompat64Bit != 0 && len(d) >= 64 {
		g.blockBits |= int64(le.Uint32(d[0x20:])&0xFFFF) << 32
		g.inodeBits |= int64(le.Uint32(d[0x24:])&0xFFFF) << 32
		g.table |= int64(le.Uint32(d[0x28:])&0xFFFF) << 32
		if s.roCompat&(roGroupSum|roSums) != 0 {
			g.unused |= uint32(le.Uint16(d[0x32:])) << 16
		}
	}
	g.unused = min(g.unused, s.inodesPerGroup)
	return g
}

func (v *Volume) possible(g group) bool {
	s := &v.sb
	tableBlocks := (int64(s.inodesPerGroup)*s.inodeB + s.blockB - 1) / s.blockB
	in := func(b int64) bool { return b > 0 && b < s.blocks }
	return in(g.blockBits) && in(g.inodeBits) && in(g.table) && in(g.table+tableBlocks-1)
}

// goodGroup reports whether a descriptor is possible and its check sum agrees.
func (v *Volume) goodGroup(n int64, d []byte) bool {
	s := &v.sb
	if !v.possible(s.parseGroup(d)) {
		return false
	}
	if s.roCompat&roSums != 0 {
		var zero [2]byte
		sum := crc(crc(crcU32(s.seed, uint32(n)), d[:0x1E]), zero[:])
		return uint16(crc(sum, d[0x20:])) == binary.LittleEndian.Uint16(d[0x1E:])
	}
	return true
}

// Used reports whether the bitmap of blocks says that a block is in use. Blocks
// whose bitmap can not be read count as used.
func (v *Volume) Used(block int64) bool {
	s := &v.sb
	n := block - int64(s.firstDataBlock)
	g := n / int64(s.perGroup)
	if n < 0 || g >= v.Groups || v.groups[g].table == 0 {
		return true
	}
	if v.bitsOf != g {
		if v.bits == nil {
			v.bits = make([]byte, v.BlockB)
		}
		v.bitsOf = -1
		if v.groups[g].flags&blockUninit != 0 {
			v.unwritten(g)
		} else if !v.Block(v.groups[g].blockBits, v.bits) {
			return true
		}
		v.bitsOf = g
	}
	bit := n % int64(s.perGroup) / (s.clusterB / s.blockB)
	return v.bits[bit/8]>>(bit%8)&1 != 0
}

// unwritten makes the bitmap of a group for which none was ever written: only
// metadata is in use there, its own or that of groups near it.
func (v *Volume) unwritten(g int64) {
	s := &v.sb
	clear(v.bits)
	mark := func(block, n int64) {
		from := max(block-s.groupStart(g), 0)
		for i := from; i < min(block+n-s.groupStart(g), int64(s.perGroup)); i++ {
			bit := i / (s.clusterB / s.blockB)
			v.bits[bit/8] |= 1 << (bit % 8)
		}
	}
	if s.hasSuper(g) {
		mark(s.groupStart(g), 1+(v.Groups*s.descB+s.blockB-1)/s.blockB+int64(s.reservedDesc))
	}
	tableBlocks := (int64(s.inodesPerGroup)*s.inodeB + s.blockB - 1) / s.blockB
	// flexible groups keep their metadata together, sixteen groups as a rule
	for i := max(0, g-256); i < min(v.Groups, g+256); i++ {
		d := &v.groups[i]
		mark(d.blockBits, 1)
		mark(d.inodeBits, 1)
		mark(d.table, tableBlocks)
	}
}

// InodeUsed reports whether the bitmap of inodes says that an inode is in use.
func (v *Volume) InodeUsed(number uint32) bool {
	g := int64(number-1) / int64(v.sb.inodesPerGroup)
	if number == 0 || g >= v.Groups || v.groups[g].flags&inodeUninit != 0 {
		return false
	}
	if v.inodeBitsOf != g {
		if v.inodeBits == nil {
			v.inodeBits = make([]byte, v.BlockB)
		}
		v.inodeBitsOf = -1
		if !v.Block(v.groups[g].inodeBits, v.inodeBits) {
			return false
		}
		v.inodeBitsOf = g
	}
	bit := (number - 1) % v.sb.inodesPerGroup
	return v.inodeBits[bit/8]>>(bit%8)&1 != 0
}

// tableIndex maps blocks of inode tables to inodes.
func (v *Volume) tableIndex() func(block int64) (firstInode uint32, ok bool) {
	s := &v.sb
	tableBlocks := (int64(s.inodesPerGroup)*s.inodeB + s.blockB - 1) / s.blockB
	byStart := make(map[int64]int64, len(v.groups)) // table block / tableBlocks bucket to group
	for g := range v.groups {
		if v.groups[g].table != 0 {
			byStart[v.groups[g].table/tableBlocks] = int64(g)
		}
	}
	return func(block int64) (uint32, bool) {
		for _, key := range []int64{block / tableBlocks, block/tableBlocks - 1} {
			g, ok := byStart[key]
			if !ok {
				continue
			}
			if k := block - v.groups[g].table; k >= 0 && k < tableBlocks {
				return uint32(g*int64(s.inodesPerGroup) + k*(s.blockB/s.inodeB) + 1), true
			}
		}
		return 0, false
	}
}
