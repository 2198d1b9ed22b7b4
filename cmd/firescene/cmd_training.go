package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/training"
)

func (a *app) trainingCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "training",
		Short: "Make a lesson of a case, and score a trainee's answers",
		Long: `Makes a copy of a case for training: names are taken out of its texts, chosen steps
are hidden, and questions are asked in the workstation. A plan in YAML says all that:

  title: Flat fire
  names: [Witness A, 证人甲]         # taken out of texts, each for "Person 1" ...
  hide: [hypotheses, simulated, tested, pictures, report]     # the default
  questions:
    - id: origin
      kind: origin                   # origin, time, choice or reasons
      ask: Where did it begin?
      ask_zh: 起火点在哪里？
      points: 4
      answer: {at_m: [4.1, 2.8, 0.35], radius_m: 0.5, why: the V mark on the wall}

What can be hidden: hypotheses, observations, statements, simulated, tested, pictures,
report, cloud, items, timeline.` + exitStatusHelp,
	}
	c.AddCommand(a.trainingNewCmd(), a.trainingCheckCmd())
	return c
}

func (a *app) trainingNewCmd() *cobra.Command {
	var plan, out, by string
	c := &cobra.Command{
		Use:   "new CASE --plan PLAN.yaml -o DIR",
		Short: "Copy a case for training",
		Long: `Copies a case as the plan says. The expert's answers go to DIR-key.yaml beside the copy,
never into it: keep that file from the trainees, or leave it there for the workstation
to show the score once answers are handed in. Pictures, scans, media and recovered
files are copied as they are: names in them are not taken out, and that is said.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runTrainingNew(c.Context(), args[0], plan, out, by, a.progress()))
		},
	}
	c.Flags().StringVar(&plan, "plan", "", "plan of the lesson (required)")
	c.Flags().StringVarP(&out, "out", "o", "", "folder of the copy (required)")
	c.Flags().StringVar(&by, "by", "", "who makes it (default: the user)")
	return c
}

func (a *app) trainingCheckCmd() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use:   "check CASE_OR_ANSWERS.json",
		Short: "Score a trainee's answers",
		Long:  "Scores the answers in the copy of a case, or in a file of answers, and shows the expert's with the rule that gave the points." + exitStatusHelp,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runTrainingCheck(args[0], key))
		},
	}
	c.Flags().StringVar(&key, "key", "", "plan with the expert's answers (default: CASE-key.yaml beside the copy)")
	return c
}

// trainingSummary says what a copy holds.
type trainingSummary struct {
	Out       string              `json:"out"`
	Key       string              `json:"key"`
	Exhibits  int                 `json:"exhibits"`
	Hidden    int                 `json:"hidden"`      // exhibits that a placeholder stands for
	Texts     int                 `json:"texts"`       // files that names were taken out of
	AsTheyAre int                 `json:"as_they_are"` // files that were copied without being searched for names
	Failed    []forensics.Failure `json:"failed"`
}

// keyFile is the plan with the answers, beside a copy.
func keyFile(dir string) string { return filepath.Clean(dir) + "-key.yaml" }

// resultDirs are the folders of results by the names that a plan hides them by.
var resultDirs = []struct{ name, dir string }{
	{"cloud", casefile.CloudDir}, {"simulated", simulatedDir}, {"tested", testedDir}, {"pictures", casefile.RenderDir}, {"items", casefile.ItemsDir},
	{"timeline", casefile.TimelineDir}, {"report", casefile.ReportDir},
}

// runTrainingNew copies a case for training.
func runTrainingNew(ctx context.Context, dir, planFile, out, by string, report progressFunc) (s trainingSummary, err error) {
	s = trainingSummary{Out: out, Key: keyFile(out), Failed: []forensics.Failure{}}
	if planFile == "" || out == "" {
		return s, usageError{errors.New("training new: give --plan PLAN.yaml and -o DIR")}
	}
	data, err := os.ReadFile(planFile)
	if err != nil {
		return s, err
	}
	plan, err := training.ReadPlan(data, true)
	if err != nil {
		return s, fmt.Errorf("%s: %w", planFile, err)
	}
	from, err := casefile.Open(ctx, dir, casefile.Options{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer from.Close()
	meta, err := from.Meta(ctx)
	if err != nil {
		return s, err
	}
	if _, err := os.Stat(s.Key); err == nil {
		return s, fmt.Errorf("%s is there already: name another folder with -o", s.Key)
	}
	to, err := casefile.Init(ctx, out, casefile.Meta{Title: plan.Title, FireDate: meta.FireDate, Language: meta.Language, Zone: meta.Zone, NorthDeg: meta.NorthDeg}, casefile.Options{By: by})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	l := lesson{plan: plan, from: from, to: to, sum: &s}
	if err := l.exhibits(ctx, report); err != nil {
		return s, err
	}
	for _, r := range resultDirs {
		if !l.hides(r.name) {
			if err := l.results(ctx, r.dir); err != nil {
				return s, err
			}
		}
	}
	for _, name := range []string{casefile.PathsFile, casefile.CamerasFile} {
		if err := l.copyFile(from.Path(name), to.Path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return s, err
		}
	}
	b, err := json.MarshalIndent(plan.ForTrainee(), "", " ")
	if err == nil {
		err = writeFile(to.Path(casefile.TrainingFile), append(b, '\n'))
	}
	if err != nil {
		return s, err
	}
	return s, writeFile(s.Key, data)
}

// lesson is the copying of one case.
type lesson struct {
	plan     training.Plan
	from, to *casefile.Case
	sum      *trainingSummary
}

func (l *lesson) hides(what string) bool {
	for _, h := range l.plan.Hide {
		if h == what {
			return true
		}
	}
	return false
}

// isText says that names can be taken out of a file by its ending.
func isText(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".json", ".jsonl", ".csv", ".txt", ".log", ".xml", ".yaml", ".yml", ".html", ".md", ".jsonld", ".tsv":
		return true
	}
	return false
}

// maxTextB bounds the texts that names are taken out of in memory.
const maxTextB = 256 << 20

// copyFile copies a file, without the names when it is a text.
func (l *lesson) copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if isText(from) && info.Size() <= maxTextB {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		l.sum.Texts++
		return writeFile(to, l.plan.Anonymous(b))
	}
	l.sum.AsTheyAre++
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// results copies a folder of results; a report that names can not be taken out of stays
// behind.
func (l *lesson) results(ctx context.Context, dir string) error {
	root := l.from.Path(dir)
	return filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist) && path == root:
			return filepath.SkipDir
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !d.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if strings.EqualFold(filepath.Ext(path), ".pdf") && dir == casefile.ReportDir && len(l.plan.Names) > 0 {
			l.sum.Failed = append(l.sum.Failed, forensics.Failure{Input: dir + "/" + filepath.ToSlash(rel), Reason: "names can not be taken out of a PDF", Next: "hide the report, or make it anew from the copy"})
			return nil
		}
		return l.copyFile(path, filepath.Join(l.to.Path(dir), rel))
	})
}

// hiddenKind is what a plan calls exhibits of a kind.
var hiddenKind = map[forensics.ExhibitKind]string{forensics.KindHypothesis: "hypotheses", forensics.KindObservation: "observations", forensics.KindStatement: "statements"}

// exhibits adds the exhibits of the case to the copy under the same IDs; one that is
// hidden has a note in its place.
func (l *lesson) exhibits(ctx context.Context, report progressFunc) error {
	all, err := l.from.Exhibits(ctx)
	if err != nil {
		return err
	}
	clocks, err := l.from.Clocks(ctx)
	if err != nil {
		return err
	}
	stated, err := l.from.Observations(ctx)
	if err != nil {
		return err
	}
	poses, err := l.from.ScanPoses(ctx)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "firescene-training-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	for i, e := range all {
		r := casefile.AddRequest{Kind: e.Kind, SourcePath: l.from.ExhibitPath(e), Label: string(l.plan.Anonymous([]byte(e.Label))), Copy: true, Clock: e.Clock, PartOf: e.PartOf, Replaces: e.Replaces}
		hidden := l.hides(hiddenKind[e.Kind])
		switch {
		case hidden:
			r = casefile.AddRequest{Kind: forensics.KindStatement, Label: "hidden", Copy: true, SourcePath: filepath.Join(temp, e.ID+"-hidden.txt")}
			if err := os.WriteFile(r.SourcePath, fmt.Appendf(nil, "%s is hidden in this lesson.\n", e.ID), 0o644); err != nil {
				return err
			}
			l.sum.Hidden++
		case e.Kind != forensics.KindMedia && e.Kind != forensics.KindPart && isText(r.SourcePath):
			path := filepath.Join(temp, e.ID, string(l.plan.Anonymous([]byte(filepath.Base(r.SourcePath)))))
			if err := l.copyFile(r.SourcePath, path); err != nil {
				return err
			}
			r.SourcePath = path
		default:
			l.sum.AsTheyAre++
			// The log keeps where a file came from: not by a path that may name somebody.
			link := filepath.Join(temp, e.ID, string(l.plan.Anonymous([]byte(filepath.Base(r.SourcePath)))))
			if abs, err := filepath.Abs(r.SourcePath); err == nil && os.MkdirAll(filepath.Dir(link), 0o755) == nil && os.Symlink(abs, link) == nil {
				r.SourcePath = link
			}
		}
		if !hidden {
			if err := l.records(ctx, e, &r, stated); err != nil {
				return err
			}
		}
		if i == 0 { // all clocks at once: later exhibits run on them
			r.Clocks = clocks
			for k := range r.Clocks {
				r.Clocks[k].By = string(l.plan.Anonymous([]byte(r.Clocks[k].By)))
			}
		}
		made, err := l.to.AddExhibit(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
		if made.ID != e.ID {
			return fmt.Errorf("%s became %s in the copy: the case skips a number", e.ID, made.ID)
		}
		l.sum.Exhibits++
		report("training", int64(i+1), int64(len(all)))
	}
	if len(poses) > 0 {
		return l.to.PutScanPoses(ctx, poses)
	}
	return nil
}

// records gives an exhibit what the case recorded of it.
func (l *lesson) records(ctx context.Context, e forensics.Exhibit, r *casefile.AddRequest, stated []casefile.Observation) error {
	said, err := l.from.Statements(ctx, e.ID)
	if err != nil {
		return err
	}
	for _, p := range said {
		p.Speaker, p.Text = string(l.plan.Anonymous([]byte(p.Speaker))), string(l.plan.Anonymous([]byte(p.Text)))
		r.Statements = append(r.Statements, p)
	}
	for _, o := range stated {
		if o.Exhibit == e.ID {
			o.Body = l.plan.Anonymous(o.Body)
			r.Observations = append(r.Observations, o)
		}
	}
	return nil
}
