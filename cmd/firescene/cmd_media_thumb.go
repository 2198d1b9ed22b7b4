package main

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // thumbnails of GIF files
	stdjpeg "image/jpeg"
	_ "image/png" // thumbnails of PNG files
	"io"
	"os"
	"runtime/debug"
	"sync"

	_ "golang.org/x/image/bmp" // thumbnails of BMP files
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // thumbnails of TIFF files
	_ "golang.org/x/image/webp" // thumbnails of WebP files

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/heif"
	"firescene/formats/jpeg"
	"firescene/formats/tiff"
)

const (
	thumbPx = 256
	// maxThumbB bounds the memory that a picture takes that is decoded whole for a
	// thumbnail; of those that take more than smallThumbB, one is decoded at a time.
	maxThumbB, smallThumbB = 160 << 20, 16 << 20
	// enoughPx is the longer side of a preview that is not left for a larger one.
	enoughPx = 240
)

// hasThumb reports whether an item gets a thumbnail: whole pictures of the kinds
// that are drawn or that may hold a preview, and the beginnings of JPEG pictures.
func hasThumb(it forensics.Item) bool {
	switch it.Type {
	case "jpeg":
		return it.State != forensics.Fragment
	case "png", "gif", "bmp", "webp", "tiff",
		"heic", "avif", "avci", "dng", "cr2", "nef", "nrw", "arw", "sr2", "orf", "rw2", "pef", "srw":
		return it.State == forensics.Whole
	}
	return false
}

var (
	errTooLarge  = errors.New("picture too large for a thumbnail")
	errNoPicture = errors.New("no part of the picture can be drawn")
)

// makeThumb writes a JPEG of at most thumbPx on its longer side. The first validB
// bytes of the file are the item's own. What is missing of a picture is hatched;
// one of which less is known than there should be, though none of its parts is
// missing at this scale, has a hatched edge.
func makeThumb(from, to string, it forensics.Item, validB int64) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	var small image.Image
	switch it.Type {
	case "jpeg":
		small, err = thumbOfJPEG(f, validB, it.State == forensics.Whole)
	case "png", "gif", "bmp", "webp":
		small, err = thumbOf(f)
	case "tiff":
		if small, err = thumbOf(f); err != nil {
			small, err = thumbInside(f, validB, tiff.Previews)
		}
	case "heic", "avif", "avci":
		small, err = thumbInside(f, validB, heif.Previews)
	default:
		if small, err = thumbInside(f, validB, tiff.Previews); err != nil {
			small, err = thumbOf(f)
		}
	}
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	err = stdjpeg.Encode(out, small, &stdjpeg.Options{Quality: 85})
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}

// thumbOfJPEG draws what is valid of the JPEG in the first sizeB bytes.
func thumbOfJPEG(r io.ReaderAt, sizeB int64, whole bool) (image.Image, error) {
	if !whole {
		var err error
		if sizeB, err = believedB(r, sizeB); err != nil {
			return nil, err
		}
	}
	s, err := jpeg.Preview(r, sizeB, thumbPx, formats.DefaultLimits())
	if err != nil {
		return nil, err
	}
	n := 0
	for _, gone := range s.Missing {
		if gone {
			n++
		}
	}
	b := s.Image.Bounds()
	switch {
	case n > 0 && n == b.Dx()*b.Dy():
		return nil, errNoPicture
	case n > 0 || !whole:
		hatch(s)
	}
	return s.Image, nil
}

// hatch draws thin diagonals over what is missing, or along the edge when nothing
// is.
func hatch(s *jpeg.Small) {
	const edgePx, stepPx = 5, 8
	b := s.Image.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			over := min(x, y, b.Dx()-1-x, b.Dy()-1-y) < edgePx
			if s.Missing != nil {
				over = s.Missing[y*b.Dx()+x]
			}
			if !over {
				continue
			}
			c := color.RGBA{128, 128, 128, 255}
			if (x+y)%stepPx == 0 {
				c = color.RGBA{80, 80, 80, 255}
			}
			s.Image.SetRGBA(x, y, c)
		}
	}
}

// thumbInside draws the smallest JPEG stream in a file that is large enough for a
// thumbnail, else the largest that can be drawn whole.
func thumbInside(r io.ReaderAt, sizeB int64, find func(io.ReaderAt, int64) ([]tiff.Preview, error)) (image.Image, error) {
	places, err := find(r, sizeB)
	if err != nil {
		return nil, err
	}
	var best *jpeg.Small
	for _, p := range places {
		s, err := jpeg.Preview(io.NewSectionReader(r, p.OffsetB, p.LengthB), p.LengthB, thumbPx, formats.DefaultLimits())
		if err != nil || !s.Complete {
			continue // lossless raw data is among them
		}
		if best == nil || max(s.Width, s.Height) > max(best.Width, best.Height) {
			best = s
		}
		if max(s.Width, s.Height) >= enoughPx {
			break
		}
	}
	if best == nil {
		return nil, errNoPicture
	}
	return best.Image, nil
}

var largeThumb sync.Mutex

// pixelB is how much memory a pixel of a decoded picture takes at most.
func pixelB(m color.Model, format string) int64 {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	switch _, palette := m.(color.Palette); {
	case palette:
		return 1
	case format == "webp":
		return 8 // two stages
	}
	return 4
}

// thumbOf draws a picture by the decoder of its kind.
func thumbOf(f *os.File) (image.Image, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	cfg, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	each := pixelB(cfg.ColorModel, format)
	if cfg.Width <= 0 || cfg.Height <= 0 || int64(cfg.Width) > maxThumbB/each/int64(cfg.Height) {
		return nil, errTooLarge
	}
	if int64(cfg.Width)*int64(cfg.Height)*each > smallThumbB {
		largeThumb.Lock()
		defer largeThumb.Unlock()
		defer debug.FreeOSMemory()
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if w > thumbPx || h > thumbPx {
		if w >= h {
			w, h = thumbPx, max(1, h*thumbPx/w)
		} else {
			w, h = max(1, w*thumbPx/h), thumbPx
		}
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, b, draw.Over, nil)
	return small, nil
}
