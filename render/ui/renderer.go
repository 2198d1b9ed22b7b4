//go:build cgo

package ui

import (
	"fmt"

	"firescene/render/scene"

	"github.com/AllenDang/cimgui-go/imgui"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// renderers are what can draw the points, by the names that the user gives.
var renderers = []struct {
	name string
	by   scene.PointsBy
}{{"auto", scene.PointsAuto}, {"cpu", scene.PointsSplat}, {"gl", scene.PointsGL}}

// SetRenderer chooses what draws the points: "cpu", "gl", or "auto" for GL on a graphics
// card and the CPU where OpenGL is software.
func (d *Desk) SetRenderer(name string) error {
	if name == "" {
		name = "auto"
	}
	for _, r := range renderers {
		if r.name == name {
			d.set.Renderer = name
			d.dropDrawers()
			return nil
		}
	}
	return fmt.Errorf("no renderer %q; there are cpu, gl and auto", name)
}

func (d *Desk) pointsBy() scene.PointsBy {
	for _, r := range renderers {
		if r.name == d.set.Renderer {
			return r.by
		}
	}
	return scene.PointsAuto
}

// dropDrawers has drawers made anew with other options, and all pictures drawn again.
func (d *Desk) dropDrawers() {
	for _, dr := range []**scene.Drawer{&d.scene.fullDrawer, &d.scene.thinDrawer} {
		if *dr != nil {
			(*dr).Close()
			*dr = nil
		}
	}
	d.scene.stale()
}

// noteRenderer keeps what drew the last picture, and says once when the splatter had
// to take over.
func (d *Desk) noteRenderer(dr *scene.Drawer, name string) {
	if d.scene.renderer == name {
		return
	}
	d.scene.renderer = name
	if err := dr.Trouble(); err != nil {
		d.Say(d.T("renderer_fell_back") + " " + err.Error())
	}
}

// rendererMenu offers what draws the points.
func (d *Desk) rendererMenu() {
	if !imgui.BeginMenu(d.T("renderer")) {
		return
	}
	for _, r := range renderers {
		if imgui.MenuItemBoolV(d.T("renderer_"+r.name), "", d.pointsBy() == r.by, true) {
			_ = d.SetRenderer(r.name)
		}
	}
	if d.scene.renderer != "" {
		imgui.Separator()
		imgui.TextDisabled(plain(d.scene.renderer))
	}
	imgui.EndMenu()
}

// Unpaced lets the window be drawn as often as it can be, not in step with the screen.
func (w *Window) Unpaced() { glfw.SwapInterval(0) }

// SayAfterLoss tells why this window took the place of another.
func (d *Desk) SayAfterLoss() { d.Say(d.T("context_lost")) }

// watchResets has the window notice that the graphics card was reset.
func (w *Window) watchResets() {
	for _, name := range []string{"glGetGraphicsResetStatus", "glGetGraphicsResetStatusKHR", "glGetGraphicsResetStatusARB"} {
		if (name == "glGetGraphicsResetStatusKHR" && !glfw.ExtensionSupported("GL_KHR_robustness")) || (name == "glGetGraphicsResetStatusARB" && !glfw.ExtensionSupported("GL_ARB_robustness")) {
			continue
		}
		if name == "glGetGraphicsResetStatus" && w.glfw.GetAttrib(glfw.ContextVersionMajor)*10+w.glfw.GetAttrib(glfw.ContextVersionMinor) < 45 {
			continue
		}
		if f := glfw.GetProcAddress(name); f != nil {
			w.GL.WatchResets(f)
			return
		}
	}
}

// Lost says that the window ended because its OpenGL context was lost: it can show
// nothing any more and another must take its place.
func (w *Window) Lost() bool { return w.lost }

// Lose ends the window as the loss of its context does, for tests.
func (w *Window) Lose() { w.lost = true }
