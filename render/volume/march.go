package volume

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Camera is the projection of the whole picture, in scene coordinates; axes are unit
// vectors. A point has depth Forward.(p-Eye) and lands on column Width/2 + x s, row
// Height/2 + y s with x = Right.(p-Eye), y = Down.(p-Eye), s = FocalPx/depth, or s =
// FocalPx for a parallel projection.
type Camera struct {
	Eye                  [3]float64
	Right, Down, Forward [3]float64
	FocalPx              float64
	Parallel             bool
	Near                 float64
	Width, Height        int
	// Slabs bound what is drawn to |Axis.p - Mid| <= Half.
	Slabs []Slab
}

// Slab is the space between two planes.
type Slab struct {
	Axis      [3]float64
	Mid, Half float64
}

// Picture is gas as seen at half the size of a picture, each pixel for two by two.
type Picture struct {
	Width, Height int
	RGBA          []byte    // premultiplied: to be laid over what lies behind
	Depth         []float32 // of what the gas lies before; 0: nothing
	Covered       bool      // some pixel is not clear
}

const (
	stepCells = 1.0   // of a step, along the axis that it crosses cells fastest
	enough    = 0.004 // share of light below which the rest is not looked at
	maxSteps  = 4000
)

// March fills p with the gas that lies before the depths of a picture, which has
// cam.Width x cam.Height of them, 0 where there is nothing. Fields may overlap: there
// they mix.
func (p *Picture) March(fields []*Field, cam Camera, depth []float32, workers int) {
	p.Width, p.Height = (cam.Width+1)/2, (cam.Height+1)/2
	n := p.Width * p.Height
	p.RGBA = slices.Grow(p.RGBA[:0], 4*n)[:4*n]
	p.Depth = slices.Grow(p.Depth[:0], n)[:n]
	local := make([]localField, 0, len(fields))
	for _, f := range fields {
		if f != nil {
			local = append(local, f.localTo(&cam))
		}
	}
	var next, covered atomic.Int64
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			m := marcher{cam: &cam, fields: local}
			for {
				y := int(next.Add(1)) - 1
				if y >= p.Height {
					break
				}
				if m.row(p, y, depth) {
					covered.Store(1)
				}
			}
		})
	}
	wg.Wait()
	p.Covered = covered.Load() > 0
}

// localField is a field with the camera's axes in its cells: a point at depth t of the
// ray through picture point (x, y) has cell coordinates base + x*perX + y*perY +
// t*(forward + x*dirX + y*dirY).
type localField struct {
	f                                  *Field
	eye, right, down, forward, perCell [3]float64
}

func (f *Field) localTo(cam *Camera) localField {
	l := localField{f: f}
	for k := range 3 {
		s := float64(f.cells[k]-2) / (f.box[1][k] - f.box[0][k])
		l.perCell[k] = s
		// With the border, the middle of the first cell has coordinate 1.
		l.eye[k] = (cam.Eye[k]-f.box[0][k])*s + 0.5
		l.right[k], l.down[k], l.forward[k] = cam.Right[k]*s, cam.Down[k]*s, cam.Forward[k]*s
	}
	return l
}

// span is the part of a ray within one field.
type span struct {
	at       int // index of the field
	from, to float64
	o, d     [3]float32 // cell coordinates: o + t d
	step     float64
}

type marcher struct {
	cam    *Camera
	fields []localField
	spans  []span
	cuts   []float64
}

