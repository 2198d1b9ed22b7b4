package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/spatial/r3"

	"firescene/forensics"
	"firescene/formats/gltf"
	"firescene/formats/obj"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/stl"
	"firescene/recon/clean"
	"firescene/recon/neighbours"
	"firescene/recon/structure"
	"firescene/recon/surface"
)

type cloudMeshOptions struct {
	surveyOptions
	out       string
	box       string
	depth     int
	trim      float64
	errorMM   float64
	faces     int
	untrimmed bool
	workers   int
}

func (a *app) cloudMeshCmd() *cobra.Command {
	var opts cloudMeshOptions
	c := &cobra.Command{
		Use:   "mesh SCAN... -o OUT",
		Short: "Make a triangle mesh of the joined scans (screened Poisson)",
		Long: `Make one surface of the joined scans, by screened Poisson reconstruction, cut it back
to where points are, decimate it, and colour its vertices. Normals are those of the
files, else planes through the 16 nearest points, facing the scanner; without either
the surface's sides can not be told.

OUT is PLY, OBJ, STL or GLB, by its ending. PLY, OBJ and GLB keep the colours and the
place; STL has no colours, and of a place far from the origin of coordinates only the
part that single precision holds: then its coordinates are about a point that is said.

The octree's cells are the longest side of the points divided by 2^depth: cut away
what lies far outside with --box.` + surveyHelp + exitStatusHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.files, opts.workers = args, a.workers
			if meshWriters[strings.ToLower(filepath.Ext(opts.out))] == nil {
				return usageError{fmt.Errorf("give the file to write with -o, ending in .ply, .obj, .stl or .glb")}
			}
			if _, err := parseBox(opts.box); err != nil {
				return usageError{err}
			}
			if opts.depth < 5 || opts.depth > 12 {
				return usageError{fmt.Errorf("--depth %d: give 5 to 12", opts.depth)}
			}
			if !(opts.trim > 0) || !(opts.errorMM >= 0) || opts.faces < 0 {
				return usageError{fmt.Errorf("--trim must be above 0, --error-mm and --faces not below")}
			}
			return a.finish(runCloudMesh(c.Context(), opts, a.progress()))
		},
	}
	opts.surveyFlags(c)
	f := c.Flags()
	f.StringVarP(&opts.out, "output", "o", "", "file to write: .ply, .obj, .stl or .glb")
	f.StringVar(&opts.box, "box", "", "use only points in the box xmin,ymin,zmin,xmax,ymax,zmax")
	f.IntVar(&opts.depth, "depth", 8, "depth of the octree")
	f.Float64Var(&opts.trim, "trim", 2, "keep what lies within so many cells of a point")
	f.BoolVar(&opts.untrimmed, "untrimmed", false, "keep the closed surface, invented parts too")
	f.Float64Var(&opts.errorMM, "error-mm", 1, "decimate until a step would move the surface by more, in mm; 0 does not decimate")
	f.IntVar(&opts.faces, "faces", 0, "stop decimating at so many faces")
	return c
}

// cloudMeshSummary is what cloud mesh prints.
type cloudMeshSummary struct {
	surveyUse
	Out      string  `json:"out"`
	Used     int     `json:"pointsUsed"` // after thinning to half a cell
	CellM    float64 `json:"cellM"`
	Full     int     `json:"facesBeforeTrim"`
	Trimmed  int     `json:"facesAfterTrim"`
	Faces    int     `json:"faces"`
	Vertices int     `json:"vertices"`
}

func (s cloudMeshSummary) failures() []forensics.Failure { return s.Failed }

func (s cloudMeshSummary) print(w io.Writer, t texts) {
	for _, n := range s.Notes {
		fmt.Fprintln(w, " ", n.text(t))
	}
	fmt.Fprintln(w, t.T("mesh_written", "Out", s.Out, "Used", s.Used, "Points", s.Points, "Cell", fmt.Sprintf("%.1f", 1000*s.CellM), "Full", s.Full, "Trimmed", s.Trimmed, "Faces", s.Faces, "Vertices", s.Vertices))
}

var errNoSides = errors.New("the clouds have no normals and the scanner's place is not known: the surface's sides can not be told; give --transforms, scans with poses, or --scanner-at-origin")

func runCloudMesh(ctx context.Context, opts cloudMeshOptions, report progressFunc) (cloudMeshSummary, error) {
	sum := cloudMeshSummary{Out: opts.out}
	survey, use, err := loadSurvey(ctx, opts.surveyOptions, report)
	sum.surveyUse = use
	if err != nil {
		return sum, err
	}
	if survey.Scan == nil && survey.Cloud.Normal == nil {
		return sum, errNoSides
	}
	box, err := parseBox(opts.box)
	if err != nil {
		return sum, err
	}
	cloud, cellM, err := meshCloud(ctx, survey, box, opts)
	if err != nil {
		return sum, err
	}
	sum.Used, sum.CellM = len(cloud.XYZ)/3, cellM
	report("mesh", 0, 0)
	field, err := surface.Solve(ctx, cloud, surface.Options{Depth: opts.depth, Workers: opts.workers})
	if err != nil {
		return sum, err
	}
	mesh, err := field.Extract(ctx)
	if err != nil {
		return sum, err
	}
	sum.Full = len(mesh.Faces)
	reach := opts.trim
	comment := "screened Poisson surface, trimmed to the points"
	if opts.untrimmed {
		reach, comment = 1e6, "screened Poisson surface, not trimmed: parts are invented where there were no points"
	}
	mesh = field.Trim(mesh, cloud, reach, opts.workers)
	sum.Trimmed = len(mesh.Faces)
	if opts.errorMM > 0 || opts.faces > 0 {
		if mesh, err = surface.Decimate(ctx, mesh, surface.DecimateOptions{ErrorM: opts.errorMM / 1000, Faces: opts.faces}); err != nil {
			return sum, err
		}
	}
	sum.Faces, sum.Vertices = len(mesh.Faces), len(mesh.XYZ)/3
	o := survey.Cloud.Origin
	out := points.Mesh{Origin: vec3(o), XYZ: mesh.XYZ, RGB: mesh.RGB, Faces: mesh.Faces, Comments: []string{comment}}
	ext := strings.ToLower(filepath.Ext(opts.out))
	if ext == ".stl" {
		if out.Origin != [3]float64{} {
			sum.Notes = append(sum.Notes, makeNote("mesh_note_origin", "X", o.X, "Y", o.Y, "Z", o.Z))
		}
		if mesh.RGB != nil {
			sum.Notes = append(sum.Notes, makeNote("mesh_note_colours"))
		}
	}
	return sum, replaceFile(opts.out, func(f *os.File) error { return meshWriters[ext](f, out) })
}

