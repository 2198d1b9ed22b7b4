package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/samples"
)

// caseSetSummary is what case-set prints.
type caseSetSummary struct {
	Case   string `json:"case"`
	Photos int    `json:"photos"`
	Items  int    `json:"items"`
}

// caseSetCmd makes a large case, to measure the workstation on.
func (a *app) caseSetCmd() *cobra.Command {
	var out string
	opts := samples.CaseSetOptions{}
	c := &cobra.Command{
		Use: "case-set -o DIR", Hidden: true, Args: cobra.NoArgs,
		Short: "A case of many photos and items, as its stages leave it",
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return a.finish(caseSetSummary{}, usageError{errors.New("give an output folder with -o DIR")})
			}
			opts.Workers = a.workers
			return a.finish(runCaseSet(c.Context(), out, opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "", "folder of the case (required)")
	f.IntVar(&opts.Photos, "photos", 1000, "number of photos")
	f.IntVar(&opts.Items, "items", 100_000, "number of items")
	f.IntVar(&opts.WidthPx, "width", 1600, "of a photo, pixels")
	return c
}

// runCaseSet makes the parts of the case, adds them to it and puts them where the
// stages would. Its items come from no medium, and it has no steps.
func runCaseSet(ctx context.Context, dir string, o samples.CaseSetOptions, report progressFunc) (s caseSetSummary, err error) {
	c, err := casefile.Init(ctx, dir, casefile.Meta{Title: "Case set", Zone: "+08:00", Language: "en"}, casefile.Options{By: "case-set"})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	parts := filepath.Join(dir, ".parts")
	defer os.RemoveAll(parts)
	const media = "E001"
	if err := samples.CaseSet(ctx, parts, media, o, report); err != nil {
		return s, err
	}
	if _, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindMedia, SourcePath: filepath.Join(parts, "disk.img"), Copy: true}); err != nil {
		return s, err
	}
	photos, err := filepath.Glob(filepath.Join(parts, "photos", "*.jpg"))
	if err != nil {
		return s, err
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(photosDir), "thumbs"), 0o755); err != nil {
		return s, err
	}
	thumbs := map[string]string{}
	for i, p := range photos {
		e, err := c.AddExhibit(ctx, casefile.AddRequest{Kind: forensics.KindPhoto, SourcePath: p, Copy: true})
		if err != nil {
			return s, err
		}
		rel := photosDir + "/thumbs/" + e.ID + ".jpg"
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(rel)), thumbnail(ctx, p)); err != nil {
			return s, err
		}
		thumbs[e.ID] = rel
		report("case set", int64(i+1), int64(len(photos)))
	}
	b, err := json.Marshal(map[string]any{"thumb": thumbs, "exhibit": map[string]string{}})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, filepath.FromSlash(photosDir), "result.json"), b, 0o666)
	}
	if err != nil {
		return s, err
	}
	s = caseSetSummary{dir, len(photos), o.Items}
	return s, os.Rename(filepath.Join(parts, "items"), filepath.Join(dir, casefile.ItemsDir, media))
}

func (s caseSetSummary) failures() []forensics.Failure { return nil }

func (s caseSetSummary) print(w io.Writer, _ texts) {
	fmt.Fprintf(w, "%d photos and %d items in %s\n", s.Photos, s.Items, s.Case)
}
