package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"firescene/formats"
)

// tree writes files below a new folder and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const goodClock = "clocks:\n  - id: dvr\n    zone: \"+08:00\"\n    offset_s: 312\n    sigma_s: 2\n    checked_at: 2026-03-01T09:30:00+08:00\n    method: photo beside a phone\n"

func TestCaseFromInitToVerify(t *testing.T) {
	in := tree(t, map[string]string{
		"photos/b.JPG": "second", "photos/a.jpg": "first", "photos/Thumbs.db": "x", "photos/.hidden.jpg": "h",
		"clock.yaml": goodClock, "said.txt": "[21:14] 张三：看到火光\n\n21:20 他走了\n", "empty.txt": "\n", "scan1.ply": "ply", "scan2.ply": "ply2",
		"transforms.json": `{"scans":[{"file":"scans/scan1.ply","worldFromScan":[[0,-1,0,1],[1,0,0,2],[0,0,1,3],[0,0,0,1]],"verdict":"registered","rms_mm":0.5},
			{"file":"scan2.ply","worldFromScan":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1],"verdict":"ambiguous","reason":"two rooms"},{"file":"scan9.ply","verdict":"refused"}]}`,
	})
	dir := filepath.Join(t.TempDir(), "case")
	steps := []struct {
		status int
		args   string
		want   string // in the output of either kind
	}{
		{exitFailed, "case show " + dir, "firescene case init"},
		{exitUsage, "case init " + dir + " --zone Mars", "--zone"},
		{exitDone, "case init " + dir + " --title 仓库火灾 --number 1 --by 甲", "Head of the log"},
		{exitFailed, "case init " + dir, "is a case already"},
		{exitUsage, "case add " + dir + " photo", "requires at least 3"},
		{exitUsage, "case add " + dir + " picture " + in, "is not a kind of exhibit"},
		{exitUsage, "case add " + dir + " photo " + in + " --copy --reference", "copy"},
		{exitDone, "case add " + dir + " photos " + in + "/photos --clock dvr", "2 exhibit(s) added"},
		{exitDone, "case add " + dir + " photos " + in + "/photos", "same bytes as E001"},
		{exitDone, "case show " + dir, "not recorded yet"},
		{exitDone, "case add " + dir + " clock " + in + "/clock.yaml", "E003"},
		{exitDone, "case add " + dir + " statement " + in + "/said.txt", "E004"},
		{exitFailed, "case add " + dir + " statement " + in + "/empty.txt", "no text in it"},
		{exitSomeFailed, "case add " + dir + " log " + in + "/none.log " + in + "/empty.txt", "none.log"},
		{exitUsage, "case add " + dir + " photo " + in + "/photos --transforms " + in + "/transforms.json", "goes with scans"},
		{exitDone, "case add " + dir + " scan " + in + "/scan1.ply " + in + "/scan2.ply --reference --transforms " + in + "/transforms.json", "referred to"},
		{exitDone, "case show " + dir, "pose: ambiguous"},
		{exitDone, "case log " + dir, "signed paper"},
		{exitDone, "case verify " + dir, "Everything is as it was recorded"},
		{exitDone, "case verify " + dir + " --lang zh", "全部与登记一致"},
		{exitFailed, "case verify " + dir + " --head " + strings.Repeat("0a", 32), "cut or written anew"},
	}
	for _, s := range steps {
		status, out, errOut := run(t, append([]string{"--lang", "en"}, strings.Fields(s.args)...)...)
		if status != s.status || !strings.Contains(out+errOut, s.want) {
			t.Fatalf("firescene %s\nexit status %d, want %d, with %q in:\n%s%s", s.args, status, s.status, s.want, out, errOut)
		}
	}
	status, out, _ := run(t, "--json", "case", "show", dir)
	var show caseShowSummary
	if err := json.Unmarshal([]byte(out), &show); err != nil || status != exitDone {
		t.Fatalf("%v: %s", err, out)
	}
	var labels []string
	for _, e := range show.Exhibits {
		labels = append(labels, e.Label)
	}
	if want := []string{"a.jpg", "b.JPG", "clock.yaml", "said.txt", "empty.txt", "scan1.ply", "scan2.ply"}; !slices.Equal(labels, want) {
		t.Errorf("exhibits %q, want %q", labels, want)
	}
	if show.Meta.Title != "仓库火灾" || show.Statements["E004"] != 2 || len(show.Clocks) != 1 || show.Poses["E006"].WorldFromScan[3] != 1 || show.Poses["E006"].WorldFromScan[4] != 1 {
		t.Errorf("case %+v", show)
	}

	path := filepath.Join(dir, "00-evidence", "E001-a.jpg")
	os.Chmod(path, 0o644)
	os.WriteFile(path, []byte("First"), 0o644)
	status, out, errOut := run(t, "--json", "case", "verify", dir)
	var verify caseVerifySummary
	if err := json.Unmarshal([]byte(out), &verify); err != nil || status != exitFailed || len(verify.Changes) != 1 || !strings.HasPrefix(verify.Changes[0].Name, "E001 ") {
		t.Errorf("exit status %d, %v, %s%s", status, err, out, errOut)
	}
}

