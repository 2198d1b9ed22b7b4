package carve

import (
	"bytes"
	"context"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"firescene/forensics"
)

func picture(t testing.TB, seed uint64, w, h int, asPNG bool) []byte {
	rng := rand.New(rand.NewPCG(seed, 9))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i/40) + byte(rng.IntN(30))
	}
	var b bytes.Buffer
	err := stdjpeg.Encode(&b, m, nil)
	if asPNG {
		b.Reset()
		err = stdpng.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 5))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// medium lays files at offsets over noise, text and zeros.
func medium(size int, at map[int][]byte) []byte {
	b := noise(1, size)
	clear(b[size/4 : size/2])
	copy(b[size/2:], strings.Repeat("03-01 10:20:30 zone 4 smoke detector alarm\n", size/200))
	for off, d := range at {
		copy(b[off:], d)
		end := (off + len(d) + 511) / 512 * 512
		clear(b[off+len(d) : min(end, len(b))])
	}
	return b
}

type found struct {
	Offset, Length int64
	Type           string
	State          forensics.ItemState
}

func carveAll(t *testing.T, b []byte, o Options, next func(off, end int64) int64) ([]found, []Find) {
	t.Helper()
	var out []found
	var all []Find
	err := Run(context.Background(), Source{R: bytes.NewReader(b), SizeB: int64(len(b)), NextUnread: next}, o, func(f Find) error {
		out = append(out, found{f.OffsetB, f.LengthB, f.Type.Name, f.State})
		all = append(all, f)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out, all
}

func TestFindsWholeFilesToTheirEnd(t *testing.T) {
	a, b, c := picture(t, 1, 120, 80, false), picture(t, 2, 60, 60, true), picture(t, 3, 90, 40, false)
	thumb := append([]byte("\xFF\xD8\xFF\xE1\x40\x00Exif\x00\x00"), make([]byte, 0x4000-8)...)
	copy(thumb[2048:], c) // a picture inside a picture's segment, at what is a sector of the medium
	withThumb := append(thumb, a[2:]...)
	img := medium(1<<20, map[int][]byte{4096: a, 100*512 + 0: b, 300 * 512: withThumb, 400*512 + 77: c})
	want := []found{
		{4096, int64(len(a)), "jpeg", forensics.Whole}, {100 * 512, int64(len(b)), "png", forensics.Whole},
		{300 * 512, int64(len(withThumb)), "jpeg", forensics.Whole}, {400*512 + 77, int64(len(c)), "jpeg", forensics.Whole},
	}
	got, all := carveAll(t, img, Options{Unaligned: true, Workers: 1}, nil)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v\nwant %v", got, want)
	}
	if all[3].Aligned || !all[0].Aligned {
		t.Error("alignment is told wrong")
	}
	for workers := 2; workers <= 5; workers++ {
		if again, _ := carveAll(t, img, Options{Unaligned: true, Workers: workers}, nil); !reflect.DeepEqual(again, want) {
			t.Errorf("%d workers: %v", workers, again)
		}
	}
	if got, _ = carveAll(t, img, Options{Workers: 2}, nil); !reflect.DeepEqual(got, want[:3]) {
		t.Errorf("aligned only: %v", got)
	}
	cov := []forensics.ByteRun{{OffsetB: 4096, LengthB: int64(len(a))}, {OffsetB: 300 * 512, LengthB: int64(len(withThumb))}}
	if got, _ = carveAll(t, img, Options{Unaligned: true, Covered: cov}, nil); !reflect.DeepEqual(got, []found{want[1], want[3]}) {
		t.Errorf("covered ranges: %v", got)
	}
}

// The same files moved by whole sectors, over the border of a window, are found
// at the moved places.
func TestShifted(t *testing.T) {
	a := picture(t, 4, 200, 150, false)
	for _, at := range []int{0, 512, windowB - 512, windowB - 3, windowB - 1, windowB} {
		img := make([]byte, windowB+1<<17)
		copy(img[at:], a)
		got, _ := carveAll(t, img, Options{Unaligned: true, Workers: 2}, nil)
		if !reflect.DeepEqual(got, []found{{int64(at), int64(len(a)), "jpeg", forensics.Whole}}) {
			t.Errorf("at %d: %v", at, got)
		}
	}
}

func TestPartial(t *testing.T) {
	a := picture(t, 5, 400, 300, false)
	cut := len(a) / 2 / 512 * 512
	img := noise(3, 1<<19)
	copy(img[8192:], a[:cut])
	got, all := carveAll(t, img, Options{Workers: 2}, nil)
	if len(got) != 1 || got[0].State != forensics.Partial || got[0].Length < int64(cut)-16 || got[0].Length > int64(cut)+4096 {
		t.Fatalf("%v, cut at %d", got, cut)
	}
	if all[0].Confidence >= 0.9 || all[0].Reason == "" {
		t.Errorf("%+v", all[0])
	}
}

// Signatures followed by rubbish are no files, whole or partial.
func TestDecoys(t *testing.T) {
	img := noise(8, 4<<20)
	for i, sig := range []string{"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", "\xFF\xD8\xFF\xE1", "\xFF\xD8\xFF\xDB", "\x89PNG\r\n\x1a\n", "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"} {
		for at := i * 512; at < len(img); at += 5 * 512 {
			copy(img[at:], sig)
		}
	}
	if got, _ := carveAll(t, img, Options{Unaligned: true, Workers: 2}, nil); len(got) != 0 {
		t.Errorf("decoys were taken for files: %v", got)
	}
}

func TestUnreadSectors(t *testing.T) {
	a := picture(t, 6, 300, 300, false)
	img := medium(1<<18, map[int][]byte{2048: a})
	hole := int64(2048 + len(a)/2/512*512)
	next := func(off, end int64) int64 {
		if off <= hole && hole < end {
			return hole
		}
		return end
	}
	_, all := carveAll(t, img, Options{}, next)
	if len(all) != 1 || all[0].State != forensics.Partial || all[0].OffsetB+all[0].LengthB != hole || !strings.Contains(all[0].Reason, "unread") {
		t.Errorf("%+v", all)
	}
}

func TestTail(t *testing.T) {
	a := picture(t, 7, 60, 60, false)
	for _, c := range []struct {
		name string
		tail []byte
		more int // bytes that belong to the file
	}{
		{"one byte before filling", []byte{0xFF}, 1},
		{"filling only", nil, 0},
		{"left-over bytes up to the next file", bytes.Repeat([]byte{7}, 512), 0},
	} {
		img := make([]byte, 64<<10)
		copy(img[4096:], a)
		room := 512 - len(a)%512
		if room < 64 {
			t.Fatal("the sample's last sector is too full for this test")
		}
		copy(img[4096+len(a):4096+len(a)+room], c.tail)
		got, _ := carveAll(t, img, Options{}, nil)
		if len(got) != 1 || got[0].Length != int64(len(a)+c.more) {
			t.Errorf("%s: %v, want length %d", c.name, got, len(a)+c.more)
		}
	}
}

// The properties of a picture are kept as in a TIFF and are no file.
func TestExifIsNoTIFF(t *testing.T) {
	img := append([]byte("\xFF\xE1\x10\x00Exif\x00\x00"), fake("TIF!", 0, 500, 0, 'l')...)
	if got := list(t, append(img, make([]byte, 100)...), Options{Unaligned: true}); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestHost(t *testing.T) {
	p := picture(t, 8, 40, 40, false)
	for want, before := range map[string]string{
		"PDF stream": "<</Filter/DCTDecode>>stream\r\n", "Windows thumbnail cache": "CMMM" + strings.Repeat("\x01", 52) + "a\x00b\x003\x00",
		"AVI video frame": "00dc\x10\x20\x00\x00",
		"ZIP member":      "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x05\x00\x00\x00a.jpg", "": "just some text before it",
	} {
		img := append([]byte("x"+before), p...)
		_, all := carveAll(t, append(img, make([]byte, 100)...), Options{Unaligned: true}, nil)
		if len(all) != 1 || all[0].Host != want {
			t.Errorf("%q: %+v", want, all)
		}
	}
}

type failing struct{ io.ReaderAt }

var errDevice = errors.New("device error")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDevice }

func TestStops(t *testing.T) {
	none := func(Find) error { return nil }
	if err := Run(context.Background(), Source{R: failing{}, SizeB: 1 << 20}, Options{}, none, nil); !errors.Is(err, errDevice) {
		t.Errorf("read error: %v", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := Run(ctx, Source{R: bytes.NewReader(make([]byte, 4096)), SizeB: 4096}, Options{}, none, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	full := errors.New("disk full")
	img := picture(t, 9, 30, 30, false)
	if err := Run(context.Background(), Source{R: bytes.NewReader(img), SizeB: int64(len(img))}, Options{}, func(Find) error { return full }, nil); !errors.Is(err, full) {
		t.Errorf("emit error: %v", err)
	}
	for _, n := range []int{0, 1, 3, 100} {
		if got, _ := carveAll(t, noise(2, n), Options{Unaligned: true}, nil); len(got) != 0 {
			t.Errorf("%d bytes: %v", n, got)
		}
	}
}
