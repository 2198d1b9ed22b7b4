package main

import (
	"encoding/json"
	"fmt"
	"image/png"
	"os"
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
		"film":             {[]string{cloud, "-o", "a.mp4"}, exitUsage, ".png"},
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
