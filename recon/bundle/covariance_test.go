package bundle

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// renoised is a problem at its true parameters whose observations, and distances
// and positions, have fresh noise.
func renoised(truth *Problem, clean []Observation, noisePx float64, rng *rand.Rand) *Problem {
	p := truth.clone()
	p.Obs = append([]Observation(nil), clean...)
	for i := range p.Obs {
		p.Obs[i].X += noisePx * rng.NormFloat64()
		p.Obs[i].Y += noisePx * rng.NormFloat64()
	}
	p.Distances = append([]Distance(nil), truth.Distances...)
	for i := range p.Distances {
		p.Distances[i].Length += p.Distances[i].Sigma * rng.NormFloat64()
	}
	p.Positions = append([]Position(nil), truth.Positions...)
	for i := range p.Positions {
		s := p.Positions[i].Sigma
		p.Positions[i].At = r3.Add(p.Positions[i].At, r3.Vec{X: s.X * rng.NormFloat64(), Y: s.Y * rng.NormFloat64(), Z: s.Z * rng.NormFloat64()})
	}
	return p
}

// fitted is the similarity that takes the stations of p to those of truth best:
// the frame in which the stations neither move, turn nor grow.
func fitted(p, truth *Problem, withScale bool) func(r3.Vec) r3.Vec {
	var from, to []r3.Vec
	for v := range p.Poses {
		from, to = append(from, p.Poses[v].Inverse().T), append(to, truth.Poses[v].Inverse().T)
	}
	turn, scale, a, b := similarity(from, to)
	if !withScale {
		scale = 1
	}
	return func(x r3.Vec) r3.Vec { return r3.Add(b, r3.Scale(scale, turn.Rotate(r3.Sub(x, a)))) }
}

// similarity is that of S. Umeyama, Least-squares estimation of transformation
// parameters between two point patterns, PAMI 1991: to = b + scale*turn*(from-a).
func similarity(from, to []r3.Vec) (turn recon.Pose, scale float64, a, b r3.Vec) {
	n := float64(len(from))
	for i := range from {
		a, b = r3.Add(a, r3.Scale(1/n, from[i])), r3.Add(b, r3.Scale(1/n, to[i]))
	}
	cov := mat.NewDense(3, 3, nil)
	spread := 0.0
	for i := range from {
		p, q := r3.Sub(from[i], a), r3.Sub(to[i], b)
		spread += r3.Norm2(p)
		cov.RankOne(cov, 1, mat.NewVecDense(3, []float64{q.X, q.Y, q.Z}), mat.NewVecDense(3, []float64{p.X, p.Y, p.Z}))
	}
	var svd mat.SVD
	svd.Factorize(cov, mat.SVDFull)
	var u, v, r mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := mat.NewDiagDense(3, []float64{1, 1, mat.Det(&u) * mat.Det(&v)})
	r.Product(&u, s, v.T())
	w := svd.Values(nil)
	var m [9]float64
	for i := range 9 {
		m[i] = r.At(i/3, i%3)
	}
	return recon.PoseFromMatrix(m, r3.Vec{}), (w[0] + w[1] + w[2]*s.At(2, 2)) / spread, a, b
}

// spread compares what was predicted with what chance did: both are sums of
// squares.
type spread struct{ did, said float64 }

func (s *spread) add(did, said float64) { s.did, s.said = s.did+did, s.said+said }
func (s *spread) ratio() float64        { return math.Sqrt(s.said / s.did) }

