//go:build cgo && linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/render/ui"
)

// The test binary is the workstation itself when this is set.
const asDesktop = "FIRESCENE_TEST_DESKTOP"

func TestMain(m *testing.M) {
	if os.Getenv(asDesktop) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// display starts a screen in memory and gives its name.
func display(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("Xvfb"); err != nil {
		t.Skip("Xvfb is not installed: the window is not tested")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Skip("Xvfb does not start: ", err)
	}
	t.Cleanup(func() { _ = x.Process.Kill(); _ = x.Wait() })
	w.Close()
	var n int
	if _, err := fmt.Fscan(r, &n); err != nil {
		t.Fatal("Xvfb names no display: ", err)
	}
	return fmt.Sprintf(":%d", n)
}

// start runs the workstation on a display with a script.
func start(t testing.TB, display, script string, env ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.txt")
	if err := os.WriteFile(path, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(stop)
	args := []string{"--script", path, "--lang", "en"}
	for _, e := range env {
		if size, ok := strings.CutPrefix(e, "SIZE="); ok {
			args = append(args, "--size", size)
		}
		if file, ok := strings.CutPrefix(e, "STATE="); ok {
			args = append(args, "--state", file)
		}
		if e == "LANGFLAG=" { // the language that was kept
			args = slices.DeleteFunc(args, func(a string) bool { return a == "--lang" || a == "en" })
		}
	}
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(append(os.Environ(), asDesktop+"=1", "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1", "XDG_CACHE_HOME="+t.TempDir()), env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &out
}

func run1(t testing.TB, display, script string, env ...string) {
	t.Helper()
	c, out := start(t, display, script, env...)
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func readState(t testing.TB, path string) ui.State {
	t.Helper()
	var s ui.State
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func writeFile(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, b)
}

// sampleCase makes a case as its stages leave it: a box room of 4 x 3 x 2.5 m as a
// cloud, one hypothesis with its simulation, an event, a photo, an item.
func sampleCase(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "case")
	ctx := context.Background()
	c, err := casefile.Init(ctx, dir, casefile.Meta{Title: "Box room", Zone: "+08:00", Language: "en"}, casefile.Options{By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7)
	}
	var photo bytes.Buffer
	if err := png.Encode(&photo, img); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(t.TempDir(), "p.png")
	writeFile(t, source, photo.Bytes())
	if _, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindPhoto, SourcePath: source, Copy: true}); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(t.TempDir(), "disk.img")
	writeFile(t, disk, bytes.Repeat([]byte("firescene sector "), 100))
	if _, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindMedia, SourcePath: disk, Copy: true}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, casefile.CloudDir, "scans", "scene.ply"), boxRoom())
	writeJSON(t, filepath.Join(dir, casefile.CloudDir, "scans", "result.json"), map[string]any{"file": casefile.CloudDir + "/scans/scene.ply"})
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := recon.Hypothesis{ID: "H1", Title: "Fire on the floor", Origin: recon.Origin{Room: "box", At: recon.Vec{1, 1, 0.2}, RadiusM: 0.3},
		Ignition: recon.Ignition{Time: began, UncertaintyS: 20}, Rooms: []recon.Room{{Name: "box", Min: recon.Vec{0, 0, 0}, Max: recon.Vec{4, 3, 2.5}}}}
	series := func(name, unit string, v ...float64) recon.Series {
		return recon.Series{Name: name, Room: "box", Unit: unit, Value: v}
	}
	r := recon.FireResult{HypothesisID: "H1", Tier: "zones", TimeS: []float64{0, 100, 200},
		Series: []recon.Series{series("upper_layer", "C", 20, 300, 600), series("interface", "m", 2.5, 1.5, 1), series("hrr", "kW", 0, 200, 800)}}
	second := h
	second.ID = "H2"
	writeJSON(t, filepath.Join(dir, casefile.HypothesisDir, "simulated", "result.json"), map[string]any{"hypotheses": []map[string]any{{"hypothesis": h, "result": r}, {"hypothesis": second, "result": r}}})
	writeJSON(t, filepath.Join(dir, casefile.TimelineDir, "result.json"), map[string]any{"events": []forensics.Event{
		{ID: "V1", Message: "alarm", Raw: "12:01:00", Parsed: began.Add(time.Minute), Corrected: began.Add(70 * time.Second), SigmaS: 2, ClockID: "panel", Exhibit: "E002"}}})
	item, err := json.Marshal(forensics.Item{ID: "E002-I0001", Exhibit: "E002", Type: "text", Name: "a.txt", Origin: forensics.FromLive, State: forensics.Partial, SizeB: 100,
		Locators: []forensics.Locator{forensics.At("E002", 0, 100)}, Confidence: 1})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, casefile.ItemsDir, "E002", "items.jsonl"), append(item, '\n'))
	return dir
}

