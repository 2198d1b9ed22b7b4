package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strconv"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/origin/cells"
	"firescene/recon/origin/inquiry"
	"firescene/recon/zone"
	"firescene/render"

	"gonum.org/v1/gonum/spatial/r3"
)

// caseFires is what each stated hypothesis predicts, in the order of their IDs.
type caseFires struct {
	Hypotheses []caseFire `json:"hypotheses"`
}

// caseFire is one hypothesis of the case with its prediction.
type caseFire struct {
	Exhibit    string            `json:"exhibit"` // that states it
	Hypothesis *recon.Hypothesis `json:"hypothesis"`
	Result     *recon.FireResult `json:"result"`
	Plot       map[string]string `json:"plot"` // by language, relative to the case
}

// simulate predicts the course of every stated hypothesis.
func (r *stageRun) simulate(ctx context.Context) (caseFires, error) {
	exhibits, err := r.exhibits(ctx, forensics.KindHypothesis)
	if err != nil || len(exhibits) == 0 {
		return caseFires{}, err
	}
	labels := map[string]firePlotLabels{}
	for _, lang := range reportLanguages {
		labels[lang] = fireLabels(lang)
	}
	want := forensics.Step{Stage: "simulate", Inputs: exhibitInputs(exhibits), Params: map[string]string{"engine": zone.Tier}}
	return runStage(ctx, r, simulatedDir, want, func(ctx context.Context, dir string, step *forensics.Step) (caseFires, error) {
		fires := caseFires{Hypotheses: []caseFire{}}
		var files []string
		stated := map[string]forensics.Exhibit{}
		for _, e := range exhibits {
			files = append(files, r.c.ExhibitPath(e))
		}
		hypotheses, failed := readHypotheses(files)
		for i, e := range exhibits {
			if hs, _ := readHypotheses(files[i : i+1]); len(hs) == 1 {
				if _, taken := stated[hs[0].ID]; !taken {
					stated[hs[0].ID] = e
				}
			}
		}
		sims, more, err := simulateAll(ctx, hypotheses, r.workers, r.report)
		if err != nil {
			return fires, err
		}
		step.Failed = r.byExhibit(append(failed, more...), exhibits)
		step.In, step.Out = len(exhibits), len(sims)
		for _, m := range sims {
			e := stated[m.Hypothesis.ID]
			f := caseFire{Exhibit: e.ID, Hypothesis: m.Hypothesis, Result: m.Result, Plot: map[string]string{}}
			if err := writeFireNumbers(dir, m); err != nil {
				return fires, err
			}
			for _, lang := range reportLanguages {
				png, err := firePlot(m, labels[lang])
				if err != nil {
					return fires, fmt.Errorf("plot of %s: %w", m.Hypothesis.ID, err)
				}
				name := m.Hypothesis.ID + "_series." + lang + ".png"
				if err := writeFile(filepath.Join(dir, name), png); err != nil {
					return fires, err
				}
				f.Plot[lang] = path.Join(simulatedDir, name)
			}
			fires.Hypotheses = append(fires.Hypotheses, f)
		}
		return fires, nil
	})
}

// inRank returns the hypotheses best first, those that were not compared last.
func (c caseFires) inRank(r *recon.Ranking) []caseFire {
	var out []caseFire
	listed := map[string]bool{}
	if r != nil {
		for _, ranked := range r.Hypotheses {
			for _, f := range c.Hypotheses {
				if f.Hypothesis.ID == ranked.HypothesisID {
					out, listed[ranked.HypothesisID] = append(out, f), true
				}
			}
		}
	}
	for _, f := range c.Hypotheses {
		if !listed[f.Hypothesis.ID] {
			out = append(out, f)
		}
	}
	return out
}

// testedCase is the answer of every hypothesis to every observation.
type testedCase struct {
	Observations []recon.Observation `json:"observations"` // with times from events
	Stated       map[string]string   `json:"stated"`       // observation ID, exhibit that states it
	Ranking      *recon.Ranking      `json:"ranking"`      // nil: nothing to compare
	Inquiry      *inquiry.Inquiry    `json:"inquiry,omitempty"`
	Cells        *cellSummary        `json:"cells,omitempty"`    // nil: the floor was not weighed
	CellPlot     *casePicture        `json:"cellPlot,omitempty"` // of Cells
}

