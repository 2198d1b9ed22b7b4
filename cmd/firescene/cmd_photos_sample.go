package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/samples"
)

// photoSetSummary is what photo-set prints.
type photoSetSummary struct {
	Photos int    `json:"photos"`
	Dir    string `json:"dir"`
	Truth  string `json:"truth"`
}

// photoSetCmd makes photos with known poses, to measure the reconstruction on.
func (a *app) photoSetCmd() *cobra.Command {
	var out string
	opts := samples.PhotoSetOptions{}
	c := &cobra.Command{
		Use: "photo-set -o DIR", Hidden: true, Args: cobra.NoArgs,
		Short: "Rendered photos of a walk through burnt rooms, with their true poses",
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return a.finish(photoSetSummary{}, usageError{errors.New("give an output folder with -o DIR")})
			}
			opts.Workers = a.workers
			err := samples.PhotoSet(c.Context(), out, opts, a.progress())
			return a.finish(photoSetSummary{opts.Photos, filepath.Join(out, "photos"), filepath.Join(out, "truth")}, err)
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "", "output folder (required)")
	f.IntVar(&opts.Photos, "photos", 100, "number of photos")
	f.IntVar(&opts.WidthPx, "width", 800, "of a photo, pixels")
	f.Float64Var(&opts.Exposure, "exposure", 1, "1 is a good one, 0.05 very dark")
	f.Int64Var(&opts.Seed, "seed", 1, "of the rooms")
	return c
}

func (s photoSetSummary) failures() []forensics.Failure { return nil }

func (s photoSetSummary) print(w io.Writer, _ texts) {
	fmt.Fprintf(w, "%d photos in %s, their poses in %s\n", s.Photos, s.Dir, s.Truth)
}
