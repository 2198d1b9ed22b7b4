package sfm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// corridor is a walk along a corridor with a photo every 0.35 m, in turn to both
// sides and ahead, and the matched pairs of it. What a photo sees does not depend
// on the length of the walk.
func corridor(photos int) *scene {
	rng := rand.New(rand.NewPCG(5, 23))
	cam := recon.Camera{WidthPx: 1000, HeightPx: 750, FxPx: 700, FyPx: 700, CxPx: 500, CyPx: 375, Source: sourceGiven}
	s := &scene{opt: Options{}.withDefaults(), cams: []recon.Camera{cam}}
	const step = 0.35
	var poses []recon.Pose
	for i := range photos {
		centre := r3.Vec{X: 0.1 * rng.NormFloat64(), Y: 0.1 * rng.NormFloat64(), Z: step * float64(i)}
		a := 0.9*float64(i%3-1) + 0.2*rng.NormFloat64()
		f := r3.Unit(r3.Vec{X: math.Sin(a), Y: 0.05 * rng.NormFloat64(), Z: math.Cos(a)})
		x := r3.Unit(r3.Cross(r3.Vec{Y: 1}, f))
		y := r3.Cross(f, x)
		p := recon.PoseFromMatrix([9]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, f.X, f.Y, f.Z}, r3.Vec{})
		p.T = r3.Scale(-1, p.Rotate(centre))
		poses = append(poses, p)
		s.photos = append(s.photos, photo{name: fmt.Sprintf("p%03d.jpg", i), factor: 1})
	}
	type seen struct {
		photo int
		key   int32
	}
	at := map[[2]int]int{}
	for range 120 * photos {
		w := r3.Vec{X: 2 + 0.3*rng.Float64(), Y: 3*rng.Float64() - 1.5, Z: rng.Float64() * step * float64(photos+12)}
		if rng.Float64() < 0.5 {
			w.X = -w.X
		}
		var by []seen
		for i := max(0, int(w.Z/step)-26); i < min(photos, int(w.Z/step)+2); i++ {
			x, y, ok := cam.Project(poses[i].Apply(w))
			if !ok || x < 0 || y < 0 || x >= 1000 || y >= 750 || rng.Float64() < 0.5 {
				continue
			}
			by = append(by, seen{i, int32(len(s.photos[i].keys))})
			s.photos[i].keys = append(s.photos[i].keys, key{x: float32(x + 0.4*rng.NormFloat64()), y: float32(y + 0.4*rng.NormFloat64()), sigma: 2})
		}
		for n, b := range by {
			for _, a := range by[:n] {
				k, ok := at[[2]int{a.photo, b.photo}]
				if !ok {
					k = len(s.pairs)
					at[[2]int{a.photo, b.photo}] = k
					s.pairs = append(s.pairs, pair{a: a.photo, b: b.photo})
				}
				s.pairs[k].matches = append(s.pairs[k].matches, [2]int32{a.key, b.key})
			}
		}
	}
	return s
}

// BenchmarkMapping gives the seconds of one photo from verified pairs to the
// model, both methods; they must not grow by more than half from 100 to 300.
func BenchmarkMapping(b *testing.B) {
	for _, photos := range []int{100, 300} {
		b.Run(fmt.Sprintf("photos=%d", photos), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := corridor(photos)
				ctx := context.Background()
				if err := s.verifyPairs(ctx, s.pairs); err != nil {
					b.Fatal(err)
				}
				s.dropFalsePairs()
				s.buildTracks()
				b.StartTimer()
				models, err := s.build(ctx)
				if err != nil || len(models) != 1 || models[0].count() != photos {
					b.Fatalf("%d models, %v", len(models), err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(photos), "s/photo")
		})
	}
}
