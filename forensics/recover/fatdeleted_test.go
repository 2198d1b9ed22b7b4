package recover

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats"
	"firescene/formats/exfat"
	"firescene/formats/exfat/exfattest"
	"firescene/formats/fat"
	"firescene/formats/fat/fattest"
)

// The tests use a format of their own: records of 64 bytes with their number and
// a check of the first sumB bytes; what is behind them is not looked at.
const recordB = 64

func records(seed uint64, n int) []byte {
	b := noise(seed, n*recordB)
	for i := range n {
		r := b[i*recordB:]
		copy(r, "RCRD")
		binary.LittleEndian.PutUint16(r[4:], uint16(i))
		binary.LittleEndian.PutUint16(r[6:], uint16(n))
		binary.LittleEndian.PutUint32(r[8:], uint32(seed))
	}
	for i := range n {
		r := b[i*recordB : (i+1)*recordB]
		binary.LittleEndian.PutUint32(r[12:], crc32.ChecksumIEEE(r[16:]))
	}
	return b
}

// recordType checks every record, or with loose only those whose number can be
// divided by 16, so that a cluster of 512 bytes may go unchecked.
func recordType(proof carve.Proof, loose bool) carve.Type {
	return carve.Type{
		Name: "records", Ext: "rec", MaxB: 1 << 20,
		Signatures: []carve.Signature{{Bytes: []byte("RCRD")}},
		Head:       func(b []byte) bool { return len(b) > 8 && b[4] == 0 && b[5] == 0 },
		Walk: func(r io.ReaderAt, size int64) (carve.Verdict, error) {
			var b [recordB]byte
			n, id, sure := 1, uint32(0), int64(0)
			for i := 0; i < n; i++ {
				at := int64(i) * recordB
				if m, _ := r.ReadAt(b[:], at); m < recordB {
					return carve.Verdict{State: forensics.Partial, LengthB: at, SureB: sure, FailB: at, Reason: "ends"}, nil
				}
				if loose && i%16 != 0 {
					continue
				}
				if i == 0 {
					n, id = int(binary.LittleEndian.Uint16(b[6:])), binary.LittleEndian.Uint32(b[8:])
				}
				if int(binary.LittleEndian.Uint16(b[4:])) != i || binary.LittleEndian.Uint32(b[8:]) != id || binary.LittleEndian.Uint32(b[12:]) != crc32.ChecksumIEEE(b[16:]) {
					return carve.Verdict{State: forensics.Partial, LengthB: at, SureB: sure, FailB: at + 16, Reason: fmt.Sprintf("record %d is not of it", i)}, nil
				}
				sure = at + recordB
			}
			return carve.Verdict{State: forensics.Whole, LengthB: int64(n) * recordB, Proof: proof, Confidence: 0.95, Reason: "every record right"}, nil
		},
	}
}

