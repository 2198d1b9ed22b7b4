// Package align places the sightings of a sparse model's points anew by what the
// photos show around them. A feature is found in each photo by itself, to a few
// tenths of a pixel; the patch around it in one photo, compared with that in
// another, gives the place to less than a tenth (A. Gruen, Adaptive least squares
// correlation, South African Journal of Photogrammetry 1985), and says how sure it
// is. The adjustment then stands on these: Y. Furukawa and J. Ponce, Accurate
// camera calibration from multi-view stereo and bundle adjustment, IJCV 2009.
package align

import (
	"context"
	"image"
	"math"
	"sync"
	"sync/atomic"

	"firescene/recon"
	"firescene/recon/feature"
	"gonum.org/v1/gonum/spatial/r3"
)

// Photo is one photo of the model. Open gives the upright picture; it may be
// called twice, from any goroutine.
type Photo struct {
	Name string
	Open func() (image.Image, error)
}

// Options sets a run. The zero value of a field means the default named with it.
type Options struct {
	Workers   int // goroutines; the result does not depend on it (1)
	MaxSidePx int // larger photos are compared at a reduced size (3200)
	// Progress is told how far a stage is; it may be called from any goroutine.
	Progress func(stage string, done, total int64)
}

// Report says what became of a model's sightings. Those that are neither the
// reference of their point nor placed stay where they were found.
type Report struct {
	Sightings int // of all points
	Reference int // that the others of their point were compared with
	Placed    int // anew
}

// keptB is how much of the pictures, two bytes a pixel, is kept from the first
// reading for the second; what is beyond it is decoded again.
const keptB = 256 << 20

// Refine places the sightings of m anew and gives each its standard deviation,
// in View.KeySigmaPx, by how well the patches agree. Points and cameras stay: the
// model is to be adjusted afterwards. One sighting of each point, its reference,
// says what the point is and does not move. A photo that is not given or can not
// be opened keeps its sightings. The only error is the context's, after which the
// model is unchanged.
func Refine(ctx context.Context, m *recon.SparseModel, photos []Photo, opt Options) (Report, error) {
	opt.Workers = max(opt.Workers, 1)
	if opt.MaxSidePx <= 0 {
		opt.MaxSidePx = 3200
	}
	if opt.Progress == nil {
		opt.Progress = func(string, int64, int64) {}
	}
	r := &refiner{m: m, opt: opt, points: make([]anchor, len(m.Points)), own: make([][]int32, len(m.Views)),
		other: make([][]spot, len(m.Views)), photos: make([]*Photo, len(m.Views)), kept: make([]*reading, len(m.Views))}
	byName := map[string]*Photo{}
	for i := range photos {
		byName[photos[i].Name] = &photos[i]
	}
	for v := range m.Views {
		r.photos[v] = byName[m.Views[v].Photo]
	}
	r.choose()
	if err := r.each(ctx, r.cutAll); err != nil {
		return Report{}, err
	}
	if err := r.each(ctx, r.placeAll); err != nil {
		return Report{}, err
	}
	return r.write(), nil
}

// refiner is a run under way.
type refiner struct {
	m      *recon.SparseModel
	opt    Options
	photos []*Photo // of each view, nil where it is not given
	points []anchor
	own    [][]int32 // points whose reference each view is
	other  [][]spot  // sightings that are compared, by view
	kept   []*reading
	keptB  atomic.Int64
	done   atomic.Int64
}

// spot is the nth sighting of a point.
type spot struct{ point, nth int32 }

// anchor is a point's reference and what was found against it.
type anchor struct {
	reference int32 // among its sightings
	normal    r3.Vec
	templates []template // from fine to coarse
	factor    float64    // pixels of the reference's photo in one that is compared
	placed    []sighting // one a sighting
}

// sighting is a new place; sigma is 0 where there is none.
type sighting struct{ x, y, sigma float32 }

// reading is a picture as it was read, in 1/65535 of its range.
type reading struct {
	w, h, factor int
	pix          []uint16
}

