package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
)

// thumb makes the thumbnail of data as an item.
func thumb(t *testing.T, data []byte, it forensics.Item, validB int64) (image.Image, error) {
	t.Helper()
	p := filepath.Join(t.TempDir(), "item")
	if err := os.WriteFile(p, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := makeThumb(p, p+".jpg", it, validB); err != nil {
		if _, gone := os.Stat(p + ".jpg"); gone == nil {
			t.Error("a thumbnail was left behind")
		}
		return nil, err
	}
	f, err := os.Open(p + ".jpg")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := jpeg.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m, nil
}

// greyRows counts the rows from the bottom up that are mid grey, but for the hatch.
func greyRows(m image.Image) (n int) {
	b := m.Bounds()
	for y := b.Max.Y - 1; y >= b.Min.Y; y-- {
		near, dark := 0, 0
		for x := range b.Dx() {
			r, g, bl, _ := m.At(b.Min.X+x, y).RGBA()
			hi, lo := max(r, g, bl)>>8, min(r, g, bl)>>8
			if hi-lo < 30 && lo > 60 && hi < 150 {
				near++
			}
			if hi < 112 {
				dark++
			}
		}
		if near < b.Dx()*9/10 || dark < b.Dx()/20 || dark > b.Dx()/2 {
			return n
		}
		n++
	}
	return n
}

func TestThumbOfPartOfPicture(t *testing.T) {
	data := mediaPhoto(t, 3, 640, 480)
	size := int64(len(data))
	item := func(s forensics.ItemState) forensics.Item { return forensics.Item{Type: "jpeg", State: s, SizeB: size} }
	whole, err := thumb(t, data, item(forensics.Whole), size)
	if err != nil || whole.Bounds() != image.Rect(0, 0, 256, 192) || greyRows(whole) > 0 {
		t.Fatalf("%v, %v", whole, err)
	}
	half, err := thumb(t, data, item(forensics.Partial), size/2)
	if err != nil || half.Bounds() != whole.Bounds() {
		t.Fatal(err)
	}
	if n := greyRows(half); n < 60 || n > 130 {
		t.Errorf("%d of 192 rows are hatched", n)
	}
	// all MCUs are there, the picture's end is not
	edge, err := thumb(t, data, item(forensics.Partial), size-2)
	if err != nil || greyRows(edge) < 2 || greyRows(edge) > 8 {
		t.Errorf("%d rows are hatched, %v", greyRows(edge), err)
	}
	// filling that is valid code is no content
	filled := append(bytes.Clone(data[:size/2]), make([]byte, size/2)...)
	m, err := thumb(t, filled, item(forensics.Partial), size)
	if err != nil || greyRows(m) < greyRows(half) {
		t.Errorf("%d rows are hatched, %v", greyRows(m), err)
	}
	for _, n := range []int64{0, 300, 640} {
		if m, err := thumb(t, data, item(forensics.Partial), n); err == nil {
			t.Errorf("%d bytes make a thumbnail: %v", n, m.Bounds())
		}
	}
	if hasThumb(item(forensics.Fragment)) || !hasThumb(item(forensics.Partial)) || hasThumb(forensics.Item{Type: "png", State: forensics.Partial}) {
		t.Error("other items than whole pictures and parts of JPEG pictures get a thumbnail")
	}
}

// TestThumbBeforeBreak shows nothing of another picture whose codes are valid.
func TestThumbBeforeBreak(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 1024, 1024))
	for i := range m.Pix {
		x, y := i%1024, i/1024
		m.Pix[i] = uint8(60 + x/16 + y/12 + (x*y)%5)
	}
	var smooth, other bytes.Buffer
	if err := jpeg.Encode(&smooth, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for i := range m.Pix {
		m.Pix[i] = uint8(i * i >> 7 * 31)
	}
	if err := jpeg.Encode(&other, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	cut := int64(smooth.Len()/2) &^ (unitB - 1)
	b := append(bytes.Clone(smooth.Bytes()[:cut]), other.Bytes()[cut:cut+3*unitB]...)
	for _, c := range []struct{ data, end int64 }{{cut, cut}, {cut + 2*unitB, cut}, {cut + 3*unitB, cut}} {
		if got, err := believedB(bytes.NewReader(b), c.data); err != nil || got != c.end {
			t.Errorf("%d of %d bytes are shown, want %d; %v", got, c.data, c.end, err)
		}
	}
	if got, err := believedB(bytes.NewReader(smooth.Bytes()), cut+2*unitB); err != nil || got != cut+2*unitB {
		t.Errorf("%d of a picture's %d own bytes are shown, %v", got, cut+2*unitB, err)
	}
}

// TestThumbInside takes the preview that a raw photograph holds.
func TestThumbInside(t *testing.T) {
	preview := mediaPhoto(t, 4, 320, 200)
	le := binary.LittleEndian
	b := append([]byte("II*\x00"), 8, 0, 0, 0, 2, 0)
	for _, e := range [][2]uint32{{513, 38}, {514, uint32(len(preview))}} {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(b, uint16(e[0])), 4), 1), e[1])
	}
	b = append(append(b, 0, 0, 0, 0), preview...)
	for _, typ := range []string{"tiff", "nef"} {
		it := forensics.Item{Type: typ, State: forensics.Whole}
		m, err := thumb(t, b, it, int64(len(b)))
		if err != nil || m.Bounds() != image.Rect(0, 0, 256, 160) || !hasThumb(it) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if _, err := thumb(t, bytes.Repeat([]byte{1}, 100), forensics.Item{Type: "heic", State: forensics.Whole}, 100); err == nil {
		t.Error("a thumbnail of noise")
	}
}

