package heif

import (
	"bytes"
	"slices"
	"testing"
)

// withSizes is a picture whose meta box holds an extent and a grid of its own.
func withSizes(w, h, gridW, gridH uint64) []byte {
	ispe := box("ispe", be(4, 0), be(4, w, h))
	infe := box("infe", be(4, 2<<24), be(2, 1, 0), []byte("grid"), be(1, 0))
	iloc := slices.Concat(be(4, 1<<24), be(2, 0x4400, 1), be(2, 1, 1, 0, 1), be(4, 0, 8))
	meta := box("meta", be(4, 0), box("hdlr", be(4, 0, 0), []byte("pict"), be(4, 0, 0, 0), be(1, 0)),
		box("iinf", be(4, 0), be(2, 1), infe), box("iloc", iloc),
		box("iprp", box("ipco", ispe)), box("idat", []byte{0, 0, 1, 1}, be(2, gridW, gridH)))
	return slices.Concat(box("ftyp", []byte("heic"), be(4, 0), []byte("mif1heic")), meta)
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct{ w, h, gw, gh, want uint64 }{{4000, 3000, 100, 80, 12_000_000}, {512, 512, 60000, 50000, 3_000_000_000}} {
		b := withSizes(c.w, c.h, c.gw, c.gh)
		got, err := Describe(bytes.NewReader(b), int64(len(b)))
		if err != nil || got.LargestPx != int64(c.want) || got.ExifB != 0 {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	b := picture("heic", "Exif", exifItem([]byte{0xFF, 0xD8}))
	got, err := Describe(bytes.NewReader(b), int64(len(b)))
	if err != nil || got.ExifB <= 0 || !bytes.HasPrefix(b[got.ExifAt:], []byte("MM\x00*")) {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add(withSizes(400, 300, 10, 10))
	f.Add(picture("heic", "Exif", exifItem([]byte{0xFF, 0xD8})))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Describe(bytes.NewReader(b), int64(len(b)))
		if err != nil || p.LargestPx < 0 || p.ExifB < 0 || p.ExifB > 0 && (p.ExifAt < 0 || p.ExifAt+p.ExifB > int64(len(b))) {
			t.Fatal(p, err)
		}
	})
}
