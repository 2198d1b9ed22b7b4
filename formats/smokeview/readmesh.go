package smokeview

import (
	"strings"
)

const again = "copy the file again, or run the model again"

func (p *indexReader) grid(key, rest string) error {
	v, err := p.l.floats(key, 3)
	if err != nil {
		return err
	}
	m := Mesh{Name: strings.TrimSpace(rest)}
	cells := 1
	for a := range m.Cells {
		if m.Cells[a], err = p.l.whole(key, v[a], MaxGridLines-1); err != nil {
			return err
		}
		if cells *= m.Cells[a] + 1; cells > MaxCells {
			return bad(p.l.n, "", "a grid of more than %d cells", MaxCells)
		}
	}
	p.c.Meshes = append(p.c.Meshes, m)
	return nil
}

// mesh is the one that the file is at.
func (p *indexReader) mesh(key string) (*Mesh, error) {
	if len(p.c.Meshes) == 0 {
		return nil, bad(p.l.n, again, "%s stands before the first GRID", key)
	}
	return &p.c.Meshes[len(p.c.Meshes)-1], nil
}

func (p *indexReader) box(key, _ string) error {
	m, err := p.mesh(key)
	if err != nil {
		return err
	}
	v, err := p.l.floats(key, 6)
	if err != nil {
		return err
	}
	m.Box = six(v)
	if m.Box[1] < m.Box[0] || m.Box[3] < m.Box[2] || m.Box[5] < m.Box[4] {
		return bad(p.l.n, again, "the mesh ends before it begins")
	}
	return nil
}

func (p *indexReader) axis(key, _ string) error {
	m, err := p.mesh(key)
	if err != nil {
		return err
	}
	a := int(key[3] - 'X')
	notes, err := p.l.count(key, 1000)
	if err != nil {
		return err
	}
	for range notes {
		if _, err := p.l.data(key); err != nil {
			return err
		}
	}
	at := make([]float64, 0, min(m.Cells[a]+1, 4096))
	for i := range m.Cells[a] + 1 {
		v, err := p.l.floats(key, 2)
		if err != nil {
			return err
		}
		if toInt(v[0]) != i || i > 0 && v[1] <= at[i-1] {
			return bad(p.l.n, again, "%s: grid line %g at %g is out of order", key, v[0], v[1])
		}
		at = append(at, v[1])
	}
	*[]*[]float64{&m.X, &m.Y, &m.Z}[a] = at
	return nil
}

func (p *indexReader) obsts(key, rest string) error {
	if len(p.c.Meshes) == 0 && len(p.c.Rooms) == 0 {
		return bad(p.l.n, again, "%s stands before the first GRID", key)
	}
	n, err := p.l.count(key, 1<<26)
	if err != nil || n == 0 {
		return err
	}
	m, err := p.mesh(key)
	if err != nil {
		return err
	}
	list := make([]Obst, 0, min(n, 1024))
	for range n {
		s, err := p.l.data(key)
		if err != nil {
			return err
		}
		v, err := p.l.numbers(key, s, 6)
		if err != nil {
			return err
		}
		o := Obst{Box: six(v)}
		if len(v) >= 13 {
			o.ID, o.Surfaces = toInt(v[6]), sixInts(v[7:])
		}
		if _, note, ok := strings.Cut(s, "!"); ok {
			o.Label = strings.TrimSpace(note)
		}
		list = append(list, o)
	}
	for i := range list {
		v, err := p.l.floats(key, 6)
		if err != nil {
			return err
		}
		o := &list[i]
		o.Grid, o.Colour, o.Shape = sixInts(v), -1, -1
		if len(v) >= 8 {
			o.Colour, o.Shape = toInt(v[6]), toInt(v[7])
		}
		if len(v) >= 12 {
			o.RGBA = &[4]float64{v[8], v[9], v[10], v[11]}
		}
	}
	m.Obsts = list
	return nil
}

func (p *indexReader) vents(key, _ string) error {
	v, err := p.l.floats(key, 1)
	if err != nil {
		return err
	}
	n, err := p.l.whole(key, v[0], 1<<26)
	if err != nil || n == 0 {
		return err
	}
	m, err := p.mesh(key)
	if err != nil {
		return err
	}
	if len(v) > 1 {
		m.DummyN = min(n, max(0, toInt(v[1])))
	}
	list := make([]Vent, 0, min(n, 1024))
	for range n {
		v, err := p.l.floats(key, 6)
		if err != nil {
			return err
		}
		o := Vent{Box: six(v)}
		if len(v) >= 8 {
			o.ID, o.Surface = toInt(v[6]), toInt(v[7])
		}
		list = append(list, o)
	}
	for i := range list {
		v, err := p.l.floats(key, 6)
		if err != nil {
			return err
		}
		o := &list[i]
		o.Grid, o.Colour = sixInts(v), 99
		if len(v) >= 8 {
			o.Colour, o.Shape = toInt(v[6]), toInt(v[7])
		}
		if len(v) >= 12 {
			o.RGBA = &[4]float64{v[8], v[9], v[10], v[11]}
		}
	}
	m.Vents = list
	return nil
}

