package recover

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/formats"
	"firescene/formats/dhav"
	"firescene/formats/dhfs"
)

// DHFS lists the recordings of a Dahua recorder's disk: those of its index, each
// frame checked, and those whose index entries are gone, found by their frames in
// the fragments that no recording of the index uses. sizeB is of the volume.
func DHFS(ctx context.Context, vol *dhfs.Volume, sizeB int64, image io.ReaderAt, opts Options) ([]Found, []string, error) {
	opts.Report = nil // its units are not files
	videos, unused := vol.Videos(sizeB)
	var found []Found
	doubts := vol.Doubts()
	matches, differs := 0, 0
	for _, x := range videos {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		f, first, err := listed(ctx, x, image, opts)
		if err != nil {
			return nil, nil, err
		}
		if len(f) == 0 {
			doubts = append(doubts, fmt.Sprintf("a recording of camera %d from %s to %s is listed, but nothing of it is left", x.Camera, x.From.Format(clockLayout), x.To.Format(clockLayout)))
			continue
		}
		if first.Channel+1 == x.Camera {
			matches++
		} else {
			differs++
		}
		found = append(found, f...)
	}
	var regions []region
	for _, e := range unused {
		regions = append(regions, region{opts.OffsetB + e.OffsetB, opts.OffsetB + e.OffsetB + e.LengthB, true})
	}
	lost, err := dhavRegions(ctx, image, regions, opts)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range lost {
		f.Reason = "no entry of the index; " + f.Reason
		if differs > matches {
			f.Channel = ""
			f.Reason += "; this recorder does not put the camera into its frames, so which one it was is not known"
		}
		found = append(found, f)
	}
	return found, doubts, nil
}

// listed makes the item of a recording of the index: one when all its frames are
// there, else what is left of it.
func listed(ctx context.Context, x dhfs.Video, image io.ReaderAt, opts Options) ([]Found, dhav.Frame, error) {
	it := forensics.Item{Exhibit: opts.Exhibit, Type: "dav", Origin: forensics.FromLive, Channel: strconv.Itoa(x.Camera)}
	it.Name = opts.Prefix + fmt.Sprintf("camera%02d/%s.dav", x.Camera, x.From.Format("2006-01-02 15.04.05"))
	it.Times = recordedTimes(x.From, x.To)
	var runs []forensics.ByteRun
	var regions []region
	size := int64(0)
	for _, e := range x.Extents {
		at := opts.OffsetB + e.OffsetB
		regions = append(regions, region{at, at + e.LengthB, true})
		size += e.LengthB
		if k := len(runs); k > 0 && runs[k-1].OffsetB+runs[k-1].LengthB == at {
			runs[k-1].LengthB += e.LengthB
		} else {
			runs = append(runs, forensics.ByteRun{OffsetB: at, LengthB: e.LengthB})
		}
	}
	key := func() string { return memo.Key("recording", runs) }
	s, err := memo.Do(ctx, opts.Memo, key, func() (dhav.Stream, error) {
		w := formats.NewWindow(media.NewRunReader(cancellable{ctx, image}, runs), size, 64<<10)
		return dhav.Walk(w, 0, nil), w.Err()
	})
	if err != nil {
		return nil, s.First, err
	}
	if s.Frames > 0 && !s.Cut && !s.Turn && x.Fault == "" && size-s.EndB < dvrSectorB {
		it.Runs = cutRuns(runs, s.EndB)
		place(&it, opts)
		it.State, it.Confidence = forensics.Whole, 1
		it.Reason = fmt.Sprintf("recording of the index, all its %d frames are there, the first of %s", s.Frames, s.First.Time().Format(clockLayout))
		unreadPartial(&it)
		return []Found{{Item: it}}, s.First, nil
	}
	parts, err := dhavRegions(ctx, image, regions, opts)
	for i := range parts {
		p := &parts[i]
		p.Origin, p.Name, p.Channel = it.Origin, it.Name, it.Channel
		p.Confidence = min(p.Confidence, 0.7)
		p.Reason = fmt.Sprintf("recording of the index from %s to %s, not all of it is there; %s", x.From.Format(clockLayout), x.To.Format(clockLayout), p.Reason)
		if x.Fault != "" {
			p.Reason += "; " + x.Fault
		}
		if p.State == forensics.Whole {
			p.State = forensics.Partial
		}
	}
	return parts, s.First, err
}

// cutRuns keeps the first n bytes of runs.
func cutRuns(runs []forensics.ByteRun, n int64) (out []forensics.ByteRun) {
	for _, r := range runs {
		r.LengthB = min(r.LengthB, n)
		if n -= r.LengthB; r.LengthB > 0 {
			out = append(out, r)
		}
	}
	return out
}
