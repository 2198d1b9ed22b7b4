package xyz

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func collect(text string) (s *Scan, all points.Chunk, err error) {
	scans, err := Open(strings.NewReader(text), int64(len(text)), formats.DefaultLimits())
	if err != nil {
		return nil, all, err
	}
	s = scans[0].(*Scan)
	var c points.Chunk
	for {
		err := s.Next(&c)
		all.Invalid += c.Invalid
		if err == io.EOF {
			return s, all, nil
		}
		if err != nil {
			return s, all, err
		}
		all.N += c.N
		all.X, all.Y, all.Z = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...)
		all.RGB, all.Intensity, all.Normal = append(all.RGB, c.RGB...), append(all.Intensity, c.Intensity...), append(all.Normal, c.Normal...)
	}
}

func TestGuess(t *testing.T) {
	for text, want := range map[string]string{
		"1 2 3\n4 5 6\n7 8 9\n":                                "x y z",
		"1,2,3\r\n4,5,6\r\n":                                   "x y z",
		"# made by a scanner\n\n1\t2\t3\t0.5\n4\t5\t6\t0.7\n":  "x y z intensity",
		"1.5 2 3 255 128 0\n1 2 3 0 0 0\n":                     "x y z red green blue",
		"1 2 3 0 0 1\n1 2 3 0.6 0.8 0\n":                       "x y z nx ny nz",
		"1 2 3 -800 10 20 30\n1 2 3 200 11 12 13\n":            "x y z intensity red green blue",
		"1 2 3 200 10 11 12\n1 2 3 20 100 111 112\n":           "x y z intensity red green blue",
		"1 2 3 10 20 30 0.5\n1 2 3 11 12 13 .2\n":              "x y z red green blue intensity",
		"1 2 3 10 20 30 0 0 1\n1 2 3 11 12 13 0 1 0\n":         "x y z red green blue nx ny nz",
		"0 1.5 2 3\n1 4 5 6\n2 7 8 9\n":                        "(row number) x y z",
		"X Y Z Intensity\n1 2 3 4\n":                           "x y z intensity",
		"\"X\",\"Y\",\"Z\",\"GpsTime\"\n1,2,3,4\n":             "x y z (not read)",
		"//Easting;Northing;Height;R;G;B\n1,5;2,5;3,5;1;2;3\n": "x y z red green blue",
		"1,5;2,5;3,5\n1,25;0;7\n":                              "x y z",
		"Intensity z y x\n9 3 2 1\n":                           "intensity z y x",
		"x y z\n1 2 3 77\n":                                    "x y z intensity", // names do not suit: guessed
		"\xef\xbb\xbf1 2 3\n":                                  "x y z",
		"1 2 3 0.1 0.2 0.3\n1 2 3 1.0 0.5 0\n":                 "x y z intensity (not read) (not read)",
	} {
		s, got, err := collect(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if s.Columns() != want {
			t.Errorf("%q: columns %q, want %q", text, s.Columns(), want)
		}
		if got.N == 0 {
			t.Errorf("%q: no points", text)
		}
	}
	s, got, err := collect("Intensity z y x\n9 3 2 1\n")
	if err != nil || s.Guessed() || got.X[0] != 1 || got.Z[0] != 3 || got.Intensity[0] != 9 {
		t.Error(got, err)
	}
	if _, got, err := collect("1,5;2,5;3,5\n1,25;0;7\n"); err != nil || got.X[1] != 1.25 || got.Z[1] != 7 {
		t.Error("decimal comma:", got, err)
	}
	if _, got, err := collect("x y z r g b\n1 2 3 0.5 1 0\n"); err != nil || got.RGB[0] != [3]uint8{128, 255, 0} {
		t.Error("fractions:", got.RGB, err)
	}
	if _, got, err := collect("x y z r g b\n1 2 3 65535 0 257\n"); err != nil || got.RGB[0] != [3]uint8{255, 0, 1} {
		t.Error("16 bits:", got.RGB, err)
	}
}

func TestRoundTrip(t *testing.T) {
	want := points.Chunk{N: 2, X: []float64{512345.678901, -1}, Y: []float64{5412345.5, 0.000001}, Z: []float64{1e-6, 3}, RGB: [][3]uint8{{1, 2, 3}, {255, 0, 9}},
		Intensity: []float32{0.25, 1}, Normal: [][3]float32{{0, 0, 1}, {0.6, 0.8, 0}}}
	for _, comma := range []bool{false, true} {
		var out bytes.Buffer
		done := false
		n, err := Write(&out, Options{RGB: true, Intensity: true, Normal: true, Comma: comma}, func(c *points.Chunk) error {
			if done {
				return io.EOF
			}
			*c, done = want, true
			return nil
		})
		if n != 2 || err != nil {
			t.Fatal(n, err)
		}
		s, got, err := collect(out.String())
		if err != nil || s.Guessed() || got.N != 2 || got.RGB[1] != want.RGB[1] || got.Intensity[0] != 0.25 || got.Normal[1] != want.Normal[1] {
			t.Fatal(got, err)
		}
		for i := range 2 {
			if math.Abs(got.X[i]-want.X[i])+math.Abs(got.Y[i]-want.Y[i])+math.Abs(got.Z[i]-want.Z[i]) > 2e-6 {
				t.Error(got)
			}
		}
	}
}

func TestBad(t *testing.T) {
	for _, text := range []string{"", "no numbers", "1 2\n", "a b c\n1 2 x\n", strings.Repeat("words\n", 100), "1 2 3\x00\n"} {
		if _, _, err := collect(text); !formats.IsUnsupported(err) && !formats.IsDamaged(err) {
			t.Errorf("%q: %v", text, err)
		}
	}
	many := strings.Repeat("1 2 3\n", 30000)
	if _, got, err := collect(many + "1 2 oops\n" + many); !formats.IsDamaged(err) || got.N != 30000 {
		t.Errorf("%d points, %v", got.N, err)
	}
	if _, got, err := collect("1 2 3\nnan 2 3\n1 inf 3\n"); err != nil || got.N != 1 || got.Invalid != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add("x,y,z\n1,2,3\n")
	f.Add("1;2;3;4;5;6;7\r1;2;3;4;5;6;7")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := collect(text); err != nil && !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Fatal(err)
		}
	})
}
