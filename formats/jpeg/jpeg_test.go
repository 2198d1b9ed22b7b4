package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
)

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// photo is a noisy picture encoded by the standard library.
func photo(t testing.TB, w, h int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{uint8(x*3 + rng.IntN(40)), uint8(y*2 + rng.IntN(40)), uint8(x ^ y), 255})
		}
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestWhole(t *testing.T) {
	thumb := baseline(8, 8, 0, 0x11)
	withThumb := newBuilder()
	withThumb.segment(mAPP1, join([]byte("Exif\x00\x00"), thumb)...)
	full := join(withThumb.Bytes(), baseline(32, 16, 0, 0x22, 0x11, 0x11)[2:])
	noise := bytes.Repeat([]byte{0xFF, 0xD9, 0x13, 0x37}, 300)
	for _, c := range []struct {
		name  string
		data  []byte
		end   int
		comps int
	}{
		{"one component", baseline(16, 16, 0, 0x11), 0, 1},
		{"grey with odd sampling factors", baseline(17, 9, 0, 0x22), 0, 1},
		{"4:2:0", baseline(40, 24, 0, 0x22, 0x11, 0x11), 0, 3},
		{"4:4:0", baseline(40, 24, 0, 0x12, 0x11, 0x11), 0, 3},
		{"CMYK", baseline(16, 8, 0, 0x11, 0x11, 0x11, 0x11), 0, 4},
		{"restart every 2", baseline(160, 8, 2, 0x11), 0, 1},
		{"progressive", progressive(), 0, 1},
		{"thumbnail inside", full, 0, 3},
		{"foreign data behind", join(full, noise), len(full), 3},
		{"standard library", photo(t, 203, 97, 1), 0, 3},
	} {
		r := check(t, c.data)
		want := c.end
		if want == 0 {
			want = len(c.data)
		}
		if r.State != Whole || r.EndB != int64(want) || r.Components != c.comps || !r.EntropyChecked {
			t.Errorf("%s: %+v, want whole to %d", c.name, r, want)
		}
		if strings.Contains(c.name, "thumbnail") && !r.HasThumb {
			t.Errorf("%s: the thumbnail was not seen", c.name)
		}
	}
}

// Every cut of a whole file is truncated or, where the cut leaves a marker in
// half, damaged; never whole. Every good length stays within the data.
func TestEveryCut(t *testing.T) {
	for _, b := range [][]byte{baseline(40, 24, 2, 0x22, 0x11, 0x11), progressive(), photo(t, 64, 40, 2)} {
		for n := range len(b) {
			r := check(t, b[:n])
			if r.State == Whole || r.GoodB > int64(n) {
				t.Fatalf("cut at %d of %d: %+v", n, len(b), r)
			}
			if n > 700 && r.State != Truncated {
				t.Fatalf("cut at %d of %d is %v: %s", n, len(b), r.State, r.Reason)
			}
		}
	}
}

// A splice of random bytes is noticed soon behind it: a file that goes over into
// other data must not be believed far. The band is that of a strict walker.
func TestSpliceIsNoticed(t *testing.T) {
	b := photo(t, 640, 480, 3)
	rng := rand.New(rand.NewPCG(7, 7))
	far := 0
	for range 60 {
		at := 4096 + rng.IntN(len(b)-8192)
		x := bytes.Clone(b)
		for i := at; i < len(x); i++ {
			x[i] = byte(rng.Uint32())
		}
		r := check(t, x)
		if r.State == Whole {
			t.Fatalf("a file with random data from %d on is called whole", at)
		}
		if r.GoodB < int64(at)-16 {
			t.Errorf("good to %d although it is right to %d", r.GoodB, at)
		}
		if r.GoodB > int64(at)+4096 {
			far++
		}
	}
	if far > 6 {
		t.Errorf("%d of 60 splices were noticed later than 4096 bytes behind", far)
	}
}

