package mvs

import (
	"image"
	"math"
	"slices"

	"firescene/recon"
	"golang.org/x/image/draw"
	"gonum.org/v1/gonum/spatial/r3"
)

// pinhole is the camera of a rectified picture: no distortion, and integer
// coordinates are pixel centres.
type pinhole struct{ f, g, cx, cy float64 }

func (k pinhole) ray(x, y float64) r3.Vec {
	return r3.Vec{X: (x - k.cx) / k.f, Y: (y - k.cy) / k.g, Z: 1}
}

// half is the camera of the picture at half the size.
func (k pinhole) half() pinhole {
	return pinhole{k.f / 2, k.g / 2, (k.cx+0.5)/2 - 0.5, (k.cy+0.5)/2 - 0.5}
}

// picture is one level of a rectified photo. unused marks pixels that lie
// outside the photo or under its mask; nil means none.
type picture struct {
	w, h   int
	grey   []uint8
	unused []bool
	k      pinhole
	noise  float32 // variance of its noise, in grey levels squared
	alike  *[512]float32
}

// rectify resamples a photo, at most maxSidePx wide or high, to a pinhole with
// the same centre and the photo's central scale.
func rectify(img image.Image, mask *recon.Mask, cam *recon.Camera, maxSidePx int) (*picture, *image.RGBA) {
	w, h := cam.WidthPx, cam.HeightPx
	side := max(w, h)
	scale := 1.0
	if side > maxSidePx {
		scale = float64(maxSidePx) / float64(side)
	}
	small := shrink(img, w, h, scale)
	tw, th := small.Rect.Dx(), small.Rect.Dy()
	sx, sy := float64(tw)/float64(w), float64(th)/float64(h)
	out := &picture{w: tw, h: th, k: pinhole{cam.FxPx * sx, cam.FyPx * sy, cam.CxPx*sx - 0.5, cam.CyPx*sy - 0.5}}
	colour := small
	distorted := cam.K1 != 0 || cam.K2 != 0 || cam.K3 != 0 || cam.P1 != 0 || cam.P2 != 0
	if distorted || mask != nil {
		out.unused = make([]bool, tw*th)
	}
	if distorted {
		colour = image.NewRGBA(image.Rect(0, 0, tw, th))
	}
	for y := range th {
		for x := range tw {
			px, py := float64(x), float64(y)
			if distorted {
				px, py = distort(cam, out.k.ray(px, py))
				px, py = px*sx-0.5, py*sy-0.5
				if !(px >= -0.5 && py >= -0.5 && px <= float64(tw)-0.5 && py <= float64(th)-0.5) {
					out.unused[y*tw+x] = true
					continue
				}
				sample(colour.Pix[colour.PixOffset(x, y):], small, px, py)
			}
			if mask.Excluded(int((px+0.5)/sx), int((py+0.5)/sy)) {
				out.unused[y*tw+x] = true
			}
		}
	}
	out.grey = make([]uint8, tw*th)
	for i := range out.grey {
		p := colour.Pix[4*i:]
		out.grey[i] = uint8((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
	}
	out.measureNoise()
	return out, colour
}

func (p *picture) measureNoise() {
	p.noise = noiseOf(p)
	p.alike = rangeWeights(p.noise)
}

const (
	leastNoise = 0.3 // rounding and compression leave no less
	mostNoise  = 25
	noiseBlock = 8
	noiseShare = 0.1 // of the blocks, the quietest, are taken to show noise alone
)

// noiseOf is the variance of a picture's noise, from the response of its
// quietest blocks to a filter that sees neither slopes nor edges along its axes:
// J. Immerkaer, Fast noise variance estimation, CVIU 1996.
func noiseOf(p *picture) float32 {
	var means []int
	for by := 1; by+noiseBlock < p.h; by += noiseBlock {
		for bx := 1; bx+noiseBlock < p.w; bx += noiseBlock {
			sum, used := 0, true
			for y := by; y < by+noiseBlock; y++ {
				for x := bx; x < bx+noiseBlock; x++ {
					i := y*p.w + x
					used = used && (p.unused == nil || !p.unused[i])
					g := func(at int) int { return int(p.grey[at]) }
					v := g(i-p.w-1) + g(i-p.w+1) + g(i+p.w-1) + g(i+p.w+1) - 2*(g(i-p.w)+g(i-1)+g(i+1)+g(i+p.w)) + 4*g(i)
					sum += max(v, -v)
				}
			}
			if used {
				means = append(means, sum)
			}
		}
	}
	if len(means) == 0 {
		return leastNoise
	}
	slices.Sort(means)
	quiet := float64(means[int(noiseShare*float64(len(means)))]) / (noiseBlock * noiseBlock)
	sigma := math.Sqrt(math.Pi/2) / 6 * quiet
	return float32(min(max(sigma*sigma, leastNoise), mostNoise))
}

// distort gives the photo's pixel of a ray of the pinhole, NaN where the lens
// model folds over: there no pixel has that ray.
func distort(cam *recon.Camera, ray r3.Vec) (x, y float64) {
	x, y, ok := cam.Project(ray)
	if !ok {
		return math.NaN(), math.NaN()
	}
	return x, y
}

// shrink brings a photo to a share of the size w x h that its camera was made
// for, each pixel the mean of what it covers.
func shrink(img image.Image, w, h int, scale float64) *image.RGBA {
	tw, th := max(int(math.Round(float64(w)*scale)), 1), max(int(math.Round(float64(h)*scale)), 1)
	out := image.NewRGBA(image.Rect(0, 0, tw, th))
	if img.Bounds().Dx() == tw && img.Bounds().Dy() == th {
		draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	} else {
		draw.BiLinear.Scale(out, out.Rect, img, img.Bounds(), draw.Src, nil)
	}
	return out
}

// sample writes the interpolated colour of a place.
func sample(dst []uint8, img *image.RGBA, x, y float64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	x, y = min(max(x, 0), float64(w-1)), min(max(y, 0), float64(h-1))
	xi, yi := min(int(x), max(w-2, 0)), min(int(y), max(h-2, 0))
	fx, fy := x-float64(xi), y-float64(yi)
	right, down := 4*min(1, w-1-xi), img.Stride*min(1, h-1-yi)
	at := yi*img.Stride + 4*xi
	for c := range 3 {
		a, b := float64(img.Pix[at+c]), float64(img.Pix[at+right+c])
		d, e := float64(img.Pix[at+down+c]), float64(img.Pix[at+down+right+c])
		top, bottom := a+fx*(b-a), d+fx*(e-d)
		dst[c] = uint8(top + fy*(bottom-top) + 0.5)
	}
	dst[3] = 255
}

// halved is the picture at half the size, each pixel the mean of four. An odd
// last row or column is left out.
func (p *picture) halved() *picture {
	out := &picture{w: p.w / 2, h: p.h / 2, k: p.k.half()}
	out.grey = make([]uint8, out.w*out.h)
	if p.unused != nil {
		out.unused = make([]bool, out.w*out.h)
	}
	for y := range out.h {
		for x := range out.w {
			a := 2*y*p.w + 2*x
			out.grey[y*out.w+x] = uint8((uint32(p.grey[a]) + uint32(p.grey[a+1]) + uint32(p.grey[a+p.w]) + uint32(p.grey[a+p.w+1]) + 2) / 4)
			if p.unused != nil {
				out.unused[y*out.w+x] = p.unused[a] || p.unused[a+1] || p.unused[a+p.w] || p.unused[a+p.w+1]
			}
		}
	}
	out.measureNoise()
	return out
}

// quads packs the four pixels around each place between pixels into a word, so
// that a bilinear fetch is one load.
func (p *picture) quads(out []uint32) []uint32 {
	for y := range p.h - 1 {
		row, next, dst := p.grey[y*p.w:(y+1)*p.w], p.grey[(y+1)*p.w:(y+2)*p.w], out[y*p.w:(y+1)*p.w]
		for x := range p.w - 1 {
			dst[x] = uint32(row[x]) | uint32(row[x+1])<<8 | uint32(next[x])<<16 | uint32(next[x+1])<<24
		}
	}
	return out
}
