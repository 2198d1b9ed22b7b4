package target

import (
	"context"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"firescene/recon/clean"
	"firescene/recon/neighbours"
)

const (
	boardReach  = 0.06 // metres around the centre in which a board is looked for
	leastOnPart = 5    // points of each quarter
	leastSaddle = 0.28 // 2/pi in the centre of a board, less beside it
	mostMisfit  = 0.05 // share of points whose brightness is not their quarter's
)

func byKey(a, b neighbours.Neighbour) int {
	switch {
	case a.D2 < b.D2:
		return -1
	case a.D2 > b.D2:
		return 1
	}
	return int(a.Slot) - int(b.Slot)
}

// boards finds the places around which brightness changes four times: of the
// moments of its sign over the angle, the second is strong and the first weak. An
// edge has a strong first moment, a plain wall none.
func (s *scan) boards(ctx context.Context, workers int) ([]Target, error) {
	type cand struct {
		slot  int32
		score float64
	}
	var mu sync.Mutex
	var list []cand
	n := s.index.Len()
	const part = 4096
	err := forParts(ctx, workers, (n+part-1)/part, func(k int) {
		search := s.index.NewSearch()
		for slot := int32(k * part); slot < int32(min((k+1)*part, n)); slot++ {
			if score := s.saddle(search, slot); score > leastSaddle {
				mu.Lock()
				list = append(list, cand{slot, score})
				mu.Unlock()
			}
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b cand) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return int(a.slot) - int(b.slot)
	})
	var out []Target
	var tried [][3]float64
	for _, c := range list {
		p := s.p[c.slot]
		if slices.ContainsFunc(tried, func(o [3]float64) bool { return norm(sub(o, p)) < boardReach }) {
			continue
		}
		tried = append(tried, p)
		if t, ok := s.fitBoard(p); ok && !slices.ContainsFunc(out, func(o Target) bool { return norm(sub(o.Centre, t.Centre)) < boardReach }) {
			out = append(out, t)
		}
	}
	return out, nil
}

// forParts calls f for 0..n-1 from up to workers goroutines.
func forParts(ctx context.Context, workers, n int, f func(k int)) error {
	var wait sync.WaitGroup
	next := make(chan int)
	for range max(workers, 1) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for k := range next {
				f(k)
			}
		}()
	}
	for k := range n {
		if ctx.Err() != nil {
			break
		}
		next <- k
	}
	close(next)
	wait.Wait()
	return ctx.Err()
}

// saddle is the strength of the second moment of the brightness' sign around a
// point less that of the first; 0 where the brightness does not differ.
func (s *scan) saddle(search *neighbours.Search, slot int32) float64 {
	p := s.p[slot]
	reach := min(boardReach, max(0.03, 3.5*float64(s.spacing[slot])))
	if s.spacing[slot] > boardReach/3 || dot(s.n[slot], s.n[slot]) == 0 {
		return 0
	}
	lo, hi := s.low[slot], s.high[slot]
	if !contrast(float64(lo), float64(hi)) {
		return 0
	}
	near := search.Within(float32(p[0]), float32(p[1]), float32(p[2]), float32(reach*reach))
	if len(near) < 4*leastOnPart {
		return 0
	}
	mid := float64(lo+hi) / 2
	u, v := axes(s.n[slot])
	var c1, s1, c2, s2, n, bright float64
	for _, b := range near {
		d := sub(s.p[b.Slot], p)
		x, y := dot(d, u), dot(d, v)
		r := math.Hypot(x, y)
		if r < 1e-6 {
			continue
		}
		sign := -1.0
		if float64(s.value[b.Slot]) > mid {
			sign = 1
			bright++
		}
		x, y = x/r, y/r
		c1 += sign * x
		s1 += sign * y
		c2 += sign * (x*x - y*y)
		s2 += sign * 2 * x * y
		n++
	}
	if bright < 0.25*n || bright > 0.75*n {
		return 0
	}
	return (math.Hypot(c2, s2) - math.Hypot(c1, s1)) / n
}

// contrast reports whether two brightnesses differ as the parts of a target do.
func contrast(lo, hi float64) bool { return hi > 0 && lo < 0.45*hi }

