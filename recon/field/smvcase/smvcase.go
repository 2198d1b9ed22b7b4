// Package smvcase lays results of recon/field out as the files that Smokeview opens
// (formats/smokeview): slices, smoke, flames, temperatures and the heat on surfaces,
// and the index that names them.
//
// The field model holds values at the middles of cells, Smokeview at grid lines: a
// value there is the mean of the gas cells around it.
package smvcase

import (
	"fmt"
	"io"
	"math"

	"firescene/formats/smokeview"
	"firescene/recon/field"
)

// Plane asks for a quantity across an axis.
type Plane struct {
	Quantity Quantity
	Axis     int
	AtM      float64
}

// Quantity is what a slice shows.
type Quantity uint8

// The quantities of slices.
const (
	Temperature Quantity = iota
	VelocityX
	VelocityY
	VelocityZ
	HeatRelease
	Soot
	Oxygen
)

// labels are the names of the quantities as FDS writes them: quantity, short, unit.
var labels = [...][3]string{
	{"TEMPERATURE", "temp", "C"}, {"U-VELOCITY", "U-VEL", "m/s"}, {"V-VELOCITY", "V-VEL", "m/s"}, {"W-VELOCITY", "W-VEL", "m/s"},
	{"HRRPUV", "hrrpuv", "kW/m3"}, {"SOOT DENSITY", "rho_C", "kg/m3"}, {"OXYGEN VOLUME FRACTION", "X_O2", "mol/mol"},
}

// QuantityNamed is the quantity that FDS names so; species is that of a fraction or
// density.
func QuantityNamed(quantity, species string) (Quantity, bool) {
	switch {
	case quantity == "VOLUME FRACTION" && species == "OXYGEN":
		return Oxygen, true
	case quantity == "DENSITY" && species == "SOOT":
		return Soot, true
	}
	for q, l := range labels {
		if l[0] == quantity && species == "" {
			return Quantity(q), true
		}
	}
	return 0, false
}

// Options say what is written.
type Options struct {
	CHID, Title, Input string
	Planes             []Plane // none: three planes of temperature and flow through the middle
	Tables             []smokeview.Table
	// Time turns a time of the scene into one that is written; nil: the same.
	Time func(tS float64) float64
	// Create opens a file beside the index.
	Create func(name string) (io.WriteCloser, error)
}

// Writer writes the files of one run while it goes on.
type Writer struct {
	o      Options
	scene  *field.Scene
	cells  [3]int
	origin [3]float64
	d      [3]float64
	c      smokeview.Case
	slices []*sliceFile
	smoke  []*smokeFile
	bounds *boundaryFiles
	files  []io.WriteCloser
	node   []float32
	coded  []byte
	frames int
}

// sliceFile is one open ".sf".
type sliceFile struct {
	plane Plane
	name  string
	w     *smokeview.SliceWriter
}

// smokeFile is one open ".s3d".
type smokeFile struct {
	quantity Quantity
	name     string
	w        *smokeview.SmokeWriter
}

// New opens the files. After the run, Close must be called, whatever became of it.
func New(scene *field.Scene, o Options) (*Writer, error) {
	p := &Writer{o: o, scene: scene, cells: scene.Cells}
	if o.Time == nil {
		p.o.Time = func(t float64) float64 { return t }
	}
	for a := range 3 {
		p.origin[a] = scene.Box[2*a]
		p.d[a] = (scene.Box[2*a+1] - scene.Box[2*a]) / float64(scene.Cells[a])
	}
	p.index()
	planes := o.Planes
	if len(planes) == 0 {
		planes = p.middle()
	}
	for i, at := range planes {
		f := &sliceFile{plane: at, name: fmt.Sprintf("%s_1_%d.sf", o.CHID, i+1)}
		w, err := p.create(f.name)
		if err != nil {
			return p, err
		}
		l := labels[at.Quantity]
		if f.w, err = smokeview.NewSliceWriter(w, smokeview.SliceHead{Quantity: l[0], Short: l[1], Units: l[2], Grid: p.gridOf(at)}); err != nil {
			return p, err
		}
		p.slices = append(p.slices, f)
		p.c.Slices = append(p.c.Slices, smokeview.File{Keyword: "SLCF", Mesh: 1, Name: f.name, Quantity: l[0], Short: l[1], Units: l[2], Grid: p.gridOf(at), HasGrid: true})
	}
	for i, q := range []Quantity{Soot, HeatRelease, Temperature} {
		f := &smokeFile{quantity: q, name: fmt.Sprintf("%s_1_%d.s3d", o.CHID, i+1)}
		w, err := p.create(f.name)
		if err != nil {
			return p, err
		}
		if f.w, err = smokeview.NewSmokeWriter(w, p.cells); err != nil {
			return p, err
		}
		l := labels[q]
		entry := smokeview.File{Keyword: "SMOKF3D", Mesh: 1, Name: f.name, Quantity: l[0], Short: l[1], Units: l[2]}
		if q == Soot {
			entry.Number = smokeview.SootExtinctionM2Kg
		}
		p.smoke = append(p.smoke, f)
		p.c.Smoke = append(p.c.Smoke, entry)
	}
	return p, nil
}

