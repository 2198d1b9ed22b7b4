package scene

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// goldenTolerance is looser than that of two renderers on one machine: other versions of
// a software renderer round lines and edges otherwise.
const goldenMean, goldenShare = 1.0, 0.02

// box is a room of 4 x 3 x 2.5 m at the origin of the test's cloud.
func boxAt(c *recon.Cloud) r3.Box { return r3.Box{Min: c.Origin, Max: at(c, 4, 3, 2.5)} }

// gasOf is gas of a field model: a plume that rises and spreads below the ceiling.
func gasOf(c *recon.Cloud) recon.Gas {
	g := recon.Gas{Box: boxAt(c), Cells: [3]int{32, 24, 20}}
	for k := range 20 {
		for j := range 24 {
			for i := range 32 {
				x, y, z := 4*(float64(i)+0.5)/32-1.2, 3*(float64(j)+0.5)/24-1.4, 2.5*(float64(k)+0.5)/20
				plume := math.Exp(-(x*x + y*y) / (0.06 + 0.03*z))
				layer := smooth((z - 1.6) / 0.4)
				g.TempC = append(g.TempC, float32(20+650*max(plume*(1-z/4), 0.55*layer*math.Exp(-math.Hypot(x, y)/4))))
				g.ExtinctionM = append(g.ExtinctionM, float32(max(0.9*layer, 1.5*plume)))
				g.HRRKWM3 = append(g.HRRKWM3, float32(1100*plume*smooth((0.9-z)/0.6)))
			}
		}
	}
	return g
}

// patchesOf are the floor and the far wall with values that fall away from a place.
func patchesOf(c *recon.Cloud, most float64) []recon.SurfacePatch {
	patch := func(origin, u, v r3.Vec, nu, nv int, value func(i, j int) float64) recon.SurfacePatch {
		p := recon.SurfacePatch{Origin: origin, U: u, V: v, CellM: [2]float64{0.25, 0.25}, N: [2]int{nu, nv}}
		for j := range nv {
			for i := range nu {
				p.Value = append(p.Value, float32(value(i, j)))
			}
		}
		return p
	}
	x, y, z := r3.Vec{X: 1}, r3.Vec{Y: 1}, r3.Vec{Z: 1}
	return []recon.SurfacePatch{
		patch(c.Origin, x, y, 16, 12, func(i, j int) float64 { return most * math.Exp(-math.Hypot(float64(i)-5, float64(j)-5)/3) }),
		patch(at(c, 0, 3, 0), x, z, 16, 10, func(i, j int) float64 { return most * float64(j) / 12 }),
		patch(at(c, 4, 3, 0), r3.Scale(-1, y), z, 12, 10, func(i, j int) float64 { return math.NaN() }),
	}
}

// meshOf is a table and a wedge.
func meshOf(c *recon.Cloud) *recon.Mesh {
	m := &recon.Mesh{Origin: c.Origin}
	box := func(x0, y0, z0, x1, y1, z1 float32, rgb ...uint8) {
		n := int32(len(m.XYZ) / 3)
		for k := range 8 {
			p := [3]float32{x0, y0, z0}
			if k&1 != 0 {
				p[0] = x1
			}
			if k&2 != 0 {
				p[1] = y1
			}
			if k&4 != 0 {
				p[2] = z1
			}
			m.XYZ, m.RGB = append(m.XYZ, p[:]...), append(m.RGB, rgb...)
		}
		for _, q := range [][4]int32{{0, 1, 3, 2}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 3, 7, 6}, {0, 2, 6, 4}, {1, 3, 7, 5}} {
			m.Faces = append(m.Faces, [3]int32{n + q[0], n + q[1], n + q[2]}, [3]int32{n + q[0], n + q[2], n + q[3]})
		}
	}
	box(1, 1, 0.65, 2.4, 1.9, 0.75, 150, 95, 50)
	box(1.1, 1.1, 0, 1.2, 1.2, 0.65, 90, 60, 40)
	box(2.2, 1.7, 0, 2.3, 1.8, 0.65, 90, 60, 40)
	box(3, 0.4, 0, 3.6, 1.2, 1.1, 70, 110, 130)
	return m
}

