// Package evtx reads Windows XML event logs for recovery: it checks a log or a
// lone chunk to its end and gives the events of whatever is left.
//
// The format is that of J. Metz, "Windows XML Event Log (EVTX) format"
// (libevtx documentation, 2011 and later) and A. Schuster, "Introducing the
// Microsoft Vista event log file format" (DFRWS 2007).
package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	fileMagic  = "ElfFile\x00"
	chunkMagic = "ElfChnk\x00"
	fileHeadB  = 4096
	recordsAt  = 512
	recordB    = 28 // of the smallest record
	// ChunkB is the length of every chunk.
	ChunkB = 65536
)

// Head reports whether b, at least 44 bytes, can begin a log.
func Head(b []byte) bool {
	return len(b) >= 44 && string(b[:8]) == fileMagic && binary.LittleEndian.Uint32(b[32:]) == 128 &&
		binary.LittleEndian.Uint16(b[38:]) == 3 && binary.LittleEndian.Uint16(b[40:]) == fileHeadB
}

// ChunkHead reports whether b, at least 52 bytes, can begin a chunk.
func ChunkHead(b []byte) bool {
	if len(b) < 52 || string(b[:8]) != chunkMagic || binary.LittleEndian.Uint32(b[40:]) != 128 {
		return false
	}
	last, free := binary.LittleEndian.Uint32(b[44:]), binary.LittleEndian.Uint32(b[48:])
	return free >= recordsAt && free <= ChunkB && last < free
}

// Report is what Check found.
type Report struct {
	Whole        bool
	EndB         int64 // length of a whole log; else of the part that is right
	NeedB        int64 // as the header states it; 0 when it can not be believed
	SureB, FailB int64 // enclose the place where it goes wrong; zero when nothing foreign was seen
	Chunks       int   // that are right
	Dirty        bool  // it was not closed: its header is older than its chunks
	Loose        bool  // parts of unused ends of chunks are told by nothing
	Reason       string
}

// Check follows a log in r, which holds size bytes: header and chunks with their
// check sums, records in order. The error is an error of r.
func Check(r io.ReaderAt, size int64) (Report, error) {
	b := make([]byte, ChunkB)
	if ok, err := readFull(r, b[:128], 0); err != nil || !ok {
		return Report{Reason: "the header is cut off"}, err
	}
	if !Head(b) || crc32.ChecksumIEEE(b[:120]) != binary.LittleEndian.Uint32(b[124:]) {
		return Report{Reason: "the header's check sum is wrong"}, nil
	}
	rep := Report{EndB: fileHeadB, SureB: 127, Dirty: b[120]&1 != 0}
	count := int64(binary.LittleEndian.Uint16(b[42:]))
	if !rep.Dirty {
		rep.NeedB = fileHeadB + count*ChunkB
	}
	var next uint64 // number of the record after the last
	used := 0       // bytes of the last chunk that its check sums cover
	for i := int64(0); i < count || rep.Dirty; i++ {
		at := fileHeadB + i*ChunkB
		if at >= size {
			break
		}
		n := min(size-at, ChunkB)
		if _, err := readFull(r, b[:n], at); err != nil {
			return rep, err
		}
		c := CheckChunk(b[:n])
		if i >= count && (!c.Sound || c.First != next) {
			break // a log that was not closed goes on only with chunks that fit
		}
		if !c.Sound {
			rep.SureB, rep.FailB = at+int64(c.SureB), at+int64(c.FailB)
			if c.SureB == 0 {
				rep.SureB = rep.EndB - 1 // but the unused end of the chunk before is not proved
				if rep.Chunks > 0 {
					rep.SureB = rep.EndB - ChunkB + int64(used) - 1
				}
			}
			rep.Reason = fmt.Sprintf("chunk %d: %s", i+1, c.Reason)
			if c.FailB == 0 {
				rep.SureB, rep.FailB = 0, 0
			}
			rep.EndB = max(rep.EndB, at+int64(c.GoodB))
			return rep, nil
		}
		rep.Chunks++
		next = c.Last + 1
		rep.EndB = at + ChunkB
		used = c.FreeB
		rep.Loose = rep.Loose || c.Loose
	}
	rep.SureB = 0
	if int64(rep.Chunks) < count || count == 0 {
		rep.Reason = fmt.Sprintf("%d of %d chunks are there", rep.Chunks, count)
		return rep, nil
	}
	rep.Whole = true
	return rep, nil
}

// readFull reads as much of b as there is; ok reports whether it is all.
func readFull(r io.ReaderAt, b []byte, at int64) (ok bool, err error) {
	n, err := r.ReadAt(b, at)
	clear(b[n:])
	if n == len(b) || errors.Is(err, io.EOF) {
		return n == len(b), nil
	}
	return false, err
}

// Chunk is what CheckChunk found.
type Chunk struct {
	Sound        bool // header and records are right by their check sums
	First, Last  uint64
	FreeB        int // where its unused end begins
	GoodB        int // length of the part that is right
	SureB, FailB int // as in Report; FailB 0 when the data only ends
	Records      int
	Loose        bool // part of the unused end is neither empty nor made up of records
	Reason       string
}

