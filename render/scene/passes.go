package scene

import (
	"cmp"
	_ "embed" // the shaders
	"math"
	"slices"

	"firescene/render"
	"firescene/render/gl"

	"gonum.org/v1/gonum/spatial/r3"
)

//go:embed shaders/screen.vert
var screenVert string

//go:embed shaders/cloud.vert
var cloudVert string

//go:embed shaders/cloud.frag
var cloudFrag string

//go:embed shaders/mesh.vert
var meshVert string

//go:embed shaders/mesh.frag
var meshFrag string

//go:embed shaders/compose.frag
var composeFrag string

//go:embed shaders/line.vert
var lineVert string

//go:embed shaders/line.frag
var lineFrag string

//go:embed shaders/ball.frag
var ballFrag string

//go:embed shaders/layer.frag
var layerFrag string

//go:embed shaders/shrink.frag
var shrinkFrag string

// passes are the programs and the targets of one picture. All methods run on the
// context's thread.
type passes struct {
	cloudP, composeP, lineP, ballP, layerP, shrinkP, gasP, meshP *gl.Program

	quad, linesM            *gl.Mesh
	cloudColour, cloudDepth *gl.Texture // filled by the splatter
	pointsT                 *gl.Target  // filled by OpenGL points, made on first use
	main, small             *gl.Target
	width, height           int // of main
}

func (p *passes) build() error {
	for _, b := range []struct {
		to                     **gl.Program
		name, vertex, fragment string
	}{
		{&p.cloudP, "cloud", cloudVert, cloudFrag},
		{&p.composeP, "compose", screenVert, composeFrag},
		{&p.lineP, "line", lineVert, lineFrag},
		{&p.ballP, "ball", screenVert, ballFrag},
		{&p.layerP, "layer", screenVert, layerFrag},
		{&p.shrinkP, "shrink", screenVert, shrinkFrag},
		{&p.gasP, "gas", screenVert, gasFrag},
		{&p.meshP, "mesh", meshVert, meshFrag},
	} {
		var err error
		if *b.to, err = gl.NewProgram(b.name, b.vertex, b.fragment); err != nil {
			p.free()
			return err
		}
	}
	p.quad = gl.NewMesh([]gl.Attribute{{Count: 2}})
	p.linesM = gl.NewMesh([]gl.Attribute{{Count: 3}, {Count: 4}, {Count: 4}, {Count: 2}})
	return nil
}

func (p *passes) free() {
	for _, q := range []**gl.Program{&p.cloudP, &p.composeP, &p.lineP, &p.ballP, &p.layerP, &p.shrinkP, &p.gasP, &p.meshP} {
		if *q != nil {
			(*q).Delete()
			*q = nil
		}
	}
	if p.quad != nil {
		p.quad.Delete()
		p.linesM.Delete()
		p.quad, p.linesM = nil, nil
	}
	p.freeTargets()
}

func (p *passes) freeTargets() {
	for _, t := range []**gl.Target{&p.pointsT, &p.main, &p.small} {
		if *t != nil {
			(*t).Delete()
			*t = nil
		}
	}
	for _, t := range []**gl.Texture{&p.cloudColour, &p.cloudDepth} {
		if *t != nil {
			(*t).Delete()
			*t = nil
		}
	}
}

// resize makes the targets of a picture: width x height while it is drawn, outW x
// outH when it is done.
func (p *passes) resize(width, height, outW, outH int) error {
	if p.small != nil && p.width == width && p.height == height && p.small.Width == outW && p.small.Height == outH {
		return nil
	}
	p.freeTargets()
	p.width, p.height = width, height
	var err error
	if p.cloudColour, err = gl.NewTexture(width, height, gl.RGBA8); err != nil {
		return err
	}
	if p.cloudDepth, err = gl.NewTexture(width, height, gl.Float1); err != nil {
		return err
	}
	if p.main, err = gl.NewTarget(width, height, false, gl.RGBA8); err != nil {
		return err
	}
	p.small, err = gl.NewTarget(outW, outH, false, gl.RGBA8)
	return err
}

func (p *passes) pointTarget() (*gl.Target, error) {
	if p.pointsT == nil {
		t, err := gl.NewTarget(p.width, p.height, true, gl.RGBA8, gl.Float1)
		if err != nil {
			return nil, err
		}
		p.pointsT = t
	}
	return p.pointsT, nil
}

