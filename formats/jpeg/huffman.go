package jpeg

// lookBits is the width of the first look-up; longer codes take the slow path.
const lookBits = 10

// huffman decodes one table, T.81 annex C and F.2.2.3.
type huffman struct {
	look    [1 << lookBits]uint16 // length<<8 | symbol; 0 for longer or invalid codes
	maxCode [17]int32             // largest code of a length, -1 when none
	delta   [17]int32             // index of a symbol is code + delta
	symbols []byte
}

// newHuffman builds a table, or returns nil when the lengths are no prefix code.
func newHuffman(counts [16]byte, symbols []byte) *huffman {
	h := &huffman{symbols: append([]byte(nil), symbols...)}
	code, k := int32(0), int32(0)
	for l := 1; l <= 16; l++ {
		n := int32(counts[l-1])
		h.maxCode[l], h.delta[l] = -1, k-code
		if n > 0 {
			if code+n > 1<<l {
				return nil
			}
			if l <= lookBits {
				for i := range n {
					first := (code + i) << (lookBits - l)
					e := uint16(l)<<8 | uint16(symbols[k+i])
					for j := range int32(1) << (lookBits - l) {
						h.look[first+j] = e
					}
				}
			}
			code += n
			k += n
			h.maxCode[l] = code - 1
		}
		code <<= 1
	}
	if k == 0 {
		return nil
	}
	return h
}

// long decodes a code longer than lookBits from 16 bits; length 0 is no code.
func (h *huffman) long(bits uint32) (symbol byte, length uint) {
	for l := uint(lookBits + 1); l <= 16; l++ {
		code := int32(bits >> (16 - l))
		if code <= h.maxCode[l] {
			return h.symbols[code+h.delta[l]], l
		}
	}
	return 0, 0
}
