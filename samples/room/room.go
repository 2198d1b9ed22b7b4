// Package room makes a burnt room whose every dimension, camera and scanner
// position is known: one model of textured facets, seen by photographs, a
// terrestrial laser scanner and a surveillance camera.
//
// The room is a box with its floor corner at the frame's zero, X along the
// window wall, Y across, Z up, in metres. The same seed gives the same bytes,
// whatever the number of workers.
package room

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/spatial/r3"
)

// Box is an axis-aligned box of the layout.
type Box struct{ Min, Max r3.Vec }

// Layout is the geometry that the case's truth speaks of.
type Layout struct {
	Size     r3.Vec // inner width (X), depth (Y) and height (Z)
	Origin   r3.Vec // where the fire began: the power strip at the sofa's window end
	Rival    r3.Vec // the electrical panel above the cupboard, where it did not begin
	Middle   r3.Vec // the low table in the middle of the room
	Sofa     Box
	Cupboard Box
	Table    Box
	Window   Box // opening in the wall y = Size.Y
	Door     Box // opening in the wall x = 0
	// Detectors on the ceiling: smoke near the sofa, smoke near the door, heat
	// in the middle.
	SmokeNear, SmokeFar, Heat r3.Vec
	CCTV                      r3.Vec // surveillance camera in the corner above the door
	SootLineM                 float64
}

// NewLayout varies the standard room a little by seed.
func NewLayout(seed int64) Layout {
	rng := rand.New(rand.NewPCG(uint64(seed), 0x10ca1))
	vary := func(x, by float64) float64 { return x + by*(2*rng.Float64()-1) }
	l := Layout{Size: r3.Vec{X: vary(4.8, 0.12), Y: vary(3.6, 0.08), Z: vary(2.5, 0.04)}}
	w, d := l.Size.X, l.Size.Y
	y0 := vary(1.18, 0.06)
	l.Sofa = Box{r3.Vec{X: w - 0.95, Y: y0}, r3.Vec{X: w - 0.06, Y: y0 + 1.85, Z: 0.82}}
	l.Origin = r3.Vec{X: w - 0.62, Y: y0 + 1.62, Z: 0.35}
	l.Cupboard = Box{r3.Vec{X: 0.02, Y: vary(1.62, 0.04)}, r3.Vec{}}
	l.Cupboard.Max = r3.Vec{X: 0.44, Y: l.Cupboard.Min.Y + 0.95, Z: 0.92}
	l.Rival = r3.Vec{X: 0.22, Y: l.Cupboard.Min.Y + 0.45, Z: 0.95}
	tx, ty := vary(2.35, 0.08), vary(1.75, 0.06)
	l.Table = Box{r3.Vec{X: tx, Y: ty}, r3.Vec{X: tx + 0.62, Y: ty + 1.02, Z: 0.43}}
	l.Middle = r3.Vec{X: tx + 0.31, Y: ty + 0.5, Z: 0.43}
	l.Window = Box{r3.Vec{X: w - 2.05, Y: d, Z: 0.92}, r3.Vec{X: w - 0.75, Y: d + 0.24, Z: 2.12}}
	l.Door = Box{r3.Vec{X: -0.2, Y: 0.3}, r3.Vec{X: 0, Y: 1.2, Z: 2.05}}
	l.SmokeNear = r3.Vec{X: w - 1.25, Y: y0 + 0.75, Z: l.Size.Z - 0.05}
	l.SmokeFar = r3.Vec{X: 0.75, Y: 0.8, Z: l.Size.Z - 0.05}
	l.Heat = r3.Vec{X: w / 2, Y: d / 2, Z: l.Size.Z - 0.05}
	l.CCTV = r3.Vec{X: 0.16, Y: 0.14, Z: l.Size.Z - 0.18}
	l.SootLineM = vary(1.15, 0.05)
	return l
}

// Scene is the room as facets with textures, before or after the fire. It does
// not change once made, but for what it computes on demand, and is safe for
// concurrent use.
type Scene struct {
	Layout
	burnt    bool
	seed     uint32
	surfaces []*surface
	bvh      bvh
	lights   []light
	texelM   float64
}

// Before returns the room as the surveillance camera knew it; its textures are
// computed as they are looked at.
func Before(l Layout, seed int64) *Scene { return assemble(l, seed, false, 0.012) }

// After returns the room after the fire, with textures of texelM metres a texel
// (0.0035 suits photographs of a megapixel), drawn as they are looked at, and its
// light traced by workers goroutines. Progress is told in surfaces.
func After(ctx context.Context, l Layout, seed int64, texelM float64, workers int, report func(done, total int64)) (*Scene, error) {
	s := assemble(l, seed, true, texelM)
	if err := s.traceLight(ctx, workers, report); err != nil {
		return nil, err
	}
	return s, nil
}

func assemble(l Layout, seed int64, burnt bool, texelM float64) *Scene {
	s := &Scene{Layout: l, burnt: burnt, seed: uint32(seed)*2654435761 + 17, texelM: texelM}
	s.furnish(rand.New(rand.NewPCG(uint64(seed), 0xf0a1)))
	s.bvh.cutout = make([]*mask, len(s.surfaces))
	for i, f := range s.surfaces {
		f.layOut(texelM)
		if f.cutout {
			f.drawMask(s)
		}
		s.bvh.cutout[i] = f.mask
	}
	s.bvh.build()
	s.lights = s.lamps()
	return s
}

// parallel runs f(i) for i in [0, n) on workers goroutines and stops early when
// the context ends.
func parallel(ctx context.Context, n, workers int, f func(i int)) error {
	if workers < 1 {
		workers = runtime.NumCPU()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
