package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon/locate/fsri"
)

func (a *app) fireBenchCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how well origins are found on published experiments",
		Args:  func(_ *cobra.Command, args []string) error { return unknownCommand(args) },
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "fsri DIR",
		Short: "Origins of the Fire Safety Research Institute's fires in one room (2018)",
		Long: `Weigh Back, Center, Corner and Side for each experiment of a folder laid out as
fsri-compartments-2018 (01_Data/FUEL_DOOR_PLACE_REPLICATE.csv). The model is given
the records of the instruments that stood still and whether the door was open; not
the fuel, not the heat release rate, not the gauges moved along with the fuel, and
not the place, which is compared only afterwards. Nothing was fitted to these
measurements. Log loss is natural: four equal shares give 1.386.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runFireBench(c.Context(), args[0], a.progress()))
		},
	})
	return c
}

// benchSummary is what fire bench fsri returns.
type benchSummary struct {
	fsri.Score
	FluxOnly fsri.Score          `json:"flux_only"`
	Failed   []forensics.Failure `json:"failed"`
}

func (s benchSummary) failures() []forensics.Failure { return s.Failed }

func (s benchSummary) print(w io.Writer, t texts) {
	for _, e := range s.Experiments {
		fmt.Fprintf(w, "%-32s", e.File)
		for _, p := range fsri.Places {
			fmt.Fprintf(w, "  %s %.3f", p, e.Posterior[p])
		}
		if e.Undecided != "" {
			fmt.Fprint(w, "  "+t.T("fire_bench_undecided", "Why", e.Undecided))
		}
		fmt.Fprintln(w)
	}
	line := func(id string, s fsri.Score) {
		fmt.Fprintln(w, t.T(id, "N", s.N, "Top", fmt.Sprintf("%.3f", s.Top1), "Open", fmt.Sprintf("%.3f", s.Top1Open), "Closed", fmt.Sprintf("%.3f", s.Top1Closed), "Loss", fmt.Sprintf("%.3f", s.LogLoss)))
		for _, b := range s.Calibration {
			fmt.Fprintln(w, "  "+t.T("fire_bench_bin", "From", fmt.Sprintf("%.2f", b.From), "To", fmt.Sprintf("%.2f", b.To), "N", b.N, "Stated", fmt.Sprintf("%.2f", b.Stated), "Right", fmt.Sprintf("%.2f", b.Right)))
		}
	}
	line("fire_bench_all", s.Score)
	line("fire_bench_flux", s.FluxOnly)
}

func runFireBench(ctx context.Context, dir string, report progressFunc) (benchSummary, error) {
	s := benchSummary{Failed: []forensics.Failure{}}
	all, flux, failed, err := fsri.Run(ctx, os.DirFS(dir), func(n, of int) { report("fire", int64(n), int64(of)) })
	for _, f := range failed {
		s.Failed = append(s.Failed, forensics.Failure{Input: f.File, Reason: f.Reason, Next: "compare the file with the published ones"})
	}
	if err != nil {
		if len(s.Failed) > 0 {
			return s, allFailed(s.Failed)
		}
		return s, fmt.Errorf("%s: %w", dir, err)
	}
	s.Score, s.FluxOnly = all, flux
	return s, nil
}
