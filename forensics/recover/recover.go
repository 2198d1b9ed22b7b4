// Package recover turns what a file system records into items: the files that
// are there, and the deleted ones as far as their clusters are still their own.
// An item is whole only when nothing speaks against it; clusters that a live
// file uses, or that two deleted files claim, are never passed off as content.
package recover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/fat"
)

// Options say where the volume lies and what is known of its image.
type Options struct {
	Exhibit string
	OffsetB int64  // of the volume in the image
	Prefix  string // put before every path, to tell volumes apart; may be empty
	Unread  media.Unread
	Types   []carve.Type // by which content is recognised; nil for all
	Limits  formats.Limits
	// System lists the file system's own files too, as $MFT and $LogFile of NTFS.
	System bool
}

// FAT lists the files of a volume as items, in the order of the directories,
// with Runs and Locators in image; hashes, output names and IDs are left to who
// writes them. image is the whole image.
func FAT(ctx context.Context, vol *fat.Volume, image io.ReaderAt, opts Options) ([]Found, error) {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	f := &finder{vol: vol, image: image, opts: opts}
	var entries []fat.Entry
	err := vol.Walk(ctx, opts.Limits, func(e fat.Entry) error {
		if !e.Dir && !e.Volume {
			entries = append(entries, e)
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil || !formats.IsDamaged(err) {
			return nil, err
		}
		vol.Warnings = append(vol.Warnings, err.Error())
	}
	items := make([]forensics.Item, 0, len(entries))
	var deleted []int
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		it, err := f.item(ctx, e)
		if err != nil {
			return nil, err
		}
		if e.Deleted {
			deleted = append(deleted, len(items))
		}
		items = append(items, it)
	}
	contested(items, deleted)
	found := make([]Found, len(items))
	for i, it := range items {
		found[i].Item = it
	}
	return found, nil
}

type finder struct {
	vol   *fat.Volume
	image io.ReaderAt
	opts  Options
}

// item makes the item of one entry.
func (f *finder) item(ctx context.Context, e fat.Entry) (forensics.Item, error) {
	it := forensics.Item{Exhibit: f.opts.Exhibit, Name: f.opts.Prefix + e.Path, SizeB: e.SizeB, Times: times(e)}
	var err error
	if e.Deleted {
		err = f.deleted(ctx, &it, e)
	} else {
		err = f.live(&it, e)
	}
	return it, err
}

func times(e fat.Entry) (t []forensics.ItemTime) {
	for _, x := range []forensics.ItemTime{{What: "modified", Raw: e.Modified}, {What: "created", Raw: e.Created}, {What: "accessed", Raw: e.Accessed}} {
		if x.Raw != "" {
			t = append(t, x)
		}
	}
	return t
}

// place sets an item's runs, locator and size from a place in the volume.
func (f *finder) place(it *forensics.Item, p fat.Place) {
	var runs []forensics.ByteRun
	for _, x := range p.Extents {
		runs = append(runs, forensics.ByteRun{OffsetB: f.opts.OffsetB + x.OffsetB, LengthB: x.LengthB})
	}
	f.setRuns(it, runs)
}

func (f *finder) setRuns(it *forensics.Item, runs []forensics.ByteRun) {
	it.Runs, it.UnreadB, it.SizeB, it.Locators = runs, 0, 0, nil
	for _, r := range runs {
		it.SizeB += r.LengthB
		it.UnreadB += f.opts.Unread.In(r.OffsetB, r.LengthB)
	}
	if len(runs) > 0 {
		it.Locators = []forensics.Locator{{Exhibit: f.opts.Exhibit, Runs: runs}}
	}
}

// live judges a file that is there: the file system vouches for its content.
func (f *finder) live(it *forensics.Item, e fat.Entry) error {
	p := f.vol.Live(e)
	f.place(it, p)
	it.Origin, it.State, it.Confidence, it.Reason = forensics.FromLive, forensics.Whole, 1, "live file, its cluster chain is complete"
	if p.FoundB < e.SizeB {
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason = fmt.Sprintf("live file, but only %d of %d bytes can be followed: %s", p.FoundB, e.SizeB, p.Fault)
	}
	head, err := f.head(it.Runs)
	if err != nil {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
	f.markUnread(it)
	return nil
}

// deleted judges a deleted file. Deletion clears its chain, so its clusters are
// those behind its first one, and its content must bear that out where its
// format allows it.
func (f *finder) deleted(ctx context.Context, it *forensics.Item, e fat.Entry) error {
	it.Origin = forensics.FromDeleted
	p := f.vol.Deleted(e)
	f.place(it, p)
	if e.SizeB == 0 {
		it.Type, it.State, it.Confidence, it.Reason = "data", forensics.Whole, 1, "deleted empty file"
		return nil
	}
	head, err := f.head(it.Runs)
	if err != nil {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
	t := carve.Identify(f.opts.Types, head)
	if t != nil {
		proved, err := f.proved(ctx, it, t, e)
		if err != nil || proved {
			return err
		}
	}
	switch want := typeOfName(f.opts.Types, e.Path); {
	case p.FoundB == 0:
		it.Type, it.State, it.Reason = "data", forensics.Fragment, "deleted; nothing of it is left: "+p.Fault
	case want != "" && t == nil:
		it.State, it.Confidence = forensics.Fragment, 0.1
		it.Reason = "deleted; what lies in its clusters does not begin as its name says, so other data was probably written there"
	case p.FoundB < e.SizeB:
		it.State, it.Confidence = forensics.Partial, 0.4
		it.Reason = fmt.Sprintf("deleted; %d of %d bytes, then %s", p.FoundB, e.SizeB, p.Fault)
	case t != nil:
		it.State, it.Confidence = forensics.Partial, 0.3
		it.Reason = fmt.Sprintf("deleted; begins right, but its content does not hold together to its %d bytes: %s", e.SizeB, it.Reason)
	default:
		it.State, it.Confidence = forensics.Whole, 0.7
		it.Reason = "deleted; all its clusters are free and follow each other; its format has no check that could prove the content"
	}
	f.markUnread(it)
	return nil
}

// markUnread makes an item partial when sectors of it were not read.
func (f *finder) markUnread(it *forensics.Item) {
	if it.UnreadB == 0 {
		return
	}
	if it.State == forensics.Whole {
		it.State = forensics.Partial
	}
	it.Confidence = min(it.Confidence, 0.5)
	it.Reason += fmt.Sprintf("; %d bytes lie in sectors that could not be read and are filling, not content", it.UnreadB)
}

// sniffB is how much of a file its type is judged by.
const sniffB = 4096

func (f *finder) head(runs []forensics.ByteRun) ([]byte, error) {
	r := media.NewRunReader(f.image, runs)
	b := make([]byte, min(sniffB, r.Size()))
	n, err := r.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return b[:n], nil
}

// typeOfName is the type that a file's extension promises, of those that are
// recognised by content; "" for others.
func typeOfName(types []carve.Type, name string) string {
	_, ext, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ".")
	ext = strings.ToLower(ext[strings.LastIndexByte(ext, '.')+1:])
	if ext == "jpeg" || ext == "jpe" {
		ext = "jpg"
	}
	for _, t := range types {
		if t.Ext == ext {
			return t.Name
		}
	}
	return ""
}

// contested lowers deleted items that claim the same bytes: at most one of them
// is right. An item whose content is proved by its format keeps its state, and
// the others that overlap it lose theirs.
func contested(items []forensics.Item, deleted []int) {
	type claim struct {
		run  forensics.ByteRun
		item int
	}
	var claims []claim
	for _, i := range deleted {
		for _, r := range items[i].Runs {
			claims = append(claims, claim{r, i})
		}
	}
	sort.SliceStable(claims, func(a, b int) bool { return claims[a].run.OffsetB < claims[b].run.OffsetB })
	rivals := map[int]int{}
	widest := -1 // index into claims of the one that reaches furthest
	note := func(i, j int) {
		if _, ok := rivals[i]; !ok && i != j {
			rivals[i] = j
		}
	}
	for k, c := range claims {
		if widest >= 0 && claims[widest].run.OffsetB+claims[widest].run.LengthB > c.run.OffsetB {
			note(c.item, claims[widest].item)
			note(claims[widest].item, c.item)
		}
		if widest < 0 || c.run.OffsetB+c.run.LengthB > claims[widest].run.OffsetB+claims[widest].run.LengthB {
			widest = k
		}
	}
	for _, i := range deleted {
		j, ok := rivals[i]
		if it := &items[i]; ok && it.State == forensics.Whole && it.Confidence < 0.8 {
			it.State, it.Confidence = forensics.Partial, 0.3
			it.Reason = fmt.Sprintf("deleted; the deleted file %s claims some of the same clusters, so at most one of them is right", items[j].Name)
		}
	}
}
