package room

import (
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// What the fire did to a place, each 0 to 1. Every figure follows from where the
// place lies to the origin and to the smoke horizon; all are 0 before the fire.

// soot is the density of the deposit: heavy above the horizon, feathered below
// it, thinner toward the door through which clean air came.
func (s *Scene) soot(p r3.Vec) float64 {
	if !s.burnt {
		return 0
	}
	line := s.SootLineM + 0.10*(fbm(p.X*0.9+7, p.Y*0.9, 3, s.seed)-0.5)*2 + 0.05*(s.Size.X-p.X)/s.Size.X
	d := 0.93*step(line-0.10, line+0.32, p.Z) + 0.16*step(0.1, line, p.Z)
	d *= 0.80 + 0.2*step(0, 2, p.X)
	return clamp01(d)
}

// heat falls off from the fire's axis and rises with height.
func (s *Scene) heat(p r3.Vec) float64 {
	if !s.burnt {
		return 0
	}
	lateral := math.Hypot(p.X-s.Origin.X, p.Y-s.Origin.Y)
	up := clamp01((p.Z - 0.2) / (s.Size.Z - 0.2))
	return clamp01(1.25 * math.Exp(-lateral*lateral/(0.55+1.9*up*up)) * (0.75 + 0.25*up))
}

// vee says how far inside the V above the origin a place of an upright surface
// lies: below 0 outside, 0 on its edge, 1 on its axis.
func (s *Scene) vee(p, n r3.Vec) float64 {
	if !s.burnt || math.Abs(n.Z) > 0.5 {
		return -1
	}
	to := r3.Sub(p, s.Origin)
	off := r3.Dot(to, n)
	if math.Abs(off) > 1.3 {
		return -1
	}
	lateral := math.Abs(r3.Dot(to, r3.Cross(r3.Vec{Z: 1}, n)))
	half := 0.30 + 0.42*max(0, p.Z-0.25) - 0.12*math.Abs(off)
	half += 0.16 * (fbm(p.X*3+p.Y*3, p.Z*3, 3, s.seed+5) - 0.5)
	if half <= 0.02 {
		return -1
	}
	return 1 - lateral/half
}

// clean is the clean burn: soot consumed where the flames stood.
func (s *Scene) clean(p, n r3.Vec) float64 {
	if !s.burnt {
		return 0
	}
	if n.Z < -0.5 { // ceiling
		lateral := math.Hypot(p.X-s.Origin.X, p.Y-s.Origin.Y) + 0.35*(fbm(p.X*4, p.Y*4, 4, s.seed+6)-0.5)
		return step(0.72, 0.40, lateral)
	}
	return step(0.34, 0.60, s.vee(p, n)+0.25*(fbm(p.X*5+p.Y*5, p.Z*5, 3, s.seed+8)-0.5)) * step(0.55, 0.9, p.Z) * step(s.Size.Z+0.1, s.Size.Z-0.5, p.Z)
}

// char is how deeply wood is charred.
func (s *Scene) char(p r3.Vec) float64 {
	if !s.burnt {
		return 0
	}
	dist := r3.Norm(r3.Sub(p, r3.Vec{X: s.Origin.X, Y: s.Origin.Y, Z: max(s.Origin.Z, min(p.Z, 1.6))}))
	near := step(2.1, 0.7, dist+0.5*(fbm(p.X*4+p.Z*2, p.Y*4-p.Z*3, 3, s.seed+9)-0.5))
	return max(near, 0.55*step(1.5, 2.3, p.Z))
}

// fallout is the dark dust that settles on what faces up.
func (s *Scene) fallout(at place, seed uint32) float64 {
	if !s.burnt || at.n.Z < 0.3 {
		return 0
	}
	return clamp01(0.30 + 0.75*(fbm(at.u*6, at.v*6, 5, seed)-0.35) + 0.25*(noise(at.u*70, at.v*70, seed+1)-0.5))
}
