package resection

import (
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// seen makes n points in a room that a camera in its corner sees, with noise of the
// given pixels.
func seen(t *testing.T, n int, noisePx float64, seed uint64) ([]Pair, recon.Camera, recon.Pose) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	c := recon.Camera{WidthPx: 704, HeightPx: 576, FxPx: 520, FyPx: 520, CxPx: 352, CyPx: 288}
	// Looks along +X+Y, a little down: z forward, x right, y down.
	fwd := r3.Unit(r3.Vec{X: 1, Y: 0.8, Z: -0.35})
	right := r3.Unit(r3.Cross(fwd, r3.Vec{Z: 1}))
	down := r3.Cross(fwd, right)
	pose := recon.Pose{Q: fromAxes(right, down, fwd), T: r3.Vec{X: 0.2, Y: 0.1, Z: 2.3}}
	inv := pose.Inverse()
	var out []Pair
	for len(out) < n {
		w := r3.Vec{X: 1 + 4*rng.Float64(), Y: 0.5 + 4*rng.Float64(), Z: 2.4 * rng.Float64()}
		x, y, ok := c.Project(inv.Apply(w))
		if !ok || x < 0 || y < 0 || x > 704 || y > 576 {
			continue
		}
		out = append(out, Pair{w, x + noisePx*rng.NormFloat64(), y + noisePx*rng.NormFloat64()})
	}
	return out, c, pose
}

// fromAxes is the turn that takes the unit axes to the given ones.
func fromAxes(x, y, z r3.Vec) quat.Number {
	w := math.Sqrt(max(1+x.X+y.Y+z.Z, 0)) / 2
	if w < 1e-3 {
		panic("the test's own camera is turned by half a circle")
	}
	return quat.Number{Real: w, Imag: (y.Z - z.Y) / (4 * w), Jmag: (z.X - x.Z) / (4 * w), Kmag: (x.Y - y.X) / (4 * w)}
}

// TestSolve recovers a camera's place exactly without noise, and with noise about as far
// off as it says.
func TestSolve(t *testing.T) {
	for _, known := range []bool{true, false} {
		pairs, c, truth := seen(t, 12, 0, 1)
		r, err := Solve(pairs, c, known)
		if err != nil {
			t.Fatal(err)
		}
		if d := r3.Norm(r3.Sub(r.WorldFromCam.T, truth.T)); d > 1e-4 || math.Abs(r.Camera.FxPx-520) > 0.1 {
			t.Errorf("known focal %v: off by %g m, focal %g", known, d, r.Camera.FxPx)
		}
		off, told := 0.0, 0.0
		const rounds = 30
		for seed := range uint64(rounds) {
			pairs, c, truth := seen(t, 14, 1, seed+10)
			r, err := Solve(pairs, c, known)
			if err != nil {
				t.Fatal(err)
			}
			d := r3.Norm(r3.Sub(r.WorldFromCam.T, truth.T))
			off, told = off+d*d/rounds, told+r.SigmaM*r.SigmaM/rounds
		}
		if ratio := math.Sqrt(off / told); ratio < 0.6 || ratio > 1.6 {
			t.Errorf("known focal %v: off by %.4f m, told %.4f m", known, math.Sqrt(off), math.Sqrt(told))
		}
	}
}

func TestSolveRefuses(t *testing.T) {
	pairs, c, _ := seen(t, 12, 0, 1)
	if _, err := Solve(pairs[:5], c, false); err == nil {
		t.Error("five points and an unknown focal length were taken")
	}
	bad := append([]Pair{}, pairs...)
	bad[3].XPx = math.NaN()
	if _, err := Solve(bad, c, true); err == nil {
		t.Error("a pixel that is no number was taken")
	}
	line := make([]Pair, 8)
	for i := range line {
		line[i] = Pair{r3.Vec{X: float64(i), Y: float64(i), Z: float64(i)}, float64(40 * i), float64(30 * i)}
	}
	if r, err := Solve(line, c, false); err == nil {
		t.Errorf("points on a line placed a camera: %+v", r)
	}
}
