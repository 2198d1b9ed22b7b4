package splice

import (
	"bytes"
	"context"
	"math/rand/v2"
	"reflect"
	"testing"

	"firescene/forensics"
)

// TestCodedFinderLeavesNothingOut: what is found with the places that were noted is
// what is found without, wherever the noting began.
func TestCodedFinderLeavesNothingOut(t *testing.T) {
	const blockB, blocks = 4096, 600
	rng := rand.New(rand.NewPCG(5, 6))
	img := make([]byte, blocks*blockB+777)
	for at := 0; at < len(img); {
		n := (1 + rng.IntN(9)) * blockB
		end := min(len(img), at+n)
		kind := rng.IntN(3)
		for i := at; i < end; i++ {
			switch kind {
			case 0:
				img[i] = byte(rng.Uint32())
			case 1: // coded: every FF is stuffed
				if img[i] = byte(rng.Uint32()); i > at && img[i-1] == 0xFF {
					img[i] = 0
				}
			}
		}
		at = end
	}
	s := &Space{R: bytes.NewReader(img), SizeB: int64(len(img)), BlockB: blockB, Free: []forensics.ByteRun{{OffsetB: 0, LengthB: int64(len(img))}}}
	want, err := Headless(context.Background(), s, Options{})
	if err != nil || len(want) < 10 {
		t.Fatalf("%d runs, %v", len(want), err)
	}
	for _, from := range []int64{0, 100 * blockB} {
		f := NewCodedFinder(blockB, from)
		for at := from; at < int64(len(img)); at += 16 * blockB {
			f.Write(img[at:min(at+16*blockB, int64(len(img)))], at)
		}
		s.Coded = f.Runs()
		got, err := Headless(context.Background(), s, Options{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("from %d: %d runs, want %d, %v", from, len(got), len(want), err)
		}
	}
	f := NewCodedFinder(blockB, 0)
	for i := range int64(3 * maxCodedRuns) {
		f.note(2*i*blockB, blockB)
	}
	if r := f.Runs(); len(r) > maxCodedRuns || r[0].OffsetB != 0 || r[len(r)-1].OffsetB+r[len(r)-1].LengthB != (6*maxCodedRuns-1)*blockB {
		t.Errorf("%d places of very many", len(r))
	}
}
