package marks

import (
	"context"
	"math"

	"gonum.org/v1/gonum/spatial/r3"
)

// VPattern is a black patch on a wall whose sides spread upwards.
type VPattern struct {
	Wall, Room string
	// AngleDeg is between the two sides, HalfAngleDeg half of it. LeanDeg is the
	// axis's angle from the vertical, positive along the wall's way.
	AngleDeg, HalfAngleDeg, LeanDeg, SigmaDeg float64
	// Apex is where the sides meet; AxisU its place along the wall from the wall's
	// beginning. It lies below the wall's marks where the patch is blunt.
	Apex   r3.Vec
	AxisU  float64
	SigmaU float64
	FromM  float64 // heights above the wall's foot between which the sides were seen
	ToM    float64
	Rows   [2]int // that each side was fitted to
	AreaM2 float64
	Left   [2]r3.Vec // the fitted sides, lower end first
	Right  [2]r3.Vec
}

// spot is a side of a black patch at a height, both in metres on the wall.
type spot struct{ u, v float64 }

const (
	leastVRows  = 15
	leastVM2    = 0.1
	straightM   = 0.04 // root mean square of a side about its line
	leastHalf   = 4.0  // degrees
	largestHalf = 65.0
)

// patterns looks for V patterns among the black patches of walls.
func (w *search) patterns(ctx context.Context) error {
	for _, p := range w.m.Panels {
		if p.Kind != Wall {
			continue
		}
		black := make([]bool, len(p.Class))
		for i, c := range p.Class {
			black[i] = c == Heavy || c == CleanBurn
		}
		for _, part := range p.parts(black) {
			if float64(len(part))*p.CellM*p.CellM < leastVM2 {
				continue
			}
			if v, ok := p.pattern(part); ok {
				w.m.V = append(w.m.V, v)
			}
		}
	}
	return ctx.Err()
}

// pattern fits the two sides of a patch.
func (p *Panel) pattern(part []int) (VPattern, bool) {
	first, last := make([]int, p.Nv), make([]int, p.Nv)
	for y := range first {
		first[y] = -1
	}
	for _, i := range part {
		x, y := i%p.Nu, i/p.Nu
		if first[y] < 0 || x < first[y] {
			first[y] = x
		}
		if first[y] >= 0 && x > last[y] {
			last[y] = x
		}
	}
	var left, right []spot
	for y := range first {
		if first[y] < 0 {
			continue
		}
		v := (float64(y) + 0.5) * p.CellM
		// A side counts where the wall beyond it was seen and is not black: not where
		// the patch ends at a corner, at furniture or in a shadow.
		if u := first[y]; p.bright(u-1, y) && p.bright(u-2, y) && p.bright(u-3, y) {
			left = append(left, spot{float64(u) * p.CellM, v})
		}
		if u := last[y]; p.bright(u+1, y) && p.bright(u+2, y) && p.bright(u+3, y) {
			right = append(right, spot{float64(u+1) * p.CellM, v})
		}
	}
	a, okA := fitSide(left)
	b, okB := fitSide(right)
	if !okA || !okB {
		return VPattern{}, false
	}
	la, ra := math.Atan(a.slope), math.Atan(b.slope)
	v := VPattern{Wall: p.Name, Room: p.Room, AngleDeg: deg(ra - la), HalfAngleDeg: deg(ra-la) / 2, LeanDeg: deg(ra+la) / 2,
		SigmaDeg: deg(math.Hypot(a.sigma/(1+a.slope*a.slope), b.sigma/(1+b.slope*b.slope))), AreaM2: float64(len(part)) * p.CellM * p.CellM, Rows: [2]int{a.n, b.n}}
	if v.HalfAngleDeg < leastHalf || v.HalfAngleDeg > largestHalf || la > 0.05 || ra < -0.05 {
		return VPattern{}, false
	}
	av := (a.at - b.at) / (b.slope - a.slope)
	v.AxisU = a.at + a.slope*av
	v.SigmaU = math.Hypot(a.rms, b.rms) / math.Sqrt(float64(min(a.n, b.n)))
	v.Apex = r3.Add(p.Origin, r3.Add(r3.Scale(v.AxisU, p.U), r3.Scale(av, p.V)))
	v.FromM, v.ToM = min(a.lo, b.lo), max(a.hi, b.hi)
	at := func(s side, h float64) r3.Vec {
		return r3.Add(p.Origin, r3.Add(r3.Scale(s.at+s.slope*h, p.U), r3.Scale(h, p.V)))
	}
	v.Left, v.Right = [2]r3.Vec{at(a, a.lo), at(a, a.hi)}, [2]r3.Vec{at(b, b.lo), at(b, b.hi)}
	return v, true
}

// bright tells whether a cell was seen and is not black.
func (p *Panel) bright(x, y int) bool {
	if x < 0 || x >= p.Nu {
		return false
	}
	c := p.Class[y*p.Nu+x]
	return c == Clean || c == LightSoot
}

// side is a line u = at + slope*v.
type side struct {
	at, slope, sigma, rms, lo, hi float64
	n                             int
}

// fitSide fits a line to a side without what lies more than 2.5 standard deviations
// off.
func fitSide(list []spot) (side, bool) {
	keep := list
	var s side
	for range 10 {
		if len(keep) < leastVRows {
			return s, false
		}
		var n, sv, su, svv, suv float64
		for _, q := range keep {
			n++
			sv, su, svv, suv = sv+q.v, su+q.u, svv+q.v*q.v, suv+q.u*q.v
		}
		vv := svv - sv*sv/n
		if vv <= 0 {
			return s, false
		}
		s.slope = (suv - su*sv/n) / vv
		s.at = (su - s.slope*sv) / n
		sq := 0.0
		s.lo, s.hi = math.Inf(1), math.Inf(-1)
		for _, q := range keep {
			d := q.u - s.at - s.slope*q.v
			sq += d * d
			s.lo, s.hi = min(s.lo, q.v), max(s.hi, q.v)
		}
		s.rms, s.n = math.Sqrt(sq/n), len(keep)
		s.sigma = s.rms / math.Sqrt(vv)
		var next []spot
		for _, q := range list {
			if math.Abs(q.u-s.at-s.slope*q.v) <= max(2.5*s.rms, 0.01) {
				next = append(next, q)
			}
		}
		if len(next) == len(keep) {
			break
		}
		keep = next
	}
	return s, s.rms <= straightM && s.n >= leastVRows && 2*s.n >= len(list)
}

func deg(r float64) float64 { return r * 180 / math.Pi }
