package xyz

import (
	"bufio"
	"io"
	"strconv"

	"firescene/formats/points"
)

// Options says which columns Write stores after x, y and z.
type Options struct {
	Intensity, RGB, Normal bool
	Comma                  bool // CSV: separated by commas
	Digits                 int  // behind the decimal point of coordinates [6]
}

// Write stores the points that next delivers until io.EOF, after a line that names
// the columns, and returns how many there were. Missing columns are zeros.
func Write(w io.Writer, opts Options, next func(*points.Chunk) error) (int64, error) {
	if opts.Digits == 0 {
		opts.Digits = 6
	}
	out := bufio.NewWriterSize(w, 1<<16)
	names := []Column{X, Y, Z}
	if opts.Intensity {
		names = append(names, Intensity)
	}
	if opts.RGB {
		names = append(names, Red, Green, Blue)
	}
	if opts.Normal {
		names = append(names, NormalX, NormalY, NormalZ)
	}
	sep := byte(' ')
	if opts.Comma {
		sep = ','
	}
	for i, n := range names {
		if i > 0 {
			out.WriteByte(sep)
		}
		out.WriteString(string(n))
	}
	out.WriteByte('\n')
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
			b = strconv.AppendFloat(b[:0], c.X[i], 'f', opts.Digits, 64)
			b = strconv.AppendFloat(append(b, sep), c.Y[i], 'f', opts.Digits, 64)
			b = strconv.AppendFloat(append(b, sep), c.Z[i], 'f', opts.Digits, 64)
			if opts.Intensity {
				v := float32(0)
				if c.Intensity != nil {
					v = c.Intensity[i]
				}
				b = strconv.AppendFloat(append(b, sep), float64(v), 'g', -1, 32)
			}
			if opts.RGB {
				var v [3]uint8
				if c.RGB != nil {
					v = c.RGB[i]
				}
				for _, q := range v {
					b = strconv.AppendUint(append(b, sep), uint64(q), 10)
				}
			}
			if opts.Normal {
				var v [3]float32
				if c.Normal != nil {
					v = c.Normal[i]
				}
				for _, q := range v {
					b = strconv.AppendFloat(append(b, sep), float64(q), 'g', -1, 32)
				}
			}
			if _, err := out.Write(append(b, '\n')); err != nil {
				return count, err
			}
		}
		count += int64(c.N)
	}
}
