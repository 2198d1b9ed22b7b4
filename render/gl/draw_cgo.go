//go:build cgo

package gl

import (
	"fmt"
	"strings"
	"sync"
	"unsafe"

	gl41 "github.com/go-gl/gl/v4.1-core/gl"
)

// loading guards the function table, which the bindings keep once a process.
var loading sync.Mutex

func loadFunctions(proc func(string) unsafe.Pointer) (Info, error) {
	loading.Lock()
	defer loading.Unlock()
	if err := gl41.InitWithProcAddrFunc(proc); err != nil {
		return Info{}, fmt.Errorf("OpenGL functions: %w", err)
	}
	return readInfo(), nil
}

func readInfo() Info {
	info := Info{
		Renderer: gl41.GoStr(gl41.GetString(gl41.RENDERER)),
		Version:  gl41.GoStr(gl41.GetString(gl41.VERSION)),
		Vendor:   gl41.GoStr(gl41.GetString(gl41.VENDOR)),
	}
	var size int32
	gl41.GetIntegerv(gl41.MAX_TEXTURE_SIZE, &size)
	info.MaxTexturePx = int(size)
	info.Software = isSoftware(info.Renderer)
	return info
}

// Adopt wraps the context that is current on the calling thread, for a program
// that has its own window. The caller stays on that thread for every Do.
func Adopt() (*Context, error) {
	loading.Lock()
	defer loading.Unlock()
	if err := gl41.Init(); err != nil {
		return nil, fmt.Errorf("OpenGL functions: %w", err)
	}
	info := readInfo()
	info.Platform = "window"
	return &Context{info: info}, nil
}

// Program is a pair of compiled shaders. Program 0 values can not be used.
type Program struct {
	id       uint32
	uniforms map[string]int32
}

// NewProgram compiles and links. The error carries the renderer's log under the
// given name.
func NewProgram(name, vertex, fragment string) (*Program, error) {
	vs, err := compile(name+" vertex", vertex, gl41.VERTEX_SHADER)
	if err != nil {
		return nil, err
	}
	defer gl41.DeleteShader(vs)
	fs, err := compile(name+" fragment", fragment, gl41.FRAGMENT_SHADER)
	if err != nil {
		return nil, err
	}
	defer gl41.DeleteShader(fs)
	id := gl41.CreateProgram()
	gl41.AttachShader(id, vs)
	gl41.AttachShader(id, fs)
	gl41.LinkProgram(id)
	var ok int32
	if gl41.GetProgramiv(id, gl41.LINK_STATUS, &ok); ok == 0 {
		var n int32
		gl41.GetProgramiv(id, gl41.INFO_LOG_LENGTH, &n)
		log := strings.Repeat("\x00", int(n)+1)
		gl41.GetProgramInfoLog(id, n, nil, gl41.Str(log))
		gl41.DeleteProgram(id)
		return nil, fmt.Errorf("shader %s: link: %s", name, strings.Trim(log, "\x00\n"))
	}
	return &Program{id: id, uniforms: map[string]int32{}}, nil
}

func compile(name, source string, kind uint32) (uint32, error) {
	id := gl41.CreateShader(kind)
	text, free := gl41.Strs(source + "\x00")
	defer free()
	gl41.ShaderSource(id, 1, text, nil)
	gl41.CompileShader(id)
	var ok int32
	if gl41.GetShaderiv(id, gl41.COMPILE_STATUS, &ok); ok == 0 {
		var n int32
		gl41.GetShaderiv(id, gl41.INFO_LOG_LENGTH, &n)
		log := strings.Repeat("\x00", int(n)+1)
		gl41.GetShaderInfoLog(id, n, nil, gl41.Str(log))
		gl41.DeleteShader(id)
		return 0, fmt.Errorf("shader %s: %s", name, strings.Trim(log, "\x00\n"))
	}
	return id, nil
}

// Use makes the program current; the setters below act on the current program.
func (p *Program) Use() { gl41.UseProgram(p.id) }

func (p *Program) location(name string) int32 {
	l, ok := p.uniforms[name]
	if !ok {
		l = gl41.GetUniformLocation(p.id, gl41.Str(name+"\x00"))
		p.uniforms[name] = l
	}
	return l
}

// SetFloat sets a float, vec2, vec3 or vec4 uniform by the number of values.
func (p *Program) SetFloat(name string, v ...float32) {
	l := p.location(name)
	switch len(v) {
	case 1:
		gl41.Uniform1f(l, v[0])
	case 2:
		gl41.Uniform2f(l, v[0], v[1])
	case 3:
		gl41.Uniform3f(l, v[0], v[1], v[2])
	case 4:
		gl41.Uniform4f(l, v[0], v[1], v[2], v[3])
	}
}

