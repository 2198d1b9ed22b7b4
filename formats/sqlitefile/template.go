package sqlitefile

import (
	"math"
	"strings"
	"unicode/utf8"
)

// affinity is what a column prefers to store.
type affinity byte

const (
	anyAffinity affinity = iota // BLOB or no type
	textAffinity
	integerAffinity
	realAffinity
	numericAffinity
)

type column struct {
	name    string
	wants   affinity
	notNull bool
	seen    [4]bool  // classes of live values: see class
	sizes   [10]bool // serial types below 10 of live values
}

// template is what rows of a table look like.
type template struct {
	name    string
	columns []column
	alias   int // column that stands for the row number and is stored as NULL; -1 for none
	dropped bool
	learned int // live rows seen
	fewest  int // columns that live rows have; less than all when columns were added
}

// class sorts serial types: NULL, integer, real, text; blobs are 4.
func class(t uint64) int {
	switch {
	case t == 0:
		return 0
	case t == 7:
		return 2
	case t < 12:
		return 1
	case t%2 == 1:
		return 3
	}
	return 4
}

// learn takes the types of a live row into the template.
func (t *template) learn(types []uint64) {
	if t.learned == 0 || len(types) < t.fewest {
		t.fewest = len(types)
	}
	t.learned++
	for i, s := range types {
		if c := class(s); i < len(t.columns) && c < 4 {
			t.columns[i].seen[c] = true
			if s < 10 {
				t.columns[i].sizes[s] = true
			}
		}
	}
}

// allows reports whether a column may hold a value of a serial type.
func (t *template) allows(i int, s uint64) bool {
	c := &t.columns[i]
	k := class(s)
	if i == t.alias {
		return k == 0
	}
	if k == 0 {
		return !c.notNull
	}
	if k < 4 && c.seen[k] {
		return true
	}
	switch c.wants {
	case textAffinity:
		return k == 3
	case integerAffinity:
		return k == 1
	case realAffinity:
		return k == 2 || k == 1
	case numericAffinity:
		return k < 3 || k == 3 && t.learned == 0
	}
	// A column of no type: with live rows, what they hold.
	return t.learned < 8 || k == 4 && !c.seen[1] && !c.seen[2] && !c.seen[3]
}

// bits says how improbable a value of a serial type is among random bytes, given
// that the column allows it: of its type byte alone.
func (t *template) bits(i int, s uint64) float64 {
	switch {
	case i == t.alias:
		return 6
	case t.learned >= 20 && class(s) < 4 && !t.columns[i].seen[class(s)]:
		return -6 // no live row has such a value
	case t.learned >= 20 && s < 10 && !t.columns[i].sizes[s]:
		return 0
	case s == 0 || s == 8 || s == 9:
		return 3
	case s < 12:
		return 4.5
	case s < 128:
		return 1.5
	}
	return 0.5
}

// fits reports whether a row with these types may be of the table.
func (t *template) fits(types []uint64) bool {
	n := len(types)
	if n > len(t.columns) || n == 0 || n < len(t.columns) && (t.learned == 0 || n < t.fewest) {
		return false
	}
	for i, s := range types {
		if !t.allows(i, s) {
			return false
		}
	}
	return true
}

// textBits says how improbable it is that random bytes are such a text; negative
// when it is none: control characters or bytes of no encoding.
func textBits(b []byte, encoding uint32, cut bool) float64 {
	if encoding == 2 || encoding == 3 {
		odd := 0
		for _, r := range text(b[:len(b)&^1], encoding) {
			if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError || r >= 0xe000 && r < 0xf900 {
				return -1
			}
			if r >= 0x250 && r < 0x4e00 || r > 0x9fff {
				odd++
			}
		}
		if odd*2 > len(b)/2 {
			return -1
		}
		return float64(len(b)) / 2
	}
	bits := 0.0
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
				return -1
			}
			bits += 1.4
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			if cut && len(b)-i < utf8.UTFMax && !utf8.FullRune(b[i:]) {
				break
			}
			return -1
		}
		bits += 2 * float64(n)
		i += n
	}
	return bits
}

