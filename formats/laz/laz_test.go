package laz

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"firescene/formats"
)

// randomRecords returns n seeded records of a format: a wandering point whose other
// fields change now and then, on several scanner channels in formats 6 to 10.
func randomRecords(seed uint64, format, recordB, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, uint64(format)))
	le := binary.LittleEndian
	rec := make([]byte, recordB)
	var out []byte
	pos := [3]int32{1 << 20, -5000, 77}
	for i := range rec {
		rec[i] = byte(rng.IntN(256))
	}
	at := map[int]int{1: 20, 2: 20, 3: 28, 7: 30, 8: 30}[format]
	for range n {
		for k := range pos {
			pos[k] += int32(rng.NormFloat64() * 40)
			if rng.IntN(300) == 0 {
				pos[k] = int32(rng.Uint32()) // as far as 32 bits go
			}
			le.PutUint32(rec[4*k:], uint32(pos[k]))
		}
		le.PutUint16(rec[12:], le.Uint16(rec[12:])+uint16(rng.IntN(3)))
		switch rng.IntN(10) {
		case 0:
			rec[14] = byte(rng.IntN(256))
		case 1:
			rec[15] = byte(rng.IntN(256))
		case 2:
			rec[16+rng.IntN(4)] = byte(rng.IntN(256))
		case 3:
			for k := at; at > 0 && k < recordB; k++ {
				if rng.IntN(2) == 0 {
					rec[k] += byte(rng.IntN(5))
				}
			}
		}
		if format == 1 || format == 3 || format >= 6 {
			t := 20
			if format >= 6 {
				t = 22
			}
			switch bits := le.Uint64(rec[t:]); rng.IntN(12) {
			case 0, 1, 2:
			case 3:
				le.PutUint64(rec[t:], rng.Uint64())
			case 4:
				le.PutUint64(rec[t:], bits-uint64(rng.IntN(1<<20)))
			default:
				le.PutUint64(rec[t:], bits+1000*uint64(rng.IntN(700)))
			}
		}
		out = append(out, rec...)
	}
	return out
}

var shapes = []struct{ format, recordB int }{{0, 20}, {1, 28}, {2, 26}, {3, 34}, {3, 41}, {6, 30}, {7, 36}, {8, 38}, {8, 43}}

func encode(t testing.TB, l Layout, records []byte) []byte {
	t.Helper()
	e, err := NewChunkEncoder(l)
	if err != nil {
		t.Fatal(err)
	}
	first := e.Append(nil, records)
	if again := e.Append([]byte("x"), records); !bytes.Equal(again[1:], first) {
		t.Error("a used encoder gives other bytes")
	}
	return first
}

// TestRoundTrip compresses and decompresses records of every written format, whole
// and in pieces, with an encoder and a decoder that have worked before.
func TestRoundTrip(t *testing.T) {
	for _, s := range shapes {
		l, err := LayoutOf(s.format, s.recordB, DefaultChunkPoints)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseLayout(l.Bytes())
		if err != nil || back.RecordB != s.recordB || back.Compressor != l.Compressor || len(back.Items) != len(l.Items) {
			t.Fatal(back, err)
		}
		d, err := NewChunkDecoder(back, NeedAll)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 2, 700, 9000} {
			want := randomRecords(uint64(n), s.format, s.recordB, n)
			chunk := encode(t, l, want)
			if err := d.Start(chunk, int64(n)); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(want))
			at := 0
			for at < len(got) {
				k := d.Read(got[at:min(len(got), at+77*s.recordB)])
				if k == 0 {
					t.Fatal("no records")
				}
				at += k * s.recordB
			}
			if err := d.Check(int64(len(chunk))); err != nil {
				t.Errorf("format %d: %v", s.format, err)
			}
			if !bytes.Equal(got, want) {
				for i := 0; i < n; i++ {
					if g, w := got[i*s.recordB:(i+1)*s.recordB], want[i*s.recordB:(i+1)*s.recordB]; !bytes.Equal(g, w) {
						t.Fatalf("format %d, record %d of %d\n got %x\nwant %x", s.format, i, n, g, w)
					}
				}
			}
		}
	}
}

