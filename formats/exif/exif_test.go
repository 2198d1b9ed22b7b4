package exif

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"firescene/formats"
)

// tiff builds a little-endian TIFF structure with an EXIF and a GPS directory,
// by the layout of TIFF 6.0 section 2.
func tiff(orientation uint16, focal35 uint16) []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	type entry struct {
		tag, typ uint16
		count    uint32
		value    []byte
	}
	dir := func(at int, entries []entry, data *[]byte, dataAt int) []byte {
		out := le.AppendUint16(nil, uint16(len(entries)))
		for _, e := range entries {
			out = le.AppendUint16(out, e.tag)
			out = le.AppendUint16(out, e.typ)
			out = le.AppendUint32(out, e.count)
			if len(e.value) <= 4 {
				out = append(out, append(e.value, 0, 0, 0, 0)[:4]...)
				continue
			}
			out = le.AppendUint32(out, uint32(dataAt+len(*data)))
			*data = append(*data, e.value...)
		}
		return le.AppendUint32(out, 0)
	}
	u16 := func(v uint16) []byte { return le.AppendUint16(nil, v) }
	u32 := func(v uint32) []byte { return le.AppendUint32(nil, v) }
	rat := func(v ...uint32) (o []byte) {
		for _, x := range v {
			o = le.AppendUint32(o, x)
		}
		return o
	}
	const ifd0, exifAt, gpsAt, dataAt = 8, 100, 200, 400
	var data []byte
	pad := func(b []byte, n int) []byte { return append(b, make([]byte, n-len(b))...) }
	b = append(b, dir(ifd0, []entry{
		{0x010F, 2, 5, []byte("Test\x00")}, {0x0112, 3, 1, u16(orientation)},
		{0x8769, 4, 1, u32(exifAt)}, {0x8825, 4, 1, u32(gpsAt)},
	}, &data, dataAt)...)
	b = pad(b, exifAt)
	b = append(b, dir(exifAt, []entry{
		{0x9003, 2, 20, []byte("2026:03:05 14:02:11\x00")}, {0x920A, 5, 1, rat(50, 10)}, {0xA405, 3, 1, u16(focal35)},
	}, &data, dataAt)...)
	b = pad(b, gpsAt)
	b = append(b, dir(gpsAt, []entry{
		{1, 2, 2, []byte("N\x00")}, {2, 5, 3, rat(35, 1, 30, 1, 0, 1)}, {3, 2, 2, []byte("W\x00")}, {4, 5, 3, rat(107, 1, 0, 1, 36, 1)},
	}, &data, dataAt)...)
	return append(pad(b, dataAt), data...)
}

// photo returns a JPEG whose first segment after SOI is the EXIF block.
func photo(t testing.TB, block []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	seg := append([]byte("Exif\x00\x00"), block...)
	head := binary.BigEndian.AppendUint16([]byte{0xFF, 0xD8, 0xFF, 0xE1}, uint16(len(seg)+2))
	return append(append(head, seg...), b.Bytes()[2:]...)
}

