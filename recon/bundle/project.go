package bundle

import (
	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	poseCols  = 6
	intrCols  = 8
	pointCols = 3
)

// jacobian is that of one observation, in standard deviations of it and scaled
// by the robust weight: two rows each. The rows of the intrinsics are found from
// u, v and weight when they are needed, which most are not.
type jacobian struct {
	pose   [2][poseCols]float64
	point  [2][pointCols]float64
	res    [2]float64 // observed minus projected
	u, v   float64    // place on the normalised image plane
	weight float64
}

// fill writes the derivatives and the residual of one observation; it reports
// false for a point that the camera can not see, which then has no say in the
// step.
func (j *jacobian) fill(cam *recon.Camera, rot *[9]float64, t, p r3.Vec, o *Observation) bool {
	r := r3.Vec{
		X: rot[0]*p.X + rot[1]*p.Y + rot[2]*p.Z,
		Y: rot[3]*p.X + rot[4]*p.Y + rot[5]*p.Z,
		Z: rot[6]*p.X + rot[7]*p.Y + rot[8]*p.Z,
	}
	c := r3.Add(r, t)
	px, py, ok := cam.Project(c)
	if !ok {
		*j = jacobian{}
		return false
	}
	w := 1 / c.Z
	inv := 1 / o.SigmaPx
	j.u, j.v, j.weight = c.X*w, c.Y*w, inv
	j.res = [2]float64{(o.X - px) * inv, (o.Y - py) * inv}
	// By the point on the image plane, then by the point in the camera's frame.
	s := cam.Slope(j.u, j.v)
	k := w * inv
	for i := range 2 {
		a, b := s[2*i]*k, s[2*i+1]*k
		c := -(a*j.u + b*j.v)
		// (a b c) times -[r]x
		j.pose[i] = [poseCols]float64{c*r.Y - b*r.Z, a*r.Z - c*r.X, b*r.X - a*r.Y, a, b, c}
		for n := range 3 {
			j.point[i][n] = a*rot[n] + b*rot[3+n] + c*rot[6+n]
		}
	}
	return true
}

// intrinsic gives the two derivatives by intrinsic k of a camera, in the order of
// the bits of Free: the logarithm of the focal length, K1, K2, K3, P1, P2, Cx, Cy.
func (j *jacobian) intrinsic(cam *recon.Camera, k int) (x, y float64) {
	fx, fy := j.weight*cam.FxPx, j.weight*cam.FyPx
	u, v := j.u, j.v
	r2 := u*u + v*v
	switch k {
	case 0:
		d := 1 + r2*(cam.K1+r2*(cam.K2+r2*cam.K3))
		return fx * (u*d + 2*cam.P1*u*v + cam.P2*(r2+2*u*u)), fy * (v*d + cam.P1*(r2+2*v*v) + 2*cam.P2*u*v)
	case 1:
		return fx * u * r2, fy * v * r2
	case 2:
		return fx * u * r2 * r2, fy * v * r2 * r2
	case 3:
		return fx * u * r2 * r2 * r2, fy * v * r2 * r2 * r2
	case 4:
		return fx * 2 * u * v, fy * (r2 + 2*v*v)
	case 5:
		return fx * (r2 + 2*u*u), fy * 2 * u * v
	case 6:
		return j.weight, 0
	default:
		return 0, j.weight
	}
}

func (j *jacobian) scale(w float64) {
	for i := range 2 {
		for k := range j.pose[i] {
			j.pose[i][k] *= w
		}
		for k := range j.point[i] {
			j.point[i][k] *= w
		}
		j.res[i] *= w
	}
	j.weight *= w
}
