package exposure

import (
	"context"
	"fmt"
	"math"

	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// Point is a place on a surface of a room, or a cable in it.
type Point struct {
	Name   string
	At     recon.Vec // scene coordinates
	Normal recon.Vec // into the room; zero: away from the nearest surface
	// Cable makes it a cable of this diameter in m; 0: a spot of a wall, floor, ceiling
	// or item.
	Cable float64
}

// History is what a point met. Uncovered says why nothing is predicted there; the
// series are empty then.
type History struct {
	Uncovered         string
	TimeS             []float64
	GaugeKW           []float64 // net heat into a black face at ambient temperature, kW/m2
	GasC              []float64 // gas before the point
	InnerC            []float64 // below the jacket of a cable
	AmbientC          float64
	RoomName, Surface string
}

// cable is the insulation and jacket of PVC of NUREG/CR-6931 vol. 3 (2008), THIEF.
var cable = handcalc.Material{ConductKWmK: 0.2e-3, DensityKgM3: 1500, HeatKJKgK: 1.5}

const cableJacketM = 0.002

// Histories predicts what points meet under a hypothesis; the results are in the
// order of the points. An error means that the hypothesis can not be simulated or that ctx
// was cancelled.
func Histories(ctx context.Context, h *recon.Hypothesis, points []Point) ([]History, error) {
	s, _, err := fire.Scene(h)
	if err != nil {
		return nil, err
	}
	out := make([]History, len(points))
	index := make([]int, len(points))
	for i, p := range points {
		index[i] = -1
		k, local := roomAt(s, h, p.At)
		if k < 0 {
			out[i].Uncovered = "it lies in no room that openings join with the room of origin"
			continue
		}
		r := &s.Rooms[k]
		normal, surface := facing(r, local, p.Normal)
		out[i].RoomName, out[i].Surface = r.Name, surface
		t := zone.Target{Name: fmt.Sprintf("exposure %d", i), Room: k, At: local, Normal: normal}
		if p.Cable > 0 {
			t.Cylinder, t.ThickM, t.Material, t.Emissivity, t.DepthM = true, p.Cable, cable, 0.95, cableJacketM
		}
		index[i] = len(s.Targets)
		s.Targets = append(s.Targets, t)
	}
	if len(s.Targets) == 0 {
		return out, nil
	}
	s.SampleS = max(1, s.DurationS/3600)
	res, err := zone.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	ambient := s.OutsideK - handcalc.Kelvin
	for i := range points {
		if index[i] < 0 {
			continue
		}
		t := &res.Targets[index[i]]
		o := &out[i]
		o.TimeS, o.AmbientC, o.GaugeKW = res.TimeS, ambient, t.GaugeKW
		o.GasC = celsius(t.GasK)
		if points[i].Cable > 0 {
			o.InnerC = celsius(t.InnerK)
		}
	}
	return out, nil
}

func celsius(v []float64) []float64 {
	out := make([]float64, len(v))
	for i := range v {
		out[i] = v[i] - handcalc.Kelvin
	}
	return out
}

// roomAt finds the room of the scene in which a place of the hypothesis lies, and the
// place in the room's own axes.
func roomAt(s *zone.Scene, h *recon.Hypothesis, at recon.Vec) (int, [3]float64) {
	const slack = 0.05
	for k := range s.Rooms {
		for i := range h.Rooms {
			r := &h.Rooms[i]
			if r.Name != s.Rooms[k].Name {
				continue
			}
			var local [3]float64
			inside := true
			for j := range at {
				inside = inside && at[j] >= r.Min[j]-slack && at[j] <= r.Max[j]+slack
				local[j] = min(max(at[j]-r.Min[j], 0), r.Max[j]-r.Min[j])
			}
			if inside {
				return k, local
			}
		}
	}
	return -1, [3]float64{}
}

// facing is the direction of a surface point: the stated one, or away from the
// nearest of the room's six faces.
func facing(r *zone.Room, at [3]float64, stated recon.Vec) ([3]float64, string) {
	size := [3]float64{r.WidthM, r.DepthM, r.HeightM}
	names := [3][2]string{{"wall", "wall"}, {"wall", "wall"}, {"floor", "ceiling"}}
	n := math.Sqrt(stated[0]*stated[0] + stated[1]*stated[1] + stated[2]*stated[2])
	if n > 1e-6 {
		v := [3]float64{stated[0] / n, stated[1] / n, stated[2] / n}
		name := "wall"
		if math.Abs(v[2]) > 0.7 {
			name = names[2][0]
			if v[2] < 0 {
				name = names[2][1]
			}
		}
		return v, name
	}
	best, axis, side := math.Inf(1), 2, 0
	for j := range at {
		for k, d := range [2]float64{at[j], size[j] - at[j]} {
			if d < best {
				best, axis, side = d, j, k
			}
		}
	}
	var v [3]float64
	v[axis] = 1 - 2*float64(side)
	return v, names[axis][side]
}

// MJ is the cumulative exposure: the integral of the gauge's flux in MJ/m2.
func (h *History) MJ() float64 {
	var sum float64
	for i := 1; i < len(h.TimeS); i++ {
		sum += max(0, (h.GaugeKW[i]+h.GaugeKW[i-1])/2) * (h.TimeS[i] - h.TimeS[i-1])
	}
	return sum / 1000
}

// PeakKW is the largest flux.
func (h *History) PeakKW() float64 {
	top := 0.0
	for _, v := range h.GaugeKW {
		top = max(top, v)
	}
	return top
}

// PeakGasC is the hottest gas before the point.
func (h *History) PeakGasC() float64 {
	top := h.AmbientC
	for _, v := range h.GasC {
		top = max(top, v)
	}
	return top
}

// firstAt is when a series first reaches a mark, in a straight line between samples.
func firstAt(timeS, v []float64, mark float64) (float64, bool) {
	for i := range v {
		if v[i] < mark {
			continue
		}
		if i == 0 {
			return timeS[0], true
		}
		f := (mark - v[i-1]) / (v[i] - v[i-1])
		return timeS[i-1] + f*(timeS[i]-timeS[i-1]), true
	}
	return 0, false
}
