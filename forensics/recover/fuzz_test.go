package recover

import (
	"bytes"
	"context"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/ext"
	"firescene/formats/ext/exttest"
	"firescene/formats/ntfs"
	"firescene/formats/ntfs/ntfstest"
)

// FuzzVolume patches volumes of NTFS and ext4 with live and deleted files:
// whatever their tables say, items hold bytes of the image alone.
func FuzzVolume(f *testing.F) {
	d := &ntfsDisk{ntfstest.New(512, 1024, 500, 60), 24}
	a := records(1, 60)
	d.file("live.rec", a, ntfstest.Seq(200, clusters(a)), false, 0)
	d.file("gone.rec", a, ntfstest.Seq(250, clusters(a)), true, 1)
	d.file("over.rec", a, ntfstest.Seq(252, clusters(a)), true, 2)
	o := exttest.Options{BlockB: 1024, Blocks: 1500, Extents: true, Sums: true, Journal: 100}
	w := exttest.New(o)
	seq := ntfstest.Seq(w.FirstData()+4, (len(a)+o.BlockB-1)/o.BlockB)
	i := w.Put(exttest.Root, "gone.rec", a, seq)
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	w.Delete(exttest.Root, "gone.rec", true, false)
	w.Commit(w.TableBlock(i), w.DirBlock(exttest.Root))
	f.Add(true, uint32(d.Offset(25)+56), []byte{1, 2, 3}, uint32(250*512), []byte{0})
	f.Add(true, uint32(40), []byte{0, 0, 0, 0, 0xFF}, uint32(d.Offset(0)+256), []byte{0xFF, 0xFF})
	f.Add(false, uint32(1024+4), []byte{255, 255}, uint32(1024+0x58), []byte{9, 0, 0, 0})
	f.Fuzz(func(t *testing.T, isNTFS bool, at1 uint32, patch1 []byte, at2 uint32, patch2 []byte) {
		img := bytes.Clone(w.Image)
		if isNTFS {
			img = bytes.Clone(d.Image)
		}
		copy(img[int(at1)%len(img):], patch1)
		copy(img[int(at2)%len(img):], patch2)
		r, size := bytes.NewReader(img), int64(len(img))
		v := media.Volume{LengthB: size}
		if vol, err := ntfs.Open(r, size); isNTFS && err == nil {
			v.FS = vol
		} else if vol, err := ext.Open(r, size); !isNTFS && err == nil {
			v.FS = vol
		} else {
			return
		}
		found, _, err := Volume(context.Background(), v, r, Options{Exhibit: "E1", Strays: true, Types: []carve.Type{recordType(carve.ByCode, true)},
			Limits: formats.Limits{MaxItems: 500, MaxDepth: 8, MaxAllocB: 1 << 20}})
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
		for _, it := range found {
			if it.SizeB < 0 || it.Confidence < 0 || it.Confidence > 1 || it.Reason == "" {
				t.Fatalf("%+v", it)
			}
			for _, run := range it.Runs {
				if run.LengthB <= 0 || run.OffsetB != forensics.Hole && (run.OffsetB < 0 || run.OffsetB+run.LengthB > size) {
					t.Fatalf("run %+v outside %d bytes: %+v", run, size, it)
				}
			}
		}
	})
}
