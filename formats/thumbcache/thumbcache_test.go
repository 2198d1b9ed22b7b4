package thumbcache

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"testing"
	"unicode/utf16"

	"firescene/formats"
	"firescene/formats/follow"
)

// cache builds a cache of a version with these pictures and room behind them.
func cache(version uint32, roomB int, pictures ...[]byte) []byte {
	le := binary.LittleEndian
	l := layouts[version]
	b := make([]byte, 28)[:l.headB]
	copy(b, magic)
	le.PutUint32(b[4:], version)
	le.PutUint32(b[8:], 2)
	le.PutUint32(b[l.firstAt:], uint32(l.headB))
	for i, p := range pictures {
		var name []byte
		for _, u := range utf16.Encode([]rune(fmt.Sprintf("%016x", i+7))) {
			name = le.AppendUint16(name, u)
		}
		e := make([]byte, l.entryB)
		copy(e, magic)
		le.PutUint32(e[4:], uint32(l.entryB+len(name)+i+len(p)))
		le.PutUint64(e[8:], uint64(i+7))
		le.PutUint32(e[l.sizesAt:], uint32(len(name)))
		le.PutUint32(e[l.sizesAt+4:], uint32(i))
		le.PutUint32(e[l.sizesAt+8:], uint32(len(p)))
		b = append(append(append(append(b, e...), name...), make([]byte, i)...), p...)
	}
	return append(b, make([]byte, roomB)...)
}

func TestRead(t *testing.T) {
	pictures := [][]byte{bytes.Repeat([]byte("first"), 40), nil, bytes.Repeat([]byte("third"), 30_000)}
	for version := range layouts {
		b := cache(version, 300, pictures...)
		f, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil || len(f.Entries) != 2 || f.Lost != 0 || f.EndB != int64(len(b)-300) || f.Version != version {
			t.Fatalf("version %#x: %+v, %v", version, f, err)
		}
		for i, k := range []int{0, 2} {
			e := f.Entries[i]
			if !bytes.Equal(b[e.OffsetB:e.OffsetB+e.LengthB], pictures[k]) || e.Hash != uint64(k+7) || e.Name != fmt.Sprintf("%016x", k+7) {
				t.Errorf("version %#x: entry %+v", version, e)
			}
		}
		rep, err := Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || rep.State != follow.Whole || rep.EndB != f.EndB {
			t.Errorf("version %#x: %+v, %v", version, rep, err)
		}
		if rep, _ = Check(bytes.NewReader(b), int64(len(b)-301)); rep.State != follow.Truncated || rep.GoodB >= f.EndB {
			t.Errorf("version %#x, cut: %+v", version, rep)
		}
		// an entry that is lost does not take the others with it
		second := bytes.Index(b[100:], []byte(magic)) + 100
		b[second] = 0
		hurt, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil || hurt.Lost != 1 || !reflect.DeepEqual(hurt.Entries, f.Entries) {
			t.Errorf("version %#x, hurt: %+v, %v", version, hurt, err)
		}
	}
	if _, err := Read(bytes.NewReader([]byte("CMMM, said the cat to the other cat")), 35); !formats.IsDamaged(err) {
		t.Errorf("%v", err)
	}
}

func FuzzRead(f *testing.F) {
	for version := range layouts {
		f.Add(cache(version, 20, []byte("one"), []byte("another")))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
		for _, e := range c.Entries {
			if e.OffsetB < 0 || e.LengthB <= 0 || e.OffsetB+e.LengthB > int64(len(b)) {
				t.Fatalf("%+v of %d bytes", e, len(b))
			}
		}
		if rep, err := Check(bytes.NewReader(b), int64(len(b))); err != nil || rep.EndB > int64(len(b)) || rep.GoodB > int64(len(b)) {
			t.Fatalf("%+v, %v", rep, err)
		}
	})
}
