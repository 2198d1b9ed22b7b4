package partition

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"
)

var le = binary.LittleEndian

func putEntry(b []byte, i int, status, kind byte, start, count uint32) {
	e := b[446+16*i:]
	e[0], e[4] = status, kind
	le.PutUint32(e[8:], start)
	le.PutUint32(e[12:], count)
	b[510], b[511] = 0x55, 0xAA
}

// mbrDisk has two primary partitions and three logical ones.
func mbrDisk() []byte {
	d := make([]byte, 1000*512)
	putEntry(d, 0, 0x80, 0x0C, 10, 100)
	putEntry(d, 1, 0, 0x83, 110, 90)
	putEntry(d, 2, 0, 0x0F, 300, 700)
	putEntry(d[300*512:], 0, 0, 0x0B, 2, 50)
	putEntry(d[300*512:], 1, 0, 0x05, 100, 60) // relative to 300
	putEntry(d[400*512:], 0, 0, 0x83, 2, 40)
	putEntry(d[400*512:], 1, 0, 0x05, 200, 60)
	putEntry(d[500*512:], 0, 0, 0x07, 3, 30)
	return d
}

type place struct {
	Number        int
	Sector, Count int64
	Type          string
}

func read(t *testing.T, d []byte) (Table, []place) {
	t.Helper()
	tab, err := Read(bytes.NewReader(d), int64(len(d)))
	if err != nil {
		t.Fatal(err)
	}
	var p []place
	for _, x := range tab.Partitions {
		p = append(p, place{x.Number, x.OffsetB / 512, x.LengthB / 512, x.Type})
	}
	return tab, p
}

func TestMBR(t *testing.T) {
	tab, got := read(t, mbrDisk())
	want := []place{{1, 10, 100, "FAT32 (LBA)"}, {2, 110, 90, "Linux"}, {5, 302, 50, "FAT32"}, {6, 402, 40, "Linux"}, {7, 503, 30, "NTFS or exFAT"}}
	if tab.Scheme != MBR || !reflect.DeepEqual(got, want) || len(tab.Warnings) != 0 || !tab.Partitions[0].Active {
		t.Errorf("%v %v\nwant %v\nwarnings %v", tab.Scheme, got, want, tab.Warnings)
	}
}

func TestMBRDamage(t *testing.T) {
	circle := mbrDisk()
	putEntry(circle[500*512:], 1, 0, 0x05, 100, 60)
	broken := mbrDisk()
	clear(broken[400*512 : 401*512])
	overlap := mbrDisk()
	putEntry(overlap, 1, 0, 0x83, 50, 90)
	for _, c := range []struct {
		name, want string
		data       []byte
		n          int
	}{
		{"circle", "circle", circle, 5},
		{"broken chain", "breaks", broken, 3},
		{"overlap", "overlap", overlap, 5},
		{"image cut", "behind the end", mbrDisk()[:150*512], 2},
	} {
		tab, got := read(t, c.data)
		if len(got) != c.n || !strings.Contains(strings.Join(tab.Warnings, "; "), c.want) {
			t.Errorf("%s: %v, warnings %v", c.name, got, tab.Warnings)
		}
	}
	cut, _ := read(t, mbrDisk()[:150*512])
	if m := cut.Partitions[1].MissingB; m != 50*512 {
		t.Errorf("%d bytes missing", m)
	}
}

func TestNoTable(t *testing.T) {
	boot := make([]byte, 4096)
	boot[510], boot[511] = 0x55, 0xAA
	flags := mbrDisk()
	flags[446] = 0x13 // code of a boot sector, not a flag
	for name, d := range map[string][]byte{
		"empty": nil, "100 bytes": make([]byte, 100), "zeros": make([]byte, 4096), "boot sector only": boot,
		"text": bytes.Repeat([]byte("alarm log line\n"), 300), "wrong flag": flags,
	} {
		if tab, _ := read(t, d); tab.Scheme != None || len(tab.Partitions) != 0 {
			t.Errorf("%s: %+v", name, tab)
		}
	}
}

