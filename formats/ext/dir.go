package ext

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Entry is a name in a directory.
type Entry struct {
	Inode   uint32
	Name    string // UTF-8; bytes that are none are replaced by U+FFFD
	Type    byte   // 1 file, 2 directory, 7 symbolic link; 0 when not recorded
	Deleted bool   // found in the room that a removed entry left
}

// dirB bounds what is read of one directory: some million entries.
const dirB = 64 << 20

// Entries lists a directory, and the removed entries that its blocks still hold.
// "." and ".." are left out.
func (v *Volume) Entries(dir *Inode, nodes Nodes) []Entry {
	b := v.Content(dir, nodes, dirB)
	if dir.Flags&flagInline != 0 {
		var out []Entry
		if len(b) > 4 {
			out, _ = v.DirBlock(b[4:min(60, len(b))])
		}
		if len(b) > 60 {
			more, _ := v.DirBlock(b[60:])
			out = append(out, more...)
		}
		return out
	}
	var out []Entry
	bad := false
	for at := int64(0); at+v.BlockB <= int64(len(b)); at += v.BlockB {
		block := b[at : at+v.BlockB]
		root := at == 0 && dir.Flags&flagIndex != 0 // has another kind of sum
		if !root && v.dirSum(dir.Number, dir.Generation, block) == BadSum {
			v.doubt("directory blocks")
		}
		list, ok := v.DirBlock(block)
		bad = bad || !ok
		out = append(out, list...)
	}
	if bad {
		v.warn("directory %d is damaged in places", dir.Number)
	}
	return out
}

// recordB is the length of a directory record; lengths of 64 KiB have a code.
func (v *Volume) recordB(b []byte) int {
	n := int(binary.LittleEndian.Uint16(b))
	if v.BlockB >= 65536 && (n == 0 || n == 65535) {
		return int(v.BlockB)
	}
	return n
}

// DirBlock lists the entries of one block of a directory. It reports false when
// the chain of records is broken; what stands before the break is given.
func (v *Volume) DirBlock(b []byte) ([]Entry, bool) {
	var out []Entry
	index := false // an index follows "..", not removed entries
	for at := 0; at+8 <= len(b); {
		n := v.recordB(b[at+4:])
		nameB := int(b[at+6])
		if n < 8 || n%4 != 0 || at+n > len(b) || 8+nameB > n {
			return out, false
		}
		used := 8 + (nameB+3)&^3
		e, ok := v.entry(b[at : at+8+nameB])
		switch {
		case ok && e.Inode == 0:
			// the first of a block is removed by taking its inode away
			e.Deleted = true
		case ok:
			out = append(out, e)
		case string(b[at+8:at+8+nameB]) == "..":
			index = at+n == len(b) && n > 64 && binary.LittleEndian.Uint32(b[at+12:]) == 0 && b[at+17] == 8
		}
		if binary.LittleEndian.Uint32(b[at:]) == 0 {
			used = 8 // nothing of the record is in use
			if nameB > 0 {
				used = 0
			}
			if used == 8 && n == len(b) && at == 0 {
				index = true // a node of the index looks like one empty record
			}
		}
		if !index {
			out = v.slack(out, b[at:at+n], used)
		}
		at += n
	}
	return out, true
}

// slack looks for removed entries in the room behind an entry.
func (v *Volume) slack(out []Entry, b []byte, at int) []Entry {
	for at = (at + 3) &^ 3; at+12 <= len(b); {
		nameB, n := int(b[at+6]), v.recordB(b[at+4:])
		if nameB > 0 && at+8+nameB <= len(b) && n >= 8+nameB && n%4 == 0 && at+n <= len(b) {
			if e, ok := v.entry(b[at : at+8+nameB]); ok && e.Inode != 0 {
				e.Deleted = true
				out = append(out, e)
				at += 8 + (nameB+3)&^3
				continue
			}
		}
		at += 4
	}
	return out
}

// entry reads a record that is cut to its name. It reports false for "." and
// ".." and for what can not be an entry.
func (v *Volume) entry(b []byte) (Entry, bool) {
	e := Entry{Inode: binary.LittleEndian.Uint32(b), Type: b[7] & 0xF}
	raw := string(b[8:])
	if v.sb.incompat&incompatFileType == 0 {
		e.Type = 0
	}
	if e.Inode > v.Inodes || e.Type > 7 || raw == "" || raw == "." || raw == ".." || strings.ContainsAny(raw, "/\x00") {
		return e, false
	}
	e.Name = raw
	if !utf8.ValidString(raw) {
		e.Name = strings.ToValidUTF8(raw, "\uFFFD")
	}
	return e, true
}
