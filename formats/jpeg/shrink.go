package jpeg

import (
	"image"
	"math"
)

// span is the weights of samples that make up one pixel along an axis.
type span struct {
	from    int
	weights []float32
}

func (s *span) end() int { return s.from + len(s.weights) }

// spans divides extent samples, of which whole ones lie in memory, among n pixels:
// each takes the mean of what it covers, and of a sample's width at least, which
// interpolates where there are fewer samples than pixels.
func spans(n int, extent float64, inMemory int) []span {
	out := make([]span, n)
	step := extent / float64(n)
	half := max(step, 1) / 2
	room := make([]float32, 0, n*(int(2*half)+2))
	for i := range out {
		mid := (float64(i) + 0.5) * step
		a, b := max(0, mid-half), min(extent, mid+half)
		from, to := int(a), min(int(math.Ceil(b)), inMemory)
		from = min(from, inMemory-1)
		to = max(to, from+1)
		room = append(room, make([]float32, to-from)...)
		w, sum := room[len(room)-to+from:len(room):len(room)], float32(0)
		for k := range w {
			w[k] = float32(max(min(b, float64(from+k+1))-max(a, float64(from+k)), 1e-6))
			sum += w[k]
		}
		for k := range w {
			w[k] /= sum
		}
		out[i] = span{from, w}
	}
	return out
}

// draw makes the picture from the planes.
func (p *preview) draw(s *Small) {
	w := &p.w
	p.transform()
	width, height := fit(w.rep.Width, w.rep.Height, p.maxPx)
	nc := w.rep.Components
	var values [4][]float32 // one a pixel; negative where there is none
	for i := range nc {
		values[i] = p.shrink(i, width, height)
	}
	s.Image = image.NewRGBA(image.Rect(0, 0, width, height))
	s.Complete = p.complete()
	// Lightness alone is shown where the colour would follow in scans of its own.
	var mayLack [4]bool
	for i := 1; i < 3 && nc == 3 && !p.isRGB(); i++ {
		mayLack[i] = !p.planes[0].interleaved
	}
	for c := range nc {
		for i, v := range values[c] {
			if v >= 0 {
				continue
			}
			values[c][i] = grey
			if !mayLack[c] {
				if s.Missing == nil {
					s.Missing = make([]bool, width*height)
				}
				s.Missing[i] = true
			}
		}
	}
	p.colours(s.Image.Pix, &values)
	for i, gone := range s.Missing {
		if gone {
			copy(s.Image.Pix[4*i:], []uint8{grey, grey, grey})
		}
	}
}

// fit is the size of a picture made small.
func fit(w, h, maxPx int) (int, int) {
	if w <= maxPx && h <= maxPx {
		return w, h
	}
	if w >= h {
		return maxPx, max(1, (h*maxPx+w/2)/w)
	}
	return max(1, (w*maxPx+h/2)/h), maxPx
}

// shrink averages the samples of a component to one a pixel.
func (p *preview) shrink(i, width, height int) []float32 {
	w := &p.w
	c, pl := &w.comps[i], &p.planes[i]
	out := make([]float32, width*height)
	ex := float64(w.rep.Width*c.h*pl.n) / float64(8*w.hMax)
	ey := float64(w.rep.Height*c.v*pl.n) / float64(8*w.vMax)
	across := spans(width, ex, pl.stride)
	down := spans(height, ey, w.mcusH*c.v*pl.n)
	acc := make([]float32, pl.stride)
	for y := range down {
		d := &down[y]
		row := out[y*width : (y+1)*width]
		there := pl.reach(c, w.mcusW, (d.end()-1)/pl.n) * pl.n // in samples
		n := width
		for ; n > 0 && across[n-1].end() > there; n-- {
			row[n-1] = -1
		}
		if n == 0 {
			continue
		}
		end := across[n-1].end()
		sums := acc[:end]
		for k, f := range d.weights {
			from := pl.pix[(d.from+k)*pl.stride:][:len(sums)]
			if k == 0 {
				for x, v := range from {
					sums[x] = f * float32(v)
				}
				continue
			}
			for x, v := range from {
				sums[x] += f * float32(v)
			}
		}
		for x := range n {
			s := &across[x]
			var sum float32
			for k, v := range sums[s.from:s.end()] {
				sum += s.weights[k] * v
			}
			row[x] = sum
		}
	}
	return out
}

func level(x float32) uint8 { return uint8(max(0, min(255, x+0.5))) }

// colours turns components into colours: the equations of JFIF 1.02, and for four
// components the mixture of inks.
func (p *preview) colours(pix []uint8, values *[4][]float32) {
	w := &p.w
	first := values[0]
	switch {
	case w.rep.Components == 1:
		for i, v := range first {
			g := level(v)
			pix[4*i], pix[4*i+1], pix[4*i+2], pix[4*i+3] = g, g, g, 255
		}
		return
	case w.rep.Components == 3 && p.isRGB():
		for i, v := range first {
			pix[4*i], pix[4*i+1], pix[4*i+2], pix[4*i+3] = level(v), level(values[1][i]), level(values[2][i]), 255
		}
		return
	}
	if w.rep.Components == 3 || w.adobe > 0 {
		second, third := values[1], values[2]
		for i, y := range first {
			cb, cr := second[i]-128, third[i]-128
			first[i], second[i], third[i] = y+1.402*cr, y-0.344136*cb-0.714136*cr, y+1.772*cb
		}
	}
	for i, r := range first {
		g, b := values[1][i], values[2][i]
		if w.rep.Components == 4 {
			k := values[3][i]
			r, g, b = max(0, min(255, r)), max(0, min(255, g)), max(0, min(255, b))
			// Adobe stores what the ink leaves of the paper; others the ink itself. YCCK
			// is the transform of the complement of what is stored.
			if w.adobe < 0 {
				k = 255 - k
			}
			if w.adobe < 0 || w.adobe > 0 {
				r, g, b = 255-r, 255-g, 255-b
			}
			r, g, b = r*k/255, g*k/255, b*k/255
		}
		pix[4*i], pix[4*i+1], pix[4*i+2], pix[4*i+3] = level(r), level(g), level(b), 255
	}
}
