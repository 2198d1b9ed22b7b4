package casefile

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"firescene/forensics"
)

// AddRequest says what to add to a case and how.
type AddRequest struct {
	Kind       forensics.ExhibitKind
	SourcePath string
	Label      string // empty: the file's name
	Copy       bool   // copy into 00-evidence/, else only refer to SourcePath
	By         string // empty: Options.By
	Clock      string // ID of the clock that its times run on
	Note       string
	PartOf     string // ID of the exhibit that the file is a part of
	Replaces   string // ID of the exhibit that the file is a new version of

	// What was read in the file, stored in the same transaction. Locators without
	// an exhibit get the new exhibit's ID.
	Clocks       []forensics.Clock
	Observations []Observation
	Statements   []forensics.Statement
	Pose         *ScanPose
	// Replace lets Clocks and Observations take the place of recorded ones with the
	// same ID; the log names what was replaced.
	Replace bool

	Progress func(doneB, totalB int64) // may be nil

	tee func(io.Writer) io.Writer // for tests: stands between the copy and its disk
}

// AddExhibit hashes a file, copies it into the case or refers to it, and records
// it under the next ID. The copy is written under another name, synced, read
// back and compared, made read-only and only then given its name. Content that
// the case has already is refused with *DuplicateError, a full disk with
// *FullError; after any error the case is as it was.
func (c *Case) AddExhibit(ctx context.Context, r AddRequest) (forensics.Exhibit, error) {
	fail := func(err error) (forensics.Exhibit, error) {
		return forensics.Exhibit{}, err
	}
	if c.opts.ReadOnly {
		return fail(fmt.Errorf("add %s: %s: %w", r.SourcePath, c.dir, ErrReadOnly))
	}
	source, err := filepath.Abs(r.SourcePath)
	if err != nil {
		return fail(err)
	}
	info, err := os.Stat(source)
	if err != nil {
		return fail(fmt.Errorf("add exhibit: %w", err))
	}
	if !info.Mode().IsRegular() {
		return fail(fmt.Errorf("add %s: it is not a regular file; make an image of a device first (for example with ddrescue) and add that", r.SourcePath))
	}
	if err := c.refuseDuplicate(ctx, r, source, info.Size()); err != nil {
		return fail(err)
	}
	done := int64(0)
	tick := func(n int64) {
		if done += n; r.Progress != nil {
			passes := int64(1)
			if r.Copy {
				passes = 2 // read and read back
			}
			r.Progress(done, passes*info.Size())
		}
	}
	var d digest
	var p *partial
	if r.Copy {
		evidence := filepath.Join(c.dir, EvidenceDir)
		if err := os.MkdirAll(evidence, 0o777); err != nil {
			return fail(diskError("add "+r.SourcePath, evidence, err))
		}
		if p, err = newPartial(evidence); err != nil {
			return fail(diskError("add "+r.SourcePath, evidence, err))
		}
		var w io.Writer = p.f
		if r.tee != nil {
			w = r.tee(w)
		}
		if d, err = p.fill(ctx, source, w, tick); err != nil {
			p.drop()
			return fail(diskError("add "+r.SourcePath, p.path, err))
		}
	} else if d, err = hashFile(ctx, source, true, tick); err != nil {
		return fail(diskError("add "+r.SourcePath, source, err))
	}
	e := forensics.Exhibit{Kind: r.Kind, Label: r.Label, Path: source, SourcePath: source, Copied: r.Copy,
		SizeB: d.sizeB, SHA256: d.sha256, SM3: d.sm3, AddedBy: r.By, AddedAt: c.opts.now().UTC(), Clock: r.Clock, Note: r.Note, PartOf: r.PartOf, Replaces: r.Replaces}
	if e.AddedBy == "" {
		e.AddedBy = c.opts.By
	}
	if e.Label == "" {
		e.Label = filepath.Base(source)
	}
	if err := c.commitExhibit(ctx, &e, r, p); err != nil {
		if p != nil {
			p.f.Close()
			if moves, movesErr := c.moving(context.WithoutCancel(ctx)); movesErr == nil && moves[filepath.Base(p.path)] == "" {
				p.drop()
			}
		}
		return fail(err)
	}
	if p != nil {
		// The exhibit is recorded: from here on an interruption is made good by the
		// next open, so an error does not take the exhibit back.
		if err := c.finishMove(context.WithoutCancel(ctx), p, e.Path); err != nil {
			return e, diskError("add "+r.SourcePath, c.Path(e.Path), err)
		}
	}
	return e, nil
}

// refuseDuplicate looks, before anything is copied, whether an exhibit of the
// same size has the same bytes.
func (c *Case) refuseDuplicate(ctx context.Context, r AddRequest, source string, sizeB int64) error {
	all, err := c.Exhibits(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(e forensics.Exhibit) bool { return e.SizeB == sizeB }) {
		return nil
	}
	d, err := hashFile(ctx, source, false, nil)
	if err != nil {
		return diskError("add "+r.SourcePath, source, err)
	}
	return duplicateAmong(all, r, d.sha256)
}

func duplicateAmong(all []forensics.Exhibit, r AddRequest, sha256 string) error {
	i := slices.IndexFunc(all, func(e forensics.Exhibit) bool { return e.SHA256 == sha256 })
	if i < 0 {
		return nil
	}
	return &DuplicateError{SourcePath: r.SourcePath, ID: all[i].ID, Kind: string(all[i].Kind)}
}

