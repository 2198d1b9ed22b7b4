package sfm

import (
	"fmt"
	"math"
	"math/rand/v2"

	"firescene/recon"
	"firescene/recon/geom"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/spatial/r3"
)

// synthetic has every knob of a made-up scene: cameras on an arc, a step apart,
// look at points spread through a room.
type synthetic struct {
	photos, points int
	stepDeg        float64 // between neighbouring cameras, seen from the room's middle
	reach          int     // photos further apart than this have no matches
	noisePx        float64
	outliers       float64 // share of matches that are wrong
	planar         bool
	source         string // of the camera: "given", or "guess" for nothing known
	k1             float64
	centreOff      float64 // of the principal point from the middle, pixels each way
	spot           bool    // all photos from one station
	apart          bool    // two groups that share no point
	seed           uint64
}

const synthFocal = 900.0

// make gives a scene with matched pairs, and the true poses.
func (k synthetic) make() (*scene, []recon.Pose) {
	rng := rand.New(rand.NewPCG(k.seed, 23))
	truth := recon.Camera{WidthPx: 1000, HeightPx: 750, FxPx: synthFocal, FyPx: synthFocal, CxPx: 500, CyPx: 375, K1: k.k1, Source: sourceGiven}
	s := &scene{opt: Options{Workers: 2}.withDefaults()}
	truth.CxPx += k.centreOff
	truth.CyPx -= k.centreOff
	start := truth
	if k.source == "guess" {
		start = startCamera(recon.Camera{}, truth.WidthPx, truth.HeightPx)
	}
	s.cams = []recon.Camera{start}
	var poses []recon.Pose
	keyOf := make([]map[int]int32, k.photos)
	for i := range k.photos {
		a := k.stepDeg * math.Pi / 180 * (float64(i) - float64(k.photos-1)/2)
		turn := recon.Pose{Q: geom.Rotation(r3.Vec{Y: a})}
		p := turn.Mul(recon.Pose{Q: geom.Rotation(r3.Vec{X: 0.1 * rng.NormFloat64(), Z: 0.02 * rng.NormFloat64()})})
		p.T = r3.Vec{X: 0.1 * rng.NormFloat64(), Y: 0.1 * rng.NormFloat64(), Z: 6 + 0.5*rng.NormFloat64()}
		if k.spot {
			p.T = p.Rotate(r3.Vec{Z: 6})
		}
		poses = append(poses, p)
		s.photos = append(s.photos, photo{name: fmt.Sprintf("p%02d.jpg", i), factor: 1})
		keyOf[i] = map[int]int32{}
	}
	for j := range k.points {
		w := r3.Vec{X: 4*rng.Float64() - 2, Y: 3*rng.Float64() - 1.5, Z: 4*rng.Float64() - 2}
		if k.planar {
			w.Z = 0.2 * w.X
		}
		for i, pose := range poses {
			if k.apart && (i < k.photos/3) != (j < k.points/3) {
				continue
			}
			x, y, ok := truth.Project(pose.Apply(w))
			x, y = x+k.noisePx*rng.NormFloat64(), y+k.noisePx*rng.NormFloat64()
			if !ok || x < 0 || y < 0 || x >= 1000 || y >= 750 {
				continue
			}
			keyOf[i][j] = int32(len(s.photos[i].keys))
			s.photos[i].keys = append(s.photos[i].keys, key{x: float32(x), y: float32(y), sigma: 2, rgb: [3]uint8{uint8(j), 7, 9}})
		}
	}
	for a := range k.photos {
		for b := a + 1; b < k.photos && b-a <= k.reach; b++ {
			p := pair{a: a, b: b}
			for j := range k.points {
				ka, okA := keyOf[a][j]
				kb, okB := keyOf[b][j]
				if !okA || !okB || rng.Float64() < 0.2 {
					continue
				}
				if rng.Float64() < k.outliers {
					kb = int32(rng.IntN(len(s.photos[b].keys)))
				}
				p.matches = append(p.matches, [2]int32{ka, kb})
			}
			if len(p.matches) >= minMatches {
				s.pairs = append(s.pairs, p)
			}
		}
	}
	return s, poses
}

// compare aligns the model's cameras with the true ones by the similarity that
// fits best, and gives the mean distance of the centres and the mean angle
// between the rotations. Truth is by photo name.
func compare(m *recon.SparseModel, truth map[string]recon.Pose) (position, degree float64) {
	var est, want []r3.Vec
	for _, v := range m.Views {
		est, want = append(est, v.Centre()), append(want, truth[v.Photo].Inverse().T)
	}
	turn, scale, a, b := similarity(est, want)
	for i, v := range m.Views {
		got := r3.Add(b, r3.Scale(scale, turn.Rotate(r3.Sub(est[i], a))))
		position += r3.Norm(r3.Sub(got, want[i])) / float64(len(est))
		degree += degrees(geom.RotationAngle(v.CamFromWorld.Mul(turn.Inverse()), truth[v.Photo])) / float64(len(est))
	}
	return position, degree
}

// similarity is that of S. Umeyama, Least-squares estimation of transformation
// parameters between two point patterns, PAMI 1991: want = b + scale*turn*(est-a).
func similarity(est, want []r3.Vec) (turn recon.Pose, scale float64, a, b r3.Vec) {
	n := float64(len(est))
	for i := range est {
		a, b = r3.Add(a, r3.Scale(1/n, est[i])), r3.Add(b, r3.Scale(1/n, want[i]))
	}
	cov := mat.NewDense(3, 3, nil)
	spread := 0.0
	for i := range est {
		p, q := r3.Sub(est[i], a), r3.Sub(want[i], b)
		spread += r3.Norm2(p)
		cov.RankOne(cov, 1, mat.NewVecDense(3, []float64{q.X, q.Y, q.Z}), mat.NewVecDense(3, []float64{p.X, p.Y, p.Z}))
	}
	var svd mat.SVD
	svd.Factorize(cov, mat.SVDFull)
	var u, v, r mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	sign := mat.NewDiagDense(3, []float64{1, 1, 1})
	if mat.Det(&u)*mat.Det(&v) < 0 {
		sign.SetDiag(2, -1)
	}
	r.Product(&u, sign, v.T())
	values := svd.Values(nil)
	trace := values[0] + values[1] + values[2]*sign.At(2, 2)
	var rot [9]float64
	for i := range 9 {
		rot[i] = r.At(i/3, i%3)
	}
	return recon.PoseFromMatrix(rot, r3.Vec{}), trace / spread, a, b
}
