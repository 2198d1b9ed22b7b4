package h26x

import "sync"

// Codes of ITU-T H.264, tables 9-5 and 9-7 to 9-10, as lengths and values.

// tokenLen and tokenCode are of coeff_token by the number of coefficients times 4
// plus the trailing ones, for nC of 0 and 1, 2 and 3, 4 to 7; chromaLen and
// chromaCode of the chroma DC.
var tokenLen = [3][68]byte{
	{1, 0, 0, 0, 6, 2, 0, 0, 8, 6, 3, 0, 9, 8, 7, 5, 10, 9, 8, 6, 11, 10, 9, 7, 13, 11, 10, 8, 13, 13, 11, 9, 13, 13, 13, 10,
		14, 14, 13, 11, 14, 14, 14, 13, 15, 15, 14, 14, 15, 15, 15, 14, 16, 15, 15, 15, 16, 16, 16, 15, 16, 16, 16, 16, 16, 16, 16, 16},
	{2, 0, 0, 0, 6, 2, 0, 0, 6, 5, 3, 0, 7, 6, 6, 4, 8, 6, 6, 4, 8, 7, 7, 5, 9, 8, 8, 6, 11, 9, 9, 6, 11, 11, 11, 7,
		12, 11, 11, 9, 12, 12, 12, 11, 12, 12, 12, 11, 13, 13, 13, 12, 13, 13, 13, 13, 13, 14, 13, 13, 14, 14, 14, 13, 14, 14, 14, 14},
	{4, 0, 0, 0, 6, 4, 0, 0, 6, 5, 4, 0, 6, 5, 5, 4, 7, 5, 5, 4, 7, 5, 5, 4, 7, 6, 6, 4, 7, 6, 6, 4, 8, 7, 7, 5,
		8, 8, 7, 6, 9, 8, 8, 7, 9, 9, 8, 8, 9, 9, 9, 8, 10, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10},
}

var tokenCode = [3][68]byte{
	{1, 0, 0, 0, 5, 1, 0, 0, 7, 4, 1, 0, 7, 6, 5, 3, 7, 6, 5, 3, 7, 6, 5, 4, 15, 6, 5, 4, 11, 14, 5, 4, 8, 10, 13, 4,
		15, 14, 9, 4, 11, 10, 13, 12, 15, 14, 9, 12, 11, 10, 13, 8, 15, 1, 9, 12, 11, 14, 13, 8, 7, 10, 9, 12, 4, 6, 5, 8},
	{3, 0, 0, 0, 11, 2, 0, 0, 7, 7, 3, 0, 7, 10, 9, 5, 7, 6, 5, 4, 4, 6, 5, 6, 7, 6, 5, 8, 15, 6, 5, 4, 11, 14, 13, 4,
		15, 10, 9, 4, 11, 14, 13, 12, 8, 10, 9, 8, 15, 14, 13, 12, 11, 10, 9, 12, 7, 11, 6, 8, 9, 8, 10, 1, 7, 6, 5, 4},
	{15, 0, 0, 0, 15, 14, 0, 0, 11, 15, 13, 0, 8, 12, 14, 12, 15, 10, 11, 11, 11, 8, 9, 10, 9, 14, 13, 9, 8, 10, 9, 8, 15, 14, 13, 13,
		11, 14, 10, 12, 15, 10, 13, 12, 11, 14, 9, 12, 8, 10, 13, 8, 13, 7, 9, 12, 9, 12, 11, 10, 5, 8, 7, 6, 1, 4, 3, 2},
}

var (
	chromaLen  = [20]byte{2, 0, 0, 0, 6, 1, 0, 0, 6, 6, 3, 0, 6, 7, 7, 6, 6, 8, 8, 7}
	chromaCode = [20]byte{1, 0, 0, 0, 7, 1, 0, 0, 4, 6, 1, 0, 3, 3, 2, 5, 2, 3, 2, 0}
)

// zerosLen and zerosCode are of total_zeros by the number of coefficients less 1.
var zerosLen = [15][]byte{
	{1, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9}, {3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 6}, {4, 3, 3, 3, 4, 4, 3, 3, 4, 5, 5, 6, 5, 6},
	{5, 3, 4, 4, 3, 3, 3, 4, 3, 4, 5, 5, 5}, {4, 4, 4, 3, 3, 3, 3, 3, 4, 5, 4, 5}, {6, 5, 3, 3, 3, 3, 3, 3, 4, 3, 6}, {6, 5, 3, 3, 3, 2, 3, 4, 3, 6},
	{6, 4, 5, 3, 2, 2, 3, 3, 6}, {6, 6, 4, 2, 2, 3, 2, 5}, {5, 5, 3, 2, 2, 2, 4}, {4, 4, 3, 3, 1, 3}, {4, 4, 2, 1, 3}, {3, 3, 1, 2}, {2, 2, 1}, {1, 1},
}

