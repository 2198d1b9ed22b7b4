package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"firescene/formats"
	"firescene/formats/las"
	"firescene/formats/points"
	"firescene/formats/scans"
	"firescene/recon/octree"
)

// soleLAS opens the file when it is the only one and of the LAS family, and its
// points can go into the target with every field; nil otherwise.
func soleLAS(opts cloudConvertOptions, form scans.Format) (*scanFile, *las.Scan) {
	if len(opts.files) != 1 || form != scans.LAS && form != scans.LAZ && form != scans.COPC {
		return nil, nil
	}
	f, err := openScanFile(opts.files[0], scans.Options{})
	if err != nil {
		return nil, nil // said when it is read
	}
	s, ok := f.Scans[0].(*las.Scan)
	if ok && form == scans.COPC {
		_, _, ok = las.Modern(s.Header.PointFormat)
	}
	if ok && form == scans.LAZ {
		_, _, modern := las.Modern(s.Header.PointFormat)
		ok = modern
	}
	if !ok {
		f.Close()
		return nil, nil
	}
	return f, s
}

// recodeLAS writes one LAS or LAZ file as LAS, LAZ or COPC without touching a
// number.
func recodeLAS(ctx context.Context, sum *cloudWriteSummary, f *scanFile, s *las.Scan, report progressFunc) error {
	done, count := int64(0), s.Header.Count
	step := func(n int) {
		done += int64(n)
		report("write", done, count)
	}
	sum.StepM = &s.Header.Scale
	var damage error
	err := replaceFile(sum.Out, func(out *os.File) (err error) {
		if sum.Form == scans.COPC {
			damage, err = recodeCOPC(ctx, sum, out, f, s, report)
			return err
		}
		sum.Points, damage, err = las.Copy(out, ctxReader{ctx, f.f}, f.sizeB, s, sum.Form == scans.LAZ, formats.DefaultLimits(), step)
		if err == nil && sum.Points == 0 {
			err = damage
		}
		if err == nil && sum.Points == 0 {
			err = fmt.Errorf("no points in %s: nothing is written", f.path)
		}
		return err
	})
	if err != nil {
		return err
	}
	if damage != nil {
		sum.Failed = append(sum.Failed, f.scanFailure(0, damage))
	}
	sum.PointsIn = sum.Points
	sum.Scans = append(sum.Scans, cloudUsedScan{File: f.path, Claimed: count, Points: sum.Points})
	sum.Notes = append(sum.Notes, makeNote("cloud_note_every_field"))
	return nil
}

// ctxReader ends reading when a context does.
type ctxReader struct {
	ctx context.Context
	r   io.ReaderAt
}

func (c ctxReader) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(p, off)
}

func recodeCOPC(ctx context.Context, sum *cloudWriteSummary, out *os.File, f *scanFile, s *las.Scan, report progressFunc) (damage, err error) {
	h := &s.Header
	s.KeepAll()
	format, size, _ := las.Modern(h.PointFormat)
	extra := h.RecordB - las.RecordB(h.PointFormat)
	// Of the records only those that other software needs to read the points go along.
	vlrs, err := las.ReadVLRs(f.f, h, formats.DefaultLimits(), func(user string, record int) bool {
		return user == "LASF_Spec" && record == 4 || user == "LASF_Projection"
	})
	if err != nil {
		return nil, err
	}
	var buf []byte
	next := func() ([]byte, error) {
		b, err := s.NextRecords()
		if formats.IsDamaged(err) {
			damage, err = err, io.EOF
		}
		if err != nil {
			return nil, err
		}
		buf = las.AppendModern(buf[:0], b, h, s.WideColour())
		return buf, nil
	}
	res, err := buildCOPC(ctx, sum, out, octree.BuildOptions{PointFormat: format, RecordB: size + extra, Scale: h.Scale, Offset: h.Offset, VLRs: vlrs, Report: report}, next)
	if err != nil && damage != nil && res.Points == 0 {
		err = damage
	}
	return damage, err
}

// buildCOPC runs octree.Build with temporary files beside the output.
func buildCOPC(ctx context.Context, sum *cloudWriteSummary, out *os.File, opts octree.BuildOptions, next func() ([]byte, error)) (octree.BuildResult, error) {
	var temp []*os.File
	defer func() {
		for _, f := range temp {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	opts.Scratch = func() (octree.Scratch, error) {
		f, err := os.CreateTemp(filepath.Dir(out.Name()), ".tmp-*")
		if err == nil {
			temp = append(temp, f)
		}
		return f, err
	}
	res, err := octree.Build(ctx, out, opts, next)
	if errors.Is(err, octree.ErrCrowded) {
		err = fmt.Errorf("%w (take out duplicates with: firescene cloud filter --voxel)", err)
	}
	sum.Points = res.Points
	if err == nil {
		sum.Notes = append(sum.Notes, makeNote("cloud_note_octree", "Levels", res.Levels, "Nodes", res.Nodes, "Spacing", fmt.Sprintf("%.3g", res.SpacingM)))
	}
	return res, err
}

// writeCOPC writes surveyed scans as an octree.
func writeCOPC(sum *cloudWriteSummary, src *scanSource) error {
	opts := lasOptions(sum, src)
	opts.Minor, opts.PointFormat = 4, 7
	w, size, err := las.NewRecordWriter(opts)
	if err != nil {
		return err
	}
	var c points.Chunk
	next := func() ([]byte, error) {
		if err := src.nextOfAll(&c); err != nil {
			return nil, err
		}
		return w.Records(&c)
	}
	return replaceFile(sum.Out, func(f *os.File) error {
		_, err := buildCOPC(src.ctx, sum, f, octree.BuildOptions{PointFormat: w.Format(), RecordB: size, Scale: opts.Scale, Offset: opts.Offset, Report: src.report}, next)
		return err
	})
}
