//go:build cgo

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/timeline"
	"firescene/recon"
	"firescene/recon/draft"
	"firescene/render"
	"firescene/render/ui"
)

// draftsDir holds, beside the case's own folders, the changes of hypotheses that are
// no version yet.
const draftsDir = "drafts"

func (t *tool) toolHooks() ui.ToolHooks {
	return ui.ToolHooks{
		Measure: t.measure,
		KeepMeasure: func(m recon.Measurement, then func(string, error)) {
			t.keep(casefile.KeptMeasurement, "M", m.ID, m, then)
		},
		DropMeasure: func(id string, then func(error)) { t.dropKept(casefile.KeptMeasurement, id, then) },
		KeepNote: func(a render.Annotation, then func(string, error)) {
			t.keep(casefile.KeptAnnotation, "A", a.ID, a, then)
		},
		DropNote: func(id string, then func(error)) { t.dropKept(casefile.KeptAnnotation, id, then) },
		PutClock: t.putClock, Edit: editHypothesis, NewHypothesis: newHypothesis, KeepHypothesis: t.keepHypothesis, SaveDraft: t.saveDraft,
	}
}

// kept reads what people put into the case in the window.
func (r *reader) kept(ctx context.Context, c *casefile.Case) {
	list := func(kind casefile.KeptKind, take func(k casefile.Kept) error) {
		all, err := c.Kept(ctx, kind)
		for _, k := range all {
			if e := take(k); e != nil && err == nil {
				err = fmt.Errorf("%s: %w", k.ID, e)
			}
		}
		if err != nil {
			r.trouble(string(kind), err)
		}
	}
	list(casefile.KeptMeasurement, func(k casefile.Kept) error {
		var m recon.Measurement
		err := json.Unmarshal(k.Body, &m)
		m.ID = k.ID
		r.out.Measures = append(r.out.Measures, m)
		return err
	})
	list(casefile.KeptAnnotation, func(k casefile.Kept) error {
		var a render.Annotation
		err := json.Unmarshal(k.Body, &a)
		a.ID = k.ID
		r.out.Notes = append(r.out.Notes, a)
		return err
	})
	var err error
	if r.out.Clocks, err = c.Clocks(ctx); err != nil {
		r.trouble("clocks", err)
	}
	for _, e := range forensics.Current(r.out.Exhibits) {
		if e.Kind != forensics.KindHypothesis {
			continue
		}
		text, err := os.ReadFile(c.ExhibitPath(e))
		var d draft.Draft
		if err == nil {
			d, err = draft.Parse(text)
		}
		if err != nil {
			r.trouble(e.ID+" "+e.Label, err)
			continue
		}
		s := ui.Stated{Exhibit: e.ID, Text: text, Hypothesis: d.Hypothesis}
		if b, err := os.ReadFile(draftPath(r.dir, d.Hypothesis.ID)); err == nil {
			s.Draft = b
		} else if !errors.Is(err, fs.ErrNotExist) {
			r.trouble(draftsDir, err)
		}
		r.out.Stated = append(r.out.Stated, s)
	}
}

// inTurn writes to the case beside the window, one change after the other, and reads
// the custody log again.
func (t *tool) inTurn(do func(ctx context.Context, c *casefile.Case) error, then func(error)) {
	before, mine, dir := t.kept, make(chan struct{}), t.dir
	t.kept = mine
	t.busy++
	go func() {
		if before != nil {
			<-before
		}
		log, err := changeCase(dir, do)
		close(mine)
		t.win.Post(func() {
			t.busy--
			if t.dir == dir && log != nil {
				t.desk.SetLog(log)
			}
			then(err)
		})
	}()
}

