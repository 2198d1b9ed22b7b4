package smokeview

import (
	"bufio"
	"io"
	"strings"
)

// ReadCase reads an index. Keywords it does not know are listed in NotRead with
// their lines. What a keyword must have and has not is a *formats.FormatError.
func ReadCase(r io.Reader) (*Case, error) {
	p := &indexReader{c: &Case{}, l: lines{r: bufio.NewReaderSize(r, 1<<16), left: MaxIndexBytes}}
	known := 0
	for {
		s, ok := p.l.next()
		if !ok {
			break
		}
		key, rest, _ := strings.Cut(strings.TrimRight(s, " "), " ")
		if key == "" {
			continue // an empty line, or data of a keyword that was passed over
		}
		read := keywords[key]
		if read == nil {
			if known == 0 && p.l.n > 50 {
				return nil, bad(p.l.n, "name the .smv file of the results", "none of the first 50 lines is a keyword of an index")
			}
			if len(p.c.NotRead) < 100000 {
				p.c.NotRead = append(p.c.NotRead, NotRead{Line: p.l.n, Keyword: key})
			}
			continue
		}
		known++
		if err := read(p, key, rest); err != nil {
			return nil, err
		}
	}
	if p.l.err != nil && p.l.err != io.EOF {
		return nil, p.l.err
	}
	if known == 0 {
		return nil, bad(max(1, p.l.n), "name the .smv file of the results", "there is no keyword of an index")
	}
	return p.c, nil
}

type indexReader struct {
	c *Case
	l lines
}

type keywordReader func(p *indexReader, key, rest string) error

// keywords says how each is read; those that lead to a nil value are data without
// use here and are left to the skipping of lines that begin with a blank.
var keywords map[string]keywordReader

func init() {
	line := func(dst func(c *Case) *string) keywordReader {
		return func(p *indexReader, key, _ string) (err error) {
			*dst(p.c), err = p.l.text(key)
			return err
		}
	}
	number := func(dst func(c *Case) *float64) keywordReader {
		return func(p *indexReader, key, _ string) error {
			n, err := p.l.count(key, 1000)
			for i := 0; err == nil && i < n; i++ {
				var v []float64
				if v, err = p.l.floats(key, 1); err == nil {
					*dst(p.c) = v[0]
				}
			}
			return err
		}
	}
	skip := func(*indexReader, string, string) error { return nil }
	keywords = map[string]keywordReader{
		"TITLE": line(func(c *Case) *string { return &c.Title }), "CHID": line(func(c *Case) *string { return &c.CHID }),
		"FDSVERSION": line(func(c *Case) *string { return &c.Version }), "INPF": line(func(c *Case) *string { return &c.Input }),
		"SURFDEF": line(func(c *Case) *string { return &c.DefaultSurface }), "ZONE": line(func(c *Case) *string { return &c.ZoneFile }),
		"HRRPUVCUT": number(func(c *Case) *float64 { return &c.HRRPUVCut }), "HoC": number(func(c *Case) *float64 { return &c.HeatKJKg }),
		"FUEL": (*indexReader).fuel, "CSVF": (*indexReader).table, "TIMES": (*indexReader).times, "VIEWTIMES": (*indexReader).times,
		"TIME": (*indexReader).zoneTime, "AMBIENT": (*indexReader).ambient,
		"SURFACE": (*indexReader).surface, "PROP": (*indexReader).prop, "DEVICE": (*indexReader).device, "DEVICE_ACT": (*indexReader).deviceAct,
		"GRID": (*indexReader).grid, "PDIM": (*indexReader).box, "TRNX": (*indexReader).axis, "TRNY": (*indexReader).axis, "TRNZ": (*indexReader).axis,
		"OBST": (*indexReader).obsts, "VENT": (*indexReader).vents,
		"SLCF": (*indexReader).file, "SLCC": (*indexReader).file, "SLCT": (*indexReader).file, "SLFL": (*indexReader).file, "SLCD": (*indexReader).file,
		"BNDF": (*indexReader).file, "BNDC": (*indexReader).file, "SMOKF3D": (*indexReader).file, "SMOKE3D": (*indexReader).file,
		"ISOG": (*indexReader).file, "ISOF": (*indexReader).file, "TISOG": (*indexReader).file, "PL3D": (*indexReader).plot, "PRT5": (*indexReader).particles,
		"SHOW_OBST": (*indexReader).event, "HIDE_OBST": (*indexReader).event, "OPEN_VENT": (*indexReader).event, "CLOSE_VENT": (*indexReader).event,
		"ROOM": (*indexReader).room, "FIRE": (*indexReader).fire, "HVENTPOS": (*indexReader).opening, "VVENTPOS": (*indexReader).opening, "MVENTPOS": (*indexReader).opening,
		"HVENTGEOM": (*indexReader).opening, "VVENTGEOM": (*indexReader).opening, "MVENTGEOM": (*indexReader).opening,
		// Of these nothing is needed; the meshes say the same.
		"REVISION": func(p *indexReader, key, _ string) error { _, err := p.l.data(key); return err }, "NMESHES": skip, "ALBEDO": skip, "IBLANK": skip, "GVEC": skip, "OUTLINE": skip, "TOFFSET": skip, "OFFSET": skip,
		"VENTORIG": skip, "CVENT": skip, "XYZ": skip, "ENDF": skip, "SYST": skip, "SMOKEDIFF": skip,
	}
}

