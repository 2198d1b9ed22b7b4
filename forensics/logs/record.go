package logs

import (
	"fmt"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/timeline"
)

// timeColumns are the columns that hold the time of a record of an event log, the
// first that can be read counts: when it happened, before when it was written.
var timeColumns = []string{"TimeCreated", "__REALTIME_TIMESTAMP", "Written"}

// headColumns are told by an event's other fields, or say nothing of what happened.
var headColumns = map[string]bool{"RecordNumber": true, "Written": true, "TimeCreated": true, "__REALTIME_TIMESTAMP": true, "__SEQNUM": true,
	"Provider.Name": true, "Provider.Guid": true, "EventID": true, "Version": true, "Level": true, "Task": true, "Opcode": true, "Keywords": true,
	"EventRecordID": true, "Channel": true, "MESSAGE": true}

// FromRecord turns a recovered record of an event log into an event. ok is false
// when it bears no time.
func FromRecord(r forensics.Record) (forensics.Event, bool) {
	value := map[string]string{}
	for _, c := range r.Columns {
		if c.Value != nil {
			value[c.Name] = fmt.Sprint(c.Value)
		}
	}
	for _, name := range timeColumns {
		raw := value[name]
		reading, ok := timeline.ReadTime(raw)
		if !ok || !reading.HasDate || reading.Year == 0 {
			continue
		}
		e := newEvent(r.Exhibit, messageOf(r, value), r.Kind+" "+name, raw, r.Locator)
		e.Parsed = reading.In(time.UTC, 0, time.Time{})
		if !reading.HasZone {
			e.Guessed = "zone"
		}
		return e, true
	}
	return forensics.Event{}, false
}

// messageOf tells an event in one line: who reports it, its number, its text or
// its other fields.
func messageOf(r forensics.Record, value map[string]string) string {
	var b strings.Builder
	b.WriteString(r.Table)
	if id := value["EventID"]; id != "" {
		b.WriteString(" event " + id)
	}
	if m := value["MESSAGE"]; m != "" {
		b.WriteString(": " + m)
	} else {
		for _, c := range r.Columns {
			if !headColumns[c.Name] && value[c.Name] != "" && b.Len() < maxMessageB {
				fmt.Fprintf(&b, " %s=%s", c.Name, value[c.Name])
			}
		}
	}
	if r.Deleted {
		b.WriteString(" (from a part of the log that was no longer in use)")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
