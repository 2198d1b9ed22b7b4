package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/cfast"
	"firescene/recon/field/fdscase"
	"firescene/recon/handcalc"
	"firescene/recon/zone"
	"firescene/recon/zone/cfastcase"
)

// caseRunOptions are the options of fire run.
type caseRunOptions struct {
	Files     []string
	Out       string
	Check     bool    // only the pre-flight check
	Smokeview bool    // write files that Smokeview opens
	CellM     float64 // of .fds inputs: length of a cell, 0 the input's
	MaxCells  int     // of .fds inputs; 0 the default
	Workers   int
}

func (a *app) fireRunCmd() *cobra.Command {
	o := caseRunOptions{}
	c := &cobra.Command{
		Use:   "run FILE.in|FILE.fds... -o DIR",
		Short: "Run inputs of CFAST 7 and FDS 6 as they are",
		Long: fmt.Sprintf(`Run inputs of other fire models as they are.

Inputs of the zone model CFAST 7 (.in) run with this program's two-layer model of
many rooms. DIR gets zones.csv (layers, heat release, gases, pressure of each room
over time), flows.csv (kg/s through each opening), targets.csv, devices.csv (gas and
link temperatures, obscuration) and events.csv (responses, ignitions, openings).

Inputs of the field model FDS 6 (.fds) run with this program's own field model on
one grid: several meshes are merged at their finest spacing, up to %d cells
(--max-cells); --cell sets another spacing. DIR gets devices.csv and hrr.csv, laid
out as FDS lays them out, and events.csv. A run takes about a microsecond a cell and
step: minutes for a room at 10 cm, hours for 500000 cells.

Either way notes.json lists what of the input is not supported and what that means
for the result, and what the pre-flight check found. With --smokeview DIR also gets
files that Smokeview opens. With several files DIR gets a folder for each. --check
stops after the pre-flight check and writes nothing.`, fdscase.DefaultMaxCells) + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Files, o.Workers = args, a.workers
			return a.finish(runFireRun(c.Context(), o, a.progress()))
		},
	}
	c.Flags().StringVarP(&o.Out, "out", "o", "", "output folder")
	c.Flags().BoolVar(&o.Check, "check", false, "check the inputs and stop")
	c.Flags().BoolVar(&o.Smokeview, "smokeview", false, "write files that Smokeview opens")
	c.Flags().Float64Var(&o.CellM, "cell", 0, "length of a cell in metres, of .fds inputs (0: as the input says)")
	c.Flags().IntVar(&o.MaxCells, "max-cells", 0, "most cells of the merged grid, of .fds inputs (0: the default)")
	return c
}

// caseRunSummary is what fire run returns.
type caseRunSummary struct {
	Out     string              `json:"out"`
	Cases   []runCaseLine       `json:"cases"`
	Failed  []forensics.Failure `json:"failed"`
	Seconds float64             `json:"seconds"`
}

// runCaseLine is one input in short.
type runCaseLine struct {
	File       string        `json:"file"`
	Tier       string        `json:"tier"`
	Rooms      int           `json:"rooms,omitempty"`
	Cells      int           `json:"cells,omitempty"`
	Devices    int           `json:"devices,omitempty"`
	SimulatedS float64       `json:"simulated_s"`
	PeakKW     float64       `json:"peak_kW"`
	PeakLayerC float64       `json:"peak_layer_C,omitempty"`
	Steps      int           `json:"steps"`
	Notes      []caseRunNote `json:"notes"`
}

// caseRunNote is a thing that is not run as the input says, or looks wrong.
type caseRunNote struct {
	Line  int    `json:"line"`
	Where string `json:"where"`
	What  string `json:"what"`
}

func (s caseRunSummary) failures() []forensics.Failure { return s.Failed }

