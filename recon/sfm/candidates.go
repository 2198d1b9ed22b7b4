package sfm

import (
	"cmp"
	"context"
	"math"
	"slices"

	"firescene/recon/match"
	"firescene/recon/retrieve"
)

const (
	exhaustiveUpTo = 40 // photos; every pair of them is matched, of more only those likely to overlap
	// Of a larger set each photo is compared on coarse features with those that
	// share most words with it and with its neighbours in time and on the ground,
	// and fully with the best of these, so that the cost of a photo stays bounded.
	retrieved    = 50
	timeTried    = 5 // neighbours before and after in time
	timeMatched  = 2 // of these are matched whatever the coarse features say
	groundTried  = 8
	groundM      = 60.0 // largest distance of a neighbour on the ground
	bestPartners = 20
	// Pairs are tried on this many descriptors of the largest scales (C. Wu,
	// Towards linear-time incremental structure from motion, 3DV 2013).
	coarseDescriptors = 768
	coarseMatches     = 4
	// Two photos that match a third one at the same keypoints are matched with
	// each other, so that loops close that the words did not find.
	expansions   = 2 // rounds
	expandShared = 20
	expandBest   = 5 // partners a photo and round
)

// candidate is a pair of photos, a < b, that may overlap.
type candidate struct{ a, b int }

func ordered(a, b int) candidate { return candidate{min(a, b), max(a, b)} }

func compareCandidates(x, y candidate) int {
	return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
}

// candidates lists the pairs to be matched, in order.
func (s *scene) candidates(ctx context.Context) ([]candidate, error) {
	var able []int
	for i := range s.photos {
		if len(s.photos[i].keys) >= minFeatures {
			able = append(able, i)
		}
	}
	if len(able) <= exhaustiveUpTo {
		var all []candidate
		for k, a := range able {
			for _, b := range able[k+1:] {
				all = append(all, candidate{a, b})
			}
		}
		return all, nil
	}
	tried, err := s.likely(ctx, able)
	if err != nil {
		return nil, err
	}
	score, err := s.coarseScores(ctx, tried)
	if err != nil {
		return nil, err
	}
	picked := map[candidate]bool{}
	for _, c := range s.neighboursInTime(able, timeMatched) {
		picked[c] = true
	}
	for _, c := range bestOfEach(len(s.photos), tried, score, coarseMatches, bestPartners) {
		picked[c] = true
	}
	return sorted(picked), nil
}

// likely lists the pairs that words, time or place suggest.
func (s *scene) likely(ctx context.Context, able []int) ([]candidate, error) {
	desc := make([][]uint8, len(s.photos))
	for _, i := range able {
		desc[i] = s.photos[i].packed.Descriptors()
	}
	s.opt.Progress("retrieval", 0, 1)
	index, err := retrieve.Build(ctx, desc, retrieve.Options{Workers: s.opt.Workers})
	if err != nil {
		return nil, err
	}
	likely := map[candidate]bool{}
	for _, i := range able {
		for _, h := range index.Nearest(i, retrieved) {
			likely[ordered(i, h.Photo)] = true
		}
	}
	for _, c := range s.neighboursInTime(able, timeTried) {
		likely[c] = true
	}
	for _, c := range s.neighboursOnGround(able, groundTried) {
		likely[c] = true
	}
	s.opt.Progress("retrieval", 1, 1)
	return sorted(likely), nil
}

func sorted(set map[candidate]bool) []candidate {
	out := make([]candidate, 0, len(set))
	for c := range set {
		out = append(out, c)
	}
	slices.SortFunc(out, compareCandidates)
	return out
}

// neighboursInTime pairs each photo with those that its camera took just before
// and after it.
func (s *scene) neighboursInTime(able []int, each int) []candidate {
	byCamera := make([][]int, len(s.cams))
	for _, i := range able {
		if !s.photos[i].time.IsZero() {
			byCamera[s.photos[i].cam] = append(byCamera[s.photos[i].cam], i)
		}
	}
	var out []candidate
	for _, row := range byCamera {
		slices.SortStableFunc(row, func(a, b int) int { return s.photos[a].time.Compare(s.photos[b].time) })
		for k := range row {
			for n := k + 1; n <= min(k+each, len(row)-1); n++ {
				out = append(out, ordered(row[k], row[n]))
			}
		}
	}
	return out
}

