package recon

import (
	"math"
	"testing"
)

func TestMaskRows(t *testing.T) {
	m := NewMask(200, 3)
	m.Exclude(1, 60, 130)
	m.Exclude(2, -5, 500)
	m.Exclude(7, 0, 10)
	m.Exclude(0, 9, 9)
	for y := range 3 {
		for x := range 200 {
			want := y == 2 || y == 1 && x >= 60 && x < 130
			if m.Excluded(x, y) != want {
				t.Fatalf("%d,%d", x, y)
			}
		}
	}
	if m.Excluded(-1, 2) || m.Excluded(200, 2) || m.Excluded(0, 3) || (*Mask)(nil).Excluded(0, 0) {
		t.Error("outside the mask")
	}
	if s := m.Share(); math.Abs(s-270.0/600) > 1e-12 {
		t.Errorf("share %v", s)
	}
	half := m.Scaled(100, 3)
	for x := range 100 {
		if half.Excluded(x, 1) != (x >= 30 && x < 65) {
			t.Fatalf("scaled at %d", x)
		}
	}
	o := NewMask(200, 3)
	o.Exclude(0, 0, 1)
	m.Add(o)
	m.Add(nil)
	if !m.Excluded(0, 0) || !m.Excluded(100, 1) {
		t.Error("added masks")
	}
}

// TestMaskPolygon holds polygons to the pixel centres that lie within them.
func TestMaskPolygon(t *testing.T) {
	for name, c := range map[string]struct {
		corners [][2]float64
		inside  func(x, y float64) bool
	}{
		"box":          {[][2]float64{{10, 5}, {30, 5}, {30, 20}, {10, 20}}, func(x, y float64) bool { return x > 10 && x < 30 && y > 5 && y < 20 }},
		"beyond":       {[][2]float64{{-50, -50}, {25, -50}, {25, 900}, {-50, 900}}, func(x, y float64) bool { return x < 25 }},
		"triangle":     {[][2]float64{{0, 0}, {50, 0}, {0, 50}}, func(x, y float64) bool { return x+y < 50 }},
		"other way":    {[][2]float64{{0, 50}, {50, 0}, {0, 0}}, func(x, y float64) bool { return x+y < 50 }},
		"line":         {[][2]float64{{0, 0}, {50, 50}}, func(x, y float64) bool { return false }},
		"not a number": {[][2]float64{{0, 0}, {50, math.NaN()}, {0, 50}}, func(x, y float64) bool { return false }},
	} {
		m := NewMask(70, 60)
		m.ExcludePolygon(c.corners)
		for y := range 60 {
			for x := range 70 {
				cx, cy := float64(x)+0.5, float64(y)+0.5
				if name == "triangle" && cx+cy == 50 || name == "other way" && cx+cy == 50 {
					continue // on the edge
				}
				if m.Excluded(x, y) != c.inside(cx, cy) {
					t.Fatalf("%s: pixel %d,%d", name, x, y)
				}
			}
		}
	}
}
