package register

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// candidate is a refined hypothesis with what speaks for and against it.
type candidate struct {
	fit
	evidence
	from string
}

// worth is what candidates are ranked by.
func (c *candidate) worth() float64 {
	return float64(c.Matched-againstWeight*c.Against) / float64(max(c.All, 1))
}

// sigma is the standard deviation of the translation at the middle of scan b.
func (f *fit) sigma() float64 {
	if f.cov == nil {
		return math.Inf(1)
	}
	return math.Sqrt(f.cov.At(3, 3) + f.cov.At(4, 4) + f.cov.At(5, 5))
}

// sigmaTurn is that of the rotation, in radians.
func (f *fit) sigmaTurn() float64 {
	if f.cov == nil {
		return math.Inf(1)
	}
	return math.Sqrt(f.cov.At(0, 0) + f.cov.At(1, 1) + f.cov.At(2, 2))
}

// weakest is the least and the greatest eigenvalue of the normal equations with
// lengths measured by size: small against the greatest where a motion is open.
func (f *fit) weakest(size float64) (least, most float64) {
	s := f.info.sym()
	for r := range 6 {
		for c := r; c < 6; c++ {
			v := s.At(r, c)
			if r < 3 {
				v /= size
			}
			if c < 3 {
				v /= size
			}
			s.SetSym(r, c, v)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(s, false) {
		return 0, 1
	}
	w := e.Values(nil)
	return w[0], w[5]
}

// search finds the places of scan b in the frame of a, best first. It gives up
// early when no hypothesis scores least.
func search(a, b *prepared, given []guess, least float64, workers int) []candidate {
	guesses := append([]guess{}, given...)
	guesses = append(guesses, guessesOfPlanes(a, b)...)
	guesses = append(guesses, guessesOfWords(a, b, workers)...)
	guesses = scored(a, b, guesses, workers)
	if len(guesses) == 0 || guesses[0].score < least {
		return nil
	}
	// Refined a little, those that were the same place meet.
	refineAll := func(lvl int, reach float64, rounds, points, scored int) {
		parallel(workers, len(guesses), func(i int) {
			g := &guesses[i]
			if f := refineAt(a, b, g.t, lvl, reach, rounds, points, 1); f.ok {
				g.t = f.t
			}
			g.score = quick(a, b, &g.t, scored)
		})
	}
	refineAll(coarse, 2.5*a.length, 8, 1200, 800)
	guesses = distinct(guesses, b.mid, 3*math.Pi/180, a.length, 8)
	refineAll(middle, a.length, 6, 2000, 2500)
	guesses = distinct(guesses, b.mid, 2*math.Pi/180, a.length, 5)
	out := make([]candidate, len(guesses))
	for i, g := range guesses {
		out[i] = candidate{fit: refineAt(a, b, g.t, middle, 0.5*a.length, 5, 4000, workers), from: g.from}
		out[i].evidence = judge(a, b, &out[i].t, judged/4, workers)
	}
	sortByWorth(out)
	for i := range first(out, 2) { // the best and what could be its rival
		if i == 0 || out[i].worth() > 0.3*out[0].worth() {
			out[i] = finish(a, b, guess{t: out[i].t, from: out[i].from}, workers)
		}
	}
	sortByWorth(out)
	return out
}

// scored keeps the best of the guesses, by more and more points.
func scored(a, b *prepared, guesses []guess, workers int) []guess {
	score := func(list []guess, count int) {
		parallel(workers, len(list), func(i int) { list[i].score = quick(a, b, &list[i].t, count) })
	}
	score(guesses, 60)
	guesses = distinct(guesses, b.mid, 2*math.Pi/180, 0.5*a.length, 600)
	score(guesses, 300)
	guesses = distinct(guesses, b.mid, 3*math.Pi/180, a.length, 100)
	score(guesses, 1500)
	return distinct(guesses, b.mid, 5*math.Pi/180, 2*a.length, 16)
}

func sortByWorth(list []candidate) {
	slices.SortStableFunc(list, func(x, y candidate) int {
		switch {
		case x.worth() > y.worth():
			return -1
		case x.worth() < y.worth():
			return 1
		}
		return 0
	})
}

// finish refines a place on the finest level and weighs it.
func finish(a, b *prepared, g guess, workers int) candidate {
	f := refineAt(a, b, g.t, middle, 0.7*a.length, 8, 6000, workers)
	if f.ok {
		f = refineAt(a, b, f.t, fine, 0.35*a.length, 8, 10000, workers)
	}
	if f.ok {
		f = refineAt(a, b, f.t, fine, 0.2*a.length, 8, 40000, workers)
	}
	return candidate{fit: f, evidence: judge(a, b, &f.t, judged, workers), from: g.from}
}