// meshWriters write a mesh in the format of a file's ending.
var meshWriters = map[string]func(io.Writer, points.Mesh) error{
	".ply": ply.WriteMesh, ".obj": obj.WriteMesh, ".glb": gltf.WriteMesh, ".stl": writeSTL,
}

// writeSTL leaves the origin out: single precision would not hold it.
func writeSTL(w io.Writer, m points.Mesh) error {
	vertices, faces := make([][3]float32, len(m.XYZ)/3), make([][3]uint32, len(m.Faces))
	for i := range vertices {
		vertices[i] = [3]float32(m.XYZ[3*i:])
	}
	for i, f := range m.Faces {
		faces[i] = [3]uint32{uint32(f[0]), uint32(f[1]), uint32(f[2])}
	}
	return stl.Write(w, vertices, faces)
}

// meshCloud cuts out the box, thins to half a cell and finds normals.
func meshCloud(ctx context.Context, s structure.Survey, box *r3.Box, opts cloudMeshOptions) (surface.Cloud, float64, error) {
	var c surface.Cloud
	src := s.Cloud
	in := make([]int32, 0, src.Len())
	var xyz []float32
	for i := range src.Len() {
		if p := src.At(i); box != nil && (p.X < box.Min.X || p.Y < box.Min.Y || p.Z < box.Min.Z || p.X > box.Max.X || p.Y > box.Max.Y || p.Z > box.Max.Z) {
			continue
		}
		in = append(in, int32(i))
		xyz = append(xyz, src.XYZ[3*i:3*i+3]...)
	}
	if len(in) == 0 {
		return c, 0, errors.New("no points in the box")
	}
	lo, hi := [3]float32(xyz[:3]), [3]float32(xyz[:3])
	for i, v := range xyz {
		lo[i%3], hi[i%3] = min(lo[i%3], v), max(hi[i%3], v)
	}
	cellM := 1.1 * float64(max(hi[0]-lo[0], hi[1]-lo[1], hi[2]-lo[2])) / float64(int(1)<<opts.depth)
	if !(cellM > 0) {
		return c, 0, errors.New("all points are in one place")
	}
	pick := surface.Thin(xyz, cellM/2)
	for _, k := range pick {
		i := in[k]
		c.XYZ = append(c.XYZ, xyz[3*k:3*k+3]...)
		if src.RGB != nil {
			c.RGB = append(c.RGB, src.RGB[3*i:3*i+3]...)
		}
		if src.Normal != nil {
			c.Normal = append(c.Normal, src.Normal[3*i:3*i+3]...)
		}
	}
	drop, err := clean.Judge(ctx, c.XYZ, clean.Options{LonelyRadius: 1.5 * cellM, LonelyCount: 5, Workers: opts.workers})
	if err != nil {
		return c, 0, err
	}
	c, pick = keepPoints(c, pick, drop.Of)
	if src.Normal != nil {
		return c, cellM, nil
	}
	found, err := clean.NormalsOf(ctx, neighbours.New(c.XYZ, opts.workers), len(c.XYZ)/3, 16, nil, opts.workers)
	if err != nil {
		return c, 0, err
	}
	c.Normal = found.Normal
	for j, k := range pick { // to the scanner
		i := in[k]
		d := r3.Sub(s.Stations[s.Scan[i]], src.At(int(i)))
		if n := c.Normal[3*j : 3*j+3]; float64(n[0])*d.X+float64(n[1])*d.Y+float64(n[2])*d.Z < 0 {
			n[0], n[1], n[2] = -n[0], -n[1], -n[2]
		}
	}
	return c, cellM, nil
}

// keepPoints takes lonely points out: ranges mixed at edges, dust, strays.
func keepPoints(c surface.Cloud, pick []int32, why []clean.Reason) (surface.Cloud, []int32) {
	var out surface.Cloud
	var kept []int32
	for k, r := range why {
		if r != clean.Kept {
			continue
		}
		kept = append(kept, pick[k])
		out.XYZ = append(out.XYZ, c.XYZ[3*k:3*k+3]...)
		if c.RGB != nil {
			out.RGB = append(out.RGB, c.RGB[3*k:3*k+3]...)
		}
		if c.Normal != nil {
			out.Normal = append(out.Normal, c.Normal[3*k:3*k+3]...)
		}
	}
	return out, kept
}
