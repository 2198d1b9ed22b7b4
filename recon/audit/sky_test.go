package audit

import (
	"image"
	"image/color"
	"testing"
)

// house is an even upper part, with a gradient, above a lower one with texture.
func house(sky color.NRGBA, horizon int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 600, 400))
	for y := range 400 {
		for x := range 600 {
			c := sky
			c.R += uint8(y / 12)
			c.G += uint8(y / 16)
			if y > horizon+x/20 || x > 250 && x < 330 && y > 60 {
				c = color.NRGBA{R: uint8(60 + (x*7+y*13)%60), G: uint8(50 + (x*5)%50), B: uint8(40 + (y*3)%40), A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func TestSky(t *testing.T) {
	m, sure := Sky(house(color.NRGBA{R: 90, G: 140, B: 220, A: 255}, 180))
	if sure < SkySure || m == nil {
		t.Fatalf("a blue sky is sure by %.2f", sure)
	}
	missed, wrong := 0, 0
	for y := range 400 {
		for x := range 600 {
			isSky := !(y > 180+x/20 || x > 250 && x < 330 && y > 60)
			if m.Excluded(x, y) && !isSky {
				wrong++
			}
			if !m.Excluded(x, y) && isSky {
				missed++
			}
		}
	}
	if wrong > 0 || missed > 12000 {
		t.Errorf("%d pixels of the house are left out, %d of the sky are not", wrong, missed)
	}
	for name, c := range map[string]struct {
		sky     color.NRGBA
		horizon int
	}{
		"a white ceiling":  {color.NRGBA{R: 200, G: 205, B: 210, A: 255}, 120},
		"a yellow ceiling": {color.NRGBA{R: 200, G: 190, B: 140, A: 255}, 120},
		"a dark ceiling":   {color.NRGBA{R: 20, G: 22, B: 40, A: 255}, 120},
		"a strip":          {color.NRGBA{R: 90, G: 140, B: 220, A: 255}, -10},
	} {
		if _, sure := Sky(house(c.sky, c.horizon)); sure >= SkySure {
			t.Errorf("%s is taken for a sky, sure by %.2f", name, sure)
		}
	}
	if m, sure := Sky(image.NewGray(image.Rect(0, 0, 5, 5))); m != nil || sure != 0 {
		t.Error("a picture of 25 pixels has a sky")
	}
}
