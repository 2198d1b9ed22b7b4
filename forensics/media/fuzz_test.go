package media

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"firescene/forensics"
)

// FuzzOpenFiles opens any bytes as an image with a second file: it opens as
// something that can be read to its size, or fails for what is wrong with it.
func FuzzOpenFiles(f *testing.F) {
	for _, head := range []string{"EVF\x09\x0d\x0a\xff\x00\x01\x01\x00", "EVF2\x0d\x0a\x81\x00", "conectix\x00\x00\x00\x02\x00\x01\x00\x00", "vhdxfile", "QFI\xfb\x00\x00\x00\x03", "KDMV\x01\x00\x00\x00\x03\x00\x00\x00", "# Disk DescriptorFile\nversion=1\nRW 2 FLAT \"b\" 0\n", "plain"} {
		b := make([]byte, 2048)
		copy(b, head)
		f.Add(b, []byte("# Mapfile\n0x0 ? 1\n0x0 0x200 +\n0x200 0x200 -\n"))
		f.Add([]byte(head), b)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, a, b []byte) {
		one, two := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		for _, x := range []struct {
			name string
			b    []byte
		}{{one, a}, {two, b}} {
			if err := os.WriteFile(x.name, x.b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		im, err := OpenFiles(one, []string{two})
		if err != nil {
			return
		}
		defer im.Close()
		if im.SizeB < 0 {
			t.Fatalf("%s of %d bytes", im.Format, im.SizeB)
		}
		n, err := io.Copy(io.Discard, io.NewSectionReader(im, 0, min(im.SizeB, 1<<20)))
		if err == nil && n < min(im.SizeB, 1<<20) {
			t.Fatalf("%s: %d of %d bytes without an error", im.Format, n, im.SizeB)
		}
		if im.SizeB <= 1<<22 {
			im.Layout()
		}
	})
}

// FuzzReadLocator reads any locator of any bytes: what it gives is as long as the
// runs that it names.
func FuzzReadLocator(f *testing.F) {
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write(bytes.Repeat([]byte("smoke "), 200))
	w.Close()
	f.Add("E1/0-GZIP-3+10", gz.Bytes())
	f.Add("E1/0-GZIP-0-BASE64-0+4", gz.Bytes())
	f.Add("E1/4+4,zero+8", []byte("01234567"))
	f.Fuzz(func(t *testing.T, s string, b []byte) {
		l, err := forensics.ParseLocator(s)
		if err != nil {
			return
		}
		want := int64(0)
		for _, r := range l.Runs {
			if r.LengthB > 1<<20 {
				return
			}
			want += r.LengthB
		}
		var n count
		if err := ReadLocator(bytes.NewReader(b), int64(len(b)), l, &n); err == nil && len(l.Runs) > 0 && int64(n) != want {
			t.Fatalf("%s: %d bytes of %d", s, n, want)
		}
	})
}

type count int64

func (c *count) Write(b []byte) (int, error) { *c += count(len(b)); return len(b), nil }
