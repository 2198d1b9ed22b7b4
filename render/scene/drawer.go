// Package scene draws a render.Scene as seen in a render.View: the cloud with
// eye-dome lighting, outlines, markers, hot layers, and the key, scale and north
// around them.
//
// Every picture follows fixed rules: no exposure, colour scale or point size
// adapts to what is in view or what else is shown, so that two pictures of one
// case can be compared by eye. The same scene, view and options give the same
// bytes on the same renderer, whatever the worker count.
package scene

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime"
	"strings"

	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

// PointsBy says what draws the points.
type PointsBy string

// The ways to draw points.
const (
	PointsAuto  PointsBy = ""      // by the renderer: GL on hardware, the splatter on a software renderer
	PointsGL    PointsBy = "gl"    // OpenGL points
	PointsSplat PointsBy = "splat" // package splat
)

// Options are the settings of a Drawer; the zero value is good.
type Options struct {
	FontTTF      []byte   // TrueType or OpenType font or collection with the characters to be shown; nil: the Go font, Latin only
	FontIndex    int      // which font of a collection
	Lang         string   // language of the drawing's own words: "zh", else English
	Workers      int      // for the splatter; 0 means one a core
	Supersample  int      // pixels a side that make one of the picture: 1 for a window, 2 for stills (the default), up to 4
	PointFill    float64  // width of a point in gaps between points; 0 means 1.5
	EDLStrength  float64  // 0 means 1; negative turns eye-dome lighting off
	PointsBy     PointsBy // what draws the points
	NoFurniture  bool     // leave out title, key, scale and north: the caller shows them itself
	UnitsPerSide float64  // layout units across the picture's shorter side; 0 means 720: text is 14 units high
}

// Draw draws one picture in a context of its own. For many, use a Drawer.
func Draw(ctx context.Context, s render.Scene, v render.View, opt Options) (render.Frame, error) {
	d, err := NewDrawer(opt)
	if err != nil {
		return render.Frame{}, err
	}
	defer d.Close()
	return d.Draw(ctx, s, v)
}

// Drawer draws pictures one after the other and keeps what they share: the
// context, the prepared cloud, drawn letters. It is not safe for concurrent use.
type Drawer struct {
	opt    Options
	gl     *gl.Context
	owns   bool
	face   *typeface
	passes passes
	cloud  preparedCloud
	meshes pointMeshes
	gas    gasDrawer
	mesh   *splat.Mesh // nil: none
	meshOf *recon.Mesh
	// What OpenGL holds of the mesh.
	meshGLOf    *splat.Mesh
	meshForward [3]float32
	meshParts   []*gl.Mesh
	buffer      splat.Buffer
	colour      []byte
	depth       []float32
	trouble     error // of OpenGL points or a lost context
	closed      bool
	// The last picture, for At.
	cam   camera
	times int
}

// preparedCloud is the last cloud drawn; another one takes its place.
type preparedCloud struct {
	of     *recon.Cloud
	count  int
	points *splat.Cloud
	extent Extent
}

// NewDrawer makes a drawer with a context that needs no window. The error is a
// *gl.MissingError where this machine or build can not draw.
func NewDrawer(opt Options) (*Drawer, error) {
	c, err := gl.NewContext()
	if err != nil {
		return nil, err
	}
	d, err := NewDrawerIn(c, opt)
	if err != nil {
		c.Close()
		return nil, err
	}
	d.owns = true
	return d, nil
}

// NewDrawerIn makes a drawer in a context of the caller's, which stays the
// caller's to close after the drawer.
func NewDrawerIn(c *gl.Context, opt Options) (*Drawer, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.NumCPU()
	}
	if opt.Supersample <= 0 {
		opt.Supersample = 2
	}
	opt.Supersample = min(opt.Supersample, 4)
	if !(opt.PointFill > 0) {
		opt.PointFill = 1.5
	}
	if opt.EDLStrength == 0 {
		opt.EDLStrength = 1
	}
	if !(opt.UnitsPerSide > 0) {
		opt.UnitsPerSide = 720
	}
	face, err := newTypeface(opt.FontTTF, opt.FontIndex)
	if err != nil {
		return nil, err
	}
	d := &Drawer{opt: opt, gl: c, face: face}
	if err := c.Do(d.passes.build); err != nil {
		return nil, err
	}
	return d, nil
}

