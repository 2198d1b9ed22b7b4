package exfat

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/exfat/exfattest"
)

func data(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7) ^ seed ^ byte(i>>8)
	}
	return b
}

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

// sample has live, fragmented, deleted and nested files.
func sample() (*exfattest.Volume, map[string][]byte) {
	v := exfattest.New(600)
	files := map[string][]byte{
		"LIVE.TXT": data(1700, 1), "in pieces 火场.jpg": data(3500, 2), "gone.jpg": data(2300, 3), "gone in pieces.mov": data(5000, 4),
		"DCIM/报警主机日志 with a rather long name.log": data(2600, 5), "EMPTY.TXT": nil,
	}
	v.Put("LIVE.TXT", files["LIVE.TXT"], exfattest.Seq(10, 2))
	v.Put("in pieces 火场.jpg", files["in pieces 火场.jpg"], []uint32{12, 20, 14, 30})
	v.Put("gone.jpg", files["gone.jpg"], exfattest.Seq(40, 3))
	v.Put("gone in pieces.mov", files["gone in pieces.mov"], []uint32{50, 51, 60, 55, 56})
	v.Mkdir("DCIM", 70)
	v.Put("DCIM/报警主机日志 with a rather long name.log", files["DCIM/报警主机日志 with a rather long name.log"], exfattest.Seq(71, 3))
	v.Put("EMPTY.TXT", nil, nil)
	v.Delete("gone.jpg")
	v.Delete("gone in pieces.mov")
	v.Delete("DCIM/报警主机日志 with a rather long name.log")
	return v, files
}

func TestLiveAndDeleted(t *testing.T) {
	img, files := sample()
	v := open(t, img.Image)
	if v.Label != "TESTCARD" || v.Serial != "1234-ABCD" || len(v.Warnings) != 0 {
		t.Errorf("%q %s, warnings %v", v.Label, v.Serial, v.Warnings)
	}
	got := walkAll(t, v)
	if len(got) != len(files)+1 {
		t.Errorf("%d entries", len(got))
	}
	for path, want := range files {
		e, ok := got[path]
		if !ok {
			t.Errorf("%s was not found in %v", path, got)
			continue
		}
		p := v.Place(e)
		deleted := strings.Contains(path, "gone") || strings.Contains(path, "日志")
		if e.Deleted != deleted || e.Damage != "" || p.Fault != "" || !bytes.Equal(content(img.Image, p), want) {
			t.Errorf("%s: deleted %v, damage %q, fault %q", path, e.Deleted, e.Damage, p.Fault)
		}
		if e.Created != "2024-03-01 10:20:31.50+08:00" || e.Modified != "2024-03-01 10:20:30-03:30" || e.Accessed != "2024-03-01 10:20:30" {
			t.Errorf("%s: times %q %q %q", path, e.Created, e.Modified, e.Accessed)
		}
		if path != "EMPTY.TXT" && v.Free(e.Cluster) != deleted {
			t.Errorf("%s: first cluster free: %v", path, !deleted)
		}
	}
	if !v.ChainEnds(got["gone in pieces.mov"]) {
		t.Error("the chain of a deleted file should still end as it did")
	}
}

// Sets that are partly overwritten still give what is left of them.
func TestOverwrittenSets(t *testing.T) {
	for _, c := range []struct {
		name, path, damage string
		change             func(v *exfattest.Volume, at int)
	}{
		{"first entry", "gone.jpg", "times are lost", func(v *exfattest.Volume, at int) { clear(v.Image[at : at+32]); v.Image[at] = 0x01 }},
		{"name", "unnamed", "name are overwritten", func(v *exfattest.Volume, at int) {
			v.Image[at] = 1
			clear(v.Image[at+64 : at+96])
			v.Image[at+64] = 1
		}},
		{"time", "gone.jpg", "its name does", func(v *exfattest.Volume, at int) { v.Image[at+9] ^= 0xFF }},
		{"letter", "fone.jpg", "does not agree", func(v *exfattest.Volume, at int) { v.Image[at+66]-- }},
	} {
		img, files := sample()
		c.change(img, img.EntryAt("gone.jpg"))
		v := open(t, img.Image)
		found := false
		for path, e := range walkAll(t, v) {
			if strings.HasPrefix(path, c.path) && e.Cluster == 40 {
				found = true
				if !strings.Contains(e.Damage, c.damage) || !bytes.Equal(content(img.Image, v.Place(e)), files["gone.jpg"]) {
					t.Errorf("%s: %+v", c.name, e)
				}
			}
		}
		if !found {
			t.Errorf("%s: not found", c.name)
		}
	}
}

// A formatted card: the root is empty, the old folders lie in free clusters.
func TestUnattached(t *testing.T) {
	img := exfattest.New(300)
	img.Mkdir("A", 20)
	img.Mkdir("A/B", 21)
	img.Put("A/B/deep.bin", data(900, 1), []uint32{22})
	img.Put("A/top.bin", data(2000, 2), []uint32{30, 35})
	clear(img.Image[img.Offset(4)+96 : img.Offset(5)])
	for _, c := range []uint32{20, 21, 22, 30, 35} {
		img.Mark(c, false)
	}
	v := open(t, img.Image)
	got := walkAll(t, v)
	for path, want := range map[string][]byte{"unattached-20/B/deep.bin": data(900, 1), "unattached-20/top.bin": data(2000, 2)} {
		if e, ok := got[path]; !ok || !e.Deleted || !bytes.Equal(content(img.Image, v.Place(e)), want) {
			t.Errorf("%s: %v in %v", path, ok, got)
		}
	}
}

