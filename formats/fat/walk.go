package fat

import (
	"context"
	"fmt"
	"strings"

	"firescene/formats"
)

// dirB bounds what is read of one directory: 65,536 entries, as the
// specification allows.
const dirB = 65536 * slotB

// Walk visits every entry of the volume, live and deleted, each directory
// before what is in it. Deleted directories are read as far as their clusters
// are free and hold entries. Then come directories in free clusters that nothing
// leads to any more, as after formatting, under a path that names their cluster.
// It stops at the first error of visit or of the context; damage is noted in
// Warnings and the rest goes on.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(Entry) error) error {
	w := &walk{v: v, ctx: ctx, limits: limits, visit: visit, visited: map[int64]bool{}}
	v.dirs, v.former = nil, nil
	if v.parent == nil {
		root := []Extent{{v.rootB, v.rootEntries * slotB}}
		if v.Bits == 32 {
			var fault string
			root, _, fault = v.chain(v.rootCluster, dirB/v.ClusterB+1)
			if fault != "" {
				v.warn("root directory: %s", fault)
			}
		}
		if err := w.dir("", root, false, 0); err != nil {
			return err
		}
		if err := w.scan(); err != nil {
			return err
		}
	}
	return w.unattached()
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
	// inOrphan says that the directory being read was reached from one that nothing
	// leads to.
	inOrphan bool
}

// unvisited marks the clusters of a directory as read and cuts them off at the
// first that was read before: no cluster is a part of two directories.
func (w *walk) unvisited(where []Extent) (out []Extent) {
	step := w.v.ClusterB
	for _, x := range where {
		n := int64(0)
		for ; n < x.LengthB && !w.visited[x.OffsetB+n]; n += step {
			w.visited[x.OffsetB+n] = true
		}
		if n > 0 {
			out = append(out, Extent{x.OffsetB, min(n, x.LengthB)})
		}
		if n < x.LengthB {
			break
		}
	}
	return out
}

// dir reads the entries of one directory.
func (w *walk) dir(path string, where []Extent, deleted bool, depth int) error {
	where = w.unvisited(where)
	for _, x := range where {
		if x.OffsetB >= w.v.dataB {
			w.v.dirs = append(w.v.dirs, x)
		}
	}
	var long longSlots
	for _, x := range where {
		buf := make([]byte, min(x.LengthB, dirB))
		n, _ := w.v.r.ReadAt(buf, x.OffsetB)
		for at := 0; at+slotB <= n; at += slotB {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			b := buf[at : at+slotB]
			switch {
			case b[0] == 0:
				return nil // no entry was ever written from here on
			case b[11]&0x3F == attrLong:
				long.add(b)
				continue
			}
			err := w.slot(path, b, &long, x.OffsetB+int64(at), deleted, depth)
			if err != nil {
				return err
			}
			long = longSlots{}
		}
	}
	return nil
}

// slot handles one short entry and, for a directory, what is in it.
func (w *walk) slot(path string, b []byte, long *longSlots, off int64, deleted bool, depth int) error {
	if b[0] == '.' && (b[1] == ' ' || b[1] == '.' && b[2] == ' ') || !plausible(b) {
		return nil
	}
	if w.entries++; w.entries > w.limits.MaxItems {
		return &formats.FormatError{Format: "FAT", Offset: off, Reason: fmt.Sprintf("more than %d directory entries", w.limits.MaxItems)}
	}
	e := parseShort(b, w.v.Bits)
	e.OffsetB = off
	name := e.Short
	if l := long.name(b); l != "" {
		name, e.NameGuess = l, false
	}
	e.Path = strings.TrimPrefix(path+"/"+strings.ReplaceAll(name, "/", "_"), "/")
	e.Unattached = w.inOrphan && !e.Deleted
	e.Deleted = e.Deleted || deleted
	if err := w.visit(e); err != nil {
		return err
	}
	if !e.Dir || e.Volume {
		return nil
	}
	if depth >= w.limits.MaxDepth {
		w.v.warn("folder %s is nested deeper than %d levels and was not read", e.Path, w.limits.MaxDepth)
		return nil
	}
	if e.Deleted {
		return w.dir(e.Path, w.v.deletedDir(e.Cluster), true, depth+1)
	}
	where, _, fault := w.v.chain(e.Cluster, dirB/w.v.ClusterB+1)
	if fault != "" {
		w.v.warn("folder %s: %s", e.Path, fault)
	}
	return w.dir(e.Path, where, false, depth+1)
}

