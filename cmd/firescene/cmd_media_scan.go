package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
)

// scannedFind is a find as the journal of the scan keeps it.
type scannedFind struct {
	Type    string            `json:"type"`
	OffsetB int64             `json:"offset"`
	Path    []forensics.Layer `json:"path,omitempty"`
	Aligned bool              `json:"aligned,omitempty"`
	Inside  bool              `json:"inside,omitempty"`
	Wraps   bool              `json:"wraps,omitempty"`
	Host    string            `json:"host,omitempty"`
	Verdict carve.Verdict     `json:"verdict"`
}

// scanLine is a line of the journal: a find, a text log, a place that is done, or
// the place where a run took up the work.
type scanLine struct {
	Find   *scannedFind  `json:"find,omitempty"`
	Log    *carve.LogRun `json:"log,omitempty"`
	DoneB  int64         `json:"done,omitempty"` // with the state of the pass at PassB, at or before it
	PassB  int64         `json:"pass,omitempty"`
	State  string        `json:"state,omitempty"`
	StartB *int64        `json:"start,omitempty"`
}

// checkpointEvery is how much work a kill may cost at most; tests make it less.
var checkpointEvery = 10 * time.Second

// scanner is the search of a medium and what it has found.
type scanner struct {
	im    *media.Image
	finds []carve.Find
	logs  []carve.LogRun
	doneB int64 // by an earlier run
	pass  *pass
	j     *journal[scanLine]
}

// scan looks for files and text logs by their content in one pass over the medium
// and computes the SHA-256 of a raw image from the same bytes; of another image
// the hash is empty; coded is where coded data of pictures may lie. covered are the ranges of files that are known. A scan that
// was cut off goes on from its last checkpoint.
func scan(ctx context.Context, opts mediaOptions, im *media.Image, covered []forensics.ByteRun, dir string, report progressFunc) (finds []carve.Find, sha256 string, coded []forensics.ByteRun, err error) {
	all := carve.Types()
	s, err := openScan(im, all, covered, dir)
	if err != nil {
		return nil, "", nil, err
	}
	defer s.j.close()
	co := carve.Options{Types: all, Unaligned: !opts.AlignedOnly, Covered: covered, Workers: opts.Workers, Depth: carve.MaxDepth, StartB: s.doneB, Tee: s.pass.write}
	noted := time.Now()
	var failed error
	err = carve.Run(ctx, carve.Source{R: im, SizeB: im.SizeB, NextUnread: im.Unread.Next}, co, func(f carve.Find) error {
		f.Data = nil // it is decoded again when it is written
		s.finds = append(s.finds, f)
		return s.j.add(scanLine{Find: &scannedFind{Type: f.Type.Name, OffsetB: f.OffsetB, Path: f.Path, Aligned: f.Aligned, Inside: f.Inside, Wraps: f.Wraps, Host: f.Host, Verdict: f.Verdict}})
	}, func(done int64) {
		report("carve", done, im.SizeB)
		if failed == nil && time.Since(noted) > checkpointEvery {
			noted = time.Now()
			failed = s.checkpoint(done)
		}
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, "", nil, err
	}
	sum, rest := s.pass.finish()
	if s.pass.doneB != im.SizeB {
		return nil, "", nil, fmt.Errorf("%s: %d of %d bytes were read", im.Path, s.pass.doneB, im.SizeB)
	}
	return s.withLogs(append(s.logs, rest...)), sum, s.pass.coded.Runs(), nil
}

// openScan reads the journal of an earlier run, if there is one.
func openScan(im *media.Image, all []carve.Type, covered []forensics.ByteRun, dir string) (*scanner, error) {
	types := map[string]*carve.Type{}
	for i := range all {
		types[all[i].Name] = &all[i]
	}
	s := &scanner{im: im}
	var last scanLine
	var err error
	s.j, err = openJournal(filepath.Join(dir, "scan.journal"), func(l scanLine) bool {
		switch {
		case l.StartB != nil:
			s.drop(*l.StartB)
		case l.Log != nil:
			s.logs = append(s.logs, *l.Log)
		case l.Find != nil:
			f := l.Find
			t := types[f.Type]
			if t == nil {
				return false
			}
			s.finds = append(s.finds, carve.Find{Type: t, OffsetB: f.OffsetB, Path: f.Path, Aligned: f.Aligned, Inside: f.Inside, Wraps: f.Wraps, Host: f.Host, Verdict: f.Verdict})
		default:
			last = l
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	if s.pass, err = newPass(im.Raw(), covered, last.PassB, last.State); err != nil {
		last = scanLine{} // the state is of another version of the library
		s.pass, err = newPass(im.Raw(), covered, 0, "")
	}
	if err == nil {
		s.drop(last.DoneB)
		err = s.catchUp(last.DoneB)
	}
	if err == nil {
		err = s.j.add(scanLine{StartB: &last.DoneB})
	}
	if err != nil {
		s.j.close()
	}
	s.doneB = last.DoneB
	return s, err
}

// drop leaves out what a run from a place on finds again.
func (s *scanner) drop(at int64) {
	s.finds = slices.DeleteFunc(s.finds, func(f carve.Find) bool { return f.ImageB() >= at })
	s.logs = slices.DeleteFunc(s.logs, func(r carve.LogRun) bool { return r.OffsetB >= at })
}

// catchUp brings the pass to where the search goes on, which is a little further.
func (s *scanner) catchUp(to int64) error {
	b := make([]byte, passStepB)
	for s.pass.atB() < to {
		at := s.pass.atB()
		n, err := s.im.ReadAt(b[:min(int64(len(b)), to-at)], at)
		if n == 0 {
			return fmt.Errorf("%s at byte %d: %w", s.im.Path, at, err)
		}
		s.pass.write(b[:n])
	}
	return nil
}

// checkpoint writes down a place from which a later run can go on.
func (s *scanner) checkpoint(done int64) error {
	state, logs, ok := s.pass.before(done)
	if !ok || done >= s.im.SizeB {
		return nil
	}
	for _, r := range logs {
		s.logs = append(s.logs, r)
		if err := s.j.add(scanLine{Log: &r}); err != nil {
			return err
		}
	}
	if err := s.j.add(scanLine{DoneB: done, PassB: state.at, State: state.state}); err != nil {
		return err
	}
	return s.j.flush()
}

// withLogs puts the text logs among the finds, but for those that lie in a whole
// file.
func (s *scanner) withLogs(logs []carve.LogRun) []carve.Find {
	var whole []forensics.ByteRun
	for _, f := range s.finds {
		if f.State == forensics.Whole && len(f.Path) == 0 {
			whole = append(whole, forensics.ByteRun{OffsetB: f.OffsetB, LengthB: f.LengthB})
		}
	}
	whole = joinRuns(whole)
	for _, r := range logs {
		if !within(whole, r.OffsetB) {
			s.finds = append(s.finds, r.Find())
		}
	}
	slices.SortStableFunc(s.finds, func(a, b carve.Find) int { return cmp.Compare(a.ImageB(), b.ImageB()) })
	return s.finds
}
