package sfm

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"firescene/recon"
)

// Photos of two places that share nothing are two models, each right in its own
// frame, and every photo is told of.
func TestTwoPlacesAreTwoModels(t *testing.T) {
	for seed := range uint64(2) {
		s, poses := synthetic{photos: 12, points: 1200, stepDeg: 7, reach: 4, noisePx: 0.3, apart: true, seed: seed}.make()
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Views) != 8 || len(m.Others) != 1 || len(m.Others[0].Views) != 4 || len(m.Rejected) != 4 {
			t.Fatalf("seed %d: %d photos, %d further models, %d rejected", seed, len(m.Views), len(m.Others), len(m.Rejected))
		}
		for _, r := range m.Rejected {
			if !strings.Contains(r.Reason, "in model 2") || r.Next == "" {
				t.Errorf("%s: %s", r.Photo, r.Reason)
			}
		}
		for _, model := range []*recon.SparseModel{m, m.Others[0]} {
			if pos, deg := compare(model, named(s, poses)); pos > 0.02 || deg > 0.15 {
				t.Errorf("seed %d, %d photos: off by %.4f m and %.3f deg", seed, len(model.Views), pos, deg)
			}
			checkModel(t, model)
		}
	}
}

// Two rooms with doors of one kind must not become one room.
func TestLikeDoorsDoNotJoinRooms(t *testing.T) {
	for seed := range uint64(2) {
		s, poses := synthetic{photos: 12, points: 1500, stepDeg: 6, reach: 4, noisePx: 0.3, door: true, seed: seed}.make()
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Views) != 6 || len(m.Others) != 1 || len(m.Others[0].Views) != 6 {
			t.Fatalf("seed %d: %d photos, %d further models", seed, len(m.Views), len(m.Others))
		}
		for _, model := range []*recon.SparseModel{m, m.Others[0]} {
			if pos, deg := compare(model, named(s, poses)); pos > 0.02 || deg > 0.15 {
				t.Errorf("seed %d: off by %.4f m and %.3f deg", seed, pos, deg)
			}
		}
	}
}

// The two methods find the same place from the same matches.
func TestSecondOpinionAgrees(t *testing.T) {
	for _, knobs := range []synthetic{
		{photos: 9, points: 400, stepDeg: 8, reach: 4, noisePx: 0.4},
		{photos: 9, points: 500, stepDeg: 8, reach: 4, noisePx: 0.4, outliers: 0.3, seed: 3},
		{photos: 9, points: 700, reach: 4, noisePx: 0.3, forward: true},
	} {
		s, _ := knobs.make()
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		o := m.Second
		if o == nil || m.Method != recon.MethodIncremental || o.Method != recon.MethodGlobal || !o.Agrees || o.Common != 9 || len(o.Differ) > 0 {
			t.Errorf("%+v: %s and %+v", knobs, m.Method, o)
		}
	}
}

// One photo by a camera of which nothing is known, among photos of a known one.
func TestOnePhotoOfAnUnknownCamera(t *testing.T) {
	for seed := range uint64(2) {
		s, poses := synthetic{photos: 7, points: 400, stepDeg: 8, reach: 4, noisePx: 0.3, stranger: true, seed: seed}.make()
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Views) != 7 || len(m.Cameras) != 2 || math.Abs(m.Cameras[1].FxPx/strangeFocal-1) > 0.01 || m.Cameras[0].FxPx != synthFocal {
			t.Fatalf("seed %d: %d photos, cameras %+v", seed, len(m.Views), m.Cameras)
		}
		if pos, deg := compare(m, named(s, poses)); pos > 0.02 || deg > 0.15 {
			t.Errorf("seed %d: off by %.4f m and %.3f deg", seed, pos, deg)
		}
	}
}

// A first model that is wrong is told by the second, and the better one is kept.
func TestSecondOpinionCorrects(t *testing.T) {
	knobs := synthetic{photos: 9, points: 400, stepDeg: 8, reach: 4, noisePx: 0.4}
	s, poses := knobs.make()
	ctx := context.Background()
	if err := s.verifyAll(ctx); err != nil {
		t.Fatal(err)
	}
	s.buildTracks()
	taken := make([]bool, len(s.photos))
	g, err := s.growBest(ctx, taken)
	if err != nil {
		t.Fatal(err)
	}
	// Two photos change places.
	g.poses[2], g.poses[6] = g.poses[6], g.poses[2]
	b := built{growing: g, method: recon.MethodIncremental}
	if err := b.askSecond(ctx, taken); err != nil {
		t.Fatal(err)
	}
	if b.method != recon.MethodGlobal || b.second == nil || b.second.Agrees || b.second.Method != recon.MethodIncremental || b.second.MaxDeg < 5 {
		t.Errorf("kept %s; %+v", b.method, b.second)
	}
	if pos, deg := compare(s.modelOf(b.growing), named(s, poses)); pos > 0.02 || deg > 0.15 {
		t.Errorf("the global method is off by %.4f m and %.3f deg", pos, deg)
	}
}

