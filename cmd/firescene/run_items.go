package main

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"firescene/forensics"
)

// caseItems leads to everything recovered from the seized media. The items stay in
// their lists: there may be millions.
type caseItems struct {
	Lists []itemList // in the order of the exhibits' IDs
	// Dir is each exhibit's output folder, relative to the case.
	Dir map[string]string
}

// itemList is the list of one medium's items.
type itemList struct {
	Exhibit string
	File    forensics.FileHash // relative to the case
	Count   int
}

// count is how many items there are.
func (c caseItems) count() (n int) {
	for _, l := range c.Lists {
		n += l.Count
	}
	return n
}

// each reads the items of a list one after the other.
func (l itemList) each(ctx context.Context, r *stageRun, do func(forensics.Item) error) error {
	return eachItemIn(r.c.Path(l.File.Path), func(it forensics.Item) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return do(it)
	})
}

// recoveredMedium is what the recovery stage keeps of one exhibit; the items
// themselves are in items.jsonl beside it.
type recoveredMedium struct {
	Exhibit string       `json:"exhibit"`
	Media   mediaSummary `json:"media"`
}

// recoverItems recovers from each seized medium in turn, one stage an exhibit,
// so that a run that is cut off keeps the finished ones. A medium that can not
// be read is listed and the rest goes on.
func (r *stageRun) recoverItems(ctx context.Context) (caseItems, error) {
	all := caseItems{Dir: map[string]string{}}
	exhibits, err := r.exhibits(ctx, forensics.KindMedia)
	if err != nil {
		return all, err
	}
	for _, e := range exhibits {
		dir := path.Join(itemsDir, e.ID)
		parts, err := r.parts(ctx, e)
		if err != nil {
			return all, err
		}
		want := forensics.Step{Stage: "media " + e.ID, Inputs: exhibitInputs(append([]forensics.Exhibit{e}, parts...)), Params: map[string]string{"exhibit": e.ID}}
		medium, err := runStage(ctx, r, dir, want, func(ctx context.Context, out string, step *forensics.Step) (recoveredMedium, error) {
			opts := mediaOptions{Image: r.c.ExhibitPath(e), Beside: []string{}, Out: out, Exhibit: e.ID, Workers: r.workers}
			for _, p := range parts {
				opts.Beside = append(opts.Beside, r.c.ExhibitPath(p))
			}
			sum, err := runMediaRecover(ctx, opts, r.report)
			if err := r.sameImage(ctx, e, parts, sum); err != nil {
				return recoveredMedium{}, err
			}
			sum.Image, sum.Out = e.ID, dir // where the case lies is no part of the result
			sum.Failed = r.byExhibit(sum.Failed, exhibits)
			step.In, step.Out = 1, sum.Items
			step.Failed, step.Warnings = sum.Failed, sum.Warnings
			if err != nil && ctx.Err() == nil && !writeTrouble(err, out) {
				failed := forensics.Failure{Input: r.c.ExhibitPath(e), Reason: err.Error(), Next: "check the image; the other stages went on"}
				step.Failed = append(step.Failed, r.byExhibit([]forensics.Failure{failed}, exhibits)...)
				err = nil
			}
			return recoveredMedium{Exhibit: e.ID, Media: sum}, err
		})
		if err != nil {
			return all, err
		}
		all.Dir[e.ID] = dir
		list := itemList{Exhibit: e.ID, File: forensics.FileHash{Path: path.Join(dir, itemsFile)}, Count: medium.Media.Items}
		list.File.SHA256, list.File.SizeB, err = hashFile(r.c.Path(list.File.Path))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, err
		}
		all.Lists = append(all.Lists, list)
	}
	slices.SortFunc(all.Lists, func(a, b itemList) int { return strings.Compare(a.Exhibit, b.Exhibit) })
	return all, nil
}

// parts lists the further files of a medium's image.
func (r *stageRun) parts(ctx context.Context, of forensics.Exhibit) ([]forensics.Exhibit, error) {
	all, err := r.exhibits(ctx, forensics.KindPart)
	return slices.DeleteFunc(all, func(e forensics.Exhibit) bool { return e.PartOf != of.ID }), err
}

// file is the path of an item's recovered bytes.
func (c caseItems) file(r *stageRun, it forensics.Item) string {
	return filepath.Join(r.c.Path(c.Dir[it.Exhibit]), filepath.FromSlash(it.File))
}
