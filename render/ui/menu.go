//go:build cgo

package ui

import (
	"fmt"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
)

// shortcuts are the keys, as the help shows them.
var shortcuts = [][2]string{
	{"Ctrl+O", "open"}, {"Ctrl+N", "new"}, {"Ctrl+R", "run"}, {"Ctrl+L", "language"}, {"Ctrl+S", "export"}, {"Ctrl+Z", "undo"}, {"Ctrl+Y", "redo"}, {"M", "pick"}, {"Enter", "finish"}, {"Space", "play"}, {"F11", "alone"},
	{",", "step_back"}, {".", "step_on"}, {"[", "event_back"}, {"]", "event_on"},
	{"1", "overview"}, {"2", "plan"}, {"3", "section"}, {"4", "interior"}, {"Ctrl+Q", "quit"},
}

func key(name string) string {
	for _, s := range shortcuts {
		if s[1] == name {
			return s[0]
		}
	}
	return ""
}

// keys does what the keyboard asks for, unless a text is being typed.
func (d *Desk) keys() {
	io := imgui.CurrentIO()
	if io.WantTextInput() {
		return
	}
	pressed := func(k imgui.Key) bool { return imgui.IsKeyPressedBoolV(k, false) }
	if io.KeyCtrl() {
		for k, act := range map[imgui.Key]string{imgui.KeyO: "open", imgui.KeyN: "new", imgui.KeyR: "run", imgui.KeyL: "language", imgui.KeyS: "export", imgui.KeyZ: "undo", imgui.KeyY: "redo", imgui.KeyQ: "quit"} {
			if pressed(k) {
				d.act(act)
			}
		}
		return
	}
	for k, act := range map[imgui.Key]string{imgui.KeyM: "pick", imgui.KeySpace: "play", imgui.KeyF11: "alone", imgui.KeyComma: "step_back", imgui.KeyPeriod: "step_on", imgui.KeyLeftBracket: "event_back", imgui.KeyRightBracket: "event_on",
		imgui.Key1: scene.Overview, imgui.Key2: scene.Plan, imgui.Key3: scene.Section, imgui.Key4: scene.Interior} {
		if pressed(k) {
			d.act(act)
		}
	}
	if d.scene.picking && (pressed(imgui.KeyEnter) || pressed(imgui.KeyKeypadEnter)) {
		d.act("finish")
	}
	if pressed(imgui.KeyEscape) {
		d.setPicking(false)
		d.scene.answering = ""
	}
}

// act does what a menu entry or key of that name stands for.
func (d *Desk) act(name string) {
	switch name {
	case "step_back":
		d.step(-1)
	case "step_on":
		d.step(1)
	case "event_back":
		d.toEvent(-1)
	case "event_on":
		d.toEvent(1)
	case "open", "new", "add", "export", "video":
		d.dialog.open(name, d)
	case "run":
		if d.hooks.Run != nil && d.mayWork() {
			d.focus = "jobs"
			d.hooks.Run()
		}
	case "cancel":
		if d.hooks.Cancel != nil {
			d.hooks.Cancel()
		}
	case "language":
		d.SetLanguage(map[string]string{"zh": "en", "en": "zh"}[d.lang])
	case "undo":
		d.Undo()
	case "redo":
		d.Redo()
	case "finish":
		d.finish()
	case "pick":
		d.setPicking(!d.scene.picking)
	case "play":
		if _, _, ok := d.span(); ok {
			d.playing = !d.playing
		}
	case "alone":
		d.sceneAlone(d.hidden == nil)
	case "quit":
		d.win.glfw.SetShouldClose(true)
	default:
		wide, high := d.win.SizePx()
		d.scene.look(name, wide*2/3, high*2/3)
	}
}

// sceneAlone hides all panels but the scene, or shows those again that it hid.
func (d *Desk) sceneAlone(on bool) {
	if !on {
		for _, p := range d.hidden {
			d.panelOpen[p] = true
		}
		d.hidden = nil
		return
	}
	d.hidden = []string{}
	for _, p := range panels {
		if p != "scene" && d.panelOpen[p] {
			d.panelOpen[p], d.hidden = false, append(d.hidden, p)
		}
	}
	d.panelOpen["scene"] = true
}

