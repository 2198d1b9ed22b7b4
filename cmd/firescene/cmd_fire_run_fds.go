package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firescene/formats/fds"
	"firescene/formats/smokeview"
	"firescene/recon/field"
	"firescene/recon/field/fdscase"
	"firescene/recon/field/smvcase"
)

// fieldTier names the engine of .fds runs in results.
const fieldTier = "field model: low-Mach large-eddy simulation on coarse cells"

// runFieldCase reads, checks, runs and writes one input of FDS.
func runFieldCase(ctx context.Context, file, dir string, o caseRunOptions, report progressFunc) (runCaseLine, error) {
	in, c, err := readFDS(file, o)
	if err != nil {
		return runCaseLine{}, err
	}
	s := c.Scene
	line := runCaseLine{File: file, Tier: fieldTier, Cells: s.Cells[0] * s.Cells[1] * s.Cells[2], Devices: len(c.Outputs), SimulatedS: s.EndS, Notes: []caseRunNote{}}
	for _, n := range c.Notes {
		line.Notes = append(line.Notes, caseRunNote(n))
	}
	if o.Check {
		for _, p := range field.Check(s) {
			what := p.What
			if p.Fatal {
				what = "it can not run: " + what
			}
			line.Notes = append(line.Notes, caseRunNote{Where: p.Where, What: what})
		}
		return line, nil
	}
	opt := field.Options{Workers: o.Workers, Progress: func(tS, endS float64) { report("fire "+filepath.Base(file), int64(tS), int64(endS)) }}
	var show *smvcase.Writer
	if o.Smokeview {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return line, &writeError{err}
		}
		if show, err = smvcase.New(s, smokeviewOptions(in, c, file, dir)); err != nil {
			return line, &writeError{err}
		}
		opt.OnStart, opt.OnFrame = show.OnStart, show.OnFrame
		if opt.FrameEveryS = c.FrameEveryS; opt.FrameEveryS <= 0 {
			opt.FrameEveryS = s.EndS / 100
		}
	}
	res, err := field.Run(ctx, s, opt)
	if show != nil {
		if closed := show.Close(res); err == nil && closed != nil {
			err = &writeError{closed}
		}
	}
	if err != nil {
		return line, err
	}
	for _, p := range res.Warnings {
		line.Notes = append(line.Notes, caseRunNote{Where: p.Where, What: p.What})
	}
	line.Steps = res.Steps
	for _, q := range res.HRRKW {
		line.PeakKW = max(line.PeakKW, q)
	}
	if err := writeField(dir, c, res, line); err != nil {
		return line, &writeError{err}
	}
	return line, nil
}

func readFDS(file string, o caseRunOptions) (*fds.Input, *fdscase.Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	in, err := fds.Read(f)
	if err != nil {
		return nil, nil, err
	}
	c, err := fdscase.New(in, fdscase.Options{MaxCells: o.MaxCells, CellM: o.CellM})
	return in, c, err
}

// smokeviewOptions names the files after the input's CHID and takes the planes that
// it asks for.
func smokeviewOptions(in *fds.Input, c *fdscase.Case, file, dir string) smvcase.Options {
	name := in.CHID
	if name == "" || strings.ContainsAny(name, `/\:*?"<>|`) || strings.HasPrefix(name, ".") {
		name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	o := smvcase.Options{CHID: name, Title: in.Title, Input: filepath.Base(file), Time: c.InputTime,
		Tables: []smokeview.Table{{Kind: "hrr", File: "hrr.csv"}, {Kind: "devc", File: "devices.csv"}},
		Create: func(name string) (io.WriteCloser, error) { return os.Create(filepath.Join(dir, name)) }}
	for _, p := range c.Slices {
		if q, ok := smvcase.QuantityNamed(p.Quantity, p.Species); ok {
			o.Planes = append(o.Planes, smvcase.Plane{Quantity: q, Axis: p.Axis, AtM: p.AtM})
		}
	}
	return o
}

// writeField writes the tables of one run and its step.json.
func writeField(dir string, c *fdscase.Case, res *field.Result, line runCaseLine) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "notes.json"), line.Notes); err != nil {
		return err
	}
	devices, err := c.DeviceTable(res)
	if err != nil {
		return err
	}
	for name, t := range map[string]*fdscase.Table{"devices.csv": devices, "hrr.csv": c.HRRTable(res)} {
		var b bytes.Buffer
		if err := smokeview.WriteColumns(&b, &smokeview.Columns{Units: t.Units, Names: t.Names, Rows: t.Rows}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := writeFile(filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	var b csvTable
	b.row("time_s", "event")
	for _, e := range res.Events {
		b.row(c.InputTime(e.TimeS), e.What)
	}
	if err := writeFile(filepath.Join(dir, "events.csv"), b.Bytes()); err != nil {
		return err
	}
	return recordRun(dir, line)
}
