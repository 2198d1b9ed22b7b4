package recover

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/memo"
	"firescene/forensics/memo/memotest"
	"firescene/formats"
	"firescene/formats/exfat"
	"firescene/formats/exfat/exfattest"
	"firescene/formats/fat"
	"firescene/formats/fat/fattest"
)

// crowded is a card with deleted files in pieces, of which each that is found
// leaves less room for the others.
func crowded(t testing.TB) []byte {
	v := fattest.New(32, 900)
	fill(v, 10, 850)
	put := func(name string, data []byte, where ...[]uint32) {
		v.Put(name, data, pieces(where...))
		v.Delete(name)
	}
	pic := photo(t, 1)
	n := clusters(pic)
	put("three pieces.rec", records(1, 200), fattest.Seq(100, 10), fattest.Seq(115, 5), fattest.Seq(160, 10))
	put("outer.rec", records(3, 150), fattest.Seq(200, 4), fattest.Seq(230, 15))
	put("inner.rec", records(4, 120), fattest.Seq(204, 15))
	put("round.rec", records(5, 100), fattest.Seq(260, 5), fattest.Seq(275, 8))
	v.Put("between.bin", noise(8, 512*10), fattest.Seq(265, 10))
	put("not there.rec", records(6, 80)[:30*recordB], fattest.Seq(300, 4))
	put("picture.jpg", pic, fattest.Seq(400, 3), fattest.Seq(410, n-3))
	v.Put("text.log", []byte("2024-03-01 10:20:30 zone 3\n"), fattest.Seq(500, 1))
	return v.Image
}

func TestListingGoesOn(t *testing.T) {
	img := crowded(t)
	r := bytes.NewReader(img)
	types := append([]carve.Type{recordType(carve.ByCode, true)}, carve.Types()...)
	list := func(ctx context.Context, s memo.Store) ([]Found, error) {
		vol, err := fat.Open(r, int64(len(img)))
		if err != nil {
			return nil, err
		}
		return FAT(ctx, vol, r, Options{Exhibit: "E1", Types: types, Limits: formats.DefaultLimits(), Memo: s})
	}
	found, err := list(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	states := map[forensics.ItemState]int{}
	doubtful := 0
	for _, f := range found {
		states[f.State]++
		doubtful += len(f.Doubtful)
	}
	if states[forensics.Whole] < 4 || states[forensics.Partial] < 2 || doubtful == 0 {
		t.Errorf("the card shows little: %v", states)
	}
	if units := memotest.Ends(t, list); units < 12 {
		t.Errorf("only %d units", units)
	}
}

// Two volumes of one image have clusters with the same numbers.
func TestUnitsOfTwoVolumes(t *testing.T) {
	one, two := crowded(t), exfattest.New(900)
	a := records(7, 120)
	two.Put("pieces.rec", a, pieces(exfattest.Seq(100, 3), exfattest.Seq(110, 5)))
	two.Delete("pieces.rec")
	two.SetFAT(102, 0)
	at := int64(len(one))
	img := append(bytes.Clone(one), two.Image...)
	r := bytes.NewReader(img)
	memotest.Ends(t, func(ctx context.Context, s memo.Store) (all []Found, err error) {
		o := Options{Exhibit: "E1", Types: []carve.Type{recordType(carve.BySum, false)}, Limits: formats.DefaultLimits(), Memo: s}
		vol, err := fat.Open(r, at)
		if err != nil {
			return nil, err
		}
		if all, err = FAT(ctx, vol, r, o); err != nil {
			return nil, err
		}
		x, err := exfat.Open(bytes.NewReader(two.Image), int64(len(two.Image)))
		if err != nil {
			return nil, err
		}
		o.OffsetB = at
		more, err := ExFAT(ctx, x, r, o)
		for _, f := range more {
			if f.State != forensics.Whole {
				t.Errorf("%s: %s", f.Name, f.Reason)
			}
		}
		return append(all, more...), err
	})
}

// The listing tells how far it is and ends where it is told to, wherever it is.
func TestListingReports(t *testing.T) {
	img := crowded(t)
	r := bytes.NewReader(img)
	list := func(ctx context.Context, report func(done, total int)) error {
		vol, err := fat.Open(r, int64(len(img)))
		if err != nil {
			return err
		}
		_, err = FAT(ctx, vol, r, Options{Exhibit: "E1", Types: []carve.Type{recordType(carve.BySum, false)}, Limits: formats.DefaultLimits(), Report: report})
		return err
	}
	calls, turns, last := 0, 0, -1
	if err := list(context.Background(), func(done, total int) {
		if calls++; done < last {
			turns++
		}
		if last = done; done < 0 || done > total {
			t.Errorf("%d of %d", done, total)
		}
	}); err != nil || turns != 1 || calls < 12 {
		t.Errorf("%d reports, %d turns, %v", calls, turns, err)
	}
	for n := range calls {
		ctx, stop := context.WithCancel(context.Background())
		k := 0
		if err := list(ctx, func(int, int) {
			if k++; k > n {
				stop()
			}
		}); !errors.Is(err, context.Canceled) || k > n+2 {
			t.Errorf("stopped at report %d: %v after %d", n+1, err, k)
		}
		stop()
	}
}
