package control

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"firescene/formats/strictyaml"
	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// room has every knob of a made-up place: photos walk round a room and look at
// its middle, whose walls, floor and things carry points; N1.. are named points.
type room struct {
	photos, points, named int
	noisePx, pickPx       float64
	seed                  uint64
	given                 bool // the camera is known
	// sharedPx is the error that points of the model share in every photo with those
	// that lie near them in the first.
	sharedPx float64
}

// truth is the place as it is, in metres, Z up.
type truth struct {
	poses  []recon.Pose
	named  map[string]r3.Vec
	points []r3.Vec // of the model
	cam    recon.Camera
}

func name(i int) string { return fmt.Sprintf("N%02d", i) }

// make gives the model in a frame and unit of its own, the picks of the named
// points, and the truth.
func (k room) make() (*recon.SparseModel, []Point, *truth) {
	rng := rand.New(rand.NewPCG(k.seed, 41))
	n := rng.NormFloat64
	t := &truth{named: map[string]r3.Vec{}, cam: recon.Camera{WidthPx: 1200, HeightPx: 900, FxPx: 1000, FyPx: 1000, CxPx: 600, CyPx: 450, K1: -0.06, K2: 0.01, Source: "estimated"}}
	if k.given {
		t.cam.Source = "given"
	}
	m := &recon.SparseModel{Cameras: []recon.Camera{t.cam}, Freedom: make([]recon.CameraFreedom, 1)}
	if !k.given {
		m.Freedom[0] = recon.CameraFreedom{Focal: true, K1: true, K2: true}
	}
	for i := range k.photos {
		a := 2 * math.Pi * float64(i) / float64(k.photos)
		c := r3.Vec{X: 2.2*math.Cos(a) + 0.1*n(), Y: 1.8*math.Sin(a) + 0.1*n(), Z: 1.5 + 0.15*n()}
		z := r3.Unit(r3.Sub(r3.Vec{X: 0.6 * n(), Y: 0.6 * n(), Z: 1 + 0.2*n()}, c))
		x := r3.Unit(r3.Cross(z, r3.Vec{Z: 1}))
		y := r3.Cross(z, x)
		p := recon.PoseFromMatrix([9]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, z.X, z.Y, z.Z}, r3.Vec{})
		p = recon.Pose{Q: quat.Mul(geom.Rotation(r3.Vec{X: 0.02 * n(), Y: 0.02 * n(), Z: 0.02 * n()}), p.Q)}
		p.T = r3.Scale(-1, p.Rotate(c))
		t.poses = append(t.poses, p)
		m.Views = append(m.Views, recon.View{Photo: fmt.Sprintf("p%02d.jpg", i), CamFromWorld: p})
	}
	sees := func(v int, x r3.Vec, noise float64) (px, py float64, ok bool) {
		px, py, ok = t.cam.Project(t.poses[v].Apply(x))
		px, py = px+noise*n(), py+noise*n()
		return px, py, ok && px > 0 && py > 0 && px < 1200 && py < 900
	}
	for i := range k.points {
		x := r3.Vec{X: 6*rng.Float64() - 3, Y: 5*rng.Float64() - 2.5, Z: 2.5 * rng.Float64()}
		switch i % 3 {
		case 0:
			x.Z = 0.004 * n()
		case 1:
			x.X = math.Copysign(3, x.X)
		}
		q := recon.SparsePoint{Pos: x}
		var near uint64 // patch of the first photo that shows it
		for v := range t.poses {
			if px, py, ok := sees(v, x, k.noisePx); ok && rng.Float64() < 0.7 {
				if k.sharedPx > 0 {
					if len(q.ViewIdx) == 0 {
						near = uint64(v)<<20 | uint64(px/80)<<10 | uint64(py/80)
					}
					patch := rand.New(rand.NewPCG(k.seed<<8|uint64(v), near))
					px, py = px+k.sharedPx*patch.NormFloat64(), py+k.sharedPx*patch.NormFloat64()
				}
				q.ViewIdx, q.KeyIdx = append(q.ViewIdx, int32(v)), append(q.KeyIdx, int32(len(m.Views[v].Keypoints)))
				m.Views[v].Keypoints = append(m.Views[v].Keypoints, [2]float32{float32(px), float32(py)})
				m.Views[v].PointIdx = append(m.Views[v].PointIdx, int32(len(m.Points)))
			}
		}
		m.Points = append(m.Points, q)
	}
	m.Points = slices.DeleteFunc(m.Points, func(p recon.SparsePoint) bool { return len(p.ViewIdx) < 2 })
	for i := range m.Points {
		t.points = append(t.points, m.Points[i].Pos)
	}
	var picks []Point
	for i := range k.named {
		x := r3.Vec{X: 2*rng.Float64() - 1, Y: 2*rng.Float64() - 1, Z: 0.3 + rng.Float64()}
		if i%2 == 1 { // above the one before
			x = r3.Add(t.named[name(i-1)], r3.Vec{Z: 0.6})
		}
		t.named[name(i)] = x
		p := Point{Name: name(i)}
		for v := range t.poses {
			if px, py, ok := sees(v, x, k.pickPx); ok {
				p.Picks = append(p.Picks, Pick{Photo: m.Views[v].Photo, X: px, Y: py, SigmaPx: max(k.pickPx, 0.01)})
			}
		}
		picks = append(picks, p)
	}
	// Another frame, and a start that is a little off.
	s := recon.Similarity{Turn: geom.Rotation(r3.Vec{X: 0.3, Y: -0.5, Z: 1.1}), Scale: 0.37, T: r3.Vec{X: 5, Y: -2, Z: 1}}
	for v := range m.Views {
		p := geom.Turned(t.poses[v], r3.Vec{X: 2e-4 * n(), Y: 2e-4 * n(), Z: 2e-4 * n()}, r3.Vec{X: 1e-3 * n(), Y: 1e-3 * n(), Z: 1e-3 * n()})
		m.Views[v].CamFromWorld = s.Camera(p)
	}
	for i := range m.Points {
		m.Points[i].Pos = s.Apply(m.Points[i].Pos)
	}
	return m, picks, t
}

