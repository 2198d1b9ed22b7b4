package feature

import "math"

const (
	orientationBins  = 36
	maxOrientations  = 2
	orientationWidth = 1.5 // sigma of the orientation window over the keypoint's
	spatialBins      = 4
	angleBins        = 8
	binWidth         = 3.0 // width of a spatial bin over the keypoint's sigma
	clampAt          = 0.2
)

// gradient is the gradients of one plane: their length, and their direction in
// units of a descriptor's angle bin, 0..angleBins. Borders hold nothing.
type gradient struct {
	w, h      int
	mag, turn []float32
	columns   []float32 // scratch: weights along a row
}

// fill computes the gradients of a plane.
func (g *gradient) fill(plane []float32) {
	w, h := g.w, g.h
	for y := 1; y < h-1; y++ {
		i := y*w + 1
		n := w - 2
		gradients(g.mag[i:i+n], g.turn[i:i+n], plane[i-1:i-1+n+2], plane[i-w:i-w+n], plane[i+w:i+w+n])
	}
}

// gradientsPlain writes the gradients of a row; row has one sample more on both
// sides. Conversions keep the compiler from fusing, as in sumRowsPlain.
func gradientsPlain(mag, turn, row, up, down []float32, from int) {
	for x := from; x < len(mag); x++ {
		gx, gy := row[x+2]-row[x], down[x]-up[x]
		mag[x] = sqrt32(float32(gx*gx) + float32(gy*gy))
		turn[x] = direction(gy, gx)
	}
}

// direction is the angle of (x, y) in 0..angleBins, to about 1 in 1000 of a turn:
// a cubic fitted to the arc tangent of an octant pair.
func direction(y, x float32) float32 {
	ay := y
	if ay < 0 {
		ay = -ay
	}
	ay += directionTiny
	num, den, base := x-ay, x+ay, float32(directionBase)
	if x < 0 {
		num, den, base = x+ay, ay-x, 3*directionBase
	}
	r := num / den
	t := base + float32(float32(float32(float32(r*r)*directionC3)-directionC1)*r)
	if y < 0 {
		t = angleBins - t
	}
	return t
}

const (
	directionBase = angleBins / 8                      // an eighth of a turn
	directionC1   = 0.9675 * angleBins / (2 * math.Pi) // least squares fit
	directionC3   = 0.1821 * angleBins / (2 * math.Pi)
	directionTiny = 1e-20
)

// describe gives one descriptor for each of a keypoint's dominant orientations.
func (g *gradient) describe(e extremum) [][DescriptorLen]uint8 {
	var angles [maxOrientations]float32
	n := g.orientations(&angles, e)
	out := make([][DescriptorLen]uint8, n)
	for i := range out {
		g.descriptor(&out[i], e, angles[i])
	}
	return out
}

// weigh fills the weights of 2*radius+1 columns about x0 with a Gaussian about x.
func (g *gradient) weigh(x float32, x0, radius int, k float32) []float32 {
	if cap(g.columns) < 2*radius+1 {
		g.columns = make([]float32, 2*radius+1)
	}
	w := g.columns[:2*radius+1]
	for i := range w {
		d := float32(x0-radius+i) - x
		w[i] = expNeg(k * d * d)
	}
	return w
}

// orientations finds the peaks of the gradient directions about the keypoint,
// strongest first, down to 0.8 of the highest, in units of the angle bin.
func (g *gradient) orientations(angles *[maxOrientations]float32, e extremum) int {
	var hist, smooth [orientationBins]float32
	var raw [64]float32
	sigma := orientationWidth * e.sigma
	radius := int(3 * sigma)
	x0, y0 := int(e.x+0.5), int(e.y+0.5)
	k := -1 / (2 * sigma * sigma)
	columns := g.weigh(e.x, x0, radius, k)
	limit := (3*sigma + 0.5) * (3*sigma + 0.5)
	first, last := max(x0-radius, 1), min(x0+radius, g.w-2)
	for y := max(y0-radius, 1); y <= min(y0+radius, g.h-2); y++ {
		dy := float32(y) - e.y
		wy := expNeg(k * dy * dy)
		for x := first; x <= last; x++ {
			dx := float32(x) - e.x
			if dx*dx+dy*dy >= limit {
				continue
			}
			i := y*g.w + x
			mag := g.mag[i] * wy * columns[x-x0+radius]
			bin := g.turn[i] * (float32(orientationBins) / angleBins)
			b := int(bin)
			f := bin - float32(b)
			raw[b&63] += (1 - f) * mag
			raw[(b+1)&63] += f * mag
		}
	}
	copy(hist[:], raw[:orientationBins])
	hist[0] += raw[orientationBins]
	hist[1] += raw[orientationBins+1]
	for range 6 {
		for b := range hist {
			smooth[b] = (hist[(b+orientationBins-1)%orientationBins] + hist[b] + hist[(b+1)%orientationBins]) / 3
		}
		hist = smooth
	}
	top := float32(0)
	for _, v := range hist {
		top = max(top, v)
	}
	if top <= 0 {
		return 0
	}
	var heights [maxOrientations]float32
	n := 0
	for b, v := range hist {
		prev, next := hist[(b+orientationBins-1)%orientationBins], hist[(b+1)%orientationBins]
		if v < 0.8*top || v <= prev || v < next {
			continue
		}
		at := float32(b) - 0.5*(next-prev)/(next+prev-2*v)
		angle := at * (float32(angleBins) / orientationBins)
		switch {
		case n < maxOrientations:
			angles[n], heights[n] = angle, v
			n++
		case v > heights[n-1]:
			angles[n-1], heights[n-1] = angle, v
		default:
			continue
		}
		if n == maxOrientations && heights[1] > heights[0] {
			angles[0], angles[1] = angles[1], angles[0]
			heights[0], heights[1] = heights[1], heights[0]
		}
	}
	return n
}