func TestStatedFilesThatAreRefused(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(goodClock, old, new, 1) }
	tests := map[string]struct{ kind, text, want string }{
		"unknown field":      {"clock", edit("sigma_s", "sigma"), "[5:5] unknown field"},
		"negative sigma":     {"clock", edit("sigma_s: 2", "sigma_s: -2"), "can not be negative"},
		"sigma not a number": {"clock", edit("sigma_s: 2", "sigma_s: .nan"), "finite"},
		"endless offset":     {"clock", edit("312", ".inf"), "finite"},
		"sigma missing":      {"clock", edit("    sigma_s: 2\n", ""), "both needed"},
		"method missing":     {"clock", edit("    method: photo beside a phone\n", ""), "method is missing"},
		"zone unknown":       {"clock", edit("+08:00", "Mars"), "time zone"},
		"check without zone": {"clock", edit("+08:00\n    method", "\n    method"), "not a time with a zone"},
		"id missing":         {"clock", edit("id: dvr", "id: \"\""), "needs an id"},
		"bad locator":        {"clock", goodClock + "    locators: [\"-/x\"]\n", "locator"},
		"empty":              {"clock", "", "no clock in it"},
		"not YAML":           {"clock", "clocks: [", "clocks"},
		"text for a number":  {"clock", edit("312", "fast"), "damaged"},
		"too deep":           {"clock", "clocks: " + strings.Repeat("[", 5000), "too deeply"},
		"no hypothesis":      {"hypothesis", "id: H1\nwho: me\n", "unknown field"},
		"no observation":     {"observation", "observations:\n  - id: O1\n    kind: arrival\n    sigma: 1\n", "unknown field"},
	}
	dir := filepath.Join(t.TempDir(), "case")
	if status, _, errOut := run(t, "case", "init", dir); status != exitDone {
		t.Fatal(errOut)
	}
	for name, tt := range tests {
		in := tree(t, map[string]string{"x.yaml": tt.text})
		status, _, errOut := run(t, "--lang", "en", "case", "add", dir, tt.kind, filepath.Join(in, "x.yaml"))
		if status != exitFailed || !strings.Contains(errOut, tt.want) {
			t.Errorf("%s: exit status %d, %q; want %q in it", name, status, errOut, tt.want)
		}
	}
	if _, out, _ := run(t, "--lang", "en", "case", "show", dir); !strings.Contains(out, "0 exhibit(s)") {
		t.Errorf("something bad got in:\n%s", out)
	}
}

func TestTransformsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON": "{", "short": `{"scans":[{"file":"a","worldFromScan":[1,2]}]}`, "none": `{"scans":[{"file":"a"}]}`,
		"scaled":   `{"scans":[{"file":"a","worldFromScan":[2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}]}`,
		"mirrored": `{"scans":[{"file":"a","worldFromScan":[-1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]}]}`,
		"projects": `{"scans":[{"file":"a","worldFromScan":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,1,1]}]}`,
	} {
		path := filepath.Join(tree(t, map[string]string{"t.json": text}), "t.json")
		if poses, err := readTransforms(path); !formats.IsDamaged(err) {
			t.Errorf("%s: %v, %v", name, poses, err)
		}
	}
}

func FuzzParseClocks(f *testing.F) {
	f.Add([]byte(goodClock))
	f.Add([]byte("clocks: [{id: a, offset_s: 1e300, sigma_s: 0x1, method: m}]"))
	f.Add([]byte("clocks: &a [*a]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		clocks, err := parseClocks(b)
		if err != nil && !formats.IsDamaged(err) {
			t.Fatal(err)
		}
		for _, k := range clocks {
			if k.ID == "" || !(k.SigmaS >= 0) {
				t.Fatalf("%+v was taken", k)
			}
		}
	})
}
