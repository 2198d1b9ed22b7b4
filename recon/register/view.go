package register

import (
	"math"
	"slices"

	"firescene/recon/neighbours"
)

// view is what a scanner saw from where it stood: the nearest and the farthest
// range in each direction. It tells where another scan's points can not be: in
// front of what was seen.
type view struct {
	eye        [3]float64
	step       float64 // angle of a cell, radians
	cols, rows int
	near, far  []float32 // 0: nothing was seen
}

// viewSteps are the angles tried for the cells, in degrees.
var viewSteps = []float64{0.4, 0.6, 0.9, 1.4, 2, 3, 4.5}

// perCell is the number of points a cell holds on average at least, so that cells
// between points of the scan's own grid are not empty.
const perCell = 4

func newView(xyz []float32, eye [3]float64) *view {
	n := len(xyz) / 3
	az, el, rng := make([]float32, 0, n), make([]float32, 0, n), make([]float32, 0, n)
	for i := range n {
		d := [3]float64{float64(xyz[3*i]) - eye[0], float64(xyz[3*i+1]) - eye[1], float64(xyz[3*i+2]) - eye[2]}
		r := norm(d)
		if !(r > 0) || math.IsInf(r, 0) {
			continue
		}
		az = append(az, float32(math.Atan2(d[1], d[0])+math.Pi))
		el = append(el, float32(math.Asin(d[2]/r)+math.Pi/2))
		rng = append(rng, float32(r))
	}
	var v *view
	for _, deg := range viewSteps {
		v = &view{eye: eye, step: deg * math.Pi / 180}
		v.cols, v.rows = int(math.Ceil(2*math.Pi/v.step)), int(math.Ceil(math.Pi/v.step))
		v.near, v.far = make([]float32, v.cols*v.rows), make([]float32, v.cols*v.rows)
		full := 0
		inv := float32(1 / v.step)
		for i, r := range rng {
			c := min(int(el[i]*inv), v.rows-1)*v.cols + min(int(az[i]*inv), v.cols-1)
			if v.near[c] == 0 {
				v.near[c], v.far[c] = r, r
				full++
				continue
			}
			v.near[c], v.far[c] = min(v.near[c], r), max(v.far[c], r)
		}
		if len(rng) >= perCell*full {
			break
		}
	}
	return v
}

// sight is how a place lies to what a scanner saw in its direction.
type sight uint8

const (
	unseen  sight = iota // nothing was seen there, or at an edge
	hidden               // behind what was seen
	surface              // where something was seen
	free                 // in front of what was seen, all around: nothing can be there
)

// look says how a point lies, with tol as the uncertainty of ranges.
func (v *view) look(p [3]float64, tol float64) sight {
	d := sub(p, v.eye)
	r := norm(d)
	if !(r > tol) {
		return unseen
	}
	col := min(int((math.Atan2(d[1], d[0])+math.Pi)/v.step), v.cols-1)
	row := min(int((math.Asin(d[2]/r)+math.Pi/2)/v.step), v.rows-1)
	c := row*v.cols + col
	if v.near[c] == 0 {
		return unseen
	}
	near, far := float64(v.near[c]), float64(v.far[c])
	switch {
	case r > far+tol:
		return hidden
	case r >= near-tol:
		return surface
	}
	for dr := -1; dr <= 1; dr++ {
		if row+dr < 0 || row+dr >= v.rows {
			return unseen
		}
		for dc := -1; dc <= 1; dc++ {
			k := (row+dr)*v.cols + (col+dc+v.cols)%v.cols
			if v.near[k] == 0 || r >= float64(v.near[k])-tol {
				return unseen // at an edge
			}
		}
	}
	return free
}

// through is the share of points that lie behind others all around, as
// seen from the eye: next to none where the scanner stood there.
func (v *view) through(index *neighbours.Index, tol float64) float64 {
	behind, all := 0, 0
	for slot := 0; slot < index.Len(); slot += max(1, index.Len()/20000) {
		px, py, pz := index.Point(int32(slot))
		d := sub(wide([3]float32{px, py, pz}), v.eye)
		r := norm(d)
		if !(r > 0) {
			continue
		}
		all++
		col := min(int((math.Atan2(d[1], d[0])+math.Pi)/v.step), v.cols-1)
		row := min(int((math.Asin(d[2]/r)+math.Pi/2)/v.step), v.rows-1)
		in := true
		for dr := -1; dr <= 1 && in; dr++ {
			for dc := -1; dc <= 1 && in; dc++ {
				if row+dr < 0 || row+dr >= v.rows {
					continue
				}
				near := v.near[(row+dr)*v.cols+(col+dc+v.cols)%v.cols]
				in = near > 0 && r > float64(near)+tol
			}
		}
		if in {
			behind++
		}
	}
	return float64(behind) / float64(max(all, 1))
}

// orient turns normals to one side where the viewpoint is not known, and returns a
// far point on that side. It is the direction from which the fewest neighbours
// contradict each other, on the side to which the surface bulges: a single view of
// a thing shows its outside.
func orient(index *neighbours.Index, xyz, normal []float32) [3]float64 {
	n := len(xyz) / 3
	var mid [3]float64
	for i := range n {
		for k := range 3 {
			mid[k] += float64(xyz[3*i+k]) / float64(n)
		}
	}
	type couple struct{ a, b int32 }
	var couples []couple
	s := index.NewSearch()
	for slot := int32(0); int(slot) < index.Len(); slot += int32(max(1, index.Len()/4000)) {
		px, py, pz := index.Point(slot)
		for _, near := range s.Nearest(px, py, pz, 5, float32(math.Inf(1))) {
			if near.Slot != slot {
				couples = append(couples, couple{index.Order[slot], index.Order[near.Slot]})
			}
		}
	}
	at := func(i int32) [3]float64 { return wide([3]float32(normal[3*i:])) }
	best, fewest := [3]float64{0, 0, 1}, math.MaxInt
	for _, d := range hemisphere(200) {
		flips := 0
		for _, c := range couples {
			a, b := at(c.a), at(c.b)
			if dot(a, d)*dot(b, d)*dot(a, b) < 0 {
				flips++
			}
		}
		if flips < fewest {
			best, fewest = d, flips
		}
	}
	bulge := 0.0
	for i := range n {
		m := at(int32(i))
		p := sub(wide([3]float32(xyz[3*i:])), mid)
		if dot(m, best) < 0 {
			m = scale(-1, m)
		}
		bulge += dot(m, p)
	}
	if bulge < 0 {
		best = scale(-1, best)
	}
	for i := range n {
		if dot(at(int32(i)), best) < 0 {
			for k := range 3 {
				normal[3*i+k] = -normal[3*i+k]
			}
		}
	}
	size := 0.0
	for i := range n {
		size = max(size, norm(sub(wide([3]float32(xyz[3*i:])), mid)))
	}
	return add(mid, scale(100*size, best))
}

// hemisphere gives directions spread over half of a sphere (golden-section spiral;
// R. Swinbank, R. J. Purser, Fibonacci grids, Q. J. R. Meteorol. Soc. 132, 2006).
func hemisphere(n int) [][3]float64 {
	out := make([][3]float64, n)
	for i := range out {
		z := (float64(i) + 0.5) / float64(n)
		a := 2 * math.Pi * math.Phi * float64(i)
		r := math.Sqrt(1 - z*z)
		out[i] = [3]float64{r * math.Cos(a), r * math.Sin(a), z}
	}
	slices.Reverse(out) // from straight above outwards
	return out
}
