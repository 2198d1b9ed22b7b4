//go:build cgo

package gl

// static unsigned int fs_call(void *f) { return ((unsigned int (*)(void))f)(); }
import "C"

import "unsafe"

// WatchResets gives the context the renderer's glGetGraphicsResetStatus (of
// KHR_robustness or ARB_robustness), or nil where there is none.
func (c *Context) WatchResets(status unsafe.Pointer) { c.resets = status }

// Lost reports whether the graphics card was reset, so that the context and all that was
// made in it are gone. It is false where the renderer does not tell.
func (c *Context) Lost() bool {
	return c.resets != nil && C.fs_call(c.resets) != 0
}
