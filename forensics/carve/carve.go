// Package carve finds files by their content alone, in one pass over an image.
// Each type has four parts: the signature that finds candidates, the walk that
// grows a candidate along its own structure and checks it, and the largest size
// that is believed. The types are one file each and listed in Types.
//
// Based on the four-part carver of PhotoRec (C. Grenier) and on in-place
// structural validation (S. Garfinkel, "Carving contiguous and fragmented files
// with fast object validation", DFRWS 2007).
package carve

import (
	"context"
	"io"
	"runtime"
	"sync"

	"firescene/forensics"
)

// Source is an image to carve.
type Source struct {
	R     io.ReaderAt
	SizeB int64
	// NextUnread returns the first byte in [off, end) that was not read from the
	// medium, or end. nil when all was read.
	NextUnread func(off, end int64) int64
}

// Options say what to look for.
type Options struct {
	Types     []Type
	SectorB   int64               // heads are looked for at multiples of it
	Unaligned bool                // and everywhere between
	Covered   []forensics.ByteRun // in order: ranges that need no carving, as whole files lie there
	Workers   int                 // how many walk and scan at the same time; 0 for one a processor
	// Depth is how many layers of base64, gzip, deflated ZIP members and zlib
	// streams are gone into, at most MaxDepth; 0 for none.
	Depth int
	// StartB is where to begin: 0, or what report told a run that was stopped.
	StartB int64
	// Tee is given all bytes from StartB on, in order and each once, while the
	// work goes on; it must not keep them. May be nil.
	Tee func(b []byte)
}

// MaxDepth is the deepest nesting of layers that Options.Depth allows.
const MaxDepth = 4

// Find is one carved file.
type Find struct {
	Type    *Type
	OffsetB int64 // in the innermost layer
	// Path is how the layer that the find lies in is decoded; empty for the image
	// itself. Data holds the find's LengthB bytes when Path is not empty.
	Path []forensics.Layer
	Data []byte
	// Runs are the find's bytes when it is not one range of the image: a file put
	// together from pieces. Offsets are of the image. nil otherwise.
	Runs []forensics.ByteRun
	// Aligned says that it begins at a sector, as every file of a file system
	// does. What does not is embedded in other data.
	Aligned bool
	// Inside says that it lies within another file that lawfully holds it: a whole
	// one emitted before it, one of Options.Covered, or a document, video or archive
	// whose mark stands directly before it. It is no file of its own.
	Inside bool
	// Wraps says that all it holds is one whole file, which is the next find: a gzip
	// of a picture. The two are one file in two forms.
	Wraps bool
	Host  string // for an embedded one: what holds it, as far as it can be told
	Verdict

	bare     *Verdict // without the tail that was added
	in       *Find    // the whole file that holds it
	previews int      // how many whole pictures at sectors are in it
}

// ImageB is where in the image the find, or the layer that it lies in, begins.
func (f *Find) ImageB() int64 {
	if len(f.Path) > 0 {
		return f.Path[0].OffsetB
	}
	return f.OffsetB
}

const (
	windowB = 2 << 20
	sectorB = 512
	// headRoomB is how much of the next window is scanned with each: the farthest
	// place of a signature and more than its length.
	headRoomB = 2048
)

// Run carves an image and emits what it finds in order of ImageB. The result
// does not depend on the number of workers, nor on where the run began.
//
// A head inside the proved part of a find is not looked at: thumbnails stay with
// their pictures. The proved part is all of a Whole find, or the first SureB
// bytes of another one. A Whole find that rests on lengths alone proves nothing
// of what is in it, unless its type lawfully holds such files (see holders): a
// find that is proved by its content and begins inside it ends it there. What
// begins in the unproved rest of a partial find ends that one, too. In a whole
// find that lawfully holds files, pictures are found and marked Inside.
//
// report is told a place from which a later run can go on (Options.StartB): all
// finds that begin before it have been emitted, none reaches past it, and Tee has
// had the bytes before it. It is a multiple of 1 MiB or the image's end. Finds
// behind it that have been emitted already will be emitted again by that run, the
// same, and are to be dropped or written over.
func Run(ctx context.Context, src Source, opts Options, emit func(Find) error, report func(done int64)) error {
	if opts.SectorB <= 0 {
		opts.SectorB = sectorB
	}
	if opts.Types == nil {
		opts.Types = Types()
	}
	if opts.Workers <= 0 {
		opts.Workers = runtime.GOMAXPROCS(0)
	}
	opts.Depth = min(opts.Depth, MaxDepth)
	opts.StartB = max(0, opts.StartB)
	ctx, stop := context.WithCancel(ctx)
	c := newCarver(ctx, src, opts)
	var wg sync.WaitGroup
	defer func() {
		stop()
		c.shut()
		wg.Wait()
	}()
	for range opts.Workers {
		wg.Go(c.work)
	}
	if opts.Tee != nil {
		wg.Go(c.feedTee)
	}
	s := settler{c: c, emit: emit}
	for i := range c.windows {
		heads, err := c.scanned(i)
		if err != nil {
			return err
		}
		for k := range heads {
			if err := s.next(&heads[k]); err != nil {
				return err
			}
		}
		end := min(c.windowAt(i+1), src.SizeB)
		if err := s.flush(end); err != nil {
			return err
		}
		c.settled(i, end)
		if report != nil {
			if err := c.teeDone(i + 1); err != nil {
				return err
			}
			report(s.safe(end))
		}
	}
	if err := s.flush(1 << 62); err != nil {
		return err
	}
	return c.teeDone(c.windows)
}
