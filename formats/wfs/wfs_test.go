package wfs

import (
	"bytes"
	"encoding/binary"
	"testing"

	"firescene/formats"
)

func stream() []byte {
	le := binary.LittleEndian.AppendUint32
	key := append([]byte{0, 0, 0, 1, 0x65}, bytes.Repeat([]byte{9}, 300)...)
	b := append([]byte{0, 0, 1, Key, 3, 25, 0, 0}, le(nil, 24<<26|3<<22|5<<17|9<<12)...)
	b = append(le(b, uint32(len(key))), key...)
	b = append(le(append(b, 0, 0, 1, Inter), uint32(len(key))), key...)
	return append(append(b, 0, 0, 1, Audio, 0, 0, 40, 0), make([]byte, 40)...)
}

func TestWalk(t *testing.T) {
	b := stream()
	walk := func(b []byte) Stream {
		return Walk(formats.NewWindow(bytes.NewReader(b), int64(len(b)), 4096), 0, nil)
	}
	s := walk(append(bytes.Clone(b), "text"...))
	if s.Frames != 3 || s.Pictures != 2 || !s.KeyFirst || !s.HEVC || s.EndB != int64(len(b)) || s.First.Hour() != 9 {
		t.Errorf("%+v", s)
	}
	if s := walk(b[:len(b)-5]); s.Frames != 2 || s.NeedB != int64(len(b)) {
		t.Errorf("cut: %+v", s)
	}
}

func FuzzOpen(f *testing.F) {
	super := make([]byte, 0x80)
	for at, v := range map[int]uint32{0x2C: 512, 0x30: 16, 0x44: 64, 0x48: 80, 0x4C: 8} {
		binary.LittleEndian.PutUint32(super[at:], v)
	}
	f.Add(super, append([]byte{0, 2, 1, 0}, make([]byte, 28)...), stream())
	f.Fuzz(func(t *testing.T, super, descs, data []byte) {
		b := make([]byte, 128<<10)
		copy(b, "WFS0.4")
		copy(b[superB:], super)
		copy(b[64*512:], descs)
		copy(b[80*512:], data)
		v, err := Open(bytes.NewReader(b), int64(len(b)), formats.Limits{MaxAllocB: 1 << 16, MaxItems: 1 << 10, MaxDepth: 4})
		if err != nil {
			if !formats.IsDamaged(err) {
				t.Fatal(err)
			}
			return
		}
		videos, unused := v.Videos()
		n := int64(0)
		for _, x := range videos {
			n += int64(len(x.Extents))
		}
		if n+int64(len(unused)) > v.Fragments {
			t.Fatalf("%d fragments of %d", n+int64(len(unused)), v.Fragments)
		}
		Walk(formats.NewWindow(bytes.NewReader(data), int64(len(data)), 4096), 0, nil)
	})
}
