package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"firescene/forensics"
	"firescene/forensics/custody"
)

// Change is one thing in a case that is not as it was recorded.
type Change struct {
	Kind string `json:"kind"` // "changed", "missing", "added", "reordered", "unreadable"
	What string `json:"what"` // "exhibit", "evidence file", "result", "record", "log", "database"
	Name string `json:"name"` // exhibit ID, path relative to the case, record or log entry
	Why  string `json:"why"`
}

// VerifyReport is what Verify found.
type VerifyReport struct {
	Exhibits int      `json:"exhibits"` // hashed
	Results  int      `json:"results"`  // hashed
	Entries  int      `json:"entries"`  // of the log
	Records  int      `json:"records"`
	Bytes    int64    `json:"bytes"` // hashed
	Head     string   `json:"head"`
	Changes  []Change `json:"changes"`
	// Notes are things that are in order but should be known, such as the rest of
	// an interrupted copy.
	Notes []string `json:"notes"`
}

// VerifyOptions say how to verify.
type VerifyOptions struct {
	Head     string                    // a head that was kept outside the case; empty: none
	Workers  int                       // files hashed at the same time; the report does not depend on it
	Progress func(doneB, totalB int64) // may be nil; called from any goroutine
	Now      func(c Change)            // told of every change as it is found; may be nil
}

// Verify hashes every exhibit and every recorded result again and compares the
// log, the records and the folders. It finds any byte that was changed, and any
// file, record or log entry that was added or is missing, below 00-evidence and
// the stage folders; other files of the case's folder are the user's. The error
// is not nil only when the verification could not be carried out.
func (c *Case) Verify(ctx context.Context, o VerifyOptions) (VerifyReport, error) {
	v := &verifier{c: c, o: o}
	log, err := c.verifyDatabase(ctx, v)
	if err != nil {
		return v.report, err
	}
	exhibits, err := c.Exhibits(ctx)
	if err != nil {
		return v.report, err
	}
	steps, err := c.Steps(ctx)
	if err != nil {
		return v.report, err
	}
	moves, err := c.moving(ctx)
	if err != nil {
		return v.report, err
	}
	files := v.expected(exhibits, steps, moves)
	if err := v.unrecorded(files, steps, moves); err != nil {
		return v.report, err
	}
	if err := v.hash(ctx, files); err != nil {
		return v.report, err
	}
	v.report.Head, v.report.Entries = custody.Head(log), len(log)
	v.report.Exhibits, v.report.Results = len(exhibits), len(files)-len(exhibits)
	slices.SortStableFunc(v.report.Changes, func(a, b Change) int {
		return strings.Compare(a.What+"\x00"+a.Name+"\x00"+a.Kind, b.What+"\x00"+b.Name+"\x00"+b.Kind)
	})
	return v.report, nil
}

type verifier struct {
	c      *Case
	o      VerifyOptions
	mu     sync.Mutex
	report VerifyReport
}

func (v *verifier) found(kind, what, name, why string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	ch := Change{kind, what, name, why}
	v.report.Changes = append(v.report.Changes, ch)
	if v.o.Now != nil {
		v.o.Now(ch)
	}
}

// verifyDatabase checks the database file, the chain, and the records against
// the log.
func (c *Case) verifyDatabase(ctx context.Context, v *verifier) ([]custody.Entry, error) {
	v.report.Changes, v.report.Notes = []Change{}, []string{}
	for _, q := range []struct{ query, what, want string }{
		{"PRAGMA integrity_check(1)", "its pages do not fit together", "ok"},
		{"SELECT coalesce(group_concat(sql, char(10)), '') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)",
			"it has other tables, views or triggers than the program made", strings.Join(schema, "\n")},
	} {
		var got string
		if err := c.db.QueryRowContext(ctx, q.query).Scan(&got); err != nil {
			return nil, c.dbError("verify", err)
		}
		if got != q.want {
			v.found("changed", "database", databaseName, q.what)
		}
	}
	log, err := c.Log(ctx)
	if err != nil {
		return nil, c.dbError("verify", err)
	}
	breaks := custody.Verify(log)
	if v.o.Head != "" {
		breaks = custody.VerifyAgainst(log, strings.ToLower(v.o.Head))
	}
	for _, b := range breaks {
		v.found(string(b.Kind), "log", fmt.Sprintf("entry %d", b.Seq), b.Reason)
	}
	return log, c.verifyRecords(ctx, v, log)
}

