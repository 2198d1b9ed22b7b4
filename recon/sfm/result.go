package sfm

import (
	"errors"
	"fmt"
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// result turns the models into the noun: the largest with the others below it.
func (s *scene) result(models []built) *recon.SparseModel {
	number := make([]int, len(s.photos))
	var first *recon.SparseModel
	for n, b := range models {
		m := s.modelOf(b.growing)
		m.Method, m.Second = b.method, b.second
		for i, placed := range b.placed {
			if placed {
				number[i] = n + 1
			}
		}
		if first == nil {
			first = m
		} else {
			first.Others = append(first.Others, m)
		}
	}
	for i, n := range number {
		switch {
		case n == 0:
			first.Rejected = append(first.Rejected, s.reject(i))
		case n > 1:
			first.Rejected = append(first.Rejected, inOther(s.photos[i].name, n))
		}
	}
	return first
}

// modelOf gives the cameras that are used, the views by name and the points with
// the mean colour of their keypoints.
func (s *scene) modelOf(g *growing) *recon.SparseModel {
	m := &recon.SparseModel{ScaleWhy: "nothing in photos alone fixes the metre"}
	camIdx := make([]int, len(g.cams))
	for i := range camIdx {
		camIdx[i] = -1
	}
	viewIdx := make([]int32, len(s.photos))
	for i := range s.photos {
		viewIdx[i] = -1
		if !g.placed[i] {
			continue
		}
		c := s.photos[i].cam
		if camIdx[c] < 0 {
			camIdx[c] = len(m.Cameras)
			m.Cameras = append(m.Cameras, g.finished(c))
			m.Freedom = append(m.Freedom, g.freedom(c))
		}
		viewIdx[i] = int32(len(m.Views))
		m.Views = append(m.Views, recon.View{Photo: s.photos[i].name, CameraIdx: camIdx[c], CamFromWorld: g.poses[i], SigmaPx: s.photos[i].factor})
	}
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		p := recon.SparsePoint{Pos: g.pts[t].pos}
		var rgb [3]int
		for k, in := range g.pts[t].in {
			if !in {
				continue
			}
			r := g.tracks[t][k]
			kp := &s.photos[r.photo].keys[r.key]
			v := &m.Views[viewIdx[r.photo]]
			p.ViewIdx = append(p.ViewIdx, viewIdx[r.photo])
			p.KeyIdx = append(p.KeyIdx, int32(len(v.Keypoints)))
			v.Keypoints = append(v.Keypoints, [2]float32{kp.x, kp.y})
			v.PointIdx = append(v.PointIdx, int32(len(m.Points)))
			for c := range rgb {
				rgb[c] += int(kp.rgb[c])
			}
		}
		n := len(p.ViewIdx)
		for c := range rgb {
			p.RGB[c] = uint8((rgb[c] + n/2) / n)
		}
		m.Points = append(m.Points, p)
	}
	measure(m)
	level(m)
	return m
}

// level puts the origin amid the cameras, the upright direction of the photos
// along Z and the mean distance of the cameras from the origin to one. People
// hold cameras level, so the upright is what lies most nearly at right angles
// to all the pictures' horizontals.
func level(m *recon.SparseModel) {
	var mid, up r3.Vec
	cov := mat.NewSymDense(3, nil)
	for _, v := range m.Views {
		mid = r3.Add(mid, r3.Scale(1/float64(len(m.Views)), v.Centre()))
		inv := v.CamFromWorld.Inverse()
		x := inv.Rotate(r3.Vec{X: 1})
		up = r3.Add(up, inv.Rotate(r3.Vec{Y: -1}))
		cov.SymRankOne(cov, 1, mat.NewVecDense(3, []float64{x.X, x.Y, x.Z}))
	}
	z := up
	var eig mat.EigenSym
	if eig.Factorize(cov, true) {
		values := eig.Values(nil)
		var v mat.Dense
		eig.VectorsTo(&v)
		// Only where the horizontals span a plane do they tell the upright.
		if values[1] > 0.02*values[2] {
			z = r3.Vec{X: v.At(0, 0), Y: v.At(1, 0), Z: v.At(2, 0)}
			if r3.Dot(z, up) < 0 {
				z = r3.Scale(-1, z)
			}
		}
	}
	if !(r3.Norm(z) > 1e-9) {
		z = r3.Vec{Z: 1}
	}
	z = r3.Unit(z)
	y := m.Views[0].CamFromWorld.Inverse().Rotate(r3.Vec{Z: 1}) // ahead of the first camera
	x := r3.Cross(y, z)
	if !(r3.Norm(x) > 1e-6) {
		x = r3.Cross(r3.Vec{X: 0.6, Y: 0.8}, z)
	}
	x = r3.Unit(x)
	y = r3.Cross(z, x)
	size := 0.0
	for _, v := range m.Views {
		size += r3.Norm(r3.Sub(v.Centre(), mid)) / float64(len(m.Views))
	}
	if !(size > 0) {
		size = 1
	}
	turn := recon.PoseFromMatrix([9]float64{x.X, x.Y, x.Z, y.X, y.Y, y.Z, z.X, z.Y, z.Z}, r3.Vec{})
	move(m, turn, mid, 1/size)
}

// move takes the model to scale*turn*(p - origin).
func move(m *recon.SparseModel, turn recon.Pose, origin r3.Vec, scale float64) {
	place := func(p r3.Vec) r3.Vec { return r3.Scale(scale, turn.Rotate(r3.Sub(p, origin))) }
	for i := range m.Points {
		m.Points[i].Pos = place(m.Points[i].Pos)
	}
	for i := range m.Views {
		v := &m.Views[i]
		c := place(v.Centre())
		v.CamFromWorld = recon.Pose{Q: v.CamFromWorld.Mul(turn.Inverse()).Q}
		v.CamFromWorld.T = r3.Scale(-1, v.CamFromWorld.Rotate(c))
	}
}

// ScaleByDistance sets the model's metre by the distance between the stations of
// two photos.
func ScaleByDistance(m *recon.SparseModel, photoA, photoB string, metres float64) error {
	if !(metres > 0) || math.IsInf(metres, 0) {
		return errors.New("the distance must be above zero")
	}
	find := func(name string) (r3.Vec, error) {
		for _, v := range m.Views {
			if v.Photo == name {
				return v.Centre(), nil
			}
		}
		return r3.Vec{}, fmt.Errorf("photo %q is not in the model", name)
	}
	a, err := find(photoA)
	if err != nil {
		return err
	}
	b, err := find(photoB)
	if err != nil {
		return err
	}
	d := r3.Norm(r3.Sub(a, b))
	if !(d > 1e-9) {
		return fmt.Errorf("photos %q and %q were taken from one place", photoA, photoB)
	}
	move(m, recon.IdentityPose(), r3.Vec{}, metres/d)
	m.Scaled = true
	m.ScaleWhy = fmt.Sprintf("stations of %s and %s are %g m apart", photoA, photoB, metres)
	return nil
}

// Cloud gives the model's points as a cloud.
func Cloud(m *recon.SparseModel) *recon.Cloud {
	c := &recon.Cloud{Scaled: m.Scaled}
	for _, p := range m.Points {
		c.XYZ = append(c.XYZ, float32(p.Pos.X), float32(p.Pos.Y), float32(p.Pos.Z))
		c.RGB = append(c.RGB, p.RGB[:]...)
	}
	return c
}
