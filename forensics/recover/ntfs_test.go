package recover

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/forensics/memo/memotest"
	"firescene/formats/ntfs"
	"firescene/formats/ntfs/ntfstest"
)

// ntfsDisk is a volume under construction at an offset in an image.
type ntfsDisk struct {
	*ntfstest.Volume
	next int // record
}

const ntfsAt = 8192

func newNTFS() *ntfsDisk { return &ntfsDisk{ntfstest.New(512, 1024, 6000, 80), 24} }

// file puts a file whose data lies in list. A deleted one's clusters are free. when
// is in seconds after others.
func (d *ntfsDisk) file(name string, data []byte, list []int, deleted bool, when int) {
	d.Fill(list, data, !deleted)
	d.put(name, when, deleted, d.DataAttr("", list, len(data)))
}

func (d *ntfsDisk) put(name string, when int, deleted bool, attrs ...[]byte) {
	d.Put(ntfstest.File{Record: d.next, Name: name, Deleted: deleted, Changed: ntfstest.Stamp + uint64(when)*10_000_000, Attrs: attrs})
	d.next++
}

func (d *ntfsDisk) list(t *testing.T, unread media.Unread) (map[string]Found, []byte) {
	t.Helper()
	img := append(noise(0, ntfsAt), d.Image...)
	r := bytes.NewReader(img)
	vol, err := ntfs.Open(io.NewSectionReader(r, ntfsAt, int64(len(d.Image))), int64(len(d.Image)))
	if err != nil {
		t.Fatal(err)
	}
	found, doubts, err := Volume(context.Background(), media.Volume{OffsetB: ntfsAt, FS: vol}, r, Options{Exhibit: "E007", Unread: unread})
	if err != nil || len(doubts) > 0 {
		t.Fatal(err, doubts)
	}
	out := map[string]Found{}
	for _, f := range found {
		out[f.Name] = f
	}
	return out, img
}

// A listing that was ended anywhere goes on to the same outcome.
func TestNTFSGoesOn(t *testing.T) {
	d := newNTFS()
	at := 1000
	for i, name := range []string{"a.jpg", "b.jpg", "c.jpg", "d.jpg"} {
		p := photo(t, uint64(i+1))
		if i == 2 {
			copy(p[len(p)/2:], noise(9, 3000))
		}
		n := (len(p) + 511) / 512
		d.file(name, p, append(ntfstest.Seq(at, n-3), at+n, at+n+5, at+n+2), i != 3, i)
		at += n + 10
	}
	r := bytes.NewReader(d.Image)
	units := memotest.Ends(t, func(ctx context.Context, m memo.Store) ([]Found, error) {
		vol, err := ntfs.Open(r, int64(len(d.Image)))
		if err != nil {
			return nil, err
		}
		found, err := NTFS(ctx, vol, r, Options{Exhibit: "E1", Memo: m})
		for i := range found {
			found[i].Content = nil
		}
		return found, err
	})
	if units != 3 {
		t.Errorf("%d units", units)
	}
}

