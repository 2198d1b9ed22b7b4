package locate

import (
	"context"
	"math"
	"reflect"
	"testing"

	"firescene/recon/handcalc"
)

var testRoom = Room{WidthM: 4, DepthM: 4, HeightM: 2.4, Lining: handcalc.Material{ConductKWmK: 0.17e-3, DensityKgM3: 960, HeatKJKgK: 1.1}}

// made are records that the model itself would give for a fire at x, y whose layer
// warms by 2 K a second.
func made(x, y, kW float64) *Records {
	r := &Records{}
	for t := -20.0; t <= 150; t++ {
		r.TimeS = append(r.TimeS, t)
	}
	for _, p := range [][2]float64{{1, 1}, {1, 3}, {3, 3}, {3, 1}} {
		for _, z := range []float64{2.375, 2, 1.6, 1.2, 0.6, 0.2} {
			th := Thermometer{At: [3]float64{p[0], p[1], z}}
			for _, t := range r.TimeS {
				rise := 2 * max(0, t)
				switch {
				case z < 1:
					rise *= 0.1
				case z > 2.3:
					j := handcalc.NewLayerJet(kW, convective, 2.4-0.3, 0.7, 293+rise, 293+0.4*rise, 293, 6)
					if rise > 0 {
						rise += j.Rise(math.Hypot(p[0]-x, p[1]-y))
					}
				}
				th.C = append(th.C, 20+rise)
			}
			r.Thermometers = append(r.Thermometers, th)
		}
	}
	return r
}

func at(name string, x, y float64) Candidate {
	return Candidate{Name: name, Sources: []Source{{At: [3]float64{x, y, 0.3}, Weight: 1}}}
}

// TestLocateFindsItsOwnFire: whatever heat is released, the place is found; mirrored
// records mirror the answer.
func TestLocateFindsItsOwnFire(t *testing.T) {
	places := []Candidate{at("left", 0.5, 2), at("right", 3.5, 2), at("middle", 2, 2), at("corner", 0.5, 3.5)}
	var left []float64
	for _, kW := range []float64{40, 200, 800} {
		for k, c := range places {
			e, err := Locate(context.Background(), testRoom, made(c.Sources[0].At[0], c.Sources[0].At[1], kW), places)
			if err != nil || e.Undecided != "" {
				t.Fatal(err, e)
			}
			best := 0
			for i, p := range e.Posterior {
				if p > e.Posterior[best] {
					best = i
				}
			}
			if best != k {
				t.Errorf("%s at %g kW is taken for %s: %v", c.Name, kW, places[best].Name, e.Posterior)
			}
			if k == 0 {
				left = e.LogLike
			}
			if k == 1 && (math.Abs(e.LogLike[1]-left[0]) > 1e-9 || math.Abs(e.LogLike[0]-left[1]) > 1e-9) {
				t.Errorf("the mirrored fire: %v and %v", left, e.LogLike)
			}
		}
	}
}

// TestLocateIsTheSameAgain: the same numbers for each run, and in any order of the
// candidates.
func TestLocateIsTheSameAgain(t *testing.T) {
	r := made(1, 3, 150)
	a, err := Locate(context.Background(), testRoom, r, []Candidate{at("a", 1, 3), at("b", 3, 1)})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Locate(context.Background(), testRoom, r, []Candidate{at("b", 3, 1), at("a", 1, 3)})
	if err != nil {
		t.Fatal(err)
	}
	if a.Posterior[0] != b.Posterior[1] || !reflect.DeepEqual(a.Stages, b.Stages) {
		t.Errorf("%v, %v", a.Posterior, b.Posterior)
	}
}

// TestLocateNearbyThermometersCountOnce: doubling a thermometer a hand's breadth away
// must not double what it says.
func TestLocateNearbyThermometersCountOnce(t *testing.T) {
	places := []Candidate{at("left", 0.5, 2), at("middle", 2, 2)}
	r := made(0.5, 2, 150)
	one, err := Locate(context.Background(), testRoom, r, places)
	if err != nil {
		t.Fatal(err)
	}
	n := len(r.Thermometers)
	for i := range n {
		th := r.Thermometers[i]
		th.At[0] += 0.1
		r.Thermometers = append(r.Thermometers, th)
	}
	two, err := Locate(context.Background(), testRoom, r, places)
	if err != nil {
		t.Fatal(err)
	}
	d1, d2 := one.LogLike[0]-one.LogLike[1], two.LogLike[0]-two.LogLike[1]
	if d2 > 1.4*d1 || d2 < d1/1.4 {
		t.Errorf("log of the Bayes factor %.2f with four, %.2f with eight thermometers at four places", d1, d2)
	}
}

// TestLocateSaysWhenItCanNot: no warm layer, too few thermometers and bad input.
func TestLocateSaysWhenItCanNot(t *testing.T) {
	cold := made(1, 1, 100)
	for i := range cold.Thermometers {
		for k := range cold.Thermometers[i].C {
			cold.Thermometers[i].C[k] = 20
		}
	}
	few := made(1, 1, 100)
	few.Thermometers = few.Thermometers[:12]
	gone := made(1, 1, 100)
	for i := range gone.Thermometers {
		for k := range gone.Thermometers[i].C {
			gone.Thermometers[i].C[k] = math.NaN()
		}
	}
	for name, r := range map[string]*Records{"cold": cold, "few": few, "gone": gone} {
		e, err := Locate(context.Background(), testRoom, r, []Candidate{at("a", 1, 1), at("b", 2, 2)})
		if err != nil {
			t.Fatal(name, err)
		}
		if e.Undecided == "" || e.Posterior[0] != 0.5 {
			t.Errorf("%s: %q %v", name, e.Undecided, e.Posterior)
		}
	}
	r := made(1, 1, 100)
	for name, f := range map[string]func() error{
		"outside": func() error {
			_, err := Locate(context.Background(), testRoom, r, []Candidate{at("a", 9, 1)})
			return err
		},
		"none": func() error { _, err := Locate(context.Background(), testRoom, r, nil); return err },
		"room": func() error {
			_, err := Locate(context.Background(), Room{}, r, []Candidate{at("a", 1, 1)})
			return err
		},
		"weight": func() error {
			_, err := Locate(context.Background(), testRoom, r, []Candidate{{Name: "a", Sources: []Source{{}}}})
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Locate(ctx, testRoom, r, []Candidate{at("a", 1, 1)}); err == nil {
		t.Error("a cancelled run gives a result")
	}
}
