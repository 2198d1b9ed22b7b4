package recover

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"time"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/formats"
	"firescene/formats/wfs"
)

// WFS lists the recordings of a Xiongmai recorder's disk: those of its index, and
// those whose descriptors are gone, whose fragments are put together where a frame
// that is cut at a fragment's end goes on to exactly where another's frames begin.
// The content of an item is the stream of its pictures without the recorder's
// headers, which plays everywhere; its runs are the fragments that it lies in.
func WFS(ctx context.Context, vol *wfs.Volume, image io.ReaderAt, opts Options) ([]Found, []string, error) {
	videos, unused := vol.Videos()
	doubts := vol.Doubts()
	var found []Found
	for _, x := range videos {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		it := forensics.Item{Exhibit: opts.Exhibit, Origin: forensics.FromLive, Times: recordedTimes(x.From, x.To)}
		if x.Camera > 0 {
			it.Channel = strconv.Itoa(x.Camera)
		}
		it.Name = opts.Prefix + fmt.Sprintf("camera%02d/%s.h264", x.Camera, x.From.Format("2006-01-02 15.04.05"))
		f, ok, err := xmItem(it, wfsRuns(x.Extents, opts.OffsetB), 0, image, opts)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			doubts = append(doubts, fmt.Sprintf("a recording of camera %d from %s to %s is listed, but nothing of it is left", x.Camera, x.From.Format(clockLayout), x.To.Format(clockLayout)))
			continue
		}
		f.Reason = "recording of the index, " + f.Reason
		if x.Fault != "" {
			f.State, f.Confidence = forensics.Partial, min(f.Confidence, 0.6)
			f.Reason += "; " + x.Fault
		}
		found = append(found, f)
	}
	lost, err := wfsLost(ctx, unused, image, opts)
	return append(found, lost...), doubts, err
}

func wfsRuns(es []wfs.Extent, off int64) (runs []forensics.ByteRun) {
	for _, e := range es {
		runs = append(runs, forensics.ByteRun{OffsetB: off + e.OffsetB, LengthB: e.LengthB})
	}
	return runs
}

// xmItem makes the item of the frames in runs from skipB on. ok is false when
// there are none.
func xmItem(it forensics.Item, runs []forensics.ByteRun, skipB int64, image io.ReaderAt, opts Options) (Found, bool, error) {
	r := media.NewRunReader(image, runs)
	w := formats.NewWindow(r, r.Size(), 64<<10)
	content := &picturesOf{r: r}
	s := wfs.Walk(w, skipB, func(at int64, f wfs.Frame) {
		if f.Picture() {
			content.add(at+f.HeaderB, f.DataB)
		}
	})
	if w.Err() != nil || s.Pictures == 0 {
		return Found{}, false, w.Err()
	}
	if it.Type = "h264"; s.HEVC {
		it.Type = "h265"
	}
	it.Runs = cutRuns(runs, s.EndB)
	place(&it, opts)
	it.SizeB = content.size
	it.State, it.Confidence = forensics.Whole, 0.95
	it.Reason = fmt.Sprintf("%d frames, %d of them pictures", s.Frames, s.Pictures)
	if len(it.Times) == 0 && !s.First.IsZero() {
		it.Times = recordedTimes(s.First, s.Last)
	}
	filled, err := onlyFilling(w, s.EndB)
	if err != nil {
		return Found{}, false, err
	}
	switch {
	case !s.KeyFirst || skipB > 0:
		it.State, it.Confidence = forensics.Fragment, 0.6
		it.Reason += "; what was recorded before them is lost"
	case !filled:
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += fmt.Sprintf("; no frame begins at byte %d of the %d that are recorded", s.EndB, r.Size())
	}
	unreadPartial(&it)
	return Found{Item: it, Content: content}, true, nil
}

// onlyFilling reports whether less than a block of zeros or ones is left.
func onlyFilling(w *formats.Window, at int64) (bool, error) {
	const blockB = 4096
	if w.Size()-at > blockB {
		return false, nil
	}
	b := w.At(at, blockB)
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xFF")) == 0, w.Err()
}

// picturesOf reads the data of pictures as one stream.
type picturesOf struct {
	r     io.ReaderAt
	parts []struct{ at, from int64 } // where data lies in r, and in the stream
	size  int64
}

func (p *picturesOf) add(at, n int64) {
	p.parts = append(p.parts, struct{ at, from int64 }{at, p.size})
	p.size += n
}