func TestDamaged(t *testing.T) {
	base := baseline(160, 8, 2, 0x11)
	swap := bytes.Clone(base)
	swap[bytes.Index(swap, []byte{0xFF, 0xD1})+1] = 0xD3
	build := func(f func(b *builder)) []byte {
		b := newBuilder()
		b.tables()
		f(b)
		b.marker(mEOI)
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"restart out of order", swap, "restart 1"},
		{"end without data", build(func(b *builder) { b.frame(mSOF0, 8, 8, 0x11) }), "without picture data"},
		{"scan before frame", build(func(b *builder) { b.scan(0, 63, 0, 1) }), "before a frame"},
		{"two frames", build(func(b *builder) { b.frame(mSOF0, 8, 8, 0x11); b.frame(mSOF0, 8, 8, 0x11) }), "second frame"},
		{"unknown component", build(func(b *builder) { b.frame(mSOF0, 8, 8, 0x11); b.scan(0, 63, 0, 9) }), "component 9"},
		{"sampling 5", build(func(b *builder) { b.frame(mSOF0, 8, 8, 0x51) }), "sampling"},
		{"run past the block", build(func(b *builder) {
			b.frame(mSOF0, 8, 8, 0x11)
			b.scan(0, 63, 0, 1)
			b.sym(0x00, 0, 0)
			for range 5 {
				b.sym(0xF1, 1, 1)
			}
		}), "run past"},
		{"DC out of range", build(func(b *builder) {
			b.frame(mSOF0, 16, 8, 0x11)
			b.scan(0, 63, 0, 1)
			b.sym(0x0B, 2047, 11)
			b.sym(0x00, 0, 0)
			b.sym(0x0B, 2047, 11)
			b.sym(0x00, 0, 0)
		}), "out of range"},
		{"more data than blocks", build(func(b *builder) {
			b.frame(mSOF0, 8, 8, 0x11)
			b.scan(0, 63, 0, 1)
			for range 4 {
				b.block()
			}
		}), "goes on"},
		{"reserved marker", build(func(b *builder) { b.segment(0x02, 0) }), "reserved"},
		{"segment of length 0", build(func(b *builder) { b.Write([]byte{0xFF, mCOM, 0, 0}) }), "length 0"},
		{"Huffman lengths", build(func(b *builder) { b.segment(mDHT, append([]byte{0, 3}, make([]byte, 20)...)...) }), "not a code"},
		{"progressive band", build(func(b *builder) { b.frame(mSOF2, 8, 8, 0x11); b.scan(5, 3, 0, 1) }), "coefficients 5-3"},
		{"component without data", build(func(b *builder) {
			b.frame(mSOF0, 8, 8, 0x11, 0x11)
			b.scan(0, 63, 0, 1)
			b.block()
		}), "component 2"},
	} {
		r := check(t, c.data)
		if r.State != Damaged || !strings.Contains(r.Reason, c.want) {
			t.Errorf("%s: %v, %q", c.name, r.State, r.Reason)
		}
	}
	if r := check(t, []byte("\xFF\xD8no")); r.State != NotJPEG {
		t.Errorf("no marker: %v", r.State)
	}
}

func TestNumberOfLines(t *testing.T) {
	b := newBuilder()
	b.tables()
	b.frame(mSOF0, 8, 0, 0x11)
	b.scan(0, 63, 0, 1)
	for range 3 {
		b.block()
	}
	b.flush()
	b.segment(mDNL, 0, 24)
	b.marker(mEOI)
	if r := check(t, b.Bytes()); r.State != Whole || r.Height != 24 {
		t.Errorf("%+v", r)
	}
}

// mpf builds a Multi-Picture file of two pictures with pad bytes between.
func mpf(pad int, second []byte) []byte {
	le := binary.LittleEndian
	seg := []byte("MPF\x00II*\x00\x08\x00\x00\x00")
	seg = le.AppendUint16(seg, 1)
	seg = le.AppendUint16(seg, 0xB002)
	seg = le.AppendUint16(seg, 7)
	seg = le.AppendUint32(seg, 32)
	seg = le.AppendUint32(seg, 26)
	seg = le.AppendUint32(seg, 0)
	first := baseline(16, 16, 0, 0x11)
	total := 2 + 4 + len(seg) + 32 + len(first) - 2
	for _, e := range [][2]int{{0, total}, {total + pad - 10, len(second)}} { // the TIFF header is at 10
		seg = le.AppendUint32(seg, 0x20000)
		seg = le.AppendUint32(seg, uint32(e[1]))
		seg = le.AppendUint32(seg, uint32(e[0]))
		seg = le.AppendUint32(seg, 0)
	}
	b := newBuilder()
	b.segment(mAPP2, seg...)
	return join(b.Bytes(), first[2:], make([]byte, pad), second)
}

