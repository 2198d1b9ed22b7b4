package register

import (
	"math"
	"slices"

	"firescene/recon/clean"
)

// plane is a flat piece of a scan: n points to the scanner and dot(n, p) = d on it.
type plane struct {
	n    [3]float64
	d    float64
	mid  [3]float64
	area float64 // of the voxels it holds
}

const (
	planeCos  = 0.97 // normals within 14 degrees belong to one plane
	mostFlat  = 0.02 // share of the least variance at which a plane begins
	mostPlane = 28   // planes kept, the largest
)

// findPlanes grows flat regions over the middle level, from the flattest places
// (after T. Rabbani et al., Segmentation of point clouds using smoothness
// constraint, ISPRS 2006), and fits a plane to each.
func findPlanes(s *prepared) []plane {
	l := &s.levels[middle]
	n := len(l.p)
	tol := 0.4 * l.voxel
	near := make([][8]int32, n)
	search := l.index.NewSearch()
	flat := make([]float64, n)
	for i := range n {
		p := l.p[i]
		var m clean.Moments
		for k := range near[i] {
			near[i][k] = -1
		}
		for k, b := range search.Nearest(p[0], p[1], p[2], 9, float32(9*l.voxel*l.voxel)) {
			q := l.p[b.Slot]
			m.Add(float64(q[0]-p[0]), float64(q[1]-p[1]), float64(q[2]-p[2]))
			if k > 0 {
				near[i][k-1] = b.Slot
			}
		}
		_, v0, v1, v2 := m.Plane()
		flat[i] = 1
		if v1 > 0 && m.N >= 6 {
			flat[i] = v0 / (v0 + v1 + v2)
		}
	}
	order := make([]int32, 0, n)
	for i := range n {
		if flat[i] < mostFlat {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case flat[a] < flat[b]:
			return -1
		case flat[a] > flat[b]:
			return 1
		}
		return 0
	})
	taken := make([]bool, n)
	var out []plane
	var queue []int32
	for _, seed := range order {
		if taken[seed] {
			continue
		}
		grown := plane{n: wide(l.n[seed])}
		grown.d = dot(grown.n, wide(l.p[seed]))
		var m clean.Moments
		base := wide(l.p[seed])
		queue = append(queue[:0], seed)
		taken[seed] = true
		for at := 0; at < len(queue); at++ {
			i := queue[at]
			q := sub(wide(l.p[i]), base)
			m.Add(q[0], q[1], q[2])
			if c := len(queue); m.N >= 12 && (at+1)&at == 0 && c > 0 { // refit whenever the number has doubled
				grown.fit(&m, base)
			}
			for _, j := range near[i] {
				if j < 0 || taken[j] {
					continue
				}
				if dot(grown.n, wide(l.n[j])) > planeCos && math.Abs(dot(grown.n, wide(l.p[j]))-grown.d) < tol {
					taken[j] = true
					queue = append(queue, j)
				}
			}
		}
		if len(queue) < 30 {
			continue
		}
		grown.fit(&m, base)
		grown.area = float64(len(queue)) * l.voxel * l.voxel
		out = append(out, grown)
	}
	slices.SortStableFunc(out, func(a, b plane) int {
		switch {
		case a.area > b.area:
			return -1
		case a.area < b.area:
			return 1
		}
		return 0
	})
	return out[:min(len(out), mostPlane)]
}

// fit sets the plane of least squares; its side stays.
func (p *plane) fit(m *clean.Moments, base [3]float64) {
	n, _, _, _ := m.Plane()
	if dot(n, p.n) < 0 {
		n = scale(-1, n)
	}
	p.n = n
	p.mid = add(base, [3]float64{m.X / m.N, m.Y / m.N, m.Z / m.N})
	p.d = dot(n, p.mid)
}
