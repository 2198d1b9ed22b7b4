package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"firescene/formats/gltf"
	"firescene/formats/las"
	"firescene/formats/obj"
	"firescene/formats/pcd"
	"firescene/formats/points"
	"firescene/formats/pts"
	"firescene/formats/ptx"
	"firescene/formats/scans"
	"firescene/formats/xyz"
	"firescene/recon/octree"
)

// formatEndings are the endings of files that are written.
const formatEndings = ".e57, .las, .laz, .copc.laz, .ply, .ptx, .pts, .pcd, .xyz, .csv, .obj or .glb"

// formatOfName tells what to write from a file's ending.
func formatOfName(path string) (scans.Format, error) {
	name := strings.ToLower(path)
	switch ext := filepath.Ext(name); ext {
	case ".e57":
		return scans.E57, nil
	case ".las":
		return scans.LAS, nil
	case ".laz":
		if strings.HasSuffix(name, ".copc.laz") {
			return scans.COPC, nil
		}
		return scans.LAZ, nil
	case ".ply":
		return scans.PLY, nil
	case ".ptx":
		return scans.PTX, nil
	case ".pts":
		return scans.PTS, nil
	case ".pcd":
		return scans.PCD, nil
	case ".xyz", ".txt", ".asc", ".csv":
		return scans.XYZ, nil
	case ".obj":
		return scans.OBJ, nil
	case ".glb":
		return scans.GLTF, nil
	case ".stl":
		return "", fmt.Errorf("%s: STL holds triangles, no points: use %s", path, formatEndings)
	case "":
		return "", fmt.Errorf("give the file to write with -o, ending in %s", formatEndings)
	default:
		return "", fmt.Errorf("%s: files ending in %s are not written; use %s", path, ext, formatEndings)
	}
}

// outCloud is one cloud in world coordinates on its way to a file.
type outCloud struct {
	has       points.ScanInfo // which columns there are
	count     int64           // exactly
	world     bounds3
	low, high float64 // of the intensities
	next      func(*points.Chunk) error
}

// textErrM is half the last digit of coordinates in text files.
const textErrM = 5e-7

// writeOther writes a cloud as one of the formats that hold one cloud, but for LAS,
// LAZ, COPC and PLY.
func (o *outCloud) writeOther(sum *cloudWriteSummary) error {
	low, high := o.low, o.high
	if !o.has.HasIntensity || low > high {
		low, high = 0, 0
	}
	sum.MaxErrM = textErrM
	if o.has.HasNormal && sum.Form != scans.XYZ && sum.Form != scans.PCD {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_no_normals_in", "Format", sum.Form))
	}
	if o.has.HasIntensity && (sum.Form == scans.OBJ || sum.Form == scans.GLTF) {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_no_intensity_in", "Format", sum.Form))
	}
	return replaceFile(sum.Out, func(f *os.File) (err error) {
		switch sum.Form {
		case scans.PTS:
			opts := pts.Options{Count: o.count, RGB: o.has.HasRGB, Intensity: o.has.HasIntensity}
			if low < -2048 || high > 2047 || high <= 1 && high > 0 {
				opts.IntensityLow, opts.IntensityHigh = min(low, 0), max(high, 1)
				sum.Notes = append(sum.Notes, makeNote("cloud_note_intensity_to", "Low", opts.IntensityLow, "High", opts.IntensityHigh, "To", "-2048..2047"))
			}
			sum.Points, err = pts.Write(f, opts, o.next)
		case scans.PCD:
			opts := pcd.Options{Count: o.count, RGB: o.has.HasRGB, Intensity: o.has.HasIntensity, Normal: o.has.HasNormal}
			sum.MaxErrM = singleErr(o.world)
			if opts.Single = sum.MaxErrM <= 5e-5; !opts.Single {
				sum.MaxErrM = 0
				sum.Notes = append(sum.Notes, makeNote("cloud_note_double"))
			}
			sum.Points, err = pcd.Write(f, opts, o.next)
		case scans.OBJ:
			sum.Points, err = obj.Write(f, o.has.HasRGB, o.next)
		case scans.GLTF:
			sum.MaxErrM = singleErr(centred(o.world))
			sum.Points, err = gltf.Write(f, gltf.Options{Count: o.count, RGB: o.has.HasRGB, Min: o.world.Min, Max: o.world.Max}, o.next)
		default:
			sum.Points, err = xyz.Write(f, xyz.Options{RGB: o.has.HasRGB, Intensity: o.has.HasIntensity, Normal: o.has.HasNormal,
				Comma: strings.EqualFold(filepath.Ext(sum.Out), ".csv")}, o.next)
		}
		return err
	})
}

