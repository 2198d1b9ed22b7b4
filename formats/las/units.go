package las

import (
	"encoding/binary"
	"io"
	"strings"

	"firescene/formats"
)

// unitOf finds the unit of lengths that a file states in its coordinate system, when
// it is not metres: as WKT (record 2112) or GeoTIFF keys (34735: 3076 of projected,
// 4099 of vertical lengths, EPSG codes).
func unitOf(r io.ReaderAt, h *Header, lim formats.Limits) (string, error) {
	const wkt, keys = 2112, 34735
	vlrs, err := ReadVLRs(r, h, lim, func(user string, record int) bool {
		return user == "LASF_Projection" && (record == wkt || record == keys)
	})
	if err != nil {
		return "", err
	}
	for _, v := range vlrs {
		if v.Record == wkt {
			s := strings.ToLower(string(v.Data))
			if !strings.Contains(s, "foot") && !strings.Contains(s, "feet") {
				continue
			}
			if strings.Contains(s, "survey") || strings.Contains(s, "us_foot") || strings.Contains(s, "foot_us") {
				return "US survey foot", nil
			}
			return "foot", nil
		}
		for b := v.Data; len(b) >= 8; b = b[8:] {
			le := binary.LittleEndian
			if k := le.Uint16(b); k != 3076 && k != 4099 || le.Uint16(b[2:]) != 0 {
				continue
			}
			switch le.Uint16(b[6:]) {
			case 9002:
				return "foot", nil
			case 9003:
				return "US survey foot", nil
			}
		}
	}
	return "", nil
}

// Unit is the unit of lengths that the file states when it is not metres, else
// empty.
func (s *Scan) Unit() string { return s.unit }
