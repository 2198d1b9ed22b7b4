package marker

import "math"

// Loop is a closed line about part of a target, with x to the right and y down.
type Loop [][2]float64

// ringSides is the number of sides that circles are drawn with: the chord of one of
// 20 mm radius is within .002 mm.
const ringSides = 240

// Radii of a ring target in radii of its dot.
const (
	ringInner = 2.0
	ringOuter = 3.0
	ringQuiet = 4.0 // free of anything dark out to here
)

// Loops gives the outline of a target about its centre: what lies within an odd
// number of loops is black. It also gives the side of the square that must be white
// where they are not. size is the side of the black square of a square target, the
// outer diameter of the ring of a ring target; the results are in its unit. For a
// name that is no target's there are no loops.
func Loops(name string, size float64) (loops []Loop, whiteSide float64) {
	ring, id, ok := parseName(name)
	if !ok {
		return nil, 0
	}
	if !ring {
		return tagLoops(tagWords[id], size), size * (tagCells + 2) / tagCells
	}
	r := size / 2 / ringOuter
	var dot Loop
	for k := range ringSides {
		a := 2 * math.Pi * float64(k) / ringSides
		dot = append(dot, [2]float64{r * math.Cos(a), r * math.Sin(a)})
	}
	loops = append(loops, dot)
	black := func(k int) bool { return id>>(k%ringBits)&1 == 1 }
	for k := range ringBits {
		if !black(k) || black(k+ringBits-1) {
			continue // no arc begins here
		}
		to := k
		for black(to) {
			to++
		}
		const each = ringSides / ringBits
		var arc Loop
		at := func(r float64, s int) {
			a := 2 * math.Pi * float64(s) / ringSides
			arc = append(arc, [2]float64{r * math.Cos(a), r * math.Sin(a)})
		}
		for s := k * each; s <= to*each; s++ {
			at(ringOuter*r, s)
		}
		for s := to * each; s >= k*each; s-- {
			at(ringInner*r, s)
		}
		loops = append(loops, arc)
	}
	return loops, 2 * ringQuiet * r
}

// tagLoops follows the edges between black and white cells.
func tagLoops(word uint64, size float64) []Loop {
	cell := size / tagCells
	black := func(x, y int) bool {
		if x < 0 || y < 0 || x >= tagCells || y >= tagCells {
			return false
		}
		if x < 1 || y < 1 || x > tagBits || y > tagBits {
			return true
		}
		return word>>(tagBits*tagBits-1-((y-1)*tagBits+x-1))&1 == 0
	}
	// Edges run with black on the right: to the right above it, down at its right.
	type corner [2]int
	next := map[corner][]corner{}
	for y := range tagCells {
		for x := range tagCells {
			if !black(x, y) {
				continue
			}
			for _, e := range [4]struct {
				dx, dy   int
				from, to corner
			}{{0, -1, corner{x, y}, corner{x + 1, y}}, {1, 0, corner{x + 1, y}, corner{x + 1, y + 1}},
				{0, 1, corner{x + 1, y + 1}, corner{x, y + 1}}, {-1, 0, corner{x, y + 1}, corner{x, y}}} {
				if !black(x+e.dx, y+e.dy) {
					next[e.from] = append(next[e.from], e.to)
				}
			}
		}
	}
	var out []Loop
	for y := range tagCells + 1 {
		for x := range tagCells + 1 {
			for len(next[corner{x, y}]) > 0 {
				var loop Loop
				for at := (corner{x, y}); len(next[at]) > 0; {
					to := next[at][0]
					next[at] = next[at][1:]
					loop = append(loop, [2]float64{float64(at[0])*cell - size/2, float64(at[1])*cell - size/2})
					at = to
				}
				out = append(out, loop)
			}
		}
	}
	return out
}
