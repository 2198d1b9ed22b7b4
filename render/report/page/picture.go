package page

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

const (
	maxPicturePx   = 64 << 20 // pictures with more pixels are not decoded
	maxSidePx      = 1900     // 300 dpi over the type area
	pictureQuality = 88
)

// picture is a decoded and checked picture, encoded anew in a form that both
// writers take.
type picture struct {
	key           string // by content, set by who keeps it
	kind          string // "jpeg" or "png"
	bytes         []byte
	width, height int
}

// preparePicture decodes the picture in full, so that a damaged one is found
// before it can spoil the document, and gives it back as 8-bit JPEG or PNG at no
// more than maxSide pixels. A sound picture that is small enough keeps its bytes
// when they are of a kind that PDF takes as it is.
func preparePicture(b []byte, maxSide int) (picture, error) {
	if len(b) == 0 {
		return picture{}, errors.New("no picture was given")
	}
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return picture{}, err
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > maxPicturePx/cfg.Height {
		return picture{}, fmt.Errorf("picture of %d x %d pixels is too large", cfg.Width, cfg.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return picture{}, err
	}
	p := picture{kind: kind, bytes: b, width: cfg.Width, height: cfg.Height}
	small := max(cfg.Width, cfg.Height) <= maxSide
	if small && taken(img, kind, b) {
		return p, nil
	}
	if !small {
		f := float64(maxSide) / float64(max(cfg.Width, cfg.Height))
		p.width, p.height = max(1, int(f*float64(cfg.Width)+.5)), max(1, int(f*float64(cfg.Height)+.5))
	}
	dst := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src) // paper shows through
	if small {
		draw.Draw(dst, dst.Bounds(), img, img.Bounds().Min, draw.Over)
	} else {
		draw.CatmullRom.Scale(dst, dst.Bounds(), img, img.Bounds(), draw.Over, nil)
	}
	var out bytes.Buffer
	if kind == "jpeg" {
		err = jpeg.Encode(&out, dst, &jpeg.Options{Quality: pictureQuality})
	} else {
		p.kind = "png"
		err = png.Encode(&out, dst)
	}
	p.bytes = out.Bytes()
	return p, err
}

// taken says whether PDF takes the bytes as they are: JPEG in grey or YCbCr, and
// opaque PNG of 8 bits that is not interlaced.
func taken(img image.Image, kind string, b []byte) bool {
	const interlaceB = 28 // PNG specification (third edition), 11.2.1 IHDR: the last byte of the header chunk
	switch img.(type) {
	case *image.YCbCr:
		return kind == "jpeg"
	case *image.Gray, *image.RGBA:
		return kind == "jpeg" || b[interlaceB] == 0
	}
	return false
}
