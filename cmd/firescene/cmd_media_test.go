package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/forensics/media"
	"firescene/formats"
	"firescene/formats/dfxml"
	"firescene/formats/fat/fattest"
)

func mediaPhoto(t testing.TB, seed uint64, w, h int) []byte {
	rng := rand.New(rand.NewPCG(seed, 8))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i/50) + byte(rng.IntN(40))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mediaCard is a card with a live picture and its copy in free space, a deleted
// picture, a log, a picture of a formatted-over time and one inside other data.
func mediaCard(t testing.TB) (img []byte, truth map[string][]byte) {
	v := fattest.New(32, 3000)
	n := func(b []byte) int { return (len(b) + 511) / 512 }
	live, gone, lost, inner := mediaPhoto(t, 1, 400, 300), mediaPhoto(t, 2, 120, 80), mediaPhoto(t, 3, 90, 90), mediaPhoto(t, 4, 60, 40)
	log := []byte(strings.Repeat("10:20:30 报警 zone 3\n", 40))
	v.Mkdir("DCIM", 9)
	v.Put("DCIM/IMG_0001.JPG", live, fattest.Seq(10, n(live)))
	v.Put("DCIM/现场 照片.jpg", gone, fattest.Seq(300, n(gone)))
	v.Put("EVENT.LOG", log, fattest.Seq(400, n(log)))
	v.Delete("DCIM/现场 照片.jpg")
	copy(v.Image[v.Offset(1000):], live)
	copy(v.Image[v.Offset(1500):], lost)
	copy(v.Image[v.Offset(2000)+33:], inner)
	return v.Image, map[string][]byte{"files/DCIM/IMG_0001.JPG": live, "files/DCIM/现场 照片.jpg": gone, "files/EVENT.LOG": log, "lost": lost, "inner": inner}
}

func mediaFile(t testing.TB, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "card.img")
	if err := os.WriteFile(p, b, 0o444); err != nil {
		t.Fatal(err)
	}
	return p
}

func quiet(string, int64, int64) {}

func TestMediaRecover(t *testing.T) {
	img, truth := mediaCard(t)
	opts := mediaOptions{Image: mediaFile(t, img), Out: t.TempDir(), Exhibit: "E003", Workers: 2}
	sum, err := runMediaRecover(context.Background(), opts, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Items != 5 || len(sum.Failed) != 0 {
		t.Fatalf("%+v", sum)
	}
	items, err := readItems(filepath.Join(opts.Out, itemsFile))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, b := range truth {
		want[string(b)] = true
	}
	for i, it := range items {
		got, err := os.ReadFile(filepath.Join(opts.Out, filepath.FromSlash(it.File)))
		if err != nil {
			t.Fatal(err)
		}
		if exact, ok := truth[it.File]; ok && !bytes.Equal(got, exact) {
			t.Errorf("%s has other bytes", it.File)
		}
		if !want[string(got)] {
			t.Errorf("%s is none of the files on the card", it.File)
		}
		delete(want, string(got))
		for _, l := range it.Locators {
			var w bytes.Buffer
			if err := media.ReadLocator(bytes.NewReader(img), int64(len(img)), l, &w); err != nil || !bytes.Equal(w.Bytes(), got) {
				t.Errorf("locator %s does not lead back to %s: %v", l, it.File, err)
			}
		}
		if sha, _, _ := hashFile(filepath.Join(opts.Out, filepath.FromSlash(it.File))); sha != it.SHA256 {
			t.Errorf("%s: hash in the list is %s", it.File, it.SHA256)
		}
		if it.Type == "jpeg" {
			f, err := os.Open(filepath.Join(opts.Out, it.Thumb))
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := jpeg.DecodeConfig(f)
			f.Close()
			if err != nil || cfg.Width > thumbPx || cfg.Height > thumbPx {
				t.Errorf("thumbnail of %s: %+v, %v", it.File, cfg, err)
			}
		}
		if id := items[0].ID[:6] + "000" + string(rune('1'+i)); it.ID != id {
			t.Errorf("ID %s, want %s", it.ID, id)
		}
	}
	if len(want) != 0 {
		t.Errorf("%d files did not come back", len(want))
	}
	if items[0].Origin != forensics.FromLive || len(items[0].Locators) != 2 {
		t.Errorf("the copy in free space is no locator of the live file: %+v", items[0])
	}
	if last := items[4]; !strings.HasPrefix(last.File, "files/E003_") || !strings.Contains(last.Reason, "inside other data") {
		t.Errorf("picture inside other data went to %s", last.File)
	}
	checkStepAndDFXML(t, opts, sum, len(items))
}

func checkStepAndDFXML(t *testing.T, opts mediaOptions, sum mediaSummary, items int) {
	t.Helper()
	step, err := readStep(opts.Out)
	if err != nil || step.Params["sha256_before"] != sum.Hashes.SHA256 || step.Params["sha256_after"] != sum.Hashes.SHA256 || step.Out != items {
		t.Errorf("step %+v, %v", step, err)
	}
	f, err := os.Open(filepath.Join(opts.Out, dfxmlFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := dfxml.Read(f, formats.DefaultLimits())
	if err != nil || len(d.Files) != items || d.Files[0].ModTime != "2024-03-01T10:20:30" || len(d.Files[0].Runs) == 0 || len(d.Files[0].Hashes) != 2 {
		t.Errorf("DFXML: %+v, %v", d.Files, err)
	}
}

func TestMediaSameBytesWhateverTheWorkers(t *testing.T) {
	img, _ := mediaCard(t)
	path := mediaFile(t, img)
	var first []forensics.FileHash
	for _, workers := range []int{1, 2, 5} {
		out := t.TempDir()
		if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: out, Workers: workers}, quiet); err != nil {
			t.Fatal(err)
		}
		tree, err := hashTree(out)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = tree
		}
		if !reflect.DeepEqual(first, tree) {
			t.Errorf("%d workers gave other files", workers)
		}
	}
}

