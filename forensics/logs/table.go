package logs

import (
	"fmt"
	"io"
	"strings"

	"firescene/forensics/timeline"
)

// tableRow is a record of a table: one line, or several when a quoted field
// holds line ends.
type tableRow struct {
	fields           []string
	offsetB, lengthB int64
	first            line
}

// tableShape is what the head of a table tells.
type tableShape struct {
	delimiter byte
	names     []string // nil when the first row is data already
	timeIdx   int
	dateIdx   int // -1 when none
}

// maxRowLines bounds a record: an odd quote must not swallow the file.
const maxRowLines = 100

// hasTable says whether the lines read ahead begin a table with a time column.
func (p *parser) hasTable() bool {
	_, ok := p.shape()
	return ok
}

// shape finds the delimiter and the columns from the first line that is not
// empty: by the names in it, or, when it is a row without names, by the first
// field that is a time.
func (p *parser) shape() (tableShape, bool) {
	best := tableShape{timeIdx: -1}
	for i, ln := range p.ahead {
		if strings.TrimSpace(ln.text) == "" || ln.cut {
			continue
		}
		bestRank := 0
		for _, delimiter := range []byte{',', '\t', ';', '|'} {
			names := splitFields(ln.text, delimiter)
			if len(names) < 2 {
				continue
			}
			for k, name := range names {
				rank := timeRank(name)
				if p.o.TimeField != "" {
					rank = -1
					if plainName(name) == plainName(p.o.TimeField) {
						rank = 0
					}
				}
				if _, isTime := timeline.ReadTime(name); rank < 0 || isTime {
					continue
				}
				if best.timeIdx < 0 || rank < bestRank {
					best, bestRank = tableShape{delimiter, names, k, -1}, rank
				}
			}
		}
		if best.timeIdx < 0 && p.o.TimeField == "" {
			best = headless(p.ahead[i:])
		}
		for k, name := range best.names {
			if k != best.timeIdx && isOneOf(name, dateNames) {
				best.dateIdx = k
			}
		}
		// A syslog line with a comma and the word "time" in it is no table: rows
		// below must be as wide as the head and hold times.
		return best, best.timeIdx >= 0 && p.rowsFit(best, p.ahead[i:])
	}
	return best, false
}

// headless takes a table without names: at least two rows, all as wide, with a
// whole field that is a time with a date.
func headless(lines []line) tableShape {
	for _, delimiter := range []byte{',', '\t', ';', '|'} {
		fields := splitFields(lines[0].text, delimiter)
		if len(fields) < 2 {
			continue
		}
		for k, f := range fields {
			if r, ok := timeline.ReadTime(f); ok && r.HasDate && r.ResolutionS < 86400 && len(lines) > 1 && len(splitFields(lines[1].text, delimiter)) == len(fields) {
				return tableShape{delimiter, nil, k, -1}
			}
		}
	}
	return tableShape{timeIdx: -1}
}

// rowsFit says whether most of the rows read ahead have a time where the shape
// has its column. A table without rows fits.
func (p *parser) rowsFit(shape tableShape, lines []line) bool {
	rows, fit := 0, 0
	for i, ln := range lines {
		if i == 0 && shape.names != nil || strings.TrimSpace(ln.text) == "" {
			continue
		}
		fields := splitFields(ln.text, shape.delimiter)
		if len(fields) < 2 {
			continue // a piece of a quoted field, perhaps
		}
		rows++
		if shape.timeIdx < len(fields) {
			if _, ok := timeline.ReadTime(fields[shape.timeIdx]); ok {
				fit++
			}
		}
	}
	return rows == 0 && shape.names != nil || fit*2 > rows || p.o.TimeField != "" && fit > 0
}

// table reads a table with a time column.
func (p *parser) table() error {
	shape, _ := p.shape()
	if shape.names != nil {
		if _, err := p.next(); err != nil {
			return err
		}
	}
	for {
		row, err := p.row(shape.delimiter)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if shape.timeIdx >= len(row.fields) {
			p.bad(row.first, fmt.Sprintf("%d column(s); the time is in column %d", len(row.fields), shape.timeIdx+1))
			continue
		}
		date := ""
		if shape.dateIdx >= 0 && shape.dateIdx < len(row.fields) {
			date = row.fields[shape.dateIdx]
		}
		r, raw, ok := readFieldTime(row.fields[shape.timeIdx], date)
		if !ok {
			p.bad(row.first, fmt.Sprintf("%q is not a time that is read", clip(raw)))
			continue
		}
		what := "logged"
		if shape.names != nil {
			what = strings.TrimSpace(shape.names[shape.timeIdx])
		}
		if err := p.add(r, raw, what, rowMessage(shape, row.fields), row.offsetB, row.lengthB); err != nil {
			return err
		}
	}
}

// rowMessage is the text of a row: name=value for every column but the time.
func rowMessage(shape tableShape, fields []string) string {
	var b strings.Builder
	for i, f := range fields {
		f = strings.TrimSpace(f)
		if i == shape.timeIdx || i == shape.dateIdx || f == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		if i < len(shape.names) {
			b.WriteString(strings.TrimSpace(shape.names[i]))
			b.WriteByte('=')
		}
		b.WriteString(f)
	}
	return b.String()
}

// row reads a record. When its quotes are not closed within maxRowLines lines or
// MaxLineB bytes the first line stands alone, its quote taken as it is.
func (p *parser) row(delimiter byte) (tableRow, error) {
	first, err := p.next()
	if err != nil {
		return tableRow{}, err
	}
	row := tableRow{first: first, offsetB: first.offsetB, lengthB: first.lengthB}
	text := first.text
	var taken []line
	for strings.Count(text, `"`)%2 == 1 && len(taken) < maxRowLines && len(text) < MaxLineB {
		ln, err := p.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return row, err
		}
		taken = append(taken, ln)
		text += "\n" + ln.text
	}
	if strings.Count(text, `"`)%2 == 1 {
		for i := len(taken) - 1; i >= 0; i-- {
			p.unread(taken[i])
		}
		text = first.text
	} else if len(taken) > 0 {
		last := taken[len(taken)-1]
		row.lengthB = last.offsetB + last.lengthB - first.offsetB
	}
	row.fields = splitFields(text, delimiter)
	return row, nil
}

// splitFields splits a record as RFC 4180 has it, with any delimiter. A quote
// that does not begin a field, or is never closed, stands for itself.
func splitFields(s string, delimiter byte) []string {
	var fields []string
	for {
		trimmed := strings.TrimLeft(s, " ")
		if strings.HasPrefix(trimmed, `"`) {
			if value, rest, ok := quotedField(trimmed[1:], delimiter); ok {
				fields = append(fields, value)
				if rest == "" {
					return fields
				}
				s = rest[1:]
				continue
			}
		}
		i := strings.IndexByte(s, delimiter)
		if i < 0 {
			return append(fields, s)
		}
		fields = append(fields, s[:i])
		s = s[i+1:]
	}
}

// quotedField reads to the closing quote; rest begins with the delimiter or is
// empty.
func quotedField(s string, delimiter byte) (value, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if strings.HasPrefix(s, `"`) {
			b.WriteByte('"')
			s = s[1:]
			continue
		}
		rest = strings.TrimLeft(s, " \r")
		if rest != "" && rest[0] != delimiter {
			return "", "", false
		}
		return b.String(), rest, true
	}
}
