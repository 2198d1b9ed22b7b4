package bundle

import (
	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	poseCols  = 6
	intrCols  = 5
	pointCols = 3
)

// jacobian is that of one observation, in standard deviations of it and scaled
// by the robust weight: two rows each.
type jacobian struct {
	pose  [2][poseCols]float64
	intr  [2][intrCols]float64
	point [2][pointCols]float64
	res   [2]float64 // observed minus projected
}

// Project gives the pixel at which a camera sees a point of its own frame. It
// reports false for a point that is not in front of it.
func Project(cam *recon.Camera, c r3.Vec) (x, y float64, ok bool) {
	if c.Z <= 1e-9 {
		return 0, 0, false
	}
	u, v := c.X/c.Z, c.Y/c.Z
	r2 := u*u + v*v
	d := 1 + r2*(cam.K1+r2*cam.K2)
	return cam.FxPx*u*d + cam.CxPx, cam.FyPx*v*d + cam.CyPx, true
}

// fill writes the derivatives and the residual of one observation; it reports
// false for a point behind the camera, which then has no say in the step.
func (j *jacobian) fill(cam *recon.Camera, rot *[9]float64, t, p r3.Vec, o *Observation) bool {
	r := r3.Vec{
		X: rot[0]*p.X + rot[1]*p.Y + rot[2]*p.Z,
		Y: rot[3]*p.X + rot[4]*p.Y + rot[5]*p.Z,
		Z: rot[6]*p.X + rot[7]*p.Y + rot[8]*p.Z,
	}
	cx, cy, cz := r.X+t.X, r.Y+t.Y, r.Z+t.Z
	if cz <= 1e-9 {
		*j = jacobian{}
		return false
	}
	w := 1 / cz
	u, v := cx*w, cy*w
	r2 := u*u + v*v
	d := 1 + r2*(cam.K1+r2*cam.K2)
	dd := 2 * (cam.K1 + 2*cam.K2*r2) // derivative of d by r2, times two
	inv := 1 / o.SigmaPx
	fx, fy := cam.FxPx*inv, cam.FyPx*inv
	px, py := fx*u*d, fy*v*d
	j.res = [2]float64{(o.X-cam.CxPx)*inv - px, (o.Y-cam.CyPx)*inv - py}
	j.intr = [2][intrCols]float64{
		{px, fx * u * r2, fx * u * r2 * r2, inv, 0},
		{py, fy * v * r2, fy * v * r2 * r2, 0, inv},
	}
	// By the point on the image plane, then by the point in the camera's frame.
	xu, xv := fx*(d+u*u*dd), fx*u*v*dd
	yu, yv := fy*u*v*dd, fy*(d+v*v*dd)
	g := [2][3]float64{
		{xu * w, xv * w, -(xu*u + xv*v) * w},
		{yu * w, yv * w, -(yu*u + yv*v) * w},
	}
	for i := range 2 {
		a, b, c := g[i][0], g[i][1], g[i][2]
		// g times -[r]x
		j.pose[i] = [poseCols]float64{c*r.Y - b*r.Z, a*r.Z - c*r.X, b*r.X - a*r.Y, a, b, c}
		for k := range 3 {
			j.point[i][k] = a*rot[k] + b*rot[3+k] + c*rot[6+k]
		}
	}
	return true
}

func (j *jacobian) scale(w float64) {
	for i := range 2 {
		for k := range j.pose[i] {
			j.pose[i][k] *= w
		}
		for k := range j.intr[i] {
			j.intr[i][k] *= w
		}
		for k := range j.point[i] {
			j.point[i][k] *= w
		}
		j.res[i] *= w
	}
}
