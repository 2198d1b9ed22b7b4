//go:build cgo

package ui

import (
	"context"
	"fmt"
	"image"
	"math"
	"time"

	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// restAfter is how long the camera is still before all points are drawn; while it moves
// few are, so that it moves smoothly on a software renderer.
const restAfter = 180 * time.Millisecond

// sceneView is the panel of the 3D scene.
type sceneView struct {
	full, thin *scene.Prepared // nil when the cloud is drawn by levels
	levels     Levels
	coming     bool // better points are being read
	arrived    bool // since the last picture
	drawnAt    time.Time
	metric     bool
	name       string // of the cloud shown
	colour     string // of its points: "rgb", "intensity" or "height"
	fullDrawer *scene.Drawer
	thinDrawer *scene.Drawer
	trouble    string
	moving     governor
	movedFrame bool            // this frame drew a moving picture
	lately     *scene.Prepared // what Choose gave for a moving picture
	choseAt    time.Time
	through    through
	answering  string  // question of a lesson that the next click answers
	opacity    float32 // of the picture of a camera that is looked through
	renderer   string  // that drew the last picture

	cam        orbit
	moved      time.Time
	cells      []sceneCell
	sides      int // hypotheses side by side: 1, 2 or 4
	show       layers
	fire       fireLayers
	predicting bool // what surfaces meet
	mesh       *recon.Mesh
	picking    bool
	clipEdit   bool // the faces of the clip box can be dragged
	slab       slab
	hover      r3.Vec
	hovers     bool
	down       imgui.Vec2 // where the button was pressed
	shown      *image.RGBA
	where      [4]int // the first picture in the window: left, top, width, height
}

// Levels is a cloud of any size with levels of detail. Its methods are called on the
// window's thread and return at once.
type Levels interface {
	Extent() scene.Extent
	Points() int64
	// Choose gives about budget points that a view needs most, and whether better
	// ones are being read; the window is to be woken when they are there.
	Choose(v render.View, budget int) (points *scene.Prepared, more bool)
	Trouble() error
	Close()
}

// chooseEvery is how long a moving picture goes on with the points that were chosen
// for one before: putting them together takes as long as drawing half of them.
const chooseEvery = 150 * time.Millisecond

// Points drawn of a cloud with levels, while the camera moves and when it rests.
const (
	levelsMoving  = 700_000
	levelsResting = 4_000_000
)

// layers says what is shown beside the cloud.
type layers struct{ points, mesh, stations, supposed, hot, seen bool }

// sceneCell is one picture of the scene: there are two when hypotheses are held
// side by side.
type sceneCell struct {
	key  string
	tex  *gl.Texture
	fine bool
}

func newSceneView() sceneView {
	return sceneView{colour: "rgb", moving: governor{step: 3}, sides: 1, opacity: 0.6, show: layers{points: true, stations: true, supposed: true, hot: true, seen: true}, fire: fireLayers{flames: true, openings: true}, cam: orbit{fovYDeg: 45, distM: 5, pitchDeg: -30}}
}

// take shows a cloud that was made ready. Another cloud than before is looked at from
// its corner.
func (v *sceneView) take(full, thin *scene.Prepared, name string, metric, same bool) {
	v.drop()
	v.full, v.thin, v.name, v.metric, v.trouble = full, thin, name, metric, ""
	v.begin(same)
}

// takeLevels shows a cloud by its levels.
func (v *sceneView) takeLevels(l Levels, name string, metric, same bool) {
	v.drop()
	v.levels, v.name, v.metric, v.trouble = l, name, metric, ""
	v.begin(same)
}

func (v *sceneView) begin(same bool) {
	if !same {
		v.look(scene.Overview, 1280, 720)
		v.mesh = nil // it is in another frame
	}
	v.stale()
}

// has says that there is a cloud.
func (v *sceneView) has() bool { return v.full != nil || v.levels != nil }

// drop lets go of the cloud.
func (v *sceneView) drop() {
	if v.levels != nil {
		v.levels.Close()
	}
	v.lately = nil
	v.full, v.thin, v.levels, v.name = nil, nil, nil, ""
}

// stale has every picture drawn again.
func (v *sceneView) stale() {
	for i := range v.cells {
		v.cells[i].key = ""
	}
}

func (v *sceneView) extent() scene.Extent {
	if v.has() {
		var e scene.Extent
		if v.levels != nil {
			e = v.levels.Extent()
		} else {
			e = v.full.Extent()
		}
		e.KeyShare = 0 // the key is small beside a window's picture and may lie over it
		return e
	}
	return scene.Extent{HalfM: r3.Vec{X: 3, Y: 3, Z: 1.3}}
}

func (v *sceneView) look(name string, wide, high int) {
	if view, err := scene.Named(name, v.extent(), wide, high); err == nil {
		v.cam.from(view)
		v.moved = time.Time{}
	}
}

func (d *Desk) scenePanel() {
	v := &d.scene
	d.sceneBar()
	d.toolBar()
	room := imgui.ContentRegionAvail()
	if room.X < 32 || room.Y < 32 {
		return
	}
	fires := d.shownFires()
	at := imgui.CursorScreenPos()
	n := max(len(fires), 1)
	for len(v.cells) < n {
		v.cells = append(v.cells, sceneCell{})
	}
	places, size := cellPlaces(at, room, n)
	for i, pos := range places {
		imgui.SetCursorScreenPos(pos)
		var f *Fire
		if i < len(fires) {
			f = fires[i]
		}
		d.sceneCell(i, f, pos, size)
	}
	d.popEvents(at, room)
}

// sceneCell draws one picture of the scene when something of it changed, shows it
// and takes what the mouse does in it.
func (d *Desk) sceneCell(i int, f *Fire, pos, size imgui.Vec2) {
	v, c := &d.scene, &d.scene.cells[i]
	wide, high := int(size.X), int(size.Y)
	if i == 0 {
		v.where = [4]int{int(pos.X), int(pos.Y), wide, high}
	}
	fine := time.Since(v.moved) > restAfter && !d.playing
	sc := d.sceneOf(f)
	key := fmt.Sprint(wide, high, v.cam, v.show, v.fire, v.metric, v.name, d.lang, f != nil, d.shownMoment(f), v.looksThrough(), d.photos.chosen)
	better := v.coming && v.arrived
	if better && time.Since(v.drawnAt) < 250*time.Millisecond {
		better, d.restless = false, true
	}
	if c.key != key || fine && !c.fine || better {
		v.arrived, v.drawnAt = false, time.Now()
		if err := d.drawCell(c, sc, wide, high, fine); err != nil {
			v.trouble = err.Error()
		}
		c.key, c.fine = key, fine
		d.pace.picture(v.has(), fine && !v.coming)
		if !fine && !v.moved.IsZero() {
			d.pace.waited = v.moved
		}
	}
	if !c.fine {
		d.restless = true
	}
	if c.tex != nil {
		imgui.ImageV(*imgui.NewTextureRefTextureID(imgui.TextureID(c.tex.Handle())), size, imgui.NewVec2(0, 0), imgui.NewVec2(1, 1))
	}
	imgui.SetCursorScreenPos(pos)
	imgui.PushIDStr(fmt.Sprint("cell", i))
	imgui.InvisibleButtonV("scene", size, imgui.ButtonFlagsMouseButtonLeft|imgui.ButtonFlagsMouseButtonRight|imgui.ButtonFlagsMouseButtonMiddle)
	if !d.toolsMouse(i, pos, size) {
		d.sceneMouse(pos, size)
	}
	if i == 0 {
		d.drawThrough(pos, size, wide, high)
	}
	d.sceneOver(pos, size, wide, high, f)
	imgui.PopID()
	if !v.has() {
		text := d.T("no_cloud")
		if v.name != "" {
			text = v.name + ": " + d.T("loading")
		}
		if d.kase == nil {
			text = d.T("no_case") + " " + d.T("no_case_next")
		}
		s := imgui.CalcTextSizeV(text, false, size.X-40)
		list := imgui.WindowDrawList()
		clip := imgui.NewVec4(pos.X, pos.Y, pos.X+size.X, pos.Y+size.Y)
		list.AddTextFontPtrV(imgui.CurrentFont(), imgui.FontSize(), imgui.NewVec2(pos.X+(size.X-s.X)/2, pos.Y+size.Y/2), packed(colFaint), text, size.X-40, &clip)
	}
	if v.trouble != "" {
		imgui.WindowDrawList().AddTextVec2(imgui.NewVec2(pos.X+10, pos.Y+size.Y-30), packed(colBad), v.trouble)
	}
}

// drawer is the drawer of full or thinned clouds, made when first needed.
func (d *Desk) drawer(fine bool) (*scene.Drawer, error) {
	at := &d.scene.thinDrawer
	if fine {
		at = &d.scene.fullDrawer
	}
	if *at != nil {
		return *at, nil
	}
	made, err := scene.NewDrawerIn(d.win.GL, scene.Options{FontTTF: d.font.TTF, FontIndex: d.font.Index, Lang: d.lang, Supersample: 1, PointsBy: d.pointsBy()})
	if err == nil {
		*at = made
	}
	return made, err
}

func (d *Desk) drawCell(c *sceneCell, sc render.Scene, wide, high int, fine bool) error {
	v := &d.scene
	dr, err := d.drawer(fine)
	if err != nil {
		return err
	}
	fine = fine || !dr.Splats() // a graphics card draws all points at any time
	if !fine {
		v.movedFrame = true
		wide, high = max(int(v.moving.scale()*float64(wide)), 16), max(int(v.moving.scale()*float64(high)), 16)
	}
	view := v.view(wide, high)
	p := v.thin
	switch {
	case v.levels != nil && !fine && v.lately != nil && time.Since(v.choseAt) < chooseEvery:
		p = v.lately
	case v.levels != nil:
		budget := v.moving.points()
		v.lately, v.choseAt = nil, time.Now()
		if fine {
			budget = levelsResting
		}
		p, v.coming = v.levels.Choose(view, budget)
		if !fine {
			v.lately = p
		}
		if err := v.levels.Trouble(); err != nil {
			v.trouble = d.T("cell_damaged") + err.Error()
		}
	case fine:
		p = v.full
	}
	if p != nil && v.show.points {
		sc.Cloud = p.Cloud()
		if err := dr.Take(p); err != nil {
			return err
		}
	}
	frame, err := dr.Draw(context.Background(), sc, view)
	if err != nil {
		return err
	}
	d.noteRenderer(dr, frame.Renderer)
	if fine {
		v.shown = frame.Image
	}
	return d.win.GL.Do(func() error {
		if c.tex == nil || c.tex.Width != wide || c.tex.Height != high {
			if c.tex != nil {
				c.tex.Delete()
			}
			if c.tex, err = gl.NewTexture(wide, high, gl.RGBA8); err != nil {
				return err
			}
			c.tex.Smooth()
		}
		c.tex.UploadBytes(frame.Image.Pix)
		return nil
	})
}

// sceneMouse turns, pans, zooms and picks.
func (d *Desk) sceneMouse(pos, size imgui.Vec2) {
	v := &d.scene
	io := imgui.CurrentIO()
	moved := func() { v.moved = time.Now() }
	mouse := imgui.MousePos()
	if imgui.IsItemActive() {
		delta := io.MouseDelta()
		dx, dy := float64(delta.X), float64(delta.Y)
		if dx != 0 || dy != 0 {
			switch {
			case imgui.IsMouseDragging(imgui.MouseButtonRight) || imgui.IsMouseDragging(imgui.MouseButtonMiddle) || imgui.IsMouseDragging(imgui.MouseButtonLeft) && io.KeyShift():
				v.cam.pan(dx, dy, float64(size.Y))
				moved()
			case imgui.IsMouseDragging(imgui.MouseButtonLeft):
				if v.cam.orthoHeightM > 0 && v.cam.pitchDeg < -89 {
					v.cam.pan(dx, dy, float64(size.Y))
				} else {
					v.cam.turn(dx, dy)
				}
				moved()
			}
		}
	}
	if !imgui.IsItemHovered() {
		return
	}
	if w := io.MouseWheel(); w != 0 {
		v.cam.zoom(float64(w), v.extent())
		moved()
	}
	x, y := int(mouse.X-pos.X), int(mouse.Y-pos.Y)
	if imgui.IsMouseClickedBool(imgui.MouseButtonLeft) {
		v.down = mouse
	}
	dr, err := d.drawer(true)
	if err != nil || !v.has() {
		return
	}
	v.hover, v.hovers = dr.At(x, y)
	still := math.Hypot(float64(mouse.X-v.down.X), float64(mouse.Y-v.down.Y)) < 4
	switch {
	case v.answering != "" && still && imgui.IsMouseReleased(imgui.MouseButtonLeft) && v.hovers:
		d.answerOrigin([3]float64{v.hover.X, v.hover.Y, v.hover.Z})
	case v.picking && still && imgui.IsMouseReleased(imgui.MouseButtonLeft) && v.hovers:
		d.pick(v.hover)
	case imgui.IsMouseDoubleClicked(imgui.MouseButtonLeft) && v.hovers && !v.picking:
		v.cam.target = v.hover
		moved()
	}
}

// sceneOver draws what lies flat over the picture: measurements and the point under
// the mouse.
func (d *Desk) sceneOver(pos, size imgui.Vec2, wide, high int, f *Fire) {
	v := &d.scene
	list := imgui.WindowDrawList()
	proj, err := scene.NewProjection(v.view(wide, high))
	if err != nil {
		return
	}
	list.PushClipRect(pos, imgui.NewVec2(pos.X+size.X, pos.Y+size.Y))
	d.drawTools(list, proj, pos)
	list.PopClipRect()
	if v.answering != "" {
		tagged(list, imgui.NewVec2(pos.X+12, pos.Y+10+2*imgui.FontSize()), d.T("click_origin"), colAccent)
	}
	d.sceneHints(list, pos, size, f)
	if v.hovers && imgui.IsItemHovered() && v.metric {
		text := fmt.Sprintf("%.3f  %.3f  %.3f %s", v.hover.X, v.hover.Y, v.hover.Z, d.T("unit_m"))
		tagged(list, imgui.NewVec2(pos.X+(size.X-imgui.CalcTextSize(text).X)/2, pos.Y+size.Y-imgui.FontSize()-10), text, colText)
	}
}

func (d *Desk) drawMark(list *imgui.DrawList, points []r3.Vec, put func(r3.Vec) (imgui.Vec2, bool), label string) {
	var last imgui.Vec2
	for i, p := range points {
		at, ok := put(p)
		if !ok {
			return
		}
		if i > 0 {
			list.AddLineV(last, at, packed(colBack), 5)
			list.AddLineV(last, at, packed(colAccent), 2)
		}
		list.AddCircleFilled(at, 5, packed(colBack))
		list.AddCircleFilled(at, 3.5, packed(colAccent))
		last = at
	}
	if label == "" || len(points) == 0 {
		return
	}
	tagged(list, imgui.NewVec2(last.X+10, last.Y-imgui.FontSize()/2), label, colText)
}

// tagged draws a text on a dark field, to be read over any picture.
func tagged(list *imgui.DrawList, at imgui.Vec2, text string, colour imgui.Vec4) {
	s := imgui.CalcTextSize(text)
	list.AddRectFilledV(imgui.NewVec2(at.X-4, at.Y-2), imgui.NewVec2(at.X+s.X+4, at.Y+s.Y+2), packed(faded(colBack, 0.85)), 3, 0)
	list.AddTextVec2(at, packed(colour), text)
}
