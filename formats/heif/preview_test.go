package heif

import (
	"bytes"
	"slices"
	"testing"

	"firescene/formats/tiff"
)

// exifItem is an Exif item whose second directory names a thumbnail.
func exifItem(thumb []byte) []byte {
	head := slices.Concat([]byte("MM\x00*"), be(4, 8), be(2, 1), be(2, 274, 3), be(4, 1), be(2, 1, 0), be(4, 26),
		be(2, 2), be(2, 513, 4), be(4, 1, 56), be(2, 514, 4), be(4, 1, uint64(len(thumb))), be(4, 0))
	return slices.Concat(be(4, 6), []byte("Exif\x00\x00"), head, thumb)
}

func TestPreviews(t *testing.T) {
	thumb := slices.Concat([]byte{0xFF, 0xD8, 0xFF, 0xE0}, make([]byte, 100), []byte{0xFF, 0xD9})
	for coding, data := range map[string][]byte{"jpeg": thumb, "Exif": exifItem(thumb)} {
		b := picture("heic", coding, data, unit(1, 3000))
		got, err := Previews(bytes.NewReader(b), int64(len(b)))
		want := []tiff.Preview{{OffsetB: int64(bytes.Index(b, thumb)), LengthB: int64(len(thumb))}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", coding, got, err, want)
		}
		for n := range 400 {
			if _, err := Previews(bytes.NewReader(b[:n]), int64(n)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func FuzzPreviews(f *testing.F) {
	f.Add(picture("heic", "Exif", exifItem([]byte{0xFF, 0xD8, 0xFF, 0xE0}), unit(1, 30)))
	f.Add(picture("heic", "jpeg", []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 1, 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Previews(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(got) > 2*maxPreviews {
			t.Fatal(len(got), err)
		}
		for _, p := range got {
			if p.OffsetB < 0 || p.LengthB <= 0 || p.OffsetB+p.LengthB > int64(len(b)) {
				t.Fatal(p)
			}
		}
	})
}
