package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/media"
)

// copyBelowB is the size up to which exhibits are copied when neither --copy nor
// --reference says otherwise: photos and scans are, images of disks are not.
const copyBelowB = 1 << 30

// exhibitKinds are the words that case add takes, singular or plural, with the
// file name extensions taken from a folder; none means every file.
var exhibitKinds = []struct {
	kind       forensics.ExhibitKind
	extensions string
}{
	{forensics.KindPhoto, ".jpg .jpeg .png .tif .tiff .bmp .webp .heic .heif .dng"},
	{forensics.KindScan, ".e57 .las .laz .ply .ptx .pts .pcd .xyz .stl .obj"},
	{forensics.KindMedia, ""},
	{forensics.KindLog, ""},
	{forensics.KindStatement, ".txt .md"},
	{forensics.KindObservation, ".yaml .yml"},
	{forensics.KindClock, ".yaml .yml"},
	{forensics.KindControl, ".yaml .yml"},
	{forensics.KindHypothesis, ".yaml .yml"},
}

type caseAddOptions struct {
	dir, kind        string
	files            []string
	copyAll, refer   bool
	label, clock, by string
	note, transforms string
	replace          bool
	casefile.Options // Now; By is filled from by
}

type caseAddSummary struct {
	Dir     string              `json:"dir"`
	Added   []forensics.Exhibit `json:"added"`
	Already []alreadyThere      `json:"already"` // same bytes as an exhibit of the case
	LeftOut []string            `json:"leftOut"` // files of a folder that are of another kind
	Failed  []forensics.Failure `json:"failed"`
	Head    string              `json:"head"`
}

type alreadyThere struct {
	File    string `json:"file"`
	Exhibit string `json:"exhibit"`
}

func (a *app) caseAddCmd() *cobra.Command {
	var o caseAddOptions
	cmd := &cobra.Command{
		Use:   "add DIR photo|scan|media|log|statement|observation|clock|control|hypothesis FILE_OR_FOLDER...",
		Short: "Add exhibits to a case",
		Long: `Hashes each file (SHA-256 and SM3), copies it into 00-evidence or refers to it, and
records it under the next ID. Files up to 1 GiB are copied and larger ones are
referred to, unless --copy or --reference says otherwise. A copy is read back and
compared before it is recorded. A file with the same bytes as an exhibit is not
added twice. Of a folder, the files of that kind are added in the order of their
names.

observation, clock, control and hypothesis files are YAML and are checked before
they are taken: an unknown field, a missing or negative uncertainty and a time
without a zone are refused. A control file holds what was measured at the place for
the photos: see firescene photos --help.` + exitStatusHelp,
		Example: "  firescene case add warehouse photo photos/ --clock camera\n  firescene case add warehouse media recorder.dd --reference --clock recorder\n  firescene case add warehouse clock clocks.yaml",
		Args:    cobra.MinimumNArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir, o.kind, o.files = args[0], args[1], args[2:]
			return a.finish(runCaseAdd(cmd.Context(), o, a.progress()))
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.copyAll, "copy", false, "copy into the case, whatever the size")
	f.BoolVar(&o.refer, "reference", false, "do not copy; refer to the file where it is")
	f.StringVar(&o.label, "label", "", "what it is (default: the file's name)")
	f.StringVar(&o.clock, "clock", "", "ID of the clock that its times run on")
	f.StringVar(&o.by, "by", "", "who adds it (default: the user of this computer)")
	f.StringVar(&o.note, "note", "", "where and how it was received")
	f.StringVar(&o.transforms, "transforms", "", "transforms.json with the poses of the scans that are added")
	f.BoolVar(&o.replace, "replace", false, "clocks, observations and hypotheses take the place of recorded ones with the same ID; the former file of a hypothesis is kept")
	return cmd
}

