package carve

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics"
	"firescene/forensics/carve/pattern"
	"firescene/forensics/logs"
	"firescene/forensics/timeline"
)

// LogRun is a range of text whose lines have the shape of a log's.
type LogRun struct {
	OffsetB, LengthB int64
	Kind             string // "log" for lines with a time, "jsonl", "csv" for tables with a time column
	Lines            int    // that have the shape
	GBK              bool   // some of them are no UTF-8
}

// Find returns the run as a find. Text has no end mark, so it is never whole.
func (r LogRun) Find() Find {
	t := &logTypes[map[string]int{"log": 0, "jsonl": 1, "csv": 2}[r.Kind]]
	reason := "lines of the shape of a log from first to last; text has no end mark, so there may have been more"
	c := 0.6
	if r.Lines >= 20 {
		c = 0.8
	}
	return Find{Type: t, OffsetB: r.OffsetB, Aligned: r.OffsetB%sectorB == 0, Verdict: Verdict{State: forensics.Partial, LengthB: r.LengthB, Confidence: c, Reason: reason}}
}

var logTypes = [3]Type{{Name: "log", Ext: "log"}, {Name: "jsonl", Ext: "jsonl"}, {Name: "csv", Ext: "csv"}}

// LogFinder finds text logs in bytes that it is given in order, at any offset:
// runs of lines that begin with a time or a JSON object, or are rows of a table
// with a time. Running text is no log. Its memory is bounded.
type LogFinder struct {
	Emit func(LogRun) // called for every run, in order

	at        int64  // offset of the next byte
	carry     []byte // the unfinished line at the end of what was given
	from      int64  // where it begins
	long      bool   // the line was too long and is passed over
	run       LogRun
	end       int64 // of the last line that has the shape
	odd       int   // lines since that have it not
	split     byte  // delimiter of a table
	counts    [4]int
	before    []byte // the line before, while it is at hand
	beforeOff int64
}

const delimiters = ";,\t|"

// The bounds of what is taken for a log.
const (
	minLogLines  = 4
	maxOddLines  = 5 // between two lines of a log: what a program prints with an error
	maxContinued = 100
	maxLogLineB  = 16 << 10
	minLogLineB  = 12
)

// Skip tells that bytes up to off are left out: what was before is at its end.
func (f *LogFinder) Skip(off int64) {
	f.breakText()
	f.at = off
}

// Idle reports that a finder that begins at the next byte would find the same
// from there on: no line and no log is under way.
func (f *LogFinder) Idle() bool {
	return f.run.Lines == 0 && len(f.carry) == 0 && !f.long && f.before == nil
}

// Close ends the last run.
func (f *LogFinder) Close() { f.breakText() }

// Write takes the next bytes. It never fails.
func (f *LogFinder) Write(b []byte) (int, error) {
	base := f.at
	f.at += int64(len(b))
	for at := 0; at < len(b); {
		// A sector without control characters begins a text, or goes on with it.
		from := at
		first := at + pattern.Control(b[at:])
		if first == len(b) {
			f.blocks(b[from:], base+int64(from))
			break
		}
		at = max(from, first-int((base+int64(first))%sectorB))
		n := min(sectorB-int((base+int64(at))%sectorB), len(b)-at)
		s := b[at : at+n]
		first -= at
		if from < at || f.run.Lines > 0 || f.long || len(f.carry)+first >= minLogLines*(minLogLineB+1)-1 {
			f.blocks(b[from:at+first], base+int64(from))
			f.breakText()
		} else { // too short for the lines of a log
			f.carry, f.before = f.carry[:0], nil
		}
		last := n
		for last > first && !pattern.IsControl(s[last-1]) {
			last--
		}
		f.text(s[last:], base+int64(at+last))
		at += n
	}
	return len(b), nil
}

// logBlockB is the piece of text that is looked at for digits before its lines.
const logBlockB = 4096

// blocks passes over running text: pieces with few digits, or without the signs
// that stand in times and records, that do not lie beside pieces with them.
func (f *LogFinder) blocks(b []byte, off int64) {
	if len(b) == 0 {
		return
	}
	before, now := f.run.Lines > 0 || len(f.carry) > 0, dense(b[:min(len(b), logBlockB)])
	for at := 0; at < len(b); at += logBlockB {
		end := min(at+logBlockB, len(b))
		next := end < len(b) && dense(b[end:min(end+logBlockB, len(b))])
		// What comes behind the bytes at hand is not known.
		if before || now || next || end == len(b) || f.run.Lines > 0 {
			f.text(b[at:end], off+int64(at))
		} else {
			f.carry, f.long = f.carry[:0], true
		}
		before, now = now, next
	}
}

// dense reports whether text may hold lines of a log.
func dense(b []byte) bool {
	digits, signs := pattern.Digits(b)
	return signs && (digits >= 24 || digits >= len(b)/64)
}

// text splits text that goes on with what is in carry into lines.
func (f *LogFinder) text(b []byte, off int64) {
	f.before = nil
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n')
		if n < 0 {
			if len(f.carry) == 0 {
				f.from = off
			}
			if len(f.carry)+len(b) > maxLogLineB {
				f.carry, f.long = f.carry[:0], true
				f.from = off + int64(len(b))
				return
			}
			f.carry = append(f.carry, b...)
			return
		}
		switch {
		case f.long:
			f.long = false
			f.oddLine(nil, off)
		case len(f.carry) > 0:
			f.carry = append(f.carry, b[:n]...)
			f.line(f.carry, f.from, 1)
			f.before = nil
		case n <= maxLogLineB:
			f.line(b[:n], off, 1)
		default:
			f.oddLine(nil, off)
		}
		f.carry = f.carry[:0]
		b, off = b[n+1:], off+int64(n)+1
	}
}

