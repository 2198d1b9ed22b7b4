package main

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"

	"firescene/forensics"
)

// caseItems is everything recovered from the seized media.
type caseItems struct {
	Items []forensics.Item
	// Dir is each exhibit's output folder, relative to the case.
	Dir map[string]string
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
		_, err = runStage(ctx, r, dir, want, func(ctx context.Context, out string, step *forensics.Step) (recoveredMedium, error) {
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
		items, err := readItems(r.c.Path(path.Join(dir, "items.jsonl")))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return all, err
		}
		all.Items = append(all.Items, items...)
		all.Dir[e.ID] = dir
	}
	sort.SliceStable(all.Items, func(i, j int) bool { return all.Items[i].ID < all.Items[j].ID })
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
