package align

import "firescene/recon/feature"

// levels is the number of sizes of a picture that patches are compared at.
const levels = 4

// plane is one size of a picture; (0,0) is the centre of its first pixel, and
// pixel (x, y) lies at (2^level x, 2^level y) of the picture itself.
type plane struct {
	w, h int
	pix  []float32
}

// pyramid holds a picture at its sizes, each smooth enough to be read between
// its pixels (P. Burt and E. Adelson, The Laplacian pyramid as a compact image
// code, IEEE Trans. Communications 1983).
type pyramid struct {
	planes [levels]plane
	row    []float32
}

// build fills the planes from a picture.
func (p *pyramid) build(img feature.Gray) {
	first := &p.planes[0]
	first.size(img.W, img.H)
	p.smooth(first.pix, img.Pix, img.W, img.H, 1)
	for l := 1; l < levels; l++ {
		a, b := &p.planes[l-1], &p.planes[l]
		b.size((a.w+1)/2, (a.h+1)/2)
		p.smooth(b.pix, a.pix, a.w, a.h, 2)
	}
}

func (p *plane) size(w, h int) {
	p.w, p.h = w, h
	if cap(p.pix) < w*h {
		p.pix = make([]float32, w*h)
	}
	p.pix = p.pix[:w*h]
}

// smooth writes every step-th pixel of src under the binomial kernel of five
// taps, whose standard deviation is one pixel.
func (p *pyramid) smooth(dst, src []float32, w, h, step int) {
	if cap(p.row) < w+4 {
		p.row = make([]float32, w+4)
	}
	row := p.row[:w+4]
	at := 0
	for y := 0; y < h; y += step {
		line := func(dy int) []float32 {
			k := min(max(y+dy, 0), h-1)
			return src[k*w : k*w+w]
		}
		a, b, c, d, e := line(-2), line(-1), line(0), line(1), line(2)
		for x := range c {
			row[x+2] = (a[x] + e[x] + 4*(b[x]+d[x]) + 6*c[x]) * (1.0 / 16)
		}
		row[0], row[1], row[w+2], row[w+3] = row[2], row[2], row[w+1], row[w+1]
		for x := 0; x < w; x += step {
			r := row[x : x+5]
			dst[at] = (r[0] + r[4] + 4*(r[1]+r[3]) + 6*r[2]) * (1.0 / 16)
			at++
		}
	}
}

// holds reports whether a patch of the given half side about a place is inside.
func (p *plane) holds(x, y, half float64) bool {
	return x-half >= 1 && y-half >= 1 && x+half < float64(p.w-2) && y+half < float64(p.h-2)
}

// bilinear is the value between pixels; the place must be inside.
func (p *plane) bilinear(x, y float32) float32 {
	xi, yi := int(x), int(y)
	fx, fy := x-float32(xi), y-float32(yi)
	i := yi*p.w + xi
	a, b := p.pix[i:i+2:i+2], p.pix[i+p.w:i+p.w+2]
	top, low := a[0]+fx*(a[1]-a[0]), b[0]+fx*(b[1]-b[0])
	return top + fy*(low-top)
}
