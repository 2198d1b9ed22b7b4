package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"

	"firescene/forensics"
	"firescene/formats"
)

// Unread lists the ranges of an image that were not read from the medium, in
// order and apart from each other. What stands there in the image is filling,
// not evidence.
type Unread []forensics.ByteRun

// In counts the unread bytes within a range.
func (u Unread) In(offsetB, lengthB int64) int64 {
	end := offsetB + lengthB
	i := sort.Search(len(u), func(i int) bool { return u[i].OffsetB+u[i].LengthB > offsetB })
	n := int64(0)
	for ; i < len(u) && u[i].OffsetB < end; i++ {
		n += min(end, u[i].OffsetB+u[i].LengthB) - max(offsetB, u[i].OffsetB)
	}
	return n
}

// Next returns the first unread byte at or behind offsetB, or end when there is
// none before it.
func (u Unread) Next(offsetB, end int64) int64 {
	i := sort.Search(len(u), func(i int) bool { return u[i].OffsetB+u[i].LengthB > offsetB })
	if i == len(u) {
		return end
	}
	return min(end, max(offsetB, u[i].OffsetB))
}

// after returns the first byte behind offsetB that was read.
func (u Unread) after(offsetB int64) int64 {
	i := sort.Search(len(u), func(i int) bool { return u[i].OffsetB+u[i].LengthB > offsetB })
	if i == len(u) || u[i].OffsetB > offsetB {
		return offsetB
	}
	return u[i].OffsetB + u[i].LengthB
}

// join puts further unread ranges, in any order, to those that are known.
func (u Unread) join(more []forensics.ByteRun) Unread {
	all := append(append([]forensics.ByteRun(nil), u...), more...)
	sort.Slice(all, func(i, j int) bool { return all[i].OffsetB < all[j].OffsetB })
	var out Unread
	for _, r := range all {
		if n := len(out); n > 0 && r.OffsetB <= out[n-1].OffsetB+out[n-1].LengthB {
			out[n-1].LengthB = max(out[n-1].LengthB, r.OffsetB+r.LengthB-out[n-1].OffsetB)
		} else if r.LengthB > 0 {
			out = append(out, r)
		}
	}
	return out
}

// Total counts all unread bytes.
func (u Unread) Total() (n int64) {
	for _, r := range u {
		n += r.LengthB
	}
	return n
}

// readMap reads the map of unread sectors, beside the image or among the files
// that were given.
func (im *Image) readMap() error {
	stem := strings.TrimSuffix(im.Path, filepath.Ext(im.Path))
	look := []string{im.Path + ".map", im.Path + ".mapfile", stem + ".map", stem + ".mapfile"}
	if im.given != nil {
		look = look[:0]
		for _, p := range im.given {
			if !slices.Contains(im.Files, p) {
				look = append(look, p)
			}
		}
	}
	for _, p := range look {
		if p == im.Path {
			continue
		}
		f, err := os.Open(p)
		if errors.Is(err, os.ErrNotExist) && im.given == nil {
			continue
		}
		if err != nil {
			return err
		}
		u, err := ParseMap(f, im.SizeB)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		im.Unread, im.MapPath = im.Unread.join(u), p
		return nil
	}
	return nil
}

// ParseMap reads the map file of GNU ddrescue (manual of 1.27, "Mapfile
// structure") for an image of size bytes: every range whose status is not "+"
// was not read. What the map does not mention was not read either. Damage is a
// FormatError, since a wrong map would pass filling off as evidence.
func ParseMap(r io.Reader, size int64) (Unread, error) {
	sc := bufio.NewScanner(r)
	var read []forensics.ByteRun
	line, sawStatus := 0, false
	bad := func(reason string) error {
		return &formats.FormatError{Format: "ddrescue map", Offset: -1, Reason: fmt.Sprintf("line %d %s", line, reason),
			Next: "repair the map or move it away, if it does not belong to the image"}
	}
	for sc.Scan() {
		line++
		f := strings.Fields(sc.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if !sawStatus {
			sawStatus = true // current position, status and pass: of no use here
			continue
		}
		if len(f) < 3 || len(f[2]) != 1 || !strings.Contains("?*/-+", f[2]) {
			return nil, bad("is not: position size status")
		}
		pos, err1 := strconv.ParseInt(f[0], 0, 64)
		n, err2 := strconv.ParseInt(f[1], 0, 64)
		if err1 != nil || err2 != nil || pos < 0 || n < 0 || pos > 1<<62 || n > 1<<62 {
			return nil, bad("has numbers that are none")
		}
		if f[2] != "+" || pos >= size {
			continue
		}
		if k := len(read); k > 0 && pos < read[k-1].OffsetB+read[k-1].LengthB {
			return nil, bad("goes back")
		}
		read = append(read, forensics.ByteRun{OffsetB: pos, LengthB: min(n, size-pos)})
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if !sawStatus {
		return nil, bad("is the last and there is no status")
	}
	var u Unread
	at := int64(0)
	for _, x := range append(read, forensics.ByteRun{OffsetB: size}) {
		if x.OffsetB > at {
			u = append(u, forensics.ByteRun{OffsetB: at, LengthB: x.OffsetB - at})
		}
		at = x.OffsetB + x.LengthB
	}
	return u, nil
}
