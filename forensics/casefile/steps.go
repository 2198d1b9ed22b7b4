package casefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
	"firescene/forensics/custody"
)

// StepRecord is the record of a stage's run with every file that it left.
type StepRecord struct {
	Dir   string               `json:"dir"`  // folder of the stage's results, relative to the case
	Step  forensics.Step       `json:"step"` // as the stage gave it, without Seconds
	Files []forensics.FileHash `json:"files"`
}

// RecordStep records a stage's run. dir is the folder of its results, relative
// to the case: one of the stage folders or a folder below one, such as
// "40-items/E003" for a stage that runs once an exhibit. Every file in it is
// hashed, step.json too, except those below a deeper folder that has a record of
// its own. An output that the step names by case or by dir and that is missing
// or has another hash is an error. A former record of dir is replaced, and
// nothing is written when it says the same, so that a run which changed nothing
// leaves the log as it is.
func (c *Case) RecordStep(ctx context.Context, dir string, step forensics.Step) error {
	dir = path.Clean(filepath.ToSlash(dir))
	top, _, _ := strings.Cut(dir, "/")
	if !slices.Contains(StageDirs(), top) {
		return fmt.Errorf("step %s: %s is not in a stage folder of the case (%s)", step.Stage, dir, strings.Join(StageDirs(), ", "))
	}
	former, err := c.Steps(ctx)
	if err != nil {
		return err
	}
	names, err := c.filesBelow(dir)
	if err != nil {
		return diskError("record step "+step.Stage, c.Path(dir), err)
	}
	rec := StepRecord{Dir: dir, Step: step, Files: []forensics.FileHash{}}
	rec.Step.Seconds = 0
	for _, name := range names {
		if owningDir(former, name, dir) != dir {
			continue
		}
		d, err := hashFile(ctx, c.Path(name), false, nil)
		if err != nil {
			return diskError("record step "+step.Stage, c.Path(name), err)
		}
		rec.Files = append(rec.Files, forensics.FileHash{Path: name, SizeB: d.sizeB, SHA256: d.sha256})
	}
	for _, out := range step.Outputs {
		at := func(name string) (int, bool) {
			return slices.BinarySearchFunc(rec.Files, name, func(f forensics.FileHash, name string) int { return strings.Compare(f.Path, name) })
		}
		i, found := at(dir + "/" + path.Clean(out.Path))
		if !found {
			i, found = at(out.Path)
		}
		switch {
		case !found:
			return fmt.Errorf("step %s: its output %s is not in %s", step.Stage, out.Path, dir)
		case out.SHA256 != "" && out.SHA256 != rec.Files[i].SHA256:
			return fmt.Errorf("step %s: its output %s was changed since it was written", step.Stage, out.Path)
		}
	}
	same, err := c.recorded(ctx, kindStep, dir, rec)
	if err != nil || same {
		return err
	}
	_, err = c.write(ctx, change{action: "step", records: []record{{kindStep, dir, "", rec}},
		details: map[string]any{"stage": step.Stage, "dir": dir, "in": step.In, "out": step.Out, "failed": len(step.Failed), "files": len(rec.Files)}})
	return err
}

// Steps returns the recorded steps in the order in which they were recorded.
func (c *Case) Steps(ctx context.Context) ([]StepRecord, error) {
	return loadAll[StepRecord](ctx, c, kindStep)
}

// Step returns the record of a folder's results, and false when there is none.
func (c *Case) Step(ctx context.Context, dir string) (StepRecord, bool, error) {
	var rec StepRecord
	found, err := c.load(ctx, kindStep, dir, &rec)
	return rec, found, err
}

// recorded reports whether a record has exactly this value.
func (c *Case) recorded(ctx context.Context, kind, id string, value any) (bool, error) {
	body, err := custody.Canonical(value)
	if err != nil {
		return false, err
	}
	var there string
	err = c.db.QueryRowContext(ctx, "SELECT body FROM records WHERE kind = ? AND id = ?", kind, id).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return there == string(body), c.dbError("read", err)
}

// owningDir returns the deepest recorded folder, or also, that holds a file.
func owningDir(steps []StepRecord, file, also string) string {
	deepest := ""
	consider := func(dir string) {
		if strings.HasPrefix(file, dir+"/") && len(dir) > len(deepest) {
			deepest = dir
		}
	}
	consider(also)
	for _, s := range steps {
		consider(s.Dir)
	}
	return deepest
}

// filesBelow lists everything below a folder of the case that is not a folder,
// relative to the case, in order. A folder that does not exist has none.
func (c *Case) filesBelow(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(c.Path(dir), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, ok := c.Rel(p)
		if !ok {
			return fmt.Errorf("%s is outside the case", p)
		}
		names = append(names, rel)
		return nil
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(names)
	return names, err
}
