package feature

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// TestGrayFromForms holds the direct ways to a picture's samples to the general
// one, for every form that has one.
func TestGrayFromForms(t *testing.T) {
	r := image.Rect(3, 2, 20, 14)
	for _, img := range []interface {
		image.Image
		Set(x, y int, c color.Color)
	}{image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewNRGBA(r), image.NewRGBA64(r), image.NewNRGBA64(r)} {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				img.Set(x, y, color.NRGBA64{R: uint16(3000 * x), G: uint16(4000 * y), B: uint16(60000 - 2000*x), A: 0xffff})
			}
		}
		g, _ := GrayFrom(img, 0, nil)
		for y := range g.H {
			for x := range g.W {
				want := float64(color.Gray16Model.Convert(img.At(r.Min.X+x, r.Min.Y+y)).(color.Gray16).Y) / 65535
				if got := float64(g.Pix[y*g.W+x]); math.Abs(got-want) > 1.0/4000 {
					t.Fatalf("%T at %d,%d: %v, want %v", img, x, y, got, want)
				}
			}
		}
	}
}
