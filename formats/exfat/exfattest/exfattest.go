// Package exfattest makes small exFAT volumes for tests: files at chosen
// clusters, with or without a chain, and deletions as systems do them. It is
// written from the specification, apart from the reader that it tests.
package exfattest

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Volume is a volume in memory. It panics on wrong use, as only tests use it.
type Volume struct {
	Image    []byte
	ClusterB int

	fatB, dataB, clusters int
	dirs                  map[string]*dir
	entries               map[string]entry
}

type dir struct{ cluster, next int }

type entry struct {
	at, slots int
	clusters  []uint32
}

const sectorB = 512

// New makes an empty volume with sectors of 512 bytes and two sectors a cluster.
// Cluster 2 holds the bitmap, 3 the up-case table and 4 the root directory.
func New(clusters int) *Volume {
	fatSectors := (clusters+2)*4/sectorB + 1
	v := &Volume{ClusterB: 2 * sectorB, fatB: 24 * sectorB, dataB: (24 + fatSectors) * sectorB, clusters: clusters,
		dirs: map[string]*dir{"": {cluster: 4}}, entries: map[string]entry{}}
	v.Image = make([]byte, v.dataB+clusters*v.ClusterB)
	b, le := v.Image, binary.LittleEndian
	copy(b, "\xEB\x76\x90EXFAT   ")
	le.PutUint64(b[72:], uint64(len(b)/sectorB))
	le.PutUint32(b[80:], 24)
	le.PutUint32(b[84:], uint32(fatSectors))
	le.PutUint32(b[88:], uint32(v.dataB/sectorB))
	le.PutUint32(b[92:], uint32(clusters))
	le.PutUint32(b[96:], 4)
	le.PutUint32(b[100:], 0x1234ABCD)
	le.PutUint16(b[104:], 0x100)
	b[108], b[109], b[110], b[111], b[112] = 9, 1, 1, 0x80, 0xFF
	b[510], b[511] = 0x55, 0xAA
	for i := 1; i <= 8; i++ {
		b[i*sectorB+510], b[i*sectorB+511] = 0x55, 0xAA
	}
	v.Seal()
	copy(b[12*sectorB:], b[:12*sectorB])
	v.SetFAT(0, 0xFFFFFFF8)
	v.SetFAT(1, 0xFFFFFFFF)
	for c := uint32(2); c <= 4; c++ {
		v.SetFAT(c, 0xFFFFFFFF)
		v.Mark(c, true)
	}
	// an up-case table: ASCII, and a run of all others
	up := v.Image[v.Offset(3):]
	n := 0
	for i := range 128 {
		u := uint16(i)
		if i >= 'a' && i <= 'z' {
			u -= 32
		}
		le.PutUint16(up[n:], u)
		n += 2
	}
	le.PutUint16(up[n:], 0xFFFF)
	le.PutUint16(up[n+2:], 65536-128)
	n += 4
	var sum uint32
	for _, c := range up[:n] {
		sum = (sum<<31 | sum>>1) + uint32(c)
	}
	root := v.Image[v.Offset(4):]
	root[0], root[1] = 0x83, 8
	for i, c := range utf16.Encode([]rune("TESTCARD")) {
		le.PutUint16(root[2+2*i:], c)
	}
	root[32] = 0x81
	le.PutUint32(root[52:], 2)
	le.PutUint64(root[56:], uint64((clusters+7)/8))
	root[64] = 0x82
	le.PutUint32(root[68:], sum)
	le.PutUint32(root[84:], 3)
	le.PutUint64(root[88:], uint64(n))
	v.dirs[""].next = 96
	return v
}

// Seal writes the check sum of the main boot region anew.
func (v *Volume) Seal() {
	var sum uint32
	for i, c := range v.Image[:11*sectorB] {
		if i != 106 && i != 107 && i != 112 {
			sum = (sum<<31 | sum>>1) + uint32(c)
		}
	}
	for i := 11 * sectorB; i < 12*sectorB; i += 4 {
		binary.LittleEndian.PutUint32(v.Image[i:], sum)
	}
}

// Offset is where a cluster lies in the image.
func (v *Volume) Offset(c uint32) int { return v.dataB + int(c-2)*v.ClusterB }

// SetFAT writes an entry of the table.
func (v *Volume) SetFAT(c, value uint32) {
	binary.LittleEndian.PutUint32(v.Image[v.fatB+4*int(c):], value)
}

