package ntfs

import (
	"bytes"
	"context"
	"io"
	"testing"

	"firescene/formats"
	"firescene/formats/ntfs/ntfstest"
)

// fuzzLimits keep one input cheap.
var fuzzLimits = formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1 << 12, MaxDepth: 16}

// FuzzWalk changes a volume at one place: every read must end, and give no more
// than the volume could hold.
func FuzzWalk(f *testing.F) {
	v := ntfstest.New(512, 1024, 160, 40)
	data := noise(1, 3*512)
	v.Fill([]int{130, 131, 140}, data, true)
	v.Put(ntfstest.File{Record: 24, Name: "d", Dir: true})
	v.Put(ntfstest.File{Record: 25, Parent: 24, Name: "f", Attrs: [][]byte{
		ntfstest.ListAttr(ntfstest.ListPart{Kind: 0x80, Record: 25, Seq: 1}, ntfstest.ListPart{Kind: 0x80, LowVCN: 3, Record: 26, Seq: 1}),
		v.DataAttr("", []int{130, 131, 140}, 3*512+10)}})
	v.Put(ntfstest.File{Record: 26, Base: 25, Attrs: [][]byte{ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 141, Count: 1}), ntfstest.Sizes{LowVCN: 3})}})
	v.Put(ntfstest.File{Record: 27, Name: "c", Deleted: true, Attrs: [][]byte{ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 142, Count: 1}, ntfstest.Run{First: -1, Count: 15}), ntfstest.Sizes{SizeB: 8000, AllocB: 8192, ValidB: 8000, Flags: 1, UnitLog: 4})}})
	v.Fill([]int{142}, pack(bytes.Repeat([]byte("abcd"), 1000)), false)
	f.Add(0, []byte{}, 0, []byte{})
	f.Add(11, []byte{0, 2, 8}, 64, []byte{1})
	f.Add(v.Offset(0)+56, []byte{0xFF}, v.Offset(25)+200, []byte{0xFF, 0xFF, 0xFF})
	f.Add(v.Offset(27)+260, []byte{0x88}, 142*512, []byte{0x00, 0xB0})
	f.Fuzz(func(t *testing.T, at int, a []byte, at2 int, b []byte) {
		img := bytes.Clone(v.Image)
		for _, x := range []struct {
			at int
			b  []byte
		}{{at, a}, {at2, b}} {
			if x.at >= 0 && x.at < len(img) {
				copy(img[x.at:], x.b)
			}
		}
		vol, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			if !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
				t.Fatal(err)
			}
			return
		}
		err = vol.Walk(context.Background(), fuzzLimits, func(e Entry) error {
			if e.FoundB < 0 || e.FoundB > e.SizeB && e.SizeB >= 0 {
				t.Fatalf("%+v", e)
			}
			stored := int64(0)
			for _, x := range e.Extents {
				if x.LengthB <= 0 || x.OffsetB != Hole && (x.OffsetB < 0 || x.OffsetB+x.LengthB > int64(len(img))) {
					t.Fatalf("%s: extent %v", e.Path, x)
				}
				stored += x.LengthB
				vol.Used(x)
			}
			if !e.Compressed && stored != e.FoundB {
				t.Fatalf("%s: %d bytes found, extents hold %d", e.Path, e.FoundB, stored)
			}
			n, err := io.Copy(io.Discard, io.NewSectionReader(vol.Content(e), 0, min(e.FoundB, 1<<20)))
			if err == nil && n != min(e.FoundB, 1<<20) {
				t.Fatalf("%s: %d of %d bytes", e.Path, n, e.FoundB)
			}
			return nil
		})
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}

// FuzzRecord reads any bytes as a record, a run list, a name and compressed data.
func FuzzRecord(f *testing.F) {
	v := ntfstest.New(512, 1024, 100, 30)
	f.Add(v.Record(ntfstest.File{Record: 24, Name: "a", Attrs: [][]byte{v.DataAttr("s", []int{50, 60, -1}, 1000)}}))
	f.Add(ntfstest.RunList(ntfstest.Run{First: 5, Count: 3}, ntfstest.Run{First: -1, Count: 300}))
	f.Add(pack(bytes.Repeat([]byte("abcd"), 3000)))
	vol, err := Open(bytes.NewReader(v.Image), int64(len(v.Image)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		vol.decodeRuns(b, 0)
		parseList(b)
		parseFileName(b)
		if looksLikeName(b) {
			if _, ok := parseFileName(b); !ok {
				t.Fatal("a name that looks right is not read")
			}
		}
		lznt1(make([]byte, 8192), b)
		if len(b) >= 1024 {
			if rec := parseRecord(bytes.Clone(b[:1024]), 24, 0); rec != nil {
				rec.names()
			}
		}
	})
}

