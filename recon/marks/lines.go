package marks

import (
	"context"
	"math"
)

// SootLine is how high the soot of a room begins. From clean below to sooted above
// the brightness of walls falls over a band: OnsetM is its lower edge, HalfM its
// middle, FullM its upper edge, all above the floor.
type SootLine struct {
	Room                 string
	OnsetM, HalfM, FullM float64
	OnsetZ               float64 // height of the onset in world coordinates
	SigmaM               float64 // from the walls' own lines; of the fit's cells with one wall
	Below, Above         float64 // shares of the clean level
	Explained            float64 // share of the rows' variance
	Walls                []WallLine
}

// WallLine is the soot line of one wall.
type WallLine struct {
	Wall   string
	OnsetM float64
	HalfM  float64
}

// row is the brightness of a wall at a height.
type row struct{ z, q, w float64 }

const (
	leastRowCells = 8
	leastFall     = 0.12 // of the clean level, from below to above
	leastFit      = 0.7  // share of variance explained
)

// lines fits a soot line to the walls of each room.
func (w *search) lines(ctx context.Context) error {
	var rooms []string
	walls := map[string][]*Panel{}
	for _, p := range w.m.Panels {
		if p.Kind == Wall {
			if walls[p.Room] == nil {
				rooms = append(rooms, p.Room)
			}
			walls[p.Room] = append(walls[p.Room], p)
		}
	}
	for _, name := range rooms {
		if err := ctx.Err(); err != nil {
			return err
		}
		var all []row
		height, floor := 0.0, math.Inf(1)
		for _, p := range walls[name] {
			all = append(all, p.rows(w.m.Levels.BlackAt)...)
			height = max(height, float64(p.Nv)*p.CellM)
			floor = min(floor, p.Origin.Z)
		}
		f, ok := fitRamp(all, floor, floor+height)
		if !ok {
			continue
		}
		l := SootLine{Room: name, OnsetM: f.z0 - floor, HalfM: f.z0 + f.d/2 - floor, FullM: f.z0 + f.d - floor, OnsetZ: f.z0,
			Below: f.below, Above: f.above, Explained: f.explained, SigmaM: walls[name][0].CellM}
		mean, sq := 0.0, 0.0
		for _, p := range walls[name] {
			if g, ok := fitRamp(p.rows(w.m.Levels.BlackAt), floor, floor+height); ok {
				l.Walls = append(l.Walls, WallLine{Wall: p.Name, OnsetM: g.z0 - floor, HalfM: g.z0 + g.d/2 - floor})
				mean += g.z0
				sq += g.z0 * g.z0
			}
		}
		if n := float64(len(l.Walls)); n >= 2 {
			v := max(sq/n-(mean/n)*(mean/n), 0) * n / (n - 1)
			l.SigmaM = max(math.Sqrt(v/n), 0.002)
		}
		w.m.SootLines = append(w.m.SootLines, l)
	}
	return nil
}

// rows gives the mean brightness of each row of a wall, what is black left out:
// patterns of the fire itself do not follow the smoke layer.
func (p *Panel) rows(blackAt float64) []row {
	var out []row
	var v []float64
	for y := range p.Nv {
		v = v[:0]
		for x := range p.Nu {
			if q := p.share(y*p.Nu + x); q > blackAt*1.5 {
				v = append(v, q)
			}
		}
		if len(v) < leastRowCells {
			continue
		}
		mid := median(v)
		sum, n := 0.0, 0.0
		for _, q := range v { // the mean near the median: smoother than the median alone
			if math.Abs(q-mid) < 0.25*mid {
				sum += q
				n++
			}
		}
		out = append(out, row{p.Origin.Z + (float64(y)+0.5)*p.CellM, sum / n, n})
	}
	return out
}

// ramp is a level below z0, one above z0+d, and a straight fall between.
type ramp struct{ z0, d, below, above, explained float64 }

// fitRamp finds the ramp of least squares, by trying all and then finer.
func fitRamp(rows []row, lo, hi float64) (ramp, bool) {
	if len(rows) < 20 {
		return ramp{}, false
	}
	best, bestSSE := ramp{}, math.Inf(1)
	try := func(z0, d float64) {
		if r, sse := levelsOf(rows, z0, d); sse < bestSSE {
			best, bestSSE = r, sse
		}
	}
	for z0 := lo; z0 < hi; z0 += 0.02 {
		for d := 0.0; d <= 1.2 && z0+d < hi+0.6; d += 0.04 {
			try(z0, d)
		}
	}
	for _, step := range [3]float64{0.01, 0.004, 0.002} {
		c := best
		for i := -5; i <= 5; i++ {
			for j := -5; j <= 5; j++ {
				try(c.z0+float64(i)*step, max(c.d+float64(j)*step, 0))
			}
		}
	}
	mean, n := 0.0, 0.0
	for _, r := range rows {
		mean += r.w * r.q
		n += r.w
	}
	mean /= n
	total := 0.0
	for _, r := range rows {
		total += r.w * (r.q - mean) * (r.q - mean)
	}
	best.explained = 1 - bestSSE/total
	ok := total > 0 && best.explained >= leastFit && best.below-best.above >= leastFall && best.z0 > lo+0.1 && best.z0 < hi-0.05
	return best, ok
}

// levelsOf solves for the two levels of a ramp.
func levelsOf(rows []row, z0, d float64) (ramp, float64) {
	var a11, a12, a22, b1, b2, qq float64
	for _, r := range rows {
		t := 0.0
		switch {
		case r.z >= z0+d:
			t = 1
		case r.z > z0:
			t = (r.z - z0) / d
		}
		a11 += r.w * (1 - t) * (1 - t)
		a12 += r.w * t * (1 - t)
		a22 += r.w * t * t
		b1 += r.w * (1 - t) * r.q
		b2 += r.w * t * r.q
		qq += r.w * r.q * r.q
	}
	det := a11*a22 - a12*a12
	if det < 1e-9*(a11+a22)*(a11+a22) {
		return ramp{}, math.Inf(1)
	}
	lo, hi := (b1*a22-b2*a12)/det, (b2*a11-b1*a12)/det
	return ramp{z0: z0, d: d, below: lo, above: hi}, qq - lo*b1 - hi*b2
}
