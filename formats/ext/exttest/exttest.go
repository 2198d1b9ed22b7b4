// Package exttest makes small ext2, ext3 and ext4 volumes in memory, written
// apart from the reader: one block group, a root directory, files placed where
// the caller says, deletion as the kernel does it, and a journal of copies.
package exttest

import (
	"encoding/binary"
	"math/bits"
)

// Options say what volume to make.
type Options struct {
	BlockB  int  // 1024, 2048 or 4096
	Blocks  int  // of the volume, one group at most
	Extents bool // extents instead of block pointers
	Sums    bool // metadata_csum, and check sums of the third kind in the journal
	Journal int  // blocks of the journal, 0 for none
}

// Inodes is how many inodes a volume has, InodeB their length.
const (
	Inodes = 64
	InodeB = 256
	Root   = 2 // inode of the root directory
)

// Volume is a volume that is being made.
type Volume struct {
	Image []byte
	Options
	first, gdt, blockBits, inodeBits, table, rootBlock, journal int
	nextInode                                                   uint32
	journalAt                                                   int
	sequence                                                    uint32
	clock                                                       uint32
	dirs                                                        map[uint32]int // block of each directory
}

var le, be = binary.LittleEndian, binary.BigEndian

// New makes an empty volume. Its data blocks begin at FirstData.
func New(o Options) *Volume {
	v := &Volume{Options: o, Image: make([]byte, o.Blocks*o.BlockB), nextInode: 11, sequence: 1, clock: 1700000000, dirs: map[uint32]int{}}
	if o.BlockB == 1024 {
		v.first = 1
	}
	v.gdt = v.first + 1
	v.blockBits, v.inodeBits, v.table = v.gdt+1, v.gdt+2, v.gdt+3
	v.journal = v.table + Inodes*InodeB/o.BlockB
	v.rootBlock = v.journal + o.Journal
	for b := v.first; b <= v.rootBlock; b++ {
		v.use(b, true)
	}
	for n := uint32(1); n < 11; n++ {
		v.useInode(n, true)
	}
	s := v.Image[1024:2048]
	le.PutUint32(s[0:], Inodes)
	le.PutUint32(s[4:], uint32(o.Blocks))
	le.PutUint32(s[0x14:], uint32(v.first))
	shift := uint32(bits.TrailingZeros(uint(o.BlockB / 1024)))
	le.PutUint32(s[0x18:], shift)
	le.PutUint32(s[0x1C:], shift)
	le.PutUint32(s[0x20:], uint32(8*o.BlockB))
	le.PutUint32(s[0x24:], uint32(8*o.BlockB))
	le.PutUint32(s[0x28:], Inodes)
	le.PutUint16(s[0x38:], 0xEF53)
	le.PutUint32(s[0x4C:], 1)
	le.PutUint32(s[0x54:], 11)
	le.PutUint16(s[0x58:], InodeB)
	incompat, ro := uint32(2), uint32(1)
	if o.Extents {
		incompat |= 0x40
	}
	if o.Sums {
		ro |= 0x400
		s[0x175] = 1
	}
	if o.Journal > 0 {
		le.PutUint32(s[0x5C:], 4)
		le.PutUint32(s[0xE0:], 8)
	}
	le.PutUint32(s[0x60:], incompat)
	le.PutUint32(s[0x64:], ro)
	copy(s[0x68:], "exttest-uuid-16b")
	copy(s[0x78:], "MADE")
	d := v.Block(v.gdt)
	le.PutUint32(d[0:], uint32(v.blockBits))
	le.PutUint32(d[4:], uint32(v.inodeBits))
	le.PutUint32(d[8:], uint32(v.table))
	v.directory(Root, Root, v.rootBlock)
	if o.Journal > 0 {
		v.writeInode(8, 0x8180, o.Journal*o.BlockB, v.pointersOrExtents(seq(v.journal, o.Journal), 0), 1)
		j := v.Block(v.journal)
		be.PutUint32(j[0:], 0xC03B3998)
		be.PutUint32(j[4:], 4)
		be.PutUint32(j[0xC:], uint32(o.BlockB))
		be.PutUint32(j[0x10:], uint32(o.Journal))
		be.PutUint32(j[0x14:], 1)
		be.PutUint32(j[0x18:], 1)
		if o.Sums {
			be.PutUint32(j[0x28:], 0x10)
		}
		copy(j[0x30:], "exttest-journal!")
		v.journalAt = 1
	}
	v.sums()
	return v
}

func seq(at, n int) (out []int) {
	for i := range n {
		out = append(out, at+i)
	}
	return out
}

