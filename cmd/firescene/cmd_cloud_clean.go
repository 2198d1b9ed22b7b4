package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon/clean"
	"firescene/recon/octree"
)

// cleanOptions says which points cloud filter leaves out.
type cleanOptions struct {
	outliers, radius string
	drop             []string
	mixed, dup       bool
	workers          int

	k, lonely  int
	s, lonelyM float64
	dropBoxes  []clean.Box
}

func (o *cleanOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.outliers, "outliers", "", "K,S: leave out points farther from their K nearest than S standard deviations, for example 16,2")
	f.StringVar(&o.radius, "radius", "", "R,N: leave out points with fewer than N others within R metres, for example 0.05,4")
	f.BoolVar(&o.mixed, "mixed", false, "leave out points that hang between two surfaces")
	f.BoolVar(&o.dup, "duplicates", false, "leave out points at the very place of another")
	f.StringArrayVar(&o.drop, "drop", nil, "leave out points in the box xmin,ymin,zmin,xmax,ymax,zmax of the scan's own frame; may be repeated")
}

func (o *cleanOptions) any() bool {
	return o.outliers != "" || o.radius != "" || o.mixed || o.dup || len(o.drop) > 0
}

func (o *cleanOptions) parse() error {
	two := func(name, s string) (a, b float64, err error) {
		x, y, ok := strings.Cut(s, ",")
		a, err1 := strconv.ParseFloat(strings.TrimSpace(x), 64)
		b, err2 := strconv.ParseFloat(strings.TrimSpace(y), 64)
		if !ok || err1 != nil || err2 != nil || !(a > 0) || !(b > 0) || math.IsInf(a, 0) || math.IsInf(b, 0) {
			return 0, 0, fmt.Errorf("--%s %s: give two numbers above 0, separated by a comma", name, s)
		}
		return a, b, nil
	}
	if o.outliers != "" {
		k, s, err := two("outliers", o.outliers)
		if err == nil && (k != math.Trunc(k) || k > 1000) {
			err = fmt.Errorf("--outliers %s: the number of neighbours is a whole number up to 1000", o.outliers)
		}
		if err != nil {
			return err
		}
		o.k, o.s = int(k), s
	}
	if o.radius != "" {
		r, n, err := two("radius", o.radius)
		if err == nil && (n != math.Trunc(n) || n > 1000) {
			err = fmt.Errorf("--radius %s: the number of neighbours is a whole number up to 1000", o.radius)
		}
		if err != nil {
			return err
		}
		o.lonelyM, o.lonely = r, int(n)
	}
	for _, d := range o.drop {
		b, err := parseBox(d)
		if err != nil {
			return fmt.Errorf("--drop: %w", err)
		}
		o.dropBoxes = append(o.dropBoxes, clean.Box{
			Min: [3]float32{float32(b.Min.X), float32(b.Min.Y), float32(b.Min.Z)}, Max: [3]float32{float32(b.Max.X), float32(b.Max.Y), float32(b.Max.Z)}})
	}
	return nil
}

// scanPoints reads a surveyed scan's points in single precision about an offset.
func scanPoints(ctx context.Context, sv *surveyed, open scans.Options, report progressFunc) (xyz []float32, offset [3]float64, err error) {
	f, err := openScanFile(sv.path, open)
	if err != nil {
		return nil, offset, err
	}
	defer f.Close()
	if sv.idx >= len(f.Scans) {
		return nil, offset, fmt.Errorf("%s changed while it was read", sv.path)
	}
	for k := range 3 { // kept near the origin, else exactly in whole metres off it
		if m := (sv.measure.Bounds.Min[k] + sv.measure.Bounds.Max[k]) / 2; math.Abs(m) > 2000 {
			offset[k] = math.Round(m)
		}
	}
	xyz = make([]float32, 0, 3*sv.measure.Read)
	var c points.Chunk
	for left := sv.measure.Read; left > 0; left -= int64(c.N) {
		if err := ctx.Err(); err != nil {
			return nil, offset, err
		}
		if err := f.Scans[sv.idx].Next(&c); err != nil {
			if err == io.EOF {
				err = fmt.Errorf("%s changed while it was read", sv.path)
			}
			return nil, offset, err
		}
		for i := range c.N {
			xyz = append(xyz, float32(c.X[i]-offset[0]), float32(c.Y[i]-offset[1]), float32(c.Z[i]-offset[2]))
		}
		report("judge", sv.measure.Read-left, sv.measure.Read)
	}
	return xyz, offset, nil
}

