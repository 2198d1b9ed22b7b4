// Package logs reads text logs into events: syslog (RFC 3164 and RFC 5424), lines
// that begin with a date, JSON lines, and tables with a time column. It knows
// UTF-8, GBK and UTF-16, with or without a byte order mark.
//
// A time is kept exactly as it was recorded. What was not recorded (the year of
// RFC 3164, the zone, the date of a statement) is supplied from the options and
// named in Event.Guessed. A line that can not be read never stops the others: it
// is counted, and the first of them are listed with their locators.
package logs

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"firescene/forensics"
	"firescene/forensics/timeline"
)

// Options say what the log itself does not.
type Options struct {
	Zone      *time.Location // of times that name none; nil means UTC
	Year      int            // of the first time that names none; 0 when not known
	NotAfter  time.Time      // when the log was taken: gives the year when Year is 0
	TimeField string         // JSON field or table column of the time; empty: found by its name
	MaxEvents int            // 0 means 10 million
}

// BadLine is a line that gave no event.
type BadLine struct {
	Line    int               `json:"line"`
	Reason  string            `json:"reason"`
	Locator forensics.Locator `json:"locator"`
}

// maxBad bounds the list of bad lines; all are counted.
const maxBad = 100

// Result is what a log gave.
type Result struct {
	Format    string            `json:"format"`   // "text", "jsonl" or "csv"
	Encoding  string            `json:"encoding"` // "UTF-8", "GBK", "UTF-16LE", "UTF-16BE"
	Events    []forensics.Event `json:"events"`
	Lines     int               `json:"lines"`
	Continued int               `json:"continued"` // lines without a time that go on with the one before
	BadN      int               `json:"bad_n"`
	Bad       []BadLine         `json:"bad"` // the first 100
	Warnings  []string          `json:"warnings"`
}

func newEvent(exhibit, message, what, raw string, at forensics.Locator) forensics.Event {
	first := int64(0)
	if len(at.Runs) > 0 {
		first = at.Runs[0].OffsetB
	}
	return forensics.Event{ID: fmt.Sprintf("%s-T%d", exhibit, first), Message: clip(message), What: what, Raw: raw, Exhibit: exhibit, Locator: at}
}

// maxMessageB bounds what is kept of a line; the locator leads to all of it.
const maxMessageB = 2 << 10

func clip(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\x00", ""))
	if len(s) <= maxMessageB {
		return s
	}
	n := maxMessageB
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// guesses names what a reading lacks.
func guesses(r timeline.Reading, year bool) string {
	var g []string
	if !r.HasDate {
		g = append(g, "date")
	}
	if year {
		g = append(g, "year")
	}
	if !r.HasZone {
		g = append(g, "zone")
	}
	return strings.Join(g, ", ")
}
