package audit

import (
	"math"

	"firescene/recon/feature"
)

// tile is a piece of a photo with its gradients at two scales.
type tile struct {
	w, h        int
	pix         []float32
	fine, broad []float32 // blurred by fineSigma and broadSigma
	rows        []float32
}

const (
	fineSigma  = 1.0
	broadSigma = 2.0
	// A central difference blurs a step by a third of a squared pixel.
	differenceVariance = 1.0 / 3
	margin             = 7 // that the kernels reach beyond
	leastGradient      = 0.01
	blockSide          = 16
)

// edge is a place at which brightness changes most.
type edge struct {
	variance  float64 // of the blur across it, in squared pixels; may be a little below zero
	direction float64 // of the change, 0..pi
}

func (t *tile) cut(img feature.Gray, x, y, w, h int) {
	t.w, t.h = w, h
	t.pix = resize(t.pix, w*h)
	for r := range h {
		copy(t.pix[r*w:(r+1)*w], img.Pix[(y+r)*img.W+x:])
	}
}

func resize(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// noise adds the standard deviation of the noise of each block of the tile that is
// not at the ends of the range, after J. Immerkaer, Fast noise variance
// estimation, CVIU 1996: the operator answers to what is neither even nor a ramp.
func (t *tile) noise(out []float64) []float64 {
	for by := 1; by+blockSide < t.h; by += blockSide {
		for bx := 1; bx+blockSide < t.w; bx += blockSide {
			sum, level := float32(0), float32(0)
			for y := by; y < by+blockSide; y++ {
				a, b, c := t.pix[(y-1)*t.w+bx-1:], t.pix[y*t.w+bx-1:], t.pix[(y+1)*t.w+bx-1:]
				for x := range blockSide {
					v := a[x] - 2*a[x+1] + a[x+2] - 2*(b[x]-2*b[x+1]+b[x+2]) + c[x] - 2*c[x+1] + c[x+2]
					sum += max(v, -v)
					level += b[x+1]
				}
			}
			const n = blockSide * blockSide
			if level > 0.06*n && level < 0.94*n {
				out = append(out, math.Sqrt(math.Pi/2)/6*float64(sum)/n)
			}
		}
	}
	return out
}

// edges adds the edges of the tile that stand out of the noise. Their blur is told
// from how much more they lose by a wide filter than by a narrow one, after
// S. Zhuo and T. Sim, Defocus map estimation from a single image, Pattern
// Recognition 2011: a step blurred by s has a gradient of 1/sqrt(s^2 + f^2) after
// a filter of f.
func (t *tile) edges(out []edge, noise float64) []edge {
	n := t.w * t.h
	t.fine, t.broad, t.rows = resize(t.fine, n), resize(t.broad, n), resize(t.rows, n)
	t.blur(t.fine, fineKernel)
	t.blur(t.broad, broadKernel)
	// the gradient of noise behind the narrow filter is a fifth of the noise
	least := float32(max(leastGradient, 8*0.2*noise))
	w := t.w
	for y := margin; y < t.h-margin; y++ {
		for x := margin; x < w-margin; x++ {
			i := y*w + x
			gx, gy := (t.fine[i+1]-t.fine[i-1])/2, (t.fine[i+w]-t.fine[i-w])/2
			g2 := gx*gx + gy*gy
			if g2 < least*least {
				continue
			}
			// the largest along the direction of the change
			step := w + 1
			switch ax, ay := max(gx, -gx), max(gy, -gy); {
			case ay < 0.41*ax:
				step = 1
			case ax < 0.41*ay:
				step = w
			case (gx > 0) != (gy > 0):
				step = w - 1
			}
			if g2 < t.square(i+step) || g2 <= t.square(i-step) {
				continue
			}
			bx, by := (t.broad[i+1]-t.broad[i-1])/2, (t.broad[i+w]-t.broad[i-w])/2
			ratio := float64(g2) / max(1e-12, float64(bx*bx+by*by))
			if ratio < 1.02 {
				continue // not the edge that the narrow filter saw
			}
			d := math.Atan2(float64(gy), float64(gx))
			if d < 0 {
				d += math.Pi
			}
			out = append(out, edge{
				variance:  (broadSigma*broadSigma-fineSigma*fineSigma)/(ratio-1) - fineSigma*fineSigma - differenceVariance,
				direction: d,
			})
		}
	}
	return out
}

// square is the squared gradient behind the narrow filter.
func (t *tile) square(i int) float32 {
	gx, gy := (t.fine[i+1]-t.fine[i-1])/2, (t.fine[i+t.w]-t.fine[i-t.w])/2
	return gx*gx + gy*gy
}

var fineKernel, broadKernel = gauss(fineSigma), gauss(broadSigma)

// gauss is one half of a kernel that sums to one, from its middle on.
func gauss(sigma float64) []float32 {
	r := int(math.Ceil(3 * sigma))
	k, sum := make([]float32, r+1), 0.0
	for i := -r; i <= r; i++ {
		sum += math.Exp(-float64(i*i) / (2 * sigma * sigma))
	}
	for i := range k {
		k[i] = float32(math.Exp(-float64(i*i)/(2*sigma*sigma)) / sum)
	}
	return k
}

// blur filters the tile where the kernel lies within it; the rest stays as it is.
func (t *tile) blur(dst []float32, k []float32) {
	r, w := len(k)-1, t.w
	copy(t.rows, t.pix)
	for y := range t.h {
		src, out := t.pix[y*w:(y+1)*w], t.rows[y*w:(y+1)*w]
		for x := r; x < w-r; x++ {
			v := k[0] * src[x]
			for j := 1; j <= r; j++ {
				v += k[j] * (src[x-j] + src[x+j])
			}
			out[x] = v
		}
	}
	copy(dst, t.rows)
	for y := r; y < t.h-r; y++ {
		out := dst[y*w : (y+1)*w]
		mid := t.rows[y*w : (y+1)*w]
		for x, v := range mid {
			out[x] = k[0] * v
		}
		for j := 1; j <= r; j++ {
			up, down := t.rows[(y-j)*w:(y-j+1)*w], t.rows[(y+j)*w:(y+j+1)*w]
			for x := range out {
				out[x] += k[j] * (up[x] + down[x])
			}
		}
	}
}
