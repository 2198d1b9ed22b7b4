package recon

import (
	"math"
	"math/bits"
	"slices"
)

// Mask says which pixels of an upright photo are not to be used, one bit each. A
// nil mask leaves every pixel in use.
type Mask struct {
	WidthPx, HeightPx int
	words             []uint64 // row by row, each row begins a word
	stride            int
}

// NewMask gives a mask that leaves every pixel in use.
func NewMask(widthPx, heightPx int) *Mask {
	stride := (widthPx + 63) / 64
	return &Mask{WidthPx: widthPx, HeightPx: heightPx, stride: stride, words: make([]uint64, stride*heightPx)}
}

// Excluded says whether pixel (x, y) is not to be used; outside the mask none is.
func (m *Mask) Excluded(x, y int) bool {
	if m == nil || x < 0 || y < 0 || x >= m.WidthPx || y >= m.HeightPx {
		return false
	}
	return m.words[y*m.stride+x/64]>>(x%64)&1 != 0
}

// Exclude takes the pixels from fromX up to, not including, toX of row y out of
// use; what lies outside the mask is passed over.
func (m *Mask) Exclude(y, fromX, toX int) {
	fromX, toX = max(0, fromX), min(toX, m.WidthPx)
	if y < 0 || y >= m.HeightPx || fromX >= toX {
		return
	}
	row := m.words[y*m.stride:][:m.stride]
	for x := fromX; x < toX; {
		end := min(toX, (x/64+1)*64)
		row[x/64] |= ^uint64(0) >> (64 - (end - x)) << (x % 64)
		x = end
	}
}

// Add takes the pixels that o excludes out of use too; o must be of the same size
// or nil.
func (m *Mask) Add(o *Mask) {
	if o == nil {
		return
	}
	for i, w := range o.words {
		m.words[i] |= w
	}
}

// Share is the part of the pixels that is excluded, 0..1.
func (m *Mask) Share() float64 {
	if m == nil || len(m.words) == 0 {
		return 0
	}
	n := 0
	for _, w := range m.words {
		n += bits.OnesCount64(w)
	}
	return float64(n) / (float64(m.WidthPx) * float64(m.HeightPx))
}

// Scaled gives the mask for the same photo at another size: a pixel is excluded
// where the pixel of m below its centre is.
func (m *Mask) Scaled(widthPx, heightPx int) *Mask {
	if m == nil || m.WidthPx == widthPx && m.HeightPx == heightPx {
		return m
	}
	out := NewMask(widthPx, heightPx)
	for y := range heightPx {
		v := (2*y + 1) * m.HeightPx / (2 * heightPx)
		for x := range widthPx {
			if m.Excluded((2*x+1)*m.WidthPx/(2*widthPx), v) {
				out.Exclude(y, x, x+1)
			}
		}
	}
	return out
}

// ExcludePolygon takes the pixels whose centres lie within a polygon out of use,
// by the even-odd rule. Corners are in pixels, (0, 0) being the corner of the
// picture, and may lie outside it; the last is joined to the first. Fewer than
// three corners, or one that is not finite, exclude nothing.
func (m *Mask) ExcludePolygon(corners [][2]float64) {
	for _, c := range corners {
		if math.IsNaN(c[0]+c[1]) || math.IsInf(c[0]+c[1], 0) || math.Abs(c[0]) > 1e9 || math.Abs(c[1]) > 1e9 {
			return
		}
	}
	if len(corners) < 3 {
		return
	}
	top, bottom := math.Inf(1), math.Inf(-1)
	for _, c := range corners {
		top, bottom = min(top, c[1]), max(bottom, c[1])
	}
	var cross []float64
	for y := max(0, int(top-1)); y < min(m.HeightPx, int(max(0, bottom+1))); y++ {
		cross = cross[:0]
		at := float64(y) + 0.5
		for i, a := range corners {
			b := corners[(i+1)%len(corners)]
			if (a[1] <= at) != (b[1] <= at) {
				cross = append(cross, a[0]+(at-a[1])/(b[1]-a[1])*(b[0]-a[0]))
			}
		}
		slices.Sort(cross)
		for i := 0; i+1 < len(cross); i += 2 {
			// pixel x is within when x+0.5 is
			m.Exclude(y, int(math.Ceil(max(-1, cross[i]-0.5))), int(math.Ceil(min(float64(m.WidthPx), cross[i+1]-0.5))))
		}
	}
}
