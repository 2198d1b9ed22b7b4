package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/forensics/custody"
	"firescene/recon/control"
	"firescene/recon/origin"
	"firescene/recon/register"
	"firescene/render/report"
)

// findingsFile holds the report's findings with their sentences in both
// languages, for trace and for other programs.
const findingsFile = "findings.json"

// maxReportRows bounds the report's long tables; what is left out is said under
// the table and is whole in the attached JSON.
const maxReportRows = 300

// statedFinding is a finding as the report says it.
type statedFinding struct {
	forensics.Finding
	Text map[string]string `json:"text"` // by language
}

// reportLanguages are the languages that a report is written in.
var reportLanguages = []string{"zh", "en"}

// writeReport gathers the content from the stages' outcomes, writes the report in
// both languages and records its findings. It returns the files it wrote,
// relative to the case.
func (r *stageRun) writeReport(ctx context.Context, o caseOutcome) ([]string, error) {
	content, err := r.content(ctx, o)
	if err != nil {
		return nil, err
	}
	content.Findings = conclude(content, o)
	if err := r.c.PutFindings(ctx, content.Findings); err != nil {
		return nil, err
	}
	want := forensics.Step{
		Stage: "report", Inputs: content.Manifest,
		Params: map[string]string{"language": r.lang, "head": content.Meta.CustodyHead, "font": r.fonts.Path},
	}
	files, err := runStage(ctx, r, reportDir, want, func(ctx context.Context, dir string, step *forensics.Step) ([]string, error) {
		step.In, step.Out = len(content.Manifest), len(content.Findings)
		var files []string
		stated := make([]statedFinding, len(content.Findings))
		for i, f := range content.Findings {
			stated[i] = statedFinding{Finding: f, Text: map[string]string{}}
		}
		for _, lang := range r.languages() {
			c, err := r.inLanguage(content, o, lang)
			if err != nil {
				return nil, err
			}
			for i, f := range content.Findings {
				if stated[i].Text[lang], err = report.Sentence(c, f, lang); err != nil {
					return nil, fmt.Errorf("finding %s: %w", f.ID, err)
				}
			}
			written, err := r.writeReportFiles(ctx, dir, c, lang)
			if err != nil {
				return nil, err
			}
			files = append(files, written...)
			r.report("report", int64(len(files)), int64(2*len(reportLanguages)))
		}
		return files, writeJSON(filepath.Join(dir, findingsFile), stated)
	})
	var paths []string
	for _, f := range files {
		paths = append(paths, reportDir+"/"+f)
	}
	return paths, err
}

// languages are those of the report, the case's own first.
func (r *stageRun) languages() []string {
	out := []string{r.lang}
	for _, l := range reportLanguages {
		if l != r.lang {
			out = append(out, l)
		}
	}
	return out
}

// writeReportFiles writes the report in one language: report.pdf and report.html,
// with the language's code in the name when it is not the case's own.
func (r *stageRun) writeReportFiles(ctx context.Context, dir string, c *report.Content, lang string) ([]string, error) {
	suffix := ""
	if lang != r.lang {
		suffix = "." + lang
	}
	opt := report.Options{Lang: lang, MaxRows: maxReportRows, FontRegularTTF: r.fonts.Regular, FontBoldTTF: r.fonts.Bold, FontMonoTTF: r.fonts.Mono, Date: reportDate(c), Zone: r.zone}
	var files []string
	for _, out := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"report" + suffix + ".pdf", func(b *bytes.Buffer) error { return report.WritePDF(b, c, opt) }},
		{"report" + suffix + ".html", func(b *bytes.Buffer) error { return report.WriteHTML(b, c, opt) }},
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := out.write(&b); err != nil {
			return nil, fmt.Errorf("%s: %w", out.name, err)
		}
		if err := writeFile(filepath.Join(dir, out.name), b.Bytes()); err != nil {
			return nil, err
		}
		files = append(files, out.name)
	}
	return files, nil
}

// reportDate is the date of the last custody entry that the report covers: the
// same case gives the same date, whenever the report is written.
func reportDate(c *report.Content) time.Time {
	if n := len(c.Custody); n > 0 {
		return c.Custody[n-1].Time
	}
	return time.Unix(0, 0).UTC()
}

