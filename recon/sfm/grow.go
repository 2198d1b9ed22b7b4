package sfm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	resectPx     = 6.0  // largest error of a point that places a photo, in searched pixels
	minResect    = 15   // points that place a photo
	resectShare  = 0.2  // of the tried points, that must agree
	keepPx       = 4.0  // largest error of a sighting that stays, in searched pixels
	minAngleDeg  = 1.5  // smallest angle at which a point must be seen
	globalGrowth = 1.25 // growth of the model after which all of it is adjusted
	minAngle     = minAngleDeg * math.Pi / 180
)

// growing is a model under way.
type growing struct {
	*scene
	cams   []recon.Camera
	centre []bool // cameras whose principal point is refined
	poses  []recon.Pose
	placed []bool
	barred []bool  // photos of other models
	pts    []point // one a track
	plane  [][]geom.Point2
	tried  []int // points that a photo could see when it was last tried
	// What a photo not yet placed sees, counted again only where a point that it
	// sees came or went since.
	score, seen []int
	stale       []bool
}

// point is a track's place once it has one. in says which of the track's
// keypoints are used.
type point struct {
	ok  bool
	pos r3.Vec
	in  []bool
}

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

// grow places photo after photo until none can be.
func (g *growing) grow(ctx context.Context) error {
	if err := g.adjust(ctx, rough); err != nil {
		return err
	}
	g.filter(nil)
	if g.points() < minResect {
		return nil
	}
	grown, total := g.count(), int64(g.usable())
	points := g.points()
	for {
		i := g.nextPhoto()
		if i < 0 {
			break
		}
		if !g.resect(i) {
			continue
		}
		g.triangulateFor(i)
		moved, err := g.adjustAround(ctx, i)
		if err != nil {
			return err
		}
		g.filter(moved)
		if float64(g.count()) >= globalGrowth*float64(grown) || float64(g.points()) >= globalGrowth*float64(points) {
			if err := g.adjust(ctx, rough); err != nil {
				return err
			}
			g.filter(nil)
			g.complete()
			grown, points = g.count(), g.points()
		}
		g.opt.Progress("mapping", int64(g.count()), total)
	}
	return nil
}

// finish adjusts, completes and filters the whole model until it settles, and
// then tries the photos that are left once more.
func (g *growing) finish(ctx context.Context) error {
	for round := range 6 {
		if err := g.adjust(ctx, fine); err != nil {
			return err
		}
		dropped := g.filter(nil)
		added := g.complete()
		clear(g.tried)
		before := g.count()
		if round < 3 {
			if err := g.grow(ctx); err != nil {
				return err
			}
		}
		if g.count() == before && (dropped+added)*500 < g.sightings() {
			break
		}
	}
	if err := g.adjust(ctx, fine); err != nil {
		return err
	}
	g.filter(nil)
	if g.judgeCentres() {
		for range 2 {
			if err := g.adjust(ctx, fine); err != nil {
				return err
			}
			g.filter(nil)
			g.complete()
		}
		if err := g.adjust(ctx, fine); err != nil {
			return err
		}
		g.filter(nil)
	}
	g.dropWeakPhotos()
	return nil
}

func (g *growing) count() int {
	n := 0
	for _, p := range g.placed {
		if p {
			n++
		}
	}
	return n
}

func (g *growing) points() int {
	n := 0
	for i := range g.pts {
		if g.pts[i].ok {
			n++
		}
	}
	return n
}

func (g *growing) sightings() int {
	n := 0
	for i := range g.pts {
		if g.pts[i].ok {
			for _, in := range g.pts[i].in {
				if in {
					n++
				}
			}
		}
	}
	return n
}

// refreshPlane recomputes a photo's keypoints on the image plane after its
// camera changed.
func (g *growing) refreshPlane(i int) {
	p := &g.photos[i]
	if p.failed != nil {
		return
	}
	cam := &g.cams[p.cam]
	if g.plane[i] == nil {
		g.plane[i] = make([]geom.Point2, len(p.keys))
	}
	for k := range p.keys {
		x, y := p.pixel(int32(k))
		g.plane[i][k] = normalised(cam, x, y)
	}
}

// nextPhoto is the photo that sees the model's points best spread over its
// picture: cells of three grids, as in Schoenberger and Frahm. A photo that
// failed is tried again once it sees a quarter more.
func (g *growing) nextPhoto() int {
	best, top := -1, 0
	for i := range g.photos {
		if g.placed[i] || g.barred[i] || g.photos[i].failed != nil {
			continue
		}
		if g.stale[i] {
			g.score[i], g.seen[i] = g.visibility(i)
			g.stale[i] = false
		}
		score, seen := g.score[i], g.seen[i]
		if seen < minResect || seen*4 < g.tried[i]*5 || seen == g.tried[i] {
			continue
		}
		if score > top {
			best, top = i, score
		}
	}
	return best
}

func (g *growing) visibility(i int) (score, seen int) {
	const levels = 3
	var cells [levels][64]bool
	cam := &g.cams[g.photos[i].cam]
	for k, t := range g.trackOf[i] {
		if t < 0 || !g.pts[t].ok {
			continue
		}
		seen++
		x, y := g.photos[i].pixel(int32(k))
		for l := range levels {
			n := 2 << l
			cx := min(int(x*float64(n)/float64(cam.WidthPx)), n-1)
			cy := min(int(y*float64(n)/float64(cam.HeightPx)), n-1)
			if c := &cells[l][cy*n+cx]; !*c {
				*c = true
				score += n * n
			}
		}
	}
	return score, seen
}

// resect places photo i by the points it sees.
func (g *growing) resect(i int) bool {
	var world []r3.Vec
	var image []geom.Point2
	for k, t := range g.trackOf[i] {
		if t >= 0 && g.pts[t].ok {
			world = append(world, g.pts[t].pos)
			image = append(image, g.plane[i][k])
		}
	}
	g.tried[i] = len(world)
	cam := &g.cams[g.photos[i].cam]
	pose, sup, ok := geom.EstimateAbsolute(world, image, geom.RansacOptions{
		Threshold: resectPx * g.photos[i].factor / cam.FxPx, Seed: g.seedOf(i, i), MaxTrials: 10000,
	})
	if !ok || sup.Count < minResect || float64(sup.Count) < resectShare*float64(len(world)) {
		return false
	}
	g.poses[i], g.placed[i] = pose, true
	// The points that agreed are now seen by this photo too.
	n := 0
	for _, t := range g.trackOf[i] {
		if t >= 0 && g.pts[t].ok {
			if sup.Inliers[n] {
				g.include(int(t), int32(i))
			}
			n++
		}
	}
	return true
}

// include marks photo i as seeing a point.
func (g *growing) include(t int, photo int32) {
	for k, r := range g.tracks[t] {
		if r.photo == photo {
			g.pts[t].in[k] = true
		}
	}
}

// dropWeakPhotos takes photos out that too few points still hold.
func (g *growing) dropWeakPhotos() {
	held := make([]int, len(g.photos))
	for t := range g.pts {
		for k, in := range g.pts[t].in {
			if in && g.pts[t].ok {
				held[g.tracks[t][k].photo]++
			}
		}
	}
	for i := range g.photos {
		if !g.placed[i] || held[i] >= minResect {
			continue
		}
		g.placed[i] = false
		for k, t := range g.trackOf[i] {
			if t < 0 {
				continue
			}
			for j, r := range g.tracks[t] {
				if r == (ref{int32(i), int32(k)}) {
					g.pts[t].in[j] = false
				}
			}
		}
	}
	g.filter(nil)
}
