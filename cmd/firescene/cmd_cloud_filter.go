package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/copc"
	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/ptx"
	"firescene/formats/scans"
	"firescene/recon"
	"firescene/recon/octree"
)

type cloudFilterOptions struct {
	files           []string
	out             string
	voxelM          float64
	box             string // xmin,ymin,zmin,xmax,ymax,zmax in world coordinates
	maxVoxels       int
	ignoreChecksums bool
	clean           cleanOptions
}

func (a *app) cloudFilterCmd() *cobra.Command {
	var opts cloudFilterOptions
	c := &cobra.Command{
		Use:   "filter FILE... -o OUT [--voxel METRES] [--outliers K,S] [--radius R,N] [--mixed] [--duplicates]",
		Short: "Clean scanner exports, and thin them to one point a voxel",
		Long: `Leave out points that are none, scan by scan: --outliers those whose mean distance to
their K nearest is above that of all points by S standard deviations, --radius those
with fewer than N others within R metres, --mixed those that hang between two
surfaces because the beam met an edge (the scanner stood at the origin of the scan's
own frame), --duplicates those at the very place of another, --drop those in a box.
How many each test left out is said.

With --voxel, join the scans by their stored poses and keep one point for each
occupied voxel: the mean position, colour, intensity and normal of the points in it.
--box keeps only what lies inside. The result does not depend on the order of files.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files = args
			if _, err := formatOfName(opts.out); err != nil {
				return usageError{err}
			}
			if err := opts.clean.parse(); err != nil {
				return usageError{err}
			}
			if !(opts.voxelM > 0) && !opts.clean.any() || opts.voxelM < 0 || math.IsInf(opts.voxelM, 0) || math.IsNaN(opts.voxelM) {
				return usageError{fmt.Errorf("give the voxel's edge in metres with --voxel, for example --voxel 0.02, or what to leave out: --outliers, --radius, --mixed, --duplicates, --drop")}
			}
			if opts.maxVoxels <= 0 || opts.maxVoxels > math.MaxInt32/4 {
				return usageError{fmt.Errorf("--max-voxels %d: give a number from 1 to %d", opts.maxVoxels, math.MaxInt32/4)}
			}
			if _, err := parseBox(opts.box); err != nil {
				return usageError{err}
			}
			opts.clean.workers = a.workers
			if opts.clean.any() {
				return a.finish(runCloudClean(c.Context(), opts, a.progress()))
			}
			return a.finish(runCloudFilter(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.out, "output", "o", "", "file to write: "+formatEndings)
	opts.clean.flags(c)
	f.Float64Var(&opts.voxelM, "voxel", 0, "edge of a voxel in metres")
	f.StringVar(&opts.box, "box", "", "keep only points in the box xmin,ymin,zmin,xmax,ymax,zmax (world coordinates)")
	f.IntVar(&opts.maxVoxels, "max-voxels", 20_000_000, "most voxels to keep, about 100 bytes of memory each")
	f.BoolVar(&opts.ignoreChecksums, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
	return c
}

// parseBox reads six numbers; the empty string gives no box.
func parseBox(s string) (*r3.Box, error) {
	if s == "" {
		return nil, nil
	}
	parts := strings.Split(s, ",")
	var v [6]float64
	if len(parts) != len(v) {
		return nil, fmt.Errorf("--box %s: give six numbers xmin,ymin,zmin,xmax,ymax,zmax", s)
	}
	for i, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || math.IsNaN(f) {
			return nil, fmt.Errorf("--box %s: %q is not a number", s, p)
		}
		v[i] = f
	}
	if v[0] > v[3] || v[1] > v[4] || v[2] > v[5] {
		return nil, fmt.Errorf("--box %s: a minimum is above its maximum", s)
	}
	return &r3.Box{Min: r3.Vec{X: v[0], Y: v[1], Z: v[2]}, Max: r3.Vec{X: v[3], Y: v[4], Z: v[5]}}, nil
}

func runCloudFilter(ctx context.Context, opts cloudFilterOptions, report progressFunc) (cloudWriteSummary, error) {
	sum := cloudWriteSummary{Out: opts.out, VoxelM: opts.voxelM, Scans: []cloudUsedScan{}, Notes: []note{}, Failed: []forensics.Failure{}}
	form, err := formatOfName(opts.out)
	if err != nil {
		return sum, err
	}
	sum.Form = form
	box, err := parseBox(opts.box)
	if err != nil {
		return sum, err
	}
	grid, err := octree.NewGrid(octree.Options{VoxelM: opts.voxelM, MaxVoxels: opts.maxVoxels, Box: box})
	if err != nil {
		return sum, err
	}
	for _, path := range opts.files {
		open := scans.Options{IgnoreChecksums: opts.ignoreChecksums}
		if box != nil {
			open.Within = &copc.Box{Min: [3]float64{box.Min.X, box.Min.Y, box.Min.Z}, Max: [3]float64{box.Max.X, box.Max.Y, box.Max.Z}}
		}
		used, failed, err := gridFile(ctx, grid, placedFile{cloudFile: cloudFile{Path: path}}, open, report)
		if err != nil {
			return sum, fmt.Errorf("%w: choose a larger --voxel, a --box, or more --max-voxels", err)
		}
		sum.Failed = append(sum.Failed, failed...)
		for _, u := range used {
			sum.PointsIn += u.Points
		}
		sum.Scans = append(sum.Scans, used...)
	}
	if n := unposed(sum.Scans); n > 0 && len(opts.files) > 1 {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_joined_as_is", "Count", n))
	}
	if grid.Len() == 0 {
		if len(sum.Failed) > 0 {
			return sum, allFailed(sum.Failed)
		}
		return sum, fmt.Errorf("no points in the box or the files: nothing is written")
	}
	if box != nil {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_box", "Count", grid.Outside))
	}
	if err := ctx.Err(); err != nil {
		return sum, err
	}
	cloud, low, high := grid.Cloud()
	sum.Points = int64(cloud.Len())
	return sum, writeCloudAs(ctx, form, &sum, cloud, low, high)
}

// unposed counts the scans without a stored pose.
func unposed(list []cloudUsedScan) (n int) {
	for _, u := range list {
		if !u.HasPose {
			n++
		}
	}
	return n
}

// gridFile adds the points of a file to a grid by the places of its scans. Scans that
// are not used are counted only; a file of which nothing is said is used whole. It
// returns an error only when the context ends or the grid is full.
func gridFile(ctx context.Context, grid *octree.Grid, file placedFile, opts scans.Options, report progressFunc) ([]cloudUsedScan, []forensics.Failure, error) {
	f, err := openScanFile(file.Path, opts)
	if err != nil {
		return nil, []forensics.Failure{failureOf(file.Path, err)}, nil
	}
	defer f.Close()
	var used []cloudUsedScan
	var failed []forensics.Failure
	for i, s := range f.Scans {
		info := s.Info()
		u := cloudUsedScan{File: file.Path, Name: info.Name, Claimed: info.Count, HasPose: file.hasPlace(i, info.HasPose), NoUnit: info.NoUnit}
		pose, known := file.placeOf(i, len(f.Scans), &info.WorldFromScan)
		use := known && (file.use == nil || file.use[i])
		var c points.Chunk
		for {
			if err := ctx.Err(); err != nil {
				return used, failed, err
			}
			err := s.Next(&c)
			u.Invalid += int64(c.Invalid)
			if err == io.EOF {
				break
			}
			if err != nil {
				failed = append(failed, f.scanFailure(i, err))
				break
			}
			u.Points += int64(c.N)
			if use {
				if err := grid.AddChunk(&c, &pose); err != nil {
					return used, failed, err
				}
			}
			report("read", u.Points, info.Count)
		}
		if u.Claimed < 0 { // the format does not say
			u.Claimed = u.Points + u.Invalid
		}
		used = append(used, u)
	}
	return used, append(failed, f.badPages()...), nil
}

// product is the 4x4 row-major matrix of a after b.
func product(a, b *[16]float64) [16]float64 {
	var m [16]float64
	for i := range 4 {
		for j := range 4 {
			for k := range 4 {
				m[4*i+j] += a[4*i+k] * b[4*k+j]
			}
		}
	}
	return m
}

// writeCloudAs writes a thinned cloud in one of the formats.
func writeCloudAs(ctx context.Context, form scans.Format, sum *cloudWriteSummary, cloud *recon.Cloud, low, high float64) error {
	next := cloudChunks(cloud, low, high)
	has := points.ScanInfo{HasRGB: cloud.RGB != nil, HasIntensity: cloud.Intensity != nil, HasNormal: cloud.Normal != nil, Count: int64(cloud.Len()), WorldFromScan: points.IdentityPose}
	b := cloud.Bounds()
	world := bounds3{Min: [3]float64{b.Min.X, b.Min.Y, b.Min.Z}, Max: [3]float64{b.Max.X, b.Max.Y, b.Max.Z}}
	switch form {
	case scans.E57, scans.PLY, scans.LAS, scans.LAZ, scans.COPC, scans.PTX:
	default:
		o := outCloud{has: has, count: has.Count, world: world, low: low, high: high, next: next}
		return o.writeOther(sum)
	}
	return replaceFile(sum.Out, func(f *os.File) error {
		switch form {
		case scans.E57:
			_, err := e57.Write(f, []e57.ScanSource{{Info: has, Next: next}}, e57.Options{})
			return err
		case scans.PLY:
			_, err := ply.Write(f, ply.Options{Count: sum.Points, RGB: has.HasRGB, Intensity: has.HasIntensity, Normal: has.HasNormal}, next)
			return err
		case scans.PTX:
			sum.MaxErrM = textErrM
			_, err := ptx.Write(f, []ptx.Source{{Info: has, Next: next}})
			return err
		}
		opts := las.Options{NoColour: !has.HasRGB, Compress: form == scans.LAZ}
		opts.Scale, opts.Offset = finestStep(world, stepOf(form))
		if has.HasIntensity && (low < 0 || high > math.MaxUint16 || high <= 1) {
			opts.IntensityLow, opts.IntensityHigh = min(low, 0), max(high, 1)
			sum.Notes = append(sum.Notes, makeNote("cloud_note_intensity", "Low", opts.IntensityLow, "High", opts.IntensityHigh))
		}
		sum.StepM, sum.MaxErrM = &opts.Scale, opts.Scale[0]/2
		if form == scans.COPC {
			return thinnedCOPC(ctx, sum, f, opts, next)
		}
		_, err := las.Write(f, opts, next)
		return err
	})
}
