package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon/register"
)

// registerOptions are the inputs of a registration.
type registerOptions struct {
	Files   []string
	Out     string
	Targets string    // "spheres,boards", one of them, or "none"
	RadiusM []float64 // of the spheres; empty: the usual ones
	Level   bool
	Units   unitList // of files
	NoCloud bool
	Workers int
}

func (a *app) registerCmd() *cobra.Command {
	opts := registerOptions{}
	c := &cobra.Command{
		Use:   "register SCAN... -o DIR",
		Short: "Find where each scan stands among the others",
		Long: `register places scans (E57, LAS, PLY) in one frame from their points, and writes
DIR/transforms.json with the place of each scan, DIR/residuals.csv with every pair of
scans, DIR/cloud.ply with all points in the common frame, and DIR/step.json. The
frame is that of the first scan by name in the largest group, or that of the stored
poses when there are any: those are tried as hypotheses and believed no more than
others.

Each scan gets a verdict. registered: one place, where surfaces meet and nothing
speaks against it. ambiguous: several places could be, or too little is in common;
the likeliest is given, and not to be used unseen. refused: no place without
contradiction; the reason is given, such as a mirrored scan or another unit, which is
asked about and never assumed (--unit FILE=ft). What speaks against a place is what
scanners have seen: the way to each of their points is free, and nobody sees a wall
from behind. The scanner is taken to stand at the origin of each scan's own frame;
where the points show that it can not have, only overlap decides, and that is said.

--targets finds spheres and checkerboards; those in common make a hypothesis and
their residuals are listed. It needs intensities for boards. Sphere radii are the
usual ones (50, 69.5, 70, 72.5, 100 mm) unless --radius names them in metres.
--level turns the frame so that floors and ceilings are level and puts the floor at
height 0.` + exitStatusHelp,
		Example: "  firescene register kitchen.e57 hall.e57 stairs.ply -o registered --level",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Files, opts.Workers = args, a.workers
			if err := opts.check(); err != nil {
				return usageError{err}
			}
			return a.finish(runRegister(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	f.StringVar(&opts.Targets, "targets", "spheres,boards", "targets to look for: spheres, boards, spheres,boards or none")
	f.Float64SliceVar(&opts.RadiusM, "radius", nil, "radii of the spheres in metres, for example 0.0725")
	f.BoolVar(&opts.Level, "level", false, "level the frame by floors and ceilings, the floor at height 0")
	f.StringArrayVar((*[]string)(&opts.Units), "unit", nil, "unit of coordinates: m, cm, mm, in, ft or us-ft, for all files or as FILE=UNIT; may be repeated")
	f.BoolVar(&opts.NoCloud, "no-cloud", false, "do not write the joined cloud")
	return c
}

// unitMetres are the units that --unit knows.
var unitMetres = map[string]float64{"m": 1, "cm": 0.01, "mm": 0.001, "in": 0.0254, "ft": 0.3048, "us-ft": 1200.0 / 3937}

func (o *registerOptions) check() error {
	if o.Out == "" {
		return fmt.Errorf("give the output folder with -o")
	}
	if _, err := o.wanted(); err != nil {
		return err
	}
	for _, r := range o.RadiusM {
		if !(r > 0.005 && r < 1) {
			return fmt.Errorf("--radius %g: give metres, from 0.005 to 1", r)
		}
	}
	seen := map[string]bool{}
	for _, f := range o.Files {
		if seen[f] {
			return fmt.Errorf("%s is given twice", f)
		}
		seen[f] = true
	}
	return o.Units.check(func(name string) bool { return seen[name] })
}

// unitOf is the metres of one unit of a file's coordinates.
func (o *registerOptions) unitOf(path string) float64 {
	if m, stated := o.Units.of(path); stated {
		return m
	}
	return 1
}

// wanted tells the kinds of targets asked for.
func (o *registerOptions) wanted() (kinds map[string]bool, err error) {
	kinds = map[string]bool{}
	for _, k := range strings.Split(o.Targets, ",") {
		switch k = strings.TrimSpace(k); k {
		case "spheres", "boards":
			kinds[k] = true
		case "none":
		default:
			return nil, fmt.Errorf("--targets %s: give spheres, boards, spheres,boards or none", o.Targets)
		}
	}
	return kinds, nil
}

// runRegister places scans: read, find targets, register, write.
func runRegister(ctx context.Context, opts registerOptions, report progressFunc) (registerSummary, error) {
	began := time.Now()
	opts.Files = slices.Sorted(slices.Values(opts.Files)) // their order changes nothing
	sum := registerSummary{Out: opts.Out, Failed: []forensics.Failure{}}
	stations, failed, err := readStations(ctx, opts, report)
	if err != nil {
		return sum, err
	}
	sum.Failed = append(sum.Failed, failed...)
	if len(stations) == 0 {
		return sum, allFailed(failed)
	}
	links, err := sum.findTargets(ctx, stations, opts, report)
	if err != nil {
		return sum, err
	}
	list := make([]register.Scan, len(stations))
	for i := range stations {
		list[i] = stations[i].scan
	}
	result, err := register.Register(ctx, list, register.Options{Level: opts.Level, Workers: opts.Workers, Links: links,
		Progress: func(stage string, done, total int) { report(stage, int64(done), int64(total)) }})
	if err != nil {
		return sum, err
	}
	sum.use(stations, result)
	if err := os.MkdirAll(opts.Out, 0o755); err != nil {
		return sum, err
	}
	if err := os.Remove(filepath.Join(opts.Out, stepFile)); err != nil && !os.IsNotExist(err) {
		return sum, err
	}
	outputs, err := sum.write(ctx, stations, opts, report)
	if err != nil {
		return sum, err
	}
	step := forensics.Step{
		Stage: "register", Params: opts.params(), In: len(stations) + len(failed), Out: sum.Registered,
		Failed: sum.Failed, Outputs: outputs, Seconds: time.Since(began).Seconds(),
	}
	for _, path := range opts.Files {
		if h, n, err := hashFile(path); err == nil {
			step.Inputs = append(step.Inputs, forensics.FileHash{Path: path, SizeB: n, SHA256: h})
		}
	}
	return sum, writeStep(opts.Out, step)
}

func (o *registerOptions) params() map[string]string {
	return map[string]string{"targets": o.Targets, "radius_m": fmt.Sprint(o.RadiusM), "level": strconv.FormatBool(o.Level),
		"units": strings.Join(o.Units, ","), "cloud": strconv.FormatBool(!o.NoCloud)}
}