// row marches one row; it reports whether any pixel is not clear.
func (m *marcher) row(p *Picture, row int, depth []float32) bool {
	cam := m.cam
	any := false
	for col := range p.Width {
		i := row*p.Width + col
		z := blockDepth(depth, cam.Width, cam.Height, col, row)
		p.Depth[i] = z
		px := p.RGBA[4*i : 4*i+4 : 4*i+4]
		x := (float64(2*col+1) - float64(cam.Width)/2) / cam.FocalPx
		y := (float64(2*row+1) - float64(cam.Height)/2) / cam.FocalPx
		far := math.Inf(1)
		if z > 0 {
			far = float64(z)
		}
		if !m.cut(x, y, far) {
			px[0], px[1], px[2], px[3] = 0, 0, 0, 0
			continue
		}
		length := 1.0
		if !cam.Parallel {
			length = math.Sqrt(1 + x*x + y*y)
		}
		c := m.along(float32(length))
		any = any || c[3] > 0
		for k := range 4 {
			px[k] = byte(min(max(c[k], 0), 1)*255 + 0.5)
		}
	}
	return any
}

// blockDepth is the depth of two by two pixels that their ray ends at: in turns the
// nearest and the farthest, so that at edges both are at hand when the picture is
// brought to its full size.
func blockDepth(depth []float32, w, h, col, row int) float32 {
	x0, y0 := 2*col, 2*row
	x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
	v := [4]float32{depth[y0*w+x0], depth[y0*w+x1], depth[y1*w+x0], depth[y1*w+x1]}
	best := v[0]
	farthest := (col+row)&1 == 1
	for _, z := range v[1:] {
		nearer := z > 0 && (best <= 0 || z < best)
		if farthest && (best > 0 && (z <= 0 || z > best)) || !farthest && nearer {
			best = z
		}
	}
	return best
}

// cut finds the parts of a ray that lie within fields; false when there are none.
func (m *marcher) cut(x, y, far float64) bool {
	cam := m.cam
	m.spans, m.cuts = m.spans[:0], m.cuts[:0]
	near := cam.Near
	for _, s := range cam.Slabs {
		o, d := -s.Mid, 0.0
		for k := range 3 {
			off := x*cam.Right[k] + y*cam.Down[k]
			o += s.Axis[k] * cam.Eye[k]
			if cam.Parallel {
				o += s.Axis[k] * off
				d += s.Axis[k] * cam.Forward[k]
			} else {
				d += s.Axis[k] * (cam.Forward[k] + off)
			}
		}
		if !clipTo(o, d, -s.Half, s.Half, &near, &far) {
			return false
		}
	}
	for i := range m.fields {
		l := &m.fields[i]
		s := span{at: i, from: near, to: far}
		ok, steepest := true, 0.0
		for k := range 3 {
			off := x*l.right[k] + y*l.down[k]
			o, d := l.eye[k], l.forward[k]
			if cam.Parallel {
				o += off
			} else {
				d += off
			}
			if ok = ok && clipTo(o, d, l.f.lo[k], l.f.hi[k], &s.from, &s.to); !ok {
				break
			}
			s.o[k], s.d[k] = float32(o), float32(d)
			if l.f.cells[k] > 3 {
				steepest = max(steepest, math.Abs(d))
			}
		}
		if !ok || !(s.to > s.from) {
			continue
		}
		s.step = (s.to - s.from) / 4
		if steepest > 0 {
			s.step = min(s.step, stepCells/steepest)
		}
		m.spans = append(m.spans, s)
		m.cuts = append(m.cuts, s.from, s.to)
	}
	slices.Sort(m.cuts)
	return len(m.spans) > 0
}

// clipTo narrows from..to to where lo <= o + t d <= hi.
func clipTo(o, d, lo, hi float64, from, to *float64) bool {
	if math.Abs(d) < 1e-9 {
		return o >= lo && o <= hi
	}
	a, b := (lo-o)/d, (hi-o)/d
	if a > b {
		a, b = b, a
	}
	*from, *to = max(*from, a), min(*to, b)
	return *to > *from
}

