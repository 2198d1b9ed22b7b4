package carve

import (
	"context"
	"slices"
	"sync"
)

// carver is the work of one Run. Its workers scan windows ahead of the settled
// place and walk the candidates found; the settler takes the results in order.
type carver struct {
	ctx     context.Context
	src     Source
	opts    Options
	scanner *scanner
	windows int
	cache   windowCache

	mu      sync.Mutex
	change  *sync.Cond
	stopped bool
	next    int             // window to be scanned next
	behind  int             // windows before it are settled
	teed    int             // windows before it have been given to Tee
	results map[int]scanned // windows scanned, not yet asked for
	forTee  map[int]*window // windows read, not yet given to Tee
	queue   []*candidate    // to be walked, in order within a window
	pending int             // candidates scanned and not settled
	sizes   map[int]int     // candidates of a window
	claims  []claim         // proved parts of walked finds, settled or not
	walking []*candidate    // at this moment
}

type scanned struct {
	heads []candidate
	err   error
}

// claim is the proved part of a find, or what a walk of one says it to be.
type claim struct {
	off, end      int64
	holds, unsure bool
}

const (
	// aheadWindows bounds how far the scan runs ahead of what is settled.
	aheadWindows = 64
	// teeWindows bounds how many windows wait in memory for Tee.
	teeWindows = 6
	// maxPending bounds the candidates that wait.
	maxPending = 1 << 16
	// claimB is the size from which a find keeps workers from walking what is in
	// it ahead of time, and maxClaims how many such finds are remembered.
	claimB, maxClaims = 32 << 10, 64
	// Within shadowB behind a head that is being walked others wait for what comes of
	// it: most are inside. Workers look shadowHeads further meanwhile.
	shadowB, shadowHeads = 1 << 20, 256
)

func newCarver(ctx context.Context, src Source, opts Options) *carver {
	c := &carver{ctx: ctx, src: src, opts: opts, scanner: newScanner(opts),
		results: map[int]scanned{}, forTee: map[int]*window{}, sizes: map[int]int{}}
	c.change = sync.NewCond(&c.mu)
	c.windows = int(max(0, (src.SizeB-opts.StartB+windowB-1)/windowB))
	c.cache = windowCache{src: src, startB: opts.StartB, capacity: opts.Workers + 6}
	return c
}

func (c *carver) windowAt(i int) int64 { return c.opts.StartB + int64(i)*windowB }

// shut makes the workers return.
func (c *carver) shut() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.change.Broadcast()
}

// work walks what was found and scans on when there is nothing to walk.
func (c *carver) work() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var k *candidate
	for !c.stopped {
		switch {
		case c.take(&k):
			c.walkNow(k)
		case c.next < c.windows && c.next < c.behind+aheadWindows && c.pending < maxPending && (c.opts.Tee == nil || c.next < c.teed+teeWindows):
			i := c.next
			c.next++
			c.mu.Unlock()
			w, heads, err := c.scan(i)
			c.mu.Lock()
			c.results[i] = scanned{heads, err}
			c.sizes[i] = len(heads)
			c.pending += len(heads)
			for k := range heads {
				c.queue = append(c.queue, &heads[k])
			}
			if w != nil && c.opts.Tee != nil {
				c.forTee[i] = w
			}
			c.change.Broadcast()
		default:
			c.change.Wait()
		}
	}
}

// take finds the next candidate to walk that is likely to be needed. The lock is
// held.
func (c *carver) take(k **candidate) bool {
	for len(c.queue) > 0 && (c.queue[0].state != toWalk || c.claimed(c.queue[0])) {
		c.queue = c.queue[1:]
	}
	for _, *k = range c.queue[:min(len(c.queue), shadowHeads)] {
		if (*k).state == toWalk && !c.shadowed(*k) && !c.claimed(*k) {
			return true
		}
	}
	return false
}

