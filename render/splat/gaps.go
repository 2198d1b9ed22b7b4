package splat

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// The gap between points is a fixed property of the cloud, so that a picture never
// depends on what else it shows. It is measured a cell at a time, as the edge of
// the square that one point stands for on its surface.
const (
	plenty      = 48   // points of a cell that need no look beyond it
	enough      = 12   // points from which their own distances are used
	probes      = 5    // points of a cell around which is looked
	sectorShare = 0.75 // of the second widest of eight directions; see gapAround
	maxGapRatio = 5    // times the median: beyond it points would be drawn as blots
	strayRatio  = 0.5
)

// measureGaps fills Size and SizeM. Points are in cell order.
func (c *Cloud) measureGaps(order []keyed, cell float32) {
	for q := range c.SizeM {
		c.SizeM[q] = 1e-3 // for points that are all in one place any size does
	}
	if c.Len() == 0 || !(cell > 0) {
		return
	}
	runs := runsOf(order)
	gaps := make([]float32, len(runs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			var scratch []float32
			const some = 256
			for {
				from := int(next.Add(some)) - some
				for i := from; i < min(from+some, len(runs)); i++ {
					gaps[i] = c.gapIn(runs, runs[i], cell, &scratch)
				}
				if from >= len(runs) {
					return
				}
			}
		})
	}
	wg.Wait()
	sorted := slices.Clone(gaps)
	slices.Sort(sorted)
	median := sorted[len(sorted)/2]
	// One byte a point, on a logarithmic scale from a 64th of the median.
	const stepsPerOctave = 24
	least := float64(median) / 64
	for q := range c.SizeM {
		c.SizeM[q] = float32(least * math.Exp2(float64(q)/stepsPerOctave))
	}
	for i, r := range runs {
		g := min(gaps[i], maxGapRatio*median)
		if r.to-r.from <= 6 && lonely(runs, r.key) {
			g = strayRatio * min(g, median)
		}
		q := min(max(math.Round(stepsPerOctave*math.Log2(float64(g)/least)), 0), 255)
		for k := r.from; k < r.to; k++ {
			c.Size[k] = uint8(q)
		}
	}
}

// gapIn is the gap between the points of one cell: as wide as it is around most of
// them, or, where they are few, from their number: a surface that crosses a cell of
// edge a with n points has one on a*a/n of its area. The neighbours across a face
// correct cells of which it cuts only a corner.
func (c *Cloud) gapIn(runs []cellRun, r cellRun, cell float32, scratch *[]float32) float32 {
	n := int(r.to - r.from)
	from, to := int(r.from), int(r.to)
	near := append((*scratch)[:0], c.XYZ[3*from:3*to]...)
	most, sum, cells := n, 0, 0
	if n < plenty {
		for k := range 27 {
			dx, dy, dz := k%3-1, k/3%3-1, k/9-1
			q, ok := runAt(runs, r.key, dx, dy, dz)
			if !ok || k == 13 {
				continue
			}
			near = append(near, c.XYZ[3*q.from:3*q.to]...)
			if dx*dx+dy*dy+dz*dz == 1 {
				sum += int(q.to - q.from)
				cells++
			}
		}
	}
	*scratch = near
	if len(near)/3 >= enough {
		u, v := surfaceAxes(near)
		var found [probes]float32
		kept := found[:0]
		for _, i := range drawnLots(near[:3*n]) {
			if g, ok := gapAround(near, i, u, v); ok {
				kept = append(kept, g)
			}
		}
		if len(kept) > 0 {
			slices.Sort(kept)
			return max(kept[len(kept)/2], cell/4096)
		}
	}
	if cells > 0 {
		most = max(n, sum/cells)
	}
	return cell / float32(math.Sqrt(float64(most)))
}

