package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"strings"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

// writer makes PDF files section by section.
type writer struct {
	bytes.Buffer
	at   map[int]int // objects of the section being written
	xref int         // place of the last table
}

func begin() *writer {
	w := &writer{at: map[int]int{}}
	w.WriteString("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n")
	return w
}

func (w *writer) object(n int, body string) {
	w.at[n] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", n, body)
}

func stream(seed uint64, n int, length string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(followtest.Noise(seed, n))
	z.Write([]byte(strings.Repeat("0 0 m 100 100 l S\n", n/10)))
	z.Close()
	if length == "" {
		length = fmt.Sprint(b.Len())
	}
	return fmt.Sprintf("<< /Length %s /Filter /FlateDecode >>\nstream\n%s\nendstream", length, b.Bytes())
}

// table ends a section.
func (w *writer) table(prev string) {
	at := w.Len()
	w.WriteString("xref\n0 1\n0000000000 65535 f \n")
	for n, off := range w.at {
		fmt.Fprintf(w, "%d 1\n%010d 00000 n \n", n, off)
	}
	fmt.Fprintf(w, "trailer\n<< /Size 9 /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", prev, at)
	w.xref, w.at = at, map[int]int{}
}

func one(seed uint64, n int) *writer {
	w := begin()
	w.object(1, "<< /Type /Catalog /Pages 2 0 R /Note (a \\) string (with) < > endobj) >>")
	w.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >> % a comment")
	w.object(3, "<< /Type /Page /Contents [4 0 R 5 0 R] /ID <00ff> >>")
	w.object(4, stream(seed, n, ""))
	w.object(5, stream(seed+1, n, "6 0 R"))
	w.object(6, "1234")
	w.object(7, "<< /Length 11 >>\nstream\r\nhello world\r\nendstream")
	w.table("")
	return w
}

func updated() []byte {
	w := one(1, 3000)
	prev := w.xref
	w.object(3, "<< /Type /Page /Contents 4 0 R >>")
	w.table(fmt.Sprintf("/Prev %d", prev))
	return w.Bytes()
}

// linear makes what is checked of a linearised file: its length in the first
// object and a first section with a table that leads to the second.
func linear() []byte {
	build := func(total int) []byte {
		w := begin()
		w.object(9, fmt.Sprintf("<< /Linearized 1 /L %06d /H [ 1 2 ] /O 3 >>", total))
		w.WriteString("xref\n9 1\n0000000015 00000 n \ntrailer\n<< /Size 9 /Prev 99 >>\nstartxref\n0\n%%EOF\n")
		first := w.at
		w.at = map[int]int{}
		_ = first
		w.object(1, "<< /Type /Catalog >>")
		w.object(2, stream(5, 2000, ""))
		w.table("")
		return w.Bytes()
	}
	return build(len(build(0)))
}

func TestCheck(t *testing.T) {
	for name, b := range map[string][]byte{"one": one(1, 5000).Bytes(), "updated": updated(), "linear": linear()} {
		followtest.Whole(t, name, b, Check, Head)
		if name != "updated" { // which ends before its update, too
			followtest.Cuts(t, name, b[:len(b)-2], Check)
		}
	}
	if r, _ := Check(bytes.NewReader(linear()[:1000]), 1000); r.NeedB != int64(len(linear())) {
		t.Errorf("length of a linearised file: %+v", r)
	}
}

// Another file that follows at once is not taken in.
func TestTwo(t *testing.T) {
	a, b := one(1, 500).Bytes(), one(7, 900).Bytes()
	for _, next := range [][]byte{b, b[bytes.Index(b, []byte("1 0 obj")):]} {
		d := append(bytes.Clone(a), next...)
		if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State != follow.Whole || r.EndB != int64(len(a)) {
			t.Errorf("%+v, want the end at %d", r, len(a))
		}
	}
}

func TestForeign(t *testing.T) {
	b := one(3, 40000).Bytes()
	followtest.Splices(t, "one", b, Check, -1, 100, 4096, 40960, len(b)-300)
	for _, foreign := range followtest.Foreign(4096) {
		d := append(append(bytes.Clone(b[:40960]), foreign...), b[40960:]...)
		if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State == follow.Whole || r.FailB <= 40960 || r.SureB > 40960 {
			t.Errorf("foreign data in a stream: %+v", r)
		}
	}
	followtest.Decoys(t, b, Check, 9)
	wrong := bytes.Clone(b)
	copy(wrong[bytes.LastIndex(b, []byte("startxref"))+10:], "77777")
	if r, _ := Check(bytes.NewReader(wrong), int64(len(b))); r.State == follow.Whole {
		t.Errorf("a table that is not there: %+v", r)
	}
}

func TestPool(t *testing.T) {
	followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), "pdf", nil, Check, Head)
}

func FuzzCheck(f *testing.F) {
	f.Add(one(1, 20).Bytes())
	f.Add(updated())
	f.Add(linear())
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
