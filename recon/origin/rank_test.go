package origin

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"firescene/recon"
	"firescene/recon/fire"
)

var ignition = time.Date(2026, 3, 1, 13, 14, 0, 0, time.UTC)

// room states a fire at a place of one burnt room of 4.8 x 3.6 x 2.5 m.
func room(id string, x, y float64, lateS float64) *recon.Hypothesis {
	return &recon.Hypothesis{
		ID: id, Origin: recon.Origin{Room: "living", At: recon.Vec{x, y, 0.3}, RadiusM: 0.4},
		Ignition: recon.Ignition{Time: ignition.Add(time.Duration(lateS * 1e9)), UncertaintyS: 60},
		Rooms:    []recon.Room{{Name: "living", Max: recon.Vec{4.8, 3.6, 2.5}, Wall: "gypsum", ThickM: 0.0125}, {Name: "hall", Min: recon.Vec{5, 0, 0}, Max: recon.Vec{8, 3.6, 2.5}}},
		Openings: []recon.Opening{{From: "living", To: fire.Outside, WidthM: 0.9, HeadM: 2}},
		Fuels: []recon.Fuel{{Name: "item " + id, At: recon.Vec{x, y, 0.3}, AreaM2: 0.8, SpreadPct: 20,
			Growth: &recon.Growth{AlphaKWs2: 0.0117, PeakKW: 600, PlateauS: 200, DecayS: 200}}},
		Detectors: []recon.Detector{
			{Name: "SD1", Kind: "smoke", At: recon.Vec{0.8, 2.8, 2.47}},
			{Name: "SD2", Kind: "smoke", At: recon.Vec{4.2, 0.6, 2.47}},
			{Name: "HD1", Kind: "heat", At: recon.Vec{2.4, 1.8, 2.47}, RTI: 50, ActivationC: 57},
			{Name: "SDhall", Kind: "smoke", At: recon.Vec{6, 1.8, 2.47}},
		},
		DurationS: 300,
	}
}

