package recover

import (
	"bytes"
	"context"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/fat"
	"firescene/formats/fat/fattest"
)

func photo(t testing.TB, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	m := image.NewRGBA(image.Rect(0, 0, 180, 120))
	for i := range m.Pix {
		m.Pix[i] = byte(i/30) + byte(rng.IntN(50))
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func noise(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func clusters(b []byte) int { return (len(b) + 511) / 512 }

func list(t *testing.T, img []byte, at int64, unread media.Unread) map[string]forensics.Item {
	t.Helper()
	r := io.NewSectionReader(bytes.NewReader(img), at, int64(len(img))-at)
	vol, err := fat.Open(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	items, err := FAT(context.Background(), vol, bytes.NewReader(img), Options{Exhibit: "E007", OffsetB: at, Unread: unread, Limits: formats.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]forensics.Item{}
	for _, it := range items {
		out[it.Name] = it.Item
	}
	return out
}

func content(img []byte, it forensics.Item) []byte {
	var b []byte
	for _, r := range it.Runs {
		b = append(b, img[r.OffsetB:r.OffsetB+r.LengthB]...)
	}
	return b
}

// TestStates lays out one file of every fate and checks what is said of each.
func TestStates(t *testing.T) {
	v := fattest.New(32, 4000)
	p := make([][]byte, 8)
	for i := range p {
		p[i] = photo(t, uint64(i))
	}
	logText := []byte(strings.Repeat("2024-03-01 10:20:30 探测器 12 报警\n", 60))
	n := clusters(p[1])
	put := func(name string, data []byte, list []uint32, del bool) {
		v.Put(name, data, list)
		if del {
			v.Delete(name)
		}
	}
	put("LIVE.JPG", p[0], append(fattest.Seq(10, 3), fattest.Seq(100, clusters(p[0])-3)...), false)
	put("EVENTS.LOG", logText, fattest.Seq(200, clusters(logText)), false)
	put("contiguous gone.jpg", p[1], fattest.Seq(300, n), true)
	put("round a live file.jpg", p[2], append(fattest.Seq(500, 4), fattest.Seq(506, clusters(p[2])-4)...), true)
	put("BLOCK.BIN", noise(1, 1024), fattest.Seq(504, 2), false)
	put("two fragments.jpg", p[3], append(fattest.Seq(800, 5), fattest.Seq(825, clusters(p[3])-5)...), true)
	copy(v.Image[v.Offset(805):], noise(2, 20*512)) // what lay in the gap
	put("overwritten.jpg", p[4], fattest.Seq(1200, clusters(p[4])), true)
	copy(v.Image[v.Offset(1206):], noise(3, 512*clusters(p[4])))
	put("replaced.jpg", p[5], fattest.Seq(1500, clusters(p[5])), true)
	copy(v.Image[v.Offset(1500):], noise(4, 512*clusters(p[5])))
	put("under a live file.dat", noise(5, 5*512), fattest.Seq(1800, 5), true)
	put("USER.BIN", noise(6, 512), []uint32{1803}, false)
	put("GONE.BIN", noise(7, 3*512), fattest.Seq(1900, 3), true)
	put("RIVAL1.BIN", noise(8, 4*512), fattest.Seq(2000, 4), true)
	put("RIVAL2.BIN", noise(9, 4*512), fattest.Seq(2002, 4), true)
	put("nothing left.dat", noise(10, 512), []uint32{2100}, true)
	put("OWNER.BIN", noise(11, 512), []uint32{2100}, false)
	put("EMPTY.TXT", nil, nil, false)

	const at = 4096 // the volume need not begin at 0
	img := append(noise(0, at), v.Image...)
	got := list(t, img, at, nil)
	for _, c := range []struct {
		name, typ string
		origin    forensics.ItemOrigin
		state     forensics.ItemState
		content   []byte // nil: not compared
		minC      float64
		maxC      float64
		reason    string
	}{
		{"LIVE.JPG", "jpeg", forensics.FromLive, forensics.Whole, p[0], 1, 1, "chain"},
		{"EVENTS.LOG", "text", forensics.FromLive, forensics.Whole, logText, 1, 1, ""},
		{"EMPTY.TXT", "data", forensics.FromLive, forensics.Whole, nil, 1, 1, ""},
		{"contiguous gone.jpg", "jpeg", forensics.FromDeleted, forensics.Whole, p[1], 0.95, 1, "free and follow"},
		{"round a live file.jpg", "jpeg", forensics.FromDeleted, forensics.Whole, p[2], 0.8, 0.95, "round"},
		{"two fragments.jpg", "jpeg", forensics.FromDeleted, forensics.Whole, p[3], 0.8, 0.9, "2 fragments"},
		{"overwritten.jpg", "jpeg", forensics.FromDeleted, forensics.Partial, nil, 0.1, 0.5, "does not hold together"},
		{"replaced.jpg", "data", forensics.FromDeleted, forensics.Fragment, nil, 0, 0.2, "does not begin as its name says"},
		{"under a live file.dat", "data", forensics.FromDeleted, forensics.Partial, noise(5, 5*512)[:3*512], 0.2, 0.5, "live file uses"},
		{"_ONE.BIN", "data", forensics.FromDeleted, forensics.Whole, noise(7, 3*512), 0.5, 0.8, "no check"},
		{"_IVAL1.BIN", "data", forensics.FromDeleted, forensics.Partial, nil, 0.1, 0.4, "_IVAL2.BIN"},
		{"_IVAL2.BIN", "data", forensics.FromDeleted, forensics.Partial, nil, 0.1, 0.4, "_IVAL1.BIN"},
		{"nothing left.dat", "data", forensics.FromDeleted, forensics.Fragment, nil, 0, 0, "nothing of it is left"},
	} {
		it, ok := got[c.name]
		if !ok {
			t.Errorf("%s is missing", c.name)
			continue
		}
		if it.Type != c.typ || it.Origin != c.origin || it.State != c.state || it.Confidence < c.minC || it.Confidence > c.maxC || !strings.Contains(it.Reason, c.reason) {
			t.Errorf("%s: %s %s %s %.2f %q", c.name, it.Type, it.Origin, it.State, it.Confidence, it.Reason)
		}
		if c.content != nil && !bytes.Equal(content(img, it), c.content) {
			t.Errorf("%s: other bytes, runs %v", c.name, it.Runs)
		}
		if len(it.Runs) > 0 && (len(it.Locators) != 1 || it.Locators[0].Exhibit != "E007") {
			t.Errorf("%s: locators %v", c.name, it.Locators)
		}
		if it.SizeB != int64(len(content(img, it))) {
			t.Errorf("%s: size %d, runs hold %d", c.name, it.SizeB, len(content(img, it)))
		}
	}
	if over := got["overwritten.jpg"]; over.SizeB < 5*512 || over.SizeB > 6*512+4096 {
		t.Errorf("the overwritten picture is kept to byte %d; it is right to %d", over.SizeB, 6*512)
	}
	if tm := got["LIVE.JPG"].Times; len(tm) != 3 || tm[0].Raw != "2024-03-01 10:20:30" {
		t.Errorf("times %v", tm)
	}
}

func TestUnreadSectors(t *testing.T) {
	v := fattest.New(16, 4200)
	v.Put("A.JPG", photo(t, 1), fattest.Seq(10, clusters(photo(t, 1))))
	hole := media.Unread{{OffsetB: int64(v.Offset(12)), LengthB: 1024}}
	it := list(t, v.Image, 0, hole)["A.JPG"]
	if it.State != forensics.Partial || it.UnreadB != 1024 || !strings.Contains(it.Reason, "1024 bytes") {
		t.Errorf("%+v", it)
	}
}

func TestCancel(t *testing.T) {
	v := fattest.New(32, 100)
	vol, err := fat.Open(bytes.NewReader(v.Image), int64(len(v.Image)))
	if err != nil {
		t.Fatal(err)
	}
	v.Put("A.TXT", []byte("x"), []uint32{5})
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := FAT(ctx, vol, bytes.NewReader(v.Image), Options{Limits: formats.DefaultLimits()}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestSniff(t *testing.T) {
	gbk := []byte("\xbb\xf0\xd4\xd6\xb1\xa8\xbe\xaf zone 3\r\n")
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"utf-8", "text", []byte("火灾报警 12:00\n")}, {"utf-8 cut in a character", "text", []byte("火灾")[:5]}, {"gbk", "text", gbk},
		{"ascii", "text", []byte("a,b\n1,2\n")}, {"zeros", "data", make([]byte, 100)}, {"noise", "data", noise(1, 400)}, {"empty", "data", nil},
		{"jpeg", "jpeg", photo(t, 1)[:200]},
	} {
		if got := Sniff(nil, c.b); c.name != "jpeg" && got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
