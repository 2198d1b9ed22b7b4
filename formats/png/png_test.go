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
	if r := check(t, wide); r.State != Whole || !strings.Contains(r.PictureFault, "filter") {
		t.Errorf("%+v", r)
	}
}

// single is a picture whose data is one chunk, as many writers make it.
func single(t testing.TB) []byte {
	b := sample(t)
	out, data := bytes.Clone(b[:33]), []byte(nil)
	for at := 33; at < len(b)-12; {
		n := int(binary.BigEndian.Uint32(b[at:]))
		data = append(data, b[at+8:at+8+n]...)
		at += 12 + n
	}
	return append(append(out, chunk("IDAT", data)...), b[len(b)-12:]...)
}

// Foreign data is seen near where it begins, long before the CRC of the chunk.
func TestForeign(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	text := []byte(strings.Repeat("2026-03-01 10:20:30 zone 4 smoke detector alarm\n", 1500))
	for name, b := range map[string][]byte{"many chunks": sample(t), "one chunk": single(t)} {
		if r := check(t, b); r.State != Whole || r.PictureFault != "" {
			t.Fatalf("%s: %+v", name, r)
		}
		for _, at := range []int{4096, 8192, 36864} {
			for _, foreign := range [][]byte{noise, text} {
				r := check(t, append(append(bytes.Clone(b[:at]), foreign...), b[at:]...))
				if r.State != Damaged || r.SureB > int64(at) || r.FailB <= int64(at) || r.FailB > int64(at)+33000 {
					t.Errorf("%s, foreign data from %d: %+v", name, at, r)
				}
			}
		}
	}
}

func TestAnimation(t *testing.T) {
	b := sample(t)
	frame := func(seq byte) []byte {
		return append(chunk("fcTL", append([]byte{0, 0, 0, seq}, make([]byte, 22)...)), chunk("fdAT", append([]byte{0, 0, 0, seq + 1}, 1, 2, 3))...)
	}
	good := append(append(append(bytes.Clone(b[:len(b)-12]), frame(0)...), frame(2)...), b[len(b)-12:]...)
	if r := check(t, good); r.State != Whole || r.EndB != int64(len(good)) {
		t.Errorf("%+v", r)
	}
	bad := append(append(append(bytes.Clone(b[:len(b)-12]), frame(0)...), frame(4)...), b[len(b)-12:]...)
	if r := check(t, bad); r.State != Damaged || !strings.Contains(r.Reason, "animation") {
		t.Errorf("%+v", r)
	}
}

func TestInterlacedSize(t *testing.T) {
	// by hand for 3 x 5 samples of 8 bits: passes of 1x1, 0, 1x1, 1x2 (width 1), 2x1, 1x3, 3x2
	h := header{width: 3, height: 5, bitsPerPixel: 8, interlaced: true}
	got := int64(0)
	for _, p := range h.passes() {
		got += p.lineB * p.lines
	}
	if got != 2+0+2+2*2+3*1+3*2+4*2 {
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
