// Package fattest makes small FAT volumes for tests: files at chosen clusters,
// long names, deletions as devices do them. It is written from the
// specification, apart from the reader that it tests.
package fattest

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Volume is a volume in memory. It panics on wrong use, as only tests use it.
type Volume struct {
	Image    []byte
	Bits     int
	ClusterB int

	fatB, fatLen, rootB, dataB int
	clusters, grown            int
	dirs                       map[string]*dir
	entries                    map[string]entry
}

type dir struct {
	base int // offset of the root area of FAT12 and FAT16
	list []uint32
	next int // offset of the next free slot within the directory
}

type entry struct {
	slots    []int // offsets in the image
	clusters []uint32
}

const sectorB = 512

// New makes an empty volume of 12, 16 or 32 bits with sectors of 512 bytes and
// one sector a cluster.
func New(bits, clusters int) *Volume {
	v := &Volume{Bits: bits, ClusterB: sectorB, clusters: clusters, dirs: map[string]*dir{}, entries: map[string]entry{}}
	reserved, rootEntries := 1, 64
	if bits == 32 {
		reserved, rootEntries = 32, 0
	}
	fatSectors := ((clusters+2)*bits/8 + sectorB) / sectorB
	v.fatB, v.fatLen = reserved*sectorB, fatSectors*sectorB
	v.rootB = v.fatB + 2*v.fatLen
	v.dataB = v.rootB + rootEntries*32
	v.Image = make([]byte, v.dataB+clusters*sectorB)
	le, b := binary.LittleEndian, v.Image
	copy(b, "\xEB\x58\x90FIRETEST")
	le.PutUint16(b[11:], sectorB)
	b[13], b[16], b[21] = 1, 2, 0xF8
	le.PutUint16(b[14:], uint16(reserved))
	le.PutUint16(b[17:], uint16(rootEntries))
	le.PutUint32(b[32:], uint32(len(b)/sectorB))
	ext := b[36:]
	if bits == 32 {
		le.PutUint32(b[36:], uint32(fatSectors))
		le.PutUint32(b[44:], 2)
		le.PutUint16(b[48:], 1)
		le.PutUint16(b[50:], 6)
		ext = b[64:]
	} else {
		le.PutUint16(b[22:], uint16(fatSectors))
	}
	ext[2] = 0x29
	copy(ext[3:], "\xCD\xAB\x34\x12TESTCARD   ")
	b[510], b[511] = 0x55, 0xAA
	v.setFAT(0, 0x0FFFFFF8)
	v.setFAT(1, 0x0FFFFFFF)
	v.dirs[""] = &dir{base: v.rootB}
	if bits == 32 {
		copy(b[6*sectorB:], b[:sectorB])
		v.dirs[""] = &dir{list: []uint32{2}}
		v.setFAT(2, 0x0FFFFFFF)
	}
	return v
}

// SetFAT writes an entry of both tables.
func (v *Volume) SetFAT(c, value uint32) { v.setFAT(c, value) }

func (v *Volume) setFAT(c, value uint32) {
	le := binary.LittleEndian
	for i := range 2 {
		t := v.Image[v.fatB+i*v.fatLen:]
		switch v.Bits {
		case 12:
			o := int(c) * 3 / 2
			old := le.Uint16(t[o:])
			if c&1 != 0 {
				le.PutUint16(t[o:], old&0xF|uint16(value)<<4)
			} else {
				le.PutUint16(t[o:], old&0xF000|uint16(value)&0xFFF)
			}
		case 16:
			le.PutUint16(t[2*c:], uint16(value))
		default:
			le.PutUint32(t[4*c:], value)
		}
	}
}

// Offset is where a cluster lies in the image.
func (v *Volume) Offset(c uint32) int { return v.dataB + int(c-2)*v.ClusterB }

// Seq lists n clusters from first on.
func Seq(first uint32, n int) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = first + uint32(i)
	}
	return s
}

func (v *Volume) chain(list []uint32) {
	for i, c := range list {
		next := uint32(0x0FFFFFFF)
		if i+1 < len(list) {
			next = list[i+1]
		}
		v.setFAT(c, next)
	}
}

