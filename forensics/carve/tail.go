package carve

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
)

// addTail extends a whole file over bytes behind the end of its structure that
// must be its own. A drive writes whole sectors, and an operating system fills the
// rest of a file's last sector before it writes it. So what stands in that sector
// directly behind the structure was written with the file, and what is in later
// sectors may be left from an earlier file. The rules, by what they rest on:
//
//   - bytes followed by zeros up to the sector's end: the zeros are the filling.
//     Bytes that end as files of the type end are the end of an older, longer one,
//     written over by a device that does not fill sectors, and not taken;
//   - a run without filling, as the file goes on into the next sector: taken only
//     when it can not be noise, with which media are sometimes filled before use;
//     nor text or coded data, which other files leave behind most; nor one byte
//     over and over, with which media are erased. Its bytes must be distributed
//     unevenly and go on the same from the file's last sector to the end of the
//     cluster;
//   - an archive behind the structure or behind zeros: taken when it does not begin
//     at a sector, as no file of its own does, or when its directory counts from
//     the beginning of this file;
//   - bytes that end with their own place in this file (see countedTail).
//
// Zeros directly behind the structure and anything after them in later sectors
// are not taken: they are what was left in the cluster.
func (c *carver) addTail(f *Find, r io.ReaderAt, size int64) error {
	sectorB := c.opts.SectorB
	in := f.LengthB % sectorB
	b := make([]byte, min(maxTailB, size-f.LengthB))
	if in != 0 && int64(len(b)) > sectorB-in {
		// the sector alone decides in nearly all cases
		b = b[:sectorB-in]
	}
	if err := readFull(r, b, f.LengthB); err != nil || len(b) == 0 {
		return err
	}
	if n, err := c.archiveBehind(f, r, size, b); err != nil || n > 0 {
		f.addTo(n, "with an archive behind the end of its structure")
		return err
	}
	if n, err := c.countedTail(f, r, size); err != nil || n > 0 {
		f.addTo(n, "with bytes behind the end of its structure that end with their own place in this file")
		return err
	}
	if in == 0 {
		return nil
	}
	if len(bytes.TrimRight(b, "\x00")) == 0 {
		return c.noteLeftover(f, r, size, int64(len(b)))
	}
	if n := len(bytes.TrimRight(b, "\x00")); len(b)-n >= minZeros {
		if foot := f.Type.Footer; n >= minZeros && len(foot) > 0 && bytes.HasSuffix(b[:n], foot) {
			return nil
		}
		f.addTo(f.LengthB+int64(n), "with bytes behind the end of its structure up to the filling of its last sector")
		return nil
	}
	if int64(len(b)) < sectorB-in {
		return nil
	}
	more := make([]byte, min(maxTailB, size-f.LengthB))
	if err := readFull(r, more, f.LengthB); err != nil {
		return err
	}
	if n := c.goesOn(f, more, len(b)); n > 0 {
		f.addTo(f.LengthB+int64(n), "with bytes behind the end of its structure that are no noise")
	}
	return nil
}

// noteLeftover says of a picture whose last sector is filled, first bytes behind
// it, what its cluster goes on with. A camera that writes whole clusters leaves its
// buffer's older content there, and a file system that of the cluster: nothing in
// the bytes tells the two apart, so they are not taken.
func (c *carver) noteLeftover(f *Find, r io.ReaderAt, size, first int64) error {
	from := f.LengthB + first
	end := min((from+clusterB-1)/clusterB*clusterB, size)
	if !pictures[f.Type.Name] || end <= from {
		return nil
	}
	b := make([]byte, end-from)
	if err := readFull(r, b, from); err != nil {
		return err
	}
	if isUniform(b) || Identify(c.opts.Types, b) != nil {
		return nil
	}
	f.Reason += fmt.Sprintf("; %d bytes from byte %d on, to the end of its cluster, may be its own or of an earlier file, and are left out", end-from, from)
	return nil
}

const (
	// minZeros is how much filling must follow a tail: fewer zeros end random
	// bytes by chance.
	minZeros = 16
	// maxTailB bounds a tail that is no archive.
	maxTailB = 64 << 10
	// clusterB is where a tail without filling may end, counted from the file's
	// beginning: clusters are multiples of it, or a sector.
	clusterB = 4096
	// minStructuredB is how much is needed to tell data from noise.
	minStructuredB = 48
)

func (f *Find) addTo(end int64, how string) {
	if end > f.LengthB {
		bare := f.Verdict
		f.bare = &bare
		f.LengthB = end
		f.Reason += "; " + how
		f.Confidence = min(f.Confidence, 0.9)
	}
}

