package global

import (
	"math"

	"gonum.org/v1/gonum/num/quat"
)

// refuteAngle is how far a loop must miss its start, and an edge the rotations
// that agree best with all edges, to speak against it.
const refuteAngle = 12 * math.Pi / 180

// FalseEdges finds the edges that the rest of the graph contradicts, as pairs of
// photos that show two like things and not one do: at least two loops of three
// edges must fail to close with them, and the rotations that agree best with all
// edges must be far from theirs. Loops alone would not do, since false edges close
// loops with each other. Where a graph has no loops it finds none. It returns one
// entry an edge.
func FalseEdges(n int, edges []Edge) []bool {
	bad := make([]bool, len(edges))
	at := make([]map[int]int, n) // edge between two cameras
	near := make([][]int, n)     // in the order of the edges
	for i := range at {
		at[i] = map[int]int{}
	}
	for k, e := range edges {
		if _, ok := at[e.A][e.B]; ok || e.A == e.B {
			continue
		}
		at[e.A][e.B], at[e.B][e.A] = k, k
		near[e.A], near[e.B] = append(near[e.A], e.B), append(near[e.B], e.A)
	}
	along := func(from, to int) quat.Number {
		e := edges[at[from][to]]
		if e.A == from {
			return e.BFromA
		}
		return quat.Conj(e.BFromA)
	}
	done := make([]bool, n)
	for root := range n {
		if done[root] {
			continue
		}
		rot, reached := Rotations(n, root, edges)
		for k, e := range edges {
			if !reached[e.A] || at[e.A][e.B] != k || Misfit(rot, e) < refuteAngle {
				continue
			}
			against := 0
			for _, c := range near[e.A] {
				if _, ok := at[c][e.B]; ok && c != e.B &&
					angleOf(quat.Mul(along(e.B, e.A), quat.Mul(along(c, e.B), along(e.A, c)))) > refuteAngle {
					against++
				}
			}
			bad[k] = against >= 2
		}
		for i := range done {
			done[i] = done[i] || reached[i]
		}
	}
	return bad
}
