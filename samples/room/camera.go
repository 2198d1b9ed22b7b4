package room

import (
	"context"
	"image"
	"image/color"
	"math"

	"firescene/recon"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Shot is one photograph to take.
type Shot struct {
	Camera       recon.Camera
	CamFromWorld recon.Pose
	Exposure     float64 // 1 is the meter's
	Seed         uint32  // of the sensor's noise
}

// LookAt is the pose of a camera at eye that looks at target with Z up, rolled
// by rollRad about its axis.
func LookAt(eye, target r3.Vec, rollRad float64) recon.Pose {
	z := r3.Unit(r3.Sub(target, eye))
	x := r3.Unit(r3.Cross(z, r3.Vec{Z: 1}))
	y := r3.Cross(z, x)
	c, s := math.Cos(rollRad), math.Sin(rollRad)
	x, y = r3.Add(r3.Scale(c, x), r3.Scale(s, y)), r3.Add(r3.Scale(-s, x), r3.Scale(c, y))
	m := [9]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, z.X, z.Y, z.Z}
	p := recon.PoseFromMatrix(m, r3.Vec{})
	if p.Q.Real < 0 {
		p.Q = quat.Scale(-1, p.Q)
	}
	p.T = r3.Scale(-1, p.Rotate(eye))
	return p
}

// Shots places n photographs: most on an arc around the sofa, the last ones
// panned toward the cupboard, each overlapping its neighbours by far more than
// half.
func (l Layout) Shots(n int, cam recon.Camera, seed int64) []Shot {
	var shots []Shot
	mid := r3.Vec{X: l.Size.X - 1.55, Y: l.Size.Y - 1.25, Z: 1.0}
	for i := range n {
		t := float64(i) / float64(max(1, n-1))
		a := (196 + 104*t) * math.Pi / 180
		j := func(k uint32) float64 { return unit(int32(i), int32(k), uint32(seed)+31) - 0.5 }
		eye := r3.Vec{X: mid.X + (2.35+0.1*j(1))*math.Cos(a), Y: mid.Y + (1.95+0.1*j(2))*math.Sin(a), Z: 1.5 + 0.25*j(3)}
		eye.X, eye.Y = max(0.62, min(l.Size.X-0.55, eye.X)), max(0.35, min(l.Size.Y-0.6, eye.Y))
		target := r3.Add(mid, r3.Vec{X: 0.45 - 1.5*step(0.55, 1, t), Y: 0.1 + 0.15*j(4), Z: 0.1 + 0.2*j(5)})
		shots = append(shots, Shot{cam, LookAt(eye, target, 0.05*j(6)), 0.94 + 0.12*(j(7)+0.5), uint32(seed)*97 + uint32(i)})
	}
	return shots
}

// Photograph takes a shot with vignetting and sensor noise. A pixel that sees one
// smooth surface gets one ray, every other four jittered ones.
func (s *Scene) Photograph(ctx context.Context, shot Shot, workers int) (*image.RGBA, error) {
	cam := shot.Camera
	img := image.NewRGBA(image.Rect(0, 0, cam.WidthPx, cam.HeightPx))
	v := view{scene: s, cam: cam, fromCam: shot.CamFromWorld.Inverse(), seen: s.rasterise(shot)}
	v.m = v.fromCam.Matrix()
	err := parallel(ctx, cam.HeightPx, workers, func(y int) {
		for x := range cam.WidthPx {
			nx, ny := (float64(x)+0.5-cam.CxPx)/cam.FxPx, (float64(y)+0.5-cam.CyPx)/cam.FyPx
			dx, dy := undistort(cam, nx, ny)
			sum, smooth := v.smooth(dx, dy)
			if !smooth {
				sum = [3]float64{}
				for k := range 4 {
					h := hash32(int32(x), int32(y), shot.Seed*4+uint32(k))
					px := float64(x) + (float64(k&1)+float64(h&0xffff)/65536)/2
					py := float64(y) + (float64(k>>1)+float64(h>>16)/65536)/2
					c := v.radiance(undistort(cam, (px-cam.CxPx)/cam.FxPx, (py-cam.CyPx)/cam.FyPx))
					for q := range 3 {
						sum[q] += c[q] / 4
					}
				}
			}
			fall := 1 / (1 + 0.55*(nx*nx+ny*ny)) // gentler than cos^4, as lenses are
			var out [3]uint8
			for q := range 3 {
				t := tone(sum[q] * shot.Exposure * fall)
				sigma := 1.1 + 1.6*(1-t)*t + 0.9*(1-t)
				v8 := 255*t + sigma*gauss(int32(x), int32(y), shot.Seed*3+uint32(q)+1e6)
				out[q] = uint8(min(255, max(0, v8+0.5)))
			}
			img.SetRGBA(x, y, color.RGBA{out[0], out[1], out[2], 255})
		}
	})
	return img, err
}

// view is a photograph in the making. Its directions have unit depth, so that
// distances along them are depths in the camera's frame.
type view struct {
	scene   *Scene
	cam     recon.Camera
	fromCam recon.Pose
	m       [9]float64 // of fromCam
	seen    *raster
}

func (v *view) dir(dx, dy float64) r3.Vec {
	m := &v.m
	return r3.Vec{X: m[0]*dx + m[1]*dy + m[2], Y: m[3]*dx + m[4]*dy + m[5], Z: m[6]*dx + m[7]*dy + m[8]}
}

