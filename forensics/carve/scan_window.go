package carve

import (
	"errors"
	"io"
	"sync"
)

// windowCache keeps the windows read last, so that walks need not read again
// what the scan has read.
type windowCache struct {
	src      Source
	startB   int64
	capacity int

	mu     sync.RWMutex
	recent []*window // in order of index
	free   [][]byte
}

// window is a piece of the image in memory, with headRoomB of the next one.
type window struct {
	index int
	b     []byte
	uses  int // guarded by the cache's lock
}

// load reads a window. The caller releases it, twice if again is set.
func (k *windowCache) load(index int, at int64, again bool) (*window, error) {
	k.mu.Lock()
	var b []byte
	if n := len(k.free); n > 0 {
		b, k.free = k.free[n-1], k.free[:n-1]
	}
	k.mu.Unlock()
	if b == nil {
		b = make([]byte, windowB+headRoomB)
	}
	b = b[:min(windowB+headRoomB, k.src.SizeB-at)]
	n, err := k.src.R.ReadAt(b, at)
	if err != nil && !(errors.Is(err, io.EOF) && n == len(b)) {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	w := &window{index: index, b: b, uses: 2}
	if again {
		w.uses++
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	i := len(k.recent)
	for i > 0 && k.recent[i-1].index > index {
		i--
	}
	k.recent = append(k.recent[:i], append([]*window{w}, k.recent[i:]...)...)
	if len(k.recent) > k.capacity {
		k.drop(k.recent[0])
		k.recent = append(k.recent[:0], k.recent[1:]...)
	}
	return w, nil
}

func (k *windowCache) release(w *window) {
	k.mu.Lock()
	k.drop(w)
	k.mu.Unlock()
}

// drop gives up one use of a window. The lock is held.
func (k *windowCache) drop(w *window) {
	if w.uses--; w.uses == 0 {
		k.free = append(k.free, w.b[:cap(w.b)])
		w.b = nil
	}
}

// readAt reads from the windows in memory what they hold, the rest from the
// image.
func (k *windowCache) readAt(p []byte, off int64) (int, error) {
	n := 0
	k.mu.RLock()
	for off >= k.startB && n < len(p) {
		i := int((off - k.startB) / windowB)
		var w *window
		for _, x := range k.recent {
			if x.index == i {
				w = x
			}
		}
		if w == nil {
			break
		}
		in := int((off - k.startB) % windowB)
		if in >= len(w.b) {
			break
		}
		m := copy(p[n:], w.b[in:])
		n, off = n+m, off+int64(m)
	}
	k.mu.RUnlock()
	if n == len(p) {
		return n, nil
	}
	m, err := k.src.R.ReadAt(p[n:], off)
	return n + m, err
}
