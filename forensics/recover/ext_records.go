package recover

import (
	"context"
	"fmt"
	"sort"
	"time"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/ext"
)

// ExtRecords emits what an ext volume still tells of files, folders and symbolic
// links that are gone and of names that were changed, with or without content:
// records of kind "ext-journal" whose table is "inode" (a use of an inode that
// ended, with the name that it most likely had) or "name" (a name that its folder
// no longer has). Locators are in the image, of which the volume begins at
// opts.OffsetB. It stops at the first error of emit or of the context.
func ExtRecords(ctx context.Context, vol *ext.Volume, opts Options, emit func(forensics.Record) error) error {
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	r := &extRecords{vol: vol, opts: opts, emit: emit, named: map[extName]bool{}}
	var unnamed []ext.Inode // deleted ones that no journal knows, as far as a bound
	tree, err := vol.Walk(ctx, opts.Limits, func(f ext.File) error {
		if f.Free && !f.Deleted.IsZero() && len(unnamed) < maxUnnamed {
			unnamed = append(unnamed, f.Inode)
		}
		return nil
	})
	if err != nil && (ctx.Err() != nil || !formats.IsDamaged(err)) {
		return err
	}
	h, err := vol.History(ctx, tree)
	if err != nil {
		return err
	}
	r.names = extNames{vol: vol, tree: tree, h: h, paths: map[uint32]string{}}
	known := map[uint32]int{} // of inode numbers to the place in unnamed
	for i := range unnamed {
		known[unnamed[i].Number] = i
		if _, ok := h.Inodes[unnamed[i].Number]; !ok {
			h.Add(unnamed[i])
		}
	}
	numbers := make([]uint32, 0, len(h.Inodes))
	for n := range h.Inodes {
		numbers = append(numbers, n)
	}
	sort.Slice(numbers, func(a, b int) bool { return numbers[a] < numbers[b] })
	for _, n := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		var left *ext.Inode
		if i, ok := known[n]; ok {
			left = &unnamed[i]
		}
		if err := r.uses(h.Inodes[n], left); err != nil {
			return err
		}
	}
	return r.formerNames(ctx, tree)
}

// maxUnnamed bounds the deleted inodes that are told of with nothing but times.
const maxUnnamed = 1 << 20

type extRecords struct {
	vol   *ext.Volume
	opts  Options
	emit  func(forensics.Record) error
	names extNames
	named map[extName]bool // told with the use of an inode
}

// extName is a name of an inode in a folder.
type extName struct {
	dir, inode uint32
	name       string
}

// uses emits the ended uses of one inode number. left is what its inode still
// holds of the last of them, nil when it is in use or empty.
func (r *extRecords) uses(states []ext.State, left *ext.Inode) error {
	number := states[0].Number
	now, err := r.vol.Inode(number)
	there := err == nil && r.vol.InodeUsed(number)
	for i := 0; i < len(states); {
		k := i
		first := &states[i]
		best := first // the last state that was not emptied by deletion
		for k < len(states) && states[k].Generation == first.Generation {
			if s := &states[k]; s.Links > 0 && (s.SizeB > 0 || best.SizeB == 0) {
				best = s
			}
			k++
		}
		last := &states[k-1]
		i = k
		if there && now.Generation == first.Generation || !(best.IsFile() || best.IsDir() || best.IsSymlink()) {
			continue
		}
		deleted := last.Deleted
		if left != nil && left.Generation == first.Generation && deleted.IsZero() {
			deleted = left.Deleted
		}
		if err := r.use(best, first, last, deleted); err != nil {
			return err
		}
	}
	return nil
}

