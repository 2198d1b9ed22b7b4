package origin

import (
	"context"
	"math"
	"testing"

	"firescene/recon"
	"firescene/recon/exposure"
)

// damaged are depths of char that the fire h itself would have left along two walls,
// and marks that it would have made.
func damaged(t *testing.T, h *recon.Hypothesis) []recon.Observation {
	t.Helper()
	there := true
	list := []recon.Observation{
		{ID: "C1", Kind: recon.ObsChar, At: vec(0, 2.6, 0.8), Surface: &recon.SurfaceFinding{Material: "pine", SigmaMM: 1}},
		{ID: "C2", Kind: recon.ObsChar, At: vec(4.8, 0.8, 0.8), Surface: &recon.SurfaceFinding{Material: "pine", SigmaMM: 1}},
		{ID: "C3", Kind: recon.ObsChar, At: vec(0.9, 3.6, 0.8), Surface: &recon.SurfaceFinding{Material: "pine", SigmaMM: 1}},
		{ID: "E1", Kind: recon.ObsExposure, At: vec(4.1, 0, 0.8), Surface: &recon.SurfaceFinding{SigmaMJ: 0.5}},
		{ID: "G1", Kind: recon.ObsCalcination, At: vec(0, 1.5, 1.8), Surface: &recon.SurfaceFinding{Material: "gypsum", SigmaMM: 1}},
		{ID: "B1", Kind: recon.ObsCleanBurn, At: vec(0, 2.6, 1.2), Surface: &recon.SurfaceFinding{Present: &there}},
		{ID: "A1", Kind: recon.ObsArcOrder, At: vec(1, 2.6, 2.4), Arc: &recon.ArcFinding{Branch: "b", Upstream: recon.Vec{4, 0.8, 2.4}, Energised: true}},
	}
	pred, err := exposure.Predict(context.Background(), h, list)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		switch list[i].Kind {
		case recon.ObsChar, recon.ObsCalcination:
			list[i].Surface.DepthMM = pred[i].Value
		case recon.ObsExposure:
			list[i].Surface.ExposureMJ = pred[i].Value
		}
	}
	return list
}

func withExposures(t *testing.T, hs []*recon.Hypothesis, list []recon.Observation) []*recon.FireResult {
	t.Helper()
	rs := simulate(t, hs...)
	for i, h := range hs {
		var err error
		if rs[i].Exposures, err = exposure.Predict(context.Background(), h, list); err != nil {
			t.Fatal(err)
		}
	}
	return rs
}

func TestDamageTellsOriginsApart(t *testing.T) {
	hs := []*recon.Hypothesis{room("H1", 0.9, 2.6, 0), room("H2", 4.1, 0.8, 0)}
	for _, h := range hs {
		h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 0.047, PeakKW: 1500, PlateauS: 300, DecayS: 100}
	}
	list := damaged(t, hs[0])
	rs := withExposures(t, hs, list)
	r := Rank(hs, rs, list)
	if r.Hypotheses[0].HypothesisID != "H1" || r.Hypotheses[0].Posterior < 0.6 {
		t.Errorf("%s first with %.3f", r.Hypotheses[0].HypothesisID, r.Hypotheses[0].Posterior)
	}
	for _, v := range r.Hypotheses[0].Verdicts {
		t.Logf("%s %s %.2f %s", v.ObservationID, v.Answer, v.LogLikelihood, v.Why)
		if math.IsNaN(v.LogLikelihood) || v.Answer == recon.Conflicts && v.ObservationID != "B1" {
			t.Errorf("%+v", v)
		}
	}
}

// TestDamageCountsOnce: the same depth read five times within a hand's breadth speaks
// hardly more than once.
func TestDamageCountsOnce(t *testing.T) {
	hs := []*recon.Hypothesis{room("H1", 0.9, 2.6, 0), room("H2", 4.1, 0.8, 0)}
	for _, h := range hs {
		h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 0.047, PeakKW: 1500, PlateauS: 300, DecayS: 100}
	}
	one := damaged(t, hs[0])[:1]
	one[0].Surface.SigmaMM = 0.1 // the reading itself is certain: only the model errs
	many := append([]recon.Observation(nil), one...)
	for k := range 4 {
		o := one[0]
		o.ID += string(rune('a' + k))
		o.At = vec(0, 2.6+0.03*float64(k+1), 0.8)
		many = append(many, o)
	}
	odds := func(list []recon.Observation) float64 {
		r := Rank(hs, withExposures(t, hs, list), list)
		d := r.Hypotheses[0].LogLikelihood - r.Hypotheses[1].LogLikelihood
		return d
	}
	a, b := odds(one), odds(many)
	t.Logf("log of the odds %.2f once, %.2f five times", a, b)
	if b > 2*a+0.3 {
		t.Errorf("log of the odds %.2f once, %.2f five times", a, b)
	}
}

// TestReliabilityBounds: a statement that is true with probability r can not speak
// against a hypothesis by more than 1 - r.
func TestReliabilityBounds(t *testing.T) {
	h := room("H1", 0.9, 2.6, 0)
	rs := simulate(t, h)
	o := []recon.Observation{{ID: "S", Kind: recon.ObsSeenAt, At: vec(4.5, 0.3, 0.5), RadiusM: 0.2, Time: at(100), SigmaS: 5, Reliability: 0.6}}
	_, l := judge(h, rs[0], o)
	if l < 2*math.Log(0.4)-0.1 || l > 0 {
		t.Errorf("log-likelihood %.2f of a wrong statement of reliability 0.6", l)
	}
}
