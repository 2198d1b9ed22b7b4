package smokeview

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats"
)

// WriteCase writes an index that Smokeview and ReadCase read. Places are written
// to 10 micrometres. Texts that would break a line, and numbers that are not
// finite, are a *formats.FormatError.
func WriteCase(w io.Writer, c *Case) error {
	p := &indexWriter{w: bufio.NewWriter(w)}
	p.head(c)
	p.zones(c)
	for i := range c.Devices {
		p.device(&c.Devices[i])
	}
	for i := range c.Meshes {
		p.mesh(&c.Meshes[i], i)
	}
	for _, f := range c.Plots {
		p.plot(&f)
	}
	for _, list := range [][]File{c.Isos, c.Smoke, c.Slices, c.Boundaries, c.Particles} {
		for i := range list {
			p.file(&list[i])
		}
	}
	for _, e := range c.Events {
		p.event(&e)
	}
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

type indexWriter struct {
	w   *bufio.Writer
	err error
}

// line writes one line.
func (p *indexWriter) line(format string, args ...any) {
	for _, a := range args {
		switch v := a.(type) {
		case float64:
			if (math.IsNaN(v) || math.IsInf(v, 0)) && p.err == nil {
				p.err = &formats.FormatError{Format: Format, Offset: -1, Reason: "a number to be written is not finite", Next: "report it: no result may hold such a number"}
			}
		case string:
			if strings.ContainsAny(v, "\r\n") && p.err == nil {
				p.err = &formats.FormatError{Format: Format, Offset: -1, Reason: fmt.Sprintf("%q has a line break", v), Next: "give it a plain name"}
			}
		}
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}

// block writes a keyword, its lines and an empty line.
func (p *indexWriter) block(keyword string, texts ...string) {
	p.line("%s", keyword)
	for _, s := range texts {
		p.line(" %s", s)
	}
	p.line("")
}

func (p *indexWriter) head(c *Case) {
	for _, t := range []struct{ key, text string }{{"TITLE", c.Title}, {"FDSVERSION", c.Version}, {"INPF", c.Input}, {"CHID", c.CHID}} {
		if t.text != "" {
			p.block(t.key, t.text)
		}
	}
	for _, t := range c.Tables {
		p.block("CSVF", t.Kind, t.File)
	}
	if len(c.Meshes) > 0 {
		p.line("NMESHES\n%6d\n", len(c.Meshes))
		p.line("TIMES\n%15.3f%15.3f\n", 0.0, c.EndS)
		p.line("VIEWTIMES\n%15.2f%15.2f%6d\n", 0.0, c.EndS, max(1, c.Frames))
		p.line("ALBEDO\n%13.5f\n", 0.3)
		p.line("IBLANK\n 1\n")
		p.line("GVEC\n%13.5f%13.5f%13.5f\n", 0.0, 0.0, -9.80665)
	}
	if c.DefaultSurface != "" {
		p.block("SURFDEF", c.DefaultSurface)
	}
	for _, s := range c.Surfaces {
		p.line("SURFACE")
		p.line(" %s", s.Name)
		p.line("%8.2f%8.2f", s.IgnitionC, s.Emissivity)
		p.line("%2d%13.5f%13.5f%13.5f%13.5f%13.5f%13.5f", s.Kind, s.Size[0], s.Size[1], s.RGBA[0], s.RGBA[1], s.RGBA[2], s.RGBA[3])
		p.line(" %s\n", orNull(s.Texture))
	}
	if len(c.Meshes) > 0 {
		p.outline(c)
		p.line("TOFFSET\n%13.5f%13.5f%13.5f\n", 0.0, 0.0, 0.0)
	}
	if c.HRRPUVCut > 0 {
		p.line("HRRPUVCUT\n%6d\n%13.5f\n", 1, c.HRRPUVCut)
	}
	if c.HeatKJKg > 0 {
		p.line("HoC\n%2d\n%14.5f\n", 1, c.HeatKJKg)
	}
	if c.FuelName != "" {
		p.line("FUEL\n%2d", 1)
		p.line(" %s\n", c.FuelName)
	}
	for _, q := range c.Props {
		p.line("PROP")
		p.line(" %s", q.Name)
		p.line("%3d", len(q.Shapes))
		for _, s := range q.Shapes {
			p.line(" %s", s)
		}
		p.line("%3d\n", 0)
	}
}

func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return s
}

// outline is the twelve edges of each mesh.
func (p *indexWriter) outline(c *Case) {
	p.line("OUTLINE\n%4d", 12*len(c.Meshes))
	for i := range c.Meshes {
		b := &c.Meshes[i].Box
		corner := func(k int) [3]float64 { return [3]float64{b[k&1], b[2+k>>1&1], b[4+k>>2&1]} }
		for k := range 8 {
			for axis := range 3 {
				if o := k | 1<<axis; o != k {
					u, v := corner(k), corner(o)
					p.line("%14.4f%14.4f%14.4f%14.4f%14.4f%14.4f", u[0], u[1], u[2], v[0], v[1], v[2])
				}
			}
		}
	}
	p.line("")
}

func (p *indexWriter) device(d *Device) {
	p.line("DEVICE")
	if d.Quantity == "" {
		p.line("%s", d.Label)
	} else {
		p.line(" %s %% %s", d.Label, d.Quantity)
	}
	s := fmt.Sprintf("%14.5f%15.5f%15.5f%15.5f%15.5f%15.5f%3d%3d", d.At[0], d.At[1], d.At[2], d.Normal[0], d.Normal[1], d.Normal[2], d.State, 0)
	if b := d.Box; b != nil {
		s += fmt.Sprintf(" #%15.5f%15.5f%15.5f%15.5f%15.5f%15.5f", b[0], b[1], b[2], b[3], b[4], b[5])
	}
	if d.Prop != "" {
		s += " % " + d.Prop
	}
	p.line("%s\n", s)
}

func (p *indexWriter) mesh(m *Mesh, i int) {
	name := m.Name
	if name == "" {
		name = fmt.Sprintf("MESH_%07d", i+1)
	}
	p.line("OFFSET\n%13.5f%13.5f%13.5f\n", 0.0, 0.0, 0.0)
	p.line("GRID   %s", name)
	p.line("%6d%6d%6d%6d%6d%6d%6d%6d%6d\n", m.Cells[0], m.Cells[1], m.Cells[2], 0, 0, 0, 0, 0, 0)
	b := &m.Box
	p.line("PDIM\n%14.5f%14.5f%14.5f%14.5f%14.5f%14.5f%14.5f%14.5f%14.5f\n", b[0], b[1], b[2], b[3], b[4], b[5], 0.0, 0.0, 0.0)
	for a, at := range [][]float64{m.X, m.Y, m.Z} {
		p.line("TRN%c\n    0", 'X'+a)
		for i, v := range at {
			p.line("%5d%14.5f", i, v)
		}
		p.line("")
	}
	p.line("OBST\n%12d", len(m.Obsts))
	for i := range m.Obsts {
		o := &m.Obsts[i]
		note := ""
		if o.Label != "" {
			note = "  ! " + o.Label
		}
		p.line("%s%7d%4d%4d%4d%4d%4d%4d%s", box(o.Box), o.ID, o.Surfaces[0], o.Surfaces[1], o.Surfaces[2], o.Surfaces[3], o.Surfaces[4], o.Surfaces[5], note)
	}
	for i := range m.Obsts {
		o := &m.Obsts[i]
		p.line("%s%5d%5d%s", grid(o.Grid), o.Colour, o.Shape, rgba(o.RGBA))
	}
	p.line("")
	p.line("VENT\n%5d%5d", len(m.Vents), m.DummyN)
	for i := range m.Vents {
		v := &m.Vents[i]
		p.line("%s%6d%4d", box(v.Box), v.ID, v.Surface)
	}
	for i := range m.Vents {
		v := &m.Vents[i]
		p.line("%s%5d%5d%s", grid(v.Grid), v.Colour, v.Shape, rgba(v.RGBA))
	}
	p.line("\nCVENT\n    0\n")
}

func box(b [6]float64) string {
	return fmt.Sprintf("%14.5f%14.5f%14.5f%14.5f%14.5f%14.5f", b[0], b[1], b[2], b[3], b[4], b[5])
}

func grid(g [6]int) string {
	return fmt.Sprintf("%5d%5d%5d%5d%5d%5d", g[0], g[1], g[2], g[3], g[4], g[5])
}

func rgba(c *[4]float64) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%13.5f%13.5f%13.5f%13.5f", c[0], c[1], c[2], c[3])
}

