package render

import (
	"fmt"
	"image"
)

// Tolerance of two pictures of one scene by two renderers: the CPU and OpenGL round
// differently where discs meet, so that single pixels at edges may show another point.
const (
	TolerancePerChannel = 16    // of 255; a pixel beyond it counts as another one
	ToleranceShare      = 0.004 // of the pixels may be other ones
	ToleranceMean       = 0.5   // of 255, over all channels
)

// Difference is how far two pictures of one size differ.
type Difference struct {
	Max         int     `json:"max"`          // of any channel, of 255
	Mean        float64 `json:"mean"`         // over all pixels and channels
	BeyondShare float64 `json:"beyond_share"` // of the pixels, with a channel beyond TolerancePerChannel
	Same        bool    `json:"same"`         // within the tolerance
}

// Compare measures the difference of two opaque pictures; sizes that differ are an
// error.
func Compare(a, b *image.RGBA) (Difference, error) {
	var d Difference
	if a.Bounds().Size() != b.Bounds().Size() {
		return d, fmt.Errorf("pictures of %v and %v can not be compared", a.Bounds().Size(), b.Bounds().Size())
	}
	w, h := a.Bounds().Dx(), a.Bounds().Dy()
	sum, beyond := 0, 0
	for y := range h {
		p, q := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:]
		for x := range w {
			far := 0
			for k := range 3 {
				v := int(p[4*x+k]) - int(q[4*x+k])
				v = max(v, -v)
				sum, far = sum+v, max(far, v)
			}
			d.Max = max(d.Max, far)
			if far > TolerancePerChannel {
				beyond++
			}
		}
	}
	if n := w * h; n > 0 {
		d.Mean, d.BeyondShare = float64(sum)/float64(3*n), float64(beyond)/float64(n)
	}
	d.Same = d.BeyondShare <= ToleranceShare && d.Mean <= ToleranceMean
	return d, nil
}
