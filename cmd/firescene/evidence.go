package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"firescene/forensics"
	"firescene/formats"
)

// evidence remembers which exhibits a run has read, so that each is hashed once
// before it is used and once at the end.
type evidence struct {
	used map[string]forensics.Exhibit
}

// checkBefore hashes the exhibits among a stage's inputs that this run has not
// used yet. One whose bytes are not those that were added ends the run: nothing
// may be drawn from it. One that can not be opened is left to the stage, which
// lists it.
func (r *stageRun) checkBefore(ctx context.Context, inputs []forensics.FileHash) error {
	for _, in := range inputs {
		if _, done := r.evidence.used[in.Path]; done {
			continue
		}
		e, err := r.c.Exhibit(ctx, in.Path)
		if err != nil {
			continue // a result or an item, not an exhibit
		}
		if err := r.sameBytes(ctx, e); err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				continue
			}
			return err
		}
		r.evidence.used[e.ID] = e
	}
	return nil
}

// checkAfter hashes the exhibits again that this run has used.
func (r *stageRun) checkAfter(ctx context.Context) error {
	all, err := r.c.Exhibits(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		if _, used := r.evidence.used[e.ID]; !used {
			continue
		}
		if err := r.sameBytes(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// sameBytes compares an exhibit's bytes with its hash.
func (r *stageRun) sameBytes(ctx context.Context, e forensics.Exhibit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	sum, _, err := hashFile(r.c.ExhibitPath(e))
	if err != nil {
		return err
	}
	if sum != e.SHA256 {
		return &formats.FormatError{Format: "exhibit " + e.ID, Offset: -1,
			Reason: fmt.Sprintf("%s is not what was added: its SHA-256 was %s and is %s", e.Label, e.SHA256, sum),
			Next:   "see firescene case verify, then restore the exhibit from its source"}
	}
	return nil
}
