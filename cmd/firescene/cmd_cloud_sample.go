package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/samples"
)

// scanSetSummary is what scan-set prints.
type scanSetSummary struct {
	Out    string `json:"out"`
	Points int64  `json:"points"`
}

// scanSetCmd makes a large scanner export, to measure reading and thinning on.
func (a *app) scanSetCmd() *cobra.Command {
	var out string
	opts := samples.ScanSetOptions{}
	c := &cobra.Command{
		Use: "scan-set -o OUT.e57", Hidden: true, Args: cobra.NoArgs,
		Short: "Scans of burnt rooms with known geometry, of any size",
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return a.finish(scanSetSummary{}, usageError{errors.New("give the file to write with -o OUT.e57")})
			}
			opts.Workers = a.workers
			n, err := samples.ScanSet(c.Context(), out, opts, a.progress())
			return a.finish(scanSetSummary{out, n}, err)
		},
	}
	f := c.Flags()
	f.StringVarP(&out, "out", "o", "", "file to write (required)")
	f.Int64Var(&opts.Points, "points", 10_000_000, "about so many points")
	f.BoolVar(&opts.Single, "single", false, "single precision coordinates instead of steps of 0.1 mm")
	f.Int64Var(&opts.Seed, "seed", 1, "of the rooms")
	return c
}

func (s scanSetSummary) failures() []forensics.Failure { return nil }

func (s scanSetSummary) print(w io.Writer, _ texts) {
	fmt.Fprintf(w, "%d points in %s\n", s.Points, s.Out)
}
