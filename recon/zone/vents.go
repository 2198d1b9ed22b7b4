package zone

import (
	"math"
)

// The orifice coefficients: of openings in walls, K. D. Steckler, J. G.
// Quintiere, W. J. Rinkinen, NBSIR 82-2520 (1982), about 0.7; of holes in
// ceilings, L. Y. Cooper, NISTIR 5470 (1994), 0.68.
const (
	wallOrifice = 0.7
	holeOrifice = 0.68
	// softPa is the pressure below which flow is taken as linear, so that its slope
	// stays finite. At 1e-6 Pa gas moves a millimetre a second.
	softRoot = 1e-3 // its square root
)

// side is one end of a connection: a room, or the open air when r is nil.
type side struct {
	r  *room
	k  int     // index of the room, Outside
	z0 float64 // height of its floor
}

func (s side) topShare(z float64) float64 {
	if s.r == nil {
		return 0
	}
	return s.r.upperShare(z - s.z0)
}

// segment is a part of a connection over whose height both sides have one
// density. Its pressures are those for equal pressure at the floors.
type segment struct {
	p0, p1     float64 // Pa, A less B, at its foot and head
	widthM     float64 // for holes: 1
	heightM    float64
	rhoA, rhoB float64
	upA, upB   float64 // share that is drawn from the upper layer
	zM         float64 // height of its middle
}

// link is a connection between two sides that flows by pressure.
type link struct {
	a, b   side
	segs   []segment
	coef   float64
	hole   *holeState
	open   float64
	forced *fanState
	// what flowed, kg/s: from each side's upper and lower layer, and the middle
	// height of the gas that left each side
	out     [2][2]float64
	midM    [2]float64
	speedMS [2]float64 // mean over the mass
}

// cutWall parts an opening at the interfaces of both sides.
func (l *link) cutWall(bottom, top, width, rhoOut float64, tempOutRho float64) {
	l.segs = l.segs[:0]
	if l.open <= 0 || width <= 0 || top <= bottom {
		return
	}
	cuts := [4]float64{bottom, top, top, top}
	n := 1
	for _, s := range [2]side{l.a, l.b} {
		if s.r != nil {
			if z := s.z0 + s.r.zI; z > bottom && z < top {
				cuts[n] = z
				n++
			}
		}
	}
	if n == 3 && cuts[1] > cuts[2] {
		cuts[1], cuts[2] = cuts[2], cuts[1]
	}
	cuts[n] = top
	for i := range n {
		lo, hi := cuts[i], cuts[i+1]
		if hi-lo < 1e-9 {
			continue
		}
		mid := (lo + hi) / 2
		l.segs = append(l.segs, segment{
			p0: l.a.column(lo, rhoOut) - l.b.column(lo, rhoOut), p1: l.a.column(hi, rhoOut) - l.b.column(hi, rhoOut),
			widthM: width * l.open, heightM: hi - lo, rhoA: l.a.density(mid, tempOutRho), rhoB: l.b.density(mid, tempOutRho),
			upA: l.a.topShare(mid), upB: l.b.topShare(mid), zM: mid,
		})
	}
}

// column is the pressure at an absolute height above that of the open air, for no
// pressure at the floor.
func (s side) column(z, rhoOut float64) float64 {
	if s.r == nil {
		return 0
	}
	return s.r.columnPa(z-s.z0, rhoOut)
}

func (s side) density(z, rhoOut float64) float64 {
	switch {
	case s.r == nil:
		return rhoOut
	case z-s.z0 > s.r.zI:
		return s.r.rho[upper]
	}
	return s.r.rho[lower]
}

// flow computes what flows for a pressure difference dp between the floors: mass
// out of each side's layers, and how it grows with dp (A to B) and with -dp (B to
// A), in kg/(s Pa).
//
// Source: H. E. Mitler, H. W. Emmons, NBS-GCR-81-344 (1981): Bernoulli's equation
// over parts in which pressure is linear in height, integrated exactly.
func (l *link) flow(dp float64) (slope [2][2]float64) {
	l.out, l.midM, l.speedMS = [2][2]float64{}, [2]float64{}, [2]float64{}
	for i := range l.segs {
		s := &l.segs[i]
		p0, p1 := s.p0+dp, s.p1+dp
		if p0*p1 < 0 {
			part := p0 / (p0 - p1)
			l.part(s, p0, 0, part, part/2, &slope)
			l.part(s, 0, p1, 1-part, (1+part)/2, &slope)
		} else {
			l.part(s, p0, p1, 1, 0.5, &slope)
		}
	}
	if l.hole != nil {
		l.hole.exchange(l, dp)
	}
	if l.forced != nil {
		l.forced.flow(l, dp, &slope)
	}
	for k := range l.out {
		if m := l.out[k][upper] + l.out[k][lower]; m > 0 {
			l.midM[k] /= m
			l.speedMS[k] /= m
		}
	}
	return slope
}