// axes are two directions across a normal.
func axes(n [3]float64) (u, v [3]float64) {
	k := [3]float64{1, 0, 0}
	if math.Abs(n[0]) > 0.6 {
		k = [3]float64{0, 1, 0}
	}
	u = unit(cross(n, k))
	return u, cross(n, u)
}

// fitBoard fits the plane, then the two lines at which brightness changes, and
// checks that every quarter is of one brightness.
func (s *scan) fitBoard(p [3]float64) (Target, bool) {
	search := s.index.NewSearch()
	take := func(c [3]float64, reach float64) []neighbours.Neighbour {
		near := search.Within(float32(c[0]), float32(c[1]), float32(c[2]), float32(reach*reach))
		slices.SortFunc(near, byKey)
		return slices.Clone(near)
	}
	near := take(p, boardReach)
	var m clean.Moments
	for _, b := range near {
		q := sub(s.p[b.Slot], p)
		m.Add(q[0], q[1], q[2])
	}
	n, v0, v1, _ := m.Plane()
	if !(v1 > 0) || v0 > 0.01*v1 {
		return Target{}, false
	}
	if dot(n, sub(s.eye, p)) < 0 {
		n = scale(-1, n)
	}
	base := add(p, [3]float64{m.X / m.N, m.Y / m.N, m.Z / m.N})
	u, v := axes(n)
	f := lines{}
	reach := boardReach
	c := p
	for range 4 {
		pts := s.flatten(take(c, reach), base, u, v)
		x0, y0 := dot(sub(c, base), u), dot(sub(c, base), v)
		if !f.fit(pts, x0, y0) {
			return Target{}, false
		}
		moved := math.Hypot(f.x-x0, f.y-y0)
		c = add(base, add(scale(f.x, u), scale(f.y, v)))
		if norm(sub(c, p)) > boardReach {
			return Target{}, false
		}
		if moved < 1e-5 {
			break
		}
	}
	misfit, least, spacing := f.check(s.flatten(take(c, reach), base, u, v), reach)
	if misfit > mostMisfit || least < leastOnPart {
		return Target{}, false
	}
	// How far the quarters go on: the larger, the better the lines are known.
	for _, wider := range []float64{0.075, 0.1, 0.125, 0.15, 0.2} {
		pts := s.flatten(take(c, wider), base, u, v)
		if bad, _, _ := f.check(pts, wider); bad > mostMisfit {
			break
		}
		g := f
		if !g.fit(pts, f.x, f.y) || math.Hypot(g.x-f.x, g.y-f.y) > 0.01 {
			break
		}
		f, reach = g, wider
		_, least, spacing = f.check(pts, wider)
	}
	if across := math.Abs(math.Cos(f.a)*math.Cos(f.b) + math.Sin(f.a)*math.Sin(f.b)); across > 0.17 {
		return Target{}, false // the lines of a board are square
	}
	rms := math.Sqrt(v0)
	g := f
	gap := g.part(s.flatten(take(c, reach), base, u, v), spacing)
	c = add(base, add(scale(f.x, u), scale(f.y, v)))
	// A line lies anywhere in the gap that it parts, evenly likely.
	sigma := max(gap/math.Sqrt(6), 0.2*rms, 0.15*spacing)
	return Target{Kind: Board, Centre: c, SigmaM: sigma, SizeM: reach, Normal: n, Points: len(near), RMSM: rms, Quality: 1 - misfit}, true
}

// mark is a point of a board in its plane with its brightness.
type mark struct{ x, y, v float64 }

func (s *scan) flatten(near []neighbours.Neighbour, base, u, v [3]float64) []mark {
	out := make([]mark, 0, len(near))
	n := cross(u, v)
	for _, b := range near {
		d := sub(s.p[b.Slot], base)
		if math.Abs(dot(d, n)) > 0.02 {
			continue
		}
		out = append(out, mark{dot(d, u), dot(d, v), float64(s.value[b.Slot])})
	}
	return out
}

// lines are two lines through a point; brightness changes at both.
type lines struct {
	x, y, a, b float64 // a and b: the angles of their normals
	lo, hi     float64 // brightness of the dark and the bright quarters
}

