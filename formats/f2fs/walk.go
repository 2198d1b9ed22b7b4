package f2fs

import (
	"context"
	"fmt"
	"strings"

	"firescene/formats"
)

// File is an inode with the path that leads to it.
type File struct {
	Inode
	Path string // from the root, without a leading slash
}

// pathB bounds a path that is believed, dirB what is read of one directory.
const (
	pathB = 32 << 10
	dirB  = 64 << 20
)

// Walk visits every file and directory, each directory before what is in it. It
// stops at the first error of visit or of the context; damage is noted and the
// rest goes on.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(File) error) error {
	type dir struct {
		number uint32
		path   string
	}
	seen := map[uint32]bool{v.rootNode: true}
	queue := []dir{{v.rootNode, ""}}
	entries := int64(0)
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		n, err := v.Inode(d.number)
		if err != nil || !n.IsDir() {
			v.warn("directory %q can not be read: %v", d.path, err)
			continue
		}
		for _, e := range v.entries(&n) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if entries++; entries > limits.MaxItems {
				return &formats.FormatError{Format: "F2FS", Offset: n.OffsetB, Reason: fmt.Sprintf("more than %d directory entries", limits.MaxItems)}
			}
			f := File{Path: e.name}
			if d.path != "" {
				f.Path = d.path + "/" + e.name
			}
			if f.Inode, err = v.Inode(e.inode); err != nil {
				v.warn("%q: %v", f.Path, err)
				continue
			}
			if f.IsDir() {
				if seen[e.inode] || len(f.Path) > pathB {
					v.warn("directory %q leads back to one that was read, or too deep", f.Path)
					continue
				}
				seen[e.inode] = true
				queue = append(queue, dir{e.inode, f.Path})
			}
			if err := visit(f); err != nil {
				return err
			}
		}
	}
	return nil
}

type entry struct {
	inode uint32
	name  string
}

// lengths of a directory entry and of a piece of its name
const (
	entryB = 11
	pieceB = 8
)

// entries lists a directory.
func (v *Volume) entries(n *Inode) (out []entry) {
	if n.inlineDir {
		room := 4*n.addrs - 4
		count := room * 8 / ((entryB+pieceB)*8 + 1)
		if count < 1 || n.addrAt+4+room > nidsAt {
			return nil
		}
		b := n.b[n.addrAt+4:][:room]
		return table(b, b[room-(entryB+pieceB)*count:], count)
	}
	b := make([]byte, BlockB)
	read := int64(0)
	for _, x := range v.Map(n).Extents {
		for at := int64(0); at+BlockB <= x.LengthB && x.OffsetB != Hole && read < dirB; at += BlockB {
			if read += BlockB; v.block((x.OffsetB+at)/BlockB, b) {
				out = append(out, table(b, b[30:], 214)...)
			}
		}
	}
	return out
}

// table lists the entries that a bitmap marks. Their fixed parts stand before
// the names, which take as many pieces as they need.
func table(bits, b []byte, count int) (out []entry) {
	names := b[entryB*count:]
	for i := 0; i < count; i++ {
		if bits[i/8]>>(i%8)&1 == 0 {
			continue
		}
		e := b[entryB*i:]
		nameB := int(le.Uint16(e[8:]))
		if nameB == 0 || nameB > 255 || i*pieceB+nameB > pieceB*count {
			continue
		}
		name := string(names[i*pieceB:][:nameB])
		if name != "." && name != ".." && !strings.ContainsAny(name, "/\x00") && le.Uint32(e[4:]) != 0 {
			out = append(out, entry{le.Uint32(e[4:]), strings.ToValidUTF8(name, "\uFFFD")})
		}
		i += (nameB+pieceB-1)/pieceB - 1
	}
	return out
}
