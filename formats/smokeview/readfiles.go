package smokeview

import (
	"strings"
)

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