// boxRoom is the floor and walls of a room, 4 x 3 x 2.5 m, as an ascii PLY.
func boxRoom() []byte {
	var rows []string
	add := func(x, y, z float64) {
		rows = append(rows, fmt.Sprintf("%.3f %.3f %.3f %d %d %d", x, y, z, 60+int(40*x), 60+int(50*y), 60+int(60*z)))
	}
	const step = 0.04
	for x := 0.0; x <= 4; x += step {
		for y := 0.0; y <= 3; y += step {
			add(x, y, 0)
		}
		for z := 0.0; z <= 2.5; z += step {
			add(x, 0, z)
			add(x, 3, z)
		}
	}
	for y := 0.0; y <= 3; y += step {
		for z := 0.0; z <= 2.5; z += step {
			add(0, y, z)
			add(4, y, z)
		}
	}
	return []byte(fmt.Sprintf("ply\nformat ascii 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n%s\n",
		len(rows), strings.Join(rows, "\n")))
}

// TestScript opens a case, looks at it from above, measures it and replays its fire.
func TestScript(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	run1(t, screen, fmt.Sprintf(`open %[1]s
state %[2]s/open.json
view plan
moment 150
pick .35 .4
pick .6 .6
panel items
item E002-I0001
panel photos
photo E001
side 2
screenshot %[2]s/en.png
side 1
lang zh
save %[2]s/scene.png
save %[2]s/again.png
state %[2]s/end.json
screenshot %[2]s/zh.png
quit
`, dir, out))
	s := readState(t, filepath.Join(out, "open.json"))
	if s.Case != "Box room" || s.Cloud != "scans" || s.Points < 20000 || s.Chosen != "H1" || s.Events != 1 || s.Items != 1 || s.Photos != 1 || len(s.Troubles) > 0 {
		t.Errorf("after opening: %+v", s)
	}
	s = readState(t, filepath.Join(out, "end.json"))
	if s.Lang != "zh" || s.AfterS != 150 || len(s.Marks) != 1 {
		t.Errorf("at the end: %+v", s)
	}
	var length, sigma float64
	if _, err := fmt.Sscanf(s.Marks[0], "%f ± %f", &length, &sigma); err != nil || length < 0.3 || length > 5 || sigma <= 0 || sigma > 0.1 {
		t.Errorf("measured %q", s.Marks[0])
	}
	en, zh := readPNG(t, filepath.Join(out, "en.png")), readPNG(t, filepath.Join(out, "zh.png"))
	if en.Bounds().Dx() != 1280 || colours(en) < 2000 || colours(zh) < 1000 {
		t.Errorf("pictures of %v with %d and %d colours", en.Bounds(), colours(en), colours(zh))
	}
	a, err1 := os.ReadFile(filepath.Join(out, "scene.png"))
	b, err2 := os.ReadFile(filepath.Join(out, "again.png"))
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Error("the same scene was saved with other bytes")
	}
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// colours counts the different colours of a picture.
func colours(img image.Image) int {
	seen := map[color.RGBA]bool{}
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			seen[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), 255}] = true
		}
	}
	return len(seen)
}

// TestMouseAndKeys turns the scene with a real mouse and switches the language with
// real keys.
func TestMouseAndKeys(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("xdotool"); err != nil {
		t.Skip("xdotool is not installed: mouse and keys are not tested")
	}
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	c, said := start(t, screen, fmt.Sprintf("open %s\nstate %s/before.json\nuntil %s/done\nsleep 1\nstate %s/after.json\nquit\n", dir, out, out, out))
	waitFor(t, filepath.Join(out, "before.json"))
	x := exec.Command("xdotool", strings.Fields("mousemove 500 300 sleep .3 mousedown 1 sleep .3 mousemove 560 300 sleep .2 mousemove 620 320 sleep .3 mouseup 1 sleep .3 "+
		// Without a window manager nobody gives the window the keyboard.
		"search --onlyvisible --name firescene windowfocus sleep .3 keydown ctrl sleep .2 key l sleep .2 keyup ctrl sleep .3")...)
	x.Env = append(os.Environ(), "DISPLAY="+screen)
	if b, err := x.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, b)
	}
	writeFile(t, filepath.Join(out, "done"), nil)
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	before, after := readState(t, filepath.Join(out, "before.json")), readState(t, filepath.Join(out, "after.json"))
	if turned := math.Abs(before.YawDeg - after.YawDeg); turned < 10 || turned > 80 {
		t.Errorf("120 pixels of the mouse turned the scene by %.1f degrees", turned)
	}
	if after.Lang != "zh" {
		t.Errorf("Ctrl+L left the language %q", after.Lang)
	}
}

