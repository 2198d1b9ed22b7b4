package casefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"firescene/forensics"
)

// TestMain lets the test binary stand in for a second process: with helperEnv set
// it adds the files named on its command line to a case and ends.
func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		os.Exit(helper(dir, os.Args[1:]))
	}
	os.Exit(m.Run())
}

const helperEnv = "FIRESCENE_CASE_HELPER"

func helper(dir string, files []string) int {
	ctx := context.Background()
	c, err := Open(ctx, dir, Options{By: fmt.Sprint("process ", os.Getpid())})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer c.Close()
	for _, f := range files {
		fmt.Println("adding", f)
		if _, err := c.AddExhibit(ctx, AddRequest{Kind: forensics.KindMedia, SourcePath: f, Copy: true}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return 0
}

func helperCmd(dir string, files ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], files...)
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	return cmd
}

func TestTwoProcessesOnOneCase(t *testing.T) {
	c := newCase(t)
	const each = 15
	var cmds []*exec.Cmd
	var outs [3]bytes.Buffer
	for p := range 3 {
		var files []string
		for i := range each {
			files = append(files, sourceFile(t, "f.bin", 1000+i, uint64(100*p+i)))
		}
		cmd := helperCmd(c.dir, files...)
		cmd.Stderr = &outs[p]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	for i := range 5 { // and this one
		add(t, c, AddRequest{SourcePath: sourceFile(t, "g.bin", 3000+i, 900), Copy: true})
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v: %s", i, err, outs[i].String())
		}
	}
	rep := verifyClean(t, c)
	if want := 3*each + 5; rep.Exhibits != want || rep.Entries != want+1 {
		t.Errorf("%d exhibits and %d log entries, want %d and %d", rep.Exhibits, rep.Entries, want, want+1)
	}
	all, _ := c.Exhibits(t.Context())
	for i, e := range all {
		if e.ID != fmt.Sprintf("E%03d", i+1) {
			t.Fatalf("exhibit %d has ID %s", i+1, e.ID)
		}
	}
}

func TestTwoProcessesMakeOneCase(t *testing.T) {
	dir := t.TempDir()
	results := make(chan error)
	for range 4 {
		go func() {
			c, err := Init(t.Context(), dir, testMeta, Options{})
			if err == nil {
				c.Close()
			}
			results <- err
		}()
	}
	made := 0
	for range 4 {
		if err := <-results; err == nil {
			made++
		} else if !strings.Contains(err.Error(), "is a case already") {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d of 4 made the case", made)
	}
}

// A process killed at any moment of adding a file leaves a case that opens,
// verifies and takes the same file.
func TestKillWhileAdding(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	big := sourceFile(t, "big.dd", 12<<20, 5)
	began := time.Now()
	probe := newCase(t)
	add(t, probe, AddRequest{SourcePath: big, Copy: true})
	whole := time.Since(began)
	delays := []time.Duration{0, whole / 8, whole / 4, whole / 2, whole * 3 / 4, whole, whole * 9 / 8, whole * 5 / 4, whole * 3 / 2}
	interrupted := 0
	for _, delay := range delays {
		c := newCase(t)
		small := add(t, c, AddRequest{SourcePath: sourceFile(t, "s", 100, 1), Copy: true})
		cmd := helperCmd(c.dir, big)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, len("adding")))
		time.Sleep(delay)
		cmd.Process.Kill()
		cmd.Wait()

		c = reopen(t, c, false)
		rep := verifyClean(t, c)
		if len(rep.Notes) != 0 {
			t.Errorf("kill after %v: left over after opening: %v", delay, rep.Notes)
		}
		all, err := c.Exhibits(t.Context())
		if err != nil || len(all) == 0 || all[0].ID != small.ID {
			t.Fatalf("kill after %v: exhibits %v, %v", delay, all, err)
		}
		var dup *DuplicateError
		switch _, err := c.AddExhibit(t.Context(), AddRequest{Kind: forensics.KindMedia, SourcePath: big, Copy: true}); {
		case len(all) == 1 && err == nil:
			interrupted++
		case len(all) == 2 && errors.As(err, &dup) && dup.ID == "E002": // it had been recorded
		default:
			t.Errorf("kill after %v: %d exhibits, then adding again: %v", delay, len(all), err)
		}
		verifyClean(t, c)
	}
	if interrupted == 0 {
		t.Error("no kill came before the file was recorded; the test shows nothing")
	}
}

