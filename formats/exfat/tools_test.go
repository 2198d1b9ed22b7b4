package exfat

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The reader against the tools of exfatprogs: a volume that mkfs.exfat made, and
// fsck.exfat on the volumes that the tests are made of.
func TestTools(t *testing.T) {
	mkfs, err := exec.LookPath("mkfs.exfat")
	if err != nil {
		t.Skip("mkfs.exfat is not installed")
	}
	fsck, err := exec.LookPath("fsck.exfat")
	if err != nil {
		t.Skip("fsck.exfat is not installed")
	}
	p := filepath.Join(t.TempDir(), "card.img")
	if err := os.WriteFile(p, make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfs, "-L", "DASHCAM", "-c", "8K", p).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, b)
	if v.Label != "DASHCAM" || v.ClusterB != 8192 || len(v.Warnings) != 0 || len(v.upcase) != 65536 || v.Free(2) || !v.Free(v.Clusters) {
		t.Errorf("%q %d %v, up-case table of %d", v.Label, v.ClusterB, v.Warnings, len(v.upcase))
	}
	if got := walkAll(t, v); len(got) != 0 {
		t.Errorf("an empty volume holds %v", got)
	}
	clear(b[:512])
	if v = open(t, b); !v.FromBackupBoot {
		t.Error("the backup boot region was not read")
	}
	img, _ := sample()
	if err := os.WriteFile(p, img.Image, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(fsck, "-n", p).CombinedOutput(); err != nil && !bytes.Contains(out, []byte("clean")) {
		t.Errorf("fsck.exfat does not accept the volume that the tests use: %v: %s", err, out)
	}
}
