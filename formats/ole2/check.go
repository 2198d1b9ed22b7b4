package ole2

import (
	"fmt"
	"io"

	"firescene/formats/follow"
)

// Check follows the compound file at offset 0 of r over at most size bytes: header,
// table and its places, directory, mini stream, and the chain of every stream, to
// the end of the highest sector in use. What is in the streams is not looked at. The
// error is one of r.
func Check(r io.ReaderAt, size int64) (rep follow.Report, err error) {
	size = min(size, MaxB)
	v, f, err := open(r, size)
	if err != nil || v.head == nil {
		rep.Stop(follow.Not, "no header of a compound file")
		return rep, err
	}
	rep.SureB = min(headerB, size)
	if f == nil {
		f = v.sound()
	}
	if f != nil {
		v.stop(&rep, f, v.goodTableB(f))
		return rep, v.w.Err()
	}
	endB := v.endB()
	rep.NeedB = endB
	all, f := v.directory()
	if f != nil {
		v.stop(&rep, f, f.atB)
		return rep, v.w.Err()
	}
	file, m := v.list(all)
	lastB := int64(0)
	for _, s := range file.Streams {
		lastB = max(lastB, s.tailB)
	}
	cut := endB > size && lastB <= size && endB-lastB < v.sectorB // only filling is missing
	switch broken := brokenStream(file); {
	case endB > size && !cut:
		rep.Stop(follow.Truncated, "%d of its %d bytes are missing at the end", endB-size, endB)
		rep.GoodB = size
	case m.f != nil:
		v.stop(&rep, m.f, min(m.f.atB, endB))
	case m.broken != "":
		v.stop(&rep, &fault{why: m.broken}, min(endB, size))
	case broken != nil:
		v.stop(&rep, &fault{why: fmt.Sprintf("stream %q: %s", broken.Path, broken.Broken)}, min(endB, size))
	default:
		rep.Done(min(endB, size), follow.Lengths)
		if cut {
			rep.Reason = "its last sector is cut off behind the end of its stream"
		}
	}
	rep.NeedB = endB
	rep.Kind = file.Kind
	rep.What = fmt.Sprintf("%s, version %d, %d streams", formatName, file.Version, len(file.Streams))
	return rep, v.w.Err()
}

func brokenStream(f File) *Stream {
	for i := range f.Streams {
		if f.Streams[i].Broken != "" {
			return &f.Streams[i]
		}
	}
	return nil
}

// stop makes a report of a fault: of what was read, the farthest is foreign or what
// lies before it.
func (v *volume) stop(rep *follow.Report, f *fault, goodB int64) {
	rep.GoodB = min(max(goodB, 0), v.w.Size())
	if f.short {
		rep.Stop(follow.Truncated, "%s", f.why)
		return
	}
	rep.Stop(follow.Damaged, "%s", f.why)
	rep.FailB = max(rep.SureB, min(v.highB, v.w.Size()))
}

// sound tells whether the table is one: every sector is free, ends a chain, or leads
// to a sector that is in use and to which no other one leads, and none in a circle.
func (v *volume) sound() *fault {
	at := func(i int) int64 { return v.offsetB(v.fatAt[i/int(v.sectorB/4)]) }
	led := newBits(len(v.fat))
	for i, next := range v.fat {
		switch {
		case next >= difatMark:
		case int64(next) >= int64(len(v.fat)):
			return &fault{atB: at(i), why: fmt.Sprintf("sector %d leads to %#x, which is no sector", i, next)}
		case v.fat[next] == free:
			return &fault{atB: at(i), why: fmt.Sprintf("sector %d leads to sector %d, which is free", i, next)}
		case led.has(next):
			return &fault{atB: at(i), why: fmt.Sprintf("two sectors lead to sector %d", next)}
		default:
			led.add(next)
		}
	}
	seen := newBits(len(v.fat))
	for i := range v.fat {
		for s := uint32(i); s < difatMark && v.fat[s] != free && !led.has(uint32(i)) && !seen.has(s); s = v.fat[s] {
			seen.add(s)
		}
	}
	for i, next := range v.fat {
		if next != free && !seen.has(uint32(i)) {
			return &fault{atB: at(i), why: fmt.Sprintf("the chain of sector %d runs in a circle", i)}
		}
	}
	return nil
}

// goodTableB is how much of a file is worth keeping whose table has a fault: up to
// the first sector of the table that is wrong, when one before it is right.
func (v *volume) goodTableB(f *fault) int64 {
	if f.short && len(v.fatAt) > 0 {
		return v.w.Size()
	}
	if len(v.fatAt) > 0 && v.offsetB(v.fatAt[0]) < f.atB {
		return f.atB
	}
	return 0
}
