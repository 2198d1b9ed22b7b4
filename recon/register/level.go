package register

import (
	"context"
	"math"
	"slices"
)

// Levelling says how the frame was turned.
type Levelling struct {
	TiltRad float64 // by how much the level planes were tilted before
	// SpreadRad is the weighted standard deviation of their normals from the mean: how
	// level floors and ceilings are with each other.
	SpreadRad float64
	Planes    int
	FloorM    float64 // height of the floor before it became 0
}

// mostTilt is how far from the vertical of the frame a plane is taken for level:
// scanners stand on levelled tripods.
const mostTilt = 12 * math.Pi / 180

// level turns the frame so that floors and ceilings are level, and puts the lowest
// large floor at height 0.
func (g *graph) level(context.Context) error {
	if !g.opts.Level {
		return nil
	}
	type flat struct {
		n    [3]float64
		z, w float64
	}
	var list []flat
	for i := range g.scans {
		if !g.result.Scans[i].HasPose || g.result.Scans[i].Verdict != Registered {
			continue
		}
		for _, p := range g.ready[i].planes {
			n := g.world[i].turn(p.n)
			if math.Abs(n[2]) < math.Cos(mostTilt) {
				continue
			}
			list = append(list, flat{n, 0, p.area})
			list[len(list)-1].z = g.world[i].apply(p.mid)[2]
		}
	}
	var up [3]float64
	for range 10 { // planes that are not level, such as a ramp, lose their say
		var sum [3]float64
		for _, f := range list {
			n := f.n
			if n[2] < 0 {
				n = scale(-1, n)
			}
			w := f.w
			if norm(up) > 0 {
				d := norm(cross(up, n)) / (0.5 * math.Pi / 180)
				w /= 1 + d*d
			}
			sum = add(sum, scale(w, n))
		}
		if !(norm(sum) > 0) {
			return nil
		}
		up = unit(sum)
	}
	axis := cross(up, [3]float64{0, 0, 1})
	l := &Levelling{TiltRad: math.Asin(min(norm(axis), 1)), Planes: len(list)}
	sq, w := 0.0, 0.0
	for _, f := range list {
		d := norm(cross(up, f.n))
		if d < 2*math.Pi/180 {
			sq += f.w * d * d
			w += f.w
		}
	}
	l.SpreadRad = math.Sqrt(sq / max(w, 1e-12))
	turn := identity()
	if s := norm(axis); s > 1e-12 {
		turn = rigid{R: rotation(scale(math.Asin(min(s, 1))/s, axis))}
	}
	// The floor: of the planes that face upwards, the lowest of at least a quarter of
	// the largest one's area.
	var floors []flat
	largest := 0.0
	for i := range g.scans {
		if !g.result.Scans[i].HasPose || g.result.Scans[i].Verdict != Registered {
			continue
		}
		m := turn.mul(&g.world[i])
		for _, p := range g.ready[i].planes {
			if n := m.turn(p.n); n[2] > math.Cos(2*math.Pi/180) {
				floors = append(floors, flat{n, m.apply(p.mid)[2], p.area})
				largest = max(largest, p.area)
			}
		}
	}
	slices.SortStableFunc(floors, func(a, b flat) int {
		switch {
		case a.z < b.z:
			return -1
		case a.z > b.z:
			return 1
		}
		return 0
	})
	for _, f := range floors {
		if f.w >= largest/4 {
			l.FloorM = f.z
			break
		}
	}
	turn.T[2] = -l.FloorM
	for i := range g.scans {
		p := &g.result.Scans[i]
		if !p.HasPose {
			continue
		}
		p.turn(&turn)
	}
	g.result.Level = l
	return nil
}

// turn takes a scan's places to another frame.
func (p *Placed) turn(t *rigid) {
	m := fromPose(p.WorldFromScan)
	m = t.mul(&m)
	p.WorldFromScan = m.pose()
	for k := range p.Others {
		o := fromPose(p.Others[k])
		o = t.mul(&o)
		p.Others[k] = o.pose()
	}
}

// frame takes the places to the frame of the stored ones: that of the first
// registered scan which has one.
func (g *graph) frame(context.Context) error {
	for i, s := range g.scans {
		if s.Guess == nil || !g.result.Scans[i].HasPose || g.result.Scans[i].Verdict != Registered {
			continue
		}
		now, stored := fromPose(g.result.Scans[i].WorldFromScan), fromPose(*s.Guess)
		inv := now.inverse()
		step := stored.mul(&inv)
		for k := range g.scans {
			if p := &g.result.Scans[k]; p.HasPose {
				p.turn(&step)
				g.world[k] = step.mul(&g.world[k])
			}
		}
		return nil
	}
	return nil
}
