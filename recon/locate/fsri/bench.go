package fsri

import (
	"context"
	"fmt"
	"io/fs"
	"math"

	"firescene/recon/locate"
)

// Outcome is one experiment with what was inferred.
type Outcome struct {
	File      string             `json:"file"`
	Open      bool               `json:"open"`
	Truth     string             `json:"truth"`
	Posterior map[string]float64 `json:"posterior"`
	Top       string             `json:"top"`
	Undecided string             `json:"undecided,omitempty"` // why the records say nothing
}

// Bin is a line of the calibration table: of the experiments whose largest posterior
// lay in a range, the mean of what was stated and the share that was right.
type Bin struct {
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	N      int     `json:"n"`
	Stated float64 `json:"stated"`
	Right  float64 `json:"right"`
}

// Score is what a set of outcomes is worth. Log loss is the mean of minus the natural
// logarithm of the posterior of the true place: ln 4 = 1.386 for equal shares.
type Score struct {
	N           int       `json:"n"`
	Top1        float64   `json:"top1"`
	Top1Open    float64   `json:"top1_open"`
	Top1Closed  float64   `json:"top1_closed"`
	LogLoss     float64   `json:"log_loss"`
	Calibration []Bin     `json:"calibration"`
	Experiments []Outcome `json:"experiments"`
}

// Failure is an experiment that could not be read.
type Failure struct{ File, Reason string }

// Run reads and locates all experiments of a folder, by all records and by wall flux
// alone. An error means that there is none or that ctx was cancelled.
func Run(ctx context.Context, fsys fs.FS, done func(n, of int)) (all, flux Score, failed []Failure, err error) {
	files, err := List(fsys)
	if err != nil {
		return all, flux, nil, err
	}
	var outcomes, fluxes []Outcome
	for i, name := range files {
		e, err := readFile(fsys, name)
		if err != nil {
			failed = append(failed, Failure{name, err.Error()})
			continue
		}
		est, err := locate.Locate(ctx, Room(), &e.Records, Candidates(e.Open))
		if err != nil {
			if ctx.Err() != nil {
				return all, flux, nil, ctx.Err()
			}
			failed = append(failed, Failure{name, err.Error()})
			continue
		}
		posterior, why, err := byFlux(ctx, e)
		if err != nil {
			return all, flux, nil, err
		}
		outcomes = append(outcomes, outcome(e, est.Posterior, est.Undecided))
		fluxes = append(fluxes, outcome(e, posterior, why))
		done(i+1, len(files))
	}
	if len(outcomes) == 0 {
		return all, flux, failed, fmt.Errorf("no experiment could be read")
	}
	return ScoreOf(outcomes), ScoreOf(fluxes), failed, nil
}

func readFile(fsys fs.FS, name string) (*Experiment, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, name)
}

func outcome(e *Experiment, posterior []float64, undecided string) Outcome {
	o := Outcome{File: e.File, Open: e.Open, Truth: e.Truth, Posterior: map[string]float64{}, Undecided: undecided}
	best := 0
	for i, p := range posterior {
		o.Posterior[Places[i]] = p
		if p > posterior[best] {
			best = i
		}
	}
	o.Top = Places[best]
	return o
}

// ScoreOf scores outcomes. A tie or a flat posterior counts for its first place; an
// undecided experiment counts as wrong.
func ScoreOf(list []Outcome) Score {
	s := Score{N: len(list), Experiments: list, Calibration: []Bin{}}
	var right, n [2]float64
	edges := []float64{0.25, 0.4, 0.55, 0.7, 0.85, 0.95, 1.0000001}
	bins := make([]Bin, len(edges)-1)
	for _, o := range list {
		k := 0
		if o.Open {
			k = 1
		}
		n[k]++
		hit := 0.0
		if o.Top == o.Truth && o.Undecided == "" {
			hit = 1
		}
		right[k] += hit
		s.LogLoss -= math.Log(max(o.Posterior[o.Truth], 1e-12)) / float64(len(list))
		for b := range bins {
			if p := o.Posterior[o.Top]; p < edges[b+1] {
				bins[b].N++
				bins[b].Stated += p
				bins[b].Right += hit
				break
			}
		}
	}
	share := func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	}
	s.Top1 = share(right[0]+right[1], n[0]+n[1])
	s.Top1Closed, s.Top1Open = share(right[0], n[0]), share(right[1], n[1])
	for b := range bins {
		if bins[b].N > 0 {
			bins[b].From, bins[b].To = edges[b], min(1, edges[b+1])
			bins[b].Stated /= float64(bins[b].N)
			bins[b].Right /= float64(bins[b].N)
			s.Calibration = append(s.Calibration, bins[b])
		}
	}
	return s
}
