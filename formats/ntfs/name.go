package ntfs

import (
	"strings"
	"time"
)

// Name spaces of a file name.
const nameDOS = 2

// Times are the four times of a file as recorded, in UTC with steps of 100 ns,
// as "2024-03-01 10:20:30.1234567Z"; empty when not recorded.
type Times struct {
	Created, Modified, Changed, Accessed string // Changed is when the file's record changed
}

// filetime counts 100 ns from 1601.
type filetime uint64

const (
	perSecond = 10_000_000
	// seconds from 1601 to 1970
	epochS = 11_644_473_600
	// times that are believed where the time itself tells a name from other bytes
	year1980 filetime = (epochS + 315_532_800) * perSecond
	year2100 filetime = (epochS + 4_102_444_800) * perSecond
)

func (t filetime) String() string {
	if t == 0 {
		return ""
	}
	return time.Unix(int64(t/perSecond)-epochS, int64(t%perSecond)*100).UTC().Format("2006-01-02 15:04:05.0000000Z")
}

// times reads four consecutive times: created, modified, changed, accessed.
func times(b []byte) Times {
	at := func(i int) string { return filetime(le64(b[8*i:])).String() }
	return Times{Created: at(0), Modified: at(1), Changed: at(2), Accessed: at(3)}
}

// fileName is the value of a $FILE_NAME attribute, which is also the key of a
// folder's index.
type fileName struct {
	parent ref
	times  Times
	allocB int64
	sizeB  int64
	flags  uint32
	space  byte
	name   string
	// changed is when the record changed, for comparing.
	changed filetime
}

// fileNameB is its length without the name.
const fileNameB = 66

func parseFileName(b []byte) (f fileName, ok bool) {
	if len(b) < fileNameB || len(b) < fileNameB+2*int(b[64]) || b[64] == 0 {
		return f, false
	}
	f = fileName{parent: refOf(le64(b)), times: times(b[8:]), allocB: int64(le64(b[40:])), sizeB: int64(le64(b[48:])), flags: le32(b[56:]), space: b[65], changed: filetime(le64(b[24:]))}
	f.name = cleanName(utf16Text(b[fileNameB : fileNameB+2*int(b[64])]))
	return f, true
}

// cleanName takes out what would break a path.
func cleanName(s string) string {
	if s == "." || s == ".." {
		return strings.Repeat("_", len(s))
	}
	return strings.Map(func(r rune) rune {
		if r == '/' || r < ' ' {
			return '_'
		}
		return r
	}, s)
}

// looksLikeName reports whether b begins with a file name, judged by its times,
// its name space, its flags and the characters of its name: for places where
// names stand among other bytes.
func looksLikeName(b []byte) bool {
	if len(b) < fileNameB || b[64] == 0 || b[65] > 3 || len(b) < fileNameB+2*int(b[64]) {
		return false
	}
	for i := range 4 {
		if t := filetime(le64(b[8+8*i:])); t < year1980 || t >= year2100 {
			return false
		}
	}
	alloc, size := int64(le64(b[40:])), int64(le64(b[48:]))
	if alloc < 0 || size < 0 || alloc&7 != 0 || le32(b[56:])&^0x300FFFFF != 0 {
		return false
	}
	for i := range int(b[64]) {
		c := le16(b[fileNameB+2*i:])
		if c < ' ' || c == 0xFFFF || c < 0x80 && strings.IndexByte(`"*/<>?\|`, byte(c)) >= 0 {
			return false
		}
	}
	return true
}
