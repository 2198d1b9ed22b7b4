package pcd

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func collect(raw []byte) (all points.Chunk, info points.ScanInfo, err error) {
	scans, err := Open(bytes.NewReader(raw), int64(len(raw)), formats.DefaultLimits())
	if err != nil {
		return all, info, err
	}
	info = scans[0].Info()
	var c points.Chunk
	for {
		err := scans[0].Next(&c)
		all.Invalid += c.Invalid
		if err == io.EOF {
			return all, info, nil
		}
		if err != nil {
			return all, info, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity, all.Normal = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...), append(all.Normal, c.Normal...)
	}
}

const ascii = "# .PCD v.7\r\nVERSION .7\r\nFIELDS x y z rgb other\r\nSIZE 4 4 4 4 2\r\nTYPE F F F F U\r\nCOUNT 1 1 1 1 2\r\nWIDTH 3\r\nHEIGHT 1\r\nVIEWPOINT 0 0 0 1 0 0 0\r\nPOINTS 3\r\nDATA ascii\r\n"

func TestASCII(t *testing.T) {
	rgb := math.Float32frombits(200<<16 | 100<<8 | 50)
	body := fmt.Sprintf("1 2 3 %g 7 8\r\nnan nan nan %g 7 8\r\n4.5 5 6 %g 7 8\r\n", rgb, rgb, rgb)
	got, info, err := collect([]byte(ascii + body))
	if err != nil || got.N != 2 || got.Invalid != 1 || info.Count != 3 || got.X[1] != 4.5 || got.RGB[1] != [3]uint8{200, 100, 50} {
		t.Fatalf("%+v %v", got, err)
	}
	if got, _, err := collect([]byte(ascii + "1 2 3 0 7 8\r\n")); !formats.IsDamaged(err) || got.N != 1 {
		t.Error("cut off:", got, err)
	}
	if _, _, err := collect([]byte(ascii + "1 2 3\r\n")); !formats.IsDamaged(err) {
		t.Error("short row:", err)
	}
}

func sample(n int) points.Chunk {
	rng := rand.New(rand.NewPCG(1, 2))
	c := points.Chunk{N: n}
	for range n {
		c.X, c.Y, c.Z = append(c.X, 500000+rng.Float64()), append(c.Y, rng.Float64()), append(c.Z, 1)
		c.RGB = append(c.RGB, [3]uint8{uint8(rng.IntN(256)), 0, 255})
		c.Intensity, c.Normal = append(c.Intensity, 0.5), append(c.Normal, [3]float32{0, 0, 1})
	}
	return c
}

func write(t testing.TB, c points.Chunk, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	done := false
	opts.Count = int64(c.N)
	if _, err := Write(&out, opts, func(o *points.Chunk) error {
		if done {
			return io.EOF
		}
		*o, done = c, true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// compress turns a binary file into a compressed one, with runs and repeats.
func compress(t testing.TB, raw []byte, n int) []byte {
	t.Helper()
	h, err := readHeader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var plain []byte
	for _, f := range h.fields {
		for i := range n {
			at := int(h.dataAt) + i*h.recordB + f.at
			plain = append(plain, raw[at:at+f.size*f.count]...)
		}
	}
	var packed []byte
	for i := 0; i < len(plain); {
		if k := 8; i >= k && i+20 < len(plain) && bytes.Equal(plain[i:i+20], plain[i-k:i-k+20]) { // repeats itself
			packed = append(packed, 7<<5, 20-9, byte(k-1))
			i += 20
			continue
		}
		k := min(5, len(plain)-i)
		packed = append(append(packed, byte(k-1)), plain[i:i+k]...)
		i += k
	}
	out := append(bytes.Clone(raw[:h.dataAt-int64(len("binary\n"))]), "binary_compressed\n"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(plain))), packed...)
}

func TestBinary(t *testing.T) {
	want := sample(20000)
	for _, single := range []bool{false, true} {
		raw := write(t, want, Options{RGB: true, Intensity: true, Normal: true, Single: single})
		for kind, file := range map[string][]byte{"binary": raw, "compressed": compress(t, raw, want.N)} {
			got, info, err := collect(file)
			if err != nil || got.N != want.N || !info.HasRGB || !info.HasNormal {
				t.Fatal(kind, got.N, err)
			}
			for i := range got.N {
				x := want.X[i]
				if single {
					x = float64(float32(x))
				}
				if got.X[i] != x || got.RGB[i] != want.RGB[i] || got.Normal[i] != want.Normal[i] || got.Intensity[i] != 0.5 {
					t.Fatal(kind, i)
				}
			}
			if got, _, err := collect(file[:len(file)*2/3]); !formats.IsDamaged(err) || kind == "binary" && got.N < 10000 {
				t.Errorf("%s cut off: %d points, %v", kind, got.N, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	good := string(write(t, sample(3), Options{}))
	for name, text := range map[string]string{
		"no header":     "words\n",
		"no DATA":       "VERSION .7\nFIELDS x y z\n",
		"2^60 points":   strings.Replace(good, "POINTS 3", "POINTS 1152921504606846976", 1),
		"2^50 points":   strings.Replace(good, "POINTS 3", "POINTS 1125899906842624", 1),
		"size 3":        strings.Replace(good, "SIZE 8", "SIZE 3", 1),
		"type Q":        strings.Replace(good, "TYPE F", "TYPE Q", 1),
		"fewer sizes":   strings.Replace(good, "SIZE 8 8 8", "SIZE 8 8", 1),
		"count 2^40":    strings.Replace(good, "COUNT 1", "COUNT 1099511627776", 1),
		"other data":    strings.Replace(good, "DATA binary", "DATA zip", 1),
		"no x":          strings.Replace(good, "FIELDS x", "FIELDS q", 1),
		"bomb":          strings.Replace(good[:strings.Index(good, "DATA")], "POINTS 3", "POINTS 100000000", 1) + "DATA binary_compressed\n\x10\x00\x00\x00\x00\x0c\x26\x8fxxxxxxxxxxxxxxxx",
		"back too far":  strings.Replace(good[:strings.Index(good, "DATA")], "POINTS 3", "POINTS 1", 1) + "DATA binary_compressed\n\x03\x00\x00\x00\x18\x00\x00\x00\xff\x0f\xff",
		"no compressed": good[:strings.Index(good, "DATA")] + "DATA binary_compressed\n",
	} {
		if _, _, err := collect([]byte(text)); !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	raw := write(f, sample(5), Options{RGB: true})
	f.Add(raw)
	f.Add(compress(f, raw, 5))
	f.Add([]byte(ascii + "1 2 3 4 5 6\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, _, err := collect(raw); err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}
