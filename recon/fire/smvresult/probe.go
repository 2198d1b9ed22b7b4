package smvresult

import (
	"fmt"
	"math"

	"firescene/formats/smokeview"
	"firescene/recon"
)

// probe is a place in a slice: the values around it with their weights.
type probe struct {
	slice  *smokeview.File
	at     [8][3]int
	weight [8]float64
	t, v   []float64
	layers *layers // takes whole columns instead
}

// take keeps the value of one frame.
func (p *probe) take(s *smokeview.SliceReader, tS float64, v []float32) {
	if p.layers != nil {
		p.layers.take(s, tS, v)
		return
	}
	sum := 0.0
	for k, w := range p.weight {
		if w > 0 {
			sum += w * float64(v[s.Index(p.at[k][0], p.at[k][1], p.at[k][2])])
		}
	}
	if n := len(p.t); math.IsNaN(sum) || math.IsInf(sum, 0) || n > 0 && tS <= p.t[n-1] {
		return
	}
	p.t, p.v = append(p.t, tS), append(p.v, sum)
}

func (p *probe) series() *series {
	if p == nil || len(p.t) < 2 {
		return nil
	}
	return &series{p.t, p.v}
}

// speedOf is the speed of the gas at a point, of what covers it.
func (p *point) speedOf() *series {
	if p.speed != nil {
		return p.speed
	}
	if s := p.speedOnly.series(); s != nil {
		for k := range s.v {
			s.v[k] = math.Abs(s.v[k])
		}
		return s
	}
	var out *series
	for _, f := range p.flow {
		s := f.series()
		if s == nil {
			return nil // of two components alone the speed is not known
		}
		if out == nil {
			out = &series{append([]float64(nil), s.t...), make([]float64, len(s.v))}
		}
		if len(s.v) != len(out.v) {
			n := min(len(s.v), len(out.v))
			out.t, out.v = out.t[:n], out.v[:n]
		}
		for k := range out.v {
			out.v[k] = math.Hypot(out.v[k], s.v[k])
		}
	}
	return out
}

// lines are the places of a slice's values along an axis.
func lines(m *smokeview.Mesh, f *smokeview.File, axis int) []float64 {
	l := [3][]float64{m.X, m.Y, m.Z}[axis]
	if f.Keyword != "SLCC" { // at grid lines
		return l
	}
	out := append([]float64(nil), l...) // at the middles of cells, under their upper line
	for i := 1; i < len(l); i++ {
		out[i] = (l[i-1] + l[i]) / 2
	}
	return out
}

// mesh is that of a slice whose grid lines it has, or nil.
func (r *reader) mesh(f *smokeview.File) *smokeview.Mesh {
	if f.Mesh < 1 || f.Mesh > len(r.src.Case.Meshes) || !f.HasGrid {
		return nil
	}
	m := &r.src.Case.Meshes[f.Mesh-1]
	for a, l := range [][]float64{m.X, m.Y, m.Z} {
		if f.Grid[2*a] < 0 || f.Grid[2*a+1] < f.Grid[2*a] || f.Grid[2*a+1] >= len(l) {
			return nil
		}
	}
	return m
}

// nearSlice is a probe in the nearest slice of a quantity that covers a place. tell
// says which, or how far the nearest is that does not.
func (r *reader) nearSlice(at recon.Vec, quantity string) (p *probe, tell string) {
	best, missed := math.Inf(1), math.Inf(1)
	for i := range r.src.Case.Slices {
		f := &r.src.Case.Slices[i]
		m := r.mesh(f)
		if f.Quantity != quantity || m == nil {
			continue
		}
		q, far, near := place(m, f, at)
		if q == nil {
			continue
		}
		if far > near {
			missed = min(missed, far)
			continue
		}
		if far < best {
			best, p = far, q
			tell = fmt.Sprintf("the slice %s, %.2f m from it", f.Name, far)
		}
	}
	if p == nil {
		if !math.IsInf(missed, 0) {
			tell = fmt.Sprintf("; the nearest slice is %.2f m away", missed)
		}
		return nil, tell
	}
	r.probe = append(r.probe, p)
	return p, tell
}

// place is the probe of a place in a slice; far is its distance from the plane, near
// what is allowed. nil: it lies beside the slice.
func place(m *smokeview.Mesh, f *smokeview.File, at recon.Vec) (p *probe, far, near float64) {
	p = &probe{slice: f}
	var lo [3]int
	var frac [3]float64
	near = NearM
	for a := range 3 {
		l := lines(m, f, a)
		from, to := f.Grid[2*a], f.Grid[2*a+1]
		if from == to { // the plane
			far = math.Abs(at[a] - l[from])
			lo[a] = from
			if n := len(l); n > 1 {
				near = max(near, math.Abs(l[min(from+1, n-1)]-l[max(from-1, 0)])/2)
			}
			continue
		}
		if at[a] < l[from]-1e-9 || at[a] > l[to]+1e-9 {
			return nil, 0, 0
		}
		k := from
		for k+1 < to && l[k+1] <= at[a] {
			k++
		}
		lo[a], frac[a] = k, (at[a]-l[k])/(l[k+1]-l[k])
		frac[a] = max(0, min(1, frac[a]))
	}
	for k := range 8 {
		w := 1.0
		for a := range 3 {
			up := k >> a & 1
			p.at[k][a] = lo[a] + up
			if up == 1 {
				w *= frac[a]
			} else {
				w *= 1 - frac[a]
			}
		}
		p.weight[k] = w
	}
	return p, far, near
}

// within reports whether a device lies in a room.
func within(room *recon.Room, d *smokeview.Device) bool {
	for a := range 3 {
		if d.At[a] < room.Min[a]-0.01 || d.At[a] > room.Max[a]+0.01 {
			return false
		}
	}
	return true
}
