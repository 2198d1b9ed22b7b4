package splice

import (
	"bytes"
	"context"
	"encoding/binary"
	"image/png"
	"io"
	"reflect"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
)

// everyB is how far apart the marks of the made-up format are: its walk looks at
// nothing between them.
const everyB = 10000

// marked is a made-up file: a head with its length, numbered marks, an end.
func marked(seed uint64, n int) []byte {
	b := noise(seed, n)
	copy(b, "MARKED")
	binary.LittleEndian.PutUint32(b[6:], uint32(n))
	for at := everyB; at+4 <= n-4; at += everyB {
		binary.LittleEndian.PutUint32(b[at:], 0x4D000000+uint32(at))
	}
	copy(b[n-4:], "END.")
	return b
}

// markedType walks marked files; proof is what it claims for a whole one.
func markedType(proof carve.Proof) *carve.Type {
	return &carve.Type{
		Name: "marked", Ext: "m", MaxB: 1 << 20,
		Walk: func(r io.ReaderAt, size int64) (carve.Verdict, error) {
			b := make([]byte, size)
			n, err := r.ReadAt(b, 0)
			if err != nil && err != io.EOF {
				return carve.Verdict{}, err
			}
			b = b[:n]
			if len(b) < 10 || string(b[:6]) != "MARKED" {
				return carve.Verdict{State: forensics.Partial}, nil
			}
			need := int64(binary.LittleEndian.Uint32(b[6:]))
			sure := int64(10)
			for at := int64(everyB); at+4 <= need-4; at += everyB {
				if at+4 > int64(len(b)) || binary.LittleEndian.Uint32(b[at:]) != 0x4D000000+uint32(at) {
					return carve.Verdict{State: forensics.Partial, LengthB: at, SureB: sure, FailB: at + 4, NeedB: need}, nil
				}
				sure = at + 4
			}
			if need > int64(len(b)) || string(b[need-4:need]) != "END." {
				return carve.Verdict{State: forensics.Partial, LengthB: sure, SureB: sure, FailB: need, NeedB: need}, nil
			}
			return carve.Verdict{State: forensics.Whole, LengthB: need, Proof: proof, NeedB: need, Confidence: 1}, nil
		},
	}
}

func TestProofAndRivals(t *testing.T) {
	const size = 9*blockB + 100
	file := marked(1, size)
	pieces := split(file, 4)
	other := split(marked(2, size), 4)
	zeros := make([]byte, 3*blockB)
	for _, c := range []struct {
		name   string
		proof  carve.Proof
		pieces [][]byte
		gap    []byte
		more   []byte // further on in the medium
		found  bool
	}{
		{"sums prove any splice", carve.BySum, pieces, noise(3, 3*blockB), nil, true},
		{"codes, filling between", carve.ByCode, pieces, zeros, nil, true},
		{"codes that do not look at all bytes, noise between", carve.ByCode, pieces, noise(3, 3*blockB), nil, false},
		{"structure, filling between", carve.ByLength, pieces, zeros, nil, true},
		{"structure, noise between", carve.ByLength, pieces, noise(3, 3*blockB), nil, false},
		{"structure, another end that fits", carve.ByLength, pieces, zeros, other[1], false},
	} {
		l := &layout{b: words(2 * blockB), runs: map[string][]forensics.ByteRun{}}
		l.add("file", c.pieces[0])
		l.add("", c.gap)
		l.add("file", c.pieces[1])
		l.add("", make([]byte, 2*blockB))
		if c.more != nil {
			l.add("", c.more)
		}
		l.add("", words(2*blockB))
		s := &Space{R: bytes.NewReader(l.b), SizeB: int64(len(l.b)), BlockB: blockB, Free: []forensics.ByteRun{{LengthB: int64(len(l.b))}}}
		typ := markedType(c.proof)
		start := l.runs["file"][0].OffsetB
		v, _ := typ.Walk(io.NewSectionReader(s.R, start, s.SizeB-start), s.SizeB-start)
		finds := []carve.Find{{Type: typ, OffsetB: start, Aligned: true, Verdict: v}}
		searches := 0
		out, err := All(context.Background(), s, finds, Options{Workers: 2, Report: func(done, total int) { searches = done }})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.found && (len(out) != 1 || !reflect.DeepEqual(out[0].Runs, l.runs["file"])):
			t.Errorf("%s: %v, want %v", c.name, out, l.runs["file"])
		case !c.found && len(out) != 0:
			t.Errorf("%s: %v, want none", c.name, out)
		case searches == 0:
			t.Errorf("%s: no progress was told", c.name)
		}
		if len(out) == 1 && c.proof == carve.ByLength && out[0].Confidence > 0.7 {
			t.Errorf("%s: confidence %v", c.name, out[0].Confidence)
		}
	}
}

// The sum of a PNG's only data chunk tells the block of the splice without a walk.
func TestSummed(t *testing.T) {
	var enc bytes.Buffer
	if err := png.Encode(&enc, scene(81, 260, 200)); err != nil {
		t.Fatal(err)
	}
	p := enc.Bytes()
	if len(p) < 10*blockB {
		t.Fatalf("sample of %d bytes is too small", len(p))
	}
	l := &layout{runs: map[string][]forensics.ByteRun{}}
	x := split(p, 6)
	l.add("", x[0])
	l.add("", noise(9, 7*blockB))
	l.add("", x[1])
	l.add("", noise(10, blockB))
	s := &Space{R: bytes.NewReader(l.b), SizeB: int64(len(l.b)), BlockB: blockB, Free: []forensics.ByteRun{{LengthB: int64(len(l.b))}}}
	w := &walkSearch{ctx: context.Background(), g: s.gridAt(0), job: Job{Type: &carve.Type{Name: "png"}}}
	all := []forensics.ByteRun{{LengthB: s.SizeB}}
	c, ok := w.chunkSum(all)
	if !ok {
		t.Skip("the encoder wrote more than one data chunk before the splice")
	}
	for by, want := range map[int64][]int64{7: {6}, 6: nil, 8: nil} {
		if got := w.summed(c, all, 0, by, max(1, c.from/blockB+1), 8); !reflect.DeepEqual(got, want) {
			t.Errorf("displaced by %d: %v, want %v", by, got, want)
		}
	}
}