// FirstData is the first block that is free.
func (v *Volume) FirstData() int { return v.rootBlock + 1 }

// Block is the bytes of a block.
func (v *Volume) Block(n int) []byte { return v.Image[n*v.BlockB:][:v.BlockB] }

// Inode is the bytes of an inode.
func (v *Volume) Inode(n uint32) []byte {
	return v.Image[v.table*v.BlockB+int(n-1)*InodeB:][:InodeB]
}

// TableBlock is the block of the inode table that holds an inode.
func (v *Volume) TableBlock(n uint32) int { return v.table + int(n-1)*InodeB/v.BlockB }

// DirBlock is the block of a directory.
func (v *Volume) DirBlock(dir uint32) int { return v.dirs[dir] }

// BitmapBlock is the block of the bitmap of blocks.
func (v *Volume) BitmapBlock() int { return v.blockBits }

func setBit(b []byte, i int, on bool) {
	b[i/8] &^= 1 << (i % 8)
	if on {
		b[i/8] |= 1 << (i % 8)
	}
}

func (v *Volume) use(block int, on bool)     { setBit(v.Block(v.blockBits), block-v.first, on) }
func (v *Volume) useInode(n uint32, on bool) { setBit(v.Block(v.inodeBits), int(n-1), on) }

// pointersOrExtents makes the map of a file. depth is of the extent tree; its
// blocks are taken behind the last data block.
func (v *Volume) pointersOrExtents(blocks []int, depth int) (m [60]byte) {
	if !v.Extents {
		for i, b := range blocks {
			switch {
			case i < 12:
				le.PutUint32(m[4*i:], uint32(b))
			case i == 12:
				at := v.free(blocks)
				le.PutUint32(m[48:], uint32(at))
				v.use(at, true)
				clear(v.Block(at))
				fallthrough
			default:
				le.PutUint32(v.Block(int(le.Uint32(m[48:])))[4*(i-12):], uint32(b))
			}
		}
		return m
	}
	type run struct{ logical, start, n int }
	var runs []run
	for i, b := range blocks {
		if b == 0 {
			continue
		}
		if k := len(runs) - 1; k >= 0 && runs[k].logical+runs[k].n == i && runs[k].start+runs[k].n == b {
			runs[k].n++
			continue
		}
		runs = append(runs, run{i, b, 1})
	}
	head := func(b []byte, entries, most, depth int) {
		le.PutUint16(b, 0xF30A)
		le.PutUint16(b[2:], uint16(entries))
		le.PutUint16(b[4:], uint16(most))
		le.PutUint16(b[6:], uint16(depth))
	}
	leaf := m[:]
	if depth > 0 || len(runs) > 4 {
		at := v.free(blocks)
		v.use(at, true)
		head(m[:], 1, 4, 1)
		le.PutUint32(m[12:], uint32(runs[0].logical))
		le.PutUint32(m[16:], uint32(at))
		leaf = v.Block(at)
		clear(leaf)
		head(leaf, len(runs), (v.BlockB-12)/12, 0)
	} else {
		head(leaf, len(runs), 4, 0)
	}
	for i, r := range runs {
		le.PutUint32(leaf[12+12*i:], uint32(r.logical))
		le.PutUint16(leaf[16+12*i:], uint16(r.n))
		le.PutUint32(leaf[20+12*i:], uint32(r.start))
	}
	return m
}

// free is the last free block that is not among the given.
func (v *Volume) free(not []int) int {
	for b := v.Blocks - 1; ; b-- {
		used := v.Block(v.blockBits)[(b-v.first)/8]>>((b-v.first)%8)&1 != 0
		for _, x := range not {
			used = used || x == b
		}
		if !used {
			return b
		}
	}
}

func (v *Volume) writeInode(n uint32, mode uint16, size int, m [60]byte, links uint16) {
	b := v.Inode(n)
	clear(b)
	v.clock++
	le.PutUint16(b, mode)
	le.PutUint32(b[4:], uint32(size))
	for _, at := range []int{8, 0xC, 0x10, 0x90} {
		le.PutUint32(b[at:], v.clock)
	}
	le.PutUint32(b[0x88:], 123456789<<2) // nanoseconds of the time of modification
	le.PutUint16(b[0x1A:], links)
	if v.Extents {
		le.PutUint32(b[0x20:], 0x80000)
	}
	copy(b[0x28:], m[:])
	le.PutUint32(b[0x64:], n*1000003+v.clock)
	le.PutUint16(b[0x80:], 32)
	v.useInode(n, true)
}

