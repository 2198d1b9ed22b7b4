package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/formats/exfat/exfattest"
	"firescene/formats/ext/exttest"
	"firescene/formats/fat/fattest"
	"firescene/formats/ntfs/ntfstest"
)

// disk is a medium without a table: noise with volumes in it.
func disk(n int, parts map[int][]byte) []byte {
	d := make([]byte, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := 0; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(d[i:], rng.Uint64())
	}
	clear(d[:512])
	for at, b := range parts {
		copy(d[at:], b)
	}
	return d
}

func layout(t *testing.T, d []byte) Layout {
	t.Helper()
	l, err := openAt(t, write(t, "disk.img", d)).Layout()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLostVolumes(t *testing.T) {
	wiped := func(b []byte) []byte {
		b = bytes.Clone(b)
		clear(b[:512])
		return b
	}
	fat32, ex := fattest.New(32, 3000).Image, exfattest.New(3000).Image
	ntfs := ntfstest.New(1024, 1024, 2000, 32).Image
	copy(ntfs[len(ntfs)-512:], ntfs[:512])
	const a, b = 65 * 512, 6 << 20
	for _, c := range []struct {
		name  string
		parts map[int][]byte
		how   [2]string
	}{
		{"boot sectors", map[int][]byte{a: fat32, b: ex}, [2]string{"boot sector", "boot sector"}},
		{"backups", map[int][]byte{a: wiped(fat32), b: wiped(ex)}, [2]string{"backup", "backup"}},
		{"ext and NTFS", map[int][]byte{a: exttest.New(exttest.Options{BlockB: 1024, Blocks: 2000, Extents: true, Journal: 64}).Image, b: ntfs}, [2]string{"superblock of group 0", "boot sector"}},
		{"NTFS by its backup", map[int][]byte{a: fat32, b: wiped(ntfs)}, [2]string{"boot sector", "backup"}},
		{"FAT16", map[int][]byte{a: fattest.New(16, 5000).Image, b: ex}, [2]string{"boot sector", "boot sector"}},
	} {
		l := layout(t, disk(10<<20, c.parts))
		if len(l.Volumes) != 2 || len(l.Warnings) < 2 {
			t.Errorf("%s: %+v", c.name, l)
			continue
		}
		for i, at := range []int{a, b} {
			v := l.Volumes[i]
			if v.OffsetB != int64(at) || v.LengthB != int64(len(c.parts[at])) || v.FS == nil || !strings.Contains(v.Lost, c.how[i]) || v.Number != i+1 {
				t.Errorf("%s: volume %d: %+v", c.name, i, v)
			}
		}
	}
}

// What is left of a boot sector, or lies in a file, is no volume of its own.
func TestNoLostVolumes(t *testing.T) {
	inner := fattest.New(32, 300)
	outer := fattest.New(32, 3000)
	outer.Put("CARD.IMG", inner.Image, fattest.Seq(10, len(inner.Image)/512))
	stale := disk(4<<20, map[int][]byte{1 << 20: inner.Image[:512], 2 << 20: exfattest.New(300).Image[:24*512]})
	if l := layout(t, stale); len(l.Volumes) != 0 {
		t.Errorf("boot sectors without their volumes: %+v", l.Volumes)
	}
	l := layout(t, disk(4<<20, map[int][]byte{1 << 20: outer.Image}))
	if len(l.Volumes) != 1 || l.Volumes[0].OffsetB != 1<<20 || l.Volumes[0].LengthB != int64(len(outer.Image)) {
		t.Errorf("image in a file: %+v", l.Volumes)
	}
	found := keep(keep(nil, Volume{OffsetB: 500, LengthB: 100}), Volume{OffsetB: 0, LengthB: 1000})
	if len(found) != 1 || found[0].LengthB != 1000 {
		t.Errorf("a volume found by its backup, with another inside: %+v", found)
	}
	if found = keep(found, Volume{OffsetB: 900, LengthB: 1000}); len(found) != 1 {
		t.Errorf("overlapping volumes: %+v", found)
	}
	cut := disk(1<<20+100000, map[int][]byte{1 << 20: outer.Image[:100000]})
	if l = layout(t, cut); len(l.Volumes) != 0 {
		t.Errorf("a volume that does not fit: %+v", l.Volumes)
	}
}

// A table that names some partitions leaves gaps; a partition whose boot sector
// is gone is found by its backup.
func TestGaps(t *testing.T) {
	card := fattest.New(32, 2000).Image
	broken := bytes.Clone(card)
	clear(broken[:512])
	const a, b, c = 1 << 20, 4 << 20, 8 << 20
	d := disk(12<<20, map[int][]byte{a: card, b: exfattest.New(1000).Image, c: broken})
	entry := func(i int, start, count int) {
		e := d[446+16*i:]
		e[4] = 0x0C
		binary.LittleEndian.PutUint32(e[8:], uint32(start/512))
		binary.LittleEndian.PutUint32(e[12:], uint32(count/512))
	}
	entry(0, a, len(card))
	entry(1, c, len(card))
	d[510], d[511] = 0x55, 0xAA
	l := layout(t, d)
	if len(l.Volumes) != 3 || l.Volumes[0].Lost != "" || l.Volumes[1].Kind != "FAT32" || l.Volumes[1].Number != 2 || l.Volumes[2].OffsetB != b || l.Volumes[2].Kind != "exFAT" || l.Volumes[2].Number != 3 {
		t.Errorf("%+v", l.Volumes)
	}
}

func TestExtPlace(t *testing.T) {
	sb := func(shift, blocks, perGroup, first uint32, group uint16) []byte {
		b := make([]byte, 1024)
		le := binary.LittleEndian
		le.PutUint32(b[0:], 100)
		le.PutUint32(b[4:], blocks)
		le.PutUint32(b[20:], first)
		le.PutUint32(b[24:], shift)
		le.PutUint32(b[32:], perGroup)
		le.PutUint32(b[40:], 100)
		le.PutUint16(b[90:], group)
		return b
	}
	for _, c := range []struct {
		name          string
		off           int64
		b             []byte
		start, length int64
	}{
		{"group 0", 5<<20 + 1024, sb(2, 100000, 32768, 0, 0), 5 << 20, 409600000},
		{"group 3 of 4 KiB blocks", 5<<20 + 3*32768*4096, sb(2, 200000, 32768, 0, 3), 5 << 20, 819200000},
		{"group 1 of 1 KiB blocks", 5<<20 + 8193*1024, sb(0, 50000, 8192, 1, 1), 5 << 20, 51200000},
		{"block size", 1024, sb(9, 1000, 100, 0, 0), 0, 0},
		{"blocks a group", 1024, sb(0, 1000, 100000, 1, 0), 0, 0},
	} {
		if start, n, _ := extPlace(c.off, c.b); n != c.length || n > 0 && start != c.start {
			t.Errorf("%s: %d+%d, want %d+%d", c.name, start, n, c.start, c.length)
		}
	}
}

func TestFindVolumesStops(t *testing.T) {
	d := disk(1<<20, nil)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	all := []forensics.ByteRun{{LengthB: 1 << 20}}
	if _, err := FindVolumes(ctx, bytes.NewReader(d), 1<<20, all); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func FuzzFindVolumes(f *testing.F) {
	f.Add(exfattest.New(100).Image[:2048], uint16(3))
	f.Add(fattest.New(32, 100).Image[:2048], uint16(0))
	f.Add([]byte("XFSB\x00\x00\x10\x00"), uint16(1))
	f.Add(append(make([]byte, 56), 0x53, 0xEF), uint16(9))
	f.Add(append(make([]byte, 64), "_BHRfS_M"...), uint16(9))
	f.Add([]byte("\x10\x20\xF5\xF2"), uint16(9))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		const size = 256 << 10
		d := make([]byte, size)
		copy(d[int(at)*512%size:], b)
		found, err := FindVolumes(context.Background(), bytes.NewReader(d), size, []forensics.ByteRun{{LengthB: size}})
		if err != nil {
			t.Fatal(err)
		}
		end := int64(0)
		for _, v := range found {
			if v.OffsetB < end || v.LengthB <= 0 || v.OffsetB+v.LengthB > size {
				t.Fatalf("%+v", found)
			}
			end = v.OffsetB + v.LengthB
		}
	})
}
