package scene

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"firescene/recon"
	"firescene/render"

	"golang.org/x/image/font/gofont/goregular"
	"gonum.org/v1/gonum/spatial/r3"
)

func TestSurveyFindsTheRoom(t *testing.T) {
	for _, yaw := range []float64{0, 12.3, -40, 44} {
		c := room(0.05, yaw)
		// Strays, as through a window.
		rng := rand.New(rand.NewPCG(1, 2))
		for range c.Len() / 200 {
			c.XYZ = append(c.XYZ, float32(30+10*rng.Float64()), float32(20*rng.Float64()), float32(8*rng.Float64()))
		}
		c.RGB = nil
		e := Survey(c)
		if math.Abs(e.YawDeg-yaw) > 0.5 {
			t.Errorf("yaw %g: found %g", yaw, e.YawDeg)
		}
		if math.Abs(e.HalfM.X-2) > 0.06 || math.Abs(e.HalfM.Y-1.5) > 0.06 || math.Abs(e.FloorZ-20) > 0.05 || math.Abs(e.CeilZ-22.5) > 0.05 || !e.HasFloor || !e.Roof {
			t.Errorf("yaw %g: extent %+v, want 4 x 3 m from 20 to 22.5", yaw, e)
		}
		// The order of points does not matter.
		other := &recon.Cloud{Origin: c.Origin}
		for _, i := range rng.Perm(c.Len()) {
			other.XYZ = append(other.XYZ, c.XYZ[3*i:3*i+3]...)
		}
		if got := Survey(other); got != e {
			t.Errorf("yaw %g: shuffled %+v, was %+v", yaw, got, e)
		}
	}
}

func TestSurveyOfLittle(t *testing.T) {
	nan := float32(math.NaN())
	for _, xyz := range [][]float32{{}, {1, 2, 3}, {nan, nan, nan}, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 2, 0, 0}} {
		e := Survey(&recon.Cloud{XYZ: xyz})
		if v := e.HalfM.X + e.HalfM.Y + e.HalfM.Z + e.YawDeg; math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%v: %+v", xyz, e)
		}
	}
}

// TestAutoViews: every view has the whole room in the picture, beside the key.
func TestAutoViews(t *testing.T) {
	for _, yaw := range []float64{0, 30} {
		e := Survey(room(0.05, yaw))
		for _, size := range [][2]int{{1280, 720}, {600, 900}} {
			views := AutoViews(e, 99, size[0], size[1])
			if len(views) != MaxAutoViews {
				t.Fatalf("%d views", len(views))
			}
			for _, v := range views {
				c, err := newCamera(v)
				if err != nil {
					t.Errorf("%s: %v", v.Name, err)
					continue
				}
				if strings.HasPrefix(v.Name, Interior) {
					continue
				}
				x, y, hx, hy := e.axes(0)
				for k := range 8 {
					p := r3.Add(e.Centre, r3.Add(r3.Scale(float64(k&1*2-1)*hx, x), r3.Scale(float64(k>>1&1*2-1)*hy, y)))
					p.Z += float64(k>>2*2-1) * e.HalfM.Z
					px, py, _, ok := c.project(p)
					if !ok || px < keyShare*c.width || px > c.width || py < 0 || py > c.height {
						t.Errorf("yaw %g, %s at %v: corner at %.0f,%.0f", yaw, v.Name, size, px, py)
					}
				}
			}
		}
	}
	if _, err := Named("nowhere", Extent{}, 100, 100); err == nil {
		t.Error("an unknown view gave no error")
	}
}

// TestProjectBack: unproject undoes project.
func TestProjectBack(t *testing.T) {
	for _, ortho := range []float64{0, 5} {
		c, err := newCamera(render.View{Eye: r3.Vec{X: 3, Y: -4, Z: 2}, Target: r3.Vec{Z: 1}, Up: r3.Vec{Z: 1}, FovYDeg: 50, OrthoHeightM: ortho, WidthPx: 640, HeightPx: 480})
		if err != nil {
			t.Fatal(err)
		}
		p := r3.Vec{X: 0.3, Y: 0.2, Z: 0.9}
		x, y, z, ok := c.project(p)
		if back := c.unproject(x, y, z); !ok || r3.Norm(r3.Sub(back, p)) > 1e-9 {
			t.Errorf("parallel height %g: %v came back as %v", ortho, p, back)
		}
		// What lies higher stands higher in the picture.
		if _, higher, _, _ := c.project(r3.Add(p, r3.Vec{Z: 0.1})); higher >= y {
			t.Error("the picture is upside down")
		}
	}
}

