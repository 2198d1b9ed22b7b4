package sfm

import (
	"hash/fnv"
	"io"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

const (
	epipolarTrials = 3000
	planeTrials    = 500
	spotTrials     = 100
	// The distance to the epipolar geometry up to which matches are kept is
	// chosen for each pair between these, in searched pixels.
	leastEpipolarPx = 1.0
	// Noise of a keypoint, in searched pixels, as far as it is believed.
	leastNoisePx, mostNoisePx = 0.25, 1.5
	overlayPx                 = 1.0 // motion of a match that stays where it is
	overlayLeast              = 8   // such matches, in the outer tenth of the picture
	overlayBorderShare        = 0.7
)

// seedOf depends on the names of two photos, not on the set they are in.
func (s *scene) seedOf(a, b int) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s.photos[a].name)
	h.Write([]byte{0})
	io.WriteString(h, s.photos[b].name)
	return h.Sum64() ^ s.opt.Seed*0x9e3779b97f4a7c15
}

// verify finds the relative pose of a pair, what kind of pair it is, and the
// matches that agree; it leaves none where there is no pose or where chance
// could give it.
func (s *scene) verify(p *pair) {
	s.dropOverlay(p)
	v := s.view(p)
	switch {
	case len(p.matches) < minMatches:
		p.matches = nil
	case v.epipolar():
		if v.guided(); !v.classify() {
			p.matches = nil
		}
	case !v.onSpot(): // without parallax an essential matrix may put no point in front
		p.matches = nil
	}
}

// pairView is a pair with its matches on the two image planes.
type pairView struct {
	*scene
	*pair
	camA, camB *recon.Camera
	x, y       []geom.Point2
	rel        geom.Relative
	limit2     float64 // squared distance to the epipolar geometry that is kept
}

func (s *scene) view(p *pair) *pairView {
	v := &pairView{scene: s, pair: p, camA: &s.cams[s.photos[p.a].cam], camB: &s.cams[s.photos[p.b].cam]}
	v.x, v.y = s.onPlane(p, v.camA, v.camB)
	return v
}

// px is a distance in searched pixels on the image planes.
func (v *pairView) px(px float64) float64 { return v.tolerance(v.a, v.b, px) }

// epipolar finds the relative pose and drops what contradicts it. How far a
// match may lie off is chosen so that the agreement is least likely by chance.
func (v *pairView) epipolar() bool {
	most := v.px(epipolarPx)
	rel, ok := geom.EstimateRelative(v.x, v.y, geom.RansacOptions{Threshold: most, Seed: v.seedOf(v.a, v.b), MaxTrials: epipolarTrials})
	if !ok || rel.Count < minMatches {
		return false
	}
	// A wrong match lies anywhere: within a strip of twice the distance about a
	// line no longer than the diagonal.
	w, h := v.pictureB()
	chance := geom.Chance{Sample: 5, Models: 10, PerUnit: 2 * math.Hypot(w, h) / (w * h), Power: 1}
	v.rel = rel
	for range 2 {
		var logFalse float64
		v.limit2, logFalse = geom.Contrario(v.residuals(), most*most, chance)
		if logFalse > 0 {
			return false
		}
		v.limit2 = max(v.limit2*(1+1e-9), sq(v.px(leastEpipolarPx)))
		in := v.agreeing()
		v.rel = geom.Refined(v.rel.SecondFromFirst, v.x, v.y, in)
	}
	v.keep(v.agreeing())
	v.pose = v.rel.SecondFromFirst
	return len(v.matches) >= minMatches
}

// pictureB is the size of the second picture on its image plane.
func (v *pairView) pictureB() (w, h float64) {
	return float64(v.camB.WidthPx) / v.camB.FxPx, float64(v.camB.HeightPx) / v.camB.FyPx
}

