package smokeview

import (
	"fmt"
	"strings"
)

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
