package mvs

import "math"

// A window has 32 taps: every second pixel of an 11 x 11 square without its
// corners, which fills two vectors of 16 lanes. Its weights fall with distance
// and with difference of brightness from the centre, so that a window on an
// edge speaks for the surface of its centre (K.-J. Yoon and I. Kweon, Adaptive
// support-weight approach for correspondence search, PAMI 2006).
const (
	taps        = 32
	lanes       = 16
	windowReach = 5
	sigmaDistPx = 5.0
	// The difference that counts as another surface grows with the noise.
	sigmaGrey          = 8.0
	sigmaGreyOverNoise = 3.0
	// A tap whose brightness is too far from the centre's has no say at all: a
	// strong edge would else be seen through the smallest weight.
	leastWeight = 0.02
	maxCost     = 2 // of a place that a source does not show
)

var (
	tapX, tapY  [2][lanes]float32
	tapDX       [taps]int
	tapDY       [taps]int
	tapDistance [taps]float32
)

func init() {

	k := 0
	for dy := -windowReach; dy <= windowReach; dy += 2 {
		for dx := -windowReach; dx <= windowReach; dx += 2 {
			if dx*dx == windowReach*windowReach && dy*dy == windowReach*windowReach {
				continue
			}
			tapX[k/lanes][k%lanes], tapY[k/lanes][k%lanes] = float32(dx), float32(dy)
			tapDX[k], tapDY[k] = dx, dy
			tapDistance[k] = float32(math.Exp(-float64(dx*dx+dy*dy) / (2 * sigmaDistPx * sigmaDistPx)))
			k++
		}
	}
}

// rangeWeights gives the weight of a tap by its difference of brightness from
// the centre, modulo 512.
func rangeWeights(noise float32) *[512]float32 {
	sigma := sigmaGrey + sigmaGreyOverNoise*math.Sqrt(float64(noise))
	t := &[512]float32{}
	for i := range t {
		d := float64(min(i, 512-i))
		t[i] = float32(max(math.Exp(-d*d/(2*sigma*sigma))-leastWeight, 0))
	}
	return t
}

// patch is the window around a reference pixel: weights that sum to one, and
// weights times deviation from the mean.
type patch struct {
	weight, dev    [2][lanes]float32
	mean, variance float32
	noise          float32 // variance that noise leaves in the window
}

// window is a patch before its weights are normalised.
type window struct {
	grey, weight [taps]float32
}

// fill takes the window at a pixel. Taps outside the picture repeat its border;
// pixels not to be used have no weight.
func (p *patch) fill(g *picture, x, y int) {
	var win window
	centre := int(g.grey[y*g.w+x])
	inside := x >= windowReach && y >= windowReach && x < g.w-windowReach && y < g.h-windowReach
	if inside && g.unused == nil {
		k := 0
		for dy := -windowReach; dy <= windowReach; dy += 2 {
			row := g.grey[(y+dy)*g.w+x-windowReach:][:2*windowReach+1]
			from, to := 0, 2*windowReach
			if dy == -windowReach || dy == windowReach {
				from, to = 2, 2*windowReach-2
			}
			for c := from; c <= to; c += 2 {
				v := int(row[c])
				win.grey[k&31] = float32(v)
				win.weight[k&31] = tapDistance[k&31] * g.alike[(v-centre)&511]
				k++
			}
		}
	} else {
		for k := range taps {
			tx, ty := min(max(x+tapDX[k], 0), g.w-1), min(max(y+tapDY[k], 0), g.h-1)
			at := ty*g.w + tx
			v := int(g.grey[at])
			win.grey[k&31] = float32(v)
			if g.unused == nil || !g.unused[at] {
				win.weight[k&31] = tapDistance[k&31] * g.alike[(v-centre)&511]
			}
		}
	}
	normalise(p, &win)
	p.noise = g.noise
}

// normalisePlain makes the patch of a window. Lanes are added in the order of
// the vector forms.
func normalisePlain(p *patch, win *window) {
	var sum, mean, variance [lanes]float32
	for half := range 2 {
		for k := range lanes {
			w := win.weight[half*lanes+k]
			sum[k] += w
			mean[k] += float32(w * win.grey[half*lanes+k])
		}
	}
	total := sumLanes(&sum)
	if !(total > 0) {
		*p = patch{}
		return
	}
	inv := 1 / total
	p.mean = sumLanes(&mean) * inv
	for half := range 2 {
		for k := range lanes {
			w, d := win.weight[half*lanes+k]*inv, win.grey[half*lanes+k]-p.mean
			wd := float32(w * d)
			variance[k] += float32(wd * d)
			p.weight[half][k], p.dev[half][k] = w, wd
		}
	}
	p.variance = sumLanes(&variance)
}

// dissimilarity is 1 minus the correlation of a reference window with its image
// in a source, 0 to 2. h takes offsets from the reference pixel to the source's
// homogeneous pixel coordinates: the plane's homography about that pixel.
func dissimilarity(p *patch, s *source, h *[9]float32) float32 {
	hz := h[8]
	reach := windowReach * (abs32(h[6]) + abs32(h[7]))
	if !(hz-reach > 0.05*hz) {
		return maxCost
	}
	cx, cy := h[2]/hz, h[5]/hz
	if !(cx >= 0 && cy >= 0 && cx <= s.maxX && cy <= s.maxY) {
		return maxCost
	}
	mean, square, cov := windowSums(p, s, h)
	// Noise counts as agreement: windows without texture rule nothing out, and
	// texture against none does.
	v := max(square-float32(mean*mean), 0) + p.noise
	r := (cov + p.noise) / float32(math.Sqrt(float64((p.variance+p.noise)*v)))
	return min(max(1-r, 0), maxCost)
}

func abs32(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

// windowSumsPlain gives the weighted sums, over the taps, of a source's
// brightness less the patch's mean, of its square, and of its product with the
// patch's deviations. Lanes are added in the order of the vector forms.
func windowSumsPlain(p *patch, s *source, h *[9]float32) (mean, square, cov float32) {
	var m, q, c [lanes]float32
	for half := range 2 {
		for k := range lanes {
			dx, dy := tapX[half][k], tapY[half][k]
			z := 1 / (float32(h[6]*dx) + float32(h[7]*dy) + h[8])
			x := float32((float32(h[0]*dx) + float32(h[1]*dy) + h[2]) * z)
			y := float32((float32(h[3]*dx) + float32(h[4]*dy) + h[5]) * z)
			x, y = min(max(x, 0), s.maxX), min(max(y, 0), s.maxY)
			xi, yi := int32(x), int32(y)
			fx, fy := x-float32(xi), y-float32(yi)
			four := s.quad[yi*s.stride+xi]
			a, b := float32(four&255), float32(four>>8&255)
			d, e := float32(four>>16&255), float32(four>>24)
			top := a + float32(fx*(b-a))
			bottom := d + float32(fx*(e-d))
			v := top + float32(fy*(bottom-top)) - p.mean
			wv := float32(p.weight[half][k] * v)
			m[k] += wv
			q[k] += float32(wv * v)
			c[k] += float32(p.dev[half][k] * v)
		}
	}
	return sumLanes(&m), sumLanes(&q), sumLanes(&c)
}

func sumLanes(a *[lanes]float32) float32 {
	for n := lanes / 2; n >= 1; n /= 2 {
		for k := range n {
			a[k] += a[k+n]
		}
	}
	return a[0]
}
