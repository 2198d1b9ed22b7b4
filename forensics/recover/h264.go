package recover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats/h26x"
)

// Bounds of what is read to bring groups of pictures and parameter sets together.
const (
	setsB      = 4 << 10
	maxSets    = 64
	maxOrphanB = 32 << 20
	// leastFollowed is how many slices must be followed code by code for a parameter
	// set to be believed.
	leastFollowed = 6
)

// paramSets are the parameter sets at the beginning of a stream.
type paramSets struct {
	run  forensics.ByteRun
	from int64 // where the stream begins
	b    []byte
	sets h26x.Sets
}

// JoinParameterSets puts parameter sets before groups of pictures of H.264 whose own
// are lost, which no player shows without them: those of another stream of the
// medium, when every code of every slice of the group can be followed by them and by
// no others that differ. Groups in arithmetic coding, which is not followed, and
// those of H.265 stay as they are. A group stays a fragment; its reason says where
// the sets are from.
func JoinParameterSets(ctx context.Context, image io.ReaderAt, finds []carve.Find) error {
	var known []paramSets
	read := false
	for i := range finds {
		f := &finds[i]
		if f.Type == nil || f.Type.Name != "h264part" || len(f.Path) > 0 || f.Runs != nil || f.LengthB > maxOrphanB {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !read {
			var err error
			if known, err = paramSetsOf(image, finds); err != nil {
				return err
			}
			read = true
		}
		if len(known) == 0 {
			return nil
		}
		b := make([]byte, f.LengthB)
		if _, err := image.ReadAt(b, f.OffsetB); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var best *paramSets
		fits, slices := 0, 0
		for k := range known {
			if n, ok := known[k].follows(b); ok {
				fits, slices, best = fits+1, n, &known[k]
			}
		}
		switch {
		case fits == 1:
			f.Runs = []forensics.ByteRun{best.run, {OffsetB: f.OffsetB, LengthB: f.LengthB}}
			f.LengthB += best.run.LengthB
			f.Confidence = 0.6
			f.Reason = fmt.Sprintf("%d slices of H.264 whose parameter sets are lost, behind those of the stream at byte %d, by which every code of them can be followed: of the same stream, or of one made with the same settings", slices, best.from)
		case fits > 1:
			f.Reason += fmt.Sprintf("; those of %d streams of the medium would do, so none was put before them", fits)
		}
	}
	return nil
}

// paramSetsOf reads the sets of the streams among finds, each kind once.
func paramSetsOf(image io.ReaderAt, finds []carve.Find) (known []paramSets, err error) {
	for _, f := range finds {
		if f.Type == nil || f.Type.Name != "h264" || f.Kind != "" || len(f.Path) > 0 || len(known) == maxSets {
			continue
		}
		b := make([]byte, min(setsB, f.LengthB))
		if _, err := image.ReadAt(b, f.OffsetB); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		p := paramSets{from: f.OffsetB, run: forensics.ByteRun{OffsetB: -1}}
		for _, u := range unitsOf(b) {
			if t := u.b[0] & 0x1F; t == 7 || t == 8 {
				if u.last || !p.sets.Add(u.b) {
					break
				}
				if p.run.OffsetB < 0 {
					p.run.OffsetB = f.OffsetB + int64(u.from)
				}
				p.run.LengthB = f.OffsetB + int64(u.to) - p.run.OffsetB
			} else if p.run.OffsetB >= 0 {
				break
			}
		}
		if p.run.OffsetB < 0 {
			continue
		}
		p.b = b[p.run.OffsetB-f.OffsetB:][:p.run.LengthB]
		same := false
		for _, o := range known {
			same = same || bytes.Equal(o.b, p.b)
		}
		if !same {
			known = append(known, p)
		}
	}
	return known, nil
}

// follows reports whether all slices of a group follow these sets; of the last unit,
// which may be cut, as far as it goes. n is how many did.
func (p *paramSets) follows(b []byte) (n int, ok bool) {
	for _, u := range unitsOf(b) {
		if t := u.b[0] & 0x1F; t != 1 && t != 5 {
			continue
		}
		f, _ := p.sets.Follow(u.b)
		switch {
		case f == h26x.Followed || f == h26x.Part:
			n++
		case !u.last:
			return n, false
		}
	}
	return n, n >= leastFollowed
}

// unit is a unit of a byte stream, from its start code on.
type unit struct {
	from, to int
	b        []byte // header and content
	last     bool
}

// unitsOf splits a byte stream at its start codes.
func unitsOf(b []byte) (out []unit) {
	mark := []byte{0, 0, 1}
	at := bytes.Index(b, mark)
	for at >= 0 && at+3 < len(b) {
		u := unit{from: at, to: len(b), last: true}
		if at > 0 && b[at-1] == 0 {
			u.from--
		}
		next := bytes.Index(b[at+3:], mark)
		if next >= 0 {
			next += at + 3
			u.to, u.last = next, false
			if b[next-1] == 0 && next-1 > at+3 {
				u.to--
			}
		}
		if u.b = b[at+3 : u.to]; len(u.b) > 0 {
			out = append(out, u)
		}
		at = next
	}
	return out
}
