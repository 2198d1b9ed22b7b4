package main

import (
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/recon"
)

func TestObserve(t *testing.T) {
	at := func(min int) time.Time { return time.Date(2026, 3, 5, 1, min, 0, 0, time.UTC) }
	events := []forensics.Event{
		{ID: "V1", Exhibit: "E002", Message: "ZONE 1 FIRE", Corrected: at(9), SigmaS: 2, Locator: forensics.At("E002", 500, 20)},
		{ID: "V2", Exhibit: "E002", Message: "ZONE 1 FIRE", Corrected: at(4), SigmaS: 3, Locator: forensics.At("E002", 100, 20)},
		{ID: "V3", Exhibit: "E003", Message: "ZONE 1 FIRE", Corrected: at(1), SigmaS: 1, Locator: forensics.At("E003", 0, 9)},
		{ID: "V4", Exhibit: "E004", Message: "link down", Raw: "Mar  5 09:00:00"},
	}
	stated := []recon.Observation{
		{ID: "O1", Kind: recon.ObsArrival, Event: &recon.EventMatch{Exhibit: "E002", Contains: "ZONE 1"}},
		{ID: "O2", Kind: recon.ObsArrival, Event: &recon.EventMatch{Contains: "ZONE 1"}, Locators: []string{"E009"}},
		{ID: "O3", Kind: recon.ObsArrival, Event: &recon.EventMatch{Contains: "link down"}},
		{ID: "O4", Kind: recon.ObsArrival, Event: &recon.EventMatch{Contains: "never said"}},
		{ID: "O5", Kind: recon.ObsPattern},
	}
	usable, failed := observe(stated, events)
	if len(usable) != 3 || len(failed) != 2 {
		t.Fatalf("%d usable, %d failed; want 3 and 2", len(usable), len(failed))
	}
	if o := usable[0]; !o.Time.Equal(at(4)) || o.SigmaS != 3 || strings.Join(o.Locators, " ") != "E002/100+20" {
		t.Errorf("O1 took %v ± %v s from %v; the exhibit's earliest event is at %v", o.Time, o.SigmaS, o.Locators, at(4))
	}
	if o := usable[1]; !o.Time.Equal(at(1)) || strings.Join(o.Locators, " ") != "E009 E003/0+9" {
		t.Errorf("O2 took %v from %v", o.Time, o.Locators)
	}
	if len(stated[1].Locators) != 1 {
		t.Error("the stated observation was changed")
	}
	if !strings.Contains(failed[0].Reason, "clock was not checked") || failed[1].Input != "O4" {
		t.Errorf("failures: %+v", failed)
	}
	// The order in which events come must not matter.
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	again, _ := observe(stated, events)
	for i := range usable {
		if !usable[i].Time.Equal(again[i].Time) {
			t.Errorf("%s: %v, and %v with the events reversed", usable[i].ID, usable[i].Time, again[i].Time)
		}
	}
}
