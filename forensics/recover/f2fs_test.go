package recover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/f2fs"
)

// TestF2FSOfSload reads volumes that mkfs.f2fs makes and sload.f2fs fills.
func TestF2FSOfSload(t *testing.T) {
	for _, tool := range []string{"mkfs.f2fs", "sload.f2fs"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	src := filepath.Join(t.TempDir(), "src")
	want := map[string][32]byte{}
	put := func(name string, b []byte) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(src, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(src, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		want[name] = sha256.Sum256(b)
	}
	put("a/inline", noise(1, 700))
	put("a/一/二/block", noise(2, 4096))
	put("big", noise(3, 4_000_000))
	for i := range 300 {
		put(fmt.Sprintf("many/%s%d", strings.Repeat("n", 30), i), []byte{byte(i)})
	}
	for _, args := range []string{"", "-i", "-O extra_attr,inode_checksum,flexible_inline_xattr,inode_crtime"} {
		img := filepath.Join(t.TempDir(), "v.img")
		if err := os.WriteFile(img, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(img, 100<<20); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("mkfs.f2fs", append(append([]string{"-q", "-f", "-l", "Karte"}, strings.Fields(args)...), img)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		// its exit status is that of its own check, which mends what it wrote before
		if err := exec.Command("sload.f2fs", "-f", src, img).Run(); err != nil {
			t.Logf("%q: sload.f2fs: %v", args, err)
		}
		b, err := os.ReadFile(img)
		if err != nil {
			t.Fatal(err)
		}
		vol, err := f2fs.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		found, err := F2FS(context.Background(), vol, bytes.NewReader(b), Options{Exhibit: "E001", Unread: media.Unread{}, Limits: formats.DefaultLimits()})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.State != forensics.Whole || sha256.Sum256(runContent(t, b, f.Item)) != want[f.Name] || len(f.Times) == 0 {
				t.Errorf("%s: %s: %s, %q", args, f.Name, f.State, f.Reason)
			}
		}
		if len(found) != len(want) || len(vol.Doubts()) > 0 || vol.Label != "Karte" {
			t.Errorf("%s: %d of %d files, doubts %q", args, len(found), len(want), vol.Doubts())
		}
	}
}