// onSpot takes a pair for a turn on the spot, or for one photo twice, and keeps
// the matches that agree. It reports false where chance could give as many.
func (v *pairView) onSpot() bool {
	most := v.px(epipolarPx)
	turn, sup, ok := geom.EstimateRotation(v.x, v.y, geom.RansacOptions{Threshold: most, Seed: v.seedOf(v.a, v.b), MaxTrials: planeTrials})
	if !ok || sup.Count < minMatches {
		return false
	}
	r2 := make([]float64, len(v.x))
	for i := range r2 {
		r2[i] = geom.RotationResidual2(&turn, &v.x[i], &v.y[i])
	}
	w, h := v.pictureB()
	if _, logFalse := geom.Contrario(r2, most*most, geom.Chance{Sample: 2, Models: 1, PerUnit: math.Pi / (w * h), Power: 2}); logFalse > 0 {
		return false
	}
	v.keep(sup.Inliers)
	v.pose = recon.Pose{Q: turn.Q, T: r3.Vec{X: 1}} // where to, nothing says
	v.planeShare, v.kind, v.angle = 1, rotation, noAngle
	return true
}

func sq(v float64) float64 { return v * v }

func (v *pairView) residuals() []float64 {
	out := make([]float64, len(v.x))
	for i := range out {
		out[i] = v.rel.EpipolarResidual2(&v.x[i], &v.y[i])
	}
	return out
}

func (v *pairView) agreeing() []bool {
	in := make([]bool, len(v.x))
	for i := range in {
		in[i] = v.rel.EpipolarResidual2(&v.x[i], &v.y[i]) < v.limit2
	}
	return in
}

func (v *pairView) keep(in []bool) {
	n := 0
	for i, yes := range in {
		if yes {
			v.matches[n], v.x[n], v.y[n] = v.matches[i], v.x[i], v.y[i]
			n++
		}
	}
	v.matches, v.x, v.y = v.matches[:n], v.x[:n], v.y[:n]
}

// classify says which geometry explains the matches with least freedom, and
// measures the angle at which they are seen. It reports false where too few
// points lie in front of both cameras.
func (v *pairView) classify() bool {
	epipolar := v.residuals()
	sigma := min(max(noiseOf(epipolar), v.px(leastNoisePx)), v.px(mostNoisePx))
	general3 := geom.Fit{Residual2: epipolar, Dimension: 3, Params: 5}.GRIC(sigma)
	plane := general3
	opt := geom.RansacOptions{Threshold: v.px(epipolarPx), Seed: v.seedOf(v.a, v.b), MaxTrials: planeTrials}
	if h, sup, ok := geom.EstimateHomography(v.x, v.y, opt); ok {
		v.planeShare = float64(sup.Count) / float64(len(v.x))
		plane = v.transfer(func(i int) float64 { return geom.HomographyResidual2(&h, &v.x[i], &v.y[i]) }, 8).GRIC(sigma)
	}
	// A turn maps the plane, with fewer free numbers: where no map comes near, no
	// turn does.
	spot := math.Inf(1)
	if plane < general3+8*math.Log(4*float64(len(v.x))) {
		spot = v.turnOnSpot(sigma)
	}
	switch {
	case spot < general3 && spot < plane:
		v.kind = rotation
	case plane < general3:
		v.kind = planar
	default:
		v.kind = general
	}
	return v.measureAngle()
}

// transfer is the fit of a map from one picture to the other. Its residual has
// the noise of two keypoints along two axes, so half its square compares with
// the distance to a line.
func (v *pairView) transfer(residual2 func(i int) float64, params int) geom.Fit {
	f := geom.Fit{Residual2: make([]float64, len(v.x)), Dimension: 2, Params: params}
	for i := range f.Residual2 {
		f.Residual2[i] = residual2(i) / 2
	}
	return f
}

// noiseOf is the standard deviation of most residuals: 1.48 of their median, and a
// tenth more as the largest were cut off.
func noiseOf(residual2 []float64) float64 {
	sorted := slices.Clone(residual2)
	slices.Sort(sorted)
	return 1.65 * math.Sqrt(sorted[len(sorted)/2])
}

