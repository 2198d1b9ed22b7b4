package main

import (
	"testing"

	"firescene/recon/control"
)

// TestPicksFollowTheCopies: picks name photos as they came, a case calls its copies
// by their exhibits.
func TestPicksFollowTheCopies(t *testing.T) {
	al := &album{list: []albumPhoto{{name: "E001-a.jpg"}, {name: "E002-b.jpg"}, {name: "E003-b.jpg"}, {name: "E004-c.jpg"}, {name: "c.jpg"}}}
	var in control.Input
	want := map[string]string{"a.jpg": "E001-a.jpg", "E001-a.jpg": "E001-a.jpg", "b.jpg": "b.jpg", "c.jpg": "c.jpg", "d.jpg": "d.jpg"}
	for name := range want {
		in.Points = append(in.Points, control.Point{Name: name, Picks: []control.Pick{{Photo: name}}})
	}
	al.namePicks(&in)
	for _, p := range in.Points {
		if got := p.Picks[0].Photo; got != want[p.Name] {
			t.Errorf("%s is taken for %s, want %s", p.Name, got, want[p.Name])
		}
	}
}
