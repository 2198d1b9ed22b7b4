package sfm

import (
	"cmp"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
)

// demand is what a pair must offer to start a model.
type demand struct {
	matches  int
	angleDeg float64
}

// demands are tried from the first on: many matches at a wide angle give the
// firmest start, but a set that has none such still gets a model.
var demands = []demand{{200, 12}, {100, 12}, {100, 6}, {60, 4}, {40, 3}, {30, 2}, {minMatches, 1}}

// starts lists the pairs that a model can be started from, best first.
func (s *scene) starts() []*pair {
	var out []*pair
	used := map[*pair]bool{}
	for _, d := range demands {
		var level []*pair
		for i := range s.pairs {
			p := &s.pairs[i]
			if !used[p] && p.verified() && len(p.matches) >= d.matches && degrees(p.angle) >= d.angleDeg {
				level = append(level, p)
				used[p] = true
			}
		}
		// A pair that one plane explains may hide a turn on the spot.
		score := func(p *pair) float64 { return float64(len(p.matches)) * (1.5 - p.planeShare) }
		slices.SortStableFunc(level, func(a, b *pair) int { return cmp.Compare(score(b), score(a)) })
		out = append(out, level...)
	}
	return out
}

// start places the two photos of a pair and their points; nil where too few
// points come out. Photos that are taken stay out of the model.
func (s *scene) start(p *pair, taken []bool) *growing {
	g := s.nothingPlaced(taken)
	g.poses[p.a], g.poses[p.b] = recon.IdentityPose(), p.pose
	g.placed[p.a], g.placed[p.b] = true, true
	g.triangulateFor(p.b)
	if g.points() < minResect {
		return nil
	}
	return g
}

// nothingPlaced is a model before its first photo.
func (s *scene) nothingPlaced(taken []bool) *growing {
	g := &growing{
		scene:  s,
		cams:   slices.Clone(s.cams),
		centre: make([]bool, len(s.cams)),
		poses:  make([]recon.Pose, len(s.photos)),
		placed: make([]bool, len(s.photos)),
		barred: slices.Clone(taken),
		pts:    make([]point, len(s.tracks)),
		plane:  make([][]geom.Point2, len(s.photos)),
		tried:  make([]int, len(s.photos)),
		score:  make([]int, len(s.photos)),
		seen:   make([]int, len(s.photos)),
		stale:  make([]bool, len(s.photos)),
	}
	sightings := 0
	for _, t := range s.tracks {
		sightings += len(t)
	}
	in := make([]bool, sightings)
	for i, t := range s.tracks {
		g.pts[i].in, in = in[:len(t):len(t)], in[len(t):]
	}
	for i := range s.photos {
		g.refreshPlane(i)
	}
	return g
}
