package main

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/formats/e57"
)

// commandLimit is how long a command may take over a small bad input before it
// counts as hanging. It is wide, for busy machines.
const commandLimit = 90 * time.Second

// runLimited is run for input that might make a command hang or panic.
func runLimited(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	type outcome struct {
		status   int
		out, err string
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		o := outcome{status: -1}
		defer func() {
			o.panicked = recover()
			done <- o
		}()
		o.status, o.out, o.err = run(t, args...)
	}()
	select {
	case o := <-done:
		if o.panicked != nil {
			t.Fatalf("firescene %s: panic: %v", strings.Join(args, " "), o.panicked)
		}
		return o.status, o.out + o.err
	case <-time.After(commandLimit):
		t.Fatalf("firescene %s: still running after %v", strings.Join(args, " "), commandLimit)
	}
	return 0, ""
}

// badInputs writes one file of every kind of bad input to a folder.
func badInputs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"empty", "photos"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	files, _ := burntRoomPhotos()
	for name, b := range files {
		put(t, filepath.Join(dir, "photos", name), b)
	}
	img, _, err := image.Decode(bytes.NewReader(files["b.jpg"]))
	must(t, err)
	var asPNG bytes.Buffer
	must(t, png.Encode(&asPNG, img))
	put(t, filepath.Join(dir, "photos", "b.jpg"), asPNG.Bytes())
	put(t, filepath.Join(dir, "photos", "cut.jpg"), files["c.jpg"][:len(files["c.jpg"])/2])

	must(t, replaceFile(filepath.Join(dir, "none.e57"), func(f *os.File) error {
		_, err := e57.Write(f, []e57.ScanSource{{Next: wall(0, 0)}}, e57.Options{})
		return err
	}))
	raw, err := os.ReadFile(makeE57(t, dir, "changed.e57"))
	must(t, err)
	raw[3*1024+50] ^= 0x55
	put(t, filepath.Join(dir, "changed.e57"), raw)
	raw[10] ^= 0x55
	put(t, filepath.Join(dir, "head.e57"), raw)
	truncate(t, makeLAS(t, dir, "short.las", 1000), 26*300+1)
	makePLY(t, dir, "good.ply", 100)
	put(t, filepath.Join(dir, "text.ply"), []byte("these are field notes\n"))

	put(t, filepath.Join(dir, "text.img"), []byte(strings.Repeat("not an image of a disk\n", 90)))
	put(t, filepath.Join(dir, "tiny.img"), make([]byte, 100))
	put(t, filepath.Join(dir, "nothing"), nil)
	put(t, filepath.Join(dir, "noise.bin"), asPNG.Bytes()[40:2000])

	good := fireYAML("H1", 1, 1)
	for name, change := range map[string][2]string{
		"good.yaml": {"", ""}, "unknown.yaml": {"duration_s", "duration_min"}, "negative.yaml": {"peak_kW: 600", "peak_kW: -600"},
		"nan.yaml": {"peak_kW: 600", "peak_kW: .nan"}, "inf.yaml": {"alpha_kW_s2: 0.0117", "alpha_kW_s2: .inf"}, "cut.yaml": {"]", ""},
	} {
		writeText(t, dir, name, strings.Replace(good, change[0], change[1], 1))
	}
	writeText(t, dir, "deep.yaml", "id: "+strings.Repeat("[", 100_000))
	return dir
}

