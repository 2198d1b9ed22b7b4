//go:build !cgo

package gl

import "unsafe"

// This build has no OpenGL. No context can be had, so nothing below is ever
// reached through one; the types exist so that callers compile.

func missing() error {
	return &MissingError{"this build of the program has no OpenGL", "build it with CGO_ENABLED=1"}
}

// Adopt always fails in this build.
func Adopt() (*Context, error) { return nil, missing() }

// Program is a pair of compiled shaders.
type Program struct{}

// NewProgram always fails in this build.
func NewProgram(_, _, _ string) (*Program, error) { return nil, missing() }

// Use does nothing.
func (*Program) Use() {}

// SetFloat does nothing.
func (*Program) SetFloat(string, ...float32) {}

// SetFloats does nothing.
func (*Program) SetFloats(string, []float32) {}

// SetTexture does nothing.
func (*Program) SetTexture(string, int, *Texture) {}

// Delete does nothing.
func (*Program) Delete() {}

// Texture is a picture in the renderer's memory.
type Texture struct {
	Width, Height int
	Format        Format
}

// NewTexture always fails in this build.
func NewTexture(int, int, Format) (*Texture, error) { return nil, missing() }

// UploadBytes does nothing.
func (*Texture) UploadBytes([]byte) {}

// UploadFloats does nothing.
func (*Texture) UploadFloats([]float32) {}

// Handle is 0.
func (*Texture) Handle() uint32 { return 0 }

// Delete does nothing.
func (*Texture) Delete() {}

// Smooth does nothing.
func (*Texture) Smooth() {}

// Target is what is drawn into.
type Target struct {
	Colour        []*Texture
	Width, Height int
}

// NewTarget always fails in this build.
func NewTarget(int, int, bool, ...Format) (*Target, error) { return nil, missing() }

// Bind does nothing.
func (*Target) Bind() {}

// BindPadded does nothing.
func (*Target) BindPadded(int) {}

// Clear does nothing.
func (*Target) Clear() {}

// ReadBytes always fails in this build.
func (*Target) ReadBytes(int, []byte) error { return missing() }

// ReadFloats always fails in this build.
func (*Target) ReadFloats(int, []float32) error { return missing() }

// Delete does nothing.
func (*Target) Delete() {}

// BindWindow does nothing.
func BindWindow(int, int) {}

// ReadWindow reports that drawing is missing.
func ReadWindow(int, int, []byte) error { return missing() }

// WatchResets does nothing.
func (*Context) WatchResets(unsafe.Pointer) {}

// Lost is false: there is no context.
func (*Context) Lost() bool { return false }

// Mesh is a list of vertices.
type Mesh struct{ Vertices int }

// NewMesh returns a mesh that holds nothing.
func NewMesh([]Attribute) *Mesh { return &Mesh{} }

// UploadBytes always fails in this build.
func (*Mesh) UploadBytes([]byte) error { return missing() }

// UploadFloats always fails in this build.
func (*Mesh) UploadFloats([]float32) error { return missing() }

// Draw does nothing.
func (*Mesh) Draw(Primitive, Blend, bool) {}

// Delete does nothing.
func (*Mesh) Delete() {}

// Finish always fails in this build.
func Finish() error { return missing() }
