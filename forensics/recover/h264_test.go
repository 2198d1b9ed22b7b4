package recover

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats/h26x"
	"firescene/formats/h26x/h26xtest"
)

func TestJoinParameterSets(t *testing.T) {
	stream := h26xtest.AVC(30)
	first := bytes.Index(stream, []byte{0, 0, 0, 1, 0x65})
	types := map[string]*carve.Type{}
	for _, x := range carve.Types() {
		types[x.Name] = &x
	}
	// settings that differ in the size of frame numbers alone read other codes
	other := append([]byte{0, 0, 0, 1, 0x67}, stream[5:first]...)
	other[9] ^= 0x40
	image := make([]byte, 0, 1<<20)
	put := func(b []byte) int64 {
		at := int64(len(image))
		image = append(append(image, b...), make([]byte, 4096-len(b)%4096)...)
		return at
	}
	find := func(name string, at int64, n int) carve.Find {
		state := forensics.Whole
		if name == "h264part" {
			state = forensics.Fragment
		}
		return carve.Find{Type: types[name], OffsetB: at, Aligned: true, Verdict: carve.Verdict{State: state, LengthB: int64(n), Reason: "found"}}
	}
	whole, orphan := put(stream), put(stream[first:])
	few := put(stream[first : first+(len(stream)-first)/8])
	cut := put(stream[first : len(stream)-5])
	join := func(finds ...carve.Find) []carve.Find {
		t.Helper()
		if err := JoinParameterSets(context.Background(), bytes.NewReader(image), finds); err != nil {
			t.Fatal(err)
		}
		return finds
	}
	got := join(find("h264", whole, len(stream)), find("h264part", orphan, len(stream)-first), find("h264part", cut, len(stream)-first-5), find("h264part", few, (len(stream)-first)/8))
	for _, f := range got[1:3] {
		if len(f.Runs) != 2 || f.Runs[0] != (forensics.ByteRun{OffsetB: whole, LengthB: int64(first)}) || f.State != forensics.Fragment || !strings.Contains(f.Reason, "of the stream at byte 0") {
			t.Fatalf("%+v", f)
		}
		var b []byte
		for _, r := range f.Runs {
			b = append(b, image[r.OffsetB:r.OffsetB+r.LengthB]...)
		}
		if int64(len(b)) != f.LengthB || !bytes.Equal(b, stream[:len(b)]) {
			t.Errorf("%d bytes, not those of the stream", len(b))
		}
		if rep, err := h26x.Check(bytes.NewReader(b), int64(len(b))); err != nil || rep.State == h26x.Orphan || rep.Slices < 29 {
			t.Errorf("%+v, %v", rep, err)
		}
	}
	if f := got[3]; f.Runs != nil || f.Reason != "found" {
		t.Errorf("of two slices or so: %+v", f)
	}
	if f := join(find("h264part", orphan, len(stream)-first))[0]; f.Runs != nil {
		t.Errorf("without a stream: %+v", f)
	}
	wrong := put(append(bytes.Clone(other), stream[first:]...))
	if f := join(find("h264", wrong, len(other)+100), find("h264part", orphan, len(stream)-first))[1]; f.Runs != nil {
		t.Errorf("by other settings: %+v", f)
	}
}

func FuzzParameterSets(f *testing.F) {
	s := h26xtest.AVC(8)
	f.Add(s, s[40:])
	f.Fuzz(func(t *testing.T, stream, part []byte) {
		types := map[string]*carve.Type{}
		for _, x := range carve.Types() {
			types[x.Name] = &x
		}
		image := append(bytes.Clone(stream), part...)
		finds := []carve.Find{
			{Type: types["h264"], Verdict: carve.Verdict{LengthB: int64(len(stream))}},
			{Type: types["h264part"], OffsetB: int64(len(stream)), Verdict: carve.Verdict{LengthB: int64(len(part))}},
		}
		if err := JoinParameterSets(context.Background(), bytes.NewReader(image), finds); err != nil {
			t.Fatal(err)
		}
		for _, r := range finds[1].Runs {
			if r.OffsetB < 0 || r.LengthB < 0 || r.OffsetB+r.LengthB > int64(len(image)) {
				t.Fatalf("%+v", finds[1].Runs)
			}
		}
	})
}
