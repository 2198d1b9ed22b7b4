package target

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	leastOnSphere = 20    // points of a sphere that is believed
	leastSeen     = 0.85  // share of its disc that must be seen
	mostAround    = 0.6   // share of the beams just beside it that may meet something near it
	mostNoise     = 0.004 // metres: largest spread of a sphere's points
)

// spheres lets every point vote for the centre that a sphere through it has along
// its normal (after D. H. Ballard, Generalizing the Hough transform, 1981), fits
// spheres where votes gather, and keeps those of which all is seen that can be.
func (s *scan) spheres(ctx context.Context, radii []float64, workers int) ([]Target, error) {
	var all []Target
	for _, r := range radii {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, c := range s.votes(r) {
			if t, ok := s.fitSphere(c, r); ok {
				all = append(all, t)
			}
		}
	}
	return oneEach(all), nil
}

// oneEach keeps one fit of each sphere: of the radius that most spheres of the scan
// share, where it fits nearly as well as any, since spheres come in sets; else the
// best.
func oneEach(all []Target) []Target {
	slices.SortStableFunc(all, func(a, b Target) int {
		switch {
		case a.RMSM < b.RMSM:
			return -1
		case a.RMSM > b.RMSM:
			return 1
		}
		return 0
	})
	var groups [][]Target
next:
	for _, t := range all {
		for k := range groups {
			if norm(sub(groups[k][0].Centre, t.Centre)) < groups[k][0].SizeM {
				groups[k] = append(groups[k], t)
				continue next
			}
		}
		groups = append(groups, []Target{t})
	}
	near := func(g []Target, i int) bool { return g[i].RMSM < 1.3*g[0].RMSM+1e-4 }
	count := map[float64]float64{}
	for _, g := range groups {
		count[g[0].SizeM] += 1e-3 // the best fits decide between equals
		for i := range g {
			if near(g, i) {
				count[g[i].SizeM]++
			}
		}
	}
	var out []Target
	for _, g := range groups {
		best := 0
		for i := range g {
			if near(g, i) && count[g[i].SizeM] > count[g[best].SizeM] {
				best = i
			}
		}
		t := g[best]
		for i := range g { // another size that fits as well, and that no other sphere decides against
			if near(g, i) && count[g[i].SizeM] >= count[t.SizeM] {
				t.SigmaM = math.Hypot(t.SigmaM, norm(sub(g[i].Centre, t.Centre)))
			}
		}
		out = append(out, t)
	}
	doubtOddSizes(out)
	return out
}

// doubtOddSizes adds the difference of sizes to the uncertainty of spheres that are of
// another size than most of the scan: far ones with few points may be taken for a
// neighbouring size, which moves their centre by as much.
func doubtOddSizes(list []Target) {
	count, most := map[float64]int{}, 0.0
	for _, t := range list {
		count[t.SizeM]++
	}
	for _, t := range list { // in their order: no two sizes are told apart by chance
		if count[t.SizeM] > count[most] {
			most = t.SizeM
		}
	}
	if count[most] < 2 {
		return
	}
	for i := range list {
		if t := &list[i]; t.SizeM != most {
			t.SigmaM = math.Hypot(t.SigmaM, t.SizeM-most)
		}
	}
}

// votes gives the places where the centres of spheres of a radius gather: where the
// points that vote cover at least a third of a sphere's visible half.
func (s *scan) votes(radius float64) [][3]float64 {
	cell := radius / 4
	type bin struct {
		area float64
		sum  [3]float64
		n    float64
	}
	bins := map[[3]int32]*bin{}
	for i, p := range s.p {
		n := s.n[i]
		if dot(n, n) == 0 || s.spacing[i] > float32(0.6*radius) {
			continue
		}
		// Where points lie close, one of several votes for them all.
		every := max(1, int(math.Pow(radius/8/float64(s.spacing[i]), 2)))
		if i%every != 0 {
			continue
		}
		c := sub(p, scale(radius, n))
		k := [3]int32{int32(math.Floor(c[0] / cell)), int32(math.Floor(c[1] / cell)), int32(math.Floor(c[2] / cell))}
		b := bins[k]
		if b == nil {
			b = &bin{}
			bins[k] = b
		}
		b.area += float64(every) * float64(s.spacing[i]) * float64(s.spacing[i])
		b.sum = add(b.sum, c)
		b.n++
	}
	type peak struct {
		key  [3]int32
		area float64
		at   [3]float64
	}
	var peaks []peak
	half := 2 * math.Pi * radius * radius
	for k, b := range bins {
		if b.area < 0.03*half || b.n < 2 {
			continue
		}
		var area, n float64
		var sum [3]float64
		for dx := int32(-1); dx <= 1; dx++ {
			for dy := int32(-1); dy <= 1; dy++ {
				for dz := int32(-1); dz <= 1; dz++ {
					if o := bins[[3]int32{k[0] + dx, k[1] + dy, k[2] + dz}]; o != nil {
						area += o.area
						n += o.n
						sum = add(sum, o.sum)
					}
				}
			}
		}
		if area > 0.3*half {
			peaks = append(peaks, peak{k, area, scale(1/n, sum)})
		}
	}
	slices.SortFunc(peaks, func(a, b peak) int {
		switch {
		case a.area > b.area:
			return -1
		case a.area < b.area:
			return 1
		}
		return slices.Compare(a.key[:], b.key[:])
	})
	var out [][3]float64
	for _, p := range peaks {
		fresh := true
		for _, o := range out {
			fresh = fresh && norm(sub(o, p.at)) > 0.8*radius
		}
		if fresh {
			if out = append(out, p.at); len(out) == 3000 {
				break
			}
		}
	}
	return out
}

