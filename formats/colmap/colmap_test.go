package colmap

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

var sample = Model{
	Cameras: []Camera{
		{ID: 1, Model: Pinhole, Width: 640, Height: 480, Params: []float64{525, 525.5, 319.5, 239.5}},
		{ID: 7, Model: Radial, Width: 100, Height: 80, Params: []float64{90.125, 50, 40, -0.1, 0.02}},
		{ID: 8, Model: OpenCV, Width: 100, Height: 80, Params: []float64{90, 91, 50, 40, -0.1, 0.02, 1e-3, -2e-4}},
		{ID: 9, Model: FullOpenCV, Width: 100, Height: 80, Params: []float64{90, 91, 50, 40, -0.1, 0.02, 1e-3, -2e-4, 0.01, 0, 0, 1e-3}},
	},
	Images: []Image{
		{ID: 1, Q: [4]float64{1, 0, 0, 0}, T: [3]float64{0.1, -2, 3e-9}, CameraID: 1, Name: "room 1.jpg",
			Points: []Point2D{{1.5, 2.25, 4}, {3, 4, -1}}},
		{ID: 2, Q: [4]float64{0.6, 0.8, 0, 0}, CameraID: 7, Name: "走廊.jpg"},
	},
	Points: []Point3D{
		{ID: 4, XYZ: [3]float64{1, 2, 3}, RGB: [3]uint8{1, 2, 255}, Error: 0.25, Track: []TrackElement{{1, 0}, {2, 5}}},
		{ID: 9, XYZ: [3]float64{1e-7, -2, 3}, RGB: [3]uint8{9, 8, 7}},
	},
}

func write(t testing.TB, m *Model) (cameras, images, points []byte) {
	var a, b, c bytes.Buffer
	for _, err := range []error{WriteCameras(&a, m.Cameras), WriteImages(&b, m.Images), WritePoints(&c, m.Points)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return a.Bytes(), b.Bytes(), c.Bytes()
}

func TestRoundTrip(t *testing.T) {
	a, b, c := write(t, &sample)
	var got Model
	var err error
	if got.Cameras, err = ReadCameras(bytes.NewReader(a)); err != nil {
		t.Error(err)
	}
	if got.Images, err = ReadImages(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
	if got.Points, err = ReadPoints(bytes.NewReader(c)); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(got, sample) {
		t.Errorf("read back\n%+v\nwrote\n%+v", got, sample)
	}
}

func TestReadWhatOthersWrite(t *testing.T) {
	in := "# comment\r\n1 SIMPLE_RADIAL 3072 2048 2559.81 1536 1024 -0.0204997\r\n\r\n2  SIMPLE_PINHOLE 10 20   5 6 7"
	got, err := ReadCameras(strings.NewReader(in))
	if err != nil || len(got) != 2 {
		t.Fatalf("%v, %v", got, err)
	}
	if k := got[0].Intrinsics(); k != (Intrinsics{Fx: 2559.81, Fy: 2559.81, Cx: 1536, Cy: 1024, K1: -0.0204997}) {
		t.Errorf("%+v", k)
	}
	if k := got[1].Intrinsics(); k != (Intrinsics{Fx: 5, Fy: 5, Cx: 6, Cy: 7}) {
		t.Errorf("%+v", k)
	}
	// An image without keypoints has an empty line, and the last one may lack it.
	images, err := ReadImages(strings.NewReader("1 1 0 0 0 0 0 0 1 a.jpg\n\n2 1 0 0 0 0 0 0 1 b.jpg"))
	if err != nil || len(images) != 2 || images[1].Name != "b.jpg" {
		t.Errorf("%+v, %v", images, err)
	}
}

func TestDamaged(t *testing.T) {
	cameras := func(s string) error { _, err := ReadCameras(strings.NewReader(s)); return err }
	images := func(s string) error { _, err := ReadImages(strings.NewReader(s)); return err }
	points := func(s string) error { _, err := ReadPoints(strings.NewReader(s)); return err }
	for _, c := range []struct {
		name string
		err  error
	}{
		{"short camera", cameras("1 PINHOLE 640")},
		{"missing parameter", cameras("1 PINHOLE 640 480 1 2 3")},
		{"no pixels", cameras("1 PINHOLE 0 480 1 2 3 4")},
		{"not a number", cameras("1 PINHOLE 640 480 1 2 x 4")},
		{"not finite", cameras("1 PINHOLE 640 480 1 2 NaN 4")},
		{"short image", images("1 1 0 0 0 0 0 0 1")},
		{"zero rotation", images("1 0 0 0 0 0 0 0 1 a.jpg")},
		{"keypoint cut off", images("1 1 0 0 0 0 0 0 1 a.jpg\n1 2 3 4")},
		{"short point", points("1 2 3 4 5 6")},
		{"track cut off", points("1 0 0 0 1 2 3 0.5 1")},
		{"colour", points("1 0 0 0 1 2 256 0.5")},
	} {
		if !formats.IsDamaged(c.err) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	if err := cameras("1 FISHEYE 640 480 1 2 3 4"); !formats.IsUnsupported(err) {
		t.Errorf("unknown model: %v", err)
	}
}

// FuzzRead holds what is read to what is written from it, and accepts any error.
func FuzzRead(f *testing.F) {
	a, b, c := write(f, &sample)
	f.Add(a, b, c)
	f.Add([]byte("1 RADIAL 1 1 1 1 1 1 1"), []byte("1 1 0 0 0 0 0 0 1 a\n1 2 -1"), []byte("1 1 1 1 1 1 1 1 1 1"))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		var m Model
		var err error
		if m.Cameras, err = ReadCameras(bytes.NewReader(a)); err != nil {
			m.Cameras = nil
		}
		if m.Images, err = ReadImages(bytes.NewReader(b)); err != nil {
			m.Images = nil
		}
		if m.Points, err = ReadPoints(bytes.NewReader(c)); err != nil {
			m.Points = nil
		}
		for _, cam := range m.Cameras {
			cam.Intrinsics()
		}
		x, y, z := write(t, &m)
		var again Model
		if again.Cameras, err = ReadCameras(bytes.NewReader(x)); err != nil {
			t.Fatal(err)
		}
		if again.Images, err = ReadImages(bytes.NewReader(y)); err != nil {
			t.Fatal(err)
		}
		if again.Points, err = ReadPoints(bytes.NewReader(z)); err != nil {
			t.Fatal(err)
		}
		if len(again.Cameras) != len(m.Cameras) || len(again.Images) != len(m.Images) || !reflect.DeepEqual(again.Points, m.Points) {
			t.Fatal("what was read does not survive writing and reading")
		}
	})
}
