// Package memo lets long work that was cut off go on without doing its finished
// units again. A unit is a pure function of what its key names and of the evidence,
// so that a kept result is the one that working it again would give, wherever the
// earlier run ended and in whatever order the units are done.
package memo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Store keeps the results of finished units by their keys, for one image and one
// version of the program. Whoever runs the work keeps it, drops it when image or
// version are others, and gives back only what is exactly as it was put. It is used
// by several goroutines at a time.
type Store interface {
	// Get returns what was put for a key; ok is false when nothing was.
	Get(key string) (value []byte, ok bool)
	// Put keeps a value. An error of it ends the work, as an ErrStore.
	Put(key string, value []byte) error
}

// ErrStore says that the work was ended by its store, not by the evidence.
var ErrStore = errors.New("finished work can not be kept")

// Key names a unit: the kind of work, and all that decides its result beside the
// evidence. Parts are told apart by their JSON; it returns "", which keeps nothing,
// when one of them has none.
func Key(kind string, parts ...any) string {
	b, err := json.Marshal(append([]any{kind}, parts...))
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Do returns the result of a unit: the one that s keeps for its key, or else that
// of work, which s then keeps as JSON. A value that can not be decoded is worked
// anew. What JSON would change, what ends with an error and what was cut off by ctx
// is not kept. key is not called when s is nil.
func Do[T any](ctx context.Context, s Store, key func() string, work func() (T, error)) (T, error) {
	k := ""
	if s != nil {
		k = key()
	}
	if k != "" {
		if b, ok := s.Get(k); ok {
			if v, ok := decode[T](b); ok {
				return v, nil
			}
		}
	}
	v, err := work()
	if err == nil {
		err = ctx.Err() // work that was cut off may have ended as if nothing was found
	}
	if err != nil || k == "" {
		return v, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return v, nil
	}
	if again, ok := decode[T](b); !ok || !reflect.DeepEqual(again, v) {
		return v, nil
	}
	if err := s.Put(k, b); err != nil {
		return v, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return v, nil
}

func decode[T any](b []byte) (v T, ok bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return v, d.Decode(&v) == nil && !d.More()
}
