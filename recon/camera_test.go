package recon

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"
)

func TestRayUndoesProject(t *testing.T) {
	base := Camera{WidthPx: 1000, HeightPx: 800, FxPx: 900, FyPx: 910, CxPx: 510, CyPx: 390}
	with := func(f func(*Camera)) Camera { c := base; f(&c); return c }
	rng := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]Camera{
		"pinhole":    base,
		"barrel":     with(func(c *Camera) { c.K1, c.K2 = -0.3, 0.1 }),
		"pincushion": with(func(c *Camera) { c.K1, c.K2, c.K3 = 0.25, 0.1, 0.05 }),
		"tangential": with(func(c *Camera) { c.K1, c.P1, c.P2 = -0.1, 0.004, -0.006 }),
		"all":        with(func(c *Camera) { c.K1, c.K2, c.K3, c.P1, c.P2 = -0.28, 0.12, -0.03, 0.002, 0.003 }),
	} {
		for range 500 {
			x, y := 1000*rng.Float64(), 800*rng.Float64()
			ray := c.Ray(x, y)
			gx, gy, ok := c.Project(r3.Scale(1+5*rng.Float64(), ray))
			if !ok || math.Hypot(gx-x, gy-y) > 1e-8 {
				t.Fatalf("%s: pixel (%g, %g) gives ray %v, seen at (%g, %g), %v", name, x, y, ray, gx, gy, ok)
			}
		}
	}
}

func TestSlopeAgainstDifferences(t *testing.T) {
	c := Camera{FxPx: 900, FyPx: 910, CxPx: 510, CyPx: 390, K1: -0.2, K2: 0.1, K3: 0.02, P1: 0.003, P2: -0.004}
	const h = 1e-6
	u, v := 0.3, -0.25
	got := c.Slope(u, v)
	at := func(u, v float64) (x, y float64) { x, y, _ = c.Project(r3.Vec{X: u, Y: v, Z: 1}); return }
	for k, d := range [2][2]float64{{h, 0}, {0, h}} {
		ax, ay := at(u+d[0], v+d[1])
		bx, by := at(u-d[0], v-d[1])
		if math.Abs(got[k]-(ax-bx)/(2*h)) > 1e-4 || math.Abs(got[2+k]-(ay-by)/(2*h)) > 1e-4 {
			t.Errorf("derivative by %d: %g, %g, by differences %g, %g", k, got[k], got[2+k], (ax-bx)/(2*h), (ay-by)/(2*h))
		}
	}
}

// What lies beyond the place where the distortion turns back must not be seen
// inside of the picture.
func TestProjectRefusesTheFold(t *testing.T) {
	for _, c := range []Camera{
		{FxPx: 900, FyPx: 900, CxPx: 500, CyPx: 400, K1: -0.3},
		{FxPx: 900, FyPx: 900, CxPx: 500, CyPx: 400, K1: -0.5, K2: 0.1},
		{FxPx: 900, FyPx: 900, CxPx: 500, CyPx: 400, K1: -0.4, K2: 0.02, K3: 0.004},
	} {
		last, folded := 0.0, false
		for r := 0.0; r < 6; r += 0.01 {
			x, _, ok := c.Project(r3.Vec{X: r, Z: 1})
			if !ok {
				folded = true
				continue
			}
			if folded {
				t.Fatalf("%+v: seen again at radius %g", c, r)
			}
			if r > 0 && x <= last {
				t.Fatalf("%+v: falls at radius %g", c, r)
			}
			last = x
		}
		if !folded {
			t.Errorf("%+v: never folds", c)
		}
	}
	c := Camera{FxPx: 900, FyPx: 900}
	if _, _, ok := c.Project(r3.Vec{X: 1, Z: -1}); ok {
		t.Error("a point behind the camera is seen")
	}
	if _, _, ok := c.Project(r3.Vec{Z: math.NaN()}); ok {
		t.Error("a point that is not a number is seen")
	}
	wild := Camera{FxPx: 900, FyPx: 900, K1: -3, K2: 1, P1: 0.3}
	for _, px := range []float64{0, 500, 5000, math.NaN(), math.Inf(1)} {
		wild.Ray(px, px) // must end
	}
}
