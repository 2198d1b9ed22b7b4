package jpeg

import "encoding/binary"

// bits reads the entropy-coded data of a scan. The top n bits of acc are valid.
// Reading stops before a marker; end says that one, or the end of the data,
// stands next.
type bits struct {
	src *source
	acc uint64
	n   uint
	end bool
}

func (b *bits) reset() { b.acc, b.n, b.end = 0, 0, false }

// fill brings n to more than 48 unless the coded data ends before.
func (b *bits) fill() {
	s := b.src
	for b.n <= 48 && !b.end {
		if s.pos+8 <= len(s.buf) {
			x := binary.BigEndian.Uint64(s.buf[s.pos:])
			// no byte of x is FF: the usual test for a zero byte, on ^x
			if (^x-0x0101010101010101)&x&0x8080808080808080 == 0 {
				b.acc |= x >> b.n
				k := (64 - b.n) >> 3
				s.pos += int(k)
				b.n += 8 * k
				continue
			}
		}
		b.slow()
	}
}

// slow takes one byte, unstuffing FF00 (T.81 F.1.2.3).
func (b *bits) slow() {
	s := b.src
	if !s.need(1) {
		b.end = true
		return
	}
	v := s.buf[s.pos]
	if v == 0xFF {
		if !s.need(2) || s.buf[s.pos+1] != 0 {
			b.end = true
			return
		}
		s.pos++
	}
	s.pos++
	// the bits below n may hold a copy of this byte already: clear them first
	b.acc = b.acc&^(1<<(64-b.n)-1) | uint64(v)<<(56-b.n)
	b.n += 8
}

// take returns k bits, k at most 16; ok is false when the coded data ends first.
func (b *bits) take(k uint) (v uint32, ok bool) {
	if b.n < k {
		if b.fill(); b.n < k {
			return 0, false
		}
	}
	v = uint32(b.acc >> (64 - k))
	b.acc <<= k
	b.n -= k
	return v, true
}

// outcome says how a step of decoding went.
type outcome int

const (
	fine      outcome = iota
	noData            // the coded data ends in the middle
	badCode           // bits that are no code of the table
	overrun           // a run past the last coefficient of the block
	badRange          // a coefficient or category beyond what the precision allows
	outOfTurn         // a code that may not stand here
)

func (o outcome) String() string {
	return [...]string{"fine", "the coded data ends inside a block", "invalid Huffman code",
		"coefficients run past the end of a block", "coefficient out of range", "code not allowed in this scan"}[o]
}

// symbol decodes one code.
func (b *bits) symbol(h *huffman) (byte, outcome) {
	if b.n < 16 {
		b.fill()
	}
	e := h.look[b.acc>>(64-lookBits)]
	l, sym := uint(e>>8), byte(e)
	if l == 0 {
		if sym, l = h.long(uint32(b.acc >> 48)); l == 0 {
			if b.n < 16 {
				return 0, noData
			}
			return 0, badCode
		}
	}
	if l > b.n {
		return 0, noData
	}
	b.acc <<= l
	b.n -= l
	return sym, fine
}

// extend turns the bits of a coefficient into its value, T.81 F.2.2.1.
func extend(v uint32, s uint) int {
	if s > 0 && v < 1<<(s-1) {
		return int(v) - 1<<s + 1
	}
	return int(v)
}
