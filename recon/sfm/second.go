package sfm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
	"firescene/recon/global"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	edgeMisfit   = 10 * math.Pi / 180 // of a pair's rotation that stays out of the global solution
	sightMisfit  = 3 * math.Pi / 180  // of a sighting that takes part in its first adjustment
	sightsEach   = 300                // sightings of a photo that place it, where there are so many
	betterShare  = 1.01               // of the other's support that the second method must have to be kept
	agreeDeg     = 0.5                // differences up to which two methods agree
	agreeShare   = 0.01
	globalRounds = 2
)

// askSecond lets the global method place the photos that the model could hold,
// keeps the better of the two and notes how they compare.
func (b *built) askSecond(ctx context.Context, taken []bool) error {
	other, err := b.scene.placeAtOnce(ctx, b.growing, taken)
	if err != nil || other == nil {
		return err
	}
	otherMethod := recon.MethodGlobal
	// Two that agree have one and the same best adjustment.
	if second := compareModels(b.growing, other); second.Agrees {
		second.Method = otherMethod
		b.second = &second
		return nil
	}
	if err := other.finish(ctx); err != nil {
		return err
	}
	if other.count() > b.count() || other.count() == b.count() && other.support() > betterShare*b.support() {
		otherMethod, b.method = b.method, otherMethod
		b.growing, other = other, b.growing
	}
	second := compareModels(b.growing, other)
	second.Method = otherMethod
	b.second = &second
	return nil
}

// support is the number of sightings, each counted less the further off it is.
func (g *growing) support() float64 {
	sum := 0.0
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		for k, in := range g.pts[t].in {
			if in {
				e := g.errorPx(t, k, g.pts[t].pos) / keepPx
				sum += max(0, 1-e*e)
			}
		}
	}
	return sum
}

// placeAtOnce places by the global method the photos that verified pairs connect
// with those of a model. Of the model itself it takes the intrinsics alone. It
// returns nil where that fails.
func (s *scene) placeAtOnce(ctx context.Context, model *growing, taken []bool) (*growing, error) {
	of, _ := s.connected(taken)
	root := slices.Index(model.placed, true)
	var edges []global.Edge
	for i := range s.pairs {
		p := &s.pairs[i]
		if p.verified() && of[p.a] == of[root] && of[p.b] == of[root] {
			edges = append(edges, global.Edge{A: p.a, B: p.b, BFromA: p.pose.Q, Weight: float64(len(p.matches))})
		}
	}
	rot, _ := global.Rotations(len(s.photos), root, edges)
	edges = slices.DeleteFunc(edges, func(e global.Edge) bool { return global.Misfit(rot, e) > edgeMisfit })
	rot, reached := global.Rotations(len(s.photos), root, edges)

	g := s.nothingPlaced(taken)
	g.cams, g.centre = slices.Clone(model.cams), slices.Clone(model.centre)
	for i := range s.photos {
		g.refreshPlane(i)
	}
	camera := make([]int32, len(s.photos)) // -1: not placed
	var photos []int
	for i := range camera {
		camera[i] = -1
		if reached[i] && s.photos[i].failed == nil {
			camera[i] = int32(len(photos))
			photos = append(photos, i)
		}
	}
	tracks, sight := g.directions(rot, camera, len(photos))
	centres, points, ok, err := global.Positions(ctx, len(photos), len(tracks), sight)
	if err != nil || !ok {
		return nil, err
	}
	for c, i := range photos {
		q := rot[i]
		g.poses[i] = recon.Pose{Q: q}
		g.poses[i].T = r3.Scale(-1, g.poses[i].Rotate(centres[c]))
		g.placed[i] = true
	}
	k := 0
	for n, t := range tracks {
		seen := 0
		for ; k < len(sight) && int(sight[k].Point) == n; k++ {
			o := &sight[k]
			if geom.AngleBetween(r3.Sub(points[n], centres[o.Camera]), o.Dir) < sightMisfit {
				g.include(t, int32(photos[o.Camera]))
				seen++
			}
		}
		if g.pts[t].ok = seen >= 2; g.pts[t].ok {
			g.pts[t].pos = points[n]
		} else {
			clear(g.pts[t].in)
		}
	}
	for _, c := range []care{loose, rough} {
		if g.points() < minResect {
			return nil, nil
		}
		if err := g.adjust(ctx, c); err != nil {
			return nil, err
		}
	}
	for range globalRounds {
		g.filter(nil)
		g.complete()
		g.dropWeakPhotos()
		if g.points() < minResect || g.count() < 2 {
			return nil, nil
		}
		if err := g.adjust(ctx, rough); err != nil {
			return nil, err
		}
	}
	before := g.count()
	if g.dropHinged(); g.points() < minResect || g.count() < 2 {
		return nil, nil
	}
	if g.count() < before {
		return g, g.adjust(ctx, rough)
	}
	return g, nil
}

// directions chooses tracks that hold every photo, the longest first, and gives
// their sightings as directions in the world's frame.
func (g *growing) directions(rot []quat.Number, camera []int32, cameras int) (tracks []int, sight []global.Sighting) {
	length := make([]int, len(g.tracks))
	order := make([]int, 0, len(g.tracks))
	for t := range g.tracks {
		for _, r := range g.tracks[t] {
			if camera[r.photo] >= 0 {
				length[t]++
			}
		}
		if length[t] >= 2 {
			order = append(order, t)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(length[b], length[a]) })
	held := make([]int, cameras)
	for _, t := range order {
		need := false
		for _, r := range g.tracks[t] {
			c := camera[r.photo]
			need = need || c >= 0 && held[c] < sightsEach
		}
		if !need {
			continue
		}
		for _, r := range g.tracks[t] {
			if c := camera[r.photo]; c >= 0 {
				held[c]++
				dir := recon.Pose{Q: quat.Conj(rot[r.photo])}.Rotate(geom.Ray(g.plane[r.photo][r.key]))
				sight = append(sight, global.Sighting{Camera: c, Point: int32(len(tracks)), Dir: dir})
			}
		}
		tracks = append(tracks, t)
	}
	return tracks, sight
}