// TestBadInput gives every command what it can not use. Each says what is wrong
// and where, with the exit status of the contract, and takes the rest.
func TestBadInput(t *testing.T) {
	in := badInputs(t)
	out := filepath.Join(t.TempDir(), "out")
	for _, tc := range []struct {
		args   string
		status int
		says   []string
	}{
		{"photos IN/empty -o OUT", exitFailed, []string{"holds no photos", "next:"}},
		{"cloud info IN/empty", exitFailed, []string{"is a folder"}},
		{"cloud convert IN/empty -o OUT.ply", exitFailed, []string{"is a folder"}},
		{"media recover IN/empty -o OUT", exitFailed, []string{"is a folder"}},
		{"media info IN/empty", exitFailed, []string{"is a folder"}},
		{"logs IN/empty -o OUT.jsonl", exitFailed, []string{"has no file in it"}},
		{"fire simulate IN/empty -o OUT", exitFailed, []string{"it is a folder", "name the YAML files"}},
		{"render IN/empty -o OUT.png", exitFailed, []string{"firescene run"}},
		{"demo --out IN/photos", exitFailed, []string{"not empty", "--out"}},
		{"photos IN/nowhere -o OUT", exitFailed, []string{"no such file"}},
		{"cloud info IN/nowhere.e57", exitFailed, []string{"no such file"}},
		{"media recover IN/nowhere.dd -o OUT", exitFailed, []string{"no such file"}},
		{"logs IN/nowhere.log -o OUT.jsonl", exitFailed, []string{"no such file"}},
		{"fire simulate IN/nowhere.yaml -o OUT", exitFailed, []string{"no such file"}},

		{"photos IN/photos -o OUT", exitSomeFailed, []string{"cut.jpg: JPEG: damaged", "b.jpg: the content is PNG", "1 input(s) failed"}},
		{"photos IN/text.ply IN/nothing -o OUT", exitFailed, []string{"neither JPEG, PNG", "the file is empty", "at least 2"}},

		{"cloud info IN/none.e57", exitDone, []string{"0 points read"}},
		{"cloud convert IN/none.e57 -o OUT.ply", exitFailed, []string{"no points"}},
		{"cloud info IN/changed.e57", exitSomeFailed, []string{`scan 1 "kitchen"`, "checksum of page 3", "3000 points read", "--ignore-checksums"}},
		{"cloud info --ignore-checksums IN/changed.e57", exitSomeFailed, []string{"5000 points read", "3000 points read", "in spite of a wrong checksum"}},
		{"cloud info IN/head.e57", exitFailed, []string{"E57: damaged", "--ignore-checksums"}},
		{"cloud info IN/short.las IN/good.ply", exitSomeFailed, []string{"699 points read, 1000 claimed", "cut off", "100 points read"}},
		{"cloud info IN/text.ply", exitFailed, []string{"text.ply", "the name says PLY"}},
		{"cloud info IN/nothing", exitFailed, []string{"empty"}},
		{"cloud convert IN/short.las IN/text.ply -o OUT.ply", exitSomeFailed, []string{"699 points", "cut off", "text.ply"}},
		{"render IN/text.ply -o OUT.png", exitFailed, []string{"text.ply", "the name says PLY"}},
		{"render IN/none.e57 -o OUT.png", exitFailed, []string{"no points"}},

		{"media recover IN/text.img -o OUT", exitSomeFailed, []string{"0 item(s)", "nothing was found in it", "image of a storage medium"}},
		{"media recover IN/tiny.img -o OUT", exitSomeFailed, []string{"100 bytes are no image of a medium"}},
		{"media recover IN/nothing -o OUT", exitFailed, []string{"is empty"}},
		{"media list IN/text.img", exitDone, []string{"no partition table"}},
		{"media info IN/nothing", exitFailed, []string{"is empty"}},
		{"logs IN/noise.bin -o OUT.jsonl", exitFailed, []string{"not text"}},
		{"logs IN/text.img -o OUT.jsonl", exitFailed, []string{"no time found"}},
		{"logs IN/nothing -o OUT.jsonl", exitFailed, []string{"nothing"}},

		{"fire simulate IN/unknown.yaml -o OUT", exitFailed, []string{"unknown.yaml", "line 14", "duration_min", "unknown field"}},
		{"fire simulate IN/negative.yaml -o OUT", exitFailed, []string{"negative.yaml", "line 10", "peak_kW", "-600"}},
		{"fire simulate IN/nan.yaml -o OUT", exitFailed, []string{"nan.yaml", "line 10", "peak_kW"}},
		{"fire simulate IN/inf.yaml -o OUT", exitFailed, []string{"inf.yaml", "line 10", "alpha_kW_s2"}},
		{"fire simulate IN/cut.yaml -o OUT", exitFailed, []string{"cut.yaml", "line"}},
		{"fire simulate IN/deep.yaml -o OUT", exitFailed, []string{"deep.yaml"}},
		{"fire simulate IN/good.ply -o OUT", exitFailed, []string{"good.ply", "line 1"}},
		{"fire simulate IN/nothing -o OUT", exitFailed, []string{"nothing"}},
		{"fire simulate IN/good.yaml IN/negative.yaml IN/nan.yaml -o OUT", exitSomeFailed, []string{"H1", "2 input(s) failed", "negative.yaml", "nan.yaml"}},

		{"run IN/photos", exitFailed, []string{"is not a case", "firescene case init"}},
		{"run IN/nowhere", exitFailed, []string{"is not a case"}},
		{"run IN/photos --camera 1,2", exitUsage, []string{"fx,fy,cx,cy"}},
		{"run IN/photos --scale a=b", exitUsage, []string{"NAME=NAME:METRES"}},
		{"report IN/photos -o OUT", exitFailed, []string{"is not a case"}},
		{"trace IN/photos", exitFailed, []string{"is not a case"}},
		{"case verify IN/photos", exitFailed, []string{"is not a case"}},
		{"case show IN/good.ply", exitFailed, []string{"is not a case"}},
		{"case add IN/photos photo IN/photos", exitFailed, []string{"is not a case"}},
		{"case init IN/good.ply", exitFailed, []string{"good.ply", "is a file"}},
	} {
		args := strings.Fields("--lang en -q " + tc.args)
		for i, a := range args {
			args[i] = strings.Replace(strings.Replace(a, "IN/", in+string(filepath.Separator), 1), "OUT", out, 1)
		}
		status, said := runLimited(t, args...)
		if status != tc.status {
			t.Errorf("firescene %s: exit status %d, want %d:\n%s", tc.args, status, tc.status, said)
		}
		for _, w := range tc.says {
			if !strings.Contains(said, w) {
				t.Errorf("firescene %s does not say %q:\n%s", tc.args, w, said)
			}
		}
		if strings.Contains(said, "goroutine") || strings.Contains(said, "%!") || strings.Contains(said, "<no value>") {
			t.Errorf("firescene %s speaks to programmers:\n%s", tc.args, said)
		}
	}
}

