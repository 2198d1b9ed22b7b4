package splice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"sort"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
	"firescene/forensics/memo/memotest"
)

const blockB = 4096

// scene draws a picture with surfaces, edges and some noise, another one for every
// seed.
func scene(seed uint64, w, h int) image.Image {
	rng := rand.New(rand.NewPCG(seed, 77))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	fx, fy, ph := 10+40*rng.Float64(), 20+60*rng.Float64(), 6*rng.Float64()
	tint := [3]float64{rng.Float64(), rng.Float64(), rng.Float64()}
	for y := range h {
		for x := range w {
			v := 110 + 60*math.Sin(float64(x)/fx+ph) + 50*math.Cos(float64(y)/fy-ph)
			if (x/97+y/61+int(seed))%3 == 0 {
				v -= 70
			}
			n := float64(rng.IntN(14))
			c := func(i int) uint8 { return uint8(max(0, min(255, v*(0.6+0.5*tint[i])+n))) }
			m.SetRGBA(x, y, color.RGBA{c(0), c(1), c(2), 255})
		}
	}
	return m
}

func jpegFile(t testing.TB, seed uint64) []byte { return jpegOf(t, seed, 560, 420) }

func jpegOf(t testing.TB, seed uint64, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(seed, w, h), &jpeg.Options{Quality: 88}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngFile(t testing.TB, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, scene(seed, 160, 120)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 5))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func words(n int) []byte {
	return bytes.Repeat([]byte("03-01 10:20:30 zone 4 smoke detector alarm\n"), n/40+1)[:n]
}

// layout is a medium under construction.
type layout struct {
	b    []byte
	runs map[string][]forensics.ByteRun
}

func (l *layout) add(name string, part []byte) {
	if name != "" {
		l.runs[name] = append(l.runs[name], forensics.ByteRun{OffsetB: int64(len(l.b)), LengthB: int64(len(part))})
	}
	l.b = append(l.b, part...)
	l.b = append(l.b, make([]byte, (blockB-len(l.b)%blockB)%blockB)...)
}

