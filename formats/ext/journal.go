package ext

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"firescene/formats"
)

// Journal is the journal of a volume: the whole of its area, with the
// transactions that were written back long ago and are not overwritten yet.
type Journal struct {
	Blocks       int64 // of the area
	Clean        bool  // nothing in it waits to be written back
	Transactions []Transaction
	Copies       []Copy // in order of their transactions, then of their places
	Warnings     []string

	v       *Volume
	extents []Extent
	blockB  int64
	incompat,
	first, start, sequence uint32
	fastBlocks  int64
	seed        uint32
	descriptors []descriptor
}

// Transaction is a set of changes that was made at once.
type Transaction struct {
	Sequence  uint32
	Committed bool      // its end was found and belongs to it
	Time      time.Time // of the commit, zero when not known
}

// Copy is the content that a block had at the end of a transaction.
type Copy struct {
	Block    int64  // of the volume
	Sequence uint32 // of the transaction
	Order    int    // of the transaction in Journal.Transactions
	OffsetB  int64  // in the volume, where the copy lies
	Escaped  bool   // its first four bytes are zeros there and were journalMagic
	Verified bool   // its check sum agrees; false too when it has none
}

const journalMagic = 0xC03B3998

// kinds of journal blocks and flags of tags
const (
	journalDescriptor = 1
	journalCommit     = 2
	journalSuper1     = 3
	journalSuper2     = 4
	journalRevoke     = 5

	tagEscape   = 1
	tagSameUUID = 2
	tagLast     = 8

	journal64Bit = 0x2
	journalSumV2 = 0x8
	journalSumV3 = 0x10
)

type descriptor struct {
	at       int64
	sequence uint32
	tags     []tag
}

type tag struct {
	block int64
	flags uint32
	sum   uint32
}

// Journal reads the journal. An UnsupportedError says that it lies on another
// device, a FormatError that there is none or that it is damaged.
func (v *Volume) Journal() (*Journal, error) {
	if v.journal == nil && v.journalErr == nil {
		v.journal, v.journalErr = v.readJournal()
	}
	return v.journal, v.journalErr
}

func (v *Volume) readJournal() (*Journal, error) {
	bad := func(off int64, format string, args ...any) (*Journal, error) {
		return nil, &formats.FormatError{Format: "ext journal", Offset: off, Reason: fmt.Sprintf(format, args...)}
	}
	if v.sb.compat&compatJournal == 0 {
		return bad(superB, "the volume has none")
	}
	if v.sb.journalInode == 0 {
		if v.sb.journalDev != 0 {
			return nil, &formats.UnsupportedError{Format: "ext journal", Offset: superB + 0xE4, Feature: "a journal on another device", Next: "image that device too; names and deleted files that only it knows are not found"}
		}
		return bad(superB+0xE0, "the volume names none")
	}
	n, err := v.Inode(v.sb.journalInode)
	if err != nil {
		return nil, err
	}
	j := &Journal{v: v, blockB: v.BlockB, extents: v.Map(&n, nil).Extents}
	for _, x := range j.extents {
		j.Blocks += x.LengthB / v.BlockB
	}
	b := make([]byte, v.BlockB)
	if j.Blocks < 2 || !j.read(0, b) {
		return bad(n.OffsetB, "its blocks are not there")
	}
	be := binary.BigEndian
	if kind := be.Uint32(b[4:]); be.Uint32(b) != journalMagic || kind != journalSuper1 && kind != journalSuper2 {
		return bad(j.offset(0), "no journal superblock")
	} else if kind == journalSuper2 {
		j.incompat = be.Uint32(b[0x28:])
		if v.sb.compat&compatFastCommit != 0 {
			j.fastBlocks = int64(be.Uint32(b[0x54:]))
		}
		j.seed = crc(^uint32(0), b[0x30:0x40])
	}
	if int64(be.Uint32(b[0xC:])) != v.BlockB {
		return bad(j.offset(0), "blocks of %d bytes", be.Uint32(b[0xC:]))
	}
	j.first, j.sequence, j.start = be.Uint32(b[0x14:]), be.Uint32(b[0x18:]), be.Uint32(b[0x1C:])
	if held := int64(be.Uint32(b[0x10:])); held < j.Blocks {
		j.Blocks = max(held, 2)
	}
	if j.first == 0 || int64(j.first) >= j.Blocks {
		j.first = 1
	}
	j.Clean = j.start == 0
	j.scan(b)
	return j, nil
}

// offset is the place of a block of the journal in the volume, or -1.
func (j *Journal) offset(n int64) int64 {
	at := n * j.blockB
	for _, x := range j.extents {
		if at < x.LengthB {
			if x.OffsetB == Hole {
				return -1
			}
			return x.OffsetB + at
		}
		at -= x.LengthB
	}
	return -1
}

func (j *Journal) read(n int64, b []byte) bool {
	off := j.offset(n)
	if off < 0 {
		return false
	}
	m, err := j.v.r.ReadAt(b[:j.blockB], off)
	return int64(m) == j.blockB && (err == nil || err == io.EOF)
}

