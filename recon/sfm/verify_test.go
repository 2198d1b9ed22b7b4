package sfm

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"firescene/recon/geom"
)

func verified(t *testing.T, s *scene) {
	t.Helper()
	if err := s.verifyAll(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestKindsOfPairs makes pairs whose geometry is known. With the focal length in
// doubt a turn must still be told from a wall.
func TestKindsOfPairs(t *testing.T) {
	for _, c := range []struct {
		name     string
		knobs    synthetic
		focalOff float64
		want     pairKind
	}{
		{"room", synthetic{photos: 4, points: 300, stepDeg: 8, reach: 2, noisePx: 0.5, outliers: 0.2}, 1, general},
		{"wall", synthetic{photos: 4, points: 300, stepDeg: 8, reach: 2, noisePx: 0.5, planar: true}, 1, planar},
		{"turn", synthetic{photos: 4, points: 300, stepDeg: 8, reach: 2, noisePx: 0.5, outliers: 0.2, spot: true}, 1, rotation},
		{"turn, focal length 8 % off", synthetic{photos: 4, points: 300, stepDeg: 8, reach: 2, noisePx: 0.5, spot: true}, 1.08, rotation},
		{"one photo twice", synthetic{photos: 2, points: 300, reach: 1, noisePx: 0.3, doubled: true}, 1, rotation},
	} {
		other, all := 0, 0
		for seed := range uint64(3) {
			c.knobs.seed = seed
			s, poses := c.knobs.make()
			if c.focalOff != 1 {
				s.cams[0].FxPx, s.cams[0].FyPx, s.cams[0].Source = synthFocal*c.focalOff, synthFocal*c.focalOff, sourceEXIF
			}
			verified(t, s)
			for i := range s.pairs {
				p := &s.pairs[i]
				if all++; !p.verified() {
					t.Errorf("%s, seed %d: pair %d-%d is lost", c.name, seed, p.a, p.b)
				}
				if p.kind != c.want {
					other++
				}
				truth := poses[p.b].Mul(poses[p.a].Inverse())
				if off := degrees(geom.RotationAngle(p.pose, truth)); c.want == general && off > 0.8 {
					t.Errorf("%s: rotation off by %g deg", c.name, off)
				}
				if c.want == rotation && degrees(p.angle) > 1e-3 {
					t.Errorf("%s: an angle of %g deg where there is no depth", c.name, degrees(p.angle))
				}
			}
		}
		// A wall may pass for a place with depth where the noise is as large.
		if allowed := map[pairKind]int{planar: 2}[c.want]; other > allowed {
			t.Errorf("%s: %d of %d pairs are of another kind", c.name, other, all)
		}
	}
}

// TestNoPairByChance: matches that are all wrong must leave no pair.
func TestNoPairByChance(t *testing.T) {
	s, _ := synthetic{photos: 6, points: 60, stepDeg: 8, reach: 5, outliers: 1}.make()
	verified(t, s)
	for i := range s.pairs {
		if p := &s.pairs[i]; p.verified() {
			t.Errorf("pair %d-%d was made of %d wrong matches", p.a, p.b, len(p.matches))
		}
	}
}

// TestOverlayIsNotThePlace: a date burnt into the corner of every photo joins no
// photos, and is dropped from pairs that show the same place.
func TestOverlayIsNotThePlace(t *testing.T) {
	s, _ := synthetic{photos: 4, points: 300, stepDeg: 8, reach: 1, noisePx: 0.3}.make()
	before := make([]int, len(s.pairs))
	for i := range s.pairs {
		before[i] = len(s.pairs[i].matches)
	}
	first := make([]int32, len(s.photos))
	for i := range s.photos {
		first[i] = int32(len(s.photos[i].keys))
		for k := range 40 {
			s.photos[i].keys = append(s.photos[i].keys, key{x: 900 + float32(k), y: 700 + float32(k%7)*3, sigma: 2})
		}
	}
	dated := func(p *pair) {
		for k := range int32(40) {
			p.matches = append(p.matches, [2]int32{first[p.a] + k, first[p.b] + k})
		}
	}
	for i := range s.pairs {
		dated(&s.pairs[i])
	}
	apart := pair{a: 0, b: 3}
	dated(&apart)
	s.pairs = append(s.pairs, apart)
	verified(t, s)
	for i := range before {
		p := &s.pairs[i]
		if len(p.matches) > before[i] || len(p.matches) < before[i]*9/10 {
			t.Errorf("pair %d-%d: %d matches, %d without the date", p.a, p.b, len(p.matches), before[i])
		}
	}
	if p := &s.pairs[len(before)]; p.verified() || p.kind != overlaid {
		t.Errorf("a date alone joined two photos: kind %d", p.kind)
	}
}

func TestGroundDistance(t *testing.T) {
	a, b := [3]float64{55.7, 179.9999, 0}, [3]float64{55.7, -179.9999, 0}
	if d := groundDistance(&a, &b); math.Abs(d-12.53) > 0.05 {
		t.Errorf("across the date line: %g m", d)
	}
}

// TestUnmatchedFindsTheLoop: photos that see the points of a common neighbour
// are matched with each other, and those that share none are not.
func TestUnmatchedFindsTheLoop(t *testing.T) {
	s, _ := synthetic{photos: 8, points: 300, stepDeg: 4, reach: 1}.make()
	s.matched = map[candidate]bool{}
	for i := range s.pairs {
		s.pairs[i].angle = 0.1
		s.matched[candidate{s.pairs[i].a, s.pairs[i].b}] = true
	}
	got := s.unmatched()
	if len(got) != 6 {
		t.Fatalf("%v", got)
	}
	for i, c := range got {
		if c != (candidate{i, i + 2}) {
			t.Errorf("pair %v, want %d-%d", c, i, i+2)
		}
	}
}

func TestBestOfEachBoundsTheWork(t *testing.T) {
	const n = 60
	var pairs []candidate
	var score []int
	for a := range n {
		for b := a + 1; b < n; b++ {
			pairs, score = append(pairs, candidate{a, b}), append(score, 100-(b-a))
		}
	}
	got := bestOfEach(n, pairs, score, 50, 4)
	if len(got) > 4*n || len(got) < 2*n {
		t.Errorf("%d pairs of %d photos", len(got), n)
	}
	for _, c := range got {
		if c.b-c.a > 4 {
			t.Errorf("pair %v is not among the best of either", c)
		}
	}
}

func TestNeighboursInTimeKeepToTheirCamera(t *testing.T) {
	s, _ := synthetic{photos: 6, points: 10}.make()
	s.cams = append(s.cams, s.cams[0])
	for i := range s.photos {
		s.photos[i].cam = i % 2
		s.photos[i].time = time.Unix(1e9, 0).Add(-time.Duration(i) * time.Minute)
	}
	s.photos[4].time = time.Time{}
	got := map[candidate]bool{}
	for _, c := range s.neighboursInTime([]int{0, 1, 2, 3, 4, 5}, 2) {
		got[c] = true
	}
	for _, want := range []candidate{{0, 2}, {1, 3}, {3, 5}, {1, 5}} {
		if !got[want] {
			t.Errorf("%v is missing", want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%v", got)
	}
}

func BenchmarkVerify2000Matches(b *testing.B) {
	s, _ := synthetic{photos: 2, points: 4000, stepDeg: 8, reach: 1, noisePx: 0.5, outliers: 0.4}.make()
	whole := s.pairs[0].matches
	for b.Loop() {
		p := pair{a: 0, b: 1, matches: slices.Clone(whole)}
		if s.verify(&p); !p.verified() {
			b.Fatal("the pair is lost")
		}
	}
}
