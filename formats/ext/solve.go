package ext

import "encoding/binary"

// Check sums of inodes and extent blocks begin with the number of the inode, so
// that a stray block tells whose it is: CRC-32C can be run backwards, since each
// step of it maps states one to one.

// backward maps the high byte of an entry of the table to its index.
var backward = func() (b [256]byte) {
	for i, x := range castagnoli {
		b[x>>24] = byte(i)
	}
	return b
}()

// uncrc is the state from which the bytes lead to sum.
func uncrc(sum uint32, b []byte) uint32 {
	for i := len(b) - 1; i >= 0; i-- {
		k := backward[sum>>24]
		sum = (sum^castagnoli[k])<<8 | uint32(k^b[i])
	}
	return sum
}

// numberOf is the inode number that the check sum of an inode was made with. It
// reports false when the volume or the inode has no full sum.
func (v *Volume) numberOf(b []byte) (uint32, bool) {
	le := binary.LittleEndian
	if !v.hasSums() || len(b) <= 128 || le.Uint16(b[0x80:]) < 4 {
		return 0, false
	}
	c := append([]byte(nil), b...)
	sum := uint32(le.Uint16(c[0x7C:])) | uint32(le.Uint16(c[0x82:]))<<16
	le.PutUint16(c[0x7C:], 0)
	le.PutUint16(c[0x82:], 0)
	var zero [4]byte
	n := uncrc(uncrc(uncrc(sum, c), b[0x64:0x68]), zero[:]) ^ v.sb.seed
	return n, n != 0 && n <= v.Inodes
}

// tableAt reports the first inode number of a stray block of an inode table: the
// sums of its inodes must agree on it.
func (v *Volume) tableAt(b []byte) (first uint32, ok bool) {
	per := uint32(v.BlockB / v.InodeB)
	agree := 0
	for k := uint32(0); k < per; k++ {
		raw := b[int64(k)*v.InodeB:][:v.InodeB]
		if binary.LittleEndian.Uint16(raw) == 0 {
			continue
		}
		n, ok := v.numberOf(raw)
		if !ok || (n-1)%per != k || agree > 0 && n-k != first {
			return 0, false
		}
		first = n - k
		agree++
	}
	return first, agree > 1 || agree == 1 && v.Inodes < 1<<20
}
