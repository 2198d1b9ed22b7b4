package ext

import (
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crc continues a check sum as the file system does: CRC-32C without the
// inversions at its beginning and its end.
func crc(sum uint32, b []byte) uint32 { return ^crc32.Update(^sum, castagnoli, b) }

func crcU32(sum, n uint32) uint32 {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], n)
	return crc(sum, b[:])
}

// inodeSeed is the beginning of the check sums of all that belongs to an inode.
func (v *Volume) inodeSeed(number, generation uint32) uint32 {
	return crcU32(crcU32(v.sb.seed, number), generation)
}

// Sum says what a check sum tells.
type Sum int

// The answers of a check sum.
const (
	NoSum   Sum = iota // the volume has none
	GoodSum            // it agrees
	BadSum             // it does not
)

func (v *Volume) hasSums() bool { return v.sb.roCompat&roSums != 0 }

// inodeSum checks the bytes of an inode. The sum is stored in two halves, the
// second of them only when the inode is long enough.
func (v *Volume) inodeSum(number uint32, b []byte) Sum {
	if !v.hasSums() {
		return NoSum
	}
	le := binary.LittleEndian
	sum := v.inodeSeed(number, le.Uint32(b[0x64:]))
	var zero [2]byte
	sum = crc(crc(crc(sum, b[:0x7C]), zero[:]), b[0x7E:128])
	want, mask := uint32(le.Uint16(b[0x7C:])), uint32(0xFFFF)
	if len(b) > 128 {
		if le.Uint16(b[0x80:]) >= 4 {
			want |= uint32(le.Uint16(b[0x82:])) << 16
			mask = 0xFFFFFFFF
			sum = crc(crc(crc(sum, b[128:0x82]), zero[:]), b[0x84:])
		} else {
			sum = crc(sum, b[128:])
		}
	}
	if sum&mask != want {
		return BadSum
	}
	return GoodSum
}

// extentSum checks a block of an extent tree. It holds for one inode and one
// generation only, so it tells whose the block is.
func (v *Volume) extentSum(number, generation uint32, b []byte) Sum {
	if !v.hasSums() {
		return NoSum
	}
	le := binary.LittleEndian
	tail := 12 + 12*int(le.Uint16(b[4:]))
	if tail+4 > len(b) {
		return BadSum
	}
	if crc(v.inodeSeed(number, generation), b[:tail]) != le.Uint32(b[tail:]) {
		return BadSum
	}
	return GoodSum
}

// dirSum checks a block of directory entries, whose sum is in an entry of its
// own at its end.
func (v *Volume) dirSum(number, generation uint32, b []byte) Sum {
	t := len(b) - 12
	if !v.hasSums() || binary.LittleEndian.Uint32(b[t:]) != 0 || b[t+4] != 12 || b[t+5] != 0 || b[t+7] != 0xDE {
		return NoSum
	}
	if crc(v.inodeSeed(number, generation), b[:t]) != binary.LittleEndian.Uint32(b[t+8:]) {
		return BadSum
	}
	return GoodSum
}
