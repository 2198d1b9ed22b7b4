package sfm

import (
	"cmp"
	"slices"
)

// ref is a keypoint of a photo.
type ref struct{ photo, key int32 }

// track is the keypoints of several photos, at most one of each, that are taken
// to show one point, by photo.
type track []ref

// buildTracks joins the verified matches. The pairs with most matches go first,
// and a match that would put two keypoints of one photo into a track is left
// out: the stronger links decide.
func (s *scene) buildTracks() {
	first := make([]int, len(s.photos)+1)
	for i := range s.photos {
		first[i+1] = first[i] + len(s.photos[i].keys)
	}
	n := first[len(s.photos)]
	setOf := make([]int32, n) // 0: none
	sets := [][]ref{nil}
	order := make([]*pair, 0, len(s.pairs))
	for i := range s.pairs {
		if s.pairs[i].verified() {
			order = append(order, &s.pairs[i])
		}
	}
	slices.SortStableFunc(order, func(a, b *pair) int { return cmp.Compare(len(b.matches), len(a.matches)) })
	for _, p := range order {
		for _, m := range p.matches {
			a, b := ref{int32(p.a), m[0]}, ref{int32(p.b), m[1]}
			sa, sb := &setOf[first[p.a]+int(m[0])], &setOf[first[p.b]+int(m[1])]
			switch {
			case *sa == 0 && *sb == 0:
				sets = append(sets, []ref{a, b})
				*sa = int32(len(sets) - 1)
				*sb = *sa
			case *sa == *sb:
			case *sb == 0:
				if !sees(sets[*sa], b.photo) {
					sets[*sa] = append(sets[*sa], b)
					*sb = *sa
				}
			case *sa == 0:
				if !sees(sets[*sb], a.photo) {
					sets[*sb] = append(sets[*sb], a)
					*sa = *sb
				}
			default:
				to, from := *sa, *sb
				if slices.ContainsFunc(sets[from], func(r ref) bool { return sees(sets[to], r.photo) }) {
					continue
				}
				for _, r := range sets[from] {
					setOf[first[r.photo]+int(r.key)] = to
				}
				sets[to] = append(sets[to], sets[from]...)
				sets[from] = nil
			}
		}
	}
	s.trackOf = make([][]int32, len(s.photos))
	for i := range s.photos {
		s.trackOf[i] = make([]int32, len(s.photos[i].keys))
		for k := range s.trackOf[i] {
			s.trackOf[i][k] = -1
		}
	}
	s.tracks = s.tracks[:0]
	for _, set := range sets {
		if len(set) < 2 {
			continue
		}
		slices.SortFunc(set, func(a, b ref) int { return cmp.Compare(a.photo, b.photo) })
		for _, r := range set {
			s.trackOf[r.photo][r.key] = int32(len(s.tracks))
		}
		s.tracks = append(s.tracks, set)
	}
}

func sees(set []ref, photo int32) bool {
	return slices.ContainsFunc(set, func(r ref) bool { return r.photo == photo })
}
