package recover

import (
	"bytes"
	"context"
	"io"

	"firescene/forensics/memo"
	"firescene/formats"
	"firescene/formats/dhav"
)

// dvrSectorB is what recorders align chunks of a recording to.
const dvrSectorB = 512

// piece is a stretch of frames of one recording that follow each other on the
// medium, with what is known of the chunk that it lies in. All offsets are of the
// image; bounds of a chunk are multiples of a sector.
type piece struct {
	dhav.Stream
	startB int64 // where the first complete frame begins; EndB is where the last ends
	// tailB is the length of a frame whose end stands directly before startB, 0
	// when there is none.
	tailB int64
	// head is the frame that begins at EndB and is cut, when headed; its header may
	// be cut itself, which headCut tells.
	head            dhav.Frame
	headed, headCut bool
	// The chunk begins in [startLo, startHi] and ends in [endLo, endHi].
	startLo, startHi, endLo, endHi int64

	next, prev *piece
	// join is the length of the frame that lies across the link to next, 0 when
	// both sides are whole frames. joinEnd and joinStart are where the chunk of this
	// piece ends and that of the next begins, once they are known.
	join               int64
	joined             bool
	joinEnd, joinStart int64
}

// firstNumber is the number of the first picture in a piece.
func (p *piece) firstNumber() (dhav.Frame, bool) {
	if p.Pictures > 0 {
		return p.FirstPicture, true
	}
	return p.head, p.headed && p.head.Picture()
}

// region is a range of the image to look for frames in. When exact, it is one
// chunk: frames that are cut are cut at its bounds.
type region struct {
	fromB, toB int64
	exact      bool
}

// framePartB is about how much of a region is one unit of work; tests make it less.
var framePartB = int64(64 << 20)

// framePart is what a unit of work found: pieces, where it stopped, and where the
// last piece ends.
type framePart struct {
	Pieces   []keptPiece
	At, Done int64
}

// keptPiece is a piece as a scan leaves it.
type keptPiece struct {
	Stream                         dhav.Stream
	StartB, TailB                  int64
	Head                           dhav.Frame
	Headed, HeadCut                bool
	StartLo, StartHi, EndLo, EndHi int64
}

func (k keptPiece) piece() *piece {
	return &piece{Stream: k.Stream, startB: k.StartB, tailB: k.TailB, head: k.Head, headed: k.Headed, headCut: k.HeadCut, startLo: k.StartLo, startHi: k.StartHi, endLo: k.EndLo, endHi: k.EndHi}
}

func (p *piece) kept() keptPiece {
	return keptPiece{p.Stream, p.startB, p.tailB, p.head, p.headed, p.headCut, p.startLo, p.startHi, p.endLo, p.endHi}
}

// scanRegion finds the pieces in a region.
func scanRegion(ctx context.Context, image io.ReaderAt, g region, opts Options) ([]*piece, error) {
	var out []*piece
	for at, done := g.fromB, g.fromB; at < g.toB; {
		key := func() string { return memo.Key("frames", g.fromB, g.toB, g.exact, at, done) }
		part, err := memo.Do(ctx, opts.Memo, key, func() (framePart, error) { return scanFrames(ctx, image, g, at, done) })
		if err != nil {
			return nil, err
		}
		for _, k := range part.Pieces {
			out = append(out, k.piece())
		}
		at, done = part.At, part.Done
		opts.report(int(at>>20), int(g.toB>>20))
	}
	clip(out, g.exact)
	return out, nil
}

