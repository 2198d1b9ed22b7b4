package smokeview

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
)

// Columns is a table of values over time as FDS writes it: a line of units, a
// line of names, rows. The first column is the time.
type Columns struct {
	Units, Names []string
	Rows         [][]float64 // NaN where a field is empty or no number
	Cut          bool        // the last row was not whole and is left out
}

// MaxTableValues bounds a table.
const MaxTableValues = 1 << 26

// ReadColumns reads a "_devc.csv" or "_hrr.csv".
func ReadColumns(r io.Reader) (*Columns, error) {
	l := lines{r: bufio.NewReaderSize(r, 1<<16), left: MaxIndexBytes}
	var c Columns
	for _, dst := range []*[]string{&c.Units, &c.Names} {
		s, err := l.data("the table")
		if err != nil {
			return nil, err
		}
		if *dst, err = fields(&l, s); err != nil {
			return nil, err
		}
	}
	if len(c.Units) != len(c.Names) || len(c.Names) == 0 {
		return nil, bad(l.n, "name a table as FDS writes it", "%d units for %d names", len(c.Units), len(c.Names))
	}
	total := 0
	for {
		s, ok := l.next()
		if !ok {
			break
		}
		if strings.TrimSpace(s) == "" {
			continue
		}
		if c.Cut {
			return nil, bad(l.n-1, again, "the row has too few values")
		}
		f, err := fields(&l, s)
		if err != nil {
			return nil, err
		}
		if len(f) > len(c.Names) {
			return nil, bad(l.n, again, "%d values for %d names", len(f), len(c.Names))
		}
		if len(f) < len(c.Names) {
			c.Cut = true
			continue
		}
		if total += len(f); total > MaxTableValues {
			return nil, bad(l.n, "thin the table out", "more than %d values", MaxTableValues)
		}
		row := make([]float64, len(f))
		for i, s := range f {
			v, ok := fortranFloat(s)
			if !ok {
				v = math.NaN()
			}
			row[i] = v
		}
		if n := len(c.Rows); math.IsNaN(row[0]) || n > 0 && row[0] < c.Rows[n-1][0] {
			return nil, bad(l.n, again, "the time %q is no number or goes back", f[0])
		}
		c.Rows = append(c.Rows, row)
	}
	if l.err != io.EOF && l.err != nil {
		return nil, l.err
	}
	return &c, nil
}

// Find is the column of that name, or -1.
func (c *Columns) Find(name string) int {
	for i, n := range c.Names {
		if n == name {
			return i
		}
	}
	return -1
}

// fields parts a line at commas outside quotes.
func fields(l *lines, s string) ([]string, error) {
	var out []string
	for {
		s = strings.TrimLeft(s, " \t")
		if strings.HasPrefix(s, `"`) {
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				return nil, bad(l.n, again, "a quote is not closed")
			}
			out = append(out, strings.TrimSpace(s[1:1+end]))
			s = strings.TrimLeft(s[end+2:], " \t")
			if s == "" {
				return out, nil
			}
			if s[0] != ',' {
				return nil, bad(l.n, again, "text follows a quote")
			}
			s = s[1:]
			continue
		}
		f, rest, more := strings.Cut(s, ",")
		out = append(out, strings.TrimSpace(f))
		if !more {
			return out, nil
		}
		s = rest
	}
}

// WriteColumns writes a table as FDS lays it out. Names and units must hold no
// quote and no line break; numbers must be finite.
func WriteColumns(w io.Writer, c *Columns) error {
	b := bufio.NewWriter(w)
	for i, list := range [][]string{c.Units, c.Names} {
		if len(list) != len(c.Names) {
			return fmt.Errorf("table: %d units for %d names", len(c.Units), len(c.Names))
		}
		for j, s := range list {
			if strings.ContainsAny(s, "\"\r\n") || i == 0 && strings.Contains(s, ",") {
				return fmt.Errorf("table: the name or unit %q can not be written", s)
			}
			if j > 0 {
				b.WriteByte(',')
			}
			if i == 1 && (j > 0 && strings.ContainsAny(s, ", ") || strings.Contains(s, ",")) {
				s = `"` + s + `"`
			}
			b.WriteString(s)
		}
		b.WriteByte('\n')
	}
	for _, row := range c.Rows {
		if len(row) != len(c.Names) {
			return fmt.Errorf("table: a row of %d values for %d names", len(row), len(c.Names))
		}
		for j, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("table: a value of %s is not finite", c.Names[j])
			}
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "%14.7E", v)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