// FuzzNames damages an index, a journal of changes, a page of the log and a stray
// record: their readers end, and lead to places in the volume.
func FuzzNames(f *testing.F) {
	v := ntfstest.New(512, 1024, 300, 40)
	v.Put(ntfstest.File{Record: 11, Name: "$Extend", Dir: true})
	in := ntfstest.File{Name: "lost", Parent: 24, ParentSeq: 1}
	v.Fill(ntfstest.Seq(200, 8), ntfstest.IndexRecord(ntfstest.IndexEntry(40, 3, in), ntfstest.IndexEntry(41, 2, in)), true)
	v.Put(ntfstest.File{Record: 24, Name: "f", Dir: true, Attrs: [][]byte{
		ntfstest.ResidentAttr(0x90, "$I30", indexRoot(ntfstest.IndexEntry(35, 1, in))),
		ntfstest.RunAttr(0xA0, "$I30", ntfstest.RunList(ntfstest.Run{First: 200, Count: 8}), ntfstest.Sizes{SizeB: 4096, AllocB: 4096, ValidB: 4096})}})
	changes := append(usnRecord(2, 0, 25|1<<48, 24|1<<48, 0x100, "a.jpg"), usnRecord(3, 0, 30|2<<48, 24|1<<48, 0x80000200, "gone.jpg")...)
	v.Fill(ntfstest.Seq(210, 2), changes, true)
	v.Put(ntfstest.File{Record: 29, Parent: 11, Name: "$UsnJrnl", Attrs: [][]byte{
		ntfstest.RunAttr(0x80, "$J", ntfstest.RunList(ntfstest.Run{First: -1, Count: 16}, ntfstest.Run{First: 210, Count: 2}), ntfstest.Sizes{SizeB: 18 * 512, AllocB: 18 * 512, ValidB: 18 * 512, Flags: 0x8000})}})
	page := make([]byte, 4096)
	copy(page, "RCRD\x28\x00\x09\x00")
	copy(page[200:], ntfstest.IndexEntry(30, 2, ntfstest.File{Name: "erased.mp4", Parent: 24}))
	ntfstest.Protect(page, 40, 0x55)
	v.Fill(ntfstest.Seq(220, 16), append(make([]byte, 4096), page...), true)
	v.Put(ntfstest.File{Record: 2, Name: "$LogFile", Attrs: [][]byte{v.DataAttr("", ntfstest.Seq(220, 16), 8192)}})
	v.Fill(ntfstest.Seq(250, 2), v.Record(ntfstest.File{Record: 33, Name: "stray", Attrs: [][]byte{v.DataAttr("", []int{260}, 300)}}), false)
	f.Add(0, []byte{}, 0, []byte{})
	f.Add(200*512+24, []byte{0xFF, 0xFF}, 210*512, []byte{0, 0, 0, 0})
	f.Add(220*512+4096+4, []byte{0, 2}, 250*512+20, []byte{0xFF, 0x03})
	f.Add(v.Offset(24)+300, []byte{0xFF, 0xFF}, v.Offset(29)+280, []byte{0x80, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, at int, a []byte, at2 int, b []byte) {
		img := bytes.Clone(v.Image)
		if at >= 0 && at < len(img) {
			copy(img[at:], a)
		}
		if at2 >= 0 && at2 < len(img) {
			copy(img[at2:], b)
		}
		vol, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			return
		}
		inside := func(what string, off, n int64) {
			if off < 0 || n < 0 || off+n > int64(len(img)) {
				t.Fatalf("%s: %d bytes at %d", what, n, off)
			}
		}
		name := func(n Name) error { inside(n.Path, n.OffsetB, n.LengthB); return nil }
		ctx := context.Background()
		for what, err := range map[string]error{
			"index":   vol.IndexNames(ctx, fuzzLimits, name),
			"log":     vol.LogNames(ctx, fuzzLimits, name),
			"changes": vol.Changes(ctx, fuzzLimits, func(c Change) error { inside(c.Path, c.OffsetB, c.LengthB); return nil }),
			"strays": vol.Strays(ctx, fuzzLimits, func(e Entry) error {
				for _, x := range e.Extents {
					if x.OffsetB != Hole {
						inside(e.Path, x.OffsetB, x.LengthB)
					}
				}
				return nil
			}),
		} {
			if err != nil && !formats.IsDamaged(err) {
				t.Fatalf("%s: %v", what, err)
			}
		}
	})
}