// SetLanguage switches all texts to "zh" or "en".
func (d *Desk) SetLanguage(lang string) {
	if lang != "zh" {
		lang = "en"
	}
	if d.lang == lang {
		return
	}
	d.lang = lang
	d.dropDrawers()
	if d.hooks.Language != nil {
		d.hooks.Language(lang)
	}
}

func (d *Desk) menu() {
	if !imgui.BeginMainMenuBar() {
		return
	}
	busy := d.job != nil && !d.job.Ended
	item := func(name string, enabled bool) {
		if imgui.MenuItemBoolV(d.T(name), key(name), false, enabled) {
			d.act(name)
		}
	}
	if imgui.BeginMenu(d.T("file") + "###menufile") {
		item("new", d.hooks.New != nil)
		item("open", d.hooks.Open != nil)
		if imgui.BeginMenuV(d.T("recent"), len(d.set.Recent) > 0) {
			for _, dir := range d.set.Recent {
				if imgui.MenuItemBool(plain(dir)) {
					d.hooks.Open(dir)
				}
			}
			imgui.EndMenu()
		}
		imgui.Separator()
		item("add", d.hooks.Add != nil && d.mayWork())
		item("run", d.hooks.Run != nil && d.mayWork())
		item("cancel", busy)
		imgui.Separator()
		item("export", d.hooks.SavePNG != nil)
		item("video", d.hooks.Video != nil && d.mayWork())
		item("quit", true)
		imgui.EndMenu()
	}
	d.editMenu()
	if imgui.BeginMenu(d.T("view") + "###menuview") {
		for _, p := range panels {
			if !d.wanted(p) {
				continue
			}
			if imgui.MenuItemBoolV(d.T(p), "", d.panelOpen[p], true) {
				d.panelOpen[p], d.hidden = !d.panelOpen[p], nil
			}
		}
		imgui.Separator()
		item("alone", true)
		d.rendererMenu()
		imgui.EndMenu()
	}
	if imgui.BeginMenu(d.T("keys") + "###menukeys") {
		for _, s := range shortcuts {
			imgui.MenuItemBoolV(d.T(s[1]), s[0], false, false)
		}
		imgui.EndMenu()
	}
	if imgui.MenuItemBoolV(d.T("language"), "", false, true) {
		d.act("language")
	}
	d.statusRoom = imgui.WindowSize().X - imgui.CursorPosX() - 24
	status := d.message
	if imgui.CalcTextSize(status).X >= d.statusRoom {
		status = "" // shown as a notice
	}
	switch {
	case d.loading != "":
		status = d.loading + "  " + d.T("loading")
	case busy:
		status = d.job.Line
	}
	if status != "" {
		w := imgui.CalcTextSize(status).X
		imgui.SameLineV(max(imgui.WindowSize().X-w-16, imgui.CursorPosX()), 0)
		imgui.TextDisabled(plain(status))
	}
	imgui.EndMainMenuBar()
}

// layout docks the panels the first time, or when none was remembered.
func (d *Desk) layout() {
	id := imgui.IDStr("desk")
	if !d.laidOut {
		d.laidOut = true
		if imgui.InternalDockBuilderGetNode(id) == nil || d.set.Layout == "" {
			d.dockAll(id)
		}
	}
	imgui.DockSpaceOverViewportV(id, imgui.MainViewport(), 0, imgui.NewEmptyWindowClass())
}

func (d *Desk) dockAll(id imgui.ID) {
	imgui.InternalDockBuilderRemoveNode(id)
	imgui.InternalDockBuilderAddNodeV(id, imgui.DockNodeFlags(imgui.DockNodeFlagsDockSpace))
	wide, high := d.win.SizePx()
	imgui.InternalDockBuilderSetNodeSize(id, imgui.NewVec2(float32(wide), float32(high)))
	var left, right, below, centre imgui.ID
	imgui.InternalDockBuilderSplitNode(id, imgui.DirDown, 0.27, &below, &centre)
	imgui.InternalDockBuilderSplitNode(centre, imgui.DirLeft, 0.17, &left, &centre)
	imgui.InternalDockBuilderSplitNode(centre, imgui.DirRight, 0.33, &right, &centre)
	for name, node := range map[string]imgui.ID{"case": left, "scene": centre} {
		imgui.InternalDockBuilderDockWindow(d.titled(name), node)
	}
	for _, name := range []string{"training", "hypotheses", "editor", "items", "photos"} {
		imgui.InternalDockBuilderDockWindow(d.titled(name), right)
	}
	for _, name := range []string{"timeline", "measure", "notes", "custody", "jobs"} {
		imgui.InternalDockBuilderDockWindow(d.titled(name), below)
	}
	imgui.InternalDockBuilderFinish(id)
	d.front = []string{"hypotheses", "timeline"}
}