// Strides of the histogram, padded to powers of two so that an index can be
// masked instead of checked.
const (
	histRow  = 64 // place bins of one row times angle bins, 6*8 padded
	histMask = 511
)

// descriptor sums the gradients about the keypoint into 4x4 places and 8
// directions, each spread over its neighbouring bins. Places have a border bin
// on all sides, which is thrown away.
func (g *gradient) descriptor(out *[DescriptorLen]uint8, e extremum, angle float32) {
	var hist [histMask + 1]float32
	sin, cos := math.Sincos(float64(angle) * (2 * math.Pi / angleBins))
	width := binWidth * e.sigma
	sx, cx := float32(sin)/width, float32(cos)/width
	radius := int(math.Sqrt2*float64(width)*(spatialBins+1)/2 + 0.5)
	const half = spatialBins / 2
	x0, y0 := int(e.x+0.5), int(e.y+0.5)
	k := -1 / (2 * half * half * width * width)
	columns := g.weigh(e.x, x0, radius, k)
	for y := max(y0-radius, 1); y <= min(y0+radius, g.h-2); y++ {
		dy := float32(y) - e.y
		wy := expNeg(k * dy * dy)
		// The columns for which both rotated coordinates are within the window.
		first, last := clip(x0-radius, x0+radius, e.x, cx, sx*dy, half+0.5)
		first, last = clip(first, last, e.x, -sx, cx*dy, half+0.5)
		first, last = max(first, 1), min(last, g.w-2)
		if first > last {
			continue
		}
		n := last - first + 1
		mags, turns := g.mag[y*g.w+first:][:n], g.turn[y*g.w+first:][:n]
		weights := columns[first-x0+radius:][:n]
		dx := float32(first) - e.x
		// Bin centres at whole numbers 1..4.
		u, v := cx*dx+sx*dy+(half+0.5), cx*dy-sx*dx+(half+0.5)
		for i, mag := range mags {
			fi := float32(i)
			fu, fv := u+fi*cx, v-fi*sx
			if fu <= 0 || fu >= spatialBins+1 || fv <= 0 || fv >= spatialBins+1 {
				continue
			}
			mag *= wy * weights[i]
			t := turns[i] - angle
			if t < 0 {
				t += angleBins
			}
			iu, iv, it := int(fu), int(fv), int(t)
			fu -= float32(iu)
			fv -= float32(iv)
			t -= float32(it)
			it &= angleBins - 1
			next := (it + 1) & (angleBins - 1)
			m1 := mag * t
			m0 := mag - m1
			w11 := fv * fu
			w10, w01 := fv-w11, fu-w11
			w00 := 1 - fv - w01
			at := iv*histRow + iu*angleBins
			hist[(at+it)&histMask] += m0 * w00
			hist[(at+next)&histMask] += m1 * w00
			hist[(at+angleBins+it)&histMask] += m0 * w01
			hist[(at+angleBins+next)&histMask] += m1 * w01
			hist[(at+histRow+it)&histMask] += m0 * w10
			hist[(at+histRow+next)&histMask] += m1 * w10
			hist[(at+histRow+angleBins+it)&histMask] += m0 * w11
			hist[(at+histRow+angleBins+next)&histMask] += m1 * w11
		}
	}
	var v [DescriptorLen]float32
	for iv := range spatialBins {
		copy(v[iv*spatialBins*angleBins:(iv+1)*spatialBins*angleBins], hist[(iv+1)*histRow+angleBins:])
	}
	quantise(out, &v)
}

// clip narrows first..last to the columns with |slope*(x-x0)+offset| < limit.
func clip(first, last int, x0, slope, offset, limit float32) (int, int) {
	if slope < 1e-6 && slope > -1e-6 {
		return first, last
	}
	a, b := x0+(-limit-offset)/slope, x0+(limit-offset)/slope
	if a > b {
		a, b = b, a
	}
	if a > float32(first) {
		first = int(a)
	}
	if b < float32(last) {
		last = int(b) + 1
	}
	return first, last
}

// quantise normalises, clamps strong gradients, takes the square root of the
// L1-normalised values and rounds to bytes within the bounds of the package.
func quantise(out *[DescriptorLen]uint8, v *[DescriptorLen]float32) {
	norm := float32(0)
	for _, x := range v {
		norm += x * x
	}
	limit := clampAt * sqrt32(norm)
	sum := float32(0)
	for i := range v {
		v[i] = min(v[i], limit)
		sum += v[i]
	}
	if sum == 0 {
		return
	}
	for scale := float32(255.5); ; scale -= 0.5 {
		n2 := 0
		for i, x := range v {
			q := min(int(scale*sqrt32(x/sum)+0.5), DescriptorMax)
			n2 += q * q
			out[i] = uint8(q)
		}
		if n2 <= DescriptorNorm2Max {
			return
		}
	}
}

func sqrt32(v float32) float32 { return float32(math.Sqrt(float64(v))) }

// expNeg is exp(x) for x in -16..0 to about 1 in 1000, by linear interpolation in
// a table.
func expNeg(x float32) float32 {
	t := x * -(expSteps / expRange)
	i := int(t)
	if i >= expSteps {
		return 0
	}
	f := t - float32(i)
	return expTable[i] + f*(expTable[i+1]-expTable[i])
}

const (
	expSteps = 256
	expRange = 16
)

var expTable = func() (t [expSteps + 1]float32) {
	for i := range t {
		t[i] = float32(math.Exp(-float64(i) * expRange / expSteps))
	}
	return t
}()
