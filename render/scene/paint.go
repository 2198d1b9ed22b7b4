package scene

import (
	"math"
	"sync"

	"firescene/recon"
	"firescene/render"
	"firescene/render/plan"

	"gonum.org/v1/gonum/spatial/r3"
)

// Surfaces are painted where the picture shows them: each pixel's depth gives its place,
// and the nearest patch, if one is near, its value. So clouds of any size and meshes take
// the same paint, from either renderer.
const (
	paintReachM = 0.12 // how far a measured point may lie from the surface that was predicted
	paintCellM  = 0.5  // of the grid that finds patches
	maxPaintBox = 1 << 21
)

// exposureFrom and exposureTo end the scale of exposures, in MJ/m2, by its logarithm: from
// what leaves no mark to what only long fires reach.
const exposureFrom, exposureTo = 0.3, 100.0

var exposureRamp = makeExposureRamp()

// makeExposureRamp runs through the colour family of what is supposed, with lightness
// falling evenly.
func makeExposureRamp() (out [65][3]float32) {
	for i := range out {
		t := float64(i) / 64
		out[i] = fromLab(93-73*t, 6+110*t*(1-t)+18*t, 10-34*t)
	}
	return out
}

func exposureColour(share float64) [3]float32 {
	return exposureRamp[int(min(max(share, 0), 1)*64+0.5)]
}

func exposureShare(mjM2 float64) float64 {
	return math.Log(mjM2/exposureFrom) / math.Log(exposureTo/exposureFrom)
}

// painter finds the patch of a place.
type painter struct {
	paint   *render.Paint
	patches []localPatch
	lo      [3]float32
	n       [3]int
	cells   [][]uint16
}

// localPatch is a patch relative to the eye, in single precision.
type localPatch struct {
	of         *recon.SurfacePatch
	origin     [3]float32
	u, v, n    [3]float32
	wide, high float32
	perU, perV float32
}

// newPainter lays a grid about the patches; nil when there is nothing to paint.
func newPainter(p *render.Paint, eye r3.Vec) *painter {
	if p == nil || len(p.Patches) == 0 || len(p.Patches) > math.MaxUint16 {
		return nil
	}
	out := &painter{paint: p}
	hi := [3]float32{}
	var boxes [][2][3]float32
	for i := range p.Patches {
		q := &p.Patches[i]
		if q.N[0] < 1 || q.N[1] < 1 || len(q.Value) != q.N[0]*q.N[1] || !(q.CellM[0] > 0) || !(q.CellM[1] > 0) {
			continue
		}
		l := localPatch{of: q, origin: f32(r3.Sub(q.Origin, eye)), u: f32(q.U), v: f32(q.V), n: f32(r3.Cross(q.U, q.V)),
			wide: float32(q.CellM[0]) * float32(q.N[0]), high: float32(q.CellM[1]) * float32(q.N[1]), perU: float32(1 / q.CellM[0]), perV: float32(1 / q.CellM[1])}
		var b [2][3]float32
		for k := range 3 {
			a, c := l.wide*l.u[k], l.high*l.v[k]
			b[0][k] = l.origin[k] + min(a, 0) + min(c, 0) - paintReachM
			b[1][k] = l.origin[k] + max(a, 0) + max(c, 0) + paintReachM
			if b[0][k]-b[0][k] != 0 || b[1][k]-b[1][k] != 0 {
				return nil
			}
			if len(boxes) == 0 {
				out.lo[k], hi[k] = b[0][k], b[1][k]
			}
			out.lo[k], hi[k] = min(out.lo[k], b[0][k]), max(hi[k], b[1][k])
		}
		out.patches, boxes = append(out.patches, l), append(boxes, b)
	}
	total := 1
	for k := range 3 {
		n := (hi[k]-out.lo[k])/paintCellM + 1
		if !(n < maxPaintBox) {
			return nil
		}
		out.n[k] = int(n)
		if total *= out.n[k]; total > maxPaintBox {
			return nil
		}
	}
	if len(out.patches) == 0 {
		return nil
	}
	out.cells = make([][]uint16, total)
	for i, b := range boxes {
		var from, to [3]int
		for k := range 3 {
			from[k], to[k] = int((b[0][k]-out.lo[k])/paintCellM), min(int((b[1][k]-out.lo[k])/paintCellM), out.n[k]-1)
		}
		for z := from[2]; z <= to[2]; z++ {
			for y := from[1]; y <= to[1]; y++ {
				for x := from[0]; x <= to[0]; x++ {
					c := &out.cells[(z*out.n[1]+y)*out.n[0]+x]
					*c = append(*c, uint16(i))
				}
			}
		}
	}
	return out
}

// at gives the patch nearest to a place and the place on it, in metres; nil when none is
// near.
func (p *painter) at(q [3]float32) (best *localPatch, u, v float32) {
	var c [3]int
	for k := range 3 {
		s := (q[k] - p.lo[k]) / paintCellM
		if !(s >= 0) || s >= float32(p.n[k]) {
			return nil, 0, 0
		}
		c[k] = int(s)
	}
	nearest := float32(paintReachM)
	for _, i := range p.cells[(c[2]*p.n[1]+c[1])*p.n[0]+c[0]] {
		l := &p.patches[i]
		d := [3]float32{q[0] - l.origin[0], q[1] - l.origin[1], q[2] - l.origin[2]}
		off := d[0]*l.n[0] + d[1]*l.n[1] + d[2]*l.n[2]
		if off = max(off, -off); off >= nearest {
			continue
		}
		a, b := d[0]*l.u[0]+d[1]*l.u[1]+d[2]*l.u[2], d[0]*l.v[0]+d[1]*l.v[1]+d[2]*l.v[2]
		if a < -paintReachM || b < -paintReachM || a > l.wide+paintReachM || b > l.high+paintReachM {
			continue
		}
		best, u, v, nearest = l, a, b, off
	}
	return best, u, v
}

