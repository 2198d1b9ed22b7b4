package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"firescene/forensics/media"
)

// memoLine is a line of the journal of finished units of work. The first one names
// the image that they are of.
type memoLine struct {
	Key   string          `json:"k"`
	Value json.RawMessage `json:"v"`
	Sum   string          `json:"s"` // of both, so that damage is never taken for a result
}

func (l memoLine) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s", l.Key, l.Value)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// imageKey is the key of the first line.
const imageKey = "image"

// unitMemo keeps finished units of the long searches in the working folder; it is a
// memo.Store.
type unitMemo struct {
	mu   sync.Mutex
	j    *journal[memoLine]
	kept map[string]json.RawMessage
}

// openMemo reads what an earlier run has kept in a file of dir. What it kept of other
// images is dropped: of copied or changed ones, too, by their times.
func openMemo(im *media.Image, dir, name string) (*unitMemo, error) {
	type file struct{ SizeB, ModNS int64 }
	var of struct {
		Files  []file
		Unread media.Unread
	}
	for _, p := range im.Files {
		st, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		of.Files = append(of.Files, file{st.Size(), st.ModTime().UnixNano()})
	}
	of.Unread = im.Unread
	image, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	m := &unitMemo{kept: map[string]json.RawMessage{}}
	m.j, err = openJournal(filepath.Join(dir, name), func(l memoLine) bool {
		if l.Sum != l.sum() || len(m.kept) == 0 && (l.Key != imageKey || string(l.Value) != string(image)) {
			return false
		}
		m.kept[l.Key] = l.Value
		return true
	})
	if err == nil && len(m.kept) == 0 {
		if err = m.Put(imageKey, image); err != nil {
			m.close()
		}
	}
	return m, err
}

// Get returns what an earlier run kept.
func (m *unitMemo) Get(key string) ([]byte, bool) {
	v, ok := m.kept[key]
	return v, ok
}

// Put keeps a value at once.
func (m *unitMemo) Put(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := memoLine{Key: key, Value: value}
	l.Sum = l.sum()
	if err := m.j.add(l); err != nil {
		return err
	}
	return m.j.flush()
}

func (m *unitMemo) close() error { return m.j.close() }

// unitsFile keeps the long searches, firstFile and lastFile how far the passes over
// the whole image are, before and behind them.
const unitsFile, firstFile, lastFile = "memo.journal", "first.journal", "last.journal"

// pass lets a pass over the image go on from its last checkpoint.
func (m *unitMemo) pass(key string) media.Resume {
	from, _ := m.Get(key)
	kept := time.Now()
	return media.Resume{From: from, Keep: func(state func() ([]byte, error)) error {
		if time.Since(kept) < checkpointEvery {
			return nil
		}
		kept = time.Now()
		b, err := state()
		if err != nil {
			return err
		}
		return m.Put(key, b)
	}}
}
