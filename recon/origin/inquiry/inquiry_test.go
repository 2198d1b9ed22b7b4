package inquiry

import (
	"context"
	"math"
	"testing"
	"time"

	"firescene/recon"
)

func TestInformation(t *testing.T) {
	for _, c := range []struct {
		p, mean, sd []float64
		want        float64
	}{
		{[]float64{0.5, 0.5}, []float64{0, 0}, []float64{1, 1}, 0},
		{[]float64{0.5, 0.5}, []float64{0, 100}, []float64{1, 1}, 1},
		{[]float64{0.25, 0.25, 0.25, 0.25}, []float64{0, 50, 100, 150}, []float64{1, 1, 1, 1}, 2},
		{[]float64{1, 0}, []float64{0, 9}, []float64{1, 1}, 0},
		// Two normals two standard deviations apart share 0.486 bits (numerical integral).
		{[]float64{0.5, 0.5}, []float64{0, 2}, []float64{1, 1}, 0.486},
	} {
		if got := information(c.p, c.mean, c.sd); math.Abs(got-c.want) > 2e-3 {
			t.Errorf("%v %v: %.4f bits, want %.3f", c.p, c.mean, got, c.want)
		}
	}
}

func ranking() *recon.Ranking {
	v := func(a string, l float64, ans recon.Answer) recon.Verdict {
		return recon.Verdict{ObservationID: a, LogLikelihood: l, Answer: ans}
	}
	return &recon.Ranking{Hypotheses: []recon.RankedHypothesis{
		{HypothesisID: "H2", LogLikelihood: 3, Posterior: 0.953, AgreesN: 2, Verdicts: []recon.Verdict{v("O1", 2.9, recon.Agrees), v("O2", 0.1, recon.Agrees)}},
		{HypothesisID: "H1", LogLikelihood: 0, Posterior: 0.047, ConflictsN: 1, Rejected: true, Verdicts: []recon.Verdict{v("O1", 0, recon.Conflicts), v("O2", 0, recon.Silent)}},
	}}
}

func TestOf(t *testing.T) {
	q := Of(ranking(), []*recon.Hypothesis{{ID: "H1", Title: "left"}, {ID: "H2", Title: "right", Basis: []string{"a"}}})
	sum := q.Undetermined
	for _, p := range q.WithUndetermined {
		sum += p
	}
	if math.Abs(sum-1) > 1e-12 || math.Abs(q.Undetermined-q.WithUndetermined["H1"]) > 1e-12 {
		t.Errorf("%v %v", q.Undetermined, q.WithUndetermined)
	}
	if len(q.Odds) != 1 || math.Abs(q.Odds[0].BayesFactor-math.Exp(3)) > 1e-9 || q.Odds[0].Strength != "strong" {
		t.Errorf("%+v", q.Odds)
	}
	if c := q.Contributions; len(c) != 2 || c[0].For != "H2" || c[0].Against != "H1" || c[1].For != "" {
		t.Errorf("%+v", c)
	}
	if l := q.Log; l[0].HypothesisID != "H1" || l[0].Outcome != Refuted || l[1].Outcome != NotRefuted || l[1].Statement != "right" {
		t.Errorf("%+v", l)
	}
}

// TestNextMeasurement: for two fires at opposite walls the best place to look is near
// one of them.
func TestNextMeasurement(t *testing.T) {
	at := func(id string, x float64) World {
		return World{Name: id, Posterior: 0.5, Hypothesis: &recon.Hypothesis{
			ID: id, DurationS: 300, Ignition: recon.Ignition{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
			Origin:   recon.Origin{Room: "r", At: recon.Vec{x, 2, 0.2}},
			Rooms:    []recon.Room{{Name: "r", Max: recon.Vec{5, 4, 2.4}, Wall: "gypsum", ThickM: 0.016}},
			Openings: []recon.Opening{{From: "r", To: "outside", WidthM: 0.9, HeadM: 2}},
			Fuels:    []recon.Fuel{{Name: "f", At: recon.Vec{x, 2, 0.2}, AreaM2: 0.4, Curve: [][2]float64{{0, 0}, {60, 500}, {300, 500}}}},
		}}
	}
	m, err := NextMeasurements(context.Background(), []World{at("L", 0.5), at("R", 4.5)}, nil, 5)
	if err != nil || len(m) == 0 {
		t.Fatal(err, m)
	}
	x := m[0].At[0]
	if x > 0.1 && x < 4.9 && m[0].Surface != "ceiling" || m[0].Bits <= 0 || m[0].Bits > 1 {
		t.Errorf("%+v", m[0])
	}
	t.Logf("%+v at %v", m[0], *m[0].At)
	if m, err := NextMeasurements(context.Background(), []World{at("L", 0.5)}, nil, 5); err != nil || len(m) != 0 {
		t.Error("one world has something to tell apart", m, err)
	}
}
