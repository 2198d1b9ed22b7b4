//go:build cgo

package ui

import (
	"fmt"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// Settings are what the window remembers from one day to the next.
type Settings struct {
	Lang   string   `json:"lang"` // "zh" or "en"
	Recent []string `json:"recent"`
	Layout string   `json:"layout"` // of the panels, as Dear ImGui writes it
	// Session is what the window shows, or showed last; nil: nothing yet.
	Session *Session `json:"session,omitempty"`
	// Renderer is what draws the points: "cpu", "gl" or "auto", which empty stands for.
	Renderer string `json:"renderer,omitempty"`
}

// panels in the order of the menu; each is a dockable window.
var panels = []string{"case", "scene", "photos", "items", "timeline", "hypotheses", "editor", "measure", "notes", "custody", "jobs", "training"}

// Desk is everything that the window shows and remembers while it is open.
type Desk struct {
	win   *Window
	hooks Hooks
	font  Font
	lang  string
	set   Settings

	kase    *Case
	loading string // what is being read; empty when nothing is
	message string // the last thing that was done or went wrong
	job     *Job

	panelOpen map[string]bool
	laidOut   bool
	hidden    []string // panels that were hidden to show the scene alone; nil: none were
	focus     string   // panel to be brought to the front
	front     []string // likewise, once the layout stands

	// What the user changes, and with what.
	measures  []recon.Measurement
	noted     []render.Annotation
	clocks    []forensics.Clock
	simulated []Fire // as they were read
	drafts    map[string]*recon.Hypothesis
	marked    string // measurement chosen in its list
	tool      toolState
	drag      drag
	editor    editorView
	notes     notesView
	clock     clockDialog
	history   history
	inputs    inputs
	spots     map[string][2]int // where things stand in the window

	scene    sceneView
	photos   photosView
	items    itemsView
	line     lineView
	pictures pictures
	pace     pace
	paths    pathsView
	overlays int // pictures of cameras being made ready

	resume      *Session // to be shown again
	opening     bool     // a case is being read for the first time
	loadingPath string   // of that case
	kept        string   // session as it was saved last
	keptAt      time.Time
	popup       string  // that a script opens
	noticed     string  // message whose notice was closed
	statusRoom  float32 // width that the menu bar has for messages
	leaving     string  // "ask": the user is asked whether to stop the work; "stop"
	dialog      dialog

	chosen   string // hypothesis shown in the scene
	moment   time.Time
	playing  bool
	loop     bool
	speed    float32
	lastTick time.Time
	restless bool // the next frame must follow soon
}

// NewDesk makes the desk of a window.
func NewDesk(w *Window, font Font, set Settings, hooks Hooks) *Desk {
	d := &Desk{win: w, hooks: hooks, font: font, set: set, lang: set.Lang, panelOpen: map[string]bool{}, scene: newSceneView(), speed: 10, tool: newTools(),
		drafts: map[string]*recon.Hypothesis{}, inputs: inputs{map[string]float64{}, map[string]string{}}, spots: map[string][2]int{}, editor: editorView{snap: "surface"}}
	if d.lang != "zh" {
		d.lang = "en"
	}
	for _, p := range panels {
		d.panelOpen[p] = true
	}
	d.pictures.begin(w, hooks)
	d.pace.began = w.began
	w.asks = d.mayClose
	w.drawn = func(took time.Duration) {
		d.pace.frame(took)
		if d.scene.movedFrame {
			d.scene.moving.after(took)
			d.scene.movedFrame = false
		}
		if d.pace.usable == 0 && d.kase != nil {
			d.pace.usable = time.Since(d.pace.began)
		}
	}
	if set.Layout != "" {
		imgui.LoadIniSettingsFromMemory(set.Layout)
	}
	return d
}

// Settings are the settings as they stand.
func (d *Desk) Settings() Settings {
	s := d.session()
	d.set.Lang, d.set.Layout, d.set.Session = d.lang, imgui.SaveIniSettingsToMemory(), &s
	return d.set
}

// Loading says that something is being read, shown until SetCase or SetCloud.
func (d *Desk) Loading(what string) {
	d.loading = what
	if what != "" {
		d.pace.asked, d.pace.first = time.Now(), 0
		d.pace.waited = d.pace.asked
	}
}

// Opening says that a case, or a cloud alone, is being opened, until it is shown or
// can not be.
func (d *Desk) Opening(path string) {
	d.opening, d.loadingPath = path != "", path
	if path != "" && d.hooks.Remember != nil {
		d.hooks.Remember(d.Settings()) // at once: if the program ends now, it must not open it again by itself
	}
}

// Reading says whether items of the case's media are still being read; the list of
// media may have changed when they are not.
func (d *Desk) Reading(on bool) { d.items.reading, d.items.stale = on, true }

// Say shows a message in the status line.
func (d *Desk) Say(text string) { d.message, d.noticed = text, "" }

// SetCase shows a case in place of the one before. A case that is read anew keeps
// what the user had chosen in it.
func (d *Desk) SetCase(c *Case) {
	same := d.kase != nil && d.kase.Dir == c.Dir
	d.kase, d.loading = c, ""
	d.win.SetTitle("firescene  " + c.Name)
	if !same {
		d.scene.drop()
		d.items, d.photos, d.line, d.paths = itemsView{}, photosView{}, lineView{}, pathsView{}
		d.chosen, d.moment, d.playing = "", time.Time{}, false
		d.history, d.editor.chosen, d.drag = history{}, partRef{}, drag{}
		d.pictures.clear()
		d.remember(c.Dir)
	}
	if c.Training != nil && !same {
		d.front = append(d.front, "training")
	}
	d.items.stale, d.line.built, d.line.byTime = true, false, nil
	if !same {
		d.resumeCase()
	}
	d.takeKept(c)
	if d.chosen == "" && len(c.Fires) > 0 {
		d.chosen = d.ranked()[0].Hypothesis.ID
	}
	if d.moment.IsZero() {
		d.moment = d.firstMoment()
	}
	d.scene.stale()
}

// takeKept takes over what the case holds of the user's own. Changes of hypotheses that
// were not kept as a version come back.
func (d *Desk) takeKept(c *Case) {
	d.measures, d.noted, d.clocks, d.simulated = c.Measures, c.Notes, c.Clocks, c.Fires
	d.drafts = map[string]*recon.Hypothesis{}
	for i := range c.Stated {
		s := &c.Stated[i]
		if s.Draft == nil || d.hooks.Tools.Edit == nil {
			s.Draft = nil
			continue
		}
		// An edit that changes nothing reads the text.
		_, h, err := d.hooks.Tools.Edit(s.Draft, recon.HypothesisEdit{})
		if err != nil {
			s.Draft = nil
			continue
		}
		d.drafts[s.Hypothesis.ID] = h
	}
	d.refreshFires()
}

// remember puts a case on top of the recent ones.
func (d *Desk) remember(dir string) {
	list := []string{dir}
	for _, r := range d.set.Recent {
		if r != dir && len(list) < 10 {
			list = append(list, r)
		}
	}
	d.set.Recent = list
}

// SetCloud shows a cloud that was made ready beside the window.
func (d *Desk) SetCloud(full, thin *scene.Prepared, name string, metric bool) {
	d.loading = ""
	same := d.scene.name == name && d.scene.has()
	d.scene.take(full, thin, name, metric, same)
	d.resumeCamera()
}

// SetLevels shows a cloud by its levels of detail. The desk closes it when another
// takes its place.
func (d *Desk) SetLevels(l Levels, name string, metric bool) {
	d.loading = ""
	d.scene.takeLevels(l, name, metric, d.scene.name == name && d.scene.has())
	d.resumeCamera()
}

// Arrived says that points which a view waited for have been read.
func (d *Desk) Arrived() { d.scene.arrived = true }

// SetJob shows how far work on the case is; nil when there is none.
func (d *Desk) SetJob(j *Job) { d.job = j }

// firstMoment is where the playhead stands at first: the last observed arrival, else a
// minute after the first ignition, else the last event.
func (d *Desk) firstMoment() time.Time {
	var last time.Time
	for _, o := range d.kase.Seen {
		if o.Kind == recon.ObsArrival && o.Time.After(last) {
			last = o.Time
		}
	}
	if last.IsZero() && len(d.kase.Fires) == 0 {
		for i := range d.kase.Events {
			if t := d.kase.Events[i].Corrected; t.After(last) {
				last = t
			}
		}
	}
	if last.IsZero() && len(d.kase.Fires) > 0 {
		last = d.kase.Fires[0].Hypothesis.Ignition.Time.Add(time.Minute)
	}
	return last
}

// ranked are the hypotheses, best first as they were ranked, the others behind.
func (d *Desk) ranked() []*Fire {
	var out []*Fire
	listed := map[string]bool{}
	add := func(id string) {
		for i := range d.kase.Fires {
			if f := &d.kase.Fires[i]; f.Hypothesis.ID == id && !listed[id] {
				out, listed[id] = append(out, f), true
			}
		}
	}
	if d.kase.Ranking != nil {
		for _, h := range d.kase.Ranking.Hypotheses {
			add(h.HypothesisID)
		}
	}
	for _, f := range d.kase.Fires {
		add(f.Hypothesis.ID)
	}
	return out
}

// shownFires are the hypotheses that the scene shows: the chosen one, and beside it
// the next best when several are held side by side.
func (d *Desk) shownFires() []*Fire {
	if d.kase == nil {
		return nil
	}
	var out []*Fire
	for _, f := range d.ranked() {
		if f.Hypothesis.ID == d.chosen {
			out = append([]*Fire{f}, out...)
		} else if d.scene.sides > 1 {
			out = append(out, f)
		}
	}
	return out[:min(len(out), max(d.scene.sides, 1))]
}

// afterS is the playhead in seconds after a hypothesis's ignition, within what was
// simulated.
func (d *Desk) afterS(f *Fire) float64 {
	if f.Result == nil || len(f.Result.TimeS) == 0 {
		return 0
	}
	return min(max(d.moment.Sub(f.Hypothesis.Ignition.Time).Seconds(), 0), f.Result.TimeS[len(f.Result.TimeS)-1])
}

// shownMoment tells pictures of a hypothesis at different moments apart.
func (d *Desk) shownMoment(f *Fire) string {
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%s %.1f %d", f.Hypothesis.ID, d.afterS(f), d.arrivedBy())
}

// frame describes the whole window once and says how long it may rest.
func (d *Desk) frame() float64 {
	d.restless = false
	if d.opening && d.kase != nil && d.loading == "" {
		d.opening = false
	}
	d.tick()
	d.fly()
	d.keys()
	d.menu()
	d.layout()
	for _, p := range []struct {
		name string
		draw func()
	}{
		{"case", d.treePanel}, {"photos", d.photosPanel}, {"items", d.itemsPanel}, {"hypotheses", d.hypothesesPanel}, {"editor", d.editorPanel}, {"measure", d.measurePanel}, {"notes", d.notesPanel},
		{"custody", d.custodyPanel}, {"jobs", d.jobsPanel}, {"training", d.trainingPanel}, {"timeline", d.linePanel}, {"scene", d.scenePanel},
	} {
		if !d.panelOpen[p.name] || !d.wanted(p.name) {
			continue
		}
		open := true
		if imgui.BeginV(d.titled(p.name), &open, 0) {
			p.draw()
		}
		imgui.End()
		d.panelOpen[p.name] = open
	}
	if d.focus == "" && len(d.front) > 0 {
		d.focus, d.front, d.restless = d.front[0], d.front[1:], true
	}
	if d.focus != "" {
		imgui.SetWindowFocusStr(d.titled(d.focus))
		d.focus = ""
	}
	d.dialogs()
	d.noteDialog()
	d.newDialog()
	d.clockDialog()
	d.leaveDialog()
	d.notice()
	for _, name := range d.win.takeDropped() {
		d.dropped(name)
	}
	switch {
	case d.playing, d.restless, d.pictures.waiting():
		return 0.02
	case d.job != nil && !d.job.Ended:
		return min(0.5, d.keep())
	}
	return d.keep()
}

// tick moves the playhead.
func (d *Desk) tick() {
	now := time.Now()
	if d.playing {
		d.moment = d.moment.Add(time.Duration(float64(now.Sub(d.lastTick)) * float64(d.speed)))
		if from, to, ok := d.span(); ok && d.moment.After(to) {
			d.moment = to
			if d.loop {
				d.moment = from
			} else {
				d.playing = false
			}
		}
	}
	d.lastTick = now
}

// span is what the replay runs through: from the earliest supposed ignition to the
// end of what was simulated.
func (d *Desk) span() (from, to time.Time, ok bool) {
	if d.kase == nil {
		return from, to, false
	}
	for _, f := range d.kase.Fires {
		if f.Result == nil || len(f.Result.TimeS) == 0 {
			continue
		}
		a := f.Hypothesis.Ignition.Time
		b := a.Add(time.Duration(f.Result.TimeS[len(f.Result.TimeS)-1] * float64(time.Second)))
		if !ok || a.Before(from) {
			from = a
		}
		if !ok || b.After(to) {
			to = b
		}
		ok = true
	}
	return from, to, ok
}

// sceneOf is what a picture of the scene shows.
func (d *Desk) sceneOf(f *Fire) render.Scene {
	v := &d.scene
	s := render.Scene{Metric: v.metric}
	if d.kase == nil {
		return s
	}
	if d.kase.NorthDeg != nil {
		s.HasNorth, s.NorthDeg = true, *d.kase.NorthDeg
	}
	d.addToScene(&s, f)
	return s
}

// Run shows the window until it is closed, or until stop.
func (d *Desk) Run(stop func() bool) { d.win.Run(d.frame, stop) }

// mayWork says that work on the case can be started here.
func (d *Desk) mayWork() bool {
	return d.kase != nil && !d.kase.ReadOnly && !d.kase.Gone && d.kase.Alone == "" && (d.job == nil || d.job.Ended)
}

// wanted says that a panel has something to do with the case that is open.
func (d *Desk) wanted(panel string) bool {
	lesson := d.kase != nil && d.kase.Training != nil
	switch panel {
	case "training":
		return lesson
	case "hypotheses":
		return !lesson || len(d.kase.Fires) > 0
	}
	return true
}
