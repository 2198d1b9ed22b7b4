package global

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/recon/geom"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

func gauss(rng *rand.Rand, s float64) r3.Vec {
	return r3.Vec{X: s * rng.NormFloat64(), Y: s * rng.NormFloat64(), Z: s * rng.NormFloat64()}
}

// graph gives true rotations and measured edges between cameras up to reach
// apart, a share of which is false.
func graph(n, reach int, noise, wrong float64, seed uint64) (truth []quat.Number, edges []Edge, isFalse []bool) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for range n {
		truth = append(truth, geom.Rotation(gauss(rng, 1)))
	}
	for a := range n {
		for b := a + 1; b < n && b-a <= reach; b++ {
			q := quat.Mul(geom.Rotation(gauss(rng, noise)), quat.Mul(truth[b], quat.Conj(truth[a])))
			bad := rng.Float64() < wrong
			if bad {
				q = geom.Rotation(r3.Scale(0.7+2*rng.Float64(), r3.Unit(gauss(rng, 1))))
			}
			edges = append(edges, Edge{A: a, B: b, BFromA: q, Weight: 20 + 100*rng.Float64()})
			isFalse = append(isFalse, bad)
		}
	}
	return truth, edges, isFalse
}

// off gives the largest and mean angle between rotations after the best turn,
// which is taken from the median of those between like cameras.
func off(rot, truth []quat.Number) (mean, most float64) {
	best := math.Inf(1)
	for i := range rot {
		turn := quat.Mul(quat.Conj(truth[i]), rot[i])
		sum, top := 0.0, 0.0
		for j := range rot {
			a := angleOf(quat.Mul(rot[j], quat.Conj(quat.Mul(truth[j], turn))))
			sum += a / float64(len(rot))
			top = max(top, a)
		}
		if sum < best {
			best, mean, most = sum, sum, top
		}
	}
	return mean, most
}

func TestRotations(t *testing.T) {
	for _, c := range []struct {
		name             string
		n, reach         int
		noise, wrong     float64
		minMean, maxMean float64 // radians
	}{
		{"exact", 12, 4, 0, 0, 0, 1e-8},
		{"noise", 40, 6, 0.01, 0, 1e-3, 0.02},
		{"noise, a fifth false", 40, 10, 0.01, 0.2, 1e-3, 0.03},
		{"exact, a fifth false", 40, 10, 0, 0.2, 0, 2e-3},
	} {
		for seed := range uint64(3) {
			truth, edges, _ := graph(c.n, c.reach, c.noise, c.wrong, seed)
			rot, reached := Rotations(c.n, 0, edges)
			mean, most := off(rot, truth)
			if slices.Contains(reached, false) || mean < c.minMean || mean > c.maxMean || most > 6*c.maxMean {
				t.Errorf("%s, seed %d: off by %.5f rad, at most %.5f", c.name, seed, mean, most)
			}
		}
	}
}

func TestRotationsReachOnlyWhatIsConnected(t *testing.T) {
	_, edges, _ := graph(6, 2, 0, 0, 1)
	cut := slices.DeleteFunc(edges, func(e Edge) bool { return e.A < 3 && e.B >= 3 })
	_, reached := Rotations(6, 4, cut)
	if !slices.Equal(reached, []bool{false, false, false, true, true, true}) {
		t.Errorf("reached %v", reached)
	}
}

func TestFalseEdges(t *testing.T) {
	for seed := range uint64(4) {
		_, edges, isFalse := graph(30, 5, 0.01, 0.15, seed)
		bad := FalseEdges(30, edges)
		missed, wrongly, all := 0, 0, 0
		for k := range edges {
			if isFalse[k] {
				all++
			}
			if isFalse[k] && !bad[k] {
				missed++
			}
			if !isFalse[k] && bad[k] {
				wrongly++
			}
		}
		if wrongly > 1 || missed*4 > all {
			t.Errorf("seed %d: of %d false edges %d stayed; %d true ones went", seed, all, missed, wrongly)
		}
	}
	// Without loops nothing can be said.
	_, chain, _ := graph(10, 1, 0.01, 0.5, 1)
	if slices.Contains(FalseEdges(10, chain), true) {
		t.Error("an edge of a chain was called false")
	}
}