func (p *indexReader) fuel(key, _ string) error {
	n, err := p.l.count(key, 1000)
	for i := 0; err == nil && i < n; i++ {
		p.c.FuelName, err = p.l.text(key)
	}
	return err
}

func (p *indexReader) table(key, _ string) (err error) {
	var t Table
	if t.Kind, err = p.l.text(key); err != nil {
		return err
	}
	t.File, err = p.l.text(key)
	p.c.Tables = append(p.c.Tables, t)
	return err
}

func (p *indexReader) times(key, _ string) error {
	v, err := p.l.floats(key, 2)
	if err != nil {
		return err
	}
	p.c.EndS = v[1]
	if key == "VIEWTIMES" && len(v) > 2 {
		p.c.Frames = toInt(v[2])
	}
	return nil
}

// zoneTime is the number of samples and the time they span.
func (p *indexReader) zoneTime(key, _ string) error {
	v, err := p.l.floats(key, 2)
	if err == nil {
		p.c.Frames, p.c.EndS = toInt(v[0]), v[1]
	}
	return err
}

func (p *indexReader) ambient(key, _ string) error {
	v, err := p.l.floats(key, 3)
	if err == nil {
		p.c.AmbientPa, p.c.AmbientK = v[0], v[2]
	}
	return err
}

func (p *indexReader) surface(key, _ string) (err error) {
	var s Surface
	if s.Name, err = p.l.text(key); err != nil {
		return err
	}
	a, err := p.l.floats(key, 2)
	if err != nil {
		return err
	}
	b, err := p.l.floats(key, 7)
	if err != nil {
		return err
	}
	s.IgnitionC, s.Emissivity, s.Kind = a[0], a[1], toInt(b[0])
	s.Size, s.RGBA = [2]float64{b[1], b[2]}, [4]float64{b[3], b[4], b[5], b[6]}
	s.Texture, err = p.l.text(key)
	p.c.Surfaces = append(p.c.Surfaces, s)
	return err
}

func (p *indexReader) prop(key, _ string) (err error) {
	var q Prop
	if q.Name, err = p.l.text(key); err != nil {
		return err
	}
	n, err := p.l.count(key, 1000)
	for i := 0; err == nil && i < n; i++ {
		var s string
		s, err = p.l.text(key)
		q.Shapes = append(q.Shapes, s)
	}
	if err != nil {
		return err
	}
	if n, err = p.l.count(key, 1000); err != nil { // colours and the like
		return err
	}
	for i := 0; err == nil && i < n; i++ {
		_, err = p.l.data(key)
	}
	p.c.Props = append(p.c.Props, q)
	return err
}

func (p *indexReader) device(key, _ string) error {
	s, err := p.l.text(key)
	if err != nil {
		return err
	}
	var d Device
	d.Label, d.Quantity, _ = strings.Cut(s, "%")
	d.Label, d.Quantity = strings.TrimSpace(d.Label), strings.TrimSpace(d.Quantity)
	s, err = p.l.data(key)
	if err != nil {
		return err
	}
	v, err := p.l.numbers(key, s, 3)
	if err != nil {
		return err
	}
	copy(d.At[:], v)
	if len(v) >= 6 {
		copy(d.Normal[:], v[3:])
	}
	if len(v) >= 7 {
		d.State = toInt(v[6])
	}
	if _, about, ok := strings.Cut(s, "#"); ok {
		if v, err := p.l.numbers(key, about, 6); err == nil {
			b := six(v)
			d.Box = &b
		}
	}
	if i := strings.LastIndexByte(s, '%'); i >= 0 {
		d.Prop = strings.TrimSpace(s[i+1:])
	}
	p.c.Devices = append(p.c.Devices, d)
	return nil
}

func (p *indexReader) deviceAct(key, rest string) error {
	v, err := p.l.floats(key, 3)
	if err == nil {
		p.c.Events = append(p.c.Events, Event{Keyword: key, Device: strings.TrimSpace(rest), Index: toInt(v[0]), TimeS: v[1], State: toInt(v[2])})
	}
	return err
}

func (p *indexReader) event(key, rest string) error {
	m, err := p.l.numbers(key, rest, 1)
	if err != nil {
		return err
	}
	v, err := p.l.floats(key, 2)
	if err == nil {
		p.c.Events = append(p.c.Events, Event{Keyword: key, Mesh: toInt(m[0]), Index: toInt(v[0]), TimeS: v[1]})
	}
	return err
}
