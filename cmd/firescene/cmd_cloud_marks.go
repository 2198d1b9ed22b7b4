package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/recon/marks"
	"firescene/recon/structure"
	"firescene/render/plan"
)

type cloudMarksOptions struct {
	surveyOptions
	out    string
	cellMM float64
	lang   string
}

func (a *app) cloudMarksCmd() *cobra.Command {
	var opts cloudMarksOptions
	c := &cobra.Command{
		Use:   "marks SCAN... -o DIR",
		Short: "Read fire marks on walls, ceilings and floors: soot, char, clean burn, spalling",
		Long: `Find the rooms, correct the returned intensity for range and incidence, and class
every place as clean, light soot, heavy soot or char, clean burn or spall, with its
confidence. Measure the soot line of each room, V patterns and the depth of spalls.
DIR gets marks.json, marks.ply and marks.laz with the class, confidence and depth of
every point (scans in the order of their names; in LAZ the classifications 64 clean, 65
light soot, 66 heavy soot or char, 67 clean burn, 68 spall, 1 none), a picture of each surface as SVG, and step.json.` + surveyHelp + `

This is an aid: what a surface was painted with is not known, and dark paint looks
like soot. A class says what a place looks like, not why.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers, opts.lang = args, a.workers, a.language()
			if opts.out == "" {
				return usageError{fmt.Errorf("give the folder for the results with -o")}
			}
			if !(opts.cellMM >= 5 && opts.cellMM <= 200) {
				return usageError{fmt.Errorf("--cell-mm %g: give millimetres from 5 to 200", opts.cellMM)}
			}
			return a.finish(runCloudMarks(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	c.Flags().StringVarP(&opts.out, "output", "o", "", "folder for marks.json, marks.ply, marks.laz and pictures")
	c.Flags().Float64Var(&opts.cellMM, "cell-mm", 20, "edge of the cells that surfaces are cut into, in mm")
	return c
}

// cloudMarksSummary is what cloud marks prints.
type cloudMarksSummary struct {
	surveyUse
	Out   string    `json:"out"`
	Marks marksJSON `json:"marks"`
	Files []string  `json:"files"`
}

func (s cloudMarksSummary) failures() []forensics.Failure { return s.Failed }

func runCloudMarks(ctx context.Context, opts cloudMarksOptions, report progressFunc) (cloudMarksSummary, error) {
	sum := cloudMarksSummary{Out: opts.out}
	began := time.Now()
	survey, use, err := loadSurvey(ctx, opts.surveyOptions, report)
	sum.surveyUse = use
	if err != nil {
		return sum, err
	}
	report("rooms", 0, 0)
	found, err := structure.Find(ctx, survey, structure.Options{Workers: opts.workers})
	if err != nil {
		return sum, err
	}
	structure.NameOpenings(found.Openings)
	report("marks", 0, 0)
	m, err := marks.Find(ctx, survey, found, marks.Options{CellM: opts.cellMM / 1000, Workers: opts.workers})
	if err != nil {
		return sum, err
	}
	if !m.Calibration.Fitted {
		sum.Notes = append(sum.Notes, makeNote("marks_note_uncalibrated"))
	}
	sum.Marks = makeMarksJSON(m)
	if err := os.MkdirAll(opts.out, 0o755); err != nil {
		return sum, err
	}
	err = replaceFile(filepath.Join(opts.out, "marks.json"), func(f *os.File) error {
		enc := json.NewEncoder(f)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(sum.Marks)
	})
	if err != nil {
		return sum, err
	}
	if err := writeMarksPLY(filepath.Join(opts.out, "marks.ply"), survey, m); err != nil {
		return sum, err
	}
	if err := writeMarksLAZ(filepath.Join(opts.out, "marks.laz"), survey, m); err != nil {
		return sum, err
	}
	sum.Files = []string{"marks.json", "marks.ply", "marks.laz"}
	t := newTexts(opts.lang)
	for _, p := range m.Panels {
		name := "surface-" + p.Name + ".svg"
		err := replaceFile(filepath.Join(opts.out, name), func(f *os.File) error { return marksPicture(m, p, t).SVG(f) })
		if err != nil {
			return sum, err
		}
		sum.Files = append(sum.Files, name)
	}
	return sum, opts.record(opts.out, "marks", sum.surveyUse, sum.Files, map[string]string{"cell-mm": fmt.Sprint(opts.cellMM), "lang": opts.lang}, began)
}

func (s cloudMarksSummary) print(w io.Writer, t texts) {
	for _, l := range s.Marks.SootLines {
		fmt.Fprintln(w, " ", t.T("marks_soot_line", "Room", l.Room, "Onset", fmt.Sprintf("%.3f", l.OnsetM), "Half", fmt.Sprintf("%.3f", l.HalfM), "Full", fmt.Sprintf("%.3f", l.FullM), "Sigma", fmt.Sprintf("%.0f", 1000*l.SigmaM), "Walls", len(l.Walls)))
	}
	for _, v := range s.Marks.VPatterns {
		fmt.Fprintln(w, " ", t.T("marks_v", "Wall", v.Wall, "Angle", fmt.Sprintf("%.1f", v.AngleDeg), "Half", fmt.Sprintf("%.1f", v.HalfAngleDeg), "Sigma", fmt.Sprintf("%.1f", v.SigmaDeg), "Axis", fmt.Sprintf("%.3f", v.AxisU), "Lean", fmt.Sprintf("%.1f", v.LeanDeg)))
	}
	for _, p := range s.Marks.Spalls {
		fmt.Fprintln(w, " ", t.T("marks_spall", "Panel", p.Panel, "Depth", fmt.Sprintf("%.1f", 1000*p.MaxDepthM), "Sigma", fmt.Sprintf("%.1f", 1000*p.SigmaM), "Area", fmt.Sprintf("%.3f", p.AreaM2)))
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, " ", n.text(t))
	}
	fmt.Fprintln(w, t.T("marks_written", "Out", s.Out, "Surfaces", len(s.Marks.Surfaces)))
}

// marksPLY names the columns of marks.ply beside place, colour and brightness.
var marksPLY = []string{"scalar_class", "scalar_confidence", "scalar_depth_mm"}

// writeMarksPLY writes every point of the survey, in its order, with the colour of
// its class, its brightness, and class, confidence and depth in millimetres as
// scalar fields.
func writeMarksPLY(path string, s structure.Survey, m *marks.Marks) error {
	opts := ply.Options{Count: int64(s.Cloud.Len()), RGB: true, Intensity: s.Cloud.Intensity != nil, Extra: marksPLY}
	o := s.Cloud.Origin
	opts.Single = o.X == 0 && o.Y == 0 && o.Z == 0
	return replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, opts, marksChunks(s, m, func(c *points.Chunk, at int) {
			class, depth := make([]float32, c.N), make([]float32, c.N)
			for i := range c.N {
				class[i], depth[i] = float32(m.PointClass[at+i]), 1000*m.PointDepthM[at+i]
			}
			c.Extra = [][]float32{class, m.PointConfidence[at : at+c.N], depth}
		}))
		return err
	})
}

// firstMarkClass is the class of LAS that stands for clean; the others follow. LAS 1.4
// leaves 64 to 255 to the user. What has no class is 1, unclassified.
const firstMarkClass = 64

// writeMarksLAZ writes the same points with their class as the classification, and
// confidence and depth in millimetres as extra bytes.
func writeMarksLAZ(path string, s structure.Survey, m *marks.Marks) error {
	opts := las.Options{Minor: 4, PointFormat: 7, Compress: true, Extra: []string{"confidence", "depth_mm"}, IntensityHigh: 1}
	box := s.Cloud.Bounds()
	opts.Scale, opts.Offset = finestStep(bounds3{Min: [3]float64{box.Min.X, box.Min.Y, box.Min.Z}, Max: [3]float64{box.Max.X, box.Max.Y, box.Max.Z}}, 1e-5)
	return replaceFile(path, func(f *os.File) error {
		_, err := las.Write(f, opts, marksChunks(s, m, func(c *points.Chunk, at int) {
			c.Class = make([]uint8, c.N)
			depth := make([]float32, c.N)
			for i := range c.N {
				c.Class[i], depth[i] = 1, 1000*m.PointDepthM[at+i]
				if k := m.PointClass[at+i]; int(k) < len(plan.ClassColours) {
					c.Class[i] = firstMarkClass + uint8(k)
				}
			}
			c.Extra = [][]float32{m.PointConfidence[at : at+c.N], depth}
		}))
		return err
	})
}

// marksChunks gives every point of the survey, in its order, with the colour of its
// class and its brightness; more adds the columns of those from number at on.
func marksChunks(s structure.Survey, m *marks.Marks, more func(c *points.Chunk, at int)) func(*points.Chunk) error {
	at := 0
	return func(c *points.Chunk) error {
		n := min(1<<14, s.Cloud.Len()-at)
		if n == 0 {
			return io.EOF
		}
		*c = points.Chunk{N: n, X: make([]float64, n), Y: make([]float64, n), Z: make([]float64, n), RGB: make([][3]uint8, n)}
		for i := range n {
			p := s.Cloud.At(at + i)
			c.X[i], c.Y[i], c.Z[i] = p.X, p.Y, p.Z
			if k := m.PointClass[at+i]; int(k) < len(plan.ClassColours) {
				q := plan.ClassColours[k]
				c.RGB[i] = [3]uint8{q.R, q.G, q.B}
			}
		}
		if s.Cloud.Intensity != nil {
			c.Intensity = s.Cloud.Intensity[at : at+n]
		}
		more(c, at)
		at += n
		return nil
	}
}