// labels reads the three lines that name a quantity.
func (p *indexReader) labels(key string) (out [3]string, err error) {
	for i := range out {
		if out[i], err = p.l.text(key); err != nil {
			return out, err
		}
	}
	return out, nil
}

// fileName is the name of a file, as the next line gives it.
func (p *indexReader) fileName(key string) (string, error) {
	s, err := p.l.text(key)
	if err == nil && s == "" {
		return "", bad(p.l.n, again, "%s names no file", key)
	}
	return s, err
}

func (p *indexReader) file(key, rest string) error {
	f := File{Keyword: key, Mesh: 1}
	if v, err := p.l.numbers(key, rest, 1); err == nil {
		f.Mesh = toInt(v[0])
		if len(v) > 1 && strings.HasPrefix(key, "SMOK") {
			f.Number = v[1]
		}
		if len(v) > 2 && strings.HasPrefix(key, "ISO") {
			f.Number = v[2]
		}
	}
	if _, grid, ok := strings.Cut(rest, "&"); ok {
		if v, err := p.l.numbers(key, grid, 6); err == nil {
			f.Grid, f.HasGrid = sixInts(v), true
		}
	}
	var err error
	if f.Name, err = p.fileName(key); err != nil {
		return err
	}
	if key == "TISOG" {
		if f.Second, err = p.fileName(key); err != nil {
			return err
		}
	}
	names, err := p.labels(key)
	if err != nil {
		return err
	}
	if key == "TISOG" {
		if _, err := p.labels(key); err != nil {
			return err
		}
	}
	f.Quantity, f.Short, f.Units = names[0], names[1], names[2]
	dst := &p.c.Slices
	switch {
	case strings.HasPrefix(key, "BND"):
		dst = &p.c.Boundaries
	case strings.HasPrefix(key, "SMOK"):
		dst = &p.c.Smoke
	case strings.HasPrefix(key, "ISO"), key == "TISOG":
		dst = &p.c.Isos
	}
	*dst = append(*dst, f)
	return nil
}

func (p *indexReader) plot(key, rest string) error {
	f := File{Keyword: key, Mesh: 1}
	if v, err := p.l.numbers(key, rest, 1); err == nil {
		f.Number = v[0]
		if len(v) > 1 {
			f.Mesh = toInt(v[1])
		}
	}
	var err error
	if f.Name, err = p.fileName(key); err != nil {
		return err
	}
	for range 5 {
		names, err := p.labels(key)
		if err != nil {
			return err
		}
		f.Variables = append(f.Variables, names)
	}
	p.c.Plots = append(p.c.Plots, f)
	return nil
}

func (p *indexReader) particles(key, rest string) error {
	f := File{Keyword: key, Mesh: 1}
	if v, err := p.l.numbers(key, rest, 1); err == nil {
		f.Mesh = toInt(v[0])
	}
	var err error
	if f.Name, err = p.fileName(key); err != nil {
		return err
	}
	n, err := p.l.count(key, 100000)
	if err != nil {
		return err
	}
	for range n {
		k, err := p.l.count(key, 100000)
		if err != nil {
			return err
		}
		f.Classes = append(f.Classes, k)
	}
	p.c.Particles = append(p.c.Particles, f)
	return nil
}

func (p *indexReader) room(key, _ string) error {
	a, err := p.l.floats(key, 3)
	if err != nil {
		return err
	}
	b, err := p.l.floats(key, 3)
	if err == nil {
		p.c.Rooms = append(p.c.Rooms, Room{Size: [3]float64(a), Origin: [3]float64(b)})
	}
	return err
}

func (p *indexReader) fire(key, _ string) error {
	v, err := p.l.floats(key, 4)
	if err == nil {
		p.c.Fires = append(p.c.Fires, Fire{Room: toInt(v[0]), At: [3]float64(v[1:])})
	}
	return err
}

func (p *indexReader) opening(key, _ string) error {
	least := 8
	if strings.HasSuffix(key, "GEOM") {
		least = 3
	}
	v, err := p.l.floats(key, least)
	if err != nil {
		return err
	}
	o := Opening{Keyword: key}
	if least == 8 {
		o.Rooms, o.Box = [2]int{toInt(v[0]), toInt(v[1])}, six(v[2:])
	} else {
		o.Loose = v
	}
	p.c.Openings = append(p.c.Openings, o)
	return nil
}
