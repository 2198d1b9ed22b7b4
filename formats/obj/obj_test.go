package obj

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"firescene/formats"
	"firescene/formats/points"
)

func collect(text string) (all points.Chunk, s *Scan, err error) {
	scans, err := Open(strings.NewReader(text), int64(len(text)), formats.DefaultLimits())
	if err != nil {
		return all, nil, err
	}
	s = scans[0].(*Scan)
	var c points.Chunk
	for {
		err := s.Next(&c)
		if err == io.EOF {
			return all, s, nil
		}
		if err != nil {
			return all, s, err
		}
		all.N += c.N
		all.X, all.Y, all.Z, all.RGB = append(all.X, c.X...), append(all.Y, c.Y...), append(all.Z, c.Z...), append(all.RGB, c.RGB...)
	}
}

func TestRead(t *testing.T) {
	got, s, err := collect("# c\nmtllib a\nv 1 2 3 0 0.5 1\nvn 0 0 1\n v 4 5 6 1 1 1\nf 1 2 1\nv 7 8 9\n")
	if err != nil || got.N != 3 || got.X[2] != 7 || got.RGB[0] != [3]uint8{0, 128, 255} || s.Passed() != 3 {
		t.Fatal(got, s.Passed(), err)
	}
	if got, s, err := collect("v 1 2 3 1\n"); err != nil || got.N != 1 || s.Info().HasRGB {
		t.Error(got, err)
	}
	if _, _, err := collect("v 1 2\n"); !formats.IsDamaged(err) {
		t.Error(err)
	}
	var out bytes.Buffer
	done := false
	n, err := Write(&out, true, func(c *points.Chunk) error {
		if done {
			return io.EOF
		}
		*c, done = got, true
		return nil
	})
	if again, _, e := collect(out.String()); n != 3 || err != nil || e != nil || again.N != 3 || again.Z[1] != 6 || again.RGB[0] != got.RGB[0] {
		t.Error(again, err, e)
	}
	for text, want := range map[string]bool{"# a\nv 1 2 3\n": true, "o x\n": true, "1 2 3\n": false, "": false, "void\n": false} {
		if IsOBJ([]byte(text)) != want {
			t.Errorf("%q", text)
		}
	}
}

// FuzzOpen reads whatever comes.
func FuzzOpen(f *testing.F) {
	f.Add("v 1 2 3 4 5 6\nf 1 1 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := collect(text); err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
	})
}
