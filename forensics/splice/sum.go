package splice

import (
	"encoding/binary"
	"hash/crc32"

	"firescene/forensics"
)

// summedChunk is a part of a file that a CRC-32 covers.
type summedChunk struct {
	from, to int64
	sum      uint32
	behind   bool // the sum stands behind the part
}

// chunkSum returns the last part of the file, as far as its headers are right, if
// a sum covers it as it is stored.
func (w *walkSearch) chunkSum(all []forensics.ByteRun) (summedChunk, bool) {
	kind := w.job.Type.Name
	if kind != "png" && kind != "zip" {
		return summedChunk{}, false
	}
	p := &rope{w.g.s.R, all}
	a, ok := nextAnchor(kind, p, p.size())
	if !ok || a.atB-a.lastB < 12 {
		return summedChunk{}, false
	}
	if kind == "png" {
		return summedChunk{from: a.lastB + 4, to: a.atB - 4, behind: true}, true
	}
	var b [30]byte
	le := binary.LittleEndian
	if n, _ := p.ReadAt(b[:], a.lastB); n < len(b) || le.Uint32(b[:]) != 0x04034B50 || le.Uint16(b[8:]) != 0 {
		return summedChunk{}, false
	}
	from := a.lastB + 30 + int64(le.Uint16(b[26:])) + int64(le.Uint16(b[28:]))
	return summedChunk{from: from, to: a.atB, sum: le.Uint32(b[14:])}, from < a.atB
}

// summed lists the blocks at which the splice gives the part its right sum. From
// the beginning of the part the sum is followed through the bytes as they lie; from
// the end it is followed backwards through the displaced ones, which is possible as
// every step of a CRC can be undone.
func (w *walkSearch) summed(c summedChunk, all []forensics.ByteRun, shift, by, low, high int64) (out []int64) {
	b := w.g.s.BlockB
	high = min(high, c.to/b)
	if high < low || c.to-low*b > maxSummedB || c.to-c.from > maxSummedB {
		return nil
	}
	tail := make([]byte, c.to-low*b, c.to-low*b+4)
	if c.behind {
		tail = tail[:len(tail)+4]
	}
	if n, _ := w.g.s.R.ReadAt(tail, w.g.offset(low+shift+by)); n < len(tail) {
		return nil
	}
	want := c.sum
	if c.behind {
		want = binary.BigEndian.Uint32(tail[len(tail)-4:])
		tail = tail[:len(tail)-4]
	}
	w.workB += c.to - c.from
	need := make([]uint32, high-low+1) // the register that must stand before block k
	reg := ^want
	for k := int64(len(tail)); ; {
		if k%b == 0 && k/b <= high-low {
			need[k/b] = reg
		}
		if k == 0 {
			break
		}
		k--
		i := crcBack[reg>>24]
		reg = (reg^crc32.IEEETable[i])<<8 | uint32(i^tail[k])
	}
	head := make([]byte, high*b-c.from)
	p := &rope{w.g.s.R, all}
	if n, _ := p.ReadAt(head, c.from); n < len(head) {
		return nil
	}
	sum := crc32.ChecksumIEEE(head[:low*b-c.from])
	for k := low; ; k++ {
		if ^sum == need[k-low] {
			out = append(out, k)
		}
		if k == high {
			return out
		}
		sum = crc32.Update(sum, crc32.IEEETable, head[k*b-c.from:(k+1)*b-c.from])
	}
}

// maxSummedB bounds the part that is summed in memory.
const maxSummedB = 64 << 20

// crcBack finds the entry of the CRC table by its highest byte.
var crcBack = func() (t [256]byte) {
	for i, v := range crc32.IEEETable {
		t[v>>24] = byte(i)
	}
	return t
}()
