package ext

import (
	"context"
	"encoding/binary"
	"slices"
	"sort"
	"time"
)

// State is what an inode was for some time.
type State struct {
	Inode
	// First and Last are the transactions that the state was seen in, counted in
	// the order of the journal; Now stands for the volume as it is.
	First, Last int
	At          time.Time // when Last was committed; zero when not known
}

// Naming is a name as the copies of its directory had it.
type Naming struct {
	Dir, Inode  uint32
	Name        string
	Type        byte
	First, Last int   // as in State
	Slack       bool  // seen only as a removed entry, so the time is not known
	OffsetB     int64 // of the block or inode that it was seen in last, in the volume
}

// Now is the place in time of the volume as it is, behind all transactions.
const Now = 1 << 30

// History is what the journal tells of earlier times.
type History struct {
	Inodes map[uint32][]State  // the states of each inode, oldest first
	Names  map[uint32][]Naming // by inode, oldest first
	Times  []time.Time         // of the transactions

	v      *Volume
	taken  map[int64][]int32 // of groups, for Reused
	copies map[int64][]Copy  // of blocks that are no inode tables, oldest first
}

// History reads the journal's copies of inode tables and directories. The tree
// gives the directories that are there. Without a journal the history is empty;
// the error is the context's.
func (v *Volume) History(ctx context.Context, tree *Tree) (*History, error) {
	h := &History{Inodes: map[uint32][]State{}, Names: map[uint32][]Naming{}, v: v, copies: map[int64][]Copy{}, taken: map[int64][]int32{}}
	j, err := v.Journal()
	if err != nil {
		if v.sb.compat&compatJournal != 0 {
			v.warn("%v", err)
		}
		return h, nil
	}
	for _, t := range j.Transactions {
		h.Times = append(h.Times, t.Time)
	}
	inodeAt := v.tableIndex()
	b := make([]byte, v.BlockB)
	for _, c := range j.Copies {
		if err := ctx.Err(); err != nil {
			return h, err
		}
		first, ok := inodeAt(c.Block)
		if !ok {
			h.copies[c.Block] = append(h.copies[c.Block], c)
			continue
		}
		if j.Read(c, b) {
			h.table(c, first, b)
		}
	}
	return h, h.directories(ctx, tree, b)
}

// table adds the inodes of a copy of a block of an inode table.
func (h *History) table(c Copy, first uint32, b []byte) {
	v := h.v
	for at := int64(0); at+v.InodeB <= v.BlockB; at += v.InodeB {
		number := first + uint32(at/v.InodeB)
		raw := b[at : at+v.InodeB]
		if binary.LittleEndian.Uint16(raw) == 0 || number > v.Inodes {
			continue
		}
		n, ok := v.ParseInode(number, raw, c.OffsetB+at)
		if !ok || n.Sum == BadSum {
			continue
		}
		states := h.Inodes[number]
		if k := len(states) - 1; k >= 0 && states[k].SameContent(&n) && states[k].Links == n.Links {
			if c.Escaped && at == 0 {
				n.OffsetB = states[k].OffsetB // its first bytes are not where it lies
			}
			states[k] = State{n, states[k].First, c.Order, h.Times[c.Order]}
			continue
		}
		h.Inodes[number] = append(states, State{n, c.Order, c.Order, h.Times[c.Order]})
	}
}

// Add adds the state of an inode as the volume has it now.
func (h *History) Add(n Inode) {
	h.Inodes[n.Number] = append(h.Inodes[n.Number], State{Inode: n, First: Now, Last: Now})
}

// Nodes gives the blocks of maps and directories as they were in a state: the
// newest copy up to it, the block as it is, then later copies.
func (h *History) Nodes(order int) Nodes {
	return func(block int64, accept func(b []byte) bool) ([]byte, bool) {
		b := make([]byte, h.v.BlockB)
		copies := h.copies[block]
		k := sort.Search(len(copies), func(i int) bool { return copies[i].Order > order })
		for i := k - 1; i >= 0; i-- {
			if h.v.journal.Read(copies[i], b) && accept(b) {
				return b, true
			}
		}
		if block >= 0 && block < h.v.Blocks && h.v.Block(block, b) && accept(b) {
			return b, true
		}
		for i := k; i < len(copies); i++ {
			if h.v.journal.Read(copies[i], b) && accept(b) {
				return b, true
			}
		}
		return nil, false
	}
}

