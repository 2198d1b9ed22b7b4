//go:build cgo

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"firescene/forensics/casefile"
	"firescene/render/scene"
	"firescene/render/ui"
)

// savePaths keeps the camera paths of the open case, by way of a temporary name.
func (t *tool) savePaths(paths []scene.Path) error {
	if t.dir == "" || t.kase.Gone || t.kase.ReadOnly {
		return fmt.Errorf("%s: %s", casefile.PathsFile, t.desk.T("case_elsewhere"))
	}
	return writePaths(filepath.Join(t.dir, casefile.PathsFile), paths)
}

func writePaths(path string, paths []scene.Path) error {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	err = scene.WritePaths(f, paths)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// video has a replay of the case drawn by the command-line tool.
func (t *tool) video(r ui.VideoRequest) {
	if !t.inCase() {
		return
	}
	args := []string{"render", t.dir, "-o", r.Path, "--size", fmt.Sprintf("%dx%d", r.Width, r.Height), "--fps", fmt.Sprint(r.FPS), "--speed", fmt.Sprint(r.Speed), "--one-clock"}
	for _, id := range r.Hypotheses {
		args = append(args, "--hypothesis", id)
	}
	way := r.CameraPath
	if len(r.Camera) > 0 {
		f, err := os.CreateTemp("", "firescene-camera-*.json")
		if err == nil {
			way = f.Name()
			err = firstError(f.Close(), writePaths(way, []scene.Path{{Name: "window", Keys: r.Camera}}))
		}
		if err != nil {
			t.desk.Say(t.desk.T("not_saved") + err.Error())
			return
		}
	}
	t.start(t.desk.T("video")+" "+filepath.Base(r.Path), func() { t.desk.Say(t.desk.T("saved") + r.Path) }, append(args, "--path", way)...)
	switch {
	case len(r.Camera) == 0:
	case t.job != nil && !t.job.view.Ended:
		t.job.after = func() { _ = os.Remove(way) }
	default: // it could not be started
		_ = os.Remove(way)
	}
}
