package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/cfast"
	"firescene/formats/fds"
	"firescene/formats/smokeview"
	"firescene/recon/fire"
	"firescene/recon/zone"
	"firescene/recon/zone/cfastcase"
	"firescene/recon/zone/fdsinput"
	"firescene/recon/zone/smvzone"
)

// exportOptions are the options of fire export.
type exportOptions struct {
	File, Out, To string
	CellM         float64 // fds
}

func (a *app) fireExportCmd() *cobra.Command {
	o := exportOptions{}
	c := &cobra.Command{
		Use:   "export HYPOTHESIS.yaml --to cfast|fds|smokeview -o OUT",
		Short: "Write a hypothesis as an input of CFAST or FDS, or its result for Smokeview",
		Long: `Write a hypothesis for other programs.

--to cfast writes an input of the zone model CFAST 7, as this program's own
two-layer model runs it: rooms that openings join with the room of origin, linings,
openings with their times, heat release as a table, detectors.
--to fds writes the same as an input of the field model FDS 6: rooms cut out of one
block, burners with the heat release as a ramp, detectors as devices, open air
before outer openings, cells of --cell metres.
--to smokeview simulates the hypothesis with the two-layer model and writes the
result to the folder OUT as ID.smv and ID_zone.csv, which Smokeview opens.

What the other program can not hold, and what was supposed, is listed. A hypothesis
states no place of openings along a wall: it is supposed.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.File = args[0]
			return a.finish(runFireExport(c.Context(), o))
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "file to write, or folder for smokeview")
	c.Flags().StringVar(&o.To, "to", "cfast", "cfast, fds or smokeview")
	c.Flags().Float64Var(&o.CellM, "cell", fdsinput.DefaultCellM, "length of a cell in metres, of fds")
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

func runFireExport(ctx context.Context, o exportOptions) (exportSummary, error) {
	s := exportSummary{Out: o.Out, Notes: []caseRunNote{}}
	began := time.Now()
	if o.Out == "" {
		return s, usageError{errors.New("fire export: give a file or folder with -o OUT")}
	}
	if o.CellM != 0 && !(o.CellM >= 0.01 && o.CellM <= 2) {
		return s, usageError{fmt.Errorf("fire export: --cell %g: give 0.01 to 2 m", o.CellM)}
	}
	write, ok := map[string]func(context.Context, exportOptions, *zone.Scene, string, string) ([]caseRunNote, error){
		"cfast": exportCFAST, "fds": exportFDS, "smokeview": exportSmokeview}[o.To]
	if !ok {
		return s, usageError{fmt.Errorf("fire export: --to %q: give cfast, fds or smokeview", o.To)}
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
	for _, w := range warnings {
		s.Notes = append(s.Notes, caseRunNote{Where: w.Where, What: w.What})
	}
	notes, err := write(ctx, o, scene, h.ID, h.Title)
	s.Notes = append(s.Notes, notes...)
	s.Seconds = seconds(began)
	return s, err
}

func exportCFAST(_ context.Context, o exportOptions, scene *zone.Scene, _, title string) ([]caseRunNote, error) {
	in, notes := cfastcase.Input(scene, title, exportEveryS)
	var out []caseRunNote
	for _, n := range notes {
		out = append(out, caseRunNote(n))
	}
	var b bytes.Buffer
	if err := cfast.Write(&b, in); err != nil {
		return out, err
	}
	return out, writeFile(o.Out, b.Bytes())
}

func exportFDS(_ context.Context, o exportOptions, scene *zone.Scene, id, title string) ([]caseRunNote, error) {
	in, notes := fdsinput.Input(scene, fdsinput.Options{CHID: id, Title: title, CellM: o.CellM})
	var out []caseRunNote
	for _, n := range notes {
		out = append(out, caseRunNote{Where: n.Where, What: n.What})
	}
	var b bytes.Buffer
	if err := fds.Write(&b, in); err != nil {
		return out, err
	}
	return out, writeFile(o.Out, b.Bytes())
}

func exportSmokeview(ctx context.Context, o exportOptions, scene *zone.Scene, id, title string) ([]caseRunNote, error) {
	res, err := zone.Run(ctx, scene)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, err
	}
	return writeSmokeviewZones(o.Out, scene, res, id, title)
}

// writeSmokeviewZones writes ID.smv and ID_zone.csv.
func writeSmokeviewZones(dir string, scene *zone.Scene, res *zone.Result, id, title string) ([]caseRunNote, error) {
	c, table, notes := smvzone.Files(scene, res, title, id, id+"_zone.csv")
	var out []caseRunNote
	for _, n := range notes {
		out = append(out, caseRunNote{Where: n.Where, What: n.What})
	}
	var b bytes.Buffer
	if err := smokeview.WriteCase(&b, c); err != nil {
		return out, err
	}
	if err := writeFile(filepath.Join(dir, id+".smv"), b.Bytes()); err != nil {
		return out, err
	}
	b.Reset()
	if err := smokeview.WriteColumns(&b, table); err != nil {
		return out, err
	}
	return out, writeFile(filepath.Join(dir, id+"_zone.csv"), b.Bytes())
}
