package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/points"
	"firescene/formats/scans"
)

type cloudInfoOptions struct {
	files           []string
	ignoreChecksums bool
}

func (a *app) cloudInfoCmd() *cobra.Command {
	var opts cloudInfoOptions
	c := &cobra.Command{
		Use:   "info FILE...",
		Short: "Read scanner exports to their end and say what is in them",
		Long: `Read every point of the files and print, for each scan, the points read against
those claimed, the points flagged invalid, bounds, sums and means, the stored
pose and the fields. A damaged scan is listed and the rest goes on.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files = args
			return a.finish(runCloudInfo(c.Context(), opts, a.progress()))
		},
	}
	c.Flags().BoolVar(&opts.ignoreChecksums, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
	return c
}

// cloudInfoSummary is what cloud info prints.
type cloudInfoSummary struct {
	Files  []cloudFileInfo     `json:"files"`
	Points int64               `json:"points"`
	Failed []forensics.Failure `json:"failed"`
}

type cloudFileInfo struct {
	File   string          `json:"file"`
	SizeB  int64           `json:"size"`
	Form   scans.Format    `json:"format"`
	Scans  []cloudScanInfo `json:"scans"`
	Images int             `json:"images,omitempty"`
}

// cloudScanInfo describes one scan. Bounds, sums and means are of the valid
// points in the scan's own frame, before the pose, and absent without points.
type cloudScanInfo struct {
	Name      string       `json:"name"`
	GUID      string       `json:"guid,omitempty"`
	Sensor    string       `json:"sensor,omitempty"`
	Claimed   int64        `json:"claimed"`
	Read      int64        `json:"points"`
	Invalid   int64        `json:"invalid"`
	AtOrigin  int64        `json:"atOrigin"`
	Complete  bool         `json:"complete"` // every record that is claimed was read
	Bounds    *bounds3     `json:"bounds,omitempty"`
	World     *bounds3     `json:"worldBounds,omitempty"` // only with a stored pose
	Sum       *[3]float64  `json:"sum,omitempty"`
	Mean      *[3]float64  `json:"mean,omitempty"`
	Intensity *rangeMean   `json:"intensity,omitempty"`
	Pose      *[16]float64 `json:"worldFromScan,omitempty"` // 4x4 row-major, absent when none is stored
	Step      *[3]float64  `json:"step,omitempty"`          // of coordinates stored as whole numbers
	Fields    []string     `json:"fields"`
	Columns   string       `json:"columns,omitempty"` // of a table: what they are taken for
	Guessed   bool         `json:"columnsGuessed,omitempty"`
	Unit      string       `json:"unit,omitempty"`      // stated by the file, not metres
	UnitGuess *unitGuess   `json:"unitGuess,omitempty"` // the heights suit rooms in another unit than metres
	Grid      *[2]int64    `json:"grid,omitempty"`      // columns and rows of directions
	Triangles int          `json:"triangles,omitempty"` // of a mesh: its corners are the points
	Passed    int64        `json:"passedOver,omitempty"`
}

type rangeMean struct {
	Min  float64 `json:"min"`
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
}

func runCloudInfo(ctx context.Context, opts cloudInfoOptions, report progressFunc) (cloudInfoSummary, error) {
	sum := cloudInfoSummary{Files: []cloudFileInfo{}, Failed: []forensics.Failure{}}
	for _, path := range opts.files {
		info, failed, err := infoOfFile(ctx, path, scans.Options{IgnoreChecksums: opts.ignoreChecksums}, report)
		if err != nil {
			return sum, err
		}
		sum.Failed = append(sum.Failed, failed...)
		if info != nil {
			sum.Files = append(sum.Files, *info)
			for _, s := range info.Scans {
				sum.Points += s.Read
			}
		}
	}
	if len(sum.Files) == 0 {
		return sum, allFailed(sum.Failed)
	}
	return sum, nil
}

// infoOfFile reads one file. It returns an error only when the context ends.
func infoOfFile(ctx context.Context, path string, opts scans.Options, report progressFunc) (*cloudFileInfo, []forensics.Failure, error) {
	f, err := openScanFile(path, opts)
	if err != nil {
		return nil, []forensics.Failure{failureOf(path, err)}, nil
	}
	defer f.Close()
	out := &cloudFileInfo{File: path, SizeB: f.sizeB, Form: f.Format, Scans: []cloudScanInfo{}}
	if e := f.E57(); e != nil {
		out.Images = len(e.Images)
	}
	var failed []forensics.Failure
	for i, s := range f.Scans {
		info := s.Info()
		done := int64(0)
		m, err := measureScan(ctx, s, &info.WorldFromScan, func(n int) {
			done += int64(n)
			report("cloud info", done, max(info.Count, done))
		})
		if info.Count < 0 {
			info.Count = m.Read + m.Invalid
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			failed = append(failed, f.scanFailure(i, err))
		}
		out.Scans = append(out.Scans, describeScan(s, info, m, err == nil))
	}
	return out, append(failed, f.badPages()...), nil
}

func describeScan(s points.Scan, info points.ScanInfo, m scanMeasure, complete bool) cloudScanInfo {
	d := cloudScanInfo{
		Name: info.Name, GUID: info.GUID, Claimed: info.Count, Read: m.Read, Invalid: m.Invalid,
		AtOrigin: m.AtOrigin, Complete: complete, Fields: []string{"xyz"},
	}
	if q, ok := s.(interface{ Sensor() string }); ok {
		d.Sensor = q.Sensor()
	}
	for _, f := range []struct {
		has  bool
		name string
	}{{info.HasRGB, "rgb"}, {info.HasIntensity, "intensity"}, {info.HasNormal, "normal"}, {info.HasGrid, "row column"}} {
		if f.has {
			d.Fields = append(d.Fields, f.name)
		}
	}
	d.Unit, d.UnitGuess = unitOf(s), suspectUnit(&m)
	d.Columns, d.Guessed = columnsOf(s)
	if q, ok := s.(interface{ Grid() (columns, rows int64) }); ok {
		if columns, rows := q.Grid(); columns > 0 && rows > 0 {
			d.Grid = &[2]int64{columns, rows}
		}
	}
	if q, ok := s.(interface{ Triangles() int }); ok {
		d.Triangles = q.Triangles()
	}
	if q, ok := s.(interface{ Passed() int64 }); ok {
		d.Passed = q.Passed()
	}
	if info.HasPose {
		d.Pose = &info.WorldFromScan
	}
	if step, _, ok := stepsOf(s); ok {
		d.Step = &step
	}
	if m.Read == 0 {
		return d
	}
	n := float64(m.Read)
	d.Bounds, d.Sum, d.Mean = &m.Bounds, &m.Sum, &[3]float64{m.Sum[0] / n, m.Sum[1] / n, m.Sum[2] / n}
	if info.HasPose {
		d.World = &m.World
	}
	if info.HasIntensity && m.Inten[0] <= m.Inten[1] {
		d.Intensity = &rangeMean{m.Inten[0], m.Inten[1], m.IntenSum / n}
	}
	return d
}

func (s cloudInfoSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudInfoSummary) print(w io.Writer, t texts) {
	for _, f := range s.Files {
		fmt.Fprintln(w, t.T("cloud_file", "File", f.File, "Format", f.Form, "Scans", len(f.Scans), "Size", f.SizeB))
		for i := range f.Scans {
			f.Scans[i].print(w, t, i+1)
		}
		if f.Images > 0 {
			fmt.Fprintln(w, " ", t.T("cloud_images_in", "Count", f.Images))
		}
	}
	fmt.Fprintln(w, t.T("cloud_info_total", "Points", s.Points, "Files", len(s.Files)))
}

func (d *cloudScanInfo) print(w io.Writer, t texts, number int) {
	name := d.Name
	if name != "" {
		name = " " + name
	}
	fmt.Fprintln(w, " ", t.T("cloud_scan", "Number", number, "Name", name, "Read", d.Read, "Claimed", d.Claimed, "Invalid", d.Invalid))
	fmt.Fprintln(w, "   ", t.T("cloud_fields", "Fields", strings.Join(d.Fields, " ")))
	d.printMore(w, t)
	if d.Sensor != "" {
		fmt.Fprintln(w, "   ", t.T("cloud_sensor", "Sensor", d.Sensor))
	}
	if d.Read == 0 {
		fmt.Fprintln(w, "   ", t.T("cloud_no_points"))
	}
	if b := d.Bounds; b != nil {
		fmt.Fprintln(w, "   ", t.T("cloud_bounds", "Min", vector(b.Min), "Max", vector(b.Max)))
		fmt.Fprintln(w, "   ", t.T("cloud_mean", "Mean", vector(*d.Mean)))
	}
	if d.Intensity != nil {
		fmt.Fprintln(w, "   ", t.T("cloud_intensity", "Min", d.Intensity.Min, "Max", d.Intensity.Max, "Mean", fmt.Sprintf("%.6g", d.Intensity.Mean)))
	}
	if d.Pose != nil {
		m := d.Pose
		fmt.Fprintln(w, "   ", t.T("cloud_pose", "At", vector([3]float64{m[3], m[7], m[11]})))
		for r := range 3 {
			fmt.Fprintf(w, "      %10.7f %10.7f %10.7f %12.4f\n", m[4*r], m[4*r+1], m[4*r+2], m[4*r+3])
		}
	} else {
		fmt.Fprintln(w, "   ", t.T("cloud_no_pose"))
	}
	if d.Step != nil {
		fmt.Fprintln(w, "   ", t.T("cloud_step", "Step", fmt.Sprintf("%g %g %g", d.Step[0], d.Step[1], d.Step[2])))
	}
	if d.AtOrigin > 1 {
		fmt.Fprintln(w, "   ", t.T("cloud_at_origin", "Count", d.AtOrigin))
	}
}

// printMore prints what only some formats have.
func (d *cloudScanInfo) printMore(w io.Writer, t texts) {
	line := func(key string, args ...any) { fmt.Fprintln(w, "   ", t.T(key, args...)) }
	if d.Columns != "" && d.Guessed {
		line("cloud_columns_guessed", "Columns", d.Columns)
	} else if d.Columns != "" {
		line("cloud_columns", "Columns", d.Columns)
	}
	if d.Grid != nil {
		line("cloud_grid", "Columns", d.Grid[0], "Rows", d.Grid[1])
	}
	if d.Triangles > 0 {
		line("cloud_triangles", "Count", d.Triangles)
	}
	if d.Passed > 0 {
		line("cloud_passed", "Count", d.Passed)
	}
	if d.Unit != "" {
		line("cloud_unit_stated", "Unit", d.Unit)
	}
	if u := d.UnitGuess; u != nil {
		line("cloud_unit_guess", "Height", fmt.Sprintf("%.4g", u.Height), "Unit", u.Unit, "Metres", fmt.Sprintf("%.2f", u.Metres))
	}
}

func vector(v [3]float64) string { return fmt.Sprintf("%.4f %.4f %.4f", v[0], v[1], v[2]) }

// replaceFile writes path by way of a temporary name beside it: write gets the
// file, and path changes only when all went well.
func replaceFile(path string, write func(f *os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
