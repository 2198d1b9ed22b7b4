package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"
)

// run executes a command line and returns its exit status and output.
func run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	status = execute(context.Background(), args, &out, &errOut)
	return status, out.String(), errOut.String()
}

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{{"nonsense"}, {"--nonsense"}, {"--lang", "fr"}} {
		if status, _, stderr := run(t, args...); status != exitUsage || stderr == "" {
			t.Errorf("%v: exit status %d, said %q; want %d with a reason", args, status, stderr, exitUsage)
		}
	}
}

func TestHelpNamesExitStatus(t *testing.T) {
	status, out, _ := run(t, "--help")
	if status != exitDone || !strings.Contains(out, "EXIT STATUS") {
		t.Errorf("exit status %d:\n%s", status, out)
	}
}

// TestLocalesMatch holds every area's two languages to the same keys, with the
// same placeholders, and no key to two areas.
func TestLocalesMatch(t *testing.T) {
	entries, err := localeFiles.ReadDir("locales")
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	for _, e := range entries {
		area, isEnglish := strings.CutSuffix(e.Name(), ".en.json")
		if !isEnglish {
			continue
		}
		en, zh := locale(t, area, "en"), locale(t, area, "zh")
		if !reflect.DeepEqual(keys(en), keys(zh)) {
			t.Errorf("%s: keys differ:\nen %v\nzh %v", area, keys(en), keys(zh))
		}
		for k, text := range en {
			if owner[k] != "" {
				t.Errorf("key %s is in %s and %s", k, owner[k], area)
			}
			owner[k] = area
			if !reflect.DeepEqual(placeholders(text), placeholders(zh[k])) {
				t.Errorf("%s: %s: placeholders differ: %q and %q", area, k, text, zh[k])
			}
		}
	}
}

func locale(t *testing.T, area, lang string) map[string]string {
	t.Helper()
	b, err := localeFiles.ReadFile(path.Join("locales", area+"."+lang+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("%s.%s: %v", area, lang, err)
	}
	out := map[string]string{}
	for k, v := range raw {
		switch v := v.(type) {
		case string:
			out[k] = v
		case map[string]any: // plural forms
			s, _ := v["other"].(string)
			out[k] = s
		}
	}
	return out
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func placeholders(s string) []string {
	var out []string
	for _, part := range strings.Split(s, "{{")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

func TestTextsInBothLanguages(t *testing.T) {
	for lang, want := range map[string]string{"en": "2 input(s) failed; the rest is done:", "zh": "2 个输入失败，其余已完成："} {
		if got := newTexts(lang).T("failed_inputs", "Count", 2); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	if got := newTexts("en").T("no such key"); got != "no such key" {
		t.Errorf("a missing text prints as %q", got)
	}
}

func TestProgressEstimates(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &progressLine{w: &out, now: func() time.Time { return now }}
	p.report("match", 0, 10)
	now = now.Add(2 * time.Second)
	p.report("match", 5, 10)
	now = now.Add(time.Millisecond)
	p.report("match", 6, 10) // within the second: not printed
	now = now.Add(2 * time.Second)
	p.report("match", 3, 4) // other work of the stage
	now = now.Add(time.Second)
	p.report("match", 3, 4)
	now = now.Add(2 * time.Second)
	p.report("match", 0, 4)
	now = now.Add(3 * time.Second)
	p.report("match", 2, 4)
	if got, want := out.String(), "match: 5/10 (50 %), about 2s left\nmatch: 3/4 (75 %)\nmatch: 3/4 (75 %)\nmatch: 0/4 (0 %)\nmatch: 2/4 (50 %), about 3s left\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