func changeCase(dir string, do func(ctx context.Context, c *casefile.Case) error) ([]ui.LogEntry, error) {
	ctx := context.Background()
	by := "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		by = u.Username
	}
	c, err := casefile.Open(ctx, dir, casefile.Options{By: by})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := do(ctx, c); err != nil {
		return nil, err
	}
	entries, err := c.Log(ctx)
	var log []ui.LogEntry
	for _, e := range entries {
		log = append(log, ui.LogEntry{Time: e.Time, Who: e.Who, Action: e.Action, Exhibit: e.Exhibit, Hash: e.Hash})
	}
	return log, err
}

// keep puts a thing into the case, or under a number of its own where only a cloud is
// open.
func (t *tool) keep(kind casefile.KeptKind, letter, id string, body any, then func(string, error)) {
	if t.dir == "" {
		if id == "" {
			t.last++
			id = fmt.Sprintf("%s%03d", letter, t.last)
		}
		then(id, nil)
		return
	}
	t.inTurn(func(ctx context.Context, c *casefile.Case) (err error) {
		if id == "" {
			id, err = c.AddKept(ctx, kind, body)
			return err
		}
		return c.PutKept(ctx, kind, id, body)
	}, func(err error) { then(id, err) })
}

func (t *tool) dropKept(kind casefile.KeptKind, id string, then func(error)) {
	if t.dir == "" {
		then(nil)
		return
	}
	t.inTurn(func(ctx context.Context, c *casefile.Case) error { return c.RemoveKept(ctx, kind, id) }, then)
}

// putClock records what a clock showed at a moment whose true time is known.
func (t *tool) putClock(e ui.ClockEntry, then func(now forensics.Clock, back, again func(), err error)) {
	var former *forensics.Clock
	for i := range t.kase.Clocks {
		if t.kase.Clocks[i].ID == e.ID {
			former = &t.kase.Clocks[i]
		}
	}
	now, err := clockOf(e, former)
	if err != nil {
		then(now, nil, nil, err)
		return
	}
	told := func(err error) {
		if err != nil {
			t.desk.Say(err.Error())
		}
	}
	var had bool
	var was forensics.Clock
	var exhibit string
	put := func(ctx context.Context, c *casefile.Case) error { return c.PutClock(ctx, now) }
	back := func() {
		t.inTurn(func(ctx context.Context, c *casefile.Case) error {
			if had {
				return c.RestoreClock(ctx, was, exhibit)
			}
			return c.RemoveClock(ctx, now.ID)
		}, told)
	}
	t.inTurn(func(ctx context.Context, c *casefile.Case) error {
		all, err := c.Clocks(ctx)
		if err != nil {
			return err
		}
		stated, err := c.ClockExhibits(ctx)
		if err != nil {
			return err
		}
		for _, k := range all {
			if k.ID == now.ID {
				had, was, exhibit = true, k, stated[k.ID]
			}
		}
		return put(ctx, c)
	}, func(err error) { then(now, back, func() { t.inTurn(put, told) }, err) })
}

// clockOf makes the model of a clock from a check. The resolution of what was read
// adds to its uncertainty as an even distribution does.
func clockOf(e ui.ClockEntry, former *forensics.Clock) (forensics.Clock, error) {
	k := forensics.Clock{ID: e.ID, Describe: e.Describe, Zone: e.Zone, DriftPPM: e.DriftPPM, DriftSigmaPPM: e.DriftSigmaPPM, Method: e.Method, By: e.By}
	zone, err := timeline.Zone(e.Zone)
	if err != nil {
		return k, err
	}
	shown, ok1 := timeline.ReadTime(e.Shown)
	truth, ok2 := timeline.ReadTime(e.Truth)
	for _, x := range []struct {
		text string
		r    timeline.Reading
		ok   bool
	}{{e.Shown, shown, ok1}, {e.Truth, truth, ok2}} {
		if !x.ok || !x.r.HasDate || x.r.Year == 0 {
			return k, fmt.Errorf("%q is not a time with its date; write it as 2026-03-01 21:14:05", x.text)
		}
	}
	if !(e.SigmaS >= 0) || math.IsInf(e.SigmaS, 0) {
		return k, fmt.Errorf("an uncertainty of %g s is not possible", e.SigmaS)
	}
	at := truth.In(zone, truth.Year, time.Time{})
	k.OffsetS = shown.In(zone, shown.Year, time.Time{}).Sub(at).Seconds()
	k.SigmaS = math.Sqrt(e.SigmaS*e.SigmaS + (shown.ResolutionS*shown.ResolutionS+truth.ResolutionS*truth.ResolutionS)/12)
	k.CheckedAt = at
	if e.FromEarlier {
		if former == nil || former.CheckedAt.IsZero() {
			return k, fmt.Errorf("the case has no earlier check of clock %s with its time", e.ID)
		}
		gap := at.Sub(former.CheckedAt).Seconds()
		if math.Abs(gap) < 60 {
			return k, fmt.Errorf("the earlier check of clock %s was %.0f s away, too near to tell a drift", e.ID, math.Abs(gap))
		}
		k.DriftPPM = (k.OffsetS - former.OffsetS) / gap * 1e6
		k.DriftSigmaPPM = math.Hypot(k.SigmaS, former.SigmaS) / math.Abs(gap) * 1e6
	}
	return k, casefile.CheckClock(k)
}

