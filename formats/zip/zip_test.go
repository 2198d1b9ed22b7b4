package zip

import (
	stdzip "archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"testing"

	"firescene/formats/follow"
	"firescene/formats/follow/followtest"
)

// build makes an archive: names with a leading '=' are stored with their lengths
// before them, others deflated with a record behind.
func build(t testing.TB, comment string, names ...string) []byte {
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	for i, name := range names {
		text := []byte(strings.Repeat("zone 4 smoke detector alarm ", 20*(i+1)))
		text = append(text, followtest.Noise(uint64(i), 900*i)...)
		if name == "=mimetype" {
			text = []byte("application/vnd.oasis.opendocument.text")
		}
		var f io.Writer
		var err error
		if strings.HasPrefix(name, "=") {
			h := &stdzip.FileHeader{Name: name[1:], Method: stdzip.Store, CRC32: crc32.ChecksumIEEE(text), CompressedSize64: uint64(len(text)), UncompressedSize64: uint64(len(text))}
			f, err = w.CreateRaw(h)
		} else {
			f, err = w.Create(name)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Write(text)
	}
	w.SetComment(comment)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCheck(t *testing.T) {
	for kind, b := range map[string][]byte{
		"":     build(t, "from the scene", "a.txt", "=b.txt", "sub/", "sub/c.txt"),
		"docx": build(t, "", "[Content_Types].xml", "_rels/.rels", "word/document.xml"),
		"xlsx": build(t, "", "=[Content_Types].xml", "xl/workbook.xml"),
		"odt":  build(t, "", "=mimetype", "content.xml"),
		"apk":  build(t, "", "AndroidManifest.xml", "META-INF/MANIFEST.MF"),
		"jar":  build(t, "", "META-INF/MANIFEST.MF", "a.class"),
	} {
		followtest.Whole(t, kind, b, Check, Head)
		followtest.Cuts(t, kind, b, Check)
		if r, _ := Check(bytes.NewReader(b), int64(len(b))); r.Kind != kind || r.Depth != follow.Sums {
			t.Errorf("kind %q: %+v", kind, r)
		}
	}
}

// A second archive behind the first is no part of it, and its directory is not
// taken for the first one's.
func TestTwo(t *testing.T) {
	a, b := build(t, "", "a.txt", "b.txt"), build(t, "", "c.txt", "d.txt")
	followtest.Whole(t, "first", a, Check, Head)
	r, _ := Check(bytes.NewReader(append(bytes.Clone(a), b...)), 1<<20)
	if r.State != follow.Whole || r.EndB != int64(len(a)) {
		t.Errorf("%+v", r)
	}
	cd := bytes.Index(a, []byte("PK\x01\x02"))
	r, _ = Check(bytes.NewReader(append(bytes.Clone(a[:cd]), b[bytes.Index(b, []byte("PK\x01\x02")):]...)), 1<<20)
	if r.State == follow.Whole || r.SureB != int64(cd) {
		t.Errorf("a foreign directory: %+v", r)
	}
}

func TestForeign(t *testing.T) {
	names := []string{"a", "b", "c", "=d", "e", "f", "g", "h", "=i", "j", "k", "l"}
	b := build(t, "", names...)
	followtest.Splices(t, "many", b, Check, -1, 4096, 12288, 20480, len(b)-100)
	next := bytes.LastIndex(b[:len(b)/2], []byte("PK\x03\x04"))
	r, _ := Check(bytes.NewReader(append(bytes.Clone(b[:next]), make([]byte, 5000)...)), 1<<20)
	if r.SureB != int64(next) || r.FailB != int64(next)+4 {
		t.Errorf("foreign data behind a member at %d: %+v", next, r)
	}
	followtest.Decoys(t, b, Check, 10)
	followtest.Decoys(t, b, Check, 31)
}

// A member that inflates to far more than its header states ends the walk.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	f, _ := w.Create("zeros")
	f.Write(make([]byte, 32<<20))
	w.Close()
	d := b.Bytes()
	le.PutUint16(d[6:], 0)
	le.PutUint32(d[18:], uint32(bytes.Index(d, []byte("PK\x07\x08")))-35)
	le.PutUint32(d[22:], 1000)
	if r, _ := Check(bytes.NewReader(d), int64(len(d))); r.State != follow.Damaged || !strings.Contains(r.Reason, "more") {
		t.Errorf("%+v", r)
	}
}

func TestPool(t *testing.T) {
	for _, kind := range []string{"zip", "docx"} {
		followtest.Pool(t, os.DirFS("../../../shared/data/media-pool"), kind, nil, Check, Head)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(build(f, "x", "a", "=b", "word/c"))
	f.Fuzz(func(t *testing.T, b []byte) { followtest.Bounds(t, b, Check) })
}
