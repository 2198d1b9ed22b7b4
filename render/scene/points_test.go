package scene

import (
	"context"
	"strings"
	"testing"

	"firescene/recon"
	"firescene/render"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

// joined is a room as an octree gives it: coarse points behind fine ones, and a part of
// which only coarse points are there.
func joined() (*Prepared, render.Scene) {
	c := room(0.02, 0)
	coarse := &recon.Cloud{Origin: c.Origin}
	var fine, far [2][]float32 // of the near and the far half
	var colour [2][]uint8
	for i := range c.Len() {
		p, k := c.XYZ[3*i:3*i+3], 0
		if p[0] > 2 {
			k = 1
		}
		if i%9 == 0 {
			far[k], colour[k] = append(far[k], p...), append(colour[k], c.RGB[3*i:3*i+3]...)
			coarse.XYZ, coarse.RGB = append(coarse.XYZ, p...), append(coarse.RGB, c.RGB[3*i:3*i+3]...)
		} else if k == 0 {
			fine[0], fine[1] = append(fine[0], p...), nil
		}
	}
	var rgb []uint8
	for i := range c.Len() {
		if c.XYZ[3*i] <= 2 && i%9 != 0 {
			rgb = append(rgb, c.RGB[3*i:3*i+3]...)
		}
	}
	pieces := []*splat.Piece{splat.NewPiece(far[0], colour[0]), splat.NewPiece(far[1], colour[1]), splat.NewPiece(fine[0], rgb)}
	origin := [3]float64{c.Origin.X, c.Origin.Y, c.Origin.Z}
	points := splat.Join(origin, pieces, []float32{0.02, 0.06}, []splat.Gap{{Index: 1, Behind: true}, {Index: 1}, {Index: 0}})
	s := everything()
	s.Cloud = coarse
	return PreparedOf(coarse, points, Survey(c)), s
}

// TestRenderersAgree holds OpenGL points against the splatter, with the tolerance that
// is stated for them, from all sides and from near: clouds that were prepared whole and
// such that were joined from pieces.
func TestRenderersAgree(t *testing.T) {
	bySplat := drawer(t, Options{PointsBy: PointsSplat, Supersample: 1})
	byGL := drawer(t, Options{PointsBy: PointsGL, Supersample: 1})
	p, pieces := joined()
	whole := everything()
	near := LookFrom(at(whole.Cloud, 0.4, 0.5, 1.1), at(whole.Cloud, 3, 2, 0.6), 480, 320)
	meshed := whole
	meshed.Mesh = meshOf(whole.Cloud)
	meshed.Paint = &render.Paint{Patches: patchesOf(whole.Cloud, 60)}
	meshed.Gas, meshed.ShowGas = []recon.Gas{gasOf(whole.Cloud)}, render.GasShown{Smoke: true, Temperature: true, Heat: true}
	for _, tc := range []struct {
		name string
		s    render.Scene
		p    *Prepared
	}{{"whole", whole, Prepare(whole.Cloud)}, {"joined", pieces, p}, {"with a mesh, paint and gas", meshed, Prepare(meshed.Cloud)}} {
		views := []render.View{near}
		for _, name := range []string{Overview, Plan, Section, Interior} {
			views = append(views, view(t, name, &tc.s))
		}
		for _, v := range views {
			for _, d := range []*Drawer{bySplat, byGL} {
				if err := d.Take(tc.p); err != nil {
					t.Fatal(err)
				}
			}
			a, b := picture(t, bySplat, tc.s, v), picture(t, byGL, tc.s, v)
			d, err := render.Compare(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Same {
				t.Errorf("%s from %s: %+v", tc.name, v.Name, d)
			}
			// The depths too: what is picked must be the same.
			far, n := 0, 0
			for y := 0; y < v.HeightPx; y += 4 {
				for x := 0; x < v.WidthPx; x += 4 {
					p, ok := bySplat.At(x, y)
					q, ok2 := byGL.At(x, y)
					n++
					if ok != ok2 || ok && r3.Norm(r3.Sub(p, q)) > 0.01 {
						far++
					}
				}
			}
			if far > n/100 {
				t.Errorf("%s from %s: %d of %d points picked lie elsewhere", tc.name, v.Name, far, n)
			}
		}
	}
	if byGL.Splats() || !bySplat.Splats() || byGL.Trouble() != nil {
		t.Error("a renderer was not what was asked for: ", byGL.Trouble())
	}
}

// TestLostContext ends the context under a drawer: the next picture is drawn by the
// splatter in a new one, and the drawer says so.
func TestLostContext(t *testing.T) {
	s := everything()
	v := view(t, Overview, &s)
	want := picture(t, drawer(t, Options{PointsBy: PointsSplat, Supersample: 1}), s, v)
	d := drawer(t, Options{PointsBy: PointsGL, Supersample: 1})
	picture(t, d, s, v)
	d.gl.Close()
	got := picture(t, d, s, v)
	if diff, err := render.Compare(want, got); err != nil || diff.Max > 0 {
		t.Errorf("after the loss the picture differs: %+v %v", diff, err)
	}
	if d.Trouble() == nil || !d.Splats() || !strings.Contains(d.Renderer(), "splatter") {
		t.Errorf("trouble %v, renderer %s", d.Trouble(), d.Renderer())
	}
	d.Close()
	if _, err := d.Draw(context.Background(), s, v); err == nil {
		t.Error("a closed drawer drew")
	}
}
