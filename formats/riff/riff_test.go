package riff

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

func chunk(id string, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, len(data)&1)...)
}

func webpFile(chunks ...[]byte) []byte {
	return chunk("RIFF", append([]byte("WEBP"), bytes.Join(chunks, nil)...))
}

// vp8 is a key frame header of 16 x 9 samples with n bytes of coded data.
func vp8(n int) []byte {
	tag := uint32(n/2)<<5 | 1<<4
	b := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9D, 1, 0x2A, 16, 0, 9, 0}
	return append(b, followtest.Noise(3, n)...)
}

func samples() map[string][]byte {
	vp8l := append([]byte{0x2F, 15, 0, 2, 0}, followtest.Noise(4, 3000)...)
	ext := []byte{0x02, 0, 0, 0, 15, 0, 0, 8, 0, 0}
	frame := append(make([]byte, 6), 15, 0, 0, 8, 0, 0, 0, 0, 0, 0)
	anmf := chunk("ANMF", append(bytes.Clone(frame), chunk("VP8 ", vp8(700))...))
	return map[string][]byte{
		"lossy":     webpFile(chunk("VP8 ", vp8(2001))),
		"lossless":  webpFile(chunk("VP8L", vp8l)),
		"extended":  webpFile(chunk("VP8X", []byte{0x0C, 0, 0, 0, 15, 0, 0, 8, 0, 0}), chunk("VP8 ", vp8(900)), chunk("EXIF", make([]byte, 77))),
		"animation": webpFile(chunk("VP8X", ext), chunk("ANIM", make([]byte, 6)), anmf, anmf),
	}
}

func TestWebP(t *testing.T) {
	for name, b := range samples() {
		followtest.Whole(t, name, b, CheckWebP, WebPHead)
		followtest.Cuts(t, name, b, CheckWebP)
	}
}

func TestWebPForeign(t *testing.T) {
	b := samples()["animation"]
	at := bytes.LastIndex(b, []byte("ANMF"))
	for _, foreign := range followtest.Foreign(4096) {
		r, _ := CheckWebP(bytes.NewReader(append(bytes.Clone(b[:at]), foreign...)), 1<<20)
		if r.State == follow.Whole || r.SureB > int64(at) || r.FailB < int64(at) || r.FailB > int64(at)+8 || r.NeedB != int64(len(b)) {
			t.Errorf("%+v, want to fail at %d", r, at)
		}
	}
	if r, _ := CheckWebP(bytes.NewReader(append(bytes.Clone(b[:20]), followtest.Noise(1, 9000)...)), 1<<20); r.GoodB != 0 {
		t.Errorf("decoy: %+v", r)
	}
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "webp", nil, CheckWebP, WebPHead)
}

func FuzzWebP(f *testing.F) {
	for _, b := range samples() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, CheckWebP) })
}
