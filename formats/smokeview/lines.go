package smokeview

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// lines walks an index line by line.
type lines struct {
	r    *bufio.Reader
	n    int // of the last line given
	left int // bytes that may still come
	back *string
	err  error // of the reader
}

// next gives the next line without its end; false at the end and on errors.
func (l *lines) next() (string, bool) {
	if l.back != nil {
		s := *l.back
		l.back = nil
		l.n++
		return s, true
	}
	if l.err != nil {
		return "", false
	}
	var b []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if len(b)+len(part) > MaxLineBytes {
			l.err = bad(l.n+1, "check that it is an index", "the line is longer than %d bytes", MaxLineBytes)
			return "", false
		}
		b = append(b, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			l.err = err
			return "", false
		}
		if err != nil && len(b) == 0 {
			l.err = io.EOF
			return "", false
		}
		break
	}
	if l.left -= len(b); l.left < 0 {
		l.err = bad(l.n+1, "check that it is an index", "the file is larger than %d bytes", MaxIndexBytes)
		return "", false
	}
	l.n++
	return strings.TrimRight(string(b), "\r\n"), true
}

// unread puts the last line back.
func (l *lines) unread(s string) { l.back = &s; l.n-- }

// data is the next line, which must be there.
func (l *lines) data(keyword string) (string, error) {
	s, ok := l.next()
	if !ok {
		if l.err != io.EOF {
			return "", l.err
		}
		return "", bad(l.n, "copy the file again, or run the model again", "the file ends within %s", keyword)
	}
	return s, nil
}

// text is data without blanks around it.
func (l *lines) text(keyword string) (string, error) {
	s, err := l.data(keyword)
	return strings.TrimSpace(s), err
}

// floats reads at least least numbers from the next line.
func (l *lines) floats(keyword string, least int) ([]float64, error) {
	s, err := l.data(keyword)
	if err != nil {
		return nil, err
	}
	return l.numbers(keyword, s, least)
}

// numbers reads the numbers with which a text begins; it ends at a mark that
// begins a note, or at a word.
func (l *lines) numbers(keyword, s string, least int) ([]float64, error) {
	if i := strings.IndexAny(s, "!#%&"); i >= 0 {
		s = s[:i]
	}
	var out []float64
	for _, f := range strings.Fields(s) {
		v, ok := fortranFloat(f)
		if !ok {
			break
		}
		out = append(out, v)
	}
	if len(out) < least {
		return nil, bad(l.n, "copy the file again, or run the model again", "%s has %d numbers where %d are needed", keyword, len(out), least)
	}
	return out, nil
}

// count reads one whole number from 0 to most.
func (l *lines) count(keyword string, most int) (int, error) {
	v, err := l.floats(keyword, 1)
	if err != nil {
		return 0, err
	}
	return l.whole(keyword, v[0], most)
}

func (l *lines) whole(keyword string, v float64, most int) (int, error) {
	if v != math.Trunc(v) || v < 0 || v > float64(most) {
		return 0, bad(l.n, "copy the file again, or run the model again", "%s: %g where a whole number from 0 to %d is needed", keyword, v, most)
	}
	return int(v), nil
}

// toInt is a number of the file as an integer, bounded.
func toInt(v float64) int { return int(max(-1e9, min(1e9, v))) }

func fortranFloat(s string) (float64, bool) {
	if len(s) > 64 {
		return 0, false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && !strings.ContainsRune("+-.eEdD", rune(c)) {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(strings.NewReplacer("d", "e", "D", "e").Replace(s), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}

func six(v []float64) [6]float64 { return [6]float64{v[0], v[1], v[2], v[3], v[4], v[5]} }

func sixInts(v []float64) (out [6]int) {
	for i := range out {
		out[i] = toInt(v[i])
	}
	return out
}
