// Package photo decodes photographs by their content: JPEG, PNG, TIFF, HEIC,
// WebP and BMP. What a file asks for is known from its head before anything is
// allocated for it, and what could be mistaken for the photo itself, such as the
// preview at the head of a raw file, is refused with what to do.
package photo

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"

	"firescene/formats"
	structure "firescene/formats/jpeg"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

const (
	// MaxPx is the most pixels of a picture that is decoded.
	MaxPx = 250_000_000
	// maxDecodeB bounds the memory that decoding one picture takes at its peak.
	maxDecodeB = 1200 << 20
	// maxFileB bounds the files of formats that are decoded from memory.
	maxFileB = 512 << 20
)

// Header is what a file's head says of its picture.
type Header struct {
	Format            string // "JPEG", "PNG", "TIFF", "HEIC", "WebP" or "BMP"
	WidthPx, HeightPx int    // of the picture as Decode gives it
	// Upright says that Decode turns the picture upright itself, so that an EXIF
	// orientation must not be applied again (ISO/IEC 23008-12, 6.5.10).
	Upright bool
	// DecodeB is about the memory that Decode takes at its peak.
	DecodeB int64
}

// Format tells what a file is by its first bytes, 16 or more where the file has
// them; empty for what is no photo.
func Format(head []byte) string {
	has := func(off int, s string) bool { return len(head) >= off+len(s) && string(head[off:off+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"):
		return "JPEG"
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "PNG"
	case has(0, "II*\x00"), has(0, "MM\x00*"), has(0, "II+\x00"), has(0, "MM\x00+"), has(0, "IIRO"), has(0, "IIU\x00"):
		return "TIFF"
	case has(0, "RIFF") && has(8, "WEBP"):
		return "WebP"
	case has(0, "BM") && len(head) >= 16 && slices.Contains([]byte{12, 40, 52, 56, 64, 108, 124}, head[14]):
		return "BMP"
	case has(4, "ftyp") && len(head) >= 12:
		switch string(head[8:12]) {
		case "mif1", "mif2", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx":
			return "HEIC"
		case "avif", "avis":
			return "AVIF"
		case "crx ":
			return "CR3"
		}
	}
	return ""
}

// ReadHeader reads what a file says of its picture. What is damaged is a
// *formats.FormatError; what is not read, or asks for more memory than one
// picture may have, is a *formats.UnsupportedError.
func ReadHeader(r io.ReaderAt, size int64) (Header, error) {
	head := make([]byte, 32)
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Header{}, err
	}
	h := Header{Format: Format(head[:n])}
	in := io.NewSectionReader(r, 0, size)
	var cfg image.Config
	perPx := 8.0
	switch h.Format {
	case "":
		if n == 0 {
			return h, &formats.FormatError{Format: "photo", Offset: 0, Reason: "the file is empty", Next: "copy it again from the camera"}
		}
		return h, unsupported("photo", "content that is neither JPEG, PNG, TIFF, HEIC, WebP nor BMP", "give the photo as JPEG")
	case "AVIF":
		return h, unsupported("AVIF", "coding in AV1", "save the photo as JPEG or PNG")
	case "CR3":
		return h, unsupported("CR3", "raw sensor data", rawNext)
	case "JPEG":
		perPx, err = jpegNeeds(in)
		if err == nil {
			if _, err = in.Seek(0, io.SeekStart); err == nil {
				cfg, err = jpeg.DecodeConfig(in)
			}
		}
	case "PNG":
		cfg, err = png.DecodeConfig(in)
		perPx = pngNeeds(head)
	case "TIFF":
		if perPx, err = tiffNeeds(r, size); err == nil {
			cfg, err = tiff.DecodeConfig(in)
		}
	case "WebP":
		cfg, err = webp.DecodeConfig(in)
	case "BMP":
		cfg, err = bmp.DecodeConfig(in)
		perPx = 4
	case "HEIC":
		h.Upright = true
		cfg, err = heicConfig(r, size)
		perPx = heicNeeds
	}
	if err != nil {
		return h, plainly(h.Format, err)
	}
	h.WidthPx, h.HeightPx = cfg.Width, cfg.Height
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return h, &formats.FormatError{Format: h.Format, Offset: -1, Reason: fmt.Sprintf("a picture of %dx%d pixels", cfg.Width, cfg.Height)}
	}
	px := float64(cfg.Width) * float64(cfg.Height)
	if px > MaxPx {
		return h, unsupported(h.Format, fmt.Sprintf("%dx%d pixels, more than the %d million that are read", cfg.Width, cfg.Height, MaxPx/1_000_000),
			"reduce the photo, or check that its head is not damaged")
	}
	h.DecodeB = int64(px * perPx)
	if h.DecodeB > maxDecodeB {
		return h, unsupported(h.Format, fmt.Sprintf("%dx%d pixels in a form that takes %d MB to decode, of %d that one photo may have", cfg.Width, cfg.Height, h.DecodeB>>20, maxDecodeB>>20),
			"save the photo as an ordinary JPEG, not progressive and with 8 bits")
	}
	if (h.Format == "WebP" || h.Format == "BMP" || h.Format == "HEIC") && size > maxFileB {
		return h, unsupported(h.Format, fmt.Sprintf("a file of %d MB", size>>20), "save the photo as JPEG")
	}
	return h, nil
}