// Close frees what the drawer holds.
func (d *Drawer) Close() {
	d.closed = true
	_ = d.gl.Do(func() error { // fails only on a closed context, which holds nothing
		d.meshes.drop()
		for _, m := range d.meshParts {
			m.Delete()
		}
		d.gas.free()
		d.passes.free()
		return nil
	})
	if d.owns {
		d.gl.Close()
	}
}

// Renderer names what draws, for the record.
func (d *Drawer) Renderer() string {
	if d.splats() {
		return "software splatter with " + d.gl.Info().Renderer
	}
	return d.gl.Info().Renderer
}

// Lacking lists the characters of a text that the font can not show.
func (d *Drawer) Lacking(text string) string { return d.face.lacking(text) }

// Splats says that package splat draws the points, not OpenGL.
func (d *Drawer) Splats() bool { return d.splats() }

// Trouble says why the splatter took the place of OpenGL points, when it had to; nil
// when nothing failed.
func (d *Drawer) Trouble() error { return d.trouble }

func (d *Drawer) splats() bool {
	return d.trouble != nil || d.opt.PointsBy == PointsSplat || d.opt.PointsBy == PointsAuto && d.gl.Info().Software
}

// Draw draws the scene as seen in the view. A scene without a cloud shows the
// rest. The scene's cloud is prepared once and must not change between pictures.
// When OpenGL fails at the points the splatter takes its place from then on, and a
// context of the drawer's own that is lost is replaced; Trouble says so.
func (d *Drawer) Draw(ctx context.Context, s render.Scene, v render.View) (render.Frame, error) {
	frame, err := d.draw(ctx, s, v)
	if err == nil || ctx.Err() != nil || d.trouble != nil {
		return frame, err
	}
	lost := gl.IsLost(err)
	if !lost && d.splats() || lost && !d.owns || d.closed {
		return frame, err
	}
	if lost {
		c, openErr := gl.NewContext()
		if openErr != nil {
			return frame, errors.Join(err, openErr)
		}
		d.gl.Close()
		d.gl, d.passes, d.meshes, d.gas = c, passes{}, pointMeshes{}, gasDrawer{}
		d.meshGLOf, d.meshParts = nil, nil
		if openErr := c.Do(d.passes.build); openErr != nil {
			return frame, errors.Join(err, openErr)
		}
	}
	d.trouble = err
	return d.draw(ctx, s, v)
}

func (d *Drawer) draw(ctx context.Context, s render.Scene, v render.View) (render.Frame, error) {
	cam, err := newCamera(v)
	if err != nil {
		return render.Frame{}, err
	}
	times := d.opt.Supersample
	for limit := d.gl.Info().MaxTexturePx; times > 1 && max(v.WidthPx, v.HeightPx)*times > limit; {
		times--
	}
	fine := cam.times(times)
	d.cam, d.times = cam, times
	if err := d.prepare(ctx, &s); err != nil {
		return render.Frame{}, err
	}
	d.size(int(fine.width) * int(fine.height))
	d.takeMesh(s.Mesh)
	if d.splats() && d.hasSurfaces() {
		points, origin := &splat.Cloud{}, r3.Vec{}
		if d.cloud.points != nil {
			points, origin = d.cloud.points, d.cloud.of.Origin
		}
		if err := d.buffer.Draw(points, fine.forSplat(origin, v.Clip, d.opt.PointFill), d.opt.Workers); err != nil {
			return render.Frame{}, err
		}
		if m := d.mesh; m != nil {
			d.buffer.DrawMesh(m, fine.forSplat(r3.Vec{X: m.Origin[0], Y: m.Origin[1], Z: m.Origin[2]}, v.Clip, d.opt.PointFill), d.opt.Workers)
		}
		d.buffer.Resolve(d.colour, d.depth, d.opt.Workers)
	}
	if err := ctx.Err(); err != nil {
		return render.Frame{}, err
	}
	img := image.NewRGBA(image.Rect(0, 0, v.WidthPx, v.HeightPx))
	ui := min(cam.width, cam.height) / d.opt.UnitsPerSide
	if err := d.gl.Do(func() error { return d.drawGL(&s, v, fine, ui*float64(times), img) }); err != nil {
		return render.Frame{}, err
	}
	p := page{canvas: canvas{img, ui}, face: d.face, words: wordsIn(d.opt.Lang)}
	d.drawPage(&p, &s, &cam)
	if err := ctx.Err(); err != nil {
		return render.Frame{}, err
	}
	return render.Frame{Image: img, Renderer: d.Renderer()}, nil
}

