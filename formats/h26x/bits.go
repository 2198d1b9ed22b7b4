package h26x

import (
	"encoding/binary"
	"math/bits"
)

// bitReader reads the bits of a unit behind its header, without the bytes that
// prevent emulation (7.4.1). Reading past the end gives zeros and sets over.
type bitReader struct {
	b    []byte
	at   int // next byte
	acc  uint64
	n    int // bits in acc, from the top
	zero int // zeros before at
	over bool

	loaded int // bytes that went into acc
}

func newBits(unit []byte) *bitReader { return &bitReader{b: unit} }

func (r *bitReader) fill() {
	if r.n <= 56 && r.at+8 <= len(r.b) && r.zero < 2 {
		// Bytes without a zero among them prevent no emulation.
		x := binary.BigEndian.Uint64(r.b[r.at:])
		if (x-0x0101010101010101)&^x&0x8080808080808080 == 0 {
			k := (64 - r.n) / 8
			r.acc |= x >> (64 - 8*k) << (64 - 8*k) >> r.n
			r.at, r.n, r.loaded, r.zero = r.at+k, r.n+8*k, r.loaded+k, 0
			return
		}
	}
	for r.n <= 56 {
		if r.at >= len(r.b) {
			return
		}
		c := r.b[r.at]
		r.at++
		if r.zero >= 2 && c == 3 {
			r.zero = 0
			continue
		}
		if c == 0 {
			r.zero++
		} else {
			r.zero = 0
		}
		r.acc |= uint64(c) << (56 - r.n)
		r.n += 8
		r.loaded++
	}
}

// peek returns the next k bits, at most 32, zeros behind the end.
func (r *bitReader) peek(k int) uint32 {
	if r.n < k {
		r.fill()
	}
	return uint32(r.acc >> (64 - k))
}

func (r *bitReader) skip(k int) {
	if r.n < k {
		r.fill()
		if r.n < k {
			r.over = true
			r.acc, r.n = 0, 0
			return
		}
	}
	r.acc <<= k
	r.n -= k
}

func (r *bitReader) bits(k int) uint32 {
	if k == 0 {
		return 0
	}
	v := r.peek(k)
	r.skip(k)
	return v
}

func (r *bitReader) flag() bool { return r.bits(1) == 1 }

// ue reads an Exp-Golomb number (9.1); 1<<32-1 stands for one that is too long.
func (r *bitReader) ue() uint32 {
	if r.n < 32 {
		r.fill()
	}
	if z := bits.LeadingZeros64(r.acc); 2*z < r.n && z < 32 {
		v := uint32(r.acc>>(63-2*z)) - 1
		r.acc <<= 2*z + 1
		r.n -= 2*z + 1
		return v
	}
	n := 0
	for !r.over && r.bits(1) == 0 {
		if n++; n > 31 {
			r.over = true
		}
	}
	if r.over {
		return 1<<32 - 1
	}
	return 1<<n - 1 + r.bits(n)
}

func (r *bitReader) se() int32 {
	v := r.ue()
	if v&1 == 1 {
		return int32(v/2 + 1)
	}
	return -int32(v / 2)
}

// more reports whether more than the trailing bits is left (7.2).
func (r *bitReader) more() bool {
	r.fill()
	if r.at < len(r.b) {
		for _, c := range r.b[r.at:] {
			if c != 0 {
				return true
			}
		}
	}
	// the last one bit of what is left must not be the first
	return r.n > 0 && r.acc<<1 != 0
}

// zeros counts the zeros before the next one bit and steps over both; ok is false
// when there are more than most, or the data ends.
func (r *bitReader) zeros(most int) (n int, ok bool) {
	if r.n < 32 {
		r.fill()
	}
	if z := bits.LeadingZeros64(r.acc); z < r.n && z <= most {
		r.acc <<= z + 1
		r.n -= z + 1
		return z, true
	}
	for r.bits(1) == 0 {
		if n++; r.over || n > most {
			return n, false
		}
	}
	return n, true
}
