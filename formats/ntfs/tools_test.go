package ntfs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMkntfs reads volumes that ntfs-3g's tools made, with several geometries.
func TestMkntfs(t *testing.T) {
	for _, tool := range []string{"mkntfs", "ntfscp"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	dir := t.TempDir()
	files := map[string][]byte{"small.txt": []byte("alarm zone 3\n"), "large.bin": noise(1, 300_000)}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, geometry := range [][]string{{}, {"-c", "512"}, {"-s", "4096"}, {"-c", "65536"}} {
		img := filepath.Join(dir, "ntfs.img")
		if err := os.WriteFile(img, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(img, 12<<20); err != nil {
			t.Fatal(err)
		}
		run := func(tool string, args ...string) {
			t.Helper()
			if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
				t.Skipf("%s: %v: %s", tool, err, out)
			}
		}
		run("mkntfs", append(append([]string{"-q", "-F", "-f", "-L", "DISK"}, geometry...), img)...)
		for name := range files {
			run("ntfscp", "-f", img, filepath.Join(dir, name), name)
		}
		run("ntfscp", "-f", "-N", "zone", img, filepath.Join(dir, "small.txt"), "large.bin")
		b, err := os.ReadFile(img)
		if err != nil {
			t.Fatal(err)
		}
		v := open(t, b)
		got := walk(t, v)
		if v.Label != "DISK" || len(v.Warnings) > 0 {
			t.Errorf("%v: %q %v", geometry, v.Label, v.Warnings)
		}
		for name, want := range map[string][]byte{"small.txt": files["small.txt"], "large.bin": files["large.bin"], "large.bin:zone": files["small.txt"]} {
			if e, ok := got[name]; !ok || e.Deleted || e.Fault != "" || !bytes.Equal(content(t, v, e), want) {
				t.Errorf("%v: %s: %v %+v", geometry, name, ok, e.Fault)
			}
		}
		for path, e := range got {
			if e.Fault != "" {
				t.Errorf("%v: %s: %s", geometry, path, e.Fault)
			}
			for _, x := range e.Extents {
				if x.OffsetB == Hole || e.Deleted || e.Resident || path == "$Boot" || path == "$BadClus:$Bad" {
					continue
				}
				if free := v.Free(x); len(free) > 0 {
					t.Errorf("%v: %s lies in free clusters %v", geometry, path, free)
				}
			}
		}
	}
}
