package avi

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

func ck(id string, parts ...[]byte) []byte {
	b := slices.Concat(parts...)
	out := slices.Concat([]byte(id), le(uint32(len(b))), b)
	return append(out, make([]byte, len(b)&1)...)
}

func le(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

// file makes a file of n frames, in a second RIFF once more when two.
func file(n int, two bool) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var frames, idx []byte
	for i := range n {
		b := make([]byte, 500+rng.IntN(3000))
		for k := range b {
			b[k] = byte(rng.IntN(256))
		}
		b[0], b[1] = 0xFF, 0xD8
		id := "00dc"
		if i%3 == 2 {
			id = "01wb"
		}
		idx = slices.Concat(idx, []byte(id), le(0x10, uint32(4+len(frames)), uint32(len(b))))
		frames = append(frames, ck(id, b)...)
	}
	super := []byte(nil)
	build := func() []byte {
		strl := ck("LIST", []byte("strl"), ck("strh", []byte("vidsMJPG"), make([]byte, 48)), ck("strf", make([]byte, 40)), super)
		hdrl := ck("LIST", []byte("hdrl"), ck("avih", make([]byte, 56)), strl)
		return ck("RIFF", []byte("AVI "), hdrl, ck("JUNK", make([]byte, 100)), ck("LIST", []byte("movi"), frames), ck("idx1", idx))
	}
	if !two {
		return build()
	}
	more := slices.Concat(frames, ck("ix00", make([]byte, 32)))
	super = ck("indx", []byte{4, 0, 0, 0}, le(1), []byte("00dc"), make([]byte, 12), make([]byte, 16))
	second := ck("RIFF", []byte("AVIX"), ck("LIST", []byte("movi"), more))
	end := uint32(len(build()) + len(second))
	super = ck("indx", []byte{4, 0, 0, 0}, le(1), []byte("00dc"), make([]byte, 12), le(end-40, 0, 40, uint32(n)))
	return append(build(), second...)
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
	for _, two := range []bool{false, true} {
		b := file(40, two)
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00", "text that follows", "RIFF\x10\x00\x00\x00WAVEfmt "} {
			r := check(t, append(bytes.Clone(b), tail...))
			if r.State != Whole || r.EndB != int64(len(b)) || r.Codec != "MJPG" || r.Indexed == 0 {
				t.Errorf("two %v, %q behind: %+v, want end %d", two, tail, r, len(b))
			}
		}
	}
}

func TestSplice(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	gap := make([]byte, 4096)
	for i := range gap {
		gap[i] = byte(rng.IntN(256))
	}
	for _, two := range []bool{false, true} {
		b := file(60, two)
		for range 60 {
			cut := 600 + rng.IntN(len(b)-4600)
			r := check(t, slices.Concat(b[:cut], gap, b[cut:]))
			if r.State != Damaged || r.SureB > int64(cut) || r.FailB <= int64(cut) {
				t.Fatalf("two %v, cut at %d of %d: %v, sure %d, fail %d: %s", two, cut, len(b), r.State, r.SureB, r.FailB, r.Reason)
			}
			if r := check(t, b[:cut]); r.State != Truncated || r.SureB > int64(cut) {
				t.Fatalf("two %v, cut short at %d of %d: %+v", two, cut, len(b), r)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(file(3, false))
	f.Add(file(2, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.State == Whole && (r.EndB <= 0 || r.EndB > int64(len(b))) || r.SureB < 0 || r.SureB > int64(len(b)) {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
