//go:build cgo && linux

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplay steps and plays the replay, makes a camera path in the case and plays it,
// and has a video written as a job.
func TestReplay(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	bin := filepath.Join(t.TempDir(), "firescene")
	writeFile(t, bin, []byte("#!/bin/sh\necho \"$@\" >"+out+"/args\n"))
	if err := os.Chmod(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	run1(t, screen, fmt.Sprintf(`open %[1]s
moment 50
step 1
state %[2]s/step.json
key walk
orbit 100 0
key walk
state %[2]s/keys.json
fly walk
state %[2]s/flown.json
side 2
play
sleep .5
play
state %[2]s/played.json
video %[2]s/v.mp4 320x240 walk
wait 20
state %[2]s/video.json
quit
`, dir, out), "PATH="+filepath.Dir(bin)+":"+os.Getenv("PATH"))
	if s := readState(t, filepath.Join(out, "step.json")); s.AfterS != 150 { // the simulation has a time every 100 s
		t.Errorf("a step from 50 s leads to %g", s.AfterS)
	}
	keys, flown := readState(t, filepath.Join(out, "keys.json")), readState(t, filepath.Join(out, "flown.json"))
	if flown.PathS != 4 || math.Abs(flown.YawDeg-keys.YawDeg) > 0.01 || len(flown.Paths) != 1 {
		t.Errorf("at the end of the path: %+v, made at %+v", flown, keys)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "camera-paths.json")); err != nil || !strings.Contains(string(b), `"walk"`) {
		t.Errorf("the case keeps %s, %v", b, err)
	}
	if s := readState(t, filepath.Join(out, "played.json")); s.AfterS <= 150 || s.AfterS > 200 {
		t.Errorf("after playing for half a second: %g s", s.AfterS)
	}
	args, err := os.ReadFile(filepath.Join(out, "args"))
	want := "render " + dir + " -o " + out + "/v.mp4 --size 320x240 --fps 10 --speed 10 --one-clock --hypothesis H1 --hypothesis H2 --path walk --lang en\n"
	if s := readState(t, filepath.Join(out, "video.json")); err != nil || string(args) != want || s.Job != "done" || !strings.Contains(s.Message, "v.mp4") {
		t.Errorf("the video was asked for by %q, %+v", args, s)
	}
}
