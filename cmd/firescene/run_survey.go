package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon/marks"
	"firescene/recon/structure"
	"firescene/render"
	"firescene/render/plan"
)

// surveyedPlace is what was measured and read in the joined scans: rooms with their
// openings, and fire marks on their surfaces.
type surveyedPlace struct {
	Rooms    roomsJSON  `json:"rooms"`
	Marks    *marksJSON `json:"marks,omitempty"` // nil: there is nothing to look at
	Exhibits []string   `json:"exhibits"`        // that it rests on
	// WithoutStation are the exhibits whose points can not have been made from one
	// place that is known.
	WithoutStation []string      `json:"withoutStation,omitempty"`
	Plan           *casePicture  `json:"plan,omitempty"`
	Surfaces       []casePicture `json:"surfaces,omitempty"`
	// Marked is the number of surfaces with marks, of which Surfaces are the foremost.
	Marked int `json:"marked"`
}

const (
	instrumentMM     = 1.0  // supposed common range error of scanners, as cloud rooms does
	maxMarkPictures  = 8    // surfaces that get a picture in the report
	leastMarkedShare = 0.02 // of a surface that is not clean
	planDPI          = 200
	surfaceDPI       = 100 // of pictures of surfaces, which are wider than a page
	planSheetMM      = 150 // of the plan in the report, where letters are to be read
)

// surveyPlace measures rooms and reads fire marks where scanners stood at known
// places. Scenes of other kinds are left as they are.
func (r *stageRun) surveyPlace(ctx context.Context, place caseScene) (*surveyedPlace, error) {
	if place.Scans == nil || place.Scans.File == "" {
		return nil, nil
	}
	exhibits, err := r.exhibits(ctx, forensics.KindScan)
	if err != nil {
		return nil, err
	}
	want := forensics.Step{Stage: "survey", Inputs: exhibitInputs(exhibits), Params: map[string]string{
		"instrument_mm": fmt.Sprint(instrumentMM), "language": r.lang, "font": r.fonts.Path, "pictures": strconv.Itoa(maxMarkPictures),
	}}
	joined, err := r.resultOf(scansDir)
	if err != nil {
		return nil, err
	}
	want.Inputs = append(want.Inputs, joined...)
	result, err := runStage(ctx, r, surveyDir, want, func(ctx context.Context, dir string, step *forensics.Step) (surveyedPlace, error) {
		s := surveyedPlace{Exhibits: []string{}}
		poses, err := r.c.ScanPoses(ctx)
		if err != nil {
			return s, err
		}
		opts := surveyOptions{placed: r.scanFiles(exhibits, poses, place.Scans), maxPoints: mostSurveyPoints, stationsOnly: true, workers: r.workers}
		survey, use, err := loadSurvey(ctx, opts, r.report)
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		s.rests(use, place.Scans.ByID)
		if step.In = len(opts.placed); err != nil {
			step.Warnings = append(step.Warnings, "rooms and fire marks were not looked for: "+whyNoSurvey(use, err))
			return s, nil
		}
		if err := s.measure(ctx, r, dir, survey, use); err != nil {
			if ctx.Err() != nil || writeTrouble(err, dir) {
				return s, err
			}
			step.Warnings = append(step.Warnings, err.Error())
		}
		step.Out = len(s.Rooms.Rooms) + len(s.Rooms.Openings)
		if s.Marks != nil {
			step.Out += len(s.Marks.SootLines) + len(s.Marks.VPatterns) + len(s.Marks.Spalls)
		}
		return s, nil
	})
	return &result, err
}

// rests notes which exhibits went in and which have no station.
func (s *surveyedPlace) rests(use surveyUse, byFile map[string]string) {
	for _, u := range use.Scans {
		s.Exhibits = append(s.Exhibits, byFile[filepath.Base(u.File)])
	}
	for _, path := range use.Unseen {
		s.WithoutStation = append(s.WithoutStation, byFile[filepath.Base(path)])
	}
	s.Exhibits, s.WithoutStation = unique(s.Exhibits), slices.Compact(s.WithoutStation)
}

// whyNoSurvey prefers the reason that a user can act on.
func whyNoSurvey(use surveyUse, err error) string {
	if len(use.Unseen) > 0 {
		return "it is not known from where the points were scanned (joined clouds); add the scanner's own exports"
	}
	return err.Error()
}

