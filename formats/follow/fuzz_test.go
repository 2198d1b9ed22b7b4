package follow

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"
)

// FuzzInflate follows any bytes as a deflate stream: it agrees with the library on
// what they hold, ends within them, and keeps to its bound.
func FuzzInflate(f *testing.F) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 6)
	w.Write(bytes.Repeat([]byte("smoke "), 100))
	w.Close()
	f.Add(b.Bytes(), uint16(600))
	f.Add(b.Bytes()[:9], uint16(5))
	f.Add([]byte{1, 4, 0, 0xFB, 0xFF, 'a', 'b', 'c', 'd'}, uint16(9))
	f.Fuzz(func(t *testing.T, coded []byte, most uint16) {
		var got bytes.Buffer
		c := New(bytes.NewReader(coded), int64(len(coded)))
		n, err := Inflate(c, &got, int64(most))
		if n != int64(got.Len()) || n > int64(most)+1 || c.At() > int64(len(coded)) {
			t.Fatalf("%d bytes, %d written, at %d of %d", n, got.Len(), c.At(), len(coded))
		}
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(coded)), int64(most)+1))
		if !bytes.Equal(want, got.Bytes()) || wantErr == nil && err != nil && err != ErrTooLong {
			t.Fatalf("%d bytes (%v), the library %d (%v)", n, err, len(want), wantErr)
		}
		c.Alien(0, int64(len(coded)), n)
	})
}