// colourAt is the paint of a place of a patch; false where nothing is known or nothing was
// done to it.
func (p *painter) colourAt(l *localPatch, u, v float32) ([3]float32, bool) {
	q := l.of
	nu, nv := q.N[0], q.N[1]
	x, y := u*l.perU-0.5, v*l.perV-0.5
	i, j := min(max(int(x+0.5), 0), nu-1), min(max(int(y+0.5), 0), nv-1)
	value := q.Value[j*nu+i]
	if value != value {
		return [3]float32{}, false
	}
	if p.paint.Marks {
		k := int(value)
		if k <= 0 || k >= len(plan.ClassColours) {
			return [3]float32{}, false
		}
		c := plan.ClassColours[k]
		return [3]float32{float32(c.R) / 255, float32(c.G) / 255, float32(c.B) / 255}, true
	}
	// In a straight line between the middles of cells that are known.
	x, y = min(max(x, 0), float32(nu-1)), min(max(y, 0), float32(nv-1))
	i, j = min(int(x), max(nu-2, 0)), min(int(y), max(nv-2, 0))
	fx, fy := x-float32(i), y-float32(j)
	sum, all := float32(0), float32(0)
	for k := range 4 {
		a, b := min(i+k&1, nu-1), min(j+k>>1, nv-1)
		w := 1 - fx
		if k&1 == 1 {
			w = fx
		}
		if k>>1 == 1 {
			w *= fy
		} else {
			w *= 1 - fy
		}
		if s := q.Value[b*nu+a]; s == s {
			sum, all = sum+w*s, all+w
		}
	}
	if all > 0 {
		value = sum / all
	}
	share := exposureShare(float64(value))
	if !(share > 0) {
		return [3]float32{}, false
	}
	return exposureColour(share), true
}

// paintPicture paints the cloud's pixels from the share of the width on that the paint
// says. Paint is hatched: the own colour shows between its lines, since it is predicted
// and not seen.
func (d *Drawer) paintPicture(p *render.Paint, cam *camera, ui float64) {
	pt := newPainter(p, cam.eye)
	if pt == nil {
		return
	}
	w, h := int(cam.width), int(cam.height)
	first := min(max(int(p.FromShare*float64(w)), 0), w)
	period := max(int(9*ui+0.5), 4)
	bare := max(period*3/10, 1)
	right, down, forward := f32(cam.right), f32(cam.down), f32(cam.forward)
	focal, parallel := float32(cam.focalPx), cam.parallel
	var wg sync.WaitGroup
	for n := range d.opt.Workers {
		wg.Go(func() {
			for y := h * n / d.opt.Workers; y < h*(n+1)/d.opt.Workers; y++ {
				dy := (float32(y) + 0.5 - float32(h)/2) / focal
				for x := first; x < w; x++ {
					i := y*w + x
					z := d.depth[i]
					if z <= 0 || (x+y)%period < bare {
						continue
					}
					dx := (float32(x) + 0.5 - float32(w)/2) / focal
					s := z
					if parallel {
						s = 1
					}
					var q [3]float32
					for k := range 3 {
						q[k] = z*forward[k] + s*(dx*right[k]+dy*down[k])
					}
					l, u, v := pt.at(q)
					if l == nil {
						continue
					}
					c, ok := pt.colourAt(l, u, v)
					if !ok {
						continue
					}
					px := d.colour[4*i : 4*i+3 : 4*i+3]
					for k := range 3 {
						px[k] = uint8(0.85*255*c[k] + 0.15*float32(px[k]))
					}
				}
			}
		})
	}
	wg.Wait()
}

// paintBars are the scales of what surfaces are painted with.
func (p *page) paintBars(s *render.Scene) []bar {
	if s.Paint == nil || len(s.Paint.Patches) == 0 {
		return nil
	}
	if s.Paint.Marks {
		b := bar{title: p.words.marks, stepped: true, hatched: true}
		for k, name := range p.words.classes {
			if name != "" {
				b.marks = append(b.marks, name)
				b.steps = append(b.steps, plan.ClassColours[k])
			}
		}
		b.colour = func(t float64) [3]float32 {
			c := b.steps[min(int(t*float64(len(b.steps))), len(b.steps)-1)]
			return [3]float32{float32(c.R) / 255, float32(c.G) / 255, float32(c.B) / 255}
		}
		return []bar{b}
	}
	b := bar{title: p.words.exposure, hatched: true, colour: exposureColour, at: exposureMarkAt}
	b.marks = exposureMarks
	return []bar{b}
}

var exposureMarks = []string{"0.3", "1", "3", "10", "30", "100"}

func exposureMarkAt(i int) float64 {
	return exposureShare([]float64{0.3, 1, 3, 10, 30, 100}[i])
}