// SetFloats sets an array of floats.
func (p *Program) SetFloats(name string, v []float32) {
	if len(v) > 0 {
		gl41.Uniform1fv(p.location(name), int32(len(v)), &v[0])
	}
}

// SetTexture binds t to a texture unit and the sampler of that name to it.
func (p *Program) SetTexture(name string, unit int, t *Texture) {
	gl41.ActiveTexture(gl41.TEXTURE0 + uint32(unit))
	gl41.BindTexture(gl41.TEXTURE_2D, t.id)
	gl41.Uniform1i(p.location(name), int32(unit))
}

// Delete frees the program.
func (p *Program) Delete() { gl41.DeleteProgram(p.id) }

// Texture is a picture in the renderer's memory, sampled without filtering.
type Texture struct {
	id            uint32
	Width, Height int
	Format        Format
}

func (f Format) names() (internal int32, format, kind uint32) {
	if f == Float1 {
		return gl41.R32F, gl41.RED, gl41.FLOAT
	}
	return gl41.RGBA8, gl41.RGBA, gl41.UNSIGNED_BYTE
}

// NewTexture makes a texture with undefined content.
func NewTexture(width, height int, f Format) (*Texture, error) {
	t := &Texture{Width: width, Height: height, Format: f}
	gl41.GenTextures(1, &t.id)
	gl41.BindTexture(gl41.TEXTURE_2D, t.id)
	internal, format, kind := f.names()
	gl41.TexImage2D(gl41.TEXTURE_2D, 0, internal, int32(width), int32(height), 0, format, kind, nil)
	for _, p := range []uint32{gl41.TEXTURE_MIN_FILTER, gl41.TEXTURE_MAG_FILTER} {
		gl41.TexParameteri(gl41.TEXTURE_2D, p, gl41.NEAREST)
	}
	for _, p := range []uint32{gl41.TEXTURE_WRAP_S, gl41.TEXTURE_WRAP_T} {
		gl41.TexParameteri(gl41.TEXTURE_2D, p, gl41.CLAMP_TO_EDGE)
	}
	return t, check(fmt.Sprintf("texture %dx%d", width, height))
}

// UploadBytes replaces the content of an RGBA8 texture; len(pix) is 4*W*H.
func (t *Texture) UploadBytes(pix []byte) {
	if len(pix) == 4*t.Width*t.Height && t.Format == RGBA8 {
		t.upload(unsafe.Pointer(unsafe.SliceData(pix)))
	}
}

// UploadFloats replaces the content of a Float1 texture; len(v) is W*H.
func (t *Texture) UploadFloats(v []float32) {
	if len(v) == t.Width*t.Height && t.Format == Float1 {
		t.upload(unsafe.Pointer(unsafe.SliceData(v)))
	}
}

func (t *Texture) upload(p unsafe.Pointer) {
	_, format, kind := t.Format.names()
	gl41.BindTexture(gl41.TEXTURE_2D, t.id)
	gl41.TexSubImage2D(gl41.TEXTURE_2D, 0, 0, 0, int32(t.Width), int32(t.Height), format, kind, p)
}

// Handle is the renderer's own number of the texture, for a user interface in
// the same context that shows it.
func (t *Texture) Handle() uint32 { return t.id }

// Smooth has the texture sampled with linear filtering, for pictures that are shown
// at another size.
func (t *Texture) Smooth() {
	gl41.BindTexture(gl41.TEXTURE_2D, t.id)
	for _, p := range []uint32{gl41.TEXTURE_MIN_FILTER, gl41.TEXTURE_MAG_FILTER} {
		gl41.TexParameteri(gl41.TEXTURE_2D, p, gl41.LINEAR)
	}
}

// Delete frees the texture.
func (t *Texture) Delete() { gl41.DeleteTextures(1, &t.id) }

// Target is what is drawn into: one texture an output of the fragment shader
// and, when asked for, a depth buffer.
type Target struct {
	id, depth     uint32
	Colour        []*Texture
	Width, Height int
}

