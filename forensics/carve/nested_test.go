package carve

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"firescene/forensics"
)

func gzipped(b []byte) []byte {
	var w bytes.Buffer
	z := gzip.NewWriter(&w)
	z.Write(b)
	z.Close()
	return w.Bytes()
}

func zlibbed(b []byte) []byte {
	var w bytes.Buffer
	z := zlib.NewWriter(&w)
	z.Write(b)
	z.Close()
	return w.Bytes()
}

func zipWith(members ...[]byte) []byte {
	var w bytes.Buffer
	z := zip.NewWriter(&w)
	for i, m := range members {
		f, _ := z.Create(strings.Repeat("m", i+1))
		f.Write(m)
	}
	z.Close()
	return w.Bytes()
}

func tarWith(members ...[]byte) []byte {
	var w bytes.Buffer
	z := tar.NewWriter(&w)
	for i, m := range members {
		z.WriteHeader(&tar.Header{Name: strings.Repeat("m", i+1), Size: int64(len(m)), Mode: 0o644, Format: tar.FormatUSTAR})
		z.Write(m)
	}
	z.Close()
	return w.Bytes()
}

func b64(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }

// secret is a picture whose bytes compress a little: its layers are long and do
// not hold it as it is.
func secret(length int) []byte {
	b := fake("JPG!", 4, length, 0, 'c')
	rng := rand.New(rand.NewPCG(4, uint64(length)))
	for i := 16 + fakeHeadB; i < len(b); i++ {
		b[i] = byte(rng.Uint32()) & 0x77
	}
	return b
}

func TestLayers(t *testing.T) {
	pic := secret(3000)
	mail := []byte("Content-Transfer-Encoding: base64\r\n\r\n")
	for s := b64(pic); len(s) > 0; s = s[min(76, len(s)):] {
		mail = append(append(mail, s[:min(76, len(s))]...), "\r\n"...)
	}
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"gzip":              {gzipped(pic), []string{"whole jpeg 0+3000 1500-GZIP"}},
		"lone zip member":   {zipWith(pic)[:2600], []string{"whole jpeg 0+3000 1500-ZIP in ZIP member"}},
		"PDF stream":        {append([]byte("<<>>stream\r\n"), zlibbed(pic)...), []string{"whole jpeg 0+3000 1512-ZLIB in PDF stream"}},
		"JSON":              {[]byte(`{"a":"` + strings.ReplaceAll(string(b64(pic)), "/", `\/`) + `"}`), []string{"whole jpeg 0+3000 1506-BASE64"}},
		"mail":              {mail, []string{"whole jpeg 0+3000 1537-BASE64"}},
		"base64 of gzip":    {append([]byte("data="), b64(gzipped(pic))...), []string{"whole jpeg 0+3000 1505-BASE64 0-GZIP"}},
		"gzip of JSON":      {gzipped([]byte(`{"a":"` + string(b64(pic)) + `"}`)), []string{"whole jpeg 0+3000 1500-GZIP 6-BASE64"}},
		"four layers":       {gzipped(gzipped(gzipped(gzipped(pic)))), []string{"whole jpeg 0+3000 1500-GZIP 0-GZIP 0-GZIP 0-GZIP"}},
		"five layers":       {b64(b64(b64(b64(b64(pic))))), nil},
		"short base64 text": {b64(secret(600)), nil},
		"unknown content":   {gzipped(make([]byte, 5000)), nil},
		"tar in gzip":       {gzipped(tarWith(bytes.Repeat([]byte("PLN!"), 300), pic, nil, pic[:2900])), []string{"whole jpeg 2560+3000 1500-GZIP"}},
		"all of the gzip":   {gzipped(append(append([]byte{}, pic...), "behind the end"...)), []string{"whole jpeg 0+3014 1500-GZIP"}},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		img := make([]byte, 16<<10)
		for i := range img {
			img[i] = byte(rng.Uint32()) | 0x80
		}
		copy(img[1500:], c.data)
		if got := list(t, img, Options{Unaligned: true, Depth: 4}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if got := list(t, img, Options{Unaligned: true}); len(got) != 0 {
			t.Errorf("%s: found without being asked for: %q", name, got)
		}
	}
}

