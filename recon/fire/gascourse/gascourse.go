// Package gascourse reads the gas of a field model's result, as Smokeview shows it
// (".s3d" files of soot, heat release and temperature), as recon.Gas at any of its
// times. Nothing is made up between the times that were written: a moment shows the
// last one before it.
package gascourse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"

	"firescene/formats"
	"firescene/formats/smokeview"
	"firescene/recon"

	"gonum.org/v1/gonum/spatial/r3"
)

// Options bound what is held; the zero value is good.
type Options struct {
	MaxBytes int64 // of all frames; 0: 256 MiB. Beyond it every second frame is left out, and again
}

const defaultBytes = 256 << 20

type quantity int

const (
	soot quantity = iota
	heat
	temperature
)

// Course is the gas of a result over its time.
type Course struct {
	EndS   float64
	Notes  []string // what of the files could not be used, and why
	meshes []mesh
	ambC   float64
	held   int64
	stride int // of the frames that were kept
	atS    float64
	gas    []recon.Gas
	read   bool
}

type mesh struct {
	name   string
	box    r3.Box
	cells  [3]int
	at     [3][]int32   // of each cell along an axis: the grid line below its middle
	weight [3][]float32 // of the line above
	dxM    float64
	series [3]*series
}

type series struct {
	timeS  []float64
	frames [][]byte
}

// Read reads all frames of smoke of a result; open opens its files by the names that the
// index gives. Files that are cut off give the frames they hold, and a note.
func Read(ctx context.Context, c *smokeview.Case, open func(name string) (io.ReadCloser, error), opt Options) (*Course, error) {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultBytes
	}
	out := &Course{ambC: 20, stride: 1}
	if c.AmbientK > 0 {
		out.ambC = c.AmbientK - 273.15
	}
	for i := range c.Meshes {
		out.meshes = append(out.meshes, newMesh(&c.Meshes[i]))
	}
	for _, f := range c.Smoke {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		q, ok := quantityOf(f.Quantity)
		if !ok || f.Mesh < 1 || f.Mesh > len(out.meshes) {
			out.Notes = append(out.Notes, fmt.Sprintf("%s: %s of mesh %d is not shown", f.Name, f.Quantity, f.Mesh))
			continue
		}
		if err := out.readFile(ctx, &out.meshes[f.Mesh-1], q, f.Name, open, opt.MaxBytes); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			out.Notes = append(out.Notes, fmt.Sprintf("%s: %v", f.Name, err))
		}
	}
	some := false
	for _, m := range out.meshes {
		for _, s := range m.series {
			if s != nil && len(s.timeS) > 0 {
				some, out.EndS = true, max(out.EndS, s.timeS[len(s.timeS)-1])
			}
		}
	}
	if !some {
		why := "its index names no file of smoke (SMOKF3D)"
		if len(out.Notes) > 0 {
			why = strings.Join(out.Notes, "; ")
		}
		return nil, &formats.UnsupportedError{Format: smokeview.Format, Feature: "a result without gas in three dimensions: " + why, Next: "run the model with smoke in three dimensions (FDS: &DUMP SMOKE3D=.TRUE.)"}
	}
	return out, nil
}

func quantityOf(name string) (quantity, bool) {
	n := strings.ToUpper(strings.TrimSpace(name))
	switch {
	case strings.Contains(n, "SOOT") || strings.HasPrefix(n, "RHO_"):
		return soot, true
	case n == "HRRPUV":
		return heat, true
	case n == "TEMPERATURE":
		return temperature, true
	}
	return 0, false
}

// newMesh lays cells of one size over the grid lines, which may be unevenly spaced.
func newMesh(m *smokeview.Mesh) mesh {
	out := mesh{name: m.Name, cells: m.Cells, dxM: 1}
	var lo, hi [3]float64
	for k, lines := range [3][]float64{m.X, m.Y, m.Z} {
		n := m.Cells[k]
		lo[k], hi[k] = m.Box[2*k], m.Box[2*k+1]
		even := make([]float64, n+1)
		for i := range even {
			even[i] = lo[k] + (hi[k]-lo[k])*float64(i)/float64(n)
		}
		if len(lines) != n+1 || !sort.Float64sAreSorted(lines) {
			lines = even
		}
		out.at[k], out.weight[k] = make([]int32, n), make([]float32, n)
		for i := range n {
			mid := (even[i] + even[i+1]) / 2
			j := min(max(sort.SearchFloat64s(lines, mid)-1, 0), n-1)
			out.at[k][i] = int32(j)
			if d := lines[j+1] - lines[j]; d > 0 {
				out.weight[k][i] = float32(min(max((mid-lines[j])/d, 0), 1))
			}
		}
		out.dxM *= (hi[k] - lo[k]) / float64(max(n, 1))
	}
	// Smoke is coded by what light loses over one cell: one length a mesh.
	out.dxM = math.Cbrt(out.dxM)
	out.box = r3.Box{Min: r3.Vec{X: lo[0], Y: lo[1], Z: lo[2]}, Max: r3.Vec{X: hi[0], Y: hi[1], Z: hi[2]}}
	return out
}

