package bmp

import (
	"bytes"
	"os"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

// build makes a bitmap with a header of headB bytes.
func build(headB int, w, h, bits int, compression uint32, data []byte) []byte {
	off := 14 + headB
	if bits <= 8 {
		off += 4 << bits
	}
	b := make([]byte, off)
	copy(b, "BM")
	le.PutUint32(b[2:], uint32(off+len(data)))
	le.PutUint32(b[10:], uint32(off))
	le.PutUint32(b[14:], uint32(headB))
	if headB == 12 {
		le.PutUint16(b[18:], uint16(w))
		le.PutUint16(b[20:], uint16(h))
		b[22], b[24] = 1, byte(bits)
	} else {
		le.PutUint32(b[18:], uint32(w))
		le.PutUint32(b[22:], uint32(h))
		b[26], b[28] = 1, byte(bits)
		le.PutUint32(b[30:], compression)
		le.PutUint32(b[34:], uint32(len(data)))
	}
	return append(b, data...)
}

// lines makes noise with zero filling.
func lines(w, h, bits int) []byte {
	used, line := (w*bits+7)/8, (w*bits+31)/32*4
	b := followtest.Noise(uint64(w), line*h)
	for y := range h {
		clear(b[y*line+used : (y+1)*line])
	}
	return b
}

func TestCheck(t *testing.T) {
	topDown := build(40, 33, 20, 24, 0, lines(33, 20, 24))
	le.PutUint32(topDown[22:], 0xFFFFFFFF-19)
	padded := append(build(40, 32, 8, 24, 0, lines(32, 8, 24)), 0, 0)
	le.PutUint32(padded[2:], uint32(len(padded)))
	profile := build(124, 20, 20, 24, 0, lines(20, 20, 24))
	copy(profile[14+56:], "DEBM")
	le.PutUint32(profile[14+112:], uint32(len(profile)-14))
	le.PutUint32(profile[14+116:], 500)
	profile = append(profile, followtest.Noise(1, 500)...)
	le.PutUint32(profile[2:], uint32(len(profile)))
	for name, b := range map[string][]byte{
		"core": build(12, 61, 30, 24, 0, lines(61, 30, 24)), "palette": build(40, 77, 50, 8, 0, lines(77, 50, 8)),
		"two colours": build(40, 77, 50, 1, 0, lines(77, 50, 1)), "version 4": build(108, 30, 30, 32, 3, lines(30, 30, 32)),
		"top down": topDown, "padded": padded, "profile": profile,
		"runs": build(40, 200, 3, 8, 1, []byte{200, 7, 0, 0, 0, 3, 1, 2, 3, 0, 197, 9, 0, 0, 0, 2, 5, 0, 10, 1, 0, 1}),
	} {
		followtest.Whole(t, name, b, Check, Head)
		followtest.Cuts(t, name, b, Check)
	}
}

func TestForeign(t *testing.T) {
	b := build(40, 101, 300, 24, 0, lines(101, 300, 24))
	d := append(bytes.Clone(b[:40960]), followtest.Noise(5, len(b))...)
	r, _ := Check(bytes.NewReader(d), int64(len(d)))
	if r.State != follow.Damaged || r.FailB <= 40960 || r.FailB > 40960+3*304 || r.NeedB != int64(len(b)) {
		t.Errorf("%+v", r)
	}
	quad := lines(100, 300, 32)
	for i := 3; i < len(quad); i += 4 {
		quad[i] = 0
	}
	b = build(40, 100, 300, 32, 0, quad)
	if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.State != follow.Whole || r.Depth != follow.Codes {
		t.Errorf("%+v", r)
	}
	d = append(bytes.Clone(b[:40960]), followtest.Noise(5, len(b))...)
	if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State != follow.Damaged || r.FailB <= 40960 || r.FailB > 40960+800 {
		t.Errorf("%+v", r)
	}
	// a picture with a clear border is none with foreign data
	for i := range quad {
		if quad[i] = byte(i); i < 20000 {
			quad[i] = 0
		}
	}
	b = build(40, 100, 300, 32, 0, quad)
	if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.State != follow.Whole || r.Depth != follow.Lengths {
		t.Errorf("%+v", r)
	}
	for n := 2; n < 30; n++ {
		followtest.Decoys(t, b, Check, n)
	}
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "bmp", nil, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(build(40, 8, 8, 24, 0, lines(8, 8, 24)))
	f.Add(build(40, 200, 1, 8, 1, []byte{200, 7, 0, 0, 0, 1}))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