func TestOwnB(t *testing.T) {
	runs := []forensics.ByteRun{{OffsetB: 1000, LengthB: 100}, {OffsetB: forensics.Hole, LengthB: 50}, {OffsetB: 5000, LengthB: 100}}
	for _, c := range []struct {
		it     forensics.Item
		unread media.Unread
		stored bool
		want   int64
	}{
		{forensics.Item{Runs: runs, State: forensics.Partial, SizeB: 250}, nil, true, 100},
		{forensics.Item{Runs: runs, State: forensics.Whole, SizeB: 250}, nil, true, 250},
		{forensics.Item{Runs: runs, State: forensics.Whole, SizeB: 240}, nil, true, 240},
		{forensics.Item{Runs: runs, State: forensics.Whole, SizeB: 250}, media.Unread{{OffsetB: 5020, LengthB: 5}}, true, 170},
		{forensics.Item{Runs: runs[:1], State: forensics.Partial, SizeB: 100}, media.Unread{{OffsetB: 0, LengthB: 1040}}, true, 0},
		{forensics.Item{Runs: runs[:1], State: forensics.Partial, SizeB: 100, Doubtful: []forensics.ByteRun{{OffsetB: 1060, LengthB: 9}, {OffsetB: 1030, LengthB: 9}}}, nil, true, 30},
		{forensics.Item{Runs: []forensics.ByteRun{{OffsetB: 8192, LengthB: 8192 + 40}}, State: forensics.Partial, SizeB: 8192 + 40, Origin: forensics.FromCarving}, nil, true, 8192},
		{forensics.Item{Runs: []forensics.ByteRun{{OffsetB: 8192, LengthB: 8192 + 40}}, State: forensics.Whole, SizeB: 8192 + 40, Origin: forensics.FromCarving}, nil, true, 8192 + 40},
		{forensics.Item{Runs: []forensics.ByteRun{{OffsetB: 8200, LengthB: 60}}, State: forensics.Partial, SizeB: 60, Origin: forensics.FromCarving}, nil, true, 0},
		{forensics.Item{State: forensics.Partial, SizeB: 100}, nil, false, 100},
		{forensics.Item{State: forensics.Partial, SizeB: 100, UnreadB: 1}, nil, false, 0},
	} {
		if got := ownB(c.it, c.unread, c.stored); got != c.want {
			t.Errorf("%+v: %d, want %d", c.it, got, c.want)
		}
	}
}
