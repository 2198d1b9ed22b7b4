package origin

import (
	"math"
	"strings"
	"testing"

	"firescene/recon"
)

func verdict(t *testing.T, h *recon.Hypothesis, r *recon.FireResult, o ...recon.Observation) recon.Verdict {
	t.Helper()
	v := Judge(h, r, o)
	if len(v) != len(o) {
		t.Fatalf("%d verdicts for %d observations", len(v), len(o))
	}
	return v[0]
}

func TestJudgePlaces(t *testing.T) {
	h := room("H1", 0.9, 2.6, 0)
	r := simulate(t, h)[0]
	pattern := func(x, y float64) recon.Observation {
		return recon.Observation{ID: "O", Kind: recon.ObsPattern, At: vec(x, y, 0.5), RadiusM: 0.3}
	}
	for _, c := range []struct {
		name   string
		o      recon.Observation
		answer recon.Answer
		sigmas float64 // -1: not checked
	}{
		// combined: 0.3 and 0.4 make 0.5 m
		{"pattern at the origin", pattern(0.9, 2.6), recon.Agrees, 0},
		{"pattern 0.75 m off", pattern(1.65, 2.6), recon.Agrees, 1.5},
		{"pattern 1.25 m off", pattern(2.15, 2.6), recon.Silent, 2.5},
		{"pattern 2 m off", pattern(2.9, 2.6), recon.Conflicts, 4},
		{"pattern without a place", recon.Observation{ID: "O", Kind: recon.ObsPattern}, recon.Silent, 0},
		{"soot line on the floor of a hall", recon.Observation{ID: "O", Kind: recon.ObsSmokeHeight, Target: "hall", HeightM: 1, SigmaM: 0.1}, recon.Silent, 0},
		{"soot line at the ceiling", recon.Observation{ID: "O", Kind: recon.ObsSmokeHeight, Target: "living", HeightM: 2.49, SigmaM: 0.05}, recon.Conflicts, -1},
		{"seen before the ignition", recon.Observation{ID: "O", Kind: recon.ObsSeenAt, At: vec(0.9, 2.6, 0.5), RadiusM: 0.3, Time: at(-600), SigmaS: 2}, recon.Conflicts, -1},
		{"seen after", recon.Observation{ID: "O", Kind: recon.ObsSeenAt, At: vec(0.9, 2.6, 0.5), RadiusM: 0.3, Time: at(100), SigmaS: 2}, recon.Agrees, 0},
		{"seen elsewhere", recon.Observation{ID: "O", Kind: recon.ObsSeenAt, At: vec(4.4, 0.6, 0.5), RadiusM: 0.3, Time: at(100), SigmaS: 2}, recon.Conflicts, -1},
		{"unknown detector", recon.Observation{ID: "O", Kind: recon.ObsArrival, Target: "XX", Time: at(100)}, recon.Silent, 0},
		{"unknown kind", recon.Observation{ID: "O", Kind: "hunch"}, recon.Silent, 0},
		{"arrival without a time", recon.Observation{ID: "O", Kind: recon.ObsArrival, Target: "SD1"}, recon.Silent, 0},
		{"silent detector, soon", recon.Observation{ID: "O", Kind: recon.ObsNoArrival, Target: "HD1", Time: at(-100)}, recon.Agrees, 0},
		{"silent detector, for an hour", recon.Observation{ID: "O", Kind: recon.ObsNoArrival, Target: "HD1", Time: at(3600)}, recon.Conflicts, -1},
	} {
		v := verdict(t, h, r, c.o)
		if v.Answer != c.answer || c.sigmas >= 0 && math.Abs(v.Deviation-c.sigmas) > 0.011 || v.Why == "" {
			t.Errorf("%s: %s at %.2f sigma (%s), want %s at %g", c.name, v.Answer, v.Deviation, v.Why, c.answer, c.sigmas)
		}
	}
}

// TestSecondItemExplainsPattern: a pattern at another item that burns does not
// speak against the origin.
func TestSecondItemExplainsPattern(t *testing.T) {
	h := room("H1", 0.9, 2.6, 0)
	h.Fuels = append(h.Fuels, recon.Fuel{Name: "chair", At: recon.Vec{3.5, 1, 0}, AreaM2: 0.5, IgnitesAtS: 100, Curve: [][2]float64{{0, 0}, {60, 400}, {300, 400}}})
	r := simulate(t, h)[0]
	o := recon.Observation{ID: "O", Kind: recon.ObsPattern, At: vec(3.4, 1.1, 0.5), RadiusM: 0.3}
	if v := verdict(t, h, r, o); v.Answer != recon.Agrees || !strings.Contains(v.Predicted, "chair") {
		t.Errorf("%+v", v)
	}
	// Fire seen there before the chair caught is another matter.
	o = recon.Observation{ID: "O", Kind: recon.ObsSeenAt, At: vec(3.4, 1.1, 0.5), RadiusM: 0.3, Time: at(-200), SigmaS: 1}
	if v := verdict(t, h, r, o); v.Answer != recon.Conflicts {
		t.Errorf("%+v", v)
	}
}

