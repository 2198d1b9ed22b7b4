package logs

import (
	"strings"
	"testing"
	"time"

	"firescene/forensics"
)

func TestFromRecord(t *testing.T) {
	at := forensics.At("E003", 4096, 300)
	r := forensics.Record{Exhibit: "E003", Kind: "evtx", Table: "EventLog", Locator: at, Columns: []forensics.Column{
		{Name: "RecordNumber", Value: 7}, {Name: "Written", Value: "2024-03-01T21:50:22.1Z"}, {Name: "EventID", Value: 6008},
		{Name: "TimeCreated", Value: "2024-03-01T21:50:21.3Z"}, {Name: "Data", Value: "unexpected\nshutdown"}, {Name: "Empty", Value: nil}}}
	e, ok := FromRecord(r)
	if !ok || !e.Parsed.Equal(time.Date(2024, 3, 1, 21, 50, 21, 3e8, time.UTC)) || e.Raw != "2024-03-01T21:50:21.3Z" || e.Guessed != "" || e.Locator.String() != at.String() {
		t.Errorf("%+v, %v", e, ok)
	}
	if e.Message != "EventLog event 6008 Data=unexpected shutdown" || e.What != "evtx TimeCreated" {
		t.Errorf("%q, %q", e.Message, e.What)
	}
	r.Columns[3].Value = "not a time"
	r.Columns[4].Value = strings.Repeat("长", 1000)
	r.Deleted = true
	if e, ok = FromRecord(r); !ok || e.Raw != "2024-03-01T21:50:22.1Z" || len(e.Message) > maxMessageB+3 {
		t.Errorf("%+v, %v", e, ok)
	}
	if _, ok := FromRecord(forensics.Record{Kind: "evtx", Columns: []forensics.Column{{Name: "EventID", Value: 1}}}); ok {
		t.Error("a record without a time became an event")
	}
}
