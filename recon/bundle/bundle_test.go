package bundle

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// scene has every knob of a synthetic problem: cameras on an arc look at a ball
// of points.
type scene struct {
	views, points int
	noisePx       float64
	outliers      float64 // share of observations that are far off
	startOff      float64 // size of the error that the start has
	free          Free
	seed          uint64
}

// make gives the problem as it starts and as it truly is.
func (k scene) make() (start, truth *Problem) {
	rng := rand.New(rand.NewPCG(k.seed, 3))
	n := func(s float64) r3.Vec {
		return r3.Vec{X: s * rng.NormFloat64(), Y: s * rng.NormFloat64(), Z: s * rng.NormFloat64()}
	}
	truth = &Problem{
		Cameras: []recon.Camera{{WidthPx: 1000, HeightPx: 800, FxPx: 900, FyPx: 910, CxPx: 500, CyPx: 400, K1: -0.08, K2: 0.02}},
		Free:    []Free{k.free},
	}
	for i := range k.views {
		a := 0.15 * float64(i)
		p := recon.Pose{Q: geom.Rotation(r3.Vec{Y: a}), T: r3.Add(r3.Vec{Z: 6}, n(0.2))}
		truth.Poses = append(truth.Poses, p)
		truth.CameraOf = append(truth.CameraOf, 0)
		truth.FixedView = append(truth.FixedView, i < 2) // fixes the gauge
	}
	for len(truth.Points) < k.points {
		i, first := len(truth.Points), len(truth.Obs)
		p := n(1)
		truth.Points = append(truth.Points, p)
		for v := range truth.Poses {
			x, y, ok := truth.Cameras[0].Project(truth.Poses[v].Apply(p))
			if !ok || rng.Float64() < 0.3 {
				continue
			}
			o := Observation{View: int32(v), Point: int32(i), X: x + k.noisePx*rng.NormFloat64(), Y: y + k.noisePx*rng.NormFloat64(), SigmaPx: 1}
			if rng.Float64() < k.outliers {
				o.X += 60 * rng.NormFloat64()
			}
			truth.Obs = append(truth.Obs, o)
		}
		if len(truth.Obs) < first+4 { // too few to hold it
			truth.Points, truth.Obs = truth.Points[:i], truth.Obs[:first]
		}
	}
	start = truth.clone()
	for v := range start.Poses {
		if !start.FixedView[v] {
			start.Poses[v] = geom.Turned(start.Poses[v], n(k.startOff/10), n(k.startOff))
		}
	}
	for i := range start.Points {
		start.Points[i] = r3.Add(start.Points[i], n(k.startOff))
	}
	c := &start.Cameras[0]
	if k.free&Focal != 0 {
		c.FxPx, c.FyPx = c.FxPx*1.05, c.FyPx*1.05
	}
	if k.free&Principal != 0 {
		c.CxPx, c.CyPx = c.CxPx+6, c.CyPx-9
	}
	if k.free&Radial != 0 {
		c.K1 = 0
	}
	if k.free&Radial2 != 0 {
		c.K2 = 0
	}
	return start, truth
}

// errorsOf gives the median distance of points and the largest of camera centres.
func errorsOf(p, truth *Problem) (points, centres float64) {
	var all []float64
	for i := range p.Points {
		all = append(all, r3.Norm(r3.Sub(p.Points[i], truth.Points[i])))
	}
	slices.Sort(all)
	for v := range p.Poses {
		centres = max(centres, r3.Norm(r3.Sub(p.Poses[v].Inverse().T, truth.Poses[v].Inverse().T)))
	}
	return all[len(all)/2], centres
}

