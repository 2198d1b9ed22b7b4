package surface

import (
	"math"

	"firescene/recon/neighbours"
)

// Trim takes off what lies further from the points than cells times the edge of a
// cell as deep as the points are dense there, and gives vertices the mean colour of
// the nearest points. Vertices that no face uses are dropped.
func (f *Field) Trim(m *Mesh, c Cloud, cells float64, workers int) *Mesh {
	xyz := make([]float32, 0, 3*len(f.kept))
	for i := range f.kept {
		p := f.kept[i].point
		xyz = append(xyz, c.XYZ[3*p:3*p+3]...)
	}
	x := neighbours.New(xyz, workers)
	// Points sparser than one depth above the last are strays or stand alone: around
	// them no more is kept than there.
	sparsest := f.levels[len(f.levels)-1].depth - 1
	n := len(m.XYZ) / 3
	keep := make([]bool, n)
	rgb := make([]uint8, len(m.XYZ))
	// No sample is shallower than the coarsest depth.
	far := cells * f.side / math.Ldexp(1, coarsest)
	each(workers, n, func(_, from, to int) {
		s := x.NewSearch()
		for i := from; i < to; i++ {
			near := s.Nearest(m.XYZ[3*i], m.XYZ[3*i+1], m.XYZ[3*i+2], 4, float32(far*far))
			if len(near) == 0 {
				continue
			}
			first := &f.kept[x.Order[near[0].Slot]]
			reach := cells * f.side / math.Ldexp(1, max(first.depth, sparsest))
			keep[i] = float64(near[0].D2) <= reach*reach
			if c.RGB == nil {
				continue
			}
			var sum [3]float64
			total := 0.0
			for _, b := range near {
				w := 1 / (float64(b.D2) + 1e-9*f.side*f.side)
				p := f.kept[x.Order[b.Slot]].point
				for k := range 3 {
					sum[k] += w * float64(c.RGB[3*p+int32(k)])
				}
				total += w
			}
			for k := range 3 {
				rgb[3*i+k] = uint8(sum[k]/total + 0.5)
			}
		}
	})
	out := &Mesh{XYZ: m.XYZ}
	if c.RGB != nil {
		out.RGB = rgb
	}
	for _, t := range m.Faces {
		if keep[t[0]] && keep[t[1]] && keep[t[2]] {
			out.Faces = append(out.Faces, t)
		}
	}
	return out.compact()
}

// compact drops vertices that no face uses.
func (m *Mesh) compact() *Mesh {
	to := make([]int32, len(m.XYZ)/3)
	out := &Mesh{Faces: make([][3]int32, len(m.Faces))}
	for i, t := range m.Faces {
		for k, v := range t {
			if to[v] == 0 {
				out.XYZ = append(out.XYZ, m.XYZ[3*v:3*v+3]...)
				if m.RGB != nil {
					out.RGB = append(out.RGB, m.RGB[3*v:3*v+3]...)
				}
				to[v] = int32(len(out.XYZ) / 3)
			}
			out.Faces[i][k] = to[v] - 1
		}
	}
	return out
}
