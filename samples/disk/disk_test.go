package disk

import (
	"bytes"
	"os"
	"testing"
	"time"
)

func build(t *testing.T) *Volume {
	t.Helper()
	when := time.Date(2026, 3, 14, 21, 0, 0, 0, time.UTC)
	v, err := New(40<<20, "NVR", when, 7)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n) }
	v.Mkdir("LOG", when)
	v.Mkdir("LOG/20260314", when)
	v.Write("LOG/20260314/live file with a long name.txt", fill(1300, 'l'), when)
	v.Write("LOG/20260314/报警.csv", fill(700, 'c'), when)
	v.Write("GONE.BIN", fill(5000, 'g'), when)
	v.Write("frag.bin", fill(1024, 'f'), when)
	v.Write("KEEP.BIN", fill(600, 'k'), when)
	v.Append("frag.bin", fill(2000, 'F'))
	v.Write("over.bin", fill(9000, 'o'), when)
	v.Delete("GONE.BIN")
	v.Delete("frag.bin")
	v.Delete("over.bin")
	back := v.Cursor()
	v.Reuse("over.bin", 6)
	v.Write("NEW.BIN", fill(2000, 'n'), when)
	v.SetCursor(back)
	v.Gap(20)
	v.Orphan(fill(3000, 'p'))
	for i := range 30 {
		v.Write("LOG/"+string(rune('a'+i%26))+"_many entries "+string(rune('0'+i/26))+".log", fill(100, 'm'), when)
	}
	return v
}

func TestRecordsTellWhatBecameOfEachFile(t *testing.T) {
	want := map[string]State{
		"LOG/20260314/live file with a long name.txt": Live, "LOG/20260314/报警.csv": Live, "GONE.BIN": Deleted,
		"frag.bin": Fragmented, "KEEP.BIN": Live, "over.bin": Overwritten, "NEW.BIN": Live, "": Orphan,
	}
	v := build(t)
	for _, r := range v.Records() {
		if w, ok := want[r.Path]; ok && r.State != w {
			t.Errorf("%q is %s, want %s", r.Path, r.State, w)
		}
		if wantRec := r.State == Live || r.State == Deleted || r.State == Orphan; r.Recoverable != wantRec {
			t.Errorf("%q (%s) recoverable %v", r.Path, r.State, r.Recoverable)
		}
		var n int64
		for _, run := range r.Runs {
			n += run.LengthB
		}
		if n != r.SizeB {
			t.Errorf("%q: runs hold %d bytes of %d", r.Path, n, r.SizeB)
		}
	}
	if out := os.Getenv("DISK_OUT"); out != "" {
		os.WriteFile(out, v.Image(), 0o644)
	}
}
