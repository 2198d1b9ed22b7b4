package sqlitefile

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxSchemaB bounds the text of one table's definition.
const maxSchemaB = 1 << 20

// readPayload reads the payload of a cell with its overflow pages, at most limit
// bytes. It is shorter than the cell says when pages are not there.
func readPayload(r io.ReaderAt, h *Header, c cell, pages uint32, limit int64) ([]byte, error) {
	out := append([]byte(nil), c.local...)
	if int64(len(out)) >= c.payloadB {
		return out, nil
	}
	want := min(c.payloadB, limit)
	buf := make([]byte, h.UsableB)
	for next := c.overflow; next >= 2 && next <= pages && int64(len(out)) < want; {
		n, err := r.ReadAt(buf, int64(next-1)*int64(h.PageB))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if n < len(buf) {
			break
		}
		out = append(out, buf[4:4+min(int64(len(buf)-4), want-int64(len(out)))]...)
		next = binary.BigEndian.Uint32(buf)
	}
	return out, nil
}

// object is a row of sqlite_schema.
type object struct {
	Type, Name, Table, SQL string
	Root                   uint32
	WithoutRowid           bool
}

// schemaOf reads a row of sqlite_schema.
func schemaOf(payload []byte, encoding uint32) (o object, ok bool) {
	v, _, ok := decodeRecord(payload, encoding)
	if !ok || len(v) != 5 {
		return o, false
	}
	texts := []*string{&o.Type, &o.Name, &o.Table, nil, &o.SQL}
	for i, t := range texts {
		if t == nil {
			continue
		}
		s, is := v[i].(string)
		if !is && !(i == 4 && v[i] == nil) {
			return o, false
		}
		*t = s
	}
	switch root := v[3].(type) {
	case int64:
		if root < 0 || root > math.MaxUint32 {
			return o, false
		}
		o.Root = uint32(root)
	case nil:
	default:
		return o, false
	}
	switch o.Type {
	case "table", "index", "view", "trigger":
	default:
		return o, false
	}
	if o.SQL != "" && !strings.EqualFold(o.SQL[:min(6, len(o.SQL))], "create") {
		return o, false
	}
	o.WithoutRowid = o.Type == "table" && strings.Contains(strings.ToUpper(o.SQL), "WITHOUT")
	return o, true
}

// decodeRecord reads the values of a record. missing is how many bytes of it are
// not there; values that reach into them are nil. ok is false when the bytes are
// no record.
func decodeRecord(b []byte, encoding uint32) (values []any, missing int64, ok bool) {
	head, n := varint(b)
	if n == 0 || head < uint64(n) || head > uint64(len(b)) {
		return nil, 0, false
	}
	at := int64(head)
	for i := n; i < int(head); {
		t, k := varint(b[i:head])
		if k == 0 || t > math.MaxUint32 {
			return nil, 0, false
		}
		i += k
		size := serialB(t)
		if size < 0 {
			return nil, 0, false
		}
		if at+size > int64(len(b)) {
			values = append(values, nil)
			missing += size
			at = int64(len(b))
			continue
		}
		values = append(values, value(t, b[at:at+size], encoding))
		at += size
	}
	return values, missing, true
}

// value reads one value of a serial type.
func value(t uint64, b []byte, encoding uint32) any {
	switch {
	case t == 0:
		return nil
	case t == 7:
		return real64(b)
	case t <= 9:
		return integer(t, b)
	case t%2 == 0:
		return append([]byte(nil), b...)
	}
	if encoding < 2 && !utf8.Valid(b) {
		return append([]byte(nil), b...) // SQLite stores as text what it is given; no byte may be lost
	}
	return text(b, encoding)
}

// text decodes a text. UTF-8 is taken as it is.
func text(b []byte, encoding uint32) string {
	if encoding != 2 && encoding != 3 {
		return string(b)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if encoding == 3 {
		order = binary.BigEndian
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
