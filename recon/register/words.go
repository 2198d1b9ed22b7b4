package register

import (
	"math"
	"math/bits"
	"slices"
)

const (
	angleBins = 11
	wordLen   = 3 * angleBins
	// wordReach is the radius of a descriptor in voxels of the coarsest level.
	wordReach = 4.5
	mostWords = 2500
	mostLinks = 1500
)

// word describes the surface around a place, apart from where it lies.
type word struct {
	p, n [3]float64
	h    [wordLen]float32
}

// findWords describes places of the coarsest level by fast point feature
// histograms (R. B. Rusu, N. Blodow, M. Beetz, Fast point feature histograms for 3D
// registration, ICRA 2009), and keeps those that differ most from the scan's mean:
// the middle of a wall is like any other.
func findWords(s *prepared) []word {
	l := &s.levels[coarse]
	n := len(l.p)
	simple := make([][wordLen]float32, n)
	search := l.index.NewSearch()
	reach2 := float32(math.Pow(wordReach*s.length, 2))
	type nb struct {
		slot int32
		d    float32
	}
	around := make([][]nb, n)
	for i := range n {
		p := l.p[i]
		near := search.Nearest(p[0], p[1], p[2], 64, reach2)
		list := make([]nb, 0, len(near))
		for _, b := range near {
			if b.Slot == int32(i) || b.D2 == 0 {
				continue
			}
			list = append(list, nb{b.Slot, float32(math.Sqrt(float64(b.D2)))})
			addAngles(&simple[i], wide(p), wide(l.n[i]), wide(l.p[b.Slot]), wide(l.n[b.Slot]))
		}
		around[i] = list
		scaleWord(&simple[i])
	}
	words := make([]word, 0, n)
	var mean [wordLen]float64
	for i := range n {
		if len(around[i]) < 8 {
			continue
		}
		w := word{p: wide(l.p[i]), n: wide(l.n[i])}
		for _, b := range around[i] {
			f := 1 / b.d
			for k, v := range simple[b.slot] {
				w.h[k] += f * v
			}
		}
		scaleWord(&w.h)
		for k := range w.h {
			w.h[k] = (w.h[k] + simple[i][k]) / 2
			mean[k] += float64(w.h[k])
		}
		words = append(words, w)
	}
	differ := make([]float64, len(words))
	order := make([]int32, len(words))
	for i := range words {
		order[i] = int32(i)
		for k, v := range words[i].h {
			d := float64(v) - mean[k]/float64(len(words))
			differ[i] += d * d
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case differ[a] > differ[b]:
			return -1
		case differ[a] < differ[b]:
			return 1
		}
		return 0
	})
	out := make([]word, 0, mostWords)
	for _, i := range first(order, mostWords) {
		out = append(out, words[i])
	}
	return out
}

// wordsOf finds the words when they are first asked for; not from several goroutines.
func (s *prepared) wordsOf() []word {
	if s.words == nil {
		s.words = findWords(s)
	}
	return s.words
}

// addAngles counts the three angles of a pair of oriented points.
func addAngles(h *[wordLen]float32, p, n, q, m [3]float64) {
	d := sub(q, p)
	l := norm(d)
	d = scale(1/l, d)
	v := cross(d, n)
	if s := norm(v); s > 1e-9 {
		v = scale(1/s, v)
	} else {
		return
	}
	w := cross(n, v)
	bin := func(k int, f float64) {
		b := min(max(int(f*angleBins), 0), angleBins-1)
		h[k*angleBins+b]++
	}
	bin(0, (dot(v, m)+1)/2)
	bin(1, (dot(n, d)+1)/2)
	bin(2, (math.Atan2(dot(w, m), dot(n, m))+math.Pi)/(2*math.Pi))
}

// scaleWord makes each of the three histograms add up to one.
func scaleWord(h *[wordLen]float32) {
	for k := range 3 {
		sum := float32(0)
		for _, v := range h[k*angleBins : (k+1)*angleBins] {
			sum += v
		}
		if sum > 0 {
			for i := k * angleBins; i < (k+1)*angleBins; i++ {
				h[i] /= sum
			}
		}
	}
}

// couple is a word of a and one of b that look alike.
type couple struct{ i, j int32 }