func (t *truth) distance(a, b int) float64 {
	return r3.Norm(r3.Sub(t.named[name(a)], t.named[name(b)]))
}

// bar is a distance with an error of so many standard deviations.
func (t *truth) bar(a, b int, sigma, off float64) Distance {
	return Distance{From: name(a), To: name(b), Metres: t.distance(a, b) + off*sigma, Sigma: sigma}
}

func coordinates(x r3.Vec, sigma float64) *Coordinates {
	return &Coordinates{X: &x.X, Y: &x.Y, Z: &x.Z, Sigma: sigma}
}

func apply(t testing.TB, m *recon.SparseModel, in *Input) (*recon.SparseModel, *Report) {
	t.Helper()
	if err := Check(in, nil); err != nil {
		t.Fatal(err)
	}
	out, rep, err := Apply(context.Background(), m, in, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out, rep
}

func degreesUp(m *recon.SparseModel, t *truth) float64 {
	// Where the true upward direction of each photo points in the model.
	var up r3.Vec
	for v, w := range m.Views {
		up = r3.Add(up, w.CamFromWorld.Inverse().Rotate(t.poses[v].Rotate(r3.Vec{Z: 1})))
	}
	return geom.AngleBetween(up, r3.Vec{Z: 1}) * 180 / math.Pi
}

// Over many rooms the errors must be what the report says that they are: neither
// larger nor smaller.
func TestErrorsAreAsReported(t *testing.T) {
	var scale, checks, places, given, level []float64 // errors over their sigma
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 8))
		m, picks, tr := room{photos: 10, points: 250, named: 10, noisePx: 0.4, pickPx: 0.5, seed: seed}.make()
		in := &Input{Points: picks, Level: Level{SigmaM: 0.002, Plumb: [][]string{{name(1), name(0)}}}}
		for _, k := range [][2]int{{0, 3}, {4, 7}} {
			in.Distances = append(in.Distances, tr.bar(k[0], k[1], 0.002, rng.NormFloat64()))
		}
		for _, k := range [][2]int{{2, 5}, {6, 9}, {0, 9}, {8, 9}} {
			in.CheckDistances = append(in.CheckDistances, tr.bar(k[0], k[1], 0.001, rng.NormFloat64()))
		}
		out, rep := apply(t, m, in)
		if !out.Scaled || !rep.Scaled || !rep.Checked {
			t.Fatalf("seed %d: not scaled: %s", seed, rep.ScaleWhy)
		}
		var ratio, weight float64
		for i := range out.Points {
			k := 1 / square(out.Points[i].Cov.Sigma())
			for j := range i {
				if j%7 == i%7 {
					is, should := r3.Norm(r3.Sub(out.Points[i].Pos, out.Points[j].Pos)), r3.Norm(r3.Sub(tr.points[i], tr.points[j]))
					f := k * should * should / square(out.Points[j].Cov.Sigma())
					ratio, weight = ratio+f*(is/should-1), weight+f
				}
			}
		}
		scale = append(scale, ratio/weight/rep.ScaleRel)
		for _, d := range rep.CheckDists {
			if d.Of != NotPlaced {
				checks = append(checks, d.Diff/d.Sigma)
			}
		}
		// A plumb line shows the vertical in both directions; its points' picks and
		// strays set the tilt. The made-up pair stands exactly upright.
		level = append(level, degreesUp(out, tr)/rep.LevelSigmaDeg)

		// The same with control points, held in their own frame.
		in = &Input{Points: slices.Clone(picks)}
		for i := range in.Points {
			x := tr.named[in.Points[i].Name]
			if i < 5 {
				g := r3.Add(x, r3.Scale(0.002, r3.Vec{X: rng.NormFloat64(), Y: rng.NormFloat64(), Z: rng.NormFloat64()}))
				in.Points[i].Given = coordinates(g, 0.002)
			} else {
				in.Points[i].Check = coordinates(x, 1e-6)
			}
		}
		_, rep = apply(t, m, in)
		for _, p := range rep.Points {
			for k := range 3 {
				if p.Adjusted {
					given = append(given, p.Residual[k]/p.Sigma[k])
				}
				if p.Check {
					places = append(places, p.Residual[k]/p.Sigma[k])
				}
			}
		}
	}
	for _, c := range []struct {
		what     string
		all      []float64
		low, top float64
	}{
		{"scale", scale, 0.65, 1.4}, {"check distances", checks, 0.8, 1.25}, {"check points", places, 0.8, 1.25},
		{"control points", given, 0.8, 1.25},
		{"level, less its strays", level, 0.02, 1},
	} {
		sum := 0.0
		for _, v := range c.all {
			sum += v * v
		}
		rms := math.Sqrt(sum / float64(len(c.all)))
		t.Logf("%s: error over sigma, root mean square %.3f of %d", c.what, rms, len(c.all))
		if rms < c.low || rms > c.top {
			t.Errorf("%s: error over sigma %.3f, not %g to %g", c.what, rms, c.low, c.top)
		}
	}
}

