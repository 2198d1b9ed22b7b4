package recover

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/dhav"
)

// DHAVStreams finds the recordings of a medium that holds bare DHAV frames,
// without a file system that could be read: the frames of each channel are put
// in order by their numbers and times over the chunks of other channels and over
// what was overwritten. A frame that is cut goes on where its header's length, its
// trailer and the number of the next frame say so. sizeB is of the image.
func DHAVStreams(ctx context.Context, image io.ReaderAt, sizeB int64, opts Options) ([]Found, error) {
	return dhavRegions(ctx, image, []region{{0, sizeB, false}}, opts)
}

// JoinDHAV puts recordings together when a scan met frames of a recorder: it
// returns them, and the finds without the frames that they hold. Without such
// finds it does nothing.
func JoinDHAV(ctx context.Context, image io.ReaderAt, sizeB int64, finds []carve.Find, opts Options) ([]Found, []carve.Find, error) {
	frames := func(f carve.Find) bool { return f.Type != nil && f.Type.Name == "dav" && len(f.Path) == 0 }
	if !slices.ContainsFunc(finds, frames) {
		return nil, finds, nil
	}
	streams, err := DHAVStreams(ctx, image, sizeB, opts)
	if err != nil {
		return nil, nil, err
	}
	var runs []forensics.ByteRun
	for _, s := range streams {
		runs = append(runs, s.Runs...)
	}
	slices.SortFunc(runs, func(a, b forensics.ByteRun) int { return cmp.Compare(a.OffsetB, b.OffsetB) })
	held := func(f carve.Find) bool {
		i, _ := slices.BinarySearchFunc(runs, f.OffsetB, func(r forensics.ByteRun, at int64) int { return cmp.Compare(r.OffsetB+r.LengthB, at+1) })
		return frames(f) && i < len(runs) && runs[i].OffsetB <= f.OffsetB
	}
	return streams, slices.DeleteFunc(slices.Clone(finds), held), nil
}

// dhavRegions finds recordings in regions, all exact or none.
func dhavRegions(ctx context.Context, image io.ReaderAt, regions []region, opts Options) ([]Found, error) {
	l := &linker{image: image}
	for _, g := range regions {
		ps, err := scanRegion(ctx, image, g, opts)
		if err != nil {
			return nil, err
		}
		l.exact = g.exact
		l.pieces = append(l.pieces, ps...)
	}
	l.link()
	heads := l.chains()
	if !l.exact {
		settle(heads)
	}
	var found []Found
	for _, r := range bridge(heads) {
		if f, ok := r.item(image, opts); ok {
			found = append(found, f)
		}
	}
	return found, nil
}

// recording is one or more chains of pieces of one recording, in order; between
// chains something is lost.
type recording struct {
	parts []*piece // first pieces
}

// end is the last piece of a chain.
func (p *piece) end() *piece {
	for p.next != nil {
		p = p.next
	}
	return p
}

// pictures are the first and the last picture of a chain.
func (p *piece) pictures() (first, last dhav.Frame, n int64) {
	for ; p != nil; p = p.next {
		if p.Pictures > 0 {
			if n == 0 {
				first = p.FirstPicture
			}
			last = p.LastPicture
			n += p.Pictures
		}
	}
	return first, last, n
}

// Bounds of what may be lost between two parts of one recording.
const (
	maxLostS    = 3600
	maxLostPics = 200000
)

// bridge joins chains of one recording over lost frames: the same channel, numbers
// that go on, and a time between them that the recording's rate explains. Where
// more than one chain would do, none is taken.
func bridge(heads []*piece) (out []recording) {
	byChannel := map[int][]*piece{}
	for _, h := range heads {
		if f, _, n := h.pictures(); n > 0 {
			byChannel[f.Channel] = append(byChannel[f.Channel], h)
		}
	}
	const maxTries = 2000 // chains of one channel
	next, prev := map[*piece]*piece{}, map[*piece]bool{}
	for _, hs := range byChannel {
		if len(hs) > maxTries {
			continue
		}
		for _, a := range hs {
			var best *piece
			several := false
			for _, b := range hs {
				if a != b && !prev[b] && lostBetween(a, b) > 0 {
					several = best != nil
					if best == nil || lostBetween(a, b) < lostBetween(a, best) {
						best = b
					}
				}
			}
			// what is further off than the nearest may be the rest of it
			if best != nil && (!several || onlyNearest(a, best, hs)) {
				next[a], prev[best] = best, true
			}
		}
	}
	for _, h := range heads {
		if prev[h] {
			continue
		}
		r := recording{parts: []*piece{h}}
		for p := next[h]; p != nil; p = next[p] {
			r.parts = append(r.parts, p)
		}
		out = append(out, r)
	}
	return out
}

// onlyNearest reports whether all other chains that might follow a also follow
// best, so that they are no rivals of it.
func onlyNearest(a, best *piece, hs []*piece) bool {
	for _, b := range hs {
		if b != a && b != best && lostBetween(a, b) > 0 && lostBetween(best, b) <= 0 {
			return false
		}
	}
	return true
}

