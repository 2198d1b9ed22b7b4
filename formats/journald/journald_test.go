package journald_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"firescene/formats/journald"
)

var le = binary.LittleEndian

// journal builds a journal of n entries with empty hash tables.
type journal struct {
	b       []byte
	flags   uint32
	tail    int
	objects int
	data    map[string]int
}

func (j *journal) object(kind, flags byte, body []byte) int {
	at := len(j.b)
	j.b = append(j.b, kind, flags, 0, 0, 0, 0, 0, 0)
	j.b = le.AppendUint64(j.b, uint64(16+len(body)))
	j.b = append(j.b, body...)
	for len(j.b)%8 != 0 {
		j.b = append(j.b, 0)
	}
	j.tail = at
	j.objects++
	return at
}

func (j *journal) field(s string) int {
	if at, ok := j.data[s]; ok {
		return at
	}
	payload, packed := []byte(s), byte(0)
	if len(s) > 512 {
		if j.flags&8 != 0 {
			z, _ := zstd.NewWriter(nil)
			payload, packed = z.EncodeAll(payload, nil), 4
		} else if j.flags&2 != 0 {
			out := make([]byte, lz4.CompressBlockBound(len(s)))
			n, _ := lz4.CompressBlock(payload, out, nil)
			payload, packed = append(le.AppendUint64(nil, uint64(len(s))), out[:n]...), 2
		}
	}
	head := make([]byte, 48)
	if j.flags&16 != 0 {
		head = make([]byte, 56)
	}
	j.data[s] = j.object(1, packed, append(head, payload...))
	return j.data[s]
}

func build(n int, flags uint32) []byte {
	const headB, fileB = 256, 1 << 18
	j := &journal{b: make([]byte, headB), flags: flags, data: map[string]int{}}
	table := j.object(4, 0, make([]byte, 16*64))
	for i := range n {
		msg := fmt.Sprintf("MESSAGE=火警 zone %d", i)
		if i%10 == 3 {
			msg += strings.Repeat(" smoke", 200)
		}
		entry := make([]byte, 48)
		le.PutUint64(entry, uint64(i+1))
		le.PutUint64(entry[8:], uint64(1700000000_000000+i))
		for _, s := range []string{msg, "PRIORITY=6", "SYSLOG_IDENTIFIER=panel"} {
			at := j.field(s)
			if flags&16 != 0 {
				entry = le.AppendUint32(entry, uint32(at))
			} else {
				entry = le.AppendUint64(le.AppendUint64(entry, uint64(at)), 0)
			}
		}
		j.object(3, 0, entry)
	}
	b := append(j.b, make([]byte, fileB-len(j.b))...)
	copy(b, "LPKSHHRH")
	le.PutUint32(b[12:], flags)
	for at, v := range map[int]int{88: headB, 96: fileB - headB, 104: table, 112: 1024, 136: j.tail, 144: j.objects, 152: n} {
		le.PutUint64(b[at:], uint64(v))
	}
	return b
}

func TestCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	noise := make([]byte, 9000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	b := build(200, 0)
	rep, err := journald.Check(bytes.NewReader(append(b[:len(b):len(b)], noise...)), int64(len(b)+len(noise)))
	if err != nil || !rep.Whole || rep.EndB != int64(len(b)) || rep.Entries != 200 {
		t.Fatalf("%+v, %v", rep, err)
	}
	for at := 4096; at < len(b)-8192; at += 4096 {
		file := append(append(b[:at:at], noise[:4096]...), b[at:]...)
		rep, err := journald.Check(bytes.NewReader(file), int64(len(file)))
		if err != nil || rep.Whole || rep.SureB >= int64(at) || rep.FailB < int64(at) {
			t.Fatalf("spliced at %d: %+v, %v", at, rep, err)
		}
		rep, err = journald.Check(bytes.NewReader(b[:at]), int64(at))
		if err != nil || rep.Whole || rep.FailB != 0 || rep.NeedB != int64(len(b)) {
			t.Fatalf("cut at %d: %+v, %v", at, rep, err)
		}
	}
}

func entries(t *testing.T, b []byte) (whole, partial int) {
	t.Helper()
	err := journald.Entries(context.Background(), bytes.NewReader(b), int64(len(b)), func(e journald.Entry) error {
		if e.Partial {
			partial++
			return nil
		}
		i := int(e.Seqnum) - 1
		if m := e.Field("MESSAGE"); !strings.HasPrefix(m, fmt.Sprintf("火警 zone %d", i)) || i%10 == 3 && len(m) < 1200 || e.Field("PRIORITY") != "6" || len(e.Fields) != 3 ||
			e.Realtime != fmt.Sprintf("2023-11-14T22:13:20.%06dZ", i) {
			t.Fatalf("%+v", e)
		}
		whole++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return whole, partial
}

func TestEntries(t *testing.T) {
	for _, flags := range []uint32{0, 2, 8, 16, 8 | 16} {
		if whole, partial := entries(t, build(150, flags)); whole != 150 || partial != 0 {
			t.Errorf("flags %d: %d whole, %d partial", flags, whole, partial)
		}
	}
}

// Entries behind a broken place are found; fields that lie in it are missing.
func TestEntriesBroken(t *testing.T) {
	b := build(300, 0)
	for i := 20_000; i < 24_096; i++ {
		b[i] = 0xb7
	}
	whole, partial := entries(t, b)
	if whole < 250 || whole+partial < 280 {
		t.Errorf("%d whole, %d partial of 300", whole, partial)
	}
	if whole, _ := entries(t, b[:15_000]); whole < 40 {
		t.Errorf("%d of a cut journal", whole)
	}
}

func FuzzEntries(f *testing.F) {
	f.Add(build(20, 0)[:8000])
	f.Add(build(20, 8|16)[:8000])
	f.Add(build(20, 2)[:8000])
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := journald.Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || rep.EndB > max(4096, int64(len(b))) || rep.FailB > int64(len(b)) || rep.SureB > rep.FailB {
			t.Fatalf("%+v, %v", rep, err)
		}
		_ = journald.Entries(context.Background(), bytes.NewReader(b), int64(len(b)), func(journald.Entry) error { return nil })
	})
}
