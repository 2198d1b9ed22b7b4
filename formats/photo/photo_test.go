package photo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// smallHEIC is a picture of 192x128 pixels in which red rises with x+30 and green
// with 3/2 y+20, while blue is 60 or 128 by tiles of 48x32.
const smallHEIC = `
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAUJtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA
AA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFmAAEAAAAAAAAC8AAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEA
AGh2YzEAAAAAwmlwcnAAAACkaXBjbwAAAHhodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMA
AAMAHroCQCEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoBggIFlupJKa5uBAQMCAAAADAIAAAAMAhCIAAQAHRAHBcrBiQAAAABRpc3Bl
AAAAAAAAAMAAAACAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAAL4bWRhdAAAAuwoAa8J0Jvc46cMKodr
66D0W7G6fCqFTgi574O13UveS95Dz9Ugqzcc6i8pxEI1I/Ish7ajZiip/xX2lrsADpZtHRrRL18ep5PDPmaKPMS32g+VS/0WH1zT
fV7ZD7GPLEKa9OyflbfHqPZVxooVbYYCT0w9oj5vf0gzrjmR53GuQJ7MLbYwk2ZcWDp+HzIL30hhwo0YdLF4FbSw77nThrgrdbid
KlZUcv2QWlwjPzirdyGQ+UjoY96WmNvCfqyqYf7XAmdPU0hlm4UIVUmNAX1BcCJQV999wUYjdWHbIVyrkJCIANJDpXd+W/WPe0N7
ZKrbU3xMSrkHWip+SvF0B+i71IxriebXI6n1nArxRr0meqxd/fDC7JD+nUeKjIzXFXl6HE1tlMXFjgRW6NYBBLG0gMI6dSz/gPCo
8UrJs7awptEkbF2nnWR0PXdiMyVeBCb3FPnb3iUzaYGtTcntVhylIdnjs8qe2h6G0q74BM0O1sYKPsIiIA5+6Qp12xRfv4f4P7DJ
xvy+s1YARSB9oQ8jRKSvBenS+qy4/uDmvVBAQX9dPmMWw3hKitL8kZpNVTRx9YZ5+hw33e2u3SffeQWPB4ooW5NmC5rZ6nH/X/TD
Q2ZZBMNdl0Ee9NKLtQqD3n73RHxmjrW3zhVGT79j/5mH0sWfVYTxUhxe1Ou+nEssFcfrvwAuRFO4TFeD10pd5MIh7pnr2bNVcsDE
ZMCwHmtJnybyjplFSHBaiWC6PiGDqQBhVRLHHp+0/R0LfHcGZUeiexEkOLcCxmgh3aP8QgwAO3kTmVb6KAgR7KBTKQUoY0rzLfHq
MkkUviJwF0AGC+irG3isxdX3I+y6QHf8iwB83Ldbg9oj2R77hUDl1ia7o7sWXeOLShXSZxaaZUJwm18miY1Av6VMhFGk9NtYkSxT
5h/ghWcVKT+fKQvBOgnSCcuz0qG9Ndm+Y+QV+olOvNw8TyKvLPX3Dfpea7Is/8zPH7HwZee4bIe9a7Nw
`

const wide, high = 192, 128

func heicSample(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(smallHEIC, "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func want(x, y int) color.NRGBA {
	c := color.NRGBA{R: uint8(x + 30), G: uint8(3*y/2 + 20), B: 60, A: 255}
	if (x/48+y/32)%2 == 1 {
		c.B = 128
	}
	return c
}

func sample() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			img.SetNRGBA(x, y, want(x, y))
		}
	}
	return img
}

func decode(b []byte) (Header, image.Image, error) {
	h, err := ReadHeader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return h, nil, err
	}
	img, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), h)
	return h, img, err
}

