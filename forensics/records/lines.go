package records

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics"
	"firescene/forensics/logs"
)

const maxLineB = 64 << 10

// textLines gives every line of a text log as a record.
func textLines(ctx context.Context, kind string, r io.Reader, put func(rec forensics.Record, offB, lenB int64) error) error {
	br := bufio.NewReaderSize(r, maxLineB)
	var names []string
	for off, n := int64(0), 0; ; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b, err := br.ReadSlice('\n')
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if len(b) == 0 {
			return nil
		}
		from := off
		off += int64(len(b))
		s := bytes.Trim(b, "\r\n\x00")
		if len(s) == 0 {
			continue
		}
		line := string(s)
		rec := forensics.Record{Kind: "log", Table: kind}
		if !utf8.Valid(s) {
			if d, err := simplifiedchinese.GB18030.NewDecoder().String(line); err == nil {
				line, rec.Reason = d, "read as GBK"
			}
		}
		switch kind {
		case "jsonl":
			rec.Columns = jsonColumns(line)
		case "csv":
			fields := split(line)
			if n == 0 && !hasDigit(line) {
				names = fields
			}
			for i, f := range fields {
				name := "c" + strconv.Itoa(i+1)
				if i < len(names) {
					name = names[i]
				}
				rec.Columns = append(rec.Columns, forensics.Column{Name: name, Value: f})
			}
		}
		if rec.Columns == nil {
			if a, z, ok := logs.LineTime(line); ok {
				rec.Columns = append(rec.Columns, forensics.Column{Name: "time", Value: line[a:z]})
			}
			rec.Columns = append(rec.Columns, forensics.Column{Name: "line", Value: line})
		}
		if err := put(rec, from, int64(len(b))); err != nil {
			return err
		}
	}
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// jsonColumns reads the fields of an object in their order; values that are
// objects themselves are kept as JSON. It returns nil when it is none.
func jsonColumns(line string) (out []forensics.Column) {
	d := json.NewDecoder(strings.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil
		}
		key, _ := name.(string)
		out = append(out, forensics.Column{Name: key, Value: jsonValue(raw)})
	}
	return out
}

func jsonValue(raw json.RawMessage) any {
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		return s
	}
	if i, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return i
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return f
	}
	if string(raw) == "null" {
		return nil
	}
	return string(raw)
}

// split splits a row at the delimiter that it has most of.
func split(line string) []string {
	best, most := ",", 0
	for _, d := range []string{",", ";", "\t", "|"} {
		if n := strings.Count(line, d); n > most {
			best, most = d, n
		}
	}
	var out []string
	for line != "" || len(out) == 0 {
		if strings.HasPrefix(line, "\"") {
			if f, rest, ok := quoted(line[1:], best); ok {
				out, line = append(out, f), rest
				continue
			}
		}
		f, rest, more := strings.Cut(line, best)
		out, line = append(out, f), rest
		if more && rest == "" {
			out = append(out, "")
		}
	}
	return out
}

func quoted(s, d string) (f, rest string, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		switch {
		case strings.HasPrefix(s, "\""):
			b.WriteByte('"')
			s = s[1:]
		case s == "":
			return b.String(), "", true
		case strings.HasPrefix(s, d):
			return b.String(), s[len(d):], true
		default:
			return "", "", false
		}
	}
}
