package las

import (
	"encoding/binary"
	"io"

	"firescene/formats"
	"firescene/formats/laz"
)

// maxHeadB bounds header and records that Copy keeps.
const maxHeadB = 64 << 20

// Copy writes the points of a LAS or LAZ file again, compressed or not, and keeps
// every field of theirs, the header and all variable length records but those of
// the compression and of an octree. s is the file's scan, of which nothing has been
// read; report is told how many points each step had. Damage of the source ends the
// copy: the points before it are written and the damage is returned beside err.
// Wave packets are not compressed.
func Copy(w io.WriteSeeker, r io.ReaderAt, size int64, s *Scan, compress bool, lim formats.Limits, report func(n int)) (count int64, damage, err error) {
	h := &s.Header
	s.KeepAll()
	if h.PointsAtB > min(size, maxHeadB, lim.MaxAllocB) {
		return 0, damaged(96, "points begin at byte %d: too far for a copy", h.PointsAtB), nil
	}
	raw := make([]byte, h.PointsAtB)
	if n, err := r.ReadAt(raw, 0); n < len(raw) {
		return 0, nil, err
	}
	head, vlrs := raw[:h.vlrsAtB:h.vlrsAtB], splice(raw[h.vlrsAtB:], h.vlrs)
	var sink recordSink = plainSink{w}
	head[104] &= 0x3f
	if compress {
		l, err := laz.LayoutOf(h.PointFormat, h.RecordB, laz.DefaultChunkPoints)
		if err != nil {
			return 0, nil, err
		}
		vlrs.kept = append(AppendVLR(nil, VLR{User: laz.VLRUser, Record: laz.VLRRecord, Data: l.Bytes()}), vlrs.kept...)
		vlrs.n++
		head[104] |= 0x80
		if sink, err = newLAZSink(w, l); err != nil {
			return 0, nil, err
		}
	}
	le := binary.LittleEndian
	le.PutUint32(head[96:], uint32(len(head)+len(vlrs.kept)))
	le.PutUint32(head[100:], uint32(vlrs.n))
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, nil, err
	}
	write := func(b []byte) {
		if err == nil {
			_, err = w.Write(b)
		}
	}
	write(head)
	write(vlrs.kept)
	if err != nil {
		return 0, nil, err
	}
	if err := sink.begin(start + int64(len(head)+len(vlrs.kept))); err != nil {
		return 0, nil, err
	}
	sum := NewSummary()
	for {
		b, e := s.NextRecords()
		if e == io.EOF {
			break
		}
		if e != nil {
			if !formats.IsDamaged(e) {
				return sum.Count, nil, e
			}
			damage = e
			break
		}
		sum.Add(b, h.RecordB, h.PointFormat)
		if err := sink.write(b); err != nil {
			return sum.Count, damage, err
		}
		report(len(b) / h.RecordB)
	}
	if err := sink.finish(); err != nil {
		return sum.Count, damage, err
	}
	if h.Minor >= 4 {
		at, n, e := copyEVLRs(w, r, size, h)
		if e != nil {
			return sum.Count, damage, e
		}
		le.PutUint64(head[235:], uint64(at-start))
		if n == 0 {
			le.PutUint64(head[235:], 0)
		}
		le.PutUint32(head[243:], uint32(n))
	}
	sum.Put(head, h.PointFormat)
	if _, err := w.Seek(start, io.SeekStart); err != nil {
		return sum.Count, damage, err
	}
	write(head)
	if err == nil {
		_, err = w.Seek(0, io.SeekEnd)
	}
	return sum.Count, damage, err
}

// spliced is what is kept of the bytes between header and points.
type spliced struct {
	kept []byte
	n    int
}

// ofThisFile reports whether a record describes how this very file is stored.
func ofThisFile(user string, record int) bool {
	return user == laz.VLRUser && record == laz.VLRRecord || user == "copc"
}

func splice(b []byte, count int) (s spliced) {
	for range min(count, maxVLRs) {
		if len(b) < vlrHeadB {
			break
		}
		n := vlrHeadB + int(binary.LittleEndian.Uint16(b[20:]))
		if n > len(b) {
			break
		}
		if !ofThisFile(text(b[2:18]), int(binary.LittleEndian.Uint16(b[18:]))) {
			s.kept = append(s.kept, b[:n]...)
			s.n++
		}
		b = b[n:]
	}
	s.kept = append(s.kept, b...) // what writers leave between
	return s
}

// copyEVLRs copies the extended records that are whole and returns where they begin
// and how many there are.
func copyEVLRs(w io.WriteSeeker, r io.ReaderAt, size int64, h *Header) (at int64, n int, err error) {
	if at, err = w.Seek(0, io.SeekCurrent); err != nil {
		return 0, 0, err
	}
	const headB = 60
	from := h.EVLRsAtB
	for range min(h.EVLRs, maxVLRs) {
		var b [headB]byte
		if from < h.PointsAtB || from > size-headB {
			break
		}
		if k, err := r.ReadAt(b[:], from); k < headB {
			if err == io.EOF {
				break
			}
			return at, n, err
		}
		length := binary.LittleEndian.Uint64(b[20:])
		if length > uint64(size-from-headB) {
			break
		}
		total := headB + int64(length)
		if !ofThisFile(text(b[2:18]), int(binary.LittleEndian.Uint16(b[18:]))) {
			if _, err := io.Copy(w, io.NewSectionReader(r, from, total)); err != nil {
				return at, n, err
			}
			n++
		}
		from += total
	}
	return at, n, nil
}