// monte solves a problem again and again with fresh noise and compares the errors
// with the covariance of each solution.
func monte(t *testing.T, truth *Problem, noisePx float64, runs int) map[string]float64 {
	t.Helper()
	clean := append([]Observation(nil), truth.Obs...)
	rng := rand.New(rand.NewPCG(5, 77))
	opt := Options{MaxSteps: 100, Tolerate: 1e-12, Loss: 3}
	got := map[string]*spread{}
	add := func(what string, did, said float64) {
		if got[what] == nil {
			got[what] = &spread{}
		}
		got[what].add(did, said)
	}
	free := len(truth.Distances) == 0 && len(truth.Positions) == 0
	for range runs {
		p := renoised(truth, clean, noisePx, rng)
		if _, err := Solve(context.Background(), p, opt); err != nil {
			t.Fatal(err)
		}
		c, err := Covariance(p, opt)
		if err != nil {
			t.Fatal(err)
		}
		place := func(x r3.Vec) r3.Vec { return x }
		if len(truth.Positions) == 0 {
			place = fitted(p, truth, free)
		}
		add("noise", square(noisePx), square(c.Sigma0*p.Obs[0].SigmaPx))
		for v := range p.Poses {
			pos, turn := c.View(v)
			d := r3.Sub(place(p.Poses[v].Inverse().T), truth.Poses[v].Inverse().T)
			add("station", r3.Norm2(d), pos[0]+pos[3]+pos[5])
			if len(truth.Positions) > 0 {
				a := geom.RotationAngle(p.Poses[v], truth.Poses[v])
				add("rotation", a*a, turn[0]+turn[3]+turn[5])
			}
		}
		points := c.Points()
		for i, x := range p.Points {
			d := r3.Sub(place(x), truth.Points[i])
			add("point", r3.Norm2(d), points[i][0]+points[i][3]+points[i][5])
		}
		if truth.Free[0]&Focal != 0 {
			f := truth.Cameras[0].FxPx
			add("focal length", square(p.Cameras[0].FxPx-f), square(c.Camera(0).FPx))
			add("K1", square(p.Cameras[0].K1-truth.Cameras[0].K1), square(c.Camera(0).K1))
		}
		if !c.ScaleFree {
			_, is := p.stations()
			_, should := truth.stations()
			add("scale", square(is/should-1), square(c.ScaleSigma))
		}
		if said := c.PointScale(points); !c.ScaleFree {
			size := func(q *Problem) float64 { // of the points, weighed as they are
				var mid r3.Vec
				total, sum := 0.0, 0.0
				for i, x := range q.Points {
					w := 1 / (points[i][0] + points[i][3] + points[i][5])
					total += w
					mid = r3.Add(mid, r3.Scale(w, x))
				}
				mid = r3.Scale(1/total, mid)
				for i, x := range q.Points {
					sum += r3.Norm2(r3.Sub(x, mid)) / (points[i][0] + points[i][3] + points[i][5])
				}
				return math.Sqrt(sum)
			}
			add("scale of the points", square(size(p)/size(truth)-1), square(said))
		}
		a, b := c.Point(0), c.Point(1)
		caa, _ := c.Cov(a, a)
		cbb, _ := c.Cov(b, b)
		cab, _ := c.Cov(a, b)
		u := r3.Unit(r3.Sub(p.Points[0], p.Points[1]))
		w := [3]float64{u.X, u.Y, u.Z}
		said := 0.0
		for i := range 3 {
			for j := range 3 {
				said += w[i] * w[j] * (caa[3*i+j] + cbb[3*i+j] - cab[3*i+j] - cab[3*j+i])
			}
		}
		is, should := r3.Norm(r3.Sub(place(p.Points[0]), place(p.Points[1]))), r3.Norm(r3.Sub(truth.Points[0], truth.Points[1]))
		add("distance", square(is-should), said)
	}
	out := map[string]float64{}
	for k, s := range got {
		out[k] = s.ratio()
	}
	return out
}

func TestCovarianceAgainstMonteCarlo(t *testing.T) {
	all := r3.Vec{X: 0.002, Y: 0.002, Z: 0.002}
	for _, c := range []struct {
		name    string
		free    Free
		prepare func(*Problem)
		defect  int
	}{
		{"nothing given", Focal | Radial, func(*Problem) {}, 7},
		{"one bar", 0, func(p *Problem) { p.bar(0, 1, 0.003) }, 6},
		{"three bars", Focal | Radial, func(p *Problem) { p.bar(0, 1, 0.003); p.bar(2, 3, 0.003); p.bar(4, 5, 0.003) }, 6},
		{"four control points", 0, func(p *Problem) {
			for i := range int32(4) {
				p.Positions = append(p.Positions, Position{Point: i, At: p.Points[i], Sigma: all})
			}
		}, 0},
		{"heights and a bar", 0, func(p *Problem) {
			for i := range int32(4) {
				p.Positions = append(p.Positions, Position{Point: i, At: p.Points[i], Sigma: r3.Vec{Z: 0.002}})
			}
			p.bar(0, 5, 0.003)
		}, 3},
	} {
		_, truth := scene{views: 7, points: 60, seed: 9, free: c.free}.make()
		truth.FixedView = make([]bool, len(truth.Poses))
		c.prepare(truth)
		if got := len(truth.freeFrame()); got != c.defect {
			t.Errorf("%s: %d motions of the frame are free, not %d", c.name, got, c.defect)
		}
		if c.defect == 3 {
			continue // no frame to compare in
		}
		for what, ratio := range monte(t, truth, 0.4, 120) {
			if ratio < 0.8 || ratio > 1.25 {
				t.Errorf("%s, %s: predicted over found %.3f", c.name, what, ratio)
			}
			t.Logf("%s, %s: predicted over found %.3f", c.name, what, ratio)
		}
	}
}

// bar adds the true distance of two points.
func (p *Problem) bar(a, b int32, sigma float64) {
	p.Distances = append(p.Distances, Distance{A: a, B: b, Length: r3.Norm(r3.Sub(p.Points[a], p.Points[b])), Sigma: sigma})
}

