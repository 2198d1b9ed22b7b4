package sfm

import (
	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/num/quat"
	"gonum.org/v1/gonum/spatial/r3"
)

// compareModels says how a second model differs from a first, after the turn that
// is the mean of those of the common photos, and the scale and shift that bring
// their stations together best.
func compareModels(a, b *growing) recon.SecondOpinion {
	o := recon.SecondOpinion{Views: b.count(), Points: b.points(), MeanPx: b.meanPx()}
	var common []int
	for i := range a.placed {
		switch {
		case a.placed[i] && b.placed[i]:
			common = append(common, i)
		case a.placed[i]:
			o.OnlyFirst = append(o.OnlyFirst, a.photos[i].name)
		case b.placed[i]:
			o.OnlySecond = append(o.OnlySecond, b.photos[i].name)
		}
	}
	o.Common = len(common)
	if len(common) < 2 {
		return o
	}
	// aFromB as each photo has it; signs are made alike before they are added.
	var turn, first quat.Number
	for n, i := range common {
		q := quat.Mul(quat.Conj(a.poses[i].Q), b.poses[i].Q)
		if n == 0 {
			first = q
		}
		if q.Real*first.Real+q.Imag*first.Imag+q.Jmag*first.Jmag+q.Kmag*first.Kmag < 0 {
			q = quat.Scale(-1, q)
		}
		turn = quat.Add(turn, q)
	}
	if quat.Abs(turn) < 1e-9 {
		turn = first
	}
	aFromB := recon.Pose{Q: quat.Scale(1/quat.Abs(turn), turn)}
	n := float64(len(common))
	var midA, midB r3.Vec
	ca, cb := make([]r3.Vec, len(common)), make([]r3.Vec, len(common))
	for k, i := range common {
		ca[k], cb[k] = a.poses[i].Inverse().T, aFromB.Rotate(b.poses[i].Inverse().T)
		midA, midB = r3.Add(midA, r3.Scale(1/n, ca[k])), r3.Add(midB, r3.Scale(1/n, cb[k]))
	}
	cross, square, extent := 0.0, 0.0, 0.0
	for k := range common {
		cross += r3.Dot(r3.Sub(ca[k], midA), r3.Sub(cb[k], midB))
		square += r3.Norm2(r3.Sub(cb[k], midB))
		for j := range k {
			extent = max(extent, r3.Norm(r3.Sub(ca[k], ca[j])))
		}
	}
	for k, i := range common {
		deg := degrees(geom.RotationAngle(a.poses[i].Mul(aFromB), b.poses[i]))
		share := r3.Norm(r3.Sub(r3.Sub(ca[k], midA), r3.Scale(cross/max(square, 1e-300), r3.Sub(cb[k], midB)))) / max(extent, 1e-300)
		o.MeanDeg += deg / n
		o.MeanShare += share / n
		o.MaxDeg, o.MaxShare = max(o.MaxDeg, deg), max(o.MaxShare, share)
		if deg > agreeDeg || share > agreeShare {
			o.Differ = append(o.Differ, a.photos[i].name)
		}
	}
	o.Agrees = len(o.Differ) == 0 && o.Common == a.count() && o.Common == b.count()
	return o
}

// meanPx is the mean reprojection error in pixels of the photos.
func (g *growing) meanPx() float64 {
	sum, n := 0.0, 0
	for t := range g.pts {
		if !g.pts[t].ok {
			continue
		}
		for k, in := range g.pts[t].in {
			if in {
				sum += g.errorPx(t, k, g.pts[t].pos) * g.photos[g.tracks[t][k].photo].factor
				n++
			}
		}
	}
	return sum / float64(max(n, 1))
}
