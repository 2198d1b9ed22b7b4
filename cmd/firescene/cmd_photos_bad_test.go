package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"firescene/formats/photo"
	"firescene/recon/audit"
)

// wallpaper is a picture of many discs of different greys, the same for a seed.
func wallpaper(w, h int, seed uint64) *image.Gray {
	rng := rand.New(rand.NewPCG(seed, 3))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 128
	}
	for range w * h / 250 {
		cx, cy, r := rng.IntN(w), rng.IntN(h), 2+rng.IntN(9)
		level := uint8(30 + rng.IntN(200))
		for y := max(0, cy-r); y < min(h, cy+r); y++ {
			for x := max(0, cx-r); x < min(w, cx+r); x++ {
				if (x-cx)*(x-cx)+(y-cy)*(y-cy) < r*r {
					img.SetGray(x, y, color.Gray{Y: level})
				}
			}
		}
	}
	return img
}

func asJPEG(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.Bytes()
}

// turned gives what a camera of the given focal length sees of a wide picture on a
// far wall when it turns by an angle on its spot.
func turnedView(wall *image.Gray, w, h int, focal, angle float64) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	b := wall.Bounds()
	s, c := math.Sin(angle), math.Cos(angle)
	for y := range h {
		for x := range w {
			rx, ry := (float64(x)+0.5-float64(w)/2)/focal, (float64(y)+0.5-float64(h)/2)/focal
			dx, dz := c*rx+s, c-s*rx
			u, v := focal*dx/dz+float64(b.Dx())/2-0.5, focal*ry/dz+float64(b.Dy())/2-0.5
			i, j := int(math.Floor(u)), int(math.Floor(v))
			if i < 0 || j < 0 || i+1 >= b.Dx() || j+1 >= b.Dy() {
				continue
			}
			fu, fv := u-float64(i), v-float64(j)
			at := func(x, y int) float64 { return float64(wall.Pix[y*wall.Stride+x]) }
			img.Pix[y*img.Stride+x] = uint8((1-fv)*((1-fu)*at(i, j)+fu*at(i+1, j)) + fv*((1-fu)*at(i, j+1)+fu*at(i+1, j+1)) + 0.5)
		}
	}
	return img
}

