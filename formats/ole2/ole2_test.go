package ole2_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"

	"firescene/formats"
	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
	"firescene/formats/ole2"
	"firescene/formats/ole2/ole2test"
)

func noise(seed uint64, n int) []byte { return followtest.Noise(seed, n) }

// document has streams long and short, an empty one, and some in storages.
func document(version, step int) ole2test.File {
	return ole2test.File{Version: version, Step: step, Streams: []ole2test.Stream{
		{Path: "WordDocument", Data: noise(1, 9000)}, {Path: "1Table", Data: noise(2, 4096)}, {Path: "\x05SummaryInformation", Data: noise(3, 300)},
		{Path: "empty"}, {Path: "ObjectPool/_123/\x01Ole", Data: noise(4, 20)}, {Path: "ObjectPool/_123/Package", Data: noise(5, 6000)}, {Path: "short", Data: noise(6, 4095)},
	}}
}

// files are small ones in every arrangement.
func files() map[string]ole2test.File {
	out := map[string]ole2test.File{}
	for _, version := range []int{3, 4} {
		n, step := document(version, 0).Sectors(), 5
		out[fmt.Sprintf("version %d", version)] = document(version, 0)
		out[fmt.Sprintf("version %d, backwards", version)] = document(version, n-1)
		for ; gcd(step, n) > 1; step++ {
		}
		out[fmt.Sprintf("version %d, scattered", version)] = document(version, step)
	}
	return out
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func content(b []byte, runs []ole2.Run) (out []byte) {
	for _, r := range runs {
		out = append(out, b[r.OffsetB:r.OffsetB+r.LengthB]...)
	}
	return out
}

func read(t *testing.T, b []byte) ole2.File {
	t.Helper()
	f, err := ole2.Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestStreams(t *testing.T) {
	for name, want := range files() {
		b := want.Bytes()
		f := read(t, append(b, noise(9, 3000)...))
		if f.EndB != int64(len(b)) || f.Kind != "doc" || f.Lost != 0 || f.Version != max(want.Version, 3) || len(f.Streams) != len(want.Streams) {
			t.Errorf("%s: %+v", name, f)
		}
		got := map[string][]byte{}
		for _, s := range f.Streams {
			got[s.Path] = content(b, s.Runs)
			if s.Broken != "" || int64(len(got[s.Path])) != s.SizeB {
				t.Errorf("%s: %+v", name, s)
			}
		}
		for _, s := range want.Streams {
			if !bytes.Equal(got[s.Path], s.Data) {
				t.Errorf("%s: %q has other bytes", name, s.Path)
			}
		}
		if want.Step == 0 && len(f.Streams[0].Runs) != 1 {
			t.Errorf("%s: %+v", name, f.Streams[0])
		}
	}
}

func TestCheck(t *testing.T) {
	for name, f := range files() {
		b := f.Bytes()
		followtest.Whole(t, name, b, ole2.Check, ole2.Head)
		if f.Step != f.Sectors()-1 { // backwards the last sector is a stream's: see TestCutInFilling
			followtest.Cuts(t, name, b, ole2.Check)
		}
		sectorB := 1 << b[30]
		followtest.Splices(t, name, b, ole2.Check, -1, sectorB)
		followtest.Decoys(t, b, ole2.Check, sectorB)
	}
}

// A stream's last sector may be cut off behind the stream's end.
func TestCutInFilling(t *testing.T) {
	f := ole2test.File{Streams: []ole2test.Stream{{Path: "Contents", Data: noise(1, 4100)}}}
	b := f.Bytes()
	for f.Step = 2; f.Step < 20; f.Step++ { // the stream's last sector is the file's last
		if gcd(f.Step, f.Sectors()) == 1 && 8*f.Step%f.Sectors() == f.Sectors()-1 {
			b = f.Bytes()
			break
		}
	}
	s := read(t, b).Streams[0]
	last := s.Runs[len(s.Runs)-1]
	if last.OffsetB+512 != int64(len(b)) {
		t.Fatalf("%+v of %d bytes", s.Runs, len(b))
	}
	for cut, want := range map[int64]follow.State{last.OffsetB + 300: follow.Whole, last.OffsetB + last.LengthB: follow.Whole, last.OffsetB + last.LengthB - 1: follow.Truncated} {
		if rep, err := ole2.Check(bytes.NewReader(b[:cut]), cut); err != nil || rep.State != want || want == follow.Whole && rep.EndB != cut {
			t.Errorf("cut at %d: %+v, %v", cut, rep, err)
		}
	}
}

// Files of more than 109 sectors of FAT have it in sectors of their own.
func TestDIFAT(t *testing.T) {
	f := ole2test.File{Streams: []ole2test.Stream{{Path: "Workbook", Data: noise(1, 15<<20)}}}
	b := f.Bytes()
	rep, err := ole2.Check(bytes.NewReader(b), int64(len(b)))
	if err != nil || rep.State != follow.Whole || rep.EndB != int64(len(b)) || rep.Kind != "xls" {
		t.Fatalf("%+v, %v", rep, err)
	}
	if f := read(t, b); !bytes.Equal(content(b, f.Streams[0].Runs), noise(1, 15<<20)) {
		t.Error("other bytes")
	}
	at := (int64(binary.LittleEndian.Uint32(b[68:])) + 1) * 512
	binary.LittleEndian.PutUint32(b[at+508:], binary.LittleEndian.Uint32(b[68:])) // a circle
	binary.LittleEndian.PutUint32(b[44:], 400)
	if rep, err = ole2.Check(bytes.NewReader(b), int64(len(b))); err != nil || rep.State != follow.Damaged {
		t.Errorf("%+v, %v", rep, err)
	}
}

// What breaks a rule is damaged, and each stream that can be followed is listed.
func TestDamaged(t *testing.T) {
	le := binary.LittleEndian
	plain := document(3, 0)
	b := plain.Bytes()
	fatAt := (int(le.Uint32(b[76:])) + 1) * 512
	dirAt := (int(le.Uint32(b[48:])) + 1) * 512
	word := read(t, b).Streams[0].Runs[0].OffsetB
	first := int(word/512) - 1 // sector
	for name, c := range map[string]struct {
		hurt func(b []byte)
		lost string // a stream that Read lists as broken; "*" when it can not read the file
	}{
		"loop":              {func(b []byte) { le.PutUint32(b[fatAt+4*(first+3):], uint32(first)) }, "WordDocument"},
		"own loop":          {func(b []byte) { le.PutUint32(b[fatAt+4*(first+3):], uint32(first+3)) }, "WordDocument"},
		"out of the table":  {func(b []byte) { le.PutUint32(b[fatAt+4*first:], 5000) }, "WordDocument"},
		"to a free sector":  {func(b []byte) { le.PutUint32(b[fatAt+4*first:], 127) }, "WordDocument"},
		"ends early":        {func(b []byte) { le.PutUint32(b[fatAt+4*first:], 0xFFFFFFFE) }, "WordDocument"},
		"no FAT sector":     {func(b []byte) { le.PutUint32(b[76:], 0xFFFFFFFF) }, "*"},
		"FAT of zeros":      {func(b []byte) { clear(b[fatAt : fatAt+512]) }, "*"},
		"FAT of ones":       {func(b []byte) { copy(b[fatAt:], bytes.Repeat([]byte{255}, 512)) }, "*"},
		"absurd FAT":        {func(b []byte) { le.PutUint32(b[44:], 1<<31) }, "*"},
		"loop in the tree":  {func(b []byte) { le.PutUint32(b[dirAt+128+68:], 1) }, "*"},
		"no such entry":     {func(b []byte) { le.PutUint32(b[dirAt+76:], 99) }, "*"},
		"no type":           {func(b []byte) { b[dirAt+2*128+66] = 9 }, "*"},
		"two roots":         {func(b []byte) { b[dirAt+2*128+66] = 5 }, "*"},
		"name too long":     {func(b []byte) { b[dirAt+128+64] = 66 }, "*"},
		"size too large":    {func(b []byte) { le.PutUint32(b[dirAt+128+120:], 1<<30) }, "WordDocument"},
		"mini stream short": {func(b []byte) { le.PutUint32(b[dirAt+120:], 100) }, "short"},
		"mini FAT missing":  {func(b []byte) { le.PutUint32(b[60:], 0xFFFFFFFE) }, "short"},
	} {
		d := bytes.Clone(b)
		c.hurt(d)
		rep, err := ole2.Check(bytes.NewReader(d), int64(len(d)))
		if err != nil || rep.State == follow.Whole || rep.State == follow.Not || rep.Reason == "" {
			t.Errorf("%s: %+v, %v", name, rep, err)
		}
		f, err := ole2.Read(bytes.NewReader(d), int64(len(d)))
		if c.lost == "*" {
			if !formats.IsDamaged(err) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sound := 0
		for _, s := range f.Streams {
			if s.Path == c.lost && s.Broken == "" {
				t.Errorf("%s: %+v", name, s)
			}
			if s.Broken == "" {
				sound++
			}
		}
		if sound == 0 {
			t.Errorf("%s: nothing is left of %+v", name, f.Streams)
		}
	}
	unknown := bytes.Clone(b)
	unknown[26] = 5
	if _, err := ole2.Read(bytes.NewReader(unknown), int64(len(unknown))); !formats.IsUnsupported(err) {
		t.Errorf("%v", err)
	}
	if _, err := ole2.Read(bytes.NewReader(noise(1, 2000)), 2000); !formats.IsDamaged(err) {
		t.Errorf("%v", err)
	}
}

func TestKind(t *testing.T) {
	class := func(first uint32, rest string) (c [16]byte) {
		binary.LittleEndian.PutUint32(c[:], first)
		copy(c[4:], rest)
		return c
	}
	const office = "\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
	for _, c := range []struct {
		want, stream string
		class        [16]byte
	}{
		{"doc", "WordDocument", [16]byte{}}, {"xls", "Workbook", [16]byte{}}, {"xls", "Book", [16]byte{}}, {"ppt", "PowerPoint Document", [16]byte{}},
		{"msg", "__properties_version1.0", [16]byte{}}, {"thumbsdb", "Catalog", [16]byte{}}, {"thumbsdb", "256_0123456789abcdef", [16]byte{}},
		{"", "Contents", [16]byte{}}, {"", "ObjectPool/WordDocument", [16]byte{}}, {"msi", "x", class(0x000C1084, office)}, {"doc", "x", class(0x00020906, office)},
		{"ppt", "x", class(0x64818D10, "\x9B\x4F\xCF\x11\x86\xEA\x00\xAA\x00\xB9\x29\xE8")}, {"", "x", class(0x000C1084, "123456789012")},
	} {
		f := ole2test.File{Class: c.class, Streams: []ole2test.Stream{{Path: c.stream, Data: noise(1, 500)}}}
		b := f.Bytes()
		if got := read(t, b).Kind; got != c.want {
			t.Errorf("%q, %x: %q, want %q", c.stream, c.class, got, c.want)
		}
		if rep, _ := ole2.Check(bytes.NewReader(b), int64(len(b))); rep.Kind != c.want || rep.State != follow.Whole {
			t.Errorf("%q: %+v", c.stream, rep)
		}
	}
}

func thumbs(step int) (ole2test.File, [][]byte) {
	pictures := [][]byte{append([]byte("\xFF\xD8"), noise(1, 6000)...), append([]byte("\xFF\xD8"), noise(2, 900)...)}
	f := ole2test.File{Step: step, Streams: []ole2test.Stream{
		{Path: "1", Data: ole2test.Thumb(pictures[0])}, {Path: "21", Data: ole2test.Thumb(pictures[1])},
		{Path: "Catalog", Data: ole2test.Catalog(127_000_000_000_000_000, "kitchen.jpg", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "门厅.jpg")},
		{Path: "3", Data: []byte("nothing that it should be")},
	}}
	return f, pictures
}

func TestThumbs(t *testing.T) {
	f, pictures := thumbs(0)
	n := f.Sectors()
	for step := 1; step < n; step++ {
		if gcd(step, n) > 1 {
			continue
		}
		f.Step = step
		b := f.Bytes()
		got, err := ole2.ReadThumbs(bytes.NewReader(b), int64(len(b)))
		if err != nil || got.Catalog != "" || len(got.Thumbs) != 2 || len(got.Skipped) != 1 {
			t.Fatalf("step %d: %+v, %v", step, got, err)
		}
		for i, want := range []struct{ name, at string }{{"kitchen.jpg", "2003-06-13 17:46:40.0000000Z"}, {"门厅.jpg", "2003-06-13 17:46:51.0000000Z"}} {
			x := got.Thumbs[i]
			if x.Name != want.name || x.Modified != want.at || !bytes.Equal(content(b, x.Runs), pictures[i]) {
				t.Errorf("step %d: %+v", step, x)
			}
		}
	}
	// names of a damaged catalog are not believed
	for _, hurt := range []func(b []byte){func(b []byte) { b[4] = 200 }, func(b []byte) { b[16] = 3 }, func(b []byte) { b[20] = 2 }} {
		f, _ := thumbs(0)
		hurt(f.Streams[2].Data)
		b := f.Bytes()
		got, err := ole2.ReadThumbs(bytes.NewReader(b), int64(len(b)))
		if err != nil || got.Catalog == "" || len(got.Thumbs) != 2 || got.Thumbs[0].Name != "" || got.Thumbs[0].Modified != "" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	d := document(3, 0)
	b := d.Bytes()
	if _, err := ole2.ReadThumbs(bytes.NewReader(b), int64(len(b))); !formats.IsUnsupported(err) {
		t.Errorf("%v", err)
	}
	bare := append(append(make([]byte, 0), 1, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9), pictures[1]...)
	f.Streams = []ole2test.Stream{{Path: "1", Data: ole2test.Thumb(bare)}}
	f.Step = 0
	b = f.Bytes()
	got, err := ole2.ReadThumbs(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(got.Thumbs) != 1 || !got.Thumbs[0].Bare || !reflect.DeepEqual(content(b, got.Thumbs[0].Runs), pictures[1]) {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, x := range files() {
		f.Add(x.Bytes())
	}
	x, _ := thumbs(0)
	f.Add(x.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		followtest.Bounds(t, b, ole2.Check)
		n := int64(len(b))
		file, err := ole2.Read(bytes.NewReader(b), n)
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
		for _, s := range file.Streams {
			sum := int64(0)
			for _, r := range s.Runs {
				if sum += r.LengthB; r.OffsetB < 512 || r.LengthB <= 0 || s.Broken == "" && r.OffsetB+r.LengthB > n {
					t.Fatalf("%+v of %d bytes", s, n)
				}
			}
			if sum > s.SizeB || s.Broken == "" && sum != s.SizeB {
				t.Fatalf("%+v", s)
			}
		}
		th, err := ole2.ReadThumbs(bytes.NewReader(b), n)
		if err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
		for _, x := range th.Thumbs {
			if int64(len(content(b, x.Runs))) != x.LengthB {
				t.Fatalf("%+v", x)
			}
		}
	})
}