func waitFor(t testing.TB, path string) {
	t.Helper()
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the window did not come to ", filepath.Base(path))
}

// TestJob runs the stages beside the window, watches and cancels them.
func TestJob(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	tool := filepath.Join(t.TempDir(), "firescene")
	writeFile(t, tool, []byte("#!/bin/sh\necho 'photos: 3/10 (30 %), about 5s left' >&2\n[ \"$1\" = run ] && [ \"$2\" = '"+dir+"' ] || exit 9\nexec sleep 60\n"))
	if err := os.Chmod(tool, 0o777); err != nil {
		t.Fatal(err)
	}
	run1(t, screen, fmt.Sprintf("open %s\nrun\nsleep 1\nstate %s/running.json\ncancel\nwait 30\nstate %s/ended.json\nquit\n", dir, out, out), "PATH="+filepath.Dir(tool)+":"+os.Getenv("PATH"))
	if s := readState(t, filepath.Join(out, "running.json")); s.Job != "running" || !strings.Contains(s.JobLine, "30 %") {
		t.Errorf("while it runs: %+v", s)
	}
	if s := readState(t, filepath.Join(out, "ended.json")); s.Job != "failed" {
		t.Errorf("after cancelling: %+v", s)
	}
}

// TestTroubles opens what is no case, and a case one of whose stages is damaged.
func TestTroubles(t *testing.T) {
	t.Parallel()
	screen, dir, out := display(t), sampleCase(t), t.TempDir()
	writeFile(t, filepath.Join(dir, casefile.HypothesisDir, "simulated", "result.json"), []byte("{broken"))
	run1(t, screen, fmt.Sprintf("open %[1]s/nothing\nstate %[1]s/none.json\nopen %[2]s\nstate %[1]s/damaged.json\nquit\n", out, dir))
	if s := readState(t, filepath.Join(out, "none.json")); !strings.Contains(s.Message, "not a case") || s.Case != "" {
		t.Errorf("no case: %+v", s)
	}
	if s := readState(t, filepath.Join(out, "damaged.json")); s.Case != "Box room" || len(s.Troubles) != 1 || s.Cloud != "scans" {
		t.Errorf("a damaged stage: %+v", s)
	}
}

// TestCloudAlone opens a cloud that is in no case: there is nothing to run on it.
func TestCloudAlone(t *testing.T) {
	t.Parallel()
	screen, out := display(t), t.TempDir()
	cloud := filepath.Join(out, "room.ply")
	writeFile(t, cloud, boxRoom())
	run1(t, screen, fmt.Sprintf("open %s\nrun\nstate %s/state.json\nquit\n", cloud, out))
	if s := readState(t, filepath.Join(out, "state.json")); s.Cloud != "room.ply" || s.Points < 20000 || s.Job != "" || s.Message == "" {
		t.Errorf("a cloud alone: %+v", s)
	}
}

// TestNoDisplay asks for a window where none can be.
func TestNoDisplay(t *testing.T) {
	t.Parallel()
	c, out := start(t, "", "quit\n", "WAYLAND_DISPLAY=")
	err := c.Wait()
	if err == nil || !strings.Contains(out.String(), "firescene render") {
		t.Errorf("without a display: %v, %s", err, out)
	}
}

// TestScriptRefused names the line of what it does not understand.
func TestScriptRefused(t *testing.T) {
	for text, want := range map[string]string{"open a\nsoar 3\n": "line 2", "orbit 1\n": "takes 2", "panel\n": "takes 1"} {
		path := filepath.Join(t.TempDir(), "s.txt")
		writeFile(t, path, []byte(text))
		if _, err := readScript(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
