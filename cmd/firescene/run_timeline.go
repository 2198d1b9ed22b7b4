package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/logs"
	"firescene/forensics/timeline"
	"firescene/formats/exif"
)

const (
	photoTaken   = "DateTimeOriginal" // Event.What of a photo
	timelineFile = "timeline.jsonl"
	// fatTickS is the step of FAT's modification times; see fileEvents.
	fatTickS = 2.0
)

// caseTimeline is every recorded time of a case, by its corrected time.
type caseTimeline struct {
	Events     []forensics.Event     `json:"events"`
	Statements []forensics.Statement `json:"statements"`
}

// buildTimeline reads the times of logs, of recovered logs and files, and of
// photos, and corrects them all by the one clock model.
func (r *stageRun) buildTimeline(ctx context.Context, items caseItems) (caseTimeline, error) {
	all, err := r.c.Exhibits(ctx)
	if err != nil {
		return caseTimeline{}, err
	}
	clocks, err := r.c.Clocks(ctx)
	if err != nil {
		return caseTimeline{}, err
	}
	meta, err := r.c.Meta(ctx)
	if err != nil {
		return caseTimeline{}, err
	}
	want, err := timelineStep(all, clocks, items, meta)
	if err != nil {
		return caseTimeline{}, err
	}
	return runStage(ctx, r, timelineDir, want, func(ctx context.Context, dir string, step *forensics.Step) (caseTimeline, error) {
		t := &timelineBuilder{r: r, step: step, notAfter: lastDate(meta, all)}
		for i, e := range all {
			if err := t.exhibit(ctx, e); err != nil {
				return caseTimeline{}, err
			}
			r.report("timeline", int64(i+1), int64(len(all)+items.count()))
		}
		done := len(all)
		for _, l := range items.Lists {
			err := l.each(ctx, r, func(it forensics.Item) error {
				done++
				r.report("timeline", int64(done), int64(len(all)+items.count()))
				return t.item(ctx, items, it)
			})
			if err != nil {
				return caseTimeline{}, err
			}
		}
		for _, dir := range slices.Sorted(maps.Values(items.Dir)) {
			if err := t.records(ctx, dir); err != nil {
				return caseTimeline{}, err
			}
		}
		events := t.correct(all, clocks)
		var b bytes.Buffer
		if _, err := timeline.WriteTimesketch(&b, events); err != nil {
			return caseTimeline{}, err
		}
		step.In, step.Out = t.sources, len(events)
		step.Warnings = append(step.Warnings, timeline.Uncorrected(events)...)
		return caseTimeline{Events: events, Statements: t.statements}, writeFile(filepath.Join(dir, timelineFile), b.Bytes())
	})
}

// timelineStep names what the time line is made of.
func timelineStep(all []forensics.Exhibit, clocks []forensics.Clock, items caseItems, meta casefile.Meta) (forensics.Step, error) {
	s := forensics.Step{Stage: "timeline", Params: map[string]string{"zone": meta.Zone, "fire_date": meta.FireDate}}
	for _, e := range all {
		if e.Kind == forensics.KindLog || e.Kind == forensics.KindPhoto || e.Kind == forensics.KindStatement || e.Kind == forensics.KindMedia {
			s.Inputs = append(s.Inputs, exhibitInputs([]forensics.Exhibit{e})...)
			s.Params["clock of "+e.ID] = e.Clock
		}
	}
	for _, l := range items.Lists { // they hold the items' hashes
		s.Inputs = append(s.Inputs, l.File)
	}
	b, err := json.Marshal(clocks)
	s.Params["clocks"] = string(b)
	return s, err
}

// timelineBuilder collects events and what could not be read.
type timelineBuilder struct {
	r          *stageRun
	step       *forensics.Step
	notAfter   time.Time
	events     []forensics.Event
	ticks      map[int]float64 // event index, seconds by which a record's time steps beyond what its text says
	statements []forensics.Statement
	sources    int
}

// exhibit reads the times of one exhibit.
func (t *timelineBuilder) exhibit(ctx context.Context, e forensics.Exhibit) error {
	path := t.r.c.ExhibitPath(e)
	switch e.Kind {
	case forensics.KindLog:
		return t.log(ctx, e.ID+" ("+e.Label+")", path, logs.Source{Exhibit: e.ID})
	case forensics.KindPhoto:
		f, err := os.Open(path)
		if err != nil {
			return nil // the photos stage lists it
		}
		defer f.Close()
		info, err := exif.Read(bufio.NewReader(f))
		if err != nil {
			return nil // the photos stage lists a photo that can not be read
		}
		if ev, ok := logs.FromEXIF(e.ID, info.TimeOriginal, info.SubSec, info.Offset); ok {
			t.sources++
			t.events = append(t.events, ev)
		}
	case forensics.KindStatement:
		passages, err := t.r.c.Statements(ctx, e.ID)
		if err != nil {
			return err
		}
		t.sources++
		t.statements = append(t.statements, passages...)
		t.events = append(t.events, logs.StatementEvents(e.ID, passages, t.r.zone, time.Time{})...)
	}
	return nil
}

