package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	fields "firescene/recon/field/experiments"
	"firescene/recon/zone/experiments"
)

// validateOptions are the options of fire validate.
type validateOptions struct {
	Dir, Points, Markdown string
	Tier                  string        // zone or field
	Only                  []string      // tests or series, field only
	CellM                 float64       // field only
	Within                time.Duration // field only
	Resume                []string      // field only
	Workers               int
}

func (a *app) fireValidateCmd() *cobra.Command {
	o := validateOptions{}
	c := &cobra.Command{
		Use:   "validate DIR",
		Short: "Measure the engine on published experiments",
		Long: `Measure the engine on published experiments laid out as NIST's: DIR holds a
folder a series (Steckler_Compartment, ATF_Corridors, NIST_NRC, NBS_Multi-Room,
LLNL_Enclosure, Vettori_Flat_Ceiling, NIST_Smoke_Alarms, Fleury_Heat_Flux,
McCaffrey_Plume, Heskestad_Flame_Height) with cfast/*.in, cor/*.txt and
exp/*.csv. Printed are, for each quantity, the bias factor and
the relative standard deviation of the model (McGrattan and Toman, Metrologia 48
(2011) 173). -o writes the compared pairs (quantity, exp, model, test, where),
--markdown the tables of VALIDATION.md.

--tier field runs the field model on the series it is set up for: FSRI's compartment
(fsri-compartments-2018), Steckler (steckler_expected.csv) and NIST/NRC
(NIST_NRC/fds). A fire takes from 20 seconds to six minutes of processor time;
--workers of them run side by side, the longest first. --only FSRI_Open,Steckler_14
picks tests or series, --cell sets the size of cells, --within 9m lists what has not
ended by then as left out, --resume FILE takes the pairs of tests that an earlier run's
-o FILE holds instead of running them again.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Dir, o.Workers = args[0], a.workers
			return a.finish(runFireValidate(c.Context(), o, a.progress()))
		},
	}
	c.Flags().StringVar(&o.Tier, "tier", "zone", "model: zone or field")
	c.Flags().StringSliceVar(&o.Only, "only", nil, "with --tier field: tests or series to run")
	c.Flags().Float64Var(&o.CellM, "cell", 0, "with --tier field: size of cells in m (default: that of each series)")
	c.Flags().DurationVar(&o.Within, "within", 0, "with --tier field: leave out fires that have not ended by then (default: no limit)")
	c.Flags().StringSliceVar(&o.Resume, "resume", nil, "with --tier field: compared pairs of earlier runs, whose tests are not run again")
	c.Flags().StringVarP(&o.Points, "out", "o", "", "file for the compared pairs (CSV)")
	c.Flags().StringVar(&o.Markdown, "markdown", "", "file for the tables (Markdown)")
	return c
}

// validateSummary is what fire validate returns.
type validateSummary struct {
	Rows    []validateRow       `json:"rows"`
	Failed  []forensics.Failure `json:"failed"`
	Seconds float64             `json:"seconds"`
}

// validateRow is one quantity.
type validateRow struct {
	Quantity string     `json:"quantity"`
	Words    string     `json:"words"`
	N        int        `json:"n"`
	Bias     float64    `json:"bias"`
	Spread   float64    `json:"spread"`
	SigmaE   float64    `json:"sigma_e"` // of the experiments
	FDS      [2]float64 `json:"fds"`     // published bias and spread; 0: none
	CFAST    [2]float64 `json:"cfast"`
	Hand     [2]float64 `json:"hand"`
}

func (s validateSummary) failures() []forensics.Failure { return s.Failed }

func (s validateSummary) print(w io.Writer, t texts) {
	for _, r := range s.Rows {
		fmt.Fprintln(w, t.T("fire_validate_row", "Quantity", r.Quantity, "N", r.N, "Bias", fmt.Sprintf("%.3f", r.Bias), "Spread", fmt.Sprintf("%.3f", r.Spread)))
	}
}

func readPoints(name string) ([]experiments.Point, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return experiments.ReadCSV(f)
}

// runFireValidate runs all series of a folder and writes what was asked for.
func runFireValidate(ctx context.Context, o validateOptions, report progressFunc) (validateSummary, error) {
	s := validateSummary{Rows: []validateRow{}, Failed: []forensics.Failure{}}
	began := time.Now()
	done := func(n, of int) { report("fire", int64(n), int64(of)) }
	var points []experiments.Point
	var failed []experiments.Failure
	var err error
	switch o.Tier {
	case "zone":
		points, failed, err = experiments.Run(ctx, os.DirFS(o.Dir), o.Workers, done)
	case "field":
		var known []experiments.Point
		for _, name := range o.Resume {
			more, err := readPoints(name)
			if err != nil {
				return s, fmt.Errorf("%s: %w", name, err)
			}
			known = append(known, more...)
		}
		points, failed, err = fields.Run(ctx, os.DirFS(o.Dir), fields.Options{Workers: o.Workers, CellM: o.CellM, Only: o.Only, WithinS: o.Within.Seconds(), Known: known, Done: done})
	default:
		return s, usageError{fmt.Errorf("fire validate: --tier is %q; give zone or field", o.Tier)}
	}
	if err != nil {
		return s, err
	}
	for _, f := range failed {
		s.Failed = append(s.Failed, forensics.Failure{Input: f.Test, Reason: f.Reason, Next: "compare the files with the published ones"})
	}
	for _, r := range experiments.Rows(points) {
		s.Rows = append(s.Rows, validateRow{r.Name, r.Words, r.N, r.Bias, r.Spread, r.SigmaE, r.FDS, r.CFAST, r.Hand})
	}
	if len(points) == 0 {
		return s, allFailed(s.Failed)
	}
	if o.Points != "" {
		if err := writeFile(o.Points, experiments.CSV(points)); err != nil {
			return s, err
		}
	}
	if o.Markdown != "" {
		table := experiments.Markdown
		if o.Tier == "field" {
			table = fields.Markdown
		}
		if err := writeFile(o.Markdown, table(points, failed)); err != nil {
			return s, err
		}
	}
	s.Seconds = seconds(began)
	return s, nil
}
