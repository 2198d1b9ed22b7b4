package fat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/fat/fattest"
)

func open(t *testing.T, img []byte) *Volume {
	t.Helper()
	v, err := Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func walkAll(t *testing.T, v *Volume) map[string]Entry {
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

func content(img []byte, p Place) []byte {
	var b []byte
	for _, x := range p.Extents {
		b = append(b, img[x.OffsetB:x.OffsetB+x.LengthB]...)
	}
	return b
}

func data(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) ^ seed ^ byte(i>>8)
	}
	return b
}

// clusterCount gives each size of table a volume that is counted as such.
var clusterCount = map[int]int{12: 300, 16: 4200, 32: 600}

// sample has live, fragmented, deleted, overwritten and nested files.
func sample(bits int) (*fattest.Volume, map[string][]byte) {
	v := fattest.New(bits, clusterCount[bits])
	files := map[string][]byte{
		"LIVE.TXT": data(700, 1), "frag mented 火场.jpg": data(1500, 2), "GONE.JPG": data(1300, 3),
		"报警主机日志 2024.log": data(600, 4), "DCIM/IMG_0001.JPG": data(513, 5), "DCIM/lost in folder.png": data(900, 6), "OVER.DAT": data(2000, 7),
	}
	v.Put("LIVE.TXT", files["LIVE.TXT"], fattest.Seq(10, 2))
	v.Put("frag mented 火场.jpg", files["frag mented 火场.jpg"], []uint32{12, 20, 14})
	v.Put("GONE.JPG", files["GONE.JPG"], fattest.Seq(30, 3))
	v.Put("报警主机日志 2024.log", files["报警主机日志 2024.log"], fattest.Seq(40, 2))
	v.Mkdir("DCIM", 50)
	v.Put("DCIM/IMG_0001.JPG", files["DCIM/IMG_0001.JPG"], fattest.Seq(51, 2))
	v.Put("DCIM/lost in folder.png", files["DCIM/lost in folder.png"], fattest.Seq(60, 2))
	v.Put("OVER.DAT", files["OVER.DAT"], fattest.Seq(70, 4))
	for _, p := range []string{"GONE.JPG", "报警主机日志 2024.log", "DCIM/lost in folder.png", "OVER.DAT"} {
		v.Delete(p)
	}
	v.Put("NEW.DAT", data(512, 8), []uint32{72})
	return v, files
}

func TestLiveAndDeleted(t *testing.T) {
	for _, bits := range []int{12, 16, 32} {
		t.Run(fmt.Sprint("FAT", bits), func(t *testing.T) {
			img, files := sample(bits)
			v := open(t, img.Image)
			if v.Type() != fmt.Sprint("FAT", bits) || v.Label != "TESTCARD" || v.Serial != "1234-ABCD" || len(v.Warnings) != 0 {
				t.Errorf("opened as %s %q %s, warnings %v", v.Type(), v.Label, v.Serial, v.Warnings)
			}
			got := walkAll(t, v)
			for _, c := range []struct {
				path, truth string
				deleted     bool
				place       func(Entry) Place
			}{
				{"LIVE.TXT", "LIVE.TXT", false, v.Live},
				{"frag mented 火场.jpg", "frag mented 火场.jpg", false, v.Live},
				{"DCIM/IMG_0001.JPG", "DCIM/IMG_0001.JPG", false, v.Live},
				{"_ONE.JPG", "GONE.JPG", true, v.Deleted},
				{"报警主机日志 2024.log", "报警主机日志 2024.log", true, v.Deleted},
				{"DCIM/lost in folder.png", "DCIM/lost in folder.png", true, v.Deleted},
			} {
				e, ok := got[c.path]
				if !ok {
					t.Errorf("%s was not found in %v", c.path, got)
					continue
				}
				p := c.place(e)
				if e.Deleted != c.deleted || p.Fault != "" || !bytes.Equal(content(img.Image, p), files[c.truth]) {
					t.Errorf("%s: deleted %v, fault %q, content right %v", c.path, e.Deleted, p.Fault, bytes.Equal(content(img.Image, p), files[c.truth]))
				}
				if e.Modified != "2024-03-01 10:20:30" || e.Created != "2024-03-01 10:20:30.50" || e.Accessed != "2024-03-02" {
					t.Errorf("%s: times %q %q %q", c.path, e.Modified, e.Created, e.Accessed)
				}
			}
			over := v.Deleted(got["_VER.DAT"])
			if over.FoundB != 1024 || !strings.Contains(over.Fault, "live file") || !bytes.Equal(content(img.Image, over), files["OVER.DAT"][:1024]) {
				t.Errorf("overwritten file: %d bytes, %q", over.FoundB, over.Fault)
			}
			if free := v.FreeFrom(71, 3); !reflect.DeepEqual(free, []uint32{71, 73, 74}) {
				t.Errorf("free clusters %v", free)
			}
			if v.FreeFrom(72, 3) != nil {
				t.Error("a file is looked for in clusters that a live one uses")
			}
		})
	}
}