// matchWords gives the couples of which each is among the other's three nearest.
func matchWords(a, b []word, workers int) []couple {
	const top = 3
	type best struct {
		d [top]float32
		j [top]int32
	}
	find := func(x, y []word) []best {
		out := make([]best, len(x))
		parallel(workers, len(x), func(i int) {
			r := &out[i]
			for k := range r.d {
				r.d[k], r.j[k] = math.MaxFloat32, -1
			}
			h := &x[i].h
			for j := range y {
				o := &y[j].h
				s := float32(0)
				for k := 0; k < wordLen; k += 11 {
					for m := k; m < k+11; m++ {
						d := h[m] - o[m]
						s += d * d
					}
					if s >= r.d[top-1] {
						break
					}
				}
				if s >= r.d[top-1] {
					continue
				}
				k := top - 1
				for ; k > 0 && r.d[k-1] > s; k-- {
					r.d[k], r.j[k] = r.d[k-1], r.j[k-1]
				}
				r.d[k], r.j[k] = s, int32(j)
			}
		})
		return out
	}
	ab, ba := find(a, b), find(b, a)
	type rated struct {
		couple
		d float32
	}
	var list []rated
	for i := range ab {
		for k, j := range ab[i].j {
			if j >= 0 && slices.Contains(ba[j].j[:], int32(i)) {
				list = append(list, rated{couple{int32(i), j}, ab[i].d[k]})
			}
		}
	}
	slices.SortStableFunc(list, func(x, y rated) int {
		switch {
		case x.d < y.d:
			return -1
		case x.d > y.d:
			return 1
		}
		return 0
	})
	var out []couple
	for _, r := range first(list, mostLinks) {
		out = append(out, r.couple)
	}
	return out
}

// guessesOfWords makes hypotheses from couples that agree with each other: the
// same distance, the same angles between normals and line. Couples that share many
// agreeing couples give a place (Z. Chen et al., SC2-PCR: a second order spatial
// compatibility for efficient and robust point cloud registration, CVPR 2022).
func guessesOfWords(a, b *prepared, workers int) []guess {
	wa, wb := a.wordsOf(), b.wordsOf()
	couples := matchWords(wa, wb, workers)
	n := len(couples)
	if n < 8 {
		return nil
	}
	words := (n + 63) / 64
	rows := make([]uint64, n*words)
	tol := a.length
	agree := func(x, y couple) bool {
		pa, pb := sub(wa[y.i].p, wa[x.i].p), sub(wb[y.j].p, wb[x.j].p)
		la, lb := norm(pa), norm(pb)
		if math.Abs(la-lb) > tol || min(la, lb) < 3*tol {
			return false
		}
		na, ma, nb, mb := wa[x.i].n, wa[y.i].n, wb[x.j].n, wb[y.j].n
		return math.Abs(dot(na, ma)-dot(nb, mb)) < 0.25 &&
			math.Abs(dot(na, pa)/la-dot(nb, pb)/lb) < 0.2 && math.Abs(dot(ma, pa)/la-dot(mb, pb)/lb) < 0.2
	}
	parallel(workers, n, func(i int) {
		row := rows[i*words:][:words]
		for j := range n {
			if i != j && agree(couples[i], couples[j]) {
				row[j/64] |= 1 << (j % 64)
			}
		}
	})
	out := make([]guess, n)
	parallel(workers, n, func(i int) {
		out[i] = guess{score: -1}
		row := rows[i*words:][:words]
		type shared struct{ j, c int }
		var list []shared
		for j := range n {
			if row[j/64]>>(j%64)&1 == 0 {
				continue
			}
			c := 0
			for k, w := range rows[j*words:][:words] {
				c += bits.OnesCount64(w & row[k])
			}
			list = append(list, shared{j, c})
		}
		slices.SortStableFunc(list, func(x, y shared) int { return y.c - x.c })
		if len(list) < 4 || list[2].c < 2 {
			return
		}
		pa, pb := [][3]float64{wa[couples[i].i].p}, [][3]float64{wb[couples[i].j].p}
		for _, s := range first(list, 12) {
			pa, pb = append(pa, wa[couples[s.j].i].p), append(pb, wb[couples[s.j].j].p)
		}
		t, ok := fitRigid(pb, pa)
		if !ok {
			return
		}
		count := 0.0
		for _, c := range couples {
			if norm(sub(t.apply(wb[c.j].p), wa[c.i].p)) < 1.5*tol && dot(t.turn(wb[c.j].n), wa[c.i].n) > 0.8 {
				count++
			}
		}
		out[i] = guess{t: t, score: count, from: "descriptors"}
	})
	mid := b.mid
	list := distinct(slices.DeleteFunc(out, func(g guess) bool { return g.score < 4 }), mid, 4*math.Pi/180, 2*tol, 60)
	return list
}
