package dhav

import (
	"bytes"
	"encoding/binary"
	"testing"

	"firescene/formats"
)

// frame makes one frame of n bytes of data.
func frame(kind byte, channel byte, number uint32, n int) []byte {
	date := uint32(24<<26 | 3<<22 | 5<<17 | 9<<12 | 30<<6 | number/12)
	b := append([]byte(Magic), kind, 0, channel, 0)
	for _, v := range []uint32{number, uint32(HeaderB + n + TrailerB), date} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(b, 0, 0, 0, 0)
	for _, c := range b[:23] {
		b[23] += c
	}
	b = append(append(b, bytes.Repeat([]byte{7}, n)...), Trailer...)
	return binary.LittleEndian.AppendUint32(b, uint32(HeaderB+n+TrailerB))
}

func stream(n int) (out []byte) {
	for i := range n {
		kind := byte(Inter)
		if i%12 == 0 {
			kind = Key
		}
		out = append(out, frame(kind, 2, uint32(i), 100+i)...)
	}
	return out
}

func walk(b []byte) Stream {
	return Walk(formats.NewWindow(bytes.NewReader(b), int64(len(b)), 4096), 0, nil)
}

func TestWalk(t *testing.T) {
	b := stream(30)
	if s := walk(append(bytes.Clone(b), "other data"...)); s.Frames != 30 || s.Keys != 3 || s.EndB != int64(len(b)) || s.Cut || s.Turn || s.First.Channel != 2 {
		t.Errorf("%+v", s)
	}
	if s := walk(b[:len(b)-20]); s.Frames != 29 || !s.Cut || s.NeedB != int64(len(b)) {
		t.Errorf("cut: %+v", s)
	}
	if s := walk(append(bytes.Clone(b), frame(Key, 3, 30, 50)...)); s.Frames != 30 || !s.Turn {
		t.Errorf("another channel: %+v", s)
	}
	if got := walk(b).Last.Time().Format("2006-01-02 15:04:05"); got != "2024-03-05 09:30:02" {
		t.Errorf("last at %s", got)
	}
	for i := range HeaderB { // every byte of the header counts
		x := bytes.Clone(b)
		x[i] ^= 0x10
		if s := walk(x); s.Frames > 0 && s.First == walk(b).First {
			t.Errorf("byte %d of the header does not count", i)
		}
	}
}

func TestClock(t *testing.T) {
	for v, ok := range map[uint32]bool{24<<26 | 2<<22 | 29<<17: true, 23<<26 | 2<<22 | 29<<17: false, 24<<26 | 13<<22 | 1<<17: false, 24<<26 | 1<<22: false, 24<<26 | 1<<22 | 1<<17 | 24<<12: false} {
		if _, got := Clock(v); got != ok {
			t.Errorf("%08x: %v, want %v", v, got, ok)
		}
	}
}

func FuzzWalk(f *testing.F) {
	f.Add(stream(4))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := walk(b); s.EndB < 0 || s.EndB > int64(len(b)) {
			t.Fatalf("%+v", s)
		}
	})
}
