package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"firescene/forensics"
	"firescene/formats"
)

// evidence remembers which exhibits a run has read, so that each is hashed once
// before it is used and once at the end.
type evidence struct {
	used map[string]forensics.Exhibit
}

// checkBefore hashes the exhibits among a stage's inputs that this run has not
// used yet. Media are left to their own stage, which hashes them before and after
// as it is (sameImage). One whose bytes are not those that were added ends the run: nothing
// may be drawn from it. One that can not be opened is left to the stage, which
// lists it.
func (r *stageRun) checkBefore(ctx context.Context, inputs []forensics.FileHash) error {
	for _, in := range inputs {
		if _, done := r.evidence.used[in.Path]; done {
			continue
		}
		e, err := r.c.Exhibit(ctx, in.Path)
		if err != nil || e.Kind == forensics.KindMedia || e.Kind == forensics.KindPart {
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
	f, err := os.Open(r.c.ExhibitPath(e))
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, &watched{ctx: ctx, r: f, totalB: e.SizeB, report: r.report}); err != nil {
		return err
	}
	return unchanged(e, hex.EncodeToString(h.Sum(nil)))
}

// sameImage compares the hash that the media stage took of an image with the one
// from when it was added. The files of an image in several are hashed by
// themselves.
func (r *stageRun) sameImage(ctx context.Context, e forensics.Exhibit, parts []forensics.Exhibit, m mediaSummary) error {
	if m.Hashes.SHA256 == "" {
		return nil // it could not be read, which the stage lists
	}
	for _, p := range parts {
		if err := r.sameBytes(ctx, p); err != nil {
			return err
		}
	}
	if m.Files > 1 {
		return r.sameBytes(ctx, e)
	}
	return unchanged(e, m.Hashes.SHA256)
}

// unchanged is nil when an exhibit's hash is what it was when it was added.
func unchanged(e forensics.Exhibit, sum string) error {
	if sum == e.SHA256 {
		return nil
	}
	return &formats.FormatError{Format: "exhibit " + e.ID, Offset: -1,
		Reason: fmt.Sprintf("%s is not what was added: its SHA-256 was %s and is %s", e.Label, e.SHA256, sum),
		Next:   "see firescene case verify, then restore the exhibit from its source"}
}

// watched is a reader that stops when its context ends and tells how far it is.
type watched struct {
	ctx           context.Context
	r             io.Reader
	doneB, totalB int64
	report        progressFunc
}

func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.r.Read(p)
	w.doneB += int64(n)
	w.report("check evidence", w.doneB, w.totalB)
	return n, err
}
