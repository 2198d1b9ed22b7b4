package measure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// Meet is the place that rays come from or lead to: that with the least sum of squared
// distances from them, each over its own standard deviation there, which grows with
// the way along the ray (J. Traa: Least-squares intersection of lines, 2013, with
// weights). It fails where rays are so nearly parallel that they fix no place, or part
// before they meet.
func Meet(rays []recon.SightRay) (recon.Region, error) {
	var out recon.Region
	r := recon.MeasureRequest{Kind: recon.MeasureRays, Rays: rays}
	if err := r.Check(); err != nil {
		return out, fmt.Errorf("measure: %w", err)
	}
	weight := make([]float64, len(rays))
	for i := range weight {
		weight[i] = 1
	}
	var at r3.Vec
	var a *mat.SymDense
	var eig mat.EigenSym
	for range 20 {
		a = mat.NewSymDense(3, nil)
		var b [3]float64
		for i, s := range rays {
			u := direction(s)
			from := r3.Sub(s.From.R3(), rays[0].From.R3())
			uv, fv := [3]float64{u.X, u.Y, u.Z}, [3]float64{from.X, from.Y, from.Z}
			along := r3.Dot(u, from)
			for j := range 3 {
				for k := j; k < 3; k++ {
					m := -uv[j] * uv[k]
					if j == k {
						m++
					}
					a.SetSym(j, k, a.At(j, k)+weight[i]*m)
				}
				b[j] += weight[i] * (fv[j] - along*uv[j])
			}
		}
		if !eig.Factorize(a, true) {
			return out, errors.New("measure: the rays give no place")
		}
		v := eig.Values(nil)
		if !(v[0] > 1e-6*v[2]) {
			return out, errors.New("measure: the rays run in nearly one direction; take one from another side")
		}
		var x mat.VecDense
		if err := x.SolveVec(a, mat.NewVecDense(3, b[:])); err != nil {
			return out, fmt.Errorf("measure: the rays give no place: %w", err)
		}
		next := r3.Add(rays[0].From.R3(), r3.Vec{X: x.AtVec(0), Y: x.AtVec(1), Z: x.AtVec(2)})
		moved := r3.Norm(r3.Sub(next, at))
		at = next
		for i, s := range rays {
			along := r3.Dot(direction(s), r3.Sub(at, s.From.R3()))
			if !(along > 0) {
				return out, fmt.Errorf("measure: the rays part: they come closest behind the beginning of ray %d (%s)", i+1, s.Name)
			}
			weight[i] = 1 / sq(along*math.Tan(s.SigmaDeg/deg))
		}
		if moved < 1e-7 {
			break
		}
	}
	sum := 0.0
	for i, s := range rays {
		sum += weight[i] * sq(missBy(s, at))
	}
	out.At = recon.Vec{at.X, at.Y, at.Z}
	out.Fit = math.Sqrt(sum / float64(2*len(rays)-3))
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	for k, v := range eig.Values(nil) {
		l := 1 / math.Sqrt(v)
		for j := range 3 {
			out.HalfM[k][j] = l * vectors.At(j, k)
		}
	}
	return out, nil
}

func direction(s recon.SightRay) r3.Vec { return r3.Unit(r3.Sub(s.Through.R3(), s.From.R3())) }

// missBy is the distance of a place from a ray's line.
func missBy(s recon.SightRay, at r3.Vec) float64 {
	return r3.Norm(r3.Cross(direction(s), r3.Sub(at, s.From.R3())))
}

// missOf is the root mean square distance of a place from rays.
func missOf(rays []recon.SightRay, at r3.Vec) float64 {
	sum := 0.0
	for _, s := range rays {
		sum += sq(missBy(s, at))
	}
	return math.Sqrt(sum / float64(len(rays)))
}
