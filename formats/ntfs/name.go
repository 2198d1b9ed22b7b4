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
	stamps [4]filetime // created, modified, changed, accessed
	sizeB  int64
	flags  uint32
	space  byte
	name   string
	raw    []byte // the name as it stands
}

// times prints the times.
func (f fileName) times() Times {
	return Times{Created: f.stamps[0].String(), Modified: f.stamps[1].String(), Changed: f.stamps[2].String(), Accessed: f.stamps[3].String()}
}

// key stands for a name in a folder.
func (f fileName) key() uint64 { return nameKey(f.parent.num, f.raw) }

// nameKey is the 64-bit FNV-1a hash of a folder's number and a name in UTF-16.
func nameKey(folder int64, name []byte) uint64 {
	h := uint64(0xCBF29CE484222325)
	for range 6 {
		h = (h ^ uint64(folder&0xFF)) * 0x100000001B3
		folder >>= 8
	}
	for _, c := range name {
		h = (h ^ uint64(c)) * 0x100000001B3
	}
	return h
}

// fileNameB is its length without the name.
const fileNameB = 66

func parseFileName(b []byte) (f fileName, ok bool) {
	if len(b) < fileNameB || len(b) < fileNameB+2*int(b[64]) || b[64] == 0 {
		return f, false
	}
	f = fileName{parent: refOf(le64(b)), sizeB: int64(le64(b[48:])), flags: le32(b[56:]), space: b[65], raw: b[fileNameB : fileNameB+2*int(b[64])]}
	for i := range f.stamps {
		f.stamps[i] = filetime(le64(b[8+8*i:]))
	}
	f.name = cleanName(utf16Text(f.raw))
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

// slackNames looks for names behind the attributes of a record: taking an
// attribute out overwrites its first bytes only.
func (rec *record) slackNames() (out []fileName) {
	for b := rec.slack; len(b) >= fileNameB; b = b[8:] {
		if looksLikeName(b) {
			if f, ok := parseFileName(b); ok {
				out = append(out, f)
			}
		}
	}
	return out
}