func encoded(t testing.TB, enc func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := enc(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// distance is the mean difference of the colours of two pictures, in 8-bit steps.
func distance(img image.Image, grey bool) float64 {
	sum := 0.0
	for y := range high {
		for x := range wide {
			r, g, b, _ := img.At(x, y).RGBA()
			w := color.RGBAModel.Convert(want(x, y))
			if grey {
				w = color.Gray16Model.Convert(w)
			}
			p, q, s, _ := w.RGBA()
			sum += math.Abs(float64(r)-float64(p)) + math.Abs(float64(g)-float64(q)) + math.Abs(float64(b)-float64(s))
		}
	}
	return sum / (wide * high * 3 * 257)
}

func TestDecode(t *testing.T) {
	src := sample()
	deep := image.NewNRGBA64(src.Rect)
	grey16 := image.NewGray16(src.Rect)
	for y := range high {
		for x := range wide {
			deep.Set(x, y, src.At(x, y))
			grey16.Set(x, y, src.At(x, y))
		}
	}
	flat := image.NewPaletted(src.Rect, color.Palette{color.NRGBA{R: 10, G: 200, B: 30, A: 255}, color.White})
	for _, c := range []struct {
		name   string
		b      []byte
		format string
		within float64
		grey   bool
	}{
		{"jpeg", encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, src, &jpeg.Options{Quality: 95}) }), "JPEG", 6, false},
		{"png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, src) }), "PNG", 0, false},
		{"png 16 bit", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, deep) }), "PNG", 0, false},
		{"png grey 16 bit", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, grey16) }), "PNG", 0.01, true},
		{"tiff", encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, src, &tiff.Options{Compression: tiff.Deflate}) }), "TIFF", 0, false},
		{"tiff 16 bit", encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, deep, nil) }), "TIFF", 0, false},
		{"tiff grey 16 bit", encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, grey16, nil) }), "TIFF", 0.01, true},
		{"bmp", encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, src) }), "BMP", 0, false},
		{"heic", heicSample(t), "HEIC", 12, false},
	} {
		h, img, err := decode(c.b)
		if err != nil || h.Format != c.format || h.WidthPx != wide || h.HeightPx != high {
			t.Errorf("%s: %+v, %v", c.name, h, err)
			continue
		}
		if d := distance(img, c.grey); d > c.within {
			t.Errorf("%s: colours are off by %.2f, want at most %.2f", c.name, d, c.within)
		}
		if h.Upright != (c.format == "HEIC") {
			t.Errorf("%s: upright is %v", c.name, h.Upright)
		}
	}
	if _, img, err := decode(encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, flat) })); err != nil || img.At(5, 5) != (color.NRGBA{R: 10, G: 200, B: 30, A: 255}) {
		t.Errorf("paletted: %v", err)
	}
}

