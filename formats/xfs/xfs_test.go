package xfs

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"firescene/formats"
)

// builder makes a small volume from the specification: blocks of 1024 bytes, two
// groups of 256 blocks, inodes of 256 bytes from block 8 of each group on.
type builder struct {
	img []byte
	v5  bool
}

const (
	testBlockB  = 1024
	testGroup   = 256
	testShift   = 8 // bits of a block in its group
	testRootIno = 8 * 4
)

func newBuilder(v5 bool) *builder {
	b := &builder{make([]byte, 2*testGroup*testBlockB), v5}
	e, s := binary.BigEndian, b.img
	copy(s, "XFSB")
	e.PutUint32(s[4:], testBlockB)
	e.PutUint64(s[8:], 2*testGroup)
	e.PutUint64(s[56:], testRootIno)
	e.PutUint32(s[84:], testGroup)
	e.PutUint32(s[88:], 2)
	e.PutUint16(s[100:], 4)
	e.PutUint16(s[102:], 512)
	e.PutUint16(s[104:], 256)
	copy(s[108:], "SCENE")
	s[123], s[124] = 2, testShift
	e.PutUint32(s[200:], 0x200)
	if v5 {
		e.PutUint16(s[100:], 5)
		e.PutUint32(s[216:], 1|8)
		b.seal(s[:512], 224)
	}
	return b
}

func (b *builder) seal(p []byte, at int) {
	copy(p[at:], make([]byte, 4))
	binary.LittleEndian.PutUint32(p[at:], crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
}

// block is where a block lies by its number in group and block.
func (b *builder) block(group, n int) []byte {
	at := (group*testGroup + n) * testBlockB
	return b.img[at : at+testBlockB]
}

func fsBlock(group, n int) uint64 { return uint64(group)<<testShift | uint64(n) }

// put writes an inode; num counts within group 0 or, from 1<<10 on, group 1.
func (b *builder) put(num int, mode uint16, format byte, size, extents int, fork []byte) {
	e := binary.BigEndian
	group, in := num>>10, num&1023
	p := b.block(group, in/4)[in%4*256 : in%4*256+256]
	clear(p)
	copy(p, "IN")
	e.PutUint16(p[2:], mode)
	p[4], p[5] = 2, format
	e.PutUint64(p[56:], uint64(size))
	e.PutUint32(p[76:], uint32(extents))
	e.PutUint32(p[40:], 1709288430) // 2024-03-01 10:20:30
	e.PutUint32(p[44:], 123456789)
	head := 100
	if b.v5 {
		p[4], head = 3, 176
		e.PutUint64(p[120:], 8)
		e.PutUint64(p[40:], (1709288430+1<<31)*1e9+123456789)
		e.PutUint64(p[152:], uint64(num))
	}
	copy(p[head:], fork)
	if b.v5 {
		b.seal(p, 100)
	}
}

// extent packs one extent.
func extent(first int, block uint64, count int, unwritten bool) []byte {
	hi := uint64(first)<<9 | block>>43
	if unwritten {
		hi |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, hi), block<<21|uint64(count))
}

func shortDir(names ...any) []byte {
	b := []byte{byte(len(names) / 2), 0, 0, 0, 0, testRootIno}
	for i := 0; i < len(names); i += 2 {
		n := names[i].(string)
		b = append(append(append(b, byte(len(n)), 0, 0), n...), 1)
		b = binary.BigEndian.AppendUint32(b, uint32(names[i+1].(int)))
	}
	return b
}

// dirBlock writes a folder that is one block; whole ones end in their hashes.
func (b *builder) dirBlock(p []byte, whole bool, names ...any) {
	e := binary.BigEndian
	at, magic := 16, "XD2D"
	if b.v5 {
		at, magic = 64, "XDD3"
	}
	end := len(p)
	if whole {
		magic = map[bool]string{false: "XD2B", true: "XDB3"}[b.v5]
		e.PutUint32(p[len(p)-8:], uint32(len(names)/2))
		end -= 8 + 8*len(names)/2
	}
	copy(p, magic)
	for i := 0; i < len(names); i += 2 {
		n := names[i].(string)
		e.PutUint64(p[at:], uint64(names[i+1].(int)))
		p[at+8] = byte(len(n))
		copy(p[at+9:], n)
		at += (12 + len(n) + 7) &^ 7
	}
	e.PutUint16(p[at:], 0xFFFF)
	e.PutUint16(p[at+2:], uint16(end-at))
	if b.v5 {
		b.seal(p, 4)
	}
}

