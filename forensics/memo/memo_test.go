package memo

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"
)

type store map[string][]byte

func (s store) Get(k string) ([]byte, bool) { v, ok := s[k]; return v, ok }

func (s store) Put(k string, v []byte) error { s[k] = v; return nil }

type full struct{ store }

var errFull = errors.New("disk full")

func (full) Put(string, []byte) error { return errFull }

type result struct {
	N    int64
	F    float64
	Text string
	List []int
}

func TestDo(t *testing.T) {
	s, worked := store{}, 0
	want := result{1 << 62, 0.1 + 0.2, "火\n", []int{1, 2}}
	do := func(s Store, kind string, v *result, err error) (*result, error) {
		return Do(context.Background(), s, func() string { return Key(kind, 7, []int64{3}) }, func() (*result, error) { worked++; return v, err })
	}
	again := func(what string, v *result, more int) {
		t.Helper()
		for range 2 {
			if got, err := do(s, what, v, nil); err != nil || !reflect.DeepEqual(got, v) {
				t.Errorf("%s: %+v %v", what, got, err)
			}
		}
		if worked != more {
			t.Errorf("%s: worked %d times, want %d", what, worked, more)
		}
		worked = 0
	}
	again("kept", &want, 1)
	again("nothing found", nil, 1)
	again("not what JSON keeps", &result{Text: "\xff"}, 2)
	again("not what JSON can hold", &result{F: math.NaN(), List: nil}, 2)
	for _, bad := range []string{"", "{", `{"N":"1"}`, `{"M":1}`, `null null`, `[]`} {
		for k := range s {
			s[k] = []byte(bad)
		}
		again("kept", &want, 1)
	}
	for range 2 {
		if _, err := do(s, "failed", nil, errFull); !errors.Is(err, errFull) {
			t.Errorf("%v", err)
		}
	}
	if worked != 2 {
		t.Errorf("an error was kept")
	}
	if _, err := do(full{store{}}, "no room", &want, nil); !errors.Is(err, errFull) || !errors.Is(err, ErrStore) {
		t.Errorf("full store: %v", err)
	}
	if got, err := do(nil, "no store", &want, nil); got != &want || err != nil {
		t.Errorf("%v %v", got, err)
	}
}

// What was cut off is never taken for finished.
func TestCutOff(t *testing.T) {
	s := store{}
	ctx, stop := context.WithCancel(context.Background())
	_, err := Do(ctx, s, func() string { return Key("x") }, func() (int, error) { stop(); return 0, nil })
	if !errors.Is(err, context.Canceled) || len(s) != 0 {
		t.Errorf("%v, kept %d", err, len(s))
	}
}

func TestKey(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range []string{Key("a"), Key("b"), Key("a", "b"), Key("a", 1), Key("a", "1"), Key("a", 1, 2), Key("a", []int{1, 2}), Key("a", 12)} {
		if seen[k] || len(k) != 43 {
			t.Errorf("%q", k)
		}
		seen[k] = true
	}
	if Key("a", math.Inf(1)) != "" || Key("a", 1) != Key("a", int64(1)) {
		t.Error("keys")
	}
}
