package sfm

import (
	"math"

	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// errorPx is the reprojection error of keypoint k of a track at a place, in
// searched pixels; +Inf behind the camera.
func (g *growing) errorPx(t, k int, pos r3.Vec) float64 {
	r := g.tracks[t][k]
	p := &g.photos[r.photo]
	x, y, ok := g.cams[p.cam].Project(g.poses[r.photo].Apply(pos))
	if !ok {
		return math.Inf(1)
	}
	kx, ky := p.pixel(r.key)
	return math.Hypot(x-kx, y-ky) / p.factor
}

// triangulateFor gives a place to the tracks of a photo that have none, and adds
// the photo to those that have one.
func (g *growing) triangulateFor(photo int) {
	for k, t := range g.trackOf[photo] {
		switch {
		case t < 0:
		case !g.pts[t].ok:
			g.triangulate(int(t))
		default:
			for j, r := range g.tracks[t] {
				if r == (ref{int32(photo), int32(k)}) {
					g.pts[t].in[j] = g.errorPx(int(t), j, g.pts[t].pos) < keepPx
				}
			}
		}
	}
}

// complete tries every track: those without a place are triangulated, and
// sightings of the others that fit are taken in. It returns how many sightings
// were added.
func (g *growing) complete() int {
	added := 0
	for t := range g.pts {
		if !g.pts[t].ok {
			added += g.triangulate(t)
			continue
		}
		for k, r := range g.tracks[t] {
			if !g.pts[t].in[k] && g.placed[r.photo] && g.errorPx(t, k, g.pts[t].pos) < keepPx {
				g.pts[t].in[k] = true
				added++
			}
		}
	}
	return added
}

// triangulate finds the place that most placed photos of a track agree on, and
// returns their number, 0 where there is no such place. All sightings together
// are tried first, then every pair of the first ten.
func (g *growing) triangulate(t int) int {
	var seen []geom.Sighting
	var at []int
	for k, r := range g.tracks[t] {
		if g.placed[r.photo] {
			seen = append(seen, geom.Sighting{CamFromWorld: g.poses[r.photo], At: g.plane[r.photo][r.key]})
			at = append(at, k)
		}
	}
	if len(seen) < 2 {
		return 0
	}
	if n := g.accept(t, seen, at); n == len(seen) {
		return n
	}
	best, bestCount := []int(nil), 1
	for i := range min(len(seen), 10) {
		for j := i + 1; j < min(len(seen), 10); j++ {
			pos, ok := geom.Triangulate([]geom.Sighting{seen[i], seen[j]})
			if !ok {
				continue
			}
			var agree []int
			for n, k := range at {
				if g.errorPx(t, k, pos) < keepPx {
					agree = append(agree, n)
				}
			}
			if len(agree) > bestCount {
				best, bestCount = agree, len(agree)
			}
		}
	}
	if best == nil {
		g.clearPoint(t)
		return 0
	}
	var some []geom.Sighting
	var someAt []int
	for _, n := range best {
		some, someAt = append(some, seen[n]), append(someAt, at[n])
	}
	if n := g.accept(t, some, someAt); n == len(some) {
		return n
	}
	g.clearPoint(t)
	return 0
}

// accept places the track by all the sightings given; it returns their number
// where every one fits and the angle is wide enough, else 0.
func (g *growing) accept(t int, seen []geom.Sighting, at []int) int {
	pos, ok := geom.Triangulate(seen)
	if !ok {
		return 0
	}
	for _, k := range at {
		if !(g.errorPx(t, k, pos) < keepPx) {
			return 0
		}
	}
	wide := false
	for i := range seen {
		for j := range i {
			wide = wide || angleAt(pos, centre(seen[i]), centre(seen[j])) >= minAngle
		}
	}
	if !wide {
		return 0
	}
	p := &g.pts[t]
	p.ok, p.pos = true, pos
	g.touch(t)
	clear(p.in)
	for _, k := range at {
		p.in[k] = true
	}
	return len(at)
}

func centre(s geom.Sighting) r3.Vec { return s.CamFromWorld.Inverse().T }

func (g *growing) clearPoint(t int) {
	if g.pts[t].ok {
		g.touch(t)
	}
	g.pts[t].ok = false
	clear(g.pts[t].in)
}

// touch notes that a point came or went for the photos that could see it.
func (g *growing) touch(t int) {
	for _, r := range g.tracks[t] {
		g.stale[r.photo] = true
	}
}

// filter drops sightings that do not fit and points that are then seen by fewer
// than two photos or at too small an angle, of the tracks listed or, with nil, of
// all. It returns how many sightings went.
func (g *growing) filter(tracks []int) int {
	centres := make([]r3.Vec, len(g.photos))
	for i := range g.photos {
		if g.placed[i] {
			centres[i] = g.poses[i].Inverse().T
		}
	}
	dropped := 0
	if tracks == nil {
		for t := range g.pts {
			dropped += g.filterPoint(t, centres)
		}
	}
	for _, t := range tracks {
		dropped += g.filterPoint(t, centres)
	}
	return dropped
}

func (g *growing) filterPoint(t int, centres []r3.Vec) (dropped int) {
	p := &g.pts[t]
	if !p.ok {
		return 0
	}
	n := 0
	for k, in := range p.in {
		if in && !(g.errorPx(t, k, p.pos) < keepPx) {
			p.in[k] = false
			dropped++
		} else if in {
			n++
		}
	}
	if n < 2 || !g.wideEnough(t, centres) {
		dropped += n
		g.clearPoint(t)
	}
	return dropped
}

func (g *growing) wideEnough(t int, centres []r3.Vec) bool {
	p := &g.pts[t]
	for i, in := range p.in {
		if !in {
			continue
		}
		for j := range i {
			if p.in[j] && angleAt(p.pos, centres[g.tracks[t][i].photo], centres[g.tracks[t][j].photo]) >= minAngle {
				return true
			}
		}
	}
	return false
}