func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	clear(b[n:])
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// goesOn returns how much of b, which begins directly behind the structure, is
// the file's by its look; first is how much lies in the same sector.
func (c *carver) goesOn(f *Find, b []byte, first int) int {
	if first < minStructuredB || !structured(b[:first]) {
		return 0
	}
	like := histogram(b[:first])
	sectorB := int(c.opts.SectorB)
	for end := first; end+sectorB <= len(b); end += sectorB {
		s := b[end : end+sectorB]
		if !structured(s) || Identify(c.opts.Types, s) != nil || !like.near(histogram(s)) {
			return 0
		}
		if (f.LengthB+int64(end+sectorB))%clusterB == 0 {
			return end + sectorB
		}
	}
	return 0
}

// structured reports whether b is neither noise nor filling nor text.
func structured(b []byte) bool {
	return uneven(b) && !isUniform(b) && !isText(bytes.TrimRight(b, "\x00"))
}

// isUniform reports whether b is one byte over and over: what media are erased
// or formatted with.
func isUniform(b []byte) bool {
	for _, c := range b {
		if c != b[0] {
			return false
		}
	}
	return true
}

type counts [256]int

func histogram(b []byte) (h counts) {
	for _, c := range b {
		h[c]++
	}
	return h
}

// uneven reports whether bytes are distributed as no noise is: the number of
// pairs of equal bytes lies eight standard deviations and more over what noise of
// that length has.
func uneven(b []byte) bool {
	pairs, n := 0, len(b)
	for _, k := range histogram(b) {
		pairs += k * (k - 1) / 2
	}
	// the mean, and within a hair the variance, of a Poisson distribution
	mean := float64(n) * float64(n-1) / 2 / 256
	over := float64(pairs) - mean - 8
	return over > 0 && over*over > 64*mean
}

// near reports whether two samples have much the same bytes: the cosine of their
// counts is over 0.8.
func (h counts) near(o counts) bool {
	var ab, aa, bb float64
	for i := range h {
		ab += float64(h[i]) * float64(o[i])
		aa += float64(h[i]) * float64(h[i])
		bb += float64(o[i]) * float64(o[i])
	}
	return ab*ab > 0.64*aa*bb
}

// isText reports whether all bytes are printable, white space or of UTF-8's
// longer forms.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7F || c >= 0xF8 || c == 0xC0 || c == 0xC1 {
			return false
		}
	}
	return len(b) > 0
}

// archiveBehind returns the end of a ZIP archive that begins behind a file's
// structure, directly or after zeros, and belongs to it; 0 when none does. b is
// what directly follows.
func (c *carver) archiveBehind(f *Find, r io.ReaderAt, size int64, b []byte) (int64, error) {
	z := len(b) - len(bytes.TrimLeft(b, "\x00"))
	if z == len(b) {
		// the next sector at most
		next := make([]byte, min(4, size-f.LengthB-int64(z)))
		if err := readFull(r, next, f.LengthB+int64(z)); err != nil {
			return 0, err
		}
		b = append(b, next...)
	}
	if !bytes.HasPrefix(b[z:], []byte("PK\x03\x04")) || f.holds() {
		return 0, nil
	}
	at := f.LengthB + int64(z)
	if end, err := directoryEnd(r, size, at); err != nil || end > 0 {
		return end, err
	}
	if at%c.opts.SectorB == 0 {
		return 0, nil
	}
	for i := range c.opts.Types {
		if t := &c.opts.Types[i]; t.Name == "zip" {
			n := min(size-at, t.MaxB)
			v, err := t.Walk(io.NewSectionReader(r, at, n), n)
			if err != nil || v.State != forensics.Whole {
				return 0, err
			}
			return at + v.LengthB, nil
		}
	}
	return 0, nil
}

// maxArchiveB bounds the search for the end of an archive.
const maxArchiveB = 16 << 20

// directoryEnd returns the end of the archive that begins at a place of r, if the
// record at its end says that its directory lies where it does when counted from
// the beginning of r; 0 otherwise.
func directoryEnd(r io.ReaderAt, size, at int64) (int64, error) {
	b := make([]byte, min(maxArchiveB, size-at))
	if err := readFull(r, b, at); err != nil {
		return 0, err
	}
	const record = 22
	for i := 0; ; {
		k := bytes.Index(b[i:], []byte("PK\x05\x06"))
		if k < 0 || i+k+record > len(b) {
			return 0, nil
		}
		i += k
		n, from := int64(binary.LittleEndian.Uint32(b[i+12:])), int64(binary.LittleEndian.Uint32(b[i+16:]))
		note := int64(binary.LittleEndian.Uint16(b[i+20:]))
		if from+n == at+int64(i) && from >= at && n > 4 && bytes.HasPrefix(b[from-at:], []byte("PK\x01\x02")) && int64(i)+record+note <= int64(len(b)) {
			return at + int64(i) + record + note, nil
		}
		i++
	}
}
