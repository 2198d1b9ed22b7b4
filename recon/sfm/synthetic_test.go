package sfm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

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
	forward        bool    // the cameras follow each other, each looking ahead
	doubled        bool    // photo 1 is photo 0 once more
	door           bool    // two rooms, of which photos take a door of the one for that of the other
	twins          bool    // two like things, which photos beyond reach take for one
	stranger       bool    // the last photo is by another camera, of which nothing is known
	seed           uint64
}

const (
	synthFocal   = 900.0
	strangeFocal = 650.0
)

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
	other := truth
	if k.stranger {
		other.FxPx, other.FyPx = strangeFocal, strangeFocal
		s.cams = append(s.cams, startCamera(recon.Camera{}, truth.WidthPx, truth.HeightPx))
	}
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
		if k.forward {
			p.Q = geom.Rotation(r3.Vec{X: 0.02 * rng.NormFloat64(), Y: 0.02 * rng.NormFloat64()})
			p.T = r3.Vec{X: 0.02 * rng.NormFloat64(), Y: 0.02 * rng.NormFloat64(), Z: 7 - 0.35*float64(i)}
		}
		if k.doubled && i == 1 {
			p = poses[0]
		}
		poses = append(poses, p)
		s.photos = append(s.photos, photo{name: fmt.Sprintf("p%02d.jpg", i), factor: 1})
		if k.stranger && i == k.photos-1 {
			s.photos[i].cam = 1
		}
		keyOf[i] = map[int]int32{}
	}
	sight := func(i, j int, w r3.Vec) {
		cam := &truth
		if k.stranger && i == k.photos-1 {
			cam = &other
		}
		x, y, ok := cam.Project(poses[i].Apply(w))
		x, y = x+k.noisePx*rng.NormFloat64(), y+k.noisePx*rng.NormFloat64()
		if !ok || x < 0 || y < 0 || x >= 1000 || y >= 750 {
			return
		}
		if k.doubled && i == 1 {
			at, ok := keyOf[0][j]
			if !ok {
				return
			}
			x, y = s.photos[0].pixel(at)
		}
		keyOf[i][j] = int32(len(s.photos[i].keys))
		s.photos[i].keys = append(s.photos[i].keys, key{x: float32(x), y: float32(y), sigma: 2, rgb: [3]uint8{uint8(j), 7, 9}})
	}
	for j := range k.points {
		w := r3.Vec{X: 4*rng.Float64() - 2, Y: 3*rng.Float64() - 1.5, Z: 4*rng.Float64() - 2}
		if k.planar {
			w.Z = 0.2 * w.X
		}
		for i := range poses {
			at := w
			if k.door && j >= 120 {
				// One room ends in a wall behind the door, the other is less deep.
				if at.Z = 1.6 + 0.3*w.X; j >= k.points/2 {
					at.Z = -0.8 - 0.2*w.X
				}
			} else if k.door {
				at = r3.Vec{X: 0.25 * w.X, Y: 0.3 * w.Y, Z: 0.3 + 0.1*w.Z}
			}
			switch {
			case k.apart && (i < k.photos/3) != (j < k.points/3):
			case k.door && j >= 120 && (i < k.photos/2) != (j < k.points/2):
			default:
				sight(i, j, at)
			}
		}
	}
	// The twins stand at the left and at the right, turned by a third of a circle.
	const twinPoints, firstTwin, secondTwin = 80, 1 << 20, 1 << 21
	for j := range twinPoints {
		if !k.twins {
			break
		}
		w := r3.Vec{X: 0.5 * rng.NormFloat64(), Y: 0.5 * rng.NormFloat64(), Z: 0.2 * rng.NormFloat64()}
		turned := recon.Pose{Q: geom.Rotation(r3.Vec{Z: 2.1}), T: r3.Vec{X: 1.2}}.Apply(w)
		for i := range poses {
			sight(i, firstTwin+j, r3.Add(w, r3.Vec{X: -1.2}))
			sight(i, secondTwin+j, turned)
		}
	}
	for a := range k.photos {
		for b := a + 1; b < k.photos && k.twins; b++ {
			p := pair{a: a, b: b}
			for j := range 2 * twinPoints {
				ja, jb := firstTwin+j, firstTwin+j
				if j >= twinPoints {
					ja, jb = secondTwin+j-twinPoints, secondTwin+j-twinPoints
				}
				if b-a > k.reach {
					if jb = secondTwin + j; j >= twinPoints {
						break
					}
				}
				ka, okA := keyOf[a][ja]
				kb, okB := keyOf[b][jb]
				if okA && okB {
					p.matches = append(p.matches, [2]int32{ka, kb})
				}
			}
			if b-a <= k.reach+2 && len(p.matches) >= minMatches {
				s.pairs = append(s.pairs, p)
			}
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
			if at := slices.IndexFunc(s.pairs, func(q pair) bool { return q.a == a && q.b == b }); at >= 0 {
				s.pairs[at].matches = append(s.pairs[at].matches, p.matches...)
			} else if len(p.matches) >= minMatches {
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
