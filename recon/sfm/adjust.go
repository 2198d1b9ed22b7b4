package sfm

import (
	"cmp"
	"context"
	"slices"

	"firescene/recon/bundle"
)

// care says how far an adjustment goes.
type care int

const (
	rough care = iota // while the model grows
	fine
	loose // from a start that is off by many pixels
)

// localPhotos is the number of neighbours that are adjusted with a new photo.
const localPhotos = 5

func (c care) options(workers int) bundle.Options {
	switch c {
	case fine:
		return bundle.Options{MaxSteps: 40, Tolerate: 1e-6, Workers: workers}
	case loose:
		return bundle.Options{MaxSteps: 20, Tolerate: 1e-3, Loss: 20, Workers: workers}
	}
	return bundle.Options{MaxSteps: 10, Tolerate: 1e-3, Workers: workers}
}

// adjust refines the whole model.
func (g *growing) adjust(ctx context.Context, c care) error {
	_, err := g.solve(ctx, c.options(g.opt.Workers), g.placedPhotos(), true)
	return err
}

func (g *growing) placedPhotos() []int {
	views := make([]int, 0, len(g.photos))
	for i := range g.photos {
		if g.placed[i] {
			views = append(views, i)
		}
	}
	return views
}

// adjustAround refines a new photo with the photos that share most points with
// it; the other photos that see the same points stay. It returns the tracks that
// took part, nil for all.
func (g *growing) adjustAround(ctx context.Context, photo int) ([]int, error) {
	shared := make([]int, len(g.photos))
	for _, t := range g.trackOf[photo] {
		if t < 0 || !g.pts[t].ok {
			continue
		}
		for k, r := range g.tracks[t] {
			if g.pts[t].in[k] {
				shared[r.photo]++
			}
		}
	}
	shared[photo] = 0
	var near []int
	for i, n := range shared {
		if n > 0 {
			near = append(near, i)
		}
	}
	slices.SortStableFunc(near, func(a, b int) int { return cmp.Compare(shared[b], shared[a]) })
	near = append(near[:min(len(near), localPhotos)], photo)
	slices.Sort(near)
	if len(near) == g.count() {
		return nil, g.adjust(ctx, rough)
	}
	return g.solve(ctx, rough.options(g.opt.Workers), near, false)
}

// solve refines the photos listed and all points that they see. Other placed
// photos that see those points take part without moving. It returns the tracks
// that took part.
func (g *growing) solve(ctx context.Context, opt bundle.Options, photos []int, intrinsics bool) ([]int, error) {
	p, members, tracks := g.problem(photos, intrinsics)
	if _, err := bundle.Solve(ctx, p, opt); err != nil {
		return nil, err
	}
	for v, i := range members {
		g.poses[i] = p.Poses[v]
	}
	for i, t := range tracks {
		g.pts[t].pos = p.Points[i]
	}
	for c := range g.cams {
		if g.cams[c] == p.Cameras[c] {
			continue
		}
		g.cams[c] = p.Cameras[c]
		for i := range g.photos {
			if g.photos[i].cam == c {
				g.refreshPlane(i)
			}
		}
	}
	return tracks, nil
}

// problem is the adjustment of the photos listed; members and tracks say which
// photo each of its views and which track each of its points is.
func (g *growing) problem(photos []int, intrinsics bool) (p *bundle.Problem, members, tracks []int) {
	p = &bundle.Problem{Cameras: slices.Clone(g.cams), Free: make([]bundle.Free, len(g.cams)),
		FocalPrior: make([]float64, len(g.cams)), FocalSigma: make([]float64, len(g.cams)),
		CentrePrior: make([][2]float64, len(g.cams)), CentreSigma: make([]float64, len(g.cams))}
	viewOf := make([]int32, len(g.photos))
	for i := range viewOf {
		viewOf[i] = -1
	}
	addView := func(i int, fixed bool) {
		viewOf[i] = int32(len(p.Poses))
		members = append(members, i)
		p.Poses = append(p.Poses, g.poses[i])
		p.CameraOf = append(p.CameraOf, int32(g.photos[i].cam))
		p.FixedView = append(p.FixedView, fixed)
	}
	for _, i := range photos {
		addView(i, false)
	}
	tracks = g.seenBy(photos)
	for n, t := range tracks {
		for k, in := range g.pts[t].in {
			if !in {
				continue
			}
			r := g.tracks[t][k]
			if viewOf[r.photo] < 0 {
				addView(int(r.photo), true)
			}
			x, y := g.photos[r.photo].pixel(r.key)
			p.Obs = append(p.Obs, bundle.Observation{
				View: viewOf[r.photo], Point: int32(n), X: x, Y: y, SigmaPx: g.photos[r.photo].factor,
			})
		}
		p.Points = append(p.Points, g.pts[t].pos)
	}
	if intrinsics {
		g.freeIntrinsics(p)
	}
	return p, members, tracks
}

// seenBy lists the points that photos see, in the order of the tracks.
func (g *growing) seenBy(photos []int) []int {
	var out []int
	for _, i := range photos {
		for k, t := range g.trackOf[i] {
			if t < 0 || !g.pts[t].ok {
				continue
			}
			for j, r := range g.tracks[t] {
				if g.pts[t].in[j] && r == (ref{int32(i), int32(k)}) {
					out = append(out, int(t))
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
