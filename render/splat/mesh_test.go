package splat

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"firescene/recon"
)

// slope is two triangles that span a square of 2 x 2 about the middle, from height 0 at
// its left to rise at its right.
func slope(rise float32) *recon.Mesh {
	return &recon.Mesh{XYZ: []float32{-1, -1, 0, 1, -1, rise, 1, 1, rise, -1, 1, 0}, RGB: []uint8{200, 0, 0, 200, 0, 0, 200, 0, 0, 200, 0, 0}, Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}}}
}

func drawMesh(t *testing.T, c *Cloud, m *Mesh, cam Camera, workers int) ([]byte, []float32) {
	t.Helper()
	var b Buffer
	if err := b.Draw(c, cam, workers); err != nil {
		t.Fatal(err)
	}
	b.DrawMesh(m, cam, workers)
	rgba, depth := make([]byte, 4*cam.Width*cam.Height), make([]float32, cam.Width*cam.Height)
	b.Resolve(rgba, depth, workers)
	return rgba, depth
}

// TestMeshDepth: the depth of every pixel is that of the slope, in perspective and
// parallel, without a gap between its triangles.
func TestMeshDepth(t *testing.T) {
	m := NewMesh(slope(0.6))
	for _, parallel := range []bool{false, true} {
		cam := above(3)
		cam.Parallel = parallel
		if parallel {
			cam.FocalPx = 150
		}
		_, depth := drawMesh(t, &Cloud{}, m, cam, 3)
		seen := 0
		for i, z := range depth {
			if z == 0 {
				continue
			}
			seen++
			x := (float64(i%400) + 0.5 - 200) / float64(cam.FocalPx)
			if !parallel {
				x *= float64(z)
			}
			if want := 3 - 0.3*(x+1); math.Abs(float64(z)-want) > 2e-4 {
				t.Fatalf("parallel %v, pixel %d: depth %g, want %g", parallel, i, z, want)
			}
		}
		if parallel && seen != 300*300 {
			t.Errorf("%d pixels, want %d", seen, 300*300)
		}
	}
}

// TestMeshAmongPoints: the nearest wins, whichever it is, and any number of workers gives
// the same bytes; the clip box cuts faces in two.
func TestMeshAmongPoints(t *testing.T) {
	c := Prepare(&recon.Cloud{XYZ: []float32{-0.5, 0, 0.4, 0.5, 0, 0.1}, RGB: []uint8{0, 255, 0, 0, 255, 0}})
	cam := above(3)
	cam.Parallel, cam.FocalPx = true, 150
	m := NewMesh(slope(0.6))
	rgba, depth := drawMesh(t, c, m, cam, 1)
	at := func(x float64) byte { return rgba[4*(200*400+200+int(150*x))+1] }
	if at(-0.5) != 255 || at(0.5) != 0 {
		t.Errorf("green %d and %d; want the point before the slope and not the one behind it", at(-0.5), at(0.5))
	}
	for _, workers := range []int{2, 5} {
		if r, d := drawMesh(t, c, m, cam, workers); !bytes.Equal(r, rgba) || !slices.Equal(d, depth) {
			t.Errorf("%d workers: another picture", workers)
		}
	}
	cam.HasClip, cam.ClipAxis, cam.ClipHalf = true, [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, [3]float32{0.5, 5, 5}
	_, depth = drawMesh(t, &Cloud{}, m, cam, 2)
	n := 0
	for _, z := range depth {
		if z > 0 {
			n++
		}
	}
	if n != 150*300 {
		t.Errorf("%d pixels of the half that is not cut away, want %d", n, 150*300)
	}
}

// TestMeshNear: faces that reach behind the eye are cut at the near plane.
func TestMeshNear(t *testing.T) {
	floor := &recon.Mesh{XYZ: []float32{-50, -50, -1, 50, -50, -1, 50, 50, -1, -50, 50, -1}, Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}}}
	cam := Camera{Right: [3]float32{1, 0, 0}, Down: [3]float32{0, 0, -1}, Forward: [3]float32{0, 1, 0}, FocalPx: 100, Near: 0.1, Width: 200, Height: 100, Fill: 1}
	_, depth := drawMesh(t, &Cloud{}, NewMesh(floor), cam, 2)
	for y := range 100 {
		z := depth[y*200+100]
		if y < 50 && z != 0 || y > 55 && math.Abs(float64(z)-100/(float64(y)+0.5-50)) > 0.01*float64(z) {
			t.Fatalf("row %d: depth %g", y, z)
		}
	}
}

func TestStrangeMeshes(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	m := NewMesh(&recon.Mesh{XYZ: []float32{nan, 0, 0, 1, inf, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3e38, -3e38, 3e38, -3e38, 3e38, 0},
		Faces: [][3]int32{{0, 1, 2}, {2, 3, 4}, {2, 2, 2}, {-1, 0, 9}, {2, 5, 6}, {3, 5, 6}}})
	_, depth := drawMesh(t, &Cloud{}, m, above(3), 2)
	for _, z := range depth {
		if z != z {
			t.Fatal("a depth is not a number")
		}
	}
	if NewMesh(&recon.Mesh{}).Len() != 0 {
		t.Error("an empty mesh has triangles")
	}
}

// BenchmarkMesh1M draws a million triangles at 1280x720 on one core.
func BenchmarkMesh1M(b *testing.B) {
	m := &recon.Mesh{}
	const n = 708
	for y := range n {
		for x := range n {
			m.XYZ = append(m.XYZ, float32(x)*0.005-1.8, float32(y)*0.005-1.8, 0.1*float32(math.Sin(float64(x)/30)))
		}
	}
	for y := range int32(n - 1) {
		for x := range int32(n - 1) {
			i := y*n + x
			m.Faces = append(m.Faces, [3]int32{i, i + 1, i + n + 1}, [3]int32{i, i + n + 1, i + n})
		}
	}
	mesh := NewMesh(m)
	cam := above(3)
	cam.Width, cam.Height, cam.FocalPx = 1280, 720, 700
	var buf Buffer
	for b.Loop() {
		if err := buf.Draw(&Cloud{}, cam, 1); err != nil {
			b.Fatal(err)
		}
		buf.DrawMesh(mesh, cam, 1)
	}
}
