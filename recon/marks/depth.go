package marks

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/spatial/r3"
)

// SpallMark is a patch where a surface lies behind its own plane.
type SpallMark struct {
	Panel    string
	Room     string
	Centre   r3.Vec
	AreaM2   float64
	MaxM     float64 // depth
	SigmaM   float64 // its standard deviation
	MeanM    float64
	VolumeM3 float64
	Cells    []int // of the panel
}

const (
	smoothCells  = 2 // cells each way that a depth is the mean of
	leastDepthM  = 0.003
	leastSpallM2 = 0.003
	rimM         = 0.05 // corners and the edges of openings are no surface
)

// depths smooths the distances from the plane and finds the patches that lie
// behind it. Single points scatter by more than a spall is deep; their means do not.
func (w *search) depths(ctx context.Context) error {
	for _, p := range w.m.Panels {
		p.smoothDepth()
		var dev []float64
		for _, d := range p.DepthM {
			if d == d {
				dev = append(dev, math.Abs(float64(d)))
			}
		}
		if len(dev) == 0 {
			continue
		}
		slices.Sort(dev)
		p.DepthSigmaM = max(1.4826*dev[len(dev)/2], 1e-4)
		limit := max(4*p.DepthSigmaM, leastDepthM)
		deep := make([]bool, len(p.DepthM))
		rim := int(math.Ceil(rimM / p.CellM))
		for y := rim; y < p.Nv-rim; y++ {
			for x := rim; x < p.Nu-rim; x++ {
				i := y*p.Nu + x
				deep[i] = float64(p.DepthM[i]) > limit && p.surrounded(x, y, rim)
			}
		}
		for _, part := range p.parts(deep) {
			if float64(len(part))*p.CellM*p.CellM < leastSpallM2 {
				continue
			}
			w.m.Spalls = append(w.m.Spalls, p.spall(part))
		}
	}
	return ctx.Err()
}

// surrounded tells whether all cells around one belong to the panel.
func (p *Panel) surrounded(x, y, reach int) bool {
	for _, d := range [8][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, -1}, {1, -1}, {-1, 1}} {
		if u, v := x+d[0]*reach, y+d[1]*reach; u < 0 || v < 0 || u >= p.Nu || v >= p.Nv || !p.inside[v*p.Nu+u] {
			return false
		}
	}
	return true
}

// smoothDepth takes means over points of 5x5 cells, weighted by a fall to the rim.
func (p *Panel) smoothDepth() {
	for y := range p.Nv {
		for x := range p.Nu {
			i := y*p.Nu + x
			sum, n := 0.0, 0.0
			for v := max(y-smoothCells, 0); v <= min(y+smoothCells, p.Nv-1); v++ {
				for u := max(x-smoothCells, 0); u <= min(x+smoothCells, p.Nu-1); u++ {
					j := v*p.Nu + u
					if c := float64(p.Count[j]); c > 0 && p.inside[j] {
						g := c / float64(1+(u-x)*(u-x)+(v-y)*(v-y))
						sum -= g * float64(p.distM[j])
						n += g
					}
				}
			}
			p.DepthM[i] = float32(math.NaN())
			if n >= 2 && p.inside[i] {
				p.DepthM[i] = float32(sum / n)
			}
		}
	}
}

// spall measures a patch.
func (p *Panel) spall(part []int) SpallMark {
	s := SpallMark{Panel: p.Name, Room: p.Room, AreaM2: float64(len(part)) * p.CellM * p.CellM, Cells: part}
	cu, cv := 0.0, 0.0
	points := 0.0
	for _, i := range part {
		d := float64(p.DepthM[i])
		s.MeanM += d / float64(len(part))
		s.MaxM = max(s.MaxM, d)
		cu += (float64(i%p.Nu) + 0.5) / float64(len(part))
		cv += (float64(i/p.Nu) + 0.5) / float64(len(part))
		points += float64(p.Count[i])
	}
	s.VolumeM3 = s.MeanM * s.AreaM2
	s.Centre = p.At(cu, cv)
	s.SigmaM = math.Hypot(p.DepthSigmaM, 5e-4/math.Sqrt(max(points/float64(len(part))*9, 1)))
	return s
}

// parts lists the sets of touching cells, by their first cell.
func (p *Panel) parts(in []bool) [][]int {
	done := make([]bool, len(in))
	var out [][]int
	for i := range in {
		if !in[i] || done[i] {
			continue
		}
		part := []int{i}
		done[i] = true
		for k := 0; k < len(part); k++ {
			p.around(part[k], func(j int) {
				if in[j] && !done[j] {
					done[j] = true
					part = append(part, j)
				}
			})
		}
		out = append(out, part)
	}
	return out
}

// around calls f with the up to four cells next to one.
func (p *Panel) around(i int, f func(j int)) {
	x, y := i%p.Nu, i/p.Nu
	if x > 0 {
		f(i - 1)
	}
	if x+1 < p.Nu {
		f(i + 1)
	}
	if y > 0 {
		f(i - p.Nu)
	}
	if y+1 < p.Nv {
		f(i + p.Nu)
	}
}
