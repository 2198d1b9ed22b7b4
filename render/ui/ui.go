//go:build cgo

// Package ui is the workstation's window: what it shows of a case, and what the
// user does to it. It computes nothing of a case and opens no files: whoever
// opens the window gives it a Case and the functions that load, save and run
// (Hooks).
//
// Everything in it runs on the thread that opened the window, except Window.Wake
// and Window.Post. Dear ImGui describes the panels anew each time they are drawn;
// they are drawn only when something happened, so that an idle window takes no
// time.
package ui

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"firescene/render/gl"

	"github.com/AllenDang/cimgui-go/imgui"
	iglfw "github.com/AllenDang/cimgui-go/impl/glfw"
	igl "github.com/AllenDang/cimgui-go/impl/opengl3"
	"github.com/AllenDang/cimgui-go/implot"
	"github.com/go-gl/glfw/v3.3/glfw"
)

// #include <stdio.h>
import "C" // for glibc_shim_linux.c

// settleFrames is how many frames are drawn after the last event: Dear ImGui needs
// a few to come to rest.
const settleFrames = 4

// WindowOptions say how the window is opened.
type WindowOptions struct {
	Title             string
	WidthPx, HeightPx int     // 0: 1280 x 720
	Scale             float64 // of letters and controls; 0: what the screen asks for
	Font              Font
	Began             time.Time // when the program began, for measuring
}

// Font is the bytes of a TrueType or OpenType face, and which one of a collection.
// Without one the window shows Latin letters only.
type Font struct {
	TTF   []byte
	Index int
}

// Window is the window with its OpenGL context and Dear ImGui in it.
type Window struct {
	glfw  *glfw.Window
	GL    *gl.Context
	Scale float64

	font    []byte // Dear ImGui reads it as long as it lives
	posts   chan func()
	stir    int // frames still to be drawn
	dropped []string
	began   time.Time
	drawn   func(took time.Duration) // told of every frame
	asks    func() bool              // whether the window may be closed; nil: it may
	lost    bool                     // the OpenGL context
}

// Open opens the window. The calling goroutine stays on its thread from then on.
// The error is a *gl.MissingError where there is no display or no OpenGL 4.1.
func Open(o WindowOptions) (w *Window, err error) {
	runtime.LockOSThread()
	noDisplay := func(why any) error {
		return &gl.MissingError{What: fmt.Sprint("no window can be opened here: ", why), Need: "a desktop session; without one, use firescene render and firescene report"}
	}
	if err := glfw.Init(); err != nil {
		return nil, noDisplay(err)
	}
	// Where there is no display Init passes over the error, and the next call panics.
	defer func() {
		if p := recover(); p != nil {
			w, err = nil, noDisplay(p)
		}
	}()
	if o.WidthPx <= 0 || o.HeightPx <= 0 {
		o.WidthPx, o.HeightPx = 1280, 720
	}
	glfw.WindowHint(glfw.ContextVersionMajor, 4)
	glfw.WindowHint(glfw.ContextVersionMinor, 1)
	glfw.WindowHint(glfw.OpenGLProfile, glfw.OpenGLCoreProfile)
	glfw.WindowHint(glfw.OpenGLForwardCompatible, glfw.True)
	glfw.WindowHint(glfw.ScaleToMonitor, glfw.True)
	glfw.WindowHint(glfw.ContextRobustness, glfw.LoseContextOnReset) // where there is such a thing
	g, err := glfw.CreateWindow(o.WidthPx, o.HeightPx, o.Title, nil, nil)
	if err != nil {
		glfw.Terminate()
		return nil, &gl.MissingError{What: "the window could not be opened: " + err.Error(), Need: "a graphics driver with OpenGL 4.1; Mesa's software renderer will do (Debian package libgl1-mesa-dri)"}
	}
	g.MakeContextCurrent()
	glfw.SwapInterval(1)
	w = &Window{glfw: g, posts: make(chan func(), 64), stir: settleFrames, Scale: o.Scale, began: o.Began}
	if w.GL, err = gl.Adopt(); err != nil {
		g.Destroy()
		glfw.Terminate()
		return nil, err
	}
	w.watchResets()
	if w.Scale <= 0 {
		x, _ := g.GetContentScale()
		w.Scale = min(max(float64(x), 1), 4)
	}
	w.watch()
	w.beginImGui(o.Font)
	return w, nil
}