// Decode gives the picture of a file whose header ReadHeader accepted, as one of
// *image.YCbCr, *image.Gray, *image.Gray16, *image.NRGBA, *image.RGBA,
// *image.RGBA64 and *image.NRGBA64, with (0, 0) as its first pixel. A picture of
// more than compactPx pixels comes in 8 bits with halved colour, or in grey.
// The whole picture must be there: one that is cut off is an error, for whoever
// measures on it must not take filling for what the camera saw. The context ends
// the decoding of HEIC; the other formats end with their file.
func Decode(ctx context.Context, r io.ReaderAt, size int64, h Header) (image.Image, error) {
	in := io.NewSectionReader(r, 0, size)
	var img image.Image
	var err error
	switch h.Format {
	case "JPEG":
		img, err = jpeg.Decode(in)
	case "PNG":
		img, err = png.Decode(in)
	case "TIFF":
		img, err = tiff.Decode(in)
	case "WebP":
		img, err = webp.Decode(in)
	case "BMP":
		img, err = bmp.Decode(in)
	case "HEIC":
		img, err = heicDecode(ctx, r, size, h)
	default:
		return nil, unsupported("photo", fmt.Sprintf("content %q", h.Format), "give the photo as JPEG")
	}
	if err != nil && h.Format == "JPEG" && soundJPEG(r, size) {
		return nil, unsupported("JPEG", "progressive coding in a form that is valid but not read", "save the photo anew as an ordinary JPEG, at the best quality")
	}
	if err != nil {
		return nil, plainly(h.Format, err)
	}
	if b := img.Bounds(); b.Dx() != h.WidthPx || b.Dy() != h.HeightPx {
		return nil, &formats.FormatError{Format: h.Format, Offset: -1, Reason: fmt.Sprintf("%dx%d pixels decoded, %dx%d announced", b.Dx(), b.Dy(), h.WidthPx, h.HeightPx)}
	}
	return simplify(img), nil
}

// soundJPEG says whether a JPEG that could not be decoded is whole all the same:
// image/jpeg does not follow restart intervals through progressive scans of one
// component.
func soundJPEG(r io.ReaderAt, size int64) bool {
	rep, err := structure.Check(r, size, formats.DefaultLimits())
	return err == nil && rep.State == structure.Whole && rep.Progressive
}

const rawNext = "develop the raw file and save it as JPEG or 16-bit TIFF at full size"

func unsupported(format, feature, next string) error {
	return &formats.UnsupportedError{Format: format, Offset: -1, Feature: feature, Next: next}
}

// plainly turns the errors of decoders into the two kinds of this program.
func plainly(format string, err error) error {
	var jpegNot jpeg.UnsupportedError
	var pngNot png.UnsupportedError
	var tiffNot tiff.UnsupportedError
	switch {
	case formats.IsDamaged(err), formats.IsUnsupported(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), endsShort(err):
		return &formats.FormatError{Format: format, Offset: -1, Reason: "the file ends within the picture", Next: "copy it again from the camera or its card"}
	case errors.As(err, &jpegNot):
		return unsupported(format, string(jpegNot), "save the photo as an ordinary 8-bit JPEG")
	case errors.As(err, &pngNot):
		return unsupported(format, string(pngNot), "save the photo as JPEG")
	case errors.As(err, &tiffNot):
		return unsupported(format, string(tiffNot), "save it as an uncompressed RGB or grey TIFF with 8 or 16 bits, or as JPEG")
	case errors.Is(err, bmp.ErrUnsupported):
		return unsupported(format, "this kind of bitmap", "save the photo as PNG or JPEG")
	}
	reason := err.Error()
	if i := strings.Index(reason, ": "); i >= 0 {
		reason = reason[i+2:] // the package's own name before it
	}
	next := "copy it again from the camera or its card"
	if format == "TIFF" {
		next += ", or save it anew as TIFF or JPEG"
	}
	return &formats.FormatError{Format: format, Offset: -1, Reason: reason, Next: next}
}

// endsShort tells the decoders' own words for data that ends too soon.
func endsShort(err error) bool {
	for _, words := range []string{"short Huffman data", "not enough pixel data", "unexpected EOF"} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
