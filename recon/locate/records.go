package locate

import (
	"fmt"
	"math"
	"sort"

	"firescene/recon/handcalc"
)

// Room is the box in which the fire burnt, its lower corner at the origin of the
// coordinates.
type Room struct {
	WidthM, DepthM, HeightM float64
	Lining                  handcalc.Material // of the ceiling
}

// Thermometer is one thermocouple: its place in the room and its record in C at
// each of Records.TimeS, NaN where it has none.
type Thermometer struct {
	Name string
	At   [3]float64
	C    []float64
}

// Records are what instruments in the room wrote on one clock. Samples before time
// 0 show the room before the fire; without them the first sample does.
type Records struct {
	TimeS        []float64
	Thermometers []Thermometer
}

// Check says whether the records can be used with the room.
func (r *Records) Check(room Room) error {
	if !(room.WidthM > 0 && room.DepthM > 0 && room.HeightM > 0) || room.WidthM > 1000 || room.DepthM > 1000 || room.HeightM > 100 {
		return fmt.Errorf("a room of %g x %g x %g m: give its sizes in metres", room.WidthM, room.DepthM, room.HeightM)
	}
	if len(r.TimeS) < 2 {
		return fmt.Errorf("%d samples: give a record of at least two", len(r.TimeS))
	}
	for i, t := range r.TimeS {
		if math.IsNaN(t) || math.IsInf(t, 0) || i > 0 && t <= r.TimeS[i-1] {
			return fmt.Errorf("sample %d at %g s: times must rise", i+1, t)
		}
	}
	for _, p := range r.Thermometers {
		if len(p.C) != len(r.TimeS) {
			return fmt.Errorf("%s has %d values for %d times", p.Name, len(p.C), len(r.TimeS))
		}
		size := [3]float64{room.WidthM, room.DepthM, room.HeightM}
		for k, v := range p.At {
			if !(v >= -0.01 && v <= size[k]+0.01) {
				return fmt.Errorf("%s at %.2f, %.2f, %.2f m lies outside the room", p.Name, p.At[0], p.At[1], p.At[2])
			}
		}
	}
	return nil
}

// Stage is a part of the fire's growth over which the temperature rises are
// averaged: between two marks of the hot layer's mean rise.
type Stage struct {
	FromS, ToS float64
	LayerRiseK float64 // mean over the thermometers in the hot layer under the jet
	InterfaceM float64 // height above the floor at which the mean profile falls to half of that
	AmbientK   float64
	SinceS     float64   // mean time since the layer was LayerSeenK warmer
	RiseK      []float64 // by thermometer; NaN where it has no value
}

// LayerSeenK is the rise at which the layer counts as begun.
const LayerSeenK = 5

// marksFor are the layer rises in K that divide the growth of a layer that reaches
// topK: from where the rise stands clear of the room's own stratification (25 K, or a
// third of the top of a small fire but at least 8 K), by doubling, to 400 K, below
// flashover, up to which the jet's sources hold.
func marksFor(topK float64) []float64 {
	m := []float64{25}
	if topK < 75 {
		m[0] = max(leastRiseK, topK/3)
	}
	for m[len(m)-1] < 400 {
		m = append(m, min(2*m[len(m)-1], 400))
	}
	return m
}

// leastRiseK is the least layer rise from which anything is inferred.
const leastRiseK = 8

