package pattern

import (
	"math/rand/v2"
	"testing"
)

// TestTextFunctions holds the wide and the plain ways against a look at each byte.
func TestTextFunctions(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	for range 2000 {
		b := make([]byte, rng.IntN(300))
		for i := range b {
			if b[i] = byte(' ' + rng.IntN(0x5f)); b[i] == ':' || b[i] == '{' {
				b[i]++
			}
			if rng.IntN(40) == 0 {
				b[i] = "\t\r\n\x80\xfe0123456789:{"[rng.IntN(17)]
			}
		}
		if len(b) > 0 && rng.IntN(2) == 0 {
			b[rng.IntN(len(b))] = byte(rng.Uint32())
		}
		first, low, far, n, signs := len(b), len(b), 0, 0, false
		for i, c := range b {
			text := c >= ' ' && c != 0x7f && c != 0xff || c == '\t' || c == '\n' || c == '\r'
			if !text && first == len(b) {
				first = i
			}
			if c < ' ' && !text && low == len(b) {
				low = i
			}
			if c >= 0x80 && low == len(b) {
				far++
			}
			if c >= '0' && c <= '9' {
				n++
			}
			signs = signs || c >= 0x80 || c == ':' || c == '{'
		}
		if got, plain := Control(b), controlPlain(b); got != first || plain != first {
			t.Fatalf("first control at %d, plain %d, want %d in %q", got, plain, first, b)
		}
		textN, textHigh := Text(b)
		plainT, plainFar := textPlain(b)
		if textN != low || plainT != low || textHigh != far || plainFar != far {
			t.Fatalf("text up to %d with %d, plain %d with %d, want %d with %d in %q", textN, textHigh, plainT, plainFar, low, far, b)
		}
		gotN, gotSigns := Digits(b)
		plainN, plainSigns := digitsPlain(b)
		if gotN != n || plainN != n || gotSigns != signs || plainSigns != signs {
			t.Fatalf("digits %d %v, plain %d %v, want %d %v in %q", gotN, gotSigns, plainN, plainSigns, n, signs, b)
		}
	}
}
