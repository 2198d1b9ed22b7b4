package align

import (
	"math"
	"slices"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	leastAlike  = 0.8 // correlation of patches that show the same
	mostShiftPx = 2.5 // of a place, in pixels of the level where it is first compared
	mostStretch = 2.0 // of a patch against what the cameras expect
	// errorPx is the standard deviation that a place has beside its noise: the patch
	// is no plane and pixels are squares. Found on photos of several cameras.
	errorPx = 0.05
	// noiseShare brings the standard deviation of one sample of a patch to that of
	// its place: about 200 samples count, of which smoothing leaves an eighth
	// independent.
	noiseShare = 0.2
)

// cutAll takes the templates of the points whose reference a view is.
func (r *refiner) cutAll(v int, pyr *pyramid, factor float64) {
	view := &r.m.Views[v]
	var t template
	var q prepared
	for _, i := range r.own[v] {
		p, a := &r.m.Points[i], &r.points[i]
		xy := view.Keypoints[p.KeyIdx[a.reference]]
		x, y := float64(xy[0])/factor-0.5, float64(xy[1])/factor-0.5
		first := r.firstLevel(p, factor)
		best := math.Inf(1)
		var all []template
		for l := 0; l < levels && (l <= first || len(all) == 0); l++ {
			s := float64(int(1) << l)
			if !t.cut(&pyr.planes[l], l, x/s, y/s) || !q.prepare(&t) {
				continue
			}
			// A coarser level that tells the place better makes the finer ones needless.
			if sigma := q.sigma / float64(q.spread) * s; sigma < best {
				all, best = all[:0], sigma
			}
			all = append(all, t)
		}
		if len(all) > 0 {
			a.templates, a.factor = slices.Clone(all), factor
			a.placed[a.reference] = sighting{xy[0], xy[1], float32(errorPx * factor)}
		}
	}
}

// firstLevel is the level at which a point's sightings are first compared: where
// they are off by no more than a pixel.
func (r *refiner) firstLevel(p *recon.SparsePoint, factor float64) int {
	most := 0.0
	for k, v := range p.ViewIdx {
		w := &r.m.Views[v]
		x, y, _ := r.m.Cameras[w.CameraIdx].Project(w.CamFromWorld.Apply(p.Pos))
		xy := w.Keypoints[p.KeyIdx[k]]
		most = max(most, math.Hypot(x-float64(xy[0]), y-float64(xy[1]))/factor)
	}
	l := 0
	for ; most > 1 && l < levels-1; l++ {
		most /= 2
	}
	return l
}

// placeAll compares a view's sightings with the templates of their points.
func (r *refiner) placeAll(v int, pyr *pyramid, factor float64) {
	q := new(prepared)
	for _, s := range r.other[v] {
		if a := &r.points[s.point]; len(a.templates) > 0 {
			a.placed[s.nth] = r.place(v, pyr, factor, s.point, q)
		}
	}
}

// place finds a sighting of a point, from its coarsest template to its finest; the
// zero value where the view shows something else there.
func (r *refiner) place(v int, pyr *pyramid, factor float64, point int32, q *prepared) sighting {
	p, a := &r.m.Points[point], &r.points[point]
	first, ok := r.expected(p, a, &r.m.Views[v], factor)
	if !ok {
		return sighting{}
	}
	w, sigma := first, 0.0
	for k := len(a.templates) - 1; k >= 0; k-- {
		t := &a.templates[k]
		if !q.prepare(t) {
			return sighting{}
		}
		// The patch is read from the size at which its samples are nearest to pixels.
		size := math.Abs(w.m[0]*w.m[3] - w.m[1]*w.m[2])
		l := min(max(t.level+int(math.Round(math.Log2(size)/2)), 0), levels-1)
		px, step := float64(int(1)<<l), float64(int(1)<<t.level)
		o, ok := q.align(&pyr.planes[l], w.scaled(1/px, step/px))
		if !ok || o.correlation < leastAlike {
			return sighting{}
		}
		w, sigma = o.scaled(px, px/step), o.sigma*px
	}
	limit := mostShiftPx * float64(int(1)<<a.templates[len(a.templates)-1].level)
	if !(math.Hypot(w.x-first.x, w.y-first.y) <= limit) || !(stretch(first.m, w.m) <= mostStretch) {
		return sighting{}
	}
	return sighting{float32((w.x + 0.5) * factor), float32((w.y + 0.5) * factor), float32(math.Hypot(noiseShare*sigma, errorPx) * factor)}
}

// scaled is the warp with its place times one factor and its samples' steps times
// another.
func (w warp) scaled(place, step float64) warp {
	return warp{w.x * place, w.y * place, [4]float64{w.m[0] * step, w.m[1] * step, w.m[2] * step, w.m[3] * step}}
}

// stretch is the largest factor, or its inverse, by which b differs from a.
func stretch(a, b [4]float64) float64 {
	det := a[0]*a[3] - a[1]*a[2]
	m := [4]float64{(b[0]*a[3] - b[1]*a[2]) / det, (b[1]*a[0] - b[0]*a[1]) / det, (b[2]*a[3] - b[3]*a[2]) / det, (b[3]*a[0] - b[2]*a[1]) / det}
	turned, sheared := math.Hypot(m[0]+m[3], m[2]-m[1])/2, math.Hypot(m[0]-m[3], m[2]+m[1])/2
	return max(turned+sheared, 1/math.Abs(turned-sheared))
}

// expected is the warp from a point's reference to a view by the cameras, for a
// surface at the point that faces the middle of its views, in compared pixels.
func (r *refiner) expected(p *recon.SparsePoint, a *anchor, view *recon.View, factor float64) (w warp, ok bool) {
	ref := &r.m.Views[p.ViewIdx[a.reference]]
	refCam, cam := &r.m.Cameras[ref.CameraIdx], &r.m.Cameras[view.CameraIdx]
	inv := ref.CamFromWorld.Inverse()
	plane := r3.Dot(a.normal, r3.Sub(p.Pos, inv.T))
	through := func(x, y float64) (u, v float64, ok bool) {
		d := inv.Rotate(refCam.Ray(x, y))
		along := r3.Dot(a.normal, d)
		if !(math.Abs(along) > 0.05*r3.Norm(d)) {
			return 0, 0, false
		}
		u, v, ok = cam.Project(view.CamFromWorld.Apply(r3.Add(inv.T, r3.Scale(plane/along, d))))
		return u/factor - 0.5, v/factor - 0.5, ok
	}
	const h = 2.0 // of a patch's samples, to each side
	xy := ref.Keypoints[p.KeyIdx[a.reference]]
	x, y := float64(xy[0]), float64(xy[1])
	var at [5][2]float64
	for k, off := range [5][2]float64{{0, 0}, {h, 0}, {-h, 0}, {0, h}, {0, -h}} {
		u, v, seen := through(x+off[0]*a.factor, y+off[1]*a.factor)
		if !seen {
			return w, false
		}
		at[k] = [2]float64{u, v}
	}
	w = warp{x: at[0][0], y: at[0][1]}
	w.m = [4]float64{(at[1][0] - at[2][0]) / (2 * h), (at[3][0] - at[4][0]) / (2 * h), (at[1][1] - at[2][1]) / (2 * h), (at[3][1] - at[4][1]) / (2 * h)}
	return w, math.Abs(w.m[0]*w.m[3]-w.m[1]*w.m[2]) > 1e-3
}
