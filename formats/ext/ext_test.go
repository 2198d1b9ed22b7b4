package ext

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/ext/exttest"
)

var kinds = []exttest.Options{
	{BlockB: 1024, Blocks: 2000, Journal: 64},
	{BlockB: 4096, Blocks: 600, Extents: true, Sums: true, Journal: 64},
	{BlockB: 1024, Blocks: 2000, Extents: true, Sums: true, Journal: 64},
	{BlockB: 2048, Blocks: 600},
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 9))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func run(at, n int) (out []int) {
	for i := range n {
		out = append(out, at+i)
	}
	return out
}

func open(t testing.TB, img []byte) *Volume {
	t.Helper()
	v, err := Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// files lists a volume: contents by path.
func files(t testing.TB, v *Volume) (map[string]string, *Tree) {
	t.Helper()
	out := map[string]string{}
	tree, err := v.Walk(context.Background(), formats.DefaultLimits(), func(f File) error {
		if f.IsFile() && !f.Free {
			p := v.Map(&f.Inode, nil)
			if p.FoundB != f.SizeB || p.Fault != "" {
				t.Errorf("%s: %d of %d bytes: %s", f.Path, p.FoundB, f.SizeB, p.Fault)
			}
			out[f.Path] = string(v.Content(&f.Inode, nil, 1<<24))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, tree
}

func TestFiles(t *testing.T) {
	for _, o := range kinds {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			w := exttest.New(o)
			at := w.FirstData() + 1
			dir := w.Mkdir(exttest.Root, "Fotos", w.FirstData())
			small, big := noise(1, 10), noise(2, 30*o.BlockB-7)
			holes := noise(3, 9*o.BlockB)
			clear(holes[2*o.BlockB : 5*o.BlockB])
			w.Put(exttest.Root, "small", small, run(at, 1))
			w.Put(dir, "照片 ü.bin", big, append(append(run(at+40, 13), run(at+10, 10)...), run(at+60, 7)...))
			w.Put(dir, "holes", holes, append(append(run(at+70, 2), 0, 0, 0), run(at+80, 4)...))
			w.Put(dir, "many", big, []int{at + 100, at + 102, at + 104, at + 106, at + 108, at + 110, at + 112, at + 114, at + 116, at + 118, at + 120, at + 122, at + 124, at + 126,
				at + 128, at + 130, at + 132, at + 134, at + 136, at + 138, at + 140, at + 142, at + 144, at + 146, at + 148, at + 150, at + 152, at + 154, at + 156, at + 158})
			w.Put(dir, "empty", nil, nil)
			v := open(t, w.Image)
			got, _ := files(t, v)
			want := map[string]string{"small": string(small), "Fotos/照片 ü.bin": string(big), "Fotos/holes": string(holes), "Fotos/many": string(big), "Fotos/empty": ""}
			delete(got, "$OrphanFiles/inode-8")
			for name, b := range want {
				if got[name] != b {
					t.Errorf("%s: %d bytes, other content than the %d put in", name, len(got[name]), len(b))
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d files, want %d", len(got), len(want))
			}
			if d := v.Doubts(); len(d) != 0 {
				t.Errorf("doubts: %q", d)
			}
			if v.Used(int64(at+200)) || !v.Used(int64(at+40)) || !v.Used(1<<40) {
				t.Error("the bitmap of blocks is misread")
			}
			if v.Label != "MADE" || (v.Kind == "ext4") != (o.Extents) && o.Journal > 0 {
				t.Errorf("%s %q", v.Kind, v.Label)
			}
		})
	}
}

func TestTimesAndUnwritten(t *testing.T) {
	w := exttest.New(kinds[1])
	at := w.FirstData()
	n := w.Put(exttest.Root, "f", noise(1, 8192), run(at, 2))
	i := w.Inode(n)
	binary.LittleEndian.PutUint16(i[0x28+16:], 2+32768) // reserved and not written
	w.Sum()
	v := open(t, w.Image)
	f, err := v.Inode(n)
	if err != nil {
		t.Fatal(err)
	}
	if f.Sum != GoodSum || f.Modified.Nanosecond() != 123456789 || f.Created.IsZero() || !f.Deleted.IsZero() {
		t.Errorf("%+v", f)
	}
	p := v.Map(&f, nil)
	if len(p.Extents) != 1 || p.Extents[0] != (Extent{Hole, 8192}) {
		t.Errorf("a reserved extent maps to %v", p)
	}
}

func TestDamage(t *testing.T) {
	o := kinds[1]
	w := exttest.New(o)
	dir := w.Mkdir(exttest.Root, "d", w.FirstData())
	many := []int{}
	for i := range 12 {
		many = append(many, w.FirstData()+1+2*i)
	}
	n := w.Put(dir, "f", noise(1, 12*o.BlockB), many)
	le := binary.LittleEndian
	change := func(f func(img *exttest.Volume)) (*Volume, error) {
		c := *w
		c.Image = bytes.Clone(w.Image)
		f(&c)
		return Open(bytes.NewReader(c.Image), int64(len(c.Image)))
	}
	v, err := change(func(c *exttest.Volume) { c.Inode(n)[4]++ })
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := v.Inode(n); f.Sum != BadSum {
		t.Error("a changed inode passes for good")
	}
	v, err = change(func(c *exttest.Volume) { c.Block(c.DirBlock(dir))[100] ^= 1 })
	if err != nil {
		t.Fatal(err)
	}
	if files(t, v); !strings.Contains(strings.Join(v.Doubts(), " "), "directory blocks") {
		t.Errorf("doubts %q", v.Doubts())
	}
	leaf := int(le.Uint32(w.Inode(n)[0x28+16:]))
	v, err = change(func(c *exttest.Volume) { c.Block(leaf)[30] ^= 1 })
	if err != nil {
		t.Fatal(err)
	}
	f, _ := v.Inode(n)
	if p := v.Map(&f, nil); p.FoundB != 0 || !strings.Contains(p.Fault, "gone") {
		t.Errorf("a damaged extent block is followed: %+v", p)
	}
	// a tree that leads into itself, a directory that holds its parent, a size without bound
	c := exttest.New(exttest.Options{BlockB: 1024, Blocks: 400, Extents: true})
	k := c.Put(exttest.Root, "loop", noise(1, 1024), run(c.FirstData(), 1))
	b := c.Block(c.FirstData() + 5)
	copy(c.Inode(k)[0x28:], []byte{0x0A, 0xF3, 1, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	le.PutUint32(c.Inode(k)[0x38:], uint32(c.FirstData()+5))
	copy(b, []byte{0x0A, 0xF3, 1, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	le.PutUint32(b[16:], uint32(c.FirstData()+5))
	le.PutUint32(c.Inode(k)[0x6C:], 1<<20)
	v = open(t, c.Image)
	f, _ = v.Inode(k)
	if p := v.Map(&f, nil); p.Fault == "" || p.FoundB != 0 {
		t.Errorf("%+v", p)
	}
	p := exttest.New(exttest.Options{BlockB: 1024, Blocks: 400})
	sub := p.Mkdir(exttest.Root, "sub", p.FirstData())
	e := p.Block(p.DirBlock(sub))[12:]
	copy(e[12:], []byte{2, 0, 0, 0, 0xE8, 3, 4, 2, 'b', 'a', 'c', 'k'})
	le.PutUint16(e[4:], 12)
	v = open(t, p.Image)
	if files(t, v); !strings.Contains(strings.Join(v.Doubts(), " "), "leads back") {
		t.Errorf("doubts %q", v.Doubts())
	}
	q := exttest.New(exttest.Options{BlockB: 1024, Blocks: 400})
	k = q.Put(exttest.Root, "circle", noise(1, 300*1024), run(q.FirstData(), 20))
	at := q.FirstData() + 30
	le.PutUint32(q.Inode(k)[0x28+52:], uint32(at)) // a double indirect block that points to itself
	for i := 0; i < 1024; i += 4 {
		le.PutUint32(q.Block(at)[i:], uint32(at))
	}
	v = open(t, q.Image)
	f, _ = v.Inode(k)
	if p := v.Map(&f, nil); !strings.Contains(p.Fault, "circle") {
		t.Errorf("%+v", p)
	}
}

func TestNoVolume(t *testing.T) {
	w := exttest.New(kinds[1])
	for name, c := range map[string]struct {
		change      func(b []byte)
		unsupported bool
	}{
		"empty":           {func(b []byte) { clear(b) }, false},
		"block size":      {func(b []byte) { b[1024+0x18] = 60 }, false},
		"inode size":      {func(b []byte) { b[1024+0x58] = 3 }, false},
		"no groups":       {func(b []byte) { clear(b[1024+0x20 : 1024+0x24]) }, false},
		"journal device":  {func(b []byte) { b[1024+0x60] |= 8 }, true},
		"unknown feature": {func(b []byte) { b[1024+0x63] |= 0x80 }, true},
	} {
		img := bytes.Clone(w.Image)
		c.change(img)
		_, err := Open(bytes.NewReader(img), int64(len(img)))
		if c.unsupported && !formats.IsUnsupported(err) || !c.unsupported && !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(bytes.NewReader(w.Image[:1100]), 1100); !formats.IsDamaged(err) {
		t.Errorf("cut: %v", err)
	}
}

// TestHistory deletes a file as ext4 does and finds its blocks, its name and its
// times in the journal, beside a later use of the same inode.
func TestHistory(t *testing.T) {
	for _, o := range kinds[:3] {
		w := exttest.New(o)
		at := w.FirstData()
		blocks := []int{}
		for i := range 14 {
			blocks = append(blocks, at+i+i%2*20)
		}
		data := noise(5, 14*o.BlockB-100)
		n := w.Put(exttest.Root, "gone.jpg", data, blocks)
		meta := w.BlocksOf(n)
		w.Commit(w.TableBlock(n), w.DirBlock(exttest.Root), w.BitmapBlock(), meta[0], meta[len(meta)-1])
		w.Delete(exttest.Root, "gone.jpg", true, false)
		w.Commit(w.TableBlock(n), w.DirBlock(exttest.Root))
		w.Reuse(n)
		w.Put(exttest.Root, "new", noise(6, 100), run(at+60, 1))
		w.Commit(w.TableBlock(n), w.DirBlock(exttest.Root))
		v := open(t, w.Image)
		_, tree := files(t, v)
		h, err := v.History(context.Background(), tree)
		if err != nil {
			t.Fatal(err)
		}
		states := h.Inodes[n]
		if len(states) != 3 || states[0].SizeB != int64(len(data)) || states[0].First != 0 || states[1].Deleted.IsZero() || states[2].SizeB != 100 {
			t.Fatalf("%+v: states %+v", o, states)
		}
		if got := v.Content(&states[0].Inode, h.Nodes(states[0].Last), 1<<20); !bytes.Equal(got, data) {
			t.Errorf("%+v: %d other bytes; %+v", o, len(got), v.Map(&states[0].Inode, h.Nodes(0)))
		}
		for i, want := range map[int]string{0: "gone.jpg", 2: "new"} {
			if name, ok := h.NameOf(n, states[i].Generation, states[i].First, states[i].Last); !ok || name.Name != want || name.Dir != exttest.Root {
				t.Errorf("%+v: state %d is named %+v", o, i, name)
			}
		}
	}
}

// TestJournal goes round the end of the journal, keeps what old transactions
// left, and restores a block that begins like a journal block.
func TestJournal(t *testing.T) {
	o := exttest.Options{BlockB: 1024, Blocks: 1000, Extents: true, Sums: true, Journal: 20}
	for _, sums := range []bool{true, false} {
		o.Sums = sums
		w := exttest.New(o)
		at := w.FirstData()
		binary.BigEndian.PutUint32(w.Block(at), journalMagic)
		copy(w.Block(at)[4:], "escaped")
		for i := range 7 { // 4 blocks each in 19
			w.Block(at + 1)[0] = byte(i)
			w.Commit(at, at+1)
		}
		v := open(t, w.Image)
		j, err := v.Journal()
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 1024)
		seen := map[uint32]bool{}
		for _, c := range j.Copies {
			if !j.Read(c, b) {
				t.Fatalf("%+v is not read", c)
			}
			seen[c.Sequence] = true
			switch {
			case c.Block == int64(at) && (!c.Escaped || !bytes.Equal(b, w.Block(at))):
				t.Errorf("sums %v: %+v has other bytes", sums, c)
			case c.Block == int64(at)+1 && uint32(b[0]) != c.Sequence-1:
				t.Errorf("sums %v: copy of transaction %d has the bytes of %d", sums, c.Sequence, b[0]+1)
			case c.Verified != sums:
				t.Errorf("%+v", c)
			}
		}
		if len(seen) != 4 && len(seen) != 5 || !seen[7] || !seen[4] || seen[1] || seen[2] {
			t.Errorf("sums %v: transactions %v", sums, seen)
		}
	}
}

// TestReplay opens a volume that was not closed: what was committed counts, what
// was only begun does not.
func TestReplay(t *testing.T) {
	for _, o := range kinds[1:3] {
		w := exttest.New(o)
		at := w.FirstData()
		before := bytes.Clone(w.Image)
		n := w.Put(exttest.Root, "committed", noise(1, 100), run(at, 1))
		w.Commit(w.TableBlock(n), w.DirBlock(exttest.Root), w.BitmapBlock())
		m := w.Put(exttest.Root, "begun", noise(2, 100), run(at+1, 1))
		w.Begin(w.TableBlock(m), w.DirBlock(exttest.Root))
		w.Dirty(1, 1)
		for _, b := range []int{w.TableBlock(n), w.DirBlock(exttest.Root), w.BitmapBlock()} {
			copy(w.Block(b), before[b*o.BlockB:][:o.BlockB]) // nothing of it was written back
		}
		// the journal's own inode is in the same table block
		v := open(t, w.Image)
		got, _ := files(t, v)
		if got["committed"] != string(noise(1, 100)) || got["begun"] != "" || v.Replayed != 3 {
			t.Errorf("%+v: %d replayed, files %d, doubts %q", o, v.Replayed, len(got), v.Doubts())
		}
		if !v.Used(int64(at)) {
			t.Error("the bitmap is not replayed")
		}
	}
}

func TestRemovedNames(t *testing.T) {
	w := exttest.New(kinds[0])
	at := w.FirstData()
	a := w.Put(exttest.Root, "first name.txt", noise(1, 10), run(at, 1))
	b := w.Put(exttest.Root, "second.txt", noise(1, 10), run(at+1, 1))
	w.Put(exttest.Root, "stays", noise(1, 10), run(at+2, 1))
	w.Delete(exttest.Root, "first name.txt", false, false)
	w.Delete(exttest.Root, "second.txt", false, false)
	_, tree := files(t, open(t, w.Image))
	got := map[string]uint32{}
	for _, r := range tree.Removed {
		got[r.Name] = r.Inode
	}
	if len(got) != 2 || got["first name.txt"] != a || got["second.txt"] != b {
		t.Errorf("%v", got)
	}
}

func TestCancel(t *testing.T) {
	w := exttest.New(kinds[0])
	w.Put(exttest.Root, "a", noise(1, 10), run(w.FirstData(), 1))
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := open(t, w.Image).Walk(ctx, formats.DefaultLimits(), func(File) error { return nil }); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

// TestStrays finds an inode and a name in copies whose descriptor was
// overwritten, by the check sums alone.
func TestStrays(t *testing.T) {
	w := exttest.New(exttest.Options{BlockB: 1024, Blocks: 1000, Extents: true, Sums: true, Journal: 20})
	at := w.FirstData()
	n := w.Put(exttest.Root, "f", noise(1, 3000), run(at, 3))
	w.Commit(at+9, w.TableBlock(n), w.DirBlock(exttest.Root))
	w.Delete(exttest.Root, "f", true, false)
	for range 5 {
		w.Commit(at + 9)
	}
	for _, damaged := range []bool{false, true} {
		if damaged {
			j := w.DirBlock(exttest.Root) - 20
			w.Block(j + 3)[int(n-1)%4*exttest.InodeB+4]++
			w.Block(j + 4)[50] ^= 1
		}
		v := open(t, w.Image)
		_, tree := files(t, v)
		h, err := v.History(context.Background(), tree)
		if err != nil {
			t.Fatal(err)
		}
		states := h.Inodes[n]
		if damaged {
			if len(states) != 0 || len(h.Names[n]) != 0 {
				t.Errorf("taken with wrong sums: %+v %+v", states, h.Names[n])
			}
			continue
		}
		if len(states) != 1 || states[0].SizeB != 3000 || string(v.Content(&states[0].Inode, nil, 5000)) != string(noise(1, 3000)) {
			t.Fatalf("states %+v", states)
		}
		if name, ok := h.NameOf(n, states[0].Generation, 0, 0); !ok || name.Name != "f" {
			t.Errorf("named %+v", name)
		}
	}
}
