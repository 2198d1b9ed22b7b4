// Package exif reads the capture data that a camera writes into a JPEG, PNG or
// TIFF file (CIPA DC-008 Exif 2.32), by way of github.com/dsoprea/go-exif.
//
// Times are returned exactly as recorded: a camera's clock is a clock to be
// checked, and its reading is not changed here.
package exif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/formats"

	goexif "github.com/dsoprea/go-exif/v3"
	exifcommon "github.com/dsoprea/go-exif/v3/common"
)

// ErrNone says that a file is whole as far as it was read and holds no EXIF.
var ErrNone = errors.New("no EXIF data")

// Info is what the rest of the program uses of a photo's EXIF. A zero value
// means that the file does not say.
type Info struct {
	Make, Model, LensModel string
	Serial                 string // of the body
	Software               string
	FocalMM                float64 // focal length in millimetres
	Focal35MM              float64 // equivalent for a 36x24 mm frame
	DigitalZoom            float64 // 0 and 1 when there was none
	// FocalPlanePxPerMM is the sensor's resolution along the image's width.
	FocalPlanePxPerMM float64
	WidthPx, HeightPx int // as recorded in EXIF, before Orientation
	Orientation       int // 1..8 as in the TIFF tag; 0 when absent
	// TimeOriginal is DateTimeOriginal, "2006:01:02 15:04:05" as recorded, with
	// SubSec its fraction digits and Offset its zone as "+08:00" when recorded.
	TimeOriginal, SubSec, Offset string
	TimeModified                 string // DateTime
	HasGPS                       bool
	LatDeg, LonDeg               float64 // north and east positive
	AltM                         float64
}

// maxBlockB bounds the EXIF block; a JPEG segment holds at most 64 KiB, a PNG
// chunk or TIFF directory is cut at this size.
const maxBlockB = 1 << 20

// Read finds and decodes the EXIF block at the head of a JPEG, PNG or TIFF
// stream. It returns ErrNone when there is none, a FormatError when the block is
// damaged, and an UnsupportedError when r is no such file.
func Read(r io.Reader) (Info, error) {
	block, offset, err := find(r)
	if err != nil {
		return Info{}, err
	}
	return decode(block, offset)
}

// find returns the TIFF structure that holds the EXIF tags and its offset in r.
func find(r io.Reader) (block []byte, offset int64, err error) {
	var head [8]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && err != io.EOF {
		return nil, 0, err
	}
	switch h := head[:n]; {
	case bytes.HasPrefix(h, []byte{0xFF, 0xD8}):
		return findJPEG(io.MultiReader(bytes.NewReader(h[2:]), r))
	case bytes.Equal(h, []byte("\x89PNG\r\n\x1a\n")):
		return findPNG(r)
	case bytes.HasPrefix(h, []byte("II*\x00")), bytes.HasPrefix(h, []byte("MM\x00*")):
		rest, err := io.ReadAll(io.LimitReader(r, maxBlockB))
		return append(h, rest...), 0, err
	}
	return nil, 0, &formats.UnsupportedError{Format: "EXIF", Offset: 0, Feature: "a file that is neither JPEG, PNG nor TIFF", Next: "convert the photo to JPEG"}
}

// findJPEG walks the marker segments (ITU-T T.81 B.1.1) up to the first scan.
func findJPEG(r io.Reader) ([]byte, int64, error) {
	at := int64(2)
	var b [4]byte
	for {
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return nil, 0, truncated("JPEG", at, err)
		}
		for b[0] == 0xFF && b[1] == 0xFF { // fill bytes
			at++
			if _, err := io.ReadFull(r, b[1:2]); err != nil {
				return nil, 0, truncated("JPEG", at, err)
			}
		}
		if b[0] != 0xFF {
			return nil, 0, &formats.FormatError{Format: "JPEG", Offset: at, Reason: fmt.Sprintf("byte %#02x where a marker should be", b[0])}
		}
		at += 2
		marker := b[1]
		if marker == 0xDA || marker == 0xD9 {
			return nil, 0, ErrNone
		}
		if marker == 0x01 || marker >= 0xD0 && marker <= 0xD8 {
			continue // stand-alone marker
		}
		if _, err := io.ReadFull(r, b[:2]); err != nil {
			return nil, 0, truncated("JPEG", at, err)
		}
		size := int64(binary.BigEndian.Uint16(b[:2])) - 2
		if size < 0 {
			return nil, 0, &formats.FormatError{Format: "JPEG", Offset: at, Reason: "segment length below 2"}
		}
		at += 2
		if marker != 0xE1 {
			if _, err := io.CopyN(io.Discard, r, size); err != nil {
				return nil, 0, truncated("JPEG", at, err)
			}
			at += size
			continue
		}
		seg := make([]byte, size)
		if _, err := io.ReadFull(r, seg); err != nil {
			return nil, 0, truncated("JPEG", at, err)
		}
		if rest, ok := bytes.CutPrefix(seg, []byte("Exif\x00\x00")); ok {
			return rest, at + 6, nil
		}
		at += size
	}
}

