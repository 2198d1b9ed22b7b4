package feature

import (
	"context"
	"math"
)

// The scale space of Lowe 2004, section 3: three scales an octave, six Gaussian
// planes whose five differences hold the extrema.
const (
	scalesPerOctave    = 3
	gaussiansPerOctave = scalesPerOctave + 3
	octaveSigma        = 1.6 // blur of an octave's first plane, in its own pixels
	cameraSigma        = 0.5 // blur that a photo is taken to have
	minOctaveSide      = 16
)

// planeSigma is the blur of plane s in the octave's own pixels; s may be
// fractional.
func planeSigma(s float64) float64 { return octaveSigma * math.Exp2(s/scalesPerOctave) }

// octave is the planes of one halving of the photo.
type octave struct {
	w, h      int
	pixelSize float32 // pixels of the photo in one of the octave's
	planes    [gaussiansPerOctave][]float32
}

// build fills the octaves from the photo, the finest first.
func (d *Detector) build(ctx context.Context, img Gray) error {
	sigma, size := cameraSigma, float32(1)
	if img.W*img.H < d.opt.DoubleBelowPx {
		img = d.double(img)
		sigma, size = 2*sigma, 0.5
	}
	n := 0
	for w, h := img.W, img.H; w >= minOctaveSide && h >= minOctaveSide; w, h = w/2, h/2 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n == len(d.octaves[:cap(d.octaves)]) {
			d.octaves = append(d.octaves[:n], octave{})
		}
		d.octaves = d.octaves[:n+1]
		o := &d.octaves[n]
		o.resize(w, h)
		o.pixelSize = size
		if n == 0 {
			d.blur.run(o.planes[0], img.Pix, w, h, math.Sqrt(octaveSigma*octaveSigma-sigma*sigma))
		} else {
			halve(o.planes[0], &d.octaves[n-1], w, h)
		}
		for s := 1; s < gaussiansPerOctave; s++ {
			a, b := planeSigma(float64(s-1)), planeSigma(float64(s))
			d.blur.run(o.planes[s], o.planes[s-1], w, h, math.Sqrt(b*b-a*a))
		}
		size *= 2
		n++
	}
	return nil
}

func (o *octave) resize(w, h int) {
	o.w, o.h = w, h
	for i := range o.planes {
		if cap(o.planes[i]) < w*h {
			o.planes[i] = make([]float32, w*h)
		}
		o.planes[i] = o.planes[i][:w*h]
	}
}

// halve takes every second pixel of the plane with twice the first one's blur.
func halve(dst []float32, from *octave, w, h int) {
	src := from.planes[scalesPerOctave]
	for y := range h {
		row := src[2*y*from.w : (2*y+1)*from.w]
		for x := range w {
			dst[y*w+x] = row[2*x]
		}
	}
}

// double returns the photo at twice its size, with its samples at the even
// pixels and linear interpolation between them.
func (d *Detector) double(img Gray) Gray {
	w, h := 2*img.W, 2*img.H
	if cap(d.doubled) < w*h {
		d.doubled = make([]float32, w*h)
	}
	out := Gray{W: w, H: h, Pix: d.doubled[:w*h]}
	for y := range img.H {
		src := img.Pix[y*img.W : (y+1)*img.W]
		below := src
		if y+1 < img.H {
			below = img.Pix[(y+1)*img.W : (y+2)*img.W]
		}
		even, odd := out.Pix[2*y*w:2*y*w+w], out.Pix[(2*y+1)*w:(2*y+1)*w+w]
		for x, a := range src {
			b, c, e := a, below[x], below[x]
			if x+1 < img.W {
				b, e = src[x+1], below[x+1]
			}
			even[2*x], even[2*x+1] = a, (a+b)/2
			odd[2*x], odd[2*x+1] = (a+c)/2, (a+b+c+e)/4
		}
	}
	return out
}
