package logs

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/timeline"
	"firescene/formats"
)

// Parse reads a text log to its end. Its kind is told from its first lines: JSON
// lines, a table with a time column, or text lines that carry a time. The error
// is not nil when nothing could be read: *formats.FormatError for bytes that are
// no text, *formats.UnsupportedError for text of an unknown kind, or the reader's
// own error; the result then holds what was read before.
func Parse(ctx context.Context, src Source, o Options) (Result, error) {
	res := Result{Events: []forensics.Event{}, Bad: []BadLine{}, Warnings: []string{}}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.MaxEvents == 0 {
		o.MaxEvents = 10_000_000
	}
	lr, err := newLineReader(src.R)
	if err != nil {
		return res, err
	}
	p := &parser{ctx: ctx, src: src, o: o, lr: lr, res: &res}
	if err := p.peek(); err != nil {
		return res, err
	}
	res.Encoding = lr.encoding
	kind, err := p.kind()
	if err != nil {
		return res, err
	}
	res.Format = kind
	switch kind {
	case "jsonl":
		err = p.jsonLines()
	case "csv":
		err = p.table()
	default:
		err = p.textLines()
	}
	p.giveYears()
	if p.long > 0 {
		res.Warnings = append(res.Warnings, fmt.Sprintf("%d line(s) are longer than %d bytes; what is behind that was skipped", p.long, MaxLineB))
	}
	if p.garbled > 0 {
		res.Warnings = append(res.Warnings, fmt.Sprintf("%d line(s) hold bytes that are neither UTF-8 nor GBK", p.garbled))
	}
	return res, err
}

// parser is the state of reading one log.
type parser struct {
	ctx           context.Context
	src           Source
	o             Options
	lr            *lineReader
	res           *Result
	ahead         []line // read to tell the kind, not yet parsed
	failed        error  // of reading, behind the lines ahead
	long, garbled int
	readings      []timeline.Reading // of events without a year
	yearless      []int              // their places in res.Events
}

// peekLines is how many lines tell the kind of a log.
const peekLines = 50

func (p *parser) peek() error {
	for len(p.ahead) < peekLines {
		ln, err := p.lr.next()
		if err == io.EOF {
			return nil
		}
		if err != nil && len(p.ahead) > 0 {
			p.failed = err // comes when the lines before it were parsed
			return nil
		}
		if err != nil {
			return err
		}
		p.ahead = append(p.ahead, ln)
	}
	return nil
}

// next returns the next line that is not empty, or io.EOF.
func (p *parser) next() (line, error) {
	for {
		if p.res.Lines&0xfff == 0 && p.ctx.Err() != nil {
			return line{}, p.ctx.Err()
		}
		var ln line
		if len(p.ahead) > 0 {
			ln, p.ahead = p.ahead[0], p.ahead[1:]
		} else if p.failed != nil {
			return line{}, p.failed
		} else {
			var err error
			if ln, err = p.lr.next(); err != nil {
				return ln, err
			}
		}
		p.res.Lines++
		if ln.cut {
			p.long++
		}
		if ln.garbled {
			p.garbled++
		}
		if strings.Trim(ln.text, " \t\r\x00　") != "" {
			return ln, nil
		}
	}
}

// unread puts a line back.
func (p *parser) unread(ln line) {
	p.ahead = slices.Insert(p.ahead, 0, ln)
	p.res.Lines--
}

func (p *parser) bad(ln line, reason string) {
	p.res.BadN++
	if len(p.res.Bad) < maxBad {
		p.res.Bad = append(p.res.Bad, BadLine{ln.number, reason, p.src.locator(ln.offsetB, ln.lengthB)})
	}
}

// add makes an event of a line whose time was read.
func (p *parser) add(r timeline.Reading, raw, what, message string, offsetB, lengthB int64) error {
	if len(p.res.Events) >= p.o.MaxEvents {
		return &formats.UnsupportedError{Format: "log", Offset: offsetB, Feature: fmt.Sprintf("more than %d events in one file", p.o.MaxEvents), Next: "split the file"}
	}
	e := newEvent(p.src.Exhibit, message, what, raw, p.src.locator(offsetB, lengthB))
	yearless := r.HasDate && r.Year == 0
	e.Guessed = guesses(r, yearless)
	if yearless {
		p.readings = append(p.readings, r)
		p.yearless = append(p.yearless, len(p.res.Events))
	} else {
		e.Parsed = r.In(p.o.Zone, 0, time.Time{})
	}
	p.res.Events = append(p.res.Events, e)
	return nil
}