// findPNG walks the chunks (W3C PNG, third edition, 11.3.3.3 eXIf) up to the end.
func findPNG(r io.Reader) ([]byte, int64, error) {
	at := int64(8)
	var b [8]byte
	for {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, 0, truncated("PNG", at, err)
		}
		at += 8
		size := int64(binary.BigEndian.Uint32(b[:4]))
		switch string(b[4:]) {
		case "IEND":
			return nil, 0, ErrNone
		case "eXIf":
			if size > maxBlockB {
				return nil, 0, &formats.FormatError{Format: "PNG", Offset: at, Reason: fmt.Sprintf("eXIf chunk of %d bytes", size)}
			}
			block := make([]byte, size)
			_, err := io.ReadFull(r, block)
			if err != nil {
				return nil, 0, truncated("PNG", at, err)
			}
			return block, at, nil
		}
		if _, err := io.CopyN(io.Discard, r, size+4); err != nil {
			return nil, 0, truncated("PNG", at, err)
		}
		at += size + 4
	}
}

func truncated(format string, at int64, err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &formats.FormatError{Format: format, Offset: at, Reason: "the file ends here", Next: "copy the file again from its source"}
	}
	return err
}

// decode reads the tags of a TIFF structure. The library panics on some broken
// input; that is damage of the input, not of the program.
func decode(block []byte, offset int64) (info Info, err error) {
	damaged := func(reason any) error {
		return &formats.FormatError{Format: "EXIF", Offset: offset, Reason: fmt.Sprint(reason), Next: "the photo itself may still be read"}
	}
	defer func() {
		if p := recover(); p != nil {
			err = damaged(p)
		}
	}()
	if block, err = bound(block); err != nil {
		return Info{}, damaged(err)
	}
	tags, _, err := goexif.GetFlatExifData(block, nil)
	if err != nil {
		return Info{}, damaged(err)
	}
	var lat, lon []float64
	var latRef, lonRef string
	altSign := 1.0
	for _, t := range tags {
		gps := strings.HasSuffix(t.IfdPath, "GPSInfo")
		if strings.HasPrefix(t.IfdPath, "IFD1") {
			continue // the thumbnail's own tags
		}
		switch t.TagName {
		case "Make":
			info.Make = text(t)
		case "Model":
			info.Model = text(t)
		case "LensModel":
			info.LensModel = text(t)
		case "BodySerialNumber":
			info.Serial = text(t)
		case "DigitalZoomRatio":
			info.DigitalZoom = first(t)
		case "Software":
			info.Software = text(t)
		case "DateTime":
			info.TimeModified = text(t)
		case "DateTimeOriginal":
			info.TimeOriginal = text(t)
		case "SubSecTimeOriginal":
			info.SubSec = text(t)
		case "OffsetTimeOriginal":
			info.Offset = text(t)
		case "Orientation":
			info.Orientation = int(first(t))
		case "PixelXDimension":
			info.WidthPx = int(first(t))
		case "PixelYDimension":
			info.HeightPx = int(first(t))
		case "FocalLength":
			info.FocalMM = first(t)
		case "FocalLengthIn35mmFilm":
			info.Focal35MM = first(t)
		case "FocalPlaneXResolution":
			info.FocalPlanePxPerMM = first(t) // unit applied below
		case "GPSLatitude":
			lat = numbers(t)
		case "GPSLongitude":
			lon = numbers(t)
		case "GPSLatitudeRef":
			latRef = text(t)
		case "GPSLongitudeRef":
			lonRef = text(t)
		case "GPSAltitude":
			info.AltM = first(t)
		case "GPSAltitudeRef":
			if gps && first(t) == 1 {
				altSign = -1
			}
		}
	}
	info.AltM *= altSign
	if info.FocalPlanePxPerMM > 0 {
		switch unit := focalPlaneUnit(tags); unit {
		case 3:
			info.FocalPlanePxPerMM /= 10 // per centimetre
		case 4: // per millimetre already
		default:
			info.FocalPlanePxPerMM /= 25.4 // per inch
		}
	}
	if len(lat) == 3 && len(lon) == 3 {
		info.LatDeg, info.LonDeg = degrees(lat, latRef == "S"), degrees(lon, lonRef == "W")
		info.HasGPS = math.Abs(info.LatDeg) <= 90 && math.Abs(info.LonDeg) <= 180
	}
	return info, nil
}

