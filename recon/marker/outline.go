package marker

import "math"

// Outline is a black polygon of a target, closed, with x to the right and y down.
type Outline [][2]float64

// ringSides is the number of sides that circles are drawn with: the chord of one of
// 20 mm radius is within .002 mm.
const ringSides = 240

// Radii of a ring target in radii of its dot.
const (
	ringInner = 2.0
	ringOuter = 3.0
	ringQuiet = 4.0 // free of anything dark out to here
)

// Outlines gives the black shapes of a target about its centre and the side of the
// square that must be white where they are not. size is the side of the black
// square of a square target, the outer diameter of the ring of a ring target; the
// results are in its unit. It returns nil for a name that is no target's.
func Outlines(name string, size float64) (shapes []Outline, whiteSide float64) {
	ring, id, ok := parseName(name)
	if !ok {
		return nil, 0
	}
	if !ring {
		return tagOutlines(tagWords[id], size), size * (tagCells + 2) / tagCells
	}
	r := size / 2 / ringOuter
	dot := Outline{}
	for k := range ringSides {
		a := 2 * math.Pi * float64(k) / ringSides
		dot = append(dot, [2]float64{r * math.Cos(a), r * math.Sin(a)})
	}
	shapes = append(shapes, dot)
	for k := 0; k < ringBits; k++ {
		if id>>k&1 == 0 {
			continue
		}
		var arc Outline
		const steps = ringSides / ringBits
		for s := range steps + 1 {
			a := 2 * math.Pi * (float64(k) + float64(s)/steps) / ringBits
			arc = append(arc, [2]float64{ringOuter * r * math.Cos(a), ringOuter * r * math.Sin(a)})
		}
		for s := steps; s >= 0; s-- {
			a := 2 * math.Pi * (float64(k) + float64(s)/steps) / ringBits
			arc = append(arc, [2]float64{ringInner * r * math.Cos(a), ringInner * r * math.Sin(a)})
		}
		shapes = append(shapes, arc)
	}
	return shapes, 2 * ringQuiet * r
}

// tagOutlines draws the black cells of each row and of each column that are side
// by side as one shape: where two meet, a seam of the one lies within the other.
func tagOutlines(word uint64, size float64) []Outline {
	cell := size / tagCells
	black := func(x, y int) bool {
		if x < 1 || y < 1 || x > tagBits || y > tagBits {
			return true
		}
		return word>>(tagBits*tagBits-1-((y-1)*tagBits+x-1))&1 == 0
	}
	at := func(x, y int) [2]float64 { return [2]float64{float64(x)*cell - size/2, float64(y)*cell - size/2} }
	var out []Outline
	for a := range tagCells {
		for b := 0; b < tagCells; {
			to := b
			for to < tagCells && black(to, a) {
				to++
			}
			if to > b {
				out = append(out, Outline{at(b, a), at(to, a), at(to, a+1), at(b, a+1)})
			}
			b = to + 1
		}
		for b := 0; b < tagCells; {
			to := b
			for to < tagCells && black(a, to) {
				to++
			}
			if to > b+1 {
				out = append(out, Outline{at(a, b), at(a+1, b), at(a+1, to), at(a, to)})
			}
			b = to + 1
		}
	}
	return out
}
