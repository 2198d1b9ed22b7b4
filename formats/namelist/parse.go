package namelist

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// parser walks the bytes once.
type parser struct {
	data   []byte
	at     int
	line   int
	values int // so far in the file
}

// toRecord moves behind the next & that begins a line.
func (p *parser) toRecord() bool {
	for p.at < len(p.data) {
		end := bytes.IndexByte(p.data[p.at:], '\n')
		text := p.data[p.at:]
		if end >= 0 {
			text = text[:end]
		}
		trimmed := bytes.TrimLeft(text, " \t\r\ufeff")
		if p.line == 1 {
			trimmed = bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), " \t\r")
		}
		if len(trimmed) > 1 && trimmed[0] == '&' && isLetter(trimmed[1]) {
			p.at += len(text) - len(trimmed) + 1
			return true
		}
		if end < 0 {
			p.at = len(p.data)
			return false
		}
		p.at += end + 1
		p.line++
	}
	return false
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isName(c byte) bool   { return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '%' }

// record reads one record from behind its & to its slash, and skips the rest of
// the slash's line.
func (p *parser) record() (Record, error) {
	r := Record{Name: strings.ToUpper(p.name()), Line: p.line}
	for {
		p.blanks(true)
		if p.at >= len(p.data) {
			return r, Errorf(r.Line, "end it with a slash", "the record &%s has no end", r.Name)
		}
		c := p.data[p.at]
		switch {
		case c == '/':
			p.restOfLine()
			return r, nil
		case c == '&' && p.closes():
			p.restOfLine()
			return r, nil
		case c == '&':
			return r, Errorf(r.Line, "end it with a slash", "the record &%s has no end before the next record in line %d", r.Name, p.line)
		case isLetter(c):
			f, err := p.field(r.Name)
			if err != nil {
				return r, err
			}
			r.Fields = append(r.Fields, f)
			if p.values++; p.values > MaxValues {
				return r, Errorf(p.line, "check that it is an input file", "the file has more than %d values", MaxValues)
			}
		default:
			return r, Errorf(p.line, "write key = value", "&%s: %q stands where a key is expected", r.Name, string(rune(c)))
		}
	}
}

// closes is the old way to end a record, &END.
func (p *parser) closes() bool {
	return len(p.data)-p.at >= 4 && strings.EqualFold(string(p.data[p.at+1:p.at+4]), "END")
}

func (p *parser) restOfLine() {
	end := bytes.IndexByte(p.data[p.at:], '\n')
	if end < 0 {
		p.at = len(p.data)
		return
	}
	p.at += end + 1
	p.line++
}

func (p *parser) name() string {
	from := p.at
	for p.at < len(p.data) && isName(p.data[p.at]) {
		p.at++
	}
	return string(p.data[from:p.at])
}

// blanks skips blanks, line ends and comments, and commas when asked.
func (p *parser) blanks(commas bool) {
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case c == '\n':
			p.line++
			p.at++
		case c == ' ' || c == '\t' || c == '\r' || commas && c == ',':
			p.at++
		case c == '!':
			for p.at < len(p.data) && p.data[p.at] != '\n' {
				p.at++
			}
		default:
			return
		}
	}
}

// field reads "key(subscripts) = values".
func (p *parser) field(record string) (Field, error) {
	f := Field{Line: p.line}
	f.Name = strings.ToUpper(p.name())
	p.blanks(false)
	if p.at < len(p.data) && p.data[p.at] == '(' {
		sub, ok := p.subscripts()
		if !ok {
			return f, Errorf(f.Line, "write (2), (1:3) or (1:2,3)", "&%s: the subscript of %s can not be read", record, f.Name)
		}
		f.Sub = sub
		p.blanks(false)
	}
	if p.at >= len(p.data) || p.data[p.at] != '=' {
		return f, Errorf(f.Line, "write key = value; texts stand in quotes", "&%s: %q has no equals sign", record, f.Name)
	}
	p.at++
	null := true // a comma now means that a value was left out
	for {
		p.blanks(false)
		if p.at >= len(p.data) {
			return f, nil
		}
		c := p.data[p.at]
		switch {
		case c == ',':
			p.at++
			if null {
				if err := p.add(&f, 1, Value{Line: p.line}); err != nil {
					return f, err
				}
			}
			null = true
			continue
		case c == '/' || c == '&':
			return f, nil
		case isLetter(c) && p.keyFollows():
			return f, nil
		}
		n, v, ok := p.value()
		if !ok {
			return f, Errorf(p.line, "texts stand in quotes; numbers as 1.5 or 1E-3; logicals as .TRUE. or .FALSE.", "&%s: the value of %s can not be read", record, f.Name)
		}
		if err := p.add(&f, n, v); err != nil {
			return f, err
		}
		null = false
	}
}