func (c *Course) readFile(ctx context.Context, m *mesh, q quantity, name string, open func(string) (io.ReadCloser, error), most int64) error {
	f, err := open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := smokeview.NewSmokeReader(f)
	if err != nil {
		return err
	}
	if r.Cells != m.cells {
		return fmt.Errorf("%v cells, where its mesh has %v", r.Cells, m.cells)
	}
	if m.series[q] != nil {
		return errors.New("a second file of the same quantity and mesh is passed over")
	}
	s := &series{}
	m.series[q] = s
	for n := 0; ctx.Err() == nil; n++ {
		t, v, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err // with the frames before it
		}
		if math.IsNaN(t) || math.IsInf(t, 0) || len(s.timeS) > 0 && t <= s.timeS[len(s.timeS)-1] {
			continue
		}
		if n%c.stride != 0 {
			continue
		}
		s.timeS, s.frames = append(s.timeS, t), append(s.frames, append([]byte(nil), v...))
		c.held += int64(len(v))
		for c.held > most && c.thin() {
		}
	}
	return ctx.Err()
}

// thin leaves out every second frame of all that is held.
func (c *Course) thin() bool {
	c.stride *= 2
	c.held = 0
	some := false
	for i := range c.meshes {
		for _, s := range c.meshes[i].series {
			if s == nil {
				continue
			}
			k := 0
			for j := 0; j < len(s.frames); j += 2 {
				s.timeS[k], s.frames[k] = s.timeS[j], s.frames[j]
				c.held += int64(len(s.frames[j]))
				k++
			}
			some = some || k < len(s.frames)
			clear(s.frames[k:])
			s.timeS, s.frames = s.timeS[:k], s.frames[:k]
		}
	}
	return some
}

// Stride is 1 when all frames are held, 2 when every second one is, and so on.
func (c *Course) Stride() int { return c.stride }

// TimesS are the times at which something changes, of the mesh and quantity with most of
// them.
func (c *Course) TimesS() []float64 {
	var most []float64
	for _, m := range c.meshes {
		for _, s := range m.series {
			if s != nil && len(s.timeS) > len(most) {
				most = s.timeS
			}
		}
	}
	return most
}

// At is the gas at a time: the last frame at or before it, or the first. The slices are
// the same while the time stays between two frames and are not to be changed.
func (c *Course) At(tS float64) []recon.Gas {
	if times := c.TimesS(); len(times) > 0 {
		tS = times[frameAt(times, tS)]
	}
	if c.read && tS == c.atS {
		return c.gas
	}
	c.gas, c.atS, c.read = nil, tS, true
	for i := range c.meshes {
		m := &c.meshes[i]
		g := recon.Gas{Name: m.name, Box: m.box, Cells: m.cells}
		g.ExtinctionM = m.decode(soot, tS, func(b byte) float32 {
			share := min(float64(b), 253.5) / 254
			return float32(-math.Log1p(-share) / m.dxM)
		})
		g.HRRKWM3 = m.decode(heat, tS, func(b byte) float32 { return float32(b) / 254 * smokeview.HRRPUVFull })
		g.TempC = m.decode(temperature, tS, func(b byte) float32 {
			return float32(c.ambC + float64(b)/254*(smokeview.TemperatureFull-c.ambC))
		})
		if g.ExtinctionM != nil || g.HRRKWM3 != nil || g.TempC != nil {
			c.gas = append(c.gas, g)
		}
	}
	return c.gas
}

func frameAt(times []float64, tS float64) int {
	return max(sort.Search(len(times), func(i int) bool { return times[i] > tS })-1, 0)
}

// decode gives a quantity at the middles of the cells from the grid lines around them;
// nil when the mesh has none.
func (m *mesh) decode(q quantity, tS float64, value func(byte) float32) []float32 {
	s := m.series[q]
	if s == nil || len(s.frames) == 0 {
		return nil
	}
	frame := s.frames[frameAt(s.timeS, tS)]
	var table [256]float32
	for b := range table {
		table[b] = value(byte(b))
	}
	nx, ny, nz := m.cells[0], m.cells[1], m.cells[2]
	out := make([]float32, 0, nx*ny*nz)
	row, plane := nx+1, (nx+1)*(ny+1)
	for z := range nz {
		wz := m.weight[2][z]
		for y := range ny {
			wy := m.weight[1][y]
			from := int(m.at[2][z])*plane + int(m.at[1][y])*row
			for x := range nx {
				i, wx := from+int(m.at[0][x]), m.weight[0][x]
				along := func(i int) float32 {
					a, b := table[frame[i]], table[frame[i+1]]
					return a + wx*(b-a)
				}
				a, b := along(i), along(i+row)
				c, d := along(i+plane), along(i+plane+row)
				a, c = a+wy*(b-a), c+wy*(d-c)
				out = append(out, a+wz*(c-a))
			}
		}
	}
	return out
}
