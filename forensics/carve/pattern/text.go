package pattern

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// control tells bytes that text does not hold: control characters but for tab and
// the ends of lines, 7F and FF.
var control = func() (t [256]bool) {
	for i := range t {
		t[i] = i < ' ' && i != '\t' && i != '\n' && i != '\r' || i == 0x7f || i == 0xff
	}
	return t
}()

// IsControl reports whether text does not hold c: a control character other than
// tab and the ends of lines, 7F or FF.
func IsControl(c byte) bool { return control[c] }

// Control returns where the first byte lies that IsControl, or len(b).
func Control(b []byte) int {
	i, found := controlWide(b)
	if found {
		return i
	}
	return i + controlPlain(b[i:])
}

func controlPlain(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if (x-ones*0x20)&^x&highs == 0 && (x^ones*0x7f-ones)&^(x^ones*0x7f)&highs == 0 && (^x-ones)&x&highs == 0 {
			continue
		}
		for k := i; k < i+8; k++ {
			if control[b[k]] {
				return k
			}
		}
	}
	for ; i < len(b); i++ {
		if control[b[i]] {
			return i
		}
	}
	return len(b)
}

// Digits counts the decimal digits of ASCII in b; signs says that it has a colon, an
// opening brace or bytes from 80 on.
func Digits(b []byte) (n int, signs bool) {
	i, n, signs := digitsWide(b)
	m, s := digitsPlain(b[i:])
	return n + m, signs || s
}

func digitsPlain(b []byte) (n int, signs bool) {
	i, set := 0, uint64(0)
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		t := x ^ ones*'0'
		n += 8 - bits.OnesCount64(((t&^highs)+ones*(0x80-10)|t)&highs)
		c, d := x^ones*':', x^ones*'{'
		set |= (x | (c-ones)&^c | (d-ones)&^d) & highs
	}
	for _, c := range b[i:] {
		if c-'0' < 10 {
			n++
		}
		if c >= 0x80 || c == ':' || c == '{' {
			set = 1
		}
	}
	return n, set != 0
}

// Text returns where the first control character lies below a blank, other than
// tab and the ends of lines, or len(b), and how many bytes from 80 on lie before.
func Text(b []byte) (n, high int) {
	n, high, found := textWide(b)
	if found {
		return n, high
	}
	m, h := textPlain(b[n:])
	return n + m, high + h
}

func textPlain(b []byte) (i, high int) {
	for ; i < len(b); i++ {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			if (x|(x-ones*0x20))&highs != 0 {
				break
			}
			i += 8
		}
		if i == len(b) {
			break
		}
		c := b[i]
		if c >= 0x80 {
			high++
		} else if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			break
		}
	}
	return i, high
}
