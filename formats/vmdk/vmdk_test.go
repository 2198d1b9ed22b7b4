package vmdk

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"

	"firescene/formats"
)

const grainB = 8 * sectorB

// extentOf writes a sparse extent of four grains, the third of them missing.
func extentOf(disk []byte, compress bool, text string) []byte {
	le := binary.LittleEndian
	h := make([]byte, sectorB)
	copy(h, "KDMV")
	le.PutUint32(h[4:], 1)
	if compress {
		le.PutUint32(h[8:], 1<<16)
	}
	le.PutUint64(h[12:], uint64(len(disk)/sectorB))
	le.PutUint64(h[20:], grainB/sectorB)
	le.PutUint64(h[28:], 1)
	le.PutUint64(h[36:], 1)
	le.PutUint32(h[44:], 4)
	le.PutUint64(h[56:], 2)
	desc, dir, table := make([]byte, sectorB), make([]byte, sectorB), make([]byte, sectorB)
	copy(desc, text)
	le.PutUint32(dir, 3)
	var data []byte
	for i := range len(disk) / grainB {
		if i == 2 {
			continue
		}
		le.PutUint32(table[4*i:], uint32(4+len(data)/sectorB))
		g := disk[i*grainB : (i+1)*grainB]
		if compress {
			var z bytes.Buffer
			w := zlib.NewWriter(&z)
			w.Write(g)
			w.Close()
			m := make([]byte, 12)
			le.PutUint32(m[8:], uint32(z.Len()))
			g = append(m, z.Bytes()...)
			g = append(g, make([]byte, (sectorB-len(g)%sectorB)%sectorB)...)
		}
		data = append(data, g...)
	}
	return bytes.Join([][]byte{h, desc, dir, table, data}, nil)
}

func disk() []byte {
	b := make([]byte, 4*grainB)
	for i := range b {
		if i/grainB != 2 {
			b[i] = byte(i >> 4)
		}
	}
	return b
}

var none Opener = func(string) (io.ReaderAt, int64, error) { return nil, 0, errors.New("no such file") }

func TestRead(t *testing.T) {
	want := disk()
	files := map[string][]byte{"s.vmdk": extentOf(want, false, ""), "f.vmdk": append(make([]byte, sectorB), want...)}
	open := func(name string) (io.ReaderAt, int64, error) {
		b, ok := files[name]
		if !ok {
			return nil, 0, errors.New("no such file")
		}
		return bytes.NewReader(b), int64(len(b)), nil
	}
	n := len(want) / sectorB
	split := fmt.Sprintf("# Disk DescriptorFile\nparentCID=ffffffff\nRW %d SPARSE \"s.vmdk\"\nRW 8 ZERO\nRW %d FLAT \"f.vmdk\" 1\n", n, n)
	for name, c := range map[string]struct{ file, want []byte }{
		"sparse": {extentOf(want, false, "parentCID=ffffffff"), want}, "compressed": {extentOf(want, true, ""), want},
		"split": {[]byte(split), bytes.Join([][]byte{want, make([]byte, 8*sectorB), want}, nil)},
	} {
		d, err := Open(bytes.NewReader(c.file), int64(len(c.file)), open, formats.DefaultLimits())
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
	child := extentOf(disk(), false, "parentCID=12345678\n")
	if _, err := Open(bytes.NewReader(child), int64(len(child)), none, formats.DefaultLimits()); !formats.IsUnsupported(err) {
		t.Errorf("snapshot: %v", err)
	}
	cut := extentOf(disk(), false, "")[:5*sectorB]
	d, err := Open(bytes.NewReader(cut), int64(len(cut)), none, formats.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadAt(make([]byte, grainB), 0); !formats.IsDamaged(err) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(extentOf(disk(), false, ""))
	f.Add(extentOf(disk(), true, ""))
	f.Add([]byte("# Disk DescriptorFile\nRW 8 ZERO\nRW 8 FLAT \"x\" 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Open(bytes.NewReader(b), int64(len(b)), none, formats.DefaultLimits())
		if err != nil {
			return
		}
		p := make([]byte, 9000)
		for _, off := range []int64{0, d.SizeB / 2, d.SizeB - 10} {
			if off >= 0 {
				_, _ = d.ReadAt(p, off)
			}
		}
	})
}
