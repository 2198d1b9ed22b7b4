package isobmff

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"firescene/formats"
)

func box(kind string, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	return slices.Concat(be(uint32(8+len(body))), []byte(kind), body)
}

func be(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

var ftyp = box("ftyp", []byte("isom"), be(512), []byte("isomavc1"))

// samples makes n samples of one or two units each.
func samples(n int) (data []byte, sizes []uint32) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		var s []byte
		for u := range 1 + i%2 {
			unit := make([]byte, 200+rng.IntN(3000))
			for k := range unit {
				unit[k] = byte(1 + rng.IntN(255))
			}
			unit[0] = []byte{0x65, 0x41}[u]
			s = append(append(s, be(uint32(len(unit)))...), unit...)
		}
		data, sizes = append(data, s...), append(sizes, uint32(len(s)))
	}
	return data, sizes
}

// movie makes moov for samples of the sizes in one chunk at offset at.
func movie(sizes []uint32, at uint32, more ...[]byte) []byte {
	entry := box("avc1", make([]byte, 78), box("avcC", []byte{1, 66, 0, 30, 0xFF, 0xE0, 0}))
	stbl := box("stbl", box("stsd", be(0, 1), entry), box("stts", be(0, 1, uint32(len(sizes)), 512)),
		box("stsc", be(0, 1, 1, uint32(len(sizes)), 1)), box("stsz", be(0, 0, uint32(len(sizes))), be(sizes...)), box("stco", be(0, 1, at)))
	dinf := box("dinf", box("dref", be(0, 1), box("url ", be(1))))
	trak := box("trak", box("tkhd", make([]byte, 12), be(1), make([]byte, 68)),
		box("mdia", box("hdlr", make([]byte, 8), []byte("vide"), make([]byte, 13)), box("minf", dinf, stbl)))
	return box("moov", append([][]byte{box("mvhd", be(0, 3792000000, 0, 1000, 4000), make([]byte, 80)), trak}, more...)...)
}

func moovLast(n int) []byte {
	data, sizes := samples(n)
	return slices.Concat(ftyp, box("free"), box("mdat", data), movie(sizes, uint32(len(ftyp)+16)))
}

func moovFirst(n int) []byte {
	data, sizes := samples(n)
	size := uint32(len(movie(sizes, 0)))
	return slices.Concat(ftyp, movie(sizes, uint32(len(ftyp))+size+8), box("mdat", data))
}

// fragmented makes a movie of two fragments.
func fragmented(n int) []byte {
	data, sizes := samples(n)
	out := slices.Concat(ftyp, movie(nil, 0, box("mvex", box("trex", be(0, 1, 1, 512, 0, 0)))))
	half, first := n/2, uint32(0)
	for _, s := range sizes[:half] {
		first += s
	}
	for i, part := range [][]uint32{sizes[:half], sizes[half:]} {
		d := data[:first]
		if i == 1 {
			d = data[first:]
		}
		moof := func(at uint32) []byte {
			return box("moof", box("mfhd", be(0, uint32(i+1))), box("traf", box("tfhd", be(0x020000, 1)), box("trun", be(0x201, uint32(len(part)), at), be(part...))))
		}
		m := moof(uint32(len(moof(0)) + 8))
		out = slices.Concat(out, m, box("mdat", d))
	}
	return out
}

func check(t *testing.T, b []byte) Report {
	t.Helper()
	r, err := Check(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhole(t *testing.T) {
	open := moovFirst(9) // its mdat reaches to the end of the file
	i := bytes.Index(open, []byte("mdat"))
	copy(open[i-4:], be(0))
	for name, b := range map[string][]byte{"moov last": moovLast(9), "moov first": moovFirst(9), "fragments": fragmented(9), "open": open} {
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", "some text that follows it", "\x00\x00\x00\x14ftypisom"} {
			r := check(t, append(bytes.Clone(b), tail...))
			if r.State != Whole || r.EndB != int64(len(b)) || r.Units != 13 {
				t.Errorf("%s with %q behind: %v to %d of %d, %d units: %s", name, tail, r.State, r.EndB, len(b), r.Units, r.Reason)
			}
		}
	}
	if r := check(t, moovLast(2)); r.Created != "2024-02-28 21:20:00" || r.Kind() != "mp4" {
		t.Errorf("created %q, kind %q", r.Created, r.Kind())
	}
}

// TestSplice puts foreign data into a movie: it must be seen, and where it begins
// must lie between what is sure and what is wrong.
func TestSplice(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, b := range map[string][]byte{"moov last": moovLast(60), "moov first": moovFirst(60), "fragments": fragmented(60)} {
		for range 40 {
			cut := 3000 + rng.IntN(len(b)-6000)
			gap := make([]byte, 4096)
			for i := range gap {
				gap[i] = byte(rng.IntN(256))
			}
			if i := bytes.Index(b[cut-8:], []byte("moof")); name == "fragments" && i >= 0 && i < 3300 {
				continue // in the last unit of a fragment nothing tells that more must follow
			}
			r := check(t, slices.Concat(b[:cut], gap, b[cut:]))
			if r.State == Whole || r.SureB > int64(cut) || r.State == Damaged && r.FailB <= int64(cut) {
				t.Fatalf("%s cut at %d of %d: %v, sure %d, fail %d: %s", name, cut, len(b), r.State, r.SureB, r.FailB, r.Reason)
			}
			if name == "moov first" && r.FailB-r.SureB > 3300 {
				t.Fatalf("%s cut at %d: sure %d, fail %d", name, cut, r.SureB, r.FailB)
			}
		}
	}
}

func TestTruncated(t *testing.T) {
	for name, b := range map[string][]byte{"moov last": moovLast(30), "moov first": moovFirst(30), "fragments": fragmented(30)} {
		n := len(b) * 2 / 3
		r := check(t, b[:n])
		if r.State != Truncated || r.SureB < int64(n)-4000 || r.SureB > int64(n) {
			t.Errorf("%s: %v, sure %d of %d: %s", name, r.State, r.SureB, n, r.Reason)
		}
		if name == "moov first" && r.NeedB != int64(len(b)) {
			t.Errorf("%s needs %d, is told %d", name, len(b), r.NeedB)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(moovLast(3))
	f.Add(moovFirst(3))
	f.Add(fragmented(4))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Check(bytes.NewReader(b), int64(len(b)), formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1 << 16, MaxDepth: 16}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.State == Whole && (r.EndB <= 0 || r.EndB > int64(len(b))) || r.SureB < 0 || r.SureB > int64(len(b)) {
			t.Fatalf("%+v", r)
		}
	})
}

// TestExpect holds what must stand behind a fault to where it really stands.
func TestExpect(t *testing.T) {
	b := moovFirst(60)
	cut, gap := len(b)/2, bytes.Repeat([]byte{0xA5}, 4096)
	spliced := slices.Concat(b[:cut], gap, b[cut:])
	e, ok := Expect(bytes.NewReader(spliced), int64(len(spliced)), formats.DefaultLimits())
	if !ok || e.AtB < int64(cut) || e.AtB > int64(cut)+9000 {
		t.Fatalf("expected at %d behind a cut at %d: %v", e.AtB, cut, ok)
	}
	fits := 0
	for by := -8; by <= 8; by++ {
		if at := int(e.AtB) + by*512; e.Fits(spliced[at : at+e.SizeB()]) {
			if fits++; by != 8 {
				t.Errorf("it fits %d bytes further on", by*512)
			}
		}
	}
	if fits != 1 {
		t.Errorf("fits in %d places", fits)
	}
}
