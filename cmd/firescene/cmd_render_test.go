package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"firescene/render/gl"
)

// smallRoomPLY writes a room of 3 x 2 x 2.4 m as an ASCII PLY.
func smallRoomPLY(t *testing.T) string {
	t.Helper()
	var points []string
	add := func(x, y, z float64, grey int) {
		points = append(points, fmt.Sprintf("%.3f %.3f %.3f %d %d %d", x, y, z, grey, grey, grey))
	}
	const step = 0.05
	for x := 0.0; x <= 3; x += step {
		for y := 0.0; y <= 2; y += step {
			add(x, y, 0, 90)
			add(x, y, 2.4, 40)
		}
		for z := 0.0; z <= 2.4; z += step {
			add(x, 0, z, 180)
			add(x, 2, z, 180)
		}
	}
	for y := 0.0; y <= 2; y += step {
		for z := 0.0; z <= 2.4; z += step {
			add(0, y, z, 180)
			add(3, y, z, 180)
		}
	}
	head := fmt.Sprintf("ply\nformat ascii 1.0\nelement vertex %d\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n", len(points))
	path := filepath.Join(t.TempDir(), "room.ply")
	if err := os.WriteFile(path, []byte(head+strings.Join(points, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func skipWithoutDrawing(t *testing.T) {
	t.Helper()
	c, err := gl.NewContext()
	if gl.IsMissing(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestRenderCloud(t *testing.T) {
	skipWithoutDrawing(t)
	cloud, dir := smallRoomPLY(t), t.TempDir()
	var sums []renderSummary
	for i, view := range []string{"plan", "plan", "1.5,1,1.6,0,0,0.5"} {
		out := filepath.Join(dir, fmt.Sprintf("%d.png", i))
		status, stdout, stderr := run(t, "render", cloud, "-o", out, "--size", "320x240", "--view", view, "--north", "15", "--json", "-q", "--workers", fmt.Sprint(i+1))
		if status != exitDone {
			t.Fatalf("%s: exit status %d: %s", view, status, stderr)
		}
		var s renderSummary
		if err := json.Unmarshal([]byte(stdout), &s); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(f)
		f.Close()
		if err != nil || img.Bounds().Dx() != 320 || img.Bounds().Dy() != 240 {
			t.Fatalf("%s: %v %v", view, img.Bounds(), err)
		}
		if s.Points < 5000 || s.Renderer == "" || s.WidthPx != 320 || len(s.SHA256) != 64 {
			t.Errorf("%s: summary %+v", view, s)
		}
		sums = append(sums, s)
	}
	if sums[0].SHA256 != sums[1].SHA256 {
		t.Error("the same picture with another worker count has other bytes")
	}
	if sums[0].SHA256 == sums[2].SHA256 {
		t.Error("two views have the same bytes")
	}
	status, stdout, _ := run(t, "render", cloud, "-o", filepath.Join(dir, "zh.png"), "--size", "160x120", "--lang", "zh", "-q")
	if status != exitDone || !strings.Contains(stdout, "像素") {
		t.Errorf("exit status %d: %s", status, stdout)
	}
}

func TestRenderRefuses(t *testing.T) {
	cloud, dir := smallRoomPLY(t), t.TempDir()
	png := filepath.Join(dir, "a.png")
	for name, tc := range map[string]struct {
		args []string
		want int
		says string
	}{
		"film":             {[]string{cloud, "-o", "a.mp4"}, exitUsage, "--hypothesis"},
		"other kind":       {[]string{cloud, "-o", "a.gif"}, exitUsage, ".png"},
		"two on a still":   {[]string{cloud, "-o", png, "--hypothesis", "a.yaml", "--hypothesis", "b.yaml"}, exitUsage, "a still shows one"},
		"no output":        {[]string{cloud}, exitUsage, "-o"},
		"size":             {[]string{cloud, "-o", png, "--size", "0x9"}, exitUsage, "--size"},
		"view":             {[]string{cloud, "-o", png, "--view", "nowhere"}, exitUsage, "overview"},
		"five numbers":     {[]string{cloud, "-o", png, "--view", "1,2,3,4,5"}, exitUsage, "six numbers"},
		"time alone":       {[]string{cloud, "-o", png, "--time", "5"}, exitUsage, "--hypothesis"},
		"no such file":     {[]string{filepath.Join(dir, "none.ply"), "-o", png}, exitFailed, "none.ply"},
		"no cloud here":    {[]string{dir, "-o", png}, exitFailed, "firescene run"},
		"no hypothesis":    {[]string{cloud, "-o", png, "--hypothesis", filepath.Join(dir, "h.yaml")}, exitFailed, "h.yaml"},
		"nothing to draw":  {nil, exitUsage, "arg"},
		"too many clouds":  {[]string{cloud, cloud, "-o", png}, exitUsage, "arg"},
		"not a number":     {[]string{cloud, "-o", png, "--view", "1,2,3,4,5,x"}, exitUsage, "number"},
		"time before fire": {[]string{cloud, "-o", png, "--hypothesis", "h.yaml", "--time", "-3"}, exitUsage, "--time"},
	} {
		status, _, stderr := run(t, append([]string{"render", "-q"}, tc.args...)...)
		if status != tc.want || !strings.Contains(stderr, tc.says) {
			t.Errorf("%s: exit status %d, said %q; want %d and %q", name, status, stderr, tc.want, tc.says)
		}
		if _, err := os.Stat(png); err == nil {
			t.Errorf("%s: a picture was left", name)
		}
	}
}

const replayHypothesis = `id: H%d
title: Fire at the wall
origin: {room: room, at_m: [%d, 1, 0], radius_m: 0.3, describe: floor}
ignition: {time: 2026-03-14T21:46:00+08:00, uncertainty_s: 20}
rooms: [{name: room, min_m: [0, 0, 0], max_m: [3, 2, 2.4], wall: brick, wall_thick_m: 0.2}]
openings: [{name: door, from: room, to: outside, width_m: 0.8, sill_m: 0, head_m: 2}]
fuels: [{name: chair, at_m: [%d, 1, 0], area_m2: 0.5, growth: {alpha_kW_s2: 0.0117, peak_kW: 300, plateau_s: 60, decay_s: 60}, source: test}]
duration_s: 120
`

// TestReplay writes the course of two hypotheses twice: the same bytes, as many
// pictures as were asked for, and pictures that change as the fire grows.
func TestReplay(t *testing.T) {
	skipWithoutDrawing(t)
	cloud, dir := smallRoomPLY(t), t.TempDir()
	args := []string{"render", cloud, "--size", "322x161", "--speed", "40", "--fps", "1", "--from", "20", "--json", "-q"}
	for i := range 2 {
		path := filepath.Join(dir, fmt.Sprintf("h%d.yaml", i))
		if err := os.WriteFile(path, fmt.Appendf(nil, replayHypothesis, i+1, i+1, i+1), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--hypothesis", path)
	}
	kinds := []string{".avi"}
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		kinds = append(kinds, ".mp4")
	} else {
		t.Log("ffmpeg is not installed: .mp4 is not tested")
	}
	for _, kind := range kinds {
		var sums []renderSummary
		for i := range 2 {
			out := filepath.Join(dir, fmt.Sprintf("%d%s", i, kind))
			status, stdout, stderr := run(t, append(args, "-o", out, "--workers", fmt.Sprint(i+1))...)
			if status != exitDone {
				t.Fatalf("%s: exit status %d: %s", kind, status, stderr)
			}
			var s renderSummary
			if err := json.Unmarshal([]byte(stdout), &s); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, s)
		}
		if sums[0].Frames != 3 || sums[0].SHA256 != sums[1].SHA256 || sums[0].SizeB < 3000 {
			t.Errorf("%s: %+v and %+v", kind, sums[0], sums[1])
		}
	}
	// Motion JPEG keeps each picture as a file of its own: they must differ.
	b, err := os.ReadFile(filepath.Join(dir, "0.avi"))
	if err != nil {
		t.Fatal(err)
	}
	parts := bytes.Split(b, []byte("\xff\xd8\xff"))
	if len(parts) < 4 || bytes.Equal(parts[1], parts[2]) || bytes.Equal(parts[2], parts[3]) {
		t.Errorf("%d pictures, or pictures that do not change", len(parts)-1)
	}
	if bytes.Contains(b, []byte(" at 20")) {
		t.Error("the file holds the time of its writing")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*.unfinished*"))
	if len(left) > 0 {
		t.Error("left behind: ", left)
	}
	for _, more := range [][]string{{"--to", "500"}, {"--fps", "0"}, {"--speed", "-1"}, {"--from", "100", "--to", "50"}} {
		if status, _, stderr := run(t, append(append(args, "-o", filepath.Join(dir, "x.avi")), more...)...); status != exitUsage {
			t.Errorf("%v: exit status %d, %s", more, status, stderr)
		}
	}
}

// TestRenderPath draws a way through a cloud without a hypothesis, twice to the same
// bytes, and refuses a path that is not there.
func TestRenderPath(t *testing.T) {
	skipWithoutDrawing(t)
	cloud, dir := smallRoomPLY(t), t.TempDir()
	way := filepath.Join(dir, "way.json")
	if err := os.WriteFile(way, []byte(`{"paths":[{"name":"w","keys":[{"at_s":0,"eye":[1,1,1.6],"target":[3,1,1],"fov_y_deg":60},{"at_s":1.5,"eye":[2,1,1.6],"target":[2,2,1],"fov_y_deg":60}]}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	var sums []renderSummary
	for i := range 2 {
		status, stdout, stderr := run(t, "render", cloud, "-o", filepath.Join(dir, fmt.Sprint(i, ".avi")), "--size", "160x120", "--fps", "4", "--path", way, "--json", "-q")
		if status != exitDone {
			t.Fatal(stderr)
		}
		var s renderSummary
		if err := json.Unmarshal([]byte(stdout), &s); err != nil {
			t.Fatal(err)
		}
		sums = append(sums, s)
	}
	if sums[0].Frames != 7 || sums[0].SHA256 != sums[1].SHA256 || sums[0].View != "w" {
		t.Errorf("%+v and %+v", sums[0], sums[1])
	}
	for _, at := range []string{"0", "1.5"} {
		if status, _, stderr := run(t, "render", cloud, "-o", filepath.Join(dir, at+".png"), "--size", "160x120", "--path", way, "--time", at, "-q"); status != exitDone {
			t.Fatal(stderr)
		}
	}
	a, _ := os.ReadFile(filepath.Join(dir, "0.png"))
	b, _ := os.ReadFile(filepath.Join(dir, "1.5.png"))
	if len(a) == 0 || bytes.Equal(a, b) {
		t.Error("stills from both ends of the path are the same")
	}
	if status, _, stderr := run(t, "render", cloud, "-o", filepath.Join(dir, "x.avi"), "--path", "nowhere", "-q"); status != exitUsage || !strings.Contains(stderr, "nowhere") {
		t.Errorf("a path that is not there: %d %s", status, stderr)
	}
}