// cellsFor is the number of cells that the floor of each room of origin is weighed in:
// fewer where a simulation takes longer.
func cellsFor(fires caseFires) int {
	rooms := 0
	for _, f := range fires.Hypotheses {
		rooms = max(rooms, len(f.Hypothesis.Rooms))
	}
	switch {
	case rooms <= 2:
		return cells.SimulatedMost
	case rooms <= 4:
		return 100
	}
	return 49
}

// test gives observations their times from events and ranks the hypotheses.
func (r *stageRun) test(ctx context.Context, fires caseFires, line caseTimeline) (testedCase, error) {
	stated, err := r.c.Observations(ctx)
	if err != nil {
		return testedCase{}, err
	}
	var list []recon.Observation
	exhibit := map[string]string{}
	want := forensics.Step{Stage: "test", Params: map[string]string{"cells": strconv.Itoa(cellsFor(fires)), "font": r.fonts.Path}}
	for _, o := range stated {
		var noun recon.Observation
		if err := json.Unmarshal(o.Body, &noun); err != nil {
			return testedCase{}, fmt.Errorf("observation %s of exhibit %s: %w", o.ID, o.Exhibit, err)
		}
		list = append(list, noun)
		exhibit[o.ID] = o.Exhibit
		want.Params["observation "+o.ID] = string(o.Body)
	}
	if want.Inputs, err = r.resultsOf(simulatedDir, timelineDir); err != nil {
		return testedCase{}, err
	}
	if len(list) == 0 && len(fires.Hypotheses) == 0 {
		return testedCase{}, nil
	}
	return runStage(ctx, r, testedDir, want, func(ctx context.Context, dir string, step *forensics.Step) (testedCase, error) {
		usable, failed := observe(list, line.Events)
		t := testedCase{Observations: usable, Stated: exhibit}
		step.In, step.Out, step.Failed = len(list), len(usable), failed
		if len(fires.Hypotheses) == 0 {
			return t, nil
		}
		var sims []simulated
		for _, f := range fires.Hypotheses {
			sims = append(sims, simulated{f.Hypothesis, f.Result})
		}
		if sims, err = withExposures(ctx, fireOptions{}, sims, usable); err != nil {
			return t, err
		}
		t.Ranking = rankSimulated(sims, usable)
		if err := t.inquire(ctx, r, dir, sims, cellsFor(fires)); err != nil {
			if ctx.Err() != nil || writeTrouble(err, dir) {
				return t, err
			}
			step.Warnings = append(step.Warnings, "the floor was not weighed: "+err.Error())
		}
		return t, writeJSON(filepath.Join(dir, "ranking.json"), rankFile{t.Ranking, t.Inquiry, t.Cells})
	})
}

// inquire adds what the ranking rests on, and weighs the floor of the rooms of origin.
func (t *testedCase) inquire(ctx context.Context, r *stageRun, dir string, sims []simulated, n int) error {
	q, weighed, err := inquire(ctx, fireOptions{Cells: n, Workers: r.workers}, sims, t.Observations, t.Ranking, r.report)
	if err != nil && ctx.Err() == nil { // without the cells
		why := err
		if q, _, err = inquire(ctx, fireOptions{Workers: r.workers}, sims, t.Observations, t.Ranking, r.report); err == nil {
			t.Inquiry = q
			return why
		}
	}
	if err != nil {
		return err
	}
	t.Inquiry = q
	plot := casePicture{Name: "origin_cells", File: map[string]string{}, Caption: map[string]string{}, Legend: map[string][]render.Legend{}, Sources: []string{testedDir + "/origin_cells.csv"}}
	for _, lang := range reportLanguages {
		words := newTexts(lang)
		sum, err := writeCells(dir, weighed, sims, fireLabels(lang), plot.Name+"."+lang+".png")
		if err != nil {
			return err
		}
		t.Cells = sum
		plot.File[lang] = path.Join(testedDir, plot.Name+"."+lang+".png")
		plot.Caption[lang] = words.T("test_cells_caption", "N", sum.N)
		plot.Legend[lang] = []render.Legend{{Text: words.T("test_cells_legend"), Standing: forensics.Inferred}, {Text: words.T("draw_origins"), Symbol: "origin", Standing: forensics.Supposed}}
	}
	t.CellPlot = &plot
	return nil
}

type vec = r3.Vec

func minVec(a, b vec) vec { return vec{X: min(a.X, b.X), Y: min(a.Y, b.Y), Z: min(a.Z, b.Z)} }
func maxVec(a, b vec) vec { return vec{X: max(a.X, b.X), Y: max(a.Y, b.Y), Z: max(a.Z, b.Z)} }
