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
	"strings"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/formats"
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
	// Strays looks for file records in the free clusters of NTFS too, of files that
	// the table has lost and of a file system that was there before formatting, and
	// for the maps of deleted files in the free blocks of ext. It reads all free
	// clusters.
	Strays bool
	// Memo keeps what is found of deleted files and of the frames of recorders; nil for
	// nothing.
	Memo memo.Store
	// Report is told how many files of how many are done with: first of all, then of
	// those whose pieces are looked for; of frames without a file system how many MiB.
	// It may be nil; not every file system calls it.
	Report func(done, total int)
}

func (o *Options) report(done, total int) {
	if o.Report != nil {
		o.Report(done, total)
	}
}

// cancellable ends long reads when the work is cut off.
type cancellable struct {
	ctx context.Context
	r   io.ReaderAt
}

func (c cancellable) ReadAt(b []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.ReadAt(b, off)
}

// clusterFS is a volume of numbered clusters.
type clusterFS interface {
	ClusterSizeB() int64
	Count() uint32 // clusters; their numbers begin with 2
	OffsetB(c uint32) int64
	Free(c uint32) bool // no live file uses it
	HereB() int64       // how much of the volume the image holds
}

// span is a run of clusters.
type span struct{ first, n uint32 }

// file is what a directory entry says.
type file struct {
	path    string
	sizeB   int64
	validB  int64 // bytes that were ever written; the rest reads as zeros
	deleted bool
	late    bool      // it was in use to the end, but nothing leads to its directory any more
	first   uint32    // first cluster
	times   [3]string // modified, created, accessed; as recorded
	// place is where the file system says that the clusters are: of a live file by
	// its chain, of a deleted one where that outlives deletion; else empty.
	place []span
	fault string // why place is too short
	doubt string // what of the entry itself is doubtful
}

// finder lists the files of one volume.
type finder struct {
	fs    clusterFS
	image io.ReaderAt
	opts  Options
	taken []uint64 // a bit for each cluster that is accounted for: proved deleted files, old directories
	state []byte   // digest of what is free; nil while none is needed
}

func newFinder(ctx context.Context, fs clusterFS, image io.ReaderAt, opts Options) *finder {
	if opts.Types == nil {
		opts.Types = carve.Types()
	}
	return &finder{fs: fs, image: cancellable{ctx, image}, opts: opts, taken: make([]uint64, fs.Count()/64+1)}
}

// lister turns entries into items, in their order: live ones at once, deleted ones
// when all are known.
type lister struct {
	*finder
	emit  Emit
	count int // entries
	jobs  []*job
	at    []int // of each job, in the list
}

func (l *lister) add(x file) error {
	i := l.count
	l.count++
	if x.deleted {
		l.jobs, l.at = append(l.jobs, &job{file: x, verdict: &unwalked}), append(l.at, i)
		return nil
	}
	var it outcome
	if err := l.live(&it, &x); err != nil {
		return err
	}
	return l.done(i, &x, it)
}

// settle judges the deleted files.
func (l *lister) settle(ctx context.Context) error {
	if err := l.deleted(ctx, l.jobs, l.count); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for k, j := range l.jobs {
		if err := l.done(l.at[k], &j.file, j.it); err != nil {
			return err
		}
		l.jobs[k] = nil
	}
	return nil
}

func (l *lister) done(i int, x *file, o outcome) error {
	it := forensics.Item{
		Exhibit: l.opts.Exhibit, Name: l.opts.Prefix + x.path, Origin: forensics.FromLive, Times: times(x.times),
		Type: o.Type, State: o.State, SizeB: o.SizeB, UnreadB: o.UnreadB, Runs: o.Runs, Doubtful: o.Doubtful, Confidence: o.Confidence, Reason: o.Reason,
	}
	if x.deleted {
		it.Origin = forensics.FromDeleted
	}
	if len(it.Runs) > 0 {
		it.Locators = []forensics.Locator{{Exhibit: l.opts.Exhibit, Runs: it.Runs}}
	}
	l.markUnread(&it)
	if x.doubt != "" {
		it.Confidence = min(it.Confidence, 0.9)
		it.Reason += "; of its entry: " + x.doubt
	}
	return l.emit(i, Found{Item: it})
}

// outcome is what an item says that is not of its entry. Those of all deleted
// files of a volume are in memory at a time.
type outcome struct {
	Type           string
	State          forensics.ItemState
	SizeB, UnreadB int64
	Runs, Doubtful []forensics.ByteRun
	Confidence     float64
	Reason         string
}

// place sets an item's runs and size from clusters: the first sizeB
// bytes of them, with zeros that are stored nowhere behind validB.
func (f *finder) place(it *outcome, e *file, where []span) {
	var runs []forensics.ByteRun
	left, end := min(e.validB, e.sizeB), f.opts.OffsetB+f.fs.HereB()
	for _, s := range where {
		off := f.opts.OffsetB + f.fs.OffsetB(s.first)
		want := min(int64(s.n)*f.fs.ClusterSizeB(), left)
		n := min(want, end-off)
		if n <= 0 {
			break
		}
		if k := len(runs); k > 0 && runs[k-1].OffsetB+runs[k-1].LengthB == off {
			runs[k-1].LengthB += n
		} else {
			runs = append(runs, forensics.ByteRun{OffsetB: off, LengthB: n})
		}
		if left -= n; n < want { // the image ends: what follows would stand at a wrong place
			break
		}
	}
	if rest := e.sizeB - e.validB; rest > 0 && left == 0 {
		runs = append(runs, forensics.ByteRun{OffsetB: forensics.Hole, LengthB: rest})
	}
	it.Runs = runs
	it.SizeB, it.UnreadB = f.sizes(runs)
}

// sizes are how many bytes runs have, and how many of them were not read.
func (f *finder) sizes(runs []forensics.ByteRun) (sizeB, unreadB int64) {
	for _, r := range runs {
		sizeB += r.LengthB
		if r.OffsetB != forensics.Hole {
			unreadB += f.opts.Unread.In(r.OffsetB, r.LengthB)
		}
	}
	return sizeB, unreadB
}

func (f *finder) setRuns(it *forensics.Item, runs []forensics.ByteRun) {
	it.Runs, it.Locators = runs, nil
	it.SizeB, it.UnreadB = f.sizes(runs)
	if len(runs) > 0 {
		it.Locators = []forensics.Locator{{Exhibit: f.opts.Exhibit, Runs: runs}}
	}
}

// live judges a file that is there: the file system vouches for its content.
func (f *finder) live(it *outcome, e *file) error {
	f.place(it, e, e.place)
	it.State, it.Confidence, it.Reason = forensics.Whole, 1, "live file, its cluster chain is complete"
	if it.SizeB < e.sizeB {
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason = fmt.Sprintf("live file, but only %d of %d bytes can be followed: %s", it.SizeB, e.sizeB, e.fault)
	}
	head, err := f.head(it.Runs)
	if err != nil {
		return err
	}
	it.Type = Sniff(f.opts.Types, head)
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
// recognised by content; nil for others.
func typeOfName(types []carve.Type, name string) *carve.Type {
	_, ext, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ".")
	ext = strings.ToLower(ext[strings.LastIndexByte(ext, '.')+1:])
	if ext == "jpeg" || ext == "jpe" {
		ext = "jpg"
	}
	for i := range types {
		if types[i].Ext == ext {
			return &types[i]
		}
	}
	return nil
}
