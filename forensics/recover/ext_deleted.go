package recover

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/memo"
	"firescene/formats/ext"
)

// extPast is a state of a file that is no longer so.
type extPast struct {
	ext.State
	place   ext.Place
	copied  []ext.Extent // ranges of the file whose content is taken from the journal
	blocks  []ext.Extent // the blocks it had, where the place may lead to copies of them
	h       *ext.History
	born    int   // first transaction that this use of the inode was seen in
	live    bool  // the file is there, in another state
	earlier bool  // a later state is listed as well
	stray   bool  // put together from blocks of its map
	missing int64 // of its bytes no block of the map was found
}

// gone lists what the journal and the inodes tell of deleted files and of earlier
// states of files. Deletion clears the map in the inode, so that it is only found
// in copies of the inode in the journal; ext2 leaves it.
func (f *extFinder) gone(ctx context.Context, tree *ext.Tree) error {
	h, err := f.vol.History(ctx, tree)
	if err != nil {
		return err
	}
	for _, n := range f.free {
		h.Add(n)
	}
	numbers := make([]uint32, 0, len(h.Inodes))
	for n := range h.Inodes {
		numbers = append(numbers, n)
	}
	sort.Slice(numbers, func(a, b int) bool { return numbers[a] < numbers[b] })
	var past []extPast
	for _, n := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		past = append(past, f.pastOf(h, n)...)
	}
	// a block belongs to the last file that had it
	sort.SliceStable(past, func(a, b int) bool { return past[a].Last > past[b].Last })
	names := extNames{vol: f.vol, tree: tree, h: h, paths: map[uint32]string{}}
	claims := extClaims{claimed: blockSet{}, proved: blockSet{}}
	for i := range past {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.opts.report(i, len(past))
		past[i].h, past[i].blocks = h, past[i].place.Extents
		if !past[i].Inline() {
			past[i].place.Extents, past[i].copied = h.Journaled(past[i].blocks, past[i].born, past[i].Last)
		}
		it, ok, err := f.deletedItem(ctx, &past[i], names.of(&past[i]), claims)
		if err != nil {
			return err
		}
		if ok {
			if err := f.add(it); err != nil {
				return err
			}
		}
	}
	if err := f.strayMaps(ctx, h, past, &names, claims); err != nil {
		return err
	}
	return f.strayPointers(ctx, claims)
}

// pastOf lists the states of an inode that name content which the file it holds
// now does not: of each use of the number the last state, and before it those
// with other blocks.
func (f *extFinder) pastOf(h *ext.History, number uint32) (out []extPast) {
	states := h.Inodes[number]
	now, err := f.vol.Inode(number)
	there := err == nil && f.vol.InodeUsed(number) && now.IsFile()
	done := map[uint32]bool{}
	for i := len(states) - 1; i >= 0; i-- {
		generation := states[i].Generation
		if done[generation] {
			continue
		}
		done[generation] = true
		kept := blockSet{}
		var later *ext.Inode // the state that follows
		live := there && now.Generation == generation
		if live {
			f.claim(f.vol.Map(&now, nil).Extents, kept)
			later = &now
		}
		born, listed := states[i].First, false
		first := len(out)
		for k := i; k >= 0; k-- {
			s := &states[k]
			if s.Generation != generation {
				continue
			}
			born = min(born, s.First)
			if !s.IsFile() || s.SizeB <= 0 || !s.HasMap() {
				continue
			}
			p := f.vol.Map(&s.Inode, h.Nodes(s.Last))
			if later != nil && (s.Inline() && f.begins(later, &s.Inode) || !s.Inline() && f.within(p.Extents, kept)) {
				continue
			}
			later = &s.Inode
			if !s.Inline() {
				f.claim(p.Extents, kept)
			}
			out = append(out, extPast{State: *s, place: p, live: live, earlier: live || listed})
			listed = true
		}
		for k := first; k < len(out); k++ {
			out[k].born = born
			switch {
			case live || !out[k].Deleted.IsZero():
			case !states[i].Deleted.IsZero():
				out[k].Deleted = states[i].Deleted
			case err == nil && now.Generation == generation:
				out[k].Deleted = now.Deleted
			}
		}
	}
	return out
}

