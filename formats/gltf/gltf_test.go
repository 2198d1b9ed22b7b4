package gltf

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strings"
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
		all.X, all.Y, all.Z, all.RGB = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...), append(all.RGB, c.RGB...)
	}
}

func sample(t testing.TB, rgb bool) []byte {
	var out bytes.Buffer
	done := false
	if _, err := Write(&out, Options{Count: 2, RGB: rgb, Min: [3]float64{512345.25, 1, -2}, Max: [3]float64{512346.5, 3, 4}}, func(c *points.Chunk) error {
		if done {
			return io.EOF
		}
		done = true
		*c = points.Chunk{N: 2, X: []float64{512345.25, 512346.5}, Y: []float64{1, 3}, Z: []float64{-2, 4}, RGB: [][3]uint8{{1, 2, 3}, {255, 0, 7}}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRoundTrip: the offset of map coordinates and the direction up are kept.
func TestRoundTrip(t *testing.T) {
	for _, rgb := range []bool{false, true} {
		got, err := collect(sample(t, rgb))
		if err != nil || got.N != 2 || math.Abs(got.X[0]-512345.25) > 1e-6 || math.Abs(got.X[1]-512346.5) > 1e-6 || got.Y[1] != 3 || got.Z[0] != -2 || rgb && got.RGB[1] != [3]uint8{255, 0, 7} {
			t.Fatal(got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	good := sample(t, true)
	le := binary.LittleEndian
	jsonB := int(le.Uint32(good[12:]))
	change := func(edit func(b []byte)) []byte {
		b := bytes.Clone(good)
		edit(b)
		return b
	}
	replaced := func(old, new string) []byte {
		if len(old) != len(new) {
			t.Fatal(old, new)
		}
		return []byte(strings.Replace(string(good), old, new, 1))
	}
	for name, b := range map[string][]byte{
		"cut":             good[:len(good)-5],
		"header only":     good[:12],
		"2^32 bytes":      change(func(b []byte) { le.PutUint32(b[8:], math.MaxUint32) }),
		"2^32 of data":    change(func(b []byte) { le.PutUint32(b[20+jsonB:], math.MaxUint32) }),
		"version 1":       change(func(b []byte) { le.PutUint32(b[4:], 1) }),
		"many vertices":   replaced(`"count":2,`, `"count":9,`),
		"no accessor":     replaced(`"POSITION":0`, `"POSITION":7`),
		"node in itself":  replaced(`"mesh":0}],`, `"mesh":0}],`)[:30],
		"another file":    []byte(`{"asset":{"version":"2.0"},"buffers":[{"byteLength":24,"uri":"a.bin"}]}`),
		"child of itself": []byte(`{"asset":{"version":"2.0"},"scenes":[{"nodes":[0]}],"nodes":[{"children":[0]}]}`),
	} {
		if _, err := collect(b); !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Write(io.Discard, Options{Count: 1 << 40}, nil); err == nil {
		t.Error("2^40 points fit no GLB")
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add(sample(f, true))
	f.Add([]byte(`{"asset":{"version":"2.0"},"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := collect(raw); err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}