// item reads the times of one recovered item: of its lines when it is a log, and
// those that the file system keeps of it.
func (t *timelineBuilder) item(ctx context.Context, items caseItems, it forensics.Item) error {
	t.fileEvents(it)
	switch it.Type {
	case "text", "log", "jsonl", "csv":
	default:
		return nil
	}
	if it.State == forensics.Fragment || it.File == "" {
		return nil
	}
	src := logs.Source{Exhibit: it.Exhibit, Runs: it.Runs}
	if len(it.Locators) > 0 {
		src.Path = it.Locators[0].Path
	}
	return t.log(ctx, it.ID+" ("+it.Name+")", items.file(t.r, it), src)
}

// fileEvents adds the times of a file. FAT keeps modification times in steps of
// two seconds, which their text does not show, and no zone; it keeps the date
// alone of the last access.
func (t *timelineBuilder) fileEvents(it forensics.Item) {
	named := it.Name
	if named == "" {
		named = it.ID + " (" + it.Type + ")"
	}
	if it.Channel != "" {
		named += ", channel " + it.Channel
	}
	for _, x := range it.Times {
		reading, ok := timeline.ReadTime(x.Raw)
		if !ok || !reading.HasDate || len(it.Locators) == 0 || x.What == "accessed" && len(x.Raw) <= len("2006-01-02") {
			continue
		}
		guessed := ""
		if !reading.HasZone {
			guessed = "zone"
		}
		if x.What == "modified" && !reading.HasZone && reading.ResolutionS >= 1 {
			if t.ticks == nil {
				t.ticks = map[int]float64{}
			}
			t.ticks[len(t.events)] = fatTickS
		}
		t.events = append(t.events, forensics.Event{
			Message: "file " + named, What: "file " + x.What, Raw: x.Raw, Parsed: reading.In(time.UTC, 0, time.Time{}),
			Guessed: guessed, Exhibit: it.Exhibit, Locator: it.Locators[0],
		})
	}
}

// records reads the entries of event logs that were recovered from a medium.
func (t *timelineBuilder) records(ctx context.Context, dir string) error {
	for _, kind := range []string{"evtx", "journald"} {
		f, err := os.Open(t.r.c.Path(dir + "/records/" + kind + ".jsonl"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		err = t.recordEvents(ctx, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return nil
}

func (t *timelineBuilder) recordEvents(ctx context.Context, r io.Reader) error {
	t.sources++
	seen := map[string]bool{} // two items may have the same bytes
	dec := json.NewDecoder(bufio.NewReader(r))
	for {
		var rec forensics.Record
		err := dec.Decode(&rec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		where := rec.Locator.String()
		if ev, ok := logs.FromRecord(rec); ok && !seen[where] {
			seen[where] = true
			t.events = append(t.events, ev)
		}
	}
}

// log reads one text log. One that is no log is passed over; one that is damaged
// is listed.
func (t *timelineBuilder) log(ctx context.Context, name, path string, src logs.Source) error {
	f, err := os.Open(path)
	if err != nil {
		t.step.Failed = append(t.step.Failed, forensics.Failure{Input: name, Reason: failureOf(path, err).Reason, Next: "see firescene case verify"})
		return nil
	}
	defer f.Close()
	src.R = bufio.NewReaderSize(f, 1<<16)
	res, err := logs.Parse(ctx, src, logs.Options{Zone: t.r.zone, NotAfter: t.notAfter})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && len(src.Runs) > 0 && len(res.Events) == 0 {
		return nil // a recovered text that is no log
	}
	t.sources++
	if err != nil {
		t.step.Failed = append(t.step.Failed, forensics.Failure{Input: name, Reason: err.Error(), Next: "name the time field with firescene logs --time-field"})
	}
	if res.BadN > 0 {
		t.step.Warnings = append(t.step.Warnings, fmt.Sprintf("%s: %d of %d lines gave no event; the first: %s", name, res.BadN, res.Lines, res.Bad[0].Reason))
	}
	for _, w := range res.Warnings {
		t.step.Warnings = append(t.step.Warnings, name+": "+w)
	}
	for _, w := range timeline.Check(res.Events, t.notAfter) {
		t.step.Warnings = append(t.step.Warnings, fmt.Sprintf("%s: %s (%d times)", name, w.Text, w.Count))
	}
	t.events = append(t.events, res.Events...)
	return nil
}

// correct applies the clocks, orders the events and numbers them.
func (t *timelineBuilder) correct(all []forensics.Exhibit, clocks []forensics.Clock) []forensics.Event {
	clockOf := map[string]string{}
	for _, e := range all {
		clockOf[e.ID] = e.Clock
	}
	events := timeline.Correct(t.events, clocks, func(exhibit string) string { return clockOf[exhibit] })
	for i, tickS := range t.ticks {
		if s := events[i].SigmaS; s > 0 {
			events[i].SigmaS = math.Sqrt(s*s + (tickS*tickS-1)/12)
		}
	}
	timeline.Sort(events)
	for i := range events {
		events[i].ID = fmt.Sprintf("V%05d", i+1)
	}
	return events
}

// lastDate is a date that the logs can not lie after: two months after the fire
// when its date is known, else when the last exhibit was added. It gives the year
// to times that were recorded without one.
func lastDate(meta casefile.Meta, all []forensics.Exhibit) time.Time {
	if reading, ok := timeline.ReadTime(meta.FireDate); ok && reading.HasDate && reading.Year != 0 {
		return reading.In(time.UTC, 0, time.Time{}).AddDate(0, 2, 0)
	}
	var last time.Time
	for _, e := range all {
		if e.AddedAt.After(last) {
			last = e.AddedAt
		}
	}
	return last
}
