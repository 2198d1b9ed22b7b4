package splice

import (
	"io"

	"firescene/forensics"
)

// rope reads ranges of an image one behind the other.
type rope struct {
	r    io.ReaderAt
	runs []forensics.ByteRun
}

func (p *rope) size() (n int64) {
	for _, r := range p.runs {
		n += r.LengthB
	}
	return n
}

// ReadAt implements io.ReaderAt.
func (p *rope) ReadAt(b []byte, off int64) (int, error) {
	done := 0
	for _, r := range p.runs {
		if off >= r.LengthB {
			off -= r.LengthB
			continue
		}
		n := int(min(r.LengthB-off, int64(len(b)-done)))
		m, err := p.r.ReadAt(b[done:done+n], r.OffsetB+off)
		done += m
		if m < n {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return done, err
		}
		if off = 0; done == len(b) {
			return done, nil
		}
	}
	return done, io.EOF
}

// extend adds a range, joined to the last where it goes on there.
func extend(runs []forensics.ByteRun, r forensics.ByteRun) []forensics.ByteRun {
	if n := len(runs); n > 0 && runs[n-1].OffsetB+runs[n-1].LengthB == r.OffsetB {
		runs[n-1].LengthB += r.LengthB
		return runs
	}
	return append(runs, r)
}

// trim cuts ranges to a length in all.
func trim(runs []forensics.ByteRun, n int64) []forensics.ByteRun {
	var out []forensics.ByteRun
	for _, r := range runs {
		if n <= 0 {
			break
		}
		r.LengthB = min(r.LengthB, n)
		n -= r.LengthB
		out = append(out, r)
	}
	return out
}
