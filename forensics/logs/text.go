package logs

import (
	"io"
	"strings"

	"firescene/forensics/timeline"
)

// textTimeRange is how far into a line a time is looked for.
const textTimeRange = 160

// found is a time in a line of text.
type found struct {
	reading  timeline.Reading
	from, to int // bytes of the line
	atStart  bool
}

// textLines reads syslog and other lines that carry a time.
func (p *parser) textLines() error {
	for {
		ln, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		f, ok := textTime(ln.text)
		switch {
		case ok:
			message := ln.text
			if f.atStart {
				message = strings.TrimLeft(ln.text[f.to:], " \t]:,-|;")
			}
			if err := p.add(f.reading, ln.text[f.from:f.to], "logged", message, ln.offsetB, ln.lengthB); err != nil {
				return err
			}
		case len(p.res.Events) > 0 && (ln.text[0] == ' ' || ln.text[0] == '\t'):
			p.res.Continued++
		default:
			p.bad(ln, "no time in it")
		}
	}
}

// textTime finds the time of a line: at its beginning, behind a syslog priority
// <34> or <34>1 or an opening bracket or quote, with or without a year; else the
// first time with a year in what the line begins with, as in web server logs and
// behind a level name.
func textTime(s string) (found, bool) {
	start := len(s) - len(strings.TrimLeft(s, " \t\"'[(【"))
	if n := priority(s[start:]); n > 0 {
		start += n
	}
	if f, ok := timeAt(s, start); ok {
		f.atStart = true
		return f, true
	}
	limit := min(len(s), textTimeRange)
	for i := start + 1; i < limit; i++ {
		if !wordStart(s, i) {
			continue
		}
		if f, ok := timeAt(s, i); ok && f.reading.Year != 0 && f.reading.ResolutionS < 86400 {
			return f, true
		}
	}
	return found{}, false
}

func timeAt(s string, i int) (found, bool) {
	r, n := timeline.ReadPrefix(s[i:])
	if n == 0 || !r.HasDate || r.ResolutionS >= 86400 {
		return found{}, false
	}
	return found{reading: r, from: i, to: i + n}, true
}

// wordStart says whether a digit or letter at i begins a word.
func wordStart(s string, i int) bool {
	isWord := func(c byte) bool {
		return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return isWord(s[i]) && !isWord(s[i-1]) && s[i-1] != '.' && s[i-1] != '-'
}

// priority returns the length of "<34>" or RFC 5424's "<34>1 ", 0 for none.
func priority(s string) int {
	end := strings.IndexByte(s, '>')
	if len(s) < 3 || s[0] != '<' || end < 2 || end > 4 {
		return 0
	}
	for _, c := range s[1:end] {
		if c < '0' || c > '9' {
			return 0
		}
	}
	n := end + 1
	if strings.HasPrefix(s[n:], "1 ") {
		n += 2
	}
	return n
}

// LineTime finds the time by which a line of text is a line of a log: at its
// beginning, also behind a syslog priority or a bracket, or the first time with a
// year near its beginning. from and to are its place in the line.
func LineTime(s string) (from, to int, ok bool) {
	f, ok := textTime(s)
	return f.from, f.to, ok
}