func sample(v5 bool) (*builder, []byte) {
	b := newBuilder(v5)
	data := make([]byte, 3*testBlockB)
	for i := range data {
		data[i] = byte(i*7 + i>>8)
	}
	copy(b.block(0, 100), data[:testBlockB])
	copy(b.block(1, 50), data[testBlockB:])
	copy(b.block(1, 51), data[2*testBlockB:])
	two := append(extent(0, fsBlock(0, 100), 1, false), extent(1, fsBlock(1, 50), 2, false)...)
	const f, d = 0x81A4, 0x41ED
	b.put(testRootIno, d, forkLocal, 200, 0, shortDir("dir", 33, "two.bin", 35, "far", 1<<10|32))
	b.put(33, d, forkExtents, testBlockB, 1, extent(0, fsBlock(0, 60), 1, false))
	b.dirBlock(b.block(0, 60), true, ".", 33, "..", testRootIno, "火.bin", 36, "tree.bin", 37)
	b.put(35, f, forkExtents, 3*testBlockB-100, 2, two)
	// a hole, a written block, one that was set aside, and the end
	b.put(36, f, forkExtents, 4*testBlockB, 2, append(extent(1, fsBlock(0, 100), 1, false), extent(2, fsBlock(0, 101), 1, true)...))
	root := make([]byte, 256-100)
	if v5 {
		root = root[:256-176]
	}
	binary.BigEndian.PutUint16(root, 1)
	binary.BigEndian.PutUint16(root[2:], 1)
	binary.BigEndian.PutUint64(root[4+8*((len(root)-4)/16):], fsBlock(1, 60))
	b.put(37, f, forkTree, 3*testBlockB, 2, root)
	leaf, head := b.block(1, 60), 24
	copy(leaf, "BMAP")
	if v5 {
		copy(leaf, "BMA3")
		head = 72
	}
	binary.BigEndian.PutUint16(leaf[6:], 2)
	copy(leaf[head:], two)
	b.put(1<<10|32, d, forkExtents, 2*testBlockB, 2, append(extent(0, fsBlock(1, 70), 1, false), extent(5, fsBlock(1, 71), 1, false)...))
	b.dirBlock(b.block(1, 70), false, "one", 1<<10|33)
	b.dirBlock(b.block(1, 71), false, "up", 33, "none", 1<<10|40)
	b.put(1<<10|33, f, forkExtents, 0, 0, nil)
	return b, data
}

