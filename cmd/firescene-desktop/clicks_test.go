//go:build cgo && linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firescene/render/ui"
)

// hands are a mouse and a keyboard on a display, and a script that looks on.
type hands struct {
	t      *testing.T
	screen string
	out    string
	looks  int
}

// do moves the mouse and presses keys as xdotool does.
func (h *hands) do(format string, a ...any) {
	h.t.Helper()
	x := exec.Command("xdotool", strings.Fields(fmt.Sprintf(format, a...))...)
	x.Env = append(os.Environ(), "DISPLAY="+h.screen)
	if b, err := x.CombinedOutput(); err != nil {
		h.t.Fatalf("xdotool %s: %v %s", format, err, b)
	}
}

// look has the script write the state of the window, once it is at rest.
func (h *hands) look() ui.State {
	h.t.Helper()
	h.looks++
	writeFile(h.t, filepath.Join(h.out, fmt.Sprint("go", h.looks)), nil)
	path := filepath.Join(h.out, fmt.Sprint("state", h.looks))
	waitFor(h.t, path+".done")
	return readState(h.t, path)
}

// lookOn is a script that answers so many looks.
func lookOn(dir, out string, looks int) string {
	s := "open " + dir + "\n"
	for i := range looks {
		s += fmt.Sprintf("until %[1]s/go%[2]d\nsleep .3\nstate %[1]s/state%[2]d\nstate %[1]s/state%[2]d.done\n", out, i+1)
	}
	return s + "quit\n"
}

// TestClicks does with a real mouse and keyboard what an investigator does: turns the
// scene, plays the replay by its button, starts a run by its key and cancels it by its
// button, switches the language, and saves a picture by the dialog.
func TestClicks(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("xdotool is not installed: mouse and keys are not tested")
	}
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	bin := filepath.Join(t.TempDir(), "firescene")
	writeFile(t, bin, []byte("#!/bin/sh\necho 'photos: 3/10 (30 %)' >&2\nexec sleep 60\n"))
	if err := os.Chmod(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	c, said := start(t, screen, lookOn(dir, out, 7), "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	h := &hands{t: t, screen: screen, out: out}
	first := h.look()
	h.do("search --onlyvisible --name firescene windowfocus sleep .3")
	h.do("mousemove 500 300 sleep .2 mousedown 1 sleep .2 mousemove 560 300 sleep .2 mousemove 600 310 sleep .2 mouseup 1 sleep .2")
	if s := h.look(); s.YawDeg == first.YawDeg {
		t.Error("the mouse did not turn the scene")
	}
	h.do("mousemove 25 566 sleep .2 click 1 sleep .8 click 1 sleep .2") // play, pause
	if s := h.look(); s.AfterS <= first.AfterS || s.Playing {
		t.Errorf("the button played from %g to %g s", first.AfterS, s.AfterS)
	}
	h.do("mousemove 700 650 keydown ctrl sleep .2 key r sleep .2 keyup ctrl sleep 1") // run; its panel comes to the front
	if s := h.look(); s.Job != "running" {
		t.Errorf("Ctrl+R: the job is %q", s.Job)
	}
	h.do("key Escape mousemove 20 12 sleep .2 click 1 sleep .4") // the menu of files
	h.do("mousemove 30 141 sleep .3 click 1 sleep 1.2")          // cancel
	if s := h.look(); s.Job != "failed" {
		t.Errorf("the menu's entry left the job %q", s.Job)
	}
	h.do("keydown ctrl sleep .2 key l sleep .2 keyup ctrl sleep .3")
	if s := h.look(); s.Lang != "zh" {
		t.Errorf("Ctrl+L left the language %q", s.Lang)
	}
	h.do("keydown ctrl sleep .2 key s sleep .2 keyup ctrl sleep .8 mousemove 365 540 sleep .3 click 1 sleep .8") // the dialog and its button
	h.look()
	if img := readPNG(t, filepath.Join(filepath.Dir(dir), "scene.png")); colours(img) < 500 {
		t.Errorf("the picture that was saved has %d colours", colours(img))
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}
