package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/forensics/recover"
	"firescene/formats"
)

// memoryB is what a recovery uses in all before it collects more often.
const memoryB = 224 << 20

// runMediaRecover recovers everything it can from one image. This is the whole
// flow of the media stage: lay out, list file systems, scan and hash, join
// pieces, write, records, hash again.
func runMediaRecover(ctx context.Context, opts mediaOptions, report progressFunc) (mediaSummary, error) {
	began := time.Now()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryB))
	if err := opts.check(); err != nil {
		return mediaSummary{}, err
	}
	known, err := readKnown(opts.Known)
	if err != nil {
		return mediaSummary{}, usageError{err}
	}
	im, err := openImage(opts.Image, opts.Beside)
	if err != nil {
		return mediaSummary{}, err
	}
	defer im.Close()
	step := opts.step(im, known)
	layout, err := im.LayoutContext(ctx)
	if err != nil {
		return mediaSummary{}, err
	}
	if old, err := finishedMedia(ctx, opts, im, step, report); err != nil {
		return mediaSummary{}, err
	} else if old != nil {
		return resumedSummary(opts, im, layout, *old)
	}
	dir, err := openWork(opts, step)
	if err != nil {
		return mediaSummary{}, err
	}
	sum := mediaSummary{Image: opts.Image, Format: im.Format, Files: len(im.Files), SizeB: im.SizeB, Out: opts.Out}
	sum.addLayout(layout)
	sum.Warnings = append(sum.Warnings, im.Warnings...)
	before, err := firstHash(ctx, im, dir, &sum, report)
	if err != nil {
		return mediaSummary{}, err
	}
	if err := sameAsBefore(dir, before); err != nil {
		return mediaSummary{}, err
	}
	units, err := openMemo(im, dir, unitsFile)
	if err != nil {
		return mediaSummary{}, err
	}
	defer units.close()
	listed, err := newListedItems(dir)
	if err != nil {
		return mediaSummary{}, err
	}
	defer listed.close()
	if !opts.CarveOnly {
		if err := listVolumes(ctx, opts, im, layout, units, listed, &sum, report); err != nil {
			return mediaSummary{}, err
		}
	}
	// From here on little stays in memory, and much is used once.
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	taken := joinRuns(listed.covered)
	finds, scanned, coded, err := scan(ctx, opts, im, taken, dir, report)
	if err != nil {
		return mediaSummary{}, err
	}
	streams, finds, err := recover.JoinDHAV(ctx, im, im.SizeB, finds, recover.Options{Exhibit: opts.Exhibit, Unread: im.Unread, Memo: units,
		Report: func(done, total int) { report("frames", int64(done)<<20, int64(total)<<20) }})
	if err != nil {
		return mediaSummary{}, err
	}
	for _, f := range streams {
		if err := listed.put(len(listed.at), f); err != nil {
			return mediaSummary{}, err
		}
		taken = append(taken, covered(f.Item)...)
	}
	taken = joinRuns(taken)
	listed.covered = nil
	if finds, err = joinPieces(ctx, opts, im, taken, finds, coded, units, report); err != nil {
		return mediaSummary{}, err
	}
	if err := recover.JoinParameterSets(ctx, im, finds); err != nil {
		return mediaSummary{}, err
	}
	if err := units.close(); err != nil {
		return mediaSummary{}, err
	}
	before = cmp.Or(before, scanned)
	if err := sameAsBefore(dir, before); err != nil {
		return mediaSummary{}, err
	}
	w, err := newMediaWriter(opts, im, known, dir)
	if err != nil {
		return mediaSummary{}, err
	}
	defer w.close()
	w.hosts = &listed.hosts
	w.hosts.carved(finds)
	if err := writeItems(ctx, w, listed, finds, report); err != nil {
		return mediaSummary{}, err
	}
	if err := writeRecords(ctx, w, layout, &sum, report); err != nil {
		return mediaSummary{}, err
	}
	after, err := lastHash(ctx, im, dir, report)
	if err != nil {
		return mediaSummary{}, err
	}
	if after != before {
		w.close()
		os.RemoveAll(dir)
		return mediaSummary{}, fmt.Errorf("%s changed while it was read: SHA-256 %s before, %s after; nothing was written; find out what writes to it, then work on a copy", opts.Image, before, after)
	}
	sum.Hashes.SHA256 = before
	if err := w.writeLists(before); err != nil {
		return mediaSummary{}, err
	}
	if err := sum.countAll(w.dir); err != nil {
		return mediaSummary{}, err
	}
	if len(layout.Volumes) == 0 && sum.Items == 0 {
		sum.Failed = append(sum.Failed, forensics.Failure{Input: opts.Image, Reason: "nothing was found in it: no partition table, no file system and no file",
			Next: "check that it is an image of a storage medium; one that was compressed as a file is unpacked first"})
	}
	step.Inputs[0].SHA256 = before
	step.Params["sha256_before"], step.Params["sha256_after"] = before, after
	step.In, step.Out = 1, sum.Items
	step.Failed, step.Warnings = sum.Failed, sum.Warnings
	outputs, err := w.outputs()
	if err != nil {
		return mediaSummary{}, err
	}
	defer os.Remove(outputs)
	if err := w.commit(ctx); err != nil {
		return mediaSummary{}, err
	}
	step.Seconds = seconds(began)
	return sum, writeStepWith(opts.Out, step, outputs)
}