// content gathers everything that the report says, without what is in one
// language only.
func (r *stageRun) content(ctx context.Context, o caseOutcome) (*report.Content, error) {
	meta, err := r.c.Meta(ctx)
	if err != nil {
		return nil, err
	}
	c := &report.Content{
		Meta: report.Meta{
			CaseNumber: meta.Number, FireName: meta.Title, Place: meta.Place, FireTime: meta.FireDate, Agency: meta.Agency,
			Investigators: meta.Investigators, Program: "firescene " + version,
		},
		Events: o.line.Events, Observations: o.tested.Observations, Ranking: o.tested.Ranking, Statements: o.line.Statements,
		Criteria: report.Criteria{AgreeSigmas: origin.AgreeSigmas, ConflictSigmas: origin.ConflictSigmas, DeterminedShare: origin.DeterminedPosterior},
	}
	for _, step := range []func(context.Context, *report.Content, caseOutcome) error{
		r.custodyContent, r.placeContent, r.measuredContent, r.itemContent, r.clockContent, r.fireContent, r.surveyContent, r.inquiryContent, r.stepContent,
	} {
		if err := step(ctx, c, o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// custodyContent adds exhibits and the log up to the last entry that is not the
// report's own: a report must not change because it was written.
func (r *stageRun) custodyContent(ctx context.Context, c *report.Content, _ caseOutcome) error {
	var err error
	if c.Exhibits, err = r.c.Exhibits(ctx); err != nil {
		return err
	}
	log, err := r.c.Log(ctx)
	if err != nil {
		return err
	}
	for len(log) > 0 && isReportEntry(log[len(log)-1]) {
		log = log[:len(log)-1]
	}
	for _, e := range log {
		c.Custody = append(c.Custody, report.CustodyEntry{Seq: int(e.Seq), Time: e.Time, Who: e.Who, Action: e.Action, Exhibit: e.Exhibit, Hash: e.Hash})
	}
	c.Meta.CustodyHead = custody.Head(log)
	return nil
}

// placeContent adds photos, scans, the scale and the pictures.
func (r *stageRun) placeContent(_ context.Context, c *report.Content, o caseOutcome) error {
	label := map[string]string{}
	for _, e := range c.Exhibits {
		label[e.ID] = e.Label
	}
	if p := o.place.Photos; p != nil {
		taken := map[string]forensics.Event{}
		for _, e := range o.line.Events {
			if e.What == photoTaken {
				taken[e.Exhibit] = e
			}
		}
		for _, e := range c.Exhibits {
			if e.Kind != forensics.KindPhoto {
				continue
			}
			row := report.PhotoRow{Exhibit: e.ID, File: e.Label, RawTime: taken[e.ID].Raw, Corrected: taken[e.ID].Corrected, SigmaS: taken[e.ID].SigmaS, Reason: p.NoModel}
			for _, a := range p.Photos {
				if p.Exhibit[a.Name] == e.ID {
					row.Camera, row.Registered, row.ErrPx, row.Reason = a.Camera, a.Outcome == photoPlaced, p.ErrPx[a.Name], a.Reason
					row.Loose = a.Loose
					if p.Scaled {
						row.StationM = a.PosSigma
					}
				}
			}
			if thumb := p.Thumb[e.ID]; thumb != "" {
				b, err := os.ReadFile(r.c.Path(thumb))
				if err != nil {
					return err
				}
				row.Thumb = b
			}
			c.Photos = append(c.Photos, row)
		}
		c.Scale, c.PhotoModel = photoScale(p), photoModel(newTexts(r.lang), p)
	}
	if s := o.place.Scans; s != nil {
		for i := range s.Cloud.Scans {
			u := &s.Cloud.Scans[i]
			id := s.ByID[filepath.Base(u.File)]
			row := report.ScanRow{Exhibit: id, Scan: u.Scan, File: label[id], Name: u.Name, PointsRead: u.Points, PointsClaimed: u.Claimed - u.Invalid, Pose: report.PoseNone}
			found, asked := s.foundOf(u)
			switch pose, given := s.Given[id]; {
			case given && u.Registered:
				row.Pose, row.RMSMM = report.PoseGiven, pose
			case asked && found.Verdict == register.Registered:
				row.Pose, row.RMSMM, row.SigmaMM = report.PoseComputed, found.RMSmm, found.SigmaMM
				row.Frame = found.Reason.Key == register.ReasonFrame
			case u.Registered:
				row.Pose = report.PoseStored
			default:
				row.Reason = notRegistered
			}
			c.Scans = append(c.Scans, row)
		}
		for _, e := range c.Exhibits {
			if s.Units[e.ID].Held {
				c.Scans = append(c.Scans, report.ScanRow{Exhibit: e.ID, File: e.Label, Pose: report.PoseNone, Reason: notRegistered})
			}
		}
		if s.File != "" {
			// The scene is that of the scans: of the photos only what checks their model stays.
			c.Scale.Scaled, c.Scale.Why = !s.inDoubt(), "" // inLanguage says by what
			c.Scale.RelSigma, c.Scale.Level = 0, ""
		}
	}
	return nil
}

// clockContent adds the clocks. The way back from a clock leads to the exhibit
// that states it and to what that names.
func (r *stageRun) clockContent(ctx context.Context, c *report.Content, _ caseOutcome) (err error) {
	if c.Clocks, err = r.c.Clocks(ctx); err != nil {
		return err
	}
	stated, err := r.c.ClockExhibits(ctx)
	for i, k := range c.Clocks {
		if e := stated[k.ID]; e != "" {
			c.Clocks[i].Locators = append([]string{e}, k.Locators...)
		}
	}
	return err
}

// fireContent adds the hypotheses; their plots and the scene's pictures are in
// one language each and are added by inLanguage.
func (r *stageRun) fireContent(_ context.Context, c *report.Content, o caseOutcome) error {
	for _, f := range o.fires.inRank(o.tested.Ranking) {
		c.Hypotheses = append(c.Hypotheses, report.HypothesisRow{Hypothesis: *f.Hypothesis, Result: f.Result})
	}
	return nil
}

// stepContent adds the step records, what each stage went on without, and the
// hashes of every file of the case but the report's own.
func (r *stageRun) stepContent(ctx context.Context, c *report.Content, _ caseOutcome) error {
	steps, err := r.c.Steps(ctx)
	if err != nil {
		return err
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i].Dir < steps[j].Dir })
	for _, e := range c.Exhibits {
		name := e.Path
		if !e.Copied {
			name = e.ID + " (" + e.SourcePath + ")"
		}
		c.Manifest = append(c.Manifest, forensics.FileHash{Path: name, SizeB: e.SizeB, SHA256: e.SHA256})
	}
	for _, s := range steps {
		if s.Dir == reportDir {
			continue
		}
		unlisted := unlistedFolders(c, s.Dir)
		in := func(prefix string) func(forensics.FileHash) bool {
			return func(f forensics.FileHash) bool {
				return slices.ContainsFunc(unlisted, func(d string) bool { return strings.HasPrefix(f.Path, prefix+d+"/") })
			}
		}
		if len(unlisted) > 0 {
			s.Files = slices.DeleteFunc(s.Files, in(s.Dir+"/"))
			s.Step.Outputs = slices.DeleteFunc(s.Step.Outputs, in(""))
		}
		c.Steps = append(c.Steps, s.Step)
		for _, f := range s.Step.Failed {
			c.Failures = append(c.Failures, report.StageFailure{Stage: s.Step.Stage, Failure: f})
		}
		for _, f := range s.Files {
			if filepath.Base(f.Path) != stepFile { // holds the seconds that a run took
				c.Manifest = append(c.Manifest, f)
			}
		}
	}
	return nil
}

// inLanguage is the content with the pictures and plots of one language.
func (r *stageRun) inLanguage(c *report.Content, o caseOutcome, lang string) (*report.Content, error) {
	out := *c
	t := newTexts(lang)
	if p := o.place.Photos; p != nil && c.PhotoModel != nil && c.PhotoModel.Second == report.SecondDiffers {
		m := *c.PhotoModel
		m.Differ = howDiffers(t, p.Second)
		out.PhotoModel = &m
	}
	if s := o.place.Scans; s != nil {
		r.scansInLanguage(&out, c, s, t)
		if p, j := o.place.Photos, o.place.Joined; s.File != "" && p != nil && p.Registered > 0 && !p.Scaled && (j == nil || j.Verdict != register.Registered) {
			out.Remarks = append(out.Remarks, report.Remark{Key: report.RemarkFree, Args: map[string]string{"text": t.T("report_photos_unscaled")}})
		}
	}
	if p := o.place.Photos; p != nil {
		if c.PhotoModel != nil {
			m := *c.PhotoModel
			m.Join = o.place.Joined.content(p, t)
			out.PhotoModel = &m
		}
		out.Photos = slices.Clone(c.Photos)
		for i := range out.Photos {
			out.Photos[i].Notes = p.notes(t, out.Photos[i].Exhibit)
		}
	}
	for _, p := range o.pictures {
		f, err := r.figure(p, lang)
		if err != nil {
			return nil, err
		}
		out.Figures = append(out.Figures, f)
	}
	var err error
	if out.Survey, err = r.surveyInLanguage(c.Survey, o.survey, t, lang); err != nil {
		return nil, err
	}
	if out.Inquiry, err = r.inquiryInLanguage(c.Inquiry, o.tested, t, lang); err != nil {
		return nil, err
	}
	out.Hypotheses = append([]report.HypothesisRow(nil), c.Hypotheses...)
	for i, f := range o.fires.inRank(o.tested.Ranking) {
		b, err := os.ReadFile(r.c.Path(f.Plot[lang]))
		if err != nil {
			return nil, err
		}
		out.Hypotheses[i].Plots = []report.Figure{{PNG: b, Caption: t.T("report_plot", "ID", f.Hypothesis.ID), Sources: []string{f.Plot[lang]}}}
	}
	return &out, nil
}

// scansInLanguage puts what is told of the scans into words.
func (r *stageRun) scansInLanguage(out, c *report.Content, s *scansResult, t texts) {
	if s.File != "" {
		out.Scale.Why = t.T("report_scale_scans")
		if s.inDoubt() {
			out.Scale.Why = t.T("report_scale_unit")
		}
	}
	out.Scans = slices.Clone(c.Scans)
	for i := range out.Scans {
		row := &out.Scans[i]
		u := cloudScanUse{Scan: row.Scan}
		for file, id := range s.ByID {
			if id == row.Exhibit {
				u.File = file
			}
		}
		if q := s.Units[row.Exhibit]; q.Held {
			row.Reason = q.text(t, row.Exhibit)
		} else if f, ok := s.foundOf(&u); ok && row.Pose == report.PoseNone {
			row.Reason = t.T("register_"+string(f.Verdict)) + ": " + reasonText(t, f.Reason)
		}
	}
	for _, e := range c.Exhibits {
		if q, ok := s.Units[e.ID]; ok && (q.Held || s.inDoubt()) {
			out.Remarks = append(out.Remarks, report.Remark{Key: report.RemarkFree, Args: map[string]string{"text": q.text(t, e.ID)}})
		}
	}
}

// isReportEntry reports whether a log entry records the writing of a report.
func isReportEntry(e custody.Entry) bool {
	return e.Action == "findings" || e.Action == "step" && strings.Contains(string(e.Details), `"`+reportDir+`"`)
}

// notes says what makes an exhibit's photo less fit.
func (p *placedPhotos) notes(t texts, exhibit string) (out []string) {
	for _, a := range p.Photos {
		if p.Exhibit[a.Name] == exhibit {
			for _, f := range a.Audit {
				out = append(out, auditWords(t, f))
			}
		}
	}
	return out
}

// photoModel is what the photos gave together, nil without a model.
func photoModel(t texts, p *placedPhotos) *report.PhotoModel {
	if p.Registered == 0 {
		return nil
	}
	m := &report.PhotoModel{ImagePx: p.ImagePx, Others: len(p.Others)}
	if p.Dense != nil {
		m.DensePoints = p.Dense.Points
		if p.Scaled {
			m.Sigma50M, m.Sigma95M = p.Dense.Sigma50, p.Dense.Sigma95
		}
	}
	if p.Second != nil {
		m.Second = report.SecondAgrees
		if !p.Second.Agrees {
			m.Second, m.Differ = report.SecondDiffers, howDiffers(t, p.Second)
		}
	}
	return m
}

// photoScale is what makes the photo model metric and level, with all that was
// held against it.
func photoScale(p *placedPhotos) report.Scale {
	s := report.Scale{Scaled: p.Scaled, Why: p.ScaleWhy, RelSigma: p.ScaleRel}
	if p.Control == nil {
		return s
	}
	s.Level, s.LevelSigmaDeg = p.Control.LevelHow, p.Control.LevelSigmaDeg
	if p.Control.Scaled {
		s.Known, s.Checks = scaleChecks(p.Control.Distances), scaleChecks(p.Control.CheckDists)
	}
	return s
}

// scaleChecks are the distances that have a place in the model.
func scaleChecks(list []control.DistanceResult) (out []report.ScaleCheck) {
	for _, d := range list {
		of := report.CheckVerdict(d.Of)
		switch d.Of {
		case control.NotPlaced, control.NoScale:
			continue // what became of them is among the warnings
		case control.NotChecked:
			of = report.CheckNone
		}
		out = append(out, report.ScaleCheck{Name: d.From + " – " + d.To, HandM: d.Given, SceneM: d.Measured, HandSigmaM: d.GivenSigma, ExpectedM: d.Sigma, Of: of})
	}
	return out
}
