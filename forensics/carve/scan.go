package carve

import (
	"cmp"
	"slices"
	"sort"

	"firescene/forensics/carve/pattern"
)

// candidate is a place where something may begin.
type candidate struct {
	off   int64
	types []*Type    // whose signature and head are there, in their order; none for a layer
	layer *layerSign // what stands for the layer that begins there; nil when none does
	reach int64      // how far a walk may go; 0 for as far as the types say
	state candidateState
	res   *result // of the walk
}

func (k *candidate) isLayer() bool { return k.layer != nil }

// mayBePicture reports whether it may be, or lead to, what is worth having out of a
// whole file.
func (k *candidate) mayBePicture() bool {
	return k.isLayer() || slices.ContainsFunc(k.types, func(t *Type) bool { return pictures[t.Name] })
}

type candidateState int8

const (
	toWalk candidateState = iota
	taken
	walked
)

// result is what came of a candidate.
type result struct {
	find Find
	err  error
}

// scanner knows all signatures. It is read-only after newScanner.
type scanner struct {
	types     []Type
	matcher   *pattern.Matcher
	meaning   []meaning // of each pattern
	sectorB   int64
	unaligned bool
	layers    bool
	single    [][]*Type // each type alone
}

// meaning is what a pattern stands for: a type, or the beginning of a layer.
type meaning struct {
	typ   int // index, -1 for a layer
	layer layerSign
	back  int // how far before the pattern the file begins
}

func newScanner(opts Options) *scanner {
	s := &scanner{types: opts.Types, sectorB: opts.SectorB, unaligned: opts.Unaligned, layers: opts.Depth > 0}
	var patterns [][]byte
	for i, t := range opts.Types {
		s.single = append(s.single, []*Type{&opts.Types[i]})
		for _, sig := range t.Signatures {
			patterns = append(patterns, sig.Bytes)
			s.meaning = append(s.meaning, meaning{typ: i, back: sig.OffsetB})
		}
	}
	if s.layers {
		for _, l := range layerSigns {
			patterns = append(patterns, []byte(l.sign))
			s.meaning = append(s.meaning, meaning{typ: -1, layer: l})
		}
	}
	s.matcher = pattern.New(patterns)
	return s
}

// window lists what may begin in the first limit bytes of b, which lies at byte
// at of the image and goes on for headRoomB when the image does. first says that
// what lies before b is not looked at.
func (s *scanner) window(b []byte, at int64, limit int, first bool, wanted func(off int64) bool) []candidate {
	type place struct {
		at, typ int
		layer   *layerSign
	}
	var places []place
	for _, h := range s.matcher.Scan(b, limit+maxSignB, nil) {
		m := &s.meaning[h.Pattern]
		i := int(h.At) - m.back
		if i < 0 || i >= limit || !s.unaligned && (at+int64(i))%s.sectorB != 0 {
			continue
		}
		if m.typ < 0 {
			if m.layer.head(b[i:]) {
				places = append(places, place{i, len(s.types), &m.layer})
			}
			continue
		}
		t := &s.types[m.typ]
		if (t.Head == nil || t.Head(b[i:min(len(b), i+HeadB)])) && wanted(at+int64(i)) {
			places = append(places, place{at: i, typ: m.typ})
		}
	}
	if s.layers && s.unaligned {
		for _, i := range base64Runs(b, at, limit, first) {
			places = append(places, place{i, len(s.types), &base64Sign})
		}
	}
	slices.SortFunc(places, func(x, y place) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.typ, y.typ)) })
	out := make([]candidate, 0, len(places))
	for i, p := range places {
		if i > 0 && p.at == places[i-1].at && p.typ == places[i-1].typ {
			continue
		}
		off := at + int64(p.at)
		if p.layer != nil {
			out = append(out, candidate{off: off, layer: p.layer})
			continue
		}
		if n := len(out); n > 0 && out[n-1].off == off && !out[n-1].isLayer() {
			c := &out[n-1]
			c.types = append(c.types[:len(c.types):len(c.types)], &s.types[p.typ])
			continue
		}
		out = append(out, candidate{off: off, types: s.single[p.typ]})
	}
	bound(out)
	return out
}

// Where heads of a type stand so close that files of that type can not lie there,
// their walks are kept short: a block of an image costs no more than some reading
// of it, whatever is written there. Blocks are counted from the image's beginning,
// so that it makes no difference where a run began.
const (
	crowdB     = 1 << 20
	crowdHeads = 2048 // heads of a type in a block
	crowdWalk  = 4    // how often their walks may read a block, together
	minReachB  = 128
)

// bound limits the walks of candidates, which are in order, in crowded blocks.
func bound(list []candidate) {
	for len(list) > 0 {
		n, block := 0, list[0].off/crowdB
		for n < len(list) && list[n].off/crowdB == block {
			n++
		}
		if n > crowdHeads {
			heads := map[*Type]int64{}
			for i := range list[:n] {
				for _, t := range list[i].types {
					heads[t]++
				}
			}
			for i := range list[:n] {
				k := &list[i]
				for _, t := range k.types {
					if heads[t] <= crowdHeads {
						k.reach = 0 // one of its types may go as far as it says
						break
					}
					k.reach = max(k.reach, minReachB, crowdWalk*crowdB/heads[t])
				}
			}
		}
		list = list[n:]
	}
}

// maxSignB is the farthest place of a signature from the beginning of a file.
const maxSignB = 1024

// wanted reports whether a head at off is to be looked at: no whole file is known
// to lie there.
func (c *carver) wanted(off int64) bool {
	k := c.opts.Covered
	i := sort.Search(len(k), func(i int) bool { return k[i].OffsetB+k[i].LengthB > off })
	return i == len(k) || k[i].OffsetB > off
}
