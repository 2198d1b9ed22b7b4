package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/render/gl"
)

// TestSecondRunChangesNothing holds a run of a finished case to touching no byte,
// and a report that was lost to coming back the same.
func TestSecondRunChangesNothing(t *testing.T) {
	dir := copyCase(t)
	before, headBefore := fileSums(t, dir, isResult), verifyClean(t, dir).Head
	s, lines := again(t, dir)
	for name, l := range lines {
		if !l.Resumed {
			t.Errorf("%s was done again", name)
		}
	}
	sameSums(t, "second run", fileSums(t, dir, isResult), before)
	if s.Head != headBefore || verifyClean(t, dir).Head != headBefore {
		t.Errorf("the head of the log moved from %s to %s", headBefore, s.Head)
	}

	if err := os.RemoveAll(filepath.Join(dir, reportDir)); err != nil {
		t.Fatal(err)
	}
	_, lines = again(t, dir)
	for name, l := range lines {
		if l.Resumed != (name != "report") {
			t.Errorf("without the report: %s resumed is %v", name, l.Resumed)
		}
	}
	noStep := func(rel string) bool { return isResult(rel) && filepath.Base(rel) != stepFile } // holds the seconds
	want := maps.Clone(before)
	maps.DeleteFunc(want, func(rel, _ string) bool { return !noStep(rel) })
	sameSums(t, "report written again", fileSums(t, dir, noStep), want)
	verifyClean(t, dir)
}

// TestChangedResultIsMadeAgain changes one byte of a result: the next run must
// not take it for its own.
func TestChangedResultIsMadeAgain(t *testing.T) {
	dir := copyCase(t)
	name := filepath.Join(dir, timelineDir, timelineFile)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	put(t, name, b)
	if s := verified(t, dir); len(s.Changes) != 1 {
		t.Errorf("changes %+v, want the one", s.Changes)
	}
	_, lines := again(t, dir)
	for name, l := range lines {
		if l.Resumed == (name == "timeline") && name != "report" {
			t.Errorf("%s resumed is %v", name, l.Resumed)
		}
	}
	sameSums(t, "after the repair", fileSums(t, dir, isSame), fileSums(t, sampleCase(t), isSame))
	verifyClean(t, dir)
}

// TestKilledRunEndsTheSame runs the same evidence in another folder, with another
// number of workers, killing the run in every stage. After each kill the case
// opens, and in the end its results are those of the run that was left in peace.
func TestKilledRunEndsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole case")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs SIGKILL")
	}
	want := fileSums(t, sampleCase(t), isSame)
	dir := filepath.Join(t.TempDir(), "elsewhere")
	if err := newSampleCase(dir); err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, kill := range []struct {
		after string // the stage whose line is waited for; empty: none
		wait  time.Duration
	}{{"", 150 * time.Millisecond}, {"photos", 0}, {"scans", 200 * time.Millisecond}, {"simulate", 150 * time.Millisecond}, {"media", 0}, {"media", 20 * time.Millisecond}, {"test", 900 * time.Millisecond}, {"draw", 400 * time.Millisecond}} {
		if killRun(t, dir, kill.after, kill.wait) {
			killed++
		}
		for _, c := range verified(t, dir).Changes {
			// What an unfinished stage has written stands in no record yet.
			if c.Kind != "added" || c.What != "result" {
				t.Errorf("killed after %q: %s %s %s: %s", kill.after, c.Kind, c.What, c.Name, c.Why)
			}
		}
	}
	if killed < 5 {
		t.Errorf("only %d kills came before the run was done; the test shows little", killed)
	}
	cmd := command("run", dir, "--dense-side", "240", "--by", demoInvestigator, "--workers", "1", "--quiet", "--json")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.Run() // exit status 3: the sample holds bad photos
	var s runCaseSummary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil || cmd.ProcessState.ExitCode() != exitSomeFailed {
		t.Fatalf("exit status %d, %v: %s%s", cmd.ProcessState.ExitCode(), err, out.String(), errOut.String())
	}
	sameSums(t, "elsewhere", fileSums(t, dir, isSame), want)
	verifyClean(t, dir)
	compareReports(t, sampleCase(t), dir)
}

