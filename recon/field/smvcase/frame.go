package smvcase

import (
	"math"

	"firescene/formats/smokeview"
	"firescene/recon/field"
)

// OnStart takes the faces of the run; it fits field.Options.OnStart.
func (p *Writer) OnStart(faces []field.Face) error {
	var err error
	p.bounds, err = p.newBoundaries(faces)
	return err
}

// OnFrame writes one time; it fits field.Options.OnFrame.
func (p *Writer) OnFrame(f *field.Frame) error {
	at := p.o.Time(f.TimeS)
	for _, s := range p.slices {
		p.atNodes(f, s.plane.Quantity, p.gridOf(s.plane))
		if err := s.w.Frame(at, p.node); err != nil {
			return err
		}
	}
	for _, s := range p.smoke {
		p.atNodes(f, s.quantity, [6]int{0, p.cells[0], 0, p.cells[1], 0, p.cells[2]})
		p.coded = p.coded[:0]
		most := 0.0
		dx := math.Cbrt(p.d[0] * p.d[1] * p.d[2])
		for _, v := range p.node {
			x := float64(v)
			most = max(most, x)
			switch s.quantity {
			case Soot:
				p.coded = append(p.coded, smokeview.SootByte(x, dx))
			case HeatRelease:
				p.coded = append(p.coded, smokeview.LinearByte(x, 0, smokeview.HRRPUVFull))
			default:
				p.coded = append(p.coded, smokeview.LinearByte(x, p.ambientC(), smokeview.TemperatureFull))
			}
		}
		if err := s.w.Frame(at, p.coded, most); err != nil {
			return err
		}
	}
	p.frames++
	if p.bounds == nil {
		return nil
	}
	return p.bounds.frame(at, f)
}

const kelvin = 273.15

func (p *Writer) ambientC() float64 {
	if p.scene.AmbientK == 0 {
		return 20
	}
	return p.scene.AmbientK - kelvin
}

// atNodes fills p.node with a quantity on the grid lines of a range.
func (p *Writer) atNodes(f *field.Frame, q Quantity, g [6]int) {
	src := [...][]float32{f.TempK, f.U, f.V, f.W, f.HRRPUV, f.SootKgM3, f.OxygenFraction}[q]
	shift := float32(0)
	if q == Temperature {
		shift = kelvin
	}
	none := float32(0)
	switch q {
	case Temperature:
		none = float32(p.ambientC())
	case Oxygen:
		none = 0.209
	}
	nx, ny := p.cells[0], p.cells[1]
	p.node = p.node[:0]
	for k := g[4]; k <= g[5]; k++ {
		k0, k1 := max(0, k-1), min(p.cells[2]-1, k)
		for j := g[2]; j <= g[3]; j++ {
			j0, j1 := max(0, j-1), min(ny-1, j)
			for i := g[0]; i <= g[1]; i++ {
				i0, i1 := max(0, i-1), min(nx-1, i)
				sum, n := float32(0), float32(0)
				for c := k0; c <= k1; c++ {
					for b := j0; b <= j1; b++ {
						row := (c*ny + b) * nx
						for a := i0; a <= i1; a++ {
							if !f.Solid[row+a] {
								sum += src[row+a]
								n++
							}
						}
					}
				}
				if n == 0 {
					p.node = append(p.node, none)
				} else {
					p.node = append(p.node, sum/n-shift)
				}
			}
		}
	}
}
