package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
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
	keepIn, by     string
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
    - {name: shelf, prism: [a, b, c, d, e]}  # the polygon a b c d raised to the height of e
    - {name: heap, hull: [a, b, c, d, e]}    # of the convex hull

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
	f.StringVar(&opts.keepIn, "case", "", "case that the measurements are kept in, and shown in the report of")
	f.StringVar(&opts.by, "by", "", "who measures, for the custody log of the case (default: the user of this computer)")
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
	Prism      []string `yaml:"prism"`
	Hull       []string `yaml:"hull"`
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
	Kept     []string       `json:"kept,omitempty"` // IDs in the case
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
	if len(s.Kept) > 0 {
		fmt.Fprintln(w, t.T("measure_kept", "IDs", strings.Join(s.Kept, " ")))
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
	errs := measure.Errors{RegistrationM: opts.registrationMM / 1000, InstrumentM: opts.instrumentMM / 1000, Scale: opts.scalePPM * 1e-6}
	cloud, err := measure.NewCloud(survey.Cloud, errs, opts.workers)
	if err != nil {
		return sum, err
	}
	var kept []recon.Measurement
	for i, m := range list.Measures {
		if m.Name == "" {
			m.Name = fmt.Sprintf("%d", i+1)
		}
		r, err := list.request(m, errs)
		var result recon.MeasureResult
		if err == nil {
			result, err = cloud.Take(ctx, r)
		}
		if err != nil {
			if ctx.Err() != nil {
				return sum, ctx.Err()
			}
			sum.Failed = append(sum.Failed, forensics.Failure{Input: opts.list + ": " + m.Name, Reason: err.Error()})
			continue
		}
		sum.Measures = append(sum.Measures, measuredJSON{Name: m.Name, Kind: string(r.Kind), Value: result.Value, Sigma: result.Sigma, Unit: result.Unit,
			MovedM: result.MovedM, Below: result.Below, Measured: result.Measured})
		kept = append(kept, recon.Measurement{Name: m.Name, Cloud: strings.Join(opts.files, " "), Scaled: true, Request: r, Result: result})
	}
	if len(sum.Measures) == 0 {
		return sum, allFailed(sum.Failed)
	}
	if opts.keepIn != "" {
		sum.Kept, err = keepMeasurements(ctx, opts, kept)
	}
	return sum, err
}

// keepMeasurements puts what was measured into a case, and gives the IDs.
func keepMeasurements(ctx context.Context, opts cloudMeasureOptions, list []recon.Measurement) ([]string, error) {
	c, err := casefile.Open(ctx, opts.keepIn, casefile.Options{By: whoWorks(opts.by)})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var ids []string
	for _, m := range list {
		var files []string
		for _, f := range opts.files {
			if rel, inside := c.Rel(f); inside {
				f = rel
			}
			files = append(files, f)
		}
		m.Cloud = strings.Join(files, " ")
		id, err := c.AddKept(ctx, casefile.KeptMeasurement, m)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// request turns names into places.
func (l *measureList) request(m measureAsked, errs measure.Errors) (recon.MeasureRequest, error) {
	r := recon.MeasureRequest{RadiusM: l.Radius, CellM: m.Cell, ReachM: m.Reach, RegistrationM: errs.RegistrationM, InstrumentM: errs.InstrumentM, Scale: errs.Scale}
	points := m.points()
	for _, kind := range recon.MeasureKinds {
		names, asked := points[kind]
		if !asked {
			continue
		}
		if r.Kind != "" {
			return r, fmt.Errorf("both %s and %s are asked for; give one of them", r.Kind, kind)
		}
		r.Kind = kind
		planes := 0
		switch kind {
		case recon.MeasureToPlane:
			planes = 1
		case recon.MeasurePlaneAngle:
			planes = 2
		}
		if len(names) < planes {
			return r, fmt.Errorf("%s needs more names than %d", kind, len(names))
		}
		for _, n := range names[:len(names)-planes] {
			at, ok := l.Points[n]
			if !ok {
				return r, fmt.Errorf("there is no point %q in the list", n)
			}
			r.Points = append(r.Points, at)
		}
		for _, n := range names[len(names)-planes:] {
			p, ok := l.Planes[n]
			if !ok {
				return r, fmt.Errorf("there is no plane %q in the list", n)
			}
			r.Planes = append(r.Planes, recon.PlaneNear{Near: p.Near, RadiusM: p.Radius})
		}
	}
	if r.Kind == "" {
		return r, fmt.Errorf("give one of distance, height, toPlane, angle, planeAngle, area, volume, prism and hull")
	}
	return r, r.Check()
}

// points are the names that a measure is taken between, by its kind.
func (m *measureAsked) points() map[recon.MeasureKind][]string {
	all := map[recon.MeasureKind][]string{recon.MeasureDistance: m.Distance, recon.MeasureHeight: m.Height, recon.MeasureToPlane: m.ToPlane, recon.MeasureAngle: m.Angle,
		recon.MeasurePlaneAngle: m.PlaneAngle, recon.MeasureArea: m.Area, recon.MeasureVolume: m.Volume, recon.MeasurePrism: m.Prism, recon.MeasureHull: m.Hull}
	maps.DeleteFunc(all, func(_ recon.MeasureKind, names []string) bool { return len(names) == 0 })
	return all
}