var zerosCode = [15][]byte{
	{1, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1}, {7, 6, 5, 4, 3, 5, 4, 3, 2, 3, 2, 3, 2, 1, 0}, {5, 7, 6, 5, 4, 3, 4, 3, 2, 3, 2, 1, 1, 0},
	{3, 7, 5, 4, 6, 5, 4, 3, 3, 2, 2, 1, 0}, {5, 4, 3, 7, 6, 5, 4, 3, 2, 1, 1, 0}, {1, 1, 7, 6, 5, 4, 3, 2, 1, 1, 0}, {1, 1, 5, 4, 3, 3, 2, 1, 1, 0},
	{1, 1, 1, 3, 3, 2, 2, 1, 0}, {1, 0, 1, 3, 2, 1, 1, 1}, {1, 0, 1, 3, 2, 1, 1}, {0, 1, 1, 2, 1, 3}, {0, 1, 1, 1, 1}, {0, 1, 1, 1}, {0, 1, 1}, {0, 1},
}

// chromaZerosLen and chromaZerosCode are the same of the chroma DC.
var (
	chromaZerosLen  = [3][]byte{{1, 2, 3, 3}, {1, 2, 2}, {1, 1}}
	chromaZerosCode = [3][]byte{{1, 1, 1, 0}, {1, 1, 0}, {1, 0}}
)

// runLen and runCode are of run_before by the zeros left less 1, at most 7.
var (
	runLen  = [7][]byte{{1, 1}, {1, 2, 2}, {2, 2, 2, 2}, {2, 2, 2, 3, 3}, {2, 2, 3, 3, 3, 3}, {2, 3, 3, 3, 3, 3, 3}, {3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	runCode = [7][]byte{{1, 0}, {1, 1, 0}, {3, 2, 1, 0}, {3, 2, 1, 1, 0}, {3, 2, 3, 2, 1, 0}, {3, 0, 1, 3, 2, 5, 4}, {7, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1}}
)

// codes looks codes up by their next bits: value and length, 0 for no code.
type codes struct {
	bits int
	tab  []struct{ value, length byte }
}

func newCodes(lengths, values []byte) codes {
	c := codes{}
	for _, n := range lengths {
		c.bits = max(c.bits, int(n))
	}
	c.tab = make([]struct{ value, length byte }, 1<<c.bits)
	for i, n := range lengths {
		if n == 0 {
			continue
		}
		from := int(values[i]) << (c.bits - int(n))
		for k := from; k < from+1<<(c.bits-int(n)); k++ {
			c.tab[k].value, c.tab[k].length = byte(i), n
		}
	}
	return c
}

// get reads one code. It is false when the bits are none.
func (c *codes) get(r *bitReader) (int, bool) {
	if r.n < 16 {
		r.fill()
	}
	e := c.tab[r.acc>>(64-c.bits)]
	n := int(e.length)
	if n == 0 {
		return 0, false
	}
	if n > r.n {
		r.over, r.acc, r.n = true, 0, 0
		return 0, false
	}
	r.acc <<= n
	r.n -= n
	return int(e.value), true
}

// cavlc are all codes, made when first needed.
var cavlc = sync.OnceValue(func() *cavlcCodes {
	t := &cavlcCodes{}
	for i := range tokenLen {
		t.token[i] = newCodes(tokenLen[i][:], tokenCode[i][:])
	}
	t.token[3] = newCodes(chromaLen[:], chromaCode[:])
	for i := range zerosLen {
		t.zeros[i] = newCodes(zerosLen[i], zerosCode[i])
	}
	for i := range chromaZerosLen {
		t.chromaZeros[i] = newCodes(chromaZerosLen[i], chromaZerosCode[i])
	}
	for i := range runLen {
		t.run[i] = newCodes(runLen[i], runCode[i])
	}
	return t
})

type cavlcCodes struct {
	token       [4]codes
	zeros       [15]codes
	chromaZeros [3]codes
	run         [7]codes
}

// intraPattern and interPattern map coded_block_pattern (table 9-4, with chroma).
var (
	intraPattern = [48]byte{47, 31, 15, 0, 23, 27, 29, 30, 7, 11, 13, 14, 39, 43, 45, 46, 16, 3, 5, 10, 12, 19, 21, 26,
		28, 35, 37, 42, 44, 1, 2, 4, 8, 17, 18, 20, 24, 6, 9, 22, 25, 32, 33, 34, 36, 40, 38, 41}
	interPattern = [48]byte{0, 16, 1, 2, 4, 8, 32, 3, 5, 10, 12, 15, 47, 7, 11, 13, 14, 6, 9, 31, 35, 37, 42, 44,
		33, 34, 36, 40, 39, 43, 45, 46, 17, 18, 20, 24, 19, 21, 26, 28, 23, 27, 29, 30, 22, 25, 38, 41}
)