func TestMediaResumes(t *testing.T) {
	img, _ := mediaCard(t)
	opts := mediaOptions{Image: mediaFile(t, img), Out: t.TempDir(), Workers: 2}
	first, err := runMediaRecover(context.Background(), opts, quiet)
	if err != nil {
		t.Fatal(err)
	}
	again, err := runMediaRecover(context.Background(), opts, quiet)
	if err != nil || !again.Resumed || !reflect.DeepEqual(again.Counts, first.Counts) {
		t.Errorf("second run: %+v, %v", again, err)
	}
	opts.Force = true
	if again, err = runMediaRecover(context.Background(), opts, quiet); err != nil || again.Resumed {
		t.Errorf("forced run: resumed %v, %v", again.Resumed, err)
	}
	opts.Force = false
	if err := os.WriteFile(filepath.Join(opts.Out, "files", "EVENT.LOG"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err = runMediaRecover(context.Background(), opts, quiet); err != nil || again.Resumed {
		t.Errorf("a changed result was taken for finished: %v, %v", again.Resumed, err)
	}
	opts.CarveOnly = true
	if again, err = runMediaRecover(context.Background(), opts, quiet); err != nil || again.Resumed {
		t.Errorf("other parameters were taken for done: %v, %v", again.Resumed, err)
	}
}

// A run that is stopped anywhere leaves no result but its working folder, and the
// next one goes on from there to the same bytes as a run that was left alone.
func TestMediaGoesOn(t *testing.T) {
	img, _ := mediaCard(t)
	path := mediaFile(t, img)
	whole := t.TempDir()
	if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: whole, Workers: 2}, quiet); err != nil {
		t.Fatal(err)
	}
	want, err := hashTree(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct {
		stage string
		n     int
	}{{"carve", 1}, {"write", 1}, {"write", 3}, {"hash again", 1}} {
		ctx, stop := context.WithCancel(context.Background())
		out := t.TempDir()
		opts := mediaOptions{Image: path, Out: out, Workers: 2}
		seen := 0
		_, err := runMediaRecover(ctx, opts, func(stage string, _, _ int64) {
			if stage == at.stage {
				if seen++; seen == at.n {
					stop()
				}
			}
		})
		stop()
		left, _ := os.ReadDir(out)
		if !errors.Is(err, context.Canceled) || len(left) != 1 || left[0].Name() != workDir {
			t.Fatalf("stopped at %v: %v, left %v", at, err, left)
		}
		again := 0
		if _, err := runMediaRecover(context.Background(), opts, func(stage string, done, _ int64) {
			if stage == "write" {
				again++
			}
		}); err != nil {
			t.Fatal(err)
		}
		got, err := hashTree(out)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("stopped at %v and gone on: other files, %v", at, err)
		}
		if at.stage == "hash again" && again != 0 {
			t.Errorf("%d items were written again after all had been", again)
		}
	}
}

