package scene

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// canvas draws flat shapes with soft edges on a picture, in pixels.
type canvas struct {
	img *image.RGBA
	ui  float64 // size of one layout unit in pixels
}

type pt struct{ x, y float64 }

// path is a list of closed outlines; an outline that turns the other way cuts a
// hole.
type path [][]pt

func (c *canvas) fill(p path, col color.Color) {
	lo, hi := pt{math.Inf(1), math.Inf(1)}, pt{math.Inf(-1), math.Inf(-1)}
	for _, outline := range p {
		for _, q := range outline {
			lo = pt{min(lo.x, q.x), min(lo.y, q.y)}
			hi = pt{max(hi.x, q.x), max(hi.y, q.y)}
		}
	}
	all := c.img.Bounds()
	if !(lo.x < float64(all.Max.X)) || !(lo.y < float64(all.Max.Y)) || !(hi.x > 0) || !(hi.y > 0) || hi.x-lo.x > 4*maxSidePx || hi.y-lo.y > 4*maxSidePx {
		return
	}
	// The rasteriser clips to its own size; shift the shape into it.
	box := image.Rect(int(math.Floor(lo.x)), int(math.Floor(lo.y)), int(math.Ceil(hi.x))+1, int(math.Ceil(hi.y))+1)
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for _, outline := range p {
		for i, q := range outline {
			x, y := float32(q.x-float64(box.Min.X)), float32(q.y-float64(box.Min.Y))
			if i == 0 {
				r.MoveTo(x, y)
			} else {
				r.LineTo(x, y)
			}
		}
		r.ClosePath()
	}
	mask := image.NewAlpha(image.Rect(0, 0, box.Dx(), box.Dy()))
	r.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	draw.DrawMask(c.img, box, image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}

// faded is a colour with its opacity times a.
func faded(c color.RGBA, a float64) color.RGBA {
	f := func(v uint8) uint8 { return uint8(math.Round(float64(v) * a)) }
	return color.RGBA{f(c.R), f(c.G), f(c.B), f(c.A)}
}

func arc(cx, cy, r, from, to float64) []pt {
	n := max(8, int(math.Ceil(math.Abs(to-from)*math.Sqrt(r)*3)))
	var out []pt
	for i := range n + 1 {
		s, cs := math.Sincos(from + (to-from)*float64(i)/float64(n))
		out = append(out, pt{cx + r*cs, cy + r*s})
	}
	return out
}

func disc(cx, cy, r float64) path { return path{arc(cx, cy, r, 0, 2*math.Pi)} }

func ring(cx, cy, outer, inner float64) path {
	return path{arc(cx, cy, outer, 0, 2*math.Pi), arc(cx, cy, inner, 2*math.Pi, 0)}
}

// ringDashes is a ring of n dashes that cover a share of it.
func ringDashes(cx, cy, outer, inner float64, n int, share float64) path {
	var p path
	step := 2 * math.Pi / float64(n)
	for i := range n {
		a := float64(i)*step - math.Pi/2
		p = append(p, append(arc(cx, cy, outer, a, a+step*share), arc(cx, cy, inner, a+step*share, a)...))
	}
	return p
}

func box(x, y, w, h float64) path {
	return path{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}}
}

func roundBox(x, y, w, h, r float64) path {
	r = max(min(r, w/2, h/2), 0)
	o := arc(x+w-r, y+r, r, -math.Pi/2, 0)
	o = append(o, arc(x+w-r, y+h-r, r, 0, math.Pi/2)...)
	o = append(o, arc(x+r, y+h-r, r, math.Pi/2, math.Pi)...)
	return path{append(o, arc(x+r, y+r, r, math.Pi, 1.5*math.Pi)...)}
}

// stroke is a straight line as a shape.
func stroke(a, b pt, width float64) []pt {
	dx, dy := b.x-a.x, b.y-a.y
	l := math.Hypot(dx, dy)
	if l == 0 {
		return nil
	}
	nx, ny := -dy/l*width/2, dx/l*width/2
	return []pt{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}}
}

// dashes is a straight line in a standing's style.
func dashes(a, b pt, width float64, s lineStyle) path {
	l := math.Hypot(b.x-a.x, b.y-a.y)
	at := func(d float64) pt { t := min(d/l, 1); return pt{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
	var pattern []float64 // on, off, ...
	switch s {
	case dashDotLine:
		pattern = []float64{5.5, 2.2, 1.2, 2.2}
	case dashedLine:
		pattern = []float64{3, 2.2}
	case dottedLine:
		pattern = []float64{1, 1.3}
	default:
		return path{stroke(a, b, width)}
	}
	var p path
	for d, k := 0.0, 0; d < l; k++ {
		step := pattern[k%len(pattern)] * width
		if k%2 == 0 {
			p = append(p, stroke(at(d), at(d+step), width))
		}
		d += step
	}
	return p
}

// hatching is diagonal stripes within a disc.
func hatching(cx, cy, r, gap, width float64) path {
	var p path
	for d := -r; d <= r; d += gap {
		h := math.Sqrt(max(r*r-d*d, 0))
		mx, my := cx+d/math.Sqrt2, cy+d/math.Sqrt2
		p = append(p, stroke(pt{mx - h/math.Sqrt2, my + h/math.Sqrt2}, pt{mx + h/math.Sqrt2, my - h/math.Sqrt2}, width))
	}
	return p
}

// rect is an area of the picture that is taken.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) overlap(s rect) float64 {
	w, h := min(r.x1, s.x1)-max(r.x0, s.x0), min(r.y1, s.y1)-max(r.y0, s.y0)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h
}
