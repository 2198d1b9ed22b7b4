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