func pngWith(block []byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		from := len(b)
		b = append(append(b, kind...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
	}
	chunk("IHDR", make([]byte, 13))
	if block != nil {
		chunk("eXIf", block)
	}
	chunk("IEND", nil)
	return b
}

func TestReadContainers(t *testing.T) {
	block := tiff(6, 28)
	for name, file := range map[string][]byte{"jpeg": photo(t, block), "png": pngWith(block), "tiff": block} {
		info, err := Read(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if info.Make != "Test" || info.Orientation != 6 || info.FocalMM != 5 || info.Focal35MM != 28 {
			t.Errorf("%s: %+v", name, info)
		}
		if info.TimeOriginal != "2026:03:05 14:02:11" {
			t.Errorf("%s: time %q is not as recorded", name, info.TimeOriginal)
		}
		if !info.HasGPS || math.Abs(info.LatDeg-35.5) > 1e-9 || math.Abs(info.LonDeg+107.01) > 1e-9 {
			t.Errorf("%s: position %v %v", name, info.LatDeg, info.LonDeg)
		}
	}
}

func TestFocalPx(t *testing.T) {
	for _, c := range []struct {
		info Info
		want float64
		how  string
	}{
		{Info{Focal35MM: 36}, 36 * 1500 / math.Hypot(36, 24), FocalFromEquivalent}, // diagonal 1500 px
		{Info{FocalMM: 10, FocalPlanePxPerMM: 100}, 1000, FocalFromPlane},
		{Info{FocalMM: 10, FocalPlanePxPerMM: 100, WidthPx: 2400}, 500, FocalFromPlane},                                 // photo was halved
		{Info{FocalMM: 10, FocalPlanePxPerMM: 100, Focal35MM: 90}, 90 * 1500 / math.Hypot(36, 24), FocalFromEquivalent}, // a wrong resolution
		{Info{FocalMM: 10}, 0, ""},
		{Info{Make: "NIKON CORPORATION", Model: "NIKON D5300", FocalMM: 18, Focal35MM: 27}, 18 * 900 / 15.6, FocalFromSensor}, // 4:3 out of 3:2
		{Info{Make: "Canon", Model: "Canon EOS 5D Mark III", FocalMM: 24}, 24 * 900 / 24.0, FocalFromSensor},
		{Info{Make: "DJI", Model: "FC6310", FocalMM: 8.8, Focal35MM: 24}, 8.8 * 900 / 8.8, FocalFromSensor},
		{Info{Make: "Apple", Model: "iPhone 6s", FocalMM: 4.15, DigitalZoom: 2}, 2 * 4.15 * 1200 / 4.8, FocalFromSensor},
		{Info{Make: "Apple", Model: "iPhone 6s", FocalMM: 2.65}, 0, ""}, // its front camera
		{Info{Make: "Nobody", Model: "D5300", FocalMM: 18}, 0, ""},
	} {
		if got, how := c.info.FocalPx(1200, 900); math.Abs(got-c.want) > 1e-6 || how != c.how {
			t.Errorf("%+v: focal length %v px by %q, want %v by %q", c.info, got, how, c.want, c.how)
		}
	}
}

// TestSensorTable holds the table to what it must keep by itself.
func TestSensorTable(t *testing.T) {
	for i, s := range sensors {
		if r := s.width / s.height; r < 1.3 || r > 1.56 || s.width > 36 || s.width < 4 || s.model != strings.ToUpper(s.model) {
			t.Errorf("%+v", s)
		}
		for _, earlier := range sensors[:i] {
			if earlier.names(strings.TrimSuffix(s.model, "*")) && earlier.fromMM == 0 {
				t.Errorf("%s is never reached behind %s", s.model, earlier.model)
			}
		}
	}
}

func TestNoEXIF(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"jpeg": b.Bytes(), "png": pngWith(nil)} {
		if _, err := Read(bytes.NewReader(file)); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v, want ErrNone", name, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	good := photo(t, tiff(1, 28))
	for name, c := range map[string]struct {
		file        []byte
		unsupported bool
	}{
		"empty":            {nil, true},
		"text":             {[]byte("not a photo at all"), true},
		"cut in EXIF":      {good[:60], false},
		"cut after SOI":    {good[:2], false},
		"no marker":        {[]byte{0xFF, 0xD8, 0x12, 0x34}, false},
		"damaged block":    {photo(t, []byte("II*\x00\xFF\xFF\xFF\xFF")), false},
		"png without IEND": {pngWith(nil)[:20], false},
	} {
		_, err := Read(bytes.NewReader(c.file))
		if c.unsupported && !formats.IsUnsupported(err) || !c.unsupported && !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHugeCount gives entries counts that no memory holds: the tag is left out,
// the others are read.
func TestHugeCount(t *testing.T) {
	block := tiff(3, 28)
	binary.LittleEndian.PutUint32(block[8+2+4:], 0xFFFFFFF0) // Make
	info, err := Read(bytes.NewReader(photo(t, block)))
	if err != nil || info.Make != "" || info.Orientation != 3 || info.Focal35MM != 28 {
		t.Errorf("%+v %v", info, err)
	}
}

func TestDirectoryLoop(t *testing.T) {
	block := tiff(1, 28)
	binary.LittleEndian.PutUint32(block[8+2+4*12:], 8) // the first directory's next is itself
	if _, err := Read(bytes.NewReader(block)); !formats.IsDamaged(err) {
		t.Errorf("%v, want a FormatError", err)
	}
}

func TestRealPhotos(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/data/photos/lund/images/*.jpg")
	if len(files) == 0 {
		t.Skip("no measuring data beside the repository")
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := Read(bytes.NewReader(b))
		if err != nil || info.Focal35MM != 35 || !info.HasGPS {
			t.Errorf("%s: %+v %v; every one of these has a focal length and a position", filepath.Base(path), info, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	block := tiff(1, 28)
	f.Add(photo(f, block))
	f.Add(pngWith(block))
	f.Add(block)
	f.Fuzz(func(t *testing.T, b []byte) {
		if info, err := Read(bytes.NewReader(b)); err == nil && info.HasGPS && math.IsNaN(info.LatDeg) {
			t.Fatalf("latitude is not a number: %+v", info)
		}
	})
}
