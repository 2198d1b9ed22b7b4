// Package disk makes images of a storage medium as a recorder leaves it: a
// master boot record and one FAT32 partition on which files were written,
// grown, deleted and partly overwritten. Every file's bytes and place are known.
//
// The layout follows Microsoft, "FAT: General Overview of On-Disk Format",
// version 1.03 (2000). It is written here from scratch and shares no code with
// the readers that are tested on it.
package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"time"
)

const (
	sectorB     = 512
	clusterB    = 512 // the smallest, so that a small image is still FAT32
	firstSector = 2048
	reserved    = 32
	minClusters = 65525 // fewer would make it FAT16 by definition
	endOfChain  = 0x0FFFFFFF
	firstFree   = 3 // cluster 2 is the root folder
)

// Run is a range of the image.
type Run struct {
	OffsetB int64 `json:"offset"`
	LengthB int64 `json:"length"`
}

// State is what became of a file.
type State string

// The states of a file at the end.
const (
	Live        State = "live"
	Deleted     State = "deleted"     // entry marked, chain freed, bytes there in one run
	Fragmented  State = "fragmented"  // deleted, bytes there in several runs
	Overwritten State = "overwritten" // deleted, some of its bytes are another file's
	Orphan      State = "orphan"      // bytes there, no entry names them
)

// Record is the truth about one file.
type Record struct {
	Path   string `json:"path"` // empty for an orphan
	State  State  `json:"state"`
	SizeB  int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Runs   []Run  `json:"runs"` // in file order
	// Recoverable: all bytes are there and in one run. A fragmented file may be
	// recovered too, but nothing promises it.
	Recoverable bool `json:"recoverable"`
}

// Volume is an image in the making. Its methods panic only when the image is
// full or a path is used wrongly, which is the caller's error.
type Volume struct {
	img       []byte
	fatB      int64 // offset of the first FAT
	fatSizeB  int64
	dataB     int64 // offset of cluster 2
	clusters  uint32
	cursor    uint32 // where the search for free clusters begins
	rng       *rand.Rand
	root      *folder
	files     []*file
	serial    uint32
	formatted time.Time
}

type file struct {
	rec     Record
	data    []byte
	chain   []uint32
	dir     *folder
	entryB  []int64 // offsets of its directory entries, long name first
	orphan  bool
	deleted bool
}

// New formats an image of sizeB bytes. when is the recorder's clock; the volume
// serial and the slack's contents follow from seed.
func New(sizeB int64, label string, when time.Time, seed int64) (*Volume, error) {
	v := &Volume{rng: rand.New(rand.NewPCG(uint64(seed), 0xd15c)), cursor: firstFree, formatted: when}
	total := sizeB/sectorB - firstSector
	fatSectors := (total - reserved + 128) / 130 // 128 entries a sector and FAT, two FATs
	v.clusters = uint32(max(0, total-reserved-2*fatSectors))
	if v.clusters < minClusters {
		return nil, fmt.Errorf("disk: %d bytes give %d clusters, FAT32 needs %d; use 36 MiB or more", sizeB, v.clusters, minClusters)
	}
	v.img = make([]byte, sizeB/sectorB*sectorB)
	base := int64(firstSector * sectorB)
	v.fatB, v.fatSizeB = base+reserved*sectorB, fatSectors*sectorB
	v.dataB = v.fatB + 2*v.fatSizeB
	v.serial = v.rng.Uint32()
	v.writeMBR(uint32(total))
	v.writeBoot(base, uint32(total), uint32(fatSectors), label)
	v.setFAT(0, 0x0FFFFFF8)
	v.setFAT(1, endOfChain)
	v.setFAT(2, endOfChain)
	v.root = &folder{chain: []uint32{2}}
	v.addEntry(v.root, shortEntry(pad11(label), attrVolume, 0, 0, when))
	return v, nil
}

func (v *Volume) writeMBR(sectors uint32) {
	m := v.img[:sectorB]
	p := m[446:]
	p[4] = 0x0C // FAT32, LBA
	copy(p[1:4], []byte{0xFE, 0xFF, 0xFF})
	copy(p[5:8], []byte{0xFE, 0xFF, 0xFF})
	binary.LittleEndian.PutUint32(p[8:], firstSector)
	binary.LittleEndian.PutUint32(p[12:], sectors)
	binary.LittleEndian.PutUint32(m[440:], v.serial^0xA5A5A5A5)
	m[510], m[511] = 0x55, 0xAA
}