func listFAT(t *testing.T, img []byte, types ...carve.Type) map[string]forensics.Item {
	t.Helper()
	vol, err := fat.Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := FAT(context.Background(), vol, bytes.NewReader(img), Options{Exhibit: "E1", Types: types, Limits: formats.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return byName(t, img, found)
}

func byName(t *testing.T, img []byte, found []Found) map[string]forensics.Item {
	t.Helper()
	out := map[string]forensics.Item{}
	for _, f := range found {
		if _, twice := out[f.Name]; twice {
			t.Errorf("%s is listed twice", f.Name)
		}
		out[f.Name] = f.Item
	}
	return out
}

func pieces(lists ...[]uint32) (out []uint32) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// fill writes noise into free clusters, as a used card has it.
func fill(v *fattest.Volume, from, to uint32) {
	copy(v.Image[v.Offset(from):v.Offset(to)], noise(99, v.Offset(to)-v.Offset(from)))
}

func TestPieces(t *testing.T) {
	v := fattest.New(32, 3000)
	fill(v, 10, 2900)
	a, b, c, d := records(1, 200), records(2, 100), records(3, 150), records(4, 120)
	put := func(name string, data []byte, where ...[]uint32) {
		v.Put(name, data, pieces(where...))
		v.Delete(name)
	}
	put("three pieces.rec", a, fattest.Seq(100, 10), fattest.Seq(115, 5), fattest.Seq(160, 10))
	put("four pieces.rec", b, fattest.Seq(300, 2), fattest.Seq(303, 3), fattest.Seq(309, 1), fattest.Seq(320, 7))
	put("outer.rec", c, fattest.Seq(500, 4), fattest.Seq(530, 15))
	put("inner.rec", d, fattest.Seq(504, 15)) // in the gap, itself whole
	for name, want := range map[string][]byte{"three pieces.rec": a, "four pieces.rec": b, "outer.rec": c, "inner.rec": d} {
		it := listFAT(t, v.Image, recordType(carve.BySum, false))[name]
		if it.State != forensics.Whole || !bytes.Equal(content(v.Image, it), want) {
			t.Errorf("%s: %s %q, runs %v", name, it.State, it.Reason, it.Runs)
		}
	}
}

// A splice whose place the format can not tell is marked, not passed off.
func TestUnclearSplice(t *testing.T) {
	a := records(1, 200)
	for _, proof := range []carve.Proof{carve.ByCode, carve.ByLength} {
		v := fattest.New(32, 3000)
		fill(v, 10, 2900)
		v.Put("unclear.rec", a, pieces(fattest.Seq(100, 9), fattest.Seq(130, 16)))
		v.Delete("unclear.rec")
		it := listFAT(t, v.Image, recordType(proof, true))["unclear.rec"]
		if it.State == forensics.Whole {
			t.Errorf("proof %d: passed off as whole: %q", proof, it.Reason)
		}
		if proof == carve.ByCode {
			if len(it.Doubtful) == 0 || it.SizeB != int64(len(a)) {
				t.Errorf("doubtful %v of %v, %q", it.Doubtful, it.Runs, it.Reason)
			}
			// outside of what is doubtful every byte must be right
			got := content(v.Image, it)
			at := int64(0)
			for _, r := range it.Runs {
				for i := range r.LengthB {
					doubtful := false
					for _, x := range it.Doubtful {
						doubtful = doubtful || r.OffsetB+i >= x.OffsetB && r.OffsetB+i < x.OffsetB+x.LengthB
					}
					if !doubtful && got[at] != a[at] {
						t.Fatalf("byte %d is wrong and not marked; doubtful %v, runs %v", at, it.Doubtful, it.Runs)
					}
					at++
				}
			}
		}
	}
	// with a strict check the same file is whole even by lengths, as nothing else fits
	v := fattest.New(32, 3000)
	fill(v, 10, 2900)
	v.Put("clear.rec", a, pieces(fattest.Seq(100, 9), fattest.Seq(130, 16)))
	v.Delete("clear.rec")
	if it := listFAT(t, v.Image, recordType(carve.ByLength, false))["clear.rec"]; it.State != forensics.Whole || it.Confidence > 0.75 || !bytes.Equal(content(v.Image, it), a) {
		t.Errorf("%s %.2f %q", it.State, it.Confidence, it.Reason)
	}
}

// A file whose beginning another of its type was written over is not whole.
func TestOverwrittenBeginning(t *testing.T) {
	big, small := photo(t, 1), photo(t, 2)
	small = small[:len(small):len(small)]
	for len(big) < len(small)+3*512 { // a larger picture: one with a comment in it
		big = append(append(bytes.Clone(big[:2]), append([]byte{0xFF, 0xFE, 0x08, 0x02}, bytes.Repeat([]byte("remark "), 300)[:2048]...)...), big[2:]...)
	}
	for _, known := range []bool{true, false} {
		v := fattest.New(32, 600)
		v.Put("big one.jpg", big, fattest.Seq(50, clusters(big)))
		v.Delete("big one.jpg")
		if known {
			v.Put("small one.jpg", small, fattest.Seq(50, clusters(small)))
			v.Delete("small one.jpg")
		} else {
			copy(v.Image[v.Offset(50):], small)
		}
		got := list(t, v.Image, 0, nil)
		if it := got["big one.jpg"]; it.State == forensics.Whole {
			t.Errorf("known %v: %+v", known, it)
		}
		if it := got["small one.jpg"]; known && (it.State != forensics.Whole || !bytes.Equal(content(v.Image, it), small)) {
			t.Errorf("%+v", it)
		}
	}
}

func TestDeletedText(t *testing.T) {
	v := fattest.New(32, 1000)
	fill(v, 10, 900)
	var w strings.Builder
	for i := range 60 {
		fmt.Fprintf(&w, "2024-03-01 10:%02d:30 zone %02d state %x\r\n", i, i%7, i*i)
	}
	text := []byte(w.String())
	n := clusters(text)
	v.Put("in one piece.log", text, fattest.Seq(100, n))
	v.Put("round others.log", text, pieces(fattest.Seq(200, 2), fattest.Seq(206, n-2)))
	v.Delete("in one piece.log")
	v.Delete("round others.log")
	got := listFAT(t, v.Image, recordType(carve.BySum, false))
	if it := got["in one piece.log"]; it.State != forensics.Whole || !bytes.Equal(content(v.Image, it), text) {
		t.Errorf("%+v", it)
	}
	if it := got["round others.log"]; it.State != forensics.Partial || !strings.Contains(it.Reason, "supposed") || !bytes.Equal(content(v.Image, it), text) {
		t.Errorf("%+v", it)
	}
}

// A card that was formatted anew: the tree that was there comes back, with the
// places that its own clusters had.
func TestFormatted(t *testing.T) {
	old := fattest.New(32, 900)
	fill(old, 10, 850)
	a, b, c := records(1, 100), records(2, 90), records(3, 80)
	old.Mkdir("DCIM", 200)
	old.Mkdir("DCIM/100", 201)
	old.Put("DCIM/100/photo a.rec", a, fattest.Seq(210, 13))
	old.Put("DCIM/100/photo b.rec", b, pieces(fattest.Seq(230, 5), fattest.Seq(240, 7)))
	old.Put("DCIM/100/photo c.rec", c, fattest.Seq(260, 10))
	old.Delete("DCIM/100/photo c.rec")
	for _, sameLayout := range []bool{true, false} {
		img := bytes.Clone(old.Image)
		prefix := "unattached-200/100/"
		if sameLayout {
			fresh := fattest.New(32, 900).Image
			copy(img, fresh[:old.Offset(3)])
		} else {
			fresh := fattest.New(32, 3000) // a larger table: its clusters begin elsewhere
			img = fresh.Image
			copy(img[fresh.Offset(5):], old.Image[fresh.Offset(5):])
			prefix = "former-1/" + prefix
		}
		got := listFAT(t, img, recordType(carve.BySum, false))
		for name, want := range map[string][]byte{"photo a.rec": a, "photo b.rec": b, "photo c.rec": c} {
			it, ok := got[prefix+name]
			if !ok || it.Origin != forensics.FromDeleted || it.State != forensics.Whole || !bytes.Equal(content(img, it), want) || len(it.Times) == 0 {
				t.Errorf("same layout %v, %s: %v %s %q of %d items", sameLayout, name, ok, it.State, it.Reason, len(got))
			}
		}
	}
}

func TestExFAT(t *testing.T) {
	v := exfattest.New(600)
	a, b, c, d := records(1, 100), records(2, 90), records(3, 80), records(4, 85)
	in := func(data []byte, first uint32) []uint32 { return exfattest.Seq(first, (len(data)+1023)/1024) }
	v.Put("live.rec", a, in(a, 20))
	v.Put("chain.rec", b, pieces(exfattest.Seq(60, 2), exfattest.Seq(70, 4)))
	v.Put("broken chain.rec", c, pieces(exfattest.Seq(100, 2), exfattest.Seq(110, 3)))
	v.Put("overwritten.rec", d, in(d, 150))
	v.Put("unknown.bin", noise(5, 3000), pieces(exfattest.Seq(200, 1), exfattest.Seq(210, 2)))
	v.Put("partly written.bin", noise(6, 2048), exfattest.Seq(230, 2))
	for _, n := range []string{"chain.rec", "broken chain.rec", "overwritten.rec", "unknown.bin"} {
		v.Delete(n)
	}
	v.SetFAT(101, 0)
	v.Put("new.bin", noise(7, 1024), exfattest.Seq(152, 1))
	vol, err := exfat.Open(bytes.NewReader(v.Image), int64(len(v.Image)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := ExFAT(context.Background(), vol, bytes.NewReader(v.Image), Options{Exhibit: "E1", Types: []carve.Type{recordType(carve.BySum, false)}, Limits: formats.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	got := byName(t, v.Image, found)
	for _, c := range []struct {
		name   string
		state  forensics.ItemState
		data   []byte
		reason string
	}{
		{"live.rec", forensics.Whole, a, "live"},
		{"chain.rec", forensics.Whole, b, "chain"},
		{"broken chain.rec", forensics.Whole, c, "fragments"},
		{"unknown.bin", forensics.Whole, noise(5, 3000), "no check"},
		{"overwritten.rec", forensics.Partial, nil, "written over"},
	} {
		it, ok := got[c.name]
		if !ok || it.State != c.state || !strings.Contains(it.Reason, c.reason) || c.data != nil && !bytes.Equal(content(v.Image, it), c.data) {
			t.Errorf("%s: %v %s %q", c.name, ok, it.State, it.Reason)
		}
	}
	it := got["overwritten.rec"]
	if want := (forensics.ByteRun{OffsetB: int64(v.Offset(152)), LengthB: 1024}); len(it.Doubtful) != 1 || it.Doubtful[0] != want || it.SizeB != int64(len(d)) {
		t.Errorf("doubtful %v, want %v, size %d", it.Doubtful, want, it.SizeB)
	}
	if times := it.Times; len(times) != 3 || times[0].Raw != "2024-03-01 10:20:30-03:30" {
		t.Errorf("times %v", times)
	}
}

// An image that was cut off holds no bytes behind its end.
func TestCutImage(t *testing.T) {
	v := fattest.New(32, 300)
	v.Put("live.bin", noise(1, 3000), fattest.Seq(100, 6))
	cut := struct{ io.ReaderAt }{bytes.NewReader(v.Image[:v.Offset(102)+100])}
	size := int64(v.Offset(102) + 100)
	vol, err := fat.Open(cut, size)
	if err != nil {
		t.Fatal(err)
	}
	found, err := FAT(context.Background(), vol, cut, Options{Exhibit: "E1", Limits: formats.DefaultLimits()})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if it := found[0]; it.State != forensics.Partial || it.SizeB != 2*512+100 || !strings.Contains(it.Reason, "only 1124 of 3000") {
		t.Errorf("%+v", it.Item)
	}
}
