//go:build cgo

package ui

import (
	"fmt"
	"image"
	"strings"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"gonum.org/v1/gonum/spatial/r3"
)

// through is a camera that is looked through: a photo's, or a placed one. Its picture,
// freed of its lens's distortion, is blended over the scene until the user moves.
type through struct {
	name    string // empty: none is looked through
	placed  *scene.PlacedCamera
	camera  recon.Camera
	pose    recon.Pose
	path    string // of the picture; empty: there is none at the playhead
	of      string // picture and size that the texture shows
	asked   string
	tex     *gl.Texture
	trouble string
	caption string
	from    orbit // camera as it was set: another one ends it
}

// OverlayRequest asks for a camera's picture as a view from its place shows it.
type OverlayRequest struct {
	Path   string
	Camera recon.Camera
	View   render.View // by scene.LookThrough
}

// lookThrough looks through a camera from its place.
func (d *Desk) lookThrough(name string, c recon.Camera, pose recon.Pose, path string, placed *scene.PlacedCamera) {
	v := &d.scene
	t := &v.through
	wide, high := d.sceneSize()
	view := scene.LookThrough(&c, pose, wide, high)
	view.Target = r3.Add(view.Eye, r3.Scale(max(0.6*r3.Norm(v.extent().HalfM), 1e-3), r3.Sub(view.Target, view.Eye)))
	v.cam.from(view)
	v.cam.clip = nil
	*t = through{name: name, placed: placed, camera: c, pose: pose, path: path, tex: t.tex, from: v.cam}
	v.stale()
}

// view is what the scene is looked at from: a camera that is looked through, with its
// roll, else the mouse's.
func (v *sceneView) view(wide, high int) render.View {
	t := &v.through
	if t.name == "" || t.from != v.cam {
		return v.cam.view(wide, high)
	}
	return scene.LookThrough(&t.camera, t.pose, wide, high)
}

// looksThrough says that a camera is looked through, and lets go of it once the user
// moved away.
func (v *sceneView) looksThrough() bool {
	t := &v.through
	if t.name != "" && t.from != v.cam {
		t.name = ""
	}
	return t.name != ""
}

// frameAt is the recovered picture of a placed camera that was made last before the
// playhead, by the corrected time of its event.
func (d *Desk) frameAt(c *scene.PlacedCamera) (path string, e *forensics.Event) {
	for m := range d.kase.Media {
		if d.kase.Media[m].Exhibit != c.Exhibit {
			continue
		}
		frames := d.framesOf(c, m)
		ev := d.happened()
		for i := len(ev) - 1; i >= 0; i-- {
			if ev[i].Exhibit != c.Exhibit || ev[i].Corrected.After(d.moment) {
				continue
			}
			if file, ok := frames[ev[i].Locator.String()]; ok {
				return d.kase.Media[m].Dir + "/" + file, &ev[i]
			}
		}
	}
	return "", nil
}

// framesOf are the picture files of a camera by their locators.
func (d *Desk) framesOf(c *scene.PlacedCamera, media int) map[string]string {
	v := &d.photos
	key := fmt.Sprint(c.Name, media, len(d.kase.Media[media].Items))
	if v.framesOf == key {
		return v.frames
	}
	v.framesOf, v.frames = key, map[string]string{}
	for i := range d.kase.Media[media].Items {
		it := &d.kase.Media[media].Items[i]
		if !isPicture(it.Type) || it.File == "" || it.Channel != c.Channel || !strings.Contains(it.Name, c.Match) {
			continue
		}
		for _, l := range it.Locators {
			v.frames[l.String()] = it.File
		}
	}
	return v.frames
}

// drawThrough blends the picture of the camera that is looked through over the scene
// and tells its time.
func (d *Desk) drawThrough(pos, size imgui.Vec2, wide, high int) {
	v := &d.scene
	if !v.looksThrough() || d.hooks.Overlay == nil {
		return
	}
	t := &v.through
	if t.placed != nil {
		path, e := d.frameAt(t.placed)
		t.path, t.caption = path, d.T("no_frame")
		if e != nil {
			t.caption = fmt.Sprintf("%s ± %.1f s  (%s: %s, %s)", e.Corrected.In(d.zone()).Format("2006-01-02 15:04:05"), e.SigmaS, d.T("raw"), e.Raw, e.ClockID)
		}
		t.caption += "\n" + d.placedText(t.placed)
	}
	key := fmt.Sprint(t.path, wide, high)
	if t.path != "" && t.asked != key {
		t.asked = key
		d.overlays++
		d.hooks.Overlay(OverlayRequest{t.path, t.camera, scene.LookThrough(&t.camera, t.pose, wide, high)}, func(img *image.RGBA, err error) {
			d.overlays--
			d.takeOverlay(key, img, err)
		})
	}
	list := imgui.WindowDrawList()
	if t.tex != nil && t.of == key && t.path != "" {
		white := imgui.NewVec4(1, 1, 1, v.opacity)
		list.AddImageV(*imgui.NewTextureRefTextureID(imgui.TextureID(t.tex.Handle())), pos, imgui.NewVec2(pos.X+size.X, pos.Y+size.Y), imgui.NewVec2(0, 0), imgui.NewVec2(1, 1), packed(white))
	}
	y := pos.Y + size.Y - imgui.FontSize()*4.2
	for _, l := range strings.Split(strings.TrimSpace(t.name+"\n"+t.caption+"\n"+t.trouble), "\n") {
		if l != "" {
			l = fitting(l, size.X*0.62)
			tagged(list, imgui.NewVec2(pos.X+(size.X-imgui.CalcTextSize(l).X)/2, y), l, colText)
			y += imgui.FontSize() * 1.35
		}
	}
}

