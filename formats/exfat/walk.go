package exfat

import (
	"context"
	"fmt"
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