// kind tells what the first lines are.
func (p *parser) kind() (string, error) {
	json, text, full, blank, control := 0, 0, 0, 0, 0
	for _, ln := range p.ahead {
		s := strings.TrimSpace(ln.text)
		if s == "" {
			blank++
			continue
		}
		full++
		if strings.HasPrefix(s, "{") {
			json++
		}
		if _, ok := textTime(s); ok {
			text++
		}
		if looksBinary(ln.text) {
			control++
		}
	}
	switch {
	case full == 0 && len(p.ahead) == 0:
		return "", &formats.FormatError{Format: "log", Offset: 0, Reason: "the file is empty", Next: "check the copy"}
	case full == 0 || control*2 > full:
		return "", &formats.FormatError{Format: "log", Offset: 0, Reason: "this is not text", Next: "add an image of a medium as media"}
	case json*2 > full:
		return "jsonl", nil
	case p.hasTable():
		return "csv", nil
	case text > 0:
		return "text", nil
	case p.o.TimeField != "":
		return "", &formats.UnsupportedError{Format: "log", Offset: 0, Feature: fmt.Sprintf("no column or JSON field %q in its first lines", p.o.TimeField), Next: "name the time field as the file has it"}
	}
	return "", &formats.UnsupportedError{Format: "log", Offset: 0, Feature: "no time found in its first lines", Next: "for a table or JSON lines, name the time field with --time-field"}
}

// looksBinary says whether a line has more control bytes than text has.
func looksBinary(s string) bool {
	n := 0
	for _, r := range s {
		if r < ' ' && r != '\t' && r != '\r' && r != 0x1b || r == '\uFFFD' {
			n++
		}
	}
	return n > 2+len(s)/20
}

// giveYears dates the events whose time has no year. Such a log runs forward in
// time, so a step back by more than half a year is a new year's day. With Year
// the first event is of that year, else with NotAfter the last event is of the
// latest year that does not put it later than that.
func (p *parser) giveYears() {
	if len(p.readings) == 0 {
		return
	}
	turns := make([]int, len(p.readings)) // new years since the first
	for i := 1; i < len(p.readings); i++ {
		turns[i] = turns[i-1]
		before, now := dayOfYear(p.readings[i-1]), dayOfYear(p.readings[i])
		switch {
		case before-now > 183:
			turns[i]++
		case before <= 2 && now >= 365 && turns[i] > 0: // two lines in the wrong order on new year's eve
			turns[i]--
		}
	}
	first := p.o.Year
	if first == 0 && !p.o.NotAfter.IsZero() {
		last := len(p.readings) - 1
		limit := p.o.NotAfter.Add(24 * time.Hour) // the recorder's clock may be fast
		year := limit.In(p.o.Zone).Year()
		if p.readings[last].In(p.o.Zone, year, time.Time{}).After(limit) {
			year--
		}
		first = year - turns[last]
	}
	if first == 0 {
		p.res.Warnings = append(p.res.Warnings, fmt.Sprintf("%d time(s) have no year and none was given; they are listed without a date", len(p.readings)))
		return
	}
	p.res.Warnings = append(p.res.Warnings, fmt.Sprintf("%d time(s) have no year; they were read as %d to %d", len(p.readings), first, first+turns[len(turns)-1]))
	for i, at := range p.yearless {
		year := first + turns[i]
		if r := p.readings[i]; r.Month == 2 && r.Day == 29 && time.Date(year, 2, 29, 0, 0, 0, 0, time.UTC).Day() != 29 {
			continue // there was no such day: the year is wrong, so it stays undated
		}
		p.res.Events[at].Parsed = p.readings[i].In(p.o.Zone, year, time.Time{})
	}
}

func dayOfYear(r timeline.Reading) int {
	return time.Date(2000, r.Month, r.Day, 0, 0, 0, 0, time.UTC).YearDay()
}
