package exposure

import (
	"context"
	"fmt"
	"math"
	"sort"

	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// Cells of surfaces: their size where none is stated, and how many points are predicted
// at most; beyond it cells are made larger.
const (
	SurfaceCellM     = 0.25
	maxSurfacePoints = 2500
)

// Mark is what a stated fire is predicted to leave on a surface, told by the classes of
// recon/marks.
type Mark uint8

// The marks, in the order of marks.Class.
const (
	MarkClean Mark = iota
	MarkSoot
	MarkHeavy // not predicted: how much soot settles is not followed
	MarkCleanBurn
	MarkSpall // not predicted: it depends on concrete, its moisture and load
)

// smokyM is the extinction in 1/m from which a layer is taken to leave soot: Jin's
// visibility of 10 m.
const smokyM = 0.3

// SurfaceCourse is what a stated fire does to the floors, walls and ceilings of its rooms
// over its time.
type SurfaceCourse struct {
	TimeS []float64
	CellM float64
	// Uncovered are the rooms of which nothing is predicted, with the reason.
	Uncovered []string
	patches   []recon.SurfacePatch
	mjM2      [][]float32 // of each patch: cells of the first time, of the second ...
	surfaceC  [][]float32 // likewise: an insulating surface in balance with what it takes
	soot      [][]float32 // of each patch, of each cell: from which time on soot; +Inf never
}

// samples is how many times of a course are kept.
const samples = 120

// Surfaces predicts the exposure of all surfaces of the rooms that openings join with the
// fire, in cells of about cellM (0: SurfaceCellM), by the zone model; result, that model's
// own, tells where smoke came to, and may be nil.
func Surfaces(ctx context.Context, h *recon.Hypothesis, result *recon.FireResult, cellM float64) (*SurfaceCourse, error) {
	if cellM == 0 {
		cellM = SurfaceCellM
	}
	if !(cellM >= 0.02) || math.IsInf(cellM, 0) {
		return nil, fmt.Errorf("surfaces in cells of %g m; give 0.02 m or more", cellM)
	}
	c := &SurfaceCourse{CellM: cellM}
	for {
		c.patches = nil
		points := 0
		for _, room := range h.Rooms {
			for _, p := range roomPatches(room, c.CellM) {
				c.patches = append(c.patches, p)
				points += p.N[0] * p.N[1]
			}
		}
		if points <= maxSurfacePoints {
			break
		}
		c.CellM *= max(math.Sqrt(float64(points)/maxSurfacePoints), 1.01)
	}
	var points []Point
	for i := range c.patches {
		p := &c.patches[i]
		n := r3.Cross(p.U, p.V) // into the room
		for j := range p.N[1] {
			for k := range p.N[0] {
				at := p.Middle(k, j)
				points = append(points, Point{Name: p.Room, At: recon.Vec{at.X, at.Y, at.Z}, Normal: recon.Vec{n.X, n.Y, n.Z}})
			}
		}
	}
	met, err := Histories(ctx, h, points)
	if err != nil {
		return nil, err
	}
	c.take(met, h, result)
	return c, nil
}

// roomPatches are the six faces of a room, U x V pointing into it.
func roomPatches(room recon.Room, cellM float64) []recon.SurfacePatch {
	lo := r3.Vec{X: min(room.Min[0], room.Max[0]), Y: min(room.Min[1], room.Max[1]), Z: min(room.Min[2], room.Max[2])}
	hi := r3.Vec{X: max(room.Min[0], room.Max[0]), Y: max(room.Min[1], room.Max[1]), Z: max(room.Min[2], room.Max[2])}
	x, y, z := r3.Vec{X: 1}, r3.Vec{Y: 1}, r3.Vec{Z: 1}
	size := r3.Sub(hi, lo)
	face := func(kind string, origin, u, v r3.Vec, wide, high float64) recon.SurfacePatch {
		p := recon.SurfacePatch{Room: room.Name, Kind: kind, Origin: origin, U: u, V: v}
		for k, d := range [2]float64{wide, high} {
			p.N[k] = max(int(math.Ceil(d/cellM-1e-9)), 1)
			p.CellM[k] = d / float64(p.N[k])
		}
		return p
	}
	return []recon.SurfacePatch{
		face("floor", lo, x, y, size.X, size.Y),
		face("ceiling", r3.Vec{X: lo.X, Y: hi.Y, Z: hi.Z}, x, r3.Scale(-1, y), size.X, size.Y),
		face("wall", r3.Vec{X: hi.X, Y: lo.Y, Z: lo.Z}, r3.Scale(-1, x), z, size.X, size.Z), // (-x) x z = y
		face("wall", r3.Vec{X: lo.X, Y: hi.Y, Z: lo.Z}, x, z, size.X, size.Z),               // x x z = -y
		face("wall", lo, y, z, size.Y, size.Z),
		face("wall", r3.Vec{X: hi.X, Y: hi.Y, Z: lo.Z}, r3.Scale(-1, y), z, size.Y, size.Z),
	}
}

// take keeps of the histories what pictures need.
func (c *SurfaceCourse) take(met []History, h *recon.Hypothesis, result *recon.FireResult) {
	for i := range met {
		if n := len(met[i].TimeS); n > 1 && c.TimeS == nil {
			for k := range samples {
				c.TimeS = append(c.TimeS, met[i].TimeS[n-1]*float64(k)/(samples-1))
			}
		}
	}
	told := map[string]bool{}
	at := 0
	for i := range c.patches {
		p := &c.patches[i]
		cells := p.N[0] * p.N[1]
		mj, hot, soot := make([]float32, cells*len(c.TimeS)), make([]float32, cells*len(c.TimeS)), make([]float32, cells)
		for k := range cells {
			m := &met[at+k]
			if m.Uncovered != "" || m.GaugeKW == nil {
				why := m.Uncovered
				if why == "" {
					why = m.NoGauge
				}
				if s := p.Room + ": " + why; !told[s] {
					told[s] = true
					c.Uncovered = append(c.Uncovered, s)
				}
				for t := range c.TimeS {
					mj[t*cells+k], hot[t*cells+k] = nan, nan
				}
				soot[k] = nan
				continue
			}
			c.sample(m, cells, k, mj, hot)
			soot[k] = float32(math.Inf(1))
		}
		c.smoke(p, h, result, soot)
		c.mjM2, c.surfaceC, c.soot = append(c.mjM2, mj), append(c.surfaceC, hot), append(c.soot, soot)
		at += cells
	}
	sort.Strings(c.Uncovered)
}

var nan = float32(math.NaN())

// sample sums one history up to each of the course's times. The bias that validation
// found in the flux is taken out, as in Predict.
func (c *SurfaceCourse) sample(m *History, cells, k int, mj, hot []float32) {
	sum, peakC, n := 0.0, m.AmbientC, 0
	for t, at := range c.TimeS {
		for n+1 < len(m.TimeS) && m.TimeS[n+1] <= at+1e-9 {
			sum += max(0, (m.GaugeKW[n]+m.GaugeKW[n+1])/2) * (m.TimeS[n+1] - m.TimeS[n])
			n++
			one := History{TimeS: m.TimeS[n : n+1], GaugeKW: m.GaugeKW[n : n+1], AmbientC: m.AmbientC}
			if m.GasC != nil {
				one.GasC = m.GasC[n : n+1]
			}
			peakC = max(peakC, SurfacePeakC(&one))
		}
		mj[t*cells+k], hot[t*cells+k] = float32(sum/1000/FluxBias), float32(peakC)
	}
}

// smoke notes from when on a smoky layer has covered each cell.
func (c *SurfaceCourse) smoke(p *recon.SurfacePatch, h *recon.Hypothesis, r *recon.FireResult, soot []float32) {
	if r == nil {
		return
	}
	height, dense := r.Find("interface", p.Room), r.Find("extinction_upper", p.Room)
	if height == nil || dense == nil {
		return
	}
	floor := math.Inf(1)
	for _, room := range h.Rooms {
		if room.Name == p.Room {
			floor = min(room.Min[2], room.Max[2])
		}
	}
	for j := range p.N[1] {
		for i := range p.N[0] {
			z := p.Middle(i, j).Z - floor
			for t, at := range r.TimeS {
				if t < len(height.Value) && t < len(dense.Value) && dense.Value[t] >= smokyM && height.Value[t] < z {
					if k := j*p.N[0] + i; soot[k] == soot[k] {
						soot[k] = float32(at)
					}
					break
				}
			}
		}
	}
}

// timeAt is the sample at or before a time.
func (c *SurfaceCourse) timeAt(tS float64) int {
	return max(sort.Search(len(c.TimeS), func(i int) bool { return c.TimeS[i] > tS+1e-9 })-1, 0)
}

func (c *SurfaceCourse) patchesOf(value func(patch, cell int) float32) []recon.SurfacePatch {
	out := make([]recon.SurfacePatch, len(c.patches))
	for i := range c.patches {
		out[i] = c.patches[i]
		out[i].Value = make([]float32, out[i].N[0]*out[i].N[1])
		for k := range out[i].Value {
			out[i].Value[k] = value(i, k)
		}
	}
	return out
}

// ExposureAt is the heat in MJ/m2 that the surfaces took up to a time after ignition.
func (c *SurfaceCourse) ExposureAt(tS float64) []recon.SurfacePatch {
	t := c.timeAt(tS)
	return c.patchesOf(func(i, k int) float32 {
		if len(c.TimeS) == 0 {
			return nan
		}
		return c.mjM2[i][t*len(c.mjM2[i])/len(c.TimeS)+k]
	})
}

// MarksAt is the Mark of each cell after a time: a clean burn where a surface reached
// CleanBurnC, soot where a smoky layer came to it, else clean.
func (c *SurfaceCourse) MarksAt(tS float64) []recon.SurfacePatch {
	t := c.timeAt(tS)
	return c.patchesOf(func(i, k int) float32 {
		if len(c.TimeS) == 0 || c.soot[i][k] != c.soot[i][k] {
			return nan
		}
		hot := c.surfaceC[i][t*len(c.surfaceC[i])/len(c.TimeS)+k]
		switch {
		case float64(hot) >= CleanBurnC:
			return float32(MarkCleanBurn)
		case float64(c.soot[i][k]) <= tS:
			return float32(MarkSoot)
		}
		return float32(MarkClean)
	})
}

// SpreadLogSD is the standard deviation of the natural logarithm of an exposure.
func (c *SurfaceCourse) SpreadLogSD() float64 { return FluxLogSD }