func (v *Volume) directory(n, parent uint32, block int) {
	v.dirs[n] = block
	v.use(block, true)
	v.writeInode(n, 0x41ED, v.BlockB, v.pointersOrExtents([]int{block}, 0), 2)
	b := v.Block(block)
	clear(b)
	record(b, n, 12, ".", 2)
	record(b[12:], parent, v.dirEnd()-12, "..", 2)
}

// dirEnd is where the records of a directory block end.
func (v *Volume) dirEnd() int {
	if v.Sums {
		return v.BlockB - 12
	}
	return v.BlockB
}

func record(b []byte, inode uint32, length int, name string, kind byte) {
	le.PutUint32(b, inode)
	le.PutUint16(b[4:], uint16(length))
	b[6], b[7] = byte(len(name)), kind
	copy(b[8:], name)
}

// name adds an entry to a directory.
func (v *Volume) name(dir, inode uint32, name string, kind byte) {
	b := v.Block(v.dirs[dir])[:v.dirEnd()]
	for at := 0; ; {
		n := int(le.Uint16(b[at+4:]))
		if at+n == len(b) {
			used := 8 + (int(b[at+6])+3)&^3
			le.PutUint16(b[at+4:], uint16(used))
			record(b[at+used:], inode, n-used, name, kind)
			return
		}
		at += n
	}
}

// Put makes a file with its content in the given blocks, in order; 0 is a hole.
// It returns the inode.
func (v *Volume) Put(dir uint32, name string, data []byte, blocks []int) uint32 {
	n := v.nextInode
	v.nextInode++
	v.Write(n, data, blocks)
	v.name(dir, n, name, 1)
	v.sums()
	return n
}

// Write gives an inode content, as Put does.
func (v *Volume) Write(n uint32, data []byte, blocks []int) {
	v.writeInode(n, 0x81A4, len(data), v.pointersOrExtents(blocks, 0), 1)
	for i, b := range blocks {
		if b == 0 {
			continue
		}
		v.use(b, true)
		clear(v.Block(b))
		copy(v.Block(b), data[min(len(data), i*v.BlockB):])
	}
	v.sums()
}

// Reuse makes the next file use an inode again.
func (v *Volume) Reuse(n uint32) { v.nextInode = n }

// Mkdir makes a directory in a block.
func (v *Volume) Mkdir(parent uint32, name string, block int) uint32 {
	n := v.nextInode
	v.nextInode++
	v.directory(n, parent, block)
	v.name(parent, n, name, 2)
	v.sums()
	return n
}

// Delete removes a file as ext4 does: its entry goes into the one before it, wiped
// when wipe is set as newer kernels do, its inode loses size and map, its blocks
// are freed. keepMap leaves the map, as ext2 does.
func (v *Volume) Delete(dir uint32, name string, wipe, keepMap bool) {
	b := v.Block(v.dirs[dir])[:v.dirEnd()]
	for at, before := 0, 0; at < len(b); before, at = at, at+int(le.Uint16(b[at+4:])) {
		if string(b[at+8:at+8+int(b[at+6])]) != name {
			continue
		}
		n, length := le.Uint32(b[at:]), int(le.Uint16(b[at+4:]))
		le.PutUint16(b[before+4:], uint16(int(le.Uint16(b[before+4:]))+length))
		if wipe {
			clear(b[at : at+length])
		}
		i := v.Inode(n)
		for _, block := range v.BlocksOf(n) {
			v.use(block, false)
		}
		if v.clock++; !keepMap {
			le.PutUint32(i[4:], 0)
			clear(i[0x28:0x64])
			if v.Extents {
				le.PutUint16(i[0x28:], 0xF30A)
				le.PutUint16(i[0x2C:], 4)
			}
		}
		le.PutUint16(i[0x1A:], 0)
		le.PutUint32(i[0x14:], v.clock)
		v.useInode(n, false)
		break
	}
	v.sums()
}

// BlocksOf lists the blocks of a file, those of its map included.
func (v *Volume) BlocksOf(n uint32) (out []int) {
	m := v.Inode(n)[0x28:0x64]
	if !v.Extents {
		for i := range 12 {
			out = append(out, int(le.Uint32(m[4*i:])))
		}
		if at := int(le.Uint32(m[48:])); at != 0 {
			out = append(out, at)
			for i := 0; i < v.BlockB; i += 4 {
				out = append(out, int(le.Uint32(v.Block(at)[i:])))
			}
		}
	} else {
		if le.Uint16(m[6:]) == 1 {
			at := int(le.Uint32(m[16:]))
			out = append(out, at)
			m = v.Block(at)
		}
		for i := range int(le.Uint16(m[2:])) {
			e := m[12+12*i:]
			out = append(out, seq(int(le.Uint32(e[8:])), int(le.Uint16(e[4:])))...)
		}
	}
	k := 0
	for _, b := range out {
		if b != 0 {
			out[k] = b
			k++
		}
	}
	return out[:k]
}

