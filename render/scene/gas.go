package scene

import (
	_ "embed" // the shader
	"math"

	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/volume"

	"gonum.org/v1/gonum/spatial/r3"
)

//go:embed shaders/gas.frag
var gasFrag string

// Colours and scales of gas, the same in every picture.
var (
	smokeRGB = [3]float32{0.17, 0.165, 0.16} // soot scatters little of what it takes
	tempLook = tempScale()
	heatLook = heatScale()
)

// Heat release shows as flames do: Smokeview too draws fire from 200 kW/m3 on by default
// (G. P. Forney, NIST SP 1017-1, 2013).
const (
	heatFromKWM3 = 100
	heatFullKWM3 = 1200
)

// tempScale tints gas by the colours of the temperature scale, as fast as gasDensity says.
func tempScale() *volume.Scale {
	s := &volume.Scale{From: 0, To: hottestC}
	for t := 0.0; t <= hottestC; t += 5 {
		s.Sigma = append(s.Sigma, 0.6*gasDensity(t))
		s.RGB = append(s.RGB, gasColour(t))
	}
	return s
}

// heatScale is from deep orange to pale yellow, and firm from the middle on.
func heatScale() *volume.Scale {
	s := &volume.Scale{From: 0, To: heatFullKWM3}
	for q := 0.0; q <= heatFullKWM3; q += 25 {
		s.Sigma = append(s.Sigma, float32(9*smooth((q-heatFromKWM3)/500)))
		s.RGB = append(s.RGB, heatColour(q))
	}
	return s
}

func heatColour(kwM3 float64) [3]float32 {
	t := min(max((kwM3-heatFromKWM3)/(heatFullKWM3-heatFromKWM3), 0), 1)
	return [3]float32{float32(0.88 + 0.12*t), float32(0.30 + 0.62*t), float32(0.05 + 0.45*t*t)}
}

func smooth(x float64) float64 {
	x = min(max(x, 0), 1)
	return x * x * (3 - 2*x)
}

// gasKey tells gas that was packed from other gas.
type gasKey struct {
	temp, smoke, heat *float32
	cells             [3]int
	box               r3.Box
	show              render.GasShown
}

func first(v []float32) *float32 {
	if len(v) == 0 {
		return nil
	}
	return &v[0]
}

// gasDrawer keeps what pictures of the same gas share.
type gasDrawer struct {
	packed  map[gasKey]*volume.Field
	picture volume.Picture
	colour  *gl.Texture
	depth   *gl.Texture
}

// fields packs the gas of a scene that has not been packed yet and forgets all other.
func (g *gasDrawer) fields(s *render.Scene, workers int) []*volume.Field {
	look := volume.Look{Smoke: s.ShowGas.Smoke, SmokeRGB: smokeRGB}
	if s.ShowGas.Temperature {
		look.Temperature = tempLook
	}
	if s.ShowGas.Heat {
		look.Heat = heatLook
	}
	kept := map[gasKey]*volume.Field{}
	var out []*volume.Field
	for i := range s.Gas {
		q := &s.Gas[i]
		key := gasKey{first(q.TempC), first(q.ExtinctionM), first(q.HRRKWM3), q.Cells, q.Box, s.ShowGas}
		f, ok := g.packed[key]
		if !ok {
			f = volume.Pack(q, look, workers)
		}
		kept[key] = f
		if f != nil {
			out = append(out, f)
		}
	}
	g.packed = kept
	return out
}

func (g *gasDrawer) free() {
	for _, t := range []**gl.Texture{&g.colour, &g.depth} {
		if *t != nil {
			(*t).Delete()
			*t = nil
		}
	}
}

// drawGas marches the gas that lies before the depths of the picture and lays it over.
func (d *Drawer) drawGas(s *render.Scene, clip *render.Clip, cam *camera, depth *gl.Texture) error {
	g := &d.gas
	fields := g.fields(s, d.opt.Workers)
	if len(fields) == 0 {
		return nil
	}
	g.picture.March(fields, cam.forVolume(clip), d.depth, d.opt.Workers)
	if !g.picture.Covered {
		return nil
	}
	w, h := g.picture.Width, g.picture.Height
	if g.colour == nil || g.colour.Width != w || g.colour.Height != h {
		g.free()
		var err error
		if g.colour, err = gl.NewTexture(w, h, gl.RGBA8); err != nil {
			return err
		}
		if g.depth, err = gl.NewTexture(w, h, gl.Float1); err != nil {
			return err
		}
	}
	g.colour.UploadBytes(g.picture.RGBA)
	g.depth.UploadFloats(g.picture.Depth)
	p := &d.passes
	q := p.gasP
	q.Use()
	q.SetTexture("uGas", 0, g.colour)
	q.SetTexture("uDepth", 1, depth)
	q.SetTexture("uGasDepth", 2, g.depth)
	q.SetFloat("uSize", float32(cam.width), float32(cam.height))
	q.SetFloat("uHalf", float32(w), float32(h))
	return p.rectangle(p.whole(), p.width, p.height, gl.Over)
}

// forVolume gives the camera to package volume. Of a clip box its sides bound the gas,
// not its top: a ceiling that is cut away does not take the smoke with it.
func (c *camera) forVolume(clip *render.Clip) volume.Camera {
	out := volume.Camera{Eye: list(c.eye), Right: list(c.right), Down: list(c.down), Forward: list(c.forward), FocalPx: c.focalPx, Parallel: c.parallel,
		Near: c.near, Width: int(c.width), Height: int(c.height)}
	if clip != nil {
		x, y := clipAxes(clip)
		out.Slabs = []volume.Slab{{Axis: list(x), Mid: r3.Dot(x, clip.Centre), Half: clip.HalfM.X}, {Axis: list(y), Mid: r3.Dot(y, clip.Centre), Half: clip.HalfM.Y}}
	}
	return out
}

func list(v r3.Vec) [3]float64 { return [3]float64{v.X, v.Y, v.Z} }

// layerCells is how many cells the height of a room has in the gas of a layered room.
const layerCells = 50

// LayeredGas is the gas of a room in two layers, each even all over, with the smooth
// step between them that hot layers are drawn with. extinctions are in 1/m.
func LayeredGas(box r3.Box, interfaceM, upperExtinctionM, lowerExtinctionM float64) recon.Gas {
	g := recon.Gas{Box: box, Cells: [3]int{1, 1, layerCells}}
	height := box.Max.Z - box.Min.Z
	soft := 0.06 * height
	if interfaceM <= 0 {
		interfaceM = -soft
	}
	for k := range layerCells {
		z := (float64(k) + 0.5) / layerCells * height
		up := smooth((z-interfaceM)/(2*soft) + 0.5)
		v := upperExtinctionM*up + lowerExtinctionM*(1-up)
		if math.IsNaN(v) || v < 0 {
			v = 0
		}
		g.ExtinctionM = append(g.ExtinctionM, float32(v))
	}
	return g
}