// watch notes everything that happens to the window. It comes before Dear ImGui,
// which calls these in its turn.
func (w *Window) watch() {
	g := w.glfw
	wake := func() { w.stir = settleFrames }
	g.SetCursorPosCallback(func(*glfw.Window, float64, float64) { wake() })
	g.SetMouseButtonCallback(func(*glfw.Window, glfw.MouseButton, glfw.Action, glfw.ModifierKey) { wake() })
	g.SetScrollCallback(func(*glfw.Window, float64, float64) { wake() })
	g.SetKeyCallback(func(*glfw.Window, glfw.Key, int, glfw.Action, glfw.ModifierKey) { wake() })
	g.SetCharCallback(func(*glfw.Window, rune) { wake() })
	g.SetFocusCallback(func(*glfw.Window, bool) { wake() })
	g.SetCursorEnterCallback(func(*glfw.Window, bool) { wake() })
	g.SetFramebufferSizeCallback(func(*glfw.Window, int, int) { wake() })
	g.SetRefreshCallback(func(*glfw.Window) { wake() })
	g.SetDropCallback(func(_ *glfw.Window, names []string) { w.dropped = append(w.dropped, names...); wake() })
}

func (w *Window) beginImGui(f Font) {
	imgui.CreateContext()
	implot.CreateContext()
	io := imgui.CurrentIO()
	io.SetConfigFlags(io.ConfigFlags() | imgui.ConfigFlagsDockingEnable | imgui.ConfigFlagsNavEnableKeyboard)
	io.SetIniFilename("") // the layout is part of the settings of the program
	sizePx := float32(16 * w.Scale)
	if len(f.TTF) > 0 {
		w.font = f.TTF
		cfg := imgui.NewFontConfig()
		cfg.SetFontDataOwnedByAtlas(false)
		cfg.SetFontNo(uint32(f.Index))
		io.Fonts().AddFontFromMemoryTTFV(uintptr(unsafe.Pointer(unsafe.SliceData(w.font))), int32(len(w.font)), sizePx, cfg, nil)
	} else {
		io.Fonts().AddFontDefault()
	}
	setStyle(float32(w.Scale), sizePx)
	iglfw.InitForOpenGL(iglfw.NewGLFWwindowFromC(unsafe.Pointer(w.glfw.Handle())), true)
	igl.InitV("#version 410")
}

// Close ends Dear ImGui and the window.
func (w *Window) Close() {
	igl.Shutdown()
	iglfw.Shutdown()
	implot.DestroyContext()
	imgui.DestroyContext()
	w.GL.Close()
	w.glfw.Destroy()
	glfw.Terminate()
}

// Wake has the window drawn again soon. It may be called from any goroutine.
func (w *Window) Wake() { w.Post(func() {}) }

// Post runs f on the window's thread before the next frame. It may be called from
// any goroutine, and waits while very many wait already.
func (w *Window) Post(f func()) {
	w.posts <- f
	glfw.PostEmptyEvent()
}

// Run draws frames until the window is closed or stop says so. frame describes the
// panels and says for how long the window may rest when nothing happens: 0 means
// that the next frame follows at once.
func (w *Window) Run(frame func() (restS float64), stop func() bool) {
	restS := 0.0
	for !w.closes() && !w.lost && !stop() {
		if w.stir > 0 || restS <= 0 {
			glfw.PollEvents()
		} else {
			before := glfw.GetTime()
			glfw.WaitEventsTimeout(min(restS, 1))
			if glfw.GetTime()-before >= restS {
				w.stir = max(w.stir, 1)
			}
		}
		w.takePosts()
		if w.stir == 0 && restS > 0 {
			continue
		}
		w.stir = max(w.stir-1, 0)
		restS = w.frame(frame)
	}
}

// closes says that the user wants the window closed and nothing is in the way.
func (w *Window) closes() bool {
	if !w.glfw.ShouldClose() {
		return false
	}
	if w.asks == nil || w.asks() {
		return true
	}
	w.glfw.SetShouldClose(false)
	w.stir = settleFrames
	return false
}

// TakePosts runs what was posted, for a window that draws no more.
func (w *Window) TakePosts() { w.takePosts() }

func (w *Window) takePosts() {
	for {
		select {
		case f := <-w.posts:
			f()
			w.stir = settleFrames
		default:
			return
		}
	}
}

func (w *Window) frame(describe func() float64) float64 {
	began := time.Now()
	igl.NewFrame()
	iglfw.NewFrame()
	imgui.NewFrame()
	restS := describe()
	imgui.Render()
	wide, high := w.glfw.GetFramebufferSize()
	_ = w.GL.Do(func() error { gl.BindWindow(wide, high); return nil })
	igl.RenderDrawData(imgui.CurrentDrawData())
	w.glfw.SwapBuffers()
	if w.drawn != nil {
		w.drawn(time.Since(began))
	}
	w.lost = w.lost || w.GL.Lost()
	return restS
}

// SizePx is the window's size in pixels.
func (w *Window) SizePx() (wide, high int) { return w.glfw.GetFramebufferSize() }

// SetTitle sets the text of the window's frame.
func (w *Window) SetTitle(s string) { w.glfw.SetTitle(s) }

// takeDropped gives the files that were dropped on the window since the last call.
func (w *Window) takeDropped() []string {
	names := w.dropped
	w.dropped = nil
	return names
}
