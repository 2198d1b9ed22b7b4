package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/render/plan"
)

type cloudSectionOptions struct {
	surveyOptions
	out         string
	z           string
	line        string
	thicknessMM float64
	dotMM       float64
	lang        string
}

func (a *app) cloudSectionCmd() *cobra.Command {
	var opts cloudSectionOptions
	c := &cobra.Command{
		Use:   "section SCAN... -o OUT.{svg,dxf} --z HEIGHT | --line X1,Y1,X2,Y2",
		Short: "Draw the points of a thin slice: a floor plan at a height, or a vertical cut",
		Long: `Draw the points of a slice of the joined scans at true scale, with its extents. --z
cuts level at a height; --line cuts upright along a line in plan, seen from its right.
Nothing is fitted: what is drawn was measured.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.lang = args, a.language()
			if ext := strings.ToLower(filepath.Ext(opts.out)); ext != ".svg" && ext != ".dxf" {
				return usageError{fmt.Errorf("give the file to write with -o, ending in .svg or .dxf")}
			}
			if _, err := opts.cut(); err != nil {
				return usageError{err}
			}
			if !(opts.thicknessMM > 0) || !(opts.dotMM > 0) {
				return usageError{fmt.Errorf("--thickness-mm and --dot-mm must lie above 0")}
			}
			return a.finish(runCloudSection(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	f := c.Flags()
	f.StringVarP(&opts.out, "output", "o", "", "file to write: .svg or .dxf")
	f.StringVar(&opts.z, "z", "", "height of a level cut, in metres")
	f.StringVar(&opts.line, "line", "", "line x1,y1,x2,y2 of an upright cut")
	f.Float64Var(&opts.thicknessMM, "thickness-mm", 20, "thickness of the slice in mm")
	f.Float64Var(&opts.dotMM, "dot-mm", 5, "one dot to a square of this edge, in mm")
	return c
}

// sliceCut takes a place to its distance from the cut and its place on it.
type sliceCut struct {
	normal, u, v, at r3.Vec
	name             string
	from, to         float64 // along u
}

func (o cloudSectionOptions) cut() (sliceCut, error) {
	inf := math.Inf(1)
	switch {
	case (o.z == "") == (o.line == ""):
		return sliceCut{}, fmt.Errorf("give one of --z and --line")
	case o.z != "":
		z, err := strconv.ParseFloat(o.z, 64)
		if err != nil || z-z != 0 {
			return sliceCut{}, fmt.Errorf("--z %s is not a number", o.z)
		}
		return sliceCut{normal: r3.Vec{Z: 1}, u: r3.Vec{X: 1}, v: r3.Vec{Y: 1}, at: r3.Vec{Z: z}, name: fmt.Sprintf("z = %g m", z), from: -inf, to: inf}, nil
	}
	parts := strings.Split(o.line, ",")
	var v [4]float64
	if len(parts) != 4 {
		return sliceCut{}, fmt.Errorf("--line %s: give four numbers x1,y1,x2,y2", o.line)
	}
	for i, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || f-f != 0 {
			return sliceCut{}, fmt.Errorf("--line %s: %q is not a number", o.line, p)
		}
		v[i] = f
	}
	d := r3.Vec{X: v[2] - v[0], Y: v[3] - v[1]}
	length := r3.Norm(d)
	if !(length > 0) {
		return sliceCut{}, fmt.Errorf("--line %s has no length", o.line)
	}
	d = r3.Scale(1/length, d)
	return sliceCut{normal: r3.Vec{X: -d.Y, Y: d.X}, u: d, v: r3.Vec{Z: 1}, at: r3.Vec{X: v[0], Y: v[1]}, name: fmt.Sprintf("%g %g - %g %g", v[0], v[1], v[2], v[3]), to: length}, nil
}

// cloudSectionSummary is what cloud section prints.
type cloudSectionSummary struct {
	surveyUse
	Out   string  `json:"out"`
	In    int     `json:"pointsInSlice"`
	Dots  int     `json:"dots"`
	WideM float64 `json:"widthM"`
	HighM float64 `json:"heightM"`
}

func (s cloudSectionSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudSectionSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("section_written", "Out", s.Out, "In", s.In, "Dots", s.Dots, "Wide", fmt.Sprintf("%.3f", s.WideM), "High", fmt.Sprintf("%.3f", s.HighM)))
}

func runCloudSection(ctx context.Context, opts cloudSectionOptions, report progressFunc) (cloudSectionSummary, error) {
	sum := cloudSectionSummary{Out: opts.out}
	cut, err := opts.cut()
	if err != nil {
		return sum, err
	}
	survey, use, err := loadSurvey(ctx, opts.surveyOptions, report)
	sum.surveyUse = use
	if err != nil {
		return sum, err
	}
	half, dot := opts.thicknessMM/2000, opts.dotMM/1000
	seen := map[[2]int64]bool{}
	var dots []plan.Point
	for i := range survey.Cloud.Len() {
		d := r3.Sub(survey.Cloud.At(i), cut.at)
		u, v := r3.Dot(d, cut.u), r3.Dot(d, cut.v)
		if math.Abs(r3.Dot(d, cut.normal)) > half || u < cut.from || u > cut.to {
			continue
		}
		sum.In++
		key := [2]int64{int64(math.Floor(u / dot)), int64(math.Floor(v / dot))}
		if !seen[key] {
			seen[key] = true
			dots = append(dots, plan.Point{X: (float64(key[0]) + 0.5) * dot, Y: (float64(key[1]) + 0.5) * dot})
		}
	}
	if len(dots) == 0 {
		return sum, fmt.Errorf("no points in the slice: nothing is drawn")
	}
	if len(dots) > 5_000_000 {
		return sum, fmt.Errorf("%d dots: choose a thinner slice or larger --dot-mm", len(dots))
	}
	sum.Dots = len(dots)
	t := newTexts(opts.lang)
	drawing, wide, high := plan.Slice(dots, t.T("plan_section")+" "+cut.name, planWords(t))
	sum.WideM, sum.HighM = wide, high
	return sum, replaceFile(opts.out, func(f *os.File) error {
		if strings.EqualFold(filepath.Ext(opts.out), ".dxf") {
			return drawing.DXF(f)
		}
		return drawing.SVG(f)
	})
}
