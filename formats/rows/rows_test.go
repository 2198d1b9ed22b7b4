package rows

import (
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"firescene/formats"
)

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a": "a", "a\n": "a", "a\r\nb\r\n\r\nc": "a|b||c", "a\rb\r": "a|b", "\n\na\n": "||a", "1\n2\r3\r\n4": "1|2|3|4",
	} {
		for _, src := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			r := NewReader(src, "XYZ", 0)
			var got []string
			for {
				line, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(line))
			}
			if s := strings.Join(got, "|"); s != want || r.Line != int64(len(got)) {
				t.Errorf("%q: %q after %d lines, want %q", text, s, r.Line, want)
			}
		}
	}
	r := NewReader(strings.NewReader(strings.Repeat("1 ", 1<<20)), "XYZ", 0)
	if _, err := r.Next(); !formats.IsDamaged(err) {
		t.Errorf("long line: %v", err)
	}
}

// TestNumber compares with strconv, to the bit.
func TestNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	list := []string{"0", "-0", "1", "+1.5", ".5", "5.", "-.25", "1e3", "-1.5E-7", "nan", "inf", "123456789012345", "1234567890123456789", "0.1", "0.000000000000000000000000012", "635619.850000000", "9007199254740993"}
	for range 5000 {
		list = append(list, strconv.FormatFloat(rng.NormFloat64()*math.Pow10(rng.IntN(14)-4), 'f', rng.IntN(12), 64))
	}
	for _, s := range list {
		want, err := strconv.ParseFloat(s, 64)
		got, ok := Number([]byte(s))
		if err != nil || !ok || math.Float64bits(got) != math.Float64bits(want) && want == want {
			t.Errorf("%s gives %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-", "+", ".", "-.", "1a", "--1", "1.2.3", "0x", "1e"} {
		if v, ok := Number([]byte(s)); ok {
			t.Errorf("%q gives %g", s, v)
		}
	}
}

func TestNumbers(t *testing.T) {
	var v [4]float64
	for text, want := range map[string]int{"1 2 3": 3, " 1,2;\t3 ": 3, "1 2 3 4 5 6": 4, "": 0, "1 x": -1} {
		n, ok := Numbers([]byte(text), v[:])
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("%q: %d, want %d", text, n, want)
		}
	}
}
