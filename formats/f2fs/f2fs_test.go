package f2fs

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
)

// Places of the test volume: checkpoints, node table, main area.
const (
	cpAt, natAt, mainAt, blocks = 512, 1536, 2560, 2800
	root                        = 3
)

// maker makes a small volume.
type maker struct {
	img  []byte
	next int // free block of the main area
}

func newMaker() *maker {
	m := &maker{img: make([]byte, blocks*BlockB), next: mainAt}
	s := m.img[1024:]
	for at, n := range map[int]uint32{0: magic, 0x10: 12, 0x14: 9, 0x24: blocks, 0x3C: 2, 0x4C: cpAt, 0x54: natAt, 0x5C: mainAt, 0x60: root, 0x64: 1, 0x68: 2} {
		le.PutUint32(s[at:], n)
	}
	copy(s[0x7C:], "L\x00a\x00b\x00")
	copy(m.img[BlockB+1024:], s[:0x900])
	m.checkpoint(cpAt, 7, nil)
	m.checkpoint(cpAt+512, 6, nil)
	return m
}

// checkpoint writes one of the two, with a journal of node addresses.
func (m *maker) checkpoint(at int, version uint64, journal map[uint32]uint32) {
	b := m.block(at)
	clear(b)
	le.PutUint64(b, version)
	le.PutUint32(b[132:], cpClosed)
	le.PutUint32(b[136:], 8)
	le.PutUint32(b[156:], 64)
	le.PutUint32(b[160:], 64)
	le.PutUint32(b[164:], BlockB-4)
	b[192+64] = 0x80 // block 0 of the table is in its second place
	le.PutUint32(b[BlockB-4:], ^crc32.Update(^uint32(magic), crc32.IEEETable, b[:BlockB-4]))
	copy(m.block(at+7), b)
	s := m.block(at + 1)
	le.PutUint16(s[3584:], uint16(len(journal)))
	i := 3586
	for nid, a := range journal {
		le.PutUint32(s[i:], nid)
		le.PutUint32(s[i+9:], a)
		i += 13
	}
}

func (m *maker) block(n int) []byte { return m.img[n*BlockB:][:BlockB] }

func (m *maker) data(b []byte) uint32 {
	copy(m.block(m.next), b)
	m.next++
	return uint32(m.next - 1)
}

// node writes a node and its entry in the table.
func (m *maker) node(nid, ino uint32, b []byte) {
	at := m.data(b)
	le.PutUint32(m.block(int(at))[4072:], nid)
	le.PutUint32(m.block(int(at))[4076:], ino)
	e := m.block(natAt + 512)[nid*9:]
	le.PutUint32(e[1:], ino)
	le.PutUint32(e[5:], at)
}

func inode(mode uint16, size int, inline byte) []byte {
	b := make([]byte, BlockB)
	le.PutUint16(b, mode)
	b[3] = inline
	le.PutUint32(b[12:], 1)
	le.PutUint64(b[16:], uint64(size))
	le.PutUint64(b[48:], 1700000000)
	le.PutUint32(b[64:], 5)
	return b
}

// entries fills a table of directory entries.
func entries(bits, b []byte, count int, list map[string]uint32, order ...string) {
	slot := 0
	for _, name := range order {
		bits[slot/8] |= 1 << (slot % 8)
		e := b[11*slot:]
		le.PutUint32(e[4:], list[name])
		le.PutUint16(e[8:], uint16(len(name)))
		copy(b[11*count+8*slot:], name)
		slot += (len(name) + 7) / 8
	}
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 5))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// sample is a volume with a file of each way of mapping.
func sample() (*maker, map[string]string) {
	m := newMaker()
	want := map[string]string{"inline": string(noise(1, 300)), "sub/a long name of several pieces 照片.bin": string(noise(2, 2*BlockB+5))}
	b := inode(0x81A4, 300, 2)
	copy(b[364:], want["inline"])
	m.node(10, 10, b)
	b = inode(0x81A4, 2*BlockB+5, 0)
	d := noise(2, 2*BlockB+5)
	for i := range 3 {
		le.PutUint32(b[360+4*i:], m.data(d[i*BlockB:min(len(d), (i+1)*BlockB)]))
	}
	m.node(11, 11, b)
	// a file that needs a node of addresses and one of nodes, mostly holes
	far := (923+2*1018+3)*BlockB - 100
	b = inode(0x81A4, far, 0)
	le.PutUint32(b[360+4:], m.data(noise(3, BlockB)))
	le.PutUint32(b[4052:], 20)
	le.PutUint32(b[4060:], 21)
	m.node(12, 12, b)
	first, second, third := make([]byte, BlockB), make([]byte, BlockB), make([]byte, BlockB)
	le.PutUint32(first[4*1017:], m.data(noise(4, BlockB)))
	le.PutUint32(second, 22)
	le.PutUint32(third[8:], m.data(noise(5, BlockB)))
	m.node(20, 12, first)
	m.node(21, 12, second)
	m.node(22, 12, third)
	big := make([]byte, far)
	copy(big[BlockB:], noise(3, BlockB))
	copy(big[(923+1017)*BlockB:], noise(4, BlockB))
	copy(big[(923+2*1018+2)*BlockB:], noise(5, BlockB))
	want["far"] = string(big)
	// the root keeps its entries in its inode, the other in a block
	r := inode(0x41ED, 4000, 4)
	le.PutUint64(r[16:], 3488)
	room := 4 * (923 - 50 - 1)
	count := room * 8 / (19*8 + 1)
	area := r[364:][:room]
	entries(area, area[room-19*count:], count, map[string]uint32{".": 3, "..": 3, "inline": 10, "far": 12, "sub": 13, "gone": 40}, ".", "..", "inline", "far", "sub", "gone")
	m.node(root, root, r)
	s := inode(0x41ED, BlockB, 0)
	block := make([]byte, BlockB)
	entries(block, block[30:], 214, map[string]uint32{"a long name of several pieces 照片.bin": 11, "back": 3}, "a long name of several pieces 照片.bin", "back")
	le.PutUint32(s[360:], m.data(block))
	m.node(13, 13, s)
	return m, want
}

