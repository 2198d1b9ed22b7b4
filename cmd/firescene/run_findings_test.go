package main

import (
	"testing"

	"firescene/forensics"
	"firescene/recon"
)

// TestStandingOf keeps what a person says from being printed as measured.
func TestStandingOf(t *testing.T) {
	event := &recon.EventMatch{Exhibit: "E001", Contains: "alarm"}
	for name, x := range map[string]struct {
		o    recon.Observation
		want forensics.FindingKind
	}{
		"record of a device":     {recon.Observation{Kind: recon.ObsArrival, Event: event}, forensics.Recovered},
		"record of a camera":     {recon.Observation{Kind: recon.ObsSeenAt, Event: event}, forensics.Recovered},
		"what a witness saw":     {recon.Observation{Kind: recon.ObsSeenAt}, forensics.Supposed},
		"where a pattern points": {recon.Observation{Kind: recon.ObsPattern}, forensics.Inferred},
		"a weak height":          {recon.Observation{Kind: recon.ObsSmokeHeight, Weak: true}, forensics.Inferred},
		"a height":               {recon.Observation{Kind: recon.ObsSmokeHeight}, forensics.Measured},
	} {
		if got := standingOf(x.o); got != x.want {
			t.Errorf("%s is %s, want %s", name, got, x.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 829962: "829,962", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}
