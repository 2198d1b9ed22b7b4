package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/cfast"
	"firescene/recon/fire"
	"firescene/recon/zone/cfastcase"
)

// exportOptions are the options of fire export.
type exportOptions struct{ File, Out string }

func (a *app) fireExportCmd() *cobra.Command {
	o := exportOptions{}
	c := &cobra.Command{
		Use:   "export HYPOTHESIS.yaml -o FILE.in",
		Short: "Write a hypothesis as an input of the zone model CFAST 7",
		Long: `Write a hypothesis as an input of the zone model CFAST 7, as this program's own
two-layer model runs it: rooms that openings join with the room of origin, linings,
openings with their times, heat release as a table, detectors. What CFAST can not
hold, and what was supposed, is listed.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.File = args[0]
			return a.finish(runFireExport(o))
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "file to write")
	return c
}

// exportSummary is what fire export returns.
type exportSummary struct {
	Out     string        `json:"out"`
	Notes   []caseRunNote `json:"notes"`
	Seconds float64       `json:"seconds"`
}

func (s exportSummary) failures() []forensics.Failure { return nil }

func (s exportSummary) print(w io.Writer, t texts) {
	for _, n := range s.Notes {
		fmt.Fprintf(w, "  %s: %s\n", n.Where, n.What)
	}
	fmt.Fprintln(w, t.T("fire_written", "Dir", s.Out))
}

// exportEveryS is the distance of the points of a written heat release table.
const exportEveryS = 1

func runFireExport(o exportOptions) (exportSummary, error) {
	s := exportSummary{Out: o.Out, Notes: []caseRunNote{}}
	began := time.Now()
	if o.Out == "" {
		return s, usageError{errors.New("fire export: give a file with -o FILE.in")}
	}
	data, err := os.ReadFile(o.File)
	if err != nil {
		return s, err
	}
	h, err := fire.ParseHypothesis(data)
	if err != nil {
		return s, fmt.Errorf("%s: %w", o.File, err)
	}
	scene, warnings, err := fire.Scene(h)
	if err != nil {
		return s, err
	}
	scene.SampleS = 1
	in, notes := cfastcase.Input(scene, h.Title, exportEveryS)
	for _, w := range warnings {
		s.Notes = append(s.Notes, caseRunNote{Where: w.Where, What: w.What})
	}
	for _, n := range notes {
		s.Notes = append(s.Notes, caseRunNote(n))
	}
	var b bytes.Buffer
	if err := cfast.Write(&b, in); err != nil {
		return s, err
	}
	if err := writeFile(o.Out, b.Bytes()); err != nil {
		return s, err
	}
	s.Seconds = seconds(began)
	return s, nil
}