// fitSphere fits a sphere of the radius near a place, and checks that it is one:
// the radius that the points themselves ask for agrees, they spread no more than
// noise does, and the beams that should have met it did.
func (s *scan) fitSphere(c [3]float64, radius float64) (Target, bool) {
	search := s.index.NewSearch()
	reach := 1.35 * radius
	near := search.Within(float32(c[0]), float32(c[1]), float32(c[2]), float32(reach*reach))
	if len(near) < leastOnSphere {
		return Target{}, false
	}
	pts := make([][3]float64, 0, len(near))
	slices.SortFunc(near, byKey)
	for _, b := range near {
		pts = append(pts, s.p[b.Slot])
	}
	width := 0.25 * radius
	var rms float64
	var used [][3]float64
	for round := range 12 {
		used = used[:0]
		d := unit(sub(s.eye, c))
		for _, p := range pts {
			v := sub(p, c)
			l := norm(v)
			// Beyond 65 degrees from the line of sight ranges are poor and mixed.
			if math.Abs(l-radius) < width && dot(v, d) > 0.42*l {
				used = append(used, p)
			}
		}
		if len(used) < leastOnSphere {
			return Target{}, false
		}
		step, sq, ok := sphereStep(used, c, radius)
		if !ok {
			return Target{}, false
		}
		c = add(c, step)
		rms = math.Sqrt(sq / float64(len(used)))
		width = max(3*rms, 0.002)
		if round > 3 && norm(step) < 1e-7 {
			break
		}
	}
	if rms > mostNoise {
		return Target{}, false
	}
	free, sigmaR, ok := freeRadius(used, c, radius)
	if !ok || math.Abs(free-radius) > 3*sigmaR+0.0012 {
		return Target{}, false
	}
	seen, wrong, around := s.disc(c, radius, max(4*rms, 0.006))
	if seen < leastSeen || wrong > 0.15 || around > mostAround {
		return Target{}, false
	}
	sigma := sphereSigma(used, c, radius, rms)
	return Target{Kind: Sphere, Centre: c, SigmaM: sigma, SizeM: radius, Points: len(used), RMSM: rms, Quality: seen}, sigma < 0.005
}

// sphereStep is one Gauss-Newton step of the centre with the radius held.
func sphereStep(pts [][3]float64, c [3]float64, radius float64) (step [3]float64, sq float64, ok bool) {
	h := mat.NewSymDense(3, nil)
	g := mat.NewVecDense(3, nil)
	for _, p := range pts {
		v := sub(p, c)
		l := norm(v)
		e := l - radius
		u := scale(1/max(l, 1e-12), v)
		sq += e * e
		for a := range 3 {
			g.SetVec(a, g.AtVec(a)+u[a]*e)
			for b := a; b < 3; b++ {
				h.SetSym(a, b, h.At(a, b)+u[a]*u[b])
			}
		}
	}
	var ch mat.Cholesky
	if !ch.Factorize(h) || ch.Cond() > 1e6 {
		return step, sq, false
	}
	var x mat.VecDense
	if ch.SolveVecTo(&x, g) != nil {
		return step, sq, false
	}
	return [3]float64{x.AtVec(0), x.AtVec(1), x.AtVec(2)}, sq, true
}

