package logs

import (
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/timeline"
)

// FromEXIF makes the event of a photo's DateTimeOriginal (Exif 2.32, section
// 4.6.5), with SubSecTimeOriginal and OffsetTimeOriginal when the camera wrote
// them; empty texts otherwise. The raw time is the three as written, joined.
// It returns false when the camera wrote no time or one that can not be read, as
// "0000:00:00 00:00:00" of a camera whose clock was never set.
func FromEXIF(exhibit, timeOriginal, subSec, offset string) (forensics.Event, bool) {
	clean := func(s string) string { return strings.Trim(s, " \x00") }
	raw := clean(timeOriginal)
	if s := clean(subSec); s != "" && raw != "" {
		raw += "." + s
	}
	if o := clean(offset); o != "" && o != ":" && raw != "" {
		raw += o
	}
	r, ok := timeline.ReadTime(raw)
	if !ok || !r.HasDate || r.Year == 0 {
		return forensics.Event{}, false
	}
	e := newEvent(exhibit, "photo taken", "DateTimeOriginal", raw, forensics.Locator{Exhibit: exhibit})
	e.Parsed = r.In(time.UTC, 0, time.Time{})
	e.Guessed = guesses(r, false)
	return e, true
}
