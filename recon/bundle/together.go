package bundle

import (
	"cmp"
	"slices"
)

const (
	// cellShare is the side of the cells, as a share of a picture's longer side, within
	// which sightings count as neighbours: two of the patches that are compared.
	cellShare = 0.04
	// leastCells is how many cells an unknown needs before they tell anything.
	leastCells = 4
)

// together estimates Together. Points that a photo shows near each other share the
// pictures around them and what disturbs them there. Of each cell of such points the
// pull of their residuals on the unknowns is summed before it is squared: K.-Y.
// Liang and S. Zeger, Longitudinal data analysis using generalized linear models,
// Biometrika 1986. What that comes to, in the metric of the covariance and per
// unknown, is 1 where errors are independent.
func (c *Precision) together() float64 {
	s, p := c.s, c.p
	type member struct {
		view, y, x int32
		point      int32
	}
	var all []member
	for i := range p.Points {
		if s.first[i] == s.first[i+1] || s.pointCol[i] >= 0 || p.fixed(i) {
			continue
		}
		o := &p.Obs[s.first[i]]
		cam := &p.Cameras[p.CameraOf[o.View]]
		cell := max(1, cellShare*float64(max(cam.WidthPx, cam.HeightPx)))
		all = append(all, member{o.View, int32(o.Y / cell), int32(o.X / cell), int32(i)})
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.view, b.view), cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), cmp.Compare(a.point, b.point))
	})
	pull := make([]float64, s.cols)
	met := make([]bool, s.cols)
	var cols []int
	var w wideRow
	sum, cells := 0.0, 0
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].view == all[from].view && all[to].y == all[from].y && all[to].x == all[from].x {
			cols = s.pullOf(int(all[to].point), &w, pull, met, cols)
			to++
		}
		slices.Sort(cols)
		for _, a := range cols {
			for _, b := range cols {
				sum += pull[a] * pull[b] * c.q[a*s.cols+b]
			}
		}
		for _, a := range cols {
			pull[a], met[a] = 0, false
		}
		cols = cols[:0]
		cells++
		from = to
	}
	if cells < leastCells*s.cols || !(c.curb > 0) {
		return 1
	}
	return max(1, sum/float64(s.cols-c.FreeFrame)*square(c.curb))
}

// pullOf adds the gradient that a point's residuals leave on the columns once the
// point itself has given way, and lists the columns that it meets.
func (s *solver) pullOf(i int, w *wideRow, pull []float64, met []bool, cols []int) []int {
	var col [most]int
	var row [2][most]float64
	for k := s.first[i]; k < s.first[i+1]; k++ {
		j := &s.jac[k]
		n := s.columns(&s.p.Obs[k], j, &col, &row)
		for a := range n {
			if !met[col[a]] {
				met[col[a]] = true
				cols = append(cols, col[a])
			}
			pull[col[a]] += row[0][a]*j.res[0] + row[1][a]*j.res[1]
		}
	}
	g := times(&s.inverse[i], &s.grad[i])
	w.gather(s, i)
	for a := range w.n {
		pull[w.col[a]] -= w.val[a][0]*g[0] + w.val[a][1]*g[1] + w.val[a][2]*g[2]
	}
	return cols
}