// Another image of the same size in the place of the one that an interrupted run
// worked on is noticed, and nothing of the first gets into the result.
func TestMediaAnotherImageAfterStop(t *testing.T) {
	img, _ := mediaCard(t)
	path := filepath.Join(t.TempDir(), "card.img")
	write := func(b []byte) {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(img)
	ctx, stop := context.WithCancel(context.Background())
	opts := mediaOptions{Image: path, Out: t.TempDir(), Workers: 2}
	_, err := runMediaRecover(ctx, opts, func(stage string, _, _ int64) {
		if stage == "hash again" {
			stop()
		}
	})
	stop()
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	other := bytes.Clone(img)
	at := bytes.Index(other, []byte("10:20:30"))
	copy(other[at:], "23:59:59")
	write(other)
	if _, err := runMediaRecover(context.Background(), opts, quiet); err == nil || !strings.Contains(err.Error(), "interrupted run") {
		t.Fatalf("the image was replaced: %v", err)
	}
	if _, err := runMediaRecover(context.Background(), opts, quiet); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(opts.Out, "files", "EVENT.LOG"))
	if err != nil || !bytes.HasPrefix(got, []byte("23:59:59")) {
		t.Errorf("%.20q, %v", got, err)
	}
}

// An image that changes while it is worked on is an error, and nothing of the
// result stays.
func TestMediaChangedEvidence(t *testing.T) {
	img, _ := mediaCard(t)
	path := filepath.Join(t.TempDir(), "live.img")
	if err := os.WriteFile(path, img, 0o644); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	_, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: out, Workers: 1}, func(stage string, _, _ int64) {
		if stage == "carve" {
			f, _ := os.OpenFile(path, os.O_WRONLY, 0)
			f.WriteAt([]byte{1}, int64(len(img)-1))
			f.Close()
		}
	})
	left, _ := os.ReadDir(out)
	if err == nil || !strings.Contains(err.Error(), "changed while") || len(left) != 0 {
		t.Errorf("%v, left %v", err, left)
	}
}

// Lists of known files mark and, when asked, leave out; the mark and the hash
// stay in the list of items.
func TestMediaKnown(t *testing.T) {
	img, truth := mediaCard(t)
	path := mediaFile(t, img)
	log := truth["files/EVENT.LOG"]
	sum5 := md5.Sum(log)
	for name, list := range map[string]string{
		"sha256sum": sha256Hex(log) + "  EVENT.LOG\n",
		"NSRL":      "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\"\n\"" + strings.Repeat("0", 40) + "\",\"" + strings.ToUpper(hex.EncodeToString(sum5[:])) + "\",\"00000000\",\"EVENT.LOG\"\n",
	} {
		known := filepath.Join(t.TempDir(), "known.txt")
		if err := os.WriteFile(known, []byte(list), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, skip := range []bool{false, true} {
			opts := mediaOptions{Image: path, Out: t.TempDir(), Known: []string{known}, SkipKnown: skip}
			if _, err := runMediaRecover(context.Background(), opts, quiet); err != nil {
				t.Fatal(err)
			}
			items, err := readItems(filepath.Join(opts.Out, itemsFile))
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				if (it.Known == "known.txt") != (it.Name == "EVENT.LOG") || (it.File == "") != (skip && it.Known != "") {
					t.Errorf("%s, skip %v: %+v", name, skip, it)
				}
			}
		}
	}
	if _, err := readKnown([]string{path}); err == nil {
		t.Error("an image was taken for a list of hashes")
	}
}

func TestMediaCommands(t *testing.T) {
	img, _ := mediaCard(t)
	path := mediaFile(t, img)
	exec := func(args ...string) (int, string, string) {
		var out, errOut bytes.Buffer
		status := execute(context.Background(), append([]string{"media", "-q", "--lang", "zh"}, args...), &out, &errOut)
		return status, out.String(), errOut.String()
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"info", path}, []string{"FAT32", "TESTCARD"}},
		{[]string{"hash", path}, []string{"SHA-256", "SM3", "MD5"}},
		{[]string{"list", path}, []string{"现存", "已删除", "DCIM/现场 照片.jpg", "2024-03-01 10:20:30"}},
		{[]string{"carve", path, "-o", t.TempDir()}, []string{"雕复", "完整"}},
	} {
		status, out, errOut := exec(c.args...)
		if status != exitDone {
			t.Errorf("%v: exit status %d, %s", c.args, status, errOut)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%v: %q is missing in\n%s", c.args, w, out)
			}
		}
	}
	status, out, _ := exec("list", path, "--json")
	var l mediaList
	if err := json.Unmarshal([]byte(out), &l); status != exitDone || err != nil || len(l.Items) != 3 {
		t.Errorf("list --json: %d, %v, %d items", status, err, len(l.Items))
	}
	if status, _, _ = exec("recover", path); status != exitUsage {
		t.Errorf("recover without -o: exit status %d", status)
	}
	if status, _, _ = exec("recover", path, "-o", t.TempDir(), "--exhibit", "a/b c"); status != exitUsage {
		t.Errorf("bad exhibit ID: exit status %d", status)
	}
}

