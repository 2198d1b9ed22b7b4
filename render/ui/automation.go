//go:build cgo

package ui

import (
	"errors"
	"fmt"
	"image"
	"time"

	"firescene/render/gl"
	"firescene/render/scene"
)

// Stir has the next frame drawn even though nothing happened.
func (w *Window) Stir() { w.stir = max(w.stir, 1) }

// Picture is what the window showed last. It is to be called between two frames.
func (w *Window) Picture() (*image.RGBA, error) {
	wide, high := w.SizePx()
	img := image.NewRGBA(image.Rect(0, 0, wide, high))
	return img, w.GL.Do(func() error { return gl.ReadWindow(wide, high, img.Pix) })
}

// AtRest says that the window shows all it has: the scene in full, pictures decoded.
func (d *Desk) AtRest() bool {
	return d.overlays == 0 && !d.paths.flying && !d.restless && !d.pictures.waiting() && d.loading == "" && !d.scene.coming && d.tool.under == 0
}

// Orbit turns the scene as a movement of the mouse by so many pixels does.
func (d *Desk) Orbit(dx, dy float64) { d.scene.cam.turn(dx, dy); d.scene.moved = time.Now() }

// Zoom moves the scene's camera nearer by so many steps of the wheel.
func (d *Desk) Zoom(steps float64) {
	d.scene.cam.zoom(steps, d.scene.extent())
	d.scene.moved = time.Now()
}

// SetMoment puts the playhead so many seconds after the ignition of the hypothesis
// that is shown.
func (d *Desk) SetMoment(afterS float64) {
	if f := d.chosenFire(); f != nil {
		d.moment, d.playing = f.Hypothesis.Ignition.Time.Add(secondsOf(afterS)), false
	}
}

// Alone shows the scene alone, or all panels again.
func (d *Desk) Alone(on bool) { d.sceneAlone(on) }

// SideBySide shows up to n hypotheses: the next best beside the one that is shown.
func (d *Desk) SideBySide(n int) { d.scene.sides = n }

// Popup opens a dialog, or what a button above the scene opens.
func (d *Desk) Popup(name string) {
	switch name {
	case "open", "new", "add", "export", "video":
		d.act(name)
	default:
		d.popup = name
	}
}

// ShowCloud shows another cloud of the case.
func (d *Desk) ShowCloud(name string) error {
	if d.kase != nil {
		for _, c := range d.kase.Clouds {
			if c.Name == name {
				d.hooks.LoadCloud(c, d.scene.colour)
				return nil
			}
		}
	}
	return fmt.Errorf("no cloud %q", name)
}

// Step moves the playhead by steps of what was simulated.
func (d *Desk) Step(n int) { d.step(n) }

// Play begins or ends the replay.
func (d *Desk) Play() { d.act("play") }

// PickAt picks the point of the scene at a place of its picture, 0..1 from its top
// left corner, as a click while measuring does.
func (d *Desk) PickAt(x, y float64) error {
	v := &d.scene
	dr, err := d.drawer(true)
	if err != nil {
		return err
	}
	if v.shown == nil {
		return errors.New("the scene shows nothing")
	}
	size := v.shown.Rect.Size()
	p, ok := dr.At(int(x*float64(size.X)), int(y*float64(size.Y)))
	if !ok {
		return fmt.Errorf("no point of the cloud lies at %g %g", x, y)
	}
	if !v.picking {
		d.setPicking(true)
	}
	d.pick(p)
	return nil
}

// SaveScene writes the scene as it is shown.
func (d *Desk) SaveScene(path string) error {
	if d.scene.shown == nil {
		return errors.New("the scene shows nothing")
	}
	return d.hooks.SavePNG(path, d.scene.shown)
}