func (p *Writer) create(name string) (io.Writer, error) {
	w, err := p.o.Create(name)
	if err == nil {
		p.files = append(p.files, w)
	}
	return w, err
}

// middle are planes through the largest fire, or the middle of the region.
func (p *Writer) middle() []Plane {
	var at [3]float64
	for a := range 3 {
		at[a] = (p.scene.Box[2*a] + p.scene.Box[2*a+1]) / 2
	}
	most := 0.0
	try := func(surface int, b field.Box) {
		if surface < 0 || surface >= len(p.scene.Surfaces) {
			return
		}
		u := &p.scene.Surfaces[surface]
		size := 1.0
		for a := range 3 {
			size *= max(b[2*a+1]-b[2*a], p.d[a])
		}
		if q := (u.HRRPUA + 4e4*u.MassFluxKgM2S) * size; q > most {
			most = q
			at[0], at[1] = (b[0]+b[1])/2, (b[2]+b[3])/2
		}
	}
	for i := range p.scene.Vents {
		if p.scene.Vents[i].Kind != field.Lay {
			continue
		}
		try(p.scene.Vents[i].Surface, p.scene.Vents[i].Box)
	}
	for i := range p.scene.Obstructions {
		try(p.scene.Obstructions[i].Surfaces[5], p.scene.Obstructions[i].Box)
	}
	var out []Plane
	for axis := range 3 {
		for _, q := range []Quantity{Temperature, VelocityX, VelocityY, VelocityZ} {
			if q == Temperature || axis < 2 {
				out = append(out, Plane{q, axis, at[axis]})
			}
		}
	}
	return out
}

// line is the grid line nearest to a place.
func (p *Writer) line(axis int, at float64) int {
	n := math.Round((at - p.origin[axis]) / p.d[axis])
	return int(max(0, min(float64(p.cells[axis]), n)))
}

func (p *Writer) gridOf(at Plane) [6]int {
	g := [6]int{0, p.cells[0], 0, p.cells[1], 0, p.cells[2]}
	n := p.line(at.Axis, at.AtM)
	g[2*at.Axis], g[2*at.Axis+1] = n, n
	return g
}

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

// Close ends all files and writes the index, and what lies beside them. res may be
// nil, when the run was cut off.
func (p *Writer) Close(res *field.Result) error {
	var first error
	keep := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	side := func(name string, b []byte) {
		w, err := p.o.Create(name)
		if err != nil {
			keep(err)
			return
		}
		_, err = w.Write(b)
		keep(err)
		keep(w.Close())
	}
	for _, s := range p.slices {
		keep(s.w.Flush())
		side(s.name+".bnd", s.w.Bounds())
	}
	for _, s := range p.smoke {
		keep(s.w.Flush())
		side(s.name+".sz", s.w.Sizes())
	}
	if p.bounds != nil {
		for i, w := range p.bounds.w {
			keep(w.Flush())
			side(p.bounds.names[i]+".bnd", w.Bounds())
		}
	}
	for _, f := range p.files {
		keep(f.Close())
	}
	p.events(res)
	p.c.Frames = p.frames
	w, err := p.o.Create(p.o.CHID + ".smv")
	if err != nil {
		keep(err)
		return first
	}
	keep(smokeview.WriteCase(w, &p.c))
	keep(w.Close())
	return first
}