// begins reports whether a file begins with what an earlier state of it kept in
// its inode.
func (f *extFinder) begins(later, s *ext.Inode) bool {
	b := f.vol.Content(s, nil, s.SizeB)
	return len(b) > 0 && bytes.Equal(b, f.vol.Content(later, nil, int64(len(b))))
}

// blockSet is a set of blocks, in pieces of 4096.
type blockSet map[int64]*[64]uint64

func (s blockSet) has(n int64) bool {
	p := s[n>>12]
	return p != nil && p[n>>6&63]>>(n&63)&1 != 0
}

func (s blockSet) add(n int64) {
	p := s[n>>12]
	if p == nil {
		p = new([64]uint64)
		s[n>>12] = p
	}
	p[n>>6&63] |= 1 << (n & 63)
}

// extClaims are the blocks of the deleted files that were judged already, which
// were deleted later: all of them, and those of files whose content is proved.
type extClaims struct{ claimed, proved blockSet }

// overwritten finds the parts of a place that are in use now or that a later
// deleted file had, as offsets in the file. theirs says that the content of such
// a block is proved to be the later file's.
func (f *extFinder) overwritten(p *extPast, claims extClaims) (used, later []forensics.ByteRun, theirs bool) {
	at, blockB := int64(0), f.vol.BlockB
	mark := func(runs []forensics.ByteRun, n int64) []forensics.ByteRun {
		if k := len(runs) - 1; k >= 0 && runs[k].OffsetB+runs[k].LengthB == at {
			runs[k].LengthB += n
			return runs
		}
		return append(runs, forensics.ByteRun{OffsetB: at, LengthB: n})
	}
	copied := p.copied
	for _, x := range p.blocks {
		for done := int64(0); done < x.LengthB; done += blockB {
			n := min(blockB, x.LengthB-done)
			for len(copied) > 0 && copied[0].OffsetB+copied[0].LengthB <= at {
				copied = copied[1:]
			}
			if x.OffsetB != ext.Hole && !(len(copied) > 0 && copied[0].OffsetB <= at) {
				block := (x.OffsetB + done) / blockB
				switch {
				case f.vol.Used(block):
					used = mark(used, n)
				case p.h != nil && p.h.Reused(block, p.Last):
					later = mark(later, n)
				case claims.claimed.has(block):
					later = mark(later, n)
					theirs = theirs || claims.proved.has(block)
				}
			}
			at += n
		}
	}
	return used, later, theirs
}

// within reports whether all stored blocks of a place are in a set.
func (f *extFinder) within(extents []ext.Extent, set blockSet) bool {
	for _, x := range extents {
		if x.OffsetB == ext.Hole {
			continue
		}
		for block := x.OffsetB / f.vol.BlockB; block*f.vol.BlockB < x.OffsetB+x.LengthB; block++ {
			if !set.has(block) {
				return false
			}
		}
	}
	return true
}

// claim adds the blocks of a file to a set.
func (f *extFinder) claim(extents []ext.Extent, set blockSet) {
	for _, x := range extents {
		if x.OffsetB == ext.Hole {
			continue
		}
		for block := x.OffsetB / f.vol.BlockB; block*f.vol.BlockB < x.OffsetB+x.LengthB; block++ {
			set.add(block)
		}
	}
}

