package geom

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/spatial/r3"
)

// EstimateAbsolute finds the camFromWorld that most of the pairs of world point
// and image point agree with; the residual is the distance in the image.
func EstimateAbsolute(world []r3.Vec, image []Point2, opt RansacOptions) (recon.Pose, Support, bool) {
	return ransac(&absoluteProblem{world, image}, opt)
}

type absoluteProblem struct {
	world []r3.Vec
	image []Point2
}

func (p *absoluteProblem) size() int       { return len(p.world) }
func (p *absoluteProblem) sampleSize() int { return 3 }

func (p *absoluteProblem) solve(out []recon.Pose, sample []int) []recon.Pose {
	var w [3]r3.Vec
	var x [3]Point2
	for i, s := range sample {
		w[i], x[i] = p.world[s], p.image[s]
	}
	return P3P(out, &w, &x)
}

func (p *absoluteProblem) residual2(m *recon.Pose, i int) float64 {
	c := m.Apply(p.world[i])
	if c.Z <= 0 {
		return math.Inf(1)
	}
	du, dv := c.X/c.Z-p.image[i][0], c.Y/c.Z-p.image[i][1]
	return du*du + dv*dv
}

func (p *absoluteProblem) refine(m recon.Pose, inliers []bool) recon.Pose {
	for range 5 {
		var h [36]float64
		var g [6]float64
		for i, in := range inliers {
			if !in {
				continue
			}
			r := m.Rotate(p.world[i])
			c := r3.Add(r, m.T)
			if c.Z <= 0 {
				continue
			}
			w := 1 / c.Z
			u, v := c.X*w, c.Y*w
			ru, rv := p.image[i][0]-u, p.image[i][1]-v
			// Rows of d(u,v)/dc, and dc/dw = -[r]x.
			ju := [6]float64{-u * w * r.Y, w*r.Z + u*w*r.X, -w * r.Y, w, 0, -u * w}
			jv := [6]float64{-w*r.Z - v*w*r.Y, v * w * r.X, w * r.X, 0, w, -v * w}
			for a := range 6 {
				g[a] += ju[a]*ru + jv[a]*rv
				for b := range 6 {
					h[6*a+b] += ju[a]*ju[b] + jv[a]*jv[b]
				}
			}
		}
		for a := range 6 {
			h[7*a] *= 1 + 1e-9
		}
		if !solveSymmetric(h[:], g[:], 6) {
			break
		}
		m = Turned(m, r3.Vec{X: g[0], Y: g[1], Z: g[2]}, r3.Vec{X: g[3], Y: g[4], Z: g[5]})
	}
	return m
}

// P3P appends to out the poses, at most four, from which three world points are
// seen at three image points. The distances come from Grunert's quartic as given
// in R. Haralick et al., Review and analysis of solutions of the three point
// perspective pose estimation problem, IJCV 1994, and are polished by Newton
// steps on the three laws of cosines.
func P3P(out []recon.Pose, world *[3]r3.Vec, image *[3]Point2) []recon.Pose {
	j := [3]r3.Vec{Ray(image[0]), Ray(image[1]), Ray(image[2])}
	a2 := r3.Norm2(r3.Sub(world[1], world[2]))
	b2 := r3.Norm2(r3.Sub(world[0], world[2]))
	c2 := r3.Norm2(r3.Sub(world[0], world[1]))
	if r3.Norm2(r3.Cross(r3.Sub(world[1], world[0]), r3.Sub(world[2], world[0]))) < 1e-12*b2*c2 || b2 == 0 {
		return out
	}
	ca, cb, cg := r3.Dot(j[1], j[2]), r3.Dot(j[0], j[2]), r3.Dot(j[0], j[1])
	d, s := (a2-c2)/b2, (a2+c2)/b2
	coef := [5]float64{
		(1+d)*(1+d) - 4*a2/b2*cg*cg,
		4 * (-d*(1+d)*cb + 2*a2/b2*cg*cg*cb - (1-s)*ca*cg),
		2 * (d*d - 1 + 2*d*d*cb*cb + 2*(b2-c2)/b2*ca*ca - 4*s*ca*cb*cg + 2*(b2-a2)/b2*cg*cg),
		4 * (d*(1-d)*cb - (1-s)*ca*cg + 2*c2/b2*ca*ca*cb),
		(d-1)*(d-1) - 4*c2/b2*ca*ca,
	}
	var store [4]float64
	for _, v := range realRoots(store[:0], coef[:]) {
		den := 2 * (cg - v*ca)
		q := 1 + v*v - 2*v*cb
		if v <= 0 || den == 0 || q <= 0 {
			continue
		}
		u := ((d-1)*v*v - 2*d*cb*v + 1 + d) / den
		if u <= 0 {
			continue
		}
		s1 := math.Sqrt(b2 / q)
		dist := [3]float64{s1, u * s1, v * s1}
		polishDistances(&dist, a2, b2, c2, ca, cb, cg)
		if dist[0] <= 0 || dist[1] <= 0 || dist[2] <= 0 {
			continue
		}
		cam := [3]r3.Vec{r3.Scale(dist[0], j[0]), r3.Scale(dist[1], j[1]), r3.Scale(dist[2], j[2])}
		out = append(out, alignThree(world, &cam))
	}
	return out
}

// polishDistances takes Newton steps on the laws of cosines.
func polishDistances(s *[3]float64, a2, b2, c2, ca, cb, cg float64) {
	for range 3 {
		f := [3]float64{
			s[1]*s[1] + s[2]*s[2] - 2*s[1]*s[2]*ca - a2,
			s[0]*s[0] + s[2]*s[2] - 2*s[0]*s[2]*cb - b2,
			s[0]*s[0] + s[1]*s[1] - 2*s[0]*s[1]*cg - c2,
		}
		m := [12]float64{
			0, 2 * (s[1] - s[2]*ca), 2 * (s[2] - s[1]*ca), f[0],
			2 * (s[0] - s[2]*cb), 0, 2 * (s[2] - s[0]*cb), f[1],
			2 * (s[0] - s[1]*cg), 2 * (s[1] - s[0]*cg), 0, f[2],
		}
		if !reduce(m[:], 3, 4) {
			return
		}
		s[0] -= m[3]
		s[1] -= m[7]
		s[2] -= m[11]
	}
}

// alignThree gives the rigid motion between two congruent triangles.
func alignThree(world, cam *[3]r3.Vec) recon.Pose {
	fw, fc := frameOf(world), frameOf(cam)
	fwt := fw.Transposed()
	r := fc.Mul(&fwt)
	p := recon.PoseFromMatrix(r, r3.Vec{})
	p.T = r3.Sub(cam[0], p.Rotate(world[0]))
	return p
}

// frameOf has as columns the first side, the in-plane normal to it and the
// triangle's normal.
func frameOf(p *[3]r3.Vec) Mat3 {
	x := r3.Unit(r3.Sub(p[1], p[0]))
	z := r3.Unit(r3.Cross(x, r3.Sub(p[2], p[0])))
	y := r3.Cross(z, x)
	return Mat3{x.X, y.X, z.X, x.Y, y.Y, z.Y, x.Z, y.Z, z.Z}
}
