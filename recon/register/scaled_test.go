package register

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"
)

// photoCloud is what photos from a few places would give of a flat: a part of the
// surfaces with noise, some points in the air, in a frame and a unit of its own.
func photoCloud(f flat, eyes [][3]float64, own rigid, unit float64, seed uint64) Scan {
	rng := rand.New(rand.NewPCG(seed, 3))
	s := Scan{Name: "photos"}
	back := own.inverse()
	for _, eye := range eyes {
		const step = 1.5 * math.Pi / 180
		for az := 0.2; az < 4.4; az += step { // not all around
			for el := -0.8; el < 0.7; el += step {
				d := [3]float64{math.Cos(el) * math.Cos(az), math.Cos(el) * math.Sin(az), math.Sin(el)}
				r := f.cast(eye, d)
				if math.IsInf(r, 0) || rng.Float64() < 0.3 {
					continue
				}
				r += 0.003 * r * rng.NormFloat64()
				if rng.Float64() < 0.01 {
					r *= 0.5 + 0.5*rng.Float64()
				}
				p, n := back.apply(add(eye, scale(r, d))), back.turn(scale(-1, d))
				for k := range 3 {
					s.XYZ, s.Normal = append(s.XYZ, float32(p[k]/unit)), append(s.Normal, float32(n[k]))
				}
			}
		}
	}
	return s
}

func TestJoinScaled(t *testing.T) {
	scans, world := roomScans()
	var place []recon.Pose
	for i := range world {
		place = append(place, world[i].pose())
	}
	own := rigid{R: rotation([3]float64{0.4, -1.1, 0.7}), T: [3]float64{2, -3, 1}}
	const unit = 0.37
	eyes := [][3]float64{{2.5, 1.5, 1.6}, {1.2, 1.6, 1.4}, {4.2, 2.4, 1.5}}
	j := joiner{workers: 2}
	if err := j.prepareScans(context.Background(), scans, place); err != nil {
		t.Fatal(err)
	}
	join := func(cloud Scan) ScaledPlace {
		p, err := j.join(context.Background(), cloud)
		if err != nil {
			t.Fatal(err)
		}
		if v := p.SigmaScale + p.SigmaM + p.SigmaRad + p.RMSM; v-v != 0 {
			t.Errorf("%+v", p)
		}
		return p
	}
	cloud := photoCloud(furnishedRoom(), eyes, own, unit, 1)
	p := join(cloud)
	if p.Verdict != Registered {
		t.Fatalf("%s %v", p.Verdict, p.Reason)
	}
	if e := p.WorldFromCloud.Scale/unit - 1; math.Abs(e) > 0.001 || math.Abs(e) > 4*p.SigmaScale {
		t.Errorf("the scale is off by %.4f %%, said %.4f %%", 100*e, 100*p.SigmaScale)
	}
	sq, n := 0.0, 0.0
	for k := 0; k < len(cloud.XYZ); k += 3 {
		q := wide([3]float32(cloud.XYZ[k:]))
		got := similar{rigid: fromPose(recon.Pose{Q: p.WorldFromCloud.Turn, T: p.WorldFromCloud.T}), s: p.WorldFromCloud.Scale}
		d := sub(got.apply(q), own.apply(scale(unit, q)))
		sq += dot(d, d)
		n++
	}
	if e := math.Sqrt(sq / n); e > 0.005 || e > 5*p.SigmaM {
		t.Errorf("%.2f mm off, said %.2f", 1000*e, 1000*p.SigmaM)
	}
	for _, tc := range []struct {
		name  string
		cloud Scan
	}{
		{"another room", photoCloud(otherRoom(), [][3]float64{{1.6, 1.7, 1.5}, {2.2, 1.5, 1.4}}, own, unit, 2)},
		{"a mirror image", *changed(&cloud, 1, true)},
		{"a line", Scan{XYZ: make([]float32, 9000)}},
	} {
		if p := join(tc.cloud); p.Verdict == Registered {
			t.Errorf("%s: %+v", tc.name, p)
		} else {
			t.Logf("%s: %s %v", tc.name, p.Verdict, p.Reason)
		}
	}
}
