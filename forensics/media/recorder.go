package media

import (
	"io"

	"firescene/formats"
	"firescene/formats/dhfs"
	"firescene/formats/hikfs"
)

// DHFS is the kind of the volume of a Dahua recorder, also when only its first
// bytes say so and its tables can not be read.
const DHFS = "DHFS4.1 (Dahua recorder)"

const hik = "HIK.2011 (Hikvision recorder)"

// recorder opens the file system of a video recorder. ok is false when there is
// none.
func (v Volume) recorder(sec io.ReaderAt) (_ Volume, ok bool) {
	switch kind := identify(sec); kind {
	case DHFS:
		v.Kind = kind
		f, err := dhfs.Open(sec, v.LengthB, formats.DefaultLimits())
		if v.Err = err; err == nil {
			v.FS = f
		}
	case hik:
		v.Kind = kind
		f, err := hikfs.Open(sec, v.LengthB, formats.DefaultLimits())
		if v.Err = err; err == nil {
			v.FS = f
		}
	default:
		return v, false
	}
	return v, true
}