// Put adds a file at the given clusters, in file order. The name may be a path
// whose folders exist. Names that are no 8.3 names in upper case get a long name.
func (v *Volume) Put(path string, data []byte, clusters []uint32) {
	if need := (len(data) + v.ClusterB - 1) / v.ClusterB; need != len(clusters) {
		panic("wrong number of clusters for " + path)
	}
	for i, c := range clusters {
		copy(v.Image[v.Offset(c):v.Offset(c)+v.ClusterB], data[i*v.ClusterB:])
	}
	v.chain(clusters)
	v.add(path, 0x20, len(data), clusters)
}

// Mkdir adds a folder of one cluster.
func (v *Volume) Mkdir(path string, c uint32) {
	v.chain([]uint32{c})
	v.dirs[path] = &dir{list: []uint32{c}, next: 64}
	dot := v.Image[v.Offset(c):]
	v.short(dot, ".          ", 0x10, 0, c)
	v.short(dot[32:], "..         ", 0x10, 0, 0)
	v.add(path, 0x10, 0, []uint32{c})
}

func split(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

func (v *Volume) add(path string, attr byte, size int, clusters []uint32) {
	parent, name := split(path)
	base, ext, _ := strings.Cut(name, ".")
	short := strings.ToUpper(name) == name && len(base) <= 8 && len(ext) <= 3
	n83 := (base + "        ")[:8] + (ext + "   ")[:3]
	if !short {
		n83 = strings.ToUpper("LN" + string(rune('A'+len(v.entries)%26)) + "XYZ~1" + (ext + "   ")[:3])
	}
	var sum byte
	for i := range 11 {
		sum = sum>>1 | sum<<7
		sum += n83[i]
	}
	var slots []byte
	if !short {
		u := append(utf16.Encode([]rune(name)), 0)
		for len(u)%13 != 0 {
			u = append(u, 0xFFFF)
		}
		for i := len(u)/13 - 1; i >= 0; i-- {
			s := make([]byte, 32)
			s[0] = byte(i + 1)
			if i == len(u)/13-1 {
				s[0] |= 0x40
			}
			s[11], s[13] = 0x0F, sum
			for k, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
				binary.LittleEndian.PutUint16(s[at:], u[13*i+k])
			}
			slots = append(slots, s...)
		}
	}
	last := make([]byte, 32)
	first := uint32(0)
	if len(clusters) > 0 {
		first = clusters[0]
	}
	v.short(last, n83, attr, size, first)
	slots = append(slots, last...)
	d := v.dirs[parent]
	e := entry{clusters: clusters}
	for ; len(slots) > 0; slots = slots[32:] {
		at := d.base + d.next
		if d.list != nil {
			if d.next/v.ClusterB == len(d.list) { // the folder grows by a cluster from the end of the volume
				d.list = append(d.list, uint32(v.clusters+1-v.grown))
				v.grown++
				v.chain(d.list)
			}
			at = v.Offset(d.list[d.next/v.ClusterB]) + d.next%v.ClusterB
		}
		copy(v.Image[at:at+32], slots)
		d.next += 32
		e.slots = append(e.slots, at)
	}
	v.entries[path] = e
}

// short writes an entry with the times 2024-03-01 10:20:30 and so on.
func (v *Volume) short(b []byte, name string, attr byte, size int, cluster uint32) {
	le := binary.LittleEndian
	copy(b, name)
	const date, clock = (2024-1980)<<9 | 3<<5 | 1, 10<<11 | 20<<5 | 15
	b[11], b[13] = attr, 50
	le.PutUint16(b[14:], clock)
	le.PutUint16(b[16:], date)
	le.PutUint16(b[18:], date+1)
	le.PutUint16(b[20:], uint16(cluster>>16))
	le.PutUint16(b[22:], clock)
	le.PutUint16(b[24:], date)
	le.PutUint16(b[26:], uint16(cluster))
	le.PutUint32(b[28:], uint32(size))
}

// Delete removes a file as devices do: its slots are marked and its chain is
// cleared; the content stays.
func (v *Volume) Delete(path string) {
	e, ok := v.entries[path]
	if !ok {
		panic("no " + path)
	}
	for _, at := range e.slots {
		v.Image[at] = 0xE5
	}
	for _, c := range e.clusters {
		v.setFAT(c, 0)
	}
}