// singleErr is by how much single precision changes a coordinate at most.
func singleErr(b bounds3) float64 {
	most := 0.0
	for k := range 3 {
		most = max(most, math.Abs(b.Min[k]), math.Abs(b.Max[k]))
	}
	return most / (1 << 24)
}

// centred moves bounds as gltf.Write does.
func centred(b bounds3) bounds3 {
	for k := range 3 {
		o := math.Round((b.Min[k] + b.Max[k]) / 2)
		b.Min[k], b.Max[k] = b.Min[k]-o, b.Max[k]-o
	}
	return b
}

// writeJoined writes surveyed scans as one cloud of a format of writeOther.
func writeJoined(sum *cloudWriteSummary, src *scanSource) error {
	sum.join(src)
	o := outCloud{has: points.ScanInfo{HasRGB: src.fill.rgb, HasIntensity: src.fill.intensity, HasNormal: src.fill.normal},
		count: src.count(), world: emptyBounds(), low: math.Inf(1), high: math.Inf(-1), next: src.nextOfAll}
	for i := range src.list {
		m := &src.list[i].measure
		o.world.join(m.World)
		o.low, o.high = min(o.low, m.Inten[0]), max(o.high, m.Inten[1])
	}
	return o.writeOther(sum)
}

// writePTX keeps scans apart, with their poses.
func writePTX(sum *cloudWriteSummary, src *scanSource) error {
	sum.MaxErrM = textErrM
	var list []ptx.Source
	normals, flat := false, false
	for i := range src.list {
		sv := &src.list[i]
		begun := false
		s := ptx.Source{Info: sv.info, Next: func(c *points.Chunk) error {
			if !begun {
				begun = true
				if err := src.begin(i); err != nil {
					return err
				}
			}
			return src.next(c)
		}}
		s.Info.Count = sv.measure.Read
		if low, high := sv.measure.Inten[0], sv.measure.Inten[1]; low <= high && (low < 0 || high > 1) {
			s.IntensityLow, s.IntensityHigh = min(low, 0), high
			sum.Notes = append(sum.Notes, makeNote("cloud_note_intensity_to", "Low", s.IntensityLow, "High", s.IntensityHigh, "To", "0..1"))
		}
		normals = normals || sv.info.HasNormal
		if s.Columns, s.Rows = sv.gridSize(); s.Columns == 0 {
			flat = true
		}
		list = append(list, s)
	}
	if normals {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_no_normals_in", "Format", sum.Form))
	}
	if flat {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_one_column"))
	}
	return replaceFile(sum.Out, func(f *os.File) error {
		counts, err := ptx.Write(f, list)
		for _, n := range counts {
			sum.Points += n
		}
		return err
	})
}

// mostEmpty is how many directions a grid may have for each point, so that a file that
// claims a huge one does not fill the disk.
const mostEmpty = 20

// gridSize is the scanner's grid when points come column by column, else zero.
func (sv *surveyed) gridSize() (columns, rows int64) {
	if sv.measure.GridOff || sv.measure.Read == 0 {
		return 0, 0
	}
	columns, rows = max(sv.grid[0], int64(sv.measure.GridMax[1])+1), max(sv.grid[1], int64(sv.measure.GridMax[0])+1)
	if float64(columns)*float64(rows) > mostEmpty*float64(sv.measure.Read)+1e6 {
		return 0, 0
	}
	return columns, rows
}

// thinnedCOPC writes a thinned cloud as an octree.
func thinnedCOPC(ctx context.Context, sum *cloudWriteSummary, f *os.File, opts las.Options, next func(*points.Chunk) error) error {
	opts.Minor, opts.PointFormat = 4, 7
	w, size, err := las.NewRecordWriter(opts)
	if err != nil {
		return err
	}
	var c points.Chunk
	_, err = buildCOPC(ctx, sum, f, octree.BuildOptions{PointFormat: w.Format(), RecordB: size, Scale: opts.Scale, Offset: opts.Offset}, func() ([]byte, error) {
		if err := next(&c); err != nil {
			return nil, err
		}
		return w.Records(&c)
	})
	return err
}
