package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/origin"
	"firescene/recon/origin/cells"
)

func (a *app) fireCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "fire",
		Short: "Simulate stated fire hypotheses and hold them against observations",
		Long:  "Simulate stated fire hypotheses and hold them against observations. A hypothesis\nis a YAML file: origin, ignition time, fuels, rooms, openings, detectors." + exitStatusHelp,
		Args:  func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.fireSimulateCmd(), a.fireCompareCmd(), a.fireRankCmd(), a.fireRunCmd(), a.fireExportCmd(), a.fireSceneCmd(), a.fireFuelsCmd(), a.fireValidateCmd(), a.fireBenchCmd())
	return c
}

// fireOptions are the options of fire simulate, compare and rank.
type fireOptions struct {
	Files        []string // hypotheses
	Observations string   // rank only
	Cells        int      // rank only: origin cells a hypothesis; 0: none
	FieldCells   int      // rank only: of them with the field model too
	FieldFrom    []string // [ID=]CASE.smv: results of a field model in the place of a simulation
	Out          string
	Workers      int
	Lang         string // of the plots
	Tier         string // "", zone or field
	CellM        float64
}

func (a *app) fireSimulateCmd() *cobra.Command {
	o := fireOptions{}
	c := &cobra.Command{
		Use:   "simulate HYPOTHESIS.yaml... -o DIR",
		Short: "Predict the course of each hypothesis: series, plot, detector times",
		Long: `Predict the course of each hypothesis with hand correlations and a two-layer
model of the room of origin. For each hypothesis DIR gets ID.json, ID_series.csv
(units in the header) and ID_series.png; step.json records the run.

--field-from CASE.smv takes the course from a result of FDS, or of fire run
--smokeview, in the same coordinates and with ignition at its time 0: detectors from
its devices and slices, layers of rooms, heat release. What they do not cover is
said.

--tier field takes the field model instead, which says where in a room it gets hot, in
minutes instead of a fraction of a second; DIR then also gets ID_exposure.csv: what each
piece of surface met (heat in MJ/m2, peak flux, peak temperature). Openings should have
a place (at_m) for it.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Files, o.Workers, o.Lang = args, a.workers, a.language()
			return a.finish(runFireSimulate(c.Context(), o, a.progress()))
		},
	}
	c.Flags().StringVar(&o.Tier, "tier", "zone", "model: zone or field")
	c.Flags().Float64Var(&o.CellM, "cell", 0, "with --tier field: size of cells in m (default 0.15)")
	c.Flags().StringVarP(&o.Out, "out", "o", "", "output folder")
	c.Flags().StringArrayVar(&o.FieldFrom, "field-from", nil, "take a hypothesis's course from a result of FDS: CASE.smv, or ID=CASE.smv")
	return c
}

func (a *app) fireCompareCmd() *cobra.Command {
	o := fireOptions{}
	c := &cobra.Command{
		Use:   "compare HYPOTHESIS.yaml... -o DIR",
		Short: "Simulate several hypotheses and set them side by side",
		Long: `Simulate several hypotheses and set them side by side: DIR gets what simulate
writes, and compare.csv and compare.png.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			o.Files, o.Workers, o.Lang = args, a.workers, a.language()
			return a.finish(runFireCompare(c.Context(), o, a.progress()))
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "output folder")
	c.Flags().StringArrayVar(&o.FieldFrom, "field-from", nil, "take a hypothesis's course from a result of FDS: CASE.smv, or ID=CASE.smv")
	return c
}

