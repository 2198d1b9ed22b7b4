package marker

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// The 587 words of the family 36h11: six rows of six cells from the upper left,
// the first cell the highest bit, 1 for a white cell. Any two differ in at least
// 11 cells, however they are turned. Published with E. Olson, AprilTag: a robust
// and flexible visual fiducial system, ICRA 2011; the words and their order are
// those of the reference software of J. Wang and E. Olson, AprilTag 2, IROS 2016.
//
//go:embed codes36h11.txt
var words36h11 string

const (
	tagPrefix  = "tag36h11-"
	ringPrefix = "ring12-"
	tagBits    = 6 // cells a side that carry the code
	tagCells   = tagBits + 2
	ringBits   = 12
)

// tagWords are the words by number.
var tagWords = func() []uint64 {
	var out []uint64
	for _, f := range strings.Fields(words36h11) {
		v, err := strconv.ParseUint(f, 16, 64)
		if err != nil {
			panic(err) // embedded: can only be a programming error
		}
		out = append(out, v)
	}
	return out
}()

// turnTag turns a word's cells by a quarter.
func turnTag(v uint64) (out uint64) {
	for y := range tagBits {
		for x := range tagBits {
			if v>>(tagBits*tagBits-1-(y*tagBits+x))&1 != 0 {
				out |= 1 << (tagBits*tagBits - 1 - (x*tagBits + tagBits - 1 - y))
			}
		}
	}
	return out
}

// wrongCells is how many cells of a word may be read wrong: with one, noise passes
// for a word once in 750,000 squares.
const wrongCells = 1

// lookUpTag gives the number of the word that was read in some turn.
func lookUpTag(read uint64) (id int, ok bool) {
	for range 4 {
		for i, w := range tagWords {
			if bits.OnesCount64(w^read) <= wrongCells {
				return i, true
			}
		}
		read = turnTag(read)
	}
	return 0, false
}

// ringCode is the least of the numbers that a ring of twelve segments gives by
// turning it.
func ringCode(v uint) uint {
	least := v
	for range ringBits {
		v = (v>>1 | v<<(ringBits-1)) & (1<<ringBits - 1)
		least = min(least, v)
	}
	return least
}

// validRing reports whether a ring's number is used: the least of its turns; an
// even number of black segments, so that one that is read wrong is no target; and
// two arcs at least, since dots within one arc are common things.
func validRing(v uint) bool {
	if v >= 1<<ringBits || ringCode(v) != v || bits.OnesCount(v)%2 != 0 {
		return false
	}
	edges := v ^ (v>>1 | v<<(ringBits-1)&(1<<ringBits-1))
	return bits.OnesCount(edges) >= 4
}

// RingCodes lists the numbers of the rings in use, lowest first.
func RingCodes() []int {
	var out []int
	for v := range uint(1 << ringBits) {
		if validRing(v) {
			out = append(out, int(v))
		}
	}
	return out
}

// TagCount is the number of square targets: their numbers count from zero.
func TagCount() int { return len(tagWords) }

// IsName reports whether a name is that of a target, such as tag36h11-17 or
// ring12-5.
func IsName(name string) bool { _, _, ok := parseName(name); return ok }

func parseName(name string) (ring bool, id int, ok bool) {
	rest, tag := strings.CutPrefix(name, tagPrefix)
	if !tag {
		if rest, ring = strings.CutPrefix(name, ringPrefix); !ring {
			return false, 0, false
		}
	}
	id, err := strconv.Atoi(rest)
	if err != nil || strconv.Itoa(id) != rest || id < 0 {
		return false, 0, false
	}
	if ring {
		return true, id, validRing(uint(id))
	}
	return false, id, id < len(tagWords)
}

func tagName(id int) string  { return fmt.Sprintf("%s%d", tagPrefix, id) }
func ringName(v uint) string { return fmt.Sprintf("%s%d", ringPrefix, v) }