// Mark sets or clears a cluster's bit of the bitmap.
func (v *Volume) Mark(c uint32, used bool) {
	b := &v.Image[v.Offset(2)+int(c-2)/8]
	if used {
		*b |= 1 << ((c - 2) % 8)
	} else {
		*b &^= 1 << ((c - 2) % 8)
	}
}

// Seq lists n clusters from first on.
func Seq(first uint32, n int) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = first + uint32(i)
	}
	return s
}

func oneRun(list []uint32) bool {
	for i := 1; i < len(list); i++ {
		if list[i] != list[i-1]+1 {
			return false
		}
	}
	return true
}

// Put adds a file at the given clusters, in file order; the table has its chain
// only when it is in pieces. The name may be a path whose folders exist.
func (v *Volume) Put(path string, data []byte, clusters []uint32) {
	if need := (len(data) + v.ClusterB - 1) / v.ClusterB; need != len(clusters) {
		panic("wrong number of clusters for " + path)
	}
	for i, c := range clusters {
		copy(v.Image[v.Offset(c):v.Offset(c)+v.ClusterB], data[i*v.ClusterB:])
	}
	v.add(path, 0x20, len(data), clusters)
}

// Mkdir adds a folder of one cluster.
func (v *Volume) Mkdir(path string, c uint32) {
	v.dirs[path] = &dir{cluster: int(c)}
	clear(v.Image[v.Offset(c) : v.Offset(c)+v.ClusterB])
	v.add(path, 0x10, v.ClusterB, []uint32{c})
}

func (v *Volume) add(path string, attr uint16, size int, clusters []uint32) {
	le := binary.LittleEndian
	flags := byte(3)
	if len(clusters) == 0 || !oneRun(clusters) {
		flags = 1
		for i, c := range clusters {
			next := uint32(0xFFFFFFFF)
			if i+1 < len(clusters) {
				next = clusters[i+1]
			}
			v.SetFAT(c, next)
		}
	}
	for _, c := range clusters {
		v.Mark(c, true)
	}
	i := strings.LastIndexByte(path, '/')
	d := v.dirs[path[:max(i, 0)]]
	name := utf16.Encode([]rune(path[i+1:]))
	names := (len(name) + 14) / 15
	b := make([]byte, 64+32*names)
	b[0], b[1] = 0x85, byte(1+names)
	le.PutUint16(b[4:], attr)
	const date, clock = (2024-1980)<<9 | 3<<5 | 1, 10<<11 | 20<<5 | 15
	for _, o := range []int{8, 12, 16} {
		le.PutUint32(b[o:], date<<16|clock)
	}
	b[20], b[22], b[23] = 150, 0x80|32, 0x80|(128-14) // 1.5 s; UTC+8; UTC-3:30
	s := b[32:]
	s[0], s[1], s[3] = 0xC0, flags, byte(len(name))
	le.PutUint64(s[8:], uint64(size))
	le.PutUint64(s[24:], uint64(size))
	if len(clusters) > 0 {
		le.PutUint32(s[20:], clusters[0])
	}
	var hash uint16
	for k, c := range name {
		le.PutUint16(b[64+32*(k/15)+2+2*(k%15):], c)
		if c >= 'a' && c <= 'z' {
			c -= 32
		}
		hash = (hash<<15 | hash>>1) + c&0xFF
		hash = (hash<<15 | hash>>1) + c>>8
	}
	le.PutUint16(s[4:], hash)
	for k := range names {
		b[64+32*k] = 0xC1
	}
	var sum uint16
	for k, c := range b {
		if k != 2 && k != 3 {
			sum = (sum<<15 | sum>>1) + uint16(c)
		}
	}
	le.PutUint16(b[2:], sum)
	if d.next+len(b) > v.ClusterB {
		panic("the folder is full")
	}
	at := v.Offset(uint32(d.cluster)) + d.next
	copy(v.Image[at:], b)
	d.next += len(b)
	v.entries[path] = entry{at, len(b) / 32, clusters}
}

// Delete removes a file as systems do: the in-use bits of its entries and of its
// clusters are cleared; content and chain stay.
func (v *Volume) Delete(path string) {
	e, ok := v.entries[path]
	if !ok {
		panic("no " + path)
	}
	for i := range e.slots {
		v.Image[e.at+32*i] &= 0x7F
	}
	for _, c := range e.clusters {
		v.Mark(c, false)
	}
}

// EntryAt is where the entries of a file begin in the image.
func (v *Volume) EntryAt(path string) int { return v.entries[path].at }