// scanFrames finds the pieces from at on, up to about framePartB further. done is
// where the piece before ends.
func scanFrames(ctx context.Context, image io.ReaderAt, g region, at, done int64) (out framePart, err error) {
	const windowB = 1 << 20
	w := formats.NewWindow(image, g.toB, windowB)
	for stop := at + framePartB; at < min(stop, g.toB); {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		b := w.At(at, windowB)
		if len(b) < dhav.TrailerB {
			at = g.toB
			break
		}
		i := nextMark(b)
		if i < 0 {
			at += int64(len(b) - 3)
			continue
		}
		at += int64(i)
		if _, ok := dhav.Parse(w.At(at, dhav.HeaderB)); ok {
			p := &piece{startB: at, Stream: dhav.Walk(w, at, nil)}
			p.bounds(w, g, done)
			if p.Frames > 0 || p.headed {
				out.Pieces = append(out.Pieces, p.kept())
			}
			at = p.EndB
			if p.Cut {
				at += dhav.HeaderB
			}
			done = at
			continue
		}
		if n, ok := dhav.ParseTrailer(w.At(at, dhav.TrailerB)); ok {
			end := at + dhav.TrailerB
			if _, ok := dhav.Parse(w.At(end, dhav.HeaderB)); !ok {
				// the last frame of a recording, cut: nothing of it has a header here
				p := &piece{startB: end, Stream: dhav.Stream{EndB: end}, tailB: n}
				p.bounds(w, g, done)
				out.Pieces = append(out.Pieces, p.kept())
				done = end
			}
			at = end
			continue
		}
		at += 4
	}
	out.At, out.Done = at, done
	return out, w.Err()
}

// nextMark is where the next header or trailer may begin in b, -1 for nowhere.
func nextMark(b []byte) int {
	i, j := bytes.Index(b, []byte(dhav.Magic)), -1
	if i < 0 {
		j = bytes.Index(b, []byte(dhav.Trailer))
	} else {
		j = bytes.Index(b[:i], []byte(dhav.Trailer))
	}
	if j >= 0 {
		return j
	}
	return i
}

func roundUp(n int64) int64 { return (n + dvrSectorB - 1) / dvrSectorB * dvrSectorB }

func roundDown(n int64) int64 { return n / dvrSectorB * dvrSectorB }

// bounds tells where the chunk of a piece may begin and end. done is where the
// piece before it on the medium ends.
func (p *piece) bounds(w *formats.Window, g region, done int64) {
	if p.tailB == 0 && p.startB-dhav.TrailerB >= done {
		p.tailB, _ = dhav.ParseTrailer(w.At(p.startB-dhav.TrailerB, dhav.TrailerB))
	}
	first := done == g.fromB
	switch {
	case g.exact && first:
		p.startLo, p.startHi = g.fromB, g.fromB
	case p.tailB > 0:
		p.startLo, p.startHi = max(roundUp(done), roundUp(p.startB-p.tailB+1)), roundDown(p.startB-1)
	default:
		// at most the end of a trailer stands before it
		p.startLo = roundDown(p.startB)
		p.startHi = p.startLo
	}
	// What follows the last complete frame: a frame that is cut, or its header.
	rest := roundUp(p.EndB) - p.EndB
	if g.exact {
		rest = g.toB - p.EndB
	}
	f, ok := dhav.Parse(w.At(p.EndB, dhav.HeaderB))
	switch {
	case ok && p.Cut:
		p.head, p.headed = f, true
		p.endLo, p.endHi = roundUp(p.EndB+1), roundDown(min(p.EndB+f.LengthB-1, g.toB))
		if g.exact {
			p.endLo, p.endHi = g.toB, g.toB
			p.headed = p.EndB+f.LengthB > g.toB // else it was overwritten inside
		}
	case p.Turn || ok || rest >= dhav.HeaderB:
		p.endLo, p.endHi = roundUp(p.EndB), roundUp(p.EndB)
	default:
		p.endLo, p.endHi = p.EndB+rest, p.EndB+rest
		b := w.At(p.EndB, int(min(rest, 4)))
		p.headCut = rest > 0 && len(b) > 0 && bytes.HasPrefix([]byte(dhav.Magic), b)
	}
}

// clip narrows the bounds of pieces of one region by their neighbours on the
// medium: chunks do not lie over each other.
func clip(ps []*piece, exact bool) {
	for i := range len(ps) - 1 {
		p, n := ps[i], ps[i+1]
		if exact {
			// one chunk: only what reaches to its bounds goes on elsewhere
			p.headed, p.headCut, n.tailB = false, false, 0
			continue
		}
		limit := roundDown(n.startB)
		if n.tailB > 0 {
			limit = roundDown(n.startB - 1)
		}
		p.endHi = min(p.endHi, limit)
		n.startLo = max(n.startLo, p.endLo)
		n.startHi = max(n.startHi, n.startLo)
	}
}
