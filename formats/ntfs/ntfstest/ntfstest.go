// Package ntfstest makes small NTFS volumes for tests: records, streams and
// indexes at chosen places, deletions as Windows does them. It is written from
// the documentation, apart from the reader that it tests.
package ntfstest

import (
	"encoding/binary"
	"unicode/utf16"
)

// Volume is a volume in memory. It panics on wrong use, as only tests use it.
type Volume struct {
	Image    []byte
	ClusterB int
	RecordB  int

	records, mftAt, mirrorAt, bitmapAt int // clusters but for records
	clusters                           int
	files                              map[int]File
}

// Times of every file that sets none: 2024-03-01 10:20:30.1234567, in 100 ns from 1601.
const Stamp = 133537620301234567

// File is a record of the master file table.
type File struct {
	Record    int
	Seq       int // 1 when 0
	Parent    int // the root when 0
	ParentSeq int // 1 when 0, 5 for the root
	Name      string
	Space     byte
	Dir       bool
	Deleted   bool
	Base      int // for an extension record
	BaseSeq   int
	Changed   uint64 // Stamp when 0
	NoNames   bool
	Attrs     [][]byte // further attributes, in order
}

var le = binary.LittleEndian

// New makes an empty volume with room for records in its table.
func New(clusterB, recordB, clusters, records int) *Volume {
	v := &Volume{Image: make([]byte, clusters*clusterB+512), ClusterB: clusterB, RecordB: recordB, records: records, clusters: clusters, files: map[int]File{}}
	v.mftAt = 4
	mftClusters := (records*recordB + clusterB - 1) / clusterB
	v.mirrorAt = v.mftAt + mftClusters
	v.bitmapAt = v.mirrorAt + (4*recordB+clusterB-1)/clusterB
	bitmapB := (clusters + 63) / 64 * 8
	bitmapClusters := (bitmapB + clusterB - 1) / clusterB
	v.boot()
	table := RunAttr(0x80, "", Run{v.mftAt, mftClusters}.list(), Sizes{records * recordB, records * recordB, records * recordB, 0, 0, 0})
	for i := range v.bitmapAt + bitmapClusters {
		v.Mark(i, true)
	}
	v.Put(File{Record: 0, Name: "$MFT", Attrs: [][]byte{table}})
	v.Put(File{Record: 1, Name: "$MFTMirr", Attrs: [][]byte{RunAttr(0x80, "", Run{v.mirrorAt, 1}.list(), Sizes{4 * recordB, clusterB, 4 * recordB, 0, 0, 0})}})
	v.Put(File{Record: 2, Name: "$LogFile", Attrs: [][]byte{ResidentAttr(0x80, "", nil)}})
	info := make([]byte, 12)
	info[8], info[9] = 3, 1
	v.Put(File{Record: 3, Name: "$Volume", Attrs: [][]byte{ResidentAttr(0x60, "", text("TESTDISK")), ResidentAttr(0x70, "", info)}})
	v.Put(File{Record: 5, Seq: 5, Name: ".", Dir: true})
	v.Put(File{Record: 6, Name: "$Bitmap", Attrs: [][]byte{RunAttr(0x80, "", Run{v.bitmapAt, bitmapClusters}.list(), Sizes{bitmapB, bitmapClusters * clusterB, bitmapB, 0, 0, 0})}})
	return v
}

func (v *Volume) boot() {
	b := v.Image
	copy(b, "\xEB\x52\x90NTFS    ")
	le.PutUint16(b[11:], 512)
	b[13] = byte(v.ClusterB / 512)
	le.PutUint64(b[40:], uint64(v.clusters*v.ClusterB/512))
	le.PutUint64(b[48:], uint64(v.mftAt))
	le.PutUint64(b[56:], uint64(v.mirrorAt))
	b[64] = sizeByte(v.RecordB, v.ClusterB)
	b[68] = sizeByte(4096, v.ClusterB)
	le.PutUint64(b[72:], 0x1234ABCD56789ABC)
	b[510], b[511] = 0x55, 0xAA
	copy(b[len(b)-512:], b[:512])
}