// What is for checking must not move anything, by a single bit.
func TestChecksStayOut(t *testing.T) {
	m, picks, tr := room{photos: 8, points: 150, named: 8, noisePx: 0.4, pickPx: 0.5, seed: 3}.make()
	with := func(off float64, n int) *recon.SparseModel {
		in := &Input{Points: slices.Clone(picks), Distances: []Distance{tr.bar(0, 3, 0.001, 0), tr.bar(1, 4, 0.001, 0)}}
		for i := range n {
			in.CheckDistances = append(in.CheckDistances, tr.bar(5, 6+i, 0.001, off))
		}
		if n > 0 {
			in.Points[7].Check = coordinates(r3.Vec{X: off, Y: 2 * off, Z: -off}, 0.01)
		}
		out, _ := apply(t, m, in)
		return out
	}
	a := with(0, 2)
	for what, b := range map[string]*recon.SparseModel{"other values": with(500, 2), "fewer": with(0, 1), "none": with(0, 0)} {
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s of the checks moved the model", what)
		}
	}
}

// The order of the file, the number of workers and the frame that the model comes
// in must not matter.
func TestOrderWorkersFrame(t *testing.T) {
	m, picks, tr := room{photos: 8, points: 200, named: 6, noisePx: 0.3, pickPx: 0.3, seed: 5}.make()
	in := &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.001, 0), tr.bar(1, 4, 0.001, 0)}, CheckDistances: []Distance{tr.bar(2, 5, 0.001, 0)}}
	a, ra := apply(t, m, in)
	turned := &Input{Points: slices.Clone(picks), Distances: in.Distances, CheckDistances: in.CheckDistances}
	slices.Reverse(turned.Points)
	for i := range turned.Points {
		turned.Points[i].Picks = slices.Clone(turned.Points[i].Picks)
		slices.Reverse(turned.Points[i].Picks)
	}
	b, rb, err := Apply(context.Background(), m, turned, nil, Options{Workers: 3})
	if err != nil || !reflect.DeepEqual(a, b) || !reflect.DeepEqual(ra, rb) {
		t.Errorf("another order or number of workers gave another model: %v", err)
	}
	moved := copyOf(m)
	s := recon.Similarity{Turn: geom.Rotation(r3.Vec{X: 1, Y: 2, Z: -0.5}), Scale: 11, T: r3.Vec{X: 100, Y: -30, Z: 7}}
	for v := range moved.Views {
		moved.Views[v].CamFromWorld = s.Camera(moved.Views[v].CamFromWorld)
	}
	for i := range moved.Points {
		moved.Points[i].Pos = s.Apply(moved.Points[i].Pos)
	}
	_, rc := apply(t, moved, in)
	if math.Abs(rc.CheckDists[0].Measured-ra.CheckDists[0].Measured) > 1e-7 || math.Abs(rc.ScaleRel/ra.ScaleRel-1) > 1e-4 {
		t.Errorf("a model that was turned and made larger gave %+v, not %+v", rc.CheckDists[0], ra.CheckDists[0])
	}
	if math.Abs(rc.Factor*11/ra.Factor-1) > 1e-6 {
		t.Errorf("scale factor %g, not an eleventh of %g", rc.Factor, ra.Factor)
	}
}

