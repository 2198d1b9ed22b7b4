package ole2

import (
	"encoding/binary"
	"fmt"
	"io"

	"firescene/formats"
)

// classKinds are root classes by the first field of their GUID; the rest of each is
// rest, but for PowerPoint's.
var classKinds = map[uint32]string{
	0x00020900: "doc", 0x00020906: "doc", // Word 6 and 97
	0x00020810: "xls", 0x00020820: "xls", // Excel 5 and 97
	0x00020D0B: "msg",
	0x000C1084: "msi",
}

const (
	rest       = "\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"
	powerPoint = "\x10\x8D\x81\x64\x9B\x4F\xCF\x11\x86\xEA\x00\xAA\x00\xB9\x29\xE8"
)

// kind tells what a file is by the streams in its root, or by the root's class when
// they tell nothing.
func kind(all []entry, class [16]byte) string {
	pictures, catalog := false, false
	has := map[string]bool{}
	for i := range all {
		e := &all[i]
		if !e.reached || e.depth != 0 || i == 0 {
			continue
		}
		has[e.name] = true
		if e.kind == streamType {
			pictures = pictures || isThumbName(e.name)
			catalog = catalog || e.name == catalogName
		}
	}
	switch {
	case has["WordDocument"]:
		return "doc"
	case has["Workbook"], has["Book"]:
		return "xls"
	case has["PowerPoint Document"]:
		return "ppt"
	case has["__properties_version1.0"]:
		return "msg"
	case catalog && (pictures || len(has) == 1), pictures && onlyThumbs(has):
		return "thumbsdb"
	case string(class[:]) == powerPoint:
		return "ppt"
	case string(class[4:]) == rest:
		return classKinds[binary.LittleEndian.Uint32(class[:])]
	}
	return ""
}

func onlyThumbs(names map[string]bool) bool {
	for n := range names {
		if !isThumbName(n) {
			return false
		}
	}
	return true
}

// unknownVersion is the error for a compound file of a version that the
// specification does not have; nil when it is none.
func unknownVersion(r io.ReaderAt, size int64) error {
	b := formats.NewWindow(r, size, 64).At(0, 64)
	if len(b) < 64 || string(b[:8]) != signature || Head(b) {
		return nil
	}
	if n := binary.LittleEndian.Uint16(b[26:]); n != 3 && n != 4 {
		return &formats.UnsupportedError{Format: formatName, Offset: 26, Feature: fmt.Sprintf("version %d", n), Next: "its pictures may be found by carving"}
	}
	return nil
}