// TestNeed leaves out layers: the others come out the same.
func TestNeed(t *testing.T) {
	l, _ := LayoutOf(8, 43, DefaultChunkPoints)
	want := randomRecords(3, 8, 43, 2000)
	chunk := encode(t, l, want)
	for need, keep := range map[Need][2]int{NeedZ: {8, 12}, NeedColour: {30, 36}, NeedNIR: {36, 38}, NeedIntensity: {12, 14}, NeedTime: {22, 30}, NeedClass: {16, 17}} {
		d, err := NewChunkDecoder(l, need)
		if err != nil || d.Start(chunk, 2000) != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		d.Read(got)
		for i := 0; i < len(got); i += 43 {
			if !bytes.Equal(got[i:i+8], want[i:i+8]) || !bytes.Equal(got[i+keep[0]:i+keep[1]], want[i+keep[0]:i+keep[1]]) {
				t.Fatalf("need %b: record %d differs", need, i/43)
			}
		}
	}
}

// TestDamageIsSeen flips bits of a chunk: most flips end the streams elsewhere.
func TestDamageIsSeen(t *testing.T) {
	for _, s := range []struct{ format, recordB, atLeast int }{{3, 34, 50}, {7, 36, 35}} {
		l, _ := LayoutOf(s.format, s.recordB, DefaultChunkPoints)
		want := randomRecords(5, s.format, s.recordB, 3000)
		chunk := encode(t, l, want)
		d, _ := NewChunkDecoder(l, NeedAll)
		seen, rng := 0, rand.New(rand.NewPCG(1, 1))
		got := make([]byte, len(want))
		for range 60 {
			b := bytes.Clone(chunk)
			b[s.recordB+100+rng.IntN(len(b)-s.recordB-100)] ^= 1 << rng.IntN(8)
			if d.Start(b, 3000) != nil {
				seen++
				continue
			}
			d.Read(got)
			if formats.IsDamaged(d.Check(int64(len(b)))) {
				seen++
			}
		}
		if seen < s.atLeast {
			t.Errorf("format %d: %d of 60 flips seen", s.format, seen)
		}
	}
}

// TestChunkTable writes and reads tables, and refuses those that lie.
func TestChunkTable(t *testing.T) {
	for _, points := range []uint32{1000, VariableChunks} {
		l, _ := LayoutOf(0, 20, points)
		var chunks []Chunk
		at, count := int64(1008), int64(0)
		for i := range int64(50) {
			c := Chunk{OffsetB: at, SizeB: 5000 + 13*i*(i%3), Points: 1000}
			if points == VariableChunks {
				c.Points = 300 + 7*i
			} else if i == 49 {
				c.Points = 17
			}
			at += c.SizeB
			count += c.Points
			chunks = append(chunks, c)
		}
		file := make([]byte, at)
		binary.LittleEndian.PutUint64(file[1000:], uint64(at))
		file = AppendChunkTable(file, chunks, l)
		read := func(b []byte, n int64) ([]Chunk, error) {
			return ReadChunkTable(bytes.NewReader(b), int64(len(b)), 1000, n, l, formats.DefaultLimits())
		}
		got, err := read(file, count)
		if err != nil || len(got) != 50 {
			t.Fatal(got, err)
		}
		for i := range got {
			if got[i] != chunks[i] {
				t.Fatalf("chunk %d is %+v, want %+v", i, got[i], chunks[i])
			}
		}
		for name, edit := range map[string]func(b []byte) []byte{
			"outside the file":  func(b []byte) []byte { binary.LittleEndian.PutUint64(b[1000:], 1<<60); return b },
			"before the points": func(b []byte) []byte { binary.LittleEndian.PutUint64(b[1000:], 5); return b },
			"2^31 chunks":       func(b []byte) []byte { binary.LittleEndian.PutUint32(b[at+4:], 1<<31); return b },
			"version 7":         func(b []byte) []byte { b[at] = 7; return b },
			"cut off":           func(b []byte) []byte { return b[:at+10] },
			"other bytes":       func(b []byte) []byte { b[at+9] ^= 0xff; return b },
		} {
			if _, err := read(edit(bytes.Clone(file)), count); !formats.IsDamaged(err) {
				t.Errorf("%s: error %v", name, err)
			}
		}
		if _, err := read(file, count+100000); !formats.IsDamaged(err) {
			t.Errorf("more points than chunks: %v", err)
		}
		none := bytes.Clone(file[:at])
		binary.LittleEndian.PutUint64(none[1000:], ^uint64(0))
		if got, err := read(none, count); got != nil || err != nil {
			t.Errorf("no table: %v, %v", got, err)
		}
		end := binary.LittleEndian.AppendUint64(bytes.Clone(file), uint64(at))
		binary.LittleEndian.PutUint64(end[1000:], ^uint64(0))
		if got, err := read(end, count); len(got) != 50 || err != nil {
			t.Errorf("place at the end: %v, %v", got, err)
		}
	}
}