func TestNoScale(t *testing.T) {
	m, picks, tr := room{photos: 8, points: 150, named: 6, noisePx: 0.3, pickPx: 0.3, seed: 6}.make()
	in := &Input{Points: picks, CheckDistances: []Distance{tr.bar(0, 3, 0.001, 0)}, Level: Level{Plumb: [][]string{{name(1), name(0)}}}}
	out, rep := apply(t, m, in)
	if out.Scaled || rep.Scaled || rep.ScaleRel != 0 || out.Precision.ScaleRel != 0 || rep.CheckDists[0].Of != NoScale || rep.CheckDists[0].Measured != 0 {
		t.Errorf("without a scale: %+v", rep.CheckDists)
	}
	if a := degreesUp(out, tr); a > 1 {
		t.Errorf("levelled %g degrees off", a)
	}
	if out.Views[0].PosCov.Sigma() <= 0 || out.Points[0].Cov.Sigma() <= 0 {
		t.Error("no precision")
	}
	// A distance to a point that is not in the photos is no scale either.
	in.Points[0].Picks = in.Points[0].Picks[:1]
	in.Distances = []Distance{tr.bar(0, 3, 0.001, 0)}
	_, rep = apply(t, m, in)
	if rep.Scaled || rep.Distances[0].Of != NotPlaced || !strings.Contains(rep.ScaleWhy, "both ends") {
		t.Errorf("%s, %+v", rep.ScaleWhy, rep.Distances)
	}
}

func TestOneBarIsToldSo(t *testing.T) {
	m, picks, tr := room{photos: 8, points: 150, named: 6, noisePx: 0.3, pickPx: 0.3, seed: 7}.make()
	_, rep := apply(t, m, &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.001, 0)}})
	if rep.Checked || rep.Distances[0].Of != NotChecked || !slices.ContainsFunc(rep.Warnings, func(s string) bool { return strings.Contains(s, "nothing checks it") }) {
		t.Errorf("%+v %q", rep.Distances, rep.Warnings)
	}
	if d := tr.distance(0, 3); rep.ScaleRel < 0.9*0.001/d || rep.ScaleRel > 3*0.001/d {
		t.Errorf("scale sure to %g, the bar to %g", rep.ScaleRel, 0.001/d)
	}
}