// layersOf are the layers of a scene, one a picture.
func layersOf() (*recon.Cloud, map[string]func(s *render.Scene)) {
	c := room(0.03, 0)
	places := []recon.OpeningPlace{
		{Corners: [4]r3.Vec{at(c, 0.4, 3, 0), at(c, 1.3, 3, 0), at(c, 1.3, 3, 2), at(c, 0.4, 3, 2)}},
		{Corners: [4]r3.Vec{at(c, 2.2, 3, 0.9), at(c, 3.4, 3, 0.9), at(c, 3.4, 3, 2.1), at(c, 2.2, 3, 2.1)}, OpensS: 100},
	}
	gas := gasOf(c)
	return c, map[string]func(s *render.Scene){
		"points":    func(*render.Scene) {},
		"mesh":      func(s *render.Scene) { s.Mesh = meshOf(c) },
		"hot-layer": func(s *render.Scene) { s.HotLayers = everything().HotLayers },
		"smoke":     func(s *render.Scene) { s.Gas, s.ShowGas = []recon.Gas{gas}, render.GasShown{Smoke: true} },
		"smoke-layered": func(s *render.Scene) {
			s.Gas, s.ShowGas = []recon.Gas{LayeredGas(boxAt(c), 1.3, 0.8, 0.03)}, render.GasShown{Smoke: true}
		},
		"temperature": func(s *render.Scene) { s.Gas, s.ShowGas = []recon.Gas{gas}, render.GasShown{Temperature: true} },
		"heat":        func(s *render.Scene) { s.Gas, s.ShowGas = []recon.Gas{gas}, render.GasShown{Heat: true} },
		"flames": func(s *render.Scene) {
			AddFlames(s, []recon.Flame{{Item: "sofa", Foot: at(c, 1.2, 1.4, 0.3), DiameterM: 0.8, HeightM: 1.5, HRRKW: 500}, {Item: "bin", Foot: at(c, 3.2, 1, 0.1), DiameterM: 0.4, HeightM: 0.5, HRRKW: 60}}, true, FlameLabel)
		},
		"openings": func(s *render.Scene) { AddOpenings(s, places, 60) },
		"exposure": func(s *render.Scene) { s.Paint = &render.Paint{Patches: patchesOf(c, 60)} },
		"marks-beside": func(s *render.Scene) {
			s.Paint = &render.Paint{Patches: patchesOf(c, 3.2), Marks: true, FromShare: 0.5}
		},
		"exposure-mesh": func(s *render.Scene) {
			s.Cloud, s.Mesh = nil, floorMesh(c)
			s.Paint = &render.Paint{Patches: patchesOf(c, 60)}
		},
		"standings":      func(s *render.Scene) { e := everything(); s.Markers, s.Outlines = e.Markers, e.Outlines },
		"smoke-and-heat": func(s *render.Scene) { s.Gas, s.ShowGas = []recon.Gas{gas}, render.GasShown{Smoke: true, Heat: true} },
	}
}

// floorMesh is the floor and the far wall as triangles.
func floorMesh(c *recon.Cloud) *recon.Mesh {
	return &recon.Mesh{Origin: c.Origin, XYZ: []float32{0, 0, 0, 4, 0, 0, 4, 3, 0, 0, 3, 0, 0, 3, 2.5, 4, 3, 2.5},
		Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}, {3, 2, 5}, {3, 5, 4}}}
}

func goldenView(c *recon.Cloud) render.View {
	v := render.View{Name: "golden", Eye: at(c, 1.2, -4.4, 3.2), Target: at(c, 2, 1.6, 1), Up: r3.Vec{Z: 1}, FovYDeg: 42, WidthPx: 320, HeightPx: 220}
	v.Clip = &render.Clip{Centre: at(c, 2, 1.6, 1.1), HalfM: r3.Vec{X: 2.2, Y: 1.55, Z: 1.2}} // without ceiling and near wall
	return v
}