func (v *Volume) writeBoot(base int64, sectors, fatSectors uint32, label string) {
	b := make([]byte, sectorB)
	le := binary.LittleEndian
	copy(b, []byte{0xEB, 0x58, 0x90})
	copy(b[3:], "NVRFS5.0")
	le.PutUint16(b[11:], sectorB)
	b[13] = clusterB / sectorB
	le.PutUint16(b[14:], reserved)
	b[16], b[21] = 2, 0xF8
	le.PutUint16(b[24:], 63)
	le.PutUint16(b[26:], 255)
	le.PutUint32(b[28:], firstSector)
	le.PutUint32(b[32:], sectors)
	le.PutUint32(b[36:], fatSectors)
	le.PutUint32(b[44:], 2) // root folder's cluster
	le.PutUint16(b[48:], 1) // FSInfo
	le.PutUint16(b[50:], 6) // backup
	b[64], b[66] = 0x80, 0x29
	le.PutUint32(b[67:], v.serial)
	copy(b[71:82], pad11(label))
	copy(b[82:], "FAT32   ")
	b[510], b[511] = 0x55, 0xAA
	info := make([]byte, sectorB)
	copy(info, "RRaA")
	copy(info[484:], "rrAa")
	le.PutUint32(info[488:], 0xFFFFFFFF) // free count not known
	le.PutUint32(info[492:], 0xFFFFFFFF)
	info[510], info[511] = 0x55, 0xAA
	for _, at := range []int64{base, base + 6*sectorB} {
		copy(v.img[at:], b)
		copy(v.img[at+sectorB:], info)
	}
}

func (v *Volume) fat(c uint32) uint32 {
	return binary.LittleEndian.Uint32(v.img[v.fatB+4*int64(c):]) & 0x0FFFFFFF
}

func (v *Volume) setFAT(c, value uint32) {
	for k := range int64(2) {
		binary.LittleEndian.PutUint32(v.img[v.fatB+k*v.fatSizeB+4*int64(c):], value)
	}
}

func (v *Volume) offset(c uint32) int64 { return v.dataB + int64(c-2)*clusterB }

// take allocates n clusters from the cursor on, as a driver's next-fit does.
func (v *Volume) take(n int) []uint32 {
	var out []uint32
	for c, tried := v.cursor, uint32(0); len(out) < n; c, tried = c+1, tried+1 {
		if tried > v.clusters {
			panic(errors.New("disk: image is full"))
		}
		if c >= v.clusters+2 {
			c = firstFree
		}
		if v.fat(c) == 0 {
			out = append(out, c)
			v.setFAT(c, endOfChain)
			v.cursor = c + 1
		}
	}
	return out
}

func (v *Volume) link(chain []uint32) {
	for i, c := range chain {
		if i+1 < len(chain) {
			v.setFAT(c, chain[i+1])
		} else {
			v.setFAT(c, endOfChain)
		}
	}
}

// put writes data into clusters and fills the slack with what a used medium has
// there: old text or noise.
func (v *Volume) put(chain []uint32, data []byte) {
	for i, c := range chain {
		dst := v.img[v.offset(c):][:clusterB]
		n := copy(dst, data[min(len(data), i*clusterB):])
		if n < clusterB {
			v.garbage(dst[n:])
		}
	}
}

func (v *Volume) garbage(dst []byte) {
	if v.rng.IntN(2) == 0 {
		for i := range dst {
			dst[i] = byte(v.rng.Uint32())
		}
		return
	}
	line := fmt.Sprintf("ch%d frame %08d gop %d bitrate %d kbps\r\n", 1+v.rng.IntN(4), v.rng.IntN(1e8), v.rng.IntN(60), 900+v.rng.IntN(800))
	for i := range dst {
		dst[i] = line[i%len(line)]
	}
}

// Write stores a new file at p, whose folders must exist. when is the recorder's
// clock.
func (v *Volume) Write(p string, data []byte, when time.Time) {
	f := &file{rec: Record{Path: p}, data: data}
	f.chain = v.take((len(data) + clusterB - 1) / clusterB)
	v.link(f.chain)
	v.put(f.chain, data)
	f.dir = v.find(path.Dir(p))
	first := uint32(0)
	if len(f.chain) > 0 {
		first = f.chain[0]
	}
	f.entryB = v.addNamed(f.dir, path.Base(p), attrArchive, first, uint32(len(data)), when)
	v.files = append(v.files, f)
}