// editHypothesis changes a hypothesis in its text; an edit that does nothing reads it.
func editHypothesis(text []byte, e recon.HypothesisEdit) ([]byte, *recon.Hypothesis, error) {
	d, err := draft.Parse(text)
	if err == nil && e.Do != "" {
		d, err = d.Apply(e)
	}
	return d.Text, d.Hypothesis, err
}

func newHypothesis(id, title string, at recon.Vec, ignition time.Time, like *recon.Hypothesis) ([]byte, *recon.Hypothesis, error) {
	var rooms []recon.Room
	var openings []recon.Opening
	if like != nil {
		rooms, openings = like.Rooms, like.Openings
	}
	d, err := draft.Template(id, title, at, ignition, rooms, openings)
	return d.Text, d.Hypothesis, err
}

// keepHypothesis adds a text to the case as the newest version of a hypothesis, by the
// command-line tool, so that it is checked, hashed and logged as any evidence is. A nil
// text keeps nothing and runs the stages.
func (t *tool) keepHypothesis(id string, text []byte, run bool) {
	if !t.inCase() {
		return
	}
	if text == nil {
		if run {
			t.run()
		}
		return
	}
	folder, err := os.MkdirTemp("", "firescene-hypothesis-")
	if err != nil {
		t.desk.Say(err.Error())
		return
	}
	path := filepath.Join(folder, id+".yaml")
	if err := os.WriteFile(path, t.asNew(text), 0o666); err != nil {
		t.desk.Say(err.Error())
		return
	}
	dir := t.dir
	t.start("firescene case add", func() {
		_ = os.RemoveAll(folder)
		_ = os.Remove(draftPath(dir, id))
		if run {
			t.run()
		} else {
			t.open(dir)
		}
	}, "case", "add", dir, string(forensics.KindHypothesis), path, "--copy", "--replace")
}

// asNew is a text that differs from every exhibit: going back to an older version makes
// a new one with the same content.
func (t *tool) asNew(text []byte) []byte {
	for n := 1; ; n++ {
		sum := sha256.Sum256(text)
		same := false
		for _, e := range t.kase.Exhibits {
			same = same || e.SHA256 == hex.EncodeToString(sum[:])
		}
		if !same {
			return text
		}
		text = append(append([]byte(nil), text...), "# stated again\n"...)
	}
}

func draftPath(dir, id string) string { return filepath.Join(dir, draftsDir, id+".yaml") }

// saveDraft keeps a changed text beside the case, by way of a temporary name.
func (t *tool) saveDraft(id string, text []byte) {
	if t.dir == "" {
		return
	}
	path := draftPath(t.dir, id)
	if text == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.desk.Say(err.Error())
		}
		return
	}
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o666)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		t.desk.Say(err.Error())
	}
}
