package control

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"firescene/recon"
	"firescene/recon/bundle"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/spatial/r3"
)

// pick is a sighting of a named point in a photo of the model.
type pick struct {
	PickResult
	view  int32
	x, y  float64
	sigma float64
}

// named is a named point under way.
type named struct {
	name   string
	point  *Point // nil for a coded target that the file does not list
	picks  []pick
	placed bool
	why    string // not placed
	pos    r3.Vec
	idx    int32 // of its point in the adjustment, -1 when it takes no part
	where  bundle.Place
}

// given are the coordinates that enter the adjustment.
func (n *named) given() *Coordinates {
	if n.point == nil {
		return nil
	}
	return n.point.Given
}

const (
	pickLimit    = 4.0 // standard deviations from which a pick is taken for wrong
	minPickAngle = 1.0 // degrees at which a named point must be seen
	maxTried     = 40  // picks of one point of which all pairs are tried
)

// observations are those of the picks in use, for a point of the problem.
func (n *named) observations(point int32) []bundle.Observation {
	var out []bundle.Observation
	for _, k := range n.picks {
		if k.Used {
			out = append(out, bundle.Observation{View: k.view, Point: point, X: k.x, Y: k.y, SigmaPx: k.sigma})
		}
	}
	return out
}

// intersect places a named point by the picks that agree, and marks the others.
// Every pair of picks is tried; the place with the least sum of limited squares is
// kept, and made best by all the picks that fit it.
func (n *named) intersect(p *bundle.Problem, imagePx float64) {
	n.placed = false
	var seen []geom.Sighting
	var at []int
	for i := range n.picks {
		k := &n.picks[i]
		if k.view < 0 {
			continue
		}
		r := p.Cameras[p.CameraOf[k.view]].Ray(k.x, k.y)
		seen, at = append(seen, geom.Sighting{CamFromWorld: p.Poses[k.view], At: geom.Point2{r.X, r.Y}}), append(at, i)
	}
	if len(seen) < 2 {
		n.why = fmt.Sprintf("it is seen in %d photo(s) of the model, 2 are needed", len(seen))
		return
	}
	best, most := math.Inf(1), 0
	var place r3.Vec
	for i := range min(len(seen), maxTried) {
		for j := range i {
			pos, ok := geom.Triangulate([]geom.Sighting{seen[i], seen[j]})
			if !ok {
				continue
			}
			cost, count := 0.0, 0
			for _, k := range at {
				q := &n.picks[k]
				r := q.off(p, pos) / math.Hypot(q.sigma, imagePx)
				cost += min(r*r, pickLimit*pickLimit)
				if r < pickLimit {
					count++
				}
			}
			if cost < best {
				best, most, place = cost, count, pos
			}
		}
	}
	if most < 2 {
		n.why = fmt.Sprintf("its %d picks do not meet at one place: check that all show the same point", len(seen))
		n.markAll(p, place, !math.IsInf(best, 1), imagePx)
		return
	}
	if most == 2 && len(seen) > 2 {
		n.why = fmt.Sprintf("of its %d picks no three meet at one place: check that all show the same point", len(seen))
		n.markAll(p, place, true, imagePx)
		return
	}
	for range 3 {
		n.markAll(p, place, true, imagePx)
		var fit []geom.Sighting
		for s, k := range at {
			if n.picks[k].Used {
				fit = append(fit, seen[s])
			}
		}
		if pos, ok := geom.Triangulate(fit); ok {
			place = pos
		}
	}
	n.markAll(p, place, true, imagePx)
	widest := 0.0
	for i := range seen {
		for j := range i {
			if n.picks[at[i]].Used && n.picks[at[j]].Used {
				a, b := seen[i].CamFromWorld.Inverse().T, seen[j].CamFromWorld.Inverse().T
				widest = max(widest, geom.AngleBetween(r3.Sub(a, place), r3.Sub(b, place)))
			}
		}
	}
	if widest*180/math.Pi < minPickAngle {
		n.why = fmt.Sprintf("its picks see it from nearly one direction (%.2f degrees); pick it in photos from further apart", widest*180/math.Pi)
		return
	}
	n.placed, n.pos, n.why = true, place, ""
}

// off is the distance of a pick from where its photo sees a place, in pixels.
func (k *pick) off(p *bundle.Problem, pos r3.Vec) float64 {
	x, y, ok := p.Cameras[p.CameraOf[k.view]].Project(p.Poses[k.view].Apply(pos))
	if !ok {
		return math.Inf(1)
	}
	return math.Hypot(k.x-x, k.y-y)
}

