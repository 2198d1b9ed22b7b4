package carve

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"image/color"
	stdgif "image/gif"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/formats/follow"
)

// A signature with rubbish behind it is no file, whatever the rubbish.
func TestSignatureDecoys(t *testing.T) {
	for _, group := range [][]Type{{pngType()}, pictureTypes(), documentTypes()} {
		for _, typ := range group {
			img := noise(31, 1<<19)
			text := []byte(strings.Repeat("2026-03-01 10:20:30 zone 4 smoke detector alarm\n", 100))
			for at := 0; at+8192 < len(img); at += 4096 {
				if at%8192 == 0 {
					copy(img[at:], text[:4096])
				}
				s := typ.Signatures[at/4096%len(typ.Signatures)]
				copy(img[at+s.OffsetB:], s.Bytes)
			}
			got, _ := carveAll(t, img, Options{Types: []Type{typ}, Unaligned: true, Workers: 2}, nil)
			if len(got) != 0 {
				t.Errorf("%s: %v", typ.Name, got)
			}
		}
	}
}

// One file of each of some types, found with its exact end.
func TestEachType(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	m := image.NewPaletted(image.Rect(0, 0, 90, 80), color.Palette{color.Black, color.White})
	for i := range m.Pix {
		m.Pix[i] = byte(rng.IntN(2))
	}
	var gif, gz, docx bytes.Buffer
	if err := stdgif.Encode(&gif, m, nil); err != nil {
		t.Fatal(err)
	}
	w := gzip.NewWriter(&gz)
	w.Write(noise(3, 3000))
	w.Close()
	z := zip.NewWriter(&docx)
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		f, _ := z.Create(name)
		f.Write(noise(4, 2000))
	}
	z.Close()
	bmp := make([]byte, 54+40*3*30)
	copy(bmp, "BM")
	binary.LittleEndian.PutUint32(bmp[2:], uint32(len(bmp)))
	bmp[10], bmp[14], bmp[18], bmp[22], bmp[26], bmp[28] = 54, 40, 40, 30, 1, 24
	want := []struct {
		typ, kind string
		data      []byte
		proof     Proof
	}{{"gif", "", gif.Bytes(), ByCode}, {"gzip", "", gz.Bytes(), BySum}, {"zip", "docx", docx.Bytes(), BySum}, {"bmp", "", bmp, ByLength}}
	at := map[int][]byte{}
	for i, f := range want {
		at[8192+65536*i] = f.data
	}
	got, all := carveAll(t, medium(1<<20, at), Options{Unaligned: true, Workers: 2}, nil)
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i, f := range want {
		if got[i] != (found{int64(8192 + 65536*i), int64(len(f.data)), f.typ, forensics.Whole}) || all[i].Kind != f.kind || all[i].Proof != f.proof {
			t.Errorf("%v, %q, proof %d; want %s of %d", got[i], all[i].Kind, all[i].Proof, f.typ, len(f.data))
		}
	}
}

// A verdict claims no more than was checked.
func TestVerdictOf(t *testing.T) {
	done := func(d follow.Depth, change func(*follow.Report)) Verdict {
		r := follow.Report{What: "X"}
		r.Done(1000, d)
		change(&r)
		return verdictOf(r)
	}
	all := done(follow.Codes, func(*follow.Report) {})
	some := done(follow.Codes, func(r *follow.Report) { r.Checked = "its lengths agree" })
	if some.Confidence >= all.Confidence || strings.Contains(some.Reason, "every code") || !strings.Contains(some.Reason, "its lengths agree") {
		t.Errorf("%+v", some)
	}
	faulty := done(follow.Lengths, func(r *follow.Report) { r.Faulty, r.Reason = true, "3 values are damaged" })
	if faulty.Confidence > 0.6 || !strings.HasPrefix(faulty.Reason, "3 values are damaged") {
		t.Errorf("%+v", faulty)
	}
}