func walk(t testing.TB, v *Volume) map[string]Entry {
	t.Helper()
	got := map[string]Entry{}
	if err := v.Walk(context.Background(), formats.DefaultLimits(), func(e Entry) error { got[e.Path] = e; return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func read(img []byte, e Entry) (out []byte) {
	for _, x := range e.Extents {
		if x.OffsetB == Hole {
			out = append(out, make([]byte, x.LengthB)...)
		} else {
			out = append(out, img[x.OffsetB:x.OffsetB+x.LengthB]...)
		}
	}
	return out
}

func TestWalk(t *testing.T) {
	for _, v5 := range []bool{false, true} {
		b, data := sample(v5)
		v, err := Open(bytes.NewReader(b.img), int64(len(b.img)))
		if err != nil {
			t.Fatal(err)
		}
		got := walk(t, v)
		holes := make([]byte, 4*testBlockB)
		copy(holes[testBlockB:], data[:testBlockB])
		for name, want := range map[string][]byte{"two.bin": data[:3*testBlockB-100], "dir/火.bin": holes, "dir/tree.bin": data, "far/one": nil} {
			e, ok := got[name]
			if !ok || e.Fault != "" || e.FoundB != int64(len(want)) || !bytes.Equal(read(b.img, e), want) {
				t.Errorf("version 5 %v: %s: %v %+v", v5, name, ok, e)
			}
			if e.Times.Modified != "2024-03-01 10:20:30.123456789Z" {
				t.Errorf("%s: %v", name, e.Times)
			}
		}
		if len(got) != 6 || !got["far"].Dir || v.Label != "SCENE" {
			t.Errorf("%v", got)
		}
		if len(v.Warnings) != 1 || !strings.Contains(v.Warnings[0], "far/none") {
			t.Errorf("%v", v.Warnings)
		}
	}
}

func TestDamage(t *testing.T) {
	fresh := func(change func(b *builder)) (*Volume, []byte) {
		b, _ := sample(true)
		change(b)
		v, err := Open(bytes.NewReader(b.img), int64(len(b.img)))
		if err != nil {
			t.Fatal(err)
		}
		return v, b.img
	}
	for name, c := range map[string]struct {
		path, fault string
		foundB      int64
		change      func(b *builder)
	}{
		"back": {"two.bin", "forward", testBlockB, func(b *builder) {
			b.put(35, 0x81A4, forkExtents, 3*testBlockB, 2, append(extent(0, fsBlock(0, 100), 1, false), extent(0, fsBlock(1, 50), 2, false)...))
		}},
		"outside": {"two.bin", "out of the volume", testBlockB, func(b *builder) {
			b.put(35, 0x81A4, forkExtents, 3*testBlockB, 2, append(extent(0, fsBlock(0, 100), 1, false), extent(1, 1<<50, 2, false)...))
		}},
		"too many": {"two.bin", "extents is damaged", testBlockB, func(b *builder) {
			b.put(35, 0x81A4, forkExtents, 3*testBlockB, 9, extent(0, fsBlock(0, 100), 1, false))
		}},
		"exabyte": {"two.bin", "larger than the volume", testBlockB, func(b *builder) {
			b.put(35, 0x81A4, forkExtents, 1<<60, 1, extent(0, fsBlock(0, 100), 1, false))
		}},
		"circle":  {"dir/tree.bin", "extent tree is damaged", 0, func(b *builder) { binary.BigEndian.PutUint16(b.block(1, 60)[4:], 1) }},
		"flipped": {"two.bin", "check sum", 3*testBlockB - 100, func(b *builder) { b.block(0, 8)[3*256+9] ^= 1 }},
	} {
		v, img := fresh(c.change)
		e, ok := walk(t, v)[c.path]
		if !ok || !strings.Contains(e.Fault, c.fault) || e.FoundB != c.foundB || int64(len(read(img, e))) != c.foundB {
			t.Errorf("%s: %v %+v", name, ok, e)
		}
	}
	b, _ := sample(true)
	v, err := Open(bytes.NewReader(b.img[:testGroup*testBlockB]), testGroup*testBlockB)
	if err != nil {
		t.Fatal(err)
	}
	if e := walk(t, v)["two.bin"]; e.FoundB != testBlockB || !strings.Contains(e.Fault, "image ends") || len(v.Warnings) == 0 {
		t.Errorf("%+v %v", e, v.Warnings)
	}
	clear(b.img[:4])
	if _, err := Open(bytes.NewReader(b.img), int64(len(b.img))); !formats.IsDamaged(err) {
		t.Error(err)
	}
}

func FuzzWalk(f *testing.F) {
	base, _ := sample(false)
	f.Add(0, []byte{}, 0, []byte{})
	f.Add(84, []byte{0, 0, 1}, 8*testBlockB+5, []byte{3})
	f.Add(60*testBlockB+16, []byte{0xFF, 0xFF, 0, 8}, 8*testBlockB+56, []byte{0x7F})
	f.Fuzz(func(t *testing.T, at int, a []byte, at2 int, b []byte) {
		img := bytes.Clone(base.img)
		if at >= 0 && at < len(img) {
			copy(img[at:], a)
		}
		if at2 >= 0 && at2 < len(img) {
			copy(img[at2:], b)
		}
		v, err := Open(bytes.NewReader(img), int64(len(img)))
		if err != nil {
			return
		}
		err = v.Walk(context.Background(), formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1000, MaxDepth: 16}, func(e Entry) error {
			sum := int64(0)
			for _, x := range e.Extents {
				if x.LengthB <= 0 || x.OffsetB != Hole && (x.OffsetB < 0 || x.OffsetB+x.LengthB > int64(len(img))) {
					t.Fatalf("%s: %v", e.Path, x)
				}
				sum += x.LengthB
			}
			if sum != e.FoundB || e.FoundB > e.SizeB {
				t.Fatalf("%s: %d bytes found of %d, extents hold %d", e.Path, e.FoundB, e.SizeB, sum)
			}
			return nil
		})
		if err != nil && !formats.IsDamaged(err) && err != io.EOF {
			t.Fatal(err)
		}
	})
}
