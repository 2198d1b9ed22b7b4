package ntfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/ntfs/ntfstest"
)

func open(t testing.TB, img []byte) *Volume {
	t.Helper()
	v, err := Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func walk(t testing.TB, v *Volume) map[string]Entry {
	t.Helper()
	out := map[string]Entry{}
	err := v.Walk(context.Background(), formats.DefaultLimits(), func(e Entry) error {
		out[e.Path] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func content(t testing.TB, v *Volume, e Entry) []byte {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(v.Content(e), 0, e.FoundB))
	if err != nil {
		t.Fatalf("%s: %v", e.Path, err)
	}
	return b
}

func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestStreams(t *testing.T) {
	for _, c := range []struct{ clusterB, recordB int }{{512, 1024}, {4096, 1024}, {1024, 4096}, {65536, 1024}} {
		v := ntfstest.New(c.clusterB, c.recordB, 400, 64)
		k := func(bytes int) int { return (bytes + c.clusterB - 1) / c.clusterB }
		plain, parts, gone, ads, small := noise(1, 9000), noise(2, 3*c.clusterB-7), noise(3, 2*c.clusterB), noise(4, c.clusterB+1), noise(5, 600)
		free := 200
		take := func(n int) []int { free += n; return ntfstest.Seq(free-n, n) }
		a := take(k(len(plain)))
		b := append(append(take(1), 190), 180)
		d := take(2)
		s := take(2)
		w := append(take(1), -1, 185)
		v.Fill(a, plain, true)
		v.Fill(b, parts, true)
		v.Fill(d, gone, false)
		v.Fill(s, ads, true)
		sparse := noise(6, 3*c.clusterB)
		v.Fill([]int{w[0], 170, w[2]}, sparse, true)
		clear(sparse[c.clusterB : 2*c.clusterB])
		v.Put(ntfstest.File{Record: 24, Name: "火灾", Dir: true})
		v.Put(ntfstest.File{Record: 25, Parent: 24, Name: "plain.bin", Attrs: [][]byte{v.DataAttr("", a, len(plain)), v.DataAttr("zone", s, len(ads))}})
		v.Put(ntfstest.File{Record: 26, Parent: 24, Name: "parts.bin", Attrs: [][]byte{v.DataAttr("", b, len(parts))}})
		v.Put(ntfstest.File{Record: 27, Seq: 8, Name: "gone.bin", Deleted: true, Attrs: [][]byte{v.DataAttr("", d, len(gone))}})
		v.Put(ntfstest.File{Record: 28, Name: "small.bin", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", small)}})
		v.Put(ntfstest.File{Record: 29, Name: "sparse.bin", Attrs: [][]byte{v.DataAttr("", w, len(sparse))}})
		v.Put(ntfstest.File{Record: 30, Name: "short.bin", Attrs: [][]byte{ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Runs(a)...), ntfstest.Sizes{SizeB: 9000, AllocB: len(a) * c.clusterB, ValidB: 100})}})
		v.Put(ntfstest.File{Record: 31, Name: "empty.bin", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", nil)}})
		r := open(t, v.Image)
		if r.Label != "TESTDISK" || r.Version != "3.1" || r.Serial != "1234-ABCD56789ABC" || len(r.Warnings) > 0 {
			t.Errorf("%+v", r.Warnings)
		}
		got := walk(t, r)
		short := append(append([]byte{}, plain[:100]...), make([]byte, 8900)...)
		for name, want := range map[string][]byte{"火灾/plain.bin": plain, "火灾/plain.bin:zone": ads, "火灾/parts.bin": parts, "gone.bin": gone, "small.bin": small, "sparse.bin": sparse, "short.bin": short, "empty.bin": nil} {
			e, ok := got[name]
			if !ok || e.Fault != "" || e.SizeB != int64(len(want)) || e.Deleted != (name == "gone.bin") || !bytes.Equal(content(t, r, e), want) {
				t.Errorf("clusters of %d: %s: %v %+v", c.clusterB, name, ok, e)
			}
			if e.Times.Created != "2024-03-01 10:20:30.1234567Z" || e.Times.Modified != "2024-03-01 10:20:31.1234567Z" || e.NameTimes.Accessed != "2024-03-01 10:20:30.1234567Z" {
				t.Errorf("%s: %v %v", name, e.Times, e.NameTimes)
			}
		}
		if e := got["small.bin"]; !e.Resident || len(e.Extents) < 3 {
			t.Errorf("the saved bytes of a resident file: %+v", e)
		}
		if e := got["$MFT"]; !e.System {
			t.Errorf("%+v", e)
		}
		if e := got["火灾"]; !e.Dir || e.System || e.Record != 24 {
			t.Errorf("%+v", e)
		}
	}
}

func TestFolders(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	file := func(rec, parent, parentSeq int, name string, deleted bool) {
		v.Put(ntfstest.File{Record: rec, Parent: parent, ParentSeq: parentSeq, Name: name, Deleted: deleted, Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte(name))}})
	}
	v.Put(ntfstest.File{Record: 24, Seq: 3, Name: "gone", Dir: true, Deleted: true})
	v.Put(ntfstest.File{Record: 25, Seq: 2, Parent: 24, ParentSeq: 2, Name: "below", Dir: true, Deleted: true})
	v.Put(ntfstest.File{Record: 26, Seq: 9, Name: "reused", Dir: true})
	v.Put(ntfstest.File{Record: 27, Parent: 28, Name: "round", Dir: true})
	v.Put(ntfstest.File{Record: 28, Parent: 27, Name: "and round", Dir: true})
	file(30, 25, 1, "in deleted", true)
	file(31, 26, 8, "folder reused", true)
	file(32, 27, 1, "in a circle", false)
	file(33, 40, 1, "no folder", true)
	file(34, 31, 1, "in a file", false)
	v.Put(ntfstest.File{Record: 35, Name: "LONGNA~1", Space: 2, Attrs: [][]byte{
		ntfstest.ResidentAttr(0x30, "", ntfstest.File{Name: "long name"}.FileName()),
		ntfstest.ResidentAttr(0x30, "", ntfstest.File{Name: "link", Parent: 26, ParentSeq: 9}.FileName()),
		ntfstest.ResidentAttr(0x80, "", []byte("x"))}})
	v.Put(ntfstest.File{Record: 36, NoNames: true, Deleted: true, Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte("x"))}})
	got := walk(t, open(t, v.Image))
	for _, want := range []string{"gone/below/in deleted", "$Orphan/folder reused", "$Orphan/no folder", "$Orphan/in a file", "long name", "$Orphan/record 36"} {
		if e, ok := got[want]; !ok || e.Orphan != strings.HasPrefix(want, "$Orphan/") {
			t.Errorf("%s is missing", want)
		}
	}
	if l := got["long name"].Links; len(l) != 1 || l[0] != "reused/link" {
		t.Errorf("links %v", l)
	}
	found := false
	for p, e := range got {
		found = found || strings.HasSuffix(p, "in a circle") && e.Orphan
	}
	if !found {
		t.Error("a file in folders that hold each other is missing")
	}
}

func TestExtensionRecords(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	data := noise(1, 5*512)
	v.Fill([]int{200, 201, 300, 301, 250}, data, true)
	first := ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 200, Count: 2}), ntfstest.Sizes{SizeB: 5 * 512, AllocB: 5 * 512, ValidB: 5 * 512})
	next := func(low int, r ntfstest.Run) []byte {
		return ntfstest.RunAttr(0x80, "", ntfstest.RunList(r), ntfstest.Sizes{LowVCN: low})
	}
	list := ntfstest.ListAttr(ntfstest.ListPart{Kind: 0x80, Record: 24, Seq: 1}, ntfstest.ListPart{Kind: 0x80, LowVCN: 2, Record: 26, Seq: 1}, ntfstest.ListPart{Kind: 0x80, LowVCN: 4, Record: 25, Seq: 1})
	v.Put(ntfstest.File{Record: 24, Name: "many.bin", Attrs: [][]byte{list, first}})
	v.Put(ntfstest.File{Record: 25, Base: 24, Attrs: [][]byte{next(4, ntfstest.Run{First: 250, Count: 1})}})
	v.Put(ntfstest.File{Record: 26, Base: 24, Attrs: [][]byte{next(2, ntfstest.Run{First: 300, Count: 2})}})
	r := open(t, v.Image)
	if e := walk(t, r)["many.bin"]; e.Fault != "" || !bytes.Equal(content(t, r, e), data) {
		t.Errorf("%+v", e)
	}
	// The record in the middle now belongs to another file.
	v.Put(ntfstest.File{Record: 26, Seq: 2, Name: "other", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", nil)}})
	r = open(t, v.Image)
	if e := walk(t, r)["many.bin"]; e.FoundB != 1024 || e.SizeB != 5*512 || e.Fault == "" || !bytes.Equal(content(t, r, e), data[:1024]) {
		t.Errorf("%+v", e)
	}
	// Deleted with its extension records, whose sequence numbers counted up.
	v.Put(ntfstest.File{Record: 24, Seq: 2, Deleted: true, Name: "many.bin", Attrs: [][]byte{list, first}})
	v.Put(ntfstest.File{Record: 25, Seq: 2, Deleted: true, Base: 24, Attrs: [][]byte{next(4, ntfstest.Run{First: 250, Count: 1})}})
	v.Put(ntfstest.File{Record: 26, Seq: 2, Deleted: true, Base: 24, Attrs: [][]byte{next(2, ntfstest.Run{First: 300, Count: 2})}})
	r = open(t, v.Image)
	if e := walk(t, r)["many.bin"]; !e.Deleted || e.Fault != "" || !bytes.Equal(content(t, r, e), data) {
		t.Errorf("%+v", e)
	}
}

func TestDamage(t *testing.T) {
	make1 := func() *ntfstest.Volume {
		v := ntfstest.New(512, 1024, 400, 64)
		v.Put(ntfstest.File{Record: 24, Name: "a.txt", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte("alarm"))}})
		return v
	}
	list := func(b ...byte) []byte { return b }
	for name, c := range map[string]struct {
		runs  []byte
		fault string
	}{
		"negative cluster":   {list(0x11, 2, 0x80, 0), "out of the volume"},
		"behind the end":     {list(0x21, 2, 0xFF, 0x7F, 0), "out of the volume"},
		"absurd length":      {list(0x18, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0), "no possible length"},
		"negative length":    {list(0x11, 0xFF, 5, 0), "no possible length"},
		"no end":             {list(0x11, 1, 100, 0x11, 1, 1, 0x11, 1), "damaged"},
		"longer than itself": {list(0x11, 1, 100, 0x88, 1, 1, 1, 1), "damaged"},
		"zero length":        {list(0x10, 0, 0, 0), "damaged"},
		"hole of exabytes":   {list(0x11, 1, 100, 0x06, 1, 1, 1, 1, 1, 1, 0), "larger than the volume"},
		"short":              {list(0x11, 1, 100, 0), "ends early"},
	} {
		v := make1()
		v.Put(ntfstest.File{Record: 25, Name: "b", Attrs: [][]byte{ntfstest.RunAttr(0x80, "", c.runs, ntfstest.Sizes{SizeB: 1 << 50, AllocB: 1 << 50, ValidB: 1 << 50})}})
		got := walk(t, open(t, v.Image))
		if e := got["b"]; !strings.Contains(e.Fault, c.fault) || e.FoundB > int64(len(v.Image)) {
			t.Errorf("%s: %+v", name, e)
		}
		if _, ok := got["a.txt"]; !ok {
			t.Errorf("%s: the other file is missing", name)
		}
	}

	v := make1()
	copy(v.Image, make([]byte, 512))
	if r := open(t, v.Image); !r.FromBackupBoot || walk(t, r)["a.txt"].SizeB != 5 {
		t.Errorf("%+v", r)
	}
	copy(v.Image[len(v.Image)-512:], make([]byte, 512))
	if _, err := Open(bytes.NewReader(v.Image), int64(len(v.Image))); !formats.IsDamaged(err) {
		t.Errorf("no boot sector: %v", err)
	}

	v = make1()
	copy(v.Image[v.Offset(0):], "BAAD")
	if r := open(t, v.Image); len(r.Warnings) == 0 || walk(t, r)["a.txt"].SizeB != 5 {
		t.Error("the mirror was not read")
	}

	v = make1()
	v.Image[v.Offset(24)+1022] ^= 1 // the second sector is of another time
	if e := walk(t, open(t, v.Image))["a.txt"]; !strings.Contains(e.Fault, "torn") || e.SizeB != 5 {
		t.Errorf("%+v", e)
	}
	v.Image[v.Offset(24)+510] ^= 1
	r := open(t, v.Image)
	if _, ok := walk(t, r)["a.txt"]; ok || len(r.Warnings) == 0 {
		t.Error("a record whose first sector is foreign was read")
	}

	v = make1()
	data := noise(1, 3*512)
	v.Fill([]int{390, 391, 392}, data, true)
	v.Put(ntfstest.File{Record: 25, Name: "cut", Attrs: [][]byte{v.DataAttr("", []int{390, 391, 392}, len(data))}})
	r = open(t, v.Image[:391*512+100])
	if e := walk(t, r)["cut"]; e.FoundB != 512 || !strings.Contains(e.Fault, "image ends") || !bytes.Equal(content(t, r, e), data[:512]) || len(r.Warnings) == 0 {
		t.Errorf("%+v", e)
	}
	r = open(t, v.Image[:v.Offset(26)])
	if e := walk(t, r)["a.txt"]; e.SizeB != 5 || len(r.Warnings) == 0 {
		t.Errorf("a table that is cut: %+v %v", e, r.Warnings)
	}
}

