package gif

import (
	"bytes"
	"image"
	"image/color"
	stdgif "image/gif"
	"os"
	"testing"

	"firescene/formats/follow/followtest"
)

func sample(t testing.TB, w, h, frames, colours int) []byte {
	var all stdgif.GIF
	for f := range frames {
		var p color.Palette
		for i := range colours {
			p = append(p, color.RGBA{byte(i * 7), byte(i), byte(200 - i), 255})
		}
		m := image.NewPaletted(image.Rect(0, 0, w, h), p)
		noise := followtest.Noise(uint64(f+colours), w*h)
		for i := range m.Pix {
			m.Pix[i] = byte((i/50 + int(noise[i])%5) % colours)
		}
		all.Image, all.Delay = append(all.Image, m), append(all.Delay, 10)
	}
	var b bytes.Buffer
	if err := stdgif.EncodeAll(&b, &all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCheck(t *testing.T) {
	for name, b := range map[string][]byte{"one": sample(t, 90, 70, 1, 256), "animation": sample(t, 60, 50, 4, 64), "two colours": sample(t, 33, 21, 1, 2)} {
		followtest.Whole(t, name, b, Check, Head)
		followtest.Cuts(t, name, b, Check)
	}
}

func TestForeign(t *testing.T) {
	b := sample(t, 400, 300, 2, 256)
	followtest.Splices(t, "large", b, Check, 8192, 4096, 12288, 40960, len(b)/4096*4096)
	r, _ := Check(bytes.NewReader(append(bytes.Clone(b[:40960]), followtest.Noise(1, 9000)...)), 1<<20)
	if r.SureB < 40960-12000 || r.FailB > 40960+1024 {
		t.Errorf("loose bounds: %+v", r)
	}
	followtest.Decoys(t, b, Check, 6)
	followtest.Decoys(t, b, Check, 13)
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "gif", map[string]string{"e9ec2221dcfb8f4d.gif": "its picture header is damaged: width 0 and a colour table that is not there"}, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(sample(f, 20, 20, 2, 16))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
