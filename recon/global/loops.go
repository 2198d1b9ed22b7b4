package global

import (
	"math"

	"gonum.org/v1/gonum/num/quat"
)

// Loops of three edges whose rotations come back to the start within agreeAngle
// speak for their edges; those that miss it by more than refuteAngle speak
// against them.
const (
	agreeAngle  = 4 * math.Pi / 180
	refuteAngle = 12 * math.Pi / 180
)

// FalseEdges finds the edges that the loops of the graph contradict, as pairs of
// photos that show two like things and not one do: edges that lie in at least two
// loops of three and of which every loop that could be closed without an edge
// already found false misses by far. An edge with a loop that closes is kept. It
// returns one entry an edge.
func FalseEdges(n int, edges []Edge) []bool {
	bad := make([]bool, len(edges))
	at := make([]map[int]int, n) // edge between two cameras
	for i := range at {
		at[i] = map[int]int{}
	}
	near := make([][]int, n) // in the order of the edges
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
	// The edge with most loops against it goes first, and takes its loops with it:
	// what is left is judged without them.
	for {
		worst, most := -1, 1
		for k, e := range edges {
			if at[e.A][e.B] != k || bad[k] || e.A == e.B {
				continue
			}
			for_, against := 0, 0
			for _, c := range near[e.A] {
				j, ok := at[c][e.B]
				if c == e.B || !ok || bad[j] || bad[at[e.A][c]] {
					continue
				}
				switch miss := angleOf(quat.Mul(along(e.B, e.A), quat.Mul(along(c, e.B), along(e.A, c)))); {
				case miss < agreeAngle:
					for_++
				case miss > refuteAngle:
					against++
				}
			}
			if for_ == 0 && against > most {
				worst, most = k, against
			}
		}
		if worst < 0 {
			return bad
		}
		bad[worst] = true
	}
}
