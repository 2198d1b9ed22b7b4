package las

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"firescene/formats"
)

// TestCompressed writes the same points with and without compression: the records
// that come back are the same, with any number of chunks and processors.
func TestCompressed(t *testing.T) {
	want := randomPoints(1, 120_000)
	for _, tc := range []struct{ minor, format int }{{2, 2}, {2, 3}, {4, 2}, {4, 7}} {
		opts := mapOptions()
		opts.Minor, opts.PointFormat = tc.minor, tc.format
		plain := write(t, opts, want, 5000)
		opts.Compress = true
		packed := write(t, opts, want, 777)
		if packed[104] != byte(tc.format)|0x80 || len(packed) >= len(plain) {
			t.Errorf("format byte %#x, %d bytes of %d", packed[104], len(packed), len(plain))
		}
		_, a, err := collect(plain)
		if err != nil {
			t.Fatal(err)
		}
		info, b, err := collect(packed)
		if err != nil || b.N != want.N || info.Count != int64(want.N) {
			t.Fatal(b.N, info, err)
		}
		for i := range a.N {
			if a.X[i] != b.X[i] || a.Y[i] != b.Y[i] || a.Z[i] != b.Z[i] || a.RGB[i] != b.RGB[i] || a.Intensity[i] != b.Intensity[i] {
				t.Fatalf("format %d: point %d differs", tc.format, i)
			}
		}
	}
}

// TestCompressedDamage cuts a file off and breaks its chunk table: whole chunks
// before the damage, or all points, are delivered, and then the damage is said.
func TestCompressedDamage(t *testing.T) {
	want := randomPoints(3, 120_000)
	for _, format := range []int{3, 7} {
		opts := mapOptions()
		opts.Minor, opts.PointFormat, opts.Compress = 4, format, true
		good := write(t, opts, want, 5000)
		pointsAt := int(binary.LittleEndian.Uint32(good[96:]))
		table := int(binary.LittleEndian.Uint64(good[pointsAt:]))
		for _, tc := range []struct {
			name, says string
			edit       func(b []byte) []byte
			from, to   int
		}{
			{"no table", "", func(b []byte) []byte { binary.LittleEndian.PutUint64(b[pointsAt:], math.MaxUint64); return b[:table] }, 120_000, 120_000},
			{"table outside", "chunk table is said", func(b []byte) []byte { binary.LittleEndian.PutUint64(b[pointsAt:], 1<<50); return b }, 120_000, 120_000},
			{"cut in the table", "damaged", func(b []byte) []byte { return b[:table+9] }, 120_000, 120_000},
			{"cut in half", "of the 120000 points", func(b []byte) []byte { return b[:len(b)/2] }, 49_999, 60_100},
			{"cut in the first point", "cut off", func(b []byte) []byte { return b[:pointsAt+12] }, 0, 0},
			{"zeroed in the second chunk", "damaged", func(b []byte) []byte { clear(b[len(b)/2 : len(b)/2+2000]); return b }, 50_000, 50_000},
			{"2^60 points", "of the 1152921504606846976 points", func(b []byte) []byte { binary.LittleEndian.PutUint64(b[247:], 1<<60); return b }, 116_000, 120_000},
			{"2^60 points, no table", "", func(b []byte) []byte {
				binary.LittleEndian.PutUint64(b[247:], 1<<60)
				binary.LittleEndian.PutUint64(b[pointsAt:], math.MaxUint64)
				return b
			}, 100_000, 121_000},
		} {
			_, got, err := collect(tc.edit(bytes.Clone(good)))
			if tc.says == "" && tc.name == "no table" {
				if err != nil {
					t.Errorf("format %d, %s: %v", format, tc.name, err)
				}
			} else if !formats.IsDamaged(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("format %d, %s: error %v", format, tc.name, err)
			}
			if got.N < tc.from || got.N > tc.to {
				t.Errorf("format %d, %s: %d points, want %d to %d", format, tc.name, got.N, tc.from, tc.to)
			}
			for i := range min(got.N, 120_000) {
				if math.Abs(got.X[i]-want.X[i]) > 1e-4 {
					t.Errorf("format %d, %s: point %d is wrong", format, tc.name, i)
					break
				}
			}
		}
	}
}

// FuzzCompressed reads whatever comes: it must end, and not panic.
func FuzzCompressed(f *testing.F) {
	for _, format := range []int{3, 7} {
		opts := mapOptions()
		opts.Minor, opts.PointFormat, opts.Compress = 4, format, true
		f.Add(write(f, opts, randomPoints(5, 50), 20))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<16 {
			return
		}
		scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
		if err != nil {
			return
		}
		s := scans[0].(*Scan)
		for total := 0; total < 1<<24; {
			b, err := s.NextRecords()
			total += len(b)
			if err != nil {
				break
			}
		}
	})
}