func TestMediaBadInput(t *testing.T) {
	for name, b := range map[string][]byte{"text": []byte(strings.Repeat("not an image of a disk\n", 90)), "100 bytes": make([]byte, 100)} {
		sum, err := runMediaRecover(context.Background(), mediaOptions{Image: mediaFile(t, b), Out: t.TempDir()}, quiet)
		if err != nil || sum.Items != 0 || len(sum.Warnings) == 0 {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
	}
	for name, path := range map[string]string{"empty": mediaFile(t, nil), "folder": t.TempDir(), "missing": "no-such.img"} {
		if _, err := runMediaRecover(context.Background(), mediaOptions{Image: path, Out: t.TempDir()}, quiet); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSafePath(t *testing.T) {
	for in, want := range map[string]string{
		"DCIM/a.jpg": "DCIM/a.jpg", "../../etc/passwd": "etc/passwd", "/abs/x": "abs/x", "a/./b": "a/b", "..": "", "": "",
		"con.txt": "_con.txt", "LPT1": "_LPT1", `a\b:c*?.txt`: "a_b_c__.txt", "dot. ": "dot", "照片/一.jpg": "照片/一.jpg", "x\x00\x1fy": "x__y", "bad\xffutf": "bad_utf",
	} {
		if got := safePath(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	long := safePath(strings.Repeat("火", 300) + ".jpeg")
	if len(long) > 130 || !strings.HasSuffix(long, ".jpeg") {
		t.Errorf("long name: %d bytes %q", len(long), long)
	}
	if deep := safePath(strings.Repeat("a/", 400) + "b"); strings.Count(deep, "/") > 11 {
		t.Errorf("deep path: %q", deep)
	}
}

func TestUniqueNames(t *testing.T) {
	w := &mediaWriter{opts: mediaOptions{Exhibit: "E1"}, names: nameSet{}}
	named := func(n string) forensics.Item {
		return forensics.Item{Name: n, Type: "jpeg", Runs: []forensics.ByteRun{{OffsetB: 512}}}
	}
	seen := map[string]bool{}
	for _, n := range []string{"A.JPG", "a.jpg", "A.JPG", "D/x", "D", "d", "A.JPG/inner", "", "", "E1_000000000512.jpg"} {
		p := strings.ToLower(w.name(named(n), "files"))
		if seen[p] || !strings.HasPrefix(p, "files/") {
			t.Errorf("%q became %q again", n, p)
		}
		seen[p] = true
		for q := range seen {
			if strings.HasPrefix(p, q+"/") || strings.HasPrefix(q, p+"/") {
				t.Errorf("%q is a file and a folder: %q", p, q)
			}
		}
	}
}

func TestMediaItems(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for i := range 5000 {
		it := forensics.Item{ID: fmt.Sprintf("E1-I%04d", i+1), Type: []string{"jpeg", "png", "text"}[i%3], State: []forensics.ItemState{forensics.Whole, forensics.Partial}[i%2],
			Origin: forensics.FromCarving, Name: fmt.Sprintf("目录/f%d \"type\":\"png\".bin", i), Reason: `type "jpeg"`}
		if err := enc.Encode(it); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, itemsFile), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q     itemsQuery
		found int
		first string
	}{
		{itemsQuery{Count: 10}, 5000, "E1-I0001"}, {itemsQuery{Type: "png", Count: 10}, 1667, "E1-I0002"}, {itemsQuery{Type: "jpeg", State: "partial", Count: 3}, 833, "E1-I0004"},
		{itemsQuery{Name: "f499", From: 2, Count: 5}, 11, "E1-I4991"}, {itemsQuery{Origin: "live"}, 0, ""},
	} {
		c.q.Dir = dir
		s, err := runMediaItems(c.q)
		if err != nil || s.All != 5000 || s.Found != c.found || len(s.Items) > c.q.Count || c.first != "" && s.Items[0].ID != c.first {
			t.Errorf("%+v: %d of %d, %v, %v", c.q, s.Found, s.All, err, s.Items)
		}
	}
	if _, err := runMediaItems(itemsQuery{Dir: t.TempDir()}); err == nil {
		t.Error("a folder without a list is no error")
	}
}