// Append grows the file at p: its new clusters come from wherever the cursor is
// by then, which is how fragments arise.
func (v *Volume) Append(p string, data []byte) {
	f := v.live(p)
	f.data = append(append([]byte(nil), f.data...), data...)
	if n := (len(f.data)+clusterB-1)/clusterB - len(f.chain); n > 0 {
		f.chain = append(f.chain, v.take(n)...)
	}
	v.link(f.chain)
	v.put(f.chain, f.data)
	binary.LittleEndian.PutUint32(v.img[f.entryB[len(f.entryB)-1]+28:], uint32(len(f.data)))
}

// Delete does what a driver does: marks the entries and frees the chain. The
// bytes stay.
func (v *Volume) Delete(p string) {
	f := v.live(p)
	for _, at := range f.entryB {
		v.img[at] = 0xE5
	}
	for _, c := range f.chain {
		v.setFAT(c, 0)
	}
	f.deleted = true
}

// DeleteFolder deletes all that is in the folder at p, then the folder.
func (v *Volume) DeleteFolder(p string) {
	for _, f := range v.files {
		if !f.deleted && strings.HasPrefix(f.rec.Path, p+"/") {
			v.Delete(f.rec.Path)
		}
	}
	d := v.find(p)
	for _, at := range d.entryB {
		v.img[at] = 0xE5
	}
	for _, c := range d.chain {
		v.setFAT(c, 0)
	}
	v.drop(d)
}

// Orphan stores bytes in free clusters that no entry and no chain names, as of a
// time before the volume was last formatted.
func (v *Volume) Orphan(data []byte) {
	f := &file{data: data, orphan: true}
	f.chain = v.take((len(data) + clusterB - 1) / clusterB)
	v.put(f.chain, data)
	for _, c := range f.chain {
		v.setFAT(c, 0)
	}
	v.files = append(v.files, f)
}

// Gap moves the cursor n clusters on and leaves old garbage in between.
func (v *Volume) Gap(n int) {
	for range n {
		if v.cursor < v.clusters+2 && v.fat(v.cursor) == 0 {
			v.garbage(v.img[v.offset(v.cursor):][:clusterB])
		}
		v.cursor++
	}
}

// Reuse moves the cursor to the cluster that is skip clusters into the deleted
// file at p: what is written next overwrites it from there.
func (v *Volume) Reuse(p string, skip int) {
	for _, f := range v.files {
		if f.deleted && f.rec.Path == p {
			v.cursor = f.chain[min(skip, len(f.chain)-1)]
			return
		}
	}
	panic(fmt.Errorf("disk: no deleted file %s", p))
}

// Cursor is where the next search for free clusters begins; SetCursor puts it
// back there.
func (v *Volume) Cursor() uint32 { return v.cursor }

// SetCursor moves the start of the next search for free clusters.
func (v *Volume) SetCursor(c uint32) { v.cursor = c }

func (v *Volume) live(p string) *file {
	for _, f := range v.files {
		if !f.deleted && !f.orphan && f.rec.Path == p {
			return f
		}
	}
	panic(fmt.Errorf("disk: no file %s", p))
}

// Image returns the image. It is the volume's own memory.
func (v *Volume) Image() []byte { return v.img }

// Records returns the truth about every file, in the order of writing, by
// comparing the image with what was written.
func (v *Volume) Records() []Record {
	var out []Record
	for _, f := range v.files {
		r := f.rec
		r.SizeB = int64(len(f.data))
		sum := sha256.Sum256(f.data)
		r.SHA256 = hex.EncodeToString(sum[:])
		intact := true
		for i, c := range f.chain {
			n := int64(min(clusterB, len(f.data)-i*clusterB))
			at := v.offset(c)
			if k := len(r.Runs) - 1; k >= 0 && r.Runs[k].OffsetB+r.Runs[k].LengthB == at {
				r.Runs[k].LengthB += n
			} else {
				r.Runs = append(r.Runs, Run{at, n})
			}
			intact = intact && string(v.img[at:at+n]) == string(f.data[i*clusterB:][:n])
		}
		switch {
		case !f.deleted && !f.orphan:
			r.State = Live
		case !intact:
			r.State = Overwritten
		case f.orphan:
			r.State = Orphan
		case len(r.Runs) > 1:
			r.State = Fragmented
		default:
			r.State = Deleted
		}
		r.Recoverable = r.State == Live || intact && len(r.Runs) == 1
		out = append(out, r)
	}
	return out
}