// plausible tells an entry from file data in a cluster that was a directory once.
func plausible(b []byte) bool {
	if b[11]&0xC0 != 0 || b[12]&^0x18 != 0 {
		return false
	}
	for i, c := range b[:11] {
		if c < 0x20 && !(i == 0 && c == 0x05) {
			return false
		}
	}
	return true
}

// deletedDir returns the clusters of a deleted directory: the first must be free
// and begin with the entry "." that names it; the next ones follow while they
// are free, the one before is full and they hold entries.
func (v *Volume) deletedDir(c uint32) []Extent {
	if !v.Free(c) {
		return nil
	}
	b := make([]byte, v.ClusterB)
	if n, _ := v.r.ReadAt(b, v.OffsetB(c)); n < len(b) {
		return nil
	}
	if string(b[:11]) != ".          " || b[11]&attrDir == 0 {
		return nil
	}
	if dot := parseShort(b, v.Bits); dot.Cluster != c {
		return nil
	}
	out := v.appendCluster(nil, c)
	for n := int64(1); n < dirB/v.ClusterB && b[len(b)-slotB] != 0; n++ {
		c++
		if !v.Free(c) {
			break
		}
		if m, _ := v.r.ReadAt(b, v.OffsetB(c)); m < len(b) || b[0] == 0 || b[0] == '.' || !plausible(b) && b[11]&0x3F != attrLong {
			break
		}
		out = v.appendCluster(out, c)
	}
	return out
}

// Place is where the bytes of a file lie.
type Place struct {
	Extents []Extent
	FoundB  int64  // bytes that the extents hold: SizeB of the entry, or fewer
	Fault   string // why there are fewer, or why they may not be the file's own; empty when neither
}

// Live returns the place of a live file, from its cluster chain.
func (v *Volume) Live(e Entry) Place {
	if e.SizeB == 0 {
		return Place{}
	}
	x, _, fault := v.chain(e.Cluster, v.clustersOf(e.SizeB))
	p := Place{}
	p.Extents, p.FoundB = v.trim(x, e.SizeB)
	if p.FoundB < e.SizeB {
		if p.Fault = fault; fault == "" {
			p.Fault = "the cluster chain is shorter than the file"
		}
	}
	return p
}

// Deleted returns the place of a deleted file as if it had been contiguous: the
// clusters from its first one on while they are free. A cluster that a live file
// uses ends it, since what lies there is not the deleted file's any more, and
// what lies behind is not known to be.
func (v *Volume) Deleted(e Entry) Place {
	if e.SizeB == 0 {
		return Place{}
	}
	if !v.valid(e.Cluster) {
		return Place{Fault: "its first cluster is not recorded"}
	}
	var x []Extent
	fault := ""
	for i := range v.clustersOf(e.SizeB) {
		c := e.Cluster + uint32(i)
		if !v.Free(c) {
			if fault = "a live file uses its clusters from byte " + fmt.Sprint(i*v.ClusterB); i == 0 {
				fault = "a live file uses its first cluster"
			}
			break
		}
		x = v.appendCluster(x, c)
	}
	p := Place{Fault: fault}
	p.Extents, p.FoundB = v.trim(x, e.SizeB)
	if p.FoundB < e.SizeB && p.Fault == "" {
		p.Fault = "the image ends inside the file"
	}
	return p
}

// FreeFrom lists the free clusters from c on in their order, at most limit of
// them: where a file that was written from c on, round the clusters that live
// files use, may lie. It is empty when c is not free.
func (v *Volume) FreeFrom(c uint32, limit int64) []uint32 {
	if !v.Free(c) {
		return nil
	}
	var out []uint32
	for ; int64(len(out)) < limit && v.valid(c); c++ {
		if v.Free(c) {
			out = append(out, c)
		}
	}
	return out
}

// PlaceOf is the place of a file of n bytes that lies in the given clusters.
func (v *Volume) PlaceOf(n int64, clusters ...[]uint32) Place {
	var x []Extent
	for _, list := range clusters {
		for _, c := range list {
			x = v.appendCluster(x, c)
		}
	}
	var p Place
	p.Extents, p.FoundB = v.trim(x, n)
	return p
}

// ClustersOf is how many clusters n bytes take.
func (v *Volume) ClustersOf(n int64) int64 { return v.clustersOf(n) }
