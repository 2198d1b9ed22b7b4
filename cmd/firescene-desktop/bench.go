//go:build cgo

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"time"

	"firescene/render"
)

// bench turns the scene in steps of a few pixels, a step a frame, and measures. The
// first frames are not counted: they upload what later ones share.
type bench struct {
	turns int
	path  string
	at    int
	began time.Time
	cpu   time.Duration
}

// warmUp is how many frames go by before the clock is started.
const warmUp = 5

// benchResult is what a bench writes.
type benchResult struct {
	Frames          int     `json:"frames"`
	Seconds         float64 `json:"seconds"`
	FramesPerSecond float64 `json:"frames_per_second"`
	CPUMsPerFrame   float64 `json:"cpu_ms_per_frame"` // of this process, user and system
	Renderer        string  `json:"renderer"`
	Points          int     `json:"points"` // of the cloud
	Width           int     `json:"width"`  // of the window
	Height          int     `json:"height"`
}

func (b *bench) step(t *tool) (done bool, err error) {
	if b.turns < 1 || b.turns > 100_000 {
		return false, fmt.Errorf("bench %d: give 1 to 100000 frames", b.turns)
	}
	if b.at == 0 {
		t.win.Unpaced()
	}
	if b.at == warmUp {
		b.began, b.cpu = time.Now(), cpuTime()
	}
	if b.at == warmUp+b.turns {
		s := time.Since(b.began).Seconds()
		state := t.desk.State()
		w, h := t.win.SizePx()
		r := benchResult{Frames: b.turns, Seconds: s, FramesPerSecond: float64(b.turns) / s, CPUMsPerFrame: float64((cpuTime() - b.cpu).Milliseconds()) / float64(b.turns),
			Renderer: state.Renderer, Points: state.Points, Width: w, Height: h}
		out, err := json.MarshalIndent(r, "", " ")
		if err == nil {
			err = os.WriteFile(b.path, append(out, '\n'), 0o666)
		}
		return true, err
	}
	t.desk.Orbit(4, 0)
	b.at++
	return false, nil
}

// comparePNG writes how far two pictures differ, as JSON.
func comparePNG(a, b, path string) error {
	first, err := loadPNG(a)
	if err != nil {
		return err
	}
	second, err := loadPNG(b)
	if err != nil {
		return err
	}
	d, err := render.Compare(first, second)
	if err != nil {
		return err
	}
	out, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(out, '\n'), 0o666)
}

func loadPNG(path string) (*image.RGBA, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out, ok := img.(*image.RGBA)
	if !ok {
		return nil, errors.New(path + ": not a picture of this program")
	}
	return out, nil
}
