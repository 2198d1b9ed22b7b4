package samples

import (
	"bytes"
	"context"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats/colmap"
)

// TestPhotoSet: the same bytes for any number of workers, poses inside of the
// rooms, neighbours near each other, and pictures that show something.
func TestPhotoSet(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	opts := PhotoSetOptions{Photos: 6, WidthPx: 96, Seed: 3, Workers: 1}
	if err := PhotoSet(context.Background(), one, opts, nil); err != nil {
		t.Fatal(err)
	}
	opts.Workers = 3
	if err := PhotoSet(context.Background(), two, opts, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(one, "truth", "images.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	images, err := colmap.ReadImages(f)
	if err != nil || len(images) != 6 {
		t.Fatalf("%d poses, %v", len(images), err)
	}
	for _, img := range images {
		q, tr := img.Q, img.T
		if n := q[0]*q[0] + q[1]*q[1] + q[2]*q[2] + q[3]*q[3]; math.Abs(n-1) > 1e-9 || math.IsNaN(tr[0]) {
			t.Errorf("%s: pose %v %v", img.Name, q, tr)
		}
		a, err := os.ReadFile(filepath.Join(one, "photos", img.Name))
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(filepath.Join(two, "photos", img.Name)); !bytes.Equal(a, b) {
			t.Errorf("%s depends on the number of workers", img.Name)
		}
		pic, err := jpeg.Decode(bytes.NewReader(a))
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := uint32(math.MaxUint32), uint32(0)
		for y := range 72 {
			for x := range 96 {
				_, g, _, _ := pic.At(x, y).RGBA()
				lo, hi = min(lo, g), max(hi, g)
			}
		}
		if hi-lo < 0x4000 {
			t.Errorf("%s is flat: %d to %d", img.Name, lo>>8, hi>>8)
		}
	}
	for _, bad := range []PhotoSetOptions{{Photos: 1}, {WidthPx: 9}, {Exposure: -1}, {Photos: 1 << 20}} {
		if err := PhotoSet(context.Background(), t.TempDir(), bad, nil); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