// ReadAt reads the stream.
func (p *picturesOf) ReadAt(b []byte, off int64) (n int, err error) {
	i := sort.Search(len(p.parts), func(i int) bool { return p.parts[i].from > off }) - 1
	for ; n < len(b) && off < p.size; i++ {
		end := p.size
		if i+1 < len(p.parts) {
			end = p.parts[i+1].from
		}
		k := min(int64(len(b)-n), end-off)
		m, err := p.r.ReadAt(b[n:n+int(k)], p.parts[i].at+off-p.parts[i].from)
		n, off = n+m, off+int64(m)
		if int64(m) < k {
			return n, err
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// xmPart is a fragment that no recording of the index uses.
type xmPart struct {
	e           wfs.Extent
	startB      int64 // where its frames begin
	wantB       int64 // how much of its last frame lies in another fragment; -1 when it ends whole
	first, last time.Time
	next, prev  *xmPart
}

// wfsLost finds recordings in fragments that the index does not name.
func wfsLost(ctx context.Context, unused []wfs.Extent, image io.ReaderAt, opts Options) ([]Found, error) {
	var parts []*xmPart
	byStart := map[int64][]*xmPart{}
	for es := range slices.Chunk(unused, together) {
		key := func() string { return memo.Key("fragments", opts.OffsetB, es) }
		kept, err := memo.Do(ctx, opts.Memo, key, func() ([]keptXM, error) { return scanXMs(ctx, es, image, opts.OffsetB) })
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			p := &xmPart{e: k.Extent, startB: k.StartB, wantB: k.WantB, first: k.First, last: k.Last}
			parts = append(parts, p)
			byStart[p.startB] = append(byStart[p.startB], p)
		}
	}
	for _, p := range parts {
		if p.wantB < 0 {
			continue
		}
		var fit []*xmPart
		for _, q := range byStart[p.wantB] {
			if q != p && q.prev == nil && near(p, q) {
				fit = append(fit, q)
			}
		}
		// Of those that fit by their frames, the next by time; two of the same time
		// are two cameras, of which frames do not tell.
		sort.SliceStable(fit, func(i, j int) bool { return fit[i].first.Before(fit[j].first) })
		if len(fit) == 1 || len(fit) > 1 && fit[0].first.Before(fit[1].first) {
			p.next, fit[0].prev = fit[0], p
		}
	}
	var found []Found
	done := map[*xmPart]bool{}
	for _, p := range parts {
		if p.prev != nil || done[p] {
			continue
		}
		var es []wfs.Extent
		for q := p; q != nil && !done[q]; q = q.next {
			done[q] = true
			es = append(es, q.e)
		}
		it := forensics.Item{Exhibit: opts.Exhibit, Origin: forensics.FromCarving}
		f, ok, err := xmItem(it, wfsRuns(es, opts.OffsetB), p.startB, image, opts)
		if err != nil {
			return nil, err
		}
		if ok {
			f.Reason = fmt.Sprintf("in %d fragments that the index does not name; ", len(es)) + f.Reason + "; frames do not tell their camera"
			found = append(found, f)
		}
	}
	return found, nil
}

// near reports whether q may be recorded directly behind p.
func near(p, q *xmPart) bool {
	if p.last.IsZero() || q.first.IsZero() {
		return true
	}
	d := q.first.Sub(p.last)
	return d >= 0 && d <= time.Minute
}

// leastXM is how many frames must follow each other for a beginning of them to be
// believed.
const leastXM = 3

// keptXM is a fragment as a scan leaves it.
type keptXM struct {
	Extent        wfs.Extent
	StartB, WantB int64
	First, Last   time.Time
}

// together is how many fragments are one unit of work.
const together = 64

// scanXMs finds the fragments that hold frames.
func scanXMs(ctx context.Context, es []wfs.Extent, image io.ReaderAt, off int64) (out []keptXM, err error) {
	for _, e := range es {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p, err := scanXM(e, image, off)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out = append(out, keptXM{p.e, p.startB, p.wantB, p.first, p.last})
		}
	}
	return out, nil
}

// scanXM finds where frames begin in a fragment; nil when nowhere.
func scanXM(e wfs.Extent, image io.ReaderAt, off int64) (*xmPart, error) {
	const windowB = 256 << 10
	w := formats.NewWindow(io.NewSectionReader(image, off+e.OffsetB, e.LengthB), e.LengthB, windowB)
	for at := int64(0); at < e.LengthB; {
		b := w.At(at, windowB)
		if len(b) < 8 {
			break
		}
		i := bytes.Index(b, []byte("\x00\x00\x01"))
		if i < 0 {
			at += int64(len(b) - 2)
			continue
		}
		at += int64(i)
		if s := wfs.Walk(w, at, nil); s.Frames >= leastXM {
			p := &xmPart{e: e, startB: at, wantB: -1, first: s.First, last: s.Last}
			if s.NeedB > 0 {
				p.wantB = s.NeedB - e.LengthB
			}
			return p, w.Err()
		}
		at += 3
	}
	return nil, w.Err()
}
