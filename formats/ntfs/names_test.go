package ntfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"firescene/formats"
	"firescene/formats/ntfs/ntfstest"
)

// indexRoot is the value of an empty $INDEX_ROOT with slack behind its end.
func indexRoot(entries []byte) []byte {
	le := binary.LittleEndian
	b := make([]byte, 32, 600)
	le.PutUint32(b, 0x30)
	le.PutUint32(b[16:], 16)
	le.PutUint32(b[20:], uint32(16+len(entries)+16))
	b = append(b, entries...)
	end := make([]byte, 16)
	le.PutUint16(end[8:], 16)
	le.PutUint16(end[12:], 2)
	return append(b, end...)
}

func TestIndexNames(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	in := func(name string) ntfstest.File { return ntfstest.File{Name: name, Parent: 24, ParentSeq: 1} }
	v.Put(ntfstest.File{Record: 25, Parent: 24, Name: "here", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", nil)}})
	v.Put(ntfstest.File{Record: 26, Seq: 4, Parent: 24, Name: "new name", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", nil)}})
	live := append(ntfstest.IndexEntry(25, 1, in("here")), ntfstest.IndexEntry(40, 3, in("record lost"))...)
	slack := append(ntfstest.IndexEntry(41, 2, in("in slack.jpg")), ntfstest.IndexEntry(26, 4, in("old name"))...)
	cut := ntfstest.IndexEntry(42, 2, in("headless"))
	clear(cut[:16])
	slack = append(append(slack, cut...), ntfstest.IndexEntry(25, 1, in("here"))...)
	other := ntfstest.IndexEntry(43, 1, ntfstest.File{Name: "of another folder", Parent: 30})
	slack = append(append(slack, other...), ntfstest.IndexEntry(44, 1, in("no\x01name"))...)
	v.Fill(ntfstest.Seq(200, 8), ntfstest.IndexRecord(live, slack), true)
	v.Put(ntfstest.File{Record: 24, Name: "f", Dir: true, Attrs: [][]byte{
		ntfstest.ResidentAttr(0x90, "$I30", indexRoot(ntfstest.IndexEntry(45, 1, in("in root")))),
		ntfstest.RunAttr(0xA0, "$I30", ntfstest.RunList(ntfstest.Run{First: 200, Count: 8}), ntfstest.Sizes{SizeB: 4096, AllocB: 4096, ValidB: 4096})}})
	r := open(t, v.Image)
	got := map[string]Name{}
	err := r.IndexNames(context.Background(), formats.DefaultLimits(), func(n Name) error { got[n.Path] = n; return nil })
	if err != nil || len(got) != 5 {
		t.Fatalf("%v %v", got, err)
	}
	for _, c := range []struct {
		path    string
		rec     int64
		slack   bool
		renamed bool
	}{{"f/record lost", 40, false, false}, {"f/in slack.jpg", 41, true, false}, {"f/old name", 26, true, true}, {"f/headless", -1, true, false}, {"f/in root", 45, false, false}} {
		n, ok := got[c.path]
		if !ok || n.Record != c.rec || n.Slack != c.slack || n.Renamed != c.renamed || n.Times.Created != "2024-03-01 10:20:30.1234567Z" {
			t.Errorf("%s: %v %+v", c.path, ok, n)
		}
		if name := n.Path[2:]; c.path != "f/in root" && !bytes.HasPrefix(v.Image[n.OffsetB+66:], utf16Bytes(name)) {
			t.Errorf("%s does not stand at %d", name, n.OffsetB)
		}
	}
}

func utf16Bytes(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func usnRecord(major int, usn uint64, file, parent uint64, reason uint32, name string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 8)
	le.PutUint16(b[4:], uint16(major))
	for _, x := range []uint64{file, parent} {
		b = le.AppendUint64(b, x)
		if major == 3 {
			b = le.AppendUint64(b, 0)
		}
	}
	b = le.AppendUint64(b, usn)
	b = le.AppendUint64(b, ntfstest.Stamp)
	b = le.AppendUint32(b, reason)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 0x20)
	b = le.AppendUint16(b, uint16(2*len(name)))
	b = le.AppendUint16(b, uint16(len(b)+2))
	b = append(b, utf16Bytes(name)...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	le.PutUint32(b, uint32(len(b)))
	return b
}

func TestChanges(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	v.Put(ntfstest.File{Record: 11, Name: "$Extend", Dir: true})
	v.Put(ntfstest.File{Record: 24, Name: "cam", Dir: true})
	v.Put(ntfstest.File{Record: 25, Parent: 24, Name: "a.jpg", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", nil)}})
	folder := uint64(24 | 1<<48)
	j := usnRecord(2, 8<<20, 25|1<<48, folder, 0x100, "a.jpg")
	j = append(j, usnRecord(3, 0, 30|2<<48, folder, 0x80000200, "gone.jpg")...)
	j = append(j, make([]byte, 64)...) // the rest of a page
	j = append(j, usnRecord(2, 0, 31|2<<48, 50|1<<48, 0x1000, "folder gone")...)
	j = append(j, usnRecord(2, 0, 31|2<<48, folder, 0, "no reason")...)
	v.Fill(ntfstest.Seq(200, 4), j, true)
	v.Put(ntfstest.File{Record: 29, Parent: 11, Name: "$UsnJrnl", Attrs: [][]byte{
		ntfstest.RunAttr(0x80, "$J", ntfstest.RunList(ntfstest.Run{First: -1, Count: 16384}, ntfstest.Run{First: 200, Count: 4}), ntfstest.Sizes{SizeB: 8<<20 + 2048, AllocB: 8<<20 + 2048, ValidB: 8<<20 + 2048, Flags: 0x8000})}})
	var got []Change
	err := open(t, v.Image).Changes(context.Background(), formats.DefaultLimits(), func(c Change) error { got = append(got, c); return nil })
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v %v", got, err)
	}
	if c := got[0]; c.Path != "cam/a.jpg" || c.Gone || c.Reasons() != "file create" || c.USN != 8<<20 || c.Time != "2024-03-01 10:20:30.1234567Z" || c.OffsetB != 200*512 || c.Attributes != 0x20 {
		t.Errorf("%+v", c)
	}
	if c := got[1]; c.Path != "cam/gone.jpg" || !c.Gone || c.Reasons() != "file delete, close" || c.Record != 30 || c.Seq != 2 {
		t.Errorf("%+v", c)
	}
	if c := got[2]; c.Path != "$Orphan/folder gone" || !c.Orphan {
		t.Errorf("%+v", c)
	}
}

func TestLogNames(t *testing.T) {
	v := ntfstest.New(512, 1024, 400, 64)
	v.Put(ntfstest.File{Record: 24, Name: "cam", Dir: true})
	page := make([]byte, 4096)
	copy(page, "RCRD")
	binary.LittleEndian.PutUint16(page[4:], 40)
	binary.LittleEndian.PutUint16(page[6:], 9)
	copy(page[200:], ntfstest.IndexEntry(30, 2, ntfstest.File{Name: "erased.mp4", Parent: 24}))
	copy(page[1000:], ntfstest.IndexEntry(24, 1, ntfstest.File{Name: "cam"}))
	copy(page[2000:], ntfstest.IndexEntry(31, 1, ntfstest.File{Name: "no such folder", Parent: 33}))
	ntfstest.Protect(page, 40, 0x55)
	v.Fill(ntfstest.Seq(200, 16), append(make([]byte, 4096), page...), true)
	v.Put(ntfstest.File{Record: 2, Name: "$LogFile", Attrs: [][]byte{v.DataAttr("", ntfstest.Seq(200, 16), 8192)}})
	var got []Name
	err := open(t, v.Image).LogNames(context.Background(), formats.DefaultLimits(), func(n Name) error { got = append(got, n); return nil })
	if err != nil || len(got) != 1 || got[0].Path != "cam/erased.mp4" || got[0].Record != 30 || got[0].OffsetB != 200*512+4096+216 {
		t.Fatalf("%+v %v", got, err)
	}
	if !strings.HasPrefix(got[0].Times.Created, "2024-03-01") {
		t.Errorf("%+v", got[0])
	}
}

func TestStrays(t *testing.T) {
	v := ntfstest.New(512, 1024, 600, 64)
	v.Put(ntfstest.File{Record: 24, Name: "new folder", Dir: true})
	v.Put(ntfstest.File{Record: 26, Seq: 2, Name: "known", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte("x"))}})
	text := ntfstest.ResidentAttr(0x80, "", []byte("alarm"))
	put := func(cluster int, f ntfstest.File, used bool) {
		v.Fill([]int{cluster, cluster + 1}, v.Record(f), used)
	}
	put(300, ntfstest.File{Record: 24, Name: "old folder", Dir: true}, false)
	put(303, ntfstest.File{Record: 40, Parent: 24, Name: "old.txt", Attrs: [][]byte{text}}, false)
	put(306, ntfstest.File{Record: 26, Seq: 2, Name: "known", Attrs: [][]byte{text}}, false)
	put(309, ntfstest.File{Record: 41, Parent: 50, Name: "lost.txt", Attrs: [][]byte{text}}, false)
	put(312, ntfstest.File{Record: 42, Name: "in a live file", Attrs: [][]byte{text}}, true)
	torn := v.Record(ntfstest.File{Record: 43, Name: "torn", Attrs: [][]byte{text}})
	torn[1022] ^= 1
	v.Fill([]int{315, 316}, torn, false)
	put(318, ntfstest.File{Record: 40, Parent: 24, Name: "old.txt", Attrs: [][]byte{text}}, false)
	r := open(t, v.Image)
	var got []string
	err := r.Strays(context.Background(), formats.DefaultLimits(), func(e Entry) error {
		if !e.Stray || !e.Deleted || !e.Orphan {
			t.Errorf("%+v", e)
		}
		if !e.Dir {
			got = append(got, e.Path+" "+string(content(t, r, e)))
		}
		return nil
	})
	if err != nil || strings.Join(got, ",") != "$Orphan/old folder/old.txt alarm,$Orphan/lost.txt alarm" {
		t.Errorf("%q %v", got, err)
	}
}
