package xyz

import (
	"bytes"
	"math"
	"strings"

	"firescene/formats/rows"
)

// table is what the beginning of a file shows.
type table struct {
	names []string // of the line before the first row
	rows  [][]float64
	skipB int64 // where the rows begin
	comma bool
}

// sample reads the first rows; nil when they are no table. cut says that the last
// line of b may go on.
func sample(b []byte, cut bool) *table {
	if bytes.IndexByte(b, 0) >= 0 {
		return nil
	}
	text := bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	t := &table{}
	for _, comma := range []bool{false, true} {
		*t = table{comma: comma}
		if t.read(text, cut) {
			t.skipB += int64(len(b) - len(text))
			return t
		}
	}
	return nil
}

func (t *table) read(b []byte, cut bool) bool {
	at, head := 0, 0
	var last []byte
	for at < len(b) && len(t.rows) < lookMax {
		end := bytes.IndexAny(b[at:], "\r\n")
		if end < 0 {
			if cut {
				break
			}
			end = len(b) - at
		}
		line := b[at : at+end]
		from := at
		at = min(at+end+1, len(b))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if t.comma { // 1,5;2,5 or 1,5 2,5
			line = bytes.ReplaceAll(line, []byte(","), []byte("."))
		}
		row := make([]float64, maxCols)
		n, ok := rows.Numbers(line, row)
		if !ok || n < 3 {
			if len(t.rows) > 0 {
				if blank(line) {
					continue
				}
				return false
			}
			if head++; head > 20 {
				return false
			}
			last = line
			continue
		}
		if len(t.rows) == 0 {
			t.skipB = int64(from)
		}
		t.rows = append(t.rows, row[:n])
	}
	if len(t.rows) == 0 {
		return false
	}
	if !t.comma && looksDecimalComma(b[t.skipB:]) {
		return false
	}
	t.names = headings(last)
	return true
}

// width is the least number of columns.
func (t *table) width() int {
	n := maxCols
	for _, r := range t.rows {
		n = min(n, len(r))
	}
	return n
}

// looksDecimalComma reports whether the first row separates by semicolons or blanks
// and has commas within its numbers.
func looksDecimalComma(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if bytes.Contains(line, []byte(".")) || !bytes.Contains(line, []byte(",")) {
		return false
	}
	return bytes.ContainsAny(bytes.TrimSpace(line), "; \t") && !bytes.Contains(line, []byte(", "))
}

func headings(line []byte) []string {
	s := strings.TrimLeft(string(line), "/# \t")
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t,;\"", r) })
}

// known names of columns, in lower case without punctuation.
var known = map[string]Column{
	"x": X, "easting": X, "east": X, "cartesianx": X, "y": Y, "northing": Y, "north": Y, "cartesiany": Y, "z": Z, "height": Z, "elevation": Z, "cartesianz": Z,
	"r": Red, "red": Red, "g": Green, "green": Green, "b": Blue, "blue": Blue, "colorred": Red, "colorgreen": Green, "colorblue": Blue,
	"rf": Red, "gf": Green, "bf": Blue,
	"i": Intensity, "intensity": Intensity, "int": Intensity, "reflectance": Intensity, "scalarintensity": Intensity, "amplitude": Intensity,
	"nx": NormalX, "ny": NormalY, "nz": NormalZ, "normalx": NormalX, "normaly": NormalY, "normalz": NormalZ,
}

// named takes the columns from their names; nil when there are none that fit.
func (t *table) named() []Column {
	if len(t.names) < 3 || len(t.names) != t.width() {
		return nil
	}
	var out []Column
	seen := map[Column]bool{}
	for _, n := range t.names {
		c, ok := known[strings.Map(func(r rune) rune {
			if strings.ContainsRune("_-[]().", r) {
				return -1
			}
			return r
		}, strings.ToLower(n))]
		if !ok || seen[c] {
			c = Other
		}
		seen[c] = true
		out = append(out, c)
	}
	if !seen[X] || !seen[Y] || !seen[Z] {
		return nil
	}
	return out
}

// guess takes the columns from what they hold: coordinates first, after a column
// that counts rows; three columns of whole numbers from 0 to 255 are a colour, three
// that make unit vectors are a normal, one alone is an intensity.
func (t *table) guess() []Column {
	n := t.width()
	out := make([]Column, n)
	for i := range out {
		out[i] = Other
	}
	at := 0
	if n >= 4 && len(t.rows) >= 3 && t.all(func(i int, r []float64) bool { return r[0] == t.rows[0][0]+float64(i) && isWhole(r[0]) }) {
		out[0], at = Row, 1
	}
	out[at], out[at+1], out[at+2] = X, Y, Z
	colour, normal, inten := false, false, false
	for i := at + 3; i < n; {
		switch {
		case !colour && i+3 <= n && t.colour(i) && !(n-i == 4 && !inten && t.colour(i+1) && !t.colour4(i)):
			out[i], out[i+1], out[i+2] = Red, Green, Blue
			colour = true
			i += 3
		case !normal && i+3 <= n && t.unit(i):
			out[i], out[i+1], out[i+2] = NormalX, NormalY, NormalZ
			normal = true
			i += 3
		case !inten:
			out[i], inten = Intensity, true
			i++
		default:
			i++
		}
	}
	return out
}

func (t *table) all(ok func(i int, r []float64) bool) bool {
	for i, r := range t.rows {
		if !ok(i, r) {
			return false
		}
	}
	return true
}

func (t *table) colour(at int) bool {
	return t.all(func(_ int, r []float64) bool {
		for _, v := range r[at : at+3] {
			if !isWhole(v) || v < 0 || v > 255 {
				return false
			}
		}
		return true
	})
}

// colour4 reports whether, of four columns of bytes, the first three rather than the
// last three vary together as a colour's channels do: intensity first is the rule.
func (t *table) colour4(at int) bool {
	gap := func(a, b int) (sum float64) {
		for _, r := range t.rows {
			sum += math.Abs(r[a] - r[b])
		}
		return sum
	}
	return gap(at, at+1) < gap(at+2, at+3)
}

func (t *table) unit(at int) bool {
	return t.all(func(_ int, r []float64) bool {
		l := math.Sqrt(r[at]*r[at] + r[at+1]*r[at+1] + r[at+2]*r[at+2])
		return math.Abs(l-1) < 0.02
	})
}

// colourSpread is what takes colours to 0..255: they may be fractions or 16 bits.
func (t *table) colourSpread(at int) float64 {
	high, whole := 0.0, true
	for _, r := range t.rows {
		for _, v := range r[at:min(at+3, len(r))] {
			high, whole = max(high, v), whole && isWhole(v)
		}
	}
	switch {
	case high > 255:
		return 255.0 / 65535
	case high <= 1 && !whole:
		return 255
	}
	return 1
}
