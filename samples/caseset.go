package samples

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"firescene/forensics"
)

// CaseSetOptions sizes a folder that stands for a large case. The zero value of a
// field means the default in brackets.
type CaseSetOptions struct {
	Photos  int // [1000]
	Items   int // [100,000]
	WidthPx int // of a photo; the height is three quarters of it [1600]
	Thumbs  int // different thumbnails, which the items share in turn [2000]
	Workers int // the result does not depend on it [all processors]
}

// mediaB is the size of the medium of a case set; items lie on it one after the other,
// and anew from its beginning when it is full.
const mediaB = 1 << 20

// CaseSet writes what a case of many photos and items consists of: dir/photos with
// pictures that all differ, dir/disk.img, and dir/items with the list of items and
// their thumbnails as the stage of recovery leaves them, for an exhibit of the ID
// mediaID. It is for measuring how a window copes; nothing was recovered from the
// image. The same options give the same bytes. report may be nil.
func CaseSet(ctx context.Context, dir, mediaID string, o CaseSetOptions, report func(stage string, done, total int64)) error {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.Photos, 1000)
	set(&o.Items, 100_000)
	set(&o.WidthPx, 1600)
	set(&o.Thumbs, 2000)
	set(&o.Workers, runtime.NumCPU())
	if o.Photos < 0 || o.Photos > 100_000 || o.Items < 0 || o.Items > 10_000_000 || o.WidthPx < 32 || o.WidthPx > 8000 || o.Thumbs < 1 {
		return fmt.Errorf("samples: a case of %d photos of %d pixels and %d items", o.Photos, o.WidthPx, o.Items)
	}
	if report == nil {
		report = func(string, int64, int64) {}
	}
	m := &maker{ctx: ctx, dir: dir, opts: Options{Workers: o.Workers}, report: report}
	if err := m.pictures("photos/IMG_%05d.jpg", o.Photos, o.WidthPx); err != nil {
		return err
	}
	if err := m.pictures("items/thumbs/T%05d.jpg", min(o.Thumbs, max(o.Items, 1)), 160); err != nil {
		return err
	}
	if err := m.save("disk.img", bytes.Repeat([]byte("a case of many items, 32 bytes. "), mediaB/32)); err != nil {
		return err
	}
	return m.itemList(mediaID, o)
}

// pictures writes n pictures that differ in pattern and colour.
func (m *maker) pictures(name string, n, widthPx int) error {
	failed := make(chan error, 1)
	m.each("sample pictures", n, func(i int) {
		var b bytes.Buffer
		err := jpeg.Encode(&b, stripes(i, widthPx), &jpeg.Options{Quality: 85})
		if err == nil {
			err = m.save(fmt.Sprintf(name, i), b.Bytes())
		}
		if err != nil {
			select {
			case failed <- err:
			default:
			}
		}
	})
	select {
	case err := <-failed:
		return err
	default:
		return m.ctx.Err()
	}
}

// stripes is a picture of slanted stripes whose slope, width and colour tell i, with
// grain as photos have.
func stripes(i, widthPx int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, widthPx, widthPx*3/4), image.YCbCrSubsampleRatio420)
	hue := color.RGBAModel.Convert(color.YCbCr{Y: 128, Cb: uint8(i * 37), Cr: uint8(i * 91)}).(color.RGBA)
	_, cb, cr := color.RGBToYCbCr(hue.R, hue.G, hue.B)
	for k := range img.Cb {
		img.Cb[k], img.Cr[k] = cb, cr
	}
	slope, width := i%7-3, max(widthPx*(2+i%11)/100, 1)
	lot := uint32(i)*2654435761 + 1
	for y := range img.Rect.Dy() {
		row := img.Y[y*img.YStride:][:widthPx]
		for x := range row {
			lot = lot*1664525 + 1013904223
			row[x] = uint8(60 + 110*(((x+slope*y+widthPx*8)/width)&1) + int(lot>>28))
		}
	}
	return img
}

// itemList writes items.jsonl: pictures, texts and videos, live, deleted and carved.
func (m *maker) itemList(mediaID string, o CaseSetOptions) error {
	if err := os.MkdirAll(filepath.Join(m.dir, "items"), 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(m.dir, "items", "items.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	enc := json.NewEncoder(w)
	types := []string{"jpeg", "jpeg", "jpeg", "png", "text", "mp4", "sqlite", "pdf"}
	origins := []forensics.ItemOrigin{forensics.FromLive, forensics.FromDeleted, forensics.FromCarving}
	states := []forensics.ItemState{forensics.Whole, forensics.Whole, forensics.Whole, forensics.Partial, forensics.Whole, forensics.Fragment}
	began := time.Date(2026, 3, 14, 6, 0, 0, 0, zone)
	for i := range o.Items {
		const size = 96
		at := int64(i) * size % (mediaB - size)
		sum, sum5 := sha256.Sum256(fmt.Append(nil, i)), md5.Sum(fmt.Append(nil, i))
		it := forensics.Item{ID: fmt.Sprintf("%s-I%06d", mediaID, i+1), Exhibit: mediaID, Type: types[i%len(types)], Origin: origins[i%len(origins)], State: states[i%len(states)], SizeB: size,
			SHA256: hex.EncodeToString(sum[:]), MD5: hex.EncodeToString(sum5[:]), Locators: []forensics.Locator{forensics.At(mediaID, at, size)}, Runs: []forensics.ByteRun{{OffsetB: at, LengthB: size}},
			Times:      []forensics.ItemTime{{What: "modified", Raw: began.Add(time.Duration(i) * 7 * time.Second).Format("2006-01-02 15:04:05")}},
			Confidence: 1, Reason: "its cluster chain is complete"}
		if it.Origin != forensics.FromCarving {
			it.Name = fmt.Sprintf("DCIM/%03dCAM/IMG_%05d.%s", i/1000, i, it.Type)
		}
		if it.Type == "jpeg" || it.Type == "png" {
			it.Thumb = fmt.Sprintf("thumbs/T%05d.jpg", i%min(o.Thumbs, o.Items))
		}
		if err := enc.Encode(it); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
