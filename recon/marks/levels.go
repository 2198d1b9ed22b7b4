package marks

import (
	"context"
	"math"
	"slices"
)

// Levels are the modes of corrected brightness that the thresholds lie between,
// relative to each surface's clean level.
type Levels struct {
	Clean   float64 // brightness of clean walls and ceilings, in the cloud's own unit
	Soot    float64 // share of it that light soot gives back; 0 where there is no such mode
	Black   float64 // share that heavy soot and char give back; 0 where there is no such mode
	SootAt  float64 // below this share a place is sooted
	BlackAt float64 // below this share it is heavy soot or char
	Spread  float64 // standard deviation of the logarithm on clean surfaces
}

const (
	binLog = 0.04
	// Without modes: soot halves white paint or more, char and heavy soot give back
	// less than an eighth of it (albedo of soot .03-.1, of white paint .7-.85).
	plainSootAt  = 0.7
	plainBlackAt = 0.2
	leastMode    = 0.03 // share of the cells within a mode
)

// mode is a peak of a histogram of logarithms.
type mode struct{ level, share float64 }

// modes finds the peaks of the logarithms of values, rising.
func modes(values []float64, leastShare float64) []mode {
	if len(values) == 0 {
		return nil
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		lo, hi = min(lo, v), max(hi, v)
	}
	n := int((hi-lo)/binLog) + 9
	raw := make([]float64, n)
	for _, v := range values {
		raw[int((v-lo)/binLog)+4]++
	}
	smooth := make([]float64, n)
	for i := 2; i < n-2; i++ {
		smooth[i] = raw[i-2] + 2*raw[i-1] + 3*raw[i] + 2*raw[i+1] + raw[i+2]
	}
	var out []mode
	for i := 2; i < n-2; i++ {
		peak := smooth[i] > 0
		for d := 1; d <= 4 && peak; d++ { // the highest within .16 each way
			peak = (i-d < 0 || smooth[i-d] < smooth[i]) && (i+d >= n || smooth[i+d] <= smooth[i])
		}
		if !peak {
			continue
		}
		count := 0.0
		for j := max(i-4, 0); j <= min(i+4, n-1); j++ {
			count += raw[j]
		}
		if share := count / float64(len(values)); share >= leastShare {
			out = append(out, mode{math.Exp(lo + (float64(i-4)+0.5)*binLog), share})
		}
	}
	return out
}

// levels finds the clean level of each panel and the thresholds.
func (w *search) levels(ctx context.Context) error {
	l := &w.m.Levels
	var all []float64
	for _, p := range w.m.Panels {
		if p.Kind != Floor {
			all = p.logs(all)
		}
	}
	found := modes(all, leastMode)
	if len(found) == 0 { // no walls or ceilings: floors alone
		for _, p := range w.m.Panels {
			all = p.logs(all)
		}
		if found = modes(all, leastMode); len(found) == 0 {
			return ErrNoBrightness
		}
	}
	l.Clean = found[len(found)-1].level
	var shares []float64
	for _, p := range w.m.Panels {
		own := modes(p.logs(nil), 0.04)
		p.CleanLevel = l.Clean
		least := 0.6
		if p.Kind == Floor { // of another material; black all over it is no reference
			least = plainBlackAt
		}
		if n := len(own); n > 0 && own[n-1].level >= least*l.Clean {
			p.CleanLevel, p.CleanOwn = own[n-1].level, true
		}
		if p.Kind != Floor {
			for _, v := range p.logs(nil) {
				shares = append(shares, v-math.Log(p.CleanLevel))
			}
		}
	}
	l.SootAt, l.BlackAt = plainSootAt, plainBlackAt
	var soot, black mode
	for _, m := range modes(shares, 0.01) {
		switch {
		case m.level < plainBlackAt+0.05 && m.share > black.share:
			black = m
		case m.level >= plainBlackAt+0.05 && m.level < 0.75 && m.share > soot.share:
			soot = m
		}
	}
	if soot.share > 0 {
		l.Soot, l.SootAt = soot.level, (1+soot.level)/2
	}
	if black.share > 0 {
		l.Black = black.level
		s := l.Soot
		if s == 0 {
			s = 0.45
		}
		l.BlackAt = math.Sqrt(black.level * s)
	}
	var clean []float64
	for _, v := range shares {
		if v > math.Log(l.SootAt) {
			clean = append(clean, math.Abs(v))
		}
	}
	slices.Sort(clean)
	l.Spread = 0.05
	if len(clean) > 0 {
		l.Spread = max(l.Spread, 1.4826*clean[len(clean)/2])
	}
	return ctx.Err()
}

// logs adds the logarithms of a panel's cells.
func (p *Panel) logs(out []float64) []float64 {
	for i, r := range p.Reflectance {
		if r > 0 && p.inside[i] {
			out = append(out, math.Log(float64(r)))
		}
	}
	return out
}

// share is a cell's brightness relative to the panel's clean level; NaN where it is
// not known.
func (p *Panel) share(i int) float64 { return float64(p.Reflectance[i]) / p.CleanLevel }
