package sfm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
	"firescene/recon/match"
)

const (
	minMatches   = 15  // of a pair that is looked at further
	epipolarPx   = 3.0 // largest distance of a match to the epipolar geometry, in searched pixels
	homographyPx = 3.0
)

// pairKind says what two photos' matches tell of the place.
type pairKind uint8

const (
	general  pairKind = iota // they fix the relative pose
	planar                   // one plane explains them; the relative pose may be the wrong one of two
	rotation                 // a turn on the spot explains them: no depth, and no direction of motion
	overlaid                 // they lie at the same pixels: a watermark, a date or dirt, not the place
)

// pair is two photos, a < b, with the matches that their relative pose keeps.
type pair struct {
	a, b       int
	matches    [][2]int32 // keypoints of a and b
	pose       recon.Pose // of b against a, translation of length one and of no meaning for a rotation
	angle      float64    // median angle at which the two see their points, radians
	planeShare float64    // share of the matches that one homography explains
	kind       pairKind
}

func (p *pair) verified() bool { return p.angle > 0 }

// matchAll matches the pairs of photos that may overlap and keeps those with
// enough matches.
func (s *scene) matchAll(ctx context.Context) error {
	todo, err := s.candidates(ctx)
	if err != nil {
		return err
	}
	s.pairs, err = s.matchPairs(ctx, "matching", todo)
	return err
}

// matchPairs matches all descriptors of the given pairs and returns the pairs
// with enough matches, in the same order.
func (s *scene) matchPairs(ctx context.Context, stage string, todo []candidate) ([]pair, error) {
	all := make([]pair, len(todo))
	matchers := make([]*match.Matcher, s.opt.Workers)
	raw := make([][]match.Pair, s.opt.Workers)
	err := s.forEach(ctx, stage, len(todo), func(w, i int) error {
		if matchers[w] == nil {
			matchers[w] = match.New(match.Options{})
		}
		a, b := &s.photos[todo[i].a], &s.photos[todo[i].b]
		p := &all[i]
		p.a, p.b = todo[i].a, todo[i].b
		var ok bool
		if p.matches, ok = s.loadMatches(a, b); ok {
			return nil
		}
		var err error
		if raw[w], err = matchers[w].Match(ctx, raw[w][:0], a.packed, b.packed); err != nil {
			return err
		}
		p.matches = keypointMatches(raw[w], a.owner, b.owner)
		return s.save(s.matchesKey(a, b), appendMatches(nil, p.matches))
	})
	if err != nil {
		return nil, err
	}
	if s.matched == nil {
		s.matched = map[candidate]bool{}
	}
	for _, c := range todo {
		s.matched[c] = true
	}
	return slices.DeleteFunc(all, func(p pair) bool { return len(p.matches) < minMatches }), nil
}

// keypointMatches takes matches of descriptors to those of keypoints: of several
// orientations of one keypoint the first match counts.
func keypointMatches(raw []match.Pair, ownerA, ownerB []int32) [][2]int32 {
	out := make([][2]int32, 0, len(raw))
	seenA, seenB := map[int32]bool{}, map[int32]bool{}
	for _, m := range raw {
		a, b := ownerA[m.A], ownerB[m.B]
		if !seenA[a] && !seenB[b] {
			seenA[a], seenB[b] = true, true
			out = append(out, [2]int32{a, b})
		}
	}
	return out
}

// verifyAll finds the relative pose of every pair and drops what contradicts it.
// In a large set the pairs found suggest others, which are then matched too.
func (s *scene) verifyAll(ctx context.Context) error {
	if err := s.guessFocals(ctx); err != nil {
		return err
	}
	if err := s.verifyPairs(ctx, s.pairs); err != nil {
		return err
	}
	if len(s.photos) > exhaustiveUpTo {
		for range expansions {
			if err := s.expand(ctx); err != nil {
				return err
			}
		}
	}
	for i := range s.photos {
		s.photos[i].packed, s.photos[i].owner = nil, nil
	}
	return nil
}

func (s *scene) verifyPairs(ctx context.Context, pairs []pair) error {
	return s.forEach(ctx, "geometry", len(pairs), func(_, i int) error {
		p := &pairs[i]
		key := s.geometryKey(p)
		if s.loadGeometry(p, key) {
			return nil
		}
		s.verify(p)
		return s.save(key, p.encoded())
	})
}

