package main

import (
	"fmt"
	"io"
	"math"
	"os"

	"firescene/formats/e57"
	"firescene/formats/las"
	"firescene/formats/ply"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon"
)

// writeE57 keeps scans apart, with their poses and the way their coordinates are
// stored.
func writeE57(sum *cloudWriteSummary, src *scanSource) error {
	var list []e57.ScanSource
	for i := range src.list {
		sv := &src.list[i]
		if !rigid(&sv.info.WorldFromScan) {
			return fmt.Errorf("%s: the pose of scan %q scales or shears, which E57 can not hold: write LAS, LAZ or PLY", sv.path, sv.info.Name)
		}
		begun := false
		s := e57.ScanSource{Info: sv.info, Single: sv.single, Next: func(c *points.Chunk) error {
			if !begun {
				begun = true
				if err := src.begin(i); err != nil {
					return err
				}
			}
			return src.next(c)
		}}
		s.Rows, s.Columns = int64(sv.measure.GridMax[0])+1, int64(sv.measure.GridMax[1])+1
		if sv.stepped && sv.measure.Read > 0 && positive(sv.step) {
			s.Step, s.Offset, s.Min, s.Max = sv.step, sv.offset, sv.measure.Bounds.Min, sv.measure.Bounds.Max
		}
		list = append(list, s)
	}
	return replaceFile(sum.Out, func(f *os.File) error {
		counts, err := e57.Write(f, list, e57.Options{})
		for _, n := range counts {
			sum.Points += n
		}
		return err
	})
}

func positive(v [3]float64) bool { return v[0] > 0 && v[1] > 0 && v[2] > 0 }

// join prepares a source for a target that holds one cloud: poses are applied
// and missing columns filled, and both are said.
func (sum *cloudWriteSummary) join(src *scanSource) {
	src.apply = true
	posed, withRGB, withIntensity, filled := 0, 0, 0, int64(0)
	for i := range src.list {
		info := &src.list[i].info
		if info.HasPose && info.WorldFromScan != points.IdentityPose {
			posed++
		}
		src.fill.rgb = src.fill.rgb || info.HasRGB
		src.fill.intensity = src.fill.intensity || info.HasIntensity
		src.fill.normal = src.fill.normal || info.HasNormal
		if info.HasRGB {
			withRGB++
		} else {
			filled += src.list[i].measure.Read
		}
		if info.HasIntensity {
			withIntensity++
		}
	}
	if posed > 0 {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_pose_applied", "Count", posed, "Of", len(src.list)))
	}
	if posed < len(src.list) && len(src.list) > 1 {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_joined_as_is", "Count", len(src.list)-posed))
	}
	if withRGB > 0 && filled > 0 {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_black", "Count", filled))
	}
	if withIntensity > 0 && withIntensity < len(src.list) {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_no_intensity", "Count", len(src.list)-withIntensity))
	}
}

func writePLY(sum *cloudWriteSummary, src *scanSource) error {
	sum.join(src)
	single := true
	for i := range src.list {
		sv := &src.list[i]
		single = single && sv.single && sv.info.WorldFromScan == points.IdentityPose
	}
	opts := ply.Options{Count: src.count(), RGB: src.fill.rgb, Intensity: src.fill.intensity, Normal: src.fill.normal, Single: single}
	return replaceFile(sum.Out, func(f *os.File) (err error) {
		sum.Points, err = ply.Write(f, opts, src.nextOfAll)
		return err
	})
}

func writeLAS(sum *cloudWriteSummary, src *scanSource) error {
	opts := lasOptions(sum, src)
	return replaceFile(sum.Out, func(f *os.File) (err error) {
		sum.Points, err = las.Write(f, opts, src.nextOfAll)
		return err
	})
}

