package main

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	_ "image/gif" // thumbnails of GIF files
	"image/jpeg"
	_ "image/png" // thumbnails of PNG files
	"io"
	"os"
	"runtime/debug"
	"sync"

	_ "golang.org/x/image/bmp" // thumbnails of BMP files
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // thumbnails of TIFF files
	_ "golang.org/x/image/webp" // thumbnails of WebP files
)

const (
	thumbPx = 256
	// maxThumbB bounds the memory that a picture takes that is decoded for a
	// thumbnail; of those that take more than smallThumbB, one is decoded at a time.
	maxThumbB, smallThumbB = 160 << 20, 16 << 20
)

var largeThumb sync.Mutex

// hasThumb reports whether items of a type get a thumbnail.
func hasThumb(typ string) bool {
	switch typ {
	case "jpeg", "png", "gif", "bmp", "webp", "tiff":
		return true
	}
	return false
}

var errTooLarge = errors.New("picture too large for a thumbnail")

// pixelB is how much memory a pixel of a decoded picture takes at most.
func pixelB(m color.Model, format string) int64 {
	switch m {
	case color.YCbCrModel:
		return 3
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

// isProgressive reports whether the frame header of a JPEG file says so.
func isProgressive(r io.ReaderAt) bool {
	var b [4]byte
	for at := int64(2); ; {
		if _, err := r.ReadAt(b[:], at); err != nil || b[0] != 0xFF || b[1] == 0xDA {
			return false
		}
		switch b[1] {
		case 0xC0, 0xC1:
			return false
		case 0xC2:
			return true
		case 0xFF:
			at++ // filling
			continue
		}
		at += 2 + int64(b[2])<<8 + int64(b[3])
	}
}

// makeThumb writes a JPEG of at most thumbPx on its longer side.
func makeThumb(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	cfg, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return err
	}
	each := pixelB(cfg.ColorModel, format)
	if format == "jpeg" && isProgressive(f) {
		each += 6 // the coefficients are kept until the last scan
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || int64(cfg.Width) > maxThumbB/each/int64(cfg.Height) {
		return errTooLarge
	}
	if int64(cfg.Width)*int64(cfg.Height)*each > smallThumbB {
		largeThumb.Lock()
		defer largeThumb.Unlock()
		defer debug.FreeOSMemory()
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return err
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
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	err = jpeg.Encode(out, small, &jpeg.Options{Quality: 85})
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(to)
	}
	return err
}