// What stands behind the end mark of a directory is found when its sum agrees.
func TestBehindTheEnd(t *testing.T) {
	img, files := sample()
	img.Image[img.EntryAt("LIVE.TXT")] = 0
	v := open(t, img.Image)
	e, ok := walkAll(t, v)["in pieces 火场.jpg"]
	if !ok || !e.Deleted || !bytes.Equal(content(img.Image, v.Place(e)), files["in pieces 火场.jpg"]) {
		t.Errorf("%v %+v", ok, e)
	}
}

func TestBackupBoot(t *testing.T) {
	img, files := sample()
	clear(img.Image[:512])
	v := open(t, img.Image)
	if !v.FromBackupBoot || len(v.Warnings) != 1 || !bytes.Equal(content(img.Image, v.Place(walkAll(t, v)["LIVE.TXT"])), files["LIVE.TXT"]) {
		t.Errorf("backup %v, warnings %v", v.FromBackupBoot, v.Warnings)
	}
	img, _ = sample()
	img.Image[200] ^= 1 // the sum no longer agrees
	if v = open(t, img.Image); !v.FromBackupBoot {
		t.Error("a boot region with a wrong sum was preferred to its backup")
	}
	clear(img.Image[12*512 : 24*512])
	if v = open(t, img.Image); v.FromBackupBoot || len(v.Warnings) != 1 {
		t.Errorf("without backup: %v", v.Warnings)
	}
}

func TestDamagedChains(t *testing.T) {
	for _, c := range []struct {
		name     string
		at, next uint32
		want     string
	}{
		{"circle", 20, 12, "circle"}, {"out of the volume", 20, 0x00FFFFFF, "leaves the volume"},
		{"free", 20, 0, "leaves the volume"}, {"bad", 20, badMark, "bad cluster"}, {"short", 20, endMark, "shorter"},
	} {
		img, _ := sample()
		img.SetFAT(c.at, c.next)
		v := open(t, img.Image)
		p := v.Place(walkAll(t, v)["in pieces 火场.jpg"])
		if !strings.Contains(p.Fault, c.want) || p.FoundB >= 3500 {
			t.Errorf("%s: %d bytes, %q", c.name, p.FoundB, p.Fault)
		}
	}
}

func TestFolderCircle(t *testing.T) {
	img := exfattest.New(100)
	img.Mkdir("A", 20)
	img.Mkdir("A/B", 21)
	at := img.EntryAt("A/B")
	img.Image[at+32+20] = 20 // B is A itself
	if got := walkAll(t, open(t, img.Image)); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestRefuses(t *testing.T) {
	good := exfattest.New(100)
	for name, f := range map[string]func(b []byte){
		"name": func(b []byte) { b[3] = 'X' }, "end mark": func(b []byte) { b[510] = 0 }, "sector size": func(b []byte) { b[108] = 30 },
		"cluster size": func(b []byte) { b[109] = 200 }, "no table": func(b []byte) { b[110] = 0 }, "no clusters": func(b []byte) { clear(b[92:96]) },
		"clusters beyond the volume": func(b []byte) { b[95] = 0x0F }, "table before the boot region": func(b []byte) { b[80] = 1 },
	} {
		b := bytes.Clone(good.Image)
		f(b)
		clear(b[12*512 : 24*512])
		if _, err := Open(bytes.NewReader(b), int64(len(b))); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, 100} {
		if _, err := Open(bytes.NewReader(make([]byte, n)), int64(n)); !formats.IsDamaged(err) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestCutImage(t *testing.T) {
	img, _ := sample()
	cut := img.Image[:img.Offset(41)]
	v := open(t, cut)
	if len(v.Warnings) == 0 {
		t.Error("no warning")
	}
	if p := v.Place(walkAll(t, v)["gone.jpg"]); p.FoundB != 1024 || p.Fault == "" {
		t.Errorf("%d bytes, %q", p.FoundB, p.Fault)
	}
}

func TestCancel(t *testing.T) {
	img, _ := sample()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	err := open(t, img.Image).Walk(ctx, formats.DefaultLimits(), func(Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The fuzzer patches a small volume, so that its inputs stay small.
func FuzzVolume(f *testing.F) {
	base, _ := sample()
	f.Add(uint32(24*512+40), []byte{10, 0, 0, 0}, uint32(base.Offset(4)+100), []byte{0x05, 3})
	f.Add(uint32(92), []byte{255, 255, 0, 0}, uint32(base.Offset(70)), []byte{0x40})
	f.Add(uint32(base.Offset(4)+52), []byte{9}, uint32(base.Offset(2)), []byte{0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, at1 uint32, patch1 []byte, at2 uint32, patch2 []byte) {
		img := bytes.Clone(base.Image)
		copy(img[int(at1)%len(img):], patch1)
		copy(img[int(at2)%len(img):], patch2)
		v, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			return
		}
		_ = v.Walk(context.Background(), formats.Limits{MaxItems: 2000, MaxDepth: 8, MaxAllocB: 1 << 20}, func(e Entry) error {
			p := v.Place(e)
			n := int64(0)
			for _, x := range p.Extents {
				if x.OffsetB < 0 || x.LengthB <= 0 || x.OffsetB+x.LengthB > int64(len(img)) {
					t.Fatalf("extent %+v outside %d bytes", x, len(img))
				}
				n += x.LengthB
			}
			if n != p.FoundB || n > e.SizeB || e.ValidB > e.SizeB || e.ValidB < 0 {
				t.Fatalf("%d bytes in extents, %d found, size %d, valid %d", n, p.FoundB, e.SizeB, e.ValidB)
			}
			v.ChainEnds(e)
			return nil
		})
	})
}
