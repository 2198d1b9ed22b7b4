package sfm

import (
	"cmp"
	"context"
	"slices"

	"firescene/recon"
	"firescene/recon/bundle"
)

// care says how far an adjustment goes.
type care int

const (
	rough care = iota // while the model grows
	fine
)

const (
	localPhotos   = 5    // neighbours that are adjusted with a new photo
	exifSigma     = 0.05 // relative standard deviation of a focal length from EXIF
	guessSigma    = 1.0
	refineFrom    = 3 // placed photos of a camera from which its intrinsics are refined
	refineAllFrom = 5
)

func (c care) options(workers int) bundle.Options {
	if c == fine {
		return bundle.Options{MaxSteps: 40, Tolerate: 1e-6, Workers: workers}
	}
	return bundle.Options{MaxSteps: 10, Tolerate: 1e-3, Workers: workers}
}

// adjust refines the whole model.
func (g *growing) adjust(ctx context.Context, c care) error {
	views := make([]int, 0, len(g.photos))
	for i := range g.photos {
		if g.placed[i] {
			views = append(views, i)
		}
	}
	return g.solve(ctx, c.options(g.opt.Workers), views, true)
}

// adjustAround refines a new photo with the photos that share most points with
// it; the other photos that see the same points stay.
func (g *growing) adjustAround(ctx context.Context, photo int) error {
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
		return g.adjust(ctx, rough)
	}
	return g.solve(ctx, rough.options(g.opt.Workers), near, false)
}

// solve refines the photos listed and all points that they see. Other placed
// photos that see those points take part without moving.
func (g *growing) solve(ctx context.Context, opt bundle.Options, photos []int, intrinsics bool) error {
	p := &bundle.Problem{Cameras: slices.Clone(g.cams), Free: make([]bundle.Free, len(g.cams)),
		FocalPrior: make([]float64, len(g.cams)), FocalSigma: make([]float64, len(g.cams)),
		CentrePrior: make([][2]float64, len(g.cams)), CentreSigma: make([]float64, len(g.cams))}
	viewOf := make([]int32, len(g.photos))
	for i := range viewOf {
		viewOf[i] = -1
	}
	var members []int
	addView := func(i int, fixed bool) {
		viewOf[i] = int32(len(p.Poses))
		members = append(members, i)
		p.Poses = append(p.Poses, g.poses[i])
		p.CameraOf = append(p.CameraOf, int32(g.photos[i].cam))
		p.FixedView = append(p.FixedView, fixed)
	}
	moving := make([]bool, len(g.photos))
	for _, i := range photos {
		addView(i, false)
		moving[i] = true
	}
	var tracks []int
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		touched := false
		for k, in := range g.pts[t].in {
			touched = touched || in && moving[g.tracks[t][k].photo]
		}
		if !touched {
			continue
		}
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
				View: viewOf[r.photo], Point: int32(len(tracks)), X: x, Y: y, SigmaPx: g.photos[r.photo].factor,
			})
		}
		tracks = append(tracks, t)
		p.Points = append(p.Points, g.pts[t].pos)
	}
	if intrinsics {
		g.freeIntrinsics(p)
	}
	if _, err := bundle.Solve(ctx, p, opt); err != nil {
		return err
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
	return nil
}

// freeIntrinsics frees those of cameras that were not given, once enough photos
// hold them.
func (g *growing) freeIntrinsics(p *bundle.Problem) {
	for c := range g.cams {
		f := g.freedom(c)
		p.Free[c] = bitsOf(f)
		p.FocalPrior[c], p.FocalSigma[c] = f.FocalPx, f.FocalSigma
		p.CentrePrior[c], p.CentreSigma[c] = f.CentrePx, f.CentreSigmaPx
	}
}

// freedom is what of a camera the placed photos may refine.
func (g *growing) freedom(c int) (f recon.CameraFreedom) {
	views := 0
	for i := range g.photos {
		if g.placed[i] && g.photos[i].cam == c {
			views++
		}
	}
	start := g.scene.cams[c]
	if start.Source == sourceGiven || views == 0 {
		return f
	}
	f.FocalPx, f.FocalSigma = start.FxPx, guessSigma
	if start.Source == sourceEXIF {
		f.FocalSigma = exifSigma
	}
	f.Focal, f.K1 = views >= refineFrom, views >= refineFrom
	f.K2 = views >= refineAllFrom
	return f
}

// Sources of a recon.Camera.
const (
	sourceGiven     = "given"
	sourceEXIF      = "exif"
	sourceEstimated = "estimated"
)

// finished is a camera as it is written: its source says whether the photos
// themselves changed it.
func (g *growing) finished(c int) recon.Camera {
	cam := g.cams[c]
	if cam != g.scene.cams[c] {
		cam.Source = sourceEstimated
	}
	return cam
}