// product is the model: +1 in two opposite quarters, -1 in the others, going over
// within width w of a line.
func (f *lines) product(m mark, w float64) (s, ta, tb, da, db float64) {
	dx, dy := m.x-f.x, m.y-f.y
	da = dx*math.Cos(f.a) + dy*math.Sin(f.a)
	db = dx*math.Cos(f.b) + dy*math.Sin(f.b)
	ta, tb = math.Tanh(da/w), math.Tanh(db/w)
	return ta * tb, ta, tb, da, db
}

// fit finds the centre and the two angles that explain the brightness best, from
// wide to narrow transitions. The brightnesses are the medians of both parts.
func (f *lines) fit(pts []mark, x0, y0 float64) bool {
	if len(pts) < 4*leastOnPart {
		return false
	}
	vals := make([]float64, len(pts))
	for i, p := range pts {
		vals[i] = p.v
	}
	slices.Sort(vals)
	mid := otsu(vals)
	cut, _ := slices.BinarySearch(vals, mid)
	if cut < leastOnPart || len(vals)-cut < leastOnPart {
		return false
	}
	f.lo, f.hi = vals[cut/2], vals[(cut+len(vals))/2]
	if !contrast(f.lo, f.hi) {
		return false
	}
	value := func(p mark) float64 { return min(max((2*p.v-f.lo-f.hi)/(f.hi-f.lo), -1), 1) }
	f.x, f.y = x0, y0
	// The angle of the second moment: brightness is +1 along a + pi/4.
	var c2, s2 float64
	for _, p := range pts {
		dx, dy := p.x-x0, p.y-y0
		r2 := dx*dx + dy*dy
		if r2 < 1e-12 {
			continue
		}
		c2 += value(p) * (dx*dx - dy*dy) / r2
		s2 += value(p) * 2 * dx * dy / r2
	}
	f.a = math.Atan2(s2, c2)/2 - math.Pi/4
	f.b = f.a + math.Pi/2
	spacing := spacingOf(pts)
	for _, w := range []float64{2 * spacing, 1.2 * spacing, 0.7 * spacing, 0.45 * spacing} {
		for range 8 {
			h := mat.NewSymDense(4, nil)
			g := mat.NewVecDense(4, nil)
			for _, p := range pts {
				s, ta, tb, da, db := f.product(p, w)
				e := value(p) - s
				ga, gb := (1-ta*ta)*tb/w, (1-tb*tb)*ta/w // by the distances from the lines
				dx, dy := p.x-f.x, p.y-f.y
				_, _ = da, db
				row := [4]float64{
					-ga*math.Cos(f.a) - gb*math.Cos(f.b),
					-ga*math.Sin(f.a) - gb*math.Sin(f.b),
					ga * (-dx*math.Sin(f.a) + dy*math.Cos(f.a)),
					gb * (-dx*math.Sin(f.b) + dy*math.Cos(f.b)),
				}
				for i := range 4 {
					g.SetVec(i, g.AtVec(i)+row[i]*e)
					for k := i; k < 4; k++ {
						h.SetSym(i, k, h.At(i, k)+row[i]*row[k])
					}
				}
			}
			for i := range 4 {
				h.SetSym(i, i, h.At(i, i)*1.01+1e-9)
			}
			var ch mat.Cholesky
			var x mat.VecDense
			if !ch.Factorize(h) || ch.SolveVecTo(&x, g) != nil {
				return false
			}
			lim := func(v, most float64) float64 { return min(max(v, -most), most) }
			f.x += lim(x.AtVec(0), spacing)
			f.y += lim(x.AtVec(1), spacing)
			f.a += lim(x.AtVec(2), 0.1)
			f.b += lim(x.AtVec(3), 0.1)
		}
	}
	return math.Hypot(f.x-x0, f.y-y0) < boardReach && !math.IsNaN(f.x+f.y+f.a+f.b)
}

