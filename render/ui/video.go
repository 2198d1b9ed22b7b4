//go:build cgo

package ui

import (
	"fmt"

	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// VideoRequest is a replay to be written: what the scene shows, or a camera path.
type VideoRequest struct {
	Path          string // file to write, .mp4 or .avi
	Hypotheses    []string
	Speed         float64
	FPS           int
	Width, Height int
	CameraPath    string          // of the case; empty: Camera
	Camera        []scene.PathKey // one key: the scene's camera as it stands
}

// videoForm is what the dialog for a video asks.
type videoForm struct {
	width, height, fps int32
	speed              float32
	path               int // in Case.Paths; -1: the camera as it stands
}

func newVideoForm(d *Desk) videoForm {
	return videoForm{width: 1280, height: 720, fps: 10, speed: d.speed, path: -1}
}

// videoBody asks for size, speed and way of a video and starts it as a job.
func (d *Desk) videoBody(done func()) {
	g, f := &d.dialog, &d.dialog.video
	imgui.InputTextWithHint("##name", d.T("name"), &g.name, 0, nil)
	imgui.SameLine()
	imgui.TextDisabled(".mp4 / .avi")
	number := func(name string, v *int32, low, high int32) {
		imgui.SetNextItemWidth(imgui.FontSize() * 6)
		imgui.DragIntV(d.T(name)+"###"+name, v, 1, low, high, "%d", imgui.SliderFlagsAlwaysClamp)
		imgui.SameLine()
	}
	number("video_width", &f.width, 64, 4096)
	number("video_height", &f.height, 64, 4096)
	number("video_fps", &f.fps, 1, 60)
	imgui.SetNextItemWidth(imgui.FontSize() * 7)
	imgui.SliderFloatV(d.T("video_speed")+"###videospeed", &f.speed, 1, 120, "%.0f x", imgui.SliderFlagsLogarithmic)
	shown := d.T("video_still")
	if f.path >= 0 && f.path < len(d.kase.Paths) {
		shown = d.kase.Paths[f.path].Name
	}
	imgui.SetNextItemWidth(imgui.FontSize() * 12)
	if imgui.BeginCombo(d.T("path")+"###videopath", shown) {
		if imgui.SelectableBool(d.T("video_still")) {
			f.path = -1
		}
		for i := range d.kase.Paths {
			if imgui.SelectableBool(plain(d.kase.Paths[i].Name)) {
				f.path = i
			}
		}
		imgui.EndCombo()
	}
	imgui.SameLine()
	fires := d.shownFires()
	text := d.T("video_none")
	for i, x := range fires {
		if i == 0 {
			text = ""
		}
		text += x.Hypothesis.ID + " "
	}
	imgui.TextUnformatted(text)
	imgui.BeginDisabledV(g.name == "" || !d.mayWork() || len(fires) == 0 && f.path < 0)
	if imgui.Button(d.T("video_write")) {
		d.startVideo(g.dir + "/" + g.name)
		done()
	}
	imgui.EndDisabled()
}

// startVideo has a replay written as the dialog says.
func (d *Desk) startVideo(path string) {
	f := &d.dialog.video
	r := VideoRequest{Path: path, Speed: float64(f.speed), FPS: int(f.fps), Width: int(f.width), Height: int(f.height)}
	for _, x := range d.shownFires() {
		if x.Result != nil && len(x.Result.TimeS) > 0 {
			r.Hypotheses = append(r.Hypotheses, x.Hypothesis.ID)
		}
	}
	if f.path >= 0 && f.path < len(d.kase.Paths) {
		r.CameraPath = d.kase.Paths[f.path].Name
	} else {
		r.Camera = []scene.PathKey{scene.KeyOf(d.scene.cam.view(r.Width, r.Height), 0)}
	}
	d.focus = "jobs"
	d.hooks.Video(r)
}

// WriteVideo has the replay that the scene shows written, with the camera as it stands
// or along a path of the case.
func (d *Desk) WriteVideo(path, cameraPath string, width, height int) error {
	if d.kase == nil || !d.mayWork() {
		return fmt.Errorf("no work can be started on this case")
	}
	f := &d.dialog.video
	*f = newVideoForm(d)
	f.width, f.height = int32(width), int32(height)
	for i, p := range d.kase.Paths {
		if p.Name == cameraPath {
			f.path = i
		}
	}
	d.startVideo(path)
	return nil
}
