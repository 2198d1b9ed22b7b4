package vhd

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"firescene/formats"
)

const testBlockB = 4096

// dynamic builds a VHD in which blocks of zeros are not stored.
func dynamic(disk []byte) []byte {
	be := binary.BigEndian
	n := (len(disk) + testBlockB - 1) / testBlockB
	foot := make([]byte, 512)
	copy(foot, "conectix")
	be.PutUint64(foot[16:], 512)
	be.PutUint64(foot[48:], uint64(len(disk)))
	be.PutUint32(foot[60:], 3)
	be.PutUint32(foot[64:], footerSum(foot))
	head := make([]byte, 1024)
	copy(head, "cxsparse")
	be.PutUint64(head[16:], 1536)
	be.PutUint32(head[28:], uint32(n))
	be.PutUint32(head[32:], testBlockB)
	table := bytes.Repeat([]byte{0xFF}, (4*n+511)/512*512)
	at := 1536 + len(table)
	var data []byte
	for i := range n {
		b := make([]byte, testBlockB)
		copy(b, disk[i*testBlockB:])
		if bytes.Equal(b, make([]byte, testBlockB)) {
			continue
		}
		be.PutUint32(table[4*i:], uint32((at+len(data))/512))
		data = append(append(data, make([]byte, 512)...), b...)
	}
	return bytes.Join([][]byte{foot, head, table, data, foot}, nil)
}

// fixed builds a VHD of fixed size.
func fixed(disk []byte) []byte {
	foot := make([]byte, 512)
	copy(foot, "conectix")
	binary.BigEndian.PutUint64(foot[48:], uint64(len(disk)))
	binary.BigEndian.PutUint32(foot[60:], 2)
	binary.BigEndian.PutUint32(foot[64:], footerSum(foot))
	return append(bytes.Clone(disk), foot...)
}

// dynamicX builds a VHDX of one stored and one empty block of 1 MiB.
func dynamicX(first []byte) []byte {
	le := binary.LittleEndian
	b := make([]byte, 4<<20)
	copy(b, "vhdxfile")
	head := b[64<<10:][:4096]
	copy(head, "head")
	le.PutUint64(head[8:], 7)
	le.PutUint32(head[4:], sum(head))
	reg := b[192<<10:][:64<<10]
	copy(reg, "regi")
	le.PutUint32(reg[8:], 2)
	copy(reg[16:], guidBAT)
	le.PutUint64(reg[32:], 1<<20)
	copy(reg[48:], guidMetadata)
	le.PutUint64(reg[64:], 2<<20)
	le.PutUint32(reg[4:], sum(reg))
	le.PutUint64(b[1<<20:], 3<<20|6)
	meta := b[2<<20:]
	copy(meta, "metadata")
	le.PutUint16(meta[10:], 3)
	for i, g := range [][]byte{guidFile, guidSize, guidSector} {
		copy(meta[32+32*i:], g)
		le.PutUint32(meta[48+32*i:], uint32(65536+64*i))
	}
	le.PutUint32(meta[65536:], 1<<20)
	le.PutUint64(meta[65536+64:], 2<<20)
	le.PutUint32(meta[65536+128:], 512)
	copy(b[3<<20:], first)
	return b
}

func disk() []byte {
	b := make([]byte, 6*testBlockB+512)
	for i := range b {
		if k := i / testBlockB; k == 1 || k == 4 || k == 6 {
			b[i] = byte(i >> 3)
		}
	}
	return b
}

func open(b []byte) (*Disk, error) {
	return Open(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
}

func TestRead(t *testing.T) {
	x := append(disk(), make([]byte, 2<<20-len(disk()))...)
	for name, c := range map[string]struct{ file, want []byte }{"dynamic": {dynamic(disk()), disk()}, "fixed": {fixed(disk()), disk()}, "VHDX": {dynamicX(disk()), x}} {
		if !Is(c.file[:64], c.file[len(c.file)-512:]) {
			t.Errorf("%s is not recognised", name)
		}
		d, err := open(c.file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(io.NewSectionReader(d, 0, d.SizeB))
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestRefused(t *testing.T) {
	diff := fixed(disk())
	foot := diff[len(diff)-512:]
	binary.BigEndian.PutUint32(foot[60:], 4)
	binary.BigEndian.PutUint32(foot[64:], footerSum(foot))
	logged := dynamicX(nil)
	h := logged[64<<10:][:4096]
	h[48] = 1
	binary.LittleEndian.PutUint32(h[4:], sum(h))
	for name, b := range map[string][]byte{"differencing": diff, "log": logged} {
		if _, err := open(b); !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cut := dynamicX(nil)[:1<<20+4]
	if _, err := open(cut); !formats.IsDamaged(err) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(dynamic(disk()))
	f.Add(fixed(disk()))
	f.Add(dynamicX(nil)[:3<<20])
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := open(b)
		if err != nil {
			return
		}
		p := make([]byte, 5000)
		for _, off := range []int64{0, d.SizeB / 2, d.SizeB - 10} {
			if off >= 0 {
				_, _ = d.ReadAt(p, off)
			}
		}
	})
}
