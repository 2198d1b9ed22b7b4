// Package ole2test makes small compound files for tests, written from the
// specification [MS-CFB] apart from the reader.
package ole2test

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"unicode/utf16"
)

// Stream is one stream; Path has the names of its storages before its own.
type Stream struct {
	Path string
	Data []byte
}

// File is what to write.
type File struct {
	Version int // 3 or 4; 0 for 3
	Class   [16]byte
	Streams []Stream
	// Step scatters the sectors: sector i of the plain order lies at i*Step modulo
	// their number. It must have no divisor in common with it; 0 and 1 leave the order,
	// in which the directory and the FAT come last.
	Step int
}

const none, end, fatMark, difatMark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC

var le = binary.LittleEndian

type node struct {
	name        string
	kind        byte
	child, next uint32
	start       uint32
	data        []byte
	children    []int
}

// Sectors tells how many sectors a file has, for choosing a Step.
func (f File) Sectors() int {
	b := f.Bytes()
	sectorB := 1 << b[30]
	return len(b)/sectorB - 1
}

// Bytes writes the file.
func (f File) Bytes() []byte {
	version, sectorB := max(f.Version, 3), 512
	if version == 4 {
		sectorB = 4096
	}
	nodes := []node{{name: "Root Entry", kind: 5}}
	for _, s := range f.Streams {
		at := 0
		names := strings.Split(s.Path, "/")
		for _, n := range names[:len(names)-1] {
			i := slices.IndexFunc(nodes[at].children, func(c int) bool { return nodes[c].name == n })
			if i < 0 {
				nodes = append(nodes, node{name: n, kind: 1})
				nodes[at].children = append(nodes[at].children, len(nodes)-1)
				at = len(nodes) - 1
			} else {
				at = nodes[at].children[i]
			}
		}
		nodes = append(nodes, node{name: names[len(names)-1], kind: 2, data: s.Data})
		nodes[at].children = append(nodes[at].children, len(nodes)-1)
	}
	for i := range nodes {
		nodes[i].child, nodes[i].next, nodes[i].start = none, none, end
	}
	for i := range nodes {
		c := nodes[i].children
		sort.Slice(c, func(a, b int) bool { return nodes[c[a]].name < nodes[c[b]].name })
		for k, id := range c {
			if k == 0 {
				nodes[i].child = uint32(id)
			} else {
				nodes[c[k-1]].next = uint32(id)
			}
		}
	}
	var short, miniFAT []byte
	for i := range nodes {
		n := &nodes[i]
		if n.kind != 2 || len(n.data) == 0 || len(n.data) >= 4096 {
			continue
		}
		n.start = uint32(len(short) / 64)
		short = append(short, pad(n.data, 64, 0)...)
		for k := n.start; int(k) < len(short)/64-1; k++ {
			miniFAT = le.AppendUint32(miniFAT, k+1)
		}
		miniFAT = le.AppendUint32(miniFAT, end)
	}
	nodes[0].data = short
	// contents in the plain order, each with the entry that has its first sector
	var contents [][]byte
	var owners []int
	for i := range nodes {
		if n := nodes[i]; len(n.data) > 0 && (i == 0 || len(n.data) >= 4096) {
			contents, owners = append(contents, n.data), append(owners, i)
		}
	}
	per := sectorB / 4
	dirB := (len(nodes)*128 + sectorB - 1) / sectorB * sectorB
	contents = append(contents, miniFAT, make([]byte, dirB))
	plain := 0
	for _, c := range contents {
		plain += (len(c) + sectorB - 1) / sectorB
	}
	fats, difats := 1, 0
	for plain+fats+difats > fats*per {
		fats++
		difats = max(0, (fats-109+per-2)/(per-1))
	}
	total := plain + fats + difats
	at := func(i int) uint32 { return uint32(i * max(f.Step, 1) % total) }
	fat := make([]uint32, fats*per)
	for i := range fat {
		fat[i] = none
	}
	out := make([]byte, (total+1)*sectorB)
	put := func(i int, b []byte) { copy(out[(int(at(i))+1)*sectorB:][:sectorB], b) }
	next := 0
	starts := make([]uint32, len(contents))
	for k, c := range contents {
		starts[k] = end
		for o := 0; o < len(c); o += sectorB {
			if o == 0 {
				starts[k] = at(next)
			}
			fat[at(next)] = end
			if o+sectorB < len(c) {
				fat[at(next)] = at(next + 1)
			}
			put(next, c[o:])
			next++
		}
	}
	for k, i := range owners {
		nodes[i].start = starts[k]
	}
	// the directory and the mini FAT again, now that all is placed
	mini, dir := len(contents)-2, len(contents)-1
	d := make([]byte, dirB)
	for i, n := range nodes {
		e := d[i*128:]
		for k, u := range utf16.Encode([]rune(n.name)) {
			le.PutUint16(e[2*k:], u)
			le.PutUint16(e[64:], uint16(2*k+4))
		}
		e[66], e[67] = n.kind, 1
		le.PutUint32(e[68:], none)
		le.PutUint32(e[72:], n.next)
		le.PutUint32(e[76:], n.child)
		le.PutUint32(e[116:], n.start)
		le.PutUint32(e[120:], uint32(len(n.data)))
	}
	copy(d[80:96], f.Class[:])
	first := plain - dirB/sectorB
	for o := 0; o < dirB; o += sectorB {
		put(first+o/sectorB, d[o:])
	}
	h := out[:512]
	copy(h, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le.PutUint16(h[24:], 0x3E)
	le.PutUint16(h[26:], uint16(version))
	le.PutUint16(h[28:], 0xFFFE)
	h[30], h[32] = 9, 6
	if version == 4 {
		h[30] = 12
		le.PutUint32(h[40:], uint32(dirB/sectorB))
	}
	le.PutUint32(h[44:], uint32(fats))
	le.PutUint32(h[48:], starts[dir])
	le.PutUint32(h[56:], 4096)
	le.PutUint32(h[60:], starts[mini])
	le.PutUint32(h[64:], uint32((len(miniFAT)+sectorB-1)/sectorB))
	le.PutUint32(h[68:], end)
	le.PutUint32(h[72:], uint32(difats))
	if difats > 0 {
		le.PutUint32(h[68:], at(plain+fats))
	}
	for i := range 109 {
		le.PutUint32(h[76+4*i:], none)
	}
	difat := make([][]byte, difats)
	for k := range difat {
		difat[k] = make([]byte, sectorB)
		for o := 0; o < sectorB; o += 4 {
			le.PutUint32(difat[k][o:], none)
		}
		le.PutUint32(difat[k][sectorB-4:], end)
		if k+1 < difats {
			le.PutUint32(difat[k][sectorB-4:], at(plain+fats+k+1))
		}
		fat[at(plain+fats+k)] = difatMark
	}
	for i := range fats {
		s := at(plain + i)
		fat[s] = fatMark
		if i < 109 {
			le.PutUint32(h[76+4*i:], s)
		} else {
			le.PutUint32(difat[(i-109)/(per-1)][(i-109)%(per-1)*4:], s)
		}
	}
	for k := range difat {
		put(plain+fats+k, difat[k])
	}
	for i := range fats {
		b := make([]byte, 0, sectorB)
		for _, x := range fat[i*per : (i+1)*per] {
			b = le.AppendUint32(b, x)
		}
		put(plain+i, b)
	}
	if len(miniFAT) > 0 {
		size := (len(miniFAT) + sectorB - 1) / sectorB
		m := pad(miniFAT, sectorB, 0xFF)
		for k := range size {
			put(first-size+k, m[k*sectorB:])
		}
	}
	return out
}

func pad(b []byte, to int, with byte) []byte {
	out := append([]byte(nil), b...)
	for len(out)%to != 0 {
		out = append(out, with)
	}
	return out
}

// Catalog is the catalog of a Thumbs.db for names numbered from 1; time is when the
// first was changed, each other one a second later.
func Catalog(time uint64, names ...string) []byte {
	b := []byte{16, 0, 7, 0}
	b = le.AppendUint32(b, uint32(len(names)))
	b = le.AppendUint32(le.AppendUint32(b, 96), 96)
	for i, n := range names {
		u := utf16.Encode([]rune(n))
		b = le.AppendUint32(b, uint32(20+2*len(u)))
		b = le.AppendUint32(b, uint32(i+1))
		b = le.AppendUint64(b, time+uint64(i)*10_000_000)
		for _, x := range u {
			b = le.AppendUint16(b, x)
		}
		b = append(b, 0, 0, 0, 0)
	}
	return b
}

// Thumb is the stream of a Thumbs.db that holds a picture.
func Thumb(picture []byte) []byte {
	b := le.AppendUint32(nil, 12)
	b = le.AppendUint32(le.AppendUint32(b, 1), uint32(len(picture)))
	return append(b, picture...)
}
