package sfm

import "slices"

// dropHinged takes out the photos that hang on the rest by a single photo. Two parts
// of a model that have one photo in common, but hardly a point that two photos of
// each see, fit together at any ratio of their sizes: all at once they are placed
// somewhere, with small residuals and a precision that means nothing. A photo stays
// when enough of its points are held by two others that stay, which carries the size
// over; the largest part that holds together so is kept.
func (g *growing) dropHinged() {
	best := []int{}
	left := g.placedPhotos()
	for len(left) > len(best) {
		part := g.rigidPart(left)
		if len(part) > len(best) {
			best = part
		}
		left = slices.DeleteFunc(left, func(i int) bool { return slices.Contains(part, i) })
	}
	for _, i := range g.placedPhotos() {
		if !slices.Contains(best, i) {
			g.unplace(i)
		}
	}
	g.filter(nil)
}

// rigidPart is what grows from the pair with most points around the photo, among
// those listed, that sees most. It may hold photos that are not listed.
func (g *growing) rigidPart(from []int) []int {
	seen := make([]int, len(g.photos))
	g.eachSighting(func(_, photo int) { seen[photo]++ })
	first := from[0]
	for _, i := range from {
		if seen[i] > seen[first] {
			first = i
		}
	}
	inPart := make([]bool, len(g.photos))
	held := make([]int, len(g.photos)) // points of a photo that two of the part see
	views := make([]int, len(g.pts))   // photos of the part that see a point
	join := func(photo int) {
		inPart[photo] = true
		for _, t := range g.trackOf[photo] {
			if t < 0 || !g.sees(int(t), photo) {
				continue
			}
			if views[t]++; views[t] != 2 {
				continue
			}
			for k, r := range g.tracks[t] {
				if g.pts[t].in[k] {
					held[r.photo]++
				}
			}
		}
	}
	join(first)
	shared := make([]int, len(g.photos))
	g.eachSighting(func(t, photo int) {
		if views[t] > 0 {
			shared[photo]++
		}
	})
	second := -1
	for i := range g.photos {
		if i != first && g.placed[i] && shared[i] > 0 && (second < 0 || shared[i] > shared[second]) {
			second = i
		}
	}
	part := []int{first}
	if second < 0 {
		return part
	}
	part = append(part, second)
	join(second)
	for grown := true; grown; {
		grown = false
		for i := range g.photos {
			if g.placed[i] && !inPart[i] && held[i] >= minResect {
				join(i)
				part, grown = append(part, i), true
			}
		}
	}
	return part
}

func (g *growing) eachSighting(f func(t, photo int)) {
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		for k, in := range g.pts[t].in {
			if in {
				f(t, int(g.tracks[t][k].photo))
			}
		}
	}
}
