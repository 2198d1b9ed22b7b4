//go:build cgo && linux

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firescene/render/ui"
)

// kept runs the workstation with a file in which it keeps what it shows.
func kept(file string) string { return "STATE=" + file }

// TestKilled kills the window while a case is open: the next one opens where it was,
// and says so.
func TestKilled(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	file := filepath.Join(out, "kept.json")
	c, said := start(t, screen, fmt.Sprintf(`open %s
lang zh
orbit 40 10
hypothesis H2
moment 120
photo E001
state %[2]s/before.json
sleep 3
state %[2]s/kept-now.json
until %[2]s/never
`, dir, out), kept(file))
	waitFor(t, filepath.Join(out, "kept-now.json"))
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	_ = said
	run1(t, screen, fmt.Sprintf("state %s/after.json\nquit\n", out), kept(file), "LANGFLAG=")
	a, b := readState(t, filepath.Join(out, "before.json")), readState(t, filepath.Join(out, "after.json"))
	if b.Case != a.Case || b.Lang != "zh" || b.Chosen != "H2" || b.Photo != "E001" || math.Abs(b.YawDeg-a.YawDeg) > 1e-9 || math.Abs(b.PitchDeg-a.PitchDeg) > 1e-9 || math.Abs(b.AfterS-120) > 1e-3 {
		t.Errorf("before the end %+v, after it %+v", a, b)
	}
	if !strings.Contains(b.Message, "没有丢失") {
		t.Errorf("after the crash it says %q", b.Message)
	}
	// It was closed properly now: it opens there again and says nothing.
	run1(t, screen, fmt.Sprintf("state %s/third.json\nquit\n", out), kept(file), "LANGFLAG=")
	if s := readState(t, filepath.Join(out, "third.json")); s.Case != a.Case || s.Message != "" {
		t.Errorf("the third time: %+v", s)
	}
	// What ended the program while it was opened is not opened by itself again.
	var set ui.Settings
	set, _ = loadSettings(file)
	set.Session.Running, set.Session.Opening = true, true
	saveSettings(file, set)
	run1(t, screen, fmt.Sprintf("state %s/fourth.json\nquit\n", out), kept(file))
	if s := readState(t, filepath.Join(out, "fourth.json")); s.Case != "" || !strings.Contains(s.Message, dir) {
		t.Errorf("after a case that ended the program: %+v", s)
	}
}

// TestTwoWindows opens one case in two windows: the second only looks at it, until the
// first is closed.
func TestTwoWindows(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	cache := "XDG_CACHE_HOME=" + t.TempDir()
	first, _ := start(t, screen, fmt.Sprintf("open %s\nstate %s/first.json\nuntil %[2]s/go\nquit\n", dir, out), cache)
	waitFor(t, filepath.Join(out, "first.json"))
	second, said := start(t, screen, fmt.Sprintf("open %s\nrun\nstate %s/second.json\nuntil %[2]s/free\nsleep 3\nstate %[2]s/then.json\nquit\n", dir, out), cache)
	waitFor(t, filepath.Join(out, "second.json"))
	if s := readState(t, filepath.Join(out, "second.json")); !s.ReadOnly || s.Job != "" || !strings.Contains(s.Message, "Another window") || s.Cloud != "scans" {
		t.Errorf("the second window: %+v", s)
	}
	if s := readState(t, filepath.Join(out, "first.json")); s.ReadOnly {
		t.Errorf("the first window: %+v", s)
	}
	writeFile(t, filepath.Join(out, "go"), nil)
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(out, "free"), nil)
	if err := second.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if s := readState(t, filepath.Join(out, "then.json")); s.ReadOnly {
		t.Errorf("once the first is closed: %+v", s)
	}
}

// TestGone takes the case away while it is open, and gives it back.
func TestGone(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	c, said := start(t, screen, fmt.Sprintf("open %s\nstate %s/open.json\nuntil %[2]s/away\nsleep 3\nrun\nstate %[2]s/gone.json\nuntil %[2]s/back\nsleep 3\nstate %[2]s/again.json\nquit\n", dir, out))
	waitFor(t, filepath.Join(out, "open.json"))
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(out, "away"), nil)
	waitFor(t, filepath.Join(out, "gone.json"))
	if s := readState(t, filepath.Join(out, "gone.json")); !s.Gone || s.Case != "Box room" || s.Job != "" || !strings.Contains(s.Message, "not there any more") || s.Points < 20000 {
		t.Errorf("without its folder: %+v", s)
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(out, "back"), nil)
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if s := readState(t, filepath.Join(out, "again.json")); s.Gone || s.Case != "Box room" || len(s.Troubles) > 0 {
		t.Errorf("with its folder again: %+v", s)
	}
}

// TestClosedDuringJob closes the window while a run is under way: it asks, stays open
// when told so, and stops the run in an orderly way when told so. The next window says
// that the run can go on.
func TestClosedDuringJob(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	file := filepath.Join(out, "kept.json")
	bin := filepath.Join(t.TempDir(), "firescene")
	writeFile(t, bin, []byte("#!/bin/sh\ntrap 'sleep 1; echo stopped >"+out+"/stopped; exit 1' INT\necho 'photos: 3/10 (30 %)' >&2\nwhile :; do sleep .1; done\n"))
	if err := os.Chmod(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	path := "PATH=" + filepath.Dir(bin) + ":" + os.Getenv("PATH")
	began := time.Now()
	run1(t, screen, fmt.Sprintf("open %s\nrun\nsleep 1\nclose\nsleep .5\nstate %s/asked.json\nscreenshot %[2]s/asked.png\nleave stay\nsleep .5\nstate %[2]s/stayed.json\nclose\nsleep .5\nleave stop\nsleep 100\n", dir, out), path, kept(file))
	if time.Since(began) > 90*time.Second {
		t.Error("the window did not close")
	}
	if s := readState(t, filepath.Join(out, "asked.json")); !s.Asks || s.Job != "running" {
		t.Errorf("closed during a run: %+v", s)
	}
	if s := readState(t, filepath.Join(out, "stayed.json")); s.Asks || s.Job != "running" {
		t.Errorf("told to stay: %+v", s)
	}
	if _, err := os.Stat(filepath.Join(out, "stopped")); err != nil {
		t.Error("the run was not waited for: ", err)
	}
	run1(t, screen, fmt.Sprintf("state %s/next.json\nquit\n", out), path, kept(file))
	if s := readState(t, filepath.Join(out, "next.json")); !strings.Contains(s.Message, "cut off") || s.Case != "Box room" {
		t.Errorf("the next window: %+v", s)
	}
}

// TestNoFont shows a case where no font with Chinese letters is, and says what to do.
func TestNoFont(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	run1(t, screen, fmt.Sprintf("open %s\nstate %s/s.json\nquit\n", dir, out), "FIRESCENE_UI_FONT=none")
	if s := readState(t, filepath.Join(out, "s.json")); !strings.Contains(s.Message, "fonts-noto-cjk") || s.Case != "Box room" || s.Cloud != "scans" {
		t.Errorf("without a font: %+v", s)
	}
}
