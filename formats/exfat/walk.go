package exfat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"firescene/formats"
)

// dirB is the largest directory that the specification allows (7.4.6).
const dirB = 256 << 20

// chunkB is how much of a directory is held at once.
const chunkB = 1 << 20

// slots calls visit for every slot of the extents with its offset, until it
// returns false.
func (v *Volume) slots(where []Extent, visit func(b []byte, off int64) bool) {
	for _, x := range where {
		for at := int64(0); at < x.LengthB; at += chunkB {
			// slots outlive the call, as sets are collected: a new buffer each
			buf := make([]byte, min(chunkB, x.LengthB-at))
			n, _ := v.r.ReadAt(buf, x.OffsetB+at)
			for i := 0; i+slotB <= n; i += slotB {
				if !visit(buf[i:i+slotB:i+slotB], x.OffsetB+at+int64(i)) {
					return
				}
			}
		}
	}
}

// Walk visits every file and directory of the volume, live and deleted, each
// directory before what is in it; then what directories in free clusters hold
// that nothing leads to any more, under a path that names their cluster. It stops
// at the first error of visit or of the context; damage is noted in Warnings and
// the rest goes on.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(Entry) error) error {
	w := &walk{v: v, ctx: ctx, limits: limits, visit: visit, visited: map[int64]bool{}}
	v.dirs = nil
	root, _, fault := v.chain(v.rootCluster, v.clustersOf(dirB))
	if fault != "" {
		v.warn("root directory: %s", fault)
	}
	if err := w.dir("", root, false, 0); err != nil {
		return err
	}
	return w.orphans()
}

// Directories lists the clusters that the last Walk read as directories.
func (v *Volume) Directories() []Extent { return v.dirs }

type walk struct {
	v       *Volume
	ctx     context.Context
	limits  formats.Limits
	visit   func(Entry) error
	visited map[int64]bool // offsets of directory clusters read
	entries int64
}

// dir reads the sets of one directory. Behind its end mark nothing is in use;
// sets there count as deleted, and only when their check sum agrees.
func (w *walk) dir(path string, where []Extent, deleted bool, depth int) error {
	where = w.unvisited(where)
	var held [][]byte
	var at []int64
	ended := false
	var failed error
	take := func(last bool) {
		for len(held) > 0 && failed == nil && (last || len(held) >= maxSet) {
			if failed = w.ctx.Err(); failed != nil {
				return
			}
			n := 1
			switch t := held[0][0]; {
			case t == 0:
				ended = true
			case t|inUse == typeFile || t|inUse == typeStream:
				var s set
				var ok bool
				if s, n, ok = parseSet(held); ok && (!ended || s.whole) {
					failed = w.set(path, s, at[0], deleted || ended, depth)
				}
			}
			held, at = held[n:], at[n:]
		}
	}
	w.v.slots(where, func(b []byte, off int64) bool {
		held, at = append(held, b), append(at, off)
		take(false)
		return failed == nil
	})
	take(true)
	return failed
}

// unvisited marks the clusters of a directory as read and cuts them off at the
// first that was read before: no cluster is a part of two directories.
func (w *walk) unvisited(where []Extent) (out []Extent) {
	for _, x := range where {
		n := int64(0)
		for ; n < x.LengthB && !w.visited[x.OffsetB+n]; n += w.v.ClusterB {
			w.visited[x.OffsetB+n] = true
		}
		if n > 0 {
			out = append(out, Extent{x.OffsetB, n})
			w.v.dirs = append(w.v.dirs, Extent{x.OffsetB, n})
		}
		if n < x.LengthB {
			break
		}
	}
	return out
}

// set visits one entry and, for a directory, what is in it.
func (w *walk) set(path string, s set, off int64, deleted bool, depth int) error {
	e, name, ok := w.v.entry(s)
	if !ok {
		return nil
	}
	if w.entries++; w.entries > w.limits.MaxItems {
		return &formats.FormatError{Format: "exFAT", Offset: off, Reason: fmt.Sprintf("more than %d directory entries", w.limits.MaxItems)}
	}
	e.OffsetB = off
	e.Deleted = e.Deleted || deleted
	if name == "" {
		name = fmt.Sprintf("unnamed-%d", off)
	}
	e.Path = strings.TrimPrefix(path+"/"+name, "/")
	var where []Extent
	switch {
	case e.Deleted && (e.Dir || s.file == nil):
		where = w.v.deletedDir(e)
		e.Dir = e.Dir || len(where) > 0
	case e.Dir:
		var fault string
		if e.OneRun {
			where, _ = w.v.run(e.Cluster, w.v.clustersOf(min(e.SizeB, dirB)))
		} else {
			where, _, fault = w.v.chain(e.Cluster, w.v.clustersOf(dirB))
		}
		if fault != "" {
			w.v.warn("folder %s: %s", e.Path, fault)
		}
	}
	if err := w.visit(e); err != nil {
		return err
	}
	if len(where) == 0 {
		return nil
	}
	if depth >= w.limits.MaxDepth {
		w.v.warn("folder %s is nested deeper than %d levels and was not read", e.Path, w.limits.MaxDepth)
		return nil
	}
	return w.dir(e.Path, where, e.Deleted, depth+1)
}

