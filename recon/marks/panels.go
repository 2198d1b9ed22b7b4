package marks

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

const (
	frontM = 0.03 // points this far before a surface are of it
	backM  = 0.10 // and this far behind it: craters
)

// panelsOf makes the panels of a room: its known walls, ceiling and floor.
func panelsOf(r *recon.Space, cellM float64) []*Panel {
	var out []*Panel
	for _, w := range r.Walls {
		if !w.Known {
			continue
		}
		u := r3.Sub(w.To, w.From)
		u.Z = 0
		length, height := r3.Norm(u), w.FromTop.Z-w.From.Z
		if length < 5*cellM || height < 5*cellM {
			continue
		}
		p := &Panel{Room: r.Name, Name: w.Name, Kind: Wall, Plane: w.Plane, Origin: w.From, U: r3.Scale(1/length, u), V: r3.Vec{Z: 1}}
		p.size(length, height, cellM)
		out = append(out, p)
	}
	for _, f := range []struct {
		kind  Kind
		plane *recon.Plane
	}{{Ceiling, r.Ceiling}, {Floor, r.Floor}} {
		if f.plane == nil {
			continue
		}
		if p := levelPanel(r, f.kind, *f.plane, cellM); p != nil {
			out = append(out, p)
		}
	}
	return out
}

func (p *Panel) size(length, height, cellM float64) {
	p.CellM = cellM
	p.Nu, p.Nv = int(math.Ceil(length/cellM)), int(math.Ceil(height/cellM))
	n := p.Nu * p.Nv
	p.Count, p.Reflectance, p.Luminance = make([]float32, n), make([]float32, n), make([]float32, n)
	p.DepthM, p.distM, p.Class, p.Confidence = make([]float32, n), make([]float32, n), make([]Class, n), make([]float32, n)
	p.inside = make([]bool, n)
	for i := range p.inside {
		p.inside[i] = true
	}
}

// levelPanel is a floor or ceiling over the box around the room, along its first
// wall; cells outside the outline do not count.
func levelPanel(r *recon.Space, kind Kind, plane recon.Plane, cellM float64) *Panel {
	var u r3.Vec
	for _, w := range r.Walls {
		if d := r3.Sub(w.To, w.From); r3.Norm(d) > r3.Norm(u) {
			u = d
		}
	}
	u.Z = 0
	if r3.Norm(u) == 0 {
		return nil
	}
	u = r3.Unit(u)
	v := r3.Vec{X: -u.Y, Y: u.X}
	u0, u1, v0, v1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, w := range r.Walls {
		a, b := r3.Dot(w.From, u), r3.Dot(w.From, v)
		u0, u1, v0, v1 = min(u0, a), max(u1, a), min(v0, b), max(v1, b)
	}
	o := r3.Add(r3.Scale(u0, u), r3.Scale(v0, v))
	o.Z = (plane.Offset - plane.Normal.X*o.X - plane.Normal.Y*o.Y) / plane.Normal.Z
	p := &Panel{Room: r.Name, Name: r.Name + "-" + string(kind), Kind: kind, Plane: plane, Origin: o, U: u, V: v}
	p.size(u1-u0, v1-v0, cellM)
	for y := range p.Nv {
		for x := range p.Nu {
			p.inside[y*p.Nu+x] = within(r, p.At(float64(x)+0.5, float64(y)+0.5))
		}
	}
	return p
}

// within tells whether a place lies in a room's outline.
func within(r *recon.Space, q r3.Vec) bool {
	in := false
	for _, w := range r.Walls {
		a, b := w.From, w.To
		if (a.Y > q.Y) != (b.Y > q.Y) && q.X < a.X+(q.Y-a.Y)/(b.Y-a.Y)*(b.X-a.X) {
			in = !in
		}
	}
	return in
}

// locate gives the cell of a place and its distance before the plane.
func (p *Panel) locate(q r3.Vec) (cell int, d float64, ok bool) {
	if d = p.Plane.Distance(q); d > frontM || d < -backM {
		return 0, d, false
	}
	r := r3.Sub(q, p.Origin)
	u, v := r3.Dot(r, p.U)/p.CellM, r3.Dot(r, p.V)/p.CellM
	if u < 0 || v < 0 || u >= float64(p.Nu) || v >= float64(p.Nv) {
		return 0, d, false
	}
	cell = int(v)*p.Nu + int(u)
	return cell, d, p.inside[cell]
}

// assign gives each point to the panel whose plane is nearest among those that it
// was seen from the front of.
func (w *search) assign(ctx context.Context) error {
	n := w.s.Cloud.Len()
	w.panel, w.cell = make([]int16, n), make([]int32, n)
	for i := range n {
		if i&0xfffff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		q := w.s.Cloud.At(i)
		w.panel[i] = -1
		best := math.Inf(1)
		for k, p := range w.m.Panels {
			d := p.Plane.Distance(q)
			if d > frontM || d < -backM || math.Abs(d) >= best {
				continue
			}
			if w.s.Scan != nil && p.Plane.Distance(w.s.Stations[w.s.Scan[i]]) <= 0 {
				continue
			}
			if c, _, ok := p.locate(q); ok {
				best = math.Abs(d)
				w.panel[i], w.cell[i] = int16(k), int32(c)
			}
		}
	}
	return nil
}

// cutOpenings takes the cells of doors and windows out of the walls of their rooms:
// what lies in a reveal is not the wall.
func (p *Panel) cutOpenings(list []recon.WallOpening) {
	const around = 0.02
	if p.Kind != Wall {
		return
	}
	for _, o := range list {
		if !slices.Contains(o.Rooms, p.Room) {
			continue
		}
		u0, u1, v0, v1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		near := true
		for _, c := range o.Corners {
			near = near && math.Abs(p.Plane.Distance(c)) < o.Thickness.Value+0.05
			r := r3.Sub(c, p.Origin)
			u, v := r3.Dot(r, p.U), r3.Dot(r, p.V)
			u0, u1, v0, v1 = min(u0, u), max(u1, u), min(v0, v), max(v1, v)
		}
		if !near {
			continue
		}
		x0, x1 := int((u0-around)/p.CellM), int((u1+around)/p.CellM)
		y0, y1 := int((v0-around)/p.CellM), int((v1+around)/p.CellM)
		for y := max(y0, 0); y <= min(y1, p.Nv-1); y++ {
			for x := max(x0, 0); x <= min(x1, p.Nu-1); x++ {
				p.inside[y*p.Nu+x] = false
			}
		}
	}
}
