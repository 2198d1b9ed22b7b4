package scene

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"

	"gonum.org/v1/gonum/spatial/r3"
)

// room is a box of 4 x 3 x 2.5 m seen from inside, turned by yaw degrees: floor
// brown, walls beige with soot above 1.5 m, ceiling black.
func room(step, yaw float64) *recon.Cloud {
	c := &recon.Cloud{Origin: r3.Vec{X: 5000, Y: -300, Z: 20}, Scaled: true}
	rng := rand.New(rand.NewPCG(11, 12))
	s, cs := math.Sincos(yaw * math.Pi / 180)
	add := func(x, y, z float64, rgb ...uint8) {
		x, y, z = x+0.001*rng.NormFloat64(), y+0.001*rng.NormFloat64(), z+0.001*rng.NormFloat64()
		c.XYZ = append(c.XYZ, float32(cs*x-s*y), float32(s*x+cs*y), float32(z))
		c.RGB = append(c.RGB, rgb...)
	}
	wall := func(x, y, z float64) {
		if z > 1.5 {
			add(x, y, z, 70, 66, 62)
		} else {
			add(x, y, z, 200, 190, 170)
		}
	}
	const lx, ly, lz = 4.0, 3.0, 2.5
	for x := 0.0; x <= lx; x += step {
		for y := 0.0; y <= ly; y += step {
			add(x, y, 0, 120, 90, 60)
			add(x, y, lz, 30, 30, 30)
		}
		for z := 0.0; z <= lz; z += step {
			wall(x, 0, z)
			wall(x, ly, z)
		}
	}
	for y := 0.0; y <= ly; y += step {
		for z := 0.0; z <= lz; z += step {
			wall(0, y, z)
			wall(lx, y, z)
		}
	}
	return c
}

func at(c *recon.Cloud, x, y, z float64) r3.Vec { return r3.Add(c.Origin, r3.Vec{X: x, Y: y, Z: z}) }

// everything is the room with one of each thing that is drawn.
func everything() render.Scene {
	c := room(0.04, 0)
	outline := func(z float64, k forensics.FindingKind) render.Outline {
		return render.Outline{Closed: true, Standing: k, Points: []r3.Vec{at(c, 0, 0, z), at(c, 4, 0, z), at(c, 4, 3, z), at(c, 0, 3, z)}}
	}
	return render.Scene{
		Cloud: c, Metric: true, HasNorth: true, NorthDeg: 20, Title: "Room 1, hypothesis H1",
		Markers: []render.Marker{
			{At: at(c, 1, 1, 0.4), RadiusM: 0.3, Label: "Origin A", Symbol: "origin", Standing: forensics.Supposed},
			{At: at(c, 2.8, 1.2, 0.4), RadiusM: 0.3, Label: "Origin B", Symbol: "origin", Standing: forensics.Inferred},
			{At: at(c, 2, 1.5, 2.4), Label: "Detector 1", Symbol: "detector", Standing: forensics.Measured},
			{At: at(c, 2.1, 1.6, 2.4), Label: "Detector 2", Symbol: "detector", Standing: forensics.Measured},
			{At: at(c, 3, 2.5, 1), RadiusM: 0.2, Label: "Tag 4", Symbol: "exhibit", Standing: forensics.Recovered},
		},
		HotLayers: []render.HotLayer{{Min: at(c, 0, 0, 0), Max: at(c, 4, 3, 2.5), InterfaceM: 1.4, UpperC: 350, LowerC: 40}},
		Outlines:  []render.Outline{outline(0, forensics.Measured), outline(2.5, forensics.Inferred)},
		Legend:    []render.Legend{{Text: "origin, supposed", Symbol: "origin", Standing: forensics.Supposed}, {Text: "walls as scanned", Standing: forensics.Measured}},
	}
}