// part adds a part of a segment whose pressures have one sign; size is its share
// of the height, mid its middle as a share.
func (l *link) part(s *segment, p0, p1, size, mid float64, slope *[2][2]float64) {
	from, up, rho := 0, s.upA, s.rhoA
	if p0+p1 < 0 {
		from, up, rho = 1, s.upB, s.rhoB
	}
	a, b := math.Sqrt(math.Abs(p0)), math.Sqrt(math.Abs(p1))
	sum := max(a+b, softRoot)
	k := l.coef * s.widthM * s.heightM * size * math.Sqrt(2*rho)
	m := k * 2.0 / 3 * (a*a + a*b + b*b) / sum
	d := k / sum
	if a+b < softRoot {
		d = 2 * k / softRoot
	}
	l.out[from][upper] += m * up
	l.out[from][lower] += m * (1 - up)
	slope[from][upper] += d * up
	slope[from][lower] += d * (1 - up)
	l.midM[from] += m * (s.zM + (mid-0.5)*s.heightM)
	l.speedMS[from] += m * m / (rho * s.widthM * s.heightM * size)
}

// holeState is what a hole in a ceiling needs besides Bernoulli.
type holeState struct {
	*Hole
	floodPa, mostM3S float64
	rhoUp, rhoDown   float64
	shareUp          [2]float64 // drawn from the upper layer, by side
}

// cutHole prepares a hole at height z between the upper side a and the lower b.
//
// Sources: M. Epstein, J. Heat Transfer 110 (1988) 885 for the exchange of gas
// through a hole with dense gas above light, at most 0.055 (4/pi) A sqrt(g D
// drho/rho); G. Heskestad, R. D. Spaulding, Fire Safety Science 3 (1991) 675 for
// the pressure that ends it.
func (l *link) cutHole(z, rhoOut float64) {
	l.segs = l.segs[:0]
	h := l.hole
	area := h.AreaM2 * l.open
	h.mostM3S = 0
	if area <= 0 {
		return
	}
	const hair = 1e-6
	rhoA, rhoB := l.a.density(z+hair, rhoOut), l.b.density(z-hair, rhoOut)
	p := l.a.column(z, rhoOut) - l.b.column(z, rhoOut)
	h.shareUp = [2]float64{l.a.topShare(z + hair), l.b.topShare(z - hair)}
	l.segs = append(l.segs, segment{p0: p, p1: p, widthM: 1, heightM: area, rhoA: rhoA, rhoB: rhoB, upA: h.shareUp[0], upB: h.shareUp[1], zM: z})
	if rhoA <= rhoB {
		return
	}
	d := math.Sqrt(area)
	if h.Round {
		d = math.Sqrt(4 * area / math.Pi)
	}
	mean := (rhoA + rhoB) / 2
	drive := math.Sqrt(gravity * d * (rhoA - rhoB) / mean)
	h.mostM3S = 0.055 * 4 / math.Pi * area * drive
	v := 0.23 * math.Sqrt2 * drive / holeOrifice
	h.floodPa = mean * v * v / 2
	h.rhoUp, h.rhoDown = rhoA, rhoB
}

// exchange adds the gas that passes both ways at once.
func (h *holeState) exchange(l *link, dp float64) {
	if h.mostM3S <= 0 || len(l.segs) == 0 {
		return
	}
	p := math.Abs(l.segs[0].p0 + dp)
	if p >= h.floodPa {
		return
	}
	q := h.mostM3S * (1 - p/h.floodPa) * (1 - p/h.floodPa)
	z := l.segs[0].zM
	for k, rho := range [2]float64{h.rhoUp, h.rhoDown} {
		m := q * rho
		l.out[k][upper] += m * h.shareUp[k]
		l.out[k][lower] += m * (1 - h.shareUp[k])
		l.midM[k] += m * z
	}
}

// fanState is a fan with what it draws from.
type fanState struct {
	*Fan
	staticPa float64 // pressure of the far end less that of the near one, for equal floors
	rho      float64
	up       float64
	zM       float64
}

// cutFan prepares a fan: where it draws, gas comes from the layers by the share
// of its opening that each covers.
func (l *link) cutFan(rhoOut float64) {
	f := l.forced
	zA, zB := l.a.z0+f.FromM, l.b.z0+f.ToM
	f.staticPa = l.b.column(zB, rhoOut) - l.a.column(zA, rhoOut)
	f.up, f.rho, f.zM = 0, rhoOut, zA
	if r := l.a.r; r != nil {
		span := max(f.FromSpanM, 1e-3)
		covered := min(max((f.FromM+span/2-r.zI)/span, 0), 1)
		f.up = covered*r.share[upper] + (1-covered)*(1-r.share[lower])
		if !f.Cold {
			f.rho = 1 / (f.up/r.rho[upper] + (1-f.up)/r.rho[lower])
		}
	}
}

// flow adds the fan's gas; its flow falls evenly between the two pressures.
func (f *fanState) flow(l *link, dp float64, slope *[2][2]float64) {
	against := f.staticPa - dp
	full, none := f.FullPa, f.NonePa
	if none <= full {
		full, none = 200, 300
	}
	share := min(max((none-against)/(none-full), 0), 1)
	m := f.FlowM3S * f.rho * l.open
	for k, u := range [2]float64{f.up, 1 - f.up} {
		l.out[0][k] += m * share * u
		if share > 0 && share < 1 {
			slope[0][k] += m / (none - full) * u
		}
	}
	l.midM[0] += m * share * f.zM
}