// lasOptions decides how surveyed scans become LAS records, and says what is lost.
func lasOptions(sum *cloudWriteSummary, src *scanSource) las.Options {
	sum.join(src)
	world := emptyBounds()
	low, high := math.Inf(1), math.Inf(-1)
	for i := range src.list {
		m := &src.list[i].measure
		world.join(m.World)
		low, high = min(low, m.Inten[0]), max(high, m.Inten[1])
	}
	opts := las.Options{NoColour: !src.fill.rgb, Compress: sum.Form == scans.LAZ}
	opts.Scale, opts.Offset = finestStep(world, stepOf(sum.Form))
	sum.MaxErrM = opts.Scale[0] / 2
	if first := &src.list[0]; len(src.list) == 1 && first.stepped && first.info.WorldFromScan == points.IdentityPose && fitsLAS(world, first.step, first.offset) {
		opts.Scale, opts.Offset, sum.MaxErrM = first.step, first.offset, 0
	}
	sum.StepM = &opts.Scale
	if sum.PointsIn > math.MaxUint32 {
		opts.Minor, opts.PointFormat = 4, 7
	}
	if low <= high && (low < 0 || high > math.MaxUint16 || high <= 1 && high > 0) {
		opts.IntensityLow, opts.IntensityHigh = min(low, 0), max(high, 1)
		sum.Notes = append(sum.Notes, makeNote("cloud_note_intensity", "Low", opts.IntensityLow, "High", opts.IntensityHigh))
	}
	if src.fill.normal {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_normals_lost"))
	}
	return opts
}

// stepOf is the finest step worth storing: compressed formats pay for every digit,
// also for those far below what a scanner measures.
func stepOf(form scans.Format) float64 {
	if form == scans.LAZ || form == scans.COPC {
		return 1e-5
	}
	return 1e-9
}

// fitsLAS reports whether the bounds can be stored in 32 bits with a step and an
// offset.
func fitsLAS(b bounds3, step, offset [3]float64) bool {
	for k := range 3 {
		lo, hi := (b.Min[k]-offset[k])/step[k], (b.Max[k]-offset[k])/step[k]
		if !(step[k] > 0 && lo >= math.MinInt32 && hi <= math.MaxInt32) {
			return false
		}
	}
	return true
}

// cloudChunks delivers a cloud in memory chunk by chunk, in world coordinates.
// low and high are the intensities that 0 and 1 stand for.
func cloudChunks(cloud *recon.Cloud, low, high float64) func(*points.Chunk) error {
	const batch = 1 << 14
	var (
		at     int
		xyz    [3][batch]float64
		rgb    [batch][3]uint8
		inten  [batch]float32
		normal [batch][3]float32
		views  [batch]float32
	)
	return func(c *points.Chunk) error {
		n := min(batch, cloud.Len()-at)
		if n == 0 {
			return io.EOF
		}
		*c = points.Chunk{N: n, X: xyz[0][:n], Y: xyz[1][:n], Z: xyz[2][:n]}
		for i := range n {
			p := cloud.At(at + i)
			xyz[0][i], xyz[1][i], xyz[2][i] = p.X, p.Y, p.Z
		}
		if cloud.RGB != nil {
			for i := range n {
				rgb[i] = [3]uint8(cloud.RGB[3*(at+i):])
			}
			c.RGB = rgb[:n]
		}
		if cloud.Intensity != nil {
			for i := range n {
				inten[i] = float32(low + (high-low)*float64(cloud.Intensity[at+i]))
			}
			c.Intensity = inten[:n]
		}
		if cloud.Normal != nil {
			for i := range n {
				normal[i] = [3]float32(cloud.Normal[3*(at+i):])
			}
			c.Normal = normal[:n]
		}
		if cloud.Views != nil {
			for i := range n {
				views[i] = float32(cloud.Views[at+i])
			}
			c.Extra = append(c.Extra, views[:n])
		}
		if cloud.Sigma != nil {
			c.Extra = append(c.Extra, cloud.Sigma[at:at+n])
		}
		at += n
		return nil
	}
}

// extraNames names the extra columns of cloudChunks.
func extraNames(cloud *recon.Cloud) (names []string) {
	if cloud.Views != nil {
		names = append(names, "views")
	}
	if cloud.Sigma != nil {
		names = append(names, "sigma")
	}
	return names
}

// writeCloudPLY writes a cloud in memory as binary PLY: in single precision when
// its origin is zero, else in double precision world coordinates.
func writeCloudPLY(path string, cloud *recon.Cloud) error {
	o := cloud.Origin
	opts := ply.Options{
		Count: int64(cloud.Len()), RGB: cloud.RGB != nil, Intensity: cloud.Intensity != nil, Normal: cloud.Normal != nil,
		Single: o.X == 0 && o.Y == 0 && o.Z == 0, Extra: extraNames(cloud),
	}
	if !cloud.Scaled {
		opts.Comments = []string{points.NoUnitNote}
	}
	return replaceFile(path, func(f *os.File) error {
		_, err := ply.Write(f, opts, cloudChunks(cloud, 0, 1))
		return err
	})
}
