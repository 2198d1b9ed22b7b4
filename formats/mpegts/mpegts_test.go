package mpegts

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// section makes a table of one packet.
func section(pid int, counter byte, id byte, body []byte) []byte {
	s := []byte{id, 0xB0, byte(len(body) + 9), 0, 1, 0xC1, 0, 0}
	s = append(s, body...)
	s = binary.BigEndian.AppendUint32(s, crc(s))
	p := append([]byte{sync, 0x40 | byte(pid>>8), byte(pid), 0x10 | counter, 0}, s...)
	for len(p) < 188 {
		p = append(p, 0xFF)
	}
	return p
}

// stream makes n packets of pictures behind the tables, packetB long each.
func stream(n int, packetB int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	packets := [][]byte{section(0, 0, 0, []byte{0, 1, 0xE1, 0}), section(0x100, 0, 2, []byte{0xE1, 1, 0xF0, 0, 0x1B, 0xE1, 1, 0xF0, 0})}
	for i := range n {
		p := []byte{sync, 1, 1, 0x10 | byte(i&15)}
		for len(p) < 188 {
			p = append(p, byte(1+rng.IntN(255)))
		}
		packets = append(packets, p)
	}
	var out []byte
	for _, p := range packets {
		if packetB == 192 {
			out = append(out, 1, 2, 3, 4)
		}
		out = append(out, p...)
		if packetB == 204 {
			out = append(out, bytes.Repeat([]byte{9}, 16)...)
		}
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
	for _, n := range []int{188, 192, 204} {
		b := stream(99, n)
		if !Head(b) {
			t.Errorf("%d: no head", n)
		}
		for _, tail := range []string{"", string(make([]byte, 600)), "some text that follows it"} {
			r := check(t, append(bytes.Clone(b), tail...))
			if r.EndB != int64(len(b)) || r.Packets != 101 || r.Programs != 1 || r.Maps != 1 || r.Breaks != 0 {
				t.Errorf("%d with %.4q behind: %+v", n, tail, r)
			}
			if want := tail == "" || tail[0] == 0; (r.State == Whole) != want {
				t.Errorf("%d with %.4q behind: %v", n, tail, r.State)
			}
		}
		if r := check(t, b[:len(b)-100]); r.State != Truncated || r.SureB > int64(len(b)) {
			t.Errorf("%d cut: %+v", n, r)
		}
	}
	if r := check(t, bytes.Repeat([]byte{sync}, 5000)); r.State != NotTS {
		t.Errorf("one byte over and over: %v", r.State)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(stream(8, 188))
	f.Add(stream(8, 192))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || r.EndB > int64(len(b)) || r.SureB > int64(len(b)) {
			t.Fatalf("%v %+v", err, r)
		}
	})
}