func (a *app) fireRankCmd() *cobra.Command {
	o := fireOptions{}
	c := &cobra.Command{
		Use:   "rank HYPOTHESIS.yaml... --observations OBSERVATIONS.yaml -o DIR",
		Short: "Test hypotheses against observations: agrees, conflicts or silent, with the numbers",
		Long: fmt.Sprintf(`Simulate hypotheses and test each against every observation. DIR gets what
simulate writes, and ranking.json: verdicts, posteriors with and without "none of
them", Bayes factors, what each observation speaks for, what to measure next, and a
log of the tests. With --cells N each hypothesis is moved over about N cells of its
room of origin (origin_cells.csv, origin_cells.png), simulated with the zone model;
--field-cells K runs the field model at K of them and corrects the rest. Kinds of observations and their
errors: docs/observations.md. An observation agrees up to %g combined
standard uncertainties and conflicts above %g. The best hypothesis is called
determined only with a share of at least %g, no conflict, an agreeing observation
that tells it from another, and not by elimination alone.`, origin.AgreeSigmas, origin.ConflictSigmas, origin.DeterminedPosterior) + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Files, o.Workers, o.Lang = args, a.workers, a.language()
			if o.Observations == "" {
				return usageError{errors.New("fire rank: give --observations FILE.yaml")}
			}
			if o.FieldCells < 0 || o.FieldCells > cells.FieldMost || o.FieldCells > 0 && o.Cells == 0 {
				return usageError{fmt.Errorf("fire rank: --field-cells is %d; give 1 to %d beside --cells", o.FieldCells, cells.FieldMost)}
			}
			if o.Cells < 0 || o.Cells > cells.Most {
				return usageError{fmt.Errorf("fire rank: --cells is %d; give 1 to %d", o.Cells, cells.Most)}
			}
			return a.finish(runFireRank(c.Context(), o, a.progress()))
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "output folder")
	c.Flags().StringArrayVar(&o.FieldFrom, "field-from", nil, "take a hypothesis's course from a result of FDS: CASE.smv, or ID=CASE.smv")
	c.Flags().StringVar(&o.Observations, "observations", "", "YAML file with the list of observations")
	c.Flags().Float64Var(&o.CellM, "cell", 0, "with --field-cells: size of the field model's cells in m (default 0.15)")
	c.Flags().IntVar(&o.FieldCells, "field-cells", 0, "with --cells: at so many of them run the field model too, with an emulator between")
	c.Flags().IntVar(&o.Cells, "cells", 0, "origin cells to weigh for each hypothesis")
	return c
}

// simulated is one hypothesis with what it predicts.
type simulated struct {
	Hypothesis *recon.Hypothesis
	Result     *recon.FireResult
}

// runFireSimulate reads, simulates and writes each hypothesis. A hypothesis that
// can not be read or simulated is listed and the others go on.
func runFireSimulate(ctx context.Context, o fireOptions, report progressFunc) (fireSummary, error) {
	_, s, err := simulateFiles(ctx, o, "fire simulate", report)
	if err != nil {
		return s, err
	}
	return s, s.record(o)
}

// runFireCompare does what runFireSimulate does and sets the results side by side.
func runFireCompare(ctx context.Context, o fireOptions, report progressFunc) (fireSummary, error) {
	sims, s, err := simulateFiles(ctx, o, "fire compare", report)
	if err != nil {
		return s, err
	}
	if err := writeCompare(o.Out, sims, fireLabels(o.Lang)); err != nil {
		return s, err
	}
	return s, s.record(o)
}

// runFireRank does what runFireSimulate does and ranks the hypotheses.
func runFireRank(ctx context.Context, o fireOptions, report progressFunc) (fireSummary, error) {
	data, err := os.ReadFile(o.Observations)
	if err != nil {
		return fireSummary{}, err
	}
	observations, err := fire.ParseObservations(data)
	if err != nil {
		return fireSummary{}, fmt.Errorf("%s: %w", o.Observations, err)
	}
	if err := loadRecords(observations, filepath.Dir(o.Observations)); err != nil {
		return fireSummary{}, err
	}
	sims, s, err := simulateFiles(ctx, o, "fire rank", report)
	if err != nil {
		return s, err
	}
	if sims, err = withExposures(ctx, o, sims, observations); err != nil {
		return s, err
	}
	s.Ranking = rankSimulated(sims, observations)
	var weighed *cells.Result
	if s.Inquiry, weighed, err = inquire(ctx, o, sims, observations, s.Ranking, report); err != nil {
		return s, err
	}
	if weighed != nil {
		if s.Cells, err = writeCells(o.Out, weighed, sims, fireLabels(o.Lang), "origin_cells.png"); err != nil {
			return s, err
		}
	}
	if err := writeJSON(filepath.Join(o.Out, "ranking.json"), rankFile{s.Ranking, s.Inquiry, s.Cells}); err != nil {
		return s, err
	}
	return s, s.record(o)
}