func (s caseRunSummary) print(w io.Writer, t texts) {
	for _, c := range s.Cases {
		if c.Cells > 0 && c.Steps == 0 {
			fmt.Fprintln(w, t.T("fire_run_field_checked", "File", c.File, "Cells", c.Cells, "Devices", c.Devices, "Time", fmt.Sprintf("%.0f", c.SimulatedS)))
		} else if c.Cells > 0 {
			fmt.Fprintln(w, t.T("fire_run_field", "File", c.File, "Cells", c.Cells, "Devices", c.Devices, "Time", fmt.Sprintf("%.0f", c.SimulatedS), "Peak", fmt.Sprintf("%.0f", c.PeakKW), "Steps", c.Steps))
		} else {
			fmt.Fprintln(w, t.T("fire_run_case", "File", c.File, "Rooms", c.Rooms, "Time", fmt.Sprintf("%.0f", c.SimulatedS), "Peak", fmt.Sprintf("%.0f", c.PeakKW), "Layer", fmt.Sprintf("%.0f", c.PeakLayerC)))
		}
		for _, n := range c.Notes {
			line := ""
			if n.Line > 0 {
				line = t.T("fire_run_line", "Line", n.Line) + " "
			}
			fmt.Fprintf(w, "  %s%s: %s\n", line, n.Where, n.What)
		}
	}
	if s.Out != "" {
		fmt.Fprintln(w, t.T("fire_written", "Dir", s.Out))
	}
}

// runFireRun reads, checks, runs and writes each input. One that can not be run is
// listed and the others go on.
func runFireRun(ctx context.Context, o caseRunOptions, report progressFunc) (caseRunSummary, error) {
	s := caseRunSummary{Out: o.Out, Cases: []runCaseLine{}, Failed: []forensics.Failure{}}
	began := time.Now()
	if o.Out == "" && !o.Check {
		return s, usageError{errors.New("fire run: give an output folder with -o DIR, or --check")}
	}
	if o.CellM < 0 || o.MaxCells < 0 {
		return s, usageError{errors.New("fire run: --cell and --max-cells must not be below 0")}
	}
	taken := map[string]string{}
	for i, file := range o.Files {
		dir := o.Out
		if len(o.Files) > 1 && !o.Check {
			name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
			if first, ok := taken[strings.ToLower(name)]; ok {
				s.Failed = append(s.Failed, forensics.Failure{Input: file, Reason: "its name is that of " + first, Next: "run the two apart"})
				continue
			}
			taken[strings.ToLower(name)] = file
			dir = filepath.Join(o.Out, name)
		}
		run := runZoneCase
		if strings.EqualFold(filepath.Ext(file), ".fds") {
			run = runFieldCase
		}
		line, err := run(ctx, file, dir, o, report)
		var write *writeError
		switch {
		case errors.As(err, &write):
			return s, write.err
		case err != nil && ctx.Err() != nil:
			return s, ctx.Err()
		case err != nil:
			s.Failed = append(s.Failed, failureOf(file, err))
			continue
		}
		s.Cases = append(s.Cases, line)
		report("fire", int64(i+1), int64(len(o.Files)))
	}
	if len(s.Cases) == 0 {
		return s, allFailed(s.Failed)
	}
	s.Seconds = seconds(began)
	return s, nil
}

// writeError is a failure to write, which ends the whole run.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

// runZoneCase reads, checks, runs and writes one input of CFAST.
func runZoneCase(ctx context.Context, file, dir string, o caseRunOptions, _ progressFunc) (runCaseLine, error) {
	c, err := readCase(file)
	if err != nil {
		return runCaseLine{}, err
	}
	line := runCaseLine{File: file, Tier: zone.Tier, Rooms: len(c.Scene.Rooms), SimulatedS: c.Scene.DurationS, Notes: []caseRunNote{}}
	for _, n := range c.Notes {
		line.Notes = append(line.Notes, caseRunNote(n))
	}
	if o.Check {
		return line, nil
	}
	res, err := zone.Run(ctx, c.Scene)
	if err != nil {
		return line, err
	}
	for _, r := range res.Rooms {
		for k, v := range r.UpperK {
			line.PeakLayerC = max(line.PeakLayerC, v-handcalc.Kelvin)
			line.PeakKW = max(line.PeakKW, r.BurnKW[k])
		}
	}
	line.Steps = res.Steps
	if o.Smokeview {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return line, &writeError{err}
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		notes, err := writeSmokeviewZones(dir, c.Scene, res, name, name)
		if err != nil {
			return line, &writeError{err}
		}
		line.Notes = append(line.Notes, notes...)
	}
	if err := writeZones(dir, c, res, line); err != nil {
		return line, &writeError{err}
	}
	return line, nil
}

func readCase(file string) (*cfastcase.Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := cfast.Read(f)
	if err != nil {
		return nil, err
	}
	return cfastcase.New(in)
}