// use emits one use of an inode.
func (r *extRecords) use(s, first, last *ext.State, deleted time.Time) error {
	rec := forensics.Record{Exhibit: r.opts.Exhibit, Kind: "ext-journal", Table: "inode", State: forensics.Whole, Deleted: true,
		Locator: forensics.At(r.opts.Exhibit, r.opts.OffsetB+s.OffsetB, r.vol.InodeB),
		Reason:  "a copy of its inode in the journal, and the name that its folder had for it at that time"}
	name, known := r.names.h.NameOf(s.Number, s.Generation, first.First, s.Last)
	if known {
		r.named[extName{name.Dir, s.Number, name.Name}] = true
		rec.Columns = append(rec.Columns, forensics.Column{Name: "path", Value: r.opts.Prefix + r.names.join(r.names.dir(name.Dir, s.Last, 0), name.Name)})
	} else {
		rec.State, rec.Reason = forensics.Partial, "a copy of its inode in the journal; its name is not known"
	}
	if s.Last == ext.Now {
		rec.Reason = "its inode, which is no longer in use"
		if known {
			rec.Reason += "; the name is what is left of an entry of its folder, and may be of another use of the inode"
		}
	}
	if s.Sum == ext.GoodSum {
		rec.Reason += "; the check sum of the inode agrees"
	}
	add := func(name string, value any) {
		rec.Columns = append(rec.Columns, forensics.Column{Name: name, Value: value})
	}
	kind := "file"
	switch {
	case s.IsDir():
		kind = "folder"
	case s.IsSymlink():
		kind = "symbolic link"
		if target := r.target(&s.Inode); target != "" {
			add("target", target)
		}
	}
	add("type", kind)
	add("inode", int64(s.Number))
	add("generation", int64(s.Generation))
	if s.SizeB > 0 || s.Last != ext.Now { // deletion takes the size away
		add("size", s.SizeB)
	}
	add("mode", fmt.Sprintf("%04o", s.Mode&0o7777))
	add("uid", int64(s.UID))
	add("gid", int64(s.GID))
	for _, t := range extTimes(&s.Inode) {
		if t.What != "deleted" {
			add(t.What, t.Raw)
		}
	}
	if !deleted.IsZero() {
		add("deleted", deleted.Format(time.RFC3339Nano))
	}
	r.seen(add, first.First, s.Last)
	return r.emit(rec)
}

// seen adds when the journal saw a thing first and last.
func (r *extRecords) seen(add func(string, any), first, last int) {
	for _, x := range []struct {
		name string
		at   int
	}{{"first seen", first}, {"last seen", last}} {
		if x.at < len(r.names.h.Times) && !r.names.h.Times[x.at].IsZero() {
			add(x.name, r.names.h.Times[x.at].Format(time.RFC3339Nano))
		}
	}
}

// target is where a symbolic link led, as far as it is kept in the inode.
func (r *extRecords) target(n *ext.Inode) string {
	if n.SizeB <= 0 || n.SizeB >= 60 {
		return ""
	}
	return string(r.vol.Content(n, nil, 60))
}

// formerNames emits the names that folders no longer have and that were not told
// with the use of an inode: of files that were renamed or moved, and names
// without an inode.
func (r *extRecords) formerNames(ctx context.Context, tree *ext.Tree) error {
	listed, have := map[uint32]bool{}, map[extName]bool{}
	numbers := make([]uint32, 0, len(r.names.h.Names))
	for n := range r.names.h.Names {
		numbers = append(numbers, n)
	}
	sort.Slice(numbers, func(a, b int) bool { return numbers[a] < numbers[b] })
	for _, number := range numbers {
		if err := ctx.Err(); err != nil {
			return err
		}
		list := r.names.h.Names[number]
		for i := len(list) - 1; i >= 0; i-- { // the last sighting of a name tells of it
			n := list[i]
			if _, ok := tree.Dirs[n.Dir]; ok && !listed[n.Dir] {
				listed[n.Dir] = true
				if dir, err := r.vol.Inode(n.Dir); err == nil {
					for _, e := range r.vol.Entries(&dir, nil) {
						if !e.Deleted {
							have[extName{n.Dir, e.Inode, e.Name}] = true
						}
					}
				}
			}
			k := extName{n.Dir, number, n.Name}
			if have[k] || r.named[k] {
				continue
			}
			r.named[k] = true
			rec := forensics.Record{Exhibit: r.opts.Exhibit, Kind: "ext-journal", Table: "name", State: forensics.Partial, Deleted: true,
				Locator: forensics.At(r.opts.Exhibit, r.opts.OffsetB+n.OffsetB, r.vol.BlockB),
				Reason:  "an entry in the journal's copy of its folder, which the folder no longer has"}
			if n.Slack {
				rec.Reason = "what is left of a removed entry of its folder"
			}
			add := func(name string, value any) {
				rec.Columns = append(rec.Columns, forensics.Column{Name: name, Value: value})
			}
			add("path", r.opts.Prefix+r.names.join(r.names.dir(n.Dir, n.Last, 0), n.Name))
			add("inode", int64(number))
			r.seen(add, n.First, n.Last)
			if err := r.emit(rec); err != nil {
				return err
			}
		}
	}
	return nil
}
