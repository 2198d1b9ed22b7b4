//go:build cgo

package ui

import (
	"encoding/json"
	"maps"
	"time"

	"gonum.org/v1/gonum/spatial/r3"
)

// Session is what a window shows, kept while it is open, so that it opens again where
// it was: after it was closed as after a crash.
type Session struct {
	Case       string          `json:"case"` // folder of the open case, or file of a cloud alone; empty: none
	Running    bool            `json:"running"`
	Opening    bool            `json:"opening"` // the case was not shown yet: opening it again may end the same way
	Job        string          `json:"job"`     // work on the case that was under way; empty: none
	Cloud      string          `json:"cloud"`
	Colour     string          `json:"colour"`
	Camera     *Camera         `json:"camera"`
	Layers     map[string]bool `json:"layers"`
	Hypothesis string          `json:"hypothesis"`
	Moment     time.Time       `json:"moment"`
	Speed      float32         `json:"speed"`
	Loop       bool            `json:"loop"`
	Sides      int             `json:"sides"`
	Photo      string          `json:"photo"`
	Item       string          `json:"item"`
	Panels     map[string]bool `json:"panels"`
}

// Camera is the place and direction from which the scene is looked at.
type Camera struct {
	Target       [3]float64 `json:"target"`
	YawDeg       float64    `json:"yaw_deg"`
	PitchDeg     float64    `json:"pitch_deg"`
	DistM        float64    `json:"dist_m"`
	FovYDeg      float64    `json:"fov_y_deg"`
	OrthoHeightM float64    `json:"ortho_height_m"`
	Cut          bool       `json:"cut"` // opened as the overview is
}

func (o *orbit) camera() Camera {
	t := o.target
	return Camera{[3]float64{t.X, t.Y, t.Z}, o.yawDeg, o.pitchDeg, o.distM, o.fovYDeg, o.orthoHeightM, o.clip != nil}
}

// set takes a camera; the cut is the caller's.
func (o *orbit) set(c Camera) {
	o.target = r3.Vec{X: c.Target[0], Y: c.Target[1], Z: c.Target[2]}
	o.yawDeg, o.pitchDeg, o.distM, o.fovYDeg, o.orthoHeightM = c.YawDeg, c.PitchDeg, c.DistM, c.FovYDeg, c.OrthoHeightM
}

// valid says that a camera can be looked through.
func (c *Camera) valid() bool {
	for _, v := range []float64{c.Target[0], c.Target[1], c.Target[2], c.YawDeg, c.PitchDeg, c.DistM, c.FovYDeg, c.OrthoHeightM} {
		if v-v != 0 {
			return false
		}
	}
	return c.DistM > 0 && c.FovYDeg > 0 && c.FovYDeg < 180 && c.OrthoHeightM >= 0
}

// session is the session as it stands.
func (d *Desk) session() Session {
	v := &d.scene
	s := Session{Running: true, Colour: v.colour, Cloud: v.name, Layers: map[string]bool{}, Hypothesis: d.chosen, Moment: d.moment, Speed: d.speed, Loop: d.loop, Sides: v.sides,
		Photo: d.photos.chosen, Item: d.items.chosen, Panels: maps.Clone(d.panelOpen), Opening: d.opening}
	if d.playing {
		s.Moment = time.Time{} // it would change all the time
		if d.set.Session != nil {
			s.Moment = d.set.Session.Moment
		}
	}
	for _, l := range v.layerSwitches() {
		s.Layers[l.name] = *l.on
	}
	for _, p := range d.hidden {
		s.Panels[p] = true
	}
	if d.kase != nil {
		s.Case = d.kase.Dir
		if d.kase.Alone != "" {
			s.Case = d.kase.Alone
		}
	}
	if d.opening && d.loadingPath != "" {
		s.Case = d.loadingPath
	}
	if v.has() {
		c := v.cam.camera()
		s.Camera = &c
	} else if r := d.resume; r != nil {
		s.Camera, s.Cloud, s.Colour = r.Camera, r.Cloud, r.Colour // not there yet
	}
	if j := d.job; j != nil && !j.Ended {
		s.Job = j.Title
	}
	return s
}

// Resume has the next case shown as a session left it, when it is the session's.
func (d *Desk) Resume(s Session) { d.resume = &s }

// resumeCase takes what a session says of the case that is shown now.
func (d *Desk) resumeCase() {
	s := d.resume
	if s == nil {
		return
	}
	if d.kase.Alone != s.Case && d.kase.Dir != s.Case {
		d.resume = nil
		return
	}
	for _, f := range d.kase.Fires {
		if f.Hypothesis.ID == s.Hypothesis {
			d.chosen = s.Hypothesis
		}
	}
	if !s.Moment.IsZero() {
		d.moment = s.Moment
	}
	if s.Speed >= 1 && s.Speed <= 120 {
		d.speed = s.Speed
	}
	d.loop, d.scene.sides, d.photos.chosen, d.items.chosen = s.Loop, min(max(s.Sides, 1), 4), s.Photo, s.Item
	for _, l := range d.scene.layerSwitches() {
		if v, ok := s.Layers[l.name]; ok {
			*l.on = v
		}
	}
	for _, p := range panels {
		if v, ok := s.Panels[p]; ok {
			d.panelOpen[p] = v
		}
	}
}

// resumeCamera takes the camera of a session once its cloud is there.
func (d *Desk) resumeCamera() {
	s := d.resume
	d.resume = nil
	if s == nil || s.Camera == nil || !s.Camera.valid() || s.Cloud != d.scene.name {
		return
	}
	d.scene.cam.set(*s.Camera)
	if !s.Camera.Cut {
		d.scene.cam.clip = nil
	}
}

// WantedCloud is the cloud and the colour of its points that the session to be resumed
// showed; empty when there is none.
func (d *Desk) WantedCloud() (name, colour string) {
	if d.resume == nil {
		return "", ""
	}
	return d.resume.Cloud, d.resume.Colour
}

// saveEvery is how often what the window shows is kept at most.
const saveEvery = 2 * time.Second

// keep has the session saved when it changed; it says for how long the window may rest
// before it is asked again.
func (d *Desk) keep() (restS float64) {
	if d.hooks.Remember == nil {
		return 60
	}
	b, err := json.Marshal(d.session())
	if err != nil || string(b) == d.kept {
		return 60
	}
	if since := time.Since(d.keptAt); since < saveEvery {
		return (saveEvery - since).Seconds()
	}
	d.kept, d.keptAt = string(b), time.Now()
	d.hooks.Remember(d.Settings())
	return 60
}

// Ended are the settings to be kept when the window was closed as it should be.
func (d *Desk) Ended() Settings {
	s := d.Settings()
	s.Session.Running, s.Session.Opening = false, false
	return s
}
