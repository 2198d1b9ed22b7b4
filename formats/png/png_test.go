package png

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"strings"
	"testing"
)

// sample is a noisy picture of several IDAT chunks.
func sample(t testing.TB) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, 150, 90))
	for i := range m.Pix {
		m.Pix[i] = byte(rng.Uint32())
	}
	var b bytes.Buffer
	if err := stdpng.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func palette(t testing.TB) []byte {
	m := image.NewPaletted(image.Rect(0, 0, 33, 7), color.Palette{color.Black, color.White, color.NRGBA{9, 9, 9, 9}})
	m.Pix[5] = 2
	var b bytes.Buffer
	if err := stdpng.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhole(t *testing.T) {
	b := sample(t)
	text := append(append(bytes.Clone(b[:33]), chunk("tEXt", []byte("Comment\x00scene"))...), b[33:]...)
	for name, data := range map[string][]byte{"colour": b, "palette": palette(t), "text chunk": text} {
		r := check(t, append(bytes.Clone(data), "foreign data behind the end"...))
		if r.State != Whole || r.EndB != int64(len(data)) || r.PictureFault != "" {
			t.Errorf("%s: %+v, want whole to %d", name, r, len(data))
		}
	}
}

func TestEveryCut(t *testing.T) {
	b := sample(t)
	for n := 0; n < len(b); n += 1 + n/40 {
		if r := check(t, b[:n]); r.State == Whole || r.State == Damaged || r.GoodB > int64(n) {
			t.Fatalf("cut at %d: %+v", n, r)
		}
	}
}

func TestDamaged(t *testing.T) {
	good := sample(t)
	mutate := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] ^= v
		return b
	}
	idat := bytes.Index(good, []byte("IDAT"))
	end := len(good) - 12
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"picture data", "CRC", mutate(idat+100, 1)},
		{"header", "header", mutate(24, 0xFF)},
		{"chunk type", "type", mutate(idat, 0x80)},
		{"two headers", "order", append(append(bytes.Clone(good[:33]), good[8:33]...), good[33:]...)},
		{"no data", "no picture data", append(bytes.Clone(good[:33]), good[end:]...)},
		{"data in two parts", "order", append(append(append(bytes.Clone(good[:end]), chunk("tEXt", []byte("a\x00b"))...), chunk("IDAT", []byte{1})...), good[end:]...)},
		{"header missing", "order", append(append(bytes.Clone(good[:8]), chunk("IHDR", make([]byte, 13))...), good[33:]...)},
	} {
		r := check(t, c.data)
		if r.State != Damaged || c.name != "header missing" && !strings.Contains(r.Reason, c.want) {
			t.Errorf("%s: %v, %q", c.name, r.State, r.Reason)
		}
	}
	if r := check(t, []byte("\x89PNG\r\n\x1a\n and then text and more text and text")); r.State != NotPNG {
		t.Errorf("no header: %v", r.State)
	}
}

// Chunks with the right CRC around faulty picture data: the file is whole, the
// fault is told.
func TestPictureFault(t *testing.T) {
	good := sample(t)
	short := append(append(bytes.Clone(good[:33]), chunk("IDAT", []byte{0x78, 0x9C, 1, 2, 3})...), chunk("IEND", nil)...)
	r := check(t, short)
	if r.State != Whole || r.PictureFault == "" || r.EndB != int64(len(short)) {
		t.Errorf("%+v", r)
	}
	wide := bytes.Clone(good)
	wide[19]++ // another width, with the CRC made right
	copy(wide[8:33], chunk("IHDR", wide[16:29]))
	if r := check(t, wide); r.State != Whole || !strings.Contains(r.PictureFault, "size") {
		t.Errorf("%+v", r)
	}
}

func TestInterlacedSize(t *testing.T) {
	// by hand for 3 x 5 samples of 8 bits: passes of 1x1, 0, 1x1, 1x2 (width 1), 2x1, 1x3, 3x2
	h := header{width: 3, height: 5, bitsPerPixel: 8, interlaced: true}
	if got := h.rawSize(); got != 2+0+2+2*2+3*1+3*2+4*2 {
		t.Errorf("size %d", got)
	}
}

type failing struct{}

var errDevice = errors.New("device error")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDevice }

func TestReadError(t *testing.T) {
	if _, err := Check(failing{}, 1<<20); !errors.Is(err, errDevice) {
		t.Errorf("got %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(palette(f))
	f.Add(sample(f)[:3000])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if r.EndB > int64(len(b)) || r.GoodB > int64(len(b)) {
			t.Fatalf("outside the data: %+v", r)
		}
		if r.State == Whole && r.PictureFault == "" {
			if _, err := stdpng.DecodeConfig(bytes.NewReader(b)); err != nil {
				t.Fatalf("called whole, but the standard library says %v", err)
			}
		}
	})
}