// TestFlashoverTempersPatterns: after flashover a pattern can not refute.
func TestFlashoverTempersPatterns(t *testing.T) {
	h := room("H1", 0.9, 2.6, 0)
	h.Fuels[0].Growth = &recon.Growth{AlphaKWs2: 0.1876, PeakKW: 4000, PlateauS: 400, DecayS: 10}
	r := simulate(t, h)[0]
	if _, ok := flashover(r, "living"); !ok {
		t.Fatal("no flashover")
	}
	v := verdict(t, h, r, recon.Observation{ID: "O", Kind: recon.ObsPattern, At: vec(3.9, 0.6, 0.5), RadiusM: 0.3})
	if v.Answer == recon.Conflicts || !strings.Contains(v.Why, "Flashover") {
		t.Errorf("%+v", v)
	}
}

// TestSharedClock: two records of one exhibit share a clock error, so that their
// delay is known better than either time.
func TestSharedClock(t *testing.T) {
	h := room("H1", 0.9, 2.6, 0)
	r := simulate(t, h)[0]
	obs := arrivals(r, 0, "SD1", "SD2")
	obs[1].Time = obs[1].Time.Add(200e9) // SD2 much later than its delay allows
	for i := range obs {
		obs[i].SigmaS = 300
	}
	apart := Judge(h, r, obs)[1].Deviation
	for i := range obs {
		obs[i].Event = &recon.EventMatch{Exhibit: "E003", Contains: "x"}
	}
	together := Judge(h, r, obs)[1].Deviation
	if !(apart < 1 && together > 3) {
		t.Errorf("%.2f with clocks of their own, %.2f on one clock", apart, together)
	}
}

// TestTimingAgainstNormal: with normal-like errors and small common parts the
// integration gives the textbook mean and spread of a normal with a shared shift.
func TestTimingAgainstNormal(t *testing.T) {
	h := &recon.Hypothesis{Ignition: recon.Ignition{UncertaintyS: 40}}
	o := &recon.Observation{}
	times := []*timed{{obs: o, atS: 130, predS: 100, ownS: 5, weight: 1}, {obs: o, atS: 160, predS: 120, ownS: 5, weight: 1}}
	r := newTiming(h, times).integrate()
	if math.Abs(r.priorMean[0]-100) > 0.5 || math.Abs(r.priorSD[0]-math.Hypot(40, 5)) > 0.5 {
		t.Errorf("before: %.1f ± %.1f, want 100 ± %.1f", r.priorMean[0], r.priorSD[0], math.Hypot(40, 5))
	}
	// Given the second, the shift is about 40 * 1600/(1600+25).
	if want := 100 + 40*1600/1625.0; math.Abs(r.othersMean[0]-want) > 1.5 {
		t.Errorf("given the other: %.1f, want %.1f", r.othersMean[0], want)
	}
	if r.ignitionMean < 30 || r.ignitionMean > 40 {
		t.Errorf("ignition late by %.1f s", r.ignitionMean)
	}
	// Chance rule: joint = first + second given first.
	one := newTiming(h, times[:1]).integrate()
	if math.Abs(r.joint-one.joint-r.given[1]) > 0.05 {
		t.Errorf("joint %.3f, first %.3f, second given first %.3f", r.joint, one.joint, r.given[1])
	}
}

func TestDensities(t *testing.T) {
	var s, n float64
	for x := -400.0; x < 400; x += 0.01 {
		s += studentDensity(x, 2) * 0.01
		n += normalDensity(x, 2) * 0.01
	}
	if math.Abs(s-1) > 1e-3 || math.Abs(n-1) > 1e-6 {
		t.Errorf("Student %.5f, normal %.7f", s, n)
	}
	if v := logSumExp([]float64{-2000, -2000}); math.Abs(v+2000-math.Ln2) > 1e-12 {
		t.Errorf("%g", v)
	}
	if floorLog(math.NaN()) != floorLog(math.Inf(-1)) {
		t.Error("floor")
	}
}
