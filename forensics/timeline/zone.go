package timeline

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // IANA names work on machines without a zone database
)

// Zone returns the time zone of a name: empty or "Z" or "UTC", an offset as
// +08:00, +0800 or +8, or an IANA name such as Asia/Shanghai. The zone of the
// computer ("Local") is refused, for it would make results differ between
// machines.
func Zone(name string) (*time.Location, error) {
	bad := fmt.Errorf("time zone %q is not known; write it as +08:00 or Asia/Shanghai", name)
	switch {
	case name == "" || name == "Z" || name == "UTC":
		return time.UTC, nil
	case strings.EqualFold(name, "Local"):
		return nil, bad
	case name[0] == '+' || name[0] == '-':
		hm := name[1:]
		h, m, colon := strings.Cut(hm, ":")
		if !colon && len(hm) == 4 {
			h, m = hm[:2], hm[2:]
		}
		if m == "" && !colon {
			m = "0"
		}
		hours, err1 := strconv.ParseUint(h, 10, 8)
		minutes, err2 := strconv.ParseUint(m, 10, 8)
		if err1 != nil || err2 != nil || len(h) > 2 || hours > 14 || minutes > 59 {
			return nil, bad
		}
		offsetS := int(hours)*3600 + int(minutes)*60
		if name[0] == '-' {
			offsetS = -offsetS
		}
		return time.FixedZone(fmt.Sprintf("%c%02d:%02d", name[0], hours, minutes), offsetS), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, bad
	}
	return loc, nil
}