// The moments around the commit are too short to hit by a kill, so their traces
// are made by hand.
func TestLeftovers(t *testing.T) {
	t.Run("recorded and not yet renamed", func(t *testing.T) {
		c := newCase(t)
		e := add(t, c, AddRequest{SourcePath: sourceFile(t, "a", 500, 1), Copy: true})
		temp := tempPrefix + "0011223344556677" + tempSuffix
		if err := os.Rename(c.ExhibitPath(e), c.Path(EvidenceDir+"/"+temp)); err != nil {
			t.Fatal(err)
		}
		c.db.Exec("INSERT INTO moving VALUES (?, ?)", temp, e.Path)
		readOnly := reopen(t, c, true)
		verifyClean(t, readOnly) // as it stands, under its other name
		c = reopen(t, readOnly, false)
		if rep := verifyClean(t, c); rep.Entries != 3 {
			t.Errorf("the log does not tell of the recovery: %+v", rep)
		}
		if _, err := os.Stat(c.ExhibitPath(e)); err != nil {
			t.Error(err)
		}
	})
	t.Run("renamed and not yet noted", func(t *testing.T) {
		c := newCase(t)
		e := add(t, c, AddRequest{SourcePath: sourceFile(t, "a", 500, 1), Copy: true})
		c.db.Exec("INSERT INTO moving VALUES ('.adding-00.part', ?)", e.Path)
		verifyClean(t, reopen(t, c, false))
	})
	t.Run("copied in part", func(t *testing.T) {
		c := newCase(t)
		os.WriteFile(c.Path(EvidenceDir+"/.adding-00.part"), []byte("half"), 0o600)
		if rep := verifyClean(t, c); len(rep.Notes) != 1 {
			t.Errorf("verify does not mention the rest: %+v", rep)
		}
		c = reopen(t, c, false)
		log, _ := c.Log(t.Context())
		if i := len(log) - 1; log[i].Action != "clear leftover" || !strings.Contains(string(log[i].Details), `"size":4`) {
			t.Errorf("log %+v", log[i])
		}
		if rep := verifyClean(t, c); len(rep.Notes) != 0 {
			t.Errorf("left: %v", rep.Notes)
		}
	})
	t.Run("copy of a living process", func(t *testing.T) {
		c := newCase(t)
		p, err := newPartial(c.Path(EvidenceDir))
		if err != nil {
			t.Fatal(err)
		}
		defer p.drop()
		reopen(t, c, false)
		if _, err := os.Stat(p.path); err != nil {
			t.Errorf("another process's copy was taken away: %v", err)
		}
	})
}

type fullAfter struct {
	w    io.Writer
	left int
}

func (f *fullAfter) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	}
	return f.w.Write(b)
}

