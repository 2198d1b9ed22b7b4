package recover

import (
	"context"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/exfat"
	"firescene/formats/fat"
)

// FAT lists the files of a FAT12, FAT16 or FAT32 volume as items, in the order of
// the directories, with Runs and Locators in image; hashes, output names and IDs
// are left to who writes them. image is the whole image.
func FAT(ctx context.Context, vol *fat.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachFAT(ctx, vol, image, opts, emit) })
}

func eachFAT(ctx context.Context, vol *fat.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	f := newFinder(ctx, vol, image, opts)
	count, err := f.fat(ctx, vol, "", emit)
	if err != nil {
		return err
	}
	for i, former := range vol.Former() {
		g := newFinder(ctx, former, image, opts)
		for c := uint32(2); c-2 < former.Count(); c++ {
			if off := former.OffsetB(c); !f.untouched(off, former.ClusterB) {
				g.take([]span{{c, 1}})
			}
		}
		more, err := g.fat(ctx, former, fmt.Sprintf("former-%d/", i+1), emit.from(count))
		if err != nil {
			return err
		}
		count += more
	}
	return nil
}

// untouched reports whether nothing accounts for any cluster of a range of the
// volume.
func (f *finder) untouched(off, n int64) bool {
	cs := f.fs.ClusterSizeB()
	k := (off - f.fs.OffsetB(2)) / cs
	for ; f.fs.OffsetB(2)+k*cs < off+n; k++ {
		if k < 0 || k >= int64(f.fs.Count()) || !f.free(uint32(k)+2) {
			return false
		}
	}
	return true
}

// fat lists the files of a volume and counts them.
func (f *finder) fat(ctx context.Context, vol *fat.Volume, prefix string, emit Emit) (int, error) {
	l := lister{finder: f, emit: emit}
	err := vol.Walk(ctx, f.opts.Limits, func(e fat.Entry) error {
		if e.Dir || e.Volume {
			return nil
		}
		x := file{path: prefix + e.Path, sizeB: e.SizeB, validB: e.SizeB, deleted: e.Deleted, late: e.Unattached, first: e.Cluster,
			times: [3]string{e.Modified, e.Created, e.Accessed}}
		if e.NameGuess {
			x.doubt = "the first letter of its name is lost"
		}
		if !e.Deleted {
			p := vol.Live(e)
			x.place, x.fault = spans(vol.OffsetB(2), vol.ClusterB, p.Extents), p.Fault
		}
		return l.add(x)
	})
	if err = tolerate(ctx, err, &vol.Warnings); err != nil {
		return 0, err
	}
	f.take(spans(vol.OffsetB(2), vol.ClusterB, vol.Directories()))
	return l.count, l.settle(ctx)
}

// ExFAT lists the files of an exFAT volume in the same way.
func ExFAT(ctx context.Context, vol *exfat.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	return collect(func(emit Emit) error { return eachExFAT(ctx, vol, image, opts, emit) })
}

func eachExFAT(ctx context.Context, vol *exfat.Volume, image io.ReaderAt, opts Options, emit Emit) error {
	f := newFinder(ctx, vol, image, opts)
	l := lister{finder: f, emit: emit}
	err := vol.Walk(ctx, opts.Limits, func(e exfat.Entry) error {
		if e.Dir {
			return nil
		}
		x := file{path: e.Path, sizeB: e.SizeB, validB: e.ValidB, deleted: e.Deleted, first: e.Cluster, doubt: e.Damage,
			times: [3]string{e.Modified, e.Created, e.Accessed}}
		p := vol.Place(e)
		x.fault = p.Fault
		// a chain of a deleted file that does not end with it was written anew
		if !e.Deleted || p.FoundB == e.SizeB && (e.OneRun || vol.ChainEnds(e)) {
			x.place = spans(vol.OffsetB(2), vol.ClusterB, p.Extents)
		}
		return l.add(x)
	})
	if err = tolerate(ctx, err, &vol.Warnings); err != nil {
		return err
	}
	f.take(spans(vol.OffsetB(2), vol.ClusterB, vol.Directories()))
	return l.settle(ctx)
}

// tolerate notes damage of a volume as a warning and keeps other errors.
func tolerate(ctx context.Context, err error, warnings *[]string) error {
	if err == nil || ctx.Err() != nil || !formats.IsDamaged(err) {
		return err
	}
	*warnings = append(*warnings, err.Error())
	return nil
}

func times(raw [3]string) (t []forensics.ItemTime) {
	for i, what := range [3]string{"modified", "created", "accessed"} {
		if raw[i] != "" {
			t = append(t, forensics.ItemTime{What: what, Raw: raw[i]})
		}
	}
	return t
}

// spans turns ranges of a volume, which begin at clusters, into clusters.
func spans[E ~struct{ OffsetB, LengthB int64 }](dataB, clusterB int64, where []E) (out []span) {
	for _, e := range where {
		x := struct{ OffsetB, LengthB int64 }(e)
		if x.OffsetB >= dataB {
			out = append(out, span{uint32((x.OffsetB-dataB)/clusterB) + 2, uint32((x.LengthB + clusterB - 1) / clusterB)})
		}
	}
	return out
}
