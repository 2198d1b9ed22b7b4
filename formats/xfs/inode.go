package xfs

import "time"

// Ways to store a fork.
const (
	forkLocal   = 1
	forkExtents = 2
	forkTree    = 3
)

const (
	modeDir  = 0x4000
	modeFile = 0x8000
)

// Flags of an inode.
const (
	flagRealtime = 1
	flag2BigTime = 1 << 3
	flag2Big     = 1 << 4 // large extent counts
)

type inode struct {
	num    uint64
	atB    int64
	mode   uint16
	format byte
	sizeB  int64
	count  uint64 // extents
	rt     bool
	times  Times
	fork   []byte
	doubt  string
}

// Times are the times of a file in UTC, as "2024-03-01 10:20:30.123456789Z";
// Created is empty before version 5.
type Times struct {
	Created, Modified, Changed, Accessed string // Changed is when the inode changed
}

// inode reads an inode that is in use.
func (v *Volume) inode(num uint64) (*inode, error) {
	group := num >> (v.inoShift + v.agShift)
	in := num & (1<<(v.inoShift+v.agShift) - 1)
	at := v.blockAt(group<<v.agShift|in>>v.inoShift, 1)
	if at < 0 {
		return nil, damaged(-1, "inode %d lies outside the volume", num)
	}
	at += int64(in&(1<<v.inoShift-1)) * v.inodeB
	b := make([]byte, v.inodeB)
	if n, _ := v.r.ReadAt(b, at); n < len(b) {
		return nil, damaged(at, "the image ends before inode %d", num)
	}
	version := b[4]
	if string(b[:2]) != "IN" || version < 1 || version > 3 || (version == 3) != (v.Version == 5) {
		return nil, damaged(at, "inode %d is damaged", num)
	}
	i := &inode{num: num, atB: at, mode: be.Uint16(b[2:]), format: b[5], sizeB: int64(be.Uint64(b[56:])), count: uint64(be.Uint32(b[76:])), rt: be.Uint16(b[90:])&flagRealtime != 0}
	if i.mode == 0 {
		return nil, damaged(at, "inode %d is not in use", num)
	}
	if i.sizeB < 0 {
		return nil, damaged(at+56, "inode %d has a size that is none", num)
	}
	head, big := 100, false
	if version == 3 {
		head = 176
		flags := be.Uint64(b[120:])
		big = flags&flag2BigTime != 0
		if flags&flag2Big != 0 {
			i.count = be.Uint64(b[24:])
		}
		if be.Uint64(b[152:]) != num {
			return nil, damaged(at+152, "inode %d says that it is another", num)
		}
		if !sumOK(b, 100) {
			i.doubt = "the check sum of its inode does not agree"
		}
		i.times.Created = stamp(b[144:], big)
	}
	i.times.Accessed, i.times.Modified, i.times.Changed = stamp(b[32:], big), stamp(b[40:], big), stamp(b[48:], big)
	end := len(b)
	if b[82] > 0 {
		if end = head + 8*int(b[82]); end > len(b) {
			return nil, damaged(at+82, "inode %d is damaged", num)
		}
	}
	i.fork = b[head:end]
	return i, nil
}

// stamp prints a time: seconds and nanoseconds, or nanoseconds from 1901 where the
// volume has large times.
func stamp(b []byte, big bool) string {
	x := be.Uint64(b)
	if x == 0 {
		return ""
	}
	t := time.Unix(int64(int32(x>>32)), int64(uint32(x)))
	if big {
		t = time.Unix(int64(x/1e9)-1<<31, int64(x%1e9))
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000000Z")
}
