package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats/fat/fattest"
	"firescene/formats/ole2/ole2test"
)

// The thumbnails of a Thumbs.db in two pieces are items with the places of their
// bytes and with the names and times of its catalog; a document has none.
func TestMediaThumbsDB(t *testing.T) {
	one, two := mediaPhoto(t, 1, 96, 64), mediaPhoto(t, 2, 90, 96)
	db := ole2test.File{Streams: []ole2test.Stream{
		{Path: "1", Data: ole2test.Thumb(one)}, {Path: "2", Data: ole2test.Thumb(two)}, {Path: "3", Data: ole2test.Thumb(one[:900])},
		{Path: "Catalog", Data: ole2test.Catalog(127_000_000_000_000_000, "kitchen.jpg", "hall.jpg", "torn.jpg")},
	}}
	n := db.Sectors()
	db.Step = n - 1 // backwards
	cache := db.Bytes()
	v := fattest.New(32, 3000)
	v.Put("Thumbs.db", cache, append(fattest.Seq(200, 3), fattest.Seq(900, (len(cache)+511)/512-3)...))
	doc := ole2test.File{Streams: []ole2test.Stream{{Path: "WordDocument", Data: bytes.Repeat([]byte("report "), 900)}}}.Bytes()
	v.Put("REPORT.DOC", doc, fattest.Seq(40, (len(doc)+511)/512))
	file, out := mediaFile(t, v.Image), t.TempDir()
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: file, Out: out, Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	items, err := readItems(filepath.Join(out, itemsFile))
	if err != nil {
		t.Fatal(err)
	}
	im, err := media.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Close()
	found := map[string]forensics.Item{}
	for _, it := range items {
		if it.Type != "jpeg" || it.State != forensics.Whole {
			continue
		}
		b, err := os.ReadFile(filepath.Join(out, it.File))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range it.Locators {
			var again bytes.Buffer
			if err := media.ReadLocator(im, im.SizeB, l, &again); err != nil || !bytes.Equal(again.Bytes(), b) {
				t.Errorf("%s: %v gives other bytes, %v", it.File, l, err)
			}
		}
		for name, p := range map[string][]byte{"kitchen.jpg": one, "hall.jpg": two} {
			if bytes.Equal(b, p) {
				found[name] = it
			}
		}
	}
	for name, at := range map[string]string{"kitchen.jpg": "2003-06-13 17:46:40.0000000Z", "hall.jpg": "2003-06-13 17:46:41.0000000Z"} {
		it := found[name]
		if it.Host != "Windows thumbnails Thumbs.db" || !strings.HasPrefix(it.File, "embedded/") || len(it.Runs) < 2 || !strings.Contains(it.Reason, name) ||
			len(it.Times) != 1 || it.Times[0] != (forensics.ItemTime{What: "picture modified", Raw: at}) {
			t.Errorf("%s: %+v", name, it)
		}
	}
	if len(items) != 4 {
		t.Errorf("%d items: %+v", len(items), items)
	}
}

// A Thumbs.db that no file system names gives its thumbnails with their names, too.
func TestMediaThumbsDBCarved(t *testing.T) {
	one := mediaPhoto(t, 1, 96, 64)
	for step := range 2 { // in one piece, and with the sectors of the picture backwards
		db := ole2test.File{Streams: []ole2test.Stream{{Path: "1", Data: ole2test.Thumb(one)}, {Path: "Catalog", Data: ole2test.Catalog(1<<56, "kitchen.jpg")}}}
		if step == 1 {
			db.Step = db.Sectors() - 1
		}
		img := make([]byte, 1<<20)
		copy(img[512*40:], db.Bytes())
		out := t.TempDir()
		if _, err := runMediaRecover(context.Background(), mediaOptions{Image: mediaFile(t, img), Out: out, Workers: 2}, quiet); err != nil {
			t.Fatal(err)
		}
		items, err := readItems(filepath.Join(out, itemsFile))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, it := range items {
			if it.Type == "jpeg" && it.State == forensics.Whole && it.SizeB == int64(len(one)) {
				if n++; it.Host != "Windows thumbnails at byte 20480" || len(it.Times) != 1 || !strings.Contains(it.Reason, "kitchen.jpg") {
					t.Errorf("%+v", it)
				}
			}
		}
		if n != 1 || items[0].Type != "thumbsdb" && items[len(items)-1].Type != "thumbsdb" {
			t.Errorf("step %d: %+v", step, items)
		}
	}
}