// part tells how well the lines are known: it moves each to the middle of the widest gap between the points of either
// brightness, with the fewest points on the wrong side (the widest margin of V. N.
// Vapnik, A. Ya. Chervonenkis 1964, in the plane by trying angles), and returns the
// mean width of the gaps: points have a brightness and a place, and all that is known
// of a line is between which points it passes.
func (f *lines) part(pts []mark, spacing float64) (gap float64) {
	mid := (f.lo + f.hi) / 2
	type at struct {
		t  float64
		up bool
	}
	line := make([]at, 0, len(pts))
	for range 3 {
		var offset, width [2]float64
		for k := range 2 {
			own, other := &f.a, &f.b
			if k == 1 {
				own, other = other, own
			}
			best := *own
			fewest, widest, where := len(pts)+1, -1.0, 0.0
			start := *own
			for _, step := range []float64{0.1, 0.01} {
				from := best
				if step == 0.1 {
					from = start
				}
				for i := -30; i <= 30; i++ {
					angle := from + float64(i)*step*math.Pi/180
					line = line[:0]
					ca, sa, cb, sb := math.Cos(angle), math.Sin(angle), math.Cos(*other), math.Sin(*other)
					for _, p := range pts {
						dx, dy := p.x-f.x, p.y-f.y
						d := dx*cb + dy*sb
						if math.Abs(d) < 0.3*spacing {
							continue
						}
						line = append(line, at{dx*ca + dy*sa, (p.v > mid) == (d > 0)})
					}
					slices.SortFunc(line, func(x, y at) int {
						switch {
						case x.t < y.t:
							return -1
						case x.t > y.t:
							return 1
						}
						return 0
					})
					wrong := 0 // with the line before all points, those that should lie below it are wrong
					for _, l := range line {
						if !l.up {
							wrong++
						}
					}
					for n := 0; n+1 < len(line); n++ {
						if line[n].up {
							wrong++
						} else {
							wrong--
						}
						if w := line[n+1].t - line[n].t; wrong < fewest || wrong == fewest && w > widest {
							fewest, widest, best, where = wrong, w, angle, (line[n].t+line[n+1].t)/2
						}
					}
				}
			}
			*own = best
			offset[k], width[k] = where, max(widest, 0)
		}
		// Both lines moved: their meeting point is the new centre.
		det := math.Cos(f.a)*math.Sin(f.b) - math.Sin(f.a)*math.Cos(f.b)
		if math.Abs(det) < 0.5 {
			return spacing
		}
		f.x += (offset[0]*math.Sin(f.b) - offset[1]*math.Sin(f.a)) / det
		f.y += (offset[1]*math.Cos(f.a) - offset[0]*math.Cos(f.b)) / det
		gap = (width[0] + width[1]) / 2
	}
	return gap
}

// check is the share of points whose brightness is not that of their quarter, and
// the number of points in the emptiest quarter. Points at the lines do not count.
func (f *lines) check(pts []mark, reach float64) (misfit float64, least int, spacing float64) {
	spacing = spacingOf(pts)
	bad, all := 0, 0
	var part [4]int
	for _, p := range pts {
		_, _, _, da, db := f.product(p, 1)
		if math.Min(math.Abs(da), math.Abs(db)) < 0.5*spacing || math.Hypot(p.x-f.x, p.y-f.y) > reach {
			continue
		}
		all++
		k := 0
		if da > 0 {
			k = 1
		}
		if db > 0 {
			k += 2
		}
		part[k]++
		if (p.v > (f.lo+f.hi)/2) != (da*db > 0) {
			bad++
		}
	}
	return float64(bad) / float64(max(all, 1)), slices.Min(part[:]), spacing
}

// spacingOf is that of points spread over a disc.
func spacingOf(pts []mark) float64 {
	var mx, my, sq float64
	n := float64(len(pts))
	for _, p := range pts {
		mx += p.x / n
		my += p.y / n
	}
	for _, p := range pts {
		sq += (p.x-mx)*(p.x-mx) + (p.y-my)*(p.y-my)
	}
	return math.Sqrt(math.Pi * 2 * sq / n / n) // a disc of radius r has mean square r^2/2
}

// otsu parts sorted values in two so that the parts differ most (N. Otsu, A
// threshold selection method from gray-level histograms, 1979).
func otsu(v []float64) float64 {
	total := 0.0
	for _, x := range v {
		total += x
	}
	best, at, sum := -1.0, v[0], 0.0
	for i := 0; i+1 < len(v); i++ {
		sum += v[i]
		n0, n1 := float64(i+1), float64(len(v)-i-1)
		d := sum/n0 - (total-sum)/n1
		if b := n0 * n1 * d * d; b > best {
			best, at = b, (v[i]+v[i+1])/2
		}
	}
	return at
}