// killRun starts a run and kills it some time after a stage's line was printed.
// It reports whether the run was cut off.
func killRun(t *testing.T, dir, after string, wait time.Duration) bool {
	t.Helper()
	cmd := command("run", dir, "--dense-side", "240", "--by", demoInvestigator, "--workers", "1", "--quiet", "--lang", "en")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for after != "" && lines.Scan() && !strings.HasPrefix(lines.Text(), after) {
	}
	time.Sleep(wait)
	cmd.Process.Kill()
	io.Copy(io.Discard, out)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code == exitFailed || code == exitUsage {
		t.Fatalf("exit status %d before the kill after %q: %s", code, after, errOut.String())
	}
	return cmd.ProcessState.ExitCode() == -1
}

// compareReports allows two reports of the same evidence to differ in when the
// exhibits were added and work was done, in the hashes of the log that follow
// from that, and in where the files came from; in nothing else.
func compareReports(t *testing.T, a, b string) {
	t.Helper()
	attached := regexp.MustCompile(`data:application/json[^"]*`)
	decoded := func(url string) string {
		_, b64, _ := strings.Cut(url, ",")
		b, err := base64.StdEncoding.DecodeString(html.UnescapeString(b64))
		if err != nil {
			t.Errorf("an attachment can not be decoded: %v", err)
		}
		return string(b)
	}
	may := regexp.MustCompile(`\b[0-9a-f]{8,64}\b|20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?`)
	for _, name := range []string{"report.html", "report.en.html"} {
		var pages [2]string
		for i, dir := range []string{a, b} {
			page, err := os.ReadFile(filepath.Join(dir, reportDir, name))
			if err != nil {
				t.Fatal(err)
			}
			pages[i] = may.ReplaceAllString(attached.ReplaceAllStringFunc(string(page), decoded), "…")
		}
		one, two := strings.Split(pages[0], "\n"), strings.Split(pages[1], "\n")
		if len(one) != len(two) {
			t.Errorf("%s: %d and %d lines", name, len(one), len(two))
			continue
		}
		for i := range one {
			if one[i] != two[i] {
				t.Errorf("%s line %d:\n%.300s\n%.300s", name, i+1, one[i], two[i])
				break
			}
		}
	}
}

// runWithoutDrawing runs a case in a process that has no OpenGL.
func runWithoutDrawing(t *testing.T, dir string, wantStatus int) map[string]stageLine {
	t.Helper()
	cmd := command("run", dir, "--dense-side", "240", "--by", demoInvestigator, "--quiet", "--json")
	withoutDrawing(t, cmd)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.Run()
	var s runCaseSummary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil || cmd.ProcessState.ExitCode() != wantStatus {
		t.Fatalf("exit status %d, want %d, %v: %s%s", cmd.ProcessState.ExitCode(), wantStatus, err, out.String(), errOut.String())
	}
	return byStage(s.Stages)
}

// TestAnotherHypothesis adds a hypothesis to a finished case: only what depends
// on it is done again.
func TestAnotherHypothesis(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates four fires")
	}
	dir := copyCase(t)
	text, err := os.ReadFile(filepath.Join(shared.dir, "sample", "hypotheses", "H2.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	fourth := strings.Replace(string(text), "id: H2", "id: H4", 1)
	if fourth == string(text) {
		t.Fatal("the sample's H2 does not state its id as expected")
	}
	if status, _, stderr := run(t, "case", "add", dir, "hypothesis", writeText(t, t.TempDir(), "H4.yaml", fourth)); status != exitDone {
		t.Fatal(stderr)
	}
	untouched := func(rel string) bool { // what does not rest on hypotheses
		return isSame(rel) && (strings.HasPrefix(rel, "1") || strings.HasPrefix(rel, "4") || strings.HasPrefix(rel, "5"))
	}
	before := fileSums(t, dir, untouched)
	lines := runWithoutDrawing(t, dir, exitSomeFailed) // drawing takes the longest and is tested elsewhere
	redone := map[string]bool{"simulate": true, "test": true, "draw": true, "report": true}
	for name, l := range lines {
		if l.Resumed == redone[name] {
			t.Errorf("%s: resumed is %v", name, l.Resumed)
		}
	}
	sameSums(t, "with another hypothesis", fileSums(t, dir, untouched), before)
	if l := lines["simulate"]; l.In != 4 || l.Out != 4 {
		t.Errorf("simulate: %+v", l)
	}
	if page, err := os.ReadFile(filepath.Join(dir, reportDir, "report.en.html")); err != nil || !strings.Contains(string(page), "H4") {
		t.Errorf("the report does not name H4 (%v)", err)
	}
	verifyClean(t, dir)
}

// TestPicturesComeWhenTheyCanBeDrawn runs a case on a machine without OpenGL, and
// then on this one.
func TestPicturesComeWhenTheyCanBeDrawn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("takes OpenGL away through the loader of Linux")
	}
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(t.TempDir(), "case")
	for _, args := range [][]string{{"case", "init", dir}, {"case", "add", dir, "scan", smallRoomPLY(t)}} {
		if status, _, stderr := run(t, args...); status != exitDone {
			t.Fatal(stderr)
		}
	}
	l := runWithoutDrawing(t, dir, exitDone)["draw"]
	if l.In != 1 || l.Out != 0 || len(l.Warnings) == 0 || !strings.Contains(l.Warnings[0], "drawing:") || !strings.Contains(l.Warnings[0], "libegl") {
		t.Errorf("a machine without OpenGL drew, or does not say what to install: %+v", l)
	}
	head := verifyClean(t, dir).Head
	if l := runWithoutDrawing(t, dir, exitDone)["draw"]; !l.Resumed || verifyClean(t, dir).Head != head {
		t.Error("a second run that can not draw changed something")
	}
	c, err := gl.NewContext()
	if err != nil {
		t.Skip(err)
	}
	c.Close()
	if _, lines := again(t, dir); lines["draw"].Resumed || lines["draw"].Out != 1 {
		t.Errorf("pictures that can be drawn now were not: %+v", lines["draw"])
	}
	pictures := fileSums(t, dir, func(rel string) bool { return filepath.Ext(rel) == ".png" })
	if l := runWithoutDrawing(t, dir, exitDone)["draw"]; !l.Resumed || len(pictures) != len(reportLanguages) {
		t.Errorf("%d pictures; the machine that can not draw took them away: %+v", len(pictures), l)
	}
	sameSums(t, "without OpenGL", fileSums(t, dir, func(rel string) bool { return filepath.Ext(rel) == ".png" }), pictures)
	verifyClean(t, dir)
}