// Reduce divides the growth of the fire into stages. It ends where the layer first
// comes within 3 per cent of its hottest: past that point a fire short of air burns
// elsewhere than at its origin, and a layer that cools says little of the plume.
func Reduce(room Room, r *Records) []Stage {
	base := make([]float64, len(r.Thermometers))
	var ambient, n float64
	for i := range r.Thermometers {
		base[i] = baseline(r.TimeS, r.Thermometers[i].C)
		if !math.IsNaN(base[i]) {
			ambient, n = ambient+base[i], n+1
		}
	}
	if n == 0 {
		return nil
	}
	ambient = ambient/n + handcalc.Kelvin
	levels := heights(r.Thermometers)
	layer := make([]float64, len(r.TimeS))
	top, seen := 0.0, len(layer)
	for k := range r.TimeS {
		layer[k], _ = layerOf(room, r, levels, base, k, k+1)
		if r.TimeS[k] >= 0 && layer[k] > top {
			top = layer[k]
		}
		if r.TimeS[k] >= 0 && layer[k] >= LayerSeenK {
			seen = min(seen, k)
		}
	}
	var out []Stage
	from, marks := seen, marksFor(top)
	for m := 0; m+1 < len(marks); m++ {
		from = firstAbove(layer, from, marks[m])
		to := firstAbove(layer, from, marks[m+1])
		last := firstAbove(layer, from, 0.97*top)
		if from >= len(layer) || marks[m] >= 0.97*top {
			break
		}
		to = min(max(to, from+1), max(last, from+1))
		s := Stage{FromS: r.TimeS[from], ToS: r.TimeS[to-1], AmbientK: ambient, SinceS: (r.TimeS[from]+r.TimeS[to-1])/2 - r.TimeS[seen]}
		s.LayerRiseK, s.InterfaceM = layerOf(room, r, levels, base, from, to)
		for i := range r.Thermometers {
			s.RiseK = append(s.RiseK, mean(r.Thermometers[i].C[from:to])-base[i])
		}
		out = append(out, s)
		if to >= last {
			break
		}
	}
	return out
}

func firstAbove(v []float64, from int, mark float64) int {
	for from < len(v) && !(v[from] >= mark) {
		from++
	}
	return from
}

// baseline is the mean before time 0, or the first value.
func baseline(timeS, v []float64) float64 {
	n := sort.SearchFloat64s(timeS, 0)
	if m := mean(v[:n]); !math.IsNaN(m) {
		return m
	}
	for _, x := range v {
		if !math.IsNaN(x) {
			return x
		}
	}
	return math.NaN()
}

// mean leaves out what is not there; NaN when nothing is.
func mean(v []float64) float64 {
	var sum, n float64
	for _, x := range v {
		if !math.IsNaN(x) {
			sum, n = sum+x, n+1
		}
	}
	return sum / n
}

// level is the thermometers at one height.
type level struct {
	zM    float64
	which []int
}

// sameHeightM is how far apart thermometers of one level may lie.
const sameHeightM = 0.05

func heights(list []Thermometer) []level {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return list[order[a]].At[2] > list[order[b]].At[2] })
	var out []level
	for _, i := range order {
		z := list[i].At[2]
		if n := len(out); n > 0 && out[n-1].zM-z <= sameHeightM {
			out[n-1].which = append(out[n-1].which, i)
			continue
		}
		out = append(out, level{z, []int{i}})
	}
	return out
}

// inJet reports whether a height lies in the jet under the ceiling.
func inJet(room Room, zM float64) bool { return room.HeightM-zM <= handcalc.JetDepth*room.HeightM }

// layerOf reduces the mean profile of samples from up to to: the layer's rise under
// the jet and the height at which the profile falls to half of its largest.
func layerOf(room Room, r *Records, levels []level, base []float64, from, to int) (riseK, interfaceM float64) {
	var z, v []float64
	top := 0.0
	for _, l := range levels {
		if inJet(room, l.zM) {
			continue
		}
		var sum, n float64
		for _, i := range l.which {
			if m := mean(r.Thermometers[i].C[from:to]) - base[i]; !math.IsNaN(m) {
				sum, n = sum+m, n+1
			}
		}
		if n > 0 {
			z, v = append(z, l.zM), append(v, sum/n)
			top = max(top, sum/n)
		}
	}
	if len(z) == 0 {
		return math.NaN(), room.HeightM / 2
	}
	interfaceM = 0
	var sum, n float64
	for i := range z {
		if v[i] < top/2 {
			interfaceM = z[i]
			if i > 0 {
				interfaceM += (z[i-1] - z[i]) * (top/2 - v[i]) / max(v[i-1]-v[i], 1e-9)
			}
			break
		}
		sum, n = sum+v[i], n+1
	}
	if n == 0 {
		return top, interfaceM
	}
	return sum / n, interfaceM
}