// parseTable reads a table's definition.
func parseTable(o object) (*template, bool) {
	open := strings.IndexByte(o.SQL, '(')
	if open < 0 || o.WithoutRowid {
		return nil, false
	}
	t := &template{name: o.Name, alias: -1}
	for _, def := range splitTop(o.SQL[open+1:]) {
		words := tokens(def)
		if len(words) == 0 {
			continue
		}
		first := strings.ToUpper(words[0])
		switch first {
		case "CONSTRAINT", "UNIQUE", "CHECK", "FOREIGN":
			if first != "CONSTRAINT" || len(t.columns) > 0 && len(words) > 2 && isOf(words[2], "PRIMARY", "UNIQUE", "CHECK", "FOREIGN") {
				t.tableKey(words)
				continue
			}
		case "PRIMARY":
			t.tableKey(words)
			continue
		}
		c := column{name: unquote(words[0])}
		var kind []string
		i := 1
		for ; i < len(words) && !isOf(words[i], "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS", "ON"); i++ {
			kind = append(kind, strings.ToUpper(unquote(words[i])))
		}
		full := strings.Join(kind, " ")
		c.wants = affinityOf(full)
		rest := strings.ToUpper(strings.Join(words[i:], " "))
		if (strings.Contains(rest, "GENERATED") || strings.HasPrefix(rest, "AS ")) && !strings.Contains(rest, "STORED") {
			continue // computed when read
		}
		c.notNull = strings.Contains(rest, "NOT NULL")
		if full == "INTEGER" && strings.Contains(rest, "PRIMARY KEY") && !strings.Contains(rest, "PRIMARY KEY DESC") {
			t.alias, c.notNull = len(t.columns), false
		}
		t.columns = append(t.columns, c)
		if len(t.columns) > 2000 {
			return nil, false
		}
	}
	t.fewest = len(t.columns)
	return t, len(t.columns) > 0
}

// tableKey takes the alias of the row number from PRIMARY KEY(column).
func (t *template) tableKey(words []string) {
	for i, w := range words {
		if strings.EqualFold(w, "PRIMARY") && i+4 < len(words) && words[i+2] == "(" && words[i+4] == ")" {
			name := unquote(words[i+3])
			for k := range t.columns {
				if strings.EqualFold(t.columns[k].name, name) && t.columns[k].wants == integerAffinity && t.alias < 0 {
					t.alias = k
				}
			}
		}
	}
	if t.alias >= 0 {
		t.columns[t.alias].notNull = false
	}
}

func affinityOf(kind string) affinity {
	has := func(s string) bool { return strings.Contains(kind, s) }
	switch {
	case has("INT"):
		return integerAffinity
	case has("CHAR"), has("CLOB"), has("TEXT"):
		return textAffinity
	case kind == "", has("BLOB"):
		return anyAffinity
	case has("REAL"), has("FLOA"), has("DOUB"):
		return realAffinity
	}
	return numericAffinity
}

func isOf(s string, words ...string) bool {
	for _, w := range words {
		if strings.EqualFold(s, w) {
			return true
		}
	}
	return false
}

// splitTop splits the inside of a parenthesis at its commas, up to its end.
func splitTop(s string) (out []string) {
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth == 0 {
				return append(out, s[from:i])
			}
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, s[from:i]), i+1
			}
		default:
			i = skipQuoted(s, i)
		}
	}
	return append(out, s[from:])
}

// skipQuoted returns the last byte of a quoted name, text or comment that begins
// at i, or i.
func skipQuoted(s string, i int) int {
	end := func(mark string, from int) int {
		if from > len(s) {
			return len(s) - 1
		}
		k := strings.Index(s[from:], mark)
		if k < 0 {
			return len(s) - 1
		}
		return from + k + len(mark) - 1
	}
	switch {
	case s[i] == '"' || s[i] == '\'' || s[i] == '`':
		return end(s[i:i+1], i+1)
	case s[i] == '[':
		return end("]", i+1)
	case strings.HasPrefix(s[i:], "--"):
		return end("\n", i+2)
	case strings.HasPrefix(s[i:], "/*"):
		return end("*/", i+2)
	}
	return i
}

// tokens splits a definition into words, quoted names and single signs, without
// comments.
func tokens(s string) (out []string) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.HasPrefix(s[i:], "--") || strings.HasPrefix(s[i:], "/*"):
			i = skipQuoted(s, i) + 1
		case strings.IndexByte("\"'`[", c) >= 0:
			end := skipQuoted(s, i) + 1
			out = append(out, s[i:end])
			i = end
		case c == '(' || c == ')' || c == ',':
			out = append(out, s[i:i+1])
			i++
		default:
			k := strings.IndexAny(s[i:], " \t\r\n(),\"'`[")
			if k < 0 {
				k = len(s) - i
			}
			out = append(out, s[i:i+max(k, 1)])
			i += max(k, 1)
		}
	}
	return out
}

func unquote(s string) string {
	if len(s) < 2 {
		return s
	}
	switch a, z := s[0], s[len(s)-1]; {
	case a == z && (a == '"' || a == '\'' || a == '`'), a == '[' && z == ']':
		return s[1 : len(s)-1]
	}
	return s
}

// recordTypes reads the serial types of a record header of n bytes.
func recordTypes(b []byte, into []uint64) ([]uint64, int64, bool) {
	into = into[:0]
	var sum int64
	for len(b) > 0 {
		t, n := varint(b)
		if n == 0 || t > math.MaxInt32 || len(into) >= 2000 {
			return into, 0, false
		}
		s := serialB(t)
		if s < 0 {
			return into, 0, false
		}
		into, sum, b = append(into, t), sum+s, b[n:]
	}
	return into, sum, true
}