// drawnLots gives up to probes of the points, chosen by their coordinates and not
// by their order.
func drawnLots(xyz []float32) []int {
	var lots [probes]uint32
	var chosen [probes]int
	held := 0
	for i := range len(xyz) / 3 {
		lot := Lot(xyz[3*i], xyz[3*i+1], xyz[3*i+2])
		if held == probes && lot >= lots[probes-1] {
			continue
		}
		k := min(held, probes-1)
		for ; k > 0 && lots[k-1] > lot; k-- {
			lots[k], chosen[k] = lots[k-1], chosen[k-1]
		}
		lots[k], chosen[k] = lot, i
		held = min(held+1, probes)
	}
	return chosen[:held]
}

// surfaceAxes are two directions along the surface that the points lie on: toward
// the one farthest from their middle, and toward the one farthest to the side of
// that.
func surfaceAxes(xyz []float32) (u, v [3]float32) {
	n := len(xyz) / 3
	var sum [3]float64
	for i := range n {
		for k := range 3 {
			sum[k] += float64(xyz[3*i+k])
		}
	}
	var mid [3]float32
	for k := range 3 {
		mid[k] = float32(sum[k] / float64(n))
	}
	best := float32(0)
	farther := func(d, than [3]float32) bool {
		d2 := dot(d, d)
		if d2 < best || d2 == best && !before(d, than) {
			return false
		}
		best = d2
		return true
	}
	for i := range n {
		if d := [3]float32{xyz[3*i] - mid[0], xyz[3*i+1] - mid[1], xyz[3*i+2] - mid[2]}; farther(d, u) {
			u = d
		}
	}
	u = unit(u)
	best = 0
	for i := range n {
		d := [3]float32{xyz[3*i] - mid[0], xyz[3*i+1] - mid[1], xyz[3*i+2] - mid[2]}
		s := dot(d, u)
		if d = [3]float32{d[0] - s*u[0], d[1] - s*u[1], d[2] - s*u[2]}; farther(d, v) {
			v = d
		}
	}
	return u, unit(v)
}

// before orders directions of equal length.
func before(a, b [3]float32) bool {
	for k := range 3 {
		if a[k] != b[k] {
			return a[k] < b[k]
		}
	}
	return false
}

func unit(d [3]float32) [3]float32 {
	d2 := dot(d, d)
	if d2 == 0 {
		return d
	}
	s := 1 / float32(math.Sqrt(float64(d2)))
	return [3]float32{d[0] * s, d[1] * s, d[2] * s}
}

// gapAround is the gap at point i among others, along the axes u and v of their
// surface.
// The nearest point in each of eight directions tells how wide the emptiness is:
// the second widest is used, since points often lie in lines (a scanner turns slower
// than its mirror) and then most directions lead along them. The share brings a
// square grid to its spacing. ok is false at the rim of the points, where
// directions are open.
func gapAround(xyz []float32, i int, u, v [3]float32) (gap float32, ok bool) {
	var near [8]float32
	for k := range near {
		near[k] = math.MaxFloat32
	}
	x, y, z := xyz[3*i], xyz[3*i+1], xyz[3*i+2]
	for j := 0; j+2 < len(xyz); j += 3 {
		dx, dy, dz := xyz[j]-x, xyz[j+1]-y, xyz[j+2]-z
		a, b := dx*u[0]+dy*u[1]+dz*u[2], dx*v[0]+dy*v[1]+dz*v[2]
		k := 0
		if a < 0 {
			k, a = 1, -a
		}
		if b < 0 {
			k, b = k+2, -b
		}
		if a < b {
			k += 4
		}
		if d := a*a + b*b; d < near[k] && d > 0 {
			near[k] = d
		}
	}
	slices.Sort(near[:])
	if near[6] == math.MaxFloat32 {
		return 0, false
	}
	// Past the edge of a thin thing lies another one, not a gap.
	return sectorShare * float32(math.Sqrt(float64(min(near[6], 4*near[3])))), true
}

// lonely tells a cell that is no part of a surface: few of its neighbours hold
// points.
func lonely(runs []cellRun, key uint32) bool {
	held := 0
	for dz := -1; dz <= 1; dz++ {
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				if _, ok := runAt(runs, key, dx, dy, dz); ok {
					held++
				}
			}
		}
	}
	return held < 6 // itself among them
}
