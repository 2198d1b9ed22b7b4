package pcd

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"firescene/formats/points"
)

// Options says how many points Write stores and which columns.
type Options struct {
	Count                  int64
	RGB, Intensity, Normal bool
	// Single stores coordinates in single precision, which most readers expect;
	// otherwise in double precision.
	Single bool
}

// Write stores exactly opts.Count points of next in binary and returns how many it
// wrote.
func Write(w io.Writer, opts Options, next func(*points.Chunk) error) (int64, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	names, sizes, types, counts := "x y z", "8 8 8", "F F F", "1 1 1"
	recordB := 24
	if opts.Single {
		sizes, recordB = "4 4 4", 12
	}
	add := func(name, kind string) {
		names, sizes, types, counts = names+" "+name, sizes+" 4", types+" "+kind, counts+" 1"
		recordB += 4
	}
	if opts.RGB {
		add("rgb", "U")
	}
	if opts.Intensity {
		add("intensity", "F")
	}
	if opts.Normal {
		add("normal_x", "F")
		add("normal_y", "F")
		add("normal_z", "F")
	}
	fmt.Fprintf(out, "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS %s\nSIZE %s\nTYPE %s\nCOUNT %s\nWIDTH %d\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS %d\nDATA binary\n",
		names, sizes, types, counts, opts.Count, opts.Count)
	le := binary.LittleEndian
	rec := make([]byte, 0, recordB)
	float := func(v float32) { rec = le.AppendUint32(rec, math.Float32bits(v)) }
	var c points.Chunk
	count := int64(0)
	for {
		err := next(&c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return count, err
		}
		for i := range c.N {
			rec = rec[:0]
			for _, v := range [3]float64{c.X[i], c.Y[i], c.Z[i]} {
				if opts.Single {
					float(float32(v))
				} else {
					rec = le.AppendUint64(rec, math.Float64bits(v))
				}
			}
			if opts.RGB {
				var q [3]uint8
				if c.RGB != nil {
					q = c.RGB[i]
				}
				rec = le.AppendUint32(rec, uint32(q[0])<<16|uint32(q[1])<<8|uint32(q[2]))
			}
			if opts.Intensity {
				v := float32(0)
				if c.Intensity != nil {
					v = c.Intensity[i]
				}
				float(v)
			}
			if opts.Normal {
				var n [3]float32
				if c.Normal != nil {
					n = c.Normal[i]
				}
				for _, v := range n {
					float(v)
				}
			}
			if _, err := out.Write(rec); err != nil {
				return count, err
			}
		}
		count += int64(c.N)
	}
	if count != opts.Count {
		return count, fmt.Errorf("pcd: %d points were promised, there were %d", opts.Count, count)
	}
	return count, out.Flush()
}