// doubtful gives ranges of a file, each list in order, as parts of its runs.
func doubtful(runs []forensics.ByteRun, lists ...[]forensics.ByteRun) []forensics.ByteRun {
	var ranges []forensics.ByteRun
	for _, l := range lists {
		ranges = append(ranges, l...)
	}
	slices.SortFunc(ranges, func(a, b forensics.ByteRun) int { return cmp.Compare(a.OffsetB, b.OffsetB) })
	if len(ranges) > maxDoubts {
		return storedRuns(runs)
	}
	var out []forensics.ByteRun
	at, k := int64(0), 0
	for _, r := range runs {
		for k < len(ranges) && ranges[k].OffsetB+ranges[k].LengthB <= at {
			k++
		}
		for i := k; i < len(ranges) && ranges[i].OffsetB < at+r.LengthB && r.OffsetB != forensics.Hole; i++ {
			from, to := max(ranges[i].OffsetB, at), min(ranges[i].OffsetB+ranges[i].LengthB, at+r.LengthB)
			if to > from {
				out = append(out, forensics.ByteRun{OffsetB: r.OffsetB + from - at, LengthB: to - from})
			}
		}
		at += r.LengthB
	}
	return out
}

func sum(runs []forensics.ByteRun) (n int64) {
	for _, r := range runs {
		n += r.LengthB
	}
	return n
}

