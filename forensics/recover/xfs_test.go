package recover

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats/xfs"
	"firescene/formats/xfs/xfstest"
)

func TestXFS(t *testing.T) {
	b, data := xfstest.Sample(true)
	const at = 4096 // the volume need not begin at 0
	img := append(noise(0, at), b.Image...)
	r := bytes.NewReader(img)
	vol, err := xfs.Open(io.NewSectionReader(r, at, int64(len(b.Image))), int64(len(b.Image)))
	if err != nil {
		t.Fatal(err)
	}
	unread := media.Unread{{OffsetB: at + (xfstest.GroupBlocks+51)*xfstest.BlockB, LengthB: 512}}
	found, _, err := Volume(context.Background(), media.Volume{OffsetB: at, FS: vol}, r, Options{Exhibit: "E007", Prefix: "p1/", Unread: unread})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Found{}
	for _, f := range found {
		got[f.Name] = f
	}
	two := got["p1/two.bin"]
	if len(found) != 4 || two.State != forensics.Partial || two.UnreadB != 512 || !strings.Contains(two.Reason, "512 bytes") || two.Origin != forensics.FromLive {
		t.Errorf("%d items, %+v", len(found), two)
	}
	content := make([]byte, two.SizeB)
	if _, err := media.NewRunReader(r, two.Runs).ReadAt(content, 0); err != nil || !bytes.Equal(content, data[:len(data)-100]) {
		t.Errorf("other bytes, runs %v, %v", two.Runs, err)
	}
	if f := got["p1/dir/火.bin"]; f.State != forensics.Whole || f.Runs[0].OffsetB != forensics.Hole || len(f.Locators) != 1 || f.Times[0].Raw != "2024-03-01 10:20:30.123456789Z" {
		t.Errorf("%+v", f)
	}
}
