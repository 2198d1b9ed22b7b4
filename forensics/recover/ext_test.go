package recover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/forensics/memo/memotest"
	"firescene/formats"
	"firescene/formats/ext"
	"firescene/formats/ext/exttest"
)

func listExt(t testing.TB, img []byte, at int64, unread media.Unread) ([]Found, *ext.Volume) {
	t.Helper()
	vol, err := ext.Open(bytes.NewReader(img[at:]), int64(len(img))-at)
	if err != nil {
		t.Fatal(err)
	}
	list := func(ctx context.Context, s memo.Store) ([]Found, error) {
		return Ext(ctx, vol, bytes.NewReader(img), Options{Exhibit: "E007", OffsetB: at, Unread: unread, Strays: true, Limits: formats.DefaultLimits(), Memo: s})
	}
	items, err := list(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if x, ok := t.(*testing.T); ok && len(img) < 8<<20 {
		memotest.Ends(x, list)
	}
	return items, vol
}

// bigPhoto is a picture of more than sixteen blocks.
func bigPhoto(t testing.TB) []byte {
	rng := rand.New(rand.NewPCG(1, 3))
	m := image.NewRGBA(image.Rect(0, 0, 300, 300))
	for i := range m.Pix {
		m.Pix[i] = byte(rng.Uint32())
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func runContent(t testing.TB, img []byte, it forensics.Item) []byte {
	r := media.NewRunReader(bytes.NewReader(img), it.Runs)
	b := make([]byte, r.Size())
	if _, err := r.ReadAt(b, 0); err != nil {
		t.Fatalf("%s: %v", it.Name, err)
	}
	return b
}

// TestExtStates gives files every fate and checks what is said of each.
func TestExtStates(t *testing.T) {
	for _, o := range []exttest.Options{
		{BlockB: 1024, Blocks: 4000, Journal: 200},
		{BlockB: 1024, Blocks: 4000, Extents: true, Sums: true, Journal: 200},
	} {
		w := exttest.New(o)
		a := w.FirstData() + 1
		dir := w.Mkdir(exttest.Root, "DCIM", w.FirstData())
		n := func(b []byte) int { return (len(b) + o.BlockB - 1) / o.BlockB }
		seq := func(at, k int) (out []int) {
			for i := range k {
				out = append(out, at+i)
			}
			return out
		}
		commit := func(inode uint32) {
			blocks := []int{w.TableBlock(inode), w.DirBlock(dir)}
			if !o.Extents || len(w.BlocksOf(inode)) > 0 && w.Inode(inode)[0x28+6] == 1 {
				for _, b := range w.BlocksOf(inode) {
					if b > o.Blocks-100 { // of its map
						blocks = append(blocks, b)
					}
				}
			}
			w.Commit(blocks...)
		}
		put := func(name string, data []byte, blocks []int) uint32 {
			i := w.Put(dir, name, data, blocks)
			commit(i)
			return i
		}
		del := func(name string, i uint32) {
			w.Delete(dir, name, true, false)
			commit(i)
		}
		p := make([][]byte, 8)
		for i := range p {
			p[i] = photo(t, uint64(i))
		}
		var split []int
		for i := range n(p[1]) {
			split = append(split, a+100+i+i%2*40)
		}
		put("live.jpg", p[0], seq(a, n(p[0])))
		del("fragments.jpg", put("fragments.jpg", p[1], split))
		// its blocks are used by a live file afterwards
		i := put("overwritten.jpg", p[2], seq(a+200, n(p[2])))
		del("overwritten.jpg", i)
		put("over", noise(1, 2*o.BlockB), seq(a+202, 2))
		// its blocks were used by a file that is deleted too
		i = put("older.bin", noise(2, 3*o.BlockB), seq(a+300, 3))
		del("older.bin", i)
		i = put("newer.bin", noise(3, 2*o.BlockB), seq(a+301, 2))
		del("newer.bin", i)
		// free again, but other bytes are there
		i = put("replaced.jpg", p[3], seq(a+400, n(p[3])))
		del("replaced.jpg", i)
		copy(w.Block(a+400), noise(4, 512))
		i = put("damaged.jpg", p[4], seq(a+500, n(p[4])))
		del("damaged.jpg", i)
		copy(w.Block(a+503), noise(5, 1024))
		// written anew: the earlier content is left
		i = put("twice.bin", noise(6, 4*o.BlockB), seq(a+600, 4))
		for _, b := range seq(a+600, 4) {
			w.Block(w.BitmapBlock())[(b-1)/8] &^= 1 << ((b - 1) % 8)
		}
		gen := bytes.Clone(w.Inode(i)[0x64:0x68])
		w.Write(i, noise(7, 2*o.BlockB), seq(a+620, 2))
		copy(w.Inode(i)[0x64:], gen)
		w.Sum()
		commit(i)
		// only its name is left
		i = w.Put(dir, "unknown.bin", noise(8, 100), seq(a+700, 1))
		w.Commit(w.DirBlock(dir))
		del("unknown.bin", i)
		// the old map of ext2
		w.Put(exttest.Root, "kept.bin", noise(9, 2*o.BlockB), seq(a+720, 2))
		w.Delete(exttest.Root, "kept.bin", false, true)

		const at = 4096
		img := append(noise(0, at), w.Image...)
		found, vol := listExt(t, img, at, nil)
		got := map[string]forensics.Item{}
		for _, f := range found {
			name := f.Name
			if f.Origin == forensics.FromDeleted && got[name].Name != "" {
				name += " before"
			}
			got[name] = f.Item
		}
		for _, c := range []struct {
			name    string
			origin  forensics.ItemOrigin
			state   forensics.ItemState
			content []byte
			reason  string
		}{
			{"DCIM/live.jpg", forensics.FromLive, forensics.Whole, p[0], "live"},
			{"DCIM/fragments.jpg", forensics.FromDeleted, forensics.Whole, p[1], "JPEG"},
			{"DCIM/overwritten.jpg", forensics.FromDeleted, forensics.Partial, nil, "2048+2048"},
			{"DCIM/older.bin", forensics.FromDeleted, forensics.Partial, nil, "1024+2048"},
			{"DCIM/newer.bin", forensics.FromDeleted, forensics.Whole, noise(3, 2*o.BlockB), "no check"},
			{"DCIM/replaced.jpg", forensics.FromDeleted, forensics.Fragment, nil, "does not begin"},
			{"DCIM/damaged.jpg", forensics.FromDeleted, forensics.Partial, nil, "does not hold together"},
			{"DCIM/twice.bin", forensics.FromLive, forensics.Whole, noise(7, 2*o.BlockB), "live"},
			{"DCIM/twice.bin before", forensics.FromDeleted, forensics.Whole, noise(6, 4*o.BlockB), "earlier state"},
			{"kept.bin", forensics.FromDeleted, forensics.Whole, noise(9, 2*o.BlockB), "still names its blocks"},
		} {
			it, ok := got[c.name]
			if !ok {
				t.Errorf("%+v: %s is missing", o, c.name)
				continue
			}
			if it.Origin != c.origin || it.State != c.state || !strings.Contains(it.Reason, c.reason) {
				t.Errorf("%s: %s %s %.2f %q", c.name, it.Origin, it.State, it.Confidence, it.Reason)
			}
			if c.content != nil && !bytes.Equal(runContent(t, img, it), c.content) {
				t.Errorf("%s: other bytes, runs %v", c.name, it.Runs)
			}
			if partial := it.State != forensics.Whole; partial != (len(it.Doubtful) > 0) {
				t.Errorf("%s: doubtful %v", c.name, it.Doubtful)
			}
			if len(it.Locators) != 1 || len(it.Times) < 4 {
				t.Errorf("%s: locators %v, times %v", c.name, it.Locators, it.Times)
			}
		}
		if d := got["DCIM/older.bin"].Doubtful; len(d) != 1 || d[0] != (forensics.ByteRun{OffsetB: at + int64(a+301)*1024, LengthB: 2048}) {
			t.Errorf("doubtful %v", d)
		}
		if _, ok := got["DCIM/unknown.bin"]; ok {
			t.Error("a file of which nothing but the name is left is given as an item")
		}
		told := map[string]forensics.Record{}
		err := ExtRecords(context.Background(), vol, Options{Exhibit: "E007", OffsetB: at}, func(r forensics.Record) error {
			if r.Kind != "ext-journal" || !r.Deleted || r.Reason == "" || len(r.Locator.Runs) != 1 {
				t.Errorf("%+v", r)
			}
			for _, c := range r.Columns {
				if s, ok := c.Value.(string); ok && c.Name == "path" {
					told[s] = r
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"DCIM/fragments.jpg", "DCIM/older.bin", "DCIM/newer.bin", "DCIM/unknown.bin", "DCIM/replaced.jpg"} {
			if _, ok := told[name]; !ok {
				t.Errorf("%+v: no record tells of %s", o, name)
			}
		}
		if _, ok := told["DCIM/live.jpg"]; ok {
			t.Error("a live file is told of as gone")
		}
		stop := errors.New("stop")
		if err := ExtRecords(context.Background(), vol, Options{}, func(forensics.Record) error { return stop }); err != stop {
			t.Errorf("got %v", err)
		}
	}
}

// TestExtLaterOwner holds that a file whose blocks a later one had is not given
// the later one's content as its own.
func TestExtLaterOwner(t *testing.T) {
	w := exttest.New(exttest.Options{BlockB: 1024, Blocks: 2000, Extents: true, Sums: true, Journal: 100})
	a := w.FirstData()
	p := photo(t, 1)
	k := (len(p) + 1023) / 1024
	var blocks []int
	for i := range k + 4 {
		blocks = append(blocks, a+i)
	}
	i := w.Put(exttest.Root, "plug", noise(1, (k+4)*1024), blocks)
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	w.Delete(exttest.Root, "plug", true, false)
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	i = w.Put(exttest.Root, "photo", p, blocks[:k])
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	w.Delete(exttest.Root, "photo", true, false)
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	found, _ := listExt(t, w.Image, 0, nil)
	got := map[string]forensics.ItemState{}
	for _, f := range found {
		got[f.Name] = f.State
	}
	if got["photo"] != forensics.Whole || got["plug"] != forensics.Partial {
		t.Errorf("%v", got)
	}
}

// TestExtStrayMaps deletes files of volumes without a journal, whose maps are only
// left in freed blocks.
func TestExtStrayMaps(t *testing.T) {
	jpeg := bigPhoto(t)
	for _, o := range []exttest.Options{{BlockB: 1024, Blocks: 3000, Extents: true, Sums: true}, {BlockB: 1024, Blocks: 3000}} {
		w := exttest.New(o)
		a := w.FirstData()
		n := (len(jpeg) + 1023) / 1024
		var blocks []int
		for i := range n {
			switch {
			case o.Extents, i >= 12:
				blocks = append(blocks, a+100+i+i%2*300) // in pieces
			default:
				blocks = append(blocks, o.Blocks-13+i) // before the block of pointers
			}
		}
		w.Put(exttest.Root, "photo.jpg", jpeg, blocks)
		w.Put(exttest.Root, "other.bin", noise(3, 20*1024), []int{a, a + 2, a + 4, a + 6, a + 8, a + 10, a + 12, a + 14, a + 16, a + 18, a + 20, a + 22, a + 24, a + 26, a + 28, a + 30, a + 32, a + 34, a + 36, a + 38})
		w.Delete(exttest.Root, "photo.jpg", true, false)
		w.Delete(exttest.Root, "other.bin", true, false)
		found, _ := listExt(t, w.Image, 0, nil)
		photos, others := 0, 0
		for _, f := range found {
			switch b := runContent(t, w.Image, f.Item); {
			case f.State == forensics.Whole && bytes.Equal(b, jpeg):
				photos++
			case o.Extents && f.State == forensics.Partial && bytes.Equal(b, noise(3, 20*1024)):
				others++
			default:
				t.Errorf("%+v", f.Item)
			}
		}
		if photos != 1 || o.Extents && others != 1 {
			t.Errorf("%+v: %d photos, %d others of %d items", o, photos, others, len(found))
		}
	}
}

func TestExtUnreadAndHuge(t *testing.T) {
	w := exttest.New(exttest.Options{BlockB: 1024, Blocks: 1000, Extents: true, Sums: true})
	a := w.FirstData()
	w.Put(exttest.Root, "holed", noise(1, 3000), []int{a, a + 1, a + 2})
	n := w.Put(exttest.Root, "sparse", noise(1, 1024), []int{a + 5})
	w.Inode(n)[4+4+0x64] = 0 // keep the low half
	w.Inode(n)[0x6C+1] = 1   // 2^40 bytes more
	w.Sum()
	found, _ := listExt(t, w.Image, 0, media.Unread{{OffsetB: int64(a+1) * 1024, LengthB: 512}})
	seen := 0
	for _, f := range found {
		switch f.Name {
		case "holed":
			seen++
			if f.State != forensics.Partial || f.UnreadB != 512 {
				t.Errorf("%+v", f.Item)
			}
		case "sparse":
			seen++
			if f.State != forensics.Partial || f.SizeB > 1000*1024 || !strings.Contains(f.Reason, "sparse") {
				t.Errorf("%+v", f.Item)
			}
		}
	}
	cut, _ := listExt(t, w.Image[:(a+1)*1024+100], 0, nil)
	for _, f := range cut {
		if f.Name != "holed" {
			continue
		}
		seen++
		if f.State != forensics.Partial || f.SizeB != 1124 || !strings.Contains(f.Reason, "image ends") {
			t.Errorf("%+v", f.Item)
		}
	}
	if seen != 3 {
		t.Errorf("%d of 3 items seen", seen)
	}
}

// TestExtOfMke2fs reads volumes that mke2fs fills and debugfs changes, without
// mounting them, in the forms that a builder of our own does not make.
func TestExtOfMke2fs(t *testing.T) {
	for _, tool := range []string{"mke2fs", "debugfs"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	src := t.TempDir()
	want := map[string][32]byte{}
	for name, b := range map[string][]byte{
		"a/tiny": noise(1, 20), "a/inline": noise(2, 140), "a/block": noise(3, 4096), "a/big": noise(4, 700000),
		strings.Repeat("長い名前", 20) + "/x": noise(5, 5000), "empty": nil,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(src, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(src, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		want[name] = sha256.Sum256(b)
	}
	for i := range 300 {
		name := fmt.Sprintf("many/%s%d", strings.Repeat("n", 40), i)
		os.MkdirAll(filepath.Join(src, "many"), 0o755)
		if err := os.WriteFile(filepath.Join(src, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		want[name] = sha256.Sum256(nil)
	}
	for _, args := range []string{
		"-t ext4 -b 4096", "-t ext4 -b 1024", "-t ext4 -b 4096 -O inline_data -I 512", "-t ext4 -b 4096 -O bigalloc -C 16384", "-t ext4 -b 1024 -O meta_bg,^resize_inode",
		"-t ext4 -b 4096 -O ^metadata_csum,^64bit", "-t ext4 -b 4096 -O ^has_journal,^metadata_csum,uninit_bg", "-t ext4 -b 2048 -O sparse_super2,metadata_csum_seed", "-t ext3 -b 1024", "-t ext2 -b 1024", "-t ext2 -b 4096 -I 128 -r 0",
	} {
		img := filepath.Join(t.TempDir(), "v.img")
		out, err := exec.Command("mke2fs", append(append([]string{"-q", "-F", "-d", src}, strings.Fields(args)...), img, "20M")...).CombinedOutput()
		if err != nil {
			t.Errorf("mke2fs %s: %v: %s", args, err, out)
			continue
		}
		b, err := os.ReadFile(img)
		if err != nil {
			t.Fatal(err)
		}
		check := func(how string) {
			found, vol := listExt(t, b, 0, nil)
			seen := 0
			for _, f := range found {
				sum, ok := want[f.Name]
				if !ok {
					t.Errorf("%s%s: %s is not among the files", args, how, f.Name)
					continue
				}
				seen++
				if f.State != forensics.Whole || sha256.Sum256(runContent(t, b, f.Item)) != sum {
					t.Errorf("%s%s: %s: %s, %q", args, how, f.Name, f.State, f.Reason)
				}
			}
			if seen != len(want) {
				t.Errorf("%s%s: %d of %d files", args, how, seen, len(want))
			}
			if d := vol.Doubts(); how == "" && len(d) > 0 {
				t.Errorf("%s: doubts %q", args, d)
			}
		}
		check("")
		if len(b) > 8193*1024+2048 && strings.Contains(args, "-b 1024") && !strings.Contains(args, "sparse_super2") {
			clear(b[1024 : 4096+1024]) // superblock and the first descriptors
			check(" without its superblock")
		}
	}
}

// TestExtReused holds that blocks which the bitmaps in the journal show to have
// been in use again are not given as content, though nothing tells by whom.
func TestExtReused(t *testing.T) {
	for _, again := range []bool{false, true} {
		w := exttest.New(exttest.Options{BlockB: 1024, Blocks: 1000, Extents: true, Sums: true, Journal: 100})
		a := w.FirstData()
		i := w.Put(exttest.Root, "a", noise(1, 3000), []int{a, a + 1, a + 2})
		w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root), w.BitmapBlock())
		w.Delete(exttest.Root, "a", true, false)
		w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root), w.BitmapBlock())
		if again {
			w.Put(exttest.Root, "b", noise(2, 1000), []int{a + 1})
			w.Commit(w.BitmapBlock())
			w.Delete(exttest.Root, "b", true, false)
		}
		w.Commit(w.BitmapBlock())
		found, _ := listExt(t, w.Image, 0, nil)
		want, doubts := forensics.Whole, 0
		if again {
			want, doubts = forensics.Partial, 1
		}
		if len(found) != 1 || found[0].State != want || len(found[0].Doubtful) != doubts {
			t.Errorf("again %v: %+v", again, found)
		}
	}
}
