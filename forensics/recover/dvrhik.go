package recover

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"

	"firescene/forensics"
	"firescene/forensics/memo"
	"firescene/formats"
	"firescene/formats/hikfs"
	"firescene/formats/mpegps"
)

// HIK lists the recordings of a Hikvision recorder's disk: the program stream of
// each data block to its true end, of the blocks that the index names and of those
// that it does not, and what is left of older streams behind them. sizeB is of the
// volume.
func HIK(ctx context.Context, vol *hikfs.Volume, sizeB int64, image io.ReaderAt, opts Options) ([]Found, []string, error) {
	sec := io.NewSectionReader(image, opts.OffsetB, sizeB)
	byBlock := map[int64][]hikfs.Entry{}
	for _, e := range vol.Entries {
		byBlock[e.OffsetB] = append(byBlock[e.OffsetB], e)
	}
	var found []Found
	doubts := vol.Doubts()
	for i := range vol.Blocks {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		off := vol.VideoB + i*vol.BlockB
		table, err := vol.ReadTable(sec, off)
		if err != nil {
			return nil, nil, err
		}
		streams, err := blockStreams(ctx, sec, off, min(off+vol.BlockB, sizeB), opts)
		if err != nil {
			return nil, nil, err
		}
		entries := byBlock[off]
		if len(streams) == 0 && len(entries) > 0 {
			doubts = append(doubts, fmt.Sprintf("the index names a recording of channel %d in the block at %d, which holds none", entries[0].Channel, off))
		}
		for k, s := range streams {
			found = append(found, Found{Item: hikItem(s, k, off, entries, table, opts)})
		}
	}
	return found, doubts, nil
}

// psStream is a program stream in a block.
type psStream struct {
	At  int64
	Rep mpegps.Report
}

// minPackets is how many packets a stream behind the first one must have.
const minPackets = 16

// blockStreams finds the program streams of a block.
func blockStreams(ctx context.Context, r io.ReaderAt, off, end int64, opts Options) ([]psStream, error) {
	key := func() string { return memo.Key("streams", opts.OffsetB, off, end) }
	return memo.Do(ctx, opts.Memo, key, func() ([]psStream, error) { return findStreams(ctx, cancellable{ctx, r}, off, end) })
}

func findStreams(ctx context.Context, r io.ReaderAt, off, end int64) (out []psStream, err error) {
	const windowB = 1 << 20
	w := formats.NewWindow(r, end, windowB)
	for at := off; at < end; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b := w.At(at, windowB)
		if len(b) < 14 {
			break
		}
		i := bytes.Index(b, []byte("\x00\x00\x01\xBA"))
		if i < 0 {
			at += int64(len(b) - 3)
			continue
		}
		at += int64(i)
		if !mpegps.Head(w.At(at, 14)) {
			at += 4
			continue
		}
		rep, err := mpegps.Check(io.NewSectionReader(r, at, end-at), end-at)
		if err != nil {
			return nil, err
		}
		if rep.State == mpegps.NotPS || len(out) > 0 && rep.Packets < minPackets {
			at += 4
			continue
		}
		out = append(out, psStream{at, rep})
		at += max(4, rep.EndB)
	}
	return out, w.Err()
}

// hikItem makes the item of the k-th stream in a block.
func hikItem(s psStream, k int, block int64, entries []hikfs.Entry, t hikfs.Table, opts Options) forensics.Item {
	it := forensics.Item{Exhibit: opts.Exhibit, Type: "mpegps", Origin: forensics.FromCarving}
	n := s.Rep.EndB
	it.State, it.Confidence = forensics.Whole, 0.9
	it.Reason = fmt.Sprintf("program stream of %d packs and %d packets", s.Rep.Packs, s.Rep.Packets)
	if s.Rep.State != mpegps.Whole {
		n = s.Rep.SureB
		it.State, it.Confidence = forensics.Partial, 0.6
		it.Reason += ", " + s.Rep.Reason
	}
	it.Runs = []forensics.ByteRun{{OffsetB: opts.OffsetB + s.At, LengthB: n}}
	place(&it, opts)
	switch {
	case k > 0 || s.At != block:
		it.State, it.Confidence = forensics.Fragment, 0.6
		it.Reason += "; behind the begin of its data block, so it is what is left of an older recording or the rest of a damaged one; no table tells its channel"
		if !s.Rep.First.IsZero() {
			it.Times = recordedTimes(s.Rep.First, s.Rep.Last)
		}
	case len(entries) > 0:
		hikNamed(&it, s, entries, t, opts)
	default:
		it.Reason += "; the index does not name its data block"
		hikTable(&it, s, t)
	}
	unreadPartial(&it)
	return it
}

// hikNamed takes channel and times from the index.
func hikNamed(it *forensics.Item, s psStream, entries []hikfs.Entry, t hikfs.Table, opts Options) {
	e := entries[0]
	it.Channel = strconv.Itoa(e.Channel)
	stamp := "being recorded"
	switch {
	case e.Recording:
		it.Reason += "; the recorder was writing to its data block"
		hikTable(it, s, t)
	case !e.From.IsZero():
		stamp = e.From.Format("2006-01-02 15.04.05")
		it.Times = recordedTimes(e.From, e.To)
		it.Reason += "; named by the index"
	}
	if it.Origin = forensics.FromLive; e.Cleared || e.Copy {
		it.Origin = forensics.FromDeleted
		it.Reason += ", in an entry that is cleared or stands in the copy of the index only"
	}
	if len(entries) > 1 {
		it.Reason += fmt.Sprintf("; the index names %d recordings in it, of which the first is given", len(entries))
	}
	it.Channel = strconv.Itoa(e.Channel)
	it.Name = opts.Prefix + fmt.Sprintf("channel%02d/%s at %d.mpg", e.Channel, stamp, e.OffsetB)
}

// hikTable takes channel and times from the table at the block's end, or times
// from the stream itself.
func hikTable(it *forensics.Item, s psStream, t hikfs.Table) {
	switch {
	case !t.From.IsZero():
		it.Times = recordedTimes(t.From, t.To)
	case !s.Rep.First.IsZero():
		it.Times = recordedTimes(s.Rep.First, s.Rep.Last)
	case t.Keys > 0:
		it.Times = recordedTimes(t.FirstKey, t.LastKey)
	}
	if t.Channel > 0 {
		it.Channel = strconv.Itoa(t.Channel)
		it.Reason += "; channel and times from the table at the end of its data block"
	}
}