// TestGoldenPictures draws every layer by itself and holds it against a picture that was
// looked at. FIRESCENE_UPDATE_GOLDEN=1 writes them anew.
func TestGoldenPictures(t *testing.T) {
	d := drawer(t, Options{Supersample: 1, NoFurniture: true, PointsBy: PointsSplat, UnitsPerSide: 320})
	c, layers := layersOf()
	v := goldenView(c)
	for name, add := range layers {
		t.Run(name, func(t *testing.T) {
			s := render.Scene{Cloud: c}
			add(&s)
			golden(t, name, picture(t, d, s, v))
		})
	}
}

// TestGoldenKey is the picture of the key with all its scales, in the built-in font.
func TestGoldenKey(t *testing.T) {
	d := drawer(t, Options{Supersample: 1, PointsBy: PointsSplat})
	c, layers := layersOf()
	s := render.Scene{Cloud: c, Metric: true, HasNorth: true, Title: "Key", Legend: []render.Legend{
		{Text: "points", Standing: forensics.Measured}, {Text: "recovered", Symbol: "exhibit", Standing: forensics.Recovered},
		{Text: "flames", Standing: forensics.Inferred}, {Text: "openings", Standing: forensics.Supposed}}}
	layers["exposure"](&s)
	layers["flames"](&s)
	layers["standings"](&s)
	s.Gas = append(s.Gas, gasOf(c))
	s.ShowGas = render.GasShown{Smoke: true, Temperature: true, Heat: true}
	v := goldenView(c)
	v.WidthPx, v.HeightPx = 640, 480
	golden(t, "key", picture(t, d, s, v))
}

func golden(t *testing.T, name string, img *image.RGBA) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".png")
	if os.Getenv("FIRESCENE_UPDATE_GOLDEN") != "" {
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(read.Bounds())
	draw.Draw(want, want.Rect, read, image.Point{}, draw.Src)
	diff, err := render.Compare(want, img)
	if err != nil {
		t.Fatal(err)
	}
	if diff.Mean > goldenMean || diff.BeyondShare > goldenShare {
		kept := filepath.Join(t.TempDir(), name+".png")
		t.Errorf("differs from %s: %+v (set FIRESCENE_UPDATE_GOLDEN=1 to write it anew; this one would be %s)", path, diff, kept)
	}
}

// TestLayersAlone: a layer's pixels do not depend on what else is shown: each is the same
// beside a marker in the picture's corner.
func TestLayersAlone(t *testing.T) {
	d := drawer(t, Options{Supersample: 1, NoFurniture: true, PointsBy: PointsSplat})
	c, layers := layersOf()
	v := goldenView(c)
	for _, name := range []string{"smoke", "temperature", "heat", "exposure", "mesh"} {
		s := render.Scene{Cloud: c}
		layers[name](&s)
		alone := picture(t, d, s, v)
		s.Markers = []render.Marker{{At: at(c, 3.6, 2.6, 0.1), Symbol: "exhibit", Standing: forensics.Measured}}
		s.Gas = append(s.Gas, recon.Gas{Box: r3.Box{Min: at(c, 3.4, 0.2, 0), Max: at(c, 3.9, 0.7, 0.5)}, Cells: [3]int{1, 1, 1}, TempC: []float32{900}, ExtinctionM: []float32{9}, HRRKWM3: []float32{900}})
		with := picture(t, d, s, v)
		other := 0
		for y := range 110 { // the upper half, where neither lies
			for x := range 160 {
				for k := range 3 {
					if i := y*alone.Stride + 4*x + k; alone.Pix[i] != with.Pix[i] {
						other++
						break
					}
				}
			}
		}
		if other > 0 {
			t.Errorf("%s: %d pixels change with what else is shown", name, other)
		}
	}
}
