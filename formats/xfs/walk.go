package xfs

import (
	"context"
	"fmt"
	"strings"

	"firescene/formats"
)

// Entry is a live file or folder.
type Entry struct {
	Path    string // from the root, with forward slashes
	Inode   uint64
	Dir     bool
	Times   Times
	SizeB   int64
	FoundB  int64 // bytes that the extents hold: SizeB, or fewer
	Extents []Extent
	Fault   string // why there are fewer, or what is doubtful; empty when nothing is
}

// dirDataB is where the names of a folder end in its address space: behind it are
// hashes and free lists.
const dirDataB = 32 << 30

// maxDirB bounds what is read of one folder.
const maxDirB = 1 << 30

// Walk visits every file and folder, each folder before what is in it. Damage is
// noted in Warnings and the rest goes on. A file with several names is visited
// once, by the first. It stops at the first error of visit or of the context.
func (v *Volume) Walk(ctx context.Context, limits formats.Limits, visit func(Entry) error) error {
	type todo struct {
		path string
		num  uint64
	}
	seen := map[uint64]bool{v.root: true}
	queue := []todo{{"", v.root}}
	for len(queue) > 0 {
		next := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if err := ctx.Err(); err != nil {
			return err
		}
		i, err := v.inode(next.num)
		if err != nil {
			v.warn("%s: %v", next.path, err)
			continue
		}
		if next.path != "" && i.mode&0xF000 == modeDir || i.mode&0xF000 == modeFile {
			if err := visit(v.entry(next.path, i)); err != nil {
				return err
			}
		}
		if i.mode&0xF000 != modeDir {
			continue
		}
		names, fault := v.folder(i)
		if fault != "" {
			v.warn("folder %q: %s", next.path, fault)
		}
		for k := len(names) - 1; k >= 0; k-- {
			n := names[k]
			if n.num == v.root || seen[n.num] {
				continue
			}
			if int64(len(seen)) >= limits.MaxItems {
				return damaged(i.atB, "more than %d files", limits.MaxItems)
			}
			seen[n.num] = true
			queue = append(queue, todo{strings.TrimPrefix(next.path+"/"+clean(n.name), "/"), n.num})
		}
	}
	return nil
}

func clean(s string) string {
	if s == "." || s == ".." {
		return strings.Repeat("_", len(s))
	}
	return strings.NewReplacer("/", "_", "\x00", "_").Replace(s)
}

func (v *Volume) entry(path string, i *inode) Entry {
	e := Entry{Path: path, Inode: i.num, Dir: i.mode&0xF000 == modeDir, Times: i.times, SizeB: i.sizeB, Fault: i.doubt}
	if e.Dir {
		return e
	}
	if i.rt {
		e.Fault = "its content lies on the volume's realtime device"
		return e
	}
	list, fault := v.extents(i)
	n := e.SizeB
	if fault != "" { // behind the fault may be more
		n = 0
		if k := len(list); k > 0 {
			n = min(e.SizeB, (list[k-1].first+list[k-1].count)*v.BlockB)
		}
	}
	var short string
	e.Extents, e.FoundB, short = v.place(list, n)
	for _, s := range []string{short, fault} {
		if s != "" {
			e.Fault = s
		}
	}
	return e
}

type dirName struct {
	name string
	num  uint64
}

// folder reads the names in a folder.
func (v *Volume) folder(i *inode) (names []dirName, fault string) {
	if i.format == forkLocal {
		return v.shortFolder(i.fork[:min(int64(len(i.fork)), i.sizeB)])
	}
	list, fault := v.extents(i)
	total := int64(0)
	for _, m := range list {
		if m.unwritten || m.first*v.BlockB >= dirDataB {
			continue
		}
		for k := int64(0); k < m.count; k += v.dirBlockB / v.BlockB {
			if total += v.dirBlockB; total > maxDirB {
				return names, "it is larger than is believed"
			}
			b, ok := v.dirBlock(list, m.first+k)
			if !ok {
				fault = fmt.Sprintf("its block %d can not be read", m.first+k)
				continue
			}
			more, f := v.blockNames(b)
			names = append(names, more...)
			if f != "" {
				fault = f
			}
		}
	}
	return names, fault
}

// dirBlock reads a folder block, whose parts may lie apart.
func (v *Volume) dirBlock(list []mapped, first int64) ([]byte, bool) {
	b := make([]byte, v.dirBlockB)
	for k := int64(0); k < v.dirBlockB/v.BlockB; k++ {
		ok := false
		for _, m := range list {
			if in := first + k - m.first; in >= 0 && in < m.count && !m.unwritten {
				n, _ := v.r.ReadAt(b[k*v.BlockB:(k+1)*v.BlockB], v.blockAt(m.block, m.count)+in*v.BlockB)
				ok = int64(n) == v.BlockB
				break
			}
		}
		if !ok {
			return nil, false
		}
	}
	return b, true
}

// shortFolder reads a folder that lies in its inode.
func (v *Volume) shortFolder(b []byte) (names []dirName, fault string) {
	if len(b) < 6 {
		return nil, "it is shorter than its head"
	}
	n, wide := int(b[0]), 4
	if b[1] > 0 {
		n, wide = max(n, int(b[1])), 8
	}
	typed := 0
	if v.fileType {
		typed = 1
	}
	at := 2 + wide
	for range n {
		if at+3 > len(b) || at+3+int(b[at])+typed+wide > len(b) {
			return names, "its names are cut off"
		}
		k := int(b[at])
		name := string(b[at+3 : at+3+k])
		at += 3 + k + typed
		num := uint64(be.Uint32(b[at:]))
		if wide == 8 {
			num = be.Uint64(b[at:])
		}
		at += wide
		names = append(names, dirName{name, num})
	}
	return names, ""
}

// blockNames reads a folder block: one that is the whole folder and ends in its
// hashes, or one of many.
func (v *Volume) blockNames(b []byte) (names []dirName, fault string) {
	at, end, typed := 16, len(b), 0
	if v.Version == 5 {
		at = 64
	}
	if v.fileType {
		typed = 1
	}
	switch magic := string(b[:4]); magic {
	case "XD2B", "XDB3":
		n := int64(be.Uint32(b[len(b)-8:]))
		if n > int64(len(b)-at-8)/8 {
			return nil, "its hashes do not fit"
		}
		end = len(b) - 8 - int(n)*8
	case "XD2D", "XDD3":
	default:
		return nil, "one of its blocks is damaged"
	}
	if v.Version == 5 && !sumOK(b, 4) {
		fault = "the check sum of one of its blocks does not agree"
	}
	for at+16 <= end {
		if be.Uint16(b[at:]) == 0xFFFF {
			n := int(be.Uint16(b[at+2:]))
			if n < 8 || n&7 != 0 {
				return names, "one of its blocks is damaged"
			}
			at += n
			continue
		}
		k := int(b[at+8])
		n := (8 + 1 + k + typed + 2 + 7) &^ 7
		if k == 0 || at+n > end {
			return names, "one of its blocks is damaged"
		}
		if name := string(b[at+9 : at+9+k]); name != "." && name != ".." {
			names = append(names, dirName{name, be.Uint64(b[at:])})
		}
		at += n
	}
	return names, fault
}
