package qcow2

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"testing"

	"firescene/formats"
)

const bits, clusterB = 12, 1 << 12

// build writes an image of five clusters: plain, missing, compressed, zero by
// flag, plain.
func build() (file, disk []byte) {
	be := binary.BigEndian
	disk = make([]byte, 4*clusterB+512)
	for _, k := range []int{0, 2, 4} {
		for i := k * clusterB; i < min((k+1)*clusterB, len(disk)); i++ {
			disk[i] = byte(i>>2) + byte(k)
		}
	}
	h := make([]byte, clusterB)
	copy(h, "QFI\xfb")
	be.PutUint32(h[4:], 3)
	be.PutUint32(h[20:], bits)
	be.PutUint64(h[24:], uint64(len(disk)))
	be.PutUint32(h[36:], 1)
	be.PutUint64(h[40:], clusterB)
	be.PutUint32(h[100:], 104)
	l1, l2 := make([]byte, clusterB), make([]byte, clusterB)
	be.PutUint64(l1, 1<<63|2*clusterB)
	be.PutUint64(l2, 1<<63|3*clusterB)
	var z bytes.Buffer
	w, _ := flate.NewWriter(&z, 6)
	w.Write(disk[2*clusterB : 3*clusterB])
	w.Close()
	be.PutUint64(l2[16:], 1<<62|uint64((z.Len()+99+511)/512-1)<<(62-(bits-8))|(5*clusterB+99))
	be.PutUint64(l2[24:], 1)
	be.PutUint64(l2[32:], 1<<63|4*clusterB)
	tail := make([]byte, clusterB)
	copy(tail, disk[4*clusterB:])
	packed := append(make([]byte, 99), z.Bytes()...)
	packed = append(packed, make([]byte, clusterB-len(packed)%clusterB)...)
	return bytes.Join([][]byte{h, l1, l2, disk[:clusterB], tail, packed}, nil), disk
}

func open(b []byte) (*Disk, error) {
	return Open(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
}

func TestRead(t *testing.T) {
	file, want := build()
	d, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(d, 0, d.SizeB))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestRefused(t *testing.T) {
	for name, change := range map[string]func(b []byte){
		"backing file": func(b []byte) { b[15] = 1 }, "encryption": func(b []byte) { b[35] = 1 }, "version": func(b []byte) { b[7] = 9 },
		"external data": func(b []byte) { b[79] = 4 },
	} {
		file, _ := build()
		change(file)
		if _, err := open(file); !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	file, _ := build()
	d, err := open(file[:4*clusterB])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReadAt(make([]byte, 10), 4*clusterB); !formats.IsDamaged(err) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	file, _ := build()
	f.Add(file)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := open(b)
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