// A deleted folder's files are found in its clusters, while those are free.
func TestDeletedFolder(t *testing.T) {
	img := fattest.New(32, 200)
	img.Mkdir("OLD", 5)
	img.Put("OLD/INNER.TXT", data(100, 1), []uint32{6})
	img.Delete("OLD/INNER.TXT")
	img.Delete("OLD")
	got := walkAll(t, open(t, img.Image))
	if e, ok := got["_LD/_NNER.TXT"]; !ok || !e.Deleted {
		t.Errorf("found %v", got)
	}
	img.Put("NEW.BIN", data(512, 2), []uint32{5}) // the folder's cluster is taken
	if got = walkAll(t, open(t, img.Image)); len(got) != 2 {
		t.Errorf("file data was read as a folder: %v", got)
	}
}

func TestBackups(t *testing.T) {
	img, files := sample(32)
	clear(img.Image[:512])
	v := open(t, img.Image)
	if !v.FromBackupBoot || len(v.Warnings) != 1 {
		t.Errorf("backup %v, warnings %v", v.FromBackupBoot, v.Warnings)
	}
	clear(img.Image[32*512 : 33*512]) // the first table too
	v = open(t, img.Image)
	e := walkAll(t, v)["LIVE.TXT"]
	if p := v.Live(e); !bytes.Equal(content(img.Image, p), files["LIVE.TXT"]) {
		t.Errorf("live file by the second table: %q", p.Fault)
	}
}

func TestDamagedChains(t *testing.T) {
	for _, c := range []struct {
		name string
		at   uint32
		next uint32
		want string
	}{
		{"circle", 12, 10, "circle"},
		{"into free", 11, 0, "free cluster"},
		{"out of the volume", 11, 0x0000FFFF, "leaves the volume"},
		{"bad cluster", 11, 0x0FFFFFF7, "bad cluster"},
		{"too short", 11, 0x0FFFFFFF, "shorter"},
	} {
		img := fattest.New(32, 600)
		img.Put("A.BIN", data(5*512, 1), fattest.Seq(10, 5))
		img.SetFAT(c.at, c.next)
		v := open(t, img.Image)
		p := v.Live(walkAll(t, v)["A.BIN"])
		if !strings.Contains(p.Fault, c.want) || p.FoundB >= 5*512 {
			t.Errorf("%s: %d bytes, %q", c.name, p.FoundB, p.Fault)
		}
	}
}

