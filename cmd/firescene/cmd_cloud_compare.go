package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/recon"
	"firescene/recon/measure"
	"firescene/recon/structure"
	"firescene/recon/surface"
)

type cloudCompareOptions struct {
	surveyOptions
	out            string
	coreMM         float64
	normalMM       float64
	cylinderMM     float64
	depthMM        float64
	registrationMM float64
	workers        int
}

func (a *app) cloudCompareCmd() *cobra.Command {
	var opts cloudCompareOptions
	c := &cobra.Command{
		Use:   "compare BEFORE AFTER -o DIR",
		Short: "Find what changed between two clouds, with the level of detection (M3C2)",
		Long: `Measure how far the surface of the second cloud lies from that of the first, along
its normals, at core points one to a voxel of the first, and tell change from noise:
a distance is significant when it is above the level of detection, 95 %, which holds
the roughness of both clouds and --registration-mm. Both files must be in one frame:
by their poses, --transforms, or --same-frame. DIR gets change.ply (distance_mm,
level_mm and significant for each core point) and change.json.` + exitStatusHelp,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers = args, a.workers
			if opts.out == "" {
				return usageError{fmt.Errorf("give the folder for the results with -o")}
			}
			for _, v := range []float64{opts.coreMM, opts.normalMM, opts.cylinderMM, opts.depthMM} {
				if !(v > 0 && v < 1e5) {
					return usageError{fmt.Errorf("--core-mm, --normal-mm, --cylinder-mm and --depth-mm must lie above 0")}
				}
			}
			return a.finish(runCloudCompare(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	f := c.Flags()
	f.StringVarP(&opts.out, "output", "o", "", "folder for change.ply and change.json")
	f.Float64Var(&opts.coreMM, "core-mm", 50, "one core point to a voxel of this edge, in mm")
	f.Float64Var(&opts.normalMM, "normal-mm", 200, "diameter within which normals are fitted, in mm")
	f.Float64Var(&opts.cylinderMM, "cylinder-mm", 100, "diameter over which distances are means, in mm")
	f.Float64Var(&opts.depthMM, "depth-mm", 200, "how far along the normal change is looked for, in mm")
	f.Float64Var(&opts.registrationMM, "registration-mm", 1, "error of placing one cloud against the other, in mm")
	return c
}

// cloudCompareSummary is what cloud compare prints and change.json holds.
type cloudCompareSummary struct {
	Before      surveyUse `json:"before"`
	After       surveyUse `json:"after"`
	Out         string    `json:"out"`
	Core        int       `json:"corePoints"`
	Measured    int       `json:"measured"` // core points with both surfaces
	Significant int       `json:"significant"`
	MeanM       float64   `json:"meanM"`
	MedianLevel float64   `json:"medianLevelM"`
	MinM        float64   `json:"minM"` // of significant distances
	MaxM        float64   `json:"maxM"`
}

func (s cloudCompareSummary) failures() []forensics.Failure {
	return append(append([]forensics.Failure{}, s.Before.Failed...), s.After.Failed...)
}

func (s cloudCompareSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("compare_done", "Core", s.Core, "Measured", s.Measured, "Significant", s.Significant, "Level", fmt.Sprintf("%.1f", 1000*s.MedianLevel), "Mean", fmt.Sprintf("%.1f", 1000*s.MeanM)))
	if s.Significant > 0 {
		fmt.Fprintln(w, " ", t.T("compare_range", "Min", fmt.Sprintf("%.1f", 1000*s.MinM), "Max", fmt.Sprintf("%.1f", 1000*s.MaxM)))
	}
}

func runCloudCompare(ctx context.Context, opts cloudCompareOptions, report progressFunc) (cloudCompareSummary, error) {
	sum := cloudCompareSummary{Out: opts.out}
	var clouds [2]structure.Survey
	for k, path := range opts.files {
		o := opts.surveyOptions
		o.files = []string{path}
		s, use, err := loadSurvey(ctx, o, report)
		if err != nil {
			return sum, err
		}
		if use.Placed == 0 && !opts.sameFrame {
			return sum, fmt.Errorf("%s has no pose: that both clouds share one frame is not known; give --transforms, or say --same-frame", path)
		}
		clouds[k] = s
		if k == 0 {
			sum.Before = use
		} else {
			sum.After = use
		}
	}
	a, b := clouds[0], clouds[1]
	shift := r3.Sub(b.Cloud.Origin, a.Cloud.Origin)
	if shift != (r3.Vec{}) {
		for i, v := range [3]float64{shift.X, shift.Y, shift.Z} {
			for j := i; j < len(b.Cloud.XYZ); j += 3 {
				b.Cloud.XYZ[j] = float32(float64(b.Cloud.XYZ[j]) + v)
			}
		}
	}
	pick := surface.Thin(a.Cloud.XYZ, opts.coreMM/1000)
	core := &recon.Cloud{Origin: a.Cloud.Origin, Scaled: true}
	for _, i := range pick {
		core.XYZ = append(core.XYZ, a.Cloud.XYZ[3*i:3*i+3]...)
	}
	var towards func(i int) r3.Vec
	if a.Scan != nil {
		towards = func(i int) r3.Vec { return r3.Sub(a.Stations[a.Scan[pick[i]]], core.At(i)) }
	}
	report("compare", 0, 0)
	list, err := measure.Compare(ctx, a.Cloud.XYZ, b.Cloud.XYZ, core.XYZ, towards, measure.ChangeOptions{NormalM: opts.normalMM / 1000, CylinderM: opts.cylinderMM / 1000,
		DepthM: opts.depthMM / 1000, RegistrationM: opts.registrationMM / 1000, Workers: opts.workers})
	if err != nil {
		return sum, err
	}
	sum.count(list)
	if err := os.MkdirAll(opts.out, 0o755); err != nil {
		return sum, err
	}
	if err := writeChangePLY(filepath.Join(opts.out, "change.ply"), core, list); err != nil {
		return sum, err
	}
	return sum, replaceFile(filepath.Join(opts.out, "change.json"), func(f *os.File) error {
		enc := json.NewEncoder(f)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(sum)
	})
}

// count fills in what the list says.
func (s *cloudCompareSummary) count(list []measure.Change) {
	s.Core = len(list)
	var levels []float64
	for _, c := range list {
		if c.DistanceM != c.DistanceM {
			continue
		}
		s.Measured++
		s.MeanM += float64(c.DistanceM)
		levels = append(levels, float64(c.LevelM))
		if c.Significant {
			s.Significant++
			s.MinM, s.MaxM = min(s.MinM, float64(c.DistanceM)), max(s.MaxM, float64(c.DistanceM))
		}
	}
	if s.Measured > 0 {
		s.MeanM /= float64(s.Measured)
		slices.Sort(levels)
		s.MedianLevel = levels[len(levels)/2]
	}
}

// writeChangePLY writes the core points: red where the surface came nearer, blue
// where it went back, grey where nothing can be said; what was not measured is
// white, with zeros.
func writeChangePLY(path string, core *recon.Cloud, list []measure.Change) error {
	opts := ply.Options{Count: int64(len(list)), RGB: true, Normal: true, Extra: []string{"scalar_distance_mm", "scalar_level_mm", "scalar_significant"}}
	at := 0
	return replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, opts, func(c *points.Chunk) error {
			n := min(1<<14, len(list)-at)
			if n == 0 {
				return io.EOF
			}
			*c = points.Chunk{N: n, X: make([]float64, n), Y: make([]float64, n), Z: make([]float64, n), RGB: make([][3]uint8, n), Normal: make([][3]float32, n), Extra: [][]float32{make([]float32, n), make([]float32, n), make([]float32, n)}}
			for i := range n {
				e, p := list[at+i], core.At(at+i)
				c.X[i], c.Y[i], c.Z[i], c.Normal[i] = p.X, p.Y, p.Z, e.Normal
				switch {
				case e.DistanceM != e.DistanceM:
					c.RGB[i] = [3]uint8{255, 255, 255}
					continue
				case !e.Significant:
					c.RGB[i] = [3]uint8{160, 160, 160}
				case e.DistanceM > 0:
					c.RGB[i] = [3]uint8{200, 30, 30}
				default:
					c.RGB[i] = [3]uint8{30, 60, 200}
				}
				c.Extra[0][i], c.Extra[1][i] = 1000*e.DistanceM, 1000*e.LevelM
				if e.Significant {
					c.Extra[2][i] = 1
				}
			}
			at += n
			return nil
		})
		return err
	})
}