// check refuses options that can not be meant, and fills in defaults.
func (o *mediaOptions) check() error {
	if o.Out == "" {
		return usageError{errors.New("give an output folder with -o DIR")}
	}
	if o.Exhibit == "" {
		o.Exhibit = "IMG"
	}
	if l, err := forensics.ParseLocator(o.Exhibit); err != nil || l.Exhibit != o.Exhibit {
		return usageError{fmt.Errorf("exhibit ID %q: give letters and digits", o.Exhibit)}
	}
	if o.SkipKnown && len(o.Known) == 0 {
		return usageError{errors.New("--skip-known needs a list: give one with --known FILE")}
	}
	return nil
}

// openImage opens an image and refuses what can not be one.
func openImage(path string, beside []string) (*media.Image, error) {
	open := media.Open
	if beside != nil {
		open = func(path string) (*media.Image, error) { return media.OpenFiles(path, beside) }
	}
	im, err := open(path)
	if err != nil {
		return nil, err
	}
	if im.FilesB == 0 {
		im.Close()
		return nil, fmt.Errorf("%s is empty; image the medium again, or check that the file was copied whole", path)
	}
	return im, nil
}

// step is the record of the work that opts asks for, but for the image's hash.
func (o mediaOptions) step(im *media.Image, known *knownFiles) forensics.Step {
	var names []string
	for _, f := range im.Files {
		names = append(names, filepath.Base(f))
	}
	return forensics.Step{
		Stage:  "media",
		Inputs: []forensics.FileHash{{Path: strings.Join(names, " "), SizeB: im.FilesB}},
		Params: map[string]string{
			"exhibit": o.Exhibit, "carve_only": strconv.FormatBool(o.CarveOnly), "aligned_only": strconv.FormatBool(o.AlignedOnly),
			"thumbs": strconv.FormatBool(!o.NoThumbs), "unread_bytes": strconv.FormatInt(im.Unread.Total(), 10),
			"known": known.digest, "skip_known": strconv.FormatBool(o.SkipKnown), "live_rows": strconv.FormatBool(o.LiveRows), "format": im.Format,
		},
		Failed: []forensics.Failure{}, Warnings: []string{},
	}
}

// finishedMedia returns the record of an earlier run when its outcome still
// stands: the same image, parameters and outputs.
func finishedMedia(ctx context.Context, opts mediaOptions, im *media.Image, want forensics.Step, report progressFunc) (*forensics.Step, error) {
	old, err := readStep(opts.Out)
	if err != nil || opts.Force || len(old.Inputs) != 1 || old.Inputs[0].SizeB != im.FilesB {
		return nil, nil // whatever is there, it is not this work
	}
	sha, err := im.FilesSHA256(ctx, func(done int64) { report("hash", done, im.FilesB) })
	if err != nil {
		return nil, err
	}
	want.Inputs = []forensics.FileHash{{SHA256: sha}}
	if !sameWork(old, want, opts.Out) {
		return nil, nil
	}
	return &old, nil
}

