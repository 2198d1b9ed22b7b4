package firescene_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

const module = "firescene/"

// mayImport says which of our own packages a folder may import, by prefix. The
// longest key that matches a package applies. A package may always import its
// own parent folder's noun package when the list names it.
var mayImport = map[string][]string{
	"formats":           {"formats"},
	"recon":             {"formats", "recon"},
	"forensics":         {"formats", "forensics"},
	"render":            {"recon", "forensics", "render"},
	"samples":           {"formats", "recon", "forensics", "samples"},
	"cmd":               {"formats", "recon", "forensics", "render", "samples"},
	"render/report":     {"recon", "forensics", "render"},
	"render/gl":         {},
	"render/splat":      {"recon", "render"},
	"forensics/custody": {"forensics"},
}

// nounsOnly lists folders that may import the noun package of a tree but none
// of the packages below it.
var nounsOnly = map[string][]string{
	"render":  {"recon", "forensics"},
	"samples": {"recon", "forensics"},
}

// reserved says which folders alone may import a package that opens files, the
// network, raw memory or C, or a large library. Prefixes, as above.
var reserved = map[string][]string{
	"C":                      {"render/gl", "render/ui", "cmd/firescene-desktop"},
	"unsafe":                 {"render/gl", "render/ui", "cmd/firescene-desktop"},
	"os":                     {"cmd", "forensics/media", "forensics/casefile", "samples"},
	"os/exec":                {"cmd"},
	"net":                    {},
	"net/http":               {},
	"syscall":                {"cmd", "forensics/media", "forensics/casefile"},
	"modernc.org/":           {"forensics/casefile"},
	"github.com/dsoprea/":    {"formats/exif", "samples"},
	"github.com/gen2brain/":  {"formats/photo"},
	"github.com/go-gl/gl/":   {"render/gl"},
	"github.com/go-gl/glfw/": {"render/ui"},
	"github.com/AllenDang/":  {"render/ui"},
	"github.com/spf13/":      {"cmd"},
	"codeberg.org/go-pdf/":   {"render/report"},
	"github.com/goccy/":      {"formats/strictyaml", "cmd"},
	"gonum.org/v1/plot":      {"cmd", "render/plan"},
	"firescene/samples":      {"cmd", "samples"},
	"firescene/cmd/":         {},
	"github.com/nicksnyder/": {"cmd", "render/report"},
}

// source is one Go file that is not a test.
type source struct {
	file, pkg string // slash-separated, from the repository root
	imports   []string
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{file: filepath.ToSlash(file), pkg: path.Dir(filepath.ToSlash(file))}
		for _, i := range f.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatal("no source files found")
	}
	return out
}

// within reports whether a package is a folder or lies below it.
func within(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

func withinAny(pkg string, folders []string) bool {
	for _, f := range folders {
		if within(pkg, f) {
			return true
		}
	}
	return false
}

// longest returns the longest key of a table that a package lies in.
func longest(table map[string][]string, pkg string) (key string, ok bool) {
	for k := range table {
		if within(pkg, k) && len(k) >= len(key) {
			key, ok = k, true
		}
	}
	return key, ok
}

func TestImportDirection(t *testing.T) {
	for _, s := range sources(t) {
		for _, imp := range s.imports {
			if !strings.HasPrefix(imp, module) {
				continue
			}
			to := strings.TrimPrefix(imp, module)
			key, ok := longest(mayImport, s.pkg)
			if !ok {
				t.Errorf("%s: its folder has no row in mayImport", s.file)
				continue
			}
			if !withinAny(to, mayImport[key]) {
				t.Errorf("%s imports %s; %s may import %v", s.file, to, key, mayImport[key])
			}
			if key, ok := longest(nounsOnly, s.pkg); ok {
				for _, tree := range nounsOnly[key] {
					if within(to, tree) && to != tree {
						t.Errorf("%s imports %s; %s may use the nouns of %s only", s.file, to, key, tree)
					}
				}
			}
		}
	}
}

func TestReservedImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, imp := range s.imports {
			for prefix, folders := range reserved {
				exact := imp == prefix
				below := strings.HasSuffix(prefix, "/") && strings.HasPrefix(imp, prefix)
				if (exact || below || imp == strings.TrimSuffix(prefix, "/")) && !withinAny(s.pkg, folders) {
					t.Errorf("%s imports %s, which only %v may", s.file, imp, folders)
				}
			}
		}
	}
}

// TestEveryPackageIsDescribed holds ARCHITECTURE.md to one line a package: a
// table row whose first cell is the package's path in backquotes.
func TestEveryPackageIsDescribed(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]int{}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ := strings.Cut(rest, "`")
			described[name]++
		}
	}
	have := map[string]bool{}
	for _, s := range sources(t) {
		have[s.pkg] = true
	}
	var names []string
	for p := range have {
		names = append(names, p)
	}
	sort.Strings(names)
	for _, p := range names {
		if described[p] != 1 {
			t.Errorf("ARCHITECTURE.md has %d lines for package %s, want 1", described[p], p)
		}
	}
	for name := range described {
		if strings.Contains(name, "/") && !strings.Contains(name, ".") && !have[name] {
			t.Errorf("ARCHITECTURE.md describes %s, which does not exist", name)
		}
	}
}

// TestEveryDependencyIsExplained holds ARCHITECTURE.md to a line for each module
// that go.mod requires directly.
func TestEveryDependencyIsExplained(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for _, line := range strings.Split(string(mod), "\n") {
		f := strings.Fields(line)
		if len(f) != 2 || !strings.Contains(f[0], ".") || !strings.HasPrefix(f[1], "v") {
			continue // not a requirement, or an indirect one
		}
		direct++
		if !strings.Contains(string(text), "| "+f[0]+" ") {
			t.Errorf("ARCHITECTURE.md does not say why %s was chosen", f[0])
		}
	}
	if direct == 0 {
		t.Fatal("no direct requirement was found in go.mod; is it tidy?")
	}
}
