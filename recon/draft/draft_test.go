package draft

import (
	"strings"
	"testing"
	"time"

	"firescene/recon"
)

const stated = `# the first of two
id: H1
title: power strip   # by the sofa
origin:
  room: living
  at_m: [1.0, 2.0, 0.35]  # measured from the plan
  radius_m: 0.3
ignition: {time: 2026-03-14T21:46:25+08:00, uncertainty_s: 25}
rooms:
  - {name: living, min_m: [0, 0, 0], max_m: [4, 3, 2.5], wall: brick, wall_thick_m: 0.24}
  - {name: hall, min_m: [4, 0, 0], max_m: [6, 3, 2.5]}
openings:
  - {name: door, from: living, to: hall, width_m: 0.9, sill_m: 0, head_m: 2.05}
fuels:
  - name: sofa
    at_m: [1, 2, 0]
    area_m2: 0.8
    growth: {alpha_kW_s2: 0.003, peak_kW: 600, plateau_s: 120, decay_s: 200}
  # catches later
  - name: bin
    at_m: [5, 1, 0]
    area_m2: 0.1
    ignites_at_s: 60
    growth: {alpha_kW_s2: 0.003, peak_kW: 50, plateau_s: 60, decay_s: 60}
detectors:
  - {name: S1, kind: smoke, at_m: [2, 1, 2.45]}
`

func TestApply(t *testing.T) {
	d, err := Parse([]byte(stated))
	if err != nil {
		t.Fatal(err)
	}
	move := func(p recon.HypothesisPart, i int, at recon.Vec) recon.HypothesisEdit {
		return recon.HypothesisEdit{Do: recon.EditMove, Part: p, Index: i, At: at}
	}
	for _, c := range []struct {
		name     string
		e        recon.HypothesisEdit
		from, to string
	}{
		{"origin", move(recon.PartOrigin, 0, recon.Vec{1.23456, 2, 0}), "[1.0, 2.0, 0.35]  # m", "[1.235, 2, 0]  # m"},
		{"fuel", move(recon.PartFuel, 1, recon.Vec{5, 2, 0}), "[5, 1, 0]", "[5, 2, 0]"},
		{"detector", move(recon.PartDetector, 0, recon.Vec{3, 1, 2.5}), "[2, 1, 2.45]", "[3, 1, 2.5]"},
		{"opening without a place", move(recon.PartOpening, 0, recon.Vec{4, 1, 0}), "head_m: 2.05}", "head_m: 2.05, at_m: [4, 1, 0]}"},
		{"radius", recon.HypothesisEdit{Do: recon.EditSet, Part: recon.PartOrigin, Field: "radius_m", Value: "0.5"}, "radius_m: 0.3", "radius_m: 0.5"},
		{"title", recon.HypothesisEdit{Do: recon.EditSet, Field: "title", Value: "a: b"}, "power strip ", `"a: b" `},
		{"time", recon.HypothesisEdit{Do: recon.EditSet, Field: "ignition.time", Value: "2026-03-14T21:47:00+08:00"}, "21:46:25", "21:47:00"},
		{"removed", recon.HypothesisEdit{Do: recon.EditRemove, Part: recon.PartDetector}, "  - {name: S1, kind: smoke, at_m: [2, 1, 2.45]}\n", "  []\n"},
	} {
		got, err := d.Apply(c.e)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if want := strings.Replace(stated, c.from, c.to, 1); string(got.Text) != want || want == stated {
			t.Errorf("%s gave\n%s", c.name, got.Text)
		}
	}
	other, err := d.Apply(move(recon.PartOrigin, 0, recon.Vec{5, 1, 0}))
	if err != nil || other.Hypothesis.Origin.Room != "hall" {
		t.Errorf("an origin in another room: %v, %v", other.Hypothesis.Origin, err)
	}
	for _, e := range []recon.HypothesisEdit{
		{Do: recon.EditAdd, Part: recon.PartFuel, At: recon.Vec{2, 2, 0}}, {Do: recon.EditAdd, Part: recon.PartOpening, At: recon.Vec{0, 1, 0}},
		{Do: recon.EditAdd, Part: recon.PartDetector, Kind: "sprinkler", At: recon.Vec{2, 2, 2.5}}, {Do: recon.EditAdd, Part: recon.PartDetector, Kind: "gas_temperature", At: recon.Vec{2, 2, 2.5}},
	} {
		got, err := d.Apply(e)
		if err != nil {
			t.Errorf("add %s: %v", e.Part, err)
			continue
		}
		if n, m := strings.Count(string(got.Text), "\n"), strings.Count(stated, "\n"); n <= m || !strings.Contains(string(got.Text), "# catches later") {
			t.Errorf("add %s gave\n%s", e.Part, got.Text)
		}
	}
	for _, e := range []recon.HypothesisEdit{
		move(recon.PartOrigin, 0, recon.Vec{50, 1, 0}), move(recon.PartFuel, 7, recon.Vec{1, 1, 0}), move("wall", 0, recon.Vec{}),
		{Do: recon.EditRemove, Part: recon.PartOrigin}, {Do: recon.EditAdd, Part: recon.PartOrigin}, {Do: recon.EditAdd, Part: recon.PartDetector, Kind: "nose"},
		{Do: recon.EditSet, Part: recon.PartOrigin, Field: "radius_m", Value: "-1"}, {Do: "burn"},
	} {
		if got, err := d.Apply(e); err == nil || string(got.Text) != stated {
			t.Errorf("%+v was done", e)
		}
	}
}

func TestTemplate(t *testing.T) {
	d, err := Parse([]byte(stated))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 14, 21, 46, 0, 0, time.FixedZone("", 8*3600))
	h := d.Hypothesis
	made, err := Template("H3", "烟头: 沙发", recon.Vec{2, 1, 0}, at, h.Rooms, h.Openings)
	if err != nil {
		t.Fatal(err)
	}
	if g := made.Hypothesis; len(g.Rooms) != 2 || g.Rooms[0].Wall != "brick" || len(g.Openings) != 1 || g.Origin.Room != "living" || g.Title != "烟头: 沙发" || !g.Ignition.Time.Equal(at) {
		t.Errorf("%+v", made.Hypothesis)
	}
	if alone, err := Template("H4", "", recon.Vec{20, 1, 0}, at, nil, nil); err != nil || len(alone.Hypothesis.Rooms) != 1 {
		t.Errorf("%+v, %v", alone.Hypothesis, err)
	}
	if _, err := Template("not an ID", "", recon.Vec{}, at, nil, nil); err == nil {
		t.Error("a hypothesis with no ID was made")
	}
}