// TestBadCase gives the commands cases that they must not touch.
func TestBadCase(t *testing.T) {
	made := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", made); status != exitDone {
		t.Fatal(stderr)
	}
	photo := writeText(t, t.TempDir(), "a.jpg", "a")
	edit := func(change func(db []byte) []byte) string {
		dir := filepath.Join(t.TempDir(), "case")
		must(t, os.CopyFS(dir, os.DirFS(made)))
		db, err := os.ReadFile(filepath.Join(dir, "case.db"))
		must(t, err)
		put(t, filepath.Join(dir, "case.db"), change(db))
		return dir
	}
	for name, tc := range map[string]struct{ dir, says string }{
		"of a newer version": {edit(func(db []byte) []byte { db[63] = 99; return db }), "case version 99"}, // user_version, SQLite file format 1.3.15
		"another database":   {edit(func(db []byte) []byte { copy(db[68:72], "GPKG"); return db }), "not a case"},
		"no database":        {edit(func(db []byte) []byte { return bytes.Repeat([]byte("notes "), 2000) }), "damaged"},
		"cut off":            {edit(func(db []byte) []byte { return db[:len(db)/2] }), "damaged"},
		"empty":              {edit(func([]byte) []byte { return nil }), "interrupted"},
	} {
		kept := func(rel string) bool { return name != "cut off" || !strings.HasPrefix(rel, "case.db-") } // SQLite's own, of a database that it can not close
		before := fileSums(t, tc.dir, kept)
		for _, args := range [][]string{{"run", tc.dir}, {"case", "show", tc.dir}, {"case", "log", tc.dir}, {"case", "verify", tc.dir}, {"case", "add", tc.dir, "photo", photo}, {"report", tc.dir, "-o", t.TempDir()}, {"trace", tc.dir}} {
			status, said := runLimited(t, append(args, "--lang", "en", "-q")...)
			if status != exitFailed || !strings.Contains(said, tc.says) {
				t.Errorf("%s: firescene %s: exit status %d, does not say %q:\n%s", name, strings.Join(args, " "), status, tc.says, said)
			}
		}
		sameSums(t, name, fileSums(t, tc.dir, kept), before)
	}
}