func TestBitmap(t *testing.T) {
	v := ntfstest.New(512, 1024, 4000, 64)
	for _, c := range []int{1000, 1001, 1007, 1016, 3999} {
		v.Mark(c, true)
	}
	r := open(t, v.Image)
	got := r.Used(Extent{999*512 + 100, 20 * 512})
	want := []Extent{{1000 * 512, 1024}, {1007 * 512, 512}, {1016 * 512, 512}}
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Error(got)
		}
	}
	if f := r.Free(Extent{1000 * 512, 10 * 512}); len(f) != 2 || f[0] != (Extent{1002 * 512, 5 * 512}) || f[1] != (Extent{1008 * 512, 1024}) {
		t.Error(f)
	}
	if f := r.Free(Extent{2000 * 512, 1 << 40}); len(f) != 1 || f[0].LengthB != 1999*512 {
		t.Error(f)
	}
}

// pack compresses as LZNT1 allows, not well: back references of one distance.
func pack(b []byte) (out []byte) {
	for at := 0; at < len(b); at += 4096 {
		chunk := b[at:min(at+4096, len(b))]
		var body []byte
		for i := 0; i < len(chunk); {
			flagAt := len(body)
			body = append(body, 0)
			for bit := 0; bit < 8 && i < len(chunk); bit++ {
				bits := 12
				for x := i - 1; x >= 0x10; x >>= 1 {
					bits--
				}
				n := 0
				for i >= 4 && n < 1<<bits+2 && i+n < len(chunk) && chunk[i+n] == chunk[i+n-4] {
					n++
				}
				if n < 3 {
					body = append(body, chunk[i])
					i++
					continue
				}
				body[flagAt] |= 1 << bit
				body = binary.LittleEndian.AppendUint16(body, uint16(3<<bits|(n-3)))
				i += n
			}
		}
		head := 0xB000 | len(body) - 1
		if len(body) > 4096 {
			body, head = chunk, 0x3000|len(chunk)-1
		}
		out = append(binary.LittleEndian.AppendUint16(out, uint16(head)), body...)
	}
	return out
}