// CheckChunk checks one chunk; b holds it as far as it is there.
func CheckChunk(b []byte) Chunk {
	if !ChunkHead(b) {
		return Chunk{FailB: 8, Reason: "no chunk"}
	}
	if len(b) < recordsAt {
		return Chunk{Reason: "the chunk is cut off"}
	}
	sum := crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:recordsAt])
	if sum != binary.LittleEndian.Uint32(b[124:]) {
		return Chunk{FailB: recordsAt, Reason: "the check sum of its header is wrong"}
	}
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
	c := Chunk{First: u64(24), Last: u64(32), FreeB: int(binary.LittleEndian.Uint32(b[48:])), GoodB: recordsAt, SureB: recordsAt - 1}
	at := recordsAt
	id := c.First
	for at < c.FreeB {
		n, ok := recordAt(b, at)
		if at+recordB > len(b) || ok && at+n > len(b) {
			c.Reason = "the chunk is cut off"
			return c
		}
		if !ok || at+n > c.FreeB {
			c.FailB, c.Reason = min(at+max(n, recordB), c.FreeB, len(b)), "a record is broken"
			return c
		}
		if got := u64(at + 8); got < id {
			c.FailB, c.Reason = at+16, "a record is out of order"
			return c
		}
		at += n
		id = u64(at+8-n) + 1
		c.Records++
		c.GoodB, c.SureB = at, at-1
	}
	if len(b) < ChunkB {
		c.Reason = "the chunk is cut off"
		return c
	}
	if binary.LittleEndian.Uint32(b[120:])&2 == 0 && crc32.ChecksumIEEE(b[recordsAt:c.FreeB]) != binary.LittleEndian.Uint32(b[52:]) {
		c.SureB, c.FailB, c.Reason = recordsAt-1, c.FreeB, "the check sum of its records is wrong"
		return c
	}
	c.unused(b)
	return c
}

// blockB is the usual unit in which pieces of files lie.
const blockB = 4096

// unused judges what lies behind the records. No check sum covers it: it is empty
// or left from an earlier use, the rest of one record and then whole ones, each
// with its length at both ends.
func (c *Chunk) unused(b []byte) {
	sure := c.FreeB
	strange := foreign(b, c.FreeB)
	gap := func(from, to int) { // bytes that are in no record
		if from/blockB == (to-1)/blockB || to <= from {
			return
		}
		for _, x := range b[from:to] {
			c.Loose = c.Loose || x != 0
		}
	}
	at := c.FreeB
	for at < len(b) {
		k := bytes.Index(b[at:], []byte("**\x00\x00"))
		if k < 0 || at+k+recordB > len(b) {
			break
		}
		q := at + k
		n, ok := recordAt(b, q)
		if n <= 8 {
			gap(at, q+1)
			at = q + 1
			continue
		}
		if strange > 0 && strange < q+n {
			break
		}
		gap(at, q)
		near := at/blockB == q/blockB // else a piece may have been left out between
		if !ok || q+n > len(b) {
			if near {
				sure = max(sure, q+8)
			}
			c.GoodB = sure
			c.SureB, c.FailB, c.Reason = sure-1, min(q+n, len(b)), "a record in its unused end is broken"
			return
		}
		if at = q + n; near && sure >= q-blockB {
			sure = at
		}
	}
	if strange > 0 {
		c.GoodB = min(sure, strange)
		c.SureB, c.FailB, c.Reason = c.GoodB-1, strange, "foreign bytes in its unused end"
		return
	}
	gap(at, len(b))
	c.Sound, c.GoodB = true, ChunkB
}

// foreign returns where bytes begin behind the records of a chunk that no log
// leaves there, 0 for none. No check sum covers that part: it is empty or holds
// records of an earlier use, whose text and binary XML are rich in zeros, or
// Chinese in UTF-16. Pieces of other files are neither.
func foreign(b []byte, from int) int {
	const sectorB = 512
	strange := 0
	for at := (from + sectorB - 1) / sectorB * sectorB; at < len(b); at += sectorB {
		zeros := 0
		var han [2]int // high bytes of Chinese characters, at even and odd places
		for i, c := range b[at:min(at+sectorB, len(b))] {
			if c == 0 {
				zeros++
			} else if c >= 0x4e && c < 0xa0 {
				han[i&1]++
			}
		}
		// Text of one byte a character has such bytes at even and odd places alike.
		if zeros*25 >= sectorB || max(han[0], han[1]) > 160 && min(han[0], han[1])*2 < max(han[0], han[1]) {
			strange = 0
			continue
		}
		if strange++; strange == 2 || at+sectorB >= len(b) {
			return at - (strange-1)*sectorB + 64
		}
	}
	return 0
}

// recordAt returns the length of the record at an offset. ok is false when it is
// none; n is then how far it claims to reach, 0 when nothing is claimed.
func recordAt(b []byte, at int) (n int, ok bool) {
	if at+recordB > len(b) || binary.LittleEndian.Uint32(b[at:]) != 0x2a2a {
		return 0, false
	}
	n = int(binary.LittleEndian.Uint32(b[at+4:]))
	if n < recordB || n > ChunkB-recordsAt {
		return 8, false
	}
	if at+n > len(b) {
		return n, true // it may go on behind what is there
	}
	return n, int(binary.LittleEndian.Uint32(b[at+n-4:])) == n
}