// TestLookingWritesNothing: what only reads a case leaves its folder as it was.
func TestLookingWritesNothing(t *testing.T) {
	dir := copyCase(t)
	everything := func(string) bool { return true }
	before := fileSums(t, dir, everything)
	for _, args := range [][]string{{"case", "show", dir}, {"case", "log", dir}, {"case", "verify", dir, "-q"}, {"trace", dir}, {"trace", dir, "F001"}, {"report", dir, "-o", t.TempDir()}} {
		if status, said := runLimited(t, args...); status != exitDone {
			t.Errorf("firescene %s: %d, %s", strings.Join(args, " "), status, said)
		}
		sameSums(t, strings.Join(args, " "), fileSums(t, dir, everything), before)
	}
}

// TestStopped: Ctrl-C ends a command with words, in either language.
func TestStopped(t *testing.T) {
	file := makePLY(t, t.TempDir(), "a.ply", 100)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for lang, want := range map[string]string{"en": "firescene: stopped; ", "zh": "firescene: 已停止"} {
		var out, errOut bytes.Buffer
		if status := execute(ctx, []string{"cloud", "info", file, "--lang", lang}, &out, &errOut); status != exitFailed || !strings.HasPrefix(errOut.String(), want) {
			t.Errorf("%s: exit status %d: %s", lang, status, errOut.String())
		}
	}
}

// TestRunWithoutFont says what to install, and does so before hours of work.
func TestRunWithoutFont(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", dir); status != exitDone {
		t.Fatal(stderr)
	}
	if status, _, stderr := run(t, "case", "add", dir, "scan", makePLY(t, t.TempDir(), "a.ply", 100)); status != exitDone {
		t.Fatal(stderr)
	}
	before := fileSums(t, dir, isResult)
	for name, content := range map[string][]byte{"absent.ttf": nil, "empty.ttf": {}, "text.ttf": []byte("not a font, but long enough to be read as a table of one")} {
		font := filepath.Join(t.TempDir(), name)
		if content != nil {
			put(t, font, content)
		}
		t.Setenv("FIRESCENE_FONT", font)
		status, said := runLimited(t, "run", dir, "--lang", "en", "-q")
		if status != exitFailed || !strings.Contains(said, "FIRESCENE_FONT") || !strings.Contains(said, name) || !strings.Contains(said, "fonts-lxgw-wenkai") {
			t.Errorf("%s: exit status %d: %s", name, status, said)
		}
		sameSums(t, "run without a font", fileSums(t, dir, isResult), before)
	}
}

