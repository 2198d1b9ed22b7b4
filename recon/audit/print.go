package audit

import (
	"math"
	"math/bits"

	"firescene/recon/feature"
)

// Print is a small picture of a photo by which repeated ones are found.
type Print struct {
	Hash  uint64    // which of neighbouring places is brighter, 8 rows of 8 comparisons
	Small []float32 // brightness about its mean, of norm one; nil for a photo that shows nothing
}

const printSide = 64

func printOf(img feature.Gray) Print {
	if img.W < printSide || img.H < printSide {
		return Print{}
	}
	p := Print{Small: reduced(img, printSide, printSide)}
	coarse := reduced(img, 9, 8)
	for y := range 8 {
		for x := range 8 {
			p.Hash <<= 1
			if coarse[y*9+x] < coarse[y*9+x+1] {
				p.Hash |= 1
			}
		}
	}
	mean, norm := 0.0, 0.0
	for _, v := range p.Small {
		mean += float64(v) / float64(len(p.Small))
	}
	for i, v := range p.Small {
		p.Small[i] = v - float32(mean)
		norm += float64(p.Small[i]) * float64(p.Small[i])
	}
	norm = math.Sqrt(norm)
	if norm < flatNorm {
		return Print{}
	}
	for i := range p.Small {
		p.Small[i] /= float32(norm)
	}
	return p
}

// flatNorm is the norm below which a small picture shows nothing: a standard
// deviation of two levels of 255.
const flatNorm = 2.0 / 255 * printSide

// reduced gives the means of w by h fields of the photo; a pixel on the border of
// two counts for each by its part.
func reduced(img feature.Gray, w, h int) []float32 {
	out := make([]float32, w*h)
	across, down := float64(img.W)/float64(w), float64(img.H)/float64(h)
	for v := range img.H {
		row := img.Pix[v*img.W:][:img.W]
		first := int(float64(v) / down)
		for y := first; y < h && float64(y)*down < float64(v+1); y++ {
			weight := min(float64(v+1), float64(y+1)*down) - max(float64(v), float64(y)*down)
			if weight <= 0 {
				continue
			}
			for x := range w {
				from, to := float64(x)*across, float64(x+1)*across
				a, b := int(from), min(int(to), img.W-1)
				sum := float32(0)
				for _, p := range row[a : b+1] {
					sum += p
				}
				sum -= float32(from-float64(a))*row[a] + float32(float64(b+1)-to)*row[b]
				out[y*w+x] += float32(weight) * sum
			}
		}
	}
	for i := range out {
		out[i] /= float32(across * down)
	}
	return out
}

// Likeness says how alike two photos are, 1 for the same picture and about 0 for
// different ones: the correlation of their small pictures, which a shift by a
// hundredth of the width lowers visibly. It is 0 for pictures that show nothing.
func Likeness(a, b Print) float64 {
	if a.Small == nil || b.Small == nil || bits.OnesCount64(a.Hash^b.Hash) > 16 {
		return 0
	}
	sum := 0.0
	for i, v := range a.Small {
		sum += float64(v) * float64(b.Small[i])
	}
	return max(0, sum)
}
