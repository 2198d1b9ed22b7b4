package room

import (
	"context"
	"image"
	"image/color"
	"math"

	"firescene/recon"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/gonum/spatial/r3"
)

// Moment is what the surveillance camera finds in the room at one time.
type Moment struct {
	Caption   string  // burned in at the top left
	FlameM    float64 // height of the flames above the origin; 0 for none
	PlumeK    float64 // extinction in the rising smoke, 1/m
	LayerM    float64 // underside of the smoke above the floor
	LayerK    float64 // extinction in it, 1/m
	Darkness  float64 // 0 lights on, 1 off
	FlickerNo uint32
}

// Surveillance is the camera's unchanging view of the room before the fire: what
// each pixel sees, so that every still costs only its smoke and flames.
type Surveillance struct {
	Camera       recon.Camera
	CamFromWorld recon.Pose
	scene        *Scene
	dir          []r3.Vec
	depth        []float64
	light        [][3]float64
}

// Survey points the corner camera at the room and looks once. The scene is one
// from Before.
func (s *Scene) Survey(ctx context.Context, widthPx, heightPx, workers int) (*Surveillance, error) {
	f := 0.62 * float64(widthPx)
	v := &Surveillance{scene: s,
		Camera:       recon.Camera{WidthPx: widthPx, HeightPx: heightPx, FxPx: f, FyPx: f, CxPx: float64(widthPx) / 2, CyPx: float64(heightPx) / 2},
		CamFromWorld: LookAt(s.CCTV, r3.Vec{X: s.Size.X - 1.9, Y: s.Size.Y - 1.2, Z: 0.55}, 0)}
	n := widthPx * heightPx
	v.dir, v.depth, v.light = make([]r3.Vec, n), make([]float64, n), make([][3]float64, n)
	inv := v.CamFromWorld.Inverse()
	if err := s.traceLight(ctx, workers, nil); err != nil {
		return nil, err
	}
	err := parallel(ctx, heightPx, workers, func(y int) {
		for x := range widthPx {
			d := inv.Rotate(r3.Vec{X: (float64(x) + 0.5 - v.Camera.CxPx) / f, Y: (float64(y) + 0.5 - v.Camera.CyPx) / f, Z: 1})
			k := y*widthPx + x
			v.dir[k], v.depth[k], v.light[k] = d, 60, [3]float64{0.02, 0.03, 0.05} // night outside
			h, yes := s.bvh.first(inv.T, d, 0.02, 60, -1)
			if !yes {
				continue
			}
			v.depth[k] = h.t
			sf := s.surfaces[h.surface]
			at := sf.place(h.u, h.v)
			if at.p.Y < s.Size.Y+1 {
				p := r3.Add(inv.T, r3.Scale(h.t, d))
				v.light[k] = s.leaving(sf.mat(s, at).c, p, sf.n, sf.shadeAt(s, h.u, h.v))
			}
		}
	})
	return v, err
}

// Still renders one moment with the grain of a cheap camera.
func (v *Surveillance) Still(m Moment) *image.RGBA {
	w, h := v.Camera.WidthPx, v.Camera.HeightPx
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	eye, o := v.scene.CCTV, v.scene.Origin
	to := r3.Vec{X: o.X - eye.X, Y: o.Y - eye.Y}
	away := r3.Unit(to)                  // horizontal, toward the fire
	side := r3.Cross(away, r3.Vec{Z: 1}) // to the right of the picture
	dist := r3.Norm(to)                  // of the upright plane in which the flames are drawn
	power := m.FlameM * m.FlameM * 2.2   // of the light that they throw
	power *= 0.85 + 0.3*unit(int32(m.FlickerNo), 1, 5)
	middle := r3.Add(o, r3.Vec{Z: 0.4 * m.FlameM})
	fire := newFlames(m)
	layer := newLayer(m, v.scene.Size.Z)
	warm := [3]float64{1.1, 0.56, 0.2}
	for k := range v.dir {
		x, y := int32(k%w), int32(k/w)
		d, t := v.dir[k], v.depth[k]
		// The lamps on the ceiling shine through the layer, the fire does not.
		base := v.light[k]
		c := scale(base, (1-0.97*m.Darkness)*layer.lamps)
		if power > 0 {
			glow := power / (0.15 + r3.Norm2(r3.Sub(r3.Add(eye, r3.Scale(t, d)), middle)))
			for q := range 3 {
				c[q] += glow * base[q] * warm[q]
			}
		}
		// Flames and plume in the upright plane through the origin.
		if den := r3.Dot(d, away); den > 1e-6 && (m.PlumeK > 0 || m.FlameM > 0) {
			if tf := dist / den; tf < t+0.35 {
				q := r3.Add(eye, r3.Scale(tf, d))
				across, up := r3.Dot(r3.Sub(q, o), side), q.Z-o.Z+0.05
				if a := plume(across, up, m); a > 0 {
					lit := power * math.Exp(-up) // from below
					c = mix(c, [3]float64{0.035 + 0.16*lit, 0.035 + 0.07*lit, 0.036 + 0.025*lit}, a)
				}
				e, halo := fire.at(across, up)
				c = [3]float64{c[0] + 5.5*e + 0.30*halo, c[1] + 3.4*e*e + 0.13*halo, c[2] + 1.3*e*e*e + 0.03*halo}
			}
		}
		if m.LayerK > 0 {
			a, shade := layer.along(eye, d, t, unit(x, y, m.FlickerNo))
			lit := 0.0
			if power > 0 { // smoke near the flames is lit by them
				near := r3.Norm2(r3.Sub(r3.Add(eye, r3.Scale(min(t, dist/max(0.2, r3.Dot(d, away))), d)), middle))
				lit = 0.16 * power * layer.clear / (0.5 + near)
			}
			c = mix(c, [3]float64{layer.grey*shade + lit, layer.grey*shade*1.01 + 0.45*lit, layer.grey*shade*1.03 + 0.15*lit}, a)
		}
		var out [3]uint8
		luma := 4 * gauss(x, y, m.FlickerNo*7+1)
		for q := range 3 {
			out[q] = uint8(min(255, max(0, 255*tone(0.8*c[q])+luma+2*gauss(x, y, m.FlickerNo*7+2+uint32(q))+0.5)))
		}
		img.SetRGBA(int(x), int(y), color.RGBA{out[0], out[1], out[2], 255})
	}
	burnIn(img, 14, 12, 2, m.Caption)
	return img
}

// burnIn writes text in white with a dark edge, scaled up.
func burnIn(img *image.RGBA, x0, y0, size int, text string) {
	w, h := 7*len(text)+2, 15
	mask := image.NewAlpha(image.Rect(0, 0, w, h))
	d := font.Drawer{Dst: mask, Src: image.Opaque, Face: basicfont.Face7x13, Dot: fixed.P(1, 12)}
	d.DrawString(text)
	on := func(x, y int) bool { return mask.AlphaAt(x/size, y/size).A > 127 && x >= 0 && y >= 0 }
	for y := -size; y < size*h; y++ {
		for x := -size; x < size*w; x++ {
			switch {
			case on(x, y):
				img.SetRGBA(x0+x, y0+y, color.RGBA{245, 245, 245, 255})
			case on(x-1, y) || on(x+1, y) || on(x, y-1) || on(x, y+1):
				img.SetRGBA(x0+x, y0+y, color.RGBA{15, 15, 15, 255})
			}
		}
	}
}
