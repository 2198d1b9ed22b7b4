package media

import (
	"io"

	"firescene/forensics"
)

// RunReader reads byte runs of an image as one file.
type RunReader struct {
	r    io.ReaderAt
	runs []forensics.ByteRun
	size int64
}

// NewRunReader returns a reader of the runs in their order.
func NewRunReader(r io.ReaderAt, runs []forensics.ByteRun) *RunReader {
	f := &RunReader{r: r, runs: runs}
	for _, x := range runs {
		f.size += x.LengthB
	}
	return f
}

// Size is the sum of the runs.
func (f *RunReader) Size() int64 { return f.size }

// ReadAt reads at a place in the file. A run that the image cuts off gives
// io.ErrUnexpectedEOF.
func (f *RunReader) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for _, x := range f.runs {
		if off >= x.LengthB {
			off -= x.LengthB
			continue
		}
		if n == len(p) {
			return n, nil
		}
		want := min(int64(len(p)-n), x.LengthB-off)
		if x.OffsetB == forensics.Hole {
			clear(p[n : n+int(want)])
			n, off = n+int(want), 0
			continue
		}
		m, err := f.r.ReadAt(p[n:n+int(want)], x.OffsetB+off)
		n += m
		if int64(m) < want {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
		off = 0
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// all reads the runs from the beginning.
func (f *RunReader) all() io.Reader { return io.NewSectionReader(f, 0, f.size) }
