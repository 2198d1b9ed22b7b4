package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
)

// workStore keeps finished parts of a reconstruction (the features of a photo,
// the matches of pairs, a depth map) as files in the working folder, so that a
// run that was cut off goes on from there. Keys name the part with all that
// decides it: what is kept for another photo or setting is never taken. A file
// that is not as it was written counts as missing. It is used by several
// goroutines at a time.
type workStore struct {
	dir string
	mu  sync.Mutex
	got int // parts taken over
	put int // parts kept
}

// openWorkStore keeps parts in dir, which is made when the first one is kept.
func openWorkStore(dir string) *workStore { return &workStore{dir: dir} }

func (s *workStore) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16]))
}

// Get returns what was kept for a key; ok is false when nothing was, or when it
// is damaged.
func (s *workStore) Get(key string) (value []byte, ok bool) {
	b, err := os.ReadFile(s.path(key))
	if err != nil || len(b) < sha256.Size {
		return nil, false
	}
	value = b[sha256.Size:]
	if sum := sumOfPart(key, value); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil, false
	}
	s.mu.Lock()
	s.got++
	s.mu.Unlock()
	return value, true
}

// Put keeps a value.
func (s *workStore) Put(key string, value []byte) error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "part-*.tmp")
	if err != nil {
		return err
	}
	sum := sumOfPart(key, value)
	_, err = f.Write(sum[:])
	if err == nil {
		_, err = f.Write(value)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), s.path(key))
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	s.mu.Lock()
	s.put++
	s.mu.Unlock()
	return nil
}

func sumOfPart(key string, value []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(key))
	h.Write([]byte{0})
	h.Write(value)
	return [sha256.Size]byte(h.Sum(nil))
}

// remove deletes all that is kept, and the folder around it when nothing else is
// in it.
func (s *workStore) remove() error {
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(s.dir)) // refused while it holds anything
	return nil
}