// drawGL is everything that lies in the scene.
func (d *Drawer) drawGL(s *render.Scene, v render.View, cam camera, ui float64, img *image.RGBA) error {
	p := &d.passes
	if err := p.resize(int(cam.width), int(cam.height), v.WidthPx, v.HeightPx); err != nil {
		return err
	}
	colour, depth := p.cloudColour, p.cloudDepth
	switch {
	case !d.hasSurfaces():
		clear(d.colour)
		clear(d.depth)
		fallthrough
	case d.splats():
		d.paintPicture(s.Paint, &cam, ui)
		colour.UploadBytes(d.colour)
		depth.UploadFloats(d.depth)
	default:
		if err := d.surfacesGL(&cam, v.Clip); err != nil {
			return err
		}
		if s.Paint == nil {
			colour, depth = p.pointsT.Colour[0], p.pointsT.Colour[1]
			break
		}
		if err := p.pointsT.ReadBytes(0, d.colour); err != nil {
			return err
		}
		d.paintPicture(s.Paint, &cam, ui)
		colour.UploadBytes(d.colour)
		depth = p.pointsT.Colour[1]
	}
	p.compose(&cam, colour, depth, float32(ui), float32(d.opt.EDLStrength), d.opt.Supersample > 1)
	if err := d.drawGas(s, v.Clip, &cam, depth); err != nil {
		return err
	}
	for _, l := range farthestFirst(s.HotLayers, func(l render.HotLayer) r3.Vec { return r3.Scale(0.5, r3.Add(l.Min, l.Max)) }, &cam) {
		p.layer(&cam, depth, l, v.Clip)
	}
	reach := r3.Norm(d.cloud.extent.HalfM)
	if err := p.lines(&cam, depth, sceneLines(s, d.cloud.extent.FloorZ, reach), float32(ui), float32(0.006*reach)); err != nil {
		return err
	}
	for _, m := range farthestFirst(s.Markers, func(m render.Marker) r3.Vec { return m.At }, &cam) {
		if m.RadiusM > 0 {
			p.ball(&cam, depth, m, float32(ui))
		}
	}
	return p.read(d.times, img.Pix)
}

// hasSurfaces says that there are points or triangles.
func (d *Drawer) hasSurfaces() bool { return d.cloud.points != nil || d.mesh != nil }

// drawPage is everything that lies flat on the picture.
func (d *Drawer) drawPage(p *page, s *render.Scene, cam *camera) {
	if !d.opt.NoFurniture {
		p.title(s.Title)
		if s.HasNorth {
			p.north(cam, s.NorthDeg)
		}
		if s.Metric {
			p.scaleBar(cam)
		}
		var pins []pt
		for _, m := range s.Markers {
			if x, y, _, ok := cam.project(m.At); ok {
				pins = append(pins, pt{x, y})
			}
		}
		p.legend(s, pins)
	}
	tolerance := 0.02 * r3.Norm(d.cloud.extent.HalfM)
	names := p.markers(cam, s.Markers, func(x, y, depth float64) bool {
		// Hidden when the cloud lies before it in most of a small neighbourhood.
		before, n := 0, 0
		for dy := -2; dy <= 2; dy++ {
			for dx := -2; dx <= 2; dx++ {
				if z, ok := d.depthAt(int(x)+dx, int(y)+dy); ok {
					n++
					if depth-z > tolerance {
						before++
					}
				}
			}
		}
		return 2*before > max(n, 12)
	})
	p.labels(append(names, p.layerNames(cam, s.HotLayers)...))
}

// depthAt is the cloud's depth at a pixel of the last picture.
func (d *Drawer) depthAt(x, y int) (float64, bool) {
	w, h := int(d.cam.width), int(d.cam.height)
	if x < 0 || y < 0 || x >= w || y >= h {
		return 0, false
	}
	z := d.depth[(y*d.times+d.times/2)*w*d.times+x*d.times+d.times/2]
	return float64(z), z > 0
}

// At is the point of the cloud that the last picture shows at a pixel, counted from
// the top left; ok is false where it shows none.
func (d *Drawer) At(x, y int) (p r3.Vec, ok bool) {
	z, ok := d.depthAt(x, y)
	if !ok {
		return r3.Vec{}, false
	}
	return d.cam.unproject(float64(x)+0.5, float64(y)+0.5, z), true
}