// Two like things, turned against each other, that photos far apart take for one:
// the loops of the other pairs tell.
func TestFalsePairsAreDropped(t *testing.T) {
	knobs := synthetic{photos: 10, points: 300, stepDeg: 6, reach: 3, noisePx: 0.3, twins: true}
	for seed := range uint64(2) {
		knobs.seed = seed
		s, _ := knobs.make()
		if err := s.verifyAll(context.Background()); err != nil {
			t.Fatal(err)
		}
		count := func() (right, wrong int) {
			for i := range s.pairs {
				switch p := &s.pairs[i]; {
				case !p.verified():
				case p.b-p.a > knobs.reach:
					wrong++
				default:
					right++
				}
			}
			return right, wrong
		}
		rightBefore, wrongBefore := count()
		s.dropFalsePairs()
		if right, wrong := count(); wrongBefore < 5 || wrong*5 > wrongBefore || right < rightBefore {
			t.Errorf("seed %d: %d false pairs of %d stayed, %d true ones of %d", seed, wrong, wrongBefore, right, rightBefore)
		}
	}
}

func TestNoModelSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name  string
		knobs synthetic
		want  string
	}{
		{"turned on the spot", synthetic{photos: 6, points: 500, stepDeg: 6, reach: 4, noisePx: 0.3, spot: true}, "from one place"},
		{"two of one", synthetic{photos: 2, points: 300, reach: 1, noisePx: 0.3, doubled: true}, "from one place"},
	} {
		for seed := range uint64(3) {
			c.knobs.seed = seed
			s, _ := c.knobs.make()
			m, err := s.mapMatches(context.Background())
			var none *NoModelError
			if !errors.As(err, &none) || !strings.Contains(none.Reason, c.want) || none.Next == "" {
				t.Errorf("%s, seed %d: model %v, %v", c.name, seed, m != nil, err)
				continue
			}
			for _, r := range none.Rejected {
				if !strings.Contains(r.Reason, "taken from the place of") || r.Next == "" {
					t.Errorf("%s: %s: %s", c.name, r.Photo, r.Reason)
				}
			}
		}
	}
}

func TestModelsSameForAnyWorkers(t *testing.T) {
	var first *recon.SparseModel
	for _, workers := range []int{1, 4} {
		s, _ := synthetic{photos: 9, points: 800, stepDeg: 7, reach: 3, noisePx: 0.4, outliers: 0.1, apart: true, source: "guess"}.make()
		s.opt.Workers = workers
		m, err := s.mapMatches(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = m
		} else if !reflect.DeepEqual(first, m) {
			t.Errorf("%d workers give other models than one", workers)
		}
	}
}

// Photos that one of two models lacks are named: the two do not agree, though no
// photo that both hold lies differently.
func TestPhotosOfOneModelAlone(t *testing.T) {
	s, _ := synthetic{photos: 6, points: 300, stepDeg: 8, reach: 4, noisePx: 0.3}.make()
	ctx := context.Background()
	if err := s.verifyAll(ctx); err != nil {
		t.Fatal(err)
	}
	s.buildTracks()
	g, err := s.growBest(ctx, make([]bool, len(s.photos)))
	if err != nil {
		t.Fatal(err)
	}
	less := *g
	less.placed = slices.Clone(g.placed)
	less.placed[4] = false
	name := []string{s.photos[4].name}
	if o := compareModels(g, &less); o.Agrees || len(o.Differ) > 0 || !slices.Equal(o.OnlyFirst, name) || o.OnlySecond != nil {
		t.Errorf("%+v", o)
	}
	if o := compareModels(&less, g); o.Agrees || len(o.Differ) > 0 || !slices.Equal(o.OnlySecond, name) || o.OnlyFirst != nil {
		t.Errorf("%+v", o)
	}
}