// turnOnSpot is the criterion of a turn on the spot, the least over the focal
// lengths that the camera may have: with a wrong one a turn looks like a plane.
func (v *pairView) turnOnSpot(sigma float64) float64 {
	doubts, step := focalDoubts(v.camA, v.camB)
	best, at := math.Inf(1), 1.0
	try := func(f float64) {
		if c := v.turnWith(f, sigma); c < best {
			best, at = c, f
		}
	}
	for _, f := range doubts {
		try(f)
	}
	for range 5 {
		step = math.Sqrt(step)
		mid := at
		try(mid / step)
		try(mid * step)
	}
	return best
}

// turnWith is the criterion of a turn where focal lengths are f times those of
// the cameras.
func (v *pairView) turnWith(f, sigma float64) float64 {
	x, y := make([]geom.Point2, len(v.x)), make([]geom.Point2, len(v.y))
	for i := range x {
		x[i] = geom.Point2{v.x[i][0] / f, v.x[i][1] / f}
		y[i] = geom.Point2{v.y[i][0] / f, v.y[i][1] / f}
	}
	opt := geom.RansacOptions{Threshold: v.px(epipolarPx) / f, Seed: v.seedOf(v.a, v.b), MaxTrials: spotTrials, MinTrials: 10}
	turn, _, ok := geom.EstimateRotation(x, y, opt)
	if !ok {
		return math.Inf(1)
	}
	return v.transfer(func(i int) float64 { return f * f * geom.RotationResidual2(&turn, &x[i], &y[i]) }, 4).GRIC(sigma)
}

// focalDoubts lists by what factors the focal length may be wrong, and the ratio
// of the steps between them. Even a given one may be another camera's.
func focalDoubts(a, b *recon.Camera) (factors []float64, step float64) {
	known := func(c *recon.Camera) bool { return c.Source == sourceGiven || c.Source == sourceEXIF }
	if known(a) && known(b) {
		return []float64{1, 0.93, 1.075, 0.87, 1.155}, 1.075
	}
	return []float64{1, 0.85, 1.18, 0.72, 1.39, 0.61, 1.64, 0.52, 1.93}, 1.18
}

// measureAngle takes the median angle at which the points in front of both
// cameras are seen. Matches are kept even where they are behind one: far points
// are, for want of parallax.
func (v *pairView) measureAngle() bool {
	centre := v.pose.Inverse().T
	var angles []float64
	for i := range v.x {
		if at, ok := geom.Triangulate([]geom.Sighting{{CamFromWorld: recon.IdentityPose(), At: v.x[i]}, {CamFromWorld: v.pose, At: v.y[i]}}); ok {
			angles = append(angles, angleAt(at, r3.Vec{}, centre))
		}
	}
	switch {
	case v.kind == rotation:
		v.angle = noAngle // what was measured is noise
	case len(angles) < minMatches:
		return false
	default:
		slices.Sort(angles)
		v.angle = max(angles[len(angles)/2], noAngle)
	}
	return true
}

// noAngle is the angle of a pair that shows no depth.
const noAngle = 1e-9

// dropOverlay takes out what lies at the same pixels of both photos along their
// borders: a date, a mark, dirt on the lens. A pair that has little else is not
// one.
func (s *scene) dropOverlay(p *pair) {
	a, b := &s.photos[p.a], &s.photos[p.b]
	ca, cb := &s.cams[a.cam], &s.cams[b.cam]
	if ca.WidthPx != cb.WidthPx || ca.HeightPx != cb.HeightPx {
		return
	}
	still := make([]bool, len(p.matches))
	count, outer := 0, 0
	w, h := float64(ca.WidthPx), float64(ca.HeightPx)
	for i, m := range p.matches {
		ax, ay := a.pixel(m[0])
		bx, by := b.pixel(m[1])
		if math.Hypot(ax-bx, ay-by) >= overlayPx*a.factor {
			continue
		}
		still[i] = true
		count++
		if ax < 0.1*w || ax > 0.9*w || ay < 0.1*h || ay > 0.9*h {
			outer++
		}
	}
	if count < overlayLeast || float64(outer) < overlayBorderShare*float64(count) {
		return
	}
	kept := p.matches[:0]
	for i, m := range p.matches {
		if !still[i] {
			kept = append(kept, m)
		}
	}
	if p.matches = kept; len(kept) < minMatches {
		p.kind = overlaid
	}
}