func TestParseLayoutRefuses(t *testing.T) {
	l, _ := LayoutOf(3, 34, 50000)
	good := l.Bytes()
	for name, edit := range map[string]func(b []byte) []byte{
		"short":       func(b []byte) []byte { return b[:20] },
		"compressor":  func(b []byte) []byte { b[0] = 16; return b },
		"coder":       func(b []byte) []byte { b[2] = 15; return b },
		"items":       func(b []byte) []byte { b[32] = 200; return b },
		"no items":    func(b []byte) []byte { b[32] = 0; return b },
		"kind":        func(b []byte) []byte { b[34] = 22; return b },
		"size":        func(b []byte) []byte { b[36] = 21; return b },
		"version":     func(b []byte) []byte { b[38] = 6; return b },
		"first item":  func(b []byte) []byte { b[34] = 7; b[36] = 8; return b },
		"layer items": func(b []byte) []byte { b[0] = 3; return b },
	} {
		if _, err := ParseLayout(edit(bytes.Clone(good))); !formats.IsDamaged(err) && !formats.IsUnsupported(err) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := LayoutOf(9, 59, 50000); !formats.IsUnsupported(err) {
		t.Error("wave packets are not written")
	}
}

// FuzzChunk decompresses whatever comes: it must end, and not panic.
func FuzzChunk(f *testing.F) {
	for _, s := range shapes {
		l, _ := LayoutOf(s.format, s.recordB, 100)
		f.Add(l.Bytes(), encode(f, l, randomRecords(1, s.format, s.recordB, 20)), uint32(20))
	}
	wave := Layout{Compressor: LayeredChunked, ChunkPoints: 9, RecordB: 67, Items: []Item{{Point14, 30, 4}, {RGBNIR14, 8, 4}, {WavePacket14, 29, 4}}}
	f.Add(wave.Bytes(), make([]byte, 400), uint32(7))
	old := Layout{Compressor: Pointwise, ChunkPoints: 9, RecordB: 67, Items: []Item{{Point10, 20, 1}, {GPSTime11, 8, 1}, {RGB12, 6, 1}, {WavePacket13, 29, 1}, {Byte, 4, 1}}}
	f.Add(old.Bytes(), make([]byte, 400), uint32(7))
	f.Fuzz(func(t *testing.T, layout, chunk []byte, count uint32) {
		l, err := ParseLayout(layout)
		if err != nil || l.RecordB > 1000 {
			return
		}
		d, err := NewChunkDecoder(l, NeedAll)
		if err != nil || d.Start(chunk, int64(count)) != nil {
			return
		}
		buf := make([]byte, 64*l.RecordB)
		for range 200 {
			if d.Read(buf) == 0 || d.Over() {
				break
			}
		}
		_ = d.Check(int64(len(chunk)))
	})
}

// FuzzChunkTable reads whatever comes.
func FuzzChunkTable(f *testing.F) {
	l, _ := LayoutOf(0, 20, VariableChunks)
	head := binary.LittleEndian.AppendUint64(nil, 48)
	f.Add(AppendChunkTable(append(head, make([]byte, 40)...), []Chunk{{8, 20, 3}, {28, 20, 4}}, l), int64(7), true)
	f.Fuzz(func(t *testing.T, raw []byte, count int64, variable bool) {
		l := l
		if !variable {
			l.ChunkPoints = 3
		}
		chunks, err := ReadChunkTable(bytes.NewReader(raw), int64(len(raw)), 0, count, l, formats.DefaultLimits())
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
		if len(chunks) > len(raw)/20 {
			t.Fatal(len(chunks))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, format := range []int{3, 7} {
		b.Run(map[int]string{3: "format3", 7: "format7"}[format], func(b *testing.B) {
			size := map[int]int{3: 34, 7: 36}[format]
			l, _ := LayoutOf(format, size, DefaultChunkPoints)
			records := randomRecords(1, format, size, DefaultChunkPoints)
			chunk := encode(b, l, records)
			d, _ := NewChunkDecoder(l, NeedAll)
			for b.Loop() {
				_ = d.Start(chunk, DefaultChunkPoints)
				d.Read(records)
			}
			b.ReportMetric(float64(b.N)*DefaultChunkPoints/b.Elapsed().Seconds()/1e6, "Mpoints/s")
		})
	}
}
