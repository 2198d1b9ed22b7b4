package photo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"firescene/formats"
	"firescene/formats/heif"

	"github.com/gen2brain/heic"
)

// HEIC is decoded by libheif and libde265, compiled to WebAssembly and run in the
// sandbox of wazero: whatever a hostile file does there, it can only fail. Few
// pictures are decoded at a time, since each takes memory of its own there.
var (
	heicTurn  = make(chan struct{}, 2)
	heicSetup = sync.OnceFunc(func() { heic.ForceWasmMode = true })
	// heicStuck is closed when a decoder did not come back in time: it can not be
	// ended, and further ones are then not begun.
	heicStuck = make(chan struct{})
	heicStop  = sync.OnceFunc(func() { close(heicStuck) })
)

const (
	heicHeadB = 1 << 20
	heicNeeds = 24 // bytes a pixel, as measured
	// heicLeastPx: libheif pads smaller planes in a way that its wrapper does not expect.
	heicLeastPx = 128
	// heicPatience is how long a picture may take: a slow machine decodes a million
	// pixels in about one second.
	heicPatience   = 20 * time.Second
	heicPatiencePx = 5 * time.Microsecond
	heicNext       = "save the photo as JPEG; iPhones do so with Settings, Camera, Formats, Most Compatible"
)

// heicConfig gives the size of the picture, upright.
func heicConfig(r io.ReaderAt, size int64) (image.Config, error) {
	pic, err := heif.Describe(r, size)
	if err != nil {
		return image.Config{}, err
	}
	if pic.LargestPx == 0 {
		return image.Config{}, &formats.FormatError{Format: "HEIC", Offset: -1, Reason: "no picture with a size", Next: "copy it again from the camera or its card"}
	}
	if pic.LargestPx > MaxPx/2 {
		return image.Config{}, unsupported("HEIC", fmt.Sprintf("%d million pixels, more than the %d million that are read", pic.LargestPx/1_000_000, MaxPx/2_000_000), "reduce the photo and save it as JPEG")
	}
	head, err := readHEIC(r, min(size, heicHeadB))
	if err != nil {
		return image.Config{}, err
	}
	cfg, err := withHEIC(context.Background(), 0, func() (image.Config, error) { return heic.DecodeConfig(bytes.NewReader(head)) })
	if err == nil && min(cfg.Width, cfg.Height) < heicLeastPx {
		err = unsupported("HEIC", fmt.Sprintf("a picture of fewer pixels than %dx%d", heicLeastPx, heicLeastPx), "save the photo as PNG")
	}
	return cfg, err
}

func heicDecode(ctx context.Context, r io.ReaderAt, size int64, h Header) (image.Image, error) {
	b, err := readHEIC(r, size)
	if err != nil {
		return nil, err
	}
	return withHEIC(ctx, h.WidthPx*h.HeightPx, func() (image.Image, error) {
		img, err := heic.Decode(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		return ownPlanes(img), nil // the decoder's memory goes with its picture
	})
}

// readHEIC reads the file. Its major brand may be the general one of the family
// while the coding is told by the compatible brands; the library asks for the
// former, so it is put there.
func readHEIC(r io.ReaderAt, size int64) ([]byte, error) {
	b := make([]byte, size)
	if n, err := r.ReadAt(b, 0); int64(n) < size && err != nil {
		return nil, err
	}
	if len(b) >= 12 {
		switch string(b[8:12]) {
		case "mif1", "mif2", "msf1":
			copy(b[8:12], "heic")
		}
	}
	return b, nil
}

// withHEIC runs the decoder when it is its turn.
func withHEIC[T any](ctx context.Context, px int, decode func() (T, error)) (T, error) {
	var none T
	heicSetup()
	select {
	case heicTurn <- struct{}{}:
	case <-heicStuck:
		return none, unsupported("HEIC", "any more pictures of this kind, after one that its decoder hangs on", heicNext)
	case <-ctx.Done():
		return none, ctx.Err()
	}
	patience := heicPatience + time.Duration(px)*heicPatiencePx
	late := time.NewTimer(patience)
	defer late.Stop()
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-heicTurn }()
		var out result
		defer func() {
			if p := recover(); p != nil {
				out.err = fmt.Errorf("%v", p)
			}
			done <- out
		}()
		out.v, out.err = decode()
	}()
	select {
	case out := <-done:
		if out.err != nil {
			return none, unsupported("HEIC", "a picture that is damaged or coded in a way that is not read", heicNext)
		}
		return out.v, nil
	case <-ctx.Done():
		return none, ctx.Err()
	case <-late.C:
		heicStop()
		return none, unsupported("HEIC", fmt.Sprintf("a picture that is not decoded within %s", patience.Round(time.Second)), heicNext)
	}
}

// ownPlanes copies a picture out of the decoder's memory.
func ownPlanes(img image.Image) image.Image {
	switch m := img.(type) {
	case *image.YCbCr:
		m.Y, m.Cb, m.Cr = bytes.Clone(m.Y), bytes.Clone(m.Cb), bytes.Clone(m.Cr)
	case *image.Gray:
		m.Pix = bytes.Clone(m.Pix)
	case *image.RGBA:
		m.Pix = bytes.Clone(m.Pix)
	case *image.NRGBA:
		m.Pix = bytes.Clone(m.Pix)
	}
	return img
}
