package jpeg

import (
	"bytes"
	"encoding/binary"
	"testing"

	"firescene/formats"
)

// samsungTrailer holds parts with these contents.
func samsungTrailer(parts ...[]byte) []byte {
	le := binary.LittleEndian
	var b, dir []byte
	var at []int
	for _, p := range parts {
		at = append(at, len(b))
		b = append(b, 0, 0, 0x30, 0x0A)
		b = le.AppendUint32(b, 9)
		b = append(append(b, "Part_Name"...), p...)
	}
	at = append(at, len(b))
	dir = append(dir, samsungHead...)
	dir = le.AppendUint32(le.AppendUint32(dir, 107), uint32(len(parts)))
	for i := range parts {
		dir = append(dir, 0, 0, 0x30, 0x0A)
		dir = le.AppendUint32(le.AppendUint32(dir, uint32(len(b)-at[i])), uint32(at[i+1]-at[i]))
	}
	return append(le.AppendUint32(append(b, dir...), uint32(len(dir))), samsungFoot...)
}

func canonTrailer(content []byte) []byte {
	b := append([]byte(canonTag), 0, 1, 0, 0)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(content))), content...)
	b = append(append(b, canonTag...), make([]byte, canonFootB-len(canonTag)-2)...)
	return append(b, 0xFF, 0xD9)
}

func TestTrailers(t *testing.T) {
	still := photo(t, 64, 48, 1)
	samsung, canon := samsungTrailer([]byte("1709251200"), bytes.Repeat([]byte("SEFHvideo"), 30_000)), canonTrailer([]byte("recipe"))
	for name, c := range map[string]struct {
		tail []byte
		want int
	}{
		"samsung":                  {samsung, len(samsung)},
		"canon":                    {canon, len(canon)},
		"both":                     {append(bytes.Clone(canon), samsung...), len(canon) + len(samsung)},
		"samsung, another length":  {append(bytes.Clone(samsung[:30]), samsung[29:]...), 0},
		"samsung, cut":             {samsung[:len(samsung)-1], 0},
		"canon, cut":               {canon[:len(canon)-1], 0},
		"canon, another length":    {append(bytes.Clone(canon[:30]), canon[29:]...), 0},
		"zeros":                    {make([]byte, 5000), 0},
		"a name without directory": {append(bytes.Clone(samsung[:40]), make([]byte, 300<<10)...), 0},
	} {
		b := append(append(bytes.Clone(still), c.tail...), bytes.Repeat([]byte("what follows"), 10)...)
		if len(c.tail) > 0 && c.want == 0 {
			b = append(bytes.Clone(still), c.tail...)
		}
		rep, err := Check(bytes.NewReader(b), int64(len(b)), formats.DefaultLimits())
		if err != nil || rep.State != Whole || rep.EndB != int64(len(still)+c.want) {
			t.Errorf("%s: %v, %d bytes behind the picture, want %d (%s), %v", name, rep.State, rep.EndB-int64(len(still)), c.want, rep.Reason, err)
		}
	}
}
