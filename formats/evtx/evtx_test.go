package evtx_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"
	"unicode/utf16"

	"firescene/formats/evtx"
)

var le = binary.LittleEndian

// chunkWriter builds a chunk; offsets in binary XML count from its beginning.
type chunkWriter struct{ b []byte }

func (w *chunkWriter) text(s string) {
	for _, u := range utf16.Encode([]rune(s)) {
		w.b = le.AppendUint16(w.b, u)
	}
}

// name writes the offset of a name and the name behind it.
func (w *chunkWriter) name(s string) {
	w.b = le.AppendUint32(w.b, uint32(len(w.b)+4))
	w.b = append(w.b, 0, 0, 0, 0, 0x12, 0x34)
	w.b = le.AppendUint16(w.b, uint16(len([]rune(s))))
	w.text(s)
	w.b = append(w.b, 0, 0)
}

type attr struct {
	name string
	text string // or, when hole is above 0, the number of the value less one
	hole int
}

func (w *chunkWriter) element(name string, attrs []attr, inside func()) {
	tok := byte(0x01)
	if len(attrs) > 0 {
		tok = 0x41
	}
	w.b = append(w.b, tok, 0xff, 0xff, 0, 0, 0, 0)
	w.name(name)
	if len(attrs) > 0 {
		w.b = append(w.b, 0, 0, 0, 0)
	}
	for _, a := range attrs {
		w.b = append(w.b, 0x06)
		w.name(a.name)
		if a.hole > 0 {
			w.hole(a.hole-1, 0x01)
		} else {
			w.value(a.text)
		}
	}
	if inside == nil {
		w.b = append(w.b, 0x03)
		return
	}
	w.b = append(w.b, 0x02)
	inside()
	w.b = append(w.b, 0x04)
}

func (w *chunkWriter) value(s string) {
	w.b = append(w.b, 0x05, 0x01)
	w.b = le.AppendUint16(w.b, uint16(len([]rune(s))))
	w.text(s)
}

func (w *chunkWriter) hole(i int, kind byte) { w.b = append(w.b, 0x0e, byte(i), 0, kind) }

// chunk builds a chunk of n events whose first has the number first.
func chunk(first, n int) []byte {
	w := &chunkWriter{b: make([]byte, 512)}
	template := 0
	last := 0
	for i := range n {
		last = len(w.b)
		w.b = append(w.b, 0x2a, 0x2a, 0, 0, 0, 0, 0, 0)
		w.b = le.AppendUint64(w.b, uint64(first+i))
		w.b = le.AppendUint64(w.b, 133500000000000000+uint64(i)*10_000_000)
		w.b = append(w.b, 0x0f, 1, 1, 0, 0x0c, 1, 1, 2, 3, 4)
		if template == 0 {
			template = len(w.b) + 4
			w.b = le.AppendUint32(w.b, uint32(template))
			w.b = append(append(w.b, 0, 0, 0, 0, 1, 2, 3, 4), make([]byte, 16)...)
			from := len(w.b)
			w.b = append(w.b, 0x0f, 1, 1, 0)
			w.element("Event", nil, func() {
				w.element("System", nil, func() {
					w.element("Provider", []attr{{name: "Name", text: "Fire-Panel"}}, nil)
					w.element("EventID", nil, func() { w.hole(0, 0x06) })
					w.element("TimeCreated", []attr{{name: "SystemTime", hole: 2}}, nil)
					w.element("Computer", nil, func() { w.value("控制室") })
					w.element("Channel", nil, func() { w.value("System") })
				})
				w.element("EventData", nil, func() {
					w.element("Data", []attr{{name: "zone", text: ""}, {name: "Name", text: "Zone"}}, func() { w.hole(2, 0x01) })
					w.element("Data", []attr{{name: "Name", text: "Sid"}}, func() { w.hole(3, 0x13) })
				})
			})
			w.b = append(w.b, 0)
			le.PutUint32(w.b[template+20:], uint32(len(w.b)-from))
		} else {
			w.b = le.AppendUint32(w.b, uint32(template))
		}
		zone := utf16.Encode([]rune(fmt.Sprintf("zone %d & more", i)))
		w.b = le.AppendUint32(w.b, 4)
		for _, d := range [][2]int{{2, 0x06}, {8, 0x11}, {2 * len(zone), 0x01}, {12, 0x13}} {
			w.b = append(w.b, byte(d[0]), byte(d[0]>>8), byte(d[1]), 0)
		}
		w.b = le.AppendUint16(w.b, uint16(4000+i))
		w.b = le.AppendUint64(w.b, 133500000000000000)
		for _, u := range zone {
			w.b = le.AppendUint16(w.b, u)
		}
		w.b = append(w.b, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0)
		w.b = append(w.b, 0)
		for (len(w.b)-last+4)%8 != 0 {
			w.b = append(w.b, 0)
		}
		w.b = le.AppendUint32(w.b, uint32(len(w.b)-last+4))
		le.PutUint32(w.b[last+4:], uint32(len(w.b)-last))
	}
	free := len(w.b)
	b := append(w.b, make([]byte, evtx.ChunkB-free)...)
	copy(b, "ElfChnk\x00")
	for i, v := range []int{first, first + n - 1, first, first + n - 1} {
		le.PutUint64(b[8+8*i:], uint64(v))
	}
	le.PutUint32(b[40:], 128)
	le.PutUint32(b[44:], uint32(last))
	le.PutUint32(b[48:], uint32(free))
	le.PutUint32(b[52:], crc32.ChecksumIEEE(b[512:free]))
	le.PutUint32(b[124:], crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:512]))
	return b
}

