package ext

import (
	"bytes"
	"encoding/binary"
	"time"

	"firescene/formats"
)

// Inode is a file as the volume or a copy in its journal describes it.
type Inode struct {
	Number     uint32
	Mode       uint16
	UID, GID   uint32
	SizeB      int64
	Links      uint16
	Flags      uint32
	Generation uint32 // told apart uses of the same number
	// Times are zero when not recorded; volumes of 128-byte inodes record whole
	// seconds and no time of creation. Deleted is the time of deletion.
	Accessed, Changed, Modified, Created, Deleted time.Time
	Sum                                           Sum
	OffsetB                                       int64 // where it was read, in the volume

	block  [60]byte // map of blocks, root of the extent tree, or content
	extra  []byte   // of the bytes behind the fixed part: attributes
	extraB int64    // where they begin in the inode
	dtime  uint32
}

// Kinds of file, in Mode.
const (
	modeKind    = 0xF000
	modeFile    = 0x8000
	modeDir     = 0x4000
	modeSymlink = 0xA000
)

// Flags of inodes.
const (
	flagEncrypted = 0x800
	flagIndex     = 0x1000
	flagExtents   = 0x80000
	flagAttribute = 0x200000 // holds an attribute of another inode
	flagInline    = 0x10000000
)

// IsFile reports a regular file, IsDir a directory, IsSymlink a symbolic link.
func (n *Inode) IsFile() bool    { return n.Mode&modeKind == modeFile }
func (n *Inode) IsDir() bool     { return n.Mode&modeKind == modeDir }     // see IsFile
func (n *Inode) IsSymlink() bool { return n.Mode&modeKind == modeSymlink } // see IsFile

// Encrypted reports that content and names are encrypted by the file system.
func (n *Inode) Encrypted() bool { return n.Flags&flagEncrypted != 0 }

// HasMap reports whether the inode still says where its content lies.
func (n *Inode) HasMap() bool {
	switch {
	case n.Flags&flagInline != 0:
		return true
	case n.Flags&flagExtents != 0:
		return binary.LittleEndian.Uint16(n.block[:]) == extentMagic && binary.LittleEndian.Uint16(n.block[2:]) > 0
	}
	return n.block != [60]byte{}
}

// SameContent reports whether two states of an inode map the same content.
func (n *Inode) SameContent(o *Inode) bool {
	return n.Generation == o.Generation && n.SizeB == o.SizeB && n.block == o.block && n.Flags&(flagExtents|flagInline) == o.Flags&(flagExtents|flagInline) &&
		(n.Flags&flagInline == 0 || bytes.Equal(n.extra, o.extra))
}

// ParseInode reads the bytes of an inode, which lie at offsetB of the volume. It
// reports false when they are not those of any file: never used, or foreign.
func (v *Volume) ParseInode(number uint32, b []byte, offsetB int64) (Inode, bool) {
	le := binary.LittleEndian
	n := Inode{Number: number, OffsetB: offsetB, Mode: le.Uint16(b)}
	switch n.Mode & modeKind {
	case 0x1000, 0x2000, modeDir, 0x6000, modeFile, modeSymlink, 0xC000:
	default:
		return n, false
	}
	n.UID = uint32(le.Uint16(b[2:])) | uint32(le.Uint16(b[0x78:]))<<16
	n.GID = uint32(le.Uint16(b[0x18:])) | uint32(le.Uint16(b[0x7A:]))<<16
	n.Links, n.Flags, n.Generation, n.dtime = le.Uint16(b[0x1A:]), le.Uint32(b[0x20:]), le.Uint32(b[0x64:]), le.Uint32(b[0x14:])
	size := uint64(le.Uint32(b[4:]))
	if n.IsFile() || n.IsDir() {
		size |= uint64(le.Uint32(b[0x6C:])) << 32
	}
	if size > 1<<60 {
		return n, false
	}
	n.SizeB = int64(size)
	copy(n.block[:], b[0x28:0x64])
	extraB := 0
	if len(b) > 130 {
		if extraB = int(le.Uint16(b[0x80:])); extraB > len(b)-128 || extraB%4 != 0 {
			extraB = 0
		}
	}
	at := func(sec, more int) time.Time {
		s, x := le.Uint32(b[sec:]), uint32(0)
		if more > 0 && more+4 <= 128+extraB {
			x = le.Uint32(b[more:])
		}
		if s == 0 && x == 0 {
			return time.Time{}
		}
		return time.Unix(int64(int32(s))+int64(x&3)<<32, int64(min(x>>2, 999999999))).UTC()
	}
	n.Accessed, n.Changed, n.Modified = at(8, 0x8C), at(0xC, 0x84), at(0x10, 0x88)
	if 128+extraB >= 0x94 {
		n.Created = at(0x90, 0x94)
	}
	if n.Links == 0 && n.dtime > v.Inodes { // smaller: the next inode of the list of orphans
		n.Deleted = time.Unix(int64(n.dtime), 0).UTC()
	}
	if n.Flags&flagInline != 0 && len(b) > 128 {
		n.extraB = int64(128 + extraB)
		n.extra = append([]byte(nil), b[n.extraB:]...)
	}
	n.Sum = v.inodeSum(number, b)
	return n, true
}

