// Package obj reads the vertices of Wavefront OBJ files and writes points as such
// vertices. Layout: "Object Files (.obj)", Wavefront Advanced Visualizer manual,
// appendix B; three numbers behind the coordinates of a vertex are a colour from 0
// to 1, as most programs write it.
package obj

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"firescene/formats"
	"firescene/formats/points"
	"firescene/formats/rows"
)

// Scan is the vertices of a file, as one scan. Faces, normals and textures are
// passed over and counted.
type Scan struct {
	info   points.ScanInfo
	r      *rows.Reader
	buf    *points.Columns
	passed int64
	failed error
}

const batch = 1 << 13

// IsOBJ reports whether a file begins with statements of OBJ.
func IsOBJ(head []byte) bool {
	r := rows.NewReader(bytes.NewReader(head), "OBJ", 0)
	known := map[string]bool{"v": true, "vn": true, "vt": true, "f": true, "o": true, "g": true, "mtllib": true, "usemtl": true, "s": true, "l": true, "p": true}
	seen := false
	for {
		line, err := r.Next()
		if err != nil {
			return seen
		}
		word, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		switch {
		case len(word) == 0 || word[0] == '#':
		case string(word) == "v":
			return true
		case !known[string(word)]:
			return false
		default:
			seen = true
		}
	}
}

type once struct{ b []byte }

func (o *once) Read(p []byte) (int, error) {
	if len(o.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.b)
	o.b = o.b[n:]
	return n, nil
}

// Open looks at the first vertex.
func Open(r io.ReaderAt, size int64, _ formats.Limits) ([]points.Scan, error) {
	t := rows.NewReader(io.NewSectionReader(r, 0, size), "OBJ", 0)
	s := &Scan{info: points.ScanInfo{Count: -1, WorldFromScan: points.IdentityPose}}
	for {
		line, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if v, n, ok := vertex(line); ok {
			s.info.HasRGB = n >= 6 && v[3] >= 0 && v[3] <= 1 && v[4] >= 0 && v[4] <= 1 && v[5] >= 0 && v[5] <= 1
			break
		}
	}
	s.r = rows.NewReader(io.NewSectionReader(r, 0, size), "OBJ", 0)
	s.buf = points.NewColumns(&s.info, batch)
	return []points.Scan{s}, nil
}

// vertex parses a vertex line.
func vertex(line []byte) (v [7]float64, n int, ok bool) {
	line = bytes.TrimLeft(line, " \t")
	if len(line) < 2 || line[0] != 'v' || line[1] != ' ' && line[1] != '\t' {
		return v, 0, false
	}
	n, _ = rows.Numbers(line[2:], v[:])
	return v, n, true
}

// Info describes the vertices; Count is -1, as it is known only after the last one.
func (s *Scan) Info() points.ScanInfo { return s.info }

// Passed is how many statements other than vertices were passed over so far.
func (s *Scan) Passed() int64 { return s.passed }

// Next delivers the next vertices: see points.Scan.
func (s *Scan) Next(c *points.Chunk) error {
	*c = points.Chunk{}
	s.buf.Reset()
	for s.failed == nil && !s.buf.Full() {
		line, err := s.r.Next()
		if err != nil {
			s.failed = err
			break
		}
		v, n, ok := vertex(line)
		if !ok {
			if len(line) > 0 && line[0] != '#' {
				s.passed++
			}
			continue
		}
		if n < 3 {
			s.failed = s.r.Damaged("%.60q holds no coordinates", line)
			break
		}
		if i := s.buf.Add(v[0], v[1], v[2]); i >= 0 && s.info.HasRGB && n >= 6 {
			s.buf.RGB(i, [3]uint8{points.ColourByte(255 * v[3]), points.ColourByte(255 * v[4]), points.ColourByte(255 * v[5])})
		} else if i >= 0 && s.info.HasRGB {
			s.buf.RGB(i, [3]uint8{})
		}
	}
	if s.buf.Len() == 0 {
		c.Invalid = s.buf.Invalid
		return s.failed
	}
	s.buf.Give(c)
	return nil
}

// Write stores points as vertices and returns how many there were.
func Write(w io.Writer, rgb bool, next func(*points.Chunk) error) (int64, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	var c points.Chunk
	var b []byte
	count := int64(0)
	for {
		err := next(&c)
		if err == io.EOF {
			return count, out.Flush()
		}
		if err != nil {
			return count, err
		}
		for i := range c.N {
			b = append(b[:0], 'v')
			for _, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
				b = strconv.AppendFloat(append(b, ' '), v, 'f', 6, 64)
			}
			if rgb {
				var q [3]uint8
				if c.RGB != nil {
					q = c.RGB[i]
				}
				for _, v := range q {
					b = strconv.AppendFloat(append(b, ' '), float64(v)/255, 'f', 4, 64)
				}
			}
			if _, err := out.Write(append(b, '\n')); err != nil {
				return count, err
			}
		}
		count += int64(c.N)
	}
}
