package main

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"firescene/forensics"
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