// choose makes the view that looks most along the middle of all views of a point
// its reference: the others differ least from it.
func (r *refiner) choose() {
	centres := make([]r3.Vec, len(r.m.Views))
	for v := range r.m.Views {
		centres[v] = r.m.Views[v].Centre()
	}
	for i := range r.m.Points {
		p, a := &r.m.Points[i], &r.points[i]
		a.placed = make([]sighting, len(p.ViewIdx))
		var mid r3.Vec
		for _, v := range p.ViewIdx {
			mid = r3.Add(mid, r3.Unit(r3.Sub(centres[v], p.Pos)))
		}
		best := math.Inf(-1)
		for k, v := range p.ViewIdx {
			// Of two alike the first: rounding must not decide.
			if d := r3.Dot(mid, r3.Unit(r3.Sub(centres[v], p.Pos))); d > best+1e-9 {
				best, a.reference = d, int32(k)
			}
		}
		a.normal = r3.Unit(mid)
		for k, v := range p.ViewIdx {
			if int32(k) == a.reference {
				r.own[v] = append(r.own[v], int32(i))
			} else {
				r.other[v] = append(r.other[v], spot{int32(i), int32(k)})
			}
		}
	}
}

// each runs f on every view with its picture.
func (r *refiner) each(ctx context.Context, f func(v int, pyr *pyramid, factor float64)) error {
	var wg sync.WaitGroup
	next := make(chan int, len(r.m.Views))
	for v := range r.m.Views {
		next <- v
	}
	close(next)
	total := int64(2 * len(r.m.Views))
	for range min(r.opt.Workers, len(r.m.Views)) {
		wg.Go(func() {
			var pyr pyramid
			var pix []float32
			for v := range next {
				if ctx.Err() != nil {
					return
				}
				if g, factor, ok := r.read(v, pix); ok {
					pix = g.Pix
					pyr.build(g)
					f(v, &pyr, float64(factor))
				}
				r.opt.Progress("refining", r.done.Add(1), total)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// read gives a view's picture in memory that is used again.
func (r *refiner) read(v int, pix []float32) (g feature.Gray, factor int, ok bool) {
	if k := r.kept[v]; k != nil {
		if cap(pix) < len(k.pix) {
			pix = make([]float32, len(k.pix))
		}
		g = feature.Gray{W: k.w, H: k.h, Pix: pix[:len(k.pix)]}
		for i, x := range k.pix {
			g.Pix[i] = float32(x) * (1.0 / 65535)
		}
		r.kept[v] = nil // each picture is read twice
		return g, k.factor, true
	}
	if r.photos[v] == nil {
		return g, 0, false
	}
	img, err := r.photos[v].Open()
	if err != nil {
		return g, 0, false
	}
	g, factor = feature.GrayFrom(img, r.opt.MaxSidePx, pix)
	// Whether a picture is kept or decoded again, its values are the same.
	q := &reading{w: g.W, h: g.H, factor: factor}
	keep := r.keptB.Add(2*int64(len(g.Pix))) <= keptB
	if keep {
		q.pix = make([]uint16, len(g.Pix))
		r.kept[v] = q
	}
	for i, x := range g.Pix {
		k := uint16(x*65535 + 0.5)
		if keep {
			q.pix[i] = k
		}
		g.Pix[i] = float32(k) * (1.0 / 65535)
	}
	return g, factor, true
}

// write puts the places into the model.
func (r *refiner) write() (rep Report) {
	for v := range r.m.Views {
		w := &r.m.Views[v]
		usual := w.SigmaPx
		if !(usual > 0) {
			usual = 1
		}
		w.KeySigmaPx = make([]float32, len(w.Keypoints))
		for k := range w.KeySigmaPx {
			w.KeySigmaPx[k] = float32(usual)
		}
	}
	for i := range r.m.Points {
		p, a := &r.m.Points[i], &r.points[i]
		for k, v := range p.ViewIdx {
			rep.Sightings++
			s := a.placed[k]
			if s.sigma == 0 {
				continue
			}
			if int32(k) == a.reference {
				rep.Reference++
			} else {
				rep.Placed++
			}
			w, key := &r.m.Views[v], p.KeyIdx[k]
			w.Keypoints[key], w.KeySigmaPx[key] = [2]float32{s.x, s.y}, s.sigma
		}
	}
	return rep
}