// commitExhibit gives the exhibit its ID and records it, with all that was read
// in it, in one transaction.
func (c *Case) commitExhibit(ctx context.Context, e *forensics.Exhibit, r AddRequest, p *partial) error {
	return c.inTx(ctx, func(tx *sql.Tx) error {
		all, err := exhibitsIn(ctx, tx)
		if err != nil {
			return c.dbError("read", err)
		}
		if err := duplicateAmong(all, r, e.SHA256); err != nil { // added meanwhile
			return err
		}
		e.ID = nextExhibitID(all)
		if p != nil {
			e.Path = EvidenceDir + "/" + e.ID + "-" + safeName(filepath.Base(r.SourcePath))
			if _, err := tx.ExecContext(ctx, "INSERT INTO moving VALUES (?, ?)", filepath.Base(p.path), e.Path); err != nil {
				return c.dbError("write", err)
			}
		}
		read, replaced, err := c.attached(ctx, tx, e.ID, r)
		if err != nil {
			return err
		}
		details := map[string]any{"kind": e.Kind, "source": e.SourcePath, "size": e.SizeB, "sha256": e.SHA256, "sm3": e.SM3, "copied": e.Copied}
		if e.Replaces != "" {
			if !slices.ContainsFunc(forensics.Current(all), func(o forensics.Exhibit) bool { return o.ID == e.Replaces && o.Kind == e.Kind }) {
				return fmt.Errorf("exhibit %s, which this was to replace, is not there, is of another kind, or was replaced meanwhile; look at the newest version first", e.Replaces)
			}
			replaced = append(replaced, "exhibit "+e.Replaces)
		}
		if len(replaced) > 0 {
			details["replaces"] = replaced
		}
		_, err = c.writeIn(ctx, tx, change{action: "add", exhibit: e.ID, by: e.AddedBy, details: details,
			records: append([]record{{kindExhibit, e.ID, e.ID, e}}, read...)})
		return err
	})
}

// finishMove gives a recorded copy its name.
func (c *Case) finishMove(ctx context.Context, p *partial, final string) error {
	if !renamesOpen {
		// A process that opens the case before the rename then does the same move.
		p.f.Close()
	}
	defer p.f.Close()
	if err := moveInto(p.path, c.Path(final)); err != nil {
		return err
	}
	return c.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM moving WHERE temp = ?", filepath.Base(p.path))
		return c.dbError("write", err)
	})
}

// moveInto renames a recorded copy unless that is done already.
func moveInto(temp, final string) error {
	err := os.Rename(temp, final)
	if errors.Is(err, os.ErrNotExist) {
		if _, statErr := os.Stat(final); statErr == nil {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(final))
}

// Exhibits returns all exhibits in the order of their IDs.
func (c *Case) Exhibits(ctx context.Context) ([]forensics.Exhibit, error) {
	all, err := exhibitsIn(ctx, c.db)
	return all, c.dbError("read", err)
}

// Exhibit returns one exhibit.
func (c *Case) Exhibit(ctx context.Context, id string) (forensics.Exhibit, error) {
	var e forensics.Exhibit
	found, err := c.load(ctx, kindExhibit, id, &e)
	if err == nil && !found {
		err = fmt.Errorf("case %s has no exhibit %s; see: firescene case show %s", c.dir, id, c.dir)
	}
	return e, err
}

// ExhibitPath returns where an exhibit's bytes are.
func (c *Case) ExhibitPath(e forensics.Exhibit) string {
	if e.Copied {
		return c.Path(e.Path)
	}
	return e.Path
}

// AssignClock says on which clock an exhibit's times run.
func (c *Case) AssignClock(ctx context.Context, exhibitID, clockID string) error {
	e, err := c.Exhibit(ctx, exhibitID)
	if err != nil {
		return err
	}
	details := map[string]any{"clock": clockID, "before": e.Clock}
	e.Clock = clockID
	_, err = c.write(ctx, change{action: "assign clock", exhibit: e.ID, details: details, records: []record{{kindExhibit, e.ID, e.ID, e}}})
	return err
}

func exhibitsIn(ctx context.Context, q querier) ([]forensics.Exhibit, error) {
	rows, err := q.QueryContext(ctx, "SELECT body FROM records WHERE kind = ?", kindExhibit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []forensics.Exhibit{}
	for rows.Next() {
		var body string
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		var e forensics.Exhibit
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, damaged("an exhibit's record: " + err.Error())
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b forensics.Exhibit) int {
		return cmp.Or(cmp.Compare(exhibitNumber(a.ID), exhibitNumber(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return all, rows.Err()
}

func exhibitNumber(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "E")) // 0 for an ID that the program did not give
	return n
}

func nextExhibitID(all []forensics.Exhibit) string {
	last := 0
	for _, e := range all {
		last = max(last, exhibitNumber(e.ID))
	}
	return fmt.Sprintf("E%03d", last+1)
}

// safeName makes a name that every file system takes; the exhibit's SourcePath
// keeps the one it came with.
func safeName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "_") {
		if unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			r = '_'
		}
		b.WriteRune(r)
	}
	s := b.String()
	const maxB = 120
	if len(s) > maxB { // keep the extension, cut between characters
		ext := filepath.Ext(s)
		if len(ext) > 16 {
			ext = ""
		}
		n := maxB - len(ext)
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n] + ext
	}
	return strings.TrimRight(s, ". ")
}