// Commit writes a transaction with copies of blocks into the journal, round its
// end when need be.
func (v *Volume) Commit(blocks ...int) {
	v.transaction(blocks)
	c := v.journalBlock()
	be.PutUint32(c[4:], 2)
	be.PutUint64(c[0x30:], uint64(v.clock))
	v.sequence++
}

// Begin writes a transaction without its commit.
func (v *Volume) Begin(blocks ...int) { v.transaction(blocks) }

// journalBlock is the next block of the journal, with a head.
func (v *Volume) journalBlock() []byte {
	if v.journalAt >= v.Journal {
		v.journalAt = 1
	}
	b := v.Block(v.journal + v.journalAt)
	v.journalAt++
	clear(b)
	be.PutUint32(b, 0xC03B3998)
	be.PutUint32(b[8:], v.sequence)
	return b
}

func (v *Volume) transaction(blocks []int) {
	d := v.journalBlock()
	be.PutUint32(d[4:], 1)
	at := 12
	for i, n := range blocks {
		c := v.journalBlock()
		copy(c, v.Block(n))
		flags := uint32(0)
		if i > 0 {
			flags |= 2
		}
		if i == len(blocks)-1 {
			flags |= 8
		}
		if be.Uint32(c) == 0xC03B3998 {
			flags |= 1
			clear(c[:4])
		}
		be.PutUint32(d[at:], uint32(n))
		if v.Sums {
			var s [4]byte
			be.PutUint32(s[:], v.sequence)
			be.PutUint32(d[at+4:], flags)
			be.PutUint32(d[at+12:], crc(crc(crc(^uint32(0), []byte("exttest-journal!")), s[:]), c))
			at += 16
		} else {
			be.PutUint16(d[at+6:], uint16(flags))
			at += 8
		}
		if i == 0 {
			at += 16
		}
	}
}

// Dirty marks the volume as not closed: the journal is to be replayed from a
// transaction whose descriptor is in a block of the journal.
func (v *Volume) Dirty(block int, sequence uint32) {
	le.PutUint32(v.Image[1024+0x60:], le.Uint32(v.Image[1024+0x60:])|4)
	j := v.Block(v.journal)
	be.PutUint32(j[0x18:], sequence)
	be.PutUint32(j[0x1C:], uint32(block))
	v.sums()
}

// crc is CRC-32C bit by bit, without inversions.
func crc(sum uint32, b []byte) uint32 {
	for _, x := range b {
		sum ^= uint32(x)
		for range 8 {
			sum = sum>>1 ^ 0x82F63B78&-(sum&1)
		}
	}
	return sum
}

func u32(n uint32) []byte { return le.AppendUint32(nil, n) }

// Sum writes the check sums anew after the caller changed bytes.
func (v *Volume) Sum() { v.sums() }

// sums writes all check sums.
func (v *Volume) sums() {
	if !v.Sums {
		return
	}
	s := v.Image[1024:2048]
	seed := crc(^uint32(0), s[0x68:0x78])
	le.PutUint32(s[0x3FC:], crc(^uint32(0), s[:0x3FC]))
	d := v.Block(v.gdt)[:32]
	le.PutUint16(d[0x1E:], 0)
	le.PutUint16(d[0x1E:], uint16(crc(crc(seed, u32(0)), d)))
	for n := uint32(1); n <= Inodes; n++ {
		i := v.Inode(n)
		if le.Uint16(i) == 0 {
			continue
		}
		own := crc(crc(seed, u32(n)), i[0x64:0x68])
		le.PutUint16(i[0x7C:], 0)
		le.PutUint16(i[0x82:], 0)
		sum := crc(own, i)
		le.PutUint16(i[0x7C:], uint16(sum))
		le.PutUint16(i[0x82:], uint16(sum>>16))
		if m := i[0x28:]; v.Extents && le.Uint16(m[6:]) == 1 {
			leaf := v.Block(int(le.Uint32(m[16:])))
			tail := 12 + 12*int(le.Uint16(leaf[4:]))
			le.PutUint32(leaf[tail:], crc(own, leaf[:tail]))
		}
		if block, ok := v.dirs[n]; ok {
			b := v.Block(block)
			t := b[len(b)-12:]
			clear(t)
			t[4], t[7] = 12, 0xDE
			le.PutUint32(t[8:], crc(own, b[:len(b)-12]))
		}
	}
}