// rectangle draws the current program over a part of a target.
func (p *passes) rectangle(r rect, width, height int, b gl.Blend) error {
	x0, y0 := float32(max(r.x0, 0)), float32(max(r.y0, 0))
	x1, y1 := float32(min(r.x1, float64(width))), float32(min(r.y1, float64(height)))
	if !(x1 > x0) || !(y1 > y0) {
		return nil
	}
	if err := p.quad.UploadFloats([]float32{x0, y0, x1, y0, x1, y1, x0, y0, x1, y1, x0, y1}); err != nil {
		return err
	}
	p.quad.Draw(gl.Triangles, b, false)
	return nil
}

func (p *passes) whole() rect { return rect{0, 0, float64(p.width), float64(p.height)} }

func set3(q *gl.Program, name string, v [3]float32) { q.SetFloat(name, v[0], v[1], v[2]) }

func setCamera(q *gl.Program, cam *camera, origin r3.Vec) {
	q.SetFloat("uSize", float32(cam.width), float32(cam.height))
	q.SetFloat("uFocal", float32(cam.focalPx))
	parallel := float32(0)
	if cam.parallel {
		parallel = 1
	}
	q.SetFloat("uParallel", parallel)
	q.SetFloat("uNear", float32(cam.near))
	set3(q, "uEye", f32(r3.Sub(cam.eye, origin)))
	set3(q, "uRight", f32(cam.right))
	set3(q, "uDown", f32(cam.down))
	set3(q, "uForward", f32(cam.forward))
}

func setClip(q *gl.Program, clip *render.Clip, origin r3.Vec) {
	b := newClipBox(clip, origin)
	set3(q, "uClipX", b.axisX)
	set3(q, "uClipY", b.axisY)
	set3(q, "uClipMid", b.mid)
	set3(q, "uClipHalf", b.half)
}

// compose begins the picture: background and lit cloud.
func (p *passes) compose(cam *camera, colour, depth *gl.Texture, ui, strength float32, fine bool) {
	p.main.Bind()
	q := p.composeP
	q.Use()
	q.SetTexture("uColour", 0, colour)
	q.SetTexture("uDepth", 1, depth)
	q.SetFloat("uSize", float32(cam.width), float32(cam.height))
	q.SetFloat("uStrength", 9*max(strength, 0))
	q.SetFloat("uRadius", max(1.2*ui, 1))
	unit := float32(0)
	if cam.parallel {
		// As if seen from where a 40 degree lens takes in the same height.
		unit = float32(cam.height / cam.focalPx / 2 / math.Tan(20*math.Pi/180))
	}
	q.SetFloat("uUnit", unit)
	rings := float32(1)
	if fine {
		rings = 2
	}
	q.SetFloat("uRings", rings)
	set3(q, "uTop", skyTop)
	set3(q, "uBottom", skyBottom)
	_ = p.rectangle(p.whole(), p.width, p.height, gl.Replace)
}

// lines draws lines in the scene, faint behind the cloud. bias is how far behind
// the cloud's surface a line still counts as on it.
func (p *passes) lines(cam *camera, depth *gl.Texture, lines []line, ui, bias float32) error {
	if err := p.linesM.UploadFloats(lineVertices(cam, lines, float64(ui))); err != nil {
		return err
	}
	p.lineP.Use()
	p.lineP.SetTexture("uDepth", 1, depth)
	p.lineP.SetFloat("uSize", float32(cam.width), float32(cam.height))
	p.lineP.SetFloat("uBias", max(bias, 1e-6))
	p.lineP.SetFloat("uUi", ui)
	p.linesM.Draw(gl.Triangles, gl.Over, false)
	return nil
}

