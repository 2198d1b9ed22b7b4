package pdf

import (
	"strconv"

	"firescene/formats/follow"
)

// object is what is needed of one indirect object or trailer: some values of its
// outermost dictionary.
type object struct {
	lengthB   int64 // -1 when it is not written in the dictionary itself
	filter    string
	filters   int
	kind      string
	prev      int64 // -1 when there is none
	linearB   int64 // total length of a linearised file
	hybridB   int64 // place of a second table
	encrypted bool
}

// maxStringB bounds a string, maxDepth the nesting.
const (
	maxStringB = 16 << 20
	maxDepth   = 256
)

func white(b byte) bool {
	return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == 0 || b == '\f'
}

func delimiter(b byte) bool {
	switch b {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// lexer reads the tokens of one object, ISO 32000-2 section 7.2.
type lexer struct {
	c     *follow.Cursor
	token [64]byte
}

// skipWhite passes over white space and comments. A comment that is the end of
// file mark, or a header, is not passed over.
func (l *lexer) skipWhite() {
	for {
		b := l.c.Peek(1)
		switch {
		case b == nil:
			return
		case white(b[0]):
			l.c.Skip(1)
		case b[0] == '%':
			if m := l.c.Peek(5); m != nil && (string(m) == "%%EOF" || string(m) == "%PDF-") {
				return
			}
			l.line()
		default:
			return
		}
	}
}

// line passes over the rest of a line.
func (l *lexer) line() {
	for range maxStringB {
		b, err := l.c.ReadByte()
		if err != nil || b == '\n' || b == '\r' {
			return
		}
	}
}

// word reads a token of regular bytes, cut to 64 bytes.
func (l *lexer) word() []byte {
	n := 0
	for {
		b := l.c.Peek(1)
		if b == nil || white(b[0]) || delimiter(b[0]) {
			return l.token[:min(n, len(l.token))]
		}
		if n < len(l.token) {
			l.token[n] = b[0]
		}
		if n++; n > maxStringB {
			return l.token[:]
		}
		l.c.Skip(1)
	}
}

// literal passes over a string in parentheses, whose first has been read.
func (l *lexer) literal() bool {
	depth := 1
	for range maxStringB {
		b, err := l.c.ReadByte()
		if err != nil {
			return false
		}
		switch b {
		case '\\':
			l.c.Skip(1)
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return true
			}
		}
	}
	return false
}

// hex passes over a string of hexadecimal digits.
func (l *lexer) hex() bool {
	for range maxStringB {
		b, err := l.c.ReadByte()
		if err != nil {
			return false
		}
		switch {
		case b == '>':
			return true
		case !white(b) && !(b >= '0' && b <= '9' || b|32 >= 'a' && b|32 <= 'f'):
			return false
		}
	}
	return false
}

func numeric(w []byte) bool {
	for _, b := range w {
		if (b < '0' || b > '9') && b != '+' && b != '-' && b != '.' && b|32 != 'e' {
			return false
		}
	}
	return len(w) > 0
}

// object reads tokens up to the keyword that ends them: "endobj", "stream",
// "startxref" behind a trailer. It is empty when something is no PDF.
func (l *lexer) object() (o object, end string) {
	o = object{lengthB: -1, prev: -1}
	dicts, arrays := 0, 0
	key, wantKey := "", true
	put := func(w string, number bool) {
		v, _ := strconv.ParseInt(w, 10, 64)
		switch {
		case number && w == "R":
			if key == "Length" {
				o.lengthB = -1
			}
			return
		case key == "Length" && number && wantKey:
			return // the generation of a reference
		case key == "Length" && number:
			o.lengthB = v
		case key == "Prev" && number && !wantKey:
			o.prev = v
		case key == "L" && number && !wantKey:
			o.linearB = v
		case key == "XRefStm" && number && !wantKey:
			o.hybridB = v
		case key == "Filter" && !number:
			if o.filters++; o.filters == 1 {
				o.filter = w
			}
		case key == "Type" && !number:
			o.kind = w
		}
	}
	linear := false
	for {
		l.skipWhite()
		b := l.c.Peek(2)
		if b == nil {
			return o, ""
		}
		outer := dicts == 1
		switch b[0] {
		case '(':
			l.c.Skip(1)
			if !l.literal() {
				return o, ""
			}
			wantKey = wantKey || outer && arrays == 0
		case '<':
			if b[1] == '<' {
				l.c.Skip(2)
				if dicts++; dicts > maxDepth {
					return o, ""
				}
				if dicts == 1 {
					wantKey = true
				}
				continue
			}
			l.c.Skip(1)
			if !l.hex() {
				return o, ""
			}
			wantKey = wantKey || outer && arrays == 0
		case '>':
			if b[1] != '>' || dicts == 0 {
				return o, ""
			}
			l.c.Skip(2)
			if dicts--; dicts == 1 && arrays == 0 {
				wantKey = true
			}
		case '[':
			l.c.Skip(1)
			if arrays++; arrays > maxDepth {
				return o, ""
			}
		case ']':
			if arrays == 0 {
				return o, ""
			}
			l.c.Skip(1)
			if arrays--; arrays == 0 && outer {
				wantKey = true
			}
		case '/':
			l.c.Skip(1)
			w := string(l.word())
			if !outer {
				continue
			}
			if wantKey && arrays == 0 {
				key, wantKey = w, false
				linear = linear || w == "Linearized"
				o.encrypted = o.encrypted || w == "Encrypt"
				continue
			}
			put(w, false)
			wantKey = arrays == 0
		case ')', '{', '}', '%':
			return o, ""
		default:
			w := l.word()
			switch {
			case string(w) == "endobj" || string(w) == "stream" || string(w) == "startxref":
				if dicts > 0 || arrays > 0 {
					return o, ""
				}
				if !linear {
					o.linearB = 0
				}
				return o, string(w)
			case string(w) == "R" || numeric(w):
				if outer && arrays == 0 {
					put(string(w), true)
					wantKey = true
				}
			case string(w) == "true" || string(w) == "false" || string(w) == "null":
				wantKey = wantKey || outer && arrays == 0
			default:
				return o, ""
			}
		}
	}
}
