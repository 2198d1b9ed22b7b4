package feature

import (
	"context"
	"math"
)

// extremum is a point of the scale space, in pixels of its octave with (0,0) at
// the centre of the first pixel.
type extremum struct {
	x, y     float32
	sigma    float32 // in the octave's pixels
	octave   int
	plane    int // Gaussian plane nearest in scale, neither the first nor the last
	response float32
}

// sigmaPx orders keypoints of all octaves of one photo by scale.
func (e extremum) sigmaPx() float32 { return e.sigma * float32(int(1)<<e.octave) }

// search appends the extrema of an octave. The differences of Gaussians are
// formed as they are needed: few pixels pass the first test.
func (d *Detector) search(ctx context.Context, out []extremum, octave int, peak float32) ([]extremum, error) {
	const border = 5
	limit := 0.8 * peak
	oct := &d.octaves[octave]
	w, h := oct.w, oct.h
	for s := 1; s <= scalesPerOctave; s++ {
		g0, g1, g2, g3 := oct.planes[s-1], oct.planes[s], oct.planes[s+1], oct.planes[s+2]
		for y := border; y < h-border; y++ {
			if y%256 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			lo, hi := y*w+border, y*w+w-border
			a, b := g1[lo:hi], g2[lo:hi]
			b = b[:len(a)]
			for j, v := range a {
				c := b[j] - v
				if c < limit && c > -limit {
					continue
				}
				i := lo + j
				if c > 0 && isMax(c, g1, g2, i, w) && isMaxAcross(c, g0, g1, i, w) && isMaxAcross(c, g2, g3, i, w) ||
					c < 0 && isMax(-c, g2, g1, i, w) && isMaxAcross(-c, g1, g0, i, w) && isMaxAcross(-c, g3, g2, i, w) {
					if e, ok := d.refine(oct, border+j, y, s, peak); ok {
						e.octave = octave
						out = append(out, e)
					}
				}
			}
		}
	}
	return out, nil
}

// isMax reports whether c is above the eight neighbours of i in hi-lo.
func isMax(c float32, lo, hi []float32, i, w int) bool {
	return c > hi[i-1]-lo[i-1] && c > hi[i+1]-lo[i+1] && c > hi[i-w]-lo[i-w] && c > hi[i+w]-lo[i+w] &&
		c > hi[i-w-1]-lo[i-w-1] && c > hi[i-w+1]-lo[i-w+1] && c > hi[i+w-1]-lo[i+w-1] && c > hi[i+w+1]-lo[i+w+1]
}

// isMaxAcross reports whether c is above the nine values about i in hi-lo.
func isMaxAcross(c float32, lo, hi []float32, i, w int) bool {
	return c > hi[i]-lo[i] && isMax(c, lo, hi, i, w)
}

// refine fits a quadratic about the sample (Brown and Lowe, Invariant features
// from interest point groups, BMVC 2002) and rejects low contrast and edges.
func (d *Detector) refine(oct *octave, x, y, s int, least float32) (extremum, bool) {
	w, h := oct.w, oct.h
	dog := func(s, i int) float64 { return float64(oct.planes[s+1][i] - oct.planes[s][i]) }
	var ox, oy, os float64
	for step := 0; ; step++ {
		i := y*w + x
		c := dog(s, i)
		gx := (dog(s, i+1) - dog(s, i-1)) / 2
		gy := (dog(s, i+w) - dog(s, i-w)) / 2
		gs := (dog(s+1, i) - dog(s-1, i)) / 2
		xx := dog(s, i+1) + dog(s, i-1) - 2*c
		yy := dog(s, i+w) + dog(s, i-w) - 2*c
		ss := dog(s+1, i) + dog(s-1, i) - 2*c
		xy := (dog(s, i+w+1) - dog(s, i+w-1) - dog(s, i-w+1) + dog(s, i-w-1)) / 4
		xs := (dog(s+1, i+1) - dog(s+1, i-1) - dog(s-1, i+1) + dog(s-1, i-1)) / 4
		ys := (dog(s+1, i+w) - dog(s+1, i-w) - dog(s-1, i+w) + dog(s-1, i-w)) / 4
		// Cramer's rule for the symmetric 3x3 system.
		cxx, cxy, cxs := yy*ss-ys*ys, xs*ys-xy*ss, xy*ys-xs*yy
		det := xx*cxx + xy*cxy + xs*cxs
		if det == 0 {
			return extremum{}, false
		}
		cyy, cys, css := xx*ss-xs*xs, xy*xs-xx*ys, xx*yy-xy*xy
		ox = -(cxx*gx + cxy*gy + cxs*gs) / det
		oy = -(cxy*gx + cyy*gy + cys*gs) / det
		os = -(cxs*gx + cys*gy + css*gs) / det
		dx, dy := stepOf(ox), stepOf(oy)
		if nx, ny := x+dx, y+dy; step < 4 && (dx != 0 || dy != 0) && nx >= 2 && ny >= 2 && nx < w-2 && ny < h-2 {
			x, y = nx, ny
			continue
		}
		if math.Abs(ox) > 1.5 || math.Abs(oy) > 1.5 || math.Abs(os) > 1.5 {
			return extremum{}, false
		}
		peak := c + (gx*ox+gy*oy+gs*os)/2
		tr, de := xx+yy, xx*yy-xy*xy
		r := float64(d.opt.EdgeRatio)
		if math.Abs(peak) < float64(least) || de <= 0 || tr*tr*r >= (r+1)*(r+1)*de {
			return extremum{}, false
		}
		fx, fy, fs := float64(x)+ox, float64(y)+oy, float64(s)+os
		if fx < 1 || fy < 1 || fx > float64(w-2) || fy > float64(h-2) {
			return extremum{}, false
		}
		return extremum{
			x: float32(fx), y: float32(fy), sigma: float32(planeSigma(fs)),
			plane:    min(max(int(math.Round(fs)), 1), gaussiansPerOctave-2),
			response: float32(math.Abs(peak)),
		}, true
	}
}

func stepOf(v float64) int {
	switch {
	case v > 0.6:
		return 1
	case v < -0.6:
		return -1
	}
	return 0
}