func TestContradiction(t *testing.T) {
	m, picks, tr := room{photos: 8, points: 200, named: 8, noisePx: 0.3, pickPx: 0.3, seed: 8}.make()
	try := func(in *Input) *ContradictionError {
		t.Helper()
		_, rep, err := Apply(context.Background(), m, in, nil, Options{})
		var c *ContradictionError
		if !errors.As(err, &c) {
			t.Fatalf("gave %v, %+v", err, rep.Distances)
		}
		if c.Report == nil || c.Next == "" || c.Report.Scaled || c.Report.ScaleRel != 0 {
			t.Errorf("%+v", c)
		}
		for _, d := range c.Report.CheckDists {
			if d.Of != NoScale || d.Measured != 0 {
				t.Errorf("a check was measured by a scale that is none: %+v", d)
			}
		}
		return c
	}
	three := []Distance{tr.bar(0, 3, 0.002, 0), tr.bar(4, 7, 0.002, 0.5), tr.bar(2, 5, 0.002, -0.3)}
	if _, _, err := Apply(context.Background(), m, &Input{Points: picks, Distances: three}, nil, Options{}); err != nil {
		t.Fatalf("good bars: %v", err)
	}
	three[1].Metres += 0.05
	level := &Input{Points: picks, Distances: three, Level: Level{Plumb: [][]string{{name(1), name(0)}}}}
	if _, rep := apply(t, m, level.WithoutScale()); rep.Scaled || !strings.Contains(rep.LevelHow, "plumb line") {
		t.Errorf("without its scale the input gave %+v", rep)
	}
	// The bar is told to be 50 mm too long, as it is, not by its small residual.
	if c := try(&Input{Points: picks, Distances: three}); !strings.Contains(c.Reason, "without N04 to N07 (the rest makes it -0.04") && !strings.Contains(c.Reason, "without N04 to N07 (the rest makes it -0.05") {
		t.Errorf("three bars: %v", c)
	}
	if c := try(&Input{Points: picks, Distances: three[:2], CheckDistances: three[2:]}); !strings.Contains(c.Reason, "nothing tells") || !strings.Contains(c.Reason, "N00 to N03") || !strings.Contains(c.Reason, "N04 to N07") {
		t.Errorf("two bars: %v", c)
	}
	in := &Input{Points: slices.Clone(picks)}
	for i := range 6 {
		in.Points[i].Given = coordinates(tr.named[name(i)], 0.003)
	}
	*in.Points[2].Given.Y += 0.06
	if c := try(in); !strings.Contains(c.Reason, "Y of N02") {
		t.Errorf("a wrong coordinate: %v", c)
	}
}

func TestWrongPickIsNamed(t *testing.T) {
	m, picks, tr := room{photos: 10, points: 200, named: 6, noisePx: 0.3, pickPx: 0.3, seed: 9}.make()
	picks[3].Picks[2].X += 40
	photo := picks[3].Picks[2].Photo
	_, rep := apply(t, m, &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.001, 0)}, CheckDistances: []Distance{tr.bar(3, 5, 0.001, 0)}})
	found := false
	for _, k := range rep.Points[3].Picks {
		if k.Photo == photo {
			found = !k.Used && k.ResidualPx > 35 && k.ResidualPx < 45
		} else if !k.Used {
			t.Errorf("%s was not used: %s", k.Photo, k.Why)
		}
	}
	if !found || !slices.ContainsFunc(rep.Warnings, func(s string) bool { return strings.Contains(s, "N03 in "+photo) }) {
		t.Errorf("%+v %q", rep.Points[3], rep.Warnings)
	}
	if rep.CheckDists[0].Of == Disagrees {
		t.Errorf("%+v", rep.CheckDists[0])
	}
	// All picks of a point in different places: no place.
	for i := range picks[4].Picks {
		picks[4].Picks[i].X += 60 * float64(i%5)
		picks[4].Picks[i].Y -= 45 * float64(i%7)
	}
	_, rep = apply(t, m, &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.001, 0)}})
	if rep.Points[4].Placed || rep.Points[4].Why == "" {
		t.Errorf("%+v", rep.Points[4])
	}
}

