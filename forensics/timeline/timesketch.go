package timeline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"firescene/forensics"
	"firescene/formats"
)

// sketchLine is a line of Timesketch's JSONL: its three fields, then ours, which
// Timesketch keeps as they are. See "Create timeline from other sources" in
// Timesketch's user guide.
type sketchLine struct {
	Message       string            `json:"message"`
	Datetime      string            `json:"datetime"` // ISO 8601, UTC
	TimestampDesc string            `json:"timestamp_desc"`
	TimeBasis     string            `json:"time_basis"` // "corrected" or "as recorded"
	EventID       string            `json:"event_id"`
	Raw           string            `json:"raw"`
	Parsed        time.Time         `json:"parsed"`
	Corrected     *time.Time        `json:"corrected,omitempty"`
	Clock         string            `json:"clock,omitempty"`
	SigmaS        float64           `json:"sigma_s,omitempty"`
	Guessed       string            `json:"guessed,omitempty"`
	Exhibit       string            `json:"exhibit"`
	Locator       forensics.Locator `json:"locator"`
}

const sketchTime = "2006-01-02T15:04:05.000000+00:00"

// WriteTimesketch writes events as Timesketch JSONL, one object a line, in the
// order given. An event without a date can not be placed on a time line and is
// left out; leftOut counts those.
func WriteTimesketch(w io.Writer, events []forensics.Event) (leftOut int, err error) {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		at := Best(e)
		if at.IsZero() {
			leftOut++
			continue
		}
		l := sketchLine{Message: e.Message, Datetime: at.UTC().Format(sketchTime), TimestampDesc: e.What, TimeBasis: "as recorded", EventID: e.ID,
			Raw: e.Raw, Parsed: e.Parsed, Clock: e.ClockID, SigmaS: e.SigmaS, Guessed: e.Guessed, Exhibit: e.Exhibit, Locator: e.Locator}
		if !e.Corrected.IsZero() {
			l.TimeBasis, l.Corrected = "corrected", &e.Corrected
		}
		if err := enc.Encode(l); err != nil {
			return leftOut, fmt.Errorf("event %s: %w", e.ID, err)
		}
	}
	return leftOut, b.Flush()
}

// maxSketchLineB bounds a line of a time line that is read.
const maxSketchLineB = 1 << 20

// ReadTimesketch reads what WriteTimesketch wrote, and time lines of others as
// far as Timesketch's own fields go: their datetime is then raw and parsed. A
// line that can not be read ends it with *formats.FormatError.
func ReadTimesketch(r io.Reader) ([]forensics.Event, error) {
	events := []forensics.Event{}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxSketchLineB)
	offset := int64(0)
	for n := 1; s.Scan(); n++ {
		line := s.Bytes()
		bad := func(reason string) error {
			return &formats.FormatError{Format: "time line", Offset: offset, Reason: fmt.Sprintf("line %d: %s", n, reason), Next: "write it again with firescene logs"}
		}
		if len(line) > 0 {
			var l sketchLine
			if err := json.Unmarshal(line, &l); err != nil {
				return nil, bad(err.Error())
			}
			e := forensics.Event{ID: l.EventID, Message: l.Message, What: l.TimestampDesc, Raw: l.Raw, Parsed: l.Parsed, ClockID: l.Clock,
				SigmaS: l.SigmaS, Guessed: l.Guessed, Exhibit: l.Exhibit, Locator: l.Locator}
			if l.Corrected != nil {
				e.Corrected = *l.Corrected
			}
			if e.Raw == "" && e.Parsed.IsZero() {
				at, ok := ReadTime(l.Datetime)
				if !ok || !at.HasDate || at.Year == 0 {
					return nil, bad(fmt.Sprintf("datetime %q is not a time", l.Datetime))
				}
				e.Raw, e.Parsed = l.Datetime, at.In(time.UTC, 0, time.Time{})
			}
			events = append(events, e)
		}
		offset += int64(len(line)) + 1
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil, &formats.FormatError{Format: "time line", Offset: offset, Reason: fmt.Sprintf("a line is longer than %d bytes", maxSketchLineB), Next: "check that it is a JSONL file"}
	}
	return events, s.Err()
}
