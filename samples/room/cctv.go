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
				v.light[k] = s.leaving(sf.mat(s, at).c, p, sf.n, s.lit(p, sf.n))
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
	away := r3.Unit(to)                    // horizontal, toward the fire
	side := r3.Cross(away, r3.Vec{Z: 1})   // to the right of the picture
	dist := r3.Norm(to)                    // of the upright plane in which the flames are drawn
	power := m.FlameM * m.FlameM * 2.2     // of the light that they throw
	under := min(m.LayerM, v.scene.Size.Z) // no layer above the ceiling
	for k := range v.dir {
		d := v.dir[k]
		t := v.depth[k]
		c := scale(v.light[k], 1-0.97*m.Darkness)
		p := r3.Add(eye, r3.Scale(t, d))
		if power > 0 {
			r2 := r3.Norm2(r3.Sub(p, r3.Add(o, r3.Vec{Z: 0.4 * m.FlameM})))
			glow := power * (0.9 + 0.2*unit(int32(m.FlickerNo), 1, 5)) / (0.15 + r2)
			base := v.light[k]
			c = [3]float64{c[0] + glow*base[0]*1.1, c[1] + glow*base[1]*0.62, c[2] + glow*base[2]*0.24}
		}
		// Flames and plume in the upright plane through the origin.
		if den := r3.Dot(d, away); den > 1e-6 {
			tf := dist / den
			if tf < t+0.35 {
				q := r3.Add(eye, r3.Scale(tf, d))
				x, z := r3.Dot(r3.Sub(q, o), side), q.Z-o.Z+0.05
				if m.PlumeK > 0 && z > 0 {
					wide := 0.10 + 0.13*z + m.FlameM*0.08
					curl := fbm(x*6+float64(m.FlickerNo)*3.1, z*4-float64(m.FlickerNo)*1.7, 4, 91)
					dens := m.PlumeK * math.Exp(-x*x/(wide*wide)) * (0.35 + 1.3*curl) * step(0, 0.3, z)
					a := 1 - math.Exp(-dens*2*wide)
					c = mix(c, [3]float64{0.16 + 0.1*power, 0.15 + 0.06*power, 0.145 + 0.03*power}, a)
				}
				if m.FlameM > 0 && z > -0.12 {
					e := flame(x, z, m)
					c = [3]float64{c[0] + 7*e, c[1] + 4.2*e*e, c[2] + 1.8*e*e*e}
				}
			}
		}
		// The layer: length of the ray above its uneven underside.
		if m.LayerK > 0 {
			inside := aboveLength(eye.Z, d.Z, t, under+0.06*(fbm(p.X*2+float64(m.FlickerNo), p.Y*2, 3, 92)-0.5)) * r3.Norm(d)
			a := 1 - math.Exp(-m.LayerK*inside)
			grey := 0.16 + 0.36*step(1.2, 4, m.LayerK) // the camera's own lamps light near smoke
			tint := [3]float64{grey + 0.08*power, grey*0.98 + 0.035*power, grey*0.96 + 0.01*power}
			c = mix(c, scale(tint, 0.85+0.3*fbm(d.X*9+float64(m.FlickerNo)*0.7, d.Y*9+d.Z*7, 4, 93)), a)
		}
		x, y := int32(k%w), int32(k/w)
		var out [3]uint8
		luma := 5 * gauss(x, y, m.FlickerNo*7+1)
		for q := range 3 {
			out[q] = uint8(min(255, max(0, 255*tone(0.8*c[q])+luma+2*gauss(x, y, m.FlickerNo*7+2+uint32(q))+0.5)))
		}
		img.SetRGBA(int(x), int(y), color.RGBA{out[0], out[1], out[2], 255})
	}
	burnIn(img, 14, 12, 2, m.Caption)
	return img
}

// flame is the brightness of the fire at x, z in its upright plane.
func flame(x, z float64, m Moment) float64 {
	f := float64(m.FlickerNo)
	up := z / m.FlameM
	half := (0.14 + 0.24*m.FlameM) * math.Sqrt(clamp01(1.05-up)) * (0.75 + 0.25*step(0, 0.2, up))
	x += 0.10 * m.FlameM * (fbm(z*3-f*2.3, f, 3, 94) - 0.5) * (0.4 + up)
	if half < 1e-3 {
		return 0
	}
	tongue := fbm(x*9/m.FlameM+f*1.7, z*4/m.FlameM-f*3.1, 4, 95)
	return step(0.15, 0.75, 1-math.Abs(x)/half+0.9*(tongue-0.5)-0.35*up) * step(-0.12, 0.02, z)
}

// aboveLength is how much of the ray from height z0 with slope dz over t lies
// above height level, in units of t.
func aboveLength(z0, dz, t, level float64) float64 {
	z1 := z0 + dz*t
	switch {
	case z0 >= level && z1 >= level:
		return t
	case z0 < level && z1 < level:
		return 0
	}
	cross := (level - z0) / dz
	if z0 >= level {
		return cross
	}
	return t - cross
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
