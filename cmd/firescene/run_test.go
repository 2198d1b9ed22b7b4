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
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/render/gl"
	"firescene/samples"
)

// commandEnv makes the test binary the command itself, so that a run can be
// killed, be another user's, or lack what this process has.
const commandEnv = "FIRESCENE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		main()
	}
	status := m.Run()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(status)
}

// command is the program as another process.
func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), commandEnv+"=1")
	return cmd
}

// withoutDrawing takes OpenGL from a command: the vendor-neutral loader then
// finds no driver.
func withoutDrawing(t *testing.T, cmd *exec.Cmd) {
	none := t.TempDir()
	cmd.Env = append(cmd.Env, "__EGL_VENDOR_LIBRARY_DIRS="+none, "__EGL_VENDOR_LIBRARY_FILENAMES="+filepath.Join(none, "none.json"))
}

// shared is the small sample with a case made of it and run once, for every test
// of the package. Tests change copies of it only.
var shared struct {
	once   sync.Once
	dir    string
	truth  *samples.Truth
	run    runCaseSummary
	stages []stageLine // as told while the run went on
	err    error
}

const sampleSeed = 1

// sampleCase returns the folder with the sample and its finished case.
func sampleCase(t *testing.T) string {
	t.Helper()
	if _, err := findFonts(); err != nil {
		t.Skip(err)
	}
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "firescene-run-"); shared.err != nil {
			return
		}
		ctx := context.Background()
		sample, dir := filepath.Join(shared.dir, "sample"), filepath.Join(shared.dir, "case")
		if shared.truth, shared.err = samples.WriteWith(ctx, sample, sampleSeed, samples.Small(), nil); shared.err != nil {
			return
		}
		if shared.err = newSampleCase(dir); shared.err != nil {
			return
		}
		shared.run, shared.err = runCase(ctx, runOptions{Case: dir, By: demoInvestigator, DenseSidePx: 240, Workers: 2, done: func(l stageLine) { shared.stages = append(shared.stages, l) }}, quiet)
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return filepath.Join(shared.dir, "case")
}

// newSampleCase puts the sample's files into a new case that has not been run.
func newSampleCase(dir string) error {
	return makeDemoCase(context.Background(), dir, filepath.Join(shared.dir, "sample"), shared.truth, demoOptions{Lang: "zh", Workers: 2}, quiet)
}

