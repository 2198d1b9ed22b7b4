package carve

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"image"
	"image/color"
	stdgif "image/gif"
	"testing"

	"firescene/forensics"
)

// small are little files of some types, and the bare signatures of all.
func small(t testing.TB) (out [][]byte) {
	var gif, gz, docx bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.Black, color.White})
	copy(m.Pix[30:], bytes.Repeat([]byte{1, 0, 1}, 40))
	if err := stdgif.Encode(&gif, m, nil); err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(&gz)
	w.Write(noise(3, 300))
	w.Close()
	z := zip.NewWriter(&docx)
	f, _ := z.Create("word/document.xml")
	f.Write(noise(4, 200))
	z.Close()
	pdf := "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \ntrailer\n<</Size 3/Root 1 0 R>>\nstartxref\n101\n%%EOF\n"
	out = append(out, picture(t, 1, 24, 16, false), picture(t, 2, 12, 8, true), gif.Bytes(), gz.Bytes(), docx.Bytes(), []byte(pdf))
	for _, typ := range Types() {
		for _, s := range typ.Signatures {
			b := make([]byte, s.OffsetB+len(s.Bytes)+200)
			copy(b[s.OffsetB:], s.Bytes)
			out = append(out, b)
		}
	}
	return out
}

// mostReads is how many times over a walk may read its data: tables lead back,
// and what lies behind a fault is looked at again.
const mostReads = 40

// FuzzWalk gives any bytes to the head and the walk of every type: the verdict
// stays within the data, and the data is not read over and over.
func FuzzWalk(f *testing.F) {
	for _, b := range small(f) {
		f.Add(b)
	}
	types := Types()
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || len(b) > 1<<16 {
			return
		}
		size := int64(len(b))
		for i := range types {
			typ := &types[i]
			typ.Head(b[:min(len(b), HeadB)])
			r := counting{ReaderAt: bytes.NewReader(b)}
			v, err := typ.Walk(&r, size)
			if err != nil {
				t.Fatalf("%s: %v", typ.Name, err)
			}
			wrong := ""
			switch {
			case v.LengthB < 0 || v.LengthB > size:
				wrong = "length outside the data"
			case v.SureB < 0 || v.FailB < 0 || v.NeedB < 0:
				wrong = "a negative place"
			case v.FailB > 0 && v.SureB > v.FailB:
				wrong = "sure behind the fault"
			case v.SureB > size || v.FailB > size:
				wrong = "a place outside the data"
			case v.State == forensics.Whole && v.LengthB == 0:
				wrong = "whole and empty"
			case v.LengthB > 0 && (v.Confidence <= 0 || v.Confidence > 1 || v.Reason == ""):
				wrong = "no confidence or reason"
			case r.n > mostReads*len(b)+1<<20:
				wrong = fmt.Sprintf("%d bytes read", r.n)
			}
			if wrong != "" {
				t.Errorf("%s of %d bytes: %s: %+v", typ.Name, size, wrong, v)
			}
		}
	})
}

// FuzzRun gives any bytes to the whole search: finds come in order, lie in the
// data, and are the same for any number of workers.
func FuzzRun(f *testing.F) {
	files := small(f)
	for i := 0; i+2 < len(files); i += 3 {
		f.Add(files[i], files[i+1], files[i+2], uint16(512), uint16(1000))
	}
	f.Add(b64(files[0]), gzipped(files[1]), zipWith(files[2]), uint16(0), uint16(600))
	f.Fuzz(func(t *testing.T, a, b, c []byte, at, to uint16) {
		img := make([]byte, 1<<14)
		copy(img, a)
		copy(img[int(at)%len(img):], b)
		copy(img[int(to)%len(img):], c)
		var want string
		for _, workers := range []int{1, 3} {
			got, last := "", int64(0)
			err := Run(context.Background(), Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, Options{Unaligned: true, Depth: 2, Workers: workers}, func(f Find) error {
				got += fmt.Sprintf("%s %d+%d %v in %q: %+v\n", f.Type.Name, f.OffsetB, f.LengthB, f.Path, f.Host, f.Verdict)
				if f.ImageB() < last {
					t.Errorf("%d behind %d", f.ImageB(), last)
				}
				last = f.ImageB()
				if len(f.Path) > 0 && int64(len(f.Data)) != f.LengthB {
					t.Errorf("%d bytes of data for %d", len(f.Data), f.LengthB)
				}
				if f.LengthB <= 0 || len(f.Path) == 0 && (f.OffsetB < 0 || f.OffsetB+f.LengthB > int64(len(img))) {
					t.Errorf("%d bytes at %d", f.LengthB, f.OffsetB)
				}
				return nil
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if workers == 1 {
				want = got
			} else if got != want {
				t.Errorf("one worker:\n%s%d workers:\n%s", want, workers, got)
			}
		}
	})
}