// sphereSigma is the standard deviation of the centre: by chance, and a part of the
// noise that all points share.
func sphereSigma(pts [][3]float64, c [3]float64, radius, rms float64) float64 {
	h := mat.NewSymDense(3, nil)
	for _, p := range pts {
		u := unit(sub(p, c))
		for a := range 3 {
			for b := a; b < 3; b++ {
				h.SetSym(a, b, h.At(a, b)+u[a]*u[b])
			}
		}
	}
	var ch mat.Cholesky
	inv := mat.NewSymDense(3, nil)
	if !ch.Factorize(h) || ch.InverseTo(inv) != nil {
		return math.Inf(1)
	}
	return math.Sqrt(rms*rms*(inv.At(0, 0)+inv.At(1, 1)+inv.At(2, 2))/3 + 0.01*rms*rms)
}

// freeRadius is the radius that the points ask for when it is not held, by linear
// least squares near the fit, and its standard deviation.
func freeRadius(pts [][3]float64, c [3]float64, radius float64) (r, sigma float64, ok bool) {
	h := mat.NewSymDense(4, nil)
	g := mat.NewVecDense(4, nil)
	sq := 0.0
	for _, p := range pts {
		v := sub(p, c)
		l := norm(v)
		e := l - radius
		u := scale(1/max(l, 1e-12), v)
		row := [4]float64{u[0], u[1], u[2], 1}
		for a := range 4 {
			g.SetVec(a, g.AtVec(a)+row[a]*e)
			for b := a; b < 4; b++ {
				h.SetSym(a, b, h.At(a, b)+row[a]*row[b])
			}
		}
		sq += e * e
	}
	var ch mat.Cholesky
	if !ch.Factorize(h) || ch.Cond() > 1e10 {
		return 0, 0, false
	}
	var x mat.VecDense
	inv := mat.NewSymDense(4, nil)
	if ch.SolveVecTo(&x, g) != nil || ch.InverseTo(inv) != nil {
		return 0, 0, false
	}
	return radius + x.AtVec(3), math.Sqrt(sq / float64(len(pts)) * inv.At(3, 3)), true
}

// disc looks at the beams through a sphere: of those within .85 of its radius seen
// is the share that met it, or something in front; wrong is the share of those just
// outside that met its continuation, as they would on a larger rounded thing.
//
// around is how much of the ring just outside is filled by things close to it: a
// sphere stands free but for its foot.
func (s *scan) disc(c [3]float64, radius, tol float64) (seen, wrong, around float64) {
	to := sub(c, s.eye)
	dist := norm(to)
	axis := scale(1/dist, to)
	search := s.index.NewSearch()
	reach := 2 * radius
	// All points near the sphere, and those behind it in the same directions.
	in, hit, ring, on := 0, 0, 0, 0
	for _, b := range search.Within(float32(c[0]), float32(c[1]), float32(c[2]), float32(reach*reach)) {
		p := s.p[b.Slot]
		v := sub(p, s.eye)
		off := norm(cross(v, axis)) / max(norm(v), 1e-12) * dist // distance of the beam from the centre, at the centre
		l := norm(sub(p, c))
		switch {
		case off < 0.85*radius:
			in++
			if math.Abs(l-radius) < tol || dot(v, axis) < dist-radius {
				hit++
			}
		case off > 1.1*radius && off < 1.5*radius:
			ring++
			if math.Abs(l-radius) < tol {
				on++
			}
			if l < 1.6*radius {
				n := s.n[b.Slot]
				around += float64(s.spacing[b.Slot]) * float64(s.spacing[b.Slot]) * max(0.2, math.Abs(dot(n, axis)))
			}
		}
	}
	around /= math.Pi * (1.5*1.5 - 1.1*1.1) * radius * radius
	if in == 0 {
		return 0, 0, around
	}
	// The disc must be as full of beams as the scan's own spacing asks for.
	want := math.Pi * math.Pow(0.85*radius, 2)
	area := 0.0
	for _, b := range search.Within(float32(c[0]), float32(c[1]), float32(c[2]), float32(radius*radius*1.2)) {
		p := s.p[b.Slot]
		v := sub(p, s.eye)
		if norm(cross(v, axis))/max(norm(v), 1e-12)*dist < 0.85*radius && math.Abs(norm(sub(p, c))-radius) < tol {
			n := unit(sub(p, c))
			area += float64(s.spacing[b.Slot]) * float64(s.spacing[b.Slot]) * math.Abs(dot(n, axis))
		}
	}
	full := min(1, area/(0.6*want))
	return float64(hit) / float64(in) * full, float64(on) / float64(max(ring, 1)), around
}

func unit(a [3]float64) [3]float64 {
	if l := norm(a); l > 0 {
		return scale(1/l, a)
	}
	return a
}