// measure finds rooms and marks and writes lists, plans and pictures.
func (s *surveyedPlace) measure(ctx context.Context, r *stageRun, dir string, survey structure.Survey, use surveyUse) error {
	r.report("rooms", 0, 0)
	found, err := structure.Find(ctx, survey, structure.Options{InstrumentM: instrumentMM / 1000, Workers: r.workers})
	if err != nil {
		return fmt.Errorf("rooms: %w", err)
	}
	structure.NameOpenings(found.Openings)
	s.Rooms = makeRoomsJSON(found, survey, use)
	if err := writeJSON(filepath.Join(dir, "rooms.json"), s.Rooms); err != nil {
		return err
	}
	if len(found.Rooms) == 0 {
		return nil
	}
	if _, err := drawRooms(dir, found, survey.Stations, planWords(newTexts(r.lang))); err != nil {
		return err
	}
	face, err := plan.NewFace(r.fonts.Regular)
	if err != nil {
		return err
	}
	s.Plan = &casePicture{Name: "plan", File: map[string]string{}, Caption: map[string]string{}, Legend: map[string][]render.Legend{}, Sources: []string{surveyDir + "/rooms.json"}}
	for _, lang := range reportLanguages {
		t := newTexts(lang)
		b := plan.Building{Rooms: found.Rooms, Openings: found.Openings, Stations: survey.Stations, Words: planWords(t), SheetMM: planSheetMM}
		if err := s.Plan.write(dir, lang, b.FloorPlan(), face, planDPI); err != nil {
			return err
		}
		s.Plan.Caption[lang] = t.T("survey_plan_caption", "Rooms", len(found.Rooms), "Openings", len(found.Openings))
		s.Plan.Legend[lang] = []render.Legend{{Text: t.T("survey_plan_legend"), Standing: forensics.Measured}}
	}
	r.report("marks", 0, 0)
	m, err := marks.Find(ctx, survey, found, marks.Options{Workers: r.workers})
	if errors.Is(err, marks.ErrNoBrightness) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fire marks: %w", err)
	}
	list := makeMarksJSON(m)
	if s.Marks = &list; len(list.Surfaces) == 0 {
		return nil
	}
	if err := writeJSON(filepath.Join(dir, "marks.json"), list); err != nil {
		return err
	}
	if err := writeMarksPLY(filepath.Join(dir, "marks.ply"), survey, m); err != nil {
		return err
	}
	return s.drawMarks(dir, m, face)
}

// drawMarks draws the surfaces with the largest marks.
func (s *surveyedPlace) drawMarks(dir string, m *marks.Marks, face plan.Face) error {
	panels := slices.Clone(m.Panels)
	slices.SortStableFunc(panels, func(a, b *marks.Panel) int { return cmp.Compare(markedShare(b), markedShare(a)) })
	for _, p := range panels {
		if p.Kind == marks.Floor || markedShare(p) < leastMarkedShare {
			continue // floors hold what fell down: not a mark by itself
		}
		if s.Marked++; len(s.Surfaces) == maxMarkPictures {
			continue
		}
		pic := casePicture{Name: "surface-" + p.Name, File: map[string]string{}, Caption: map[string]string{}, Legend: map[string][]render.Legend{}, Sources: []string{surveyDir + "/marks.json"}}
		for _, lang := range reportLanguages {
			t := newTexts(lang)
			if err := pic.write(dir, lang, marksPicture(m, p, t), face, surfaceDPI); err != nil {
				return err
			}
			pic.Caption[lang] = t.T("survey_surface_caption", "Kind", t.T("marks_kind_"+string(p.Kind)), "Name", surfaceName(string(p.Kind), p.Name, p.Room), "Room", p.Room, "Source", t.T("marks_source_"+m.Source))
			pic.Legend[lang] = []render.Legend{{Text: t.T("survey_surface_legend"), Standing: forensics.Inferred}, {Text: t.T("survey_brightness_legend"), Standing: forensics.Measured}}
		}
		s.Surfaces = append(s.Surfaces, pic)
	}
	return nil
}

// surfaceName is a wall's name; ceilings and floors have that of their room.
func surfaceName(kind, name, room string) string {
	if kind == string(marks.Wall) {
		return name
	}
	return room
}

// write draws a picture in one language and notes its file.
func (p *casePicture) write(dir, lang string, d interface {
	PNG(io.Writer, plan.Face, float64) error
}, face plan.Face, dpi float64) error {
	var b bytes.Buffer
	if err := d.PNG(&b, face, dpi); err != nil {
		return err
	}
	name := p.Name + "." + lang + ".png"
	p.File[lang] = path.Join(surveyDir, name)
	return writeFile(filepath.Join(dir, name), b.Bytes())
}

// markedShare is the share of a surface's measured cells that do not look clean.
func markedShare(p *marks.Panel) float64 {
	marked, all := 0, 0
	for _, c := range p.Class {
		if c == marks.Unknown {
			continue
		}
		if all++; c != marks.Clean {
			marked++
		}
	}
	return float64(marked) / float64(max(all, 1))
}

// surveyDir is where the survey stage leaves its outcome, relative to the case.
const surveyDir = casefile.CloudDir + "/survey"
