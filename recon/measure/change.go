package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon/clean"
	"firescene/recon/neighbours"
)

// ChangeOptions are the settings of M3C2.
type ChangeOptions struct {
	NormalM       float64 // diameter within which normals are fitted
	CylinderM     float64 // diameter over which distances are means
	DepthM        float64 // how far along the normal change is looked for
	RegistrationM float64 // error of placing one cloud against the other, added to the level of detection
	Workers       int     // goroutines; the result does not depend on it (1)
}

// Change is what M3C2 says at a core point.
type Change struct {
	Normal      [3]float32
	DistanceM   float32 // of the second cloud before the first, along Normal; NaN where one is missing
	LevelM      float32 // of detection, 95 %
	CountA      int32
	CountB      int32
	Significant bool
}

// leastMean is the fewest points of each cloud that the level of detection holds
// for (Lague et al.).
const leastMean = 5

// Compare measures how far cloud b lies from cloud a at core points, along the
// normals of a: M3C2 (D. Lague, N. Brodu and J. Leroux, Accurate 3D comparison of
// complex topography with terrestrial laser scanner, ISPRS Journal 82, 2013). The
// level of detection is 1.96 (sqrt(sa^2/na + sb^2/nb) + registration). Normals face
// towards(i) where that is given, else upwards. Clouds share one frame.
func Compare(ctx context.Context, a, b, core []float32, towards func(i int) r3.Vec, o ChangeOptions) ([]Change, error) {
	if !(o.NormalM > 0 && o.CylinderM > 0 && o.DepthM > 0 && o.RegistrationM >= 0) {
		return nil, fmt.Errorf("measure: diameters of %g and %g m, depth %g m, registration %g m are not possible", o.NormalM, o.CylinderM, o.DepthM, o.RegistrationM)
	}
	if len(a) == 0 || len(b) == 0 {
		return nil, errors.New("measure: a cloud without points can not be compared")
	}
	xa, xb := neighbours.New(a, o.Workers), neighbours.New(b, o.Workers)
	n := len(core) / 3
	out := make([]Change, n)
	const run = 256
	next := make(chan int, n/run+1)
	for from := 0; from < n; from += run {
		next <- from
	}
	close(next)
	var wait sync.WaitGroup
	for range max(o.Workers, 1) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			sa, sb := xa.NewSearch(), xb.NewSearch()
			for from := range next {
				if ctx.Err() != nil {
					return
				}
				for i := from; i < min(from+run, n); i++ {
					p := [3]float32(core[3*i : 3*i+3])
					up := r3.Vec{Z: 1}
					if towards != nil {
						up = towards(i)
					}
					out[i] = changeAt(xa, xb, sa, sb, p, up, o)
				}
			}
		}()
	}
	wait.Wait()
	return out, ctx.Err()
}

func changeAt(xa, xb *neighbours.Index, sa, sb *neighbours.Search, p [3]float32, up r3.Vec, o ChangeOptions) Change {
	c := Change{DistanceM: float32(math.NaN()), LevelM: float32(math.NaN())}
	r := o.NormalM / 2
	var m clean.Moments
	for _, q := range sa.Within(p[0], p[1], p[2], float32(r*r)) {
		x, y, z := xa.Point(q.Slot)
		m.Add(float64(x-p[0]), float64(y-p[1]), float64(z-p[2]))
	}
	nv, _, v1, v2 := m.Plane()
	if m.N < leastMean || !(v1 > 1e-6*v2) {
		return c
	}
	n := r3.Vec{X: nv[0], Y: nv[1], Z: nv[2]}
	if r3.Dot(n, up) < 0 {
		n = r3.Scale(-1, n)
	}
	c.Normal = [3]float32{float32(n.X), float32(n.Y), float32(n.Z)}
	ca, ma, va := cylinder(xa, sa, p, n, o)
	cb, mb, vb := cylinder(xb, sb, p, n, o)
	c.CountA, c.CountB = int32(ca), int32(cb)
	if ca < leastMean || cb < leastMean {
		return c
	}
	d := mb - ma
	level := 1.96 * (math.Sqrt(va/ca+vb/cb) + o.RegistrationM)
	c.DistanceM, c.LevelM, c.Significant = float32(d), float32(level), math.Abs(d) > level
	return c
}

// cylinder is the count, mean and variance along n of the points in a cylinder about
// the normal through p.
func cylinder(x *neighbours.Index, s *neighbours.Search, p [3]float32, n r3.Vec, o ChangeOptions) (count, mean, variance float64) {
	r := o.CylinderM / 2
	sum, squares := 0.0, 0.0
	for _, q := range s.Within(p[0], p[1], p[2], float32(r*r+o.DepthM*o.DepthM)) {
		px, py, pz := x.Point(q.Slot)
		d := r3.Vec{X: float64(px - p[0]), Y: float64(py - p[1]), Z: float64(pz - p[2])}
		h := r3.Dot(d, n)
		if math.Abs(h) > o.DepthM || r3.Norm2(d)-h*h > r*r {
			continue
		}
		count++
		sum += h
		squares += h * h
	}
	if count == 0 {
		return 0, 0, 0
	}
	mean = sum / count
	if count > 1 {
		variance = max(squares-count*mean*mean, 0) / (count - 1)
	}
	return count, mean, variance
}
