package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon/clean"
)

type cloudNormalsOptions struct {
	files           []string
	out             string
	k               int
	viewpoint       string // "origin", "none" or x,y,z of the scan's own frame
	workers         int
	ignoreChecksums bool
}

func (a *app) cloudNormalsCmd() *cobra.Command {
	var opts cloudNormalsOptions
	c := &cobra.Command{
		Use:   "normals FILE... -o OUT.{e57,ply}",
		Short: "Give every point the normal of the surface it lies on",
		Long: `Fit a plane to the K nearest points of every point of the same scan, and write the
points with its normal. Normals face the scanner: a scanner sees no surface from
behind. It is taken to stand at the origin of the scan's own frame; --viewpoint says
otherwise, and with none normals face upwards, which is a convention and no finding.
Points whose neighbours lie on a line get the normal 0 0 0.` + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers = args, a.workers
			form, err := formatOfName(opts.out)
			if err == nil && form == scans.LAS {
				err = fmt.Errorf("%s: LAS holds no normals; write .e57 or .ply", opts.out)
			}
			if err == nil && (opts.k < 3 || opts.k > 1000) {
				err = fmt.Errorf("--k %d: give a number from 3 to 1000", opts.k)
			}
			if err == nil {
				_, err = parseViewpoint(opts.viewpoint)
			}
			if err != nil {
				return usageError{err}
			}
			return a.finish(runCloudNormals(c.Context(), opts, a.progress()))
		},
	}
	f := c.Flags()
	f.StringVarP(&opts.out, "output", "o", "", "file to write: .e57 or .ply")
	f.IntVar(&opts.k, "k", 16, "neighbours of a point, itself among them")
	f.StringVar(&opts.viewpoint, "viewpoint", "origin", "where the scanner stood: origin, none, or x,y,z in the scan's own frame")
	f.BoolVar(&opts.ignoreChecksums, "ignore-checksums", false, "read E57 pages whose checksum is wrong; they are listed")
	return c
}

func parseViewpoint(s string) (*[3]float64, error) {
	switch s {
	case "origin":
		return &[3]float64{}, nil
	case "none":
		return nil, nil
	}
	var v [3]float64
	parts := strings.Split(s, ",")
	if len(parts) != 3 {
		return nil, fmt.Errorf("--viewpoint %s: give origin, none, or three numbers x,y,z", s)
	}
	for i, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("--viewpoint %s: %q is not a number", s, p)
		}
		v[i] = f
	}
	return &v, nil
}

// runCloudNormals fits normals scan by scan.
func runCloudNormals(ctx context.Context, opts cloudNormalsOptions, report progressFunc) (cloudWriteSummary, error) {
	sum := cloudWriteSummary{Out: opts.out, Scans: []cloudUsedScan{}, Notes: []note{}, Failed: []forensics.Failure{}}
	form, err := formatOfName(opts.out)
	if err != nil {
		return sum, err
	}
	sum.Form = form
	eye, err := parseViewpoint(opts.viewpoint)
	if err != nil {
		return sum, err
	}
	open := scans.Options{IgnoreChecksums: opts.ignoreChecksums}
	src, err := sum.source(ctx, opts.files, open, report)
	if err != nil {
		return sum, err
	}
	defer src.Close()
	list := src.list
	for i := range list {
		list[i].info.HasNormal = true
	}
	src.kept = sum.PointsIn
	at, normals := -1, []float32(nil)
	var out [][3]float32
	src.edit = func(scan int, from int64, c *points.Chunk) error {
		if scan != at {
			xyz, offset, err := scanPoints(ctx, &list[scan], open, report)
			if err != nil {
				return err
			}
			var view *[3]float64
			if eye != nil {
				view = &[3]float64{eye[0] - offset[0], eye[1] - offset[1], eye[2] - offset[2]}
			}
			s, err := clean.Normals(ctx, xyz, opts.k, view, opts.workers)
			if err != nil {
				return err
			}
			at, normals = scan, s.Normal
		}
		out = out[:0]
		for i := range c.N {
			out = append(out, [3]float32(normals[3*(int(from)+i):]))
		}
		c.Normal = out
		return nil
	}
	return sum, sum.writeAll(src)
}