// simulateFiles is the part that simulate, compare and rank share: read, refuse
// what can not be read, simulate on all workers, write in the order of IDs.
func simulateFiles(ctx context.Context, o fireOptions, stage string, report progressFunc) ([]simulated, fireSummary, error) {
	s := fireSummary{Stage: stage, Out: o.Out, Results: []fireLine{}, Failed: []forensics.Failure{}, began: time.Now()}
	if o.Out == "" {
		return nil, s, usageError{errors.New(stage + ": give an output folder with -o DIR")}
	}
	hypotheses, failed := readHypotheses(o.Files)
	s.Failed = append(s.Failed, failed...)
	var sims []simulated
	var err error
	switch o.Tier {
	case "", "zone":
		var simulate simulator
		if simulate, err = o.simulator(hypotheses); err != nil {
			return nil, s, err
		}
		sims, failed, err = simulateWith(ctx, hypotheses, o.Workers, simulate, report)
	case "field":
		if len(o.FieldFrom) > 0 {
			return nil, s, usageError{errors.New("--field-from takes a finished result, --tier field makes one: give one of the two")}
		}
		sims, failed, err = simulateFields(ctx, hypotheses, o, report)
	default:
		err = usageError{fmt.Errorf("%s: --tier is %q; give zone or field", stage, o.Tier)}
	}
	if err != nil {
		return nil, s, err
	}
	s.Failed = append(s.Failed, failed...)
	if len(sims) == 0 {
		return nil, s, allFailed(s.Failed)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, s, err
	}
	labels := fireLabels(o.Lang)
	for _, m := range sims {
		if err := writeFireResult(o.Out, m, labels); err != nil {
			return nil, s, err
		}
		s.Results = append(s.Results, lineOf(m))
	}
	return sims, s, nil
}

// readHypotheses reads files; two with one ID can not both be kept.
func readHypotheses(files []string) ([]*recon.Hypothesis, []forensics.Failure) {
	var out []*recon.Hypothesis
	var failed []forensics.Failure
	from := map[string]string{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			failed = append(failed, forensics.Failure{Input: path, Reason: "it is a folder", Next: "name the YAML files in it"})
			continue
		}
		if err != nil {
			failed = append(failed, forensics.Failure{Input: path, Reason: err.Error(), Next: "check the path"})
			continue
		}
		h, err := fire.ParseHypothesis(data)
		if err != nil {
			failed = append(failed, failureOf(path, err))
			continue
		}
		key := strings.ToLower(h.ID) // IDs name files, and some file systems ignore case
		if first, taken := from[key]; taken {
			failed = append(failed, forensics.Failure{Input: path, Reason: fmt.Sprintf("its ID %s is that of %s", h.ID, first), Next: "give each hypothesis an ID of its own"})
			continue
		}
		from[key] = path
		out = append(out, h)
	}
	return out, failed
}

// simulateAll simulates hypotheses on several workers and returns them in the
// order of their IDs. One that can not be simulated is listed.
func simulateAll(ctx context.Context, hypotheses []*recon.Hypothesis, workers int, report progressFunc) ([]simulated, []forensics.Failure, error) {
	return simulateWith(ctx, hypotheses, workers, fire.Simulate, report)
}

// simulateWith is simulateAll with the simulation given.
func simulateWith(ctx context.Context, hypotheses []*recon.Hypothesis, workers int, simulate simulator, report progressFunc) ([]simulated, []forensics.Failure, error) {
	list := append([]*recon.Hypothesis(nil), hypotheses...)
	sortHypotheses(list)
	results := make([]*recon.FireResult, len(list))
	errs := make([]error, len(list))
	next := make(chan int)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range max(1, min(workers, len(list))) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				results[i], errs[i] = simulate(ctx, list[i])
				mu.Lock()
				done++
				report("fire", int64(done), int64(len(list)))
				mu.Unlock()
			}
		}()
	}
	for i := range list {
		next <- i
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	var sims []simulated
	var failed []forensics.Failure
	for i, h := range list {
		if errs[i] != nil {
			failed = append(failed, failureOf(h.ID, errs[i]))
			continue
		}
		sims = append(sims, simulated{h, results[i]})
	}
	return sims, failed, nil
}

// rankHypotheses ranks parsed hypotheses by their results; observations carry
// their corrected times already.
func rankHypotheses(hypotheses []*recon.Hypothesis, results []*recon.FireResult, observations []recon.Observation) recon.Ranking {
	return origin.Rank(hypotheses, results, observations)
}

func rankSimulated(sims []simulated, observations []recon.Observation) *recon.Ranking {
	var hs []*recon.Hypothesis
	var rs []*recon.FireResult
	for _, s := range sims {
		hs, rs = append(hs, s.Hypothesis), append(rs, s.Result)
	}
	r := rankHypotheses(hs, rs, observations)
	return &r
}
