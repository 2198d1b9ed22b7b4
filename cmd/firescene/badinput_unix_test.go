//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyCase: a case that can not be written can be looked at, verified,
// traced and handed out; what would write says so and changes nothing. Root may
// write anywhere, so the commands run as another user there.
func TestReadOnlyCase(t *testing.T) {
	base, err := os.MkdirTemp("", "firescene-ro-") // reachable by other users, t.TempDir is not
	must(t, err)
	t.Cleanup(func() {
		filepath.WalkDir(base, func(p string, d os.DirEntry, _ error) error {
			if d != nil && d.IsDir() {
				os.Chmod(p, 0o755)
			}
			return nil
		})
		os.RemoveAll(base)
	})
	must(t, os.Chmod(base, 0o755))
	dir := filepath.Join(base, "case")
	must(t, os.CopyFS(dir, os.DirFS(sampleCase(t))))
	photo := writeText(t, base, "new.jpg", "new")
	self := filepath.Join(base, "self")
	b, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(self, b, 0o755))
	must(t, os.Mkdir(filepath.Join(base, "out"), 0o777))
	must(t, os.Chmod(filepath.Join(base, "out"), 0o777))
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(p, 0o555)
		}
		return os.Chmod(p, 0o444)
	}))
	before := fileSums(t, dir, func(string) bool { return true })
	for _, tc := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"case", "show", dir}, exitDone, "18 exhibit(s)"},
		{[]string{"case", "log", dir}, exitDone, "Head of the log"},
		{[]string{"case", "verify", dir}, exitDone, "Everything is as it was recorded"},
		{[]string{"trace", dir, "F001"}, exitDone, "unchanged since it was added"},
		{[]string{"report", dir, "-o", filepath.Join(base, "out", "report")}, exitDone, "report.pdf"},
		{[]string{"case", "add", dir, "photo", photo}, exitFailed, "can not be written"},
		{[]string{"run", dir}, exitFailed, "can not be written"},
		{[]string{"case", "init", filepath.Join(dir, "sub")}, exitFailed, "can not be written"},
		{[]string{"cloud", "convert", filepath.Join(dir, "10-cloud/scans/scene.ply"), "-o", filepath.Join(dir, "x.ply")}, exitFailed, "permission denied"},
	} {
		cmd := exec.Command(self, append(tc.args, "--lang", "en", "-q")...)
		cmd.Env = append(os.Environ(), commandEnv+"=1", "TMPDIR="+filepath.Join(base, "out"), "HOME="+base)
		cmd.Dir = base
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		said, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if cmd.ProcessState.ExitCode() != tc.status || !strings.Contains(string(said), tc.says) {
			t.Errorf("firescene %s: exit status %d, want %d and %q:\n%s", strings.Join(tc.args, " "), cmd.ProcessState.ExitCode(), tc.status, tc.says, said)
		}
	}
	sameSums(t, "the read-only case", fileSums(t, dir, func(string) bool { return true }), before)
}

// TestFullDisk runs a case on a disk that fills up at every stage in turn: the
// command says so, keeps what was there, and ends its work once there is room.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root on Linux")
	}
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	mount := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", mount).Run() })
	dir, ballast := filepath.Join(mount, "case"), filepath.Join(mount, "ballast")
	img, _ := mediaCard(t)
	photos := badInputs(t) // for its good photos
	doneBy := func(args ...string) {
		t.Helper()
		if status, _, stderr := run(t, args...); status != exitDone {
			t.Fatal(stderr)
		}
	}
	doneBy("case", "init", dir)
	doneBy("case", "add", dir, "photo", filepath.Join(photos, "photos"))
	fill := func(leaveB int64) {
		os.Remove(ballast)
		var st syscall.Statfs_t
		must(t, syscall.Statfs(mount, &st))
		f, err := os.Create(ballast)
		must(t, err)
		for room := int64(st.Bavail)*int64(st.Bsize) - leaveB; room > 0; room -= 1 << 16 {
			if _, err := f.Write(make([]byte, min(room, 1<<16))); err != nil {
				break
			}
		}
		f.Close()
	}
	evidence := func(rel string) bool { return strings.HasPrefix(rel, "00-evidence/") }
	stopped := map[string]bool{}
	// Drawing takes the longest and writes as the other stages do.
	runIt := func(args ...string) (int, []byte) {
		cmd := command(append([]string{"run", dir, "--sparse-only", "--lang", "en", "-q"}, args...)...)
		withoutDrawing(t, cmd)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out
	}
	// Photos keep their finished parts while they run and need the most room, so
	// they get it before there is anything else in the case.
	for i, leave := range []int64{0, 130 << 10, 400 << 10, 8 << 20, 0, 130 << 10, 400 << 10, 900 << 10, 1500 << 10} {
		if i == 4 {
			must(t, os.Remove(ballast))
			doneBy("case", "add", dir, "media", mediaFile(t, img), "--reference")
		}
		before := fileSums(t, dir, evidence)
		fill(leave)
		status, b := runIt()
		said := string(b)
		switch {
		case status == exitFailed && strings.Contains(said, "The disk is full"):
			for _, line := range strings.Split(said, "\n") {
				if stage, ok := strings.CutPrefix(line, "firescene: "); ok {
					stage, _, _ = strings.Cut(stage, ":")
					stopped[stage] = true
				}
			}
		case status != exitSomeFailed:
			t.Errorf("with %d bytes of room: exit status %d: %s", leave, status, said)
		}
		sameSums(t, "full disk", fileSums(t, dir, evidence), before)
		for _, c := range verified(t, dir).Changes {
			remade := i >= 4 && c.What == "result" && strings.HasPrefix(c.Name, "60-report/") // finished before the medium came
			if (c.Kind != "added" || c.What != "result") && !remade {
				t.Errorf("with %d bytes of room: %s %s %s: %s", leave, c.Kind, c.What, c.Name, c.Why)
			}
		}
	}
	if len(stopped) < 3 {
		t.Errorf("the disk was full only in %v; the test shows little", stopped)
	}
	t.Log("the disk was full in:", stopped)
	must(t, os.Remove(ballast))
	status, out := runIt("--json")
	var s runCaseSummary
	if err := json.Unmarshal(out, &s); err != nil || status != exitSomeFailed { // a photo is damaged
		t.Fatalf("with room again: exit status %d, %v: %s", status, err, out)
	}
	if l := byStage(s.Stages)["media E007"]; l.Out != 5 || len(l.Failed) != 0 {
		t.Errorf("with room again: %+v", l)
	}
	verifyClean(t, dir)
}
