package target

import (
	"math"
	"slices"
)

// Common is a target that two scans have in common, by number in each list.
type Common struct{ A, B int }

// leastCommon is the number of targets that fix a place.
const leastCommon = 3

// Match finds which targets of a scan are those of another, by the distances
// between them alone: the largest set of couples in which every distance is the same
// in both scans. It gives none where fewer than three agree, where they lie on one
// line, or where another set as large would say otherwise: equal distances must not
// decide where a scan stands.
func Match(a, b []Target) []Common {
	var nodes []Common
	for i := range a {
		for j := range b {
			if a[i].Kind == b[j].Kind && (a[i].Kind != Sphere || math.Abs(a[i].SizeM-b[j].SizeM) < 0.002) {
				nodes = append(nodes, Common{i, j})
			}
		}
	}
	n := len(nodes)
	if n < leastCommon || n > 2000 {
		return nil
	}
	agree := make([][]bool, n)
	for i := range agree {
		agree[i] = make([]bool, n)
		for k := range i {
			x, y := nodes[i], nodes[k]
			if x.A == y.A || x.B == y.B {
				continue
			}
			da, db := norm(sub(a[x.A].Centre, a[y.A].Centre)), norm(sub(b[x.B].Centre, b[y.B].Centre))
			tol := 0.0015 + 3*math.Sqrt(sq(a[x.A].SigmaM)+sq(a[y.A].SigmaM)+sq(b[x.B].SigmaM)+sq(b[y.B].SigmaM))
			if min(da, db) > 0.2 && math.Abs(da-db) < tol {
				agree[i][k], agree[k][i] = true, true
			}
		}
	}
	// Sets grow from each couple of couples; all that agree with every member join in
	// the order of their number. With so few targets that finds the largest.
	var best []int
	others := 0
	for i := range n {
		for k := i + 1; k < n; k++ {
			if !agree[i][k] {
				continue
			}
			set := []int{i, k}
			for m := range n {
				if !slices.ContainsFunc(set, func(s int) bool { return !agree[m][s] }) {
					set = append(set, m)
				}
			}
			slices.Sort(set)
			switch {
			case len(set) > len(best):
				best, others = set, 0
			case len(set) == len(best) && !slices.Equal(set, best):
				others++
			}
		}
	}
	if len(best) < leastCommon || others > 0 {
		return nil
	}
	out := make([]Common, len(best))
	for i, m := range best {
		out[i] = nodes[m]
	}
	if !spread(a, out) {
		return nil
	}
	return out
}

func sq(v float64) float64 { return v * v }

// spread reports whether three of the targets span a triangle worth the name.
func spread(a []Target, list []Common) bool {
	for i := range list {
		for j := range i {
			for k := range j {
				u, v := sub(a[list[j].A].Centre, a[list[i].A].Centre), sub(a[list[k].A].Centre, a[list[i].A].Centre)
				if norm(cross(u, v)) > 0.2*norm(u)*norm(v) && norm(cross(u, v)) > 0.05 {
					return true
				}
			}
		}
	}
	return false
}
