package main

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/forensics/splice"
)

// blockB is the unit in which pieces of files are looked for: the cluster of most
// file systems. Each file's blocks are counted from where it begins.
const blockB = 4096

// joinPieces puts files together that the scan found in part, from what neither
// listed files nor whole finds account for, and returns the finds with those in
// their place. What lies in a file that is whole now is no find of its own.
func joinPieces(ctx context.Context, opts mediaOptions, im *media.Image, covered []forensics.ByteRun, finds []carve.Find, coded []forensics.ByteRun, units memo.Store, report progressFunc) ([]carve.Find, error) {
	used := append([]forensics.ByteRun(nil), covered...)
	parts := int64(0)
	for i := range finds {
		switch f := &finds[i]; {
		case len(f.Path) > 0 || f.Inside:
		case f.State == forensics.Whole && !f.Aligned:
			// A thumbnail in a piece of a picture, for example: its blocks are needed.
		case f.State == forensics.Whole:
			used = append(used, forensics.ByteRun{OffsetB: f.OffsetB, LengthB: f.LengthB})
		default:
			parts++
		}
	}
	report("join pieces", 0, parts)
	space := &splice.Space{R: im, SizeB: im.SizeB, BlockB: blockB, Free: between(joinRuns(used), im.SizeB), Coded: coded, NextUnread: im.Unread.Next}
	o := splice.Options{Workers: opts.Workers, Memo: units, Report: func(done, total int) { report("join pieces", int64(done), int64(total)) }}
	outcomes, err := splice.All(ctx, space, finds, o)
	if err != nil {
		return nil, err
	}
	var whole []forensics.ByteRun
	joined := map[int]bool{}
	for _, x := range outcomes {
		f := &finds[x.Find]
		f.Runs, f.Verdict = x.Runs, x.Verdict
		joined[x.Find] = true
		if x.State == forensics.Whole {
			whole = append(whole, x.Runs...)
		}
	}
	whole = joinRuns(whole)
	for i, f := range finds {
		if !joined[i] && len(f.Path) == 0 {
			used = append(used, forensics.ByteRun{OffsetB: f.OffsetB, LengthB: f.LengthB})
		}
	}
	kept := finds[:0]
	for i, f := range finds {
		if !joined[i] && f.State != forensics.Whole && len(f.Path) == 0 && within(whole, f.OffsetB) {
			continue
		}
		if !joined[i] && !f.Aligned && len(f.Path) == 0 && within(whole, f.OffsetB) {
			f.Inside = true
		}
		kept = append(kept, f)
	}
	space.Free = between(joinRuns(append(used, whole...)), im.SizeB)
	rests, err := splice.Headless(ctx, space, o)
	if err != nil {
		return nil, err
	}
	kept = addFragments(kept, rests)
	report("join pieces", parts, parts)
	return kept, nil
}

// addFragments puts the rests of pictures among the finds, in order of place.
func addFragments(finds []carve.Find, rests []splice.Result) []carve.Find {
	types := carve.Types()
	i := slices.IndexFunc(types, func(t carve.Type) bool { return t.Name == "jpeg" })
	for _, r := range rests {
		finds = append(finds, carve.Find{Type: &types[i], OffsetB: r.Runs[0].OffsetB, Aligned: true, Verdict: r.Verdict})
	}
	slices.SortStableFunc(finds, func(a, b carve.Find) int { return cmp.Compare(a.ImageB(), b.ImageB()) })
	return finds
}

// between lists what lies between runs, which are in order and apart.
func between(runs []forensics.ByteRun, size int64) (out []forensics.ByteRun) {
	at := int64(0)
	for _, r := range append(runs, forensics.ByteRun{OffsetB: size}) {
		if r.OffsetB > at {
			out = append(out, forensics.ByteRun{OffsetB: at, LengthB: r.OffsetB - at})
		}
		at = max(at, r.OffsetB+r.LengthB)
	}
	return out
}

// within reports whether off lies in one of the runs, which are in order.
func within(runs []forensics.ByteRun, off int64) bool {
	i := sort.Search(len(runs), func(i int) bool { return runs[i].OffsetB+runs[i].LengthB > off })
	return i < len(runs) && runs[i].OffsetB <= off
}