// openWork makes the working folder, or keeps that of a run that was cut off when
// it did the same work.
func openWork(opts mediaOptions, step forensics.Step) (string, error) {
	dir := filepath.Join(opts.Out, workDir)
	step.Program = "firescene " + version
	var old forensics.Step
	const file = "work.json"
	if err := readJSON(filepath.Join(dir, file), &old); err == nil && !opts.Force && old.Program == step.Program && sameWork(old, step, dir) && old.Inputs[0].SizeB == step.Inputs[0].SizeB {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, writeJSON(filepath.Join(dir, file), step)
}

// sameAsBefore keeps the hash of the image in the working folder. When a run that
// was cut off had another one, what that run has done is of another image: it is
// removed, and the error says so. An empty hash is not known yet.
func sameAsBefore(dir, sha256 string) error {
	if sha256 == "" {
		return nil
	}
	file := filepath.Join(dir, "image.sha256")
	old, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return writeFile(file, []byte(sha256))
	case err != nil:
		return err
	case string(old) == sha256:
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return fmt.Errorf("the image is not the one that the interrupted run worked on: its SHA-256 was %s and is %s; what that run had done was removed; run the command again", old, sha256)
}

// firstHash checks an image that holds its own hashes and hashes the files of one
// that is not raw; a raw image is hashed by its scan.
func firstHash(ctx context.Context, im *media.Image, dir string, sum *mediaSummary, report progressFunc) (_ string, err error) {
	defer func() { sum.UnreadB = im.Unread.Total() }()
	if im.Raw() {
		return "", nil
	}
	passes, err := openMemo(im, dir, firstFile)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, passes.close()) }()
	faults, err := im.VerifyFrom(ctx, passes.pass("verify"), func(done int64) { report("verify", done, im.SizeB) })
	if err != nil {
		return "", err
	}
	for _, f := range faults {
		sum.Failed = append(sum.Failed, forensics.Failure{Input: im.Path, Reason: "the image does not agree with its own check sums: " + f,
			Next: "compare it with the original image; damaged parts are treated as unread"})
	}
	return im.FilesSHA256From(ctx, passes.pass("hash"), func(done int64) { report("hash", done, im.FilesB) })
}

// lastHash hashes the files again when all else is done. Run again after it was cut
// off, it goes on only if the files have the times that they had.
func lastHash(ctx context.Context, im *media.Image, dir string, report progressFunc) (_ string, err error) {
	passes, err := openMemo(im, dir, lastFile)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, passes.close()) }()
	return im.FilesSHA256From(ctx, passes.pass("hash again"), func(done int64) { report("hash again", done, im.FilesB) })
}

