// Package xfstest makes a small XFS volume for tests, of version 4 or 5. It is
// written from the specification, apart from the reader that it tests.
package xfstest

import (
	"encoding/binary"
	"hash/crc32"
)

// Ways to store a fork.
const (
	Local   = 1
	Extents = 2
	Tree    = 3
)

// Volume makes a small volume from the specification: blocks of 1024 bytes, two
// groups of 256 blocks, inodes of 256 bytes from block 8 of each group on.
type Volume struct {
	Image []byte
	v5    bool
}

// Sizes of the volume, and its root.
const (
	BlockB      = 1024
	GroupBlocks = 256
	groupShift  = 8 // bits of a block in its group
	RootInode   = 8 * 4
)

// New makes a volume with a superblock and nothing else.
func New(v5 bool) *Volume {
	b := &Volume{make([]byte, 2*GroupBlocks*BlockB), v5}
	e, s := binary.BigEndian, b.Image
	copy(s, "XFSB")
	e.PutUint32(s[4:], BlockB)
	e.PutUint64(s[8:], 2*GroupBlocks)
	e.PutUint64(s[56:], RootInode)
	e.PutUint32(s[84:], GroupBlocks)
	e.PutUint32(s[88:], 2)
	e.PutUint16(s[100:], 4)
	e.PutUint16(s[102:], 512)
	e.PutUint16(s[104:], 256)
	copy(s[108:], "SCENE")
	s[123], s[124] = 2, groupShift
	e.PutUint32(s[200:], 0x200)
	if v5 {
		e.PutUint16(s[100:], 5)
		e.PutUint32(s[216:], 1|8)
		b.seal(s[:512], 224)
	}
	return b
}

func (b *Volume) seal(p []byte, at int) {
	copy(p[at:], make([]byte, 4))
	binary.LittleEndian.PutUint32(p[at:], crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
}

// Block is where a block lies by its number in group and block.
func (b *Volume) Block(group, n int) []byte {
	at := (group*GroupBlocks + n) * BlockB
	return b.Image[at : at+BlockB]
}

// BlockNumber is the number of a block of a group.
func BlockNumber(group, n int) uint64 { return uint64(group)<<groupShift | uint64(n) }

// Put writes an inode; num counts within group 0 or, from 1<<10 on, group 1.
func (b *Volume) Put(num int, mode uint16, format byte, size, extents int, fork []byte) {
	e := binary.BigEndian
	group, in := num>>10, num&1023
	p := b.Block(group, in/4)[in%4*256 : in%4*256+256]
	clear(p)
	copy(p, "IN")
	e.PutUint16(p[2:], mode)
	p[4], p[5] = 2, format
	e.PutUint64(p[56:], uint64(size))
	e.PutUint32(p[76:], uint32(extents))
	e.PutUint32(p[40:], 1709288430) // 2024-03-01 10:20:30
	e.PutUint32(p[44:], 123456789)
	head := 100
	if b.v5 {
		p[4], head = 3, 176
		e.PutUint64(p[120:], 8)
		e.PutUint64(p[40:], (1709288430+1<<31)*1e9+123456789)
		e.PutUint64(p[152:], uint64(num))
	}
	copy(p[head:], fork)
	if b.v5 {
		b.seal(p, 100)
	}
}

// Extent packs one extent.
func Extent(first int, block uint64, count int, unwritten bool) []byte {
	hi := uint64(first)<<9 | block>>43
	if unwritten {
		hi |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, hi), block<<21|uint64(count))
}

// ShortFolder is the fork of a folder that lies in its inode: names and inodes.
func ShortFolder(names ...any) []byte {
	b := []byte{byte(len(names) / 2), 0, 0, 0, 0, RootInode}
	for i := 0; i < len(names); i += 2 {
		n := names[i].(string)
		b = append(append(append(b, byte(len(n)), 0, 0), n...), 1)
		b = binary.BigEndian.AppendUint32(b, uint32(names[i+1].(int)))
	}
	return b
}

// FolderBlock writes a folder that is one block; whole ones end in their hashes.
func (b *Volume) FolderBlock(p []byte, whole bool, names ...any) {
	e := binary.BigEndian
	at, magic := 16, "XD2D"
	if b.v5 {
		at, magic = 64, "XDD3"
	}
	end := len(p)
	if whole {
		magic = map[bool]string{false: "XD2B", true: "XDB3"}[b.v5]
		e.PutUint32(p[len(p)-8:], uint32(len(names)/2))
		end -= 8 + 8*len(names)/2
	}
	copy(p, magic)
	for i := 0; i < len(names); i += 2 {
		n := names[i].(string)
		e.PutUint64(p[at:], uint64(names[i+1].(int)))
		p[at+8] = byte(len(n))
		copy(p[at+9:], n)
		at += (12 + len(n) + 7) &^ 7
	}
	e.PutUint16(p[at:], 0xFFFF)
	e.PutUint16(p[at+2:], uint16(end-at))
	if b.v5 {
		b.seal(p, 4)
	}
}

// Sample makes a volume with folders of every kind, and returns the content of
// its files two.bin, all but the last 100 bytes, and dir/tree.bin.
func Sample(v5 bool) (*Volume, []byte) {
	b := New(v5)
	data := make([]byte, 3*BlockB)
	for i := range data {
		data[i] = byte(i*7 + i>>8)
	}
	copy(b.Block(0, 100), data[:BlockB])
	copy(b.Block(1, 50), data[BlockB:])
	copy(b.Block(1, 51), data[2*BlockB:])
	two := append(Extent(0, BlockNumber(0, 100), 1, false), Extent(1, BlockNumber(1, 50), 2, false)...)
	const f, d = 0x81A4, 0x41ED
	b.Put(RootInode, d, Local, 200, 0, ShortFolder("dir", 33, "two.bin", 35, "far", 1<<10|32))
	b.Put(33, d, Extents, BlockB, 1, Extent(0, BlockNumber(0, 60), 1, false))
	b.FolderBlock(b.Block(0, 60), true, ".", 33, "..", RootInode, "火.bin", 36, "tree.bin", 37)
	b.Put(35, f, Extents, 3*BlockB-100, 2, two)
	// a hole, a written block, one that was set aside, and the end
	b.Put(36, f, Extents, 4*BlockB, 2, append(Extent(1, BlockNumber(0, 100), 1, false), Extent(2, BlockNumber(0, 101), 1, true)...))
	root := make([]byte, 256-100)
	if v5 {
		root = root[:256-176]
	}
	binary.BigEndian.PutUint16(root, 1)
	binary.BigEndian.PutUint16(root[2:], 1)
	binary.BigEndian.PutUint64(root[4+8*((len(root)-4)/16):], BlockNumber(1, 60))
	b.Put(37, f, Tree, 3*BlockB, 2, root)
	leaf, head := b.Block(1, 60), 24
	copy(leaf, "BMAP")
	if v5 {
		copy(leaf, "BMA3")
		head = 72
	}
	binary.BigEndian.PutUint16(leaf[6:], 2)
	copy(leaf[head:], two)
	b.Put(1<<10|32, d, Extents, 2*BlockB, 2, append(Extent(0, BlockNumber(1, 70), 1, false), Extent(5, BlockNumber(1, 71), 1, false)...))
	b.FolderBlock(b.Block(1, 70), false, "one", 1<<10|33)
	b.FolderBlock(b.Block(1, 71), false, "up", 33, "none", 1<<10|40)
	b.Put(1<<10|33, f, Extents, 0, 0, nil)
	return b, data
}
