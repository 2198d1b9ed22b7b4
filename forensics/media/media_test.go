package media

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/fat/fattest"
)

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, b, 0o444); err != nil {
		t.Fatal(err)
	}
	return p
}

func openAt(t *testing.T, p string) *Image {
	t.Helper()
	im, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { im.Close() })
	return im
}

// A hash that was cut off goes on from any place where its state was kept.
func TestHashGoesOn(t *testing.T) {
	im := openAt(t, write(t, "a.img", bytes.Repeat([]byte("evidence"), 100_000)))
	var states [][]byte
	want, err := im.FilesSHA256From(context.Background(), Resume{Keep: func(state func() ([]byte, error)) error {
		b, err := state()
		states = append(states, b)
		return err
	}}, nil)
	if plain, err2 := im.FilesSHA256(context.Background(), nil); err != nil || err2 != nil || plain != want || len(states) < 4 {
		t.Fatalf("%s, %s, %d states, %v, %v", want, plain, len(states), err, err2)
	}
	for i, s := range append(states, nil, []byte("{}"), []byte(`{"File":7}`), states[0][:len(states[0])-3]) {
		first := int64(-1)
		got, err := im.FilesSHA256From(context.Background(), Resume{From: s}, func(done int64) {
			if first < 0 {
				first = done
			}
		})
		if err != nil || got != want {
			t.Errorf("state %d: %s, want %s, %v", i, got, want, err)
		}
		if begun := int64(256<<10) * int64(i+1); i < len(states)-1 && first <= begun {
			t.Errorf("state %d: the first block ends at %d", i, first)
		}
	}
	stop := errors.New("stop")
	if _, err := im.FilesSHA256From(context.Background(), Resume{Keep: func(func() ([]byte, error)) error { return stop }}, nil); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestHash(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 20, 3<<20 + 17} {
		b := bytes.Repeat([]byte("evidence"), n/8+1)[:n]
		im := openAt(t, write(t, "a.img", b))
		h, err := im.Hash(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		x, y, z := sha256.Sum256(b), sm3.Sum(b), md5.Sum(b)
		if h != (Hashes{SHA256: hex.EncodeToString(x[:]), SM3: hex.EncodeToString(y[:]), MD5: hex.EncodeToString(z[:])}) {
			t.Errorf("%d bytes: %+v", n, h)
		}
		if s, err := im.FilesSHA256(context.Background(), nil); err != nil || s != h.SHA256 {
			t.Errorf("%d bytes: second hash %s, %v", n, s, err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := openAt(t, write(t, "a.img", make([]byte, 9))).Hash(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.img")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

const mapText = `# Mapfile. Created by GNU ddrescue
0x00000400     +               1
0x00000000  0x00000400  +
0x00000400  0x00000200  -
0x00000600  0x00000200  +
0x00000800  0x00000100  *
`

func TestUnread(t *testing.T) {
	u, err := ParseMap(strings.NewReader(mapText), 4096)
	if err != nil {
		t.Fatal(err)
	}
	want := Unread{{OffsetB: 0x400, LengthB: 0x200}, {OffsetB: 0x800, LengthB: 0x800}} // what the map leaves out was not read
	if len(u) != 2 || u[0] != want[0] || u[1] != want[1] || u.Total() != 0xA00 {
		t.Fatalf("%v", u)
	}
	for _, c := range [][3]int64{{0, 0x400, 0}, {0x3FF, 2, 1}, {0x400, 0x200, 0x200}, {0x500, 0x400, 0x200}, {0, 4096, 0xA00}, {5000, 10, 0}} {
		if n := u.In(c[0], c[1]); n != c[2] {
			t.Errorf("%d+%d: %d unread, want %d", c[0], c[1], n, c[2])
		}
	}
	for _, c := range [][2]int64{{0, 0x400}, {0x400, 0x400}, {0x5FF, 0x5FF}, {0x600, 0x800}} {
		if n := u.Next(c[0], 4096); n != c[1] {
			t.Errorf("next from %d: %d, want %d", c[0], n, c[1])
		}
	}
	if n := u.Next(0x600, 0x700); n != 0x700 {
		t.Errorf("next before an end: %d", n)
	}
	p := write(t, "card.img", make([]byte, 4096))
	if err := os.WriteFile(p+".map", []byte(mapText), 0o644); err != nil {
		t.Fatal(err)
	}
	if im := openAt(t, p); im.Unread.Total() != 0xA00 || im.MapPath != p+".map" {
		t.Errorf("map beside the image: %d, %q", im.Unread.Total(), im.MapPath)
	}
}

func TestMapRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty": "", "no fields": "0 + 1\n12\n", "status": "0 + 1\n0 512 x\n", "number": "0 + 1\n0 5z +\n", "negative": "0 + 1\n-5 9 +\n", "backwards": "0 + 1\n512 512 +\n0 512 +\n",
	} {
		if u, err := ParseMap(strings.NewReader(s), 1024); !formats.IsDamaged(err) {
			t.Errorf("%s: %v, %v", name, u, err)
		}
	}
	p := write(t, "card.img", make([]byte, 512))
	os.WriteFile(p+".map", []byte("nonsense here\nfoo"), 0o644)
	if _, err := Open(p); !formats.IsDamaged(err) {
		t.Errorf("a damaged map was passed over: %v", err)
	}
}

func FuzzParseMap(f *testing.F) {
	f.Add(mapText, int64(4096))
	f.Add("0 + 1\n0 99999999999 +\n", int64(10))
	f.Fuzz(func(t *testing.T, s string, size int64) {
		size = max(0, size)
		u, err := ParseMap(strings.NewReader(s), size)
		if err != nil {
			return
		}
		at := int64(-1)
		for _, r := range u {
			if r.OffsetB <= at || r.LengthB <= 0 || r.OffsetB+r.LengthB > size {
				t.Fatalf("%v of %d", u, size)
			}
			at = r.OffsetB + r.LengthB - 1
		}
	})
}

func TestLayout(t *testing.T) {
	card := fattest.New(32, 300).Image
	disk := make([]byte, 64*512+len(card)+100*512)
	copy(disk[64*512:], card)
	entry := func(i int, kind byte, start, count int) {
		e := disk[446+16*i:]
		e[4] = kind
		binary.LittleEndian.PutUint32(e[8:], uint32(start))
		binary.LittleEndian.PutUint32(e[12:], uint32(count))
	}
	entry(0, 0x0C, 64, len(card)/512)
	entry(1, 0x07, 64+len(card)/512, 100)
	entry(2, 0x83, 1<<20, 1<<20)
	entry(3, 0x0C, 64, 50)
	disk[510], disk[511] = 0x55, 0xAA
	copy(disk[64*512+len(card)+3:], "NTFS    ")

	l, err := openAt(t, write(t, "disk.img", disk)).Layout()
	if err != nil || len(l.Volumes) != 4 {
		t.Fatalf("%+v, %v", l, err)
	}
	if v := l.Volumes[3]; v.FS != nil || !formats.IsDamaged(v.Err) || !strings.Contains(v.Err.Error(), "partition 1") {
		t.Errorf("a second partition at one place: %+v", v)
	}
	if v := l.Volumes[0]; v.Kind != "FAT32" || v.FS == nil || v.OffsetB != 64*512 || v.Err != nil {
		t.Errorf("%+v", v)
	}
	if v := l.Volumes[1]; v.Kind != "NTFS" || !formats.IsDamaged(v.Err) || !strings.Contains(v.Err.Error(), "NTFS") {
		t.Errorf("%+v", v)
	}
	if v := l.Volumes[2]; !formats.IsDamaged(v.Err) || len(l.Warnings) == 0 {
		t.Errorf("volume behind the end: %+v, %v", v, l.Warnings)
	}
	if l, err = openAt(t, write(t, "card.img", card)).Layout(); err != nil || len(l.Volumes) != 1 || l.Volumes[0].Kind != "FAT32" {
		t.Errorf("bare file system: %+v, %v", l, err)
	}
	for name, b := range map[string][]byte{"text": bytes.Repeat([]byte("alarm\n"), 400), "short": make([]byte, 100), "empty": nil} {
		if l, err = openAt(t, write(t, "x.img", b)).Layout(); err != nil || len(l.Volumes) != 0 || len(l.Warnings) == 0 {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
	}
}

func TestReadLocator(t *testing.T) {
	b := []byte("0123456789")
	for loc, want := range map[string]string{"E1/2+3": "234", "E1/7+3,0+1": "7890", "E1": "0123456789", "E1/3+0": ""} {
		l, err := forensics.ParseLocator(loc)
		if err != nil {
			t.Fatal(err)
		}
		var w bytes.Buffer
		if err := ReadLocator(bytes.NewReader(b), 10, l, &w); err != nil || w.String() != want {
			t.Errorf("%s: %q, %v", loc, w.String(), err)
		}
	}
	for _, loc := range []string{"E1/9+2", "E1/11+0", "E1/9223372036854775807+9223372036854775807", "E1/0-GZIP-0+1"} {
		l, _ := forensics.ParseLocator(loc)
		if err := ReadLocator(bytes.NewReader(b), 10, l, io.Discard); err == nil {
			t.Errorf("%s was read", loc)
		}
	}
}

func TestRunReader(t *testing.T) {
	r := NewRunReader(bytes.NewReader([]byte("0123456789")), []forensics.ByteRun{{OffsetB: 8, LengthB: 2}, {OffsetB: 0, LengthB: 3}, {OffsetB: 5, LengthB: 1}})
	if r.Size() != 6 {
		t.Errorf("size %d", r.Size())
	}
	for off := range 7 {
		b, err := io.ReadAll(io.NewSectionReader(r, int64(off), 6))
		if err != nil || string(b) != "890125"[off:] {
			t.Errorf("from %d: %q, %v", off, b, err)
		}
	}
	cut := NewRunReader(bytes.NewReader([]byte("0123")), []forensics.ByteRun{{OffsetB: 2, LengthB: 5}})
	if n, err := cut.ReadAt(make([]byte, 5), 0); n != 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("run beyond the end: %d, %v", n, err)
	}
}