func (p *parser) add(f *Field, n int, v Value) error {
	if p.values += n; p.values > MaxValues {
		return Errorf(p.line, "check that it is an input file", "the file has more than %d values", MaxValues)
	}
	for range n {
		f.Values = append(f.Values, v)
	}
	return nil
}

// keyFollows looks whether the word at the cursor is a key: a name, perhaps with
// subscripts, and an equals sign.
func (p *parser) keyFollows() bool {
	i := p.at
	skip := func() {
		for i < len(p.data) && (p.data[i] == ' ' || p.data[i] == '\t' || p.data[i] == '\r' || p.data[i] == '\n') {
			i++
		}
	}
	for i < len(p.data) && isName(p.data[i]) {
		i++
	}
	skip()
	if i < len(p.data) && p.data[i] == '(' {
		end := bytes.IndexAny(p.data[i:min(len(p.data), i+100)], ")\n")
		if end < 0 || p.data[i+end] != ')' {
			return false
		}
		i += end + 1
		skip()
	}
	return i < len(p.data) && p.data[i] == '='
}

// subscripts reads "(a)", "(a:b)" and lists of them.
func (p *parser) subscripts() ([]Range, bool) {
	end := bytes.IndexByte(p.data[p.at:min(len(p.data), p.at+100)], ')')
	if end < 0 {
		return nil, false
	}
	text := string(p.data[p.at+1 : p.at+end])
	p.at += end + 1
	var out []Range
	for _, part := range strings.Split(text, ",") {
		a, b, colon := strings.Cut(strings.TrimSpace(part), ":")
		var r Range
		if a = strings.TrimSpace(a); a != "" || !colon {
			n, err := strconv.Atoi(a)
			if err != nil || n < 0 {
				return nil, false
			}
			r.From, r.To = n, n
		}
		if b = strings.TrimSpace(b); colon && b != "" {
			n, err := strconv.Atoi(b)
			if err != nil || n < max(1, r.From) {
				return nil, false
			}
			if a == "" {
				r.From = 1
			}
			r.To = n
		} else if colon {
			r.To = 0
			r.All = a == ""
		}
		out = append(out, r)
	}
	return out, true
}

// value reads one value with its repeat count.
func (p *parser) value() (count int, v Value, ok bool) {
	v.Line = p.line
	count = 1
	if c := p.data[p.at]; c == '\'' || c == '"' {
		v.Kind = Text
		v.Text, ok = p.quoted(c)
		return count, v, ok
	}
	word := p.word()
	if n, rest, starred := strings.Cut(word, "*"); starred {
		k, err := strconv.Atoi(n)
		if err != nil || k < 1 || k > MaxRepeat {
			return 0, v, false
		}
		count, word = k, rest
		if word == "" {
			if p.at < len(p.data) && (p.data[p.at] == '\'' || p.data[p.at] == '"') {
				v.Kind = Text
				v.Text, ok = p.quoted(p.data[p.at])
				return count, v, ok
			}
			return count, v, true // 3* are nulls
		}
	}
	v.Text = word
	if b, is := logical(word); is {
		v.Kind, v.Bool = Logical, b
		return count, v, true
	}
	num, ok := number(word)
	v.Kind, v.Num = Number, num
	return count, v, ok
}

func (p *parser) word() string {
	from := p.at
	for p.at < len(p.data) && !strings.ContainsRune(" \t\r\n,/!'\"=&;", rune(p.data[p.at])) {
		p.at++
	}
	if p.at == from {
		p.at++ // never stand still
	}
	return string(p.data[from:p.at])
}

func (p *parser) quoted(quote byte) (string, bool) {
	p.at++
	var b []byte
	for p.at < len(p.data) {
		c := p.data[p.at]
		p.at++
		switch {
		case c == quote && p.at < len(p.data) && p.data[p.at] == quote:
			p.at++
			b = append(b, quote)
		case c == quote:
			return string(b), true
		case c == '\n':
			p.line++ // a text that goes on in the next line goes on without the break
		case c != '\r':
			b = append(b, c)
		}
	}
	return "", false
}

// logical reads .TRUE., T, .F. and the like.
func logical(word string) (value, ok bool) {
	s := strings.Trim(strings.ToUpper(word), ".")
	switch s {
	case "T", "TRUE":
		return true, true
	case "F", "FALSE":
		return false, true
	}
	return false, false
}

// number reads a finite Fortran number; D is an exponent as E is.
func number(word string) (float64, bool) {
	if word == "" || len(word) > 64 {
		return 0, false
	}
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && c != '.' && c != '+' && c != '-' && c != 'e' && c != 'E' && c != 'd' && c != 'D' {
			return 0, false
		}
	}
	s := strings.NewReplacer("d", "e", "D", "e").Replace(word)
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, false
	}
	return v, true
}