// along gathers colour and opacity, premultiplied, along the spans that cut found.
// length is that of the ray at depth 1.
func (m *marcher) along(length float32) (c [4]float32) {
	through := float32(1) // share of the light from behind
	for i := 0; i+1 < len(m.cuts); i++ {
		from, to := m.cuts[i], m.cuts[i+1]
		if !(to > from) {
			continue
		}
		step, count, only := to-from, 0, 0
		for k := range m.spans {
			if s := &m.spans[k]; s.from <= from && s.to >= to {
				step, count, only = min(step, s.step), count+1, k
			}
		}
		if count == 0 {
			continue
		}
		n := min(int(math.Ceil((to-from)/step)), maxSteps)
		dt := (to - from) / float64(n)
		dl := float32(dt) * length
		t0, step32 := float32(from+0.5*dt), float32(dt)
		if count == 1 {
			sp := &m.spans[only]
			through = m.fields[sp.at].f.gather(sp, t0, step32, n, dl, &c, through)
		} else {
			through = m.mixed(from, to, t0, step32, n, dl, &c, through)
		}
		if through < enough {
			c[3] = 1
			return c
		}
	}
	c[3] = 1 - through
	return c
}

// gatherPlain adds n steps through one field to colour c, of which the share through of
// the light is left, and returns what is left of it then.
func (f *Field) gatherPlain(s *span, t0, step float32, n int, dl float32, c *[4]float32, through float32) float32 {
	inBrick := float32(-1) // until which t the last brick was seen to hold something
	for k := 0; k < n && through >= enough; k++ {
		t := t0 + float32(float32(k)*step)
		if t >= inBrick {
			leaves, solid := f.brickAt(s, t)
			if !solid {
				k += int(min(max((leaves-t)/step, 1), maxSteps)) - 1
				continue
			}
			inBrick = leaves
		}
		var v [4]float32
		f.samplePlain(s.o[0]+float32(t*s.d[0]), s.o[1]+float32(t*s.d[1]), s.o[2]+float32(t*s.d[2]), &v)
		if v[3] <= 0 {
			continue
		}
		left, lost := fade(v[3] * dl)
		w := through * lost * dl
		for q := range c {
			c[q] += float32(w * v[q])
		}
		through *= left
	}
	return through
}

// mixed does the same where several fields overlap.
func (m *marcher) mixed(from, to float64, t0, step float32, n int, dl float32, c *[4]float32, through float32) float32 {
	for k := 0; k < n && through >= enough; k++ {
		t := t0 + float32(float32(k)*step)
		var v [4]float32
		for j := range m.spans {
			if s := &m.spans[j]; s.from <= from && s.to >= to {
				var w [4]float32
				m.fields[s.at].f.sample(s.o[0]+t*s.d[0], s.o[1]+t*s.d[1], s.o[2]+t*s.d[2], &w)
				for q := range v {
					v[q] += w[q]
				}
			}
		}
		if v[3] <= 0 {
			continue
		}
		left, lost := fade(v[3] * dl)
		w := through * lost * dl
		for q := range c {
			c[q] += float32(w * v[q])
		}
		through *= left
	}
	return through
}

// fade is exp(-x) and (1 - exp(-x)) / x, to a part in 10,000: their series, and the
// functions themselves where that ends.
func fade(x float32) (left, lost float32) {
	if x > 0.3 {
		left = float32(math.Exp(-float64(x)))
		return left, (1 - left) / x
	}
	lost = 1 - x*(1.0/2-x*(1.0/6-x*(1.0/24)))
	return 1 - x*lost, lost
}

// brickAt says whether the brick that a ray is in at t holds something, and at which t
// the ray leaves it.
func (f *Field) brickAt(s *span, t float32) (leaves float32, solid bool) {
	var at [3]int
	leaves = math.MaxFloat32
	for k := range 3 {
		d := s.d[k]
		at[k] = min(max(int(s.o[k]+t*d), 0), f.cells[k]-2) / brick
		edge := float32(at[k] * brick)
		if d > 0 {
			edge += brick
		}
		if d > 1e-9 || d < -1e-9 {
			leaves = min(leaves, (edge-s.o[k])/d)
		}
	}
	return leaves, f.solid[(at[2]*f.bricks[1]+at[1])*f.bricks[0]+at[0]]
}
