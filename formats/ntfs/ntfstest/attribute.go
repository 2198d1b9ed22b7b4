package ntfstest

// Run is clusters of a run list: Count from First on; a First below 0 is a hole.
type Run struct{ First, Count int }

func (r Run) list() []byte { return RunList(r) }

// Sizes are the sizes and flags of a non-resident attribute.
type Sizes struct {
	SizeB, AllocB, ValidB int
	LowVCN                int
	Flags                 uint16
	UnitLog               byte // of clusters in a compression unit
}

// RunList encodes runs, with as few bytes a number as it needs.
func RunList(runs ...Run) []byte {
	var out []byte
	last := 0
	for _, r := range runs {
		n := number(r.Count)
		var off []byte
		if r.First >= 0 {
			off = number(r.First - last)
			last = r.First
		}
		out = append(append(append(out, byte(len(off)<<4|len(n))), n...), off...)
	}
	return append(out, 0)
}

func number(x int) []byte {
	var b []byte
	for {
		b = append(b, byte(x))
		if x >= -128 && x < 128 && int(int8(b[len(b)-1])) == x {
			return b
		}
		x >>= 8
	}
}

// Runs groups a list of clusters, -1 for holes, into runs.
func Runs(list []int) (out []Run) {
	for _, c := range list {
		if k := len(out) - 1; k >= 0 && (c < 0 && out[k].First < 0 || c >= 0 && out[k].First >= 0 && out[k].First+out[k].Count == c) {
			out[k].Count++
			continue
		}
		out = append(out, Run{c, 1})
	}
	return out
}

// Seq lists n clusters from first on.
func Seq(first, n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = first + i
	}
	return s
}

func pad8(b []byte) []byte {
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// ResidentAttr makes a resident attribute.
func ResidentAttr(kind uint32, name string, value []byte) []byte {
	n := text(name)
	b := make([]byte, 24, 128)
	le.PutUint32(b, kind)
	b[9] = byte(len(n) / 2)
	le.PutUint16(b[10:], 24)
	b = pad8(append(b, n...))
	le.PutUint32(b[16:], uint32(len(value)))
	le.PutUint16(b[20:], uint16(len(b)))
	b = pad8(append(b, value...))
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

// RunAttr makes a non-resident attribute from an encoded run list.
func RunAttr(kind uint32, name string, list []byte, s Sizes) []byte {
	n := text(name)
	b := make([]byte, 64, 256)
	le.PutUint32(b, kind)
	b[8], b[9] = 1, byte(len(n)/2)
	le.PutUint16(b[10:], 64)
	le.PutUint16(b[12:], s.Flags)
	le.PutUint64(b[16:], uint64(s.LowVCN))
	b[34] = s.UnitLog
	le.PutUint64(b[40:], uint64(s.AllocB))
	le.PutUint64(b[48:], uint64(s.SizeB))
	le.PutUint64(b[56:], uint64(s.ValidB))
	b = pad8(append(b, n...))
	le.PutUint16(b[32:], uint16(len(b)))
	b = pad8(append(b, list...))
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

// DataAttr makes the $DATA attribute of n bytes in the given clusters.
func (v *Volume) DataAttr(stream string, list []int, n int) []byte {
	return RunAttr(0x80, stream, RunList(Runs(list)...), Sizes{SizeB: n, AllocB: len(list) * v.ClusterB, ValidB: n})
}

// ListAttr makes a resident attribute list that names an extension record for a
// part of $DATA.
func ListAttr(parts ...ListPart) []byte {
	var b []byte
	for _, p := range parts {
		e := make([]byte, 32)
		le.PutUint32(e, p.Kind)
		le.PutUint16(e[4:], 32)
		e[7] = 26
		le.PutUint64(e[8:], uint64(p.LowVCN))
		le.PutUint64(e[16:], uint64(p.Record)|uint64(p.Seq)<<48)
		b = append(b, e...)
	}
	return ResidentAttr(0x20, "", b)
}

// ListPart is an entry of an attribute list.
type ListPart struct {
	Kind                uint32
	LowVCN, Record, Seq int
}

// IndexEntry makes an entry of a folder's index.
func IndexEntry(record, seq int, f File) []byte {
	key := f.FileName()
	b := make([]byte, 16, 128)
	le.PutUint64(b, uint64(record)|uint64(seq)<<48)
	le.PutUint16(b[10:], uint16(len(key)))
	b = pad8(append(b, key...))
	le.PutUint16(b[8:], uint16(len(b)))
	return b
}

// IndexRecord makes an index record of 4096 bytes that holds entries, and behind
// their end what slack says.
func IndexRecord(entries, slack []byte) []byte {
	b := make([]byte, 4096)
	copy(b, "INDX")
	le.PutUint16(b[4:], 40)
	le.PutUint16(b[6:], 9)
	le.PutUint32(b[24:], 40)
	at := 64 + copy(b[64:], entries)
	le.PutUint16(b[at+8:], 16)
	le.PutUint16(b[at+12:], 2)
	at += 16
	le.PutUint32(b[28:], uint32(at-24))
	le.PutUint32(b[32:], 4096-24)
	copy(b[at:], slack)
	Protect(b, 40, 0x0303)
	return b
}
