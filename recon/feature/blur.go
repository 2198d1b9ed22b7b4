package feature

import "math"

// blurrer applies Gaussians with clamped borders. Each row is first summed over
// its neighbours above and below, then along itself, so that one row of scratch
// is all it needs and every plane is read and written once.
type blurrer struct {
	row    []float32 // one row with radius samples of border on both sides
	above  [][]float32
	below  [][]float32
	kernel []float32
}

// run writes src blurred by sigma to dst; both are w by h and must not overlap.
func (b *blurrer) run(dst, src []float32, w, h int, sigma float64) {
	b.kernel = gaussian(b.kernel[:0], sigma)
	r := len(b.kernel) - 1
	if cap(b.row) < w+2*r+blurPad {
		b.row = make([]float32, w+2*r+blurPad)
	}
	row := b.row[:w+2*r+blurPad]
	clear(row)
	for y := range h {
		b.above, b.below = b.above[:0], b.below[:0]
		for k := 1; k <= r; k++ {
			up, down := max(y-k, 0), min(y+k, h-1)
			b.above = append(b.above, src[up*w:up*w+w])
			b.below = append(b.below, src[down*w:down*w+w])
		}
		mid := row[r : r+w]
		sumRows(mid, src[y*w:y*w+w], b.above, b.below, b.kernel)
		for k := range r {
			row[k], row[r+w+k] = mid[0], mid[w-1]
		}
		sumTaps(dst[y*w:y*w+w], row, b.kernel)
	}
}

// blurPad lets the last vector of a row be read whole.
const blurPad = 16

// gaussian appends the right half of a normalised Gaussian, centre first, out
// to four sigma.
func gaussian(k []float32, sigma float64) []float32 {
	r := max(1, int(math.Ceil(4*sigma)))
	sum := 0.0
	for i := 0; i <= r; i++ {
		v := math.Exp(-float64(i*i) / (2 * sigma * sigma))
		k = append(k, float32(v))
		sum += v
		if i > 0 {
			sum += v
		}
	}
	for i := range k {
		k[i] = float32(float64(k[i]) / sum)
	}
	return k
}

// sumRowsPlain writes the sum of the rows weighted by the kernel. The explicit
// conversions keep a compiler from fusing multiply and add, so that the vector
// path gives the same bits.
func sumRowsPlain(dst, mid []float32, above, below [][]float32, kernel []float32, from int) {
	for x := from; x < len(dst); x++ {
		acc := float32(mid[x] * kernel[0])
		for k, w := range kernel[1:] {
			acc += float32(float32(above[k][x]+below[k][x]) * w)
		}
		dst[x] = acc
	}
}

// sumTapsPlain writes the sum along the row; row has len(kernel)-1 samples of
// border on each side of dst's.
func sumTapsPlain(dst, row []float32, kernel []float32, from int) {
	r := len(kernel) - 1
	for x := from; x < len(dst); x++ {
		c := x + r
		acc := float32(row[c] * kernel[0])
		for k := 1; k <= r; k++ {
			acc += float32(float32(row[c-k]+row[c+k]) * kernel[k])
		}
		dst[x] = acc
	}
}
