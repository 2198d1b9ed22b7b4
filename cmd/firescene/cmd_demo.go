package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/samples"

	"github.com/spf13/cobra"
	"golang.org/x/text/width"
)

type demoOptions struct {
	Out     string
	Seed    int64
	Lang    string
	Workers int
	done    func(stageLine)
}

// demoSummary sets the sample's truth against what the run found.
type demoSummary struct {
	Sample  string         `json:"sample"`
	Run     runCaseSummary `json:"run"`
	Score   []samples.Line `json:"score"`
	Seconds float64        `json:"seconds"`
}

func (a *app) demoCmd() *cobra.Command {
	opts := demoOptions{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Make the sample case, run everything, print truth against result",
		Long: `Makes photos, scans, a recorder's disk, logs and hypotheses of one burnt room whose
truth is known, puts them into a case, runs every stage, and prints what is true
beside what was found. DIR/sample holds the evidence, DIR/case the case with its
report. Both are made anew each time.` + exitStatusHelp,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			opts.Lang, opts.Workers = a.language(), a.workers
			if !a.json {
				t := a.texts()
				opts.done = func(l stageLine) { l.print(a.stdout, t) }
			}
			return a.finish(runDemo(c.Context(), opts, a.progress()))
		},
	}
	c.Flags().StringVar(&opts.Out, "out", "demo-out", "output folder")
	c.Flags().Int64Var(&opts.Seed, "seed", 1, "of the sample")
	return c
}

// demoMark is in a folder that runDemo made and may therefore clear.
const demoMark = ".firescene-demo"

// runDemo makes the sample, runs it as a case and scores the outcome.
func runDemo(ctx context.Context, opts demoOptions, report progressFunc) (demoSummary, error) {
	began := time.Now()
	s := demoSummary{Sample: filepath.Join(opts.Out, "sample")}
	if err := clearDemo(opts.Out); err != nil {
		return s, err
	}
	made := time.Now()
	truth, err := samples.Write(ctx, s.Sample, opts.Seed, report)
	if err != nil {
		return s, err
	}
	if opts.done != nil {
		opts.done(stageLine{Stage: "sample", In: 0, Out: len(truth.Exhibits), Seconds: seconds(made)})
	}
	dir := filepath.Join(opts.Out, "case")
	if err := makeDemoCase(ctx, dir, s.Sample, truth, opts, report); err != nil {
		return s, err
	}
	if s.Run, err = runCase(ctx, runOptions{Case: dir, By: demoInvestigator, DenseSidePx: demoDenseSidePx, Workers: opts.Workers, done: opts.done}, report); err != nil {
		return s, err
	}
	found, err := demoResults(dir)
	if err != nil {
		return s, err
	}
	s.Score, s.Seconds = samples.Score(truth, found), seconds(began)
	return s, nil
}

// clearDemo empties the output folder when an earlier demo made it, and refuses
// any other that is not empty.
func clearDemo(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	mark := filepath.Join(dir, demoMark)
	if _, err := os.Stat(mark); err != nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty and no demo made it; name another folder with --out", dir)
	}
	for _, name := range []string{"sample", "case"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return writeFile(mark, []byte("made by firescene demo; cleared by the next one\n"))
}

const (
	demoInvestigator = "demo"
	demoDenseSidePx  = 320 // so that the demo does not take minutes
)

// makeDemoCase puts the sample's files into a new case as a user would.
func makeDemoCase(ctx context.Context, dir, sample string, truth *samples.Truth, opts demoOptions, report progressFunc) error {
	o := caseInitOptions{dir: dir, by: demoInvestigator, north: "-25"}
	o.meta.Number, o.meta.Language, o.meta.Zone = "DEMO-1", opts.Lang, "+08:00"
	o.meta.Title, o.meta.Place = "Sample fire (made by firescene)", "a room that does not exist"
	if opts.Lang == "zh" {
		o.meta.Title, o.meta.Place = "示例火灾（由 firescene 生成）", "虚构房间"
	}
	o.meta.FireDate = truth.Fire.Ignition.Format("2006-01-02")
	if _, err := runCaseInit(ctx, o); err != nil {
		return err
	}
	for _, e := range truth.Exhibits {
		add := caseAddOptions{dir: dir, kind: e.Kind, clock: e.Clock, by: demoInvestigator, files: []string{filepath.Join(sample, filepath.FromSlash(e.Path))}}
		if e.Transforms != "" {
			add.transforms = filepath.Join(sample, filepath.FromSlash(e.Transforms))
		}
		if s, err := runCaseAdd(ctx, add, report); err != nil {
			return err
		} else if len(s.Failed) > 0 {
			return fmt.Errorf("add %s: %s", e.Path, s.Failed[0].Reason)
		}
	}
	return nil
}