func TestFullDisk(t *testing.T) {
	c := newCase(t)
	_, err := c.AddExhibit(t.Context(), AddRequest{SourcePath: sourceFile(t, "a", 5<<20, 1), Copy: true,
		tee: func(w io.Writer) io.Writer { return &fullAfter{w, 3 << 20} }})
	var full *FullError
	if !errors.As(err, &full) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("error %v", err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 0 || len(rep.Notes) != 0 {
		t.Errorf("something was left: %+v", rep)
	}
}

// The same with a disk that is really full, where the test may mount one.
func TestFullDiskMounted(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root on Linux")
	}
	mount := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", mount).Run() })
	c, err := Init(t.Context(), filepath.Join(mount, "case"), testMeta, Options{Now: testNow()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	add(t, c, AddRequest{SourcePath: sourceFile(t, "small", 1000, 1), Copy: true})
	var full *FullError
	if _, err := c.AddExhibit(t.Context(), AddRequest{SourcePath: sourceFile(t, "a", 3<<20, 2), Copy: true}); !errors.As(err, &full) {
		t.Errorf("copy: %v", err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 1 || len(rep.Notes) != 0 {
		t.Errorf("something was left: %+v", rep)
	}
	// Now fill the rest, so that the database has no room either.
	os.WriteFile(filepath.Join(mount, "ballast"), make([]byte, 4<<20), 0o644)
	text := strings.Repeat("x", 1<<20)
	if _, err := c.Note(t.Context(), "note", "", map[string]any{"text": text}); !errors.As(err, &full) {
		t.Errorf("note: %v", err)
	}
	os.Remove(filepath.Join(mount, "ballast"))
	add(t, c, AddRequest{SourcePath: sourceFile(t, "b", 1000, 3), Copy: true})
	verifyClean(t, c)
}

// A folder that can not be written opens for reading, and adding says why not.
// Root may write anywhere, so the test runs itself as another user there.
func TestReadOnlyFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs Unix permissions")
	}
	const childEnv = "FIRESCENE_READONLY_CASE"
	if dir := os.Getenv(childEnv); dir != "" {
		readOnlyFolder(t, dir)
		return
	}
	base, err := os.MkdirTemp("", "firescene-ro-") // reachable by other users, t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	os.Chmod(base, 0o755)
	for _, killed := range []bool{false, true} {
		c, err := Init(t.Context(), filepath.Join(base, fmt.Sprint("case-", killed)), testMeta, Options{Now: testNow()})
		if err != nil {
			t.Fatal(err)
		}
		e := add(t, c, AddRequest{SourcePath: sourceFile(t, "a", 1000, 1), Copy: true})
		os.Chmod(c.ExhibitPath(e), 0o444)
		dir := c.dir
		if killed { // a copy made while the log of writes is not yet in the database
			dir = filepath.Join(base, "killed")
			if err := os.CopyFS(dir, os.DirFS(c.dir)); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Join(dir, databaseName+"-shm"))
			if info, err := os.Stat(filepath.Join(dir, databaseName+"-wal")); err != nil || info.Size() == 0 {
				t.Fatalf("no write-ahead log to read: %v", err)
			}
		}
		c.Close()
		filepath.WalkDir(dir, func(p string, d os.DirEntry, _ error) error {
			if d.IsDir() {
				t.Cleanup(func() { os.Chmod(p, 0o755) })
				return os.Chmod(p, 0o555)
			}
			return os.Chmod(p, 0o444)
		})
		if os.Getuid() != 0 {
			readOnlyFolder(t, dir)
			continue
		}
		self := filepath.Join(base, "self")
		if err := copyFile(os.Args[0], self); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, "-test.run", "^TestReadOnlyFolder$", "-test.v")
		cmd.Dir = base
		cmd.Env = append(os.Environ(), childEnv+"="+dir, "TMPDIR="+os.TempDir(), "HOME="+base)
		asNobody(cmd)
		if out, err := cmd.CombinedOutput(); err != nil || !slices.Contains(strings.Fields(string(out)), "PASS") {
			t.Errorf("killed=%v: %v\n%s", killed, err, out)
		}
	}
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o755)
}

func readOnlyFolder(t *testing.T, dir string) {
	c, err := Open(t.Context(), dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if rep := verifyClean(t, c); rep.Exhibits != 1 || rep.Entries != 2 {
		t.Errorf("read-only case: %+v", rep)
	}
	c.Close()
	_, err = Open(t.Context(), dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "can not be written") {
		t.Errorf("opening it for writing: %v", err)
	}
}