func focalPlaneUnit(tags []goexif.ExifTag) int {
	for _, t := range tags {
		if t.TagName == "FocalPlaneResolutionUnit" {
			return int(first(t))
		}
	}
	return 2
}

func degrees(dms []float64, negative bool) float64 {
	d := dms[0] + dms[1]/60 + dms[2]/3600
	if negative {
		return -d
	}
	return d
}

func text(t goexif.ExifTag) string {
	s, _ := t.Value.(string)
	s, _, _ = strings.Cut(s, "\x00")
	return strings.TrimSpace(strings.ToValidUTF8(s, "?"))
}

func first(t goexif.ExifTag) float64 {
	if v := numbers(t); len(v) > 0 {
		return v[0]
	}
	return 0
}

// numbers returns a tag's values; a rational with denominator 0 is 0.
func numbers(t goexif.ExifTag) []float64 {
	var out []float64
	switch v := t.Value.(type) {
	case []uint8:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []uint16:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []uint32:
		for _, x := range v {
			out = append(out, float64(x))
		}
	case []exifcommon.Rational:
		for _, x := range v {
			out = append(out, ratio(float64(x.Numerator), float64(x.Denominator)))
		}
	case []exifcommon.SignedRational:
		for _, x := range v {
			out = append(out, ratio(float64(x.Numerator), float64(x.Denominator)))
		}
	}
	return out
}

func ratio(n, d float64) float64 {
	if d == 0 {
		return 0
	}
	return n / d
}

// Ways in which a focal length in pixels is known from EXIF.
const (
	FocalFromSensor     = "sensor size" // of the model, by table
	FocalFromPlane      = "focal plane resolution"
	FocalFromEquivalent = "35 mm equivalent"
)

// FocalPx is the focal length in pixels of an image widthPx wide and heightPx
// high, and how it is known; 0 when the file does not say. The sensor's size is
// taken before the resolution of the focal plane, which some cameras record
// wrongly and which must agree with the equivalent focal length where that is
// there, and that before the equivalent focal length, which is rounded.
func (i Info) FocalPx(widthPx, heightPx int) (px float64, how string) {
	long, short := float64(max(widthPx, heightPx)), float64(min(widthPx, heightPx))
	// The equivalent is by the frame's diagonal, 43.27 mm.
	equivalent := i.Focal35MM * math.Hypot(long, short) / math.Hypot(36, 24)
	agrees := func(f float64) bool {
		return equivalent <= 0 || f > equivalent/1.15 && f < equivalent*1.15
	}
	if s, ok := sensorOf(i.Make, i.Model, i.FocalMM); ok && i.FocalMM > 0 {
		// A photo of another shape than the sensor's is cut out of it, as large as fits.
		f := i.FocalMM * max(long/s.width, short/s.height) * max(1, i.DigitalZoom)
		if agrees(f) {
			return f, FocalFromSensor
		}
	}
	if i.FocalMM > 0 && i.FocalPlanePxPerMM > 0 {
		f := i.FocalMM * i.FocalPlanePxPerMM
		if i.WidthPx > 0 {
			f *= long / float64(max(i.WidthPx, i.HeightPx))
		}
		if agrees(f) {
			return f, FocalFromPlane
		}
	}
	if equivalent > 0 {
		return equivalent, FocalFromEquivalent
	}
	return 0, ""
}
