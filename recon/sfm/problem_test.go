package sfm

import (
	"context"
	"math"
	"testing"

	"firescene/recon/bundle"
	"gonum.org/v1/gonum/spatial/r3"
)

// The last adjustment, built again from the model, is at its least already; off
// it, it comes back to the same shape.
func TestProblemIsTheLastAdjustment(t *testing.T) {
	s, _ := synthetic{photos: 7, points: 400, stepDeg: 9, reach: 4, noisePx: 0.4, k1: -0.05, source: "guess"}.make()
	m, err := s.mapMatches(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p := Problem(m)
	rep, err := bundle.Solve(context.Background(), p, bundle.Options{MaxSteps: 30})
	if err != nil {
		t.Fatal(err)
	}
	if p.Free[0]&bundle.Focal == 0 || rep.Before-rep.End > 1e-2*rep.Before {
		t.Errorf("freedom %b; the model's cost fell from %g to %g", p.Free[0], rep.Before, rep.End)
	}
	ratio := func() float64 {
		c := m.Views
		return r3.Norm(r3.Sub(c[0].Centre(), c[3].Centre())) / r3.Norm(r3.Sub(c[2].Centre(), c[6].Centre()))
	}
	before, mean := ratio(), m.MeanPx
	for i := range p.Points {
		p.Points[i].X += 0.01 * math.Sin(float64(i))
	}
	p.Cameras[0].FxPx *= 1.02
	p.Cameras[0].FyPx *= 1.02
	if _, err := bundle.Solve(context.Background(), p, bundle.Options{MaxSteps: 100, Tolerate: 1e-9}); err != nil {
		t.Fatal(err)
	}
	Adopt(m, p)
	if math.Abs(ratio()/before-1) > 2e-3 || math.Abs(m.MeanPx-mean) > 0.02 {
		t.Errorf("distances' ratio %g became %g, mean error %g became %g px", before, ratio(), mean, m.MeanPx)
	}
}
