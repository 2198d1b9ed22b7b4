package forensics

import (
	"fmt"
	"strconv"
	"strings"
)

// Locator is the way back to bytes: an exhibit and a path of steps into it, in
// the manner of bulk_extractor's forensic path. It prints as
//
//	E003/1048576+20480                20480 bytes at offset 1048576
//	E003/1048576-GZIP-300+12          12 bytes at offset 300 of what gunzips at 1048576
//	E003/4096+512,12288+100           a file in two runs
//	E003/4096+512,HOLE+100            the second stored nowhere: it reads as zeros
//	E003                              the whole exhibit
//
// and parses from the same text.
type Locator struct {
	Exhibit string
	Path    []Layer
	Runs    []ByteRun // in the innermost layer; empty means all of it
}

// Layer is one step into a container: the decoder that was applied at an offset.
type Layer struct {
	OffsetB int64
	Decoder string // upper case: "GZIP", "BASE64", "ZIP", ...
}

// At returns the locator of a single run of an exhibit.
func At(exhibit string, offsetB, lengthB int64) Locator {
	return Locator{Exhibit: exhibit, Runs: []ByteRun{{offsetB, lengthB}}}
}

// String prints the locator; ParseLocator reads it back.
func (l Locator) String() string {
	if len(l.Path) == 0 && len(l.Runs) == 0 {
		return l.Exhibit
	}
	var b strings.Builder
	b.WriteString(l.Exhibit)
	b.WriteByte('/')
	for i, y := range l.Path {
		fmt.Fprintf(&b, "%d-%s", y.OffsetB, y.Decoder)
		if i < len(l.Path)-1 || len(l.Runs) > 0 {
			b.WriteByte('-')
		}
	}
	for i, r := range l.Runs {
		if i > 0 {
			b.WriteByte(',')
		}
		if r.OffsetB == Hole {
			fmt.Fprintf(&b, "HOLE+%d", r.LengthB)
			continue
		}
		fmt.Fprintf(&b, "%d+%d", r.OffsetB, r.LengthB)
	}
	return b.String()
}

// ParseLocator reads what String prints.
func ParseLocator(s string) (Locator, error) {
	exhibit, rest, has := strings.Cut(s, "/")
	l := Locator{Exhibit: exhibit}
	bad := func(what string) (Locator, error) {
		return Locator{}, fmt.Errorf("locator %q: %s; write it as EXHIBIT/OFFSET+LENGTH", s, what)
	}
	if exhibit == "" || strings.ContainsAny(exhibit, "-+, ") {
		return bad("no exhibit ID")
	}
	if !has {
		return l, nil
	}
	parts := strings.Split(rest, "-")
	for len(parts) >= 2 {
		off, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil || off < 0 || !isDecoder(parts[1]) {
			return bad("layer " + parts[0] + "-" + parts[1] + " is not OFFSET-DECODER")
		}
		l.Path = append(l.Path, Layer{off, parts[1]})
		parts = parts[2:]
	}
	if len(parts) == 0 {
		return l, nil
	}
	for _, run := range strings.Split(parts[0], ",") {
		o, n, ok := strings.Cut(run, "+")
		off, err1 := int64(Hole), error(nil)
		if o != "HOLE" {
			off, err1 = strconv.ParseInt(o, 10, 64)
			ok = ok && off >= 0
		}
		length, err2 := strconv.ParseInt(n, 10, 64)
		if !ok || err1 != nil || err2 != nil || length < 0 {
			return bad("run " + run + " is not OFFSET+LENGTH")
		}
		l.Runs = append(l.Runs, ByteRun{off, length})
	}
	return l, nil
}

func isDecoder(s string) bool {
	if s == "" {
		return false
	}
	for _, c := range s {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s[0] >= 'A'
}

// MarshalText prints the locator, so that JSON holds it as a string.
func (l Locator) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText parses the locator. Empty text is the zero locator.
func (l *Locator) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*l = Locator{}
		return nil
	}
	*l, err = ParseLocator(string(b))
	return err
}
