//go:build cgo

package main

import (
	"image"
	"image/draw"
	"math"
	"runtime"
	"sync"

	"firescene/recon"
	"firescene/render"
	"firescene/render/ui"
)

// overlay makes a camera's picture ready to lie over the view from its place.
func (t *tool) overlay(r ui.OverlayRequest, show func(*image.RGBA, error)) {
	t.busy++
	go func() {
		img, err := overlayOf(r)
		t.win.Post(func() {
			t.busy--
			show(img, err)
		})
	}()
}

func overlayOf(r ui.OverlayRequest) (*image.RGBA, error) {
	img, err := decodePhoto(r.Path)
	if err != nil {
		return nil, err
	}
	return warped(img, r.Camera, r.View), nil
}

// warped is a picture as the view from the camera's own place shows it: every pixel of
// the view is looked up where the camera saw its direction, its lens's distortion
// included. A picture of another size than the camera's is taken as that scaled.
func warped(img image.Image, c recon.Camera, v render.View) *image.RGBA {
	b := img.Bounds()
	src := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(src, src.Rect, img, b.Min, draw.Src)
	out := image.NewRGBA(image.Rect(0, 0, v.WidthPx, v.HeightPx))
	sx, sy := float64(b.Dx())/float64(c.WidthPx), float64(b.Dy())/float64(c.HeightPx)
	f := float64(v.HeightPx) / 2 / math.Tan(v.FovYDeg/2*math.Pi/180)
	workers := runtime.NumCPU()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for y := v.HeightPx * w / workers; y < v.HeightPx*(w+1)/workers; y++ {
				for x := range v.WidthPx {
					var ray recon.Vec
					ray[0], ray[1], ray[2] = (float64(x)+0.5-float64(v.WidthPx)/2)/f, (float64(y)+0.5-float64(v.HeightPx)/2)/f, 1
					px, py, ok := c.Project(ray.R3())
					if ok {
						sample(src, px*sx-0.5, py*sy-0.5, out.Pix[out.PixOffset(x, y):])
					}
				}
			}
		})
	}
	wg.Wait()
	return out
}

// sample takes the picture between four of its pixels; outside of it nothing.
func sample(src *image.RGBA, x, y float64, to []byte) {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= src.Rect.Dx() || y0+1 >= src.Rect.Dy() {
		return
	}
	u, v := x-float64(x0), y-float64(y0)
	a := src.Pix[src.PixOffset(x0, y0):]
	b := src.Pix[src.PixOffset(x0, y0+1):]
	for k := range 3 {
		top := float64(a[k])*(1-u) + float64(a[4+k])*u
		low := float64(b[k])*(1-u) + float64(b[4+k])*u
		to[k] = uint8(math.Round(top*(1-v) + low*v))
	}
	to[3] = 255
}
