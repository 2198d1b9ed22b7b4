package journald

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"firescene/formats"
)

// Field is one field of an entry: its value is a string, or bytes when it is no
// UTF-8.
type Field struct {
	Name  string
	Value any
}

// Entry is one entry of a journal.
type Entry struct {
	Seqnum   uint64
	Realtime string // UTC, from the entry itself
	Fields   []Field
	Partial  bool // fields are missing
	Reason   string
	OffsetB  int64 // of the entry object; its fields lie elsewhere
	LengthB  int64
}

// Field returns the text of a field, "" when it has none.
func (e *Entry) Field(name string) string {
	for _, f := range e.Fields {
		if s, ok := f.Value.(string); ok && f.Name == name {
			return s
		}
	}
	return ""
}

const (
	maxItems  = 4096
	maxValueB = 64 << 10
	maxSkipB  = 64 << 20 // of rubbish that is searched for the next object
)

// Entries gives the entries of a journal in r, which holds size bytes and may be
// broken or cut: objects are looked for behind what is broken. Errors are of r,
// emit or ctx, or a *formats.FormatError when there is no header.
func Entries(ctx context.Context, r io.ReaderAt, size int64, emit func(Entry) error) error {
	b := make([]byte, 256)
	n, err := r.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return err
	}
	h, why := parseHeader(b[:n])
	if why != "" {
		return &formats.FormatError{Format: "journald", Offset: 0, Reason: why}
	}
	w := walker{r: r, h: h}
	fields := walker{r: r, h: h, buf: make([]byte, 0, 4096)}
	end := min(size, h.headB+h.arenaB)
	skipped := int64(0)
	for at := h.headB; at+16 <= end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, state, err := w.object(at, end)
		if err != nil {
			return err
		}
		if state != objectGood || at+o.sizeB > end {
			if at += 8; at > h.tail {
				if skipped += 8; skipped > maxSkipB {
					return nil
				}
			}
			continue
		}
		if o.kind == objEntry {
			e, err := fields.entry(o, end)
			if err != nil {
				return err
			}
			if len(e.Fields) > 0 {
				if err := emit(e); err != nil {
					return err
				}
			}
		}
		at = (at + o.sizeB + 7) &^ 7
	}
	return nil
}

func (w *walker) entry(o object, end int64) (Entry, error) {
	e := Entry{OffsetB: o.at, LengthB: o.sizeB}
	itemB := int64(16)
	if w.h.flags&flagCompact != 0 {
		itemB = 4
	}
	n := min((o.sizeB-64)/itemB, maxItems)
	b := make([]byte, 64+n*itemB)
	if k, err := w.r.ReadAt(b, o.at); k < len(b) {
		if err == io.EOF {
			err = nil
		}
		return e, err
	}
	le := binary.LittleEndian
	e.Seqnum = le.Uint64(b[16:])
	e.Realtime = time.UnixMicro(int64(le.Uint64(b[24:]))).UTC().Format("2006-01-02T15:04:05.000000Z")
	lost, packed := 0, 0
	for i := range n {
		at := int64(0)
		if itemB == 4 {
			at = int64(le.Uint32(b[64+4*i:]))
		} else {
			at = int64(le.Uint64(b[64+16*i:]))
		}
		f, state, err := w.field(at, end)
		if err != nil {
			return e, err
		}
		switch state {
		case fieldGood:
			e.Fields = append(e.Fields, f)
		case fieldPacked:
			packed++
		default:
			lost++
		}
	}
	if lost+packed > 0 {
		e.Partial = true
		e.Reason = fmt.Sprintf("%d of its %d fields are not there", lost, n)
		if packed > 0 {
			e.Reason += fmt.Sprintf("; %d are compressed in a way that is not read", packed)
		}
	}
	return e, nil
}

type fieldState int

const (
	fieldGood fieldState = iota
	fieldLost
	fieldPacked
)

// field reads the data object that an entry names.
func (w *walker) field(at, end int64) (Field, fieldState, error) {
	if at < w.h.headB || at+64 > end || at%8 != 0 {
		return Field{}, fieldLost, nil
	}
	o, state, err := w.object(at, end)
	if err != nil || state != objectGood || o.kind != objData || at+o.sizeB > end {
		return Field{}, fieldLost, err
	}
	from := int64(64)
	if w.h.flags&flagCompact != 0 {
		from = 72
	}
	if o.sizeB <= from {
		return Field{}, fieldLost, nil
	}
	b := make([]byte, min(o.sizeB-from, maxValueB))
	if k, err := w.r.ReadAt(b, at+from); k < len(b) {
		if err == io.EOF {
			err = nil
		}
		return Field{}, fieldLost, err
	}
	if o.flags != 0 {
		if b, err = unpack(o.flags, b); err != nil {
			return Field{}, fieldPacked, nil
		}
	}
	name, value, ok := bytes.Cut(b, []byte("="))
	if !ok || len(name) == 0 || len(name) > 64 {
		return Field{}, fieldLost, nil
	}
	for _, c := range name {
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return Field{}, fieldLost, nil
		}
	}
	if utf8.Valid(value) || o.sizeB-from > maxValueB && utf8.Valid(bytes.ToValidUTF8(value, nil)) {
		return Field{string(name), string(bytes.ToValidUTF8(value, nil))}, fieldGood, nil
	}
	return Field{string(name), value}, fieldGood, nil
}