// NewTarget makes a target and its textures.
func NewTarget(width, height int, depth bool, formats ...Format) (*Target, error) {
	t := &Target{Width: width, Height: height}
	gl41.GenFramebuffers(1, &t.id)
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, t.id)
	var outputs []uint32
	for i, f := range formats {
		tex, err := NewTexture(width, height, f)
		if tex != nil {
			t.Colour = append(t.Colour, tex)
		}
		if err != nil {
			t.Delete()
			return nil, err
		}
		at := gl41.COLOR_ATTACHMENT0 + uint32(i)
		gl41.FramebufferTexture2D(gl41.FRAMEBUFFER, at, gl41.TEXTURE_2D, tex.id, 0)
		outputs = append(outputs, at)
	}
	gl41.DrawBuffers(int32(len(outputs)), &outputs[0])
	if depth {
		gl41.GenRenderbuffers(1, &t.depth)
		gl41.BindRenderbuffer(gl41.RENDERBUFFER, t.depth)
		gl41.RenderbufferStorage(gl41.RENDERBUFFER, gl41.DEPTH_COMPONENT32F, int32(width), int32(height))
		gl41.FramebufferRenderbuffer(gl41.FRAMEBUFFER, gl41.DEPTH_ATTACHMENT, gl41.RENDERBUFFER, t.depth)
	}
	if s := gl41.CheckFramebufferStatus(gl41.FRAMEBUFFER); s != gl41.FRAMEBUFFER_COMPLETE {
		t.Delete()
		return nil, fmt.Errorf("drawing: target %dx%d is incomplete (OpenGL status 0x%x)", width, height, s)
	}
	return t, check(fmt.Sprintf("target %dx%d", width, height))
}

// Bind makes the target the one drawn into, all of it.
func (t *Target) Bind() {
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, t.id)
	gl41.Viewport(0, 0, int32(t.Width), int32(t.Height))
}

// BindPadded makes the target the one drawn into, with coordinates that reach padPx
// beyond each of its edges: points whose middle lies there are not cut away.
func (t *Target) BindPadded(padPx int) {
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, t.id)
	gl41.Viewport(int32(-padPx), int32(-padPx), int32(t.Width+2*padPx), int32(t.Height+2*padPx))
}

// Clear fills the bound target: every output with zeros, the depth with 1.
func (t *Target) Clear() {
	zero := [4]float32{}
	for i := range t.Colour {
		gl41.ClearBufferfv(gl41.COLOR, int32(i), &zero[0])
	}
	if t.depth != 0 {
		one := float32(1)
		gl41.DepthMask(true)
		gl41.ClearBufferfv(gl41.DEPTH, 0, &one)
	}
}

// ReadBytes copies output i, an RGBA8 texture, into pix of 4*W*H bytes.
func (t *Target) ReadBytes(i int, pix []byte) error {
	if len(pix) != 4*t.Width*t.Height {
		return fmt.Errorf("drawing: read of %d bytes from a target %dx%d", len(pix), t.Width, t.Height)
	}
	return t.read(i, gl41.RGBA, gl41.UNSIGNED_BYTE, unsafe.Pointer(unsafe.SliceData(pix)))
}

// ReadFloats copies output i, a Float1 texture, into v of W*H values.
func (t *Target) ReadFloats(i int, v []float32) error {
	if len(v) != t.Width*t.Height {
		return fmt.Errorf("drawing: read of %d values from a target %dx%d", len(v), t.Width, t.Height)
	}
	return t.read(i, gl41.RED, gl41.FLOAT, unsafe.Pointer(unsafe.SliceData(v)))
}

func (t *Target) read(i int, format, kind uint32, p unsafe.Pointer) error {
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, t.id)
	gl41.ReadBuffer(gl41.COLOR_ATTACHMENT0 + uint32(i))
	gl41.PixelStorei(gl41.PACK_ALIGNMENT, 1)
	gl41.ReadPixels(0, 0, int32(t.Width), int32(t.Height), format, kind, p)
	return check("reading the picture back")
}

// Delete frees the target and its textures.
func (t *Target) Delete() {
	for _, c := range t.Colour {
		c.Delete()
	}
	if t.depth != 0 {
		gl41.DeleteRenderbuffers(1, &t.depth)
	}
	gl41.DeleteFramebuffers(1, &t.id)
}

// BindWindow makes the window's own picture the one drawn into, all of it, in an
// adopted context.
func BindWindow(width, height int) {
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, 0)
	gl41.Viewport(0, 0, int32(width), int32(height))
	gl41.Disable(gl41.SCISSOR_TEST)
	gl41.ClearColor(0, 0, 0, 1)
	gl41.Clear(gl41.COLOR_BUFFER_BIT)
}

