package casefile

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"firescene/forensics"
)

// filledCase has two copied exhibits, a referenced one and two recorded steps.
func filledCase(t *testing.T) (c *Case, reference string) {
	c = newCase(t)
	reference = sourceFile(t, "image.dd", 100_000, 9)
	add(t, c, AddRequest{SourcePath: sourceFile(t, "a.jpg", 70_000, 1), Copy: true, Clocks: []forensics.Clock{{ID: "cam", OffsetS: 60}}})
	add(t, c, AddRequest{SourcePath: sourceFile(t, "b.jpg", 80_000, 2), Copy: true})
	add(t, c, AddRequest{SourcePath: reference})
	put := func(name, text string) {
		path := c.Path(name)
		os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("40-items/E003/files/one.txt", "one")
	put("40-items/E003/step.json", "{}")
	put("40-items/summary.txt", "two")
	for _, dir := range []string{"40-items/E003", "40-items"} {
		if err := c.RecordStep(t.Context(), dir, forensics.Step{Stage: "recover", Program: "firescene test", In: 1, Out: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return c, reference
}

func TestVerifyNamesEveryChange(t *testing.T) {
	sql := func(q string) func(*testing.T, *Case, string) {
		return func(t *testing.T, c *Case, _ string) {
			if _, err := c.db.Exec(q); err != nil {
				t.Fatal(err)
			}
		}
	}
	file := func(name string, edit func(b []byte) []byte) func(*testing.T, *Case, string) {
		return func(t *testing.T, c *Case, ref string) {
			path := c.Path(name)
			if name == "REFERENCE" {
				path = ref
			}
			b, _ := os.ReadFile(path)
			os.Remove(path)
			if b = edit(b); b != nil {
				if err := os.WriteFile(path, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 0x10; return b }
	}
	none := func([]byte) []byte { return nil }
	fresh := func([]byte) []byte { return []byte("new") }
	tests := []struct {
		name   string
		tamper func(*testing.T, *Case, string)
		want   []string // kind what name-prefix
	}{
		{"nothing", func(*testing.T, *Case, string) {}, nil},
		{"a file beside the folders", file("notes.txt", fresh), nil},
		{"first byte of a copy", file("00-evidence/E001-a.jpg", flip(0)), []string{"changed exhibit E001 "}},
		{"last byte of a copy", file("00-evidence/E002-b.jpg", flip(79_999)), []string{"changed exhibit E002 "}},
		{"byte appended", file("00-evidence/E001-a.jpg", func(b []byte) []byte { return append(b, 0) }), []string{"changed exhibit E001 "}},
		{"byte cut", file("00-evidence/E001-a.jpg", func(b []byte) []byte { return b[:len(b)-1] }), []string{"changed exhibit E001 "}},
		{"copy removed", file("00-evidence/E001-a.jpg", none), []string{"missing exhibit E001 "}},
		{"copy put in", file("00-evidence/E004-c.jpg", fresh), []string{"added evidence file 00-evidence/E004-c.jpg"}},
		{"referenced file changed", file("REFERENCE", flip(5)), []string{"changed exhibit E003 "}},
		{"referenced file removed", file("REFERENCE", none), []string{"missing exhibit E003 "}},
		{"result changed", file("40-items/E003/files/one.txt", flip(1)), []string{"changed result 40-items/E003/files/one.txt"}},
		{"step.json changed", file("40-items/E003/step.json", func([]byte) []byte { return []byte("{ }") }), []string{"changed result 40-items/E003/step.json"}},
		{"result removed", file("40-items/summary.txt", none), []string{"missing result 40-items/summary.txt"}},
		{"result put in", file("40-items/E003/files/two.txt", fresh), []string{"added result 40-items/E003/files/two.txt"}},
		{"result of no step", file("60-report/report.pdf", fresh), []string{"added result 60-report/report.pdf"}},
		{"record changed", sql(`UPDATE records SET body = replace(body, '"offset_s":60', '"offset_s":61') WHERE kind = 'clock'`), []string{"changed record clock cam"}},
		{"record removed", sql(`DELETE FROM records WHERE kind = 'clock'`), []string{"missing record clock cam"}},
		{"record put in", sql(`INSERT INTO records SELECT kind, 'x', exhibit, seq, body FROM records WHERE kind = 'clock'`), []string{"added record clock x"}},
		{"exhibit taken out of records", sql(`DELETE FROM records WHERE id = 'E002'`), []string{"added evidence file 00-evidence/E002", "missing record exhibit E002"}},
		{"log entry changed", sql(`UPDATE log SET who = '丙' WHERE seq = 2`), []string{"changed log entry 2"}},
		{"log time changed", sql(`UPDATE log SET time = '2026-03-01T08:00:09.0Z' WHERE seq = 2`), []string{"changed log entry 2"}},
		{"log entry removed", sql(`DELETE FROM log WHERE seq = 3`), []string{"missing log entry 3", "added record exhibit E002"}},
		{"end of log removed", sql(`DELETE FROM log WHERE seq >= 5`), []string{"added record step 40-items", "added record step 40-items/E003"}},
		{"log entry put in", sql(`INSERT INTO log SELECT 7, time, who, 'add', exhibit, details, prev, hash FROM log WHERE seq = 6`), []string{"changed log entry 7", "changed record step 40-items"}},
		{"trigger put in", sql(`CREATE TRIGGER x AFTER INSERT ON log BEGIN DELETE FROM log WHERE seq = 1; END`), []string{"changed database case.db"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ref := filledCase(t)
			tt.tamper(t, c, ref)
			c = reopen(t, c, true)
			rep, err := c.Verify(t.Context(), VerifyOptions{Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			ok := len(rep.Changes) == len(tt.want)
			for i := range rep.Changes {
				ch := rep.Changes[i]
				ok = ok && strings.HasPrefix(ch.Kind+" "+ch.What+" "+ch.Name, tt.want[i])
			}
			if !ok {
				t.Errorf("found %+v, want %q", rep.Changes, tt.want)
			}
		})
	}
}

func TestVerifyAgainstKeptHead(t *testing.T) {
	c, _ := filledCase(t)
	head := verifyClean(t, c).Head
	if _, err := c.Note(t.Context(), "seal", "E003", map[string]any{"seal": "0017"}); err != nil {
		t.Fatal(err)
	}
	rep, err := c.Verify(t.Context(), VerifyOptions{Head: head})
	if err != nil || len(rep.Changes) != 0 {
		t.Errorf("the log has grown since, that is in order: %+v %v", rep.Changes, err)
	}
	rep, _ = c.Verify(t.Context(), VerifyOptions{Head: strings.Repeat("a", 64)})
	if len(rep.Changes) != 1 || rep.Changes[0].What != "log" {
		t.Errorf("a head of another log: %+v", rep.Changes)
	}
}

// The report does not depend on the worker count.
func TestVerifyWorkers(t *testing.T) {
	c, _ := filledCase(t)
	for i := range 30 {
		os.WriteFile(c.Path(fmt.Sprintf("10-cloud/x%02d", i)), []byte("x"), 0o644)
	}
	for _, name := range []string{"00-evidence/E001-a.jpg", "00-evidence/E002-b.jpg", "40-items/summary.txt"} {
		os.Chmod(c.Path(name), 0o644)
		b, _ := os.ReadFile(c.Path(name))
		b[0] ^= 1
		os.WriteFile(c.Path(name), b, 0o644)
	}
	one, err := c.Verify(t.Context(), VerifyOptions{Workers: 1})
	if err != nil || len(one.Changes) != 33 {
		t.Fatalf("%d changes, %v", len(one.Changes), err)
	}
	four, err := c.Verify(t.Context(), VerifyOptions{Workers: 4})
	if err != nil || !reflect.DeepEqual(one, four) {
		t.Errorf("1 worker %+v\n4 workers %+v %v", one, four, err)
	}
}

func TestRecordStep(t *testing.T) {
	ctx := t.Context()
	c, _ := filledCase(t)
	steps, err := c.Steps(ctx)
	if err != nil || len(steps) != 2 || steps[0].Dir != "40-items/E003" || len(steps[0].Files) != 2 || len(steps[1].Files) != 1 {
		t.Fatalf("steps %+v, %v", steps, err)
	}
	entries := verifyClean(t, c).Entries
	step := steps[0].Step
	step.Seconds = 17 // differs between runs and is left out
	if err := c.RecordStep(ctx, "40-items/E003", step); err != nil {
		t.Fatal(err)
	}
	if n := verifyClean(t, c).Entries; n != entries {
		t.Errorf("recording the same run again grew the log from %d to %d", entries, n)
	}
	for want, rec := range map[string]struct {
		dir string
		out forensics.FileHash
	}{
		"not in a stage folder":      {"00-evidence", forensics.FileHash{}},
		"is not in 40-items/E003":    {"40-items/E003", forensics.FileHash{Path: "files/none.txt"}},
		"was changed since":          {"40-items/E003", forensics.FileHash{Path: "files/one.txt", SHA256: strings.Repeat("0", 64)}},
		"../x is not in a stage":     {"40-items/../../x", forensics.FileHash{}},
		"step bad: its output one.t": {"40-items/E003", forensics.FileHash{Path: "one.txt"}},
	} {
		err := c.RecordStep(ctx, rec.dir, forensics.Step{Stage: "bad", Outputs: []forensics.FileHash{rec.out}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	findings := []forensics.Finding{{ID: "F001", Kind: forensics.Recovered, Key: "k", Args: map[string]string{"n": "1"}, Locators: []string{"E003/0+4"}}}
	for range 2 {
		if err := c.PutFindings(ctx, findings); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Findings(ctx); err != nil || !reflect.DeepEqual(got, findings) {
		t.Errorf("findings %+v, %v", got, err)
	}
	if n := verifyClean(t, c).Entries; n != entries+1 {
		t.Errorf("the same findings twice made %d log entries", n-entries)
	}
	if err := c.AssignClock(ctx, "E002", "cam"); err != nil {
		t.Fatal(err)
	}
	if e, err := c.Exhibit(ctx, "E002"); err != nil || e.Clock != "cam" {
		t.Errorf("exhibit %+v, %v", e, err)
	}
	verifyClean(t, c)
}
