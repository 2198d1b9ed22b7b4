package ply

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"firescene/formats/points"
)

// Options says which columns Write stores. The columns are written in the order
// x y z, nx ny nz, red green blue, intensity, and the extra ones.
type Options struct {
	// Count is the number of points that the source will deliver. -1 means not
	// known: the writer must then also be an io.Seeker, and the header is filled
	// in at the end.
	Count                  int64
	RGB, Intensity, Normal bool
	Extra                  []string // names of the chunks' extra columns, stored as float
	// Single stores coordinates as float instead of double: right for clouds
	// near their origin, wrong for map coordinates.
	Single   bool
	Comments []string // one header comment line each; line breaks become blanks
}

// countWidth is the room kept for the vertex count while it is not known.
const countWidth = 19

// Write stores the points that next delivers until io.EOF as a binary
// little-endian PLY and returns how many there were. Equal points and options
// give equal bytes. A missing column of a chunk is an error, and so is a number
// of points other than opts.Count.
func Write(w io.Writer, opts Options, next func(*points.Chunk) error) (int64, error) {
	seeker, canSeek := w.(io.WriteSeeker)
	if opts.Count < 0 && !canSeek {
		return 0, errors.New("ply: the point count is not known and the writer can not seek")
	}
	head := header(opts, opts.Count)
	if _, err := io.WriteString(w, head); err != nil {
		return 0, err
	}
	var (
		c      points.Chunk
		buf    []byte
		stride = opts.stride()
		total  int64
	)
	for {
		err := next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return total, err
		}
		if err := opts.check(&c); err != nil {
			return total, err
		}
		if need := c.N * stride; cap(buf) < need {
			buf = make([]byte, need)
		}
		buf = buf[:c.N*stride]
		opts.encode(buf, &c, stride)
		if _, err := w.Write(buf); err != nil {
			return total, err
		}
		total += int64(c.N)
	}
	if opts.Count >= 0 {
		if total != opts.Count {
			return total, fmt.Errorf("ply: %d points promised, %d delivered", opts.Count, total)
		}
		return total, nil
	}
	bodyB := total * int64(stride)
	if _, err := seeker.Seek(-bodyB-int64(len(head)), io.SeekCurrent); err != nil {
		return total, err
	}
	if _, err := io.WriteString(w, header(opts, total)); err != nil {
		return total, err
	}
	_, err := seeker.Seek(bodyB, io.SeekCurrent)
	return total, err
}

// header returns the text header. While the count is not known a comment of
// blanks takes the place of its digits, so that the length never changes.
func header(opts Options, count int64) string {
	s := "ply\nformat binary_little_endian 1.0\n"
	for _, c := range opts.Comments {
		s += "comment " + oneLine(c) + "\n"
	}
	digits := fmt.Sprint(max(count, 0))
	if opts.Count < 0 {
		s += "comment" + fmt.Sprintf("%*s", countWidth-len(digits)+1, "") + "\n"
	}
	s += "element vertex " + digits + "\n"
	coord := "double"
	if opts.Single {
		coord = "float"
	}
	for _, name := range []string{"x", "y", "z"} {
		s += "property " + coord + " " + name + "\n"
	}
	if opts.Normal {
		s += "property float nx\nproperty float ny\nproperty float nz\n"
	}
	if opts.RGB {
		s += "property uchar red\nproperty uchar green\nproperty uchar blue\n"
	}
	if opts.Intensity {
		s += "property float intensity\n"
	}
	for _, name := range opts.Extra {
		s += "property float " + name + "\n"
	}
	return s + "end_header\n"
}

func oneLine(s string) string {
	b := []byte(s)
	for i, ch := range b {
		if ch == '\n' || ch == '\r' {
			b[i] = ' '
		}
	}
	return string(b)
}

func (o Options) stride() int {
	n := 24
	if o.Single {
		n = 12
	}
	if o.Normal {
		n += 12
	}
	if o.RGB {
		n += 3
	}
	if o.Intensity {
		n += 4
	}
	return n + 4*len(o.Extra)
}

func (o Options) check(c *points.Chunk) error {
	switch {
	case o.RGB && len(c.RGB) < c.N:
		return errors.New("ply: colour was promised and is missing")
	case o.Intensity && len(c.Intensity) < c.N:
		return errors.New("ply: intensity was promised and is missing")
	case o.Normal && len(c.Normal) < c.N:
		return errors.New("ply: normals were promised and are missing")
	case len(c.Extra) != len(o.Extra):
		return fmt.Errorf("ply: %d extra columns were promised, there are %d", len(o.Extra), len(c.Extra))
	}
	for k, column := range c.Extra {
		if len(column) < c.N {
			return fmt.Errorf("ply: column %s is too short", o.Extra[k])
		}
	}
	return nil
}

func (o Options) encode(buf []byte, c *points.Chunk, stride int) {
	le := binary.LittleEndian
	for i := range c.N {
		b := buf[i*stride : (i+1)*stride]
		if o.Single {
			le.PutUint32(b, math.Float32bits(float32(c.X[i])))
			le.PutUint32(b[4:], math.Float32bits(float32(c.Y[i])))
			le.PutUint32(b[8:], math.Float32bits(float32(c.Z[i])))
			b = b[12:]
		} else {
			le.PutUint64(b, math.Float64bits(c.X[i]))
			le.PutUint64(b[8:], math.Float64bits(c.Y[i]))
			le.PutUint64(b[16:], math.Float64bits(c.Z[i]))
			b = b[24:]
		}
		if o.Normal {
			for k, v := range c.Normal[i] {
				le.PutUint32(b[4*k:], math.Float32bits(v))
			}
			b = b[12:]
		}
		if o.RGB {
			b[0], b[1], b[2] = c.RGB[i][0], c.RGB[i][1], c.RGB[i][2]
			b = b[3:]
		}
		if o.Intensity {
			le.PutUint32(b, math.Float32bits(c.Intensity[i]))
			b = b[4:]
		}
		for k, column := range c.Extra {
			le.PutUint32(b[4*k:], math.Float32bits(column[i]))
		}
	}
}
