package disk

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	attrVolume  = 0x08
	attrFolder  = 0x10
	attrArchive = 0x20
	attrLong    = 0x0F
	entryB      = 32
)

// folder is a directory in the making.
type folder struct {
	path   string
	chain  []uint32
	used   int // entries written
	entryB []int64
	subs   []*folder
	names  map[string]bool // short names taken
}

// Mkdir makes a folder; its parent must exist.
func (v *Volume) Mkdir(p string, when time.Time) {
	parent := v.find(path.Dir(p))
	d := &folder{path: p, chain: v.take(1)}
	v.wipe(d.chain[0])
	d.entryB = v.addNamed(parent, path.Base(p), attrFolder, d.chain[0], 0, when)
	up := uint32(0) // the root is written as cluster 0
	if parent != v.root {
		up = parent.chain[0]
	}
	v.addEntry(d, shortEntry(".          ", attrFolder, d.chain[0], 0, when))
	v.addEntry(d, shortEntry("..         ", attrFolder, up, 0, when))
	parent.subs = append(parent.subs, d)
}

func (v *Volume) wipe(c uint32) { clear(v.img[v.offset(c):][:clusterB]) }

func (v *Volume) find(p string) *folder {
	if p == "." || p == "/" || p == "" {
		return v.root
	}
	for _, d := range v.find(path.Dir(p)).subs {
		if d.path == p {
			return d
		}
	}
	panic(fmt.Errorf("disk: no folder %s", p))
}

func (v *Volume) drop(d *folder) {
	parent := v.find(path.Dir(d.path))
	for i, s := range parent.subs {
		if s == d {
			parent.subs = append(parent.subs[:i], parent.subs[i+1:]...)
			return
		}
	}
}

// addEntry writes 32 bytes at the folder's end and returns their offset.
func (v *Volume) addEntry(d *folder, e [entryB]byte) int64 {
	const perCluster = clusterB / entryB
	if d.used == len(d.chain)*perCluster {
		d.chain = append(d.chain, v.take(1)...)
		v.link(d.chain)
		v.wipe(d.chain[len(d.chain)-1])
	}
	at := v.offset(d.chain[d.used/perCluster]) + int64(d.used%perCluster)*entryB
	copy(v.img[at:], e[:])
	d.used++
	return at
}

// addNamed writes a file's entries: long name parts from last to first, then the
// short entry.
func (v *Volume) addNamed(d *folder, name string, attr byte, first, size uint32, when time.Time) []int64 {
	if d.names == nil {
		d.names = map[string]bool{}
	}
	short, exact := shortName(name, d.names)
	d.names[short] = true
	var at []int64
	if !exact {
		sum := byte(0)
		for i := range 11 {
			sum = sum>>1 + sum<<7 + short[i]
		}
		u := append(utf16.Encode([]rune(name)), 0)
		for len(u)%13 != 0 {
			u = append(u, 0xFFFF)
		}
		if len(u) >= 26 && len(u)%13 == 0 && len(utf16.Encode([]rune(name)))%13 == 0 {
			u = u[:len(u)-13] // a name that fills its parts has no terminator
		}
		parts := len(u) / 13
		for k := parts; k >= 1; k-- {
			at = append(at, v.addEntry(d, longEntry(u[13*(k-1):13*k], byte(k), k == parts, sum)))
		}
	}
	return append(at, v.addEntry(d, shortEntry(short, attr, first, size, when)))
}

func longEntry(u []uint16, order byte, last bool, sum byte) (e [entryB]byte) {
	e[0] = order
	if last {
		e[0] |= 0x40
	}
	e[11], e[13] = attrLong, sum
	at := 1
	for i, c := range u {
		switch i {
		case 5:
			at = 14
		case 11:
			at = 28
		}
		binary.LittleEndian.PutUint16(e[at:], c)
		at += 2
	}
	return e
}

func shortEntry(name string, attr byte, first, size uint32, when time.Time) (e [entryB]byte) {
	copy(e[:11], name)
	e[11] = attr
	le := binary.LittleEndian
	day := uint16(when.Year()-1980)<<9 | uint16(when.Month())<<5 | uint16(when.Day())
	clock := uint16(when.Hour())<<11 | uint16(when.Minute())<<5 | uint16(when.Second()/2)
	e[13] = byte(when.Second() % 2 * 100)
	le.PutUint16(e[14:], clock)
	le.PutUint16(e[16:], day)
	le.PutUint16(e[18:], day)
	le.PutUint16(e[20:], uint16(first>>16))
	le.PutUint16(e[22:], clock)
	le.PutUint16(e[24:], day)
	le.PutUint16(e[26:], uint16(first))
	le.PutUint32(e[28:], size)
	return e
}

func pad11(s string) string { return fmt.Sprintf("%-11.11s", strings.ToUpper(s)) }

// shortName makes the 8.3 name and says whether it is the whole name.
func shortName(name string, taken map[string]bool) (string, bool) {
	base, ext, _ := strings.Cut(name, ".")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		base, ext = name[:i], name[i+1:]
	}
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z':
				return r - 32
			case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
				return r
			case r < 128:
				return -1
			}
			return '_'
		}, s)
	}
	b, x := clean(base), clean(ext)
	if b == base && x == ext && len(b) <= 8 && len(x) <= 3 && len(b) > 0 {
		return fmt.Sprintf("%-8s%-3s", b, x), true
	}
	for n := 1; ; n++ {
		tail := fmt.Sprintf("~%d", n)
		s := fmt.Sprintf("%-8s%-3.3s", b[:min(len(b), 8-len(tail))]+tail, x)
		if !taken[s] {
			return s, false
		}
	}
}