// lostBetween is how many pictures are missing when chain b is a later part of
// chain a's recording; 0 when it is not.
func lostBetween(a, b *piece) int64 {
	first, last, n := a.pictures()
	then, _, m := b.pictures()
	if n == 0 || m == 0 || then.Number <= last.Number {
		return 0
	}
	lost := int64(then.Number-last.Number) - 1
	dt := then.Time().Sub(last.Time()).Seconds()
	run := last.Time().Sub(first.Time()).Seconds()
	if lost < 1 || lost > maxLostPics || dt < 0 || dt > maxLostS || run < 2 {
		return 0
	}
	rate := float64(last.Number-first.Number) / (run + 0.5)
	if want := float64(lost+1) / rate; math.Abs(want-dt) > 2+0.25*dt {
		return 0
	}
	return lost
}

// item makes the item of a recording.
func (r recording) item(image io.ReaderAt, opts Options) (Found, bool) {
	var (
		it             forensics.Item
		frames, lost   int64
		cut            int64 // frames whose place is known but not their border
		first, last    dhav.Frame
		begun, settled bool
	)
	add := func(from, to int64) {
		if k := len(it.Runs); k > 0 && it.Runs[k-1].OffsetB+it.Runs[k-1].LengthB == from {
			it.Runs[k-1].LengthB += to - from
		} else if to > from {
			it.Runs = append(it.Runs, forensics.ByteRun{OffsetB: from, LengthB: to - from})
		}
	}
	for i, h := range r.parts {
		if i > 0 {
			lost += lostBetween(r.parts[i-1], h)
		}
		at := h.startB
		for p := h; p != nil; p = p.next {
			if p.Frames > 0 {
				if !begun {
					first, begun = p.First, true
				}
				last = p.Last
				frames += p.Frames
			}
			switch {
			case p.next == nil:
				add(at, p.EndB)
			case p.joined:
				add(at, p.joinEnd)
				at = p.joinStart
				if p.join > 0 {
					frames++
					if p.headed && !begun {
						first, begun = p.head, true
					}
					if p.headed && p.next.Frames == 0 {
						last = p.head
					}
				}
			default:
				add(at, p.EndB)
				at = p.next.startB
				cut++
			}
			settled = settled || p.joined
		}
	}
	if frames == 0 || !begun {
		return Found{}, false
	}
	h, e := r.parts[0], r.parts[len(r.parts)-1].end()
	it.Exhibit, it.Type, it.Origin, it.Channel = opts.Exhibit, "dav", forensics.FromCarving, strconv.Itoa(first.Channel+1)
	it.Times = recordedTimes(first.Time(), last.Time())
	place(&it, opts)
	it.Reason = fmt.Sprintf("%d frames of %s to %s", frames, first, last.Time().Format(clockLayout))
	switch {
	case first.Kind != dhav.Key || h.tailB > 0:
		it.State, it.Confidence = forensics.Fragment, 0.7
		it.Reason += "; what was recorded before them is lost"
	case lost+cut > 0 || e.headed || e.headCut:
		it.State, it.Confidence = forensics.Partial, 0.7
	default:
		it.State, it.Confidence = forensics.Whole, 0.9
		it.Reason += ", every number in its place, each with its check sum and trailer"
	}
	if lost > 0 {
		it.Reason += fmt.Sprintf("; %d pictures between them are lost", lost)
	}
	if cut > 0 {
		it.Reason += fmt.Sprintf("; %d frames are left out, as it is not known where they were cut", cut)
	}
	if e.headed || e.headCut {
		it.Reason += "; the frame behind the last is cut and does not go on anywhere"
	}
	if n := len(it.Runs); n > 1 {
		it.Reason += fmt.Sprintf("; put together from %d places", n)
	}
	verify(&it, image)
	unreadPartial(&it)
	return Found{Item: it}, true
}

// clockLayout prints times as a recorder's clock showed them: no zone is known.
const clockLayout = "2006-01-02 15:04:05"

func recordedTimes(from, to time.Time) []forensics.ItemTime {
	return []forensics.ItemTime{{What: "recorded from", Raw: from.Format(clockLayout)}, {What: "recorded to", Raw: to.Format(clockLayout)}}
}

// place sets size, unread bytes and locator of an item from its runs.
func place(it *forensics.Item, opts Options) {
	it.SizeB, it.UnreadB, it.Locators = 0, 0, nil
	for _, r := range it.Runs {
		it.SizeB += r.LengthB
		it.UnreadB += opts.Unread.In(r.OffsetB, r.LengthB)
	}
	if len(it.Runs) > 0 {
		it.Locators = []forensics.Locator{{Exhibit: opts.Exhibit, Runs: it.Runs}}
	}
}

// verify walks a whole item once more as one stream: what does not come out is
// not whole.
func verify(it *forensics.Item, image io.ReaderAt) {
	if it.State != forensics.Whole {
		return
	}
	w := formats.NewWindow(media.NewRunReader(image, it.Runs), it.SizeB, 64<<10)
	if s := dhav.Walk(w, 0, nil); s.EndB != it.SizeB {
		it.State, it.Confidence = forensics.Partial, 0.5
		it.Reason += fmt.Sprintf("; put together, its frames can be followed to byte %d only", s.EndB)
	}
}

// unreadPartial makes an item partial when sectors of it were not read.
func unreadPartial(it *forensics.Item) {
	if it.UnreadB == 0 {
		return
	}
	if it.State == forensics.Whole {
		it.State = forensics.Partial
	}
	it.Confidence = min(it.Confidence, 0.5)
	it.Reason += fmt.Sprintf("; %d bytes lie in sectors that could not be read and are filling, not content", it.UnreadB)
}