func TestLevel(t *testing.T) {
	m, picks, tr := room{photos: 10, points: 600, named: 8, noisePx: 0.3, pickPx: 0.3, seed: 10}.make()
	bars := []Distance{tr.bar(0, 3, 0.001, 0), tr.bar(4, 7, 0.001, 0)}
	same := func(x r3.Vec, z float64) r3.Vec { x.Z = z; return x }
	// Three points of one height.
	level := slices.Clone(picks)
	for i, at := range []r3.Vec{{X: -1, Y: -1}, {X: 1.2, Y: -0.5}, {X: 0.2, Y: 1.4}} {
		p := Point{Name: fmt.Sprintf("L%d", i)}
		for v := range tr.poses {
			if x, y, ok := tr.cam.Project(tr.poses[v].Apply(same(at, 0.8))); ok && x > 0 && y > 0 && x < 1200 && y < 900 {
				p.Picks = append(p.Picks, Pick{Photo: m.Views[v].Photo, X: x, Y: y, SigmaPx: 0.3})
			}
		}
		level = append(level, p)
	}
	heights := slices.Clone(picks)
	for i := range 5 {
		z := tr.named[name(i)].Z
		heights[i].Given = &Coordinates{Z: &z, Sigma: 0.002}
	}
	for _, c := range []struct {
		name   string
		in     Input
		how    string
		offDeg float64
	}{
		{"nothing", Input{Points: picks, Distances: bars}, "assumed", 5},
		{"plumb line", Input{Points: picks, Distances: bars, Level: Level{Plumb: [][]string{{name(1), name(0)}, {name(5), name(4)}}}}, "plumb line N01 to N00", 0.3},
		{"level line", Input{Points: level, Distances: bars, Level: Level{Flat: [][]string{{"L0", "L1", "L2"}}}}, "level line L0, L1, L2", 0.3},
		{"two points of a level line", Input{Points: level, Distances: bars, Level: Level{Flat: [][]string{{"L0", "L1"}}}}, "only the photos' common upright", 5},
		{"floor", Input{Points: picks, Distances: bars, Level: Level{Floor: true}}, "floor plane of", 0.3},
		{"heights", Input{Points: heights, Distances: bars}, "given coordinates", 0.2},
	} {
		out, rep := apply(t, m, &c.in)
		a := degreesUp(out, tr)
		if a > c.offDeg || a > 3.5*rep.LevelSigmaDeg || rep.LevelSigmaDeg <= 0 || !strings.Contains(rep.LevelHow, c.how) {
			t.Errorf("%s: %g degrees off, said %g, by %q", c.name, a, rep.LevelSigmaDeg, rep.LevelHow)
		}
		t.Logf("%s: %.3f degrees off, said %.3f, by %q", c.name, a, rep.LevelSigmaDeg, rep.LevelHow)
	}
}

