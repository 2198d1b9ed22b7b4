package jpeg

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"firescene/formats"
)

func samples(t testing.TB) [][]byte {
	return [][]byte{
		baseline(40, 24, 2, 0x22, 0x11, 0x11), baseline(200, 120, 0, 0x11), progressive(),
		photo(t, 203, 97, 1), photo(t, 64, 300, 2),
	}
}

// A decoder that is given its data in steps, and is led astray at each of them
// before it goes on with the right data, comes to the same end as Check.
func TestDecoderGoesBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	junk := make([]byte, 1<<16)
	for i := range junk {
		junk[i] = byte(rng.Uint32())
	}
	for k, b := range samples(t) {
		for _, step := range []int{1, 7, 64, 512} {
			d := NewDecoder(bytes.NewReader(b), formats.DefaultLimits())
			var m Mark
			for at := 0; at < len(b); at += step {
				if s, err := d.Advance(int64(min(at+step, len(b)))); err != nil || s == Failed {
					t.Fatalf("sample %d, step %d, at %d: %v %v %s", k, step, at, s, err, d.Reason())
				}
				if at+step >= len(b) {
					break
				}
				d.Save(&m)
				wrong := append(bytes.Clone(b[:at+step]), junk[:600]...)
				d.Restore(&m, bytes.NewReader(wrong))
				if s, err := d.Advance(int64(len(wrong))); err != nil || s == Ended {
					t.Fatalf("sample %d, step %d, at %d: junk is %v %v", k, step, at, s, err)
				}
				d.Restore(&m, bytes.NewReader(b))
			}
			if s, _ := d.Advance(int64(len(b))); s != Ended || d.OffsetB() != int64(len(b)) {
				t.Errorf("sample %d, step %d: %v at %d of %d: %s", k, step, s, d.OffsetB(), len(b), d.Reason())
			}
		}
	}
}

// Rows of samples made from coefficients are those of the whole inverse transform.
func TestEdgesFitInASmoothPicture(t *testing.T) {
	b := photo(t, 320, 240, 5)
	d := NewDecoder(bytes.NewReader(b), formats.DefaultLimits())
	if s, err := d.Advance(int64(len(b))); s != Ended || err != nil {
		t.Fatal(s, err)
	}
	costs, across := d.Fit()
	if across != 20 || len(costs) != 300 {
		t.Fatalf("%d MCUs in rows of %d", len(costs), across)
	}
	sum := 0
	for i, c := range costs {
		if (c == noCost) != (i < across) {
			t.Fatalf("MCU %d costs %d", i, c)
		}
		if i >= across {
			sum += int(c)
		}
	}
	if mean := sum / (300 - across) / costUnit; mean > 30 {
		t.Errorf("rows differ by %d grey levels at their border; the picture's noise is about 20", mean)
	}
}

// FuzzDecoder holds the decoder that stops and goes back against the one pass of
// Check, on any data.
func FuzzDecoder(f *testing.F) {
	for i, b := range samples(f) {
		f.Add(b, uint8(i), uint16(i*77))
		f.Add(b[:len(b)*2/3], uint8(40*i), uint16(300))
	}
	f.Fuzz(func(t *testing.T, b []byte, step uint8, back uint16) {
		if len(b) > 1<<15 {
			return
		}
		limits := formats.Limits{MaxAllocB: 1 << 20, MaxItems: 1 << 20, MaxDepth: 8}
		want, _, err := checkFrame(newSource(bytes.NewReader(b), int64(len(b))), 0, limits)
		if err != nil {
			t.Fatal(err)
		}
		d := NewDecoder(bytes.NewReader(b), limits)
		var m Mark
		d.Save(&m)
		st, marked := Waiting, 0
		for at := 0; at < len(b) && st == Waiting; {
			at = min(at+1+int(step), len(b))
			if st, err = d.Advance(int64(at)); err != nil {
				t.Fatal(err)
			}
			if costs, across := d.Fit(); across < 0 || len(costs) > 1<<22 {
				t.Fatal(len(costs), across)
			}
			switch {
			case st == Waiting && at-marked > int(back):
				d.Save(&m)
				marked = at
			case st == Failed && back%2 == 1 && marked > 0:
				d.Restore(&m, bytes.NewReader(b)) // once more from the mark
				st, _ = d.Advance(int64(len(b)))
			}
		}
		got := map[Status]State{Waiting: Truncated, Ended: Whole, Failed: Damaged}[st]
		if want.State == NotJPEG {
			if st == Ended {
				t.Fatalf("ended in what is no JPEG")
			}
			return
		}
		if got != want.State || got == Whole && d.OffsetB() != want.EndB || got == Damaged && d.OffsetB() != want.GoodB {
			t.Fatalf("%v at %d (%s), Check says %+v", st, d.OffsetB(), d.Reason(), want)
		}
	})
}

func BenchmarkDecoder(b *testing.B) {
	p := photo(b, 1600, 1200, 1)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		d := NewDecoder(bytes.NewReader(p), formats.DefaultLimits())
		for at := int64(0); at < int64(len(p)); at += 4096 {
			d.Advance(min(at+4096, int64(len(p))))
		}
	}
}
