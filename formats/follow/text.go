package follow

// TextB is how long a run of text must be to count. Coded data does not hold one:
// each byte is text with a chance of three in eight. Bytes of the coded data before
// it may be taken for its beginning.
const TextB = 128

// TextIn returns where the first long run of text begins in coded data, which
// holds none, or -1. A run of few different bytes does not count: codes repeat.
func TextIn(b []byte) int {
	for i := TextB / 2; i < len(b); i += TextB / 2 {
		if !text[b[i]] {
			continue
		}
		from, to := i, i+1
		for from > 0 && text[b[from-1]] {
			from--
		}
		for to < len(b) && text[b[to]] {
			to++
		}
		if to-from >= TextB && varied(b[from:from+TextB]) {
			return from
		}
		i = max(i, to-TextB/2)
	}
	return -1
}

// varied reports whether at least eight different bytes occur.
func varied(b []byte) bool {
	var seen [256]bool
	n := 0
	for _, x := range b {
		if !seen[x] {
			seen[x] = true
			n++
		}
	}
	return n >= 8
}

// text are the bytes of text.
var text = func() (t [256]bool) {
	for i := ' '; i <= '~'; i++ {
		t[i] = true
	}
	t['\n'], t['\r'], t['\t'] = true, true, true
	return t
}()

// zeroB is how long a run of zeros must be to be suspect in coded data that is not
// valid. In valid data it can stand for an empty part of a picture.
const zeroB = 1024

// emptyRatio is from which ratio on coded data is taken to hold empty parts.
const emptyRatio = 12

// Alien looks in [from, to) of the cursor, in which coded data turned out to be
// not valid, for what most likely made it so: a run of text or of zeros. It returns
// a place before which that begins, at most to, or to when there is none. outB is
// how much the data inflated to: where that is far more than the data, zeros are
// the code of something empty. The cursor is moved.
func (c *Cursor) Alien(from, to, outB int64) int64 {
	to = min(to, c.size)
	end := to
	if at := c.Text(from, to); at >= 0 {
		end = min(end, at+TextB)
	}
	if outB > emptyRatio*(to-from) {
		return end
	}
	run := 0
	for c.MoveTo(from); c.At() < end; {
		b := c.Ahead(int(min(32<<10, end-c.At())))
		if len(b) == 0 {
			break
		}
		for i, x := range b {
			if run++; x != 0 {
				run = 0
			}
			if run == zeroB {
				return c.At() + int64(i) + 1
			}
		}
		c.Skip(int64(len(b)))
	}
	return end
}

// Text looks for a long run of text in [from, to) of the cursor, which holds coded
// data, and returns where it begins, or -1. The cursor is moved.
func (c *Cursor) Text(from, to int64) int64 {
	for c.MoveTo(from); c.At() < to; {
		at := c.At()
		b := c.Peek(int(min(32<<10, to-at)))
		if b == nil {
			b = c.Ahead(int(min(32<<10, to-at)))
		}
		if len(b) < TextB {
			return -1
		}
		if i := TextIn(b); i >= 0 {
			return at + int64(i)
		}
		if at+int64(len(b)) >= to {
			return -1
		}
		c.Skip(int64(len(b) - TextB + 1))
	}
	return -1
}