// Choose does what a click on something does: what is "panel", "view",
// "hypothesis", "item", "photo", "colour", or "goto" for looking from a photo's place.
func (d *Desk) Choose(what, name string) error {
	missing := fmt.Errorf("no %s %q", what, name)
	switch what {
	case "panel":
		if _, ok := d.panelOpen[name]; !ok {
			return missing
		}
		d.panelOpen[name], d.focus = true, name
		return nil
	case "view":
		wide, high := 900, 500
		if v := d.scene.shown; v != nil {
			wide, high = v.Rect.Dx(), v.Rect.Dy()
		}
		if _, err := scene.Named(name, d.scene.extent(), wide, high); err != nil {
			return err
		}
		d.scene.look(name, wide, high)
		return nil
	}
	if d.kase == nil {
		return errors.New("no case is open")
	}
	if what == "colour" {
		d.colourBy(name)
		return nil
	}
	switch what {
	case "hypothesis":
		for _, f := range d.kase.Fires {
			if f.Hypothesis.ID == name {
				d.chosen = name
				return nil
			}
		}
	case "item":
		for _, m := range d.kase.Media {
			for _, it := range m.Items {
				if it.ID == name {
					d.items.chosen, d.focus = name, "items"
					return nil
				}
			}
		}
	case "photo", "goto":
		for i := range d.kase.Photos {
			if p := &d.kase.Photos[i]; p.Exhibit == name {
				d.photos.choose(name)
				d.focus = "photos"
				d.scene.stale()
				if what == "goto" {
					if !p.Placed {
						return fmt.Errorf("photo %s has no place in the scene", name)
					}
					d.lookFrom(p)
				}
				return nil
			}
		}
	}
	return missing
}

// AskToClose does what closing the window by its frame does.
func (d *Desk) AskToClose() { d.act("quit") }

// State is what a script can ask the window for.
type State struct {
	Case     string    `json:"case"`
	Lang     string    `json:"lang"`
	Cloud    string    `json:"cloud"`
	Points   int       `json:"points"`
	Chosen   string    `json:"hypothesis"`
	AfterS   float64   `json:"after_s"`
	YawDeg   float64   `json:"yaw_deg"`
	PitchDeg float64   `json:"pitch_deg"`
	Marks    []string  `json:"measurements"`
	Events   int       `json:"events"`
	Items    int       `json:"items"`
	Photos   int       `json:"photos"`
	Message  string    `json:"message"`
	Troubles []string  `json:"troubles"`
	Job      string    `json:"job"` // "", "running", "done" or "failed"
	JobLine  string    `json:"job_line"`
	Playing  bool      `json:"playing"`
	Pace     Pace      `json:"pace"`
	Asks     bool      `json:"asks"` // whether to stop the work and close
	ReadOnly bool      `json:"read_only"`
	Gone     bool      `json:"gone"`
	Photo    string    `json:"photo"`
	Item     string    `json:"item"`
	Trouble  string    `json:"trouble"` // of the scene
	Paths    []string  `json:"paths"`
	PathS    float64   `json:"path_s"`
	Camera   Camera    `json:"camera"`
	Through  string    `json:"through"`
	Training *Training `json:"training,omitempty"`
	Caption  string    `json:"caption"`
	Renderer string    `json:"renderer"` // of the last picture of the scene
	GL       string    `json:"gl"`       // vendor, renderer and version of the window's OpenGL
	ToolsState
}

// State tells what the window shows.
func (d *Desk) State() State {
	s := State{Lang: d.lang, Cloud: d.scene.name, Chosen: d.chosen, YawDeg: d.scene.cam.yawDeg, PitchDeg: d.scene.cam.pitchDeg, Message: d.message, Playing: d.playing, Pace: d.pace.tell(),
		Asks: d.leaving == "ask", Photo: d.photos.chosen, Item: d.items.chosen, Trouble: d.scene.trouble,
		PathS: d.paths.at, Camera: d.scene.cam.camera(),
		Through: d.scene.through.name, Caption: d.scene.through.caption, Renderer: d.scene.renderer}
	info := d.win.GL.Info()
	s.GL = info.Vendor + " | " + info.Renderer + " | " + info.Version
	if d.scene.full != nil {
		s.Points = d.scene.full.Cloud().Len()
	}
	if l := d.scene.levels; l != nil {
		s.Points = int(l.Points())
	}
	d.toolState(&s)
	if c := d.kase; c != nil {
		s.ReadOnly, s.Gone = c.ReadOnly, c.Gone
		for _, p := range c.Paths {
			s.Paths = append(s.Paths, p.Name)
		}
		s.Training = c.Training
		s.Case, s.Events, s.Photos, s.Troubles = c.Name, len(c.Events), len(c.Photos), c.Troubles
		for _, m := range c.Media {
			s.Items += len(m.Items)
		}
		if f := d.chosenFire(); f != nil {
			s.AfterS = d.afterS(f)
		}
	}
	if j := d.job; j != nil {
		s.Job, s.JobLine = "running", j.Line
		switch {
		case j.Failed:
			s.Job = "failed"
		case j.Ended:
			s.Job = "done"
		}
	}
	return s
}
