package ext

import (
	"context"
	"fmt"

	"firescene/formats"
)

// File is an inode with a path that leads to it.
type File struct {
	Inode
	Path   string // from the root, without a leading slash
	Orphan bool   // in use, but no directory names it
	Free   bool   // not in use: what a deleted file left, without a path
}

// pathB bounds a path that is believed.
const pathB = 32 << 10

// Tree is what a walk found out about the directories.
type Tree struct {
	Dirs    map[uint32]string // paths of the directories that are there
	Removed []Removed         // names that are left in their blocks
}

// Removed is a name that was taken out of a directory.
type Removed struct {
	Entry
	Dir     uint32
	OffsetB int64 // of the directory's inode
}

// rootInode is the directory that all paths begin at.
const rootInode = 2

// Walk visits every file, directory and symbolic link that is there, each
// directory before what is in it, then the inodes in use that no directory
// names and those that are not in use but not empty. It stops at the first error of visit or of the context; damage is noted
// and the rest goes on.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(File) error) (*Tree, error) {
	t := &Tree{Dirs: map[uint32]string{rootInode: ""}}
	named := make([]uint64, v.Inodes/64+1)
	if int64(v.Inodes)*v.InodeB > v.size {
		n := uint32(min(v.Groups*int64(v.sb.inodesPerGroup), int64(v.Inodes)))
		named = make([]uint64, n/64+1)
	}
	seen := func(n uint32) *uint64 {
		if int(n/64) < len(named) {
			return &named[n/64]
		}
		return new(uint64)
	}
	entries := int64(0)
	queue := []uint32{rootInode}
	for len(queue) > 0 {
		number := queue[0]
		queue = queue[1:]
		path := t.Dirs[number]
		dir, err := v.Inode(number)
		if err != nil || !dir.IsDir() {
			v.warn("directory %q (inode %d) can not be read", path, number)
			continue
		}
		*seen(number) |= 1 << (number % 64)
		for _, e := range v.Entries(&dir, nil) {
			if err := ctx.Err(); err != nil {
				return t, err
			}
			if entries++; entries > limits.MaxItems {
				return t, &formats.FormatError{Format: "ext", Offset: dir.OffsetB, Reason: fmt.Sprintf("more than %d directory entries", limits.MaxItems)}
			}
			if e.Deleted {
				t.Removed = append(t.Removed, Removed{e, number, dir.OffsetB})
				continue
			}
			f := File{Path: join(path, e.Name)}
			f.Inode, err = v.Inode(e.Inode)
			if err != nil {
				v.warn("%q: inode %d: %v", f.Path, e.Inode, err)
				continue
			}
			if f.Sum == BadSum && *seen(e.Inode)>>(e.Inode%64)&1 == 0 {
				v.doubt("inodes")
			}
			again := *seen(e.Inode)>>(e.Inode%64)&1 != 0
			*seen(e.Inode) |= 1 << (e.Inode % 64)
			if f.IsDir() {
				if _, ok := t.Dirs[e.Inode]; ok || again || len(f.Path) > pathB {
					v.warn("directory %q leads back to one that was read, or too deep", f.Path)
					continue
				}
				t.Dirs[e.Inode] = f.Path
				queue = append(queue, e.Inode)
			}
			if err := visit(f); err != nil {
				return t, err
			}
		}
	}
	err := v.EachInode(func(n *Inode, used bool) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !used {
			return visit(File{Inode: *n, Free: true})
		}
		if n.Number < v.sb.firstInode || n.Number == v.sb.orphanFile || n.Flags&flagAttribute != 0 || *seen(n.Number)>>(n.Number%64)&1 != 0 || !(n.IsFile() || n.IsDir() || n.IsSymlink()) {
			return nil
		}
		return visit(File{Inode: *n, Path: fmt.Sprintf("$OrphanFiles/inode-%d", n.Number), Orphan: true})
	})
	return t, err
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