// directories reads the names in the copies of directory blocks. Whose a block is
// the maps of the directories tell, those of now and of earlier times.
func (h *History) directories(ctx context.Context, tree *Tree, b []byte) error {
	v := h.v
	type owner struct{ dir, generation uint32 }
	owners := map[int64][]owner{}
	own := func(n *Inode, order int) {
		if n.Flags&flagInline != 0 {
			return
		}
		for _, x := range v.Map(n, h.Nodes(order)).Extents {
			if x.OffsetB == Hole {
				continue
			}
			for block := x.OffsetB / v.BlockB; block*v.BlockB < x.OffsetB+x.LengthB; block++ {
				if _, ok := h.copies[block]; !ok {
					continue
				}
				o := owner{n.Number, n.Generation}
				known := false
				for _, k := range owners[block] {
					known = known || k == o
				}
				if !known {
					owners[block] = append(owners[block], o)
				}
			}
		}
	}
	for number := range tree.Dirs {
		if n, err := v.Inode(number); err == nil && n.IsDir() {
			own(&n, Now)
		}
	}
	for _, states := range h.Inodes {
		for i := range states {
			if states[i].IsDir() && states[i].HasMap() {
				own(&states[i].Inode, states[i].Last)
			}
		}
	}
	seen := names{}
	for _, states := range h.Inodes {
		for i := range states {
			if s := &states[i]; s.IsDir() && s.Inline() {
				for _, e := range v.Entries(&s.Inode, nil) {
					seen.add(e, sighting{Naming{Dir: s.Number, First: s.First, Last: s.Last, OffsetB: s.OffsetB}, -1 - int64(s.Number), i})
				}
			}
		}
	}
	for block, copies := range h.copies {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i, c := range copies {
			if !v.journal.Read(c, b) {
				continue
			}
			dir, known := uint32(0), false
			for _, o := range owners[block] {
				if v.dirSum(o.dir, o.generation, b) != BadSum {
					dir, known = o.dir, true
				}
			}
			// the first block of a directory names it
			if binary.LittleEndian.Uint16(b[4:]) == 12 && b[6] == 1 && b[8] == '.' {
				dir = binary.LittleEndian.Uint32(b)
				known = block != Stray || h.ownsDir(dir, b)
			}
			if !known || dir == 0 || dir > v.Inodes {
				continue
			}
			list, ok := v.DirBlock(b)
			if !ok {
				continue
			}
			for _, e := range list {
				seen.add(e, sighting{Naming{Dir: dir, First: c.Order, Last: c.Order, OffsetB: c.OffsetB}, block, i})
			}
		}
	}
	for _, r := range tree.Removed {
		if seen[nameKey{r.Dir, r.Inode, r.Name}] == nil {
			seen.add(r.Entry, sighting{Naming{Dir: r.Dir, First: Now, Last: Now, OffsetB: r.OffsetB}, 0, 0})
		}
	}
	for _, list := range seen {
		sure := slices.ContainsFunc(list, func(n sighting) bool { return !n.Slack })
		for _, n := range list {
			if !n.Slack || !sure {
				h.Names[n.Inode] = append(h.Names[n.Inode], n.Naming)
			}
		}
	}
	for _, list := range h.Names {
		sort.Slice(list, func(a, b int) bool {
			if list[a].Last != list[b].Last {
				return list[a].Last < list[b].Last
			}
			if list[a].Dir != list[b].Dir {
				return list[a].Dir < list[b].Dir
			}
			if list[a].Name != list[b].Name {
				return list[a].Name < list[b].Name
			}
			return list[a].OffsetB < list[b].OffsetB
		})
	}
	return nil
}

