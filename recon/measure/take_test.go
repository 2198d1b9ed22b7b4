package measure

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// boxCloud is the surface of a box of 1.0 x 0.8 x 0.6 m with noise.
func boxCloud(rng *rand.Rand, origin r3.Vec) *recon.Cloud {
	c := &recon.Cloud{Scaled: true, Origin: origin}
	size := [3]float64{1, 0.8, 0.6}
	for k := range 3 {
		for side := range 2 {
			for range 20_000 {
				var p [3]float64
				for j := range 3 {
					p[j] = size[j] * rng.Float64()
				}
				p[k] = size[k]*float64(side) + 0.0005*rng.NormFloat64()
				c.XYZ = append(c.XYZ, float32(p[0]), float32(p[1]), float32(p[2]))
			}
		}
	}
	return c
}

// A measurement by a request gives the same from all points as from those of its
// regions alone, and volumes of a box by prism and hull are those of the box.
func TestTake(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	o := r3.Vec{X: 500, Y: -200, Z: 10}
	whole := boxCloud(rng, o)
	all, err := NewCloud(whole, Errors{}, 2)
	if err != nil {
		t.Fatal(err)
	}
	at := func(x, y, z float64) recon.Vec { return recon.Vec{o.X + x, o.Y + y, o.Z + z} }
	floor := []recon.Vec{at(0.1, 0.1, 0), at(0.9, 0.1, 0), at(0.9, 0.7, 0), at(0.1, 0.7, 0)}
	top := []recon.Vec{at(0.1, 0.1, 0.6), at(0.9, 0.1, 0.6), at(0.9, 0.7, 0.6), at(0.1, 0.7, 0.6)}
	stated := recon.MeasureRequest{RadiusM: 0.05, RegistrationM: 0.001, InstrumentM: 0.001, Scale: 1e-5}
	with := func(k recon.MeasureKind, points []recon.Vec, planes ...recon.PlaneNear) recon.MeasureRequest {
		r := stated
		r.Kind, r.Points, r.Planes = k, points, planes
		return r
	}
	up, side := recon.PlaneNear{Near: at(0.5, 0.4, 0.6), RadiusM: 0.1}, recon.PlaneNear{Near: at(0, 0.4, 0.3), RadiusM: 0.1}
	for _, c := range []struct {
		r    recon.MeasureRequest
		want float64
		tol  float64
		unit string
	}{
		{with(recon.MeasureDistance, []recon.Vec{floor[0], top[0]}), 0.6, 0.002, "m"},
		{with(recon.MeasureHeight, []recon.Vec{top[0], floor[2]}), -0.6, 0.002, "m"},
		{with(recon.MeasureToPlane, floor[:1], up), 0.6, 0.002, "m"},
		{with(recon.MeasureAngle, floor[:3]), 90, 0.5, "°"},
		{with(recon.MeasurePlaneAngle, nil, up, side), 90, 0.2, "°"},
		{with(recon.MeasureArea, floor), 0.48, 0.005, "m²"},
		{with(recon.MeasurePrism, append(floor[:4:4], top[1])), 0.288, 0.004, "m³"},
		{with(recon.MeasureHull, append(floor[:4:4], top...)), 0.288, 0.004, "m³"},
	} {
		got, err := all.Take(context.Background(), c.r)
		if err != nil {
			t.Errorf("%s: %v", c.r.Kind, err)
			continue
		}
		near(t, string(c.r.Kind), recon.Measure{Value: got.Value, Sigma: got.Sigma}, c.want, c.tol)
		if got.Unit != c.unit {
			t.Errorf("%s in %q", c.r.Kind, got.Unit)
		}
		part := &recon.Cloud{Origin: o, Scaled: true}
		for i := range whole.Len() {
			p := whole.At(i)
			for _, b := range Regions(c.r) {
				if p.X >= b.Min.X && p.Y >= b.Min.Y && p.Z >= b.Min.Z && p.X <= b.Max.X && p.Y <= b.Max.Y && p.Z <= b.Max.Z {
					part.XYZ = append(part.XYZ, whole.XYZ[3*i:3*i+3]...)
					break
				}
			}
		}
		local, err := NewCloud(part, Errors{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := local.Take(context.Background(), c.r)
		if err != nil || again.Value != got.Value || again.Sigma != got.Sigma {
			t.Errorf("%s of its regions alone: %g ± %g, %v, not %g ± %g", c.r.Kind, again.Value, again.Sigma, err, got.Value, got.Sigma)
		}
	}
	if m, err := all.Take(context.Background(), with(recon.MeasureHull, floor)); err != nil || m.Value > 3*m.Sigma {
		t.Errorf("a hull of points of one floor: %g ± %g, %v", m.Value, m.Sigma, err)
	}
	if _, err := hullOf([]Point{{}, {At: r3.Vec{X: 1}}, {At: r3.Vec{Y: 1}}, {At: r3.Vec{X: 1, Y: 1}}}); err == nil {
		t.Error("a hull of points in one plane has a volume")
	}
	for _, bad := range []recon.MeasureRequest{{}, with(recon.MeasureArea, floor[:2]), with(recon.MeasureDistance, []recon.Vec{floor[0], {math.NaN(), 0, 0}}), with("girth", floor)} {
		if _, err := all.Take(context.Background(), bad); err == nil {
			t.Errorf("%+v was measured", bad)
		}
	}
}

// Rays from three cameras with known errors meet where they were sent from, within
// the region, as often as one standard deviation says.
func TestMeet(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	source := r3.Vec{X: 1, Y: 2, Z: 0.5}
	const sigma = 0.5
	n, within, fit := 400, 0, 0.0
	for range n {
		var rays []recon.SightRay
		for _, from := range []r3.Vec{{X: -3, Y: 0, Z: 2.4}, {X: 5, Y: -1, Z: 2.2}, {X: 0, Y: 7, Z: 1.5}} {
			way := r3.Sub(source, from)
			u := r3.Unit(r3.Cross(way, r3.Vec{Z: 1}))
			v := r3.Unit(r3.Cross(u, way))
			l := r3.Norm(way) * sigma * math.Pi / 180
			way = r3.Add(way, r3.Add(r3.Scale(l*rng.NormFloat64(), u), r3.Scale(l*rng.NormFloat64(), v)))
			to := r3.Add(from, way)
			rays = append(rays, recon.SightRay{From: recon.Vec{from.X, from.Y, from.Z}, Through: recon.Vec{to.X, to.Y, to.Z}, SigmaDeg: sigma})
		}
		r, err := Meet(rays)
		if err != nil {
			t.Fatal(err)
		}
		fit += r.Fit * r.Fit / float64(n)
		d := 0.0
		for _, h := range r.HalfM {
			d += math.Pow(r3.Dot(r3.Sub(source, r.At.R3()), h.R3())/r3.Norm2(h.R3()), 2)
		}
		if d < 3.53 { // half of a chi square of 3 lies below 2.37, 68 % below 3.53
			within++
		}
	}
	if share := float64(within) / float64(n); share < 0.61 || share > 0.75 {
		t.Errorf("%.3f of the sources lie within the region of 68 %%", share)
	}
	if fit < 0.8 || fit > 1.2 {
		t.Errorf("the rays miss by %.2f of what their errors say", math.Sqrt(fit))
	}
	parallel := []recon.SightRay{{From: recon.Vec{0, 0, 0}, Through: recon.Vec{1, 0, 0}, SigmaDeg: 1}, {From: recon.Vec{0, 1, 0}, Through: recon.Vec{1, 1, 0}, SigmaDeg: 1}}
	if _, err := Meet(parallel); err == nil {
		t.Error("parallel rays met")
	}
	apart := []recon.SightRay{{From: recon.Vec{0, 0, 0}, Through: recon.Vec{1, -1, 0}, SigmaDeg: 1}, {From: recon.Vec{0, 1, 0}, Through: recon.Vec{1, 2, 0}, SigmaDeg: 1}}
	if _, err := Meet(apart); err == nil {
		t.Error("rays that part met")
	}
}