func TestFurtherFrames(t *testing.T) {
	second := baseline(40, 24, 0, 0x22, 0x11, 0x11)
	for _, pad := range []int{0, 100} {
		b := mpf(pad, second)
		if r := check(t, append(bytes.Clone(b), 1, 2, 3)); r.State != Whole || r.EndB != int64(len(b)) || r.Frames != 2 {
			t.Errorf("pad %d: %+v, want whole to %d", pad, r, len(b))
		}
		if r := check(t, b[:len(b)-20]); r.State != Truncated || !strings.Contains(r.Reason, "picture 2") {
			t.Errorf("pad %d, second picture cut: %+v", pad, r)
		}
	}
	box := func(kind string, n int) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(8+n))
		return append(append(b, kind...), make([]byte, n)...)
	}
	still := baseline(16, 16, 0, 0x11)
	b := join(still, box("ftyp", 16), box("moov", 100), box("mdat", 999))
	if r := check(t, append(bytes.Clone(b), "other data that is no box"...)); r.State != Whole || r.EndB != int64(len(b)) {
		t.Errorf("motion photo: %+v, want whole to %d", r, len(b))
	}
	if r := check(t, b[:len(b)-5]); r.State != Truncated || r.GoodB < int64(len(still)) {
		t.Errorf("motion photo cut: %+v", r)
	}
}

func TestUncheckedCoding(t *testing.T) {
	b := baseline(16, 16, 0, 0x11)
	b[bytes.Index(b, []byte{0xFF, 0xC0})+1] = 0xC9 // arithmetic coding
	if r := check(t, b); r.State != Whole || r.EntropyChecked {
		t.Errorf("%+v", r)
	}
}

func TestLimitedMemory(t *testing.T) {
	b := progressive()
	r, err := Check(bytes.NewReader(b), int64(len(b)), formats.Limits{MaxAllocB: 8})
	if err != nil || r.State != Whole || r.EntropyChecked {
		t.Errorf("%+v, %v", r, err)
	}
}

type failing struct{}

var errDevice = errors.New("device error")

func (failing) ReadAt(p []byte, off int64) (int, error) { return 0, errDevice }

func TestReadError(t *testing.T) {
	if _, err := Check(failing{}, 1<<20, formats.DefaultLimits()); !errors.Is(err, errDevice) {
		t.Errorf("got %v", err)
	}
	if r, err := Check(bytes.NewReader(nil), 0, formats.DefaultLimits()); err != nil || r.State != NotJPEG {
		t.Errorf("empty: %+v %v", r, err)
	}
	// a reader that ends before the size that was promised
	b := photo(t, 64, 64, 5)
	if r, err := Check(bytes.NewReader(b[:len(b)-9]), int64(len(b)), formats.DefaultLimits()); err != nil || r.State != Truncated {
		t.Errorf("short reader: %+v %v", r, err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(baseline(160, 8, 2, 0x11))
	f.Add(baseline(40, 24, 0, 0x22, 0x11, 0x11))
	f.Add(progressive())
	f.Add(mpf(3, baseline(8, 8, 0, 0x11)))
	f.Add(append(baseline(8, 8, 0, 0x11), samsungTrailer([]byte("1"), []byte("22"))...))
	f.Add(append(baseline(8, 8, 0, 0x11), canonTrailer([]byte("1"))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)), formats.Limits{MaxAllocB: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if r.EndB > int64(len(b)) || r.GoodB > int64(len(b)) || r.GoodB < 0 {
			t.Fatalf("outside the data: %+v", r)
		}
		// an index of further pictures may name one that is cut away here
		if r.State == Whole && !bytes.Contains(b, []byte("MPF")) {
			again, err := Check(bytes.NewReader(b[:r.EndB]), r.EndB, formats.Limits{MaxAllocB: 1 << 20})
			if err != nil || again.State != Whole || again.EndB != r.EndB {
				t.Fatalf("whole to %d, but not by itself: %+v", r.EndB, again)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	data := photo(b, 1920, 1080, 4)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if r, _ := Check(bytes.NewReader(data), int64(len(data)), formats.DefaultLimits()); r.State != Whole {
			b.Fatal(r.Reason)
		}
	}
}
