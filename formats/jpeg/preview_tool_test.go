package jpeg

import (
	"bytes"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	stdjpeg "image/jpeg"
)

// TestPreviewEncoded holds pictures of another encoder, of all usual samplings,
// sequential and progressive, against the standard decoder.
func TestPreviewEncoded(t *testing.T) {
	convert, err := exec.LookPath("convert")
	if err != nil {
		t.Skip("ImageMagick is not here")
	}
	dir := t.TempDir()
	src, out := filepath.Join(dir, "a.png"), filepath.Join(dir, "a.jpg")
	var b bytes.Buffer
	if err := png.Encode(&b, scene(501, 333)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(src, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-sampling-factor", "4:4:4"}, {"-sampling-factor", "4:2:2"}, {"-sampling-factor", "4:2:0"}, {"-sampling-factor", "4:1:1"},
		{"-sampling-factor", "1x2"}, {"-sampling-factor", "2x2,2x1,1x2"}, {"-colorspace", "Gray"}, {"-colorspace", "CMYK"},
		{"-define", "jpeg:optimize-coding=true"}, {"-quality", "30"},
	} {
		for _, mode := range []string{"none", "JPEG"} {
			cmd := exec.Command(convert, append(append([]string{src, "-quality", "93"}, args...), "-interlace", mode, out)...)
			if msg, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("ImageMagick: %v: %s", err, msg)
			}
			data, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			want, err := stdjpeg.Decode(bytes.NewReader(data))
			if err != nil {
				t.Logf("%v %s: %v", args, mode, err)
				continue
			}
			for _, px := range []int{30, 60, 120, 200, 501} {
				s := small(t, data, px)
				if !s.Complete || !s.Refined || s.Missing != nil {
					t.Errorf("%v %s at %d: complete %v, refined %v", args, mode, px, s.Complete, s.Refined)
				}
				if d := distance(t, s.Image, boxed(want, s.Image.Bounds())); d > 3 {
					t.Errorf("%v %s at %d: differs by %.2f", args, mode, px, d)
				}
			}
		}
	}
}
