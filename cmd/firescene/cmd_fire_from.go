package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/fire"
	"firescene/recon/fire/smvresult"
)

// simulator predicts the course of a hypothesis.
type simulator func(ctx context.Context, h *recon.Hypothesis) (*recon.FireResult, error)

// splitFieldFrom parts ID=CASE.smv; the ID is empty where none is stated.
func splitFieldFrom(s string) (id, path string) {
	if id, path, ok := strings.Cut(s, "="); ok && !strings.ContainsAny(id, `/\.`) {
		return id, path
	}
	return "", s
}

// fromField is the index of the result that a hypothesis's course is taken from, or
// empty.
func (o fireOptions) fromField(id string) string {
	for _, f := range o.FieldFrom {
		if of, path := splitFieldFrom(f); of == id || of == "" {
			return path
		}
	}
	return ""
}

// simulator is fire.Simulate, and for hypotheses that --field-from names the reading
// of that result.
func (o fireOptions) simulator(hypotheses []*recon.Hypothesis) (simulator, error) {
	for _, f := range o.FieldFrom {
		id, _ := splitFieldFrom(f)
		if id == "" && len(hypotheses) > 1 {
			return nil, usageError{fmt.Errorf("--field-from %s: with several hypotheses say whose it is: ID=%s", f, f)}
		}
		known := id == ""
		for _, h := range hypotheses {
			known = known || h.ID == id
		}
		if !known {
			return nil, usageError{fmt.Errorf("--field-from %s: no hypothesis has the ID %s", f, id)}
		}
	}
	return func(ctx context.Context, h *recon.Hypothesis) (*recon.FireResult, error) {
		if path := o.fromField(h.ID); path != "" {
			return readField(ctx, h, path)
		}
		return fire.Simulate(ctx, h)
	}, nil
}

// readField takes the course of a hypothesis from a result of a field model.
func readField(ctx context.Context, h *recon.Hypothesis, path string) (*recon.FireResult, error) {
	c, err := readIndex(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	rec, err := smvresult.Record(ctx, h, smvresult.Source{Case: c, Open: func(name string) (io.ReadCloser, error) {
		if !filepath.IsLocal(name) {
			return nil, fmt.Errorf("the index names %q, which lies outside its folder", name)
		}
		return os.Open(filepath.Join(filepath.Dir(path), name))
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return fire.SimulateFrom(h, rec)
}

func readIndex(path string) (*smokeview.Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return smokeview.ReadCase(f)
}

// fieldFiles are the files of a result that are read: the index, tables and slices.
func fieldFiles(path string) []string {
	out := []string{path}
	c, err := readIndex(path)
	if err != nil {
		return out
	}
	add := func(name string) {
		if filepath.IsLocal(name) {
			out = append(out, filepath.Join(filepath.Dir(path), name))
		}
	}
	for _, t := range c.Tables {
		add(t.File)
	}
	for _, s := range c.Slices {
		add(s.Name)
	}
	return out
}
