package scene

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/recon"

	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// TestLookThrough holds the view through a camera to the camera itself: what the one
// projects to a pixel the other does too, in the same place of its picture.
func TestLookThrough(t *testing.T) {
	c := recon.Camera{WidthPx: 704, HeightPx: 576, FxPx: 500, FyPx: 500, CxPx: 352, CyPx: 288}
	a := 0.3
	pose := recon.Pose{Q: quat.Mul(quat.Number{Real: math.Cos(a), Jmag: math.Sin(a)}, quat.Number{Real: math.Cos(1), Imag: math.Sin(1)}), T: r3.Vec{X: 1, Y: 2, Z: 2.2}}
	v := LookThrough(&c, pose, 1280, 576)
	p, err := NewProjection(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, px := range [][2]float64{{10, 20}, {352, 288}, {600, 500}, {704, 0}} {
		w := pose.Apply(r3.Scale(3, c.Ray(px[0], px[1])))
		x, y, ok := p.At(w)
		// The picture's height fills the view's, and its middle is that of the view.
		if !ok || math.Abs(x-(640+px[0]-352)) > 1e-6 || math.Abs(y-px[1]) > 1e-6 {
			t.Errorf("pixel %v of the camera is %.3f %.3f of the view", px, x, y)
		}
	}
	if f := Frustum(&c, pose, 1, forensics.Supposed); len(f) != 5 || !f[0].Closed || f[1].Points[0] != pose.T {
		t.Errorf("%+v", f)
	}
}

func TestCameraFile(t *testing.T) {
	c := PlacedCamera{Name: "CH1", Exhibit: "E021", Match: "CH1_", How: HowStated, Camera: recon.Camera{WidthPx: 704, HeightPx: 576, FxPx: 500, FyPx: 500}}
	c.SetPose(recon.Pose{Q: quat.Number{Real: 1}, T: r3.Vec{X: 1}})
	var b bytes.Buffer
	if err := WriteCameras(&b, []PlacedCamera{c}); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	if got, err := ReadCameras(&b); err != nil || len(got) != 1 || got[0] != c {
		t.Errorf("%+v, %v", got, err)
	}
	for from, to := range map[string]string{`"CH1",`: `"",`, `"stated"`: `"guess"`, `500,`: `0,`, `"turn": [`: `"turn": [9,`, `704`: `1`, `"match"`: `"mach"`} {
		if _, err := ReadCameras(strings.NewReader(strings.Replace(good, from, to, 1))); err == nil {
			t.Errorf("with %s for %s it was taken", to, from)
		}
	}
}

func FuzzReadCameras(f *testing.F) {
	c := PlacedCamera{Name: "a", How: HowStated, Turn: [4]float64{1}, Camera: recon.Camera{WidthPx: 64, HeightPx: 48, FxPx: 50, FyPx: 50, K1: -0.3}}
	var b bytes.Buffer
	if err := WriteCameras(&b, []PlacedCamera{c}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ReadCameras(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, c := range list {
			v := LookThrough(&c.Camera, c.WorldFromCam(), 64, 48)
			if !(v.FovYDeg >= 1 && v.FovYDeg <= 170) {
				t.Fatalf("field of view %g of %+v", v.FovYDeg, c)
			}
		}
	})
}