func (p *indexWriter) file(f *File) {
	s := fmt.Sprintf("%s%6d", f.Keyword, f.Mesh)
	switch {
	case strings.HasPrefix(f.Keyword, "SMOK"):
		s += fmt.Sprintf("%11.3f", f.Number)
	case f.Keyword == "PRT5", strings.HasPrefix(f.Keyword, "BND"):
		s += "     1"
	case strings.HasPrefix(f.Keyword, "ISO"):
		s += fmt.Sprintf("      1%14.6E", f.Number)
	}
	if f.HasGrid {
		s += fmt.Sprintf(" # STRUCTURED &%6d%6d%6d%6d%6d%6d", f.Grid[0], f.Grid[1], f.Grid[2], f.Grid[3], f.Grid[4], f.Grid[5])
	}
	p.line("%s", s)
	p.line(" %s", f.Name)
	if f.Keyword == "PRT5" {
		p.line("%6d", len(f.Classes))
		for _, k := range f.Classes {
			p.line("%6d", k)
		}
		return
	}
	labels := 1
	if f.Keyword == "TISOG" {
		p.line(" %s", f.Second)
		labels = 2
	}
	for range labels {
		p.line(" %s", f.Quantity)
		p.line(" %s", f.Short)
		p.line(" %s", f.Units)
	}
}

