package carve

import (
	"reflect"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/formats/ole2/ole2test"
)

// Compound files are found to their end, told apart, and hold the pictures in them;
// one whose table is foreign is none.
func TestCompoundFiles(t *testing.T) {
	p := picture(t, 1, 120, 80, false)
	doc := ole2test.File{Streams: []ole2test.Stream{{Path: "WordDocument", Data: noise(2, 9000)}, {Path: "Data", Data: append(noise(3, 100), p...)}, {Path: "1Table", Data: noise(4, 1000)}}}.Bytes()
	thumbs := ole2test.File{Streams: []ole2test.Stream{{Path: "1", Data: ole2test.Thumb(picture(t, 2, 96, 64, false))}, {Path: "Catalog", Data: ole2test.Catalog(1<<56, "a.jpg")}}, Version: 4}.Bytes()
	plain := ole2test.File{Streams: []ole2test.Stream{{Path: "Contents", Data: noise(5, 700)}}}.Bytes()
	for name, want := range map[string]string{"doc": "doc", "thumbsdb": "thumbs.db", "ole2": "ole2"} {
		if got := ExtOf(name); got != want {
			t.Errorf("the extension of %s is %s", name, got)
		}
	}
	img := medium(1<<20, map[int][]byte{512 * 9: doc, 512 * 200: thumbs, 512 * 600: plain, 512 * 900: doc[:512]})
	next := picture(t, 3, 60, 60, true)
	copy(img[512*9+len(doc):], next) // directly behind
	for workers := 1; workers < 4; workers++ {
		got, all := carveAll(t, img, Options{Unaligned: true, Workers: workers}, nil)
		var own []found
		var kinds []string
		for i, f := range got {
			if !all[i].Inside {
				own, kinds = append(own, f), append(kinds, all[i].Kind)
			} else if f.Type != "jpeg" || !strings.HasPrefix(all[i].Host, "ole2 at byte ") {
				t.Errorf("%+v in %q", f, all[i].Host)
			}
		}
		want := []found{{512 * 9, int64(len(doc)), "ole2", forensics.Whole}, {int64(512*9 + len(doc)), int64(len(next)), "png", forensics.Whole},
			{512 * 200, int64(len(thumbs)), "ole2", forensics.Whole}, {512 * 600, int64(len(plain)), "ole2", forensics.Whole}}
		if !reflect.DeepEqual(own, want) || !reflect.DeepEqual(kinds, []string{"doc", "", "thumbsdb", ""}) || len(got) != len(want)+2 {
			t.Errorf("%d workers: %v %q", workers, got, kinds)
		}
		if all[0].Proof != ByLength {
			t.Errorf("%+v", all[0].Verdict)
		}
	}
	cut, _ := carveAll(t, img[:512*9+len(doc)/2], Options{Workers: 2}, nil)
	for _, f := range cut {
		if f.State == forensics.Whole && f.Type == "ole2" {
			t.Errorf("cut: %v", f)
		}
	}
}