// TestScaleBarIsRight measures the bar's ink against the projection.
func TestScaleBarIsRight(t *testing.T) {
	face, err := newTypeface(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, height := range []float64{0.05, 3.7, 12, 4800} {
		c, err := newCamera(render.View{Eye: r3.Vec{Z: 10}, Target: r3.Vec{}, Up: r3.Vec{Y: 1}, OrthoHeightM: height, WidthPx: 1280, HeightPx: 720})
		if err != nil {
			t.Fatal(err)
		}
		p := page{canvas: canvas{image.NewRGBA(image.Rect(0, 0, 1280, 720)), 1}, face: face, words: wordsIn("en")}
		p.scaleBar(&c)
		dark := 0
		for x := range 1280 {
			if q := p.img.RGBAAt(x, 720-16-16-1); q.R < 60 && q.A == 255 {
				dark++
			}
		}
		want := roundLength(190*height/720) / height * 720
		if math.Abs(float64(dark)-want-2) > 2 {
			t.Errorf("height %g: bar of %d px, want %.1f", height, dark, want+2)
		}
	}
	for length, want := range map[float64]string{0.001: "1 mm", 0.2: "20 cm", 1: "1 m", 50: "50 m", 2000: "2 km"} {
		if got := lengthName(length); got != want {
			t.Errorf("%g: %s", length, got)
		}
	}
	for most, want := range map[float64]float64{1: 1, 1.99: 1, 2: 2, 4.9: 2, 5: 5, 99: 50, 0.03: 0.02, 0: 0, -1: 0} {
		if got := roundLength(most); math.Abs(got-want) > 1e-12 {
			t.Errorf("at most %g: %g, want %g", most, got, want)
		}
	}
}

// TestLabelsKeepApart: names of things side by side do not cover each other, and
// none is left out.
func TestLabelsKeepApart(t *testing.T) {
	face, err := newTypeface(goregular.TTF, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := page{canvas: canvas{image.NewRGBA(image.Rect(0, 0, 800, 600)), 1}, face: face}
	var names []labelled
	for i := range 12 {
		x, y := 300+float64(i%4)*30, 250+float64(i/4)*35
		own := rect{x - 10, y - 10, x + 10, y + 10}
		p.taken = append(p.taken, own)
		names = append(names, labelled{text: fmt.Sprintf("thing %d", i), own: own})
	}
	before := len(p.taken)
	p.labels(names)
	placed := p.taken[before:]
	if len(placed) != len(names) {
		t.Fatalf("%d of %d names placed", len(placed), len(names))
	}
	for i, a := range placed {
		for j, b := range placed[:i] {
			if a.overlap(b) > 0 {
				t.Errorf("names %d and %d overlap: %v %v", i, j, a, b)
			}
		}
		if a.x0 < 0 || a.y0 < 0 || a.x1 > 800 || a.y1 > 600 {
			t.Errorf("name %d beyond the picture: %v", i, a)
		}
	}
}

func TestWrap(t *testing.T) {
	face, err := newTypeface(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text  string
		lines int
	}{
		{"one", 1}, {"", 0}, {"a sentence of several words that is too long", 2}, {strings.Repeat("x", 300), 2}, {"起火点位于沙发东侧，距墙约半米。", 2},
	} {
		got := face.wrap(tc.text, 14, 120, 2)
		if len(got) != tc.lines {
			t.Errorf("%q: %q", tc.text, got)
		}
		for _, l := range got {
			if face.width(l, 14) > 120 {
				t.Errorf("%q is %.0f px wide", l, face.width(l, 14))
			}
		}
	}
	if got := face.lacking("Origin 起火点 A 起"); got != "起火点" {
		t.Errorf("lacking %q", got)
	}
	if _, err := newTypeface([]byte("no font"), 0); err == nil {
		t.Error("a damaged font gave no error")
	}
}

// TestGasLook: hotter gas never hides less, and every colour is one.
func TestGasLook(t *testing.T) {
	var last float32
	for c := -50.0; c <= 1500; c += 25 {
		d := gasDensity(c)
		if d < last || d < 0 || d > 1 {
			t.Errorf("density %g at %g after %g", d, c, last)
		}
		last = d
		for _, v := range gasColour(c) {
			if v < 0 || v > 1 || v != v {
				t.Errorf("colour %v at %g", gasColour(c), c)
			}
		}
	}
	if gasDensity(20) != 0 {
		t.Error("air at room temperature hides something")
	}
	if c := gasColour(math.NaN()); c != gasColour(0) {
		t.Errorf("no temperature: %v", c)
	}
}

// TestLinesAreCut: pieces behind the eye leave no vertices, crossing ones are cut.
func TestLinesAreCut(t *testing.T) {
	c, err := newCamera(render.View{Eye: r3.Vec{}, Target: r3.Vec{Y: 1}, Up: r3.Vec{Z: 1}, FovYDeg: 60, WidthPx: 100, HeightPx: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		points []r3.Vec
		pieces int
	}{
		{[]r3.Vec{{Y: 1}, {X: 1, Y: 2}}, 1}, {[]r3.Vec{{Y: -1}, {X: 1, Y: -2}}, 0},
		{[]r3.Vec{{X: 0.1, Y: -1}, {X: 0.5, Y: 3}}, 1}, {[]r3.Vec{{Y: 1}}, 0}, {nil, 0}, {[]r3.Vec{{X: 1, Y: 1}, {X: 1, Y: 1}}, 0},
	} {
		v := lineVertices(&c, []line{{points: tc.points, widthPx: 2}}, 1)
		if len(v) != tc.pieces*6*floatsPerLineVertex {
			t.Errorf("%v: %d floats, want %d pieces", tc.points, len(v), tc.pieces)
		}
		if slices.ContainsFunc(v, func(f float32) bool { return f != f }) {
			t.Errorf("%v: a vertex is not a number", tc.points)
		}
	}
}
