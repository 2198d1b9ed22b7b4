package recover

import (
	"context"
	"fmt"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
	"firescene/formats"
	"firescene/formats/ntfs"
)

// doubt is what speaks against the clusters of a deleted file.
type doubt struct {
	runs  []forensics.ByteRun // in the image, in file order
	lostB int64
	liveB int64  // of them, bytes that a live file or the file system uses now
	rival string // a deleted file that had the others later; empty when none is known
}

// maxDoubts bounds the list of doubtful ranges of one item; the rest of the item
// is doubtful as a whole then.
const maxDoubts = 4096

// doubts asks the bitmap, the live files and the later deleted ones.
func (n *ntfsFinder) doubts(e ntfs.Entry, owner int, name func(int) string) (d doubt) {
	if e.Resident {
		return d
	}
	for _, x := range e.Extents {
		if x.OffsetB == ntfs.Hole {
			continue
		}
		used := n.vol.Used(x)
		for _, u := range used {
			d.liveB += u.LengthB
		}
		lost, rival := n.claims.lost(x, owner)
		if rival >= 0 && d.rival == "" {
			d.rival = name(rival)
		}
		for _, y := range union(used, lost) {
			d.lostB += y.LengthB
			d.add(forensics.ByteRun{OffsetB: n.opts.OffsetB + y.OffsetB, LengthB: y.LengthB})
		}
	}
	return d
}

func (d *doubt) add(r forensics.ByteRun) {
	k := len(d.runs) - 1
	if k >= 0 && d.runs[k].OffsetB+d.runs[k].LengthB == r.OffsetB {
		d.runs[k].LengthB += r.LengthB
	} else {
		d.runs = append(d.runs, r)
	}
}