// inodePlace finds the block of an inode and its offset in the block.
func (v *Volume) inodePlace(number uint32) (block, offsetB int64, ok bool) {
	if number == 0 || number > v.Inodes {
		return 0, 0, false
	}
	g := int64(number-1) / int64(v.sb.inodesPerGroup)
	if g >= v.Groups || v.groups[g].table == 0 {
		return 0, 0, false
	}
	k := int64(number-1) % int64(v.sb.inodesPerGroup) * v.InodeB
	return v.groups[g].table + k/v.BlockB, k % v.BlockB, true
}

// Inode reads an inode of the volume as it is now. A FormatError says that it is
// not there or holds no file.
func (v *Volume) Inode(number uint32) (Inode, error) {
	bad := func(at int64, reason string) (Inode, error) {
		return Inode{}, &formats.FormatError{Format: "ext", Offset: at, Reason: reason}
	}
	block, at, ok := v.inodePlace(number)
	if !ok {
		return bad(-1, "there is no such inode")
	}
	if v.tableOf != block {
		if v.table == nil {
			v.table = make([]byte, v.BlockB)
		}
		v.tableOf = -1
		if !v.Block(block, v.table) {
			return bad(block*v.BlockB, "the inode can not be read")
		}
		v.tableOf = block
	}
	where, _ := v.Where(block)
	n, ok := v.ParseInode(number, v.table[at:at+v.InodeB], where+at)
	if !ok {
		return bad(block*v.BlockB+at, "the inode holds no file")
	}
	return n, nil
}

// EachInode visits the inodes of all tables that hold something, in use or not,
// as far as the tables were ever used.
func (v *Volume) EachInode(visit func(n *Inode, used bool) error) error {
	b := make([]byte, v.BlockB)
	per := uint32(v.BlockB / v.InodeB)
	for g := range v.groups {
		d := &v.groups[g]
		if d.table == 0 || d.flags&inodeUninit != 0 {
			continue
		}
		first := int64(g) * int64(v.sb.inodesPerGroup)
		count := min(int64(v.sb.inodesPerGroup-d.unused), int64(v.Inodes)-first)
		for k := int64(0); k < count; k++ {
			at := k % int64(per) * v.InodeB
			block := d.table + k/int64(per)
			if at == 0 && !v.Block(block, b) {
				k += int64(per) - 1
				continue
			}
			raw := b[at : at+v.InodeB]
			if binary.LittleEndian.Uint16(raw) == 0 {
				continue
			}
			number := uint32(first+k) + 1
			where, _ := v.Where(block)
			n, ok := v.ParseInode(number, raw, where+at)
			if !ok {
				continue
			}
			if err := visit(&n, v.InodeUsed(number)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Inline reports that the content is kept in the inode.
func (n *Inode) Inline() bool { return n.Flags&flagInline != 0 }