// TestPhotosThatGiveNoModel names for each set of photos why there is none.
func TestPhotosThatGiveNoModel(t *testing.T) {
	paper := wallpaper(320, 240, 1)
	wide := wallpaper(900, 320, 2)
	black := func(h int) []byte { return asJPEG(t, image.NewGray(image.Rect(0, 0, 320, h)), 90) }
	huge := asJPEG(t, paper, 90)
	sof := bytes.Index(huge, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(huge[sof+5:], 9000)
	binary.BigEndian.PutUint16(huge[sof+7:], 12000)
	absurd := bytes.Clone(huge)
	copy(absurd[sof+5:], "\xff\xff\xff\xff")
	for _, c := range []struct {
		name  string
		files map[string][]byte
		flags []string
		exit  int
		says  []string
	}{
		{"one photo", map[string][]byte{"a.jpg": asJPEG(t, paper, 90)}, nil, exitFailed, []string{"1 usable photo(s), at least 2"}},
		{"the same file twice", map[string][]byte{"a.jpg": asJPEG(t, paper, 90), "b.jpg": asJPEG(t, paper, 90)}, nil, exitFailed, []string{"b.jpg: the same file as a.jpg", "at least 2"}},
		{"the same picture twice", map[string][]byte{"a.jpg": asJPEG(t, paper, 92), "b.png": asPNG(t, paper)}, nil, exitFailed, []string{"the same view as a.jpg", "from one place"}},
		{"all black", map[string][]byte{"a.jpg": black(240), "b.jpg": black(241)}, nil, exitFailed, []string{"a.jpg: only 0 features", "100 % of it is black (limit 50 %)"}},
		{"turned on the spot", map[string][]byte{
			"a.png": asPNG(t, turnedView(wide, 320, 240, 300, -0.2)), "b.png": asPNG(t, turnedView(wide, 320, 240, 300, 0)), "c.png": asPNG(t, turnedView(wide, 320, 240, 300, 0.2)),
		}, []string{"--camera", "300,300,160,120"}, exitFailed, []string{"from one place", "turning on the spot is not enough"}},
		{"a wrong camera", map[string][]byte{"a.jpg": asJPEG(t, paper, 90), "b.jpg": asJPEG(t, paper, 80)}, []string{"--camera", "2759.5,2764.2,1520.7,1006.8"},
			exitUsage, []string{"wrong camera", "about 3041x2014", "the photo is 320x240", "give the intrinsics"}},
		{"100 and 4000 million pixels in a head", map[string][]byte{"a.jpg": huge, "b.jpg": absurd}, nil, exitFailed,
			[]string{"b.jpg: JPEG: not supported: 65535x65535 pixels", "at least 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
			for name, b := range c.files {
				put(t, filepath.Join(dir, name), b)
			}
			status, said := runLimited(t, append([]string{"photos", dir, "-o", out}, c.flags...)...)
			if status != c.exit {
				t.Errorf("exit status %d, want %d", status, c.exit)
			}
			for _, s := range c.says {
				if !strings.Contains(said, s) {
					t.Errorf("it does not say %q in\n%s", s, said)
				}
			}
		})
	}
}

// TestPhotosOfTwoRooms places the larger group and says of the others that nothing
// joins them.
func TestPhotosOfTwoRooms(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	files, _ := burntRoomPhotos()
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		put(t, filepath.Join(dir, name), files[name])
	}
	put(t, filepath.Join(dir, "x.jpg"), asJPEG(t, wallpaper(360, 270, 8), 90))
	status, stdout, stderr := run(t, "photos", "--json", "--sparse-only", dir, "-o", out, "--camera", "300,300,180,135")
	if status != exitSomeFailed {
		t.Fatalf("exit status %d\n%s", status, stderr)
	}
	var sum photosSummary
	must(t, json.Unmarshal([]byte(stdout), &sum))
	for _, p := range sum.Photos {
		if (p.Outcome == photoPlaced) != (p.Name != "x.jpg") {
			t.Errorf("%s is %s", p.Name, p.Outcome)
		}
		if p.Name == "x.jpg" && (!strings.Contains(p.Reason, "no other photo") || p.Next == "") {
			t.Errorf("%+v", p)
		}
	}
}

// TestHundredMegapixels decodes a real picture of this size and holds the memory
// for it to a bound.
func TestHundredMegapixels(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds and 250 MB")
	}
	path := filepath.Join(t.TempDir(), "large.png")
	func() {
		img := image.NewGray16(image.Rect(0, 0, 12000, 8400))
		for i := range 4000 {
			img.SetGray16(3*i, 2*i, color.Gray16{Y: 40000})
		}
		var b bytes.Buffer
		must(t, (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img))
		put(t, path, b.Bytes())
	}()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapAlloc))
			}
		}
	}()
	al := &album{ctx: t.Context(), unreadable: map[string]error{}, measures: map[string]audit.Measures{}, masked: map[string]float64{}}
	must(t, al.add("large.png", path))
	al.list[0].orientation = 6
	img, err := al.open(al.list[0])
	close(stop)
	<-done
	must(t, err)
	if b := img.Bounds(); b.Dx() != 8400 || b.Dy() != 12000 {
		t.Errorf("%v", b)
	}
	if m := al.measures["large.png"]; m.Black < 0.99 {
		t.Errorf("%+v", m)
	}
	// 16 bits a pixel decoded, 8 kept, 8 turned
	if used := int64(most.Load()) - int64(before.HeapAlloc); used > 500<<20 {
		t.Errorf("%d MB at the peak", used>>20)
	}
	if al.list[0].header.DecodeB > 250<<20 || photo.MaxPx < 12000*8400 {
		t.Errorf("%+v", al.list[0].header)
	}
}
