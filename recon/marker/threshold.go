package marker

import (
	"math"

	"firescene/recon/feature"
)

// smoothed is a photo after a binomial filter of three by three, which takes most
// of the noise before the threshold. Places are measured in the photo itself.
func smoothed(g feature.Gray) feature.Gray {
	out := feature.Gray{W: g.W, H: g.H, Pix: make([]float32, g.W*g.H)}
	row := make([]float32, g.W)
	for y := range g.H {
		a, b, c := g.Pix[max(0, y-1)*g.W:], g.Pix[y*g.W:], g.Pix[min(g.H-1, y+1)*g.W:]
		for x := range row {
			row[x] = (a[x] + 2*b[x] + c[x]) / 4
		}
		dst := out.Pix[y*g.W : (y+1)*g.W]
		for x := range dst {
			dst[x] = (row[max(0, x-1)] + 2*row[x] + row[min(g.W-1, x+1)]) / 4
		}
	}
	return out
}

const tilePx = 4

// extremes are the least and greatest brightness of tiles.
type extremes struct {
	w, h   int
	lo, hi []float32
}

// around widens every tile's extremes to its eight neighbours.
func (e *extremes) around() extremes {
	out := extremes{e.w, e.h, make([]float32, len(e.lo)), make([]float32, len(e.hi))}
	rowLo, rowHi := make([]float32, len(e.lo)), make([]float32, len(e.hi))
	for y := range e.h {
		for x := range e.w {
			i := y*e.w + x
			l, r := y*e.w+max(0, x-1), y*e.w+min(e.w-1, x+1)
			rowLo[i], rowHi[i] = min(e.lo[l], e.lo[i], e.lo[r]), max(e.hi[l], e.hi[i], e.hi[r])
		}
	}
	for y := range e.h {
		for x := range e.w {
			i := y*e.w + x
			u, d := max(0, y-1)*e.w+x, min(e.h-1, y+1)*e.w+x
			out.lo[i], out.hi[i] = min(rowLo[u], rowLo[i], rowLo[d]), max(rowHi[u], rowHi[i], rowHi[d])
		}
	}
	return out
}

// halved joins tiles two by two.
func (e *extremes) halved() extremes {
	out := extremes{w: (e.w + 1) / 2, h: (e.h + 1) / 2}
	out.lo, out.hi = make([]float32, out.w*out.h), make([]float32, out.w*out.h)
	for y := range out.h {
		for x := range out.w {
			lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
			for dy := range 2 {
				for dx := range 2 {
					i := min(e.h-1, 2*y+dy)*e.w + min(e.w-1, 2*x+dx)
					lo, hi = min(lo, e.lo[i]), max(hi, e.hi[i])
				}
			}
			out.lo[y*out.w+x], out.hi[y*out.w+x] = lo, hi
		}
	}
	return out
}

// threshold says which pixels are darker than the middle of what lies about them.
// How far about grows until it holds enough contrast, so that large dark shapes
// are filled, as well as small ones: a pyramid of the extremes of tiles.
func threshold(g feature.Gray) []bool {
	e := extremes{w: (g.W + tilePx - 1) / tilePx, h: (g.H + tilePx - 1) / tilePx}
	e.lo, e.hi = make([]float32, e.w*e.h), make([]float32, e.w*e.h)
	for i := range e.lo {
		e.lo[i], e.hi[i] = float32(math.Inf(1)), float32(math.Inf(-1))
	}
	for y := range g.H {
		row := g.Pix[y*g.W : (y+1)*g.W]
		tiles := y / tilePx * e.w
		for x, v := range row {
			i := tiles + x/tilePx
			e.lo[i], e.hi[i] = min(e.lo[i], v), max(e.hi[i], v)
		}
	}
	w := e.w
	level := make([]float32, e.w*e.h) // 0: not known yet
	known := make([]bool, len(level))
	least := leastContrast(g)
	for shift := 0; ; shift++ {
		about := e.around()
		open := false
		for i := range level {
			if known[i] {
				continue
			}
			k := (i/w)>>shift*about.w + (i%w)>>shift
			if about.hi[k]-about.lo[k] >= least {
				level[i], known[i] = (about.hi[k]+about.lo[k])/2, true
			} else {
				open = true
			}
		}
		if !open || e.w == 1 && e.h == 1 {
			break
		}
		e = e.halved()
	}
	out := make([]bool, g.W*g.H)
	for y := range g.H {
		row := g.Pix[y*g.W : (y+1)*g.W]
		tiles := y / tilePx * w
		for x, v := range row {
			i := tiles + x/tilePx
			out[y*g.W+x] = known[i] && v < level[i]
		}
	}
	return out
}

// leastContrast is the difference that counts as one: above what noise alone
// spreads over a whole photo, some ten deviations. The noise is that of the calmest
// fifth of neighbours, so that texture does not count as noise.
func leastContrast(g feature.Gray) float32 {
	const bins = 4096
	var count [bins]int
	n := 0
	for y := 1; y < g.H; y += 3 {
		for x := 1; x < g.W; x += 3 {
			d := g.Pix[y*g.W+x] - g.Pix[y*g.W+x-1]
			if d < 0 {
				d = -d
			}
			k := bins - 1
			if d < 1 { // not for what is no number
				k = int(d * bins)
			}
			count[k]++
			n++
		}
	}
	sum, fifth := 0, 0
	for i, c := range count {
		if sum += c; 5*sum >= n {
			fifth = i
			break
		}
	}
	// A fifth of the differences of neighbours is below a quarter of their
	// deviation, which after smoothing is .8 of the noise's.
	return min(mostContrast, max(minContrast, 52*float32(fifth)/bins))
}
