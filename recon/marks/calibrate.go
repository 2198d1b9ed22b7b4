package marks

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// Calibration is how brightness depends on range and incidence: log I = log rho + K
// log cos + g(range), g piecewise linear in the logarithm of range.
type Calibration struct {
	K       float64   // power of the cosine; Lambert's is 1
	RangesM []float64 // knots of g
	G       []float64
	Pairs   int     // places seen by two stations from other ranges and angles
	RMS     float64 // of their differences of log I after the fit
	Fitted  bool    // false: too few pairs; the cosine alone was taken out
}

const (
	leastCos   = 0.12 // returns at grazing incidence say little of the surface
	coarseM    = 0.1
	leastPairs = 100
	ceiling    = 0.98 // intensities above this share of the largest are saturated
)

// seen is the mean of what a station saw of a coarse cell.
type seen struct{ n, logI, logCos, logR float64 }

// incidence gives range and cosine of a point on a panel; the cosine is 0 where the
// scanner's place is not known.
func (w *search) incidence(i int, normal r3.Vec) (rangeM, cos float64) {
	if w.s.Scan == nil {
		return 1, 0
	}
	d := r3.Sub(w.s.Stations[w.s.Scan[i]], w.s.Cloud.At(i))
	rangeM = r3.Norm(d)
	if rangeM == 0 {
		return 0, 0
	}
	return rangeM, math.Abs(r3.Dot(normal, d)) / rangeM
}

