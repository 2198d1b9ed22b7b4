package strictyaml

import (
	"errors"
	"testing"
)

const written = `# 假设一
id: H1   # short
title: "a \"fire\""
origin:
  room: 客厅
  at_m: [1.0, 2, 0.3] # by the sofa
  # how sure
  radius_m: 0.4
fuels:
  - name: sofa
    at_m:
      - 1
      - 2.5
      - 0
    area_m2: 2   # seen

  # the second
  - name: '桌''子'
    at_m: [3, 3, 0]
detectors: []
empty:
last: {a: 1, b: 2}
`

func TestEdit(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(b []byte) ([]byte, error)
		from string
		to   string
	}{
		{"a number in brackets", func(b []byte) ([]byte, error) { return Set(b, "$.origin.at_m[0]", "1.25") }, "[1.0, 2, 0.3] # by", "[1.25, 2, 0.3] # by"},
		{"a number behind Chinese", func(b []byte) ([]byte, error) { return Set(b, "$.fuels[0].at_m[1]", "-7") }, "- 2.5", "- -7"},
		{"a word", func(b []byte) ([]byte, error) { return Set(b, "$.origin.room", "卧室") }, "客厅", "卧室"},
		{"a quoted text", func(b []byte) ([]byte, error) { return Set(b, "$.title", "b") }, `"a \"fire\""`, "b"},
		{"a single quoted text", func(b []byte) ([]byte, error) { return Set(b, "$.fuels[1].name", "c") }, `'桌''子'`, "c"},
		{"a field", func(b []byte) ([]byte, error) { return AddField(b, "$.origin", "describe", "x") }, "  room: 客厅\n", "  room: 客厅\n  describe: x\n"},
		{"a field of a list's item", func(b []byte) ([]byte, error) { return AddField(b, "$.fuels[0]", "spread_pct", "10") }, "- name: sofa\n", "- name: sofa\n    spread_pct: 10\n"},
		{"a field in braces", func(b []byte) ([]byte, error) { return AddField(b, "$.last", "c", "3") }, "b: 2}", "b: 2, c: 3}"},
		{"a field of the file", func(b []byte) ([]byte, error) { return AddField(b, "$", "duration_s", "600") }, "# short\n", "# short\nduration_s: 600\n"},
		{"an item", func(b []byte) ([]byte, error) { return AddItem(b, "fuels", []string{"name: bed", "area_m2: 1"}) }, "[3, 3, 0]\n", "[3, 3, 0]\n  - name: bed\n    area_m2: 1\n"},
		{"the first item", func(b []byte) ([]byte, error) { return AddItem(b, "detectors", []string{"name: d"}) }, "detectors: []\n", "detectors: \n  - name: d\n"},
		{"the first item of nothing", func(b []byte) ([]byte, error) { return AddItem(b, "empty", []string{"name: d"}) }, "empty:\n", "empty:\n  - name: d\n"},
		{"a new list", func(b []byte) ([]byte, error) { return AddItem(b, "openings", []string{"name: d"}) }, "b: 2}\n", "b: 2}\nopenings:\n  - name: d\n"},
		{"an item out", func(b []byte) ([]byte, error) { return RemoveItem(b, "fuels", 1) }, "  - name: '桌''子'\n    at_m: [3, 3, 0]\n", ""},
		{"the first out", func(b []byte) ([]byte, error) { return RemoveItem(b, "fuels", 0) }, "  - name: sofa\n    at_m:\n      - 1\n      - 2.5\n      - 0\n    area_m2: 2   # seen\n", ""},
	} {
		got, err := c.do([]byte(written))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := replaceOnce(t, written, c.from, c.to)
		if string(got) != want {
			t.Errorf("%s gave\n%s", c.name, got)
		}
	}
	for name, err := range map[string]error{
		"no such value": second(Set([]byte(written), "$.nothing", "1")), "a list": second(Set([]byte(written), "$.fuels", "1")), "no YAML": second(Set([]byte("a: ["), "$.a", "1")),
		"no such item": second(RemoveItem([]byte(written), "fuels", 2)), "not a list": second(AddItem([]byte(written), "id", []string{"a: 1"})),
	} {
		if !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, err := RemoveItem([]byte("a: 1\nb:\n  - c: 1\n"), "b", 0)
	if err != nil || string(one) != "a: 1\nb:\n  []\n" {
		t.Errorf("%q, %v", one, err)
	}
}

func second(_ []byte, err error) error { return err }

func replaceOnce(t *testing.T, s, from, to string) string {
	t.Helper()
	for i := 0; i+len(from) <= len(s); i++ {
		if s[i:i+len(from)] == from {
			return s[:i] + to + s[i+len(from):]
		}
	}
	t.Fatalf("%q is not there", from)
	return ""
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte(written), "$.origin.at_m[0]", "fuels")
	f.Add([]byte("a: {b: [1, 2]}\nc: |\n  text\n"), "$.a.b[1]", "c")
	f.Fuzz(func(t *testing.T, data []byte, path, key string) {
		_, _ = Set(data, path, "1")
		_, _ = AddField(data, path, "k", "1")
		_, _ = AddItem(data, key, []string{"name: x", "n: 1"})
		_, _ = RemoveItem(data, key, 0)
	})
}
