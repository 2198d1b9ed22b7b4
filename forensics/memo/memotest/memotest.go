// Package memotest holds work that keeps its finished units against work that does
// not, with an end at every place.
package memotest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"

	"firescene/forensics/memo"
)

// store is a memo.Store that is full after some units, or ends the work then.
type store struct {
	mu     sync.Mutex
	kept   map[string][]byte
	left   int // units that it takes; below 0 for all
	stop   func()
	puts   int
	misses int
}

var errEnd = errors.New("the end of an earlier run")

func (s *store) Get(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.kept[key]
	if !ok {
		s.misses++
	}
	return v, ok
}

func (s *store) Put(key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 {
		return errEnd
	}
	s.left--
	s.puts++
	s.kept[key] = append([]byte(nil), value...)
	if s.left == 0 && s.stop != nil {
		s.stop()
	}
	return nil
}

// again makes the store ready for the next run.
func (s *store) again() { s.left, s.stop, s.puts, s.misses = -1, nil, 0, 0 }

// Ends runs work without a store, then with one that ends it after every number of
// units, once by an error and once by its context, and then again with what is
// kept. Every outcome must be the one without a store, and what is kept must not be
// worked again. It returns how many units there are.
func Ends[T any](t *testing.T, work func(ctx context.Context, s memo.Store) (T, error)) int {
	t.Helper()
	want, err := work(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same := func(what string, n int, s *store, misses, units int) {
		t.Helper()
		got, err := work(context.Background(), s)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %d: another outcome, %v:\n%+v\nwant\n%+v", what, n, err, got, want)
		}
		if s.puts != units || s.misses != misses {
			t.Errorf("%s %d: %d units were not there and %d were worked and kept, want %d", what, n, s.misses, s.puts, units)
		}
	}
	s := &store{kept: map[string][]byte{}, left: -1}
	if _, err := work(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	all := s.puts
	s.again()
	same("all kept", all, s, 0, 0)
	for k := range s.kept {
		s.kept[k] = []byte(`{"damaged`)
	}
	s.again()
	same("all damaged", all, s, 0, all)
	for n := range all {
		s := &store{kept: map[string][]byte{}, left: n}
		if _, err := work(context.Background(), s); !errors.Is(err, errEnd) {
			t.Errorf("full after %d: %v", n, err)
		}
		s.again()
		same("full after", n, s, all-n, all-n)
		ctx, stop := context.WithCancel(context.Background())
		s = &store{kept: map[string][]byte{}, left: n + 1, stop: stop}
		if _, err := work(ctx, s); n+1 < all && !errors.Is(err, context.Canceled) && !errors.Is(err, errEnd) {
			t.Errorf("stopped after %d: %v", n+1, err)
		}
		stop()
		s.again()
		same("stopped after", n+1, s, all-n-1, all-n-1)
	}
	return all
}