func TestCompressed(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	const unitB = 16 * 512
	data := bytes.Repeat([]byte("abcd"), unitB/4)             // compressed
	data = append(data, noise(1, unitB)...)                   // stored
	data = append(data, make([]byte, unitB)...)               // a hole
	data = append(data, bytes.Repeat([]byte("xyz1"), 700)...) // compressed, cut by the size
	one, last := pack(data[:unitB]), pack(append(append([]byte{}, data[3*unitB:]...), make([]byte, unitB-2800)...))
	list := append(ntfstest.Seq(100, (len(one)+511)/512), 0)[:(len(one)+511)/512]
	v.Fill(list, one, true)
	for len(list) < 16 {
		list = append(list, -1)
	}
	stored := ntfstest.Seq(150, 16)
	v.Fill(stored, data[unitB:2*unitB], true)
	list = append(list, stored...)
	for range 16 {
		list = append(list, -1)
	}
	end := ntfstest.Seq(200, (len(last)+511)/512)
	v.Fill(end, last, true)
	list = append(list, end...)
	for len(list) < 64 {
		list = append(list, -1)
	}
	attr := ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Runs(list)...), ntfstest.Sizes{SizeB: len(data), AllocB: 64 * 512, ValidB: len(data), Flags: 1, UnitLog: 4})
	v.Put(ntfstest.File{Record: 24, Name: "c", Attrs: [][]byte{attr}})
	r := open(t, v.Image)
	e := walk(t, r)["c"]
	if !e.Compressed || !bytes.Equal(content(t, r, e), data) {
		t.Fatalf("%+v", e)
	}
	b := make([]byte, 1000)
	if n, err := r.Content(e).ReadAt(b, unitB-500); n != 1000 || err != nil || !bytes.Equal(b, data[unitB-500:unitB+500]) {
		t.Error(n, err)
	}
	copy(v.Image[100*512:], noise(9, 1024))
	if _, err := r.Content(e).ReadAt(b, 0); !formats.IsDamaged(err) {
		t.Errorf("damaged unit: %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	v := open(t, ntfstest.New(512, 1024, 400, 64).Image)
	if err := v.Walk(ctx, formats.DefaultLimits(), func(Entry) error { return nil }); err != context.Canceled {
		t.Error(err)
	}
}

// TestTableInParts has the master file table's own run list go on in an extension
// record, named by an attribute list that also names itself and what is not there.
func TestTableInParts(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	v.Put(ntfstest.File{Record: 60, Name: "late", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte("alarm"))}})
	list := ntfstest.ListAttr(ntfstest.ListPart{Kind: 0x80, Record: 0, Seq: 1}, ntfstest.ListPart{Kind: 0x80, LowVCN: 60, Record: 16, Seq: 1},
		ntfstest.ListPart{Kind: 0x80, LowVCN: 80, Record: 17, Seq: 1}, ntfstest.ListPart{Kind: 0x80, LowVCN: 99, Record: 99, Seq: 1})
	v.Put(ntfstest.File{Record: 0, Name: "$MFT", Attrs: [][]byte{list,
		ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 4, Count: 60}), ntfstest.Sizes{SizeB: 64 * 1024, AllocB: 64 * 1024, ValidB: 64 * 1024})}})
	v.Put(ntfstest.File{Record: 16, Base: 0, NoNames: true, Attrs: [][]byte{ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 64, Count: 20}), ntfstest.Sizes{LowVCN: 60})}})
	v.Put(ntfstest.File{Record: 17, Base: 0, NoNames: true, Attrs: [][]byte{ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 84, Count: 48}), ntfstest.Sizes{LowVCN: 80})}})
	if e := walk(t, open(t, v.Image))["late"]; e.SizeB != 5 {
		t.Errorf("%+v", e)
	}
	// Without one part, what is behind it is lost, and that is said.
	copy(v.Image[v.Offset(16):], "XXXX")
	r := open(t, v.Image)
	if _, ok := walk(t, r)["late"]; ok || len(r.Warnings) == 0 {
		t.Errorf("%v", r.Warnings)
	}
}