func TestCheckRefuses(t *testing.T) {
	one := 1.0
	good := func() *Input {
		return &Input{Points: []Point{{Name: "A", Picks: []Pick{{Photo: "p", X: 1, Y: 2}}}, {Name: "B", Picks: []Pick{{Photo: "p", X: 3, Y: 2}}}},
			Distances: []Distance{{From: "A", To: "B", Metres: 1, Sigma: 0.01}}}
	}
	if err := Check(good(), nil); err != nil {
		t.Fatal(err)
	}
	if err := Check(&Input{Distances: []Distance{{From: "T1", To: "T2", Metres: 1, Sigma: 0.01}}}, func(s string) bool { return s[0] == 'T' }); err != nil {
		t.Errorf("coded targets need no entry: %v", err)
	}
	for _, c := range []struct {
		path string
		f    func(*Input)
	}{
		{"$.points[1].name", func(in *Input) { in.Points[1].Name = "A" }},
		{"$.points[0].name", func(in *Input) { in.Points[0].Name = "" }},
		{"$.points[1]", func(in *Input) { in.Points[1].Picks = nil }},
		{"$.points[0].picks[0]", func(in *Input) { in.Points[0].Picks[0].X = math.NaN() }},
		{"$.points[0].picks[0].photo", func(in *Input) { in.Points[0].Picks[0].Photo = "" }},
		{"$.points[0].picks[0].sigma_px", func(in *Input) { in.Points[0].Picks[0].SigmaPx = -1 }},
		{"$.points[0].picks[1].photo", func(in *Input) { in.Points[0].Picks = append(in.Points[0].Picks, Pick{Photo: "p"}) }},
		{"$.points[0].given_m", func(in *Input) { in.Points[0].Given = &Coordinates{Sigma: 1} }},
		{"$.points[0].given_m.sigma", func(in *Input) { in.Points[0].Given = &Coordinates{X: &one} }},
		{"$.points[0].check_m", func(in *Input) { in.Points[0].Check = &Coordinates{Sigma: 1} }},
		{"$.points[0]", func(in *Input) {
			in.Points[0].Given, in.Points[0].Check = &Coordinates{X: &one, Sigma: 1}, &Coordinates{X: &one, Sigma: 1}
		}},
		{"$.distances[0]", func(in *Input) { in.Distances[0].To = "C" }},
		{"$.distances[0]", func(in *Input) { in.Distances[0].To = "A" }},
		{"$.distances[0].metres", func(in *Input) { in.Distances[0].Metres = -1 }},
		{"$.distances[0].sigma_m", func(in *Input) { in.Distances[0].Sigma = 0 }},
		{"$.level.plumb[0]", func(in *Input) { in.Level.Plumb = [][]string{{"A"}} }},
		{"$.level.flat[0]", func(in *Input) { in.Level.Flat = [][]string{{"A", "A"}} }},
		{"$.level.sigma_m", func(in *Input) { in.Level.SigmaM = -1 }},
	} {
		in := good()
		c.f(in)
		var p *strictyaml.Problem
		if err := Check(in, nil); !errors.As(err, &p) || p.Path != c.path || p.Next == "" {
			t.Errorf("wanted a problem at %s, got %v", c.path, err)
		}
	}
}

// Two photos, whose stations can only lie on one line, and a model without points
// must give a model or an error, never numbers that are none.
func TestSmallModels(t *testing.T) {
	m, picks, tr := room{photos: 12, points: 150, named: 6, noisePx: 0.3, pickPx: 0.3, seed: 12}.make()
	two := copyOf(m)
	two.Views = slices.Clone(m.Views[:2])
	two.Points = nil
	for v := range two.Views {
		two.Views[v].Keypoints, two.Views[v].PointIdx = nil, nil
	}
	in := &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.01, 0)}}
	if out, _, err := Apply(context.Background(), two, in, nil, Options{}); err == nil && out.Scaled {
		t.Errorf("two photos without points were scaled: %+v", out.Precision)
	}
	for i := range m.Points {
		var q recon.SparsePoint
		q.Pos = m.Points[i].Pos
		for k, v := range m.Points[i].ViewIdx {
			if v < 2 {
				q.ViewIdx, q.KeyIdx = append(q.ViewIdx, v), append(q.KeyIdx, int32(len(two.Views[v].Keypoints)))
				two.Views[v].Keypoints = append(two.Views[v].Keypoints, m.Views[v].Keypoints[m.Points[i].KeyIdx[k]])
				two.Views[v].PointIdx = append(two.Views[v].PointIdx, int32(len(two.Points)))
			}
		}
		if len(q.ViewIdx) == 2 {
			two.Points = append(two.Points, q)
		}
	}
	two.Freedom = nil
	out, rep, err := Apply(context.Background(), two, in, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range out.Views {
		if s := v.PosCov.Sigma(); !(s > 0 && s < 1) {
			t.Errorf("station sure to %g", s)
		}
	}
	if !rep.Scaled || !(rep.ScaleRel > 0 && rep.ScaleRel < 0.1) {
		t.Errorf("%+v", rep)
	}
}

func TestCancelled(t *testing.T) {
	m, picks, tr := room{photos: 6, points: 60, named: 4, seed: 1}.make()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Apply(ctx, m, &Input{Points: picks, Distances: []Distance{tr.bar(0, 3, 0.001, 0)}}, nil, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("gave %v", err)
	}
}
