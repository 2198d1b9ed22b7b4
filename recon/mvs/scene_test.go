package mvs

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// scene is a floor, a wall with a part that has no texture, and a box in front
// of it, seen by cameras whose every ray is known exactly.
type scene struct {
	w, h    int
	cam     recon.Camera
	poses   []recon.Pose // camera from world
	noise   float64      // standard deviation in grey levels
	flatten bool         // the middle of the wall is one colour
}

func newScene(w, h, views int) *scene {
	s := &scene{w: w, h: h, cam: recon.Camera{WidthPx: w, HeightPx: h, FxPx: 0.9 * float64(w), FyPx: 0.9 * float64(w), CxPx: float64(w)/2 + 1.3, CyPx: float64(h)/2 - 0.8, Source: "given"}}
	for i := range views {
		a := float64(i) - float64(views-1)/2
		eye := r3.Vec{X: 0.4 * a, Y: -0.1 + 0.08*float64(i%2), Z: -3 + 0.03*a}
		forward := r3.Unit(r3.Sub(r3.Vec{X: 0.1 * a, Y: 0.1, Z: 0.6}, eye))
		right := r3.Unit(r3.Cross(r3.Vec{Y: 1}, forward))
		down := r3.Cross(forward, right)
		worldFromCam := recon.PoseFromMatrix([9]float64{right.X, down.X, forward.X, right.Y, down.Y, forward.Y, right.Z, down.Z, forward.Z}, eye)
		s.poses = append(s.poses, worldFromCam.Inverse())
	}
	return s
}

var box = r3.Box{Min: r3.Vec{X: -0.75, Y: 0.1, Z: -0.2}, Max: r3.Vec{X: 0.05, Y: 0.9, Z: 0.5}}

const wallZ, floorY = 1.2, 0.9

// hit is the first surface along a ray, and how far.
func (s *scene) hit(o, d r3.Vec) (t float64, p r3.Vec) {
	t = math.Inf(1)
	if d.Z > 0 {
		t = min(t, (wallZ-o.Z)/d.Z)
	}
	if d.Y > 0 {
		t = min(t, (floorY-o.Y)/d.Y)
	}
	near, far := 0.0, math.Inf(1)
	for _, a := range [3][4]float64{{o.X, d.X, box.Min.X, box.Max.X}, {o.Y, d.Y, box.Min.Y, box.Max.Y}, {o.Z, d.Z, box.Min.Z, box.Max.Z}} {
		t0, t1 := (a[2]-a[0])/a[1], (a[3]-a[0])/a[1]
		near, far = max(near, min(t0, t1)), min(far, max(t0, t1))
	}
	if near < far && near > 0 {
		t = min(t, near)
	}
	return t, r3.Add(o, r3.Scale(t, d))
}

// distance is that of a point to the nearest surface.
func (s *scene) distance(p r3.Vec) float64 {
	outside := r3.Norm(r3.Vec{X: max(box.Min.X-p.X, p.X-box.Max.X, 0), Y: max(box.Min.Y-p.Y, p.Y-box.Max.Y, 0), Z: max(box.Min.Z-p.Z, p.Z-box.Max.Z, 0)})
	inside := min(p.X-box.Min.X, box.Max.X-p.X, p.Y-box.Min.Y, box.Max.Y-p.Y, p.Z-box.Min.Z, box.Max.Z-p.Z)
	return min(math.Abs(p.Z-wallZ), math.Abs(p.Y-floorY), max(outside, inside))
}

// flat reports whether a place of the wall has no texture.
func (s *scene) flat(p r3.Vec) bool {
	return s.flatten && p.Z > wallZ-1e-6 && p.X > 0.35 && p.X < 0.95 && p.Y > -0.7 && p.Y < 0.3
}

func (s *scene) grey(p r3.Vec) float64 {
	if s.flat(p) {
		return 120
	}
	return 120 + 55*bumps(r3.Scale(6, p)) + 45*bumps(r3.Add(r3.Scale(2.5, p), r3.Vec{X: 40}))
}

