package ext

import (
	"bytes"
	"context"
	"testing"

	"firescene/formats"
	"firescene/formats/ext/exttest"
)

// exercise does all that a reader of a volume does and checks that no claim goes
// beyond what is there.
func exercise(t *testing.T, img []byte) {
	v, err := Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		return
	}
	limits := formats.DefaultLimits()
	limits.MaxItems = 10000
	check := func(n *Inode, nodes Nodes) {
		p := v.Map(n, nodes)
		sum, stored := int64(0), int64(0)
		for _, x := range p.Extents {
			sum += x.LengthB
			if x.OffsetB != Hole {
				stored += x.LengthB
			}
			if x.LengthB < 0 || x.OffsetB < Hole {
				t.Fatalf("extent %+v", x)
			}
		}
		if sum != p.FoundB || p.FoundB > max(n.SizeB, 0) || stored > (v.Blocks+1)*v.BlockB || p.Fault == "" && p.FoundB != n.SizeB {
			t.Fatalf("%+v of %+v", p, n)
		}
	}
	tree, err := v.Walk(context.Background(), limits, func(f File) error {
		if f.IsFile() {
			check(&f.Inode, nil)
		}
		return nil
	})
	if err != nil && !formats.IsDamaged(err) {
		t.Fatal(err)
	}
	h, err := v.History(context.Background(), tree)
	if err != nil {
		t.Fatal(err)
	}
	for n, states := range h.Inodes {
		for i := range states {
			check(&states[i].Inode, h.Nodes(states[i].Last))
			h.NameOf(n, states[i].Generation, states[i].First, states[i].Last)
		}
	}
	v.Doubts()
}

// sample is a volume with something of everything.
func sample(o exttest.Options) *exttest.Volume {
	w := exttest.New(o)
	at := w.FirstData()
	dir := w.Mkdir(exttest.Root, "d", at)
	n := w.Put(dir, "many", noise(1, 14*o.BlockB), []int{at + 1, at + 3, at + 5, at + 7, at + 9, at + 11, at + 13, at + 15, at + 17, at + 19, at + 21, at + 23, at + 25, 0, at + 27})
	w.Put(dir, "gone", noise(2, 100), run(at+30, 1))
	if o.Journal > 0 {
		w.Commit(w.TableBlock(n), w.DirBlock(dir))
	}
	w.Delete(dir, "gone", false, false)
	if o.Journal > 0 {
		w.Commit(w.TableBlock(n), w.DirBlock(dir))
		w.Dirty(1, 1)
	}
	return w
}

var fuzzKinds = []exttest.Options{
	{BlockB: 1024, Blocks: 160, Journal: 16},
	{BlockB: 1024, Blocks: 160, Extents: true, Sums: true, Journal: 16},
	{BlockB: 1024, Blocks: 160, Extents: true},
}

// FuzzVolume changes a volume in two places.
func FuzzVolume(f *testing.F) {
	var base [][]byte
	for i, o := range fuzzKinds {
		w := sample(o)
		base = append(base, w.Image)
		for _, at := range []int{1024, 1024 + 0x60, 2048, 1024 * w.TableBlock(1), 1024 * w.TableBlock(11), 1024 * w.TableBlock(13), 1024 * w.DirBlock(exttest.Root), 1024 * (w.TableBlock(64) + 1), 1024 * (w.TableBlock(64) + 2)} {
			f.Add(uint8(i), uint32(at), w.Image[at:at+64], uint32(at+100), []byte{255, 255, 255, 255})
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, at uint32, patch []byte, at2 uint32, patch2 []byte) {
		img := bytes.Clone(base[int(kind)%len(base)])
		copy(img[int(at)%len(img):], patch)
		copy(img[int(at2)%len(img):], patch2)
		exercise(t, img)
	})
}

// FuzzSuper reads any superblock before a real volume.
func FuzzSuper(f *testing.F) {
	var base [][]byte
	for i, o := range fuzzKinds {
		base = append(base, sample(o).Image)
		f.Add(uint8(i), base[i][1024:2048])
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		img := bytes.Clone(base[int(kind)%len(base)])
		copy(img[1024:2048], b)
		exercise(t, img)
	})
}

// FuzzInode reads any bytes as an inode with all of its map.
func FuzzInode(f *testing.F) {
	var base []*exttest.Volume
	for i, o := range fuzzKinds {
		w := sample(o)
		base = append(base, w)
		f.Add(uint8(i), bytes.Clone(w.Inode(12)), bytes.Clone(w.Block(w.Blocks-1)))
		f.Add(uint8(i), bytes.Clone(w.Inode(2)), bytes.Clone(w.Block(w.DirBlock(2))))
	}
	f.Fuzz(func(t *testing.T, kind uint8, inode, block []byte) {
		w := base[int(kind)%len(base)]
		c := *w
		c.Image = bytes.Clone(w.Image)
		copy(c.Inode(12), inode)
		copy(c.Block(c.Blocks-1), block)
		exercise(t, c.Image)
	})
}

// FuzzDir reads any bytes as a block of a directory.
func FuzzDir(f *testing.F) {
	w := sample(fuzzKinds[0])
	f.Add(bytes.Clone(w.Block(w.DirBlock(2))))
	f.Add(bytes.Clone(w.Block(w.DirBlock(11))))
	v := open(f, w.Image)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 65536 {
			return
		}
		list, _ := v.DirBlock(b)
		if len(list) > len(b)/8 {
			t.Fatalf("%d entries in %d bytes", len(list), len(b))
		}
	})
}

// FuzzJournal reads any bytes as a journal.
func FuzzJournal(f *testing.F) {
	var base []*exttest.Volume
	for i, o := range fuzzKinds[:2] {
		w := sample(o)
		base = append(base, w)
		at := w.DirBlock(2) - w.Journal
		f.Add(uint8(i), bytes.Clone(w.Image[at*1024:(at+w.Journal)*1024]))
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		w := base[int(kind)%len(base)]
		img := bytes.Clone(w.Image)
		copy(img[(w.DirBlock(2)-w.Journal)*1024:w.DirBlock(2)*1024], b)
		exercise(t, img)
	})
}
