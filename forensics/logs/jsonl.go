package logs

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// field is a member of a JSON object, in the order of the line.
type field struct {
	name, value string
	isText      bool
}

// jsonLines reads one JSON object a line.
func (p *parser) jsonLines() error {
	for {
		ln, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if ln.cut {
			p.bad(ln, "the line is too long")
			continue
		}
		fields, err := jsonFields(ln.text)
		if err != nil {
			p.bad(ln, err.Error())
			continue
		}
		at := p.jsonTime(fields)
		if at < 0 {
			p.bad(ln, "no time field in it")
			continue
		}
		date := ""
		if i := slices.IndexFunc(fields, func(f field) bool { return isOneOf(f.name, dateNames) }); i >= 0 && i != at {
			date = fields[i].value
		}
		r, raw, ok := readFieldTime(fields[at].value, date)
		if !ok {
			p.bad(ln, fmt.Sprintf("%s: %q is not a time that is read", fields[at].name, clip(raw)))
			continue
		}
		message := ln.text
		if i := slices.IndexFunc(fields, func(f field) bool { return f.isText && isOneOf(f.name, messageNames) }); i >= 0 {
			message = fields[i].value
		}
		if err := p.add(r, raw, fields[at].name, message, ln.offsetB, ln.lengthB); err != nil {
			return err
		}
	}
}

// jsonTime returns the place of the time field: the one named in the options,
// else of the fields with a time's name the best that can be read.
func (p *parser) jsonTime(fields []field) int {
	best, bestRank := -1, 0
	for i, f := range fields {
		if p.o.TimeField != "" {
			if f.name == p.o.TimeField || best < 0 && plainName(f.name) == plainName(p.o.TimeField) {
				best = i
			}
			continue
		}
		rank := timeRank(f.name)
		if rank < 0 {
			continue
		}
		if _, _, ok := readFieldTime(f.value, "2000-01-01"); !ok {
			rank += 1000 // kept, so that a bad time is reported as such
		}
		if best < 0 || rank < bestRank {
			best, bestRank = i, rank
		}
	}
	return best
}

// jsonFields returns the members of an object. Members of objects in it, two
// levels down, are named with points, as "event.time".
func jsonFields(s string) ([]field, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var fields []field
	if err := readObject(d, "", 0, &fields); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something stands behind the JSON object")
	}
	return fields, nil
}

// maxFields and maxJSONDepth bound one line.
const (
	maxFields    = 500
	maxJSONDepth = 64
)

func readObject(d *json.Decoder, prefix string, depth int, fields *[]field) error {
	t, err := d.Token()
	if err != nil {
		return notJSON(err)
	}
	if t != json.Delim('{') {
		return fmt.Errorf("not a JSON object")
	}
	return readMembers(d, prefix, depth, fields)
}

// readMembers reads the members of an object whose brace was read.
func readMembers(d *json.Decoder, prefix string, depth int, fields *[]field) error {
	if depth > maxJSONDepth || len(*fields) > maxFields {
		return fmt.Errorf("the JSON is too deep or too large")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := t.(string)
		if t, err = d.Token(); err != nil {
			return notJSON(err)
		}
		switch v := t.(type) {
		case string:
			*fields = append(*fields, field{prefix + name, v, true})
		case json.Number:
			*fields = append(*fields, field{prefix + name, v.String(), false})
		case json.Delim:
			if v == '{' && depth < 2 {
				err = readMembers(d, prefix+name+".", depth+1, fields)
			} else {
				err = skipValue(d)
			}
			if err != nil {
				return err
			}
		}
	}
	_, err := d.Token() // the closing brace
	return notJSON(err)
}

// skipValue skips to the end of an array or object whose opening was read.
func skipValue(d *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		if delim, ok := t.(json.Delim); ok {
			if delim == '{' || delim == '[' {
				depth++
			} else {
				depth--
			}
		}
		if depth > maxJSONDepth {
			return fmt.Errorf("the JSON is too deep")
		}
	}
	return nil
}

func notJSON(err error) error {
	if err == nil {
		return nil
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the JSON breaks off")
	}
	return fmt.Errorf("not JSON: %w", err)
}
