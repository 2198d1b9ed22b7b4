package sfm

import (
	"context"
	"math"

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
		g.unplace(i)
	}
	g.filter(nil)
}