// Extent is the extent of the last scene drawn: of its cloud, else of what else
// it shows.
func (d *Drawer) Extent() Extent { return d.cloud.extent }

// size makes room for the pixels of one picture.
func (d *Drawer) size(n int) {
	if cap(d.depth) < n {
		d.colour, d.depth = make([]byte, 4*n), make([]float32, n)
	}
	d.colour, d.depth = d.colour[:4*n], d.depth[:n]
}

// Prepared is a cloud made ready to be drawn. Making one takes about a second a
// million points and needs no context, so that a window can have it done beside
// what it shows.
type Prepared struct {
	of     *recon.Cloud
	points *splat.Cloud
	extent Extent
}

// Prepare makes a cloud ready. The cloud must not change afterwards.
func Prepare(c *recon.Cloud) *Prepared {
	return &Prepared{of: c, points: splat.Prepare(c), extent: Survey(c)}
}

// PreparedOf is a cloud that was put together for drawing from parts; of stands for
// it in the scene and extent is that of the whole.
func PreparedOf(of *recon.Cloud, points *splat.Cloud, extent Extent) *Prepared {
	return &Prepared{of: of, points: points, extent: extent}
}

// Extent is the extent of the cloud.
func (p *Prepared) Extent() Extent { return p.extent }

// Cloud is the cloud that was made ready: a scene that shows it is drawn without
// delay by a drawer that took p.
func (p *Prepared) Cloud() *recon.Cloud { return p.of }

// Take gives the drawer a prepared cloud in place of the one it holds.
func (d *Drawer) Take(p *Prepared) error {
	if d.cloud.of == p.of && d.cloud.points == p.points {
		return nil
	}
	d.cloud = preparedCloud{of: p.of, count: p.of.Len(), points: p.points, extent: p.extent}
	return nil
}

func (d *Drawer) prepare(ctx context.Context, s *render.Scene) error {
	if s.Cloud != nil && len(s.Cloud.XYZ)%3 != 0 {
		return fmt.Errorf("drawing: a cloud with %d coordinates, not three a point", len(s.Cloud.XYZ))
	}
	if s.Cloud == nil || s.Cloud.Len() == 0 {
		d.cloud = preparedCloud{extent: extentOfRest(s)}
		return nil
	}
	if d.cloud.of == s.Cloud && d.cloud.count == s.Cloud.Len() {
		return nil
	}
	if err := d.Take(Prepare(s.Cloud)); err != nil {
		return err
	}
	return ctx.Err()
}

// extentOfRest is the box of what a scene shows beside its cloud.
func extentOfRest(s *render.Scene) Extent {
	lo := r3.Vec{X: math.Inf(1), Y: math.Inf(1), Z: math.Inf(1)}
	hi := r3.Scale(-1, lo)
	add := func(ps ...r3.Vec) {
		for _, p := range ps {
			lo = r3.Vec{X: min(lo.X, p.X), Y: min(lo.Y, p.Y), Z: min(lo.Z, p.Z)}
			hi = r3.Vec{X: max(hi.X, p.X), Y: max(hi.Y, p.Y), Z: max(hi.Z, p.Z)}
		}
	}
	for _, m := range s.Markers {
		add(m.At)
	}
	for _, l := range s.HotLayers {
		add(l.Min, l.Max)
	}
	for _, o := range s.Outlines {
		add(o.Points...)
	}
	if m := s.Mesh; m != nil && len(m.XYZ) >= 9 {
		return Survey(&recon.Cloud{Origin: m.Origin, XYZ: m.XYZ})
	}
	if !(lo.X <= hi.X) {
		return Extent{HalfM: r3.Vec{X: 1, Y: 1, Z: 1}}
	}
	return ExtentOfBox(r3.Box{Min: lo, Max: hi})
}

// ExtentOf is the extent of a scene: of its cloud, else of what else it shows.
func ExtentOf(s *render.Scene) Extent {
	if s.Cloud != nil && s.Cloud.Len() > 0 {
		return Survey(s.Cloud)
	}
	return extentOfRest(s)
}

// Texts are the texts that a scene shows, for a check of the font.
func Texts(s *render.Scene, lang string) string {
	all := []string{s.Title, wordsIn(lang).hotLayer, wordsIn(lang).atTarget}
	for _, m := range s.Markers {
		all = append(all, m.Label)
	}
	for _, l := range s.Legend {
		all = append(all, l.Text)
	}
	return strings.Join(all, "\n")
}
