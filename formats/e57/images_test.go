package e57

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/points/pointstest"
)

// gridAndImages writes a scan with a grid and four images.
func gridAndImages(t testing.TB) (raw []byte, images []ImageSource) {
	t.Helper()
	pose := points.IdentityPose
	pose[3] = 5
	for i, kind := range []Projection{Pinhole, Spherical, Cylindrical, Visual} {
		im := Image{Name: string(kind), ScanGUID: "{scan}", Projection: kind, Encoding: []string{"jpeg", "png"}[i%2], WidthPx: 40, HeightPx: 30, WorldFromImage: pose, HasPose: true}
		if kind == Pinhole {
			im.FocalM, im.PrincipalX = 0.02, 19.5
		}
		if kind != Visual {
			im.PixelWidth, im.PixelHeight = 1e-5, 2e-5
		}
		if kind == Cylindrical || kind == Pinhole {
			im.PrincipalY = 14.5
		}
		if kind == Cylindrical {
			im.RadiusM = 3
		}
		images = append(images, ImageSource{Image: im, Data: bytes.Repeat([]byte{byte(i), 7, 9}, 700*i+1)})
	}
	done := false
	next := func(c *points.Chunk) error {
		if done {
			return io.EOF
		}
		done = true
		*c = points.Chunk{N: 3, X: []float64{1, 2, 3}, Y: []float64{4, 5, 6}, Z: []float64{7, 8, 9}, Row: []int32{0, 1, 299}, Column: []int32{5, 6, 7}}
		return nil
	}
	var f pointstest.File
	if _, err := Write(&f, []ScanSource{{Info: points.ScanInfo{GUID: "{scan}", HasGrid: true, WorldFromScan: points.IdentityPose}, Next: next, Rows: 300, Columns: 8}}, Options{Images: images}); err != nil {
		t.Fatal(err)
	}
	return f.B, images
}

func TestGridAndImages(t *testing.T) {
	raw, want := gridAndImages(t)
	f, err := OpenFile(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits(), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var c points.Chunk
	if err := f.Scans[0].Next(&c); err != nil || c.N != 3 || c.Row[2] != 299 || c.Column[0] != 5 {
		t.Fatal(c, err)
	}
	if columns, rows := f.Scans[0].Grid(); columns != 3 || rows != 300 {
		t.Errorf("grid of %d by %d", columns, rows)
	}
	if len(f.Images) != len(want) {
		t.Fatalf("%d images", len(f.Images))
	}
	for i := range f.Images {
		got, w := f.Images[i], want[i].Image
		data, err := f.ImageData(&got)
		if err != nil || !bytes.Equal(data, want[i].Data) {
			t.Errorf("%s: %d bytes, %v", got.Name, len(data), err)
		}
		got.atB, got.SizeB, got.GUID = 0, 0, ""
		if got != w {
			t.Errorf("image is\n%+v, want\n%+v", got, w)
		}
	}
	for _, edit := range []func(im *Image){
		func(im *Image) { im.SizeB = 1 << 40 }, func(im *Image) { im.atB = 1 << 40 }, func(im *Image) { im.atB = 48 }, func(im *Image) { im.SizeB += 1 << 10 },
	} {
		im := f.Images[1]
		edit(&im)
		if _, err := f.ImageData(&im); !formats.IsDamaged(err) {
			t.Errorf("%+v: %v", im, err)
		}
	}
}

// TestOthersImages extracts the pictures of files that other programs wrote.
func TestOthersImages(t *testing.T) {
	for name, n := range map[string]int{"e57-cry-inc/testdata/tiny_pc_and_images.e57": 4, "e57-test-data/self/PinholeImageWithDistortionParameters.e57": 3, "e57-pye57/tests/test_data/pumpAVisualReferenceImage.e57": 1} {
		raw, err := os.ReadFile(filepath.Join("../../../shared/data/scans", name))
		if err != nil {
			t.Skip("measuring data is not here:", err)
		}
		f, err := OpenFile(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits(), ReadOptions{})
		if err != nil || len(f.Images) != n {
			t.Fatal(name, len(f.Images), err)
		}
		for i := range f.Images {
			im := &f.Images[i]
			data, err := f.ImageData(im)
			magic := map[string]string{"jpeg": "\xff\xd8\xff", "png": "\x89PNG"}[im.Encoding]
			empty := len(bytes.Trim(data, "\x00")) == 0 // two pictures of the first file are zeros
			if err != nil || !bytes.HasPrefix(data, []byte(magic)) && !(empty && i > 1) || im.Projection == "" {
				t.Errorf("%s: image %+v, %v", name, im, err)
			}
		}
	}
}