func sizeByte(n, clusterB int) byte {
	if n >= clusterB {
		return byte(n / clusterB)
	}
	log := 0
	for 1<<log < n {
		log++
	}
	return byte(-log)
}

// Mark sets or clears a cluster in $Bitmap.
func (v *Volume) Mark(c int, used bool) {
	b := &v.Image[v.bitmapAt*v.ClusterB+c/8]
	*b &^= 1 << (c % 8)
	if used {
		*b |= 1 << (c % 8)
	}
}

// Fill writes content to clusters in their order and marks them as used or free.
func (v *Volume) Fill(list []int, data []byte, used bool) {
	for i, c := range list {
		v.Mark(c, used)
		if from := i * v.ClusterB; from < len(data) {
			copy(v.Image[c*v.ClusterB:(c+1)*v.ClusterB], data[from:])
		}
	}
}

// Offset is where a record lies in the image.
func (v *Volume) Offset(record int) int { return v.mftAt*v.ClusterB + record*v.RecordB }

// Put writes a record, to the mirror too when it is one of the first four.
func (v *Volume) Put(f File) {
	b := v.Record(f)
	copy(v.Image[v.Offset(f.Record):], b)
	if f.Record < 4 {
		copy(v.Image[v.mirrorAt*v.ClusterB+f.Record*v.RecordB:], b)
	}
	v.files[f.Record] = f
}

// Record makes the bytes of a record, fixups applied.
func (v *Volume) Record(f File) []byte {
	seq := max(f.Seq, 1)
	b := make([]byte, v.RecordB)
	copy(b, "FILE")
	strides := v.RecordB / 512
	le.PutUint16(b[4:], 48)
	le.PutUint16(b[6:], uint16(strides+1))
	le.PutUint16(b[16:], uint16(seq))
	le.PutUint16(b[18:], 1)
	first := (48 + 2*(strides+1) + 7) / 8 * 8
	le.PutUint16(b[20:], uint16(first))
	if !f.Deleted {
		b[22] |= 1
	}
	if f.Dir {
		b[22] |= 2
	}
	if f.Base != 0 {
		le.PutUint64(b[32:], uint64(f.Base)|uint64(max(f.BaseSeq, 1))<<48)
	}
	le.PutUint32(b[44:], uint32(f.Record))
	at := first
	add := func(a []byte) {
		at += copy(b[at:], a)
	}
	changed := f.Changed
	if changed == 0 {
		changed = Stamp
	}
	if f.Base == 0 {
		si := make([]byte, 48)
		for i := range 4 {
			le.PutUint64(si[8*i:], Stamp+uint64(i)*10_000_000)
		}
		le.PutUint64(si[16:], changed)
		add(ResidentAttr(0x10, "", si))
		if !f.NoNames {
			add(ResidentAttr(0x30, "", f.FileName()))
		}
	}
	for _, a := range f.Attrs {
		add(a)
	}
	le.PutUint32(b[at:], 0xFFFFFFFF)
	le.PutUint32(b[24:], uint32(at+8))
	le.PutUint32(b[28:], uint32(len(b)))
	Protect(b, 48, 0x0707)
	return b
}

// Protect replaces the last two bytes of each 512 by a mark and saves them at at.
func Protect(b []byte, at int, mark uint16) {
	le.PutUint16(b[at:], mark)
	for i := range len(b) / 512 {
		end := b[i*512+510 : i*512+512]
		copy(b[at+2+2*i:], end)
		le.PutUint16(end, mark)
	}
}

// FileName is the value of the file's $FILE_NAME attribute.
func (f File) FileName() []byte {
	parent, seq := f.Parent, f.ParentSeq
	if parent == 0 {
		parent, seq = 5, 5
	}
	name := text(f.Name)
	b := make([]byte, 66, 66+len(name))
	le.PutUint64(b, uint64(parent)|uint64(max(seq, 1))<<48)
	for i := range 4 {
		le.PutUint64(b[8+8*i:], Stamp)
	}
	b[64], b[65] = byte(len(name)/2), f.Space
	return append(b, name...)
}

func text(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}