func TestConstraintsAgainstDifferences(t *testing.T) {
	_, p := scene{views: 4, points: 20, seed: 2}.make()
	p.bar(3, 7, 0.01)
	p.Distances[0].Length += 0.02
	p.Positions = []Position{{Point: 4, At: r3.Add(p.Points[4], r3.Vec{X: 1, Y: 2, Z: 3}), Sigma: r3.Vec{X: 0.1, Z: 0.3}}}
	const h = 1e-6
	n := 0
	p.constraintRows(func(r row) {
		k := n
		n++
		for a := range r.n {
			for c := range 3 {
				residual := func(h float64) (res float64) {
					q := p.clone()
					d := [3]float64{}
					d[c] = h
					q.Points[r.points[a]] = r3.Add(q.Points[r.points[a]], r3.Vec{X: d[0], Y: d[1], Z: d[2]})
					i := 0
					q.constraintRows(func(r row) {
						if i == k {
							res = r.res
						}
						i++
					})
					return res
				}
				if want := (residual(-h) - residual(h)) / (2 * h); math.Abs(want-r.by[a][c]) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("equation %d by coordinate %d of point %d: %g, by differences %g", k, c, r.points[a], r.by[a][c], want)
				}
			}
		}
	})
	if n != 3 {
		t.Errorf("%d equations, not 3: a coordinate without sigma is not given", n)
	}
}

func TestDistanceSetsTheScale(t *testing.T) {
	start, truth := scene{views: 6, points: 80, startOff: 0.02, seed: 4}.make()
	start.FixedView = make([]bool, len(start.Poses))
	want := r3.Norm(r3.Sub(truth.Points[0], truth.Points[9]))
	start.Distances = []Distance{{A: 0, B: 9, Length: 2 * want, Sigma: 1e-4}}
	if _, err := Solve(context.Background(), start, Options{MaxSteps: 200, Tolerate: 1e-12}); err != nil {
		t.Fatal(err)
	}
	for _, k := range [][2]int{{0, 9}, {1, 5}, {20, 33}} {
		ratio := r3.Norm(r3.Sub(start.Points[k[0]], start.Points[k[1]])) / r3.Norm(r3.Sub(truth.Points[k[0]], truth.Points[k[1]]))
		if math.Abs(ratio-2) > 1e-5 {
			t.Errorf("points %v: %g times the distance, not 2", k, ratio)
		}
	}
}

func TestImpossibleConstraints(t *testing.T) {
	for _, f := range []func(*Problem){
		func(p *Problem) { p.Distances = []Distance{{A: 0, B: 0, Length: 1, Sigma: 1}} },
		func(p *Problem) { p.Distances = []Distance{{A: 0, B: 99, Length: 1, Sigma: 1}} },
		func(p *Problem) { p.Distances = []Distance{{A: 0, B: 1, Length: 1}} },
		func(p *Problem) { p.Distances = []Distance{{A: 0, B: 1, Length: math.NaN(), Sigma: 1}} },
		func(p *Problem) { p.Positions = []Position{{Point: -1}} },
		func(p *Problem) { p.Positions = []Position{{Point: 1, Sigma: r3.Vec{X: -1}}} },
	} {
		p, _ := scene{views: 4, points: 20}.make()
		f(p)
		if _, err := Solve(context.Background(), p, Options{}); !errors.Is(err, ErrConstraint) {
			t.Errorf("gave %v", err)
		}
		if _, err := Covariance(p, Options{}); !errors.Is(err, ErrConstraint) {
			t.Errorf("gave %v", err)
		}
	}
}

// A view that sees nothing is held by nothing: no numbers, an error.
func TestCovarianceOfWhatIsNotHeld(t *testing.T) {
	p, _ := scene{views: 4, points: 20}.make()
	p.Poses = append(p.Poses, recon.IdentityPose())
	p.CameraOf, p.FixedView = append(p.CameraOf, 0), append(p.FixedView, false)
	if _, err := Covariance(p, Options{}); !errors.Is(err, ErrNotHeld) {
		t.Errorf("gave %v", err)
	}
}

func TestCovarianceSameForAnyWorkers(t *testing.T) {
	_, p := scene{views: 6, points: 600, noisePx: 0.5, free: Focal | Radial}.make()
	p.bar(1, 2, 0.01)
	one, err := Covariance(p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	three, _ := Covariance(p, Options{Workers: 3})
	a, b := one.Points(), three.Points()
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("point %d: %v and %v", i, a[i], b[i])
		}
	}
	if one.ScaleSigma != three.ScaleSigma || one.Sigma0 != three.Sigma0 {
		t.Error("scale or noise differ")
	}
}

// BenchmarkCovariance is of 100 photos and 30,000 points that six neighbouring
// photos see each.
func BenchmarkCovariance(b *testing.B) {
	_, p := scene{views: 100, points: 30000, noisePx: 0.5, seed: 3}.make()
	p.FixedView = make([]bool, len(p.Poses))
	near := p.Obs[:0]
	for _, o := range p.Obs {
		if d := (int(o.View) - int(o.Point) + 1000*len(p.Poses)) % len(p.Poses); d < 8 {
			near = append(near, o)
		}
	}
	p.Obs = near
	for b.Loop() {
		c, err := Covariance(p, Options{Workers: 2})
		if err != nil {
			b.Fatal(err)
		}
		c.Points()
	}
}