// The bytes of a find in a layer are the picture's, and pictures in a whole
// archive are marked.
func TestLayerData(t *testing.T) {
	pic, other := secret(3000), bytes.Repeat([]byte("PLN!"), 300)
	z := zipWith(pic, other)
	host := fake("ZIP!", 0, 512+len(z), 0, 's')
	copy(host[512:], z)
	img := make([]byte, 16<<10)
	copy(img[1024:], host)
	var finds []Find
	err := Run(context.Background(), Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, Options{Types: fakeTypes(), Unaligned: true, Depth: 1}, func(f Find) error {
		finds = append(finds, f)
		return nil
	}, nil)
	if err != nil || len(finds) != 2 {
		t.Fatalf("%d finds, %v", len(finds), err)
	}
	if f := finds[1]; !f.Inside || f.Host != "ZIP member" || !bytes.Equal(f.Data, pic) || f.ImageB() != 1536 {
		t.Errorf("%v %q at %d, %d bytes", f.Inside, f.Host, f.ImageB(), len(f.Data))
	}
}

// The first member of an archive begins where the archive does; the content of a
// gzip is no part of anything.
func TestFirstMember(t *testing.T) {
	types := append(fakeTypes()[:3], zipType(), fakeType("gzip", "\x1F\x8B\x08", 0))
	types[4].Walk = func(_ io.ReaderAt, size int64) (Verdict, error) {
		return Verdict{State: forensics.Whole, Proof: BySum, LengthB: min(size, 2000)}, nil
	}
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"zip":  {zipWith(secret(3000)), []string{fmt.Sprintf("whole zip 1024+%d", len(zipWith(secret(3000)))), "whole jpeg 0+3000 1024-ZIP in ZIP member"}},
		"gzip": {gzipped(secret(3000)), []string{"whole gzip 1024+2000 around", "whole jpeg 0+3000 1024-GZIP"}},
	} {
		img := make([]byte, 16<<10)
		copy(img[1024:], c.data)
		if got := list(t, img, Options{Types: types, Unaligned: true, Depth: 2}); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Base64 text that lies across windows is found once, at its true beginning.
func TestBase64AcrossWindows(t *testing.T) {
	text := b64(secret(6000))
	for _, at := range []int{windowB - 7000, windowB - 600, windowB - 1, windowB, windowB + 1} {
		img := bytes.Repeat([]byte{' '}, windowB+16<<10)
		copy(img[at:], text)
		if got := list(t, img, Options{Unaligned: true, Depth: 1, Workers: 2}); len(got) != 1 {
			t.Errorf("at %d: %q", at, got)
		}
	}
}

func TestBombs(t *testing.T) {
	head := fake("JPG!", 4, 40<<20, 0, 'c')[:64]
	bomb := gzipped(append(head, make([]byte, 48<<20)...))
	img := make([]byte, len(bomb)*2)
	for i := range 2 {
		copy(img[i*len(bomb):], bomb)
	}
	if got := list(t, img, Options{Unaligned: true, Depth: 4}); len(got) != 0 {
		t.Errorf("%q", got)
	}
	u := unwrapper{s: newScanner(Options{Types: fakeTypes(), Depth: 4, Unaligned: true}), left: 100}
	u.unwrap(bytes.NewReader(bomb), int64(len(bomb)), 0, layerSigns[0], nil, 4, false)
	if u.left != 0 || len(u.finds) != 0 {
		t.Errorf("%d bytes left of 100, %d finds", u.left, len(u.finds))
	}
}

func FuzzLayers(f *testing.F) {
	pic := secret(1500)
	for _, d := range [][]byte{gzipped(pic), zipWith(pic), append([]byte("stream\n"), zlibbed(pic)...), b64(gzipped(pic)), gzipped(tarWith(pic, pic)), []byte(strings.Repeat("QUJD\\/\\r\\n", 300))} {
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, d []byte) {
		var one, two []string
		for _, to := range []*[]string{&one, &two} {
			*to = list(t, d, Options{Unaligned: true, Depth: 4, Workers: 1 + len(one)%3})
		}
		if !reflect.DeepEqual(one, two) {
			t.Errorf("%q, then %q", one, two)
		}
	})
}

// Coded data within a layer counts as decoded wherever it is followed: a bomb in a
// bomb is not gone through, and not said to be damaged.
func TestBombInLayer(t *testing.T) {
	bomb := gzipped(gzipped(make([]byte, 64<<20)))
	u := unwrapper{s: newScanner(Options{Types: Types(), Depth: 1, Unaligned: true}), left: 4 << 20}
	u.unwrap(bytes.NewReader(bomb), int64(len(bomb)), 0, layerSigns[0], nil, 1, false)
	if u.left != 0 || len(u.finds) != 1 || u.finds[0].State != forensics.Partial || !strings.Contains(u.finds[0].Reason, "not followed to its end") {
		t.Errorf("%d bytes left, %+v", u.left, u.finds)
	}
}