func drawer(t *testing.T, opt Options) *Drawer {
	t.Helper()
	d, err := NewDrawer(opt)
	if gl.IsMissing(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func picture(t *testing.T, d *Drawer, s render.Scene, v render.View) *image.RGBA {
	t.Helper()
	f, err := d.Draw(context.Background(), s, v)
	if err != nil {
		t.Fatal(err)
	}
	if f.Image.Bounds().Dx() != v.WidthPx || f.Image.Bounds().Dy() != v.HeightPx || f.Renderer == "" {
		t.Fatalf("picture %v by %q", f.Image.Bounds(), f.Renderer)
	}
	return f.Image
}

func view(t *testing.T, name string, s *render.Scene) render.View {
	t.Helper()
	v, err := Named(name, ExtentOf(s), 480, 320)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// difference is the mean absolute difference of two pictures' channels, 0..255.
func difference(a, b *image.RGBA) float64 {
	sum := 0.0
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / float64(len(a.Pix))
}

// TestSamePicture: the same bytes in a second picture, in a second drawer and with
// another worker count; nearly the same from OpenGL points as from the splatter.
func TestSamePicture(t *testing.T) {
	s := everything()
	v := view(t, Overview, &s)
	splat := drawer(t, Options{Workers: 1, PointsBy: PointsSplat})
	first := picture(t, splat, s, v)
	if again := picture(t, splat, s, v); !bytes.Equal(first.Pix, again.Pix) {
		t.Error("a second picture by the same drawer differs")
	}
	if other := picture(t, drawer(t, Options{Workers: 5, PointsBy: PointsSplat}), s, v); !bytes.Equal(first.Pix, other.Pix) {
		t.Error("five workers draw another picture")
	}
	hard := picture(t, drawer(t, Options{PointsBy: PointsGL}), s, v)
	if d := difference(first, hard); d > 1 {
		t.Errorf("OpenGL points: mean difference %.2f of 255, want at most 1", d)
	}
}

// TestPictureDoesNotAdapt: what else is shown does not change the cloud's pixels.
func TestPictureDoesNotAdapt(t *testing.T) {
	s := everything()
	d := drawer(t, Options{NoFurniture: true})
	v := view(t, Interior, &s)
	plain := render.Scene{Cloud: s.Cloud}
	one := plain
	one.Markers = s.Markers[3:4]
	a, b := picture(t, d, plain, v), picture(t, d, one, v)
	same := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if bytes.Equal(a.Pix[i:i+4], b.Pix[i:i+4]) {
			same++
		}
	}
	if share := float64(same) / float64(len(a.Pix)/4); share < 0.95 || share == 1 {
		t.Errorf("%.1f %% of the pixels are the same with a marker; want nearly all, and the marker seen", 100*share)
	}
}

// TestSeesInside: from above the plan shows the floor and not the ceiling, and the
// overview shows the far wall.
func TestSeesInside(t *testing.T) {
	for _, yaw := range []float64{0, 33} {
		s := render.Scene{Cloud: room(0.03, yaw)}
		d := drawer(t, Options{EDLStrength: -1})
		img := picture(t, d, s, view(t, Plan, &s))
		e := d.Extent()
		centre := d.cam
		x, y, _, _ := centre.project(e.Centre)
		near(t, "plan", img.RGBAAt(int(x), int(y)), color.RGBA{120, 90, 60, 255})
		if p, ok := d.At(int(x), int(y)); !ok || math.Abs(p.Z-20) > 0.02 || math.Hypot(p.X-e.Centre.X, p.Y-e.Centre.Y) > 0.02 {
			t.Errorf("yaw %g: the point under the middle is %v, want the floor below %v", yaw, p, e.Centre)
		}
		img = picture(t, d, s, view(t, Overview, &s))
		centre = d.cam
		x, y, _, _ = centre.project(r3.Vec{X: e.Centre.X, Y: e.Centre.Y, Z: e.FloorZ})
		near(t, "overview", img.RGBAAt(int(x), int(y)), color.RGBA{120, 90, 60, 255})
	}
}

func near(t *testing.T, what string, got, want color.RGBA) {
	t.Helper()
	off := func(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) > 6 }
	if off(got.R, want.R) || off(got.G, want.G) || off(got.B, want.B) {
		t.Errorf("%s: colour %v, want %v", what, got, want)
	}
}

// TestHotLayer: a ray through the layer is tinted by the closed form, a ray below
// it is not, and a hotter layer is another colour.
func TestHotLayer(t *testing.T) {
	c := room(0.03, 0)
	d := drawer(t, Options{EDLStrength: -1, NoFurniture: true})
	v := render.View{Eye: at(c, 2, -8, 1.25), Target: at(c, 2, 3, 1.25), Up: r3.Vec{Z: 1}, OrthoHeightM: 3, WidthPx: 300, HeightPx: 300}
	v.Clip = &render.Clip{Centre: at(c, 2, 1.6, 1.25), HalfM: r3.Vec{X: 3, Y: 1.55, Z: 2}} // without the near wall
	row := func(z float64) int { return 150 - int((z-1.25)/3*300) }
	s := render.Scene{Cloud: c}
	plain := picture(t, d, s, v)
	s.HotLayers = []render.HotLayer{{Min: c.Origin, Max: at(c, 4, 3, 2.5), InterfaceM: 1.2, UpperC: 300, LowerC: 20}}
	img := picture(t, d, s, v)
	near(t, "below the layer", img.RGBAAt(60, row(0.7)), plain.RGBAAt(60, row(0.7)))
	// Through all of the clipped box, 2.95 m of it inside the room.
	alpha := 0.66 * (1 - math.Exp(-float64(gasDensity(300))*2.4/2.5*2.95))
	under, gas := plain.RGBAAt(60, row(2.2)), gasColour(300)
	blend := func(u uint8, g float32) uint8 { return uint8(float64(u)*(1-alpha) + 255*float64(g)*alpha) }
	near(t, "in the layer", img.RGBAAt(60, row(2.2)), color.RGBA{blend(under.R, gas[0]), blend(under.G, gas[1]), blend(under.B, gas[2]), 255})
	s.HotLayers[0].UpperC = 700
	if hot := picture(t, d, s, v); hot.RGBAAt(60, row(2.2)) == img.RGBAAt(60, row(2.2)) {
		t.Error("700 degrees look like 300")
	}
}

// TestStandingsDiffer: the four standings draw four different pins, lines, balls.
func TestStandingsDiffer(t *testing.T) {
	d := drawer(t, Options{NoFurniture: true, Supersample: 1})
	var pictures []*image.RGBA
	for _, k := range standings {
		s := render.Scene{
			Markers:  []render.Marker{{At: r3.Vec{Z: 0.5}, RadiusM: 0.4, Symbol: "origin", Standing: k}},
			Outlines: []render.Outline{{Points: []r3.Vec{{X: -1, Y: 1}, {X: 1, Y: 1}}, Standing: k}},
		}
		v := render.View{Eye: r3.Vec{Y: -4, Z: 0.5}, Target: r3.Vec{Z: 0.5}, Up: r3.Vec{Z: 1}, FovYDeg: 40, WidthPx: 240, HeightPx: 240}
		img := picture(t, d, s, v)
		// Without colour too.
		for i := 0; i < len(img.Pix); i += 4 {
			g := color.GrayModel.Convert(color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 255}).(color.Gray).Y
			img.Pix[i], img.Pix[i+1], img.Pix[i+2] = g, g, g
		}
		for i, p := range pictures {
			if diff := difference(p, img); diff < 0.3 {
				t.Errorf("%s looks like %s in grey: mean difference %.2f", k, standings[i], diff)
			}
		}
		pictures = append(pictures, img)
	}
}

