package xfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMkfs opens an empty volume of mkfs.xfs.
func TestMkfs(t *testing.T) {
	if _, err := exec.LookPath("mkfs.xfs"); err != nil {
		t.Skip("mkfs.xfs is not installed")
	}
	img := filepath.Join(t.TempDir(), "xfs.img")
	if err := os.WriteFile(img, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(img, 320<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.xfs", "-q", "-L", "SCENE", img).CombinedOutput(); err != nil {
		t.Skipf("mkfs.xfs: %v: %s", err, out)
	}
	f, err := os.Open(img)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	v, err := Open(f, 320<<20)
	if err != nil || v.Label != "SCENE" || len(v.Warnings) > 0 {
		t.Fatalf("%+v %v", v, err)
	}
	if got := walk(t, v); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
