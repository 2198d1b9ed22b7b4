package main

import (
	"bufio"
	"errors"
	"image"
	_ "image/gif" // thumbnails of GIF files
	"image/jpeg"
	_ "image/png" // thumbnails of PNG files
	"io"
	"os"

	_ "golang.org/x/image/bmp" // thumbnails of BMP files
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff" // thumbnails of TIFF files
	_ "golang.org/x/image/webp" // thumbnails of WebP files
)

const (
	thumbPx = 256
	// maxThumbPixels bounds the pictures that are decoded for a thumbnail.
	maxThumbPixels = 100 << 20
)

// hasThumb reports whether items of a type get a thumbnail.
func hasThumb(typ string) bool {
	switch typ {
	case "jpeg", "png", "gif", "bmp", "webp", "tiff":
		return true
	}
	return false
}

var errTooLarge = errors.New("picture too large for a thumbnail")

// makeThumb writes a JPEG of at most thumbPx on its longer side.
func makeThumb(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	cfg, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return err
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || int64(cfg.Width)*int64(cfg.Height) > maxThumbPixels {
		return errTooLarge
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