func read(t testing.TB, r io.ReaderAt, size int64) (map[string]string, *Volume) {
	t.Helper()
	v, err := Open(r, size)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = v.Walk(context.Background(), formats.DefaultLimits(), func(f File) error {
		if !f.IsFile() {
			return nil
		}
		var b bytes.Buffer
		p := v.Map(&f.Inode)
		for _, x := range p.Extents {
			d := make([]byte, x.LengthB)
			if x.OffsetB != Hole {
				r.ReadAt(d, x.OffsetB)
			}
			b.Write(d)
		}
		if p.Fault != "" || p.FoundB != f.SizeB || f.Modified.Unix() != 1700000000 {
			t.Errorf("%s: %+v", f.Path, p)
		}
		got[f.Path] = b.String()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, v
}

func TestFiles(t *testing.T) {
	m, want := sample()
	got, v := read(t, bytes.NewReader(m.img), int64(len(m.img)))
	for name, b := range want {
		if got[name] != b {
			t.Errorf("%s: %d bytes, other than the %d put in", name, len(got[name]), len(b))
		}
	}
	d := strings.Join(v.Doubts(), "; ")
	if len(got) != len(want) || v.Label != "Lab" || !v.Clean || !strings.Contains(d, "gone") || !strings.Contains(d, "leads back") || len(v.Doubts()) != 2 {
		t.Errorf("%d files, label %q, doubts %q", len(got), v.Label, d)
	}
}

// TestCheckpoint takes the newer checkpoint that is whole, and its journal before
// the table.
func TestCheckpoint(t *testing.T) {
	m, want := sample()
	b := inode(0x81A4, 5, 2)
	copy(b[364:], "newer")
	at := m.data(b)
	le.PutUint32(m.block(int(at))[4072:], 10)
	le.PutUint32(m.block(int(at))[4076:], 10)
	m.checkpoint(cpAt+512, 8, map[uint32]uint32{10: at})
	got, _ := read(t, bytes.NewReader(m.img), int64(len(m.img)))
	if got["inline"] != "newer" {
		t.Errorf("%q", got["inline"])
	}
	m.block(cpAt + 512 + 7)[1000] ^= 1 // its end was not written
	got, _ = read(t, bytes.NewReader(m.img), int64(len(m.img)))
	if got["inline"] != want["inline"] {
		t.Errorf("%q", got["inline"])
	}
	clear(m.img[:BlockB]) // the copy of the superblock serves
	if _, v := read(t, bytes.NewReader(m.img), int64(len(m.img))); !strings.Contains(v.Warnings[0], "copy") {
		t.Errorf("%q", v.Warnings)
	}
	m.block(cpAt)[500] ^= 1
	if _, err := Open(bytes.NewReader(m.img), int64(len(m.img))); !formats.IsDamaged(err) {
		t.Errorf("%v", err)
	}
}

// patched is a volume with changes, without a copy of it.
type patched struct {
	base []byte
	at   [2]int64
	with [2][]byte
}

func (p patched) ReadAt(b []byte, off int64) (int, error) {
	n, err := bytes.NewReader(p.base).ReadAt(b, off)
	for i, w := range p.with {
		from, to := max(off, p.at[i]), min(off+int64(n), p.at[i]+int64(len(w)))
		if from < to {
			copy(b[from-off:to-off], w[from-p.at[i]:])
		}
	}
	return n, err
}

func FuzzVolume(f *testing.F) {
	m, _ := sample()
	for at := int64(mainAt); at < int64(m.next); at++ {
		f.Add(uint32(at), uint16(0), m.block(int(at))[:64], uint32(at), uint16(3500), []byte{255, 255, 255, 255})
	}
	f.Add(uint32(0), uint16(1024), m.img[1024:1200], uint32(cpAt), uint16(128), []byte{0, 0, 0, 0, 4, 0})
	f.Add(uint32(natAt+512), uint16(0), m.block(natAt + 512)[:300], uint32(cpAt+1), uint16(3584), []byte{9, 0})
	f.Fuzz(func(t *testing.T, block uint32, at uint16, with []byte, block2 uint32, at2 uint16, with2 []byte) {
		r := patched{m.img, [2]int64{int64(block%blocks)*BlockB + int64(at%BlockB), int64(block2%blocks)*BlockB + int64(at2%BlockB)}, [2][]byte{with, with2}}
		v, err := Open(r, int64(len(m.img)))
		if err != nil {
			return
		}
		limits := formats.DefaultLimits()
		limits.MaxItems = 10000
		err = v.Walk(context.Background(), limits, func(n File) error {
			p := v.Map(&n.Inode)
			sum := int64(0)
			for _, x := range p.Extents {
				if sum += x.LengthB; x.LengthB < 0 || x.OffsetB < Hole {
					t.Fatalf("%+v", x)
				}
			}
			if sum != p.FoundB || p.FoundB > n.SizeB || p.Fault == "" && p.FoundB != n.SizeB {
				t.Fatalf("%+v", p)
			}
			return nil
		})
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}
