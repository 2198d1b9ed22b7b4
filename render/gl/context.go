// Package gl is the little OpenGL that the drawing needs: a context without a
// window, programs, textures, targets and meshes. No OpenGL type leaves it.
//
// A context belongs to one operating system thread. Everything that touches it
// runs inside Context.Do; methods of Program, Texture, Target and Mesh are only
// called there.
//
// The image convention is that of image.RGBA: row 0 is the top. Textures are
// stored that way and NDC y = -1 is the top of the picture.
//
// Built without cgo the same API exists and NewContext says what is missing.
package gl

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// Info describes the renderer behind a context.
type Info struct {
	Renderer string // GL_RENDERER
	Version  string // GL_VERSION
	Vendor   string // GL_VENDOR
	Platform string // how the context was made: "surfaceless", "device 0", "default", "window"
	// Software is true for a renderer on the CPU (llvmpipe, softpipe,
	// SwiftShader), for which points are drawn faster by package splat.
	Software     bool
	MaxTexturePx int // largest width or height of a texture or target
}

// MissingError says that this machine or this build can not draw, and what it
// needs to do so.
type MissingError struct {
	What string
	Need string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("drawing: %s (%s)", e.What, e.Need)
}

// IsMissing reports whether err says that drawing is not possible here at all.
func IsMissing(err error) bool {
	var e *MissingError
	return errors.As(err, &e)
}

// ErrClosed is returned by Do after Close.
var ErrClosed = errors.New("drawing: the OpenGL context is closed")

// ErrLost says that the renderer lost the context, as after a reset of the graphics
// card: everything made in it is gone.
var ErrLost = errors.New("drawing: the OpenGL context was lost")

// IsLost reports whether an error means that a context can no longer be used.
func IsLost(err error) bool { return errors.Is(err, ErrLost) || errors.Is(err, ErrClosed) }

// Context is an OpenGL 4.1 core context. It is safe for use by several
// goroutines: calls of Do run one after the other.
type Context struct {
	info Info

	mu     sync.Mutex
	closed bool
	resets unsafe.Pointer // glGetGraphicsResetStatus; nil: not known
	calls  chan func()    // nil for an adopted context: calls run where they are made
	ended  chan struct{}
}

// Info describes the renderer.
func (c *Context) Info() Info { return c.info }

// Do runs f on the context's thread and returns its error. f must not call Do.
func (c *Context) Do(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if c.calls == nil {
		return f()
	}
	done := make(chan error)
	c.calls <- func() { done <- f() }
	return <-done
}

// Close ends the context and frees everything that was made in it. Closing
// twice is allowed. An adopted context is left to its owner.
func (c *Context) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	if c.calls != nil {
		close(c.calls)
		<-c.ended
	}
}

// serve starts the context's thread: open makes the context current on it, and
// shut ends it there.
func serve(open func() (Info, error), shut func()) (*Context, error) {
	c := &Context{calls: make(chan func()), ended: make(chan struct{})}
	opened := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so that no other
		// goroutine meets a thread with a stale context.
		runtime.LockOSThread()
		defer close(c.ended)
		info, err := open()
		c.info = info
		opened <- err
		if err != nil {
			return
		}
		for call := range c.calls {
			call()
		}
		shut()
	}()
	if err := <-opened; err != nil {
		return nil, err
	}
	return c, nil
}

// isSoftware tells a renderer on the CPU by its name.
func isSoftware(renderer string) bool {
	r := strings.ToLower(renderer)
	for _, name := range []string{"llvmpipe", "softpipe", "swiftshader", "swrast", "software"} {
		if strings.Contains(r, name) {
			return true
		}
	}
	return false
}

// Format is the content of a texture.
type Format int

// The formats in use.
const (
	RGBA8  Format = iota // four bytes a pixel, 0..1 in a shader
	Float1               // one 32-bit float a pixel
)

// Primitive says how a mesh's vertices are joined.
type Primitive int

// The primitives in use.
const (
	Triangles Primitive = iota
	Points
)

// Attribute is one column of a mesh's interleaved vertices. Its index in the
// list is its location in the shader.
type Attribute struct {
	Count int  // components, 1 to 4
	Bytes bool // unsigned bytes scaled to 0..1; false: 32-bit floats
}

func stride(attrs []Attribute) int {
	n := 0
	for _, a := range attrs {
		if a.Bytes {
			n += a.Count
		} else {
			n += 4 * a.Count
		}
	}
	return n
}

// Blend says how a fragment meets what is there.
type Blend int

// The blend modes in use.
const (
	Replace Blend = iota
	Over          // premultiplied alpha
)
