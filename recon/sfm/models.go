package sfm

import (
	"context"
	"fmt"
	"slices"

	"firescene/recon"
	"firescene/recon/global"
)

const (
	// A further model of two photos alone must stand on a pair that could not well
	// be chance.
	twoPhotoMatches = 100
	twoPhotoDeg     = 3
	maxStarts       = 6   // pairs that a model may be started from
	maxStartTries   = 100 // pairs that may be looked at for it
	// refutable is the number of matches from which a pair has a rotation that others
	// can refute: of a pair with fewer the pose alone may be wrong, not the matches.
	refutable = 30
	// secondUpTo is the number of photos up to which a second opinion is asked for.
	secondUpTo = 400
)

// built is a finished model with what the other method said of it.
type built struct {
	*growing
	method string
	second *recon.SecondOpinion
}

// dropFalsePairs takes out the pairs whose rotation the loops of the others refute:
// they show two like things, as two doors of one kind.
func (s *scene) dropFalsePairs() {
	var edges []global.Edge
	var of []*pair
	for i := range s.pairs {
		if p := &s.pairs[i]; p.verified() {
			edges = append(edges, global.Edge{A: p.a, B: p.b, BFromA: p.pose.Q, Weight: float64(len(p.matches))})
			of = append(of, p)
		}
	}
	for k, isFalse := range global.FalseEdges(len(s.photos), edges) {
		if isFalse && len(of[k].matches) >= refutable {
			of[k].matches, of[k].angle = nil, 0
		}
	}
}

// build makes a model of the photos that connect best, then one of what is left,
// until nothing makes a model; most photos first.
func (s *scene) build(ctx context.Context) ([]built, error) {
	var out []built
	taken := make([]bool, len(s.photos))
	for {
		g, err := s.growBest(ctx, taken)
		if err != nil {
			return nil, err
		}
		if g == nil || len(out) > 0 && !g.standsAlone() {
			break
		}
		// What is held together by mistake falls apart into models of their own.
		for side := g.falseJoin(); side != nil; side = g.falseJoin() {
			g.withoutSide(side)
			if err := g.finish(ctx); err != nil {
				return nil, err
			}
		}
		b := built{growing: g, method: recon.MethodIncremental}
		if len(s.photos) <= secondUpTo && g.count() > 2 {
			if err := b.askSecond(ctx, g.barred); err != nil {
				return nil, err
			}
		}
		out = append(out, b)
		for i := range taken {
			taken[i] = taken[i] || b.placed[i]
		}
	}
	slices.SortStableFunc(out, func(a, b built) int { return b.count() - a.count() })
	return out, nil
}

// standsAlone reports whether a further model is worth telling of.
func (g *growing) standsAlone() bool {
	if g.count() > 2 {
		return true
	}
	for i := range g.pairs {
		if p := &g.pairs[i]; g.placed[p.a] && g.placed[p.b] {
			return len(p.matches) >= twoPhotoMatches && degrees(p.angle) >= twoPhotoDeg
		}
	}
	return false
}

// growBest grows models of photos that are in none yet from the best starts, until
// one holds all that could be in it, and returns the one with the most photos; nil
// where there is none.
func (s *scene) growBest(ctx context.Context, taken []bool) (*growing, error) {
	var best *growing
	reach := s.largestComponent(taken)
	tries, looks := 0, 0
	for _, p := range s.starts() {
		if tries >= maxStarts || looks >= maxStartTries || best != nil && best.count() >= reach {
			break
		}
		if taken[p.a] || taken[p.b] || best != nil && best.placed[p.a] && best.placed[p.b] {
			continue // would grow into the same model
		}
		looks++
		g := s.start(p, taken)
		if g == nil {
			continue
		}
		tries++
		if err := g.grow(ctx); err != nil {
			return nil, err
		}
		if g.points() >= minResect && (best == nil || g.count() > best.count() || g.count() == best.count() && g.points() > best.points()) {
			best = g
		}
	}
	if best == nil {
		return nil, nil
	}
	if err := best.finish(ctx); err != nil {
		return nil, err
	}
	if best.count() < 2 || best.points() < minResect {
		return nil, nil
	}
	return best, nil
}

// connected gives each photo the number of the component of verified pairs that
// it is in, -1 for those that are taken, and the size of each.
func (s *scene) connected(taken []bool) (of []int, size []int) {
	root := make([]int, len(s.photos))
	for i := range root {
		root[i] = i
	}
	var find func(i int) int
	find = func(i int) int {
		if root[i] != i {
			root[i] = find(root[i])
		}
		return root[i]
	}
	for i := range s.pairs {
		if p := &s.pairs[i]; p.verified() && !taken[p.a] && !taken[p.b] {
			root[find(p.a)] = find(p.b)
		}
	}
	of, size = make([]int, len(root)), make([]int, len(root))
	for i := range root {
		of[i] = -1
		if !taken[i] {
			of[i] = find(i)
			size[of[i]]++
		}
	}
	return of, size
}

// largestComponent is the number of photos in the largest set that verified
// pairs connect.
func (s *scene) largestComponent(taken []bool) int {
	_, size := s.connected(taken)
	return slices.Max(size)
}

// inOther says of a photo that it is in a further model.
func inOther(name string, number int) recon.Rejected {
	return recon.Rejected{Photo: name,
		Reason: fmt.Sprintf("it is in model %d, which shares too little with this one to be joined", number),
		Next:   "add photos on the way from the place it shows to that of model 1, each overlapping the next by two thirds"}
}
