package sfm

import (
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

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