// cmykJPEG is a baseline JPEG of four components whose blocks are flat, each of
// one value, written by ITU-T T.81 with one code length for all categories.
func cmykJPEG(across, down int, value func(comp, bx, by int) uint8) []byte {
	be := binary.BigEndian
	var b []byte
	segment := func(marker byte, data ...byte) {
		b = append(b, 0xFF, marker)
		b = be.AppendUint16(b, uint16(len(data)+2))
		b = append(b, data...)
	}
	b = append(b, 0xFF, 0xD8)
	segment(0xEE, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...) // no colour transform
	quant := make([]byte, 65)
	for i := range quant[1:] {
		quant[1+i] = 1
	}
	segment(0xDB, quant...)
	frame := be.AppendUint16(be.AppendUint16([]byte{8}, uint16(8*down)), uint16(8*across))
	frame = append(frame, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	segment(0xC0, frame...)
	dc := make([]byte, 17)
	dc[4] = 12 // twelve codes of four bits
	for i := range byte(12) {
		dc = append(dc, i)
	}
	segment(0xC4, dc...)
	ac := make([]byte, 17)
	ac[0], ac[1] = 0x10, 1
	segment(0xC4, append(ac, 0)...)
	segment(0xDA, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var acc uint64
	bits := 0
	put := func(v uint64, n int) {
		acc, bits = acc<<n|v, bits+n
		for bits >= 8 {
			x := byte(acc >> (bits - 8))
			b = append(b, x)
			if x == 0xFF {
				b = append(b, 0)
			}
			bits -= 8
		}
	}
	var last [4]int
	for by := range down {
		for bx := range across {
			for c := range 4 {
				v := 8 * (int(value(c, bx, by)) - 128)
				d := v - last[c]
				last[c] = v
				n := 0
				for m := max(d, -d); m > 0; m >>= 1 {
					n++
				}
				if d < 0 {
					d += 1<<n - 1
				}
				put(uint64(n), 4)
				put(uint64(d), n)
				put(0, 1) // end of block
			}
		}
	}
	put(0x7F, 7)
	return append(b, 0xFF, 0xD9)
}

func TestCMYK(t *testing.T) {
	// Adobe writes the inks inverted: 255 is none
	inks := func(c, bx, by int) uint8 { return [4]uint8{uint8(255 - 10*bx), uint8(255 - 20*by), 255, 230}[c] }
	h, img, err := decode(cmykJPEG(6, 4, inks))
	if err != nil || h.WidthPx != 48 || h.HeightPx != 32 {
		t.Fatal(h, err)
	}
	if _, ok := img.(*image.NRGBA); !ok {
		t.Errorf("%T", img)
	}
	for by := range 4 {
		for bx := range 6 {
			r, g, b := color.CMYKToRGB(uint8(10*bx), uint8(20*by), 0, 25)
			got := color.NRGBAModel.Convert(img.At(8*bx+3, 8*by+3)).(color.NRGBA)
			for _, d := range []int{int(got.R) - int(r), int(got.G) - int(g), int(got.B) - int(b)} {
				if d < -2 || d > 2 {
					t.Fatalf("block %d, %d is %v, want %d %d %d", bx, by, got, r, g, b)
				}
			}
		}
	}
}

// directory is a little-endian TIFF of one directory of short values.
func directory(tags map[uint16]uint16) []byte {
	le := binary.LittleEndian
	b := append([]byte("II*\x00\x08\x00\x00\x00"), 0, 0)
	le.PutUint16(b[8:], uint16(len(tags)))
	for tag := range uint16(60000) {
		if v, ok := tags[tag]; ok {
			b = le.AppendUint16(le.AppendUint16(b, tag), 3)
			b = le.AppendUint16(le.AppendUint32(b, 1), v)
			b = append(b, 0, 0)
		}
	}
	return append(b, make([]byte, 64)...)
}

func TestRefused(t *testing.T) {
	pic := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, sample(), nil) })
	flat := encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, sample()) })
	change := func(b []byte, off int, with ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[off:], with)
		return b
	}
	sof := bytes.Index(pic, []byte{0xFF, 0xC0})
	heic := heicSample(t)
	ispe := bytes.Index(heic, []byte("ispe"))
	rgb := map[uint16]uint16{256: 40, 257: 30, 258: 8, 262: 2, 277: 3}
	with := func(tag, v uint16) []byte {
		m := map[uint16]uint16{tag: v}
		for k, x := range rgb {
			if k != tag {
				m[k] = x
			}
		}
		return directory(m)
	}
	for _, c := range []struct {
		name string
		b    []byte
		says string
		not  bool // unsupported, not damaged
	}{
		{"empty", nil, "empty", false},
		{"text", []byte("this is a letter, not a photo"), "neither JPEG", true},
		{"jpeg cut", pic[:len(pic)*2/3], "damaged", false},
		{"jpeg cut in its head", pic[:sof], "ends within", false},
		{"jpeg of 12 bits", change(pic, sof+4, 12), "12 bits", true},
		{"jpeg lossless", change(pic, sof, 0xFF, 0xC3), "lossless", true},
		{"jpeg of 4000 million pixels", change(pic, sof+5, 0xFF, 0xFF, 0xFF, 0xFF), "million that are read", true},
		{"jpeg progressive of 200 million pixels", change(pic, sof, 0xFF, 0xC2, 0, 17, 8, 0x2E, 0xE0, 0x41, 0x1B), "not progressive", true},
		{"png cut", flat[:len(flat)-30], "ends within the picture", false},
		{"heic of few pixels", change(heic, ispe+11, 90), "fewer pixels", true},
		{"tiff cmyk", with(262, 5), "CMYK", true},
		{"tiff raw", with(50706, 1), "raw sensor data", true},
		{"tiff sensor", with(262, 32803), "raw sensor data", true},
		{"tiff jpeg", with(259, 7), "JPEG coding within TIFF", true},
		{"tiff planes", with(284, 2), "separate planes", true},
		{"tiff float", with(339, 3), "whole numbers", true},
		{"big tiff", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), "BigTIFF", true},
		{"tiff empty", directory(nil), "directory of 0 entries", false},
		{"raw of Canon", []byte("\x00\x00\x00\x18ftypcrx \x00\x00\x00\x00crx isom"), "raw sensor data", true},
		{"avif", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf"), "AV1", true},
		{"heic cut", heic[:len(heic)-100], "damaged or coded", true},
		{"heic without boxes", heic[:40], "no picture with a size", false},
		{"heic of 4000 million pixels", change(heic, ispe+8, 0, 1, 0, 0, 0, 1, 0, 0), "million that are read", true},
	} {
		_, _, err := decode(c.b)
		if err == nil || !strings.Contains(err.Error(), c.says) || formats.IsUnsupported(err) != c.not || formats.IsDamaged(err) == c.not {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRealFiles decodes or refuses whatever lies in the measuring data.
func TestRealFiles(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/media-pool/jpeg/*")
	if len(files) == 0 {
		t.Skip("no measuring data beside the repository")
	}
	decoded := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		switch _, _, err := decode(b); {
		case err == nil:
			decoded++
		case formats.IsDamaged(err):
			t.Errorf("%s: %v", filepath.Base(path), err) // all of these are whole
		case !formats.IsUnsupported(err):
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	if 100*decoded < 90*len(files) {
		t.Errorf("%d of %d files decoded", decoded, len(files))
	}
}

// TestCompact holds large pictures to a small form with the same brightness.
func TestCompact(t *testing.T) {
	deep := image.NewNRGBA64(image.Rect(0, 0, 95, 63))
	for y := range 63 {
		for x := range 95 {
			deep.Set(x, y, want(x, y))
		}
	}
	got, ok := compact(deep).(*image.YCbCr)
	if !ok {
		t.Fatal("not YCbCr")
	}
	for y := range 63 {
		for x := range 95 {
			c := want(x, y)
			l, _, _ := color.RGBToYCbCr(c.R, c.G, c.B)
			if got.Y[got.YOffset(x, y)] != l {
				t.Fatalf("brightness at %d,%d", x, y)
			}
			if r, _, _, _ := got.At(x, y).RGBA(); math.Abs(float64(r>>8)-float64(c.R)) > 60 {
				t.Fatalf("red at %d,%d: %d, want %d", x, y, r>>8, c.R)
			}
		}
	}
}

// TestUpright holds each orientation to where CIPA DC-008 puts the first row and
// the first column, for every form of picture.
func TestUpright(t *testing.T) {
	for _, size := range []image.Point{{4, 2}, {5, 3}} {
		b := image.Rect(0, 0, size.X, size.Y)
		forms := []image.Image{image.NewNRGBA(b), image.NewRGBA(b), image.NewNRGBA64(b), image.NewRGBA64(b), image.NewGray(b), image.NewGray16(b),
			image.NewYCbCr(b, image.YCbCrSubsampleRatio420), image.NewYCbCr(b, image.YCbCrSubsampleRatio422), image.NewYCbCr(b, image.YCbCrSubsampleRatio444)}
		for _, img := range forms {
			level := func(x, y int) uint8 { return uint8(20 + 10*x + 60*y) }
			for y := range size.Y {
				for x := range size.X {
					switch m := img.(type) {
					case *image.YCbCr:
						m.Y[m.YOffset(x, y)], m.Cb[m.COffset(x, y)], m.Cr[m.COffset(x, y)] = level(x, y), 128, 128
					case interface{ Set(x, y int, c color.Color) }:
						m.Set(x, y, color.Gray{Y: level(x, y)})
					}
				}
			}
			for o := range 10 {
				got := Upright(img, o)
				w, h := size.X, size.Y
				if Turned(o) {
					w, h = h, w
				}
				if got.Bounds() != image.Rect(0, 0, w, h) {
					t.Fatalf("orientation %d: %v", o, got.Bounds())
				}
				for y := range size.Y {
					for x := range size.X {
						// where the pixel of row y from the stated top and column x from the stated left is shown
						u, v := x, y
						switch o {
						case 2:
							u = size.X - 1 - x
						case 3:
							u, v = size.X-1-x, size.Y-1-y
						case 4:
							v = size.Y - 1 - y
						case 5:
							u, v = y, x
						case 6:
							u, v = size.Y-1-y, x
						case 7:
							u, v = size.Y-1-y, size.X-1-x
						case 8:
							u, v = y, size.X-1-x
						}
						if g := color.GrayModel.Convert(got.At(u, v)).(color.Gray).Y; g != level(x, y) {
							t.Fatalf("%T, orientation %d: %d at %d,%d, want %d", img, o, g, u, v, level(x, y))
						}
					}
				}
			}
		}
	}
}

// FuzzDecode holds whatever a file says to bounded work: pictures that are large
// by their heads are not decoded here.
func FuzzDecode(f *testing.F) {
	f.Add(heicSample(f))
	f.Add(cmykJPEG(2, 2, func(c, x, y int) uint8 { return uint8(60 * c) }))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return tiff.Encode(b, sample(), nil) }))
	f.Add(encoded(f, func(b *bytes.Buffer) error { return png.Encode(b, sample()) }))
	f.Add(directory(map[uint16]uint16{256: 4, 257: 3, 262: 2, 277: 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHeader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Fatal(err)
			}
			return
		}
		if h.WidthPx*h.HeightPx > 1<<20 {
			return
		}
		img, err := Decode(context.Background(), bytes.NewReader(b), int64(len(b)), h)
		if err == nil && (img.Bounds() != image.Rect(0, 0, h.WidthPx, h.HeightPx)) {
			t.Fatal(img.Bounds(), h)
		}
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}
