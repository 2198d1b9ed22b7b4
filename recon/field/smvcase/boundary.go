package smvcase

import (
	"fmt"

	"firescene/formats/smokeview"
	"firescene/recon/field"
)

// boundaryFiles are the values on surfaces: temperature, heat flux to a gauge, heat
// taken up so far.
type boundaryFiles struct {
	names   []string
	w       []*smokeview.BoundaryWriter
	patches []smokeview.Patch
	faceAt  [][2]int // patch and place of each face's first corner
	across  [][2]int // of each patch: steps along its two axes, as the frame runs
	sums    [][]float32
	counts  [][]float32
	ambient float32
}

// newBoundaries makes one patch of the faces of one side of one block (or of the
// region's border), and opens the files.
func (p *Writer) newBoundaries(faces []field.Face) (*boundaryFiles, error) {
	type key struct {
		obst, axis, plane int
		positive          bool
	}
	b := &boundaryFiles{ambient: float32(p.ambientC())}
	at := map[key]int{}
	corner := func(f *field.Face) (g [6]int, k key) {
		for a := range 3 {
			g[2*a], g[2*a+1] = f.Cell[a], f.Cell[a]+1
		}
		plane := f.Cell[f.Axis]
		if !f.Positive {
			plane++
		}
		g[2*f.Axis], g[2*f.Axis+1] = plane, plane
		return g, key{f.Obstruction, f.Axis, plane, f.Positive}
	}
	for i := range faces {
		g, k := corner(&faces[i])
		n, ok := at[k]
		if !ok {
			n = len(b.patches)
			at[k] = n
			facing := faces[i].Axis + 1
			if !faces[i].Positive {
				facing = -facing
			}
			b.patches = append(b.patches, smokeview.Patch{Grid: g, Facing: facing, Obst: max(0, faces[i].Obstruction+1), Mesh: 1})
		}
		q := &b.patches[n].Grid
		for a := 0; a < 6; a += 2 {
			q[a], q[a+1] = min(q[a], g[a]), max(q[a+1], g[a+1])
		}
	}
	for i := range b.patches {
		g := &b.patches[i].Grid
		axis := max(b.patches[i].Facing, -b.patches[i].Facing) - 1
		h := smokeview.SliceHead{Grid: *g}
		step := [3]int{1, g[1] - g[0] + 1, (g[1] - g[0] + 1) * (g[3] - g[2] + 1)}
		b.across = append(b.across, [2]int{step[(axis+1)%3], step[(axis+2)%3]})
		b.sums = append(b.sums, make([]float32, h.Values()))
		b.counts = append(b.counts, make([]float32, h.Values()))
	}
	for i := range faces {
		g, k := corner(&faces[i])
		n := at[k]
		h := smokeview.SliceHead{Grid: b.patches[n].Grid}
		first := h.Index(g[0], g[2], g[4])
		b.faceAt = append(b.faceAt, [2]int{n, first})
		b.each(n, first, func(at int) { b.counts[n][at]++ })
	}
	for i, l := range [][3]string{{"WALL TEMPERATURE", "temp", "C"}, {"GAUGE HEAT FLUX", "gauge", "kW/m2"}, {"HEAT EXPOSURE", "expo", "MJ/m2"}} {
		name := fmt.Sprintf("%s_1_%d.bf", p.o.CHID, i+1)
		w, err := p.create(name)
		if err != nil {
			return nil, err
		}
		bw, err := smokeview.NewBoundaryWriter(w, l[0], l[1], l[2], b.patches)
		if err != nil {
			return nil, err
		}
		b.names, b.w = append(b.names, name), append(b.w, bw)
		p.c.Boundaries = append(p.c.Boundaries, smokeview.File{Keyword: "BNDF", Mesh: 1, Name: name, Quantity: l[0], Short: l[1], Units: l[2]})
	}
	return b, nil
}

// each calls for the four corners of a face.
func (b *boundaryFiles) each(patch, first int, f func(at int)) {
	u, v := b.across[patch][0], b.across[patch][1]
	f(first)
	f(first + u)
	f(first + v)
	f(first + u + v)
}

// frame writes the values of one time: at each corner the mean of the faces about
// it.
func (b *boundaryFiles) frame(at float64, f *field.Frame) error {
	for i, w := range b.w {
		src := [][]float32{f.FaceK, f.FaceGaugeKWM2, f.FaceExposureMJM2}[i]
		none, shift := float32(0), float32(0)
		if i == 0 {
			none, shift = b.ambient, kelvin
		}
		for n := range b.sums {
			clear(b.sums[n])
		}
		for k, place := range b.faceAt {
			sums := b.sums[place[0]]
			v := src[k] - shift
			b.each(place[0], place[1], func(at int) { sums[at] += v })
		}
		for n := range b.sums {
			for k, c := range b.counts[n] {
				if c == 0 {
					b.sums[n][k] = none
				} else {
					b.sums[n][k] /= c
				}
			}
		}
		if err := w.Frame(at, b.sums); err != nil {
			return err
		}
	}
	return nil
}
