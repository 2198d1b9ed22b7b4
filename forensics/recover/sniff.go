package recover

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"firescene/forensics/carve"
)

// Sniff names the type of content by its first bytes: a type that is carved,
// "text" for printable text in UTF-8 or GBK, else "data".
func Sniff(types []carve.Type, head []byte) string {
	if t := carve.Identify(types, head); t != nil {
		return t.Name
	}
	if isText(head) {
		return "text"
	}
	return "data"
}

// isText reports whether b is printable text. The cut at the end of what was
// read may split a character.
func isText(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B || c == 0x7F {
			return false
		}
	}
	whole := b
	for i := 0; i < utf8.UTFMax && len(whole) > 0; i++ {
		if utf8.Valid(whole) {
			return true
		}
		whole = whole[:len(whole)-1]
	}
	return isGBK(b)
}

// isTextInside is isText for a piece of a text, which may begin within a
// character too.
func isTextInside(b []byte) bool {
	for i := 0; i < 4 && i < len(b); i++ {
		if isText(b[i:]) {
			return true
		}
	}
	return false
}

// isGBK reports whether b is text in GBK, most of which must be ASCII or common
// characters: random bytes without control characters decode too, but seldom to
// GB 2312, whose first bytes are B0-F7 and second ones A1-FE.
func isGBK(b []byte) bool {
	if _, err := simplifiedchinese.GBK.NewDecoder().Bytes(b[:len(b)&^1]); err != nil {
		return false
	}
	common, other := 0, 0
	for i := 0; i < len(b); {
		switch {
		case b[i] < 0x80:
			i++
			continue
		case i+1 < len(b) && b[i] >= 0xA1 && b[i] <= 0xF7 && b[i+1] >= 0xA1 && b[i+1] != 0xFF:
			common++
		default:
			other++
		}
		i += 2
	}
	return common > 0 && other*20 <= common+1
}
