package stl

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func collect(raw []byte) (all points.Chunk, err error) {
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		return all, err
	}
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
	}
}

func square(t testing.TB) []byte {
	var out bytes.Buffer
	if err := Write(&out, [][3]float32{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}, [][3]uint32{{0, 1, 2}, {0, 2, 3}}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const text = "solid a\n facet normal 0 0 1\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 1 1 2.5\n  endloop\n endfacet\nendsolid a\n"

func TestReadAndWrite(t *testing.T) {
	raw := square(t)
	if !Is(raw, int64(len(raw))) || !Is([]byte(text), int64(len(text))) || Is([]byte("solid ground"), 12) {
		t.Error("not told apart")
	}
	got, err := collect(raw)
	if err != nil || got.N != 4 {
		t.Fatal(got, err)
	}
	if got, err := collect([]byte(text)); err != nil || got.N != 3 || got.Z[2] != 2.5 {
		t.Error(got, err)
	}
	if Write(io.Discard, nil, [][3]uint32{{0, 1, 2}}) == nil {
		t.Error("corners that are not there")
	}
}

func TestDamaged(t *testing.T) {
	raw := square(t)
	many := bytes.Clone(raw)
	binary.LittleEndian.PutUint32(many[80:], 1<<31)
	for name, b := range map[string][]byte{"cut": raw[:100], "2^31 triangles": many, "no header": raw[:20], "text": []byte("solid a\n facet normal 0 0\n")} {
		if _, err := collect(b); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add(square(f))
	f.Add([]byte(text))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := collect(raw); err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}
