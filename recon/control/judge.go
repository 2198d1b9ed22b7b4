package control

import (
	"cmp"
	"math"
	"slices"

	"firescene/recon/bundle"
)

// equation is one thing given, as the contradiction test sees it.
type equation struct {
	name  string
	w     float64 // residual in its own standard deviations
	v     float64 // residual in standard deviations of what was given
	share float64 // of it that the others check, 0..1
	off   string  // what the rest makes of it, in words
	ends  []end
}

// end is a place that an equation holds, with the derivatives by its coordinates in
// standard deviations of what was given.
type end struct {
	at bundle.Place
	by [3]float64
}

// common is the covariance of the residuals of two equations, in their standard
// deviations: what they check of each other.
func common(c *bundle.Precision, a, b *equation) float64 {
	sum := 0.0
	for _, p := range a.ends {
		for _, q := range b.ends {
			cov, ok := c.Cov(p.at, q.at)
			if !ok {
				continue
			}
			for i := range 3 {
				for k := range 3 {
					sum -= p.by[i] * cov[3*i+k] * q.by[k]
				}
			}
		}
	}
	return sum
}

// leastShare is the redundancy below which nothing checks an equation.
const leastShare = 0.01

// test fills in w and reports whether anything checks the equation. One that
// nothing checks has no residual; when it has, the picks contradict it.
func (e *equation) test() bool {
	if e.share < leastShare && math.Abs(e.v) < 1 {
		return false
	}
	e.share = max(e.share, leastShare)
	e.w = e.v / math.Sqrt(e.share)
	return true
}

// judge tests what was given as a whole and each of it, after W. Baarda, A testing
// procedure for use in geodetic networks, 1968; of all tests of what is right together
// one in 1000 fails. common gives the covariance of the residuals of two equations. It
// returns nil where chance explains the residuals, else what may be wrong, worst first:
// what explains the misfit alone, and all that explains it nearly as well. certain
// says that this is one.
func (r *Report) judge(all []equation, common func(i, j int) float64) (suspects []equation, certain bool) {
	for _, e := range all {
		r.Chi2 += e.v * e.v
		r.Chi2Dof += e.share
	}
	checked := 0
	for _, e := range all {
		if e.share >= leastShare {
			checked++
		}
	}
	// Shares that are nothing each may add up to more: still nothing is checked.
	if checked == 0 {
		return nil, false
	}
	r.Chi2Limit = chi2Limit(r.Chi2Dof)
	worst := normalLimit(0.001 / float64(checked))
	var order []int // those that stand out at all, worst first
	for i, e := range all {
		if e.share >= leastShare && math.Abs(e.w) > limit95 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(all[b].w), math.Abs(all[a].w)) })
	if r.Chi2 <= r.Chi2Limit && (len(order) == 0 || math.Abs(all[order[0]].w) <= worst) {
		return nil, false
	}
	best := 0.0 // square of the largest that explains all
	fits, checks := make([]bool, len(order)), false
	for k, i := range order {
		var left int
		if fits[k], left = fitWithout(all, i, common); fits[k] {
			best, checks = max(best, square(all[i].w)), left > 0
		}
	}
	// Leaving one out takes the square of its w from the sum that all that is weighed
	// together: what comes near the best is as good an explanation.
	for k, i := range order {
		if fits[k] || best > 0 && best-square(all[i].w) < square(limit999) {
			suspects = append(suspects, all[i])
		}
	}
	if len(suspects) > 0 {
		return suspects, len(suspects) == 1 && checks
	}
	for _, i := range order {
		if math.Abs(all[i].w) > worst {
			suspects = append(suspects, all[i])
		}
	}
	if len(suspects) > 0 {
		return suspects, false
	}
	// No one stands out, but together they do not fit: the three worst.
	for _, i := range order {
		suspects = append(suspects, all[i])
	}
	if len(suspects) == 0 {
		suspects = slices.Clone(all)
		slices.SortStableFunc(suspects, func(a, b equation) int { return cmp.Compare(math.Abs(b.v), math.Abs(a.v)) })
	}
	return suspects[:min(3, len(suspects))], false
}

// fitWithout reports whether chance explains the residuals that the others have once
// equation i takes no part, and how many of them still check each other.
func fitWithout(all []equation, i int, common func(i, j int) float64) (fits bool, checked int) {
	sum, dof, largest := 0.0, 0.0, 0.0
	for j := range all {
		if j == i {
			continue
		}
		by := common(i, j) / all[i].share
		v := all[j].v - by*all[i].v
		share := all[j].share - by*by*all[i].share
		if share < leastShare {
			continue // nothing checks it any more
		}
		sum += v * v
		dof += share
		largest = max(largest, math.Abs(v)/math.Sqrt(share))
		checked++
	}
	return checked == 0 || sum <= chi2Limit(dof) && largest <= normalLimit(0.001/float64(checked)), checked
}
