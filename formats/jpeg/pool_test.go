package jpeg

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"firescene/formats"
)

// TestRealFiles holds Check against a pool of real JPEG files when it is there:
// none may be rejected, and the end must be the file's own unless the file is
// known to carry foreign data behind it.
func TestRealFiles(t *testing.T) {
	const pool = "../../../shared/data/media-pool"
	raw, err := os.ReadFile(filepath.Join(pool, "pool.json"))
	if err != nil {
		t.Skip("measuring data is not here: " + err.Error())
	}
	if testing.Short() {
		t.Skip("reads 30 MB")
	}
	var files []struct {
		File, Type string
		Size       int64
		Tags       []string
	}
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(err)
	}
	n, exact := 0, 0
	for _, f := range files {
		if f.Type != "jpeg" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(pool, f.File))
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Check(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		n++
		trailer := false
		for _, tag := range f.Tags {
			trailer = trailer || tag == "trailer"
		}
		if rep.State != Whole {
			t.Errorf("%s (%d bytes, %v): %v, good to %d: %s", f.File, f.Size, f.Tags, rep.State, rep.GoodB, rep.Reason)
			continue
		}
		if rep.EndB == f.Size {
			exact++
		} else if !trailer {
			t.Errorf("%s: end at %d of %d: %s", f.File, rep.EndB, f.Size, rep.Reason)
		}
	}
	t.Logf("%d files, %d with the exact end", n, exact)
}
