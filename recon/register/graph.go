package register

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// graph is the work under way: scans as nodes, pairs as edges.
type graph struct {
	opts   Options
	scans  []*Scan // by name
	ready  []*prepared
	length float64
	edges  []edge
	group  []int   // of each scan, the least index in its group; -1 when it is not prepared
	world  []rigid // place in the frame of its group
	main   int     // the group that gives the frame
	sigmas [][2]float64
	result *Result
}

// edge is what was found of the scans i < j; t takes j to the frame of i.
type edge struct {
	i, j    int
	verdict Verdict
	reason  Reason
	cand    candidate
	has     bool // there is a candidate
	list    []candidate
	used    bool
	link    linkFit
}

// allPairs is the number of scans up to which every pair is searched. With more, a
// pair whose places are known already is only checked.
const allPairs = 7

// searchPairs looks for the place of each scan in the frame of each before it.
func (g *graph) searchPairs(ctx context.Context) error {
	g.group = make([]int, len(g.scans))
	n := 0
	for i := range g.group {
		g.group[i] = -1
		if g.ready[i] != nil {
			g.group[i] = i
			n++
		}
	}
	done, total := 0, n*(n-1)/2
	// Near in name first: scans are named in the order in which they were made.
	for gap := 1; gap < len(g.scans); gap++ {
		for i := 0; i+gap < len(g.scans); i++ {
			j := i + gap
			if g.ready[i] == nil || g.ready[j] == nil {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			g.opts.Progress("pairs", done, total)
			done++
			if n > allPairs && g.group[i] == g.group[j] {
				continue
			}
			e := g.searchPair(i, j)
			if e.verdict == Registered {
				g.unite(i, j)
			}
			g.edges = append(g.edges, e)
		}
	}
	slices.SortFunc(g.edges, func(a, b edge) int {
		if a.i != b.i {
			return a.i - b.i
		}
		return a.j - b.j
	})
	return nil
}

func (g *graph) searchPair(i, j int) edge {
	a, b := g.ready[i], g.ready[j]
	var given []guess
	given = append(given, guess{t: identity(), from: "same frame"})
	if a.scan.Guess != nil && b.scan.Guess != nil {
		ta, tb := fromPose(*a.scan.Guess), fromPose(*b.scan.Guess)
		inv := ta.inverse()
		given = append(given, guess{t: inv.mul(&tb), from: "stored"})
	}
	e := edge{i: i, j: j}
	e.link = g.linkOf(i, j)
	if e.link.ok {
		given = append(given, guess{t: e.link.t, from: "targets"})
	}
	e.list = search(a, b, given, g.opts.Workers)
	var best *candidate
	e.verdict, e.reason, best = decide(a, b, e.list)
	if best != nil {
		e.cand, e.has = *best, true
	}
	return e
}

func (g *graph) unite(i, j int) {
	a, b := g.group[i], g.group[j]
	for k := range g.group {
		if g.group[k] == max(a, b) {
			g.group[k] = min(a, b)
		}
	}
}

// join gives every scan a place in the frame of its group, along the edges of most
// support, and picks the largest group.
func (g *graph) join(context.Context) error {
	order := make([]int, 0, len(g.edges))
	for k := range g.edges {
		if g.edges[k].verdict == Registered {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int {
		a, b := g.edges[x].cand.worth(), g.edges[y].cand.worth()
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	g.world = make([]rigid, len(g.scans))
	for i := range g.group {
		g.world[i] = identity()
		if g.ready[i] != nil {
			g.group[i] = i
		}
	}
	for _, k := range order {
		e := &g.edges[k]
		e.used = true
		a, b := g.group[e.i], g.group[e.j]
		if a == b {
			continue
		}
		// The group of higher number moves into the frame of the other.
		step := g.world[e.i]
		step = step.mul(&e.cand.t)
		inv := g.world[e.j].inverse()
		step = step.mul(&inv)
		if a > b {
			step = step.inverse()
		}
		for s := range g.group {
			if g.group[s] == max(a, b) {
				g.world[s] = step.mul(&g.world[s])
				g.group[s] = min(a, b)
			}
		}
	}
	g.pickMain()
	return nil
}

func (g *graph) pickMain() {
	count := map[int]int{}
	for _, r := range g.group {
		if r >= 0 {
			count[r]++
		}
	}
	g.main = -1
	for r := range len(g.scans) {
		if count[r] > 0 && (g.main < 0 || count[r] > count[g.main]) {
			g.main = r
		}
	}
}

// relative is where the places put j in the frame of i.
func (g *graph) relative(i, j int) rigid {
	inv := g.world[i].inverse()
	return inv.mul(&g.world[j])
}

// check holds every pair of a group to its places: pairs without an edge get one if
// their surfaces agree, and pairs that contradict are told.
func (g *graph) check(ctx context.Context) error {
	for round := range len(g.scans) {
		bad := g.checkOnce(ctx, round == 0)
		if err := ctx.Err(); err != nil {
			return err
		}
		if bad < 0 {
			return nil
		}
		// The edge that fits the others least is taken out, and the rest joined anew.
		e := &g.edges[bad]
		e.verdict, e.used = Ambiguous, false
		for k := range g.edges {
			g.edges[k].used = false
		}
		if err := g.join(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkOnce returns the edge that contradicts the others most, or -1.
func (g *graph) checkOnce(ctx context.Context, extend bool) int {
	if extend {
		known := map[[2]int]int{}
		for k, e := range g.edges {
			known[[2]int{e.i, e.j}] = k
		}
		for i := range g.scans {
			for j := i + 1; j < len(g.scans); j++ {
				if g.group[i] < 0 || g.group[i] != g.group[j] || ctx.Err() != nil {
					continue
				}
				k, ok := known[[2]int{i, j}]
				if ok && g.edges[k].used {
					continue
				}
				e := g.checkPair(i, j)
				if ok {
					e.list, e.link = g.edges[k].list, g.edges[k].link
					g.edges[k] = e
				} else {
					g.edges = append(g.edges, e)
				}
			}
		}
	}
	g.optimise()
	worst, bad := 1.0, -1
	for k := range g.edges {
		e := &g.edges[k]
		if !e.used {
			continue
		}
		d, turn := g.residual(e)
		if v := max(d/loopDist(g.length), turn/loopTurn); v > worst {
			worst, bad = v, k
		}
	}
	return bad
}

// Loops that close worse than this hold a false edge.
const loopTurn = 0.3 * math.Pi / 180

func loopDist(length float64) float64 { return 0.25 * length }

// checkPair refines the pair's known place and weighs it.
func (g *graph) checkPair(i, j int) edge {
	a, b := g.ready[i], g.ready[j]
	t := g.relative(i, j)
	c := finish(a, b, guess{t: t, from: "other scans"}, g.opts.Workers)
	e := edge{i: i, j: j, cand: c, has: true}
	mid := b.mid
	moved := norm(sub(c.t.apply(mid), t.apply(mid)))
	least, most := c.weakest(20 * g.length)
	ev := judge(a, b, &t, judged, g.opts.Workers)
	switch {
	case ev.contradiction() > mostAgainst && ev.Against > 30:
		e.verdict, e.reason = Refused, reason(ReasonNone, "AgainstPct", percent(ev.contradiction()), "With", a.scan.Name)
		e.cand.evidence = ev
	case !c.ok || moved > 0.5*g.length || c.contradiction() > mostAgainst || !(least > leastWeight*most) || c.cov == nil || c.sigma() > 0.05*g.length:
		e.verdict, e.reason = Ambiguous, reason(ReasonOpen, "With", a.scan.Name)
		e.cand.evidence = ev
	default:
		e.verdict, e.used = Registered, true
		e.reason = reason(ReasonMeets, "OverlapPct", percent(c.overlap()))
	}
	return e
}

// residual is by how much the places differ from an edge's own, at its centre.
func (g *graph) residual(e *edge) (dist, turn float64) {
	p := g.relative(e.i, e.j)
	inv := e.cand.t.inverse()
	d := p.mul(&inv)
	return norm(sub(d.apply(e.cand.centre), e.cand.centre)), d.angle()
}

// systematic is the least standard deviation of a fit in parts of the spread of its
// distances: errors that all points of a surface share do not average out. Set on
// simulated scans, where the error was up to a twentieth.
const systematic = 0.05

// information is the inverse of an edge's covariance, about its centre.
func (e *edge) information(length float64) *mat.SymDense {
	cov := mat.NewSymDense(6, nil)
	if e.cand.cov != nil {
		cov.CopySym(e.cand.cov)
	}
	floor := max(systematic*e.cand.rms, 1e-6*length)
	for k := range 6 {
		s := floor
		if k < 3 {
			s /= 20 * length
		}
		cov.SetSym(k, k, cov.At(k, k)+s*s)
	}
	var c mat.Cholesky
	inv := mat.NewSymDense(6, nil)
	if !c.Factorize(cov) || c.InverseTo(inv) != nil {
		for k := range 6 {
			inv.SetSym(k, k, 1/cov.At(k, k))
		}
	}
	return inv
}

// optimise moves the places of each group so that the edges agree best (F. Lu, E.
// Milios, Globally consistent range scan alignment, Autonomous Robots 4, 1997). The
// least scan of each group stays.
func (g *graph) optimise() {
	g.sigmas = make([][2]float64, len(g.scans))
	at := make([]int, len(g.scans))
	n := 0
	for i := range at {
		at[i] = -1
		if g.group[i] >= 0 && g.group[i] != i {
			at[i] = n
			n++
		}
	}
	if n == 0 {
		return
	}
	for range 6 {
		h := mat.NewSymDense(6*n, nil)
		b := mat.NewVecDense(6*n, nil)
		for k := range g.edges {
			if e := &g.edges[k]; e.used {
				g.addEdge(h, b, e, at)
			}
		}
		for i := range 6 * n { // groups hang together by used edges: this is for rounding alone
			h.SetSym(i, i, h.At(i, i)*(1+1e-12))
		}
		var c mat.Cholesky
		if !c.Factorize(h) {
			return
		}
		var x mat.VecDense
		if c.SolveVecTo(&x, b) != nil {
			return
		}
		for i, p := range at {
			if p < 0 {
				continue
			}
			step := small([3]float64{x.AtVec(6 * p), x.AtVec(6*p + 1), x.AtVec(6*p + 2)}, [3]float64{x.AtVec(6*p + 3), x.AtVec(6*p + 4), x.AtVec(6*p + 5)})
			g.world[i] = step.mul(&g.world[i])
			g.world[i] = g.world[i].orthonormal()
		}
		var inv mat.SymDense
		if c.InverseTo(&inv) == nil {
			for i, p := range at {
				if p >= 0 {
					g.sigmas[i] = g.sigmaOf(i, &inv, 6*p)
				}
			}
		}
	}
}

// addEdge adds an edge to the normal equations of small motions in the frame of
// the group.
func (g *graph) addEdge(h *mat.SymDense, b *mat.VecDense, e *edge, at []int) {
	p := g.relative(e.i, e.j)
	inv := e.cand.t.inverse()
	d := p.mul(&inv)
	w := logRotation(&d)
	c := e.cand.centre
	v := sub(d.apply(c), c)
	err := [6]float64{w[0], w[1], w[2], v[0], v[1], v[2]}
	info := e.information(g.length)
	// A small motion of j in the world moves the error by jac; one of i by -jac.
	back := g.world[e.i].inverse()
	wc := g.world[e.i].apply(c)
	var jac [6][6]float64
	for k := range 3 {
		var axis [3]float64
		axis[k] = 1
		turn := back.turn(axis)
		shift := back.turn(cross(axis, wc))
		for r := range 3 {
			jac[r][k] = turn[r]
			jac[3+r][k] = shift[r]
			jac[3+r][3+k] = turn[r]
		}
	}
	var wj [6][6]float64 // info * jac
	var we [6]float64
	for r := range 6 {
		for k := range 6 {
			we[r] += info.At(r, k) * err[k]
			for c := range 6 {
				wj[r][c] += info.At(r, k) * jac[k][c]
			}
		}
	}
	type end struct {
		at   int
		sign float64
	}
	ends := [2]end{{at[e.i], -1}, {at[e.j], 1}}
	for _, x := range ends {
		if x.at < 0 {
			continue
		}
		for r := range 6 {
			s := 0.0
			for k := range 6 {
				s += jac[k][r] * we[k]
			}
			b.SetVec(6*x.at+r, b.AtVec(6*x.at+r)-x.sign*s)
		}
		for _, y := range ends {
			if y.at < 0 || y.at < x.at {
				continue
			}
			for r := range 6 {
				for c := range 6 {
					if x.at == y.at && c < r {
						continue
					}
					s := 0.0
					for k := range 6 {
						s += jac[k][r] * wj[k][c]
					}
					h.SetSym(6*x.at+r, 6*y.at+c, h.At(6*x.at+r, 6*y.at+c)+x.sign*y.sign*s)
				}
			}
		}
	}
}

// sigmaOf is the uncertainty of a scan's place at the middle of its points, and of
// its rotation.
func (g *graph) sigmaOf(i int, inv *mat.SymDense, at int) [2]float64 {
	c := g.world[i].apply(g.ready[i].mid)
	// The middle moves by v + w x c.
	k := [3][3]float64{{0, c[2], -c[1]}, {-c[2], 0, c[0]}, {c[1], -c[0], 0}}
	var place, turn float64
	for r := range 3 {
		var row [6]float64
		for m := range 3 {
			row[m] = k[r][m]
		}
		row[3+r] = 1
		for x := range 6 {
			for y := range 6 {
				place += row[x] * row[y] * inv.At(at+x, at+y)
			}
		}
		turn += inv.At(at+r, at+r)
	}
	return [2]float64{math.Sqrt(max(place, 0)), math.Sqrt(max(turn, 0))}
}

func logRotation(m *rigid) [3]float64 {
	w := [3]float64{m.R[7] - m.R[5], m.R[2] - m.R[6], m.R[3] - m.R[1]}
	l := norm(w)
	if l < 1e-12 {
		return scale(0.5, w)
	}
	return scale(m.angle()/l, w)
}

// settle writes the places and verdicts of the scans that were joined, and the
// pairs.
func (g *graph) settle(context.Context) error {
	size := 0
	for _, r := range g.group {
		if r >= 0 && r == g.main {
			size++
		}
	}
	for i := range g.scans {
		p := &g.result.Scans[i]
		if g.ready[i] == nil || g.group[i] != g.main || size < 2 {
			continue
		}
		p.HasPose, p.WorldFromScan = true, g.world[i].pose()
		p.SigmaM, p.SigmaRad = g.sigmas[i][0], g.sigmas[i][1]
		count, overlap, sq, w := 0, 0.0, 0.0, 0.0
		var against []string
		for k := range g.edges {
			e := &g.edges[k]
			if e.i != i && e.j != i || g.group[e.i] != g.group[e.j] {
				continue
			}
			if e.used {
				count++
				o := e.cand.OverlapA
				if e.j == i {
					o = e.cand.OverlapB
				}
				overlap = max(overlap, o)
				sq += e.cand.rms * e.cand.rms * e.cand.used
				w += e.cand.used
			} else if e.verdict == Refused {
				against = append(against, g.scans[e.i+e.j-i].Name)
			}
		}
		p.RMSM = math.Sqrt(sq / max(w, 1e-12))
		p.Verdict, p.Reason = Registered, reason(ReasonFits, "OverlapPct", percent(overlap), "Count", fmt.Sprint(count))
		if i == g.main {
			p.Reason = reason(ReasonFrame, "OverlapPct", percent(overlap), "Count", fmt.Sprint(count))
		}
		if len(against) > 0 {
			p.Verdict, p.Reason = Ambiguous, reason(ReasonLoop, "With", against[0])
		}
	}
	for k := range g.edges {
		e := &g.edges[k]
		p := Pair{A: g.scans[e.i].Name, B: g.scans[e.j].Name, Verdict: e.verdict, Reason: e.reason, Used: e.used}
		if e.has {
			c := &e.cand
			p.From, p.RMSM, p.OverlapA, p.OverlapB, p.Against = c.from, c.rms, c.OverlapA, c.OverlapB, c.contradiction()
			if c.cov != nil {
				floor := systematic * c.rms
				p.SigmaM, p.SigmaRad = math.Hypot(c.sigma(), floor), math.Hypot(c.sigmaTurn(), floor/(20*g.length))
			}
		}
		if e.used {
			p.ResidualM, p.ResidualRad = g.residual(e)
		}
		g.linkResult(&p, e)
		g.result.Pairs = append(g.result.Pairs, p)
	}
	slices.SortFunc(g.result.Pairs, func(a, b Pair) int {
		if a.A != b.A {
			if a.A < b.A {
				return -1
			}
			return 1
		}
		if a.B < b.B {
			return -1
		}
		return 1
	})
	return nil
}