// verifyRecords compares every record with the last log entry that names it; an entry
// with no hash removed the record.
func (c *Case) verifyRecords(ctx context.Context, v *verifier, log []custody.Entry) error {
	type written struct {
		seq    int64
		sha256 string
	}
	last := map[string]written{}
	var order []string
	for _, e := range log {
		var d struct{ Records []recordRef }
		if json.Unmarshal(e.Details, &d) != nil {
			continue // the chain has found it
		}
		for _, r := range d.Records {
			name := r.Kind + " " + r.ID
			if _, seen := last[name]; !seen {
				order = append(order, name)
			}
			last[name] = written{e.Seq, r.SHA256}
		}
	}
	rows, err := c.db.QueryContext(ctx, "SELECT kind, id, seq, body FROM records ORDER BY kind, id")
	if err != nil {
		return c.dbError("verify", err)
	}
	defer rows.Close()
	there := map[string]bool{}
	for rows.Next() {
		var kind, id, body string
		var seq int64
		if err := rows.Scan(&kind, &id, &seq, &body); err != nil {
			return c.dbError("verify", err)
		}
		name := kind + " " + id
		there[name] = true
		v.report.Records++
		switch w, known := last[name]; {
		case !known:
			v.found("added", "record", name, "no log entry tells of it")
		case w.sha256 == "":
			v.found("added", "record", name, fmt.Sprintf("log entry %d removed it", w.seq))
		case w.sha256 != sha256Hex([]byte(body)):
			v.found("changed", "record", name, fmt.Sprintf("its content is not what log entry %d wrote", w.seq))
		case w.seq != seq:
			v.found("changed", "record", name, fmt.Sprintf("it names log entry %d, the log has it in entry %d", seq, w.seq))
		}
	}
	for _, name := range order {
		if !there[name] && last[name].sha256 != "" {
			v.found("missing", "record", name, fmt.Sprintf("log entry %d wrote it", last[name].seq))
		}
	}
	return c.dbError("verify", rows.Err())
}

// expectedFile is a file that a record names, with what its bytes must give.
type expectedFile struct {
	what, name, path string
	sizeB            int64
	sha256           string
}

// expected lists the files that records name. A file that two steps name belongs
// to the deepest folder; moves has the copies that still have another name.
func (v *verifier) expected(exhibits []forensics.Exhibit, steps []StepRecord, moves map[string]string) []expectedFile {
	var files []expectedFile
	tempOf := map[string]string{}
	for temp, final := range moves {
		tempOf[final] = EvidenceDir + "/" + temp
	}
	for _, e := range exhibits {
		path := v.c.ExhibitPath(e)
		if temp := tempOf[e.Path]; e.Copied && temp != "" {
			if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
				path = v.c.Path(temp)
			}
		}
		files = append(files, expectedFile{"exhibit", e.ID + " " + e.Path, path, e.SizeB, e.SHA256})
	}
	for _, s := range steps {
		for _, f := range s.Files {
			if owningDir(steps, f.Path, s.Dir) == s.Dir {
				files = append(files, expectedFile{"result", f.Path, v.c.Path(f.Path), f.SizeB, f.SHA256})
			}
		}
	}
	return files
}

// unrecorded finds the files in 00-evidence and the stage folders that no record
// names.
func (v *verifier) unrecorded(files []expectedFile, steps []StepRecord, moves map[string]string) error {
	known := map[string]bool{}
	for _, f := range files {
		if rel, ok := v.c.Rel(f.path); ok {
			known[rel] = true
		}
	}
	for i, dir := range append([]string{EvidenceDir}, StageDirs()...) {
		names, err := v.c.filesBelow(dir)
		if err != nil {
			return diskError("verify", v.c.Path(dir), err)
		}
		for _, name := range names {
			base := name[strings.LastIndexByte(name, '/')+1:]
			switch {
			case known[name]:
			case i == 0 && isTempName(base) && moves[base] != "":
			case i == 0 && isTempName(base):
				v.report.Notes = append(v.report.Notes, name+": a copy under way or the rest of an interrupted one; the next case add clears it away")
			case i == 0:
				v.found("added", "evidence file", name, "no exhibit has it")
			default:
				v.found("added", "result", name, "no step has recorded it; a run that was cut off leaves such files, and firescene run does that stage again")
			}
		}
	}
	return nil
}

// hash reads every file again, several at the same time.
func (v *verifier) hash(ctx context.Context, files []expectedFile) error {
	var totalB int64
	for _, f := range files {
		totalB += f.sizeB
	}
	var next, doneB atomic.Int64
	tick := func(n int64) {
		if d := doneB.Add(n); v.o.Progress != nil {
			v.o.Progress(d, totalB)
		}
	}
	var wg sync.WaitGroup
	for range max(1, v.o.Workers) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				v.check(ctx, files[i], tick)
			}
		})
	}
	wg.Wait()
	v.report.Bytes = doneB.Load()
	return ctx.Err()
}

func (v *verifier) check(ctx context.Context, f expectedFile, tick func(int64)) {
	info, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		v.found("missing", f.what, f.name, "the file is not there")
		return
	case err != nil:
		v.found("unreadable", f.what, f.name, err.Error())
		return
	case !info.Mode().IsRegular():
		v.found("changed", f.what, f.name, "it is no longer a regular file")
		return
	case info.Size() != f.sizeB:
		v.found("changed", f.what, f.name, fmt.Sprintf("it has %d bytes instead of %d", info.Size(), f.sizeB))
		return
	}
	switch d, err := hashFile(ctx, f.path, false, tick); {
	case ctx.Err() != nil:
	case err != nil:
		v.found("unreadable", f.what, f.name, err.Error())
	case d.sha256 != f.sha256:
		v.found("changed", f.what, f.name, "its SHA-256 is "+d.sha256+" instead of "+f.sha256)
	}
}