// writeZones writes the tables of one run and its step.json.
func writeZones(dir string, c *cfastcase.Case, res *zone.Result, line runCaseLine) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "notes.json"), line.Notes); err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"zones.csv": zonesCSV(res), "flows.csv": flowsCSV(c.Scene, res), "targets.csv": targetsCSV(res), "devices.csv": devicesCSV(res), "events.csv": eventsCSV(res),
	} {
		if err := writeFile(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return recordRun(dir, line)
}

// recordRun leaves step.json beside the tables of one run.
func recordRun(dir string, line runCaseLine) error {
	sum, size, err := hashFile(line.File)
	if err != nil {
		return err
	}
	step := forensics.Step{Stage: "fire run", In: 1, Out: 1, Failed: []forensics.Failure{}, Warnings: []string{}, Params: map[string]string{"tier": line.Tier}}
	step.Inputs = []forensics.FileHash{{Path: filepath.ToSlash(line.File), SizeB: size, SHA256: sum}}
	for _, n := range line.Notes {
		step.Warnings = append(step.Warnings, fmt.Sprintf("line %d, %s: %s", n.Line, n.Where, n.What))
	}
	if step.Outputs, err = hashTree(dir); err != nil {
		return err
	}
	return writeStep(dir, step)
}

// csvTable is a table that is written row by row.
type csvTable struct{ bytes.Buffer }

func (b *csvTable) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		switch v := c.(type) {
		case float64:
			b.WriteString(shortNumber(v))
		case string:
			b.WriteString(csvField(v))
		}
	}
	b.WriteByte('\n')
}

// zonesCSV has a row a time and room. Gases are mole fractions of the upper layer
// unless the name says lower; od is the optical density in 1/m.
func zonesCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "room", "upper_C", "lower_C", "interface_m", "hrr_kW", "hrr_wanted_kW", "o2", "o2_lower", "co2", "co2_lower", "co_kg_kg", "h2o_kg_kg", "hcl_kg_kg", "hcn_kg_kg", "soot_kg_kg", "unburnt_kg_kg", "od", "od_lower", "pressure_Pa", "ceiling_C", "upper_wall_C", "lower_wall_C", "floor_C")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Rooms {
			r := &res.Rooms[j]
			b.row(t, r.Name, r.UpperK[i]-k, r.LowerK[i]-k, r.InterfaceM[i], r.BurnKW[i], r.WantedKW[i], r.UpperMole[0][i], r.LowerMole[0][i], r.UpperMole[1][i], r.LowerMole[1][i],
				r.Upper[zone.CO][i], r.Upper[zone.H2O][i], r.Upper[zone.HCl][i], r.Upper[zone.HCN][i], r.Upper[zone.Soot][i], r.Upper[zone.Unburnt][i], r.UpperODm[i], r.LowerODm[i], r.PressurePa[i],
				r.CeilingK[i]-k, r.UpperWallK[i]-k, r.LowerWallK[i]-k, r.FloorK[i]-k)
		}
	}
	return b.Bytes()
}

func flowsCSV(s *zone.Scene, res *zone.Result) []byte {
	var b csvTable
	name := func(k int) string {
		if k == zone.Outside {
			return "outside"
		}
		return s.Rooms[k].Name
	}
	b.row("time_s", "opening", "from", "to", "forth_kg_s", "back_kg_s")
	for i, t := range res.TimeS {
		for _, f := range res.Flows {
			b.row(t, f.Name, name(f.A), name(f.B), f.ForthKgS[i], f.BackKgS[i])
		}
	}
	return b.Bytes()
}

func targetsCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "target", "surface_C", "back_C", "inner_C", "gas_C", "incident_kW_m2", "net_kW_m2", "gauge_kW_m2", "convective_kW_m2")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Targets {
			s := &res.Targets[j]
			b.row(t, s.Name, s.SurfaceK[i]-k, s.BackK[i]-k, s.InnerK[i]-k, s.GasK[i]-k, s.IncidentKW[i], s.NetKW[i], s.GaugeKW[i], s.ConvKW[i])
		}
	}
	return b.Bytes()
}

func devicesCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "device", "gas_C", "link_C", "velocity_m_s", "obscuration_pct_m")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Detectors {
			d := &res.Detectors[j]
			b.row(t, d.Name, d.GasK[i]-k, d.LinkK[i]-k, d.VelocityMS[i], d.ObscPct[i])
		}
	}
	return b.Bytes()
}

func eventsCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "event")
	for _, e := range res.Events {
		b.row(e.TimeS, e.What)
	}
	for i := range res.Detectors {
		if d := &res.Detectors[i]; d.Responded {
			b.row(d.TimeS, "response of "+d.Name)
		}
	}
	return b.Bytes()
}