func TestNTFS(t *testing.T) {
	p := [][]byte{photo(t, 1), photo(t, 2), photo(t, 3), photo(t, 4), photo(t, 5), photo(t, 6)}
	k := func(b []byte) int { return (len(b) + 511) / 512 }
	d := newNTFS()
	d.file("live.jpg", p[0], append(ntfstest.Seq(1000, k(p[0])-2), 400, 390), false, 0)
	d.file("gone.jpg", p[1], append(ntfstest.Seq(1200, k(p[1])-3), 500, 480, 481), true, 1)
	// A live file took one of its clusters.
	d.file("bitten.bin", noise(1, 5*512), ntfstest.Seq(1500, 5), true, 2)
	d.file("biter.bin", noise(2, 512), []int{1502}, false, 3)
	// A file that was deleted later took two of its clusters.
	d.file("earlier.bin", noise(3, 5*512), ntfstest.Seq(1600, 5), true, 4)
	d.file("later.bin", noise(4, 4*512), ntfstest.Seq(1603, 4), true, 5)
	// The same, but the earlier one's content holds together: the later one never wrote there.
	d.file("claimed later.bin", noise(5, 512), []int{1801}, true, 7)
	d.file("proved.jpg", p[2], ntfstest.Seq(1800, k(p[2])), true, 6)
	// Nobody claims the clusters any more, but the content is another's.
	d.file("replaced.jpg", noise(6, 3000), ntfstest.Seq(2000, 6), true, 8)
	cut := append(append([]byte{}, p[3][:len(p[3])/2]...), noise(7, len(p[3])/2)...)
	d.file("overwritten.jpg", cut, ntfstest.Seq(2100, k(cut)), true, 9)
	// A picture that was wrong when it was written, in the middle of a cluster.
	odd := bytes.Clone(p[5])
	copy(odd[700:], noise(14, 200))
	d.file("odd.jpg", odd, ntfstest.Seq(3100, k(odd)), true, 9)
	d.file("plug", append(append([]byte{}, p[4]...), noise(8, 4000)...), ntfstest.Seq(2400, k(p[4])+8), true, 10)
	d.file("all taken.bin", noise(9, 512), []int{2700}, true, 11)
	d.file("taker.bin", noise(10, 512), []int{2700}, false, 12)
	d.file("zeros.bin", make([]byte, 3000), ntfstest.Seq(2800, 6), true, 13)
	d.file("same time a", noise(11, 1024), []int{2900, 2901}, true, 14)
	d.file("same time b", noise(12, 1024), []int{2901, 2902}, true, 14)
	d.put("small.txt", 20, true, ntfstest.ResidentAttr(0x80, "", []byte("alarm zone 3\n")))
	d.put("empty", 20, true, ntfstest.ResidentAttr(0x80, "", nil))
	d.put("secret", 20, false, ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 3000, Count: 1}), ntfstest.Sizes{SizeB: 512, AllocB: 512, ValidB: 512, Flags: 0x4000}))
	d.put("wof.exe", 20, false, ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: -1, Count: 4}), ntfstest.Sizes{SizeB: 2000, AllocB: 2048, ValidB: 2000, Flags: 0x8000}),
		ntfstest.ResidentAttr(0xC0, "", []byte{0x17, 0, 0, 0x80, 0, 0, 0, 0}))
	d.put("compressed", 20, false, ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 3030, Count: 1}, ntfstest.Run{First: -1, Count: 15}, ntfstest.Run{First: 3031, Count: 1}, ntfstest.Run{First: -1, Count: 15}),
		ntfstest.Sizes{SizeB: 10000, AllocB: 16384, ValidB: 10000, Flags: 1, UnitLog: 4}))
	d.Fill([]int{3030, 3031}, append(append([]byte{3, 0xB0, 2, 'a', 0xFC, 0x0F}, make([]byte, 506)...), 9, 0xF0), true) // the second unit is none
	d.put("part valid", 20, false, ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 3010, Count: 4}), ntfstest.Sizes{SizeB: 2000, AllocB: 2048, ValidB: 700}))
	d.Fill(ntfstest.Seq(3010, 4), noise(13, 2048), true)
	d.put("broken", 20, false, ntfstest.RunAttr(0x80, "", ntfstest.RunList(ntfstest.Run{First: 3020, Count: 1}), ntfstest.Sizes{SizeB: 2000, AllocB: 2048, ValidB: 2000}))
	d.put("stream", 20, false, ntfstest.ResidentAttr(0x80, "", []byte("x")), ntfstest.ResidentAttr(0x80, "Zone.Identifier", []byte("[ZoneTransfer]")))
	got, img := d.list(t, nil)
	for _, c := range []struct {
		name    string
		origin  forensics.ItemOrigin
		state   forensics.ItemState
		content []byte
		lostB   int64
		reason  string
	}{
		{"live.jpg", forensics.FromLive, forensics.Whole, p[0], 0, "live"},
		{"gone.jpg", forensics.FromDeleted, forensics.Whole, p[1], 0, "free"},
		{"bitten.bin", forensics.FromDeleted, forensics.Partial, nil, 512, "live files use 512 of its 2560 bytes"},
		{"biter.bin", forensics.FromLive, forensics.Whole, noise(2, 512), 0, ""},
		{"earlier.bin", forensics.FromDeleted, forensics.Partial, nil, 1024, "later.bin had"},
		{"later.bin", forensics.FromDeleted, forensics.Whole, noise(4, 4*512), 0, "no check"},
		{"proved.jpg", forensics.FromDeleted, forensics.Whole, p[2], 0, "holds together"},
		{"replaced.jpg", forensics.FromDeleted, forensics.Fragment, nil, 0, "does not begin as its name says"},
		{"overwritten.jpg", forensics.FromDeleted, forensics.Partial, nil, 0, "does not hold together"},
		{"odd.jpg", forensics.FromDeleted, forensics.Whole, odd, 0, "in the middle of a cluster"},
		{"plug", forensics.FromDeleted, forensics.Partial, nil, 0, "fits neither"},
		{"all taken.bin", forensics.FromDeleted, forensics.Fragment, nil, 512, "nothing of it is left"},
		{"zeros.bin", forensics.FromDeleted, forensics.Partial, nil, 0, "zeros throughout"},
		{"same time a", forensics.FromDeleted, forensics.Partial, nil, 512, "same time b"},
		{"same time b", forensics.FromDeleted, forensics.Partial, nil, 512, "same time a"},
		{"small.txt", forensics.FromDeleted, forensics.Whole, []byte("alarm zone 3\n"), 0, "in its record"},
		{"empty", forensics.FromDeleted, forensics.Whole, nil, 0, "empty"},
		{"secret", forensics.FromLive, forensics.Partial, nil, 0, "encrypted"},
		{"wof.exe", forensics.FromLive, forensics.Partial, nil, 0, "WofCompressedData"},
		{"compressed", forensics.FromLive, forensics.Partial, nil, 0, "breaks off at byte 8192"},
		{"part valid", forensics.FromLive, forensics.Whole, append(noise(13, 700), make([]byte, 1300)...), 0, "from byte 700 on"},
		{"broken", forensics.FromLive, forensics.Partial, nil, 0, "only 512 of 2000 bytes"},
		{"stream:Zone.Identifier", forensics.FromLive, forensics.Whole, []byte("[ZoneTransfer]"), 0, ""},
	} {
		f, ok := got[c.name]
		if !ok {
			t.Errorf("%s is missing", c.name)
			continue
		}
		if f.Origin != c.origin || f.State != c.state || !strings.Contains(f.Reason, c.reason) || f.State == forensics.Whole && f.Confidence <= 0.5 || f.State != forensics.Whole && f.Confidence > 0.6 {
			t.Errorf("%s: %s %s %.2f %q", c.name, f.Origin, f.State, f.Confidence, f.Reason)
		}
		b := make([]byte, f.SizeB)
		if f.Content != nil {
			if n, err := f.Content.ReadAt(b, 0); int64(n) != f.SizeB {
				t.Errorf("%s: %v", c.name, err)
			}
		} else if n, err := media.NewRunReader(bytes.NewReader(img), f.Runs).ReadAt(b, 0); int64(n) != f.SizeB {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.content != nil && !bytes.Equal(b, c.content) {
			t.Errorf("%s: other bytes, runs %v", c.name, f.Runs)
		}
		lost := int64(0)
		for _, r := range f.Doubtful {
			lost += r.LengthB
		}
		if lost != c.lostB {
			t.Errorf("%s: doubtful %v", c.name, f.Doubtful)
		}
		if len(f.Locators) != 1 || f.Locators[0].Exhibit != "E007" {
			t.Errorf("%s: locators %v", c.name, f.Locators)
		}
		if _, err := forensics.ParseLocator(f.Locators[0].String()); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, "$") {
			t.Errorf("%s is the file system's", name)
		}
	}
	if tm := got["live.jpg"].Times; len(tm) < 4 || tm[0] != (forensics.ItemTime{What: "modified", Raw: "2024-03-01 10:20:31.1234567Z"}) {
		t.Errorf("%v", tm)
	}
}