// union merges two ordered lists of ranges.
func union(a, b []ntfs.Extent) (out []ntfs.Extent) {
	for len(a) > 0 || len(b) > 0 {
		var x ntfs.Extent
		if len(b) == 0 || len(a) > 0 && a[0].OffsetB <= b[0].OffsetB {
			x, a = a[0], a[1:]
		} else {
			x, b = b[0], b[1:]
		}
		if k := len(out) - 1; k >= 0 && out[k].OffsetB+out[k].LengthB >= x.OffsetB {
			out[k].LengthB = max(out[k].LengthB, x.OffsetB+x.LengthB-out[k].OffsetB)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// walk judges the content of a file as its type does.
func (n *ntfsFinder) walk(ctx context.Context, t *carve.Type, f *Found) (carve.Verdict, error) {
	key := func() string {
		if f.Content != nil { // in the table, or compressed: its runs do not say what it is
			return ""
		}
		return memo.Key("walk ntfs", t.Name, f.Runs, f.SizeB)
	}
	return memo.Do(ctx, n.opts.Memo, key, func() (carve.Verdict, error) {
		v, err := t.Walk(cancellable{ctx, n.reader(f)}, f.SizeB)
		if isEnd(err) || formats.IsDamaged(err) {
			err = nil
		}
		return v, err
	})
}

// deleted judges a deleted file.
func (n *ntfsFinder) deleted(ctx context.Context, f *Found, e ntfs.Entry, owner int, name func(int) string) error {
	f.Origin = forensics.FromDeleted
	head, err := n.head(f)
	if err != nil {
		return err
	}
	f.Type = Sniff(n.opts.Types, head)
	d := n.doubts(e, owner, name)
	t := carve.Identify(n.opts.Types, head)
	if t != nil && t.Piece {
		t = nil
	}
	var v carve.Verdict
	if t != nil && !e.Encrypted {
		if v, err = n.walk(ctx, t, f); err != nil {
			return err
		}
	}
	stored := int64(0)
	for _, x := range e.Extents {
		if x.OffsetB != ntfs.Hole {
			stored += x.LengthB
		}
	}
	f.State, f.Confidence, f.Reason = n.verdict(f, e, d, t, v, stored)
	if f.State == forensics.Whole && t == nil && !e.Resident && stored > 0 {
		if err := n.zeros(f); err != nil {
			return err
		}
	}
	if f.State != forensics.Whole {
		if f.Doubtful = d.runs; len(d.runs) > maxDoubts {
			f.Doubtful = storedRuns(f.Runs)
		}
	}
	n.notes(f, e)
	return nil
}

// verdict weighs what is known of a deleted file: the doubts about its clusters,
// and v, the verdict of its format t, when it has one that is known.
func (n *ntfsFinder) verdict(f *Found, e ntfs.Entry, d doubt, t *carve.Type, v carve.Verdict, storedB int64) (forensics.ItemState, float64, string) {
	want := typeOfName(n.opts.Types, e.Path)
	named := t != nil && (want != nil && want.Name == t.Name || v.Kind != "" && extOf(e.Path) == v.Kind)
	whole := t != nil && v.State == forensics.Whole
	exact := whole && v.LengthB == e.SizeB && e.FoundB == e.SizeB
	at := "its clusters are free"
	switch {
	case e.Resident:
		at = "its content lies in its record"
	case !n.vol.HasBitmap():
		at = "no other file has its clusters"
	}
	switch {
	case e.SizeB == 0 && e.Fault == "":
		return forensics.Whole, 1, "deleted empty file"
	case e.FoundB == 0:
		return forensics.Fragment, 0, "deleted; nothing of it is left: " + e.Fault
	case e.Resident && e.Fault == "":
		return forensics.Whole, 0.95, "deleted; " + at + ", which is intact and not in use again"
	case storedB > 0 && d.liveB >= storedB:
		return forensics.Fragment, 0, "deleted; live files use all its clusters now, so nothing of it is left"
	case d.liveB > 0:
		return forensics.Partial, 0.3, fmt.Sprintf("deleted; live files use %d of its %d bytes now", d.liveB, e.SizeB)
	case d.lostB > 0 && exact && v.Proof >= carve.ByCode:
		return forensics.Whole, min(v.Confidence, 0.9), "deleted; " + d.why(e) + ", but its content holds together to its recorded size: " + v.Reason
	case d.lostB > 0:
		return forensics.Partial, 0.3, fmt.Sprintf("deleted; %s, which may have written over %d of its %d bytes", d.why(e), d.lostB, e.SizeB)
	case e.FoundB < e.SizeB:
		return forensics.Partial, 0.4, fmt.Sprintf("deleted; only %d of %d bytes can be followed: %s", e.FoundB, e.SizeB, e.Fault)
	case exact:
		return forensics.Whole, v.Confidence, "deleted; " + at + "; " + v.Reason
	case whole && named:
		return forensics.Whole, min(v.Confidence, 0.85), fmt.Sprintf("deleted; %s; %s; %d bytes behind its end belong to it by its recorded size", at, v.Reason, e.SizeB-v.LengthB)
	case whole:
		return forensics.Partial, 0.2, fmt.Sprintf("deleted; its clusters begin with a %s of %d bytes that fits neither its name nor its size of %d and was probably written there later", t.Name, v.LengthB, e.SizeB)
	case t != nil && named && !e.Stray && n.insideCluster(v):
		return forensics.Whole, 0.6, fmt.Sprintf("deleted; %s; it departs from its format near byte %d, in the middle of a cluster that begins right, where nothing can have been written over it: %s", at, v.FailB, v.Reason)
	case t != nil:
		return forensics.Partial, 0.3, fmt.Sprintf("deleted; begins right, but its content does not hold together to its %d bytes: %s", e.SizeB, v.Reason)
	case e.Stray:
		return forensics.Partial, 0.3, "deleted; " + at + ", but its record may be of a file system that was here before, and its format has no check that could prove the content"
	case want != nil && !e.Encrypted && e.Stream == "":
		return forensics.Fragment, 0.1, "deleted; what lies in its clusters does not begin as its name says, so other data was probably written there"
	default:
		return forensics.Whole, 0.7, "deleted; " + at + " and no file that was deleted later had them; its format has no check that could prove the content"
	}
}

// insideCluster reports whether a walk failed at a place that overwriting can not
// explain: what is written over a deleted file begins at a cluster's beginning,
// and none lies between what is proved and what the walk saw to be wrong.
func (n *ntfsFinder) insideCluster(v carve.Verdict) bool {
	c := n.vol.ClusterB
	return v.FailB > v.SureB && v.SureB/c == v.FailB/c && (v.SureB == 0 || v.SureB%c > 0)
}

func (d *doubt) why(e ntfs.Entry) string {
	if d.rival == "" {
		return "other files have had some of its clusters"
	}
	return "the deleted file " + d.rival + " had some of its clusters later"
}

// zeros lowers a file that reads as zeros throughout, although its clusters are
// stored: solid-state disks give zeros for what was deleted.
func (n *ntfsFinder) zeros(f *Found) error {
	r := n.reader(f)
	b := make([]byte, min(64<<10, f.SizeB))
	for at := int64(0); at < f.SizeB; at += int64(len(b)) {
		b = b[:min(int64(len(b)), f.SizeB-at)]
		m, err := r.ReadAt(b, at)
		if err != nil && !isEnd(err) && !formats.IsDamaged(err) {
			return err
		}
		for _, c := range b[:m] {
			if c != 0 {
				return nil
			}
		}
		if m < len(b) {
			break
		}
	}
	f.State, f.Confidence = forensics.Partial, 0.1
	f.Reason = "deleted; its clusters read as zeros throughout: it may have held them, or the disk has given the clusters up"
	return nil
}
