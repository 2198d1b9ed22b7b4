package recover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats/fat"
)

// Bounds of the search for a second fragment.
const (
	maxGapClusters  = 4096 // free clusters between the fragments
	maxBackClusters = 64   // how far before the failure the first fragment may end
	maxWalks        = 4000 // structural checks for one file
)

// proved looks for a place of a deleted file whose content its format proves to
// the recorded size, and puts it into the item. On false the item is as it was,
// but for the reason, which is what the format says of the contiguous place.
//
// The places are tried in the order of their likelihood: contiguous; written
// round the clusters of live files; in two fragments with free clusters between
// them. The last is bifragment gap carving (S. Garfinkel, DFRWS 2007), held to
// clusters that are free and to the size that the entry records.
func (f *finder) proved(ctx context.Context, it *forensics.Item, t *carve.Type, e fat.Entry) (bool, error) {
	first := *it
	good, ok, err := f.try(it, t, e, "its clusters are free and follow each other")
	if ok || err != nil {
		return ok, err
	}
	first.Reason = it.Reason
	prefix := good
	n := f.vol.ClustersOf(e.SizeB)
	free := f.vol.FreeFrom(e.Cluster, n+maxGapClusters)
	if int64(len(free)) < n {
		f.keepPrefix(it, first, prefix)
		return false, nil
	}
	if int64(free[n-1]-free[0]) != n-1 {
		f.place(it, f.vol.PlaceOf(e.SizeB, free[:n]))
		good, ok, err = f.try(it, t, e, "put together from free clusters round those that live files use")
		if ok || err != nil {
			it.Confidence = min(it.Confidence, 0.95)
			return ok, err
		}
	}
	ok, err = f.twoFragments(ctx, it, t, e, free, int(good/f.vol.ClusterB))
	if ok || err != nil {
		it.Confidence = min(it.Confidence, 0.9)
		return ok, err
	}
	f.keepPrefix(it, first, prefix)
	return false, nil
}

// keepPrefix puts an item back to its contiguous place, cut to what its format
// accepts of it: what lies behind is not the file's.
func (f *finder) keepPrefix(it *forensics.Item, first forensics.Item, good int64) {
	*it = first
	if good <= 0 || good >= it.SizeB {
		return
	}
	var runs []forensics.ByteRun
	left := good
	for _, r := range first.Runs {
		r.LengthB = min(r.LengthB, left)
		if left -= r.LengthB; r.LengthB > 0 {
			runs = append(runs, r)
		}
	}
	f.setRuns(it, runs)
}

// try walks the item's content where it is placed now. good is the length of the
// prefix that the format accepts.
func (f *finder) try(it *forensics.Item, t *carve.Type, e fat.Entry, how string) (good int64, ok bool, err error) {
	r := media.NewRunReader(f.image, it.Runs)
	v, err := t.Walk(r, r.Size())
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, false, err
	}
	it.Reason = v.Reason
	if v.State != forensics.Whole || it.UnreadB > 0 || it.SizeB < e.SizeB {
		return v.LengthB, false, nil
	}
	it.State, it.Confidence, it.Reason = forensics.Whole, v.Confidence, "deleted; "+how+"; "+v.Reason
	if behind := e.SizeB - v.LengthB; behind > 0 {
		it.Confidence = min(it.Confidence, 0.9)
		it.Reason += fmt.Sprintf("; %d bytes behind its end belong to it by its recorded size", behind)
	}
	return v.LengthB, true, nil
}

// twoFragments searches the gap between two fragments among the free clusters.
// failed is the cluster, counted in the file, in which the walk without a gap
// failed: the first fragment ends there or a little before. A gap is tried only
// when the file would end in its format's footer.
func (f *finder) twoFragments(ctx context.Context, it *forensics.Item, t *carve.Type, e fat.Entry, free []uint32, failed int) (bool, error) {
	n := int(f.vol.ClustersOf(e.SizeB))
	walks := 0
	for gap := 1; n+gap <= len(free); gap++ {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		f.place(it, f.vol.PlaceOf(e.SizeB, free[:1], free[1+gap:n+gap]))
		ends, err := f.endsIn(it, t.Footer)
		if err != nil {
			return false, err
		}
		if !ends {
			continue
		}
		for cut := min(failed, n-1); cut >= max(1, failed-maxBackClusters); cut-- {
			if walks++; walks > maxWalks {
				return false, nil
			}
			f.place(it, f.vol.PlaceOf(e.SizeB, free[:cut], free[cut+gap:n+gap]))
			good, ok, err := f.try(it, t, e, fmt.Sprintf("put together from two fragments, %d free clusters apart", gap))
			if err != nil {
				return false, err
			}
			if ok && good == e.SizeB {
				return true, nil
			}
		}
	}
	return false, nil
}

// endsIn reports whether the item's bytes end in footer.
func (f *finder) endsIn(it *forensics.Item, footer []byte) (bool, error) {
	if len(footer) == 0 || it.SizeB < int64(len(footer)) {
		return false, nil
	}
	b := make([]byte, len(footer))
	_, err := media.NewRunReader(f.image, it.Runs).ReadAt(b, it.SizeB-int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return bytes.Equal(b, footer), nil
}
