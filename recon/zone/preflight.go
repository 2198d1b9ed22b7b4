package zone

import (
	"fmt"
	"math"

	"firescene/recon/handcalc"
)

// Warning is a thing of a scene that is probably not meant, or that no result can
// be trusted with.
type Warning struct{ Where, What string }

// densestMWM3 is the largest heat release in a cubic metre of flame that is seen,
// about 2 MW: T. Orloff, J. De Ris, 19th Symposium (International) on Combustion
// (1982) 885, found 1.2 MW over pools.
const densestMWM3 = 2

// Preflight lists what is probably wrong with a scene that Check lets pass.
func Preflight(s *Scene) []Warning {
	p := &preflight{s: s}
	p.reached()
	p.placed()
	p.fires()
	return p.list
}

type preflight struct {
	s    *Scene
	list []Warning
}

func (p *preflight) warn(where, format string, args ...any) {
	p.list = append(p.list, Warning{where, fmt.Sprintf(format, args...)})
}

// reached warns of fires in rooms from which no opening leads outside.
func (p *preflight) reached() {
	open := make([]bool, len(p.s.Rooms)+1) // by room; the last is outside
	at := func(k int) int {
		if k == Outside {
			return len(p.s.Rooms)
		}
		return k
	}
	open[at(Outside)] = true
	for i := range p.s.Rooms {
		if r := &p.s.Rooms[i]; r.LeakWallM2+r.LeakFloorM2 > 0 {
			open[i] = true
		}
	}
	for grew := true; grew; {
		grew = false
		join := func(a, b int, some bool) {
			if some && open[at(a)] != open[at(b)] {
				open[at(a)], open[at(b)], grew = true, true, true
			}
		}
		for i := range p.s.Vents {
			v := &p.s.Vents[i]
			join(v.A, v.B, v.WidthM*v.HeightM > 0 && v.Open.ever())
		}
		for i := range p.s.Holes {
			join(p.s.Holes[i].Upper, p.s.Holes[i].Lower, p.s.Holes[i].AreaM2 > 0 && p.s.Holes[i].Open.ever())
		}
		for i := range p.s.Fans {
			join(p.s.Fans[i].From, p.s.Fans[i].To, p.s.Fans[i].FlowM3S > 0)
		}
	}
	for i := range p.s.Fires {
		f := &p.s.Fires[i]
		if !open[f.Room] {
			p.warn("fire "+f.Name, "it burns in %s, from which no opening leads outside: the pressure rises until the fire is out; real rooms leak", p.s.Rooms[f.Room].Name)
		}
	}
}

// ever reports whether a schedule is open at any time.
func (s *Schedule) ever() bool {
	if s.Trigger != nil {
		return s.Before > 0 || s.After > 0
	}
	for _, v := range s.Share {
		if v > 0 {
			return true
		}
	}
	return len(s.TimeS) == 0
}

// placed warns of what does not lie in its room.
func (p *preflight) placed() {
	for i := range p.s.Vents {
		v := &p.s.Vents[i]
		base := v.A
		if base == Outside {
			base = v.B
		}
		foot := p.s.Rooms[base].Origin[2] + v.BottomM
		for _, k := range []int{v.A, v.B} {
			if k == Outside {
				continue
			}
			r := &p.s.Rooms[k]
			const slack = 1e-3
			if lo, hi := r.Origin[2], r.Origin[2]+r.HeightM; foot+v.HeightM > hi+slack || foot < lo-slack {
				p.warn("vent "+v.Name, "it reaches from %.2f to %.2f m, outside %s, which reaches from %.2f to %.2f m", foot, foot+v.HeightM, r.Name, lo, hi)
			}
		}
		for _, k := range []int{v.A, v.B} {
			if k != Outside && v.WidthM > 2*(p.s.Rooms[k].WidthM+p.s.Rooms[k].DepthM) {
				p.warn("vent "+v.Name, "its width of %.2f m is more than the walls of %s together; it is taken as they are", v.WidthM, p.s.Rooms[k].Name)
			}
		}
		if v.WidthM*v.HeightM == 0 {
			p.warn("vent "+v.Name, "it has no area")
		}
	}
	outside := func(where string, k int, at [3]float64, dims int) {
		r := &p.s.Rooms[k]
		size := [3]float64{r.WidthM, r.DepthM, r.HeightM}
		for j := range dims {
			if at[j] < -0.01 || at[j] > size[j]+0.01 {
				p.warn(where, "it lies at %.2f m along axis %d, outside %s, which measures %.2f m", at[j], j+1, r.Name, size[j])
				return
			}
		}
	}
	for i := range p.s.Targets {
		outside("target "+p.s.Targets[i].Name, p.s.Targets[i].Room, p.s.Targets[i].At, 3)
	}
	for i := range p.s.Detectors {
		outside("detector "+p.s.Detectors[i].Name, p.s.Detectors[i].Room, p.s.Detectors[i].At, 3)
	}
	for i := range p.s.Fires {
		outside("fire "+p.s.Fires[i].Name, p.s.Fires[i].Room, [3]float64{p.s.Fires[i].X, p.s.Fires[i].Y, 0}, 2)
	}
}

// fires warns of heat that no flame releases, of items that reach into a wall and
// of fires that the whole air of a room could not feed for ten seconds.
func (p *preflight) fires() {
	for i := range p.s.Fires {
		f := &p.s.Fires[i]
		where, r := "fire "+f.Name, &p.s.Rooms[f.Room]
		var peak FireRow
		for _, row := range f.Rows {
			if row.HRRkW > peak.HRRkW {
				peak = row
			}
		}
		if peak.HRRkW <= 0 {
			if f.Heat == nil {
				p.warn(where, "it releases no heat")
			}
			continue
		}
		d := max(0.2, handcalc.Diameter(peak.AreaM2))
		flame := math.Pi / 4 * d * d * (d + handcalc.FlameHeight(peak.HRRkW, d))
		if mw := peak.HRRkW / 1000 / flame; mw > densestMWM3 {
			p.warn(where, "%.0f kW from %.2f m2 are %.1f MW in a cubic metre of flame, more than flames release (%d): the area is too small or the heat too large", peak.HRRkW, peak.AreaM2, mw, densestMWM3)
		}
		if peak.BaseM > r.HeightM {
			p.warn(where, "its base at %.2f m is above the ceiling at %.2f m", peak.BaseM, r.HeightM)
		}
		side := min(f.X, r.WidthM-f.X, f.Y, r.DepthM-f.Y)
		if half := math.Sqrt(peak.AreaM2) / 2; side < half-0.05 && side >= -0.01 {
			p.warn(where, "its area of %.2f m2 about (%.2f, %.2f) reaches %.2f m into a wall", peak.AreaM2, f.X, f.Y, half-side)
		}
		if air := r.WidthM * r.DepthM * r.HeightM * 1.2 * airO2 * handcalc.HeatPerO2; peak.HRRkW > air/10 {
			p.warn(where, "its peak of %.0f kW would use all the air of %s (%.0f MJ) in %.0f s: it will be limited by air", peak.HRRkW, r.Name, air/1000, air/peak.HRRkW)
		}
	}
}