// Read gives a copy as the block was.
func (j *Journal) Read(c Copy, b []byte) bool {
	if m, _ := j.v.r.ReadAt(b[:j.blockB], c.OffsetB); int64(m) != j.blockB {
		return false
	}
	if c.Escaped {
		binary.BigEndian.PutUint32(b, journalMagic)
	}
	return true
}

// wrap counts blocks behind a place, round the end of the area.
func (j *Journal) wrap(at int64) int64 {
	if end := j.Blocks - j.fastBlocks; at >= end && end > int64(j.first) {
		return int64(j.first) + (at-int64(j.first))%(end-int64(j.first))
	}
	return at
}

// scan reads the whole area for descriptors and commits, and keeps of each
// transaction the copies that no later one has overwritten.
func (j *Journal) scan(b []byte) {
	be := binary.BigEndian
	commits := map[uint32]time.Time{}
	for at := int64(j.first); at < j.Blocks; at++ {
		if !j.read(at, b) || be.Uint32(b) != journalMagic {
			continue
		}
		sequence := be.Uint32(b[8:])
		switch be.Uint32(b[4:]) {
		case journalDescriptor:
			j.descriptors = append(j.descriptors, descriptor{at, sequence, j.tags(b)})
		case journalCommit:
			commits[sequence] = time.Time{}
			if s := be.Uint64(b[0x30:]); s > 0 && s < 1<<34 {
				commits[sequence] = time.Unix(int64(s), int64(min(be.Uint32(b[0x38:]), 999999999))).UTC()
			}
		}
	}
	// the newest transaction that wrote a place owns it; sequences may wrap
	sort.SliceStable(j.descriptors, func(a, b int) bool {
		return int32(j.descriptors[a].sequence-j.descriptors[b].sequence) < 0
	})
	owner := make(map[int64]int, j.Blocks)
	for i := len(j.descriptors) - 1; i >= 0; i-- {
		d := &j.descriptors[i]
		for k := range int64(len(d.tags)) + 1 {
			at := j.wrap(d.at + k)
			if _, taken := owner[at]; !taken {
				owner[at] = i
			}
		}
	}
	block := make([]byte, j.blockB)
	good := make(map[int64]bool, j.Blocks) // blocks whose place in time is known
	orders := map[int64]int{}              // of the descriptors, by place
	seen := map[uint32]bool{}
	for i := range j.descriptors {
		d := &j.descriptors[i]
		if owner[d.at] != i {
			continue // a copy of a journal, or what an older one left
		}
		if !seen[d.sequence] {
			seen[d.sequence] = true
			t, ok := commits[d.sequence]
			j.Transactions = append(j.Transactions, Transaction{Sequence: d.sequence, Committed: ok, Time: t})
		}
		good[d.at], orders[d.at] = true, len(j.Transactions)-1
		for k, t := range d.tags {
			at := j.wrap(d.at + 1 + int64(k))
			off := j.offset(at)
			if owner[at] != i || off < 0 || t.block >= j.v.Blocks {
				continue
			}
			c := Copy{Block: t.block, Sequence: d.sequence, Order: len(j.Transactions) - 1, OffsetB: off, Escaped: t.flags&tagEscape != 0}
			if j.incompat&(journalSumV2|journalSumV3) != 0 {
				if !j.Read(c, block) {
					continue
				}
				if c.Escaped {
					binary.BigEndian.PutUint32(block, 0)
				}
				var seq [4]byte
				be.PutUint32(seq[:], d.sequence)
				sum := crc(crc(j.seed, seq[:]), block)
				if j.incompat&journalSumV3 == 0 {
					sum &= 0xFFFF
				}
				if sum != t.sum {
					continue // overwritten since
				}
				c.Verified = true
			}
			good[at] = true
			j.Copies = append(j.Copies, c)
		}
	}
	j.strays(good, orders, block)
}

// strays adds copies whose descriptor was overwritten: what is left of the oldest
// transaction behind the newest. Inode tables tell by their check sums which they
// are, first blocks of directories name theirs. They are dated to the transaction
// that follows in the area.
func (j *Journal) strays(good map[int64]bool, orders map[int64]int, b []byte) {
	v := j.v
	if !v.hasSums() || len(j.Transactions) == 0 {
		return
	}
	be, le := binary.BigEndian, binary.LittleEndian
	order, found := len(j.Transactions)-1, []Copy(nil)
	perBlock := uint32(v.BlockB / v.InodeB)
	for at := j.Blocks - 1; at >= int64(j.first); at-- {
		if o, ok := orders[at]; ok {
			order = o
		}
		if good[at] || !j.read(at, b) || be.Uint32(b) == journalMagic {
			continue
		}
		c := Copy{Block: Stray, Order: order, Sequence: j.Transactions[order].Sequence, OffsetB: j.offset(at)}
		if first, ok := v.tableAt(b); ok {
			if c.Block, _, ok = v.inodePlace(first); !ok || (first-1)%perBlock != 0 {
				continue
			}
			c.Verified = true
		} else if le.Uint16(b[4:]) != 12 || b[6] != 1 || b[8] != '.' || b[7] > 7 {
			continue
		}
		found = append(found, c)
	}
	if len(found) == 0 {
		return
	}
	slices.Reverse(found)
	j.Copies = append(found, j.Copies...)
	sort.SliceStable(j.Copies, func(a, b int) bool { return j.Copies[a].Order < j.Copies[b].Order })
}

