package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats/fat/fattest"
)

// thumbCache is a cache of Windows 10 with these pictures.
func thumbCache(pictures ...[]byte) []byte {
	le := binary.LittleEndian
	b := make([]byte, 24)
	copy(b, "CMMM\x20\x00\x00\x00\x04")
	le.PutUint32(b[16:], 24)
	for i, p := range pictures {
		e := make([]byte, 56, 56+len(p))
		copy(e, "CMMM")
		le.PutUint32(e[4:], uint32(56+len(p)))
		le.PutUint64(e[8:], uint64(0xA0+i))
		le.PutUint32(e[24:], uint32(len(p)))
		b = append(b, append(e, p...)...)
	}
	return append(b, make([]byte, 2000)...)
}

// The thumbnails of a cache in two pieces are items with the places of their bytes;
// one that a file holds too is a further place of that file; a torn one is none.
func TestMediaThumbnailCache(t *testing.T) {
	one, two, there := mediaPhoto(t, 1, 96, 64), mediaPhoto(t, 2, 90, 96), mediaPhoto(t, 3, 80, 80)
	torn := append([]byte(nil), mediaPhoto(t, 4, 96, 96)[:2500]...)
	cache := thumbCache(one, there, torn, two)
	v := fattest.New(32, 3000)
	n := (len(cache) + 511) / 512
	v.Put("PHOTO.JPG", there, fattest.Seq(40, (len(there)+511)/512))
	v.Put("thumbcache_96.db", cache, append(fattest.Seq(200, 3), fattest.Seq(900, n-3)...))
	path, out := mediaFile(t, v.Image), t.TempDir()
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: out, Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	items, err := readItems(filepath.Join(out, itemsFile))
	if err != nil {
		t.Fatal(err)
	}
	im, err := media.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	found := map[string]forensics.Item{}
	for _, it := range items {
		if it.File == "" || it.Type != "jpeg" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(out, it.File))
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range map[string][]byte{"one": one, "two": two, "there": there} {
			if bytes.Equal(b, p) {
				found[name] = it
			}
		}
		for _, l := range it.Locators {
			var again bytes.Buffer
			if err := media.ReadLocator(im, im.SizeB, l, &again); err != nil || !bytes.Equal(again.Bytes(), b) {
				t.Errorf("%s: %v gives other bytes, %v", it.File, l, err)
			}
		}
	}
	for _, name := range []string{"one", "two"} {
		it := found[name]
		if it.Host != "Windows thumbnail cache thumbcache_96.db" || !strings.HasPrefix(it.File, "embedded/") || it.Thumb == "" || !strings.Contains(it.Reason, "hash 00000000000000a") {
			t.Errorf("%s: %+v", name, it)
		}
	}
	if len(found["one"].Runs) < 2 {
		t.Errorf("the first lies across the pieces: %+v", found["one"].Runs)
	}
	if it := found["there"]; it.File != "files/PHOTO.JPG" || len(it.Locators) != 2 {
		t.Errorf("%+v", it)
	}
	if len(items) != 4 {
		t.Errorf("%d items", len(items))
	}
}