func (p *indexWriter) plot(f *File) {
	p.line("PL3D%13.3f%6d", f.Number, f.Mesh)
	p.line(" %s", f.Name)
	for _, v := range f.Variables {
		for _, s := range v {
			p.line(" %s", s)
		}
	}
}

func (p *indexWriter) event(e *Event) {
	if e.Keyword == "DEVICE_ACT" {
		p.line("DEVICE_ACT     %s", e.Device)
		p.line("%6d%10.2f%6d", e.Index, e.TimeS, e.State)
		return
	}
	p.line("%s%6d", e.Keyword, e.Mesh)
	p.line("%6d%10.2f", e.Index, e.TimeS)
}

// zones writes what only zone models have.
func (p *indexWriter) zones(c *Case) {
	if c.ZoneFile == "" {
		return
	}
	p.line("ZONE")
	for _, s := range []string{c.ZoneFile, "PRESSURE", "P", "Pa", "Layer Height", "zlay", "m", "TEMPERATURE", "TEMP", "C", "TEMPERATURE", "TEMP", "C"} {
		p.line(" %s", s)
	}
	p.line("AMBIENT")
	p.line(" %.6E %.6E %.6E", c.AmbientPa, c.AmbientPa, c.AmbientK)
	for _, r := range c.Rooms {
		p.line("ROOM")
		p.line(" %.4E %.4E %.4E", r.Size[0], r.Size[1], r.Size[2])
		p.line(" %.4E %.4E %.4E", r.Origin[0], r.Origin[1], r.Origin[2])
	}
	for _, f := range c.Fires {
		p.line("FIRE")
		p.line(" %3d %.4E %.4E %.4E", f.Room, f.At[0], f.At[1], f.At[2])
	}
	for _, o := range c.Openings {
		if len(o.Loose) > 0 {
			continue
		}
		p.line("%s", o.Keyword)
		p.line(" %3d %3d %.4E %.4E %.4E %.4E %.4E %.4E", o.Rooms[0], o.Rooms[1], o.Box[0], o.Box[1], o.Box[2], o.Box[3], o.Box[4], o.Box[5])
	}
	p.line("TIME")
	p.line(" %6d %11.0f", c.Frames, c.EndS)
}