// logFile builds a log; its header counts count chunks.
func logFile(flags byte, count int, chunks ...[]byte) []byte {
	b := make([]byte, 4096)
	copy(b, "ElfFile\x00")
	le.PutUint32(b[32:], 128)
	le.PutUint16(b[36:], 1)
	le.PutUint16(b[38:], 3)
	le.PutUint16(b[40:], 4096)
	le.PutUint16(b[42:], uint16(count))
	b[120] = flags
	le.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
	return append(b, bytes.Join(chunks, nil)...)
}

func check(t *testing.T, b []byte) evtx.Report {
	t.Helper()
	rep, err := evtx.Check(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func TestCheck(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	text := bytes.Repeat([]byte("the alarm of zone seven was reset by the guard. "), 4000)
	whole := logFile(0, 3, chunk(1, 200), chunk(201, 100), chunk(301, 3))
	for _, tail := range [][]byte{nil, noise, text, make([]byte, 70_000)} {
		if rep := check(t, append(whole[:len(whole):len(whole)], tail...)); !rep.Whole || rep.EndB != int64(len(whole)) {
			t.Errorf("%+v", rep)
		}
	}
	if rep := check(t, append(logFile(1, 1, chunk(1, 200), chunk(201, 100)), noise...)); !rep.Whole || rep.EndB != 4096+2*evtx.ChunkB {
		t.Errorf("a log that was not closed: %+v", rep)
	}
	if rep := check(t, append(logFile(0, 1, chunk(1, 200)), chunk(201, 100)...)); !rep.Whole || rep.EndB != 4096+evtx.ChunkB {
		t.Errorf("a closed log with another's chunk behind: %+v", rep)
	}
	for at := 512; at < len(whole); at += 512 {
		gap := [][]byte{noise[:8192], text[:8192]}[at/512%2]
		b := append(append(whole[:at:at], gap...), whole[at:]...)
		if rep := check(t, b); rep.Whole || rep.SureB >= int64(at) && at >= 4096 || rep.FailB < int64(at) && at >= 4096 {
			t.Fatalf("spliced at %d: %+v", at, rep)
		}
	}
	for at := 5000; at < len(whole); at += 7777 {
		if rep := check(t, whole[:at]); rep.Whole || rep.FailB != 0 || rep.EndB > int64(at) || rep.NeedB != int64(len(whole)) {
			t.Fatalf("cut at %d: %+v", at, rep)
		}
	}
}

func TestEvents(t *testing.T) {
	one := chunk(7, 50)
	for name, b := range map[string][]byte{"log": logFile(0, 1, one), "lone chunk": one, "cut chunk": one[:9000]} {
		n := 0
		err := evtx.Events(context.Background(), bytes.NewReader(b), int64(len(b)), func(e evtx.Event) error {
			want := map[string]any{"EventID": int64(4000 + n), "TimeCreated": "2024-01-17T21:20:00.0000000Z", "Computer": "控制室", "Channel": "System", "Zone": fmt.Sprintf("zone %d & more", n), "Sid": "S-1-5-18"}
			for _, f := range e.Fields {
				if v, ok := want[f.Name]; ok && v == f.Value {
					delete(want, f.Name)
				}
			}
			if e.Provider != "Fire-Panel" || e.Number != uint64(7+n) || e.Partial || len(want) > 0 {
				t.Fatalf("%s: %+v lacks %v", name, e, want)
			}
			n++
			return nil
		})
		if err != nil || n != 50 && name != "cut chunk" || n < 20 {
			t.Errorf("%s: %d events, %v", name, n, err)
		}
	}
}

// Without its template the values of an event are left.
func TestEventsLostTemplate(t *testing.T) {
	b := chunk(1, 20)
	clear(b[512:1400]) // the first records hold it
	found := false
	err := evtx.Events(context.Background(), bytes.NewReader(b), int64(len(b)), func(e evtx.Event) error {
		for _, f := range e.Fields {
			found = found || f.Value == "zone 9 & more"
		}
		if !e.Partial {
			t.Fatalf("%+v", e)
		}
		return nil
	})
	if err != nil || !found {
		t.Errorf("%v, %v", found, err)
	}
}

func FuzzEvents(f *testing.F) {
	one := chunk(1, 4)
	f.Add(one[:2600])
	f.Add(logFile(1, 1, one)[:7000])
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := evtx.Check(bytes.NewReader(b), int64(len(b)))
		if err != nil || rep.EndB > max(4096, int64(len(b))) {
			t.Fatalf("%+v, %v", rep, err)
		}
		err = evtx.Events(context.Background(), bytes.NewReader(b), int64(len(b)), func(e evtx.Event) error {
			if e.OffsetB < 0 || e.OffsetB+e.LengthB > int64(len(b)) {
				t.Fatalf("%+v of %d bytes", e, len(b))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
