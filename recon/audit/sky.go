package audit

import (
	"image"
	"math"

	"firescene/recon"
)

// SkySure is the confidence from which on a sky may be left out.
const SkySure = 0.5

// Fields of the sky at about skySide across are even, of the colour of a blue sky
// and joined with the top of the photo.
const (
	skySide     = 256
	skyStep     = 0.03 // largest difference between neighbouring fields
	skyDimmest  = 0.3
	skyLeast    = 0.02 // parts of the photo that a sky takes
	skyMost     = 0.85
	skyTop      = 0.2  // part of the top row that it must take
	skyBlue     = 0.2  // (blue - red) / blue of an undoubted blue sky
	skyContrast = 0.12 // of its border, in brightness or colour
)

// Sky finds the blue sky of an upright outdoor photo and says how sure it is,
// 0..1: by how blue it is and how clearly it ends. An overcast sky is not told from
// a ceiling or a white wall and gives a low confidence. The mask leaves out a rim
// of the sky, so that what stands before it stays in use.
func Sky(img image.Image) (*recon.Mask, float64) {
	b := img.Bounds()
	step := max(1, max(b.Dx(), b.Dy())/skySide)
	w, h := b.Dx()/step, b.Dy()/step
	if w < 8 || h < 8 {
		return nil, 0
	}
	colour := fields(img, step, w, h)
	light := func(i int) float64 { return 0.299*colour[i][0] + 0.587*colour[i][1] + 0.114*colour[i][2] }
	differ := func(i, j int) float64 {
		d := 0.0
		for c := range 3 {
			d = max(d, math.Abs(colour[i][c]-colour[j][c]))
		}
		return d
	}
	fits := func(i int) bool {
		q := colour[i]
		return light(i) > skyDimmest && q[2] >= q[0]-0.02 && q[2] >= q[1]-0.03
	}
	in := make([]bool, w*h)
	var queue []int
	for x := range w {
		if fits(x) {
			in[x] = true
			queue = append(queue, x)
		}
	}
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, j := range neighbours(i, w, h) {
			if !in[j] && fits(j) && differ(i, j) < skyStep {
				in[j] = true
				queue = append(queue, j)
			}
		}
	}
	area, top, blue := 0, 0, 0.0
	border, contrast := 0, 0.0
	for i, sky := range in {
		if !sky {
			continue
		}
		area++
		if i < w {
			top++
		}
		blue += (colour[i][2] - colour[i][0]) / max(0.05, colour[i][2])
		if below := i + 2*w; below < w*h && !in[i+w] && !in[below] {
			border++
			contrast += differ(i, below)
		}
	}
	share := float64(area) / float64(w*h)
	if area == 0 || share < skyLeast || share > skyMost || float64(top) < skyTop*float64(w) || border == 0 {
		return nil, 0
	}
	sure := min(1, max(0, blue/float64(area)/skyBlue)) * min(1, contrast/float64(border)/skyContrast)
	m := recon.NewMask(b.Dx(), b.Dy())
	for y := range h {
		for x := range w {
			i := y*w + x
			inner := in[i]
			for _, j := range neighbours(i, w, h) {
				inner = inner && in[j]
			}
			if inner {
				right := (x + 1) * step
				if x == w-1 {
					right = b.Dx()
				}
				for v := y * step; v < (y+1)*step; v++ {
					m.Exclude(v, x*step, right)
				}
			}
		}
	}
	return m, sure
}

func neighbours(i, w, h int) []int {
	var out [4]int
	n := 0
	for _, j := range [4]int{i - w, i + w, i - 1, i + 1} {
		if j >= 0 && j < w*h && (j/w == i/w || j%w == i%w) {
			out[n] = j
			n++
		}
	}
	return append([]int(nil), out[:n]...)
}

// fields gives the mean colour of fields of step by step pixels, of nine pixels of
// each, 0..1.
func fields(img image.Image, step, w, h int) [][3]float64 {
	b := img.Bounds()
	out := make([][3]float64, w*h)
	for y := range h {
		for x := range w {
			var sum [3]float64
			for k := range 9 {
				px := b.Min.X + x*step + (2*(k%3)+1)*step/6
				py := b.Min.Y + y*step + (2*(k/3)+1)*step/6
				r, g, bl, _ := img.At(px, py).RGBA()
				for c, v := range [3]uint32{r, g, bl} {
					sum[c] += float64(v) / (9 * 65535)
				}
			}
			out[y*w+x] = sum
		}
	}
	return out
}
