package layers

import (
	"bufio"
	"io"
)

// letters gives the six bits of each letter of the alphabet, 0xFF for others.
var letters = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	return t
}()

// IsLetter reports whether c is one of the 64 letters of base64.
func IsLetter(c byte) bool { return letters[c] != 0xFF }

// LetterOrBreak returns how many bytes of b stand for one letter, which is 1, or
// 2 for a slash that JSON has escaped; or for a line break, which is 1, or 2 when
// JSON has escaped it. letter tells the two apart. n is 0 for anything else.
func LetterOrBreak(b []byte) (n int, letter bool) {
	switch {
	case len(b) == 0:
		return 0, false
	case letters[b[0]] != 0xFF:
		return 1, true
	case b[0] == '\n' || b[0] == '\r':
		return 1, false
	case b[0] == '\\' && len(b) > 1:
		switch b[1] {
		case '/':
			return 2, true
		case 'n', 'r':
			return 2, false
		}
	}
	return 0, false
}

// base64Reader decodes up to the first byte that is no letter or line break.
type base64Reader struct {
	src  *bufio.Reader
	bits uint32
	have int
	done bool
}

func (r *base64Reader) Read(p []byte) (n int, err error) {
	for n < len(p) && !r.done {
		b, err := r.src.Peek(512)
		if err != nil && err != io.EOF && len(b) == 0 {
			return n, err
		}
		used := 0
		for used < len(b) && n < len(p) {
			// a backslash at the end of what is at hand waits for its letter
			if b[used] == '\\' && used+1 == len(b) && used > 0 {
				break
			}
			k, letter := LetterOrBreak(b[used:])
			if k == 0 {
				r.done = true
				break
			}
			if letter {
				c := b[used+k-1]
				r.bits = r.bits<<6 | uint32(letters[c])
				if r.have += 6; r.have >= 8 {
					r.have -= 8
					p[n] = byte(r.bits >> r.have)
					n++
				}
			}
			used += k
		}
		r.src.Discard(used)
		if len(b) == 0 {
			r.done = true
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}