// smooth returns the light of a whole pixel about dx, dy and true, where the nine
// raster cells about it show one surface without a step in depth, not at a
// grazing angle.
func (v *view) smooth(dx, dy float64) ([3]float64, bool) {
	seen := v.seen
	x, y := int(dx*seen.scale+seen.cx), int(dy*seen.scale+seen.cy)
	if x < 1 || y < 1 || x+1 >= seen.nx || y+1 >= seen.ny {
		return [3]float64{}, false
	}
	at := y*seen.nx + x
	tri, depth := seen.tri[at], seen.depth[at]
	if tri < 0 {
		return [3]float64{}, false
	}
	id := v.scene.bvh.tris[tri].surface
	for k := at - seen.nx; k <= at+seen.nx; k += seen.nx {
		for _, t := range seen.tri[k-1 : k+2] {
			if t != tri && (t < 0 || v.scene.bvh.tris[t].surface != id) {
				return [3]float64{}, false
			}
		}
		for _, d := range seen.depth[k-1 : k+2] {
			if d > 1.015*depth || d < 0.985*depth {
				return [3]float64{}, false
			}
		}
	}
	d := v.dir(dx, dy)
	f := v.scene.surfaces[id]
	if c := r3.Dot(d, f.n); c*c < 0.12*r3.Norm2(d) {
		return [3]float64{}, false
	}
	h := hit{t: 1e3, tri: -1}
	if v.scene.bvh.meet(tri, v.fromCam.T, d, 0.02, &h); h.tri < 0 {
		return [3]float64{}, false
	}
	return v.light(h, d, 1), true
}

// radiance is the light that comes along a ray. The triangles that the raster saw
// about the ray are asked first; where none of them is met the whole scene is.
func (v *view) radiance(dx, dy float64) [3]float64 {
	h := hit{t: 1e3, tri: -1}
	seen, bvh, eye, d := v.seen, &v.scene.bvh, v.fromCam.T, v.dir(dx, dy)
	x, y := int(dx*seen.scale+seen.cx-0.5), int(dy*seen.scale+seen.cy-0.5)
	if x >= 0 && y >= 0 && x+1 < seen.nx && y+1 < seen.ny {
		at := y*seen.nx + x
		a, b, c, e := seen.tri[at], seen.tri[at+1], seen.tri[at+seen.nx], seen.tri[at+seen.nx+1]
		if a >= 0 {
			bvh.meet(a, eye, d, 0.02, &h)
		}
		if b != a && b >= 0 {
			bvh.meet(b, eye, d, 0.02, &h)
		}
		if c != a && c != b && c >= 0 {
			bvh.meet(c, eye, d, 0.02, &h)
		}
		if e != a && e != b && e != c && e >= 0 {
			bvh.meet(e, eye, d, 0.02, &h)
		}
	}
	if h.tri < 0 {
		var yes bool
		if h, yes = bvh.first(eye, d, 0.02, 1e3, -1); !yes {
			return [3]float64{1.4, 1.5, 1.6} // sky
		}
	}
	return v.light(h, d, 0.5)
}

// light is what leaves the place of a hit over a part of a pixel's width.
func (v *view) light(h hit, d r3.Vec, part float64) [3]float64 {
	f := v.scene.surfaces[h.surface]
	cos := math.Abs(r3.Dot(d, f.n)) / math.Sqrt(r3.Norm2(d))
	return f.look(v.scene, h.u, h.v, part*h.t/v.cam.FxPx/math.Sqrt(max(cos, 0.08)))
}

// undistort inverts x' = x (1 + K1 r^2 + K2 r^4) by fixed-point steps.
func undistort(c recon.Camera, x, y float64) (float64, float64) {
	if c.K1 == 0 && c.K2 == 0 {
		return x, y
	}
	r2, k := x*x+y*y, 1.0
	for range 8 {
		last := k
		k = 1 / (1 + last*last*r2*(c.K1+last*last*r2*c.K2))
		if math.Abs(k-last) < 1e-9 {
			break
		}
	}
	return x * k, y * k
}

// tone maps linear light to 0..1 for the picture: a shoulder, then sRGB's curve.
// It interpolates a table over the root of the light.
func tone(x float64) float64 {
	t := math.Sqrt(max(0, x)) * toneSteps
	if t >= 2*toneSteps {
		return 1
	}
	i := int(t)
	return toneCurve[i] + (toneCurve[i+1]-toneCurve[i])*(t-float64(i))
}

const toneSteps = 512

var toneCurve = func() (c [2*toneSteps + 1]float64) {
	for i := range c {
		x := 1.9 * float64(i*i) / (toneSteps * toneSteps)
		x = x * (1 + x/9) / (1 + x)
		c[i] = 12.92 * x
		if x > 0.0031308 {
			c[i] = min(1, 1.055*math.Pow(x, 1/2.4)-0.055)
		}
	}
	return c
}()

// gauss is normally distributed noise that depends on its arguments only.
func gauss(x, y int32, seed uint32) float64 {
	h := hash32(x, y, seed)
	g := hash32(y, x, seed^0x5bd1e995)
	// The sum of eight 8-bit numbers is near enough to normal for a sensor.
	sum := 0
	for range 4 {
		sum += int(h&255) + int(g&255)
		h >>= 8
		g >>= 8
	}
	return (float64(sum) - 1020) / 209.0
}
