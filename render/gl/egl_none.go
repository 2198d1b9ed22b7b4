//go:build !(cgo && linux)

package gl

// NewContext always fails in this build: a context without a window is made
// through EGL, by way of cgo, on Linux.
func NewContext() (*Context, error) {
	return nil, &MissingError{
		"this build of the program can not draw without a window",
		"use a Linux build made with CGO_ENABLED=1, with libegl1 and libgl1-mesa-dri installed",
	}
}