func TestRefusedViews(t *testing.T) {
	d := drawer(t, Options{})
	ok := LookFrom(r3.Vec{X: 1}, r3.Vec{}, 64, 64)
	for name, change := range map[string]func(*render.View){
		"no size": func(v *render.View) { v.WidthPx = 0 }, "too large": func(v *render.View) { v.HeightPx = 1 << 20 },
		"eye at target": func(v *render.View) { v.Eye = v.Target }, "not finite": func(v *render.View) { v.Eye.X = math.NaN() },
		"no lens": func(v *render.View) { v.FovYDeg = 0 }, "lens of 180": func(v *render.View) { v.FovYDeg = 180 },
	} {
		v := ok
		change(&v)
		if _, err := d.Draw(context.Background(), render.Scene{}, v); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := d.Draw(ctx, everything(), ok); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Still good for a picture, of an empty scene and straight down.
	down := ok
	down.Eye, down.Up = r3.Vec{Z: 5}, r3.Vec{Z: 1}
	picture(t, d, render.Scene{}, down)
}

// TestStrangeScenes: values a scene should not have do no harm.
func TestStrangeScenes(t *testing.T) {
	d := drawer(t, Options{Supersample: 1})
	nan := math.NaN()
	s := everything()
	s.Markers = append(s.Markers, render.Marker{At: r3.Vec{X: nan}, RadiusM: 1}, render.Marker{At: s.Cloud.Origin, RadiusM: math.Inf(1), Label: "x", Standing: "?"}, render.Marker{At: s.Cloud.Origin, RadiusM: nan})
	s.HotLayers = append(s.HotLayers, render.HotLayer{UpperC: nan, InterfaceM: nan}, render.HotLayer{Min: r3.Vec{X: 9}, Max: r3.Vec{X: -9}})
	s.Outlines = append(s.Outlines, render.Outline{}, render.Outline{Points: []r3.Vec{{X: nan}, {Y: 1}}, Closed: true}, render.Outline{Points: []r3.Vec{{}, {}}})
	s.Legend = append(s.Legend, render.Legend{}, render.Legend{Text: string(bytes.Repeat([]byte("long "), 300))})
	s.NorthDeg, s.Title = nan, string(bytes.Repeat([]byte("title"), 400))
	for _, name := range []string{Overview, Plan, Section, Interior} {
		picture(t, d, s, view(t, name, &s))
	}
}