func simulate(t *testing.T, hs ...*recon.Hypothesis) []*recon.FireResult {
	t.Helper()
	var out []*recon.FireResult
	for _, h := range hs {
		r, err := fire.Simulate(context.Background(), h)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func at(s float64) time.Time { return ignition.Add(time.Duration(s * 1e9)) }

func vec(x, y, z float64) *recon.Vec { return &recon.Vec{x, y, z} }

// arrivals are what the result itself predicts, all shifted by one time: an
// ignition that was lateS after the stated one.
func arrivals(r *recon.FireResult, lateS float64, names ...string) []recon.Observation {
	var out []recon.Observation
	for _, n := range names {
		a := findArrival(r, n)
		out = append(out, recon.Observation{ID: "T-" + n, Kind: recon.ObsArrival, Target: n, Time: at(a.TimeS + lateS), SigmaS: 2})
	}
	return out
}

// scene is what the fire at the sofa (H1) leaves: times, a V pattern, a soot line
// and a camera that saw flames.
func scene(r *recon.FireResult) []recon.Observation {
	return append(arrivals(r, 20, "SD1", "SD2", "HD1"),
		recon.Observation{ID: "O5", Kind: recon.ObsPattern, At: vec(0.7, 2.9, 0.4), RadiusM: 0.4},
		recon.Observation{ID: "O6", Kind: recon.ObsSmokeHeight, Target: "living", HeightM: 1.05, SigmaM: 0.1},
		recon.Observation{ID: "O7", Kind: recon.ObsSeenAt, At: vec(0.9, 2.7, 0.6), RadiusM: 0.5, Time: at(70), SigmaS: 3},
		recon.Observation{ID: "O8", Kind: recon.ObsArrival, Target: "SDhall", Time: at(90), SigmaS: 3},
	)
}

func three() []*recon.Hypothesis {
	return []*recon.Hypothesis{room("H1", 0.9, 2.6, 0), room("H2", 4.1, 0.8, 0), room("H3", 2.4, 1.8, -300)}
}

func TestRankNamesTheTrueOrigin(t *testing.T) {
	hs := three()
	rs := simulate(t, hs...)
	k := Rank(hs, rs, scene(rs[0]))
	if k.Hypotheses[0].HypothesisID != "H1" || !k.Determined || k.Hypotheses[0].ConflictsN != 0 {
		t.Fatalf("%s", show(k))
	}
	sum := 0.0
	for _, h := range k.Hypotheses {
		sum += h.Posterior
		if h.AgreesN+h.ConflictsN+h.SilentN != 7 {
			t.Errorf("%s: %d + %d + %d verdicts of 7", h.HypothesisID, h.AgreesN, h.ConflictsN, h.SilentN)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("shares add up to %.15f", sum)
	}
	for _, h := range k.Hypotheses[1:] {
		if !h.Rejected {
			t.Errorf("%s is not rejected: %s", h.HypothesisID, h.Why)
		}
	}
	for _, v := range k.Hypotheses[0].Verdicts {
		if v.ObservationID == "O8" && (v.Answer != recon.Silent || !strings.Contains(v.Why, "no opening joins")) {
			t.Errorf("a detector in a room that no opening joins: %+v", v)
		}
		if v.Answer != recon.Silent && (v.Predicted == "" || v.Observed == "" || v.Why == "") {
			t.Errorf("no numbers: %+v", v)
		}
	}
}

func show(k recon.Ranking) string {
	b, _ := json.MarshalIndent(k, "", " ")
	return string(b)
}

// TestRankByDelaysAlone: with an ignition time that nobody knows to the quarter
// hour, only the order and the delays of the detectors are left, and they still
// tell near from far.
func TestRankByDelaysAlone(t *testing.T) {
	hs := []*recon.Hypothesis{room("H1", 0.9, 2.6, 0), room("H2", 4.1, 0.8, 0)}
	for _, h := range hs {
		h.Ignition.UncertaintyS = 900
	}
	rs := simulate(t, hs...)
	for truth, r := range rs {
		k := Rank(hs, rs, arrivals(r, 400, "SD1", "SD2", "HD1"))
		if k.Hypotheses[0].HypothesisID != hs[truth].ID || k.Hypotheses[0].Posterior < 0.8 || k.Hypotheses[0].ConflictsN > 0 {
			t.Errorf("truth %s: %s", hs[truth].ID, show(k))
		}
	}
	// One detector alone says nothing then.
	if k := Rank(hs, rs, arrivals(rs[0], 400, "SD1")); k.Determined || k.Hypotheses[0].Posterior > 0.6 {
		t.Errorf("one time determines: %s", show(k))
	}
}

// TestRankIgnitionTime: the same place at another time is told apart by one clock.
func TestRankIgnitionTime(t *testing.T) {
	hs := []*recon.Hypothesis{room("A", 0.9, 2.6, 0), room("B", 0.9, 2.6, -1200)}
	rs := simulate(t, hs...)
	k := Rank(hs, rs, arrivals(rs[0], 0, "SD1", "SD2"))
	if k.Hypotheses[0].HypothesisID != "A" || k.Hypotheses[1].ConflictsN == 0 {
		t.Errorf("%s", show(k))
	}
}

// TestRankOrder: neither the order of hypotheses, of results nor of observations
// changes a byte.
func TestRankOrder(t *testing.T) {
	hs := three()
	rs := simulate(t, hs...)
	obs := scene(rs[0])
	want := show(Rank(hs, rs, obs))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		rng.Shuffle(len(hs), func(i, j int) { hs[i], hs[j] = hs[j], hs[i] })
		rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
		rng.Shuffle(len(obs), func(i, j int) { obs[i], obs[j] = obs[j], obs[i] })
		if got := show(Rank(hs, rs, obs)); got != want {
			t.Fatal("another order gives another ranking")
		}
	}
}

// TestEliminationOnly: a hypothesis that nothing supports is never determined,
// even when all others are refuted.
func TestEliminationOnly(t *testing.T) {
	a, b := room("A", 0.9, 2.6, 0), room("B", 4.1, 0.8, 0)
	b.Detectors = b.Detectors[:0] // predicts nothing that was observed
	rs := simulate(t, a, b)
	obs := []recon.Observation{{ID: "O1", Kind: recon.ObsArrival, Target: "SD1", Time: at(2500), SigmaS: 2}}
	a.Ignition.UncertaintyS = 5
	a.DurationS = 300
	obs[0].Time = at(250)
	k := Rank([]*recon.Hypothesis{a, b}, rs, obs)
	if k.Determined || k.Hypotheses[0].HypothesisID != "B" || !k.Hypotheses[0].EliminationOnly || !strings.Contains(k.Why, "elimination") {
		t.Errorf("%s", show(k))
	}
	b.Basis = []string{"E003"}
	if k := Rank([]*recon.Hypothesis{a, b}, rs, obs); k.Determined || k.Hypotheses[0].EliminationOnly {
		t.Errorf("with a basis, but nothing that agrees: %s", show(k))
	}
}

func TestUndetermined(t *testing.T) {
	a, b := room("A", 0.9, 2.6, 0), room("B", 0.9, 2.6, 0)
	rs := simulate(t, a, b)
	obs := scene(rs[0])
	if k := Rank([]*recon.Hypothesis{a, b}, rs, obs); k.Determined || math.Abs(k.Hypotheses[0].Posterior-0.5) > 1e-9 {
		t.Errorf("two alike: %s", show(k))
	}
	if k := Rank([]*recon.Hypothesis{a}, rs[:1], obs); k.Determined || !strings.Contains(k.Why, "no other") {
		t.Errorf("one alone: %s", k.Why)
	}
	if k := Rank(nil, nil, obs); k.Determined || k.Why == "" {
		t.Errorf("none: %s", k.Why)
	}
	// A conflict keeps the best from being determined.
	far := room("C", 4.1, 0.8, -1000)
	rs = append(rs, simulate(t, far)...)
	obs = append(obs, recon.Observation{ID: "O9", Kind: recon.ObsPattern, At: vec(4.5, 3.4, 0.3), RadiusM: 0.2})
	if k := Rank([]*recon.Hypothesis{a, far}, rs, obs); k.Determined || !strings.Contains(k.Why, "conflict") {
		t.Errorf("with a conflict: %s", show(k))
	}
	// A hypothesis whose simulation failed says nothing and does not lead.
	if k := Rank([]*recon.Hypothesis{a, far}, rs[:1], scene(rs[0])); k.Hypotheses[0].HypothesisID != "A" {
		t.Errorf("without a result: %s", show(k))
	}
}

// TestWeakCountsLess: a weak observation moves the ranking less, and can not reject.
func TestWeakCountsLess(t *testing.T) {
	hs := []*recon.Hypothesis{room("H1", 0.9, 2.6, 0), room("H2", 4.1, 0.8, 0)}
	rs := simulate(t, hs...)
	for _, o := range scene(rs[0])[:6] {
		o.Weak = false
		strong := Rank(hs, rs, []recon.Observation{o})
		o.Weak = true
		weak := Rank(hs, rs, []recon.Observation{o})
		if weak.Hypotheses[0].Posterior > strong.Hypotheses[0].Posterior+1e-9 {
			t.Errorf("%s: weak %.4f, strong %.4f", o.ID, weak.Hypotheses[0].Posterior, strong.Hypotheses[0].Posterior)
		}
		if weak.Hypotheses[1].Rejected {
			t.Errorf("%s: a weak observation rejects", o.ID)
		}
	}
}