func TestNTFSUnread(t *testing.T) {
	d := newNTFS()
	d.file("a.bin", noise(1, 2048), ntfstest.Seq(1000, 4), false, 0)
	got, _ := d.list(t, media.Unread{{OffsetB: ntfsAt + 1001*512, LengthB: 512}})
	if f := got["a.bin"]; f.State != forensics.Partial || f.UnreadB != 512 || !strings.Contains(f.Reason, "512 bytes") {
		t.Errorf("%+v", f)
	}
}

// TestClaims holds the sweep against asking for every cluster by itself.
func TestClaims(t *testing.T) {
	for seed := range uint64(200) {
		b := noise(seed, 400)
		var c claims
		type file struct {
			from, to int64
			when     uint64
			live     bool
		}
		var files []file
		for i := 0; i+4 <= len(b) && i < 60; i += 4 {
			f := file{int64(b[i]) / 4, int64(b[i])/4 + int64(b[i+1])/16 + 1, uint64(b[i+2]) % 8, b[i+3] < 30}
			owner := len(files)
			if f.live {
				owner = -1
			}
			c.add(ntfs.Entry{ChangedAt: f.when, Extents: []ntfs.Extent{{OffsetB: f.from, LengthB: f.to - f.from}}}, owner)
			files = append(files, f)
		}
		c.settle()
		for i, f := range files {
			if f.live {
				continue
			}
			var want, got []int64
			for at := f.from; at < f.to; at++ {
				for j, g := range files {
					if j != i && at >= g.from && at < g.to && (g.live || g.when >= f.when) {
						want = append(want, at)
						break
					}
				}
			}
			parts, _ := c.lost(ntfs.Extent{OffsetB: f.from, LengthB: f.to - f.from}, i)
			for _, x := range parts {
				for at := x.OffsetB; at < x.OffsetB+x.LengthB; at++ {
					got = append(got, at)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d file %d: lost %v, want %v", seed, i, got, want)
			}
		}
	}
}

func TestNTFSRecords(t *testing.T) {
	d := newNTFS()
	slack := ntfstest.IndexRecord(nil, ntfstest.IndexEntry(60, 2, ntfstest.File{Name: "erased.mp4", Parent: 24}))
	d.Fill(ntfstest.Seq(1000, 8), slack, true)
	d.Put(ntfstest.File{Record: 24, Name: "cam", Dir: true, Attrs: [][]byte{ntfstest.RunAttr(0xA0, "$I30", ntfstest.RunList(ntfstest.Run{First: 1000, Count: 8}), ntfstest.Sizes{SizeB: 4096, AllocB: 4096, ValidB: 4096})}})
	vol, err := ntfs.Open(bytes.NewReader(d.Image), int64(len(d.Image)))
	if err != nil {
		t.Fatal(err)
	}
	var got []forensics.Record
	err = NTFSRecords(context.Background(), vol, Options{Exhibit: "E007", OffsetB: ntfsAt, Prefix: "p1/"}, func(r forensics.Record) error { got = append(got, r); return nil })
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	r := got[0]
	if r.Kind != "i30" || !r.Deleted || r.State != forensics.Whole || r.Columns[0].Value != "p1/cam/erased.mp4" || r.Locator.Exhibit != "E007" {
		t.Errorf("%+v", r)
	}
	at := r.Locator.Runs[0].OffsetB - ntfsAt
	if d.Image[at+64] != byte(len("erased.mp4")) {
		t.Errorf("the locator leads to %q", d.Image[at:at+80])
	}
}

// TestNTFSStrays: what an earlier file system's record says is believed only when
// the content proves it.
func TestNTFSStrays(t *testing.T) {
	d := newNTFS()
	p := photo(t, 1)
	n := (len(p) + 511) / 512
	d.Fill(ntfstest.Seq(1000, n), p, false)
	d.Fill(ntfstest.Seq(2000, 3), noise(1, 1500), false)
	for i, f := range []ntfstest.File{
		{Record: 40, Name: "a.jpg", Attrs: [][]byte{d.DataAttr("", ntfstest.Seq(1000, n), len(p))}},
		{Record: 41, Name: "b.bin", Attrs: [][]byte{d.DataAttr("", ntfstest.Seq(2000, 3), 1500)}},
		{Record: 42, Name: "c.txt", Attrs: [][]byte{ntfstest.ResidentAttr(0x80, "", []byte("alarm"))}},
	} {
		d.Fill(ntfstest.Seq(3000+2*i, 2), d.Record(f), false)
	}
	vol, err := ntfs.Open(bytes.NewReader(d.Image), int64(len(d.Image)))
	if err != nil {
		t.Fatal(err)
	}
	found, err := NTFS(context.Background(), vol, bytes.NewReader(d.Image), Options{Strays: true})
	if err != nil || len(found) != 3 {
		t.Fatalf("%+v %v", found, err)
	}
	for i, want := range []forensics.ItemState{forensics.Whole, forensics.Partial, forensics.Whole} {
		if f := found[i]; f.State != want || f.Confidence > 0.8 || f.Origin != forensics.FromDeleted || !strings.Contains(f.Reason, "outside the master file table") {
			t.Errorf("%s: %s %.2f %s", f.Name, f.State, f.Confidence, f.Reason)
		}
	}
	if found, _ = NTFS(context.Background(), vol, bytes.NewReader(d.Image), Options{}); len(found) != 0 {
		t.Errorf("strays that nobody asked for: %+v", found)
	}
}