// breakText ends a text: what comes next does not go on with it.
func (f *LogFinder) breakText() {
	if len(f.carry) > 0 && !f.long {
		f.line(f.carry, f.from, 0)
	}
	f.carry, f.long, f.before = f.carry[:0], false, nil
	f.finish()
}

// line takes one line without its end of endB bytes.
func (f *LogFinder) line(s []byte, off int64, endB int) {
	var kind string
	var split byte
	// A file that begins at a sector may have text before it without a line end.
	for o := sectorB - off%sectorB; f.run.Lines == 0 && kind == "" && o < int64(len(s)); o += sectorB {
		if kind, split = shape(s[o:]); kind != "" {
			s, off = s[o:], off+o
			f.before = nil
		}
	}
	if kind == "" {
		kind, split = shape(s)
	}
	for o := sectorB - off%sectorB; kind == "" && o < int64(len(s)); o += sectorB {
		if kind, split = shape(s[o:]); kind != "" {
			f.finish()
			s, off = s[o:], off+o
		}
	}
	if kind == "" {
		f.oddLine(s, off)
		return
	}
	if f.run.Kind != kind || kind == "csv" && split != f.split {
		f.finish()
	}
	if f.run.Lines == 0 {
		f.run = LogRun{OffsetB: off, Kind: kind}
		f.split = split
		for i := range f.counts {
			f.counts[i] = bytes.Count(s, []byte{delimiters[i]})
			if n := f.counts[i]; kind != "jsonl" && n > 1 && f.before != nil && bytes.Count(f.before, []byte{delimiters[i]}) == n {
				f.run.OffsetB = f.beforeOff // the names of the columns
			}
		}
	} else if kind == "log" {
		for i := range f.counts {
			if f.counts[i] > 1 && bytes.Count(s, []byte{delimiters[i]}) != f.counts[i] {
				f.counts[i] = 0
			}
		}
	}
	f.run.Lines++
	f.run.GBK = f.run.GBK || !utf8.Valid(s)
	f.end, f.odd = off+int64(len(s)+endB), 0
	f.before, f.beforeOff = nil, 0
}

func (f *LogFinder) oddLine(s []byte, off int64) {
	f.before, f.beforeOff = s, off
	if f.run.Lines > 0 {
		if f.odd <= 0 && f.odd > -maxContinued && len(s) > 1 && (s[0] == ' ' || s[0] == '\t') {
			f.odd-- // it goes on with the line before
			f.end = off + int64(len(s)) + 1
			return
		}
		f.odd = max(f.odd, 0)
		if f.odd++; f.odd > maxOddLines {
			f.finish()
		}
	}
}

func (f *LogFinder) finish() {
	r := f.run
	f.run, f.odd = LogRun{}, 0
	if r.Lines < minLogLines {
		return
	}
	r.LengthB = f.end - r.OffsetB
	if r.Kind == "log" && max(f.counts[0], f.counts[1], f.counts[2], f.counts[3]) > 1 {
		r.Kind = "csv"
	}
	f.Emit(r)
}

// shape tells what a line is: "log", "jsonl", "csv" with its delimiter, or "".
func shape(s []byte) (kind string, split byte) {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	if len(s) < minLogLineB {
		return "", 0
	}
	if s[0] == '{' {
		if s[len(s)-1] == '}' && json.Valid(s) {
			return "jsonl", 0
		}
		return "", 0
	}
	// Most lines of running text end here.
	head := s[:min(len(s), 160)]
	digits, _ := pattern.Digits(head)
	if digits < 4 {
		return "", 0
	}
	colons := bytes.Count(head, []byte(":"))
	wide := colons == 0 && digits >= 8 // 21时14分
	if colons == 0 && !wide {
		return "", 0
	}
	if t := bytes.TrimLeft(s, " \t"); len(t) > 1 && t[0] == '<' && t[1]-'0' >= 10 {
		return "", 0 // markup; a syslog priority is a number
	}
	line := string(s)
	if !utf8.Valid(s) {
		if d, err := simplifiedchinese.GB18030.NewDecoder().String(line); err == nil && !strings.ContainsRune(d, utf8.RuneError) {
			line = d
		} else {
			return "", 0
		}
	}
	if from, _, ok := logs.LineTime(line); ok && from < 64 {
		return "log", 0
	}
	for i := range delimiters {
		d := delimiters[i : i+1]
		if strings.Count(line, d) < 2 {
			continue
		}
		for _, field := range strings.Split(line, d) {
			field = strings.Trim(field, " \"")
			if len(field) < 8 || len(field) > 40 {
				continue
			}
			if n := dayFirst(field); n > 0 && (n == len(field) && colons > 0 || n < len(field) && field[n] == ' ' && strings.Contains(field[n:], ":")) {
				return "csv", d[0]
			}
			if r, n := timeline.ReadPrefix(field); n == len(field) && r.HasDate {
				return "csv", d[0]
			}
		}
	}
	return "", 0
}

// dayFirst returns the length of a date as 24.05.2024 or 5/24/2024 at the beginning
// of s, 0 when there is none.
func dayFirst(s string) int {
	at := 0
	number := func(most, limit int) bool {
		v, n := 0, 0
		for at < len(s) && s[at]-'0' < 10 && n < most {
			v, n, at = v*10+int(s[at]-'0'), n+1, at+1
		}
		return n > 0 && v > 0 && v <= limit
	}
	if !number(2, 31) || at >= len(s) || strings.IndexByte("./-", s[at]) < 0 {
		return 0
	}
	sep := s[at]
	at++
	if !number(2, 31) || at >= len(s) || s[at] != sep {
		return 0
	}
	at++
	from := at
	if !number(4, 2200) || at-from != 4 || at < len(s) && s[at]-'0' < 10 {
		return 0
	}
	return at
}
