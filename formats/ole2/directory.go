package ole2

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"
)

// The types of an entry of the directory.
const (
	noType      = 0
	storageType = 1
	streamType  = 2
	rootType    = 5
)

// entry is one of the directory.
type entry struct {
	kind               byte
	name               string
	left, right, child uint32
	class              [16]byte
	start              uint32
	sizeB              int64
	path               string // empty for one that the tree does not reach, and for the root
	depth              int
	reached            bool
}

// directory reads the entries and their tree. Those read before a fault are kept.
func (v *volume) directory() ([]entry, *fault) {
	sectors, why := v.chain(v.field(48))
	if why != "" {
		at := v.highB
		if len(sectors) > 0 {
			at = v.offsetB(sectors[len(sectors)-1])
		}
		return nil, &fault{atB: at, why: "the directory can not be followed: " + why}
	}
	per := int(v.sectorB / entryB)
	n := len(sectors) * per
	if n == 0 || n > maxEntries {
		return nil, &fault{why: fmt.Sprintf("a directory of %d entries", n)}
	}
	var all []entry
	for _, s := range sectors {
		b, f := v.sector(s, "a sector of the directory")
		if f != nil {
			return all, f
		}
		for k := range per {
			e, why := v.entry(b[k*entryB:][:entryB], n)
			if why == "" && (e.kind == rootType) != (len(all) == 0) {
				why = "a root where none belongs, or none"
			}
			if why != "" {
				return all, &fault{atB: v.offsetB(s), why: fmt.Sprintf("entry %d of the directory: %s", len(all), why)}
			}
			all = append(all, e)
		}
	}
	if why := reach(all); why != "" {
		return all, &fault{atB: v.offsetB(sectors[0]), why: "the tree of the directory: " + why}
	}
	return all, nil
}

// entry reads one of n entries.
func (v *volume) entry(b []byte, n int) (entry, string) {
	le := binary.LittleEndian
	e := entry{kind: b[66], left: le.Uint32(b[68:]), right: le.Uint32(b[72:]), child: le.Uint32(b[76:]), start: le.Uint32(b[116:])}
	if e.kind == noType {
		return e, "" // the rest of it may be anything
	}
	nameB := int(le.Uint16(b[64:]))
	switch {
	case e.kind != storageType && e.kind != streamType && e.kind != rootType:
		return e, fmt.Sprintf("no type has the number %d", e.kind)
	case nameB < 2 || nameB > 64 || nameB%2 != 0:
		return e, fmt.Sprintf("a name of %d bytes", nameB)
	}
	for _, id := range [3]uint32{e.left, e.right, e.child} {
		if id != noEntry && int64(id) >= int64(n) {
			return e, fmt.Sprintf("leads to entry %d of %d", id, n)
		}
	}
	units := make([]uint16, nameB/2-1)
	for i := range units {
		units[i] = le.Uint16(b[2*i:])
	}
	e.name = string(utf16.Decode(units))
	copy(e.class[:], b[80:96])
	e.sizeB = int64(le.Uint32(b[120:])) // version 3 leaves the upper half to chance
	if v.sectorB != 512 {
		high := le.Uint32(b[124:])
		if e.sizeB |= int64(high) << 32; e.sizeB < 0 || e.sizeB > MaxB {
			return e, fmt.Sprintf("a size of %#x%08x bytes", high, uint32(e.sizeB))
		}
	}
	return e, ""
}

// reach gives the entries of the tree their paths, and tells why it is none.
func reach(all []entry) string {
	type step struct {
		id     uint32
		prefix string
		depth  int
	}
	pathsB := 0
	all[0].reached = true
	todo := []step{{all[0].child, "", 0}}
	for len(todo) > 0 {
		t := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if t.id == noEntry {
			continue
		}
		e := &all[t.id]
		switch {
		case e.reached:
			return fmt.Sprintf("it comes to entry %d twice", t.id)
		case e.kind == noType:
			return fmt.Sprintf("it leads to entry %d, which is empty", t.id)
		case t.depth >= maxDepth:
			return fmt.Sprintf("more than %d storages in each other", maxDepth)
		}
		e.reached, e.path, e.depth = true, t.prefix+e.name, t.depth
		if pathsB += len(e.path); pathsB > maxPathsB {
			return "its names are too long for a real file"
		}
		todo = append(todo, step{e.right, t.prefix, t.depth}, step{e.left, t.prefix, t.depth})
		if e.kind == storageType {
			todo = append(todo, step{e.child, e.path + "/", t.depth + 1})
		}
	}
	return ""
}