// deletedDir returns the clusters of a deleted directory, by its run or chain, as
// far as they are free and begin with slots of a directory.
func (v *Volume) deletedDir(e Entry) []Extent {
	var out []Extent
	take := func(c uint32) bool {
		if !v.Free(c) || !v.holdsSlots(c, len(out) == 0) {
			return false
		}
		off := v.OffsetB(c)
		if k := len(out); k > 0 && out[k-1].OffsetB+out[k-1].LengthB == off {
			out[k-1].LengthB += v.ClusterB
		} else {
			out = append(out, Extent{off, v.ClusterB})
		}
		return true
	}
	c := e.Cluster
	for n := int64(0); n < v.clustersOf(min(e.SizeB, dirB)) && take(c); n++ {
		if e.OneRun {
			c++
		} else if c = v.next(c); !v.valid(c) {
			break
		}
	}
	return out
}

// holdsSlots reports whether a cluster begins as a directory does: with a set
// whose check sum agrees, or, behind the first cluster, with the rest of one.
func (v *Volume) holdsSlots(c uint32, first bool) bool {
	b := make([]byte, min(v.ClusterB, 2*maxSet*slotB))
	n, err := v.r.ReadAt(b, v.OffsetB(c))
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	return holdsSet(b[:n], first)
}

// holdsSet looks for a whole set at the beginning of b; behind the first cluster
// of a directory the rest of a set may stand before it.
func holdsSet(b []byte, first bool) bool {
	var slots [][]byte
	for i := 0; i+slotB <= len(b); i += slotB {
		slots = append(slots, b[i:i+slotB])
	}
	for len(slots) > 0 {
		switch t := slots[0][0] | inUse; t {
		case typeFile:
			s, n, ok := parseSet(slots)
			if ok && s.whole {
				return true
			}
			// a set that is partly overwritten may stand before one that is not
			slots = slots[n:]
			if first && !ok {
				return false
			}
		case typeStream, typeName:
			if slots = slots[1:]; first && t == typeName {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// orphans looks for directories in free clusters that the walk did not reach:
// those of a volume that was formatted since, or whose parents are overwritten.
func (w *walk) orphans() error {
	v := w.v
	head := int64(2 * maxSet * slotB)
	span := int64(1)
	if v.ClusterB <= 16<<10 {
		span = chunkB / v.ClusterB // small clusters are read together
	}
	buf := make([]byte, max(head, span*v.ClusterB))
	var found []uint32
	for c := uint32(2); v.valid(c); {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		n := int64(0)
		for n < span && v.Free(c+uint32(n)) {
			n++
		}
		if n == 0 {
			c++
			continue
		}
		want := n * v.ClusterB
		if span == 1 {
			want = min(v.ClusterB, head)
		}
		m, _ := v.r.ReadAt(buf[:want], v.OffsetB(c))
		for i := range n {
			at := i * v.ClusterB
			b := buf[min(at, int64(m)):min(at+min(head, v.ClusterB), int64(m))]
			if len(b) > 0 && (b[0]|inUse == typeFile || b[0]|inUse == typeStream || b[0]|inUse == typeName) &&
				!w.visited[v.OffsetB(c+uint32(i))] && holdsSet(b, false) {
				found = append(found, c+uint32(i))
			}
		}
		c += uint32(n)
	}
	return w.unattached(found)
}

// unattached reads directories in free clusters, those first that no other one
// names, so that a tree keeps its paths.
func (w *walk) unattached(found []uint32) error {
	v := w.v
	named := map[uint32]bool{}
	for _, c := range found {
		v.slots([]Extent{{v.OffsetB(c), v.ClusterB}}, func(b []byte, _ int64) bool {
			if b[0]|inUse == typeStream {
				if to := uint32(b[20]) | uint32(b[21])<<8 | uint32(b[22])<<16 | uint32(b[23])<<24; to != c {
					named[to] = true
				}
			}
			return true
		})
	}
	for _, pass := range []bool{false, true} {
		for _, c := range found {
			if named[c] != pass {
				continue
			}
			if err := w.dir(fmt.Sprintf("unattached-%d", c), []Extent{{v.OffsetB(c), v.ClusterB}}, true, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// Place is where the bytes of a file lie.
type Place struct {
	Extents []Extent
	FoundB  int64  // bytes that the extents hold: SizeB of the entry, or fewer
	Fault   string // why there are fewer; empty when there are not
}

// Place returns the place of a file by its run or its chain, whoever uses the
// clusters now: for a deleted file the caller asks Free.
func (v *Volume) Place(e Entry) Place {
	if e.SizeB == 0 {
		return Place{}
	}
	need := v.clustersOf(e.SizeB)
	var p Place
	var x []Extent
	var n int64
	if e.OneRun {
		if x, n = v.run(e.Cluster, need); n < need {
			p.Fault = "its run of clusters leaves the volume"
		}
	} else {
		x, n, p.Fault = v.chain(e.Cluster, need)
		if n < need && p.Fault == "" {
			p.Fault = "the cluster chain is shorter than the file"
		} else if n == need {
			p.Fault = ""
		}
	}
	p.Extents, p.FoundB = v.trim(x, e.SizeB)
	if p.FoundB < e.SizeB && p.Fault == "" {
		p.Fault = "the image ends inside the file"
	}
	return p
}

// ChainEnds reports whether the chain of a file has as many clusters as its size
// takes and an end mark behind them, as a chain that is still its own has.
func (v *Volume) ChainEnds(e Entry) bool {
	need := v.clustersOf(e.SizeB)
	_, n, fault := v.chain(e.Cluster, need+1)
	return n == need && fault == ""
}