// bumps is smooth noise between -1 and 1.
func bumps(p r3.Vec) float64 {
	x, y, z := math.Floor(p.X), math.Floor(p.Y), math.Floor(p.Z)
	sum := 0.0
	for k := range 8 {
		cx, cy, cz := x+float64(k&1), y+float64(k>>1&1), z+float64(k>>2)
		r := splitmix(uint64(int64(cx))*73856093 ^ uint64(int64(cy))*19349663 ^ uint64(int64(cz))*83492791)
		r.next()
		weight := 1.0
		for _, d := range [3]float64{p.X - cx, p.Y - cy, p.Z - cz} {
			d = 1 - math.Abs(d)
			weight *= d * d * (3 - 2*d)
		}
		sum += weight * (2*float64(r.unit()) - 1)
	}
	return sum
}

// ray is the direction, in the world, of a pixel of the photo.
func (s *scene) ray(view int, x, y float64) (o, d r3.Vec) {
	u, v := (x-s.cam.CxPx)/s.cam.FxPx, (y-s.cam.CyPx)/s.cam.FyPx
	du, dv := u, v
	for range 30 {
		r2 := du*du + dv*dv
		f := 1 + r2*(s.cam.K1+r2*s.cam.K2)
		du, dv = u/f, v/f
	}
	worldFromCam := s.poses[view].Inverse()
	return worldFromCam.T, worldFromCam.Rotate(r3.Vec{X: du, Y: dv, Z: 1})
}

func (s *scene) name(view int) string { return fmt.Sprintf("photo%02d.png", view) }

func (s *scene) photo(view int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, s.w, s.h))
	rng := rand.New(rand.NewPCG(uint64(view), 7))
	for y := range s.h {
		for x := range s.w {
			sum := 0.0
			for k := range 4 {
				_, p := s.hit(s.ray(view, float64(x)+0.25+0.5*float64(k&1), float64(y)+0.25+0.5*float64(k>>1)))
				sum += s.grey(p)
			}
			img.SetGray(x, y, color.Gray{Y: uint8(min(max(sum/4+s.noise*rng.NormFloat64()+0.5, 0), 255))})
		}
	}
	return img
}

func (s *scene) photos() []Photo {
	var out []Photo
	for v := range s.poses {
		img := s.photo(v)
		out = append(out, Photo{Name: s.name(v), Open: func() (image.Image, error) { return img, nil }})
	}
	return out
}

// model has the true cameras and some true points with the views that see them.
func (s *scene) model() *recon.SparseModel {
	m := &recon.SparseModel{Cameras: []recon.Camera{s.cam}, Scaled: true}
	for v := range s.poses {
		m.Views = append(m.Views, recon.View{Photo: s.name(v), CamFromWorld: s.poses[v]})
	}
	rng := rand.New(rand.NewPCG(5, 5))
	for range 400 {
		_, p := s.hit(s.ray(rng.IntN(len(s.poses)), rng.Float64()*float64(s.w), rng.Float64()*float64(s.h)))
		if s.flat(p) {
			continue
		}
		pt := recon.SparsePoint{Pos: p}
		for v := range s.poses {
			c := s.poses[v].Apply(p)
			x, y := s.cam.FxPx*c.X/c.Z+s.cam.CxPx, s.cam.FyPx*c.Y/c.Z+s.cam.CyPx
			o := s.poses[v].Inverse().T
			t, _ := s.hit(o, r3.Sub(p, o))
			if x > 0 && y > 0 && x < float64(s.w) && y < float64(s.h) && t > 1-1e-6 {
				pt.ViewIdx, pt.KeyIdx = append(pt.ViewIdx, int32(v)), append(pt.KeyIdx, 0)
			}
		}
		m.Points = append(m.Points, pt)
	}
	return m
}