// ReadWindow copies what the window shows into pix, 4 bytes a pixel, row 0 on top.
func ReadWindow(width, height int, pix []byte) error {
	if len(pix) != 4*width*height {
		return fmt.Errorf("drawing: read of %d bytes from a window of %dx%d", len(pix), width, height)
	}
	gl41.BindFramebuffer(gl41.FRAMEBUFFER, 0)
	gl41.ReadBuffer(gl41.BACK)
	gl41.PixelStorei(gl41.PACK_ALIGNMENT, 1)
	gl41.ReadPixels(0, 0, int32(width), int32(height), gl41.RGBA, gl41.UNSIGNED_BYTE, unsafe.Pointer(unsafe.SliceData(pix)))
	row := 4 * width
	line := make([]byte, row)
	for y := range height / 2 {
		a, b := pix[y*row:(y+1)*row], pix[(height-1-y)*row:(height-y)*row]
		copy(line, a)
		copy(a, b)
		copy(b, line)
	}
	for i := 3; i < len(pix); i += 4 {
		pix[i] = 255
	}
	return check("reading the window back")
}

// Mesh is a list of interleaved vertices.
type Mesh struct {
	array, buffer uint32
	stride        int
	Vertices      int
}

// NewMesh makes an empty mesh of the given columns.
func NewMesh(attrs []Attribute) *Mesh {
	m := &Mesh{stride: stride(attrs)}
	gl41.GenVertexArrays(1, &m.array)
	gl41.GenBuffers(1, &m.buffer)
	gl41.BindVertexArray(m.array)
	gl41.BindBuffer(gl41.ARRAY_BUFFER, m.buffer)
	at := 0
	for i, a := range attrs {
		kind, size := uint32(gl41.FLOAT), 4
		if a.Bytes {
			kind, size = gl41.UNSIGNED_BYTE, 1
		}
		gl41.EnableVertexAttribArray(uint32(i))
		gl41.VertexAttribPointerWithOffset(uint32(i), int32(a.Count), kind, a.Bytes, int32(m.stride), uintptr(at))
		at += size * a.Count
	}
	return m
}

// UploadBytes replaces the vertices; len(data) is a whole number of vertices.
func (m *Mesh) UploadBytes(data []byte) error {
	return m.upload(unsafe.Pointer(unsafe.SliceData(data)), len(data))
}

// UploadFloats replaces the vertices of a mesh whose columns are all floats.
func (m *Mesh) UploadFloats(data []float32) error {
	return m.upload(unsafe.Pointer(unsafe.SliceData(data)), 4*len(data))
}

func (m *Mesh) upload(p unsafe.Pointer, sizeB int) error {
	m.Vertices = sizeB / m.stride
	if m.Vertices == 0 {
		return nil
	}
	gl41.BindBuffer(gl41.ARRAY_BUFFER, m.buffer)
	gl41.BufferData(gl41.ARRAY_BUFFER, sizeB, p, gl41.STATIC_DRAW)
	return check(fmt.Sprintf("upload of %d vertices", m.Vertices))
}

// Draw draws every vertex with the current program into the bound target.
// depthTest compares with, and writes, the target's depth buffer.
func (m *Mesh) Draw(p Primitive, b Blend, depthTest bool) {
	if m.Vertices == 0 {
		return
	}
	if depthTest {
		gl41.Enable(gl41.DEPTH_TEST)
		gl41.DepthMask(true)
		gl41.DepthFunc(gl41.LESS)
	} else {
		gl41.Disable(gl41.DEPTH_TEST)
	}
	if b == Over {
		gl41.Enable(gl41.BLEND)
		gl41.BlendFunc(gl41.ONE, gl41.ONE_MINUS_SRC_ALPHA)
	} else {
		gl41.Disable(gl41.BLEND)
	}
	mode := uint32(gl41.TRIANGLES)
	if p == Points {
		mode = gl41.POINTS
		gl41.Enable(gl41.PROGRAM_POINT_SIZE)
	}
	gl41.BindVertexArray(m.array)
	gl41.DrawArrays(mode, 0, int32(m.Vertices))
}

// Delete frees the mesh.
func (m *Mesh) Delete() {
	gl41.DeleteBuffers(1, &m.buffer)
	gl41.DeleteVertexArrays(1, &m.array)
}

// Finish waits until everything asked for is drawn and returns the first error
// that the renderer noted.
func Finish() error {
	gl41.Finish()
	return check("drawing")
}

// contextLost is GL_CONTEXT_LOST of KHR_robustness.
const contextLost = 0x0507

func check(doing string) error {
	first := uint32(gl41.NO_ERROR)
	for range 16 {
		e := gl41.GetError()
		if e == gl41.NO_ERROR {
			break
		}
		if first == gl41.NO_ERROR {
			first = e
		}
	}
	switch first {
	case gl41.NO_ERROR:
		return nil
	case contextLost:
		return fmt.Errorf("%s: %w", doing, ErrLost)
	case gl41.OUT_OF_MEMORY:
		return fmt.Errorf("%s: out of graphics memory; ask for a smaller picture or fewer points", doing)
	default:
		return fmt.Errorf("%s: OpenGL error 0x%x", doing, first)
	}
}
