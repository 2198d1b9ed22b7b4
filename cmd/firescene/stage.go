package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/custody"
	"firescene/forensics/timeline"
)

// resultFile holds a stage's noun as JSON beside its other outputs.
const resultFile = "result.json"

// stageLine is what is printed of a stage: what went in, what came out, and how
// long it took.
type stageLine struct {
	Stage    string              `json:"stage"`
	In       int                 `json:"in"`
	Out      int                 `json:"out"`
	Failed   []forensics.Failure `json:"failed"`
	Warnings []string            `json:"warnings"`
	Seconds  float64             `json:"seconds"`
	Resumed  bool                `json:"resumed"` // found finished, not done again
}

// stageRun is what every stage of a run is given.
type stageRun struct {
	c        *casefile.Case
	opts     runOptions
	workers  int
	lang     string         // of the case: "zh" or "en"
	zone     *time.Location // in which the case's people state times
	northDeg *float64       // as stated; nil when nobody did
	evidence evidence
	fonts    fontFiles
	report   progressFunc
	lines    []stageLine
}

// newStageRun takes language and zone from the case and finds the fonts.
func newStageRun(ctx context.Context, c *casefile.Case, opts runOptions, report progressFunc) (*stageRun, error) {
	meta, err := c.Meta(ctx)
	if err != nil {
		return nil, err
	}
	r := &stageRun{c: c, opts: opts, workers: max(1, opts.Workers), lang: meta.Language, report: report, northDeg: meta.NorthDeg,
		evidence: evidence{used: map[string]forensics.Exhibit{}}}
	if r.lang != "zh" {
		r.lang = "en"
	}
	if r.zone, err = timeline.Zone(meta.Zone); err != nil {
		return nil, fmt.Errorf("the case's time zone: %w", err)
	}
	r.fonts, err = findFonts()
	return r, err
}

// head is the hash of the newest entry of the custody log.
func (r *stageRun) head(ctx context.Context) (string, error) {
	log, err := r.c.Log(ctx)
	return custody.Head(log), err
}

// runStage does one stage of a case, or takes over its finished outcome. The
// stage's outputs go to dir below the case; want names the stage with its inputs
// and parameters. work fills in the step's counts, failures and warnings and
// returns the stage's noun, which is kept as result.json, so that a later run
// with the same inputs reads it back instead of working again. A run that was
// cut off leaves no step.json and is done anew.
func runStage[T any](ctx context.Context, r *stageRun, dir string, want forensics.Step, work func(ctx context.Context, dir string, step *forensics.Step) (T, error)) (T, error) {
	var result T
	out := filepath.Join(r.c.Dir(), dir)
	if old, err := readStep(out); err == nil && sameWork(old, want, out) {
		if err := readJSON(filepath.Join(out, resultFile), &result); err == nil {
			if err := r.recordFinished(ctx, dir, old); err != nil {
				return result, fmt.Errorf("%s: %w", want.Stage, err)
			}
			r.end(stageLine{Stage: want.Stage, In: old.In, Out: old.Out, Failed: old.Failed, Warnings: old.Warnings, Seconds: old.Seconds, Resumed: true})
			return result, nil
		}
	}
	began := time.Now()
	if err := r.checkBefore(ctx, want.Inputs); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	if err := clearStage(out); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	step := want
	result, err := work(ctx, out, &step)
	if err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	if err := writeJSON(filepath.Join(out, resultFile), result); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	if own, err := readStep(out); err == nil { // left by a command's own function
		step = joinSteps(step, own)
	}
	if step.Outputs, err = hashTree(out); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	step.Program, step.Seconds = "firescene "+version, seconds(began)
	if err := writeStep(out, step); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	if err := r.c.RecordStep(ctx, dir, step); err != nil {
		return result, fmt.Errorf("%s: %w", want.Stage, err)
	}
	r.end(stageLine{Stage: step.Stage, In: step.In, Out: step.Out, Failed: step.Failed, Warnings: step.Warnings, Seconds: step.Seconds})
	return result, nil
}

// recordFinished puts a finished stage into the case's record when the run that
// finished it was killed before it could: the record then does not name the
// step.json that is there.
func (r *stageRun) recordFinished(ctx context.Context, dir string, step forensics.Step) error {
	sum, _, err := hashFile(filepath.Join(r.c.Dir(), dir, stepFile))
	if err != nil {
		return err
	}
	rec, _, err := r.c.Step(ctx, dir)
	if err != nil {
		return err
	}
	for _, f := range rec.Files {
		if f.Path == dir+"/"+stepFile && f.SHA256 == sum {
			return nil
		}
	}
	return r.c.RecordStep(ctx, dir, step)
}

// writeTrouble reports whether an error comes from writing below dir and not from
// the evidence: a full or broken disk ends a stage, a damaged exhibit does not.
func writeTrouble(err error, dir string) bool {
	var at []string
	var file *fs.PathError
	var link *os.LinkError
	if errors.As(err, &file) {
		at = append(at, file.Path)
	}
	if errors.As(err, &link) {
		at = append(at, link.Old, link.New)
	}
	for _, p := range at {
		if rel, err := filepath.Rel(dir, p); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			return true
		}
	}
	return casefile.IsFull(err)
}

// joinSteps adds to a stage's step what the command's function recorded when it
// left a step of its own: parameters after defaults, failures and warnings.
func joinSteps(stage, own forensics.Step) forensics.Step {
	params := map[string]string{}
	maps.Copy(params, own.Params)
	maps.Copy(params, stage.Params)
	stage.Params = params
	if stage.In == 0 && stage.Out == 0 {
		stage.In, stage.Out = own.In, own.Out
	}
	if len(stage.Failed) == 0 {
		stage.Failed = own.Failed
	}
	if len(stage.Warnings) == 0 {
		stage.Warnings = own.Warnings
	}
	return stage
}

// resultOf names the outcome of a stage as an input of another, so that what
// rests on it is made again when it comes out differently. It is empty for a
// stage that the case does not have.
func (r *stageRun) resultOf(dir string) ([]forensics.FileHash, error) {
	rel := dir + "/" + resultFile
	sum, sizeB, err := hashFile(r.c.Path(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return []forensics.FileHash{{Path: rel, SizeB: sizeB, SHA256: sum}}, err
}

// resultsOf is resultOf for several stages.
func (r *stageRun) resultsOf(dirs ...string) ([]forensics.FileHash, error) {
	var all []forensics.FileHash
	for _, dir := range dirs {
		in, err := r.resultOf(dir)
		if err != nil {
			return nil, err
		}
		all = append(all, in...)
	}
	return all, nil
}

// clearStage empties a stage's folder of an earlier outcome, its record first,
// so that a half-emptied folder is never taken for a finished one. What a
// recovery that was cut off has done so far stays: it goes on from there.
func clearStage(dir string) error {
	if err := os.Remove(filepath.Join(dir, stepFile)); err != nil && !os.IsNotExist(err) {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, e := range entries {
		if e.Name() == workDir {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return os.MkdirAll(dir, 0o755)
}

func (r *stageRun) end(l stageLine) {
	r.lines = append(r.lines, l)
	if r.opts.done != nil {
		r.opts.done(l)
	}
}

// exhibitInputs names exhibits as a step's inputs.
func exhibitInputs(list []forensics.Exhibit) []forensics.FileHash {
	out := make([]forensics.FileHash, len(list))
	for i, e := range list {
		out[i] = forensics.FileHash{Path: e.ID, SizeB: e.SizeB, SHA256: e.SHA256}
	}
	return out
}
