package strictyaml

import (
	"strings"
	"testing"

	"firescene/formats"
)

type sample struct {
	Name  string `yaml:"name"`
	Parts []struct {
		Length float64 `yaml:"length"`
	} `yaml:"parts"`
}

func TestDecode(t *testing.T) {
	var s sample
	f, err := Decode("sample", []byte("# a comment\nname: bar\nparts:\n  - length: 1.5\n  - length: -2\n"), &s)
	if err != nil || s.Name != "bar" || len(s.Parts) != 2 || s.Parts[1].Length != -2 {
		t.Fatalf("%+v, %v", s, err)
	}
	err = f.Locate("sample", &Problem{Path: "$.parts[1].length", What: "is below zero", Next: "give metres"})
	if err == nil || !strings.Contains(err.Error(), "line 5, parts[1].length: is below zero") {
		t.Errorf("%v", err)
	}
	if text, ok := f.Text("$.name"); !ok || text != "bar" {
		t.Errorf("%q, %v", text, ok)
	}
	if _, ok := f.Text("$.other"); ok {
		t.Error("a value that is not there")
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"unknown field", "name: a\nlength: 3\n", "line 2"},
		{"wrong kind", "parts:\n  - length: long\n", "line 2"},
		{"not YAML", "name: [a\n", ""},
		{"two documents", "name: a\n---\nname: b\n", "2 documents"},
		{"no document", "", "0 documents"},
		{"a list", "- 1\n", "line 1"},
		{"deep", strings.Repeat("[", 100), "nested"},
	} {
		var s sample
		if _, err := Decode("sample", []byte(c.data), &s); !formats.IsDamaged(err) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	var s sample
	if _, err := Decode("sample", []byte("name: &a b\n"), &s); !formats.IsUnsupported(err) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("anchor: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\nparts: [{length: 1}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		if file, err := Decode("sample", data, &s); err == nil {
			_ = file.Locate("sample", &Problem{Path: "$.parts[0].length", What: "x"})
		}
	})
}
