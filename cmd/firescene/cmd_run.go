package main

import (
	"context"
	"fmt"
	"io"
	"path"

	"firescene/forensics"
	"firescene/forensics/casefile"

	"github.com/spf13/cobra"
)

// Where each stage leaves its outcome, relative to the case.
const (
	photosDir    = casefile.CloudDir + "/photos"
	scansDir     = casefile.CloudDir + "/scans"
	simulatedDir = casefile.HypothesisDir + "/simulated"
	testedDir    = casefile.HypothesisDir + "/tested"
	itemsDir     = casefile.ItemsDir
	timelineDir  = casefile.TimelineDir
	renderDir    = casefile.RenderDir
	reportDir    = casefile.ReportDir
)

type runOptions struct {
	Case   string
	By     string
	Camera string // of the photos: fx,fy,cx,cy
	// Cameras, Masks and MaskSky are as for the photos alone.
	Cameras string
	Masks   []string
	MaskSky bool
	Scale   string // of the photos: NAME=NAME:METRES
	// SparseOnly makes no dense cloud of the photos.
	SparseOnly bool
	// Units are of exhibits whose coordinates are not in metres.
	Units       unitList
	DenseSidePx int // longer side of the photos for the dense cloud; 0: the default
	Workers     int
	done        func(stageLine) // told of each stage as it ends; may be nil
}

// caseOutcome is what the stages before the report gave.
type caseOutcome struct {
	place    caseScene
	survey   *surveyedPlace // nil: no joined scans
	fires    caseFires
	items    caseItems
	line     caseTimeline
	tested   testedCase
	pictures []casePicture
}

// runCaseSummary says what each stage did and where the report is.
type runCaseSummary struct {
	Case   string      `json:"case"`
	Stages []stageLine `json:"stages"`
	Report []string    `json:"report"`
	Head   string      `json:"head"` // of the custody log
}

func (a *app) runCmd() *cobra.Command {
	opts := runOptions{}
	c := &cobra.Command{
		Use:   "run CASE",
		Short: "Do every stage of a case, from evidence to report",
		Long: `Reconstructs the scene from photos and scans, measures its rooms, reads fire marks,
simulates the stated hypotheses,
recovers items from seized media, corrects every recorded time, tests each
hypothesis against the observations, draws the scene and writes the report.

A stage whose inputs and parameters did not change since it was last finished is
not done again: after a crash or Ctrl-C the same command goes on where it was.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Case, opts.Workers = args[0], a.workers
			if !a.json {
				t := a.texts()
				opts.done = func(l stageLine) { l.print(a.stdout, t) }
			}
			return a.finish(runCase(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVar(&opts.By, "by", "", "who runs it, for the custody log (default: the user of this computer)")
	f.StringVar(&opts.Camera, "camera", "", "intrinsics of the photos, fx,fy,cx,cy in pixels")
	f.StringVar(&opts.Cameras, "cameras", "", "cameras.txt of COLMAP, with images.txt beside it where there are several")
	f.StringArrayVar(&opts.Masks, "masks", nil, "folder of mask pictures (black is not used) or YAML/JSON file of polygons for the photos; may be repeated")
	f.BoolVar(&opts.MaskSky, "mask-sky", false, "leave out the sky of outdoor photos")
	f.StringVar(&opts.Scale, "scale", "", "NAME=NAME:METRES, distance between the stations of two photos")
	f.BoolVar(&opts.SparseOnly, "sparse-only", false, "make no dense cloud of the photos")
	f.IntVar(&opts.DenseSidePx, "dense-side", 0, "longer side in pixels that photos are reduced to for the dense cloud (default 1600, less for many photos)")
	f.StringArrayVar((*[]string)(&opts.Units), "unit", nil, "unit of the scans' coordinates: m, cm, mm, in, ft or us-ft, for all scans or as EXHIBIT=UNIT; may be repeated")
	return c
}

// runCase is the whole flow of the product: evidence in, report out.
func runCase(ctx context.Context, opts runOptions, report progressFunc) (runCaseSummary, error) {
	s := runCaseSummary{Case: opts.Case}
	if err := opts.check(); err != nil {
		return s, usageError{err}
	}
	c, err := casefile.Open(ctx, opts.Case, casefile.Options{By: whoWorks(opts.By)})
	if err != nil {
		return s, err
	}
	defer c.Close()
	r, err := newStageRun(ctx, c, opts, report)
	if err != nil {
		return s, err
	}
	place, err := r.reconstruct(ctx)
	if err != nil {
		return s, err
	}
	survey, err := r.surveyPlace(ctx, place)
	if err != nil {
		return s, err
	}
	fires, err := r.simulate(ctx)
	if err != nil {
		return s, err
	}
	items, err := r.recoverItems(ctx)
	if err != nil {
		return s, err
	}
	line, err := r.buildTimeline(ctx, items)
	if err != nil {
		return s, err
	}
	tested, err := r.test(ctx, fires, line)
	if err != nil {
		return s, err
	}
	pictures, err := r.draw(ctx, place, fires, tested)
	if err != nil {
		return s, err
	}
	if err := r.checkAfter(ctx); err != nil {
		return s, err
	}
	files, err := r.writeReport(ctx, caseOutcome{place, survey, fires, items, line, tested, pictures})
	if err != nil {
		return s, err
	}
	s.Stages = r.lines
	for _, f := range files {
		s.Report = append(s.Report, path.Join(opts.Case, f))
	}
	s.Head, err = r.head(ctx)
	return s, err
}

// check refuses wrong options before hours of work.
func (o runOptions) check() error {
	if _, err := parseCamera(o.Camera); err != nil {
		return err
	}
	if _, err := o.statedFiles(); err != nil {
		return err
	}
	if err := o.Units.check(func(string) bool { return true }); err != nil { // the case knows the names
		return err
	}
	_, err := parseScale(o.Scale)
	return err
}

func (s runCaseSummary) failures() []forensics.Failure {
	var out []forensics.Failure
	for _, l := range s.Stages {
		out = append(out, l.Failed...)
	}
	return out
}

func (s runCaseSummary) print(w io.Writer, t texts) {
	for _, f := range s.Report {
		fmt.Fprintln(w, t.T("run_report", "Path", f))
	}
	fmt.Fprintln(w, t.T("run_head", "Hash", s.Head))
}

// print writes the stage's line: name, counts, seconds.
func (l stageLine) print(w io.Writer, t texts) {
	took := fmt.Sprintf("%7.2f s", l.Seconds)
	if l.Resumed {
		took = t.T("run_resumed")
	}
	fmt.Fprintf(w, "%-12s %s  %s\n", l.Stage, took, t.T("run_counts", "In", l.In, "Out", l.Out, "Failed", len(l.Failed)))
	for _, warning := range l.Warnings {
		fmt.Fprintf(w, "             %s %s\n", t.T("run_warning"), warning)
	}
}
