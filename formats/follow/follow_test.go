package follow

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func noise(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func TestText(t *testing.T) {
	log := []byte(strings.Repeat("2026-03-01 10:20:30 zone 4 smoke detector\n", 40))
	for _, at := range []int{0, 1, 63, 4096, 32<<10 - 60, 70000} {
		b := noise(100000)
		copy(b[at:], log[:200])
		if at > 0 {
			b[at-1] = 0
		}
		got := New(bytes.NewReader(b), int64(len(b))).Text(0, int64(len(b)))
		if got != int64(at) {
			t.Errorf("text at %d, found at %d", at, got)
		}
	}
	if got := New(bytes.NewReader(noise(4<<20)), 4<<20).Text(0, 4<<20); got >= 0 {
		t.Errorf("text in noise at %d", got)
	}
	if TextIn(bytes.Repeat([]byte("UUU"), 1000)) >= 0 {
		t.Error("a repeated code was taken for text")
	}
}

func TestAlien(t *testing.T) {
	b := noise(100000)
	look := func() int64 { return New(bytes.NewReader(b), int64(len(b))).Alien(100, 90000, 200000) }
	if got := look(); got != 90000 {
		t.Errorf("in noise: %d", got)
	}
	clear(b[70000:75000])
	if got := look(); got < 70000+zeroB-8 || got > 70000+zeroB {
		t.Errorf("zeros: %d", got)
	}
	copy(b[40000:], strings.Repeat("10:20:30 zone 4 smoke detector\n", 40))
	if got := look(); got < 40000+TextB-8 || got > 40000+TextB {
		t.Errorf("text: %d", got)
	}
}

// A cursor gives the same bytes as the reader, however it is moved.
func TestCursor(t *testing.T) {
	b := noise(300000)
	c := New(bytes.NewReader(b), int64(len(b)))
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		at, n := rng.IntN(len(b)), rng.IntN(maxB)
		got := c.PeekAt(int64(at), n)
		if at+n > len(b) {
			if got != nil {
				t.Fatalf("%d bytes at %d of %d", n, at, len(b))
			}
			continue
		}
		if !bytes.Equal(got, b[at:at+n]) {
			t.Fatalf("%d bytes at %d differ", n, at)
		}
		if x, err := c.ReadByte(); err != nil || x != b[at] {
			t.Fatalf("byte at %d: %d, %v", at, x, err)
		}
	}
	if c.Skip(1 << 40); c.At() != int64(len(b)) {
		t.Errorf("at %d", c.At())
	}
	if _, err := c.ReadByte(); err != io.EOF {
		t.Errorf("behind the end: %v", err)
	}
}

func TestInflate(t *testing.T) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	data := []byte(strings.Repeat("smoke ", 9000))
	w.Write(data)
	w.Close()
	coded := append(b.Bytes(), noise(5000)...)
	c := New(bytes.NewReader(coded), int64(len(coded)))
	var out bytes.Buffer
	if n, err := Inflate(c, &out, 1<<20); err != nil || n != int64(len(data)) || !bytes.Equal(out.Bytes(), data) || c.At() != int64(b.Len()) {
		t.Errorf("%d bytes, %v, end at %d of %d", n, err, c.At(), b.Len())
	}
	c.MoveTo(0)
	if _, err := Inflate(c, io.Discard, 100); !errors.Is(err, ErrTooLong) {
		t.Errorf("bound: %v", err)
	}
	c = New(bytes.NewReader(coded[:b.Len()/2]), 1<<20)
	if _, err := Inflate(c, io.Discard, 1<<20); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
}

type failing struct{}

var errDevice = errors.New("device error")

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDevice }

func TestReadError(t *testing.T) {
	c := New(failing{}, 1000)
	if c.Peek(4) != nil || !errors.Is(c.Err(), errDevice) {
		t.Error("a read error was lost")
	}
	if _, err := Inflate(c, io.Discard, 10); !errors.Is(err, errDevice) {
		t.Errorf("%v", err)
	}
}
