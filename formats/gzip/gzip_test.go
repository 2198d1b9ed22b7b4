package gzip

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"os"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

func sample(t testing.TB, name string, n int) []byte {
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	w.Name = name
	for i := range n {
		fmt.Fprintf(w, "2026-03-01 10:%02d:%02d zone %d smoke detector %x\n", i/60%60, i%60, i%7, i*2654435761)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCheck(t *testing.T) {
	a, b := sample(t, "messages.1", 300), sample(t, "", 40)
	for name, d := range map[string][]byte{"one": a, "short": b, "members": append(bytes.Clone(a), b...)} {
		followtest.Whole(t, name, d, Check, Head)
	}
	followtest.Cuts(t, "one", a, Check)
	large := sample(t, "x", 20000)
	followtest.Splices(t, "one", large, Check, -1, 4096, 8192, 40960)
	followtest.Decoys(t, a, Check, 3)
	followtest.Decoys(t, a, Check, 10)
	flipped := bytes.Clone(a)
	flipped[len(a)-7] ^= 1
	if r, _ := Check(bytes.NewReader(flipped), int64(len(a))); r.State != follow.Damaged {
		t.Errorf("%+v", r)
	}
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "gzip", nil, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(sample(f, "a", 20))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
