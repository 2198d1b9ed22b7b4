// Package splice puts files together whose pieces lie apart: it looks for the
// next pieces of a file that begins right and then goes wrong, among the blocks
// that nothing else accounts for. A result counts only when the file's own format
// proves it; two equally good results are none.
//
// After S. Garfinkel, "Carving contiguous and fragmented files with fast object
// validation", DFRWS 2007 (gap carving), and A. Pal, H. Sencar and N. Memon,
// "Detecting file fragmentation point using sequential hypothesis testing", DFRWS
// 2008 (a picture must go on behind a splice).
package splice

import (
	"context"
	"io"

	"firescene/forensics"
	"firescene/forensics/carve"
)

// Space is where the pieces of files may lie.
type Space struct {
	R      io.ReaderAt // the image, or a volume
	SizeB  int64
	BlockB int64 // pieces begin at multiples of it, counted from OriginB
	// OriginB is where the first block begins.
	OriginB int64
	// Free lists, in order and apart, what nothing else accounts for; whole blocks.
	Free []forensics.ByteRun
	// Coded lists, in order and apart, the blocks that may hold coded data of a JPEG,
	// as CodedFinder found them; nil when they were not looked at.
	Coded []forensics.ByteRun
	// NextUnread is as in carve.Source; may be nil.
	NextUnread func(off, end int64) int64
}

// Job is one file to put together.
type Job struct {
	Type   *carve.Type
	StartB int64 // where it begins
	SizeB  int64 // its size as a directory entry records it; 0 when not known
	// Verdict is what Walk said of the contiguous bytes from StartB on.
	Verdict carve.Verdict
}

// Result is a file put together.
type Result struct {
	Runs []forensics.ByteRun // in file order, offsets in Space.R
	carve.Verdict
}

// Assemble looks for the pieces of one file. ok is false when no arrangement is
// proved, or more than one is.
func (s *Space) Assemble(ctx context.Context, job Job) (Result, bool, error) {
	g := s.gridAt(job.StartB)
	for _, e := range rounds {
		a, err := tryJob(ctx, g, job, e)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || a.OK {
			return a.Result, a.OK, err
		}
	}
	return Result{}, false, ctx.Err()
}
