package control

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/recon/bundle"
	"firescene/recon/sfm"
)

// poorEnd is a room in which the photos hold the place of one named point poorly: only
// two neighbours show it. Right bars are given, one of which ends there.
func poorEnd(seed uint64, saidPx float64) (in *Input, try func(*Input) (*Report, error)) {
	rng := rand.New(rand.NewPCG(seed, 77))
	m, picks, tr := room{photos: 10, points: 200, named: 8, noisePx: 0.4, pickPx: 0.5, seed: 1000 + seed}.make()
	p, err := problemOf(m, Options{}) // models come adjusted
	if err == nil {
		_, err = bundle.Solve(context.Background(), p, Options{}.bundle())
	}
	if err != nil {
		panic(err)
	}
	sfm.Adopt(m, p)
	from := rng.IntN(max(1, len(picks[5].Picks)-1))
	picks[5].Picks = picks[5].Picks[from:min(from+2, len(picks[5].Picks))]
	in = &Input{Points: picks}
	for i := range picks {
		for k := range picks[i].Picks {
			picks[i].Picks[k].SigmaPx = saidPx
		}
	}
	for _, k := range [][2]int{{2, 5}, {0, 3}, {4, 7}, {1, 6}} {
		in.Distances = append(in.Distances, tr.bar(k[0], k[1], 0.001, rng.NormFloat64()))
	}
	return in, func(in *Input) (*Report, error) {
		_, rep, err := Apply(context.Background(), m, in, nil, Options{})
		var c *ContradictionError
		if errors.As(err, &c) {
			rep = c.Report
		}
		return rep, err
	}
}

// Right bars stand, also where picks are said to be surer than they are.
func TestRightBarsAreNotRefused(t *testing.T) {
	for _, said := range []float64{0.5, 0.2} {
		refused, n, sum := 0, 0, 0.0
		for seed := range uint64(100) {
			in, try := poorEnd(seed, said)
			rep, err := try(in)
			if rep == nil {
				t.Fatal(err)
			}
			if err != nil {
				refused++
			}
			for _, d := range rep.Distances {
				if d.Of != NotPlaced && d.Sigma > 0.1*d.GivenSigma {
					sum += square(d.Diff / d.Sigma)
					n++
				}
			}
		}
		rms := math.Sqrt(sum / float64(n))
		t.Logf("picks said to be sure to %g px: refused %d of 100; residual over sigma, root mean square %.3f of %d", said, refused, rms, n)
		if refused > 1 || rms > 1.15 || rms < 0.6 {
			t.Errorf("picks said to be sure to %g px: right bars were refused in %d of 100 draws, with residuals of %.3f standard deviations", said, refused, rms)
		}
	}
}

// A bar that is wrong by ten of its standard deviations is found and alone named.
func TestWrongBarIsCaught(t *testing.T) {
	caught, named := 0, 0
	for seed := range uint64(20) {
		in, try := poorEnd(seed, 0.5)
		in.Distances[1].Metres += 10 * in.Distances[1].Sigma
		if _, err := try(in); err != nil {
			caught++
			if strings.Contains(err.Error(), "N00 to N03") {
				named++
			}
		}
	}
	t.Logf("caught %d of 20, named %d", caught, named)
	if caught < 19 || named < caught {
		t.Errorf("of 20 bars wrong by ten standard deviations %d were caught and %d named", caught, named)
	}
}
