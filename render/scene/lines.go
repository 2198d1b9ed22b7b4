package scene

import (
	"math"

	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// line is a run of straight pieces in the scene with one look.
type line struct {
	points  []r3.Vec
	closed  bool
	look    look
	widthPx float64 // at one pixel a layout unit
	hidden  float32 // opacity of what lies behind the cloud
}

// sceneLines collects the outlines, the stems and floor rings of markers, and the
// undersides of hot layers. reach is half the diagonal of the scene.
func sceneLines(s *render.Scene, floorZ, reach float64) []line {
	var out []line
	for _, o := range s.Outlines {
		out = append(out, line{o.Points, o.Closed, lookOf(o.Standing), 2.2, 0.22})
	}
	for _, l := range s.HotLayers {
		if z := l.Min.Z + l.InterfaceM; l.InterfaceM > 0 && z < l.Max.Z {
			lk := look{colour: deep(l.UpperC), line: dashedLine}
			out = append(out, line{[]r3.Vec{
				{X: l.Min.X, Y: l.Min.Y, Z: z}, {X: l.Max.X, Y: l.Min.Y, Z: z},
				{X: l.Max.X, Y: l.Max.Y, Z: z}, {X: l.Min.X, Y: l.Max.Y, Z: z},
			}, true, lk, 1.8, 0.3})
		}
	}
	for _, m := range s.Markers {
		if m.Symbol == SymbolFlame {
			continue // its outline is drawn
		}
		foot := m.At
		foot.Z = min(floorZ, m.At.Z)
		lk := lookOf(m.Standing)
		if m.At.Z-foot.Z > 0.005*reach {
			out = append(out, line{[]r3.Vec{m.At, foot}, false, lk, 1.8, 0.35})
		}
		r := 0.014 * reach
		if m.RadiusM > 0 {
			r = m.RadiusM
		}
		var ring []r3.Vec
		for i := range 48 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 48)
			ring = append(ring, r3.Vec{X: foot.X + r*cos, Y: foot.Y + r*sin, Z: foot.Z + 0.001*reach})
		}
		out = append(out, line{ring, true, lk, 1.8, 0.35})
	}
	return out
}

const floatsPerLineVertex = 13

// lineVertices lays the lines out as quads in the picture; see shaders/line.vert.
func lineVertices(cam *camera, lines []line, ui float64) []float32 {
	var out []float32
	for _, l := range lines {
		n := len(l.points)
		if n < 2 {
			continue
		}
		pieces := n - 1
		if l.closed && n > 2 {
			pieces = n
		}
		along := 0.0
		for i := range pieces {
			a, b := cam.inCamera(l.points[i]), cam.inCamera(l.points[(i+1)%n])
			out, along = appendPiece(out, cam, a, b, l, along, ui)
		}
	}
	return out
}

// appendPiece appends one piece, cut at the near plane, and returns how far along
// the line its end is in pixels.
func appendPiece(out []float32, cam *camera, a, b r3.Vec, l line, along, ui float64) ([]float32, float64) {
	if a.Z < cam.near && b.Z < cam.near {
		return out, along
	}
	if a.Z < cam.near {
		a = mix(a, b, (cam.near-a.Z)/(b.Z-a.Z))
	} else if b.Z < cam.near {
		b = mix(b, a, (cam.near-b.Z)/(a.Z-b.Z))
	}
	ax, ay := cam.onPicture(a)
	bx, by := cam.onPicture(b)
	dx, dy := bx-ax, by-ay
	length := math.Hypot(dx, dy)
	if !(length > 1e-6) || length > 1e7 {
		return out, along
	}
	half := l.widthPx * ui / 2
	reach := half + 1.5*ui + 1 // casing and soft edge
	dx, dy = dx/length, dy/length
	corner := func(end, side float64) {
		at, q := pt{ax, ay}, a
		s := along
		if end > 0 {
			at, q, s = pt{bx, by}, b, along+length
		}
		// Pieces end a half width beyond their points, so that corners close.
		w := 1.0
		if !cam.parallel {
			w = q.Z
		}
		x, y := at.x+end*dx*half-side*dy*reach, at.y+end*dy*half+side*dx*reach
		c := l.look.colour
		out = append(out, float32(x), float32(y), float32(w),
			float32(q.Z), float32(s+end*half), float32(side*reach), float32(half),
			float32(c.R)/255, float32(c.G)/255, float32(c.B)/255, 1,
			float32(l.look.line), l.hidden)
	}
	for _, k := range [6][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, -1}, {1, 1}, {-1, 1}} {
		corner(k[0], k[1])
	}
	return out, along + length
}

func mix(a, b r3.Vec, t float64) r3.Vec { return r3.Add(a, r3.Scale(t, r3.Sub(b, a))) }