// ownsDir reports whether the check sum of a block of a directory agrees with any
// use of an inode.
func (h *History) ownsDir(dir uint32, b []byte) bool {
	if n, err := h.v.Inode(dir); err == nil && h.v.dirSum(dir, n.Generation, b) == GoodSum {
		return true
	}
	for i := range h.Inodes[dir] {
		if h.v.dirSum(dir, h.Inodes[dir][i].Generation, b) == GoodSum {
			return true
		}
	}
	return false
}

type nameKey struct {
	dir, inode uint32
	name       string
}

// sighting is a naming with the place that it was seen in last: what copy of
// what block.
type sighting struct {
	Naming
	block int64
	copy  int
}

// names gathers when each name was seen. A name that a copy of its block does not
// have ends there: when it is seen again, the same number may be another file.
type names map[nameKey][]sighting

func (s names) add(e Entry, at sighting) {
	if e.Inode == 0 {
		return
	}
	at.Inode, at.Name, at.Type, at.Slack = e.Inode, e.Name, e.Type, e.Deleted
	k := nameKey{at.Dir, e.Inode, e.Name}
	list := s[k]
	for i := len(list) - 1; i >= 0; i-- {
		n := &list[i]
		if n.Slack != e.Deleted || !n.Slack && (n.block != at.block || at.copy-n.copy > 1 || at.copy < n.copy) {
			continue
		}
		n.First, n.Last = min(n.First, at.First), max(n.Last, at.Last)
		n.OffsetB, n.copy = at.OffsetB, at.copy
		return
	}
	s[k] = append(list, at)
}

// NameOf returns the name that a use of an inode most likely had from one
// transaction to another: the last one seen in that time, or else the nearest
// that was not seen while the number had another use.
func (h *History) NameOf(inode, generation uint32, first, last int) (Naming, bool) {
	best, far, ok := Naming{}, 0, false
	for _, n := range h.Names[inode] {
		d := 0
		switch {
		case n.Slack:
			d = 1 << 29
		case n.First > last:
			d = n.First - last
		case n.Last < first:
			d = first - n.Last
		}
		if d > 0 && !n.Slack && h.otherUse(inode, generation, n.First, n.Last) {
			continue
		}
		if !ok || d <= far {
			best, far, ok = n, d, true
		}
	}
	return best, ok
}

// otherUse reports whether an inode had another generation in some time.
func (h *History) otherUse(inode, generation uint32, first, last int) bool {
	for i := range h.Inodes[inode] {
		if s := &h.Inodes[inode][i]; s.Generation != generation && s.First <= last && s.Last >= first && s.Links > 0 {
			return true
		}
	}
	return false
}

// Journaled leads extents to the journal where it holds content that was written
// in the given time: of a volume that puts content through its journal, it may
// have come to no other place. copied are the ranges of the file so led, in
// order, with offsets in the file.
func (h *History) Journaled(in []Extent, first, last int) (out, copied []Extent) {
	if len(h.copies) == 0 {
		return in, nil
	}
	blockB, base := h.v.BlockB, int64(0)
	for _, x := range in {
		at := int64(0) // of x, up to which out has it
		for k := int64(0); k < x.LengthB && x.OffsetB != Hole; k += blockB {
			copies := h.copies[(x.OffsetB+k)/blockB]
			i := sort.Search(len(copies), func(i int) bool { return copies[i].Order > last }) - 1
			if i < 0 || copies[i].Order < first || copies[i].Escaped {
				continue
			}
			if k > at {
				out = append(out, Extent{x.OffsetB + at, k - at})
			}
			at = min(k+blockB, x.LengthB)
			out = append(out, Extent{copies[i].OffsetB, at - k})
			copied = append(copied, Extent{base + k, at - k})
		}
		base += x.LengthB
		if x.LengthB > at {
			if x.OffsetB != Hole {
				x.OffsetB += at
			}
			x.LengthB -= at
			out = append(out, x)
		}
	}
	return out, copied
}