func TestSolveFindsTruth(t *testing.T) {
	all := Focal | Radial | Radial2
	for _, c := range []struct {
		name       string
		knobs      scene
		min, max   float64 // median of the points; noise of 0.5 px is 3 mm at 6 m
		focalError float64 // relative
	}{
		{"exact", scene{views: 6, points: 80, startOff: 0.05}, 0, 1e-6, 0},
		{"exact, camera unknown", scene{views: 8, points: 200, startOff: 0.05, free: all}, 0, 2e-2, 1e-2},
		{"noise, every intrinsic unknown", scene{views: 12, points: 400, noisePx: 0.5, startOff: 0.05, free: all | Radial3 | Tangential | Principal}, 0.001, 0.08, 0.02},
		{"noise", scene{views: 8, points: 200, noisePx: 0.5, startOff: 0.05}, 0.001, 0.02, 0},
		{"noise, camera unknown", scene{views: 8, points: 300, noisePx: 0.5, startOff: 0.05, free: all}, 0.001, 0.04, 0.01},
		{"noise, principal point unknown too", scene{views: 10, points: 400, noisePx: 0.5, startOff: 0.05, free: all | Principal}, 0.001, 0.06, 0.01},
		{"a tenth far off", scene{views: 8, points: 200, noisePx: 0.5, outliers: 0.1, startOff: 0.02}, 0.001, 0.03, 0},
	} {
		for seed := range uint64(3) {
			c.knobs.seed = seed
			p, truth := c.knobs.make()
			rep, err := Solve(context.Background(), p, Options{MaxSteps: 100, Tolerate: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			points, centres := errorsOf(p, truth)
			focal := math.Abs(p.Cameras[0].FxPx/900 - 1)
			if points < c.min || points > c.max || centres > 5*c.max || focal > c.focalError || !(rep.End <= rep.Before) {
				t.Errorf("%s, seed %d: points off by %g, centres by %g, focal length by %g; %+v", c.name, seed, points, centres, focal, rep)
			}
		}
	}
}

func TestJacobianAgainstDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	cam := recon.Camera{FxPx: 800, FyPx: 820, CxPx: 400, CyPx: 300, K1: -0.1, K2: 0.03, K3: -0.004, P1: 0.002, P2: -0.003}
	pose := recon.Pose{Q: geom.Rotation(r3.Vec{X: 0.3, Y: -0.2, Z: 0.5}), T: r3.Vec{X: 0.1, Y: 0.2, Z: 4}}
	point := r3.Vec{X: rng.NormFloat64(), Y: rng.NormFloat64(), Z: rng.NormFloat64()}
	o := Observation{X: 350, Y: 320, SigmaPx: 2}
	project := func(c recon.Camera, p recon.Pose, x r3.Vec) [2]float64 {
		u, v, _ := c.Project(p.Apply(x))
		return [2]float64{u / o.SigmaPx, v / o.SigmaPx}
	}
	var j jacobian
	rot := pose.Matrix()
	if !j.fill(&cam, &rot, pose.T, point, &o) {
		t.Fatal("point behind the camera")
	}
	unit := func(k int, h float64) r3.Vec {
		v := [3]float64{}
		v[k] = h
		return r3.Vec{X: v[0], Y: v[1], Z: v[2]}
	}
	const h = 1e-6
	check := func(what string, got [2]float64, f func(h float64) [2]float64) {
		a, b := f(h), f(-h)
		for r := range 2 {
			if want := (a[r] - b[r]) / (2 * h); math.Abs(got[r]-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s, row %d: %g, by differences %g", what, r, got[r], want)
			}
		}
	}
	for k := range 3 {
		check("rotation", [2]float64{j.pose[0][k], j.pose[1][k]}, func(h float64) [2]float64 { return project(cam, geom.Turned(pose, unit(k, h), r3.Vec{}), point) })
		// Turning is about the camera, so that the translation is not turned with it.
		check("translation", [2]float64{j.pose[0][3+k], j.pose[1][3+k]}, func(h float64) [2]float64 { return project(cam, geom.Turned(pose, r3.Vec{}, unit(k, h)), point) })
		check("point", [2]float64{j.point[0][k], j.point[1][k]}, func(h float64) [2]float64 { return project(cam, pose, r3.Add(point, unit(k, h))) })
	}
	for k := range intrCols {
		x, y := j.intrinsic(&cam, k)
		check("intrinsics", [2]float64{x, y}, func(h float64) [2]float64 { return project(changed(cam, k, h), pose, point) })
	}
}

func TestSolveSameForAnyWorkers(t *testing.T) {
	knobs := scene{views: 6, points: 600, noisePx: 0.5, startOff: 0.03, free: Focal | Radial}
	one, _ := knobs.make()
	four, _ := knobs.make()
	if _, err := Solve(context.Background(), one, Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := Solve(context.Background(), four, Options{Workers: 4}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(one.Points, four.Points) || !slices.Equal(one.Poses, four.Poses) || one.Cameras[0] != four.Cameras[0] {
		t.Error("the result depends on the number of workers")
	}
}

func TestSolveKeepsWhatIsFixed(t *testing.T) {
	p, _ := scene{views: 5, points: 60, noisePx: 0.5, startOff: 0.03}.make()
	p.FixedPoint = make([]bool, len(p.Points))
	p.FixedPoint[7] = true
	before := p.clone()
	if _, err := Solve(context.Background(), p, Options{}); err != nil {
		t.Fatal(err)
	}
	if p.Poses[0] != before.Poses[0] || p.Poses[1] != before.Poses[1] || p.Points[7] != before.Points[7] || p.Cameras[0] != before.Cameras[0] {
		t.Error("a fixed parameter moved")
	}
	if p.Poses[3] == before.Poses[3] || p.Points[8] == before.Points[8] {
		t.Error("a free parameter did not move")
	}
}

func TestSolveDegenerate(t *testing.T) {
	if _, err := Solve(context.Background(), &Problem{}, Options{}); !errors.Is(err, ErrNothingFree) {
		t.Errorf("an empty problem gave %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p, _ := scene{views: 4, points: 30}.make()
	if _, err := Solve(ctx, p, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled solution gave %v", err)
	}
	// A point behind its cameras must not make anything infinite.
	p, _ = scene{views: 4, points: 30, noisePx: 0.3, startOff: 0.02}.make()
	p.Points[5] = r3.Vec{Z: -100}
	if _, err := Solve(context.Background(), p, Options{}); err != nil {
		t.Fatal(err)
	}
	for i, x := range p.Points {
		if math.IsNaN(r3.Norm(x)) {
			t.Errorf("point %d is not a number", i)
		}
	}
}

func BenchmarkSolve(b *testing.B) {
	knobs := scene{views: 12, points: 4000, noisePx: 0.5, startOff: 0.02}
	for b.Loop() {
		p, _ := knobs.make()
		if _, err := Solve(context.Background(), p, Options{MaxSteps: 10}); err != nil {
			b.Fatal(err)
		}
	}
}