// takeOverlay shows a picture that was made ready, unless another is wanted by now.
func (d *Desk) takeOverlay(key string, img *image.RGBA, err error) {
	t := &d.scene.through
	if t.asked != key {
		return
	}
	if t.trouble = ""; err != nil {
		t.trouble = err.Error()
		return
	}
	err = d.win.GL.Do(func() error {
		w, h := img.Rect.Dx(), img.Rect.Dy()
		if t.tex == nil || t.tex.Width != w || t.tex.Height != h {
			if t.tex != nil {
				t.tex.Delete()
				t.tex = nil
			}
			tex, err := gl.NewTexture(w, h, gl.RGBA8)
			if err != nil {
				return err
			}
			t.tex = tex
		}
		t.tex.UploadBytes(img.Pix)
		return nil
	})
	if err == nil {
		t.of = key
	} else {
		t.trouble = err.Error()
	}
}

// placedText says how a placed camera got its place and how well it is known.
func (d *Desk) placedText(c *scene.PlacedCamera) string {
	if c.How == scene.HowResected {
		return fmt.Sprintf(d.T("camera_resected"), c.Points, c.RMSPx, c.SigmaM, c.SigmaDeg)
	}
	return d.T("camera_stated")
}

// opacitySlider is shown while a camera is looked through.
func (d *Desk) opacitySlider() {
	v := &d.scene
	if !v.looksThrough() {
		return
	}
	flow(imgui.FontSize()*7 + imgui.CalcTextSize(d.T("opacity")).X)
	imgui.SetNextItemWidth(imgui.FontSize() * 7)
	imgui.SliderFloatV(d.T("opacity")+"###opacity", &v.opacity, 0, 1, "%.2f", 0)
}

// placedPanel lists the placed cameras above the photos.
func (d *Desk) placedPanel() {
	for i := range d.kase.Cameras {
		c := &d.kase.Cameras[i]
		imgui.PushIDStr(fmt.Sprint("camera", i))
		imgui.BeginDisabledV(!d.scene.has() || d.photos.inScene(d))
		if imgui.SmallButton(d.T("look_through")) {
			d.lookThrough(c.Name, c.Camera, c.WorldFromCam(), "", c)
		}
		imgui.EndDisabled()
		imgui.SameLine()
		imgui.TextUnformatted(fitting(c.Name+"  "+c.Exhibit, imgui.ContentRegionAvail().X))
		if imgui.IsItemHovered() {
			imgui.SetTooltip(plain(d.placedText(c)))
		}
		imgui.PopID()
	}
	if len(d.kase.Cameras) > 0 {
		imgui.Separator()
	}
}

// addFrusta adds what the chosen photo and the placed cameras see, as edges.
func (d *Desk) addFrusta(s *render.Scene) {
	depth := 0.25 * r3.Norm(d.scene.extent().HalfM)
	if d.photos.inScene(d) {
		for i := range d.kase.Photos {
			if p := &d.kase.Photos[i]; p.Placed && p.Exhibit == d.photos.chosen && p.Camera.FxPx > 0 && !d.scene.looksThrough() {
				s.Outlines = append(s.Outlines, scene.Frustum(&p.Camera, p.WorldFromCam, depth, forensics.Measured)...)
			}
		}
		return // placed cameras stand in the frame of the scans
	}
	for i := range d.kase.Cameras {
		c := &d.kase.Cameras[i]
		standing := forensics.Inferred
		if c.How == scene.HowStated {
			standing = forensics.Supposed
		}
		s.Markers = append(s.Markers, render.Marker{At: c.WorldFromCam().T, Label: c.Name, Symbol: "camera", Standing: standing})
		if !d.scene.looksThrough() {
			s.Outlines = append(s.Outlines, scene.Frustum(&c.Camera, c.WorldFromCam(), depth, standing)...)
		}
	}
}

// LookThrough looks through a placed camera, or a photo's by its exhibit.
func (d *Desk) LookThrough(name string) error {
	if d.kase == nil {
		return fmt.Errorf("no case is open")
	}
	for i := range d.kase.Cameras {
		if c := &d.kase.Cameras[i]; c.Name == name {
			d.lookThrough(c.Name, c.Camera, c.WorldFromCam(), "", c)
			return nil
		}
	}
	for i := range d.kase.Photos {
		if p := &d.kase.Photos[i]; p.Exhibit == name && p.Placed {
			d.lookFrom(p)
			return nil
		}
	}
	return fmt.Errorf("no camera or placed photo %q", name)
}

// SetOpacity sets how far the picture of a camera that is looked through covers the
// scene, 0..1.
func (d *Desk) SetOpacity(share float64) { d.scene.opacity = float32(min(max(share, 0), 1)) }
