package sqlitefile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strings"
)

// plainOrder reports whether keys of an object are in the order of their bytes:
// no other collation and no descending column is named in its definition.
func plainOrder(sql string) bool {
	up := strings.ToUpper(sql)
	return !strings.Contains(up, "COLLATE") && !strings.Contains(up, "DESC")
}

// compareKeys compares two records in SQLite's order with the BINARY collation.
// Both may be cut off; 0 also means that what is there does not decide.
func compareKeys(a, b []byte) int {
	ha, na := varint(a)
	hb, nb := varint(b)
	if na == 0 || nb == 0 || ha > uint64(len(a)) || hb > uint64(len(b)) {
		return 0
	}
	atA, atB := int(ha), int(hb)
	for na < int(ha) && nb < int(hb) {
		ta, n := varint(a[na:ha])
		tb, m := varint(b[nb:hb])
		if n == 0 || m == 0 {
			return 0
		}
		na, nb = na+n, nb+m
		sa, sb := serialB(ta), serialB(tb)
		if sa < 0 || sb < 0 {
			return 0
		}
		va, vb := a[atA:min(int64(len(a)), int64(atA)+sa)], b[atB:min(int64(len(b)), int64(atB)+sb)]
		cut := int64(len(va)) < sa || int64(len(vb)) < sb
		if ra, rb := rank(ta), rank(tb); ra != rb {
			return cmp.Compare(ra, rb)
		} else if cut && ra < 2 {
			return 0
		} else if ra == 1 {
			if d := compareNumbers(ta, va, tb, vb); d != 0 {
				return d
			}
		} else if ra > 1 {
			n := min(len(va), len(vb))
			if d := bytes.Compare(va[:n], vb[:n]); d != 0 {
				return d
			}
			if cut {
				return 0
			}
			if len(va) != len(vb) {
				return cmp.Compare(len(va), len(vb))
			}
		}
		atA, atB = atA+len(va), atB+len(vb)
	}
	return 0
}

// rank puts NULL before numbers before text before blobs.
func rank(t uint64) int {
	switch {
	case t == 0:
		return 0
	case t < 12:
		return 1
	case t%2 == 1:
		return 2
	}
	return 3
}

func compareNumbers(ta uint64, a []byte, tb uint64, b []byte) int {
	if ta != 7 && tb != 7 {
		return cmp.Compare(integer(ta, a), integer(tb, b))
	}
	if ta == 7 && tb == 7 {
		return cmp.Compare(real64(a), real64(b))
	}
	if ta == 7 {
		return -compareNumbers(tb, b, ta, a)
	}
	i, f := integer(ta, a), real64(b)
	if d := cmp.Compare(float64(i), f); d != 0 || math.Abs(f) >= 1<<53 {
		return d
	}
	return 0
}

func real64(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }

// integer reads a value of the serial types 1 to 6, 8 and 9.
func integer(t uint64, b []byte) int64 {
	if t >= 8 {
		return int64(t - 8)
	}
	v := int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	return v
}