// carved runs the scan over a medium and returns what All needs.
func carved(t testing.TB, b []byte) (*Space, []carve.Find) {
	t.Helper()
	s := &Space{R: bytes.NewReader(b), SizeB: int64(len(b)), BlockB: blockB}
	var parts []carve.Find
	at := int64(0)
	err := carve.Run(context.Background(), carve.Source{R: s.R, SizeB: s.SizeB}, carve.Options{Workers: 2}, func(f carve.Find) error {
		if f.State != forensics.Whole {
			parts = append(parts, f)
			return nil
		}
		if f.OffsetB > at {
			s.Free = append(s.Free, forensics.ByteRun{OffsetB: at, LengthB: f.OffsetB - at})
		}
		at = max(at, f.OffsetB+f.LengthB)
		return nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Free = append(s.Free, forensics.ByteRun{OffsetB: at, LengthB: s.SizeB - at})
	return s, parts
}

// split cuts a file at blocks.
func split(b []byte, at ...int) (out [][]byte) {
	last := 0
	for _, k := range at {
		out = append(out, b[last:k*blockB])
		last = k * blockB
	}
	return append(out, b[last:])
}

func TestPiecesAreFound(t *testing.T) {
	a, b, c, d := jpegFile(t, 1), jpegFile(t, 2), jpegFile(t, 3), jpegFile(t, 4)
	small := jpegFile(t, 9)
	p, q := pngFile(t, 5), pngFile(t, 6)
	decoys := func(n int) []byte {
		x := noise(40, n*blockB)
		for i := range n {
			copy(x[i*blockB:], []string{"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", "\xFF\xD9", "\x89PNG\r\n\x1a\n"}[i%3])
		}
		return x
	}
	for _, test := range []struct {
		name string
		make func(l *layout)
	}{
		{"two pieces, noise between", func(l *layout) {
			x := split(a, 5)
			l.add("a", x[0])
			l.add("", noise(1, 9*blockB))
			l.add("a", x[1])
		}},
		{"two pieces, text between", func(l *layout) {
			x := split(a, 3)
			l.add("a", x[0])
			l.add("", words(40*blockB))
			l.add("a", x[1])
		}},
		{"two pieces, zeros between", func(l *layout) {
			x := split(b, 7)
			l.add("b", x[0])
			l.add("", make([]byte, 256*blockB))
			l.add("b", x[1])
		}},
		{"two pieces, a whole picture between", func(l *layout) {
			x := split(b, 6)
			l.add("b", x[0])
			l.add("", small)
			l.add("b", x[1])
		}},
		{"two pieces, signatures between", func(l *layout) {
			x := split(c, 4)
			l.add("c", x[0])
			l.add("", decoys(6))
			l.add("c", x[1])
		}},
		{"three pieces", func(l *layout) {
			x := split(c, 3, 8)
			l.add("c", x[0])
			l.add("", noise(2, 5*blockB))
			l.add("c", x[1])
			l.add("", words(3*blockB))
			l.add("c", x[2])
		}},
		{"the second piece lies before the first", func(l *layout) {
			x := split(d, 5)
			l.add("d", x[1])
			l.runs["d"] = nil
			second := forensics.ByteRun{OffsetB: int64(len(l.b)) - int64((len(x[1])+blockB-1)/blockB*blockB), LengthB: int64(len(x[1]))}
			l.add("", noise(3, 4*blockB))
			l.add("d", x[0])
			l.runs["d"] = append(l.runs["d"], second)
		}},
		{"two pictures take turns", func(l *layout) {
			x, y := split(a, 6), split(d, 4)
			l.add("a", x[0])
			l.add("d", y[0])
			l.add("a", x[1])
			l.add("d", y[1])
		}},
		{"cut in the header's first block", func(l *layout) {
			x := split(a, 1)
			l.add("a", x[0])
			l.add("", noise(4, 3*blockB))
			l.add("a", x[1])
		}},
		{"PNG in two pieces", func(l *layout) {
			x, y := split(p, 5), split(q, 2)
			l.add("p", x[0])
			l.add("", noise(6, 12*blockB))
			l.add("p", x[1])
			l.add("q", y[0])
			l.add("", make([]byte, 2*blockB))
			l.add("q", y[1])
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &layout{b: noise(7, 2*blockB), runs: map[string][]forensics.ByteRun{}}
			test.make(l)
			l.add("", noise(8, 3*blockB))
			s, parts := carved(t, l.b)
			var want [][]forensics.ByteRun
			for _, r := range l.runs {
				want = append(want, r)
			}
			sort.Slice(want, func(i, j int) bool { return want[i][0].OffsetB < want[j][0].OffsetB })
			for workers := 1; workers <= 3; workers++ {
				out, err := All(context.Background(), s, parts, Options{Workers: workers})
				if err != nil {
					t.Fatal(err)
				}
				var got [][]forensics.ByteRun
				for _, o := range out {
					if o.State != forensics.Whole || parts[o.Find].OffsetB != o.Runs[0].OffsetB || !strings.Contains(o.Reason, "pieces") {
						t.Errorf("%+v", o)
					}
					got = append(got, o.Runs)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%d workers: %v\nwant %v", workers, got, want)
				}
			}
		})
	}
}

// A piece that another picture's could take the place of is not guessed, nor is a
// file whose rest is not there.
func TestNothingIsMadeUp(t *testing.T) {
	a, b := jpegFile(t, 11), jpegFile(t, 12)
	l := &layout{runs: map[string][]forensics.ByteRun{}}
	l.add("", split(a, 5)[0])
	l.add("", noise(1, 4*blockB))
	l.add("", split(b, 5)[1]) // the rest of another picture of the same size and tables
	l.add("", noise(2, 4*blockB))
	l.add("", split(pngFile(t, 13), 4)[0])
	l.add("", noise(3, 2*blockB))
	l.add("", split(pngFile(t, 14), 4)[1])
	l.add("", noise(4, 2*blockB))
	s, parts := carved(t, l.b)
	if len(parts) != 2 {
		t.Fatalf("%d beginnings, want 2", len(parts))
	}
	out, err := All(context.Background(), s, parts, Options{Workers: 2})
	if err != nil || len(out) != 0 {
		t.Errorf("%+v %v", out, err)
	}
}

// A search that was ended anywhere goes on to the same outcome, whatever the number
// of workers, and does nothing twice.
func TestAllGoesOn(t *testing.T) {
	l := crowded(t)
	s, parts := carved(t, l.b)
	for workers := 1; workers <= 3; workers += 2 {
		units := memotest.Ends(t, func(ctx context.Context, m memo.Store) ([]Outcome, error) {
			return All(ctx, s, parts, Options{Workers: workers, Memo: m})
		})
		if units <= 2*len(parts) {
			t.Errorf("%d units of %d files", units, len(parts))
		}
	}
	out, err := All(context.Background(), s, parts, Options{})
	if err != nil || len(out) < 3 || len(out) == len(parts) {
		t.Errorf("%d of %d are found, %v: the medium shows little", len(out), len(parts), err)
	}
}

// crowded is a medium with files in pieces, some of them without their rest.
func crowded(t testing.TB) *layout {
	l := &layout{b: noise(7, 2*blockB), runs: map[string][]forensics.ByteRun{}}
	var rests [][]byte
	for i := range 4 {
		x := split(jpegFile(t, uint64(80+i)), 2+i)
		l.add("", x[0])
		rests = append(rests, x[1])
	}
	x := split(pngFile(t, 90), 4)
	l.add("", x[0])
	l.add("", words(3*blockB))
	l.add("", x[1])
	l.add("", split(jpegFile(t, 91), 3)[0])
	l.add("", noise(8, 4*blockB))
	for _, r := range rests[:3] {
		l.add("", r)
		l.add("", words(2*blockB))
	}
	return l
}

// All tells how far it is, and ends where it is told to.
func TestAllReports(t *testing.T) {
	s, parts := carved(t, crowded(t).b)
	calls, last, of := 0, 0, 0
	if _, err := All(context.Background(), s, parts, Options{Workers: 2, Report: func(done, total int) {
		if calls++; done < last || done > total {
			t.Errorf("%d after %d of %d", done, last, total)
		}
		last, of = done, total
	}}); err != nil || last != of || calls < len(parts) {
		t.Errorf("%d reports, the last one %d of %d, %v", calls, last, of, err)
	}
	for n := range calls {
		ctx, stop := context.WithCancel(context.Background())
		k := 0
		_, err := All(ctx, s, parts, Options{Workers: 1, Report: func(int, int) {
			if k++; k > n {
				stop()
			}
		}})
		if stop(); !errors.Is(err, context.Canceled) && k != calls || k > n+1+len(parts) {
			t.Errorf("stopped at report %d: %v after %d", n+1, err, k)
		}
	}
}

// With its size known from a directory a file is trimmed to it, and a file of
// another size is not taken for it.
func TestAssemble(t *testing.T) {
	a := jpegFile(t, 21)
	tail := []byte("written behind the end of image")
	l := &layout{b: words(blockB), runs: map[string][]forensics.ByteRun{}}
	x := split(append(bytes.Clone(a), tail...), 6)
	l.add("a", x[0])
	l.add("", make([]byte, 8*blockB))
	l.add("a", x[1])
	s, parts := carved(t, l.b)
	if len(parts) != 1 {
		t.Fatalf("%d beginnings", len(parts))
	}
	job := Job{Type: parts[0].Type, StartB: parts[0].OffsetB, SizeB: int64(len(a) + len(tail)), Verdict: parts[0].Verdict}
	res, ok, err := s.Assemble(context.Background(), job)
	if err != nil || !ok || !reflect.DeepEqual(res.Runs, l.runs["a"]) || res.LengthB != job.SizeB {
		t.Errorf("%+v %v %v, want %v", res, ok, err, l.runs["a"])
	}
	job.SizeB = int64(len(a)) - 100
	if res, ok, _ := s.Assemble(context.Background(), job); ok {
		t.Errorf("taken for a shorter file: %+v", res)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := All(ctx, s, parts, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// What could not be read is never a part of a file.
func TestUnread(t *testing.T) {
	a := jpegFile(t, 31)
	l := &layout{b: words(blockB), runs: map[string][]forensics.ByteRun{}}
	x := split(a, 5)
	l.add("a", x[0])
	l.add("", make([]byte, 4*blockB))
	l.add("a", x[1])
	s, parts := carved(t, l.b)
	bad := l.runs["a"][1].OffsetB + 2*blockB
	s.NextUnread = func(off, end int64) int64 {
		if off < bad+512 && bad < end {
			return max(off, bad)
		}
		return end
	}
	out, err := All(context.Background(), s, parts, Options{Workers: 2})
	if err != nil || len(out) != 0 {
		t.Errorf("%+v %v", out, err)
	}
}

func TestHeadless(t *testing.T) {
	a, b := jpegFile(t, 41), jpegFile(t, 42)
	l := &layout{b: words(3 * blockB), runs: map[string][]forensics.ByteRun{}}
	l.add("a", a[2*blockB:])
	l.add("", noise(1, 5*blockB))
	l.add("b", b[blockB:6*blockB]) // neither head nor end
	l.add("", words(2*blockB))
	l.add("", bytes.Repeat([]byte("no FF at all \x80\x01"), 4000)) // has no FF, but is no coded data
	l.add("", b[blockB:2*blockB])                                  // too short to be kept
	l.add("", make([]byte, blockB))
	s := &Space{R: bytes.NewReader(l.b), SizeB: int64(len(l.b)), BlockB: blockB, Free: []forensics.ByteRun{{LengthB: int64(len(l.b))}}}
	out, err := Headless(context.Background(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]forensics.ByteRun{l.runs["a"], l.runs["b"]}
	var got [][]forensics.ByteRun
	for _, r := range out {
		if r.State != forensics.Fragment || r.Confidence > 0.5 {
			t.Errorf("%+v", r)
		}
		got = append(got, r.Runs)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// in units of few blocks, wherever an earlier run ended
	s.Free = []forensics.ByteRun{{OffsetB: 0, LengthB: 7*blockB + 5}, {OffsetB: 7*blockB + 5, LengthB: int64(len(l.b)) - 7*blockB - 5}}
	whole, err := Headless(context.Background(), s, Options{})
	if err != nil || len(whole) < 2 {
		t.Fatal(whole, err)
	}
	for unit := int64(1); unit < 8; unit += 2 {
		last, of := 0, 0
		n := memotest.Ends(t, func(ctx context.Context, m memo.Store) ([]Result, error) {
			last = 0
			got, err := headlessBy(ctx, s, Options{Memo: m, Report: func(done, total int) { last, of = done, total }}, unit)
			if err == nil && !reflect.DeepEqual(got, whole) {
				t.Errorf("in units of %d blocks: %v, want %v", unit, got, whole)
			}
			return got, err
		})
		if n < len(l.b)/blockB/int(unit) || last < of-len(s.Free) || last > of {
			t.Errorf("%d units of %d blocks, %d of %d reported", n, unit, last, of)
		}
	}
}

func TestClassify(t *testing.T) {
	pic := jpegFile(t, 51)
	for want, b := range map[class][]byte{
		empty: make([]byte, blockB), text: words(blockB), other: noise(1, blockB), coded: pic[2*blockB : 3*blockB],
		ending: pic[len(pic)-blockB:],
	} {
		if got := classify(b); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	if got := classify(pic[:blockB]); got.isJPEG() {
		t.Errorf("a header is %v", got)
	}
}

// failing is a medium that can not be read.
type failing struct{ io.ReaderAt }

var errDevice = errors.New("device error")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDevice }

func TestReadError(t *testing.T) {
	s, parts := carved(t, append(split(jpegFile(t, 61), 5)[0], make([]byte, 8*blockB)...))
	s.R = failing{}
	if out, err := All(context.Background(), s, parts, Options{}); !errors.Is(err, errDevice) || len(out) != 0 {
		t.Errorf("%v %v", out, err)
	}
	if _, err := Headless(context.Background(), s, Options{}); !errors.Is(err, errDevice) {
		t.Errorf("headless: %v", err)
	}
}

// FuzzAll holds the search against any medium: it ends, and what it puts together
// lies in the medium, once, and is what the type's walk calls whole.
func FuzzAll(f *testing.F) {
	const small = 512
	a := jpegOf(f, 71, 200, 150)
	var enc bytes.Buffer
	if err := png.Encode(&enc, scene(72, 40, 30)); err != nil {
		f.Fatal(err)
	}
	p := enc.Bytes()
	f.Add(append(append(bytes.Clone(a[:3*small]), noise(1, 2*small)...), a[3*small:]...), uint16(0))
	f.Add(append(append(bytes.Clone(p[:2*small]), words(2*small)...), p[2*small:]...), uint16(9))
	f.Add(append(bytes.Clone(a[:5*small]), a[2*small:]...), uint16(300))
	f.Fuzz(func(t *testing.T, b []byte, at uint16) {
		if len(b) > 1<<15 {
			return
		}
		if int(at) < len(b) {
			b[at] ^= 0x55
		}
		s, parts := carved(t, b)
		s.BlockB = small
		out, err := All(context.Background(), s, parts, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		for _, o := range out {
			r := &rope{s.R, o.Runs}
			v, err := parts[o.Find].Type.Walk(r, r.size())
			if err != nil || v.State != forensics.Whole || r.size() != o.LengthB {
				t.Fatalf("%v: %+v", o, v)
			}
			for _, x := range o.Runs {
				for k := x.OffsetB; k < x.OffsetB+x.LengthB; k++ {
					if k < 0 || k >= int64(len(b)) || seen[k] {
						t.Fatal(fmt.Sprint("byte ", k, " outside or twice in ", out))
					}
					seen[k] = true
				}
			}
		}
		if _, err := Headless(context.Background(), s, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