// ball draws the translucent ball of a marker.
func (p *passes) ball(cam *camera, depth *gl.Texture, m render.Marker, ui float32) {
	at := cam.inCamera(m.At)
	l := lookOf(m.Standing)
	if !cam.parallel && at.Z < -m.RadiusM || cam.parallel && at.Z < cam.near {
		return
	}
	area := p.whole()
	if d2 := at.Z*at.Z - m.RadiusM*m.RadiusM; cam.parallel || at.Z > 1.2*m.RadiusM {
		scale := cam.focalPx
		if !cam.parallel {
			scale = cam.focalPx / math.Sqrt(d2) * (1 + math.Hypot(at.X, at.Y)/at.Z)
		}
		x, y := cam.onPicture(at)
		r := m.RadiusM*scale*1.15 + 4
		area = rect{math.Floor(x - r), math.Floor(y - r), math.Ceil(x + r), math.Ceil(y + r)}
	}
	q := p.ballP
	q.Use()
	q.SetTexture("uDepth", 1, depth)
	q.SetFloat("uSize", float32(cam.width), float32(cam.height))
	q.SetFloat("uFocal", float32(cam.focalPx))
	parallel := float32(0)
	if cam.parallel {
		parallel = 1
	}
	q.SetFloat("uParallel", parallel)
	q.SetFloat("uUi", ui)
	q.SetFloat("uBall", float32(at.X), float32(at.Y), float32(at.Z), float32(m.RadiusM))
	q.SetFloat("uColour", float32(l.colour.R)/255, float32(l.colour.G)/255, float32(l.colour.B)/255)
	q.SetFloat("uStyle", float32(l.line))
	_ = p.rectangle(area, p.width, p.height, gl.Over)
}

// layer draws the hot layer of one room.
func (p *passes) layer(cam *camera, depth *gl.Texture, l render.HotLayer, clip *render.Clip) {
	height := l.Max.Z - l.Min.Z
	if !(height > 0) || !(l.Max.X > l.Min.X) || !(l.Max.Y > l.Min.Y) {
		return
	}
	area, ok := cam.boxArea(l.Min, l.Max)
	if !ok {
		area = p.whole()
	}
	q := p.layerP
	q.Use()
	q.SetTexture("uDepth", 1, depth)
	// Relative to the room, for single precision.
	setCamera(q, cam, l.Min)
	setClip(q, clip, l.Min)
	set3(q, "uMin", [3]float32{})
	set3(q, "uMax", f32(r3.Sub(l.Max, l.Min)))
	soft := 0.06 * height
	at := l.InterfaceM
	if at <= 0 {
		at = -soft // down to the floor: no underside
	}
	q.SetFloat("uInterface", float32(at))
	q.SetFloat("uSoft", float32(soft))
	q.SetFloat("uUpperSigma", gasDensity(l.UpperC)*float32(2.4/height))
	q.SetFloat("uLowerSigma", 0.25*gasDensity(l.LowerC)*float32(2.4/height))
	set3(q, "uUpper", gasColour(l.UpperC))
	set3(q, "uLower", gasColour(l.LowerC))
	q.SetFloat("uMost", 0.66)
	_ = p.rectangle(area, p.width, p.height, gl.Over)
}

// boxArea is the part of the picture that a box can touch; ok is false when some
// of it lies behind the eye.
func (c *camera) boxArea(lo, hi r3.Vec) (rect, bool) {
	r := rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for k := range 8 {
		q := lo
		if k&1 != 0 {
			q.X = hi.X
		}
		if k&2 != 0 {
			q.Y = hi.Y
		}
		if k&4 != 0 {
			q.Z = hi.Z
		}
		x, y, _, ok := c.project(q)
		if !ok {
			return r, false
		}
		r = rect{min(r.x0, x-1), min(r.y0, y-1), max(r.x1, x+1), max(r.y1, y+1)}
	}
	return r, true
}

// read shrinks the picture to its size and copies it to pix.
func (p *passes) read(times int, pix []byte) error {
	if times == 1 {
		return p.main.ReadBytes(0, pix)
	}
	p.small.Bind()
	p.shrinkP.Use()
	p.shrinkP.SetTexture("uColour", 0, p.main.Colour[0])
	p.shrinkP.SetFloat("uTimes", float32(times))
	p.shrinkP.SetFloat("uSize", float32(p.small.Width), float32(p.small.Height))
	if err := p.rectangle(rect{0, 0, float64(p.small.Width), float64(p.small.Height)}, p.small.Width, p.small.Height, gl.Replace); err != nil {
		return err
	}
	return p.small.ReadBytes(0, pix)
}

// farthestFirst sorts translucent things for drawing one over the other.
func farthestFirst[T any](all []T, at func(T) r3.Vec, cam *camera) []T {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b T) int {
		return cmp.Compare(cam.inCamera(at(b)).Z, cam.inCamera(at(a)).Z)
	})
	return out
}