// shadowed reports whether a candidate lies close behind one that is being walked.
// Like claimed, it saves work only.
func (c *carver) shadowed(k *candidate) bool {
	for _, w := range c.walking {
		if w.off < k.off && k.off-w.off < shadowB {
			return true
		}
	}
	return false
}

// walkNow walks a candidate and notes the result. The lock is held, but not while
// it walks.
func (c *carver) walkNow(k *candidate) {
	k.state = taken
	c.walking = append(c.walking, k)
	c.mu.Unlock()
	res := c.walk(k)
	c.mu.Lock()
	c.walking = slices.DeleteFunc(c.walking, func(w *candidate) bool { return w == k })
	k.res, k.state = res, walked
	if hard := res.find.hardB(); hard >= claimB {
		if len(c.claims) == maxClaims {
			c.claims = append(c.claims[:0], c.claims[1:]...)
		}
		c.claims = append(c.claims, claim{k.off, k.off + hard, res.find.holds(), res.find.unsure()})
	}
	c.change.Broadcast()
}

// claimed reports whether it is likely that a candidate will not be needed. It
// saves work only: the settler walks what turns out to be needed after all.
func (c *carver) claimed(k *candidate) bool {
	for _, x := range c.claims {
		if x.off < k.off && k.off < x.end && (!x.holds || !k.mayBePicture() && !(x.unsure && k.off%c.opts.SectorB == 0)) {
			return true
		}
	}
	return false
}

// scan reads and scans one window. The window is returned for Tee.
func (c *carver) scan(i int) (*window, []candidate, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, nil, err
	}
	at := c.windowAt(i)
	w, err := c.cache.load(i, at, c.opts.Tee != nil)
	if err != nil {
		return nil, nil, err
	}
	heads := c.scanner.window(w.b, at, min(len(w.b), windowB), i == 0, c.wanted)
	c.cache.release(w)
	return w, heads, nil
}

// scanned waits for the candidates of a window.
func (c *carver) scanned(i int) ([]candidate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if r, ok := c.results[i]; ok {
			delete(c.results, i)
			return r.heads, r.err
		}
		c.change.Wait()
	}
}

// settled tells that nothing of a window is waited for.
func (c *carver) settled(i int, end int64) {
	c.mu.Lock()
	c.behind = i + 1
	c.pending -= c.sizes[i]
	delete(c.sizes, i)
	keep := c.claims[:0]
	for _, x := range c.claims {
		if x.end > end {
			keep = append(keep, x)
		}
	}
	c.claims = keep
	c.mu.Unlock()
	c.change.Broadcast()
}

// result returns what came of a candidate and walks it if nobody did.
func (c *carver) result(k *candidate) *result {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.state == toWalk {
		c.walkNow(k)
	}
	for k.state != walked {
		c.change.Wait()
	}
	res := k.res
	k.res = nil
	return res
}

// skip marks a candidate as not needed.
func (c *carver) skip(k *candidate) {
	c.mu.Lock()
	if k.state == toWalk {
		k.state = taken
	}
	c.mu.Unlock()
}

// feedTee gives the windows to Tee in order.
func (c *carver) feedTee() {
	for i := range c.windows {
		c.mu.Lock()
		for c.forTee[i] == nil && !c.stopped {
			c.change.Wait()
		}
		w := c.forTee[i]
		delete(c.forTee, i)
		c.mu.Unlock()
		if w == nil {
			return
		}
		c.opts.Tee(w.b[:min(len(w.b), windowB)])
		c.cache.release(w)
		c.mu.Lock()
		c.teed = i + 1
		c.mu.Unlock()
		c.change.Broadcast()
	}
}

// teeDone waits until Tee has had the first windows.
func (c *carver) teeDone(windows int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.opts.Tee != nil && c.teed < windows {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		c.change.Wait()
	}
	return nil
}

// ReadAt reads the image for a walk, and fails once the run is cancelled.
func (c *carver) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.cache.readAt(p, off)
}