// leastPickDof is how many equations of picks must check each other before they say
// how sure picks are.
const leastPickDof = 12

// widenPicks makes the standard deviations of picks larger where the picks, by hand
// or of coded targets, lie further from where the photos alone place their points
// than they were said to: what they were said to be would then let the places of
// points seem surer than they are. It is the component of variance of W. Förstner, Ein
// Verfahren zur Schätzung von Varianz- und Kovarianzkomponenten, 1979, of one group;
// distances take no part, so that a wrong one can not hide itself.
func (w *work) widenPicks() {
	for _, target := range []bool{false, true} {
		sum, dof := 0.0, 0.0
		for _, n := range w.names {
			if !n.placed || (n.point == nil) != target {
				continue
			}
			dof -= 3
			for i := range n.picks {
				if k := &n.picks[i]; k.Used {
					sum += square(k.ResidualPx / k.sigma)
					dof += 2
				}
			}
		}
		if dof < leastPickDof || sum <= dof {
			continue
		}
		by := math.Sqrt(sum / dof)
		for _, n := range w.names {
			if (n.point == nil) == target {
				for i := range n.picks {
					n.picks[i].sigma *= by
				}
			}
		}
		what := "picks"
		if target {
			what = "coded targets"
		}
		if sum > chi2Limit(dof) {
			w.report.warn("the %s lie %.1f times further from where the photos place their points than their standard deviations let expect; these were taken that much larger", what, by)
		}
	}
}

// markAll writes the residuals of the picks about a place and says which fit it.
func (n *named) markAll(p *bundle.Problem, pos r3.Vec, known bool, imagePx float64) {
	for i := range n.picks {
		k := &n.picks[i]
		if k.view < 0 {
			continue
		}
		k.Used, k.ResidualPx = false, 0
		if !known {
			continue
		}
		k.ResidualPx = k.off(p, pos)
		limit := pickLimit * math.Hypot(k.sigma, imagePx)
		if k.Used = k.ResidualPx < limit; k.Used {
			k.Why = ""
		} else if math.IsInf(k.ResidualPx, 1) {
			k.ResidualPx = 0
			k.Why = "the point lies behind the photo"
		} else {
			k.Why = fmt.Sprintf("%.1f px from where the other picks place it, more than %.1f px", k.ResidualPx, limit)
		}
	}
}

// names lists the points that take part anywhere, by name, with their picks by
// photo, so that the order of the input does not matter. targets are the picks of
// coded targets.
func names(m *recon.SparseModel, in *Input, targets []Point) []*named {
	view := map[string]int32{}
	for i, v := range m.Views {
		view[v.Photo] = int32(i)
	}
	byName := map[string]*named{}
	var out []*named
	get := func(name string) *named {
		n := byName[name]
		if n == nil {
			n = &named{name: name, idx: -1}
			byName[name] = n
			out = append(out, n)
		}
		return n
	}
	add := func(n *named, all []Pick) {
		for _, q := range all {
			k := pick{PickResult: PickResult{Photo: q.Photo}, view: -1, x: q.X, y: q.Y, sigma: q.SigmaPx}
			if k.sigma == 0 {
				k.sigma = 1
			}
			if slices.ContainsFunc(n.picks, func(o pick) bool { return o.Photo == q.Photo }) {
				continue // a pick by hand goes before the target that was found
			}
			if v, ok := view[q.Photo]; ok {
				k.view = v
			} else {
				k.Why = "the photo is not in the model"
			}
			n.picks = append(n.picks, k)
		}
	}
	for i := range in.Points {
		n := get(in.Points[i].Name)
		n.point = &in.Points[i]
		add(n, in.Points[i].Picks)
	}
	for _, t := range targets {
		add(get(t.Name), t.Picks)
	}
	for _, list := range [][]Distance{in.Distances, in.CheckDistances} {
		for _, d := range list {
			get(d.From)
			get(d.To)
		}
	}
	for _, list := range [][][]string{in.Level.Plumb, in.Level.Flat} {
		for _, set := range list {
			for _, name := range set {
				get(name)
			}
		}
	}
	slices.SortFunc(out, func(a, b *named) int { return cmp.Compare(a.name, b.name) })
	for _, n := range out {
		slices.SortFunc(n.picks, func(a, b pick) int { return cmp.Compare(a.Photo, b.Photo) })
	}
	return out
}