// demoResults reads from a case's folder what the run found, as another program
// would.
func demoResults(dir string) (samples.Results, error) {
	r := samples.Results{CameraCentres: map[string]recon.Vec{}, ScanPoints: map[string]int64{}, Conflicts: map[string][]string{}}
	var photos placedPhotos
	var scans scansResult
	var line caseTimeline
	var tested testedCase
	for name, into := range map[string]any{photosDir: &photos, scansDir: &scans, timelineDir: &line, testedDir: &tested} {
		if err := readJSON(filepath.Join(dir, name, resultFile), into); err != nil {
			return r, err
		}
	}
	if photos.NoModel == "" {
		model, err := loadSparse(filepath.Join(dir, photosDir))
		if err != nil {
			return r, err
		}
		for _, v := range model.Views {
			c := v.Centre()
			r.CameraCentres[withoutID(v.Photo)] = recon.Vec{c.X, c.Y, c.Z}
		}
		r.Scaled = model.Scaled
	}
	for _, a := range photos.Photos {
		if a.Outcome != photoPlaced {
			r.RejectedNames = append(r.RejectedNames, withoutID(a.Name))
		}
	}
	for _, warning := range photos.Warnings { // such as a PNG under the name of a JPEG
		name, _, _ := strings.Cut(warning, ":")
		r.RejectedNames = append(r.RejectedNames, withoutID(name))
	}
	count := map[string]int{}
	for _, u := range scans.Cloud.Scans {
		name := withoutID(filepath.Base(u.File))
		r.ScanPoints[fmt.Sprintf("%s#%d", name, count[name])] = u.Points
		count[name]++
	}
	lists, err := filepath.Glob(filepath.Join(dir, itemsDir, "*", itemsFile))
	if err != nil {
		return r, err
	}
	for _, list := range lists {
		items, err := readItems(list)
		if err != nil {
			return r, err
		}
		for _, it := range items {
			r.Items = append(r.Items, samples.ItemResult{Type: it.Type, SHA256: it.SHA256, Whole: it.State == forensics.Whole})
		}
	}
	for _, e := range line.Events {
		r.Events = append(r.Events, samples.EventResult{Message: e.Message, Corrected: e.Corrected, SigmaS: e.SigmaS})
	}
	if k := tested.Ranking; k != nil && len(k.Hypotheses) > 0 {
		r.Best, r.Determined = k.Hypotheses[0].HypothesisID, k.Determined
		for _, h := range k.Hypotheses {
			for _, v := range h.Verdicts {
				if v.Answer == recon.Conflicts {
					r.Conflicts[h.HypothesisID] = append(r.Conflicts[h.HypothesisID], v.ObservationID)
				}
			}
		}
	}
	return r, nil
}

// withoutID takes the exhibit's ID off the name of a copy, "E003-IMG_1.jpg".
func withoutID(name string) string {
	if len(name) > 5 && name[0] == 'E' && name[4] == '-' {
		return name[5:]
	}
	return name
}

// failures are not those of the run: the sample holds bad photos on purpose, and
// the score says whether they were listed. A figure that is off is one.
func (s demoSummary) failures() []forensics.Failure {
	var out []forensics.Failure
	for _, l := range s.Score {
		if !l.OK {
			out = append(out, forensics.Failure{Input: l.Name, Reason: l.Result + "; truth: " + l.Truth})
		}
	}
	return out
}

func (s demoSummary) print(w io.Writer, t texts) {
	s.Run.print(w, t)
	fmt.Fprintln(w)
	nameCols, truthCols := columns(t.T("demo_name")), columns(t.T("demo_truth"))
	for _, l := range s.Score {
		nameCols, truthCols = max(nameCols, columns(l.Name)), max(truthCols, columns(l.Truth))
	}
	line := func(name, truth, result string) {
		fmt.Fprintf(w, "%s  %s  %s\n", padTo(name, nameCols), padTo(truth, truthCols), result)
	}
	line(t.T("demo_name"), t.T("demo_truth"), t.T("demo_result"))
	for _, l := range s.Score {
		mark := ""
		if !l.OK {
			mark = "  " + t.T("demo_off")
		}
		line(l.Name, l.Truth, l.Result+mark)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, t.T("demo_done", "Seconds", fmt.Sprintf("%.0f", s.Seconds), "Report", s.Run.Report[0]))
}

// columns is how many terminal columns a text takes: Chinese letters take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func padTo(s string, cols int) string {
	return s + fmt.Sprintf("%*s", max(0, cols-columns(s)), "")
}