// walk gives cameras on a path through a room and what they see of its points.
func walk(cameras, points int, noise, wrong float64, seed uint64) (centre, point []r3.Vec, s []Sighting) {
	rng := rand.New(rand.NewPCG(seed, 11))
	for i := range cameras {
		a := 2.2 * math.Pi * float64(i) / float64(cameras)
		centre = append(centre, r3.Vec{X: 2 * math.Cos(a), Y: 1.5 * math.Sin(a), Z: 0.3 * math.Sin(3*a)})
	}
	for len(point) < points {
		p := r3.Vec{X: 8*rng.Float64() - 4, Y: 6*rng.Float64() - 3, Z: 3*rng.Float64() - 1}
		from := len(s)
		for c := range centre {
			look := r3.Scale(-1, r3.Unit(centre[c]))
			d := r3.Sub(p, centre[c])
			if r3.Norm(d) < 0.5 || r3.Dot(r3.Unit(d), look) < 0.8 || rng.Float64() < 0.3 {
				continue
			}
			dir := r3.Unit(r3.Add(r3.Unit(d), gauss(rng, noise)))
			if rng.Float64() < wrong {
				dir = r3.Unit(r3.Add(dir, gauss(rng, 0.3)))
			}
			s = append(s, Sighting{Camera: int32(c), Point: int32(len(point)), Dir: dir})
		}
		if len(s) < from+3 {
			s = s[:from]
			continue
		}
		point = append(point, p)
	}
	return centre, point, s
}

// offCentres is the mean distance of the centres after the best shift and scale.
func offCentres(got, want []r3.Vec) float64 {
	n := float64(len(got))
	var a, b r3.Vec
	for i := range got {
		a, b = r3.Add(a, r3.Scale(1/n, got[i])), r3.Add(b, r3.Scale(1/n, want[i]))
	}
	cross, square := 0.0, 0.0
	for i := range got {
		p, q := r3.Sub(got[i], a), r3.Sub(want[i], b)
		cross += r3.Dot(p, q)
		square += r3.Norm2(p)
	}
	sum := 0.0
	for i := range got {
		sum += r3.Norm(r3.Sub(r3.Scale(cross/square, r3.Sub(got[i], a)), r3.Sub(want[i], b))) / n
	}
	return sum
}

func TestPositions(t *testing.T) {
	for _, c := range []struct {
		name         string
		cameras      int
		points       int
		noise, wrong float64
		least, most  float64
	}{
		{"exact", 12, 150, 0, 0, 0, 5e-3},
		{"noise of 0.1 deg", 16, 300, 0.002, 0, 1e-5, 0.02},
		{"noise, a tenth far off", 16, 300, 0.002, 0.1, 1e-5, 0.15},
	} {
		for seed := range uint64(3) {
			centre, point, s := walk(c.cameras, c.points, c.noise, c.wrong, seed)
			got, _, ok, err := Positions(context.Background(), len(centre), len(point), s)
			if err != nil {
				t.Fatal(err)
			}
			if d := offCentres(got, centre); !ok || d < c.least || d > c.most {
				t.Errorf("%s, seed %d: off by %.5f m, %v", c.name, seed, d, ok)
			}
		}
	}
}

func TestPositionsDegenerate(t *testing.T) {
	if _, _, _, err := Positions(context.Background(), 2, 0, nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	centre, point, s := walk(6, 50, 0, 0, 1)
	if _, _, _, err := Positions(ctx, len(centre), len(point), s); err == nil {
		t.Error("a cancelled solution gave no error")
	}
}
