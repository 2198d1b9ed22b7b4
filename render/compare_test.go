package render

import (
	"image"
	"testing"
)

func TestCompare(t *testing.T) {
	a, b := image.NewRGBA(image.Rect(0, 0, 100, 50)), image.NewRGBA(image.Rect(0, 0, 100, 50))
	if d, err := Compare(a, b); err != nil || d != (Difference{Same: true}) {
		t.Errorf("equal pictures: %+v, %v", d, err)
	}
	b.Pix[4*7] = 200
	d, err := Compare(a, b)
	if err != nil || d.Max != 200 || d.BeyondShare != 1.0/5000 || !d.Same || d.Mean != 200.0/15000 {
		t.Errorf("one other pixel: %+v, %v", d, err)
	}
	for i := range 50 {
		b.Pix[4*100*i] = 100
	}
	if d, _ := Compare(a, b); d.Same {
		t.Errorf("one pixel in a hundred: %+v", d)
	}
	if _, err := Compare(a, image.NewRGBA(image.Rect(0, 0, 99, 50))); err == nil {
		t.Error("other size: no error")
	}
}
