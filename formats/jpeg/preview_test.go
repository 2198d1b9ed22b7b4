package jpeg

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"firescene/formats"
)

// scene is a smooth picture with edges.
func scene(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(255 * x / w), uint8(255 * y / h), uint8(128 + 100*(x-y)/(w+h)), 255}
			if (x-w/3)*(x-w/3)+(y-h/2)*(y-h/2) < h*h/16 {
				c = color.RGBA{220, 40, 30, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, &stdjpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func small(t testing.TB, b []byte, maxPx int) *Small {
	t.Helper()
	s, err := Preview(bytes.NewReader(b), int64(len(b)), maxPx, formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// boxed is m averaged down to the size of to.
func boxed(m image.Image, to image.Rectangle) *image.RGBA {
	out := image.NewRGBA(to)
	b := m.Bounds()
	sx, sy := float64(b.Dx())/float64(to.Dx()), float64(b.Dy())/float64(to.Dy())
	full := image.NewRGBA(b)
	draw.Draw(full, b, m, b.Min, draw.Src)
	for y := range to.Dy() {
		for x := range to.Dx() {
			var sum [3]float64
			n := 0.0
			for v := int(float64(y) * sy); float64(v) < float64(y+1)*sy && v < b.Dy(); v++ {
				wy := min(float64(v+1), float64(y+1)*sy) - max(float64(v), float64(y)*sy)
				for u := int(float64(x) * sx); float64(u) < float64(x+1)*sx && u < b.Dx(); u++ {
					wt := wy * (min(float64(u+1), float64(x+1)*sx) - max(float64(u), float64(x)*sx))
					p := full.Pix[full.PixOffset(b.Min.X+u, b.Min.Y+v):]
					for i := range sum {
						sum[i] += wt * float64(p[i])
					}
					n += wt
				}
			}
			p := out.Pix[out.PixOffset(x, y):]
			for i := range sum {
				p[i] = uint8(sum[i]/n + 0.5)
			}
			p[3] = 255
		}
	}
	return out
}

// distance is the mean absolute difference of two pictures of one size.
func distance(t testing.TB, a, b *image.RGBA) float64 {
	t.Helper()
	if a.Bounds() != b.Bounds() {
		t.Fatalf("%v and %v", a.Bounds(), b.Bounds())
	}
	sum := 0.0
	for i := range a.Pix {
		d := int(a.Pix[i]) - int(b.Pix[i])
		sum += float64(max(d, -d))
	}
	return sum / float64(len(a.Pix)) * 4 / 3
}

// TestPreviewScales decodes one picture at all scales of the inverse DCT.
func TestPreviewScales(t *testing.T) {
	for _, size := range [][2]int{{903, 701}, {417, 1201}, {61, 43}, {1, 300}} {
		b := encoded(t, scene(size[0], size[1]))
		want, err := stdjpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, px := range []int{40, 100, 200, 400, 2000} {
			s := small(t, b, px)
			if !s.Complete || s.Missing != nil || s.Width != size[0] || s.Height != size[1] {
				t.Errorf("%v at %d: complete %v, %d x %d", size, px, s.Complete, s.Width, s.Height)
			}
			if got := s.Image.Bounds(); max(got.Dx(), got.Dy()) != min(px, max(size[0], size[1])) {
				t.Errorf("%v at %d: %v", size, px, got)
			}
			if d := distance(t, s.Image, boxed(want, s.Image.Bounds())); d > 3.2 { // mostly how colour is interpolated at full size
				t.Errorf("%v at %d: differs by %.2f", size, px, d)
			}
		}
	}
}

// TestPreviewGrey decodes a picture of one component.
func TestPreviewGrey(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 333, 222))
	draw.Draw(m, m.Bounds(), scene(333, 222), image.Point{}, draw.Src)
	b := encoded(t, m)
	want, _ := stdjpeg.Decode(bytes.NewReader(b))
	s := small(t, b, 90)
	if d := distance(t, s.Image, boxed(want, s.Image.Bounds())); d > 1.5 || !s.Complete {
		t.Errorf("differs by %.2f", d)
	}
}

// flatPicture has blocks of one value each component: dc differences of the first
// block, in the units of the builder's table, and no more.
func flatPicture(app []byte, dc []int, sampling ...byte) []byte {
	b := newBuilder()
	if app != nil {
		b.segment(0xEE, app...)
	}
	q := append([]byte{0}, bytes.Repeat([]byte{64}, 64)...)
	b.tables()
	b.segment(mDQT, q...)
	b.frame(mSOF0, 33, 17, sampling...)
	ids := make([]byte, len(sampling))
	hm, vm := 1, 1
	for i, s := range sampling {
		ids[i] = byte(i + 1)
		hm, vm = max(hm, int(s>>4)), max(vm, int(s&15))
	}
	b.scan(0, 63, 0, ids...)
	for m := range ((33 + 8*hm - 1) / (8 * hm)) * ((17 + 8*vm - 1) / (8 * vm)) {
		for i, s := range sampling {
			for k := range int(s>>4) * int(s&15) {
				v := 0
				if m == 0 && k == 0 {
					v = dc[i]
				}
				b.value(v)
				b.sym(0x00, 0, 0)
			}
		}
	}
	b.marker(mEOI)
	return b.Bytes()
}

// value writes a DC difference of -7 to 7.
func (b *builder) value(v int) {
	n := uint(0)
	for a := max(v, -v); a > 0; a >>= 1 {
		n++
	}
	if v < 0 {
		v += 1<<n - 1
	}
	b.sym(byte(n), uint64(v), n)
}

// TestPreviewColour holds the colours of all kinds of components and samplings
// against the equations: a DC value of 1 is 8 levels.
func TestPreviewColour(t *testing.T) {
	adobe := func(transform byte) []byte { return append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform) }
	for _, c := range []struct {
		name     string
		app      []byte
		dc       []int
		sampling []byte
		want     [3]uint8
	}{
		{"grey", nil, []int{5}, []byte{0x11}, [3]uint8{168, 168, 168}},
		{"grey 2x2", nil, []int{-5}, []byte{0x22}, [3]uint8{88, 88, 88}},
		{"YCbCr 4:4:4", nil, []int{1, 2, 4}, []byte{0x11, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"YCbCr 4:2:2", nil, []int{1, 2, 4}, []byte{0x21, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"YCbCr 4:2:0", nil, []int{1, 2, 4}, []byte{0x22, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"YCbCr 4:4:0", nil, []int{1, 2, 4}, []byte{0x12, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"YCbCr 4:1:1", nil, []int{1, 2, 4}, []byte{0x41, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"YCbCr odd", nil, []int{1, 2, 4}, []byte{0x11, 0x22, 0x12}, [3]uint8{181, 108, 164}},
		{"YCbCr thirds", nil, []int{1, 2, 4}, []byte{0x31, 0x11, 0x13}, [3]uint8{181, 108, 164}},
		{"RGB", adobe(0), []int{1, -2, 4}, []byte{0x11, 0x11, 0x11}, [3]uint8{136, 112, 160}},
		{"YCbCr by Adobe", adobe(1), []int{1, 2, 4}, []byte{0x11, 0x11, 0x11}, [3]uint8{181, 108, 164}},
		{"CMYK by Adobe", adobe(0), []int{1, 2, 3, 7}, []byte{0x11, 0x11, 0x11, 0x11}, [3]uint8{98, 104, 110}},
		{"CMYK", nil, []int{1, 2, 3, -7}, []byte{0x11, 0x11, 0x11, 0x11}, [3]uint8{85, 80, 74}},
		{"YCCK", adobe(2), []int{1, 2, 4, 7}, []byte{0x22, 0x11, 0x11, 0x22}, [3]uint8{53, 106, 66}},
	} {
		b := flatPicture(c.app, c.dc, c.sampling...)
		for _, px := range []int{4, 8, 16, 64} {
			s := small(t, b, px)
			if !s.Complete || s.Missing != nil {
				t.Errorf("%s at %d: not complete", c.name, px)
			}
			for i := 0; i < len(s.Image.Pix); i += 4 {
				for k, want := range c.want {
					if d := int(s.Image.Pix[i+k]) - int(want); d < -1 || d > 1 {
						t.Fatalf("%s at %d: pixel %d is %v, want %v", c.name, px, i/4, s.Image.Pix[i:i+3], c.want)
					}
				}
			}
		}
	}
}

// TestPreview12Bits draws samples of 12 bits.
func TestPreview12Bits(t *testing.T) {
	b := flatPicture(nil, []int{7}, 0x11)
	i := bytes.Index(b, []byte{0xFF, mSOF0})
	b[i+1], b[i+4] = mSOF1, 12
	for _, px := range []int{4, 64} {
		if s := small(t, b, px); !s.Complete || s.Image.Pix[0] != 128+56/16 {
			t.Errorf("at %d: %v, complete %v", px, s.Image.Pix[:4], s.Complete)
		}
	}
}

// TestPreviewCut cuts a picture: what is left is as in the whole one, the rest grey
// and told so.
func TestPreviewCut(t *testing.T) {
	b := encoded(t, scene(800, 600))
	for _, px := range []int{64, 150, 300, 800} {
		whole := small(t, b, px)
		for _, part := range []int{30, 60, 95} {
			cut := b[:len(b)*part/100]
			s := small(t, cut, px)
			if s.Complete || s.Refined || s.Missing == nil {
				t.Fatalf("cut at %d%%: complete %v, refined %v", part, s.Complete, s.Refined)
			}
			n := 0
			for i, gone := range s.Missing {
				p, q := s.Image.Pix[4*i:4*i+4], whole.Image.Pix[4*i:4*i+4]
				if gone {
					n++
					q = []uint8{128, 128, 128, 255}
				}
				if !bytes.Equal(p, q) {
					t.Fatalf("cut at %d%%, %d px: pixel %d is %v, want %v", part, px, i, p, q)
				}
			}
			if n == 0 || n == len(s.Missing) {
				t.Errorf("cut at %d%%: %d of %d pixels missing", part, n, len(s.Missing))
			}
		}
	}
}

// TestPreviewDamaged overwrites the middle with what is no code.
func TestPreviewDamaged(t *testing.T) {
	b := encoded(t, scene(800, 600))
	copy(b[len(b)/2:], bytes.Repeat([]byte{0xFF, 0xFE}, 50))
	s := small(t, b, 128)
	if s.Complete || s.Missing == nil || s.Missing[0] || !s.Missing[len(s.Missing)-1] {
		t.Errorf("complete %v", s.Complete)
	}
}

// TestPreviewProgressive holds all kinds of progressive scan against the standard
// decoder, at the scale that uses all coefficients and at that of the DC alone.
func TestPreviewProgressive(t *testing.T) {
	b := progressive()
	want, err := stdjpeg.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, px := range []int{2, 4, 8, 16} {
		s := small(t, b, px)
		if !s.Complete || !s.Refined {
			t.Errorf("at %d: not complete", px)
		}
		if d := distance(t, s.Image, boxed(want, s.Image.Bounds())); d > 0.7 {
			t.Errorf("at %d: differs by %.2f", px, d)
		}
		if s = small(t, b[:len(b)-6], px); !s.Complete || s.Missing != nil || s.Refined != (px == 2) {
			t.Errorf("at %d, without the last scan: complete %v, refined %v", px, s.Complete, s.Refined)
		}
	}
}

// TestPreviewRefused takes what can not be drawn, and absurd sizes.
func TestPreviewRefused(t *testing.T) {
	lossless := newBuilder()
	lossless.tables()
	lossless.frame(0xC3, 16, 16, 0x11)
	lossless.scan(1, 0, 0, 1)
	arithmetic := newBuilder()
	arithmetic.tables()
	arithmetic.frame(0xC9, 16, 16, 0x11)
	arithmetic.scan(0, 63, 0, 1)
	for name, b := range map[string][]byte{"lossless": lossless.Bytes(), "arithmetic": arithmetic.Bytes()} {
		if _, err := Preview(bytes.NewReader(b), int64(len(b)), 64, formats.DefaultLimits()); !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, b := range [][]byte{nil, {0xFF, 0xD8}, []byte("no picture at all"), newBuilder().Bytes()} {
		if _, err := Preview(bytes.NewReader(b), int64(len(b)), 64, formats.DefaultLimits()); !formats.IsDamaged(err) {
			t.Errorf("%q: %v", b, err)
		}
	}
	for _, m := range []byte{mSOF0, mSOF2} {
		huge := newBuilder()
		huge.tables()
		huge.frame(m, 65535, 65535, 0x11, 0x11, 0x11)
		huge.scan(0, 0, 0, 1, 2, 3)
		huge.Write(make([]byte, 1000))
		s := small(t, huge.Bytes(), 256)
		if s.Complete || s.Missing == nil || !s.Missing[len(s.Missing)-1] || s.Image.Bounds().Dx() != 256 {
			t.Errorf("SOF%d: complete %v", m&15, s.Complete)
		}
		limits := formats.Limits{MaxAllocB: 1 << 10}
		if _, err := Preview(bytes.NewReader(huge.Bytes()), int64(huge.Len()), 256, limits); !formats.IsDamaged(err) {
			t.Errorf("SOF%d: %v", m&15, err)
		}
	}
}

// TestPreviewLines draws a picture whose height stands behind its scan.
func TestPreviewLines(t *testing.T) {
	b := newBuilder()
	b.tables()
	b.frame(mSOF0, 16, 0, 0x11)
	b.scan(0, 63, 0, 1)
	for range 6 {
		b.block()
	}
	b.marker(mDNL)
	b.Write([]byte{0, 4, 0, 20})
	b.marker(mEOI)
	if s := small(t, b.Bytes(), 64); !s.Complete || s.Width != 16 || s.Height != 20 {
		t.Errorf("complete %v, %d x %d", s.Complete, s.Width, s.Height)
	}
}

// TestPreviewPool compares the real pictures with the full decode made small.
func TestPreviewPool(t *testing.T) {
	const pool = "../../../shared/data/media-pool"
	raw, err := os.ReadFile(filepath.Join(pool, "pool.json"))
	if err != nil {
		t.Skip("measuring data is not here: " + err.Error())
	}
	if testing.Short() {
		t.Skip("decodes 30 MB")
	}
	var files []struct{ File, Type string }
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	n, sum, worst := 0, 0.0, 0.0
	for _, f := range files {
		if f.Type != "jpeg" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(pool, f.File))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Preview(bytes.NewReader(b), int64(len(b)), 256, formats.DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", f.File, err)
			continue
		}
		if !s.Complete || !s.Refined {
			t.Errorf("%s: complete %v, refined %v", f.File, s.Complete, s.Refined)
		}
		m, err := stdjpeg.Decode(bytes.NewReader(b))
		if err != nil {
			continue // the standard decoder reads less
		}
		d := distance(t, s.Image, boxed(m, s.Image.Bounds()))
		if d > 6 {
			t.Errorf("%s (%d x %d): differs by %.2f", f.File, s.Width, s.Height, d)
		}
		n, sum, worst = n+1, sum+d, max(worst, d)
	}
	t.Logf("%d pictures, mean difference %.2f, worst %.2f", n, sum/float64(max(n, 1)), worst)
}

func FuzzPreview(f *testing.F) {
	f.Add(baseline(40, 24, 2, 0x22, 0x11, 0x11), 16)
	f.Add(baseline(17, 9, 0, 0x22), 3)
	f.Add(baseline(16, 8, 0, 0x11, 0x11, 0x11, 0x11), 100)
	f.Add(progressive(), 5)
	f.Add(progressive(), 64)
	f.Add(photo(f, 70, 50, 1), 20)
	f.Fuzz(func(t *testing.T, b []byte, maxPx int) {
		maxPx = max(1, min(maxPx, 512))
		s, err := Preview(bytes.NewReader(b), int64(len(b)), maxPx, formats.Limits{MaxAllocB: 16 << 20})
		if err != nil {
			if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Fatal(err)
			}
			return
		}
		if r := s.Image.Bounds(); r.Dx() > maxPx || r.Dy() > maxPx || r.Empty() {
			t.Fatalf("%v for %d", r, maxPx)
		}
		if s.Complete && s.Missing != nil || s.Refined && !s.Complete {
			t.Fatalf("complete %v, refined %v, with missing pixels %v", s.Complete, s.Refined, s.Missing != nil)
		}
	})
}

func BenchmarkPreview(b *testing.B) {
	for _, c := range []struct {
		name string
		w, h int
	}{{"0.3MP", 640, 480}, {"2MP", 1600, 1200}, {"12MP", 4000, 3000}} {
		data := photo(b, c.w, c.h, 3)
		b.Run(c.name+"/preview", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				small(b, data, 256)
			}
		})
		b.Run(c.name+"/image-jpeg", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				m, err := stdjpeg.Decode(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				to := image.NewRGBA(image.Rect(0, 0, 256, 192))
				draw.ApproxBiLinear.Scale(to, to.Bounds(), m, m.Bounds(), draw.Src, nil)
			}
		})
	}
}
