package gif

import "math/bits"

// lzw follows variable-length codes, appendix F, and counts what they stand for.
type lzw struct {
	length       [4096]uint16 // samples of a code's string
	clear        int          // the clear code; the end code is the next
	next         int
	width        uint
	prev         int // last code, -1 after a clear
	acc          uint32
	have         uint
	samples      int64
	want         int64
	ended        bool
	evidence     float64
	marks        [2]int64 // places with as much evidence between them
	lastEvidence float64
}

// Foreign data passes a code by chance with the share of codes in use. So many
// bits of such chances, and some bytes before a fault, are taken for proof.
const (
	proofBits = 64
	proofB    = 2048
)

func (z *lzw) reset(width int, want int64) {
	z.clear = 1 << width
	for i := range z.clear {
		z.length[i] = 1
	}
	z.acc, z.have, z.samples, z.want, z.ended = 0, 0, 0, want, false
	z.restart()
}

func (z *lzw) restart() {
	z.next, z.width, z.prev = z.clear+2, 0, -1
	z.width = uint(bits.Len(uint(z.clear + 1)))
}

// feed follows the codes of a block that lies at an offset. It returns how many
// bytes it took to see a fault, or -1.
func (z *lzw) feed(b []byte, at int64) int {
	for i, x := range b {
		z.acc |= uint32(x) << z.have
		z.have += 8
		for z.have >= z.width && !z.ended {
			code := int(z.acc & (1<<z.width - 1))
			z.acc >>= z.width
			z.have -= z.width
			if !z.code(code) {
				return i + 1
			}
		}
	}
	if z.evidence-z.lastEvidence > proofBits && at-z.marks[1] > proofB {
		z.lastEvidence = z.evidence
		z.marks = [2]int64{z.marks[1], at}
	}
	return -1
}

func (z *lzw) code(code int) bool {
	switch {
	case code == z.clear:
		z.restart()
		return true
	case code == z.clear+1:
		z.ended = true
		return true
	case z.prev < 0:
		if code > z.clear {
			return false
		}
	case code > z.next || code == z.next && z.next == 4096:
		return false
	default:
		if z.next < 4096 {
			z.length[z.next] = min(z.length[z.prev], 1<<16-2) + 1
			z.next++
		}
		z.evidence += 1 - float64(z.next)/float64(int(1)<<z.width)
		if z.next == 1<<z.width && z.width < 12 {
			z.width++
		}
	}
	z.prev = code
	z.samples += int64(z.length[code])
	return z.samples <= z.want
}

// sure is the place before which all codes are proved, given a fault.
func (z *lzw) sure(fail int64) int64 {
	if fail-z.marks[1] >= proofB && z.evidence-z.lastEvidence > proofBits {
		return z.marks[1]
	}
	return z.marks[0]
}
