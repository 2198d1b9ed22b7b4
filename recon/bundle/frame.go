package bundle

import (
	"math"

	"firescene/recon"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// motion is a small similarity of the world about mid: x + turn x (x-mid) + move
// + grow (x-mid).
type motion struct {
	mid, move, turn r3.Vec
	grow            float64
}

func (m motion) at(x r3.Vec) r3.Vec {
	arm := r3.Sub(x, m.mid)
	return r3.Add(r3.Add(r3.Cross(m.turn, arm), m.move), r3.Scale(m.grow, arm))
}

// stations gives the middle of the stations and their mean square distance's
// root from it, 1 where they are at one place.
func (p *Problem) stations() (mid r3.Vec, radius float64) {
	for _, q := range p.Poses {
		mid = r3.Add(mid, r3.Scale(1/float64(len(p.Poses)), q.Inverse().T))
	}
	for _, q := range p.Poses {
		radius += r3.Norm2(r3.Sub(q.Inverse().T, mid)) / float64(len(p.Poses))
	}
	if radius = math.Sqrt(radius); !(radius > 0) {
		radius = 1
	}
	return mid, radius
}

// heldBelow is the standard deviation, in radii of the stations, radians or shares
// of the scale, beyond which constraints are taken not to fix a motion at all.
const heldBelow = 10.0

// freeFrame lists independent motions of the whole problem that leave all
// observations as they are and that no constraint, fixed view or fixed point
// holds.
func (p *Problem) freeFrame() []motion {
	mid, radius := p.stations()
	var all [7]motion
	for k, e := range [3]r3.Vec{{X: 1}, {Y: 1}, {Z: 1}} {
		all[k] = motion{mid: mid, move: r3.Scale(radius, e)}
		all[3+k] = motion{mid: mid, turn: e}
	}
	all[6] = motion{mid: mid, grow: 1}
	hold := mat.NewSymDense(7, nil)
	add := func(v [7]float64) { hold.SymRankOne(hold, 1, mat.NewVecDense(7, v[:])) }
	addFixed := func(x r3.Vec) {
		for c := range 3 {
			var v [7]float64
			for k, m := range all {
				d := m.at(x)
				v[k] = 1e6 * [3]float64{d.X, d.Y, d.Z}[c] / radius
			}
			add(v)
		}
	}
	for v, fixed := range p.FixedView {
		if fixed {
			addFixed(p.Poses[v].Inverse().T)
			for c := range 3 {
				var w [7]float64
				w[3+c] = 1e6
				add(w)
			}
		}
	}
	for i := range p.Points {
		if p.fixed(i) {
			addFixed(p.Points[i])
		}
	}
	p.constraintRows(func(r row) {
		var v [7]float64
		for k, m := range all {
			for a := range r.n {
				d := m.at(p.Points[r.points[a]])
				v[k] += r.by[a][0]*d.X + r.by[a][1]*d.Y + r.by[a][2]*d.Z
			}
		}
		add(v)
	})
	var eig mat.EigenSym
	if !eig.Factorize(hold, true) {
		return nil
	}
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	var out []motion
	for i, value := range eig.Values(nil) {
		if value > 1/(heldBelow*heldBelow) {
			continue
		}
		m := motion{mid: mid}
		for k, b := range all {
			f := vectors.At(k, i)
			m.move = r3.Add(m.move, r3.Scale(f, b.move))
			m.turn = r3.Add(m.turn, r3.Scale(f, b.turn))
			m.grow += f * b.grow
		}
		out = append(out, m)
	}
	return out
}

// centreBy is the derivative of a station's place in the world by the columns of
// its pose: R'(w x T - dt).
func centreBy(p recon.Pose) [3][poseCols]float64 {
	m := p.Matrix()
	var out [3][poseCols]float64
	for k, e := range [3]r3.Vec{{X: 1}, {Y: 1}, {Z: 1}} {
		a := r3.Cross(e, p.T)
		for i := range 3 {
			out[i][k] = m[i]*a.X + m[3+i]*a.Y + m[6+i]*a.Z
			out[i][3+k] = -m[3*k+i]
		}
	}
	return out
}

// fillMotion sets what a motion of the world does to the columns.
func (c *Precision) fillMotion(m motion, set func(col int, v float64)) {
	for v, at := range c.s.viewCol {
		if at < 0 {
			continue
		}
		p := c.p.Poses[v]
		turn := r3.Scale(-1, p.Rotate(m.turn))
		// The motion as one about the origin.
		shift := m.at(r3.Vec{})
		move := r3.Sub(r3.Scale(m.grow, p.T), p.Rotate(shift))
		for k, d := range [poseCols]float64{turn.X, turn.Y, turn.Z, move.X, move.Y, move.Z} {
			set(at+k, d)
		}
	}
	for i, at := range c.s.pointCol {
		if at >= 0 {
			d := m.at(c.p.Points[i])
			set(at, d.X)
			set(at+1, d.Y)
			set(at+2, d.Z)
		}
	}
}

// turnShare is how much the stations' rotations count in the datum beside their
// places: enough to hold the turn about the line on which two stations lie.
const turnShare = 0.01

// fillDatum sets the row that asks the stations, as a whole, not to follow a
// motion.
func (c *Precision) fillDatum(m motion, set func(col int, v float64)) {
	_, radius := c.p.stations()
	for v, at := range c.s.viewCol {
		if at < 0 {
			continue
		}
		p := c.p.Poses[v]
		d, by := m.at(p.Inverse().T), centreBy(p)
		turn := r3.Scale(-square(turnShare*radius), p.Rotate(m.turn))
		w := [3]float64{turn.X, turn.Y, turn.Z}
		for k := range poseCols {
			x := d.X*by[0][k] + d.Y*by[1][k] + d.Z*by[2][k]
			if k < 3 {
				x += w[k]
			}
			set(at+k, x)
		}
	}
}