// expand matches the pairs that the verified ones suggest.
func (s *scene) expand(ctx context.Context) error {
	more, err := s.matchPairs(ctx, "matching neighbours", s.unmatched())
	if err == nil {
		err = s.verifyPairs(ctx, more)
	}
	s.pairs = append(s.pairs, more...)
	slices.SortFunc(s.pairs, func(x, y pair) int { return compareCandidates(candidate{x.a, x.b}, candidate{y.a, y.b}) })
	return err
}

// onPlane gives a pair's matches on the two image planes.
func (s *scene) onPlane(p *pair, camA, camB *recon.Camera) (x, y []geom.Point2) {
	for _, m := range p.matches {
		ax, ay := s.photos[p.a].pixel(m[0])
		bx, by := s.photos[p.b].pixel(m[1])
		x = append(x, normalised(camA, ax, ay))
		y = append(y, normalised(camB, bx, by))
	}
	return x, y
}

// tolerance is a distance in searched pixels on the image planes of two photos.
func (s *scene) tolerance(a, b int, px float64) float64 {
	ca, cb := &s.cams[s.photos[a].cam], &s.cams[s.photos[b].cam]
	return px * (s.photos[a].factor/ca.FxPx + s.photos[b].factor/cb.FxPx) / 2
}

// guessFocals chooses the focal length of cameras of which nothing is known: the
// one of a ladder under which their best pairs keep the most matches.
func (s *scene) guessFocals(ctx context.Context) error {
	settled := make([]bool, len(s.cams))
	for c := range s.cams {
		settled[c] = s.cams[c].Source != sourceGuess
	}
	// Cameras with pairs of their own first; then those that share pairs with
	// cameras of which something is known by now.
	for pass := range 3 {
		for c := range s.cams {
			if settled[c] {
				continue
			}
			pairs := s.pairsOf(c, nil)
			if len(pairs) == 0 && pass > 0 {
				pairs = s.pairsOf(c, settled)
			}
			if len(pairs) == 0 {
				continue
			}
			if err := s.guessFocal(ctx, c, pairs); err != nil {
				return err
			}
			settled[c] = true
		}
	}
	return nil
}

// pairsOf lists the pairs with most matches of which both photos are of camera c
// or, with known, one is and the other is of a known camera.
func (s *scene) pairsOf(c int, known []bool) []*pair {
	var out []*pair
	for i := range s.pairs {
		p := &s.pairs[i]
		a, b := s.photos[p.a].cam, s.photos[p.b].cam
		if a == c && b == c || known != nil && (a == c && known[b] || b == c && known[a]) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *pair) int { return cmp.Compare(len(b.matches), len(a.matches)) })
	return out[:min(len(out), 8)]
}

func (s *scene) guessFocal(ctx context.Context, c int, pairs []*pair) error {
	ladder := []float64{0.55, 0.7, 0.85, 1, 1.2, 1.45, 1.8, 2.3, 3}
	cam := &s.cams[c]
	side := float64(max(cam.WidthPx, cam.HeightPx))
	score := make([]float64, len(ladder))
	err := s.forEach(ctx, "focal length", len(ladder), func(_, k int) error {
		trial := *cam
		trial.FxPx, trial.FyPx = ladder[k]*side, ladder[k]*side
		of := func(photo int) *recon.Camera {
			if s.photos[photo].cam == c {
				return &trial
			}
			return &s.cams[s.photos[photo].cam]
		}
		for _, p := range pairs {
			camA, camB := of(p.a), of(p.b)
			x, y := s.onPlane(p, camA, camB)
			limit := epipolarPx / 4 * (s.photos[p.a].factor/camA.FxPx + s.photos[p.b].factor/camB.FxPx)
			rel, ok := geom.EstimateRelative(x, y, geom.RansacOptions{Threshold: limit, Seed: s.seedOf(p.a, p.b), MaxTrials: 300})
			if ok {
				score[k] += float64(len(x)) - rel.Cost/(limit*limit)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	best := 0
	for k := range score {
		if score[k] > score[best] {
			best = k
		}
	}
	if score[best] > 0 {
		cam.FxPx, cam.FyPx = ladder[best]*side, ladder[best]*side
	}
	return nil
}

func degrees(rad float64) float64 { return rad * 180 / math.Pi }