// copyCase copies the finished case, as moving it to another disk would.
func copyCase(t *testing.T) string {
	t.Helper()
	from, to := sampleCase(t), filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// again runs a case in this process and returns what each stage did.
func again(t *testing.T, dir string) (runCaseSummary, map[string]stageLine) {
	t.Helper()
	s, err := runCase(t.Context(), runOptions{Case: dir, By: demoInvestigator, DenseSidePx: 240, Workers: 1}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s, byStage(s.Stages)
}

func byStage(lines []stageLine) map[string]stageLine {
	out := map[string]stageLine{}
	for _, l := range lines {
		out[l.Stage] = l
	}
	return out
}

// fileSums are the hashes of the files below a folder, or of those that keep
// takes.
func fileSums(t *testing.T, dir string, keep func(rel string) bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		if rel = filepath.ToSlash(rel); keep(rel) {
			out[rel], _, err = hashFile(p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// isResult takes everything that the stages leave.
func isResult(rel string) bool {
	return rel[0] >= '1' && rel[0] <= '6' && strings.Contains(rel, "/")
}

// isSame takes the results that must not depend on when, where and with how many
// workers a case was run: all but the record of the seconds, and the report,
// which prints when exhibits were added.
func isSame(rel string) bool {
	return isResult(rel) && filepath.Base(rel) != stepFile && (!strings.HasPrefix(rel, reportDir+"/") || filepath.Base(rel) == findingsFile)
}

// sameSums reports the files that differ between two folders.
func sameSums(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch sum, ok := got[name]; {
		case !ok:
			t.Errorf("%s: %s is missing", what, name)
		case sum != want[name]:
			t.Errorf("%s: %s differs", what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s is new", what, name)
		}
	}
}

func verified(t *testing.T, dir string) caseVerifySummary {
	t.Helper()
	s, err := runCaseVerify(t.Context(), caseVerifyOptions{dir: dir}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verifyClean(t *testing.T, dir string) caseVerifySummary {
	t.Helper()
	s := verified(t, dir)
	for _, c := range s.Changes {
		t.Errorf("%s: %s %s %s: %s", dir, c.Kind, c.What, c.Name, c.Why)
	}
	return s
}

// TestRunOfTheSample goes from evidence to report and looks at every stage.
func TestRunOfTheSample(t *testing.T) {
	dir := sampleCase(t)
	lines := byStage(shared.stages)
	bad := len(shared.truth.BadPhotos)
	for stage, want := range map[string]struct{ in, atLeast, atMost int }{
		"photos": {len(shared.truth.Photos) + bad, 2, len(shared.truth.Photos)}, "scans": {3, 3, 20}, "survey": {3, 0, 20}, "simulate": {3, 3, 3}, "media E009": {1, len(shared.truth.Disk) / 2, 3 * len(shared.truth.Disk)},
		"timeline": {11, 50, 1000}, "test": {8, 8, 8}, "draw": {6, 0, 6}, "report": {-1, 20, 200},
	} {
		l, ok := lines[stage]
		if !ok {
			t.Errorf("no line of stage %s", stage)
			continue
		}
		if want.in >= 0 && l.In != want.in || l.Out < want.atLeast || l.Out > want.atMost || l.Resumed {
			t.Errorf("%s: %d in, %d out, resumed %v; want %d in and %d to %d out", stage, l.In, l.Out, l.Resumed, want.in, want.atLeast, want.atMost)
		}
	}
	var order []string
	for i, l := range shared.stages {
		order = append(order, l.Stage)
		if l.Stage != shared.run.Stages[i].Stage {
			t.Errorf("stage %d was told as %s and is summed up as %s", i, l.Stage, shared.run.Stages[i].Stage)
		}
	}
	if want := []string{"photos", "scans", "join", "survey", "simulate", "media E009", "timeline", "test", "draw", "report"}; !slices.Equal(order, want) {
		t.Errorf("stages %q, want %q", order, want)
	}
	for name := range shared.truth.BadPhotos {
		if !slices.ContainsFunc(shared.run.failures(), func(f forensics.Failure) bool { return strings.Contains(f.Input, name) && f.Reason != "" }) {
			t.Errorf("%s is not among the failed inputs %+v", name, shared.run.failures())
		}
	}
	if head := verifyClean(t, dir).Head; head != shared.run.Head {
		t.Errorf("the run gave the head %s, the log has %s", shared.run.Head, head)
	}
}

func TestReportFilesOfTheSample(t *testing.T) {
	dir := sampleCase(t)
	var names []string
	for _, p := range shared.run.Report {
		names = append(names, filepath.Base(p))
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{".pdf": "%PDF-1.", ".html": "<!DOCTYPE html>"}[filepath.Ext(p)]; !bytes.HasPrefix(b, []byte(want)) || len(b) < 20_000 {
			t.Errorf("%s: %d bytes, begins with %q", p, len(b), b[:min(20, len(b))])
		}
	}
	if want := []string{"report.pdf", "report.html", "report.en.pdf", "report.en.html"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	for lang, words := range map[string][]string{"zh": {"检材", "火灾", "E009"}, "en": {"Exhibits", "hypothes", "E009"}} {
		out := t.TempDir()
		if status, _, stderr := run(t, "--lang", lang, "report", dir, "-o", out); status != exitDone {
			t.Fatalf("report in %s: %s", lang, stderr)
		}
		page, err := os.ReadFile(filepath.Join(out, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range words {
			if !strings.Contains(string(page), w) {
				t.Errorf("the report in %s does not contain %q", lang, w)
			}
		}
	}
}

// TestFindingsTraceToBytes walks from every sentence of the report to evidence.
func TestFindingsTraceToBytes(t *testing.T) {
	dir := sampleCase(t)
	all, err := runTrace(t.Context(), traceOptions{Case: dir}, "en")
	if err != nil || len(all.Findings) < 20 {
		t.Fatalf("%d findings, %v", len(all.Findings), err)
	}
	for _, f := range all.Findings {
		if f.Text["zh"] == "" || f.Text["en"] == "" || f.Text["zh"] == f.Text["en"] {
			t.Errorf("%s (%s) says %q and %q", f.ID, f.Key, f.Text["zh"], f.Text["en"])
		}
		traced, err := runTrace(t.Context(), traceOptions{Case: dir, Finding: f.ID}, "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, failed := range traced.failures() {
			t.Errorf("%s (%s): %s: %s", f.ID, f.Key, failed.Input, failed.Reason)
		}
		to := traced.Findings[0].To
		if len(to) == 0 {
			t.Errorf("%s (%s) leads to no bytes: %s", f.ID, f.Key, f.Text["en"])
		}
		for _, b := range to {
			if !b.Intact || b.SHA256 == "" || b.SizeB <= 0 {
				t.Errorf("%s (%s): %s leads to %d bytes of %s, intact %v", f.ID, f.Key, b.Locator, b.SizeB, b.Exhibit, b.Intact)
			}
		}
	}
	if status, _, stderr := run(t, "trace", dir, "F999"); status != exitFailed || !strings.Contains(stderr, "F001 to") {
		t.Errorf("a finding that does not exist: %d, %s", status, stderr)
	}
}

// TestCountsInSentencesAreThoseOfTheFiles compares the numbers that the report
// says with what lies in the case's folders.
func TestCountsInSentencesAreThoseOfTheFiles(t *testing.T) {
	dir := sampleCase(t)
	items, err := readItems(filepath.Join(dir, itemsDir, "E009", itemsFile))
	if err != nil {
		t.Fatal(err)
	}
	count := map[forensics.ItemState]int{}
	files := 0
	for _, it := range items {
		count[it.State]++
		if it.File == "" {
			continue
		}
		files++
		sum, size, err := hashFile(filepath.Join(dir, itemsDir, "E009", filepath.FromSlash(it.File)))
		if err != nil || sum != it.SHA256 || size != it.SizeB {
			t.Errorf("%s: %s is not what the list says (%v)", it.ID, it.File, err)
		}
	}
	onDisk := len(fileSums(t, filepath.Join(dir, itemsDir, "E009"), func(rel string) bool {
		return strings.HasPrefix(rel, "files/") || strings.HasPrefix(rel, "partial/") || strings.HasPrefix(rel, "embedded/")
	}))
	if onDisk != files || count[forensics.Whole] == 0 {
		t.Errorf("%d files are listed and %d are there", files, onDisk)
	}
	images, err := loadSparse(filepath.Join(dir, filepath.FromSlash(photosDir)))
	if err != nil {
		t.Fatal(err)
	}
	photos := len(shared.truth.Photos) + len(shared.truth.BadPhotos)
	var points []int64
	for _, f := range shared.truth.Files {
		total := int64(0)
		for _, n := range f.Points {
			total += n
		}
		points = append(points, total)
	}
	want := map[string][]int64{ // numbers in the order in which a sentence names them
		"finding.exhibits.hashed":       {int64(len(mustExhibits(t, dir)))},
		"finding.photos.registered":     {int64(len(images.Views)), int64(photos)},
		"finding.photos.not_registered": {int64(photos - len(images.Views)), int64(photos)},
		"finding.items.recovered":       {int64(len(items)), int64(count[forensics.Whole]), int64(count[forensics.Partial]), int64(count[forensics.Fragment])},
	}
	var stated []statedFinding
	if err := readJSON(filepath.Join(dir, reportDir, findingsFile), &stated); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	scan := 0
	for _, f := range stated {
		numbers := want[f.Key]
		if f.Key == "finding.scans.points" {
			numbers = []int64{points[scan]}
			scan++
		}
		seen[f.Key] = true
		at := map[string]string{"en": f.Text["en"], "zh": f.Text["zh"]}
		if f.Key == "finding.photos.registered" || f.Key == "finding.photos.not_registered" {
			at["zh"] = at["en"] // 5 张照片中，2 张: the other order
		}
		for lang, text := range at {
			rest := strings.ReplaceAll(text, ",", "")
			for _, n := range numbers {
				word := regexp.MustCompile(`\b` + strconv.FormatInt(n, 10) + `\b`).FindStringIndex(rest)
				if word == nil {
					t.Errorf("%s in %s does not say %d after the ones before: %s", f.Key, lang, n, text)
					break
				}
				rest = rest[word[1]:]
			}
		}
	}
	for key := range want {
		if !seen[key] {
			t.Errorf("no finding %s", key)
		}
	}
	if scan != len(points) {
		t.Errorf("%d findings of scans, want %d", scan, len(points))
	}
}

func mustExhibits(t *testing.T, dir string) []forensics.Exhibit {
	t.Helper()
	s, err := runCaseShow(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return s.Exhibits
}

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