func TestFolderCircle(t *testing.T) {
	img := fattest.New(32, 100)
	img.Mkdir("A", 5)
	img.Mkdir("A/B", 6)
	// B's entry of A points back at A's own cluster
	at := bytes.Index(img.Image[img.Offset(5)+64:], []byte("B       "))
	img.Image[img.Offset(5)+64+at+26] = 5
	if got := walkAll(t, open(t, img.Image)); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestNames(t *testing.T) {
	b := make([]byte, 32)
	copy(b, "README  TXT")
	b[12] = 0x18
	if n, _ := shortName(b); n != "readme.txt" {
		t.Errorf("lower case marks: %q", n)
	}
	copy(b, "\xbb\xf0\xd4\xd6A   TXT") // GBK
	b[12] = 0
	if n, _ := shortName(b); n != "火灾A.TXT" {
		t.Errorf("GBK: %q", n)
	}
	b[0] = erased
	if n, guess := shortName(b); !guess || n[0] != '_' && n[0] != '%' {
		t.Errorf("deleted: %q", n)
	}
	// a long name whose check sum belongs to another entry is not taken
	img := fattest.New(32, 100)
	img.Put("a long name.txt", data(5, 1), []uint32{5})
	i := bytes.Index(img.Image, []byte("XYZ~1TXT"))
	img.Image[i] = 'Q'
	for p := range walkAll(t, open(t, img.Image)) {
		if strings.Contains(p, "long") {
			t.Errorf("took the long name %q of another entry", p)
		}
	}
}

func TestRefuses(t *testing.T) {
	good, _ := sample(32)
	mutate := func(f func(b []byte)) []byte {
		b := bytes.Clone(good.Image)
		f(b)
		clear(b[6*512 : 7*512])
		return b
	}
	for name, b := range map[string][]byte{
		"empty": nil, "text": bytes.Repeat([]byte("not a disk "), 100),
		"no end mark":       mutate(func(b []byte) { b[510] = 0 }),
		"sector size":       mutate(func(b []byte) { b[11] = 1 }),
		"cluster size":      mutate(func(b []byte) { b[13] = 3 }),
		"no tables":         mutate(func(b []byte) { b[16] = 0 }),
		"nothing but table": mutate(func(b []byte) { clear(b[32:36]) }),
	} {
		if _, err := Open(bytes.NewReader(b), int64(len(b))); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ex := mutate(func(b []byte) { copy(b[3:], "EXFAT   ") })
	if _, err := Open(bytes.NewReader(ex), int64(len(ex))); !formats.IsUnsupported(err) {
		t.Errorf("exFAT: %v", err)
	}
}

// An image cut short lists what it can and says what is missing.
func TestCutImage(t *testing.T) {
	img, _ := sample(32)
	cut := img.Image[:img.Offset(31)]
	v := open(t, cut)
	got := walkAll(t, v)
	if len(v.Warnings) == 0 {
		t.Error("no warning")
	}
	if p := v.Deleted(got["_ONE.JPG"]); p.FoundB != 512 || p.Fault == "" {
		t.Errorf("%d bytes, %q", p.FoundB, p.Fault)
	}
}

func TestCancel(t *testing.T) {
	img, _ := sample(32)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	err := open(t, img.Image).Walk(ctx, formats.DefaultLimits(), func(Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The fuzzer patches a small volume, so that its inputs stay small.
func FuzzVolume(f *testing.F) {
	base := map[bool][]byte{}
	for _, bits := range []int{12, 32} {
		v, _ := sample(bits)
		base[bits == 32] = v.Image
		f.Add(bits == 32, uint32(11), []byte{0, 2, 1}, uint32(v.Offset(2)+26), []byte{9, 0, 255})
		f.Add(bits == 32, uint32(32*512+40), []byte{10, 0, 0, 0}, uint32(v.Offset(50)+90), []byte{50, 0})
	}
	f.Fuzz(func(t *testing.T, is32 bool, at1 uint32, patch1 []byte, at2 uint32, patch2 []byte) {
		img := bytes.Clone(base[is32])
		copy(img[int(at1)%len(img):], patch1)
		copy(img[int(at2)%len(img):], patch2)
		v, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			return
		}
		_ = v.Walk(context.Background(), formats.Limits{MaxItems: 2000, MaxDepth: 8, MaxAllocB: 1 << 20}, func(e Entry) error {
			p := v.Deleted(e)
			if !e.Deleted {
				p = v.Live(e)
			}
			n := int64(0)
			for _, x := range p.Extents {
				if x.OffsetB < 0 || x.LengthB <= 0 || x.OffsetB+x.LengthB > int64(len(img)) {
					t.Fatalf("extent %+v outside %d bytes", x, len(img))
				}
				n += x.LengthB
			}
			if n != p.FoundB || n > e.SizeB {
				t.Fatalf("%d bytes in extents, %d found, size %d", n, p.FoundB, e.SizeB)
			}
			return nil
		})
	})
}

// Directories that nothing leads to any more are found in free clusters, with what
// goes on with them elsewhere; file data that only looks like one is not.
func TestUnattached(t *testing.T) {
	img := fattest.New(32, 300)
	img.Mkdir("A", 20)
	img.Mkdir("A/B", 21)
	img.Put("A/B/deep.bin", data(900, 1), fattest.Seq(30, 2))
	for i := range 40 { // more than a cluster holds
		img.Put(fmt.Sprintf("A/B/F%d.BIN", i), data(100, byte(i)), []uint32{uint32(40 + i)})
	}
	img.Put("OLDROOT.BIN", data(700, 2), fattest.Seq(100, 2))
	copy(img.Image[img.Offset(150):], bytes.Repeat([]byte("one line of a log  1 2 3 4 5 \r\n"), 16))
	fresh := fattest.New(32, 300)
	copy(img.Image, fresh.Image[:fresh.Offset(3)])
	v := open(t, img.Image)
	got := walkAll(t, v)
	e, ok := got["unattached-20/B/deep.bin"]
	if !ok || !e.Deleted || !e.Unattached || !bytes.Equal(content(img.Image, v.Deleted(e)), data(900, 1)) {
		t.Errorf("%v %+v of %d", ok, e, len(got))
	}
	n := 0
	for _, e := range got {
		if !e.Dir {
			n++
		}
	}
	if n != 41 {
		t.Errorf("%d files, want 41: %v", n, got)
	}
	if len(v.Directories()) < 3 {
		t.Errorf("directories %v", v.Directories())
	}
}

// Two directories of a former volume tell how it counted its clusters.
func TestFormerVolume(t *testing.T) {
	old := fattest.New(32, 900)
	old.Mkdir("A", 200)
	old.Mkdir("A/B", 260)
	old.Put("A/B/C.BIN", data(1000, 3), fattest.Seq(300, 2))
	img := fattest.New(32, 3000)
	copy(img.Image[img.Offset(10):], old.Image[img.Offset(10):])
	v := open(t, img.Image)
	walkAll(t, v)
	if len(v.Former()) != 1 {
		t.Fatalf("%d former volumes", len(v.Former()))
	}
	f := v.Former()[0]
	if f.ClusterB != 512 || f.OffsetB(300) != int64(old.Offset(300)) {
		t.Errorf("clusters of %d, 300 at %d, want %d", f.ClusterB, f.OffsetB(300), old.Offset(300))
	}
	e, ok := walkAll(t, f)["unattached-200/B/C.BIN"]
	if !ok || !bytes.Equal(content(img.Image, f.Deleted(e)), data(1000, 3)) {
		t.Errorf("%v %+v", ok, e)
	}
	if f.Free(2) && f.OffsetB(2) < img0(v) {
		t.Error("a cluster of a former volume where the tables are now is free")
	}
}

func img0(v *Volume) int64 { return v.OffsetB(2) }