// TestRunOfBadEvidence runs a case of which almost nothing is good: every stage
// goes on, and what failed is in the summary and in the report.
func TestRunOfBadEvidence(t *testing.T) {
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	in := badInputs(t)
	for i, name := range []string{"dark1.jpg", "dark2.jpg", "dark3.jpg"} {
		var b bytes.Buffer
		must(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 320+i, 240)), nil))
		put(t, filepath.Join(in, name), b.Bytes())
	}
	writeText(t, in, "changed.e57.log", strings.Repeat("no time in any of these lines\n", 20))
	gone := writeText(t, in, "gone.log", "2026-03-14 21:00:00 alarm\n2026-03-14 21:00:05 alarm\n")
	writeText(t, in, "obs.yaml", "observations:\n  - {id: O1, kind: arrival, target: SD1, sigma_s: 2, event: {contains: no such line}}\n")
	dir := filepath.Join(t.TempDir(), "case")
	for _, args := range []string{
		"case init CASE", "case add CASE photo IN/dark1.jpg IN/dark2.jpg IN/dark3.jpg IN/photos/cut.jpg IN/text.ply", "case add CASE scan IN/noise.bin IN/short.las IN/changed.e57 IN/none.e57",
		"case add CASE media IN/text.img IN/nothing", "case add CASE log IN/changed.e57.log", "case add CASE log IN/gone.log --reference", "case add CASE hypothesis IN/good.yaml", "case add CASE observation IN/obs.yaml",
	} {
		a := strings.Fields(args)
		for i := range a {
			a[i] = strings.Replace(strings.Replace(a[i], "CASE", dir, 1), "IN/", in+string(filepath.Separator), 1)
		}
		if status, said := runLimited(t, a...); status != exitDone {
			t.Fatalf("firescene %s: %d, %s", args, status, said)
		}
	}
	must(t, os.Remove(gone))
	lines := runWithoutDrawing(t, dir, exitSomeFailed)
	page, err := os.ReadFile(filepath.Join(dir, reportDir, "report.en.html"))
	if err != nil {
		page, err = os.ReadFile(filepath.Join(dir, reportDir, "report.html"))
	}
	must(t, err)
	for _, want := range []struct{ stage, input, reason string }{
		{"photos", "cut.jpg", "damaged"}, {"photos", "text.ply", "neither JPEG, PNG"}, {"photos", "dark1.jpg", "features"}, {"photos", "photos", "no model"},
		{"scans", "noise.bin", ""}, {"scans", "short.las", "cut off"}, {"scans", "changed.e57", "checksum"},
		{"media E010", "text.img", "nothing was found"}, {"media E011", "nothing", "empty"},
		{"timeline", "changed.e57.log", "time"}, {"timeline", "gone.log", "no such file"}, {"test", "O1", "no event contains"},
	} {
		l, ok := lines[want.stage]
		i := slices.IndexFunc(l.Failed, func(f forensics.Failure) bool {
			return strings.Contains(f.Input, want.input) && strings.Contains(f.Reason, want.reason)
		})
		if !ok || i < 0 {
			t.Errorf("%s: %s is not listed with %q: %+v", want.stage, want.input, want.reason, l.Failed)
			continue
		}
		if f := l.Failed[i]; strings.Contains(f.Input+f.Reason, dir) || strings.Contains(f.Input, in) {
			t.Errorf("%s: the failure speaks of a path, not of an exhibit: %+v", want.stage, f)
		}
		if !strings.Contains(string(page), want.input) || !strings.Contains(string(page), want.reason) {
			t.Errorf("the report does not list %s with %q", want.input, want.reason)
		}
	}
	if l := lines["scans"]; l.Out == 0 {
		t.Errorf("the readable scans were lost with the others: %+v", l)
	}
	if l := lines["simulate"]; l.Out != 1 {
		t.Errorf("simulate: %+v", l)
	}
	v := verified(t, dir)
	if len(v.Changes) != 1 || v.Changes[0].Kind != "missing" {
		t.Errorf("verify names %+v, want the one log that is gone", v.Changes)
	}
	for name, l := range runWithoutDrawing(t, dir, exitSomeFailed) {
		if !l.Resumed || len(l.Failed) != len(lines[name].Failed) {
			t.Errorf("second run: %s: resumed %v, %d failed, %d at first", name, l.Resumed, len(l.Failed), len(lines[name].Failed))
		}
	}
}

// TestEmptyCaseGivesAReport: a case without evidence is no error, and its report
// says so.
func TestEmptyCaseGivesAReport(t *testing.T) {
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", dir); status != exitDone {
		t.Fatal(stderr)
	}
	if status, said := runLimited(t, "run", dir, "-q"); status != exitDone {
		t.Fatalf("exit status %d: %s", status, said)
	}
	if _, err := os.Stat(filepath.Join(dir, reportDir, "report.pdf")); err != nil {
		t.Error(err)
	}
	verifyClean(t, dir)
}