// runCloudClean leaves out points that are none, and thins when asked to.
func runCloudClean(ctx context.Context, opts cloudFilterOptions, report progressFunc) (cloudWriteSummary, error) {
	sum := cloudWriteSummary{Out: opts.out, VoxelM: opts.voxelM, Scans: []cloudUsedScan{}, Notes: []note{}, Failed: []forensics.Failure{}}
	form, err := formatOfName(opts.out)
	if err != nil {
		return sum, err
	}
	sum.Form = form
	open := scans.Options{IgnoreChecksums: opts.ignoreChecksums}
	src, err := sum.source(ctx, opts.files, open, report)
	if err != nil {
		return sum, err
	}
	defer src.Close()
	list := src.list
	keep := make([][]clean.Reason, len(list))
	counts := map[clean.Reason]int{}
	for i := range list {
		xyz, offset, err := scanPoints(ctx, &list[i], open, report)
		if err != nil {
			return sum, err
		}
		o := opts.clean
		res, err := clean.Judge(ctx, xyz, clean.Options{Drop: o.moved(offset), Duplicates: o.dup, Mixed: o.mixed, LonelyRadius: o.lonelyM, LonelyCount: o.lonely,
			OutlierK: o.k, OutlierS: o.s, Viewpoint: &[3]float64{-offset[0], -offset[1], -offset[2]}, Workers: o.workers})
		if err != nil {
			return sum, err
		}
		keep[i] = res.Of
		src.kept += int64(res.Count[clean.Kept])
		for r, n := range res.Count {
			counts[clean.Reason(r)] += n
		}
	}
	for _, r := range []clean.Reason{clean.NotFinite, clean.Clipped, clean.Duplicate, clean.Mixed, clean.Lonely, clean.Outlier} {
		if counts[r] > 0 {
			sum.Notes = append(sum.Notes, makeNote("cloud_left_out_"+strings.ReplaceAll(r.String(), " ", "_"), "Count", counts[r]))
		}
	}
	if src.kept == 0 {
		return sum, fmt.Errorf("every point would be left out: nothing is written; choose milder limits")
	}
	src.edit = func(scan int, from int64, c *points.Chunk) error { dropPoints(c, keep[scan][from:]); return nil }
	if opts.voxelM > 0 {
		return sum, sum.thin(src, opts)
	}
	if opts.box != "" {
		return sum, usageError{fmt.Errorf("--box goes with --voxel; use --drop here")}
	}
	return sum, sum.writeAll(src)
}

// moved gives the boxes about an offset.
func (o *cleanOptions) moved(offset [3]float64) []clean.Box {
	out := make([]clean.Box, len(o.dropBoxes))
	for i, b := range o.dropBoxes {
		for k := range 3 {
			b.Min[k] = float32(float64(b.Min[k]) - offset[k])
			b.Max[k] = float32(float64(b.Max[k]) - offset[k])
		}
		out[i] = b
	}
	return out
}

// dropPoints takes out the points that are left out, in place.
func dropPoints(c *points.Chunk, why []clean.Reason) {
	k := 0
	for i := range c.N {
		if why[i] == clean.Kept {
			c.Move(k, i)
			k++
		}
	}
	c.Truncate(k)
}

// writeAll writes the points of a source in the format of the summary.
func (s *cloudWriteSummary) writeAll(src *scanSource) error {
	switch s.Form {
	case scans.E57:
		return writeE57(s, src)
	case scans.LAS, scans.LAZ:
		return writeLAS(s, src)
	case scans.COPC:
		return writeCOPC(s, src)
	case scans.PLY:
		return writePLY(s, src)
	case scans.PTX:
		if src.edit != nil {
			return usageError{errors.New("PTX keeps every direction of the scanner's grid: write cleaned points as .e57, .laz or .ply")}
		}
		return writePTX(s, src)
	}
	return writeJoined(s, src)
}

// thin joins the points of a source into a grid and writes that.
func (s *cloudWriteSummary) thin(src *scanSource, opts cloudFilterOptions) error {
	box, err := parseBox(opts.box)
	if err != nil {
		return err
	}
	grid, err := octree.NewGrid(octree.Options{VoxelM: opts.voxelM, MaxVoxels: opts.maxVoxels, Box: box})
	if err != nil {
		return err
	}
	var c points.Chunk
	for i := range src.list {
		if err := src.begin(i); err != nil {
			return err
		}
		for {
			err := src.next(&c)
			if err == io.EOF {
				break
			}
			if err == nil {
				err = grid.AddChunk(&c, &src.list[i].info.WorldFromScan)
			}
			if err != nil {
				return err
			}
		}
	}
	if grid.Len() == 0 {
		return fmt.Errorf("no points in the box or the files: nothing is written")
	}
	if box != nil {
		s.Notes = append(s.Notes, makeNote("cloud_note_box", "Count", grid.Outside))
	}
	cloud, low, high := grid.Cloud()
	s.Points = int64(cloud.Len())
	return writeCloudAs(src.ctx, s.Form, s, cloud, low, high)
}