// listVolumes lists the files of all volumes. A volume that fails is noted and
// the rest goes on.
func listVolumes(ctx context.Context, opts mediaOptions, im *media.Image, layout media.Layout, units memo.Store, listed *listedItems, sum *mediaSummary, report progressFunc) error {
	for i, v := range layout.Volumes {
		o := recover.Options{Exhibit: opts.Exhibit, Prefix: volumePrefix(layout, v), Memo: units}
		o.Report = func(done, total int) { report("list", int64(done), int64(total)) }
		first, runs, archives := len(listed.at), len(listed.covered), len(listed.hosts.archives)
		var failed error // of the list itself
		doubts, err := listVolume(ctx, v, im, o, func(at int, f recover.Found) error {
			failed = listed.put(first+at, f)
			return failed
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if failed != nil {
			return failed
		}
		if errors.Is(err, memo.ErrStore) {
			return err
		}
		if err != nil {
			listed.cut(first, runs, archives)
			sum.Failed = append(sum.Failed, forensics.Failure{Input: fmt.Sprintf("%s, volume at byte %d", opts.Image, v.OffsetB), Reason: err.Error(), Next: "its files are looked for by carving"})
		}
		sum.Volumes[i].Warnings = doubts
		report("list", int64(i+1), int64(len(layout.Volumes)))
	}
	return nil
}

// volumePrefix tells the paths of several volumes apart.
func volumePrefix(l media.Layout, v media.Volume) string {
	if len(l.Volumes) < 2 {
		return ""
	}
	return fmt.Sprintf("p%d/", v.Number)
}

// listVolume lists the files of a volume; none when its file system is not read.
func listVolume(ctx context.Context, v media.Volume, im *media.Image, o recover.Options, emit recover.Emit) ([]string, error) {
	o.Unread, o.Strays = im.Unread, true
	doubts, err := recover.Each(ctx, v, im, o, emit)
	if formats.IsUnsupported(err) {
		err = nil // the layout says so already
	}
	return doubts, err
}

// covered lists the ranges of an item that need no carving: of a whole one that a
// live file or a proved content vouches for.
func covered(it forensics.Item) (runs []forensics.ByteRun) {
	// frames of recorders are proved one by one, also where others are missing
	if it.State == forensics.Whole && it.Confidence >= 0.9 || it.Type == "dav" {
		for _, r := range it.Runs {
			if r.OffsetB != forensics.Hole {
				runs = append(runs, r)
			}
		}
	}
	return runs
}

// joinRuns sorts runs and joins those that touch or overlap, as those of
// cross-linked files do.
func joinRuns(runs []forensics.ByteRun) []forensics.ByteRun {
	sort.Slice(runs, func(i, j int) bool { return runs[i].OffsetB < runs[j].OffsetB })
	out := runs[:0]
	for _, r := range runs {
		if n := len(out); n > 0 && r.OffsetB <= out[n-1].OffsetB+out[n-1].LengthB {
			out[n-1].LengthB = max(out[n-1].LengthB, r.OffsetB+r.LengthB-out[n-1].OffsetB)
			continue
		}
		out = append(out, r)
	}
	return slices.Clip(out)
}

// writeItems writes the files that file systems name, then what the scan found, and
// last what is a part of those: a part with the bytes of a file is a further place
// of it.
func writeItems(ctx context.Context, w *mediaWriter, listed *listedItems, finds []carve.Find, report progressFunc) error {
	total := len(listed.at) + len(finds)
	next, stop := iter.Pull2(w.jobs(listed, finds))
	defer stop()
	return w.writeAll(ctx, func() (writeJob, error) {
		job, err, more := next()
		if !more {
			err = io.EOF
		}
		return job, err
	}, func(done int) { report("write", int64(done), int64(total)) })
}

// jobs gives what is to be written, in order; it ends behind an error.
func (w *mediaWriter) jobs(listed *listedItems, finds []carve.Find) iter.Seq2[writeJob, error] {
	return func(yield func(writeJob, error) bool) {
		var one sync.Mutex // what decodes content shares the caches of its volume
		caches, compound := false, false
		for f, err := range listed.all() {
			job := writeJob{item: f.Item}
			if f.Content != nil {
				job.content = func() (io.ReaderAt, error) { return &oneAtATime{&one, f.Content}, nil }
			}
			caches, compound = caches || holdsThumbs(f), compound || mayBeThumbsDB(f)
			if !yield(job, err) || err != nil {
				return
			}
		}
		for _, parts := range []bool{false, true} {
			if parts && !w.namedThumbs(listed, compound, finds, yield) {
				return
			}
			for _, f := range finds {
				if job := w.found(f); (folderOf(job.item) == "embedded") == parts && !yield(job, nil) {
					return
				}
			}
		}
		if !caches {
			return
		}
		for f, err := range listed.all() {
			if err == nil && !holdsThumbs(f) {
				continue
			}
			var jobs []writeJob
			if err == nil {
				jobs, err = w.cached(f.Item)
			}
			for _, job := range jobs {
				if !yield(job, nil) {
					return
				}
			}
			if err != nil {
				yield(writeJob{}, err)
				return
			}
		}
	}
}

// oneAtATime lets one goroutine at a time read.
type oneAtATime struct {
	mu *sync.Mutex
	r  io.ReaderAt
}

func (o *oneAtATime) ReadAt(p []byte, off int64) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.r.ReadAt(p, off)
}

// found turns a find of the scan into an item.
func (w *mediaWriter) found(f carve.Find) writeJob {
	it := forensics.Item{
		Exhibit: w.opts.Exhibit, Type: f.Type.Name, Origin: forensics.FromCarving, State: f.State, SizeB: f.LengthB,
		Confidence: f.Confidence, Reason: f.Reason, Times: f.Times,
	}
	if f.Kind != "" {
		it.Type = f.Kind
	}
	runs := f.Runs
	if runs == nil {
		runs = []forensics.ByteRun{{OffsetB: f.OffsetB, LengthB: f.LengthB}}
	}
	it.Locators = []forensics.Locator{{Exhibit: w.opts.Exhibit, Path: f.Path, Runs: runs}}
	it.Wraps = f.Wraps
	switch host := w.hosts.of(&f); {
	case host != "":
		it.Host = host
	case f.Inside && len(f.Path) == 0: // what had to be decoded stands in no other item as it is
		it.Host = cmp.Or(f.Host, "another file")
	}
	if !f.Aligned {
		it.Reason += "; inside other data, not at a sector boundary"
		if f.Host != "" {
			it.Reason += ": " + f.Host
		}
	}
	if len(f.Path) > 0 {
		l := it.Locators[0]
		return writeJob{item: it, content: func() (io.ReaderAt, error) {
			var b bytes.Buffer
			err := media.ReadLocator(w.im, w.im.SizeB, l, &b)
			return bytes.NewReader(b.Bytes()), err
		}}
	}
	it.Runs = runs
	for _, r := range runs {
		it.UnreadB += w.im.Unread.In(r.OffsetB, r.LengthB)
	}
	return writeJob{item: it}
}

// resumedSummary is the summary of an output that is finished already.
func resumedSummary(opts mediaOptions, im *media.Image, layout media.Layout, old forensics.Step) (mediaSummary, error) {
	sum := mediaSummary{Image: opts.Image, Format: im.Format, Files: len(im.Files), SizeB: im.SizeB, Hashes: media.Hashes{SHA256: old.Inputs[0].SHA256}, UnreadB: im.Unread.Total(), Out: opts.Out, Resumed: true}
	sum.addLayout(layout)
	sum.Warnings, sum.Failed = old.Warnings, old.Failed
	return sum, sum.countAll(opts.Out)
}
