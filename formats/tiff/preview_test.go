package tiff

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

func TestPreviews(t *testing.T) {
	stream := func(n int) []byte { return append([]byte{0xFF, 0xD8, 0xFF, 0xE0}, make([]byte, n-4)...) }
	for _, bo := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, wide := range []bool{false, true} {
			f := begin(bo, wide)
			thumb, full, sub := f.add(stream(90)), f.add(stream(3000)), f.add(stream(700))
			raw := f.add(make([]byte, 500)) // no JPEG
			inner := f.dir([]uint16{tagJPEG, tagJPEGBytes}, []int64{thumb}, []int64{90})
			inner2 := f.dir([]uint16{tagCompression, tagStrips, tagStripBytes}, []int64{jpegNew}, []int64{sub}, []int64{700})
			b := f.first(f.dir([]uint16{tagCompression, tagStrips, tagStripBytes, tagSubDirs, tagJPEG, tagJPEGBytes},
				[]int64{jpegOld}, []int64{full}, []int64{3000}, []int64{inner, inner2, inner}, []int64{raw}, []int64{500}))
			got, err := Previews(bytes.NewReader(b), int64(len(b)))
			if want := []Preview{{thumb, 90}, {sub, 700}, {full, 3000}}; err != nil || !slices.Equal(got, want) {
				t.Errorf("wide %v: %v, want %v, %v", wide, got, want, err)
			}
			for n := range b {
				got, err := Previews(bytes.NewReader(b[:n]), int64(n))
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range got {
					if p.OffsetB+p.LengthB > int64(n) {
						t.Fatalf("%v in %d bytes", p, n)
					}
				}
			}
		}
	}
}

func FuzzPreviews(f *testing.F) {
	for _, wide := range []bool{false, true} {
		t := begin(binary.LittleEndian, wide)
		at := t.add([]byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0})
		f.Add(t.first(t.dir([]uint16{tagJPEG, tagJPEGBytes}, []int64{at}, []int64{8})))
		f.Add(picture(binary.BigEndian, wide, jpegNew, true))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Previews(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(got) > maxPreviews {
			t.Fatal(len(got), err)
		}
		for _, p := range got {
			if p.OffsetB < 0 || p.LengthB <= 0 || p.OffsetB+p.LengthB > int64(len(b)) {
				t.Fatal(p)
			}
		}
	})
}