// neighboursOnGround pairs each photo with the nearest by their coordinates.
func (s *scene) neighboursOnGround(able []int, each int) []candidate {
	var out []candidate
	for _, i := range able {
		var near []int
		metres := map[int]float64{}
		for _, j := range able {
			if i != j && s.photos[i].gps != nil && s.photos[j].gps != nil {
				if d := groundDistance(s.photos[i].gps, s.photos[j].gps); d <= groundM {
					near, metres[j] = append(near, j), d
				}
			}
		}
		slices.SortStableFunc(near, func(a, b int) int { return cmp.Compare(metres[a], metres[b]) })
		for _, j := range near[:min(each, len(near))] {
			out = append(out, ordered(i, j))
		}
	}
	return out
}

// groundDistance is that of two places by latitude and longitude, in metres, on
// a sphere.
func groundDistance(a, b *[3]float64) float64 {
	const radius = 6_371_000.0
	rad := math.Pi / 180
	dy := (b[0] - a[0]) * rad
	dx := math.Remainder(b[1]-a[1], 360) * rad * math.Cos((a[0]+b[0])/2*rad)
	return radius * math.Hypot(dx, dy)
}

// coarseScores counts the matches of each pair among the largest features.
func (s *scene) coarseScores(ctx context.Context, pairs []candidate) ([]int, error) {
	coarse := make([]*match.Packed, len(s.photos))
	for i := range s.photos {
		if s.photos[i].packed != nil {
			coarse[i] = s.photos[i].packed.Prefix(coarseDescriptors)
		}
	}
	score := make([]int, len(pairs))
	matchers := make([]*match.Matcher, s.opt.Workers)
	raw := make([][]match.Pair, s.opt.Workers)
	err := s.forEach(ctx, "selecting pairs", len(pairs), func(w, i int) error {
		if matchers[w] == nil {
			matchers[w] = match.New(match.Options{})
		}
		var err error
		raw[w], err = matchers[w].Match(ctx, raw[w][:0], coarse[pairs[i].a], coarse[pairs[i].b])
		score[i] = len(raw[w])
		return err
	})
	return score, err
}

// bestOfEach keeps, for each of n photos, the pairs of at least the given score
// that score best.
func bestOfEach(n int, pairs []candidate, score []int, least, each int) []candidate {
	of := make([][]int, n)
	for k, c := range pairs {
		if score[k] >= least {
			of[c.a], of[c.b] = append(of[c.a], k), append(of[c.b], k)
		}
	}
	picked := map[candidate]bool{}
	for _, own := range of {
		slices.SortStableFunc(own, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
		for _, k := range own[:min(each, len(own))] {
			picked[pairs[k]] = true
		}
	}
	return sorted(picked)
}

// unmatched lists pairs that were not matched yet though their photos see many
// of the same keypoints of a third one.
func (s *scene) unmatched() []candidate {
	n := len(s.photos)
	partners := make([][]*pair, n)
	for i := range s.pairs {
		if p := &s.pairs[i]; p.verified() {
			partners[p.a], partners[p.b] = append(partners[p.a], p), append(partners[p.b], p)
		}
	}
	shared := map[candidate]int{}
	for mid := range partners {
		seenBy := make([][]int, len(s.photos[mid].keys))
		for _, p := range partners[mid] {
			for _, m := range p.matches {
				if p.a == mid {
					seenBy[m[0]] = append(seenBy[m[0]], p.b)
				} else {
					seenBy[m[1]] = append(seenBy[m[1]], p.a)
				}
			}
		}
		for _, row := range seenBy {
			for k, a := range row {
				for _, b := range row[k+1:] {
					if c := ordered(a, b); !s.matched[c] {
						shared[c]++
					}
				}
			}
		}
	}
	pairs := make([]candidate, 0, len(shared))
	for c := range shared {
		pairs = append(pairs, c)
	}
	slices.SortFunc(pairs, compareCandidates)
	score := make([]int, len(pairs))
	for k, c := range pairs {
		score[k] = shared[c]
	}
	return bestOfEach(n, pairs, score, expandShared, expandBest)
}