// dropped takes a file or folder that was dropped on the window.
func (d *Desk) dropped(path string) {
	if ext := strings.ToLower(filepath.Ext(path)); d.hooks.Open != nil && (ext == ".smv" || ext == ".stl") {
		d.hooks.Open(path)
		return
	}
	if d.hooks.Browse != nil && d.hooks.Open != nil {
		if _, files, err := d.hooks.Browse(path); err == nil {
			for _, f := range files {
				if f == "case.db" {
					d.hooks.Open(path)
					return
				}
			}
		}
	}
	if d.kase == nil || d.hooks.Add == nil {
		d.Say(d.T("no_case"))
		return
	}
	d.dialog.open("add", d)
	d.dialog.files = append(d.dialog.files, path)
}

// treePanel shows what the case holds.
func (d *Desk) treePanel() {
	c := d.kase
	if c == nil {
		imgui.TextWrapped(plain(d.T("no_case")))
		imgui.TextWrapped(plain(d.T("no_case_next")))
		return
	}
	imgui.TextUnformatted(c.Name)
	imgui.TextDisabled(plain(c.Dir))
	if len(c.Clouds) > 0 && imgui.CollapsingHeaderTreeNodeFlagsV(d.T("cloud")+"###clouds", imgui.TreeNodeFlagsDefaultOpen) {
		for _, cl := range c.Clouds {
			if imgui.SelectableBoolV(plain(cl.Name), cl.Name == d.scene.name, 0, imgui.NewVec2(0, 0)) && d.hooks.LoadCloud != nil {
				d.hooks.LoadCloud(cl, d.scene.colour)
			}
		}
	}
	if imgui.CollapsingHeaderTreeNodeFlagsV(d.T("exhibits")+"###exhibits", imgui.TreeNodeFlagsDefaultOpen) {
		for _, kind := range kinds {
			var of []forensics.Exhibit
			for _, e := range c.Exhibits {
				if e.Kind == kind {
					of = append(of, e)
				}
			}
			if len(of) == 0 {
				continue
			}
			if imgui.TreeNodeExStrV(plain(fmt.Sprintf("%s (%d)###%s", d.T("kind_"+string(kind)), len(of), kind)), 0) {
				clip := imgui.NewListClipper()
				clip.Begin(int32(len(of)))
				for clip.Step() {
					for i := clip.DisplayStart(); i < clip.DisplayEnd(); i++ {
						d.exhibitLine(of[i])
					}
				}
				clip.End()
				imgui.TreePop()
			}
		}
	}
	if len(c.Reports) > 0 && imgui.CollapsingHeaderTreeNodeFlagsV(d.T("report")+"###reports", imgui.TreeNodeFlagsDefaultOpen) {
		for _, r := range c.Reports {
			if imgui.SelectableBool(plain(filepath.Base(r))) && d.hooks.OpenFile != nil {
				d.hooks.OpenFile(r)
			}
		}
	}
	if len(c.Troubles) > 0 && imgui.CollapsingHeaderTreeNodeFlagsV(d.T("troubles")+"###troubles", imgui.TreeNodeFlagsDefaultOpen) {
		for _, t := range c.Troubles {
			imgui.PushStyleColorVec4(imgui.ColText, colBad)
			imgui.TextWrapped(plain(t))
			imgui.PopStyleColor()
		}
	}
}

var kinds = []forensics.ExhibitKind{forensics.KindPhoto, forensics.KindScan, forensics.KindControl, forensics.KindMedia, forensics.KindPart, forensics.KindLog, forensics.KindClock,
	forensics.KindStatement, forensics.KindObservation, forensics.KindHypothesis}

func (d *Desk) exhibitLine(e forensics.Exhibit) {
	if imgui.SelectableBool(plain(e.ID+"  "+e.Label)) && e.Kind == forensics.KindPhoto {
		d.photos.choose(e.ID)
		d.focus = "photos"
	}
	if imgui.IsItemHovered() {
		imgui.SetTooltip(plain(fmt.Sprintf("%s\n%s\n%s: %s\nSHA-256 %s", e.ID, e.SourcePath, d.T("size"), bytesText(e.SizeB), e.SHA256)))
	}
}

