package scene

import (
	"fmt"
	"math"

	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// Names of the views that Named knows.
const (
	Overview = "overview"
	Plan     = "plan"
	Section  = "section"
	Interior = "interior"
)

// viewNames is the order in which AutoViews gives views.
var viewNames = [...]string{Overview, Plan, Section, Interior, "overview-2", "section-2", "interior-2", "overview-3", "overview-4", "section-3", "section-4"}

// MaxAutoViews is how many different views AutoViews can give.
const MaxAutoViews = len(viewNames)

// AutoViews gives up to n views of a place at the given size in pixels: a view
// into it from above a corner, its plan, a section, one from inside, then the same
// from the other sides.
func AutoViews(e Extent, n, widthPx, heightPx int) []render.View {
	var views []render.View
	for _, name := range viewNames[:min(max(n, 0), len(viewNames))] {
		v, err := Named(name, e, widthPx, heightPx)
		if err == nil {
			views = append(views, v)
		}
	}
	return views
}

// Named gives the view of that name: overview, plan, section or interior, with
// -2, -3 or -4 for the next side. Ceiling and near walls are cut away where they
// would hide the inside.
func Named(name string, e Extent, widthPx, heightPx int) (render.View, error) {
	kind, side := name, 0
	if n := len(name); n > 2 && name[n-2] == '-' && name[n-1] >= '2' && name[n-1] <= '4' {
		kind, side = name[:n-2], int(name[n-1]-'1')
	}
	v := render.View{Name: name, WidthPx: widthPx, HeightPx: heightPx, Up: r3.Vec{Z: 1}}
	switch kind {
	case Overview:
		e.overview(&v, side)
	case Plan:
		e.plan(&v, side)
	case Section:
		e.section(&v, side)
	case Interior:
		e.interior(&v, side)
	default:
		return v, fmt.Errorf("no view %q; there are overview, plan, section and interior, each also with -2, -3 and -4", name)
	}
	return v, nil
}

// LookFrom is a perspective view of the whole, uncut place from a point.
func LookFrom(eye, target r3.Vec, widthPx, heightPx int) render.View {
	return render.View{Name: "given", Eye: eye, Target: target, Up: r3.Vec{Z: 1}, FovYDeg: 60, WidthPx: widthPx, HeightPx: heightPx}
}

// axes are the box's horizontal axes, turned by quarter turns.
func (e *Extent) axes(quarters int) (x, y r3.Vec, hx, hy float64) {
	s, cs := math.Sincos(e.YawDeg * math.Pi / 180)
	x, y = r3.Vec{X: cs, Y: s}, r3.Vec{X: -s, Y: cs}
	hx, hy = e.HalfM.X, e.HalfM.Y
	for range quarters {
		x, y = y, r3.Scale(-1, x)
		hx, hy = hy, hx
	}
	return x, y, hx, hy
}

// margin is what is kept around the box: wall surfaces, noise.
func (e *Extent) margin() float64 { return 0.03 * max(e.HalfM.X, e.HalfM.Y, e.HalfM.Z) }

// cutHeight is where the place is cut open from above: under the ceiling where
// there is one, and never below mid-height.
func (e *Extent) cutHeight() float64 {
	if !e.Roof {
		return e.CeilZ + e.margin()
	}
	return e.CeilZ - 0.12*(e.CeilZ-e.FloorZ)
}

// clip is the box of the place from below the floor to a height, without a share
// of the sides toward -x and -y of the turned axes.
func (e *Extent) clip(quarters int, topZ, offX, offY float64) *render.Clip {
	x, y, hx, hy := e.axes(quarters)
	m := e.margin()
	bottom := e.FloorZ - 2*m
	mid := r3.Add(e.Centre, r3.Add(r3.Scale(offX/2, x), r3.Scale(offY/2, y)))
	mid.Z = (bottom + topZ) / 2
	half := r3.Vec{X: hx + m - offX/2, Y: hy + m - offY/2, Z: (topZ - bottom) / 2}
	return &render.Clip{Centre: mid, HalfM: half, YawDeg: math.Atan2(x.Y, x.X) * 180 / math.Pi}
}

// overview looks down into the place from above a corner; the ceiling and the two
// near walls are cut away.
func (e *Extent) overview(v *render.View, side int) {
	x, y, hx, hy := e.axes(side)
	v.FovYDeg = 30
	cut := 2*e.margin() + 0.04*min(hx, hy)
	v.Clip = e.clip(side, e.cutHeight(), cut, cut)
	// Lengthwise a little, so that the corner does not split the picture in half.
	a := 32 * math.Pi / 180
	if hx > hy {
		a = 58 * math.Pi / 180
	}
	const pitch = 42 * math.Pi / 180
	flat := r3.Add(r3.Scale(-math.Cos(a), x), r3.Scale(-math.Sin(a), y))
	back := r3.Add(r3.Scale(math.Cos(pitch), flat), r3.Vec{Z: math.Sin(pitch)})
	v.Target = e.Centre
	e.fit(v, back, 0.84)
}

// plan looks straight down, parallel, with the ceiling cut away; the top of the
// picture is the box's Y axis turned by quarter turns.
func (e *Extent) plan(v *render.View, side int) {
	x, y, hx, hy := e.axes(side)
	cut := e.FloorZ + 0.72*(e.CeilZ-e.FloorZ)
	if !e.Roof {
		cut = e.cutHeight()
	}
	v.Clip = e.clip(side, cut, 0, 0)
	v.Up = y
	v.Target = r3.Vec{X: e.Centre.X, Y: e.Centre.Y, Z: e.FloorZ}
	v.Eye = r3.Vec{X: e.Centre.X, Y: e.Centre.Y, Z: e.CeilZ + 2*max(hx, hy)}
	e.fitFlat(v, x, hx, hy)
}

// section looks at the place from the side, parallel, with the near half cut away.
func (e *Extent) section(v *render.View, side int) {
	x, y, hx, hy := e.axes(side)
	v.Clip = e.clip(side, e.CeilZ+2*e.margin(), 0, hy)
	v.Target = e.Centre
	v.Eye = r3.Add(e.Centre, r3.Scale(-4*max(hx, hy), y))
	e.fitFlat(v, x, hx, e.HalfM.Z)
}

// fitFlat sets the height of a parallel picture so that a rectangle of half width
// hx and half height hy fills it beside the key.
func (e *Extent) fitFlat(v *render.View, right r3.Vec, hx, hy float64) {
	aspect := float64(v.WidthPx) / float64(max(v.HeightPx, 1))
	share := 1 - min(max(e.KeyShare, 0), 0.6)
	v.OrthoHeightM = 2 * max(hy/0.84, hx/(aspect*(share-0.07)))
	e.shift(v, right, v.OrthoHeightM*aspect)
}

// shift moves the eye to the left so that the place comes to lie right of the key.
// width is the picture's width at the target.
func (e *Extent) shift(v *render.View, right r3.Vec, width float64) {
	by := r3.Scale(-0.5*min(max(e.KeyShare, 0), 0.6)*width, right)
	v.Eye = r3.Add(v.Eye, by)
	v.Target = r3.Add(v.Target, by)
}

// interior stands in a corner at eye height and looks across.
func (e *Extent) interior(v *render.View, side int) {
	x, y, hx, hy := e.axes(side)
	height := e.FloorZ + 0.62*(e.CeilZ-e.FloorZ)
	v.Eye = r3.Add(e.Centre, r3.Add(r3.Scale(-0.80*hx, x), r3.Scale(-0.80*hy, y)))
	v.Eye.Z = height
	v.Target = r3.Add(e.Centre, r3.Add(r3.Scale(0.5*hx, x), r3.Scale(0.5*hy, y)))
	v.Target.Z = e.FloorZ + 0.42*(e.CeilZ-e.FloorZ)
	v.FovYDeg = 65
}

// fit moves the eye back from the target until the box fills the given share of
// the picture beside the key.
func (e *Extent) fit(v *render.View, back r3.Vec, share float64) {
	x, y, hx, hy := e.axes(0)
	reach := r3.Norm(e.HalfM)
	right := r3.Unit(r3.Cross(r3.Scale(-1, back), v.Up))
	aspect := float64(v.WidthPx) / float64(max(v.HeightPx, 1))
	place := func(d float64) {
		v.Target = e.Centre
		v.Eye = r3.Add(v.Target, r3.Scale(d, back))
		e.shift(v, right, 2*d*math.Tan(v.FovYDeg/2*math.Pi/180)*aspect)
	}
	lo, hi := 0.5*reach, 40*reach
	for range 50 {
		d := (lo + hi) / 2
		if place(d); e.within(*v, x, y, hx, hy, share) {
			hi = d
		} else {
			lo = d
		}
	}
	place(hi)
}

func (e *Extent) within(v render.View, x, y r3.Vec, hx, hy, share float64) bool {
	c, err := newCamera(v)
	if err != nil {
		return true
	}
	for k := range 8 {
		p := e.Centre
		sx, sy, sz := float64(k&1*2-1), float64(k>>1&1*2-1), float64(k>>2*2-1)
		p = r3.Add(p, r3.Add(r3.Scale(sx*hx, x), r3.Scale(sy*hy, y)))
		p.Z += sz * e.HalfM.Z
		px, py, _, ok := c.project(p)
		left := min(max(e.KeyShare, 0), 0.6) * c.width
		if !ok || math.Abs(px-(left+c.width)/2) > share*(c.width-left)/2 || math.Abs(py-c.height/2) > share*c.height/2 {
			return false
		}
	}
	return true
}