// runCaseAdd adds files one by one; one that fails does not stop the others,
// except when the disk is full.
func runCaseAdd(ctx context.Context, o caseAddOptions, report progressFunc) (caseAddSummary, error) {
	s := caseAddSummary{Dir: o.dir, Added: []forensics.Exhibit{}, Already: []alreadyThere{}, LeftOut: []string{}, Failed: []forensics.Failure{}}
	kind, extensions, err := exhibitKind(o.kind)
	if err != nil {
		return s, err
	}
	if o.copyAll && o.refer {
		return s, usageError{errors.New("--copy and --reference exclude each other")}
	}
	var poses map[string]casefile.ScanPose
	if o.transforms != "" {
		if kind != forensics.KindScan {
			return s, usageError{fmt.Errorf("--transforms goes with scans, not with %s", kind)}
		}
		if poses, err = readTransforms(o.transforms); err != nil {
			return s, err
		}
	}
	files, leftOut, err := expandFolders(o.files, extensions)
	if err != nil {
		return s, err
	}
	s.LeftOut = leftOut
	o.By = whoWorks(o.by)
	c, err := casefile.Open(ctx, o.dir, o.Options)
	if err != nil {
		return s, err
	}
	defer c.Close()
	rest := map[string][]string{}
	if kind == forensics.KindMedia {
		files, rest = imageFiles(files)
	}
	var first error
	for i, file := range files {
		stage := fmt.Sprintf("add %d/%d", i+1, len(files))
		r := casefile.AddRequest{Kind: kind, SourcePath: file, Label: o.label, Clock: o.clock, Note: o.note, Replace: o.replace,
			Progress: func(done, total int64) { report(stage, done, total) }}
		e, err := addFile(ctx, c, r, o, poses)
		for _, part := range rest[file] {
			if err != nil {
				break
			}
			s.Added = append(s.Added, e)
			p := r
			p.Kind, p.SourcePath, p.PartOf, p.Label = forensics.KindPart, part, cmp.Or(e.PartOf, e.ID), ""
			e, err = addFile(ctx, c, p, o, poses)
		}
		var dup *casefile.DuplicateError
		var full *casefile.FullError
		switch {
		case err == nil:
			s.Added = append(s.Added, e)
			continue
		case errors.As(err, &dup):
			s.Already = append(s.Already, alreadyThere{file, dup.ID})
			continue
		case ctx.Err() != nil:
			return s, ctx.Err()
		}
		if first == nil {
			first = err
		}
		failed := forensics.Failure{Input: file, Reason: strings.TrimPrefix(err.Error(), file+": "), Next: "add it again when that is put right"}
		if errors.Is(err, fs.ErrNotExist) {
			failed.Reason, failed.Next = "no such file or folder", "check the path"
		}
		s.Failed = append(s.Failed, failed)
		if errors.As(err, &full) {
			for _, rest := range files[i+1:] {
				s.Failed = append(s.Failed, forensics.Failure{Input: rest, Reason: "not tried: the disk is full", Next: "add it again when that is put right"})
			}
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(poses)) {
		if !slices.ContainsFunc(files, func(f string) bool { return filepath.Base(f) == name }) {
			s.Failed = append(s.Failed, forensics.Failure{Input: o.transforms, Reason: "it has a pose for " + name + ", which is not among the scans given", Next: "give that scan too"})
		}
	}
	if len(s.Added) == 0 && len(s.Already) == 0 && first != nil {
		if len(files) > 1 {
			return s, fmt.Errorf("none of %d files could be added; the first: %w", len(files), first)
		}
		return s, first
	}
	entries, err := c.Log(ctx)
	if err != nil {
		return s, err
	}
	s.Head = entries[len(entries)-1].Hash
	return s, nil
}

// imageFiles finds the further files of images: the segments of an EWF image, the
// parts of a split one, the map of unread sectors. Those that are given by
// themselves too are taken with their image.
func imageFiles(files []string) (first []string, rest map[string][]string) {
	rest = map[string][]string{}
	part := map[string]bool{}
	for _, f := range files {
		im, err := media.Open(f)
		if err != nil {
			continue // what is wrong with it is said when it is added, or read
		}
		rest[f] = im.Beside()
		for _, p := range rest[f] {
			part[filepath.Clean(p)] = true
		}
		im.Close()
	}
	for _, f := range files {
		if !part[filepath.Clean(f)] {
			first = append(first, f)
		}
	}
	return first, rest
}

// addFile reads what a file states, so that a bad one never gets into the case,
// and adds it.
func addFile(ctx context.Context, c *casefile.Case, r casefile.AddRequest, o caseAddOptions, poses map[string]casefile.ScanPose) (forensics.Exhibit, error) {
	info, err := os.Stat(r.SourcePath)
	if err != nil {
		return forensics.Exhibit{}, err
	}
	r.Copy = o.copyAll || !o.refer && info.Size() <= copyBelowB
	switch r.Kind {
	case forensics.KindClock:
		r.Clocks, err = readClocks(r.SourcePath)
	case forensics.KindObservation:
		r.Observations, err = readObservations(r.SourcePath)
	case forensics.KindHypothesis:
		var id string
		if id, err = checkHypothesis(r.SourcePath); err == nil && o.replace {
			r.Replaces, err = formerHypothesis(ctx, c, id)
		}
	case forensics.KindControl:
		_, err = readControl(r.SourcePath)
	case forensics.KindStatement:
		r.Statements, err = readStatements(r.SourcePath)
	case forensics.KindScan:
		if p, ok := poses[filepath.Base(r.SourcePath)]; ok {
			r.Pose = &p
		}
	}
	if err != nil {
		return forensics.Exhibit{}, err
	}
	return c.AddExhibit(ctx, r)
}

func exhibitKind(word string) (kind forensics.ExhibitKind, extensions string, err error) {
	var words []string
	for _, k := range exhibitKinds {
		if word == string(k.kind) || word == string(k.kind)+"s" || k.kind == forensics.KindHypothesis && word == "hypotheses" {
			return k.kind, k.extensions, nil
		}
		words = append(words, string(k.kind))
	}
	return "", "", usageError{fmt.Errorf("%q is not a kind of exhibit; say one of: %s", word, strings.Join(words, ", "))}
}

// expandFolders puts the files of folders, in the order of their names, in place
// of the folders. Files named by themselves are taken whatever they are called;
// hidden files of folders are not.
func expandFolders(paths []string, extensions string) (files, leftOut []string, err error) {
	leftOut = []string{}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() { // what is wrong with a single file is listed when it is added
			files = append(files, p)
			continue
		}
		found := 0
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch hidden := path != p && strings.HasPrefix(d.Name(), "."); {
			case err != nil:
				return err
			case d.IsDir() && hidden:
				return fs.SkipDir
			case d.IsDir():
			case hidden || extensions != "" && !slices.Contains(strings.Fields(extensions), strings.ToLower(filepath.Ext(path))):
				leftOut = append(leftOut, path)
			default:
				found++
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if found == 0 {
			return nil, nil, fmt.Errorf("%s has no file to add (looked for %s)", p, orElse(extensions, "any file"))
		}
	}
	return files, leftOut, nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (s caseAddSummary) print(w io.Writer, t texts) {
	for _, e := range s.Added {
		how := t.T("case_copied")
		if !e.Copied {
			how = t.T("case_referenced")
		}
		fmt.Fprintf(w, "%s  %-11s  %12d B  sha256 %s…  %s  %s\n", e.ID, t.T("case_kind_"+string(e.Kind)), e.SizeB, e.SHA256[:16], how, e.Label)
	}
	for _, x := range s.Already {
		fmt.Fprintln(w, t.T("case_already", "File", x.File, "ID", x.Exhibit))
	}
	if len(s.LeftOut) > 0 {
		fmt.Fprintln(w, t.T("case_left_out", "Count", len(s.LeftOut), "First", s.LeftOut[0]))
	}
	fmt.Fprintln(w, t.T("case_added", "Count", len(s.Added)))
	fmt.Fprintln(w, t.T("case_head", "Head", s.Head))
}

func (s caseAddSummary) failures() []forensics.Failure { return s.Failed }