// describe prints ranges of a file.
func describe(runs []forensics.ByteRun) string {
	var b strings.Builder
	for i, r := range runs {
		if i == 8 {
			fmt.Fprintf(&b, " and %d more", len(runs)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d+%d", r.OffsetB, r.LengthB)
	}
	return b.String()
}

// deletedItem judges a past state by what became of its blocks and by what its
// content tells. It reports false when nothing of it is left.
func (f *extFinder) deletedItem(ctx context.Context, p *extPast, name string, claims extClaims) (forensics.Item, bool, error) {
	it := forensics.Item{Exhibit: f.opts.Exhibit, Name: f.opts.Prefix + name, Origin: forensics.FromDeleted, Times: extTimes(&p.Inode)}
	extents, cut := f.bounded(p.place.Extents)
	stored := int64(0)
	for _, x := range extents {
		if x.OffsetB != ext.Hole {
			stored += x.LengthB
		}
	}
	var used, later []forensics.ByteRun
	theirs := false
	if !p.Inline() {
		used, later, theirs = f.overwritten(p, claims)
		defer f.claim(p.blocks, claims.claimed)
	}
	if stored == 0 || sum(used) >= stored {
		return it, false, nil
	}
	f.put(&it, extents)
	head, err := f.head(it.Runs)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return it, false, err
	}
	it.Type = Sniff(f.opts.Types, head)
	how := "deleted; size and blocks are from a copy of its inode in the journal"
	switch {
	case p.live:
		how = "an earlier state of a file that is still there, by a copy of its inode in the journal"
	case p.earlier:
		how = "an earlier state of a deleted file, by a copy of its inode in the journal"
	case p.stray:
		how = "deleted; its blocks are from a block of its extent tree that was found by itself, whose check sum names the inode; its size is not known"
	case p.Last == ext.Now:
		how = "deleted; its inode still names its blocks"
	}
	t := carve.Identify(f.opts.Types, head)
	want := typeOfName(f.opts.Types, name)
	if t != nil && t.Piece {
		if t = nil; want != nil && want.Piece {
			want = nil // its chunks say nothing of the whole
		}
	}
	whole, v, err := f.holds(ctx, &it, t)
	if err != nil {
		return it, false, err
	}
	if p.stray && whole {
		f.shorten(&it, v.LengthB)
	}
	set := func(s forensics.ItemState, confidence float64, format string, args ...any) {
		it.State, it.Confidence, it.Reason = s, confidence, how+"; "+fmt.Sprintf(format, args...)
	}
	switch {
	case p.Encrypted():
		set(forensics.Partial, 0.3, "encrypted by the file system, the bytes are of the encrypted content")
	case len(used) > 0:
		set(forensics.Partial, 0.3, "%d of its %d bytes lie in blocks that are in use by other files now and are not its content: %s", sum(used), it.SizeB, describe(used))
	case p.place.FoundB < p.SizeB:
		set(forensics.Partial, 0.4, "%d of %d bytes: %s", p.place.FoundB, p.SizeB, p.place.Fault)
	case p.missing > 0:
		set(forensics.Partial, 0.3, "for %d bytes no part of the map was found; they are given as zeros and may have been content", p.missing)
	case cut:
		set(forensics.Partial, 0.4, "a sparse file of %d bytes, of which no more than the volume's size is given", p.SizeB)
	case len(later) > 0 && (theirs || !whole || v.Proof == carve.ByLength || v.LengthB != it.SizeB):
		set(forensics.Partial, 0.3, "%d of its %d bytes lie in blocks that a file which was deleted later had, and may be that file's: %s", sum(later), it.SizeB, describe(later))
	case whole:
		sure := v.Confidence
		if sure > 0.6 { // else its structure itself has faults
			sure = max(sure, 0.9) // its inode agrees with what its format says
		}
		set(forensics.Whole, sure, "its blocks are free; %s", v.Reason)
		if len(later) > 0 {
			set(forensics.Whole, min(v.Confidence, 0.85), "a file that was deleted later had some of its blocks too, but its content holds together: %s", v.Reason)
		}
	case p.stray && t == nil:
		set(forensics.Partial, 0.5, "all its blocks are free; up to %d bytes at its end may be filling", f.vol.BlockB-1)
	case t != nil:
		set(forensics.Partial, 0.4, "its blocks are free, but its content does not hold together to its %d bytes: %s", it.SizeB, v.Reason)
	case want != nil:
		set(forensics.Fragment, 0.1, "what lies in its blocks does not begin as its name says, so other data was probably written there")
	default:
		set(forensics.Whole, 0.7, "all its blocks are free; its format has no check that could prove the content")
		zeros, err := f.zeros(it.Runs)
		if err != nil {
			return it, false, err
		}
		if zeros && !p.Inline() {
			set(forensics.Partial, 0.1, "its blocks read as zeros throughout: it may have held them, or the disk has given the blocks up")
		}
	}
	switch {
	case it.State == forensics.Whole:
	case it.State == forensics.Fragment:
		it.Doubtful = storedRuns(it.Runs)
	case len(used) > 0 || len(later) > 0:
		it.Doubtful = doubtful(it.Runs, used, later)
	case t != nil && v.FailB > 0 && !whole: // from there on nothing tells what is the file's
		it.Doubtful = doubtful(it.Runs, []forensics.ByteRun{{OffsetB: v.SureB, LengthB: max(0, it.SizeB-v.SureB)}})
	}
	f.cutOff(&it)
	f.markUnread(&it)
	if it.State == forensics.Whole && whole && !p.Inline() {
		f.claim(p.blocks, claims.proved)
	}
	return it, true, nil
}

// holds reports whether the content is what its type's structure says, to its
// end. What follows behind the structure belongs to the file by its size.
func (f *extFinder) holds(ctx context.Context, it *forensics.Item, t *carve.Type) (bool, carve.Verdict, error) {
	if t == nil {
		return false, carve.Verdict{}, nil
	}
	type walked struct {
		Verdict carve.Verdict
		Cut     bool // the image ends before the file does
	}
	key := func() string { return memo.Key("walk ext", t.Name, it.Runs) }
	w, err := memo.Do(ctx, f.opts.Memo, key, func() (walked, error) {
		r := media.NewRunReader(cancellable{ctx, f.image}, it.Runs)
		v, err := t.Walk(r, r.Size())
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return walked{v, true}, nil
		}
		return walked{v, false}, err
	})
	return err == nil && !w.Cut && w.Verdict.State == forensics.Whole, w.Verdict, err
}

// zeros reports whether the runs hold nothing but zeros.
func (f *extFinder) zeros(runs []forensics.ByteRun) (bool, error) {
	r := media.NewRunReader(f.image, runs)
	b := make([]byte, min(64<<10, r.Size()))
	for at := int64(0); at < r.Size(); at += int64(len(b)) {
		n, err := r.ReadAt(b[:min(int64(len(b)), r.Size()-at)], at)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false, err
		}
		if len(bytes.TrimLeft(b[:n], "\x00")) > 0 {
			return false, nil
		}
		if err != nil {
			break
		}
	}
	return true, nil
}