// calibrate fits the model to places that two stations saw.
func (w *search) calibrate(ctx context.Context) error {
	c := &w.m.Calibration
	c.K, c.RangesM, c.G = 1, []float64{1}, []float64{0}
	if w.s.Scan == nil || len(w.s.Stations) < 2 || w.m.Source == "colour" {
		if w.s.Scan == nil || w.m.Source == "colour" { // colour comes from a camera
			c.K = 0
		}
		return nil
	}
	type place struct {
		panel   int16
		u, v    int16
		station uint16
	}
	sums := map[place]*seen{}
	lo, hi := math.Inf(1), 0.0
	for i, k := range w.panel {
		if k < 0 {
			continue
		}
		p := w.m.Panels[k]
		r, cos := w.incidence(i, p.Plane.Normal)
		b := w.brightness(i)
		if cos < leastCos || b <= 0 || b > ceiling {
			continue
		}
		f := int32(math.Round(coarseM / p.CellM))
		at := place{k, int16(w.cell[i] % int32(p.Nu) / f), int16(w.cell[i] / int32(p.Nu) / f), w.s.Scan[i]}
		s := sums[at]
		if s == nil {
			s = &seen{}
			sums[at] = s
		}
		s.n++
		s.logI += math.Log(b)
		s.logCos += math.Log(cos)
		s.logR += math.Log(r)
		lo, hi = min(lo, r), max(hi, r)
	}
	keys := make([]place, 0, len(sums))
	for k, s := range sums {
		if s.n >= 4 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b place) int {
		for _, d := range [4]int{int(a.panel) - int(b.panel), int(a.v) - int(b.v), int(a.u) - int(b.u), int(a.station) - int(b.station)} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	knots := []float64{lo}
	for r := lo * math.Sqrt2; r < hi; r *= math.Sqrt2 {
		knots = append(knots, r)
	}
	knots = append(knots, hi)
	model := Calibration{K: 1, RangesM: knots, G: make([]float64, len(knots))}
	var rows [][]float64 // differences: K, then G but its first
	var rhs []float64
	basis := func(logR float64) []float64 {
		b := make([]float64, len(knots))
		model.hats(logR, func(j int, v float64) { b[j] += v })
		return b
	}
	for i := 0; i+1 < len(keys); i++ {
		a, b := keys[i], keys[i+1]
		if a.panel != b.panel || a.u != b.u || a.v != b.v {
			continue
		}
		s, t := sums[a], sums[b]
		row := make([]float64, len(knots))
		row[0] = s.logCos/s.n - t.logCos/t.n
		x, y := basis(s.logR/s.n), basis(t.logR/t.n)
		for j := 1; j < len(knots); j++ {
			row[j] = x[j] - y[j]
		}
		rows = append(rows, row)
		rhs = append(rhs, s.logI/s.n-t.logI/t.n)
	}
	if c.Pairs = len(rows); len(rows) < leastPairs {
		return nil
	}
	x, rms, ok := robustFit(rows, rhs)
	if !ok || x[0] < 0 || x[0] > 2 {
		return nil
	}
	c.K, c.RangesM, c.G, c.RMS, c.Fitted = x[0], knots, append([]float64{0}, x[1:]...), rms, true
	return ctx.Err()
}

// hats calls f with the two knots around a range and their weights.
func (c *Calibration) hats(logR float64, f func(j int, v float64)) {
	n := len(c.RangesM)
	for j := range n - 1 {
		a, b := math.Log(c.RangesM[j]), math.Log(c.RangesM[j+1])
		if logR <= b || j == n-2 {
			t := 0.0
			if b > a {
				t = min(max((logR-a)/(b-a), 0), 1)
			}
			f(j, 1-t)
			f(j+1, t)
			return
		}
	}
	f(0, 1)
}

// correct takes range and incidence out of a brightness.
func (c *Calibration) correct(b, rangeM, cos float64) float64 {
	g := 0.0
	if rangeM > 0 {
		c.hats(math.Log(rangeM), func(j int, v float64) { g += v * c.G[j] })
	}
	if c.K == 0 {
		return b * math.Exp(-g)
	}
	return b * math.Exp(-g) / math.Pow(max(cos, leastCos/2), c.K)
}

// robustFit solves least squares with Huber's weights and a weak pull towards K = 1
// and a smooth g.
func robustFit(rows [][]float64, rhs []float64) (x []float64, rms float64, ok bool) {
	n := len(rows[0])
	x = make([]float64, n)
	x[0] = 1
	weight := make([]float64, len(rows))
	for i := range weight {
		weight[i] = 1
	}
	dev := make([]float64, len(rows))
	for range 8 {
		a, b := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
		for i, r := range rows {
			for j := range n {
				b.SetVec(j, b.AtVec(j)+weight[i]*r[j]*rhs[i])
				for k := j; k < n; k++ {
					a.SetSym(j, k, a.At(j, k)+weight[i]*r[j]*r[k])
				}
			}
		}
		a.SetSym(0, 0, a.At(0, 0)+1)
		b.SetVec(0, b.AtVec(0)+1)
		for j := 2; j+1 < n; j++ { // second differences of g
			for _, e := range [9][3]float64{{-1, -1, 1}, {-1, 0, -2}, {-1, 1, 1}, {0, 0, 4}, {0, 1, -2}, {1, 1, 1}} {
				p, q := j+int(e[0]), j+int(e[1])
				if p <= q {
					a.SetSym(p, q, a.At(p, q)+0.5*e[2])
				}
			}
		}
		for j := 1; j < n; j++ {
			a.SetSym(j, j, a.At(j, j)+1e-6)
		}
		var chol mat.Cholesky
		if !chol.Factorize(a) {
			return nil, 0, false
		}
		var sol mat.VecDense
		if chol.SolveVecTo(&sol, b) != nil {
			return nil, 0, false
		}
		copy(x, sol.RawVector().Data)
		for i, r := range rows {
			d := -rhs[i]
			for j := range n {
				d += r[j] * x[j]
			}
			dev[i] = math.Abs(d)
		}
		sorted := slices.Clone(dev)
		slices.Sort(sorted)
		sigma := max(1.4826*sorted[len(sorted)/2], 1e-6)
		rms = sigma
		for i, d := range dev {
			weight[i] = 1
			if d > 1.5*sigma {
				weight[i] = 1.5 * sigma / d
			}
		}
	}
	return x, rms, true
}

// fill puts corrected brightness, colour and distance into the cells.
func (w *search) fill(ctx context.Context) error {
	type sums struct{ n, b, l, d float64 }
	cells := make([][]sums, len(w.m.Panels))
	for k, p := range w.m.Panels {
		cells[k] = make([]sums, p.Nu*p.Nv)
	}
	for i, k := range w.panel {
		if k < 0 {
			continue
		}
		p := w.m.Panels[k]
		s := &cells[k][w.cell[i]]
		q := w.s.Cloud.At(i)
		p.Count[w.cell[i]]++
		s.d += p.Plane.Distance(q)
		if w.s.Cloud.RGB != nil {
			s.l += luminance(w.s.Cloud.RGB[3*i:])
		}
		r, cos := w.incidence(i, p.Plane.Normal)
		if w.s.Scan != nil && w.m.Source != "colour" && cos < leastCos {
			continue
		}
		s.n++
		s.b += w.m.Calibration.correct(w.brightness(i), r, cos)
	}
	nan := float32(math.NaN())
	for k, p := range w.m.Panels {
		for c, s := range cells[k] {
			p.Reflectance[c], p.Luminance[c], p.distM[c] = nan, nan, nan
			if s.n > 0 {
				p.Reflectance[c] = float32(s.b / s.n)
			}
			if n := float64(p.Count[c]); n > 0 {
				p.distM[c] = float32(s.d / n)
				if w.s.Cloud.RGB != nil {
					p.Luminance[c] = float32(s.l / n)
				}
			}
			p.Class[c] = Unknown
		}
		p.Reflectance = medianFilter(p, p.Reflectance)
	}
	return ctx.Err()
}

// medianFilter takes the median of the 3x3 cells that have a value. A cell without
// one is filled where at least three around it have.
func medianFilter(p *Panel, in []float32) []float32 {
	out := make([]float32, len(in))
	var near [9]float32
	for y := range p.Nv {
		for x := range p.Nu {
			n := 0
			for v := max(y-1, 0); v <= min(y+1, p.Nv-1); v++ {
				for u := max(x-1, 0); u <= min(x+1, p.Nu-1); u++ {
					if f := in[v*p.Nu+u]; f == f {
						near[n] = f
						n++
					}
				}
			}
			i := y*p.Nu + x
			if n == 0 || in[i] != in[i] && n < 3 || !p.inside[i] {
				out[i] = float32(math.NaN())
				continue
			}
			slices.Sort(near[:n])
			out[i] = near[n/2]
		}
	}
	return out
}
