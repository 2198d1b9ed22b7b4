package marks

import (
	"context"
	"math"
	"slices"
)

// classify gives each cell its class: by brightness, then by what surrounds it, then
// by depth.
func (w *search) classify(ctx context.Context) error {
	l := &w.m.Levels
	lines := map[string]*SootLine{}
	for i := range w.m.SootLines {
		lines[w.m.SootLines[i].Room] = &w.m.SootLines[i]
	}
	colour := w.colourModel()
	for _, p := range w.m.Panels {
		trust := 1.0
		if !p.CleanOwn && (lines[p.Room] == nil || p.Kind != Ceiling) {
			trust = 0.6 // dark all over, and no smoke layer explains it: perhaps its paint
		}
		for i := range p.Class {
			q := p.share(i)
			if !(q > 0) || !p.inside[i] {
				continue
			}
			p.Class[i] = l.classOf(q)
			p.Confidence[i] = float32(trust * l.confidence(q) * colour.agreement(p, i))
		}
		w.enclosed(p)
	}
	for i := range w.m.Spalls {
		s := &w.m.Spalls[i]
		p := w.panelNamed(s.Panel)
		for _, c := range s.Cells {
			p.Class[c], p.Confidence[c] = Spall, max(p.Confidence[c], 0.8)
		}
	}
	return ctx.Err()
}

func (w *search) panelNamed(name string) *Panel {
	for _, p := range w.m.Panels {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func (l *Levels) classOf(q float64) Class {
	switch {
	case q < l.BlackAt:
		return Heavy
	case q < l.SootAt:
		return LightSoot
	}
	return Clean
}

// confidence grows with the distance from the nearest threshold, in standard
// deviations of clean surfaces: .5 on it.
func (l *Levels) confidence(q float64) float64 {
	d := min(math.Abs(math.Log(q/l.BlackAt)), math.Abs(math.Log(q/l.SootAt)))
	return 1 - 0.5*math.Exp(-d/(2*l.Spread))
}

// enclosed finds bright patches within black: clean burn, or spalling where the
// surface lies back.
func (w *search) enclosed(p *Panel) {
	l := &w.m.Levels
	bright := make([]bool, len(p.Class))
	for i, c := range p.Class {
		bright[i] = c == Clean || c == LightSoot
	}
	limit := max(4*p.DepthSigmaM, leastDepthM)
	for _, part := range p.parts(bright) {
		area := float64(len(part)) * p.CellM * p.CellM
		if area < 0.004 || len(part)*3 > len(p.Class) {
			continue
		}
		black, other := 0, 0
		q, deep := 0.0, 0
		for _, i := range part {
			q += p.share(i) / float64(len(part))
			if float64(p.DepthM[i]) > limit {
				deep++
			}
			n := 0
			p.around(i, func(j int) {
				n++
				switch {
				case p.Class[j] == Heavy:
					black++
				case !bright[j]:
					other++
				}
			})
			other += 4 - n // the panel's end
		}
		if black < 3*(black+other)/5 || black == 0 {
			continue
		}
		class := Clean
		switch {
		case 5*deep > len(part):
			class = Spall
		case q > (l.BlackAt+l.SootAt)/2:
			class = CleanBurn
		default:
			continue
		}
		for _, i := range part {
			p.Class[i] = class
		}
		if class == Spall {
			w.widen(p, part)
		}
	}
}

// widen takes the patch that colour shows around a crater into its mark: towards its
// rim a crater is too shallow to be seen by depth.
func (w *search) widen(p *Panel, part []int) {
	in := map[int]bool{}
	for _, i := range part {
		in[i] = true
	}
	for k := range w.m.Spalls {
		s := &w.m.Spalls[k]
		if s.Panel != p.Name || !in[s.Cells[0]] {
			continue
		}
		for _, i := range s.Cells {
			delete(in, i)
		}
		for i := range in {
			s.Cells = append(s.Cells, i)
		}
		slices.Sort(s.Cells)
		s.AreaM2 = float64(len(s.Cells)) * p.CellM * p.CellM
		s.MeanM, s.VolumeM3 = 0, 0
		for _, i := range s.Cells {
			if d := float64(p.DepthM[i]); d == d {
				s.VolumeM3 += max(d, 0) * p.CellM * p.CellM
			}
		}
		s.MeanM = s.VolumeM3 / s.AreaM2
		return
	}
}

// colourModel is how the logarithm of luminance follows that of corrected intensity
// over walls and ceilings.
type colourModel struct {
	a, b, sigma float64
	ok          bool
}

func (w *search) colourModel() colourModel {
	var m colourModel
	if w.m.Source == "colour" || w.s.Cloud.RGB == nil {
		return m
	}
	var n, sx, sy, sxx, sxy, syy float64
	each := func(f func(x, y float64)) {
		for _, p := range w.m.Panels {
			for i, r := range p.Reflectance {
				if l := p.Luminance[i]; p.inside[i] && r > 0 && l > 0 {
					f(math.Log(float64(r)), math.Log(float64(l)))
				}
			}
		}
	}
	each(func(x, y float64) {
		n++
		sx, sy, sxx, sxy, syy = sx+x, sy+y, sxx+x*x, sxy+x*y, syy+y*y
	})
	vx, vy, c := sxx-sx*sx/n, syy-sy*sy/n, sxy-sx*sy/n
	if n < 1000 || !(c > 0.5*math.Sqrt(vx*vy)) { // colour and intensity do not go together
		return m
	}
	m.b = c / vx
	m.a = (sy - m.b*sx) / n
	var dev []float64
	each(func(x, y float64) { dev = append(dev, math.Abs(y-m.a-m.b*x)) })
	m.sigma, m.ok = max(1.4826*median(dev), 0.05), true
	return m
}

// agreement is less than 1 where colour says something else than intensity.
func (m colourModel) agreement(p *Panel, i int) float64 {
	if !m.ok || !(p.Luminance[i] > 0) {
		return 1
	}
	if d := math.Abs(math.Log(float64(p.Luminance[i])) - m.a - m.b*math.Log(float64(p.Reflectance[i]))); d > 3*m.sigma {
		return 0.7
	}
	return 1
}

// median sorts v and returns its middle.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
