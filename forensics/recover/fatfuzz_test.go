package recover

import (
	"bytes"
	"context"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats"
	"firescene/formats/exfat"
	"firescene/formats/exfat/exfattest"
	"firescene/formats/fat"
	"firescene/formats/fat/fattest"
)

// FuzzDeleted patches small volumes with deleted files in pieces: whatever the
// tables say, items hold bytes of the image alone.
func FuzzDeleted(f *testing.F) {
	a := records(1, 60)
	v := fattest.New(32, 200)
	fill(v, 10, 190)
	v.Mkdir("D", 5)
	v.Put("D/a.rec", a, pieces(fattest.Seq(20, 3), fattest.Seq(26, 5)))
	v.Delete("D/a.rec")
	x := exfattest.New(100)
	x.Put("a.rec", a, pieces(exfattest.Seq(20, 2), exfattest.Seq(26, 2)))
	x.Delete("a.rec")
	f.Add(true, uint32(v.Offset(5)+100), []byte{1, 2, 3}, uint32(v.Offset(21)), []byte{0})
	f.Add(false, uint32(x.EntryAt("a.rec")+32+24), []byte{255, 255}, uint32(24*512+80), []byte{9, 0, 0, 0})
	f.Fuzz(func(t *testing.T, isFAT bool, at1 uint32, patch1 []byte, at2 uint32, patch2 []byte) {
		img := bytes.Clone(x.Image)
		if isFAT {
			img = bytes.Clone(v.Image)
		}
		copy(img[int(at1)%len(img):], patch1)
		copy(img[int(at2)%len(img):], patch2)
		r := bytes.NewReader(img)
		opts := Options{Exhibit: "E1", Types: []carve.Type{recordType(carve.ByCode, true)}, Limits: formats.Limits{MaxItems: 500, MaxDepth: 8, MaxAllocB: 1 << 20}}
		var found []Found
		if isFAT {
			vol, err := fat.Open(r, int64(len(img)))
			if err != nil {
				return
			}
			if found, err = FAT(context.Background(), vol, r, opts); err != nil {
				t.Fatal(err)
			}
		} else {
			vol, err := exfat.Open(r, int64(len(img)))
			if err != nil {
				return
			}
			if found, err = ExFAT(context.Background(), vol, r, opts); err != nil {
				t.Fatal(err)
			}
		}
		for _, it := range found {
			n := int64(0)
			for _, run := range it.Runs {
				if run.LengthB <= 0 || run.OffsetB != forensics.Hole && (run.OffsetB < 0 || run.OffsetB+run.LengthB > int64(len(img))) {
					t.Fatalf("run %+v outside %d bytes: %+v", run, len(img), it)
				}
				n += run.LengthB
			}
			if n != it.SizeB {
				t.Fatalf("size %d, runs hold %d: %+v", it.SizeB, n, it)
			}
		}
	})
}
