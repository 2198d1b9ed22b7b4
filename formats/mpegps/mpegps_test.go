package mpegps

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// stream makes packs of one video packet each, the first with a stream map.
func stream(packs int, end bool) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for i := range packs {
		out = append(out, 0, 0, 1, 0xBA, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xF8)
		if i == 0 {
			info := []byte{0x40, 14, 'H', 'K', 1, 0, 24, 3<<4 | 5>>1, 1<<7 | 9<<2 | 30>>4, 30<<4&0xF0 | 7>>2, 7 << 6 & 0xC0, 0, 0, 0, 0, 0}
			out = append(out, 0, 0, 1, 0xBC, 0, byte(10+len(info)), 0xE0, 0xFF, 0, byte(len(info)))
			out = append(append(out, info...), 0, 0, 0, 0, 0, 0)
		}
		n := 200 + rng.IntN(2000)
		out = append(out, 0, 0, 1, 0xE0)
		out = binary.BigEndian.AppendUint16(out, uint16(n))
		out = append(out, 0x80, 0, 0)
		for range n - 3 {
			out = append(out, byte(1+rng.IntN(255)))
		}
	}
	if end {
		out = append(out, 0, 0, 1, 0xB9)
	}
	return out
}

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEnd(t *testing.T) {
	foreign := []byte("text behind the stream, longer than a line")
	for _, end := range []bool{true, false} {
		b := stream(40, end)
		for _, tail := range [][]byte{nil, make([]byte, 100), foreign} {
			r := check(t, append(bytes.Clone(b), tail...))
			if r.EndB != int64(len(b)) || r.EndCode != end {
				t.Errorf("end code %v: ends at %d of %d", end, r.EndB, len(b))
			}
			if want := end || len(tail) == 0 || tail[0] == 0; (r.State == Whole) != want {
				t.Errorf("end code %v, %q behind: %v", end, tail[:min(len(tail), 4)], r.State)
			}
		}
	}
	if r := check(t, stream(2, true)); r.First.Format("2006-01-02 15:04:05") != "2024-03-05 09:30:07" {
		t.Errorf("time of the stream map: %v", r.First)
	}
}

func TestCut(t *testing.T) {
	b := stream(40, true)
	cut := len(b) * 2 / 3
	for _, tail := range [][]byte{nil, bytes.Repeat([]byte("some text "), 400)} {
		r := check(t, append(bytes.Clone(b[:cut]), tail...))
		if r.State == Whole || r.SureB > int64(cut) || r.SureB < int64(cut)-2300 {
			t.Errorf("cut at %d with %d behind: %v, sure %d, fail %d", cut, len(tail), r.State, r.SureB, r.FailB)
		}
	}
	if r := check(t, []byte("\x00\x00\x01\xBA text that is no pack")); r.State != NotPS {
		t.Errorf("text: %v", r.State)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(stream(3, true))
	f.Add(stream(2, false))
	f.Add([]byte("\x00\x00\x01\xBA\x21\x00\x01\x00\x01\x80\x00\x01\x00\x00\x01\xE0\x00\x04\x0F\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.EndB > int64(len(b)) || r.SureB > r.EndB {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
