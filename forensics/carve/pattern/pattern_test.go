package pattern

import (
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
)

// typical is a set of signatures as a carver has them.
func typical() (out [][]byte) {
	for _, s := range []string{"\xFF\xD8\xFF", "\x89PNG\r\n\x1a\n", "GIF87a", "GIF89a", "\x00\x00\x28\x00\x00\x00", "\x28\x00\x00\x00", "WEBPVP8", "II*\x00", "MM\x00*", "IIU\x00", "FUJIFILMCCD-RAW", "IIRO\x08\x00", "\x10\xFB\x85\x01",
		"ftypheic", "ftypmif1", "ftypavif", "ftypisom", "ftypmp42", "ftypqt  ", "ftypMSNV", "ftyp3gp", "moov", "mdat", "AVI LIST", "\x1A\x45\xDF\xA3", "\x00\x00\x01\xBA", "\x00\x00\x01\xB3", "\x00\x00\x00\x01\x67", "\x00\x00\x01\x67", "\x00\x00\x01\x40\x01", "\x00\x00\x01\x42\x01",
		"G@\x00\x10\x00\x00\xB0", "G@\x00\x30", "FLV\x01", "0&\xB2\x75\x8E\x66\xCF\x11", "RIFF", "WAVEfmt ", "OggS\x00\x02", "fLaC\x00\x00\x00\x22", "ID3\x03\x00", "ID3\x04\x00", "%PDF-1.", "%PDF-2.", "PK\x03\x04", "PK\x05\x06", "\x1F\x8B\x08", "BZh9", "7z\xBC\xAF\x27\x1C", "Rar!\x1A\x07", "\xFD7zXZ\x00", "\x28\xB5\x2F\xFD",
		"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "{\\rtf1", "SQLite format 3\x00", "\x37\x7F\x06\x82", "\x37\x7F\x06\x83", "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7", "ElfFile\x00", "ElfChnk\x00", "LPKSHHRH", "regf", "DHAV", "dhav", "DHFS4.1", "CMMM", "ustar\x00", "ustar  \x00", "MSCF\x00\x00\x00\x00", "8BPS\x00\x01", "\xED\xAB\xEE\xDB",
		"stream\r\nx", "stream\nx", "stream\r\nH\x89", "stream\nH\x89", "HIKVISION@HANGZHOU", "OFNI", "\x00\x00\x01\x0F", "ftypcrx "} {
		out = append(out, []byte(s))
	}
	return out
}

// naive is the definition of what Scan finds.
func naive(patterns [][]byte, b []byte, limit int) (hits []Hit) {
	for at := 0; at < min(limit, len(b)); at++ {
		for i, p := range patterns {
			if len(p) >= MinB && bytes.HasPrefix(b[at:], p) {
				hits = append(hits, Hit{int32(at), int32(i)})
			}
		}
	}
	return hits
}

// data is noise, zeros and text with patterns, whole and cut, in them.
func data(rng *rand.Rand, patterns [][]byte, n int) []byte {
	b := make([]byte, 0, n)
	for len(b) < n {
		switch rng.IntN(6) {
		case 0:
			b = append(b, make([]byte, rng.IntN(200))...)
		case 1:
			b = append(b, strings.Repeat("zone 4 smoke detector alarm ", rng.IntN(8))...)
		case 2, 3:
			p := patterns[rng.IntN(len(patterns))]
			b = append(b, p[:rng.IntN(len(p)+1)]...)
		case 4:
			b = append(b, patterns[rng.IntN(len(patterns))]...)
		default:
			for range rng.IntN(200) {
				b = append(b, byte(rng.Uint32()))
			}
		}
	}
	return b[:n]
}

func TestAllWaysFindTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sets := [][][]byte{typical(), {[]byte("abc")}, {[]byte("ab"), []byte("abcd"), []byte("abc"), []byte("bcd"), []byte("abcd")}}
	for _, set := range sets {
		m := New(set)
		for n := range 400 {
			b := data(rng, set, n*7)
			limit := rng.IntN(len(b) + 20)
			want := naive(set, b, limit)
			if got := m.Scan(b, limit, nil); !reflect.DeepEqual(got, want) {
				t.Fatalf("%d bytes, limit %d: %v, want %v", len(b), limit, got, want)
			}
			if got := m.ScanPlain(b, limit, nil); !reflect.DeepEqual(got, want) {
				t.Fatalf("plain, %d bytes, limit %d: %v, want %v", len(b), limit, got, want)
			}
		}
	}
	if got := New(nil).Scan([]byte("anything"), 8, nil); got != nil {
		t.Errorf("no patterns: %v", got)
	}
}

// Each anchor is the part of its pattern that media hold least of.
func TestAnchors(t *testing.T) {
	for p, want := range map[string]string{"\x00\x00\x01\xBA": "\x00\x01\xBA", "\x00\x00\x00\x01\x67": "\x00\x01\x67", "SQLite format 3\x00": "SQL"} {
		if at := rarest([]byte(p)); p[at:at+3] != want {
			t.Errorf("%q is anchored at %q, want %q", p, p[at:at+3], want)
		}
	}
}

func FuzzSameHits(f *testing.F) {
	set := typical()
	m := New(set)
	rng := rand.New(rand.NewPCG(3, 4))
	for n := range 8 {
		f.Add(data(rng, set, n*60), n*40)
	}
	f.Fuzz(func(t *testing.T, b []byte, limit int) {
		limit = max(0, limit)
		want := naive(set, b, limit)
		if got := m.Scan(b, limit, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if got := m.ScanPlain(b, limit, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("plain: %v, want %v", got, want)
		}
	})
}

func benchmark(b *testing.B, scan func(m *Matcher, b []byte) []Hit) {
	m := New(typical())
	rng := rand.New(rand.NewPCG(5, 6))
	noise, text := make([]byte, 1<<20), []byte(strings.Repeat("the report of zone 4: smoke detector alarm, user restarted the panel at 10:20:30; cable = 912345\n", 1<<20/98))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for name, d := range map[string][]byte{"noise": noise, "text": text, "zeros": make([]byte, 1<<20)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(d)))
			for b.Loop() {
				scan(m, d)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	benchmark(b, func(m *Matcher, d []byte) []Hit { return m.Scan(d, len(d), nil) })
}

func BenchmarkScanPlain(b *testing.B) {
	benchmark(b, func(m *Matcher, d []byte) []Hit { return m.ScanPlain(d, len(d), nil) })
}

func BenchmarkNew(b *testing.B) {
	set := typical()
	for b.Loop() {
		New(set)
	}
}

// BenchmarkImage scans a real image, named in the environment.
func BenchmarkImage(b *testing.B) {
	path := os.Getenv("FIRESCENE_BENCH_IMAGE")
	d, err := os.ReadFile(path)
	if err != nil {
		b.Skip("FIRESCENE_BENCH_IMAGE names no image")
	}
	m := New(typical())
	b.SetBytes(int64(len(d)))
	for b.Loop() {
		m.Scan(d, len(d), nil)
	}
}
