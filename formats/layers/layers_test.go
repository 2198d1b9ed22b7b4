package layers

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
)

func content(n int) []byte {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32()) & byte(i>>6)
	}
	return b
}

func gz(b []byte) []byte {
	var w bytes.Buffer
	z := gzip.NewWriter(&w)
	z.Write(b)
	z.Close()
	return w.Bytes()
}

func zl(b []byte) []byte {
	var w bytes.Buffer
	z := zlib.NewWriter(&w)
	z.Write(b)
	z.Close()
	return w.Bytes()
}

func zipped(b []byte, method uint16) []byte {
	var w bytes.Buffer
	z := zip.NewWriter(&w)
	h := &zip.FileHeader{Name: "a.bin", Method: method}
	f, _ := z.CreateHeader(h)
	f.Write(b)
	z.Close()
	return w.Bytes()
}

func lines(s string, n int, br string) string {
	var b strings.Builder
	for len(s) > n {
		b.WriteString(s[:n] + br)
		s = s[n:]
	}
	return b.String() + s
}

func TestOpen(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100, 70_000} {
		want := content(n)
		b64 := base64.StdEncoding.EncodeToString(want)
		for name, c := range map[string]struct {
			decoder string
			data    []byte
		}{
			"gzip": {Gzip, gz(want)}, "zlib": {Zlib, zl(want)}, "zip": {Zip, zipped(want, zip.Deflate)},
			"two gzip members": {Gzip, append(gz(want[:n/2]), gz(want[n/2:])...)},
			"base64":           {Base64, []byte(b64)}, "base64 in lines": {Base64, []byte(lines(b64, 76, "\r\n"))},
			"base64 in JSON": {Base64, []byte(strings.ReplaceAll(lines(b64, 64, `\n`), "/", `\/`) + `"}`)},
		} {
			data := append(append([]byte("rubbish"), c.data...), " what follows"...)
			r, err := Open(c.decoder, bytes.NewReader(data), 7, int64(len(data)))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s of %d bytes: %d bytes, %v", name, n, len(got), err)
			}
			// base64 ends before its padding, a ZIP member before the directory
			if end := int64(len(c.data)); (c.decoder == Gzip || c.decoder == Zlib) && r.UsedB() != end {
				t.Errorf("%s of %d bytes: %d bytes of %d were used", name, n, r.UsedB(), end)
			}
			r.Close() // the next one uses its memory
		}
	}
}

func TestStoredMember(t *testing.T) {
	h := make([]byte, 30)
	copy(h, "PK\x03\x04\x14\x00\x00\x00\x00\x00")
	h[18], h[26] = 5, 1
	data := append(h, "nabcdefgh"...)
	r, err := Open(Zip, bytes.NewReader(data), 0, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r); string(got) != "abcde" {
		t.Errorf("%q", got)
	}
}

func TestRefuses(t *testing.T) {
	locked := zipped(content(100), zip.Deflate)
	locked[6] |= 1
	for name, c := range map[string]struct {
		decoder string
		data    []byte
		off     int64
	}{
		"no gzip": {Gzip, []byte("hello world"), 0}, "no zlib": {Zlib, []byte("hello"), 0}, "no member": {Zip, make([]byte, 100), 0},
		"short member": {Zip, []byte("PK\x03\x04"), 0}, "outside": {Base64, []byte("AAAA"), 4}, "before": {Gzip, gz([]byte("a")), -1},
	} {
		if _, err := Open(c.decoder, bytes.NewReader(c.data), c.off, int64(len(c.data))); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for decoder, data := range map[string][]byte{Zip: locked, "LZ4": locked} {
		if _, err := Open(decoder, bytes.NewReader(data), 0, int64(len(data))); !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", decoder, err)
		}
	}
	cut := gz(content(5000))
	r, err := Open(Gzip, bytes.NewReader(cut), 0, int64(len(cut)/2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err == nil {
		t.Error("a cut gzip gave no error")
	}
}

func FuzzOpen(f *testing.F) {
	for i, d := range [][]byte{gz(content(300)), zl(content(300)), zipped(content(300), zip.Deflate), []byte(base64.StdEncoding.EncodeToString(content(300))), []byte("ab\\/\\n\\")} {
		f.Add(uint8(i), d, int64(0))
	}
	names := []string{Gzip, Zlib, Zip, Base64}
	f.Fuzz(func(t *testing.T, which uint8, d []byte, off int64) {
		r, err := Open(names[which%4], bytes.NewReader(d), off, int64(len(d)))
		if err != nil {
			return
		}
		n, _ := io.Copy(io.Discard, io.LimitReader(r, 1<<22))
		r.Close()
		if n > 1100*int64(len(d)) {
			t.Errorf("%d bytes from %d", n, len(d))
		}
	})
}