// TestStageThatWasNotRecorded stands for a kill in the moment between a stage's
// step.json and its entry in the custody log.
func TestStageThatWasNotRecorded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, stderr := run(t, "case", "init", dir); status != exitDone {
		t.Fatal(stderr)
	}
	c, err := casefile.Open(t.Context(), dir, casefile.Options{By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &stageRun{c: c, report: quiet}
	want := forensics.Step{Stage: "timeline", Params: map[string]string{"a": "b"}}
	works := 0
	stage := func(ctx context.Context, stop context.CancelFunc) error {
		got, err := runStage(ctx, r, timelineDir, want, func(_ context.Context, dir string, _ *forensics.Step) (int, error) {
			works++
			stop()
			return 42, writeFile(filepath.Join(dir, "out.txt"), []byte("out"))
		})
		if err == nil && got != 42 {
			t.Errorf("result %d", got)
		}
		return err
	}
	cut, stop := context.WithCancel(t.Context())
	if err := stage(cut, stop); !errors.Is(err, context.Canceled) {
		t.Fatalf("a stage that was cut off gave %v", err)
	}
	if _, recorded, _ := c.Step(t.Context(), timelineDir); recorded {
		t.Fatal("it was recorded; the test shows nothing")
	}
	if err := stage(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
	if works != 1 {
		t.Errorf("the work was done %d times", works)
	}
	verifyClean(t, dir)
	before, err := r.head(t.Context())
	if err := errors.Join(err, stage(t.Context(), func() {})); err != nil {
		t.Fatal(err)
	}
	if after, _ := r.head(t.Context()); after != before || works != 1 {
		t.Errorf("a third run wrote to the log, or worked: %d", works)
	}
}

// TestWriteTrouble tells a disk that fails from evidence that is damaged.
func TestWriteTrouble(t *testing.T) {
	out := filepath.Join("case", "40-items", "E001")
	for _, tc := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("x: %w", &fs.PathError{Op: "write", Path: filepath.Join(out, "a"), Err: fs.ErrPermission}), true},
		{&os.LinkError{Op: "rename", Old: filepath.Join("elsewhere", "a"), New: filepath.Join(out, "b"), Err: fs.ErrPermission}, true},
		{&casefile.FullError{Doing: "copy", Path: "x"}, true},
		{&fs.PathError{Op: "open", Path: filepath.Join("case", "00-evidence", "E001-a.dd"), Err: fs.ErrNotExist}, false},
		{&fs.PathError{Op: "open", Path: filepath.Join("case", "40-items", "E0012", "a"), Err: fs.ErrNotExist}, false},
		{errors.New("damaged"), false},
	} {
		if got := writeTrouble(tc.err, out); got != tc.want {
			t.Errorf("%v: %v", tc.err, got)
		}
	}
}