// Stray is the block number of a copy whose block is not known.
const Stray = -1

// tags reads the list of a descriptor.
func (j *Journal) tags(b []byte) (out []tag) {
	be := binary.BigEndian
	end := len(b)
	if j.incompat&(journalSumV2|journalSumV3) != 0 {
		end -= 4
	}
	n := 8
	switch {
	case j.incompat&journalSumV3 != 0:
		n = 16
	case j.incompat&journalSumV2 != 0:
		n += 2
	}
	if j.incompat&journalSumV3 == 0 && j.incompat&journal64Bit != 0 {
		n += 4
	}
	for at := 12; at+n <= end; {
		t := tag{block: int64(be.Uint32(b[at:]))}
		if j.incompat&journalSumV3 != 0 {
			t.flags, t.sum = be.Uint32(b[at+4:]), be.Uint32(b[at+12:])
			if j.incompat&journal64Bit != 0 {
				t.block |= int64(be.Uint32(b[at+8:])&0xFFFF) << 32
			}
		} else {
			t.sum, t.flags = uint32(be.Uint16(b[at+4:])), uint32(be.Uint16(b[at+6:]))
			if j.incompat&journal64Bit != 0 {
				t.block |= int64(be.Uint32(b[at+8:])&0xFFFF) << 32
			}
		}
		out = append(out, t)
		if at += n; t.flags&tagSameUUID == 0 {
			at += 16
		}
		if t.flags&tagLast != 0 {
			break
		}
	}
	return out
}

// replayJournal finds, for a volume that was not closed, the blocks that the
// journal holds newer: those of the committed transactions from its start on,
// without the blocks that a later transaction revoked.
func (v *Volume) replayJournal() {
	j, err := v.Journal()
	if err != nil {
		v.warn("the volume was not closed and its journal can not be replayed: %v", err)
		return
	}
	if v.sb.compat&compatFastCommit != 0 {
		v.warn("the volume was not closed; what its journal holds as fast commits is not applied")
	}
	if j.Clean {
		return
	}
	b := make([]byte, v.BlockB)
	be := binary.BigEndian
	found := map[int64]Copy{}
	revoked := map[int64]uint32{}
	byPlace := make(map[int64]*descriptor, len(j.descriptors))
	for i := range j.descriptors {
		byPlace[j.descriptors[i].at] = &j.descriptors[i]
	}
	var pending []Copy
	var revoking []int64
	at, sequence := int64(j.start), j.sequence
	for range j.Blocks {
		at = j.wrap(at)
		if !j.read(at, b) || be.Uint32(b) != journalMagic || be.Uint32(b[8:]) != sequence {
			break
		}
		at++
		switch be.Uint32(b[4:]) {
		case journalDescriptor:
			for k, t := range j.tags(b) {
				if off := j.offset(j.wrap(at + int64(k))); off >= 0 && t.block < v.Blocks {
					pending = append(pending, Copy{Block: t.block, Sequence: sequence, OffsetB: off, Escaped: t.flags&tagEscape != 0})
				}
			}
			at += int64(len(j.tags(b)))
		case journalRevoke:
			revoking = append(revoking, j.revoked(b)...)
		case journalCommit:
			for _, c := range pending {
				found[c.Block] = c
			}
			for _, n := range revoking {
				revoked[n] = sequence
			}
			pending, revoking = nil, nil
			sequence++
		}
	}
	for n, s := range revoked {
		if c, ok := found[n]; ok && int32(c.Sequence-s) <= 0 {
			delete(found, n)
		}
	}
	if len(found) == 0 {
		return
	}
	v.replay = found
	for n := range found {
		v.replayed = append(v.replayed, n)
	}
	sort.Slice(v.replayed, func(a, b int) bool { return v.replayed[a] < v.replayed[b] })
	v.Replayed = len(found)
	v.warn("the volume was not closed; %d blocks are read as its journal has them", len(found))
	v.bitsOf, v.tableOf, v.inodeBitsOf = -1, -1, -1
	if err := v.readGroups(); err != nil {
		v.warn("%v", err)
	}
}

// revoked lists the blocks of a revocation.
func (j *Journal) revoked(b []byte) (out []int64) {
	be := binary.BigEndian
	end := min(int(be.Uint32(b[12:])), len(b))
	n := 4
	if j.incompat&journal64Bit != 0 {
		n = 8
	}
	for at := 16; at+n <= end; at += n {
		if n == 8 {
			out = append(out, int64(be.Uint64(b[at:])&(1<<48-1)))
		} else {
			out = append(out, int64(be.Uint32(b[at:])))
		}
	}
	return out
}
