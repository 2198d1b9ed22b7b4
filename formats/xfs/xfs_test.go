package xfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/xfs/xfstest"
)

func walk(t testing.TB, v *Volume) map[string]Entry {
	t.Helper()
	got := map[string]Entry{}
	if err := v.Walk(context.Background(), formats.DefaultLimits(), func(e Entry) error { got[e.Path] = e; return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func read(img []byte, e Entry) (out []byte) {
	for _, x := range e.Extents {
		if x.OffsetB == Hole {
			out = append(out, make([]byte, x.LengthB)...)
		} else {
			out = append(out, img[x.OffsetB:x.OffsetB+x.LengthB]...)
		}
	}
	return out
}

func TestWalk(t *testing.T) {
	for _, v5 := range []bool{false, true} {
		b, data := xfstest.Sample(v5)
		v, err := Open(bytes.NewReader(b.Image), int64(len(b.Image)))
		if err != nil {
			t.Fatal(err)
		}
		got := walk(t, v)
		holes := make([]byte, 4*xfstest.BlockB)
		copy(holes[xfstest.BlockB:], data[:xfstest.BlockB])
		for name, want := range map[string][]byte{"two.bin": data[:3*xfstest.BlockB-100], "dir/火.bin": holes, "dir/tree.bin": data, "far/one": nil} {
			e, ok := got[name]
			if !ok || e.Fault != "" || e.FoundB != int64(len(want)) || !bytes.Equal(read(b.Image, e), want) {
				t.Errorf("version 5 %v: %s: %v %+v", v5, name, ok, e)
			}
			if e.Times.Modified != "2024-03-01 10:20:30.123456789Z" {
				t.Errorf("%s: %v", name, e.Times)
			}
		}
		if len(got) != 6 || !got["far"].Dir || v.Label != "SCENE" {
			t.Errorf("%v", got)
		}
		if len(v.Warnings) != 1 || !strings.Contains(v.Warnings[0], "far/none") {
			t.Errorf("%v", v.Warnings)
		}
	}
}

func TestDamage(t *testing.T) {
	fresh := func(change func(b *xfstest.Volume)) (*Volume, []byte) {
		b, _ := xfstest.Sample(true)
		change(b)
		v, err := Open(bytes.NewReader(b.Image), int64(len(b.Image)))
		if err != nil {
			t.Fatal(err)
		}
		return v, b.Image
	}
	for name, c := range map[string]struct {
		path, fault string
		foundB      int64
		change      func(b *xfstest.Volume)
	}{
		"back": {"two.bin", "forward", xfstest.BlockB, func(b *xfstest.Volume) {
			b.Put(35, 0x81A4, forkExtents, 3*xfstest.BlockB, 2, append(xfstest.Extent(0, xfstest.BlockNumber(0, 100), 1, false), xfstest.Extent(0, xfstest.BlockNumber(1, 50), 2, false)...))
		}},
		"outside": {"two.bin", "out of the volume", xfstest.BlockB, func(b *xfstest.Volume) {
			b.Put(35, 0x81A4, forkExtents, 3*xfstest.BlockB, 2, append(xfstest.Extent(0, xfstest.BlockNumber(0, 100), 1, false), xfstest.Extent(1, 1<<50, 2, false)...))
		}},
		"too many": {"two.bin", "extents is damaged", xfstest.BlockB, func(b *xfstest.Volume) {
			b.Put(35, 0x81A4, forkExtents, 3*xfstest.BlockB, 9, xfstest.Extent(0, xfstest.BlockNumber(0, 100), 1, false))
		}},
		"exabyte": {"two.bin", "larger than the volume", xfstest.BlockB, func(b *xfstest.Volume) {
			b.Put(35, 0x81A4, forkExtents, 1<<60, 1, xfstest.Extent(0, xfstest.BlockNumber(0, 100), 1, false))
		}},
		"circle":  {"dir/tree.bin", "extent tree is damaged", 0, func(b *xfstest.Volume) { binary.BigEndian.PutUint16(b.Block(1, 60)[4:], 1) }},
		"flipped": {"two.bin", "check sum", 3*xfstest.BlockB - 100, func(b *xfstest.Volume) { b.Block(0, 8)[3*256+9] ^= 1 }},
	} {
		v, img := fresh(c.change)
		e, ok := walk(t, v)[c.path]
		if !ok || !strings.Contains(e.Fault, c.fault) || e.FoundB != c.foundB || int64(len(read(img, e))) != c.foundB {
			t.Errorf("%s: %v %+v", name, ok, e)
		}
	}
	b, _ := xfstest.Sample(true)
	v, err := Open(bytes.NewReader(b.Image[:xfstest.GroupBlocks*xfstest.BlockB]), xfstest.GroupBlocks*xfstest.BlockB)
	if err != nil {
		t.Fatal(err)
	}
	if e := walk(t, v)["two.bin"]; e.FoundB != xfstest.BlockB || !strings.Contains(e.Fault, "image ends") || len(v.Warnings) == 0 {
		t.Errorf("%+v %v", e, v.Warnings)
	}
	clear(b.Image[:4])
	if _, err := Open(bytes.NewReader(b.Image), int64(len(b.Image))); !formats.IsDamaged(err) {
		t.Error(err)
	}
}

func FuzzWalk(f *testing.F) {
	base, _ := xfstest.Sample(false)
	f.Add(0, []byte{}, 0, []byte{})
	f.Add(84, []byte{0, 0, 1}, 8*xfstest.BlockB+5, []byte{3})
	f.Add(60*xfstest.BlockB+16, []byte{0xFF, 0xFF, 0, 8}, 8*xfstest.BlockB+56, []byte{0x7F})
	f.Fuzz(func(t *testing.T, at int, a []byte, at2 int, b []byte) {
		img := bytes.Clone(base.Image)
		if at >= 0 && at < len(img) {
			copy(img[at:], a)
		}
		if at2 >= 0 && at2 < len(img) {
			copy(img[at2:], b)
		}
		v, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			return
		}
		err = v.Walk(context.Background(), formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1000, MaxDepth: 16}, func(e Entry) error {
			sum := int64(0)
			for _, x := range e.Extents {
				if x.LengthB <= 0 || x.OffsetB != Hole && (x.OffsetB < 0 || x.OffsetB+x.LengthB > int64(len(img))) {
					t.Fatalf("%s: %v", e.Path, x)
				}
				sum += x.LengthB
			}
			if sum != e.FoundB || e.FoundB > e.SizeB {
				t.Fatalf("%s: %d bytes found of %d, extents hold %d", e.Path, e.FoundB, e.SizeB, sum)
			}
			return nil
		})
		if err != nil && !formats.IsDamaged(err) && err != io.EOF {
			t.Fatal(err)
		}
	})
}
