package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats"
)

// sample is a medium of a size that is no multiple of anything, with random
// bytes, text and long runs of zeros.
func sample(n int) []byte {
	rng := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := 0; i < n/3; i++ {
		b[i] = byte(rng.Uint32())
	}
	copy(b[2*n/3:], strings.Repeat("11-25 21:46:03 zone 4 smoke\n", n/100))
	return b
}

// same compares a medium with what is read in pieces of odd sizes.
func same(t *testing.T, im *Image, want []byte) {
	t.Helper()
	if im.SizeB != int64(len(want)) {
		t.Fatalf("%s of %d bytes, want %d", im.Format, im.SizeB, len(want))
	}
	got, err := io.ReadAll(io.NewSectionReader(im, 0, im.SizeB))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s: other bytes, %v", im.Format, err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		off := rng.Int64N(im.SizeB)
		b := make([]byte, 1+rng.IntN(100_000))
		n, err := im.ReadAt(b, off)
		if end := min(int64(len(b)), im.SizeB-off); int64(n) != end || end < int64(len(b)) && err != io.EOF || end == int64(len(b)) && err != nil {
			t.Fatalf("%d bytes at %d: %d, %v", len(b), off, n, err)
		}
		if !bytes.Equal(b[:n], want[off:off+int64(n)]) {
			t.Fatalf("%s: %d bytes at %d are others", im.Format, n, off)
		}
	}
}

func TestSplitRaw(t *testing.T) {
	want := sample(1_000_003)
	for _, exts := range [][]string{{".001", ".002", ".003", ".004"}, {".aa", ".ab", ".ac", ".ad"}} {
		dir := t.TempDir()
		for i, ext := range exts {
			part := want[min(i*300_000, len(want)):min((i+1)*300_000, len(want))]
			if err := os.WriteFile(filepath.Join(dir, "disk"+ext), part, 0o444); err != nil {
				t.Fatal(err)
			}
		}
		im := openAt(t, filepath.Join(dir, "disk"+exts[0]))
		if im.Format != "split raw" || len(im.Files) != 4 || !im.Raw() || len(im.Warnings) != 0 {
			t.Errorf("%+v", im)
		}
		same(t, im, want)
		sum, err := im.FilesSHA256(context.Background(), nil)
		if x := sha256.Sum256(want); err != nil || sum != hexOf(x[:]) {
			t.Errorf("hash %s, %v", sum, err)
		}
	}
}

func TestNextExtension(t *testing.T) {
	for in, want := range map[string]string{".E01": ".E02", ".E09": ".E10", ".E99": ".EAA", ".EAZ": ".EBA", ".EZZ": ".FAA", ".ZZZ": "", ".e99": ".eaa", ".E": ""} {
		if got := nextEWF(in); got != want {
			t.Errorf("EWF %s: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{".001": ".002", ".099": ".100", ".999": "", ".aa": ".ab", ".az": ".ba", ".zz": ""} {
		if got := nextPart(in); got != want {
			t.Errorf("part %s: %s, want %s", in, got, want)
		}
	}
}

// Images written by the field's own tools read as the medium that they were made
// of.
func TestImagesOfOtherTools(t *testing.T) {
	want := sample(5<<20 + 512)
	raw := write(t, "raw.img", want)
	for _, c := range []struct {
		format, file, tool string
		args               []string
	}{
		{"EWF", "a.E01", "ewfacquire", []string{"-u", "-q", "-f", "encase6", "-d", "sha1", "-c", "deflate:fast", "-S", "1MiB", "-t", "DIR/a", raw}},
		{"EWF", "b.E01", "ewfacquire", []string{"-u", "-q", "-f", "encase5", "-c", "deflate:none", "-t", "DIR/b", raw}},
		{"VHD", "c.vhd", "qemu-img", []string{"convert", "-O", "vpc", "-o", "subformat=fixed,force_size=on", raw, "DIR/c.vhd"}},
		{"VHD", "d.vhd", "qemu-img", []string{"convert", "-O", "vpc", "-o", "force_size=on", raw, "DIR/d.vhd"}},
		{"VHDX", "e.vhdx", "qemu-img", []string{"convert", "-O", "vhdx", raw, "DIR/e.vhdx"}},
		{"VMDK", "f.vmdk", "qemu-img", []string{"convert", "-O", "vmdk", raw, "DIR/f.vmdk"}},
		{"VMDK", "g.vmdk", "qemu-img", []string{"convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, "DIR/g.vmdk"}},
		{"VMDK", "h.vmdk", "qemu-img", []string{"convert", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentFlat", raw, "DIR/h.vmdk"}},
		{"VMDK", "i.vmdk", "qemu-img", []string{"convert", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse", raw, "DIR/i.vmdk"}},
		{"QCOW2", "j.qcow2", "qemu-img", []string{"convert", "-O", "qcow2", raw, "DIR/j.qcow2"}},
		{"QCOW2", "k.qcow2", "qemu-img", []string{"convert", "-c", "-O", "qcow2", "-o", "compat=0.10", raw, "DIR/k.qcow2"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			tool, err := exec.LookPath(c.tool)
			if err != nil {
				t.Skipf("%s is not installed", c.tool)
			}
			dir := t.TempDir()
			args := make([]string, len(c.args))
			for i, a := range c.args {
				args[i] = strings.ReplaceAll(a, "DIR", dir)
			}
			if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", c.tool, err, out)
			}
			im := openAt(t, filepath.Join(dir, c.file))
			if im.Format != c.format {
				t.Fatalf("read as %s", im.Format)
			}
			same(t, im, want)
			if faults, err := im.Verify(context.Background(), nil); err != nil || len(faults) > 0 {
				t.Errorf("verify: %v, %v", faults, err)
			}
			if c.format == "EWF" {
				damageEWF(t, im, want)
			}
		})
	}
}

// damageEWF changes a byte of the image's data: that chunk, and nothing else, is
// unread.
func damageEWF(t *testing.T, im *Image, want []byte) {
	b, err := os.ReadFile(im.Path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0x10
	os.Chmod(im.Path, 0o644)
	if err := os.WriteFile(im.Path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	bad := openAt(t, im.Path)
	if _, err := io.Copy(io.Discard, io.NewSectionReader(bad, 0, bad.SizeB)); !formats.IsDamaged(err) {
		t.Errorf("a damaged chunk is read without an error: %v", err)
	}
	faults, err := bad.Verify(context.Background(), nil)
	if err != nil || len(faults) == 0 || bad.Unread.Total() == 0 || bad.Unread.Total() > 64<<10 {
		t.Fatalf("verify: %v, %v, %d bytes unread", faults, err, bad.Unread.Total())
	}
	got, err := io.ReadAll(io.NewSectionReader(bad, 0, bad.SizeB))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != want[i] && bad.Unread.In(int64(i), 1) == 0 {
			t.Fatalf("byte %d is wrong and not marked unread", i)
		}
	}
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}
