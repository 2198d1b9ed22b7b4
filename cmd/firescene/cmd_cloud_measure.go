package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/strictyaml"
	"firescene/recon"
	"firescene/recon/measure"
)

type cloudMeasureOptions struct {
	surveyOptions
	list           string
	registrationMM float64
	instrumentMM   float64
	scalePPM       float64
	workers        int
}

func (a *app) cloudMeasureCmd() *cobra.Command {
	var opts cloudMeasureOptions
	c := &cobra.Command{
		Use:   "measure SCAN... --list MEASURES.yaml",
		Short: "Measure distances, heights, angles, areas and volumes in joined scans",
		Long: `Measure what a list asks for, each with its standard deviation. The list is YAML:

  radius: 0.05                 # metres around a point that its surface is taken from
  points:                      # taken onto the cloud's surface
    a: [1.2, 0.4, 0.9]
    b: [3.1, 0.4, 0.9]
  planes:                      # through the points within radius of a place
    wall: {near: [0, 2, 1], radius: 0.5}
  measures:
    - {name: table, distance: [a, b]}
    - {name: step, height: [a, b]}           # b above a
    - {name: gap, toPlane: [a, wall]}
    - {name: corner, angle: [a, b, c]}       # at b, degrees
    - {name: lean, planeAngle: [wall, floor]}
    - {name: burn, area: [a, b, c, d]}       # of the polygon in its plane
    - {name: ash, volume: [a, b, c, d], cell: 0.02, reach: 1}   # above and below the plane of the polygon

A standard deviation joins the noise and spacing of the points with
--registration-mm, --instrument-mm and --scale-ppm, which no cloud shows.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers = args, a.workers
			if opts.list == "" {
				return usageError{fmt.Errorf("give what to measure with --list")}
			}
			return a.finish(runCloudMeasure(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	f := c.Flags()
	f.StringVar(&opts.list, "list", "", "YAML file with points, planes and measures")
	f.Float64Var(&opts.registrationMM, "registration-mm", 1, "standard deviation of the place of one scan against another, in mm")
	f.Float64Var(&opts.instrumentMM, "instrument-mm", 1, "standard deviation of the range error common to all points, in mm")
	f.Float64Var(&opts.scalePPM, "scale-ppm", 10, "relative standard deviation of lengths, in millionths")
	return c
}

// measureList is the file of cloud measure.
type measureList struct {
	Radius   float64               `yaml:"radius"`
	Points   map[string][3]float64 `yaml:"points"`
	Planes   map[string]planeAsked `yaml:"planes"`
	Measures []measureAsked        `yaml:"measures"`
}

type planeAsked struct {
	Near   [3]float64 `yaml:"near"`
	Radius float64    `yaml:"radius"`
}

type measureAsked struct {
	Name       string   `yaml:"name"`
	Distance   []string `yaml:"distance"`
	Height     []string `yaml:"height"`
	ToPlane    []string `yaml:"toPlane"`
	Angle      []string `yaml:"angle"`
	PlaneAngle []string `yaml:"planeAngle"`
	Area       []string `yaml:"area"`
	Volume     []string `yaml:"volume"`
	Cell       float64  `yaml:"cell"`
	Reach      float64  `yaml:"reach"`
}

// measuredJSON is one result.
type measuredJSON struct {
	Name  string  `json:"name"`
	Kind  string  `json:"kind"`
	Value float64 `json:"value"`
	Sigma float64 `json:"sigma"`
	Unit  string  `json:"unit"`
	// MovedM is the most that a given point was moved onto the surface.
	MovedM   float64        `json:"movedM"`
	Below    *recon.Measure `json:"below,omitempty"`    // of a volume
	Measured *float64       `json:"measured,omitempty"` // share of a volume's cells that hold points
}

// cloudMeasureSummary is what cloud measure prints.
type cloudMeasureSummary struct {
	surveyUse
	Measures []measuredJSON `json:"measures"`
}

func (s cloudMeasureSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudMeasureSummary) print(w io.Writer, t texts) {
	for _, m := range s.Measures {
		fmt.Fprintf(w, "  %s (%s): %.4f ± %.4f %s\n", m.Name, t.T("measure_"+m.Kind), m.Value, m.Sigma, m.Unit)
		if m.Below != nil {
			fmt.Fprintln(w, "    ", t.T("measure_below", "Value", fmt.Sprintf("%.4f", m.Below.Value), "Sigma", fmt.Sprintf("%.4f", m.Below.Sigma), "Share", fmt.Sprintf("%.0f", 100**m.Measured)))
		}
		if m.MovedM > 0.02 {
			fmt.Fprintln(w, "    ", t.T("measure_moved", "MM", fmt.Sprintf("%.0f", 1000*m.MovedM)))
		}
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, " ", n.text(t))
	}
}

func runCloudMeasure(ctx context.Context, opts cloudMeasureOptions, report progressFunc) (cloudMeasureSummary, error) {
	sum := cloudMeasureSummary{Measures: []measuredJSON{}}
	raw, err := os.ReadFile(opts.list)
	if err != nil {
		return sum, err
	}
	var list measureList
	if _, err := strictyaml.Decode("measures", raw, &list); err != nil {
		return sum, fmt.Errorf("%s: %w", opts.list, err)
	}
	if len(list.Measures) == 0 {
		return sum, fmt.Errorf("%s: no measures are asked for", opts.list)
	}
	if list.Radius == 0 {
		list.Radius = 0.05
	}
	survey, use, err := loadSurvey(ctx, opts.surveyOptions, report)
	sum.surveyUse = use
	if err != nil {
		return sum, err
	}
	cloud, err := measure.NewCloud(survey.Cloud, measure.Errors{RegistrationM: opts.registrationMM / 1000, InstrumentM: opts.instrumentMM / 1000, Scale: opts.scalePPM * 1e-6}, opts.workers)
	if err != nil {
		return sum, err
	}
	for i, m := range list.Measures {
		if m.Name == "" {
			m.Name = fmt.Sprintf("%d", i+1)
		}
		r, err := list.take(ctx, cloud, m)
		if err != nil {
			if ctx.Err() != nil {
				return sum, ctx.Err()
			}
			sum.Failed = append(sum.Failed, forensics.Failure{Input: opts.list + ": " + m.Name, Reason: err.Error()})
			continue
		}
		sum.Measures = append(sum.Measures, r)
	}
	if len(sum.Measures) == 0 {
		return sum, allFailed(sum.Failed)
	}
	return sum, nil
}

// points takes named points onto the surface.
func (l *measureList) points(c *measure.Cloud, names []string, want int) ([]measure.Point, float64, error) {
	if want > 0 && len(names) != want || len(names) < 2 {
		return nil, 0, fmt.Errorf("%d names are given, not the number this measure needs", len(names))
	}
	var out []measure.Point
	moved := 0.0
	for _, n := range names {
		at, ok := l.Points[n]
		if !ok {
			return nil, 0, fmt.Errorf("there is no point %q in the list", n)
		}
		p, err := c.Pick(r3.Vec{X: at[0], Y: at[1], Z: at[2]}, l.Radius)
		if err != nil {
			return nil, 0, fmt.Errorf("point %s: %w", n, err)
		}
		moved = math.Max(moved, p.MovedM)
		out = append(out, p)
	}
	return out, moved, nil
}

func (l *measureList) plane(c *measure.Cloud, name string) (measure.Fitted, error) {
	p, ok := l.Planes[name]
	if !ok {
		return measure.Fitted{}, fmt.Errorf("there is no plane %q in the list", name)
	}
	f, err := c.Fit(r3.Vec{X: p.Near[0], Y: p.Near[1], Z: p.Near[2]}, p.Radius)
	if err != nil {
		return f, fmt.Errorf("plane %s: %w", name, err)
	}
	return f, nil
}

// take does one measure.
func (l *measureList) take(ctx context.Context, c *measure.Cloud, m measureAsked) (measuredJSON, error) {
	out := measuredJSON{Name: m.Name, Unit: "m"}
	put := func(kind string, r recon.Measure) (measuredJSON, error) {
		out.Kind, out.Value, out.Sigma = kind, r.Value, r.Sigma
		return out, nil
	}
	kinds := 0
	for _, names := range [][]string{m.Distance, m.Height, m.ToPlane, m.Angle, m.PlaneAngle, m.Area, m.Volume} {
		if len(names) > 0 {
			kinds++
		}
	}
	if kinds != 1 {
		return out, fmt.Errorf("give one of distance, height, toPlane, angle, planeAngle, area and volume; %d are given", kinds)
	}
	var p []measure.Point
	var err error
	switch {
	case m.Distance != nil:
		if p, out.MovedM, err = l.points(c, m.Distance, 2); err != nil {
			return out, err
		}
		return put("distance", c.Distance(p[0], p[1]))
	case m.Height != nil:
		if p, out.MovedM, err = l.points(c, m.Height, 2); err != nil {
			return out, err
		}
		return put("height", c.Height(p[0], p[1]))
	case m.ToPlane != nil:
		if len(m.ToPlane) != 2 {
			return out, fmt.Errorf("toPlane needs a point and a plane")
		}
		if p, out.MovedM, err = l.points(c, []string{m.ToPlane[0], m.ToPlane[0]}, 2); err != nil {
			return out, err
		}
		f, err := l.plane(c, m.ToPlane[1])
		if err != nil {
			return out, err
		}
		r := c.ToPlane(p[0], f)
		r.Value = math.Abs(r.Value) // which side of a fitted plane is its front is not known
		return put("toPlane", r)
	case m.Angle != nil:
		out.Unit = "°"
		if p, out.MovedM, err = l.points(c, m.Angle, 3); err != nil {
			return out, err
		}
		r, err := c.Angle(p[0], p[1], p[2])
		if err != nil {
			return out, err
		}
		return put("angle", r)
	case m.PlaneAngle != nil:
		out.Unit = "°"
		if len(m.PlaneAngle) != 2 {
			return out, fmt.Errorf("planeAngle needs two planes")
		}
		f, err := l.plane(c, m.PlaneAngle[0])
		if err != nil {
			return out, err
		}
		g, err := l.plane(c, m.PlaneAngle[1])
		if err != nil {
			return out, err
		}
		return put("planeAngle", c.PlaneAngle(f, g))
	case m.Area != nil:
		out.Unit = "m²"
		if p, out.MovedM, err = l.points(c, m.Area, 0); err != nil {
			return out, err
		}
		r, err := c.Area(p)
		if err != nil {
			return out, err
		}
		return put("area", r)
	}
	out.Unit = "m³"
	if p, out.MovedM, err = l.points(c, m.Volume, 0); err != nil {
		return out, err
	}
	cell, reach := m.Cell, m.Reach
	if cell == 0 {
		cell = 0.02
	}
	if reach == 0 {
		reach = 1
	}
	v, err := c.VolumeOver(ctx, p, cell, reach)
	if err != nil {
		return out, err
	}
	out.Below, out.Measured = &v.BelowM3, &v.Measured
	return put("volume", v.AboveM3)
}