// gptDisk has two partitions, main and backup table, in sectors of sectorB.
func gptDisk(sectorB int) []byte {
	const sectors = 400
	d := make([]byte, sectors*sectorB)
	putEntry(d, 0, 0, 0xEE, 1, sectors-1)
	entries := make([]byte, 128*128)
	put := func(i int, kind string, first, last uint64, name string) {
		e := entries[128*i:]
		copy(e, kind)
		e[16] = byte(i + 1)
		le.PutUint64(e[32:], first)
		le.PutUint64(e[40:], last)
		for k, c := range utf16.Encode([]rune(name)) {
			le.PutUint16(e[56+2*k:], c)
		}
	}
	put(0, "\xA2\xA0\xD0\xEB\xE5\xB9\x33\x44\x87\xC0\x68\xB6\xB7\x26\x99\xC7", 64, 163, "行车记录")
	put(3, "\xAF\x3D\xC6\x0F\x83\x84\x72\x47\x8E\x79\x3D\x69\xD8\x47\x7D\xE4", 200, 299, "data")
	header := func(at, backup, array int) {
		copy(d[array*sectorB:], entries)
		h := d[at*sectorB:]
		copy(h, "EFI PART\x00\x00\x01\x00")
		le.PutUint32(h[12:], 92)
		le.PutUint64(h[24:], uint64(at))
		le.PutUint64(h[32:], uint64(backup))
		le.PutUint64(h[72:], uint64(array))
		le.PutUint32(h[80:], 128)
		le.PutUint32(h[84:], 128)
		le.PutUint32(h[88:], crc32.ChecksumIEEE(entries))
		le.PutUint32(h[16:], 0)
		le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
	}
	header(1, sectors-1, 2)
	header(sectors-1, 1, sectors-40)
	return d
}

func TestGPT(t *testing.T) {
	for _, sectorB := range []int{512, 4096} {
		good := gptDisk(sectorB)
		noMain := bytes.Clone(good)
		noMain[sectorB+60] ^= 1
		badEntries := bytes.Clone(good)
		badEntries[2*sectorB+5] ^= 1
		noBackup := bytes.Clone(good)
		clear(noBackup[399*sectorB:])
		for _, c := range []struct {
			name   string
			data   []byte
			backup bool
			warn   string
		}{{"good", good, false, ""}, {"main header damaged", noMain, true, "backup in the last"}, {"main entries damaged", badEntries, true, "backup in the last"},
			{"backup missing", noBackup, false, "missing or damaged"}} {
			tab, _ := read(t, c.data)
			if tab.Scheme != GPT || tab.FromBackup != c.backup || tab.SectorB != int64(sectorB) || len(tab.Partitions) != 2 {
				t.Errorf("%d %s: %+v", sectorB, c.name, tab)
				continue
			}
			p, q := tab.Partitions[0], tab.Partitions[1]
			if p.OffsetB != int64(64*sectorB) || p.LengthB != int64(100*sectorB) || p.Name != "行车记录" || p.Type != "basic data" || q.Number != 4 || q.Type != "Linux" {
				t.Errorf("%d %s: %+v %+v", sectorB, c.name, p, q)
			}
			if w := strings.Join(tab.Warnings, ";"); c.warn == "" && w != "" || !strings.Contains(w, c.warn) {
				t.Errorf("%d %s: warnings %q", sectorB, c.name, w)
			}
		}
	}
}

func TestGPTBothDamaged(t *testing.T) {
	d := gptDisk(512)
	d[512+60] ^= 1
	d[399*512+60] ^= 1
	tab, got := read(t, d)
	if tab.Scheme != MBR || len(got) != 0 || !strings.Contains(strings.Join(tab.Warnings, ";"), "announces a GPT") {
		t.Errorf("%v %v %v", tab.Scheme, got, tab.Warnings)
	}
	putEntry(d, 1, 0, 0x0C, 64, 100) // a hybrid table
	if tab, got = read(t, d); len(got) != 1 || got[0].Type != "FAT32 (LBA)" {
		t.Errorf("hybrid: %v %v", tab.Scheme, got)
	}
}

// The fuzzer patches two disks, so that its inputs stay small.
func FuzzRead(f *testing.F) {
	mbr, gpt := mbrDisk(), gptDisk(512)
	f.Add(false, uint32(446), []byte{0, 0, 0, 0, 5}, true)
	f.Add(true, uint32(512+80), []byte{255, 255, 255, 255}, true)
	f.Fuzz(func(t *testing.T, isGPT bool, at uint32, patch []byte, fixSum bool) {
		d := bytes.Clone(mbr)
		if isGPT {
			d = bytes.Clone(gpt)
		}
		copy(d[int(at)%len(d):], patch)
		if h := d[512:]; fixSum && isGPT {
			le.PutUint32(h[16:], 0)
			le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
		}
		tab, err := Read(bytes.NewReader(d), int64(len(d)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range tab.Partitions {
			if p.OffsetB < 0 || p.LengthB <= 0 || p.MissingB < 0 || p.MissingB > p.LengthB {
				t.Fatalf("%+v", p)
			}
		}
	})
}
