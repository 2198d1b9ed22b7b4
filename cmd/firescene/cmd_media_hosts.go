package main

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/formats/layers"
)

// archiveNames are the extensions by which archives of the ZIP format are known, and
// documents that are such archives.
var archiveNames = map[string]bool{"zip": true, "docx": true, "docm": true, "dotx": true, "xlsx": true, "xlsm": true, "xltx": true, "pptx": true, "pptm": true, "ppsx": true,
	"odt": true, "ods": true, "odp": true, "odg": true, "epub": true, "jar": true, "war": true, "apk": true, "cbz": true, "kmz": true, "xpi": true, "ipa": true, "3mf": true}

// hosts knows where whole files lie that hold others and are items of the output
// themselves, so that their parts are told from files that stand nowhere else.
type hosts struct {
	archives []archiveRun        // of the ZIP format, under a name that says so; in order once carved was called
	pictures map[int]int         // in an archive, by its number
	begins   map[int64]beginning // by where the first run of a file begins
}

// archiveRun is a run of an archive: the place of a listed one in the list, or less
// than 0 for one that was carved.
type archiveRun struct {
	forensics.ByteRun
	archive int
}

// beginning is the first run of a whole file whose end its content has not proved.
type beginning struct {
	at             int // place of the file in the list
	kind           string
	firstB, wholeB int64
	name           string
}

// add takes in the file at a place of the list of those that file systems name.
func (h *hosts) add(at int, it forensics.Item) {
	if it.State != forensics.Whole || len(it.Runs) == 0 || it.Runs[0].OffsetB < 0 {
		return
	}
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(it.Name), "."))
	switch {
	case archiveNames[it.Type] && archiveNames[ext]:
		h.archive(at, it.Runs)
	case pictureKinds[it.Type] && len(covered(it)) == 0:
		if h.begins == nil {
			h.begins = map[int64]beginning{}
		}
		if b, there := h.begins[it.Runs[0].OffsetB]; !there || b.wholeB < it.SizeB || b.wholeB == it.SizeB && at < b.at {
			h.begins[it.Runs[0].OffsetB] = beginning{at, it.Type, it.Runs[0].LengthB, it.SizeB, it.Name}
		}
	}
}

// cut leaves out the files from a place on, of which there were so many archives.
func (h *hosts) cut(from, archives int) {
	h.archives = h.archives[:archives]
	maps.DeleteFunc(h.begins, func(_ int64, b beginning) bool { return b.at >= from })
}

// pictureKinds are types with files that go on behind the end of their picture.
var pictureKinds = map[string]bool{"jpeg": true, "png": true, "gif": true, "webp": true}

func (h *hosts) archive(number int, runs []forensics.ByteRun) {
	for _, r := range runs {
		if r.OffsetB != forensics.Hole {
			h.archives = append(h.archives, archiveRun{r, number})
		}
	}
}

// carved takes in the whole archives among the finds, whose output files are named
// by their type, and counts the pictures in all archives.
func (h *hosts) carved(finds []carve.Find) {
	for i, f := range finds {
		if f.Type.Name != "zip" || f.State != forensics.Whole || len(f.Path) > 0 || f.Inside {
			continue
		}
		runs := f.Runs
		if runs == nil {
			runs = []forensics.ByteRun{{OffsetB: f.OffsetB, LengthB: f.LengthB}}
		}
		h.archive(-1-i, runs)
	}
	slices.SortFunc(h.archives, func(a, b archiveRun) int {
		return cmp.Or(cmp.Compare(a.OffsetB, b.OffsetB), cmp.Compare(a.archive, b.archive))
	})
	h.pictures = map[int]int{}
	for i := range finds {
		if n, ok := h.member(&finds[i]); ok {
			h.pictures[n]++
		}
	}
}

// member gives the archive that a find is a direct member of.
func (h *hosts) member(f *carve.Find) (archive int, ok bool) {
	if len(f.Path) != 1 || f.Path[0].Decoder != layers.Zip {
		return 0, false
	}
	off := f.Path[0].OffsetB
	i := sort.Search(len(h.archives), func(i int) bool { return h.archives[i].OffsetB > off }) - 1
	if i < 0 || off >= h.archives[i].OffsetB+h.archives[i].LengthB {
		return 0, false
	}
	return h.archives[i].archive, true
}

// of tells what whole file of the output a find is a part of, as far as a reader
// gets it by opening that file as it is named: one of several pictures that are
// direct members of an archive, or the beginning of a longer file of the same type.
// The only picture of an archive is the same file in another form; what lies deeper,
// or in an archive under the name of something else, is a file of its own too. Empty
// for none.
func (h *hosts) of(f *carve.Find) string {
	if n, ok := h.member(f); ok && h.pictures[n] > 1 {
		return f.Host
	}
	b, there := h.begins[f.OffsetB]
	if there && len(f.Path) == 0 && f.Runs == nil && f.State == forensics.Whole && b.kind == f.Type.Name && f.LengthB < b.wholeB && f.LengthB <= b.firstB {
		return "the beginning of " + b.name
	}
	return ""
}