// bytesText is a size as people read it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

func (d *Desk) custodyPanel() {
	if d.kase == nil || len(d.kase.Log) == 0 {
		imgui.TextDisabled(plain(d.T("no_log")))
		return
	}
	if !imgui.BeginTableV("log", 5, imgui.TableFlagsRowBg|imgui.TableFlagsResizable|imgui.TableFlagsScrollY|imgui.TableFlagsBordersInnerV, imgui.NewVec2(0, 0), 0) {
		return
	}
	imgui.TableSetupScrollFreeze(0, 1)
	for _, h := range []string{"time", "who", "action", "exhibit", "hash"} {
		imgui.TableSetupColumnV(d.T(h), 0, 0, 0)
	}
	imgui.TableHeadersRow()
	clip := imgui.NewListClipper()
	clip.Begin(int32(len(d.kase.Log)))
	for clip.Step() {
		for i := clip.DisplayStart(); i < clip.DisplayEnd(); i++ {
			e := d.kase.Log[i]
			imgui.TableNextRow()
			for _, s := range []string{e.Time.In(d.zone()).Format("2006-01-02 15:04:05"), e.Who, e.Action, e.Exhibit, e.Hash} {
				imgui.TableNextColumn()
				imgui.TextUnformatted(s)
			}
		}
	}
	clip.End()
	imgui.EndTable()
}

// stageName is a stage in the window's language, with the exhibit it worked on.
func (d *Desk) stageName(name string) string {
	first, rest, _ := strings.Cut(name, " ")
	if text := d.T("stage_" + first); text != "stage_"+first {
		return strings.TrimSpace(text + " " + rest)
	}
	return name
}

// jobsPanel shows the work under way and what the last run left.
func (d *Desk) jobsPanel() {
	j := d.job
	busy := j != nil && !j.Ended
	imgui.BeginDisabledV(d.hooks.Run == nil || !d.mayWork())
	if imgui.Button(d.T("run")) {
		d.act("run")
	}
	imgui.EndDisabled()
	imgui.SameLine()
	imgui.BeginDisabledV(!busy)
	if imgui.Button(d.T("cancel")) {
		d.act("cancel")
	}
	imgui.EndDisabled()
	imgui.SameLine()
	switch {
	case j == nil:
		imgui.TextDisabled(plain(d.T("idle")))
	case !j.Ended:
		share := j.Share
		if share < 0 {
			share = -imgui.Time()
		}
		imgui.ProgressBarV(float32(share), imgui.NewVec2(-1, 0), j.Line)
	case j.Failed:
		imgui.TextColored(colBad, plain(j.Title+": "+d.T("job_failed")+"  "+j.Line))
	default:
		imgui.TextColored(colGood, plain(j.Title+": "+d.T("done")))
	}
	if j != nil {
		n := len(j.Messages)
		for _, m := range j.Messages[max(0, n-3):] {
			imgui.TextDisabled(plain(m))
		}
	}
	if d.kase == nil || len(d.kase.Stages) == 0 {
		return
	}
	if !imgui.BeginTableV("stages", 6, imgui.TableFlagsRowBg|imgui.TableFlagsResizable|imgui.TableFlagsScrollY|imgui.TableFlagsBordersInnerV, imgui.NewVec2(0, 0), 0) {
		return
	}
	imgui.TableSetupScrollFreeze(0, 1)
	for _, h := range []string{"stage", "in", "out", "failed", "seconds", "details"} {
		imgui.TableSetupColumnV(d.T(h), 0, 0, 0)
	}
	imgui.TableHeadersRow()
	for _, s := range d.kase.Stages {
		imgui.TableNextRow()
		cells := []string{d.stageName(s.Name), fmt.Sprint(s.In), fmt.Sprint(s.Out), fmt.Sprint(len(s.Failed)), fmt.Sprintf("%.1f", s.Seconds), ""}
		for _, w := range s.Warnings {
			cells[5] += w + "  "
		}
		for _, f := range s.Failed {
			cells[5] += f.Input + ": " + f.Reason + "  "
		}
		for _, c := range cells {
			imgui.TableNextColumn()
			imgui.TextUnformatted(c)
		}
	}
	imgui.EndTable()
}
