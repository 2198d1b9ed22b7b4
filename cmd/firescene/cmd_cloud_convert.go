package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/las"
	"firescene/formats/points"
	"firescene/formats/scans"
)

type cloudConvertOptions struct {
	files           []string
	out             string
	ignoreChecksums bool
	spacingM        float64 // of COPC sources: coarsest levels only
}

func (a *app) cloudConvertCmd() *cobra.Command {
	var opts cloudConvertOptions
	c := &cobra.Command{
		Use:   "convert FILE... -o OUT",
		Short: "Convert scanner exports",
		Long: `Write the points of the files in the format that the ending of OUT names:
` + formatEndings + `.

E57 and PTX keep every scan apart, with its name and pose. The others hold one
cloud: poses are applied, and that is said. One LAS or LAZ file keeps every field
of its points as LAS, LAZ or COPC. A COPC file (.copc.laz) is an octree with levels
of detail, built in temporary files beside OUT, which need some 80 bytes a point.
Coordinates are kept: those stored as whole numbers stay on their grid where the
target can hold it, and what is rounded is said. Points before a damage are
converted.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files = args
			if _, err := formatOfName(opts.out); err != nil {
				return usageError{err}
			}
			return a.finish(runCloudConvert(c.Context(), opts, a.progress()))
		},
	}
	c.Flags().StringVarP(&opts.out, "output", "o", "", "file to write: "+formatEndings)
	c.Flags().BoolVar(&opts.ignoreChecksums, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
	c.Flags().Float64Var(&opts.spacingM, "spacing", 0, "of COPC files, read only the coarse levels, until points stand so many metres apart")
	return c
}

// cloudWriteSummary is what cloud convert and cloud filter print.
type cloudWriteSummary struct {
	Out      string              `json:"out"`
	Form     scans.Format        `json:"format"`
	Scans    []cloudUsedScan     `json:"scans"`
	PointsIn int64               `json:"pointsIn"`
	Points   int64               `json:"points"` // written
	StepM    *[3]float64         `json:"step,omitempty"`
	MaxErrM  float64             `json:"maxRounding"` // largest change of a coordinate by the target's step
	VoxelM   float64             `json:"voxel,omitempty"`
	Notes    []note              `json:"notes"`
	Failed   []forensics.Failure `json:"failed"`
}

// cloudUsedScan is one scan that went in.
type cloudUsedScan struct {
	File    string `json:"file"`
	Name    string `json:"name"`
	Claimed int64  `json:"claimed"`
	Points  int64  `json:"points"`
	Invalid int64  `json:"invalid"`
	HasPose bool   `json:"hasPose"`
	NoUnit  bool   `json:"noUnit,omitempty"` // nothing fixes its unit, as the file says
}

// note is something that the user must know of a result: a message key with its
// values.
type note struct {
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

func makeNote(key string, nameValue ...any) note {
	n := note{Key: key, Args: map[string]string{}}
	for i := 0; i+1 < len(nameValue); i += 2 {
		n.Args[nameValue[i].(string)] = fmt.Sprint(nameValue[i+1])
	}
	return n
}

func (n note) text(t texts) string {
	var args []any
	for k, v := range n.Args {
		args = append(args, k, v)
	}
	return t.T(n.Key, args...)
}

// surveyed is a scan after the first pass over its points.
type surveyed struct {
	path    string
	idx     int // within its file
	info    points.ScanInfo
	measure scanMeasure
	step    [3]float64 // of coordinates stored as whole numbers
	offset  [3]float64
	stepped bool
	single  bool
	unit    string   // stated by the file, not metres
	columns string   // of a table, when they are a guess
	grid    [2]int64 // columns and rows that the file claims; 0: it does not say
	las     bool     // has fields that other formats and joined clouds lose
}

// survey reads every scan once: what there is decides how it is written. A scan
// with damage is listed and kept up to the damage.
func survey(ctx context.Context, files []string, opts scans.Options, report progressFunc) ([]surveyed, []forensics.Failure, error) {
	placed := make([]cloudFile, len(files))
	for i, path := range files {
		placed[i].Path = path
	}
	return surveyPlaced(ctx, placed, opts, report)
}

// surveyPlaced is survey of files whose place may be given.
func surveyPlaced(ctx context.Context, files []cloudFile, opts scans.Options, report progressFunc) ([]surveyed, []forensics.Failure, error) {
	var list []surveyed
	failed := []forensics.Failure{}
	for _, file := range files {
		path := file.Path
		f, err := openScanFile(path, opts)
		if err != nil {
			failed = append(failed, failureOf(path, err))
			continue
		}
		for i, s := range f.Scans {
			sv := surveyed{path: path, idx: i, info: s.Info(), single: isSingle(s)}
			sv.step, sv.offset, sv.stepped = stepsOf(s)
			sv.unit = unitOf(s)
			if columns, guessed := columnsOf(s); guessed {
				sv.columns = columns
			}
			_, sv.las = s.(*las.Scan)
			if g, ok := s.(interface{ Grid() (columns, rows int64) }); ok {
				sv.grid[0], sv.grid[1] = g.Grid()
			}
			if pose, known := file.placeOf(i, len(f.Scans), &sv.info.WorldFromScan); known && pose != sv.info.WorldFromScan {
				sv.info.WorldFromScan, sv.info.HasPose = pose, true
			}
			done := int64(0)
			sv.measure, err = measureScan(ctx, s, &sv.info.WorldFromScan, func(n int) {
				done += int64(n)
				report("read", done, max(sv.info.Count, done))
			})
			if sv.info.Count < 0 {
				sv.info.Count = sv.measure.Read + sv.measure.Invalid
			}
			if ctx.Err() != nil {
				f.Close()
				return nil, nil, ctx.Err()
			}
			if err != nil {
				failed = append(failed, f.scanFailure(i, err))
			}
			list = append(list, sv)
		}
		failed = append(failed, f.badPages()...)
		f.Close()
	}
	return list, failed, nil
}

func runCloudConvert(ctx context.Context, opts cloudConvertOptions, report progressFunc) (cloudWriteSummary, error) {
	sum := cloudWriteSummary{Out: opts.out, Scans: []cloudUsedScan{}, Notes: []note{}, Failed: []forensics.Failure{}}
	form, err := formatOfName(opts.out)
	if err != nil {
		return sum, err
	}
	sum.Form = form
	if f, s := soleLAS(opts, form); f != nil {
		defer f.Close()
		return sum, recodeLAS(ctx, &sum, f, s, report)
	}
	open := scans.Options{IgnoreChecksums: opts.ignoreChecksums, SpacingM: opts.spacingM}
	list, failed, err := survey(ctx, opts.files, open, report)
	if err != nil {
		return sum, err
	}
	sum.Failed = failed
	sum.use(list)
	if sum.PointsIn == 0 {
		if len(failed) > 0 {
			return sum, allFailed(failed)
		}
		return sum, fmt.Errorf("no points in %s: nothing is written", strings.Join(opts.files, ", "))
	}
	src := &scanSource{ctx: ctx, list: list, open: open, report: report, total: sum.PointsIn}
	defer src.Close()
	err = sum.writeAll(src)
	sum.suspect(src.list)
	return sum, err
}

// source surveys files and gives their points for writing. What can not be read is
// listed; no points at all is an error.
func (s *cloudWriteSummary) source(ctx context.Context, files []string, open scans.Options, report progressFunc) (*scanSource, error) {
	list, failed, err := survey(ctx, files, open, report)
	if err != nil {
		return nil, err
	}
	s.Failed = failed
	s.use(list)
	if s.PointsIn == 0 {
		if len(failed) > 0 {
			return nil, allFailed(failed)
		}
		return nil, fmt.Errorf("no points in %s: nothing is written", strings.Join(files, ", "))
	}
	return &scanSource{ctx: ctx, list: list, open: open, report: report, total: s.PointsIn}, nil
}

// use counts the scans that go in.
func (s *cloudWriteSummary) use(list []surveyed) {
	for _, sv := range list {
		s.Scans = append(s.Scans, cloudUsedScan{File: sv.path, Name: sv.info.Name, Claimed: sv.info.Count, Points: sv.measure.Read, Invalid: sv.measure.Invalid, HasPose: sv.info.HasPose})
		s.PointsIn += sv.measure.Read
	}
}

func (s cloudWriteSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudWriteSummary) print(w io.Writer, t texts) {
	for _, u := range s.Scans {
		fmt.Fprintln(w, " ", t.T("cloud_used", "File", u.File, "Name", u.Name, "Points", u.Points, "Claimed", u.Claimed, "Invalid", u.Invalid))
	}
	fmt.Fprintln(w, t.T("cloud_written", "Out", s.Out, "Format", s.Form, "Points", s.Points, "In", s.PointsIn))
	if s.StepM != nil {
		fmt.Fprintln(w, " ", t.T("cloud_out_step", "Step", fmt.Sprintf("%g %g %g", s.StepM[0], s.StepM[1], s.StepM[2]), "Err", fmt.Sprintf("%.3g", s.MaxErrM)))
	}
	for _, n := range s.Notes {
		fmt.Fprintln(w, " ", n.text(t))
	}
}

// scanSource delivers the points of surveyed scans for the second pass, up to
// where the first one came.
type scanSource struct {
	ctx    context.Context
	list   []surveyed
	open   scans.Options
	report progressFunc
	total  int64

	at     int // index of the scan under way
	file   *scanFile
	left   int64
	done   int64
	world  placed
	apply  bool                                              // take points to world coordinates
	edit   func(scan int, from int64, c *points.Chunk) error // drops points or adds columns, before the pose; nil: neither
	kept   int64                                             // points that edit leaves, of all scans
	fill   fillColumns
	active bool
}

func (s *scanSource) Close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// begin opens scan i.
func (s *scanSource) begin(i int) error {
	sv := &s.list[i]
	if s.file == nil || s.file.path != sv.path || sv.idx == 0 {
		s.Close()
		f, err := openScanFile(sv.path, s.open)
		if err != nil {
			return err
		}
		s.file = f
	}
	if sv.idx >= len(s.file.Scans) {
		return fmt.Errorf("%s changed while it was read", sv.path)
	}
	s.at, s.left, s.active = i, sv.measure.Read, true
	return nil
}

// next delivers the points of the scan under way.
func (s *scanSource) next(c *points.Chunk) error {
	if s.left == 0 {
		return io.EOF
	}
	if err := s.ctx.Err(); err != nil {
		return err
	}
	sv := &s.list[s.at]
	if err := s.file.Scans[sv.idx].Next(c); err != nil {
		if err == io.EOF {
			err = fmt.Errorf("%s changed while it was read", sv.path)
		}
		return err
	}
	from := sv.measure.Read - s.left
	s.left -= int64(c.N)
	s.done += int64(c.N)
	s.report("write", s.done, s.total)
	if s.edit != nil {
		if err := s.edit(s.at, from, c); err != nil {
			return err
		}
		if c.N == 0 {
			return s.next(c)
		}
	}
	if s.apply {
		s.world.apply(c, &sv.info.WorldFromScan)
	}
	s.fill.fill(c)
	return nil
}

// nextOfAll delivers the points of all scans, one after the other.
func (s *scanSource) nextOfAll(c *points.Chunk) error {
	for {
		if s.active {
			if err := s.next(c); err != io.EOF {
				return err
			}
			s.at++
		}
		if s.at >= len(s.list) {
			return io.EOF
		}
		if err := s.begin(s.at); err != nil {
			return err
		}
	}
}

// count is the number of points that will be delivered.
func (s *scanSource) count() int64 {
	if s.edit != nil {
		return s.kept
	}
	return s.total
}

// fillColumns adds the columns that a joined cloud has and one of its scans
// lacks, as zeros.
type fillColumns struct {
	rgb, intensity, normal bool
	noRGB                  [][3]uint8
	noIntensity            []float32
	noNormal               [][3]float32
}

func (f *fillColumns) fill(c *points.Chunk) {
	if f.rgb && c.RGB == nil {
		if len(f.noRGB) < c.N {
			f.noRGB = make([][3]uint8, c.N)
		}
		c.RGB = f.noRGB[:c.N]
	}
	if f.intensity && c.Intensity == nil {
		if len(f.noIntensity) < c.N {
			f.noIntensity = make([]float32, c.N)
		}
		c.Intensity = f.noIntensity[:c.N]
	}
	if f.normal && c.Normal == nil {
		if len(f.noNormal) < c.N {
			f.noNormal = make([][3]float32, c.N)
		}
		c.Normal = f.noNormal[:c.N]
	}
}

// finestStep is the finest power of ten, not below least metres, in which the
// bounds fit 32 bits, and an offset in whole metres near their middle.
func finestStep(b bounds3, least float64) (step, offset [3]float64) {
	widest := 0.0
	for k := range 3 {
		offset[k] = math.Round((b.Min[k] + b.Max[k]) / 2)
		widest = max(widest, b.Max[k]-offset[k], offset[k]-b.Min[k])
	}
	s := least
	for exp := int(math.Round(math.Log10(least))); widest/s >= math.MaxInt32-1 && exp < 6; {
		exp++
		s = math.Pow10(exp)
	}
	return [3]float64{s, s, s}, offset
}
