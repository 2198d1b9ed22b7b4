package main

import (
	"context"
	"fmt"
	"os"

	"firescene/recon/marks"
	"firescene/render/report"
)

// surveyContent adds rooms, openings and fire marks; words and pictures of one
// language are added by surveyInLanguage.
func (r *stageRun) surveyContent(_ context.Context, c *report.Content, o caseOutcome) error {
	s := o.survey
	if s == nil {
		return nil
	}
	p := &report.SurveyPart{Exhibits: s.Exhibits, WithoutStation: s.WithoutStation, Marked: s.Marked}
	for _, m := range s.Rooms.Rooms {
		p.Rooms = append(p.Rooms, report.RoomRow{Name: m.Name, Closed: m.Closed, Length: m.LengthM, Width: m.WidthM, Height: m.HeightM, FloorArea: m.FloorAreaM2, Volume: m.VolumeM3})
	}
	for _, w := range s.Rooms.Openings {
		p.Openings = append(p.Openings, report.OpeningRow{Name: w.Name, Kind: w.Kind, Rooms: w.Rooms, Width: w.WidthM, Height: w.HeightM, Sill: w.SillM})
	}
	if s.Marks != nil {
		p.Marks = marksPart(s.Marks)
	}
	c.Survey = p
	return nil
}

func marksPart(m *marksJSON) *report.MarksPart {
	p := &report.MarksPart{Source: m.Source, Calibrated: m.Calibration.Fitted, Classes: marks.Names}
	for _, l := range m.SootLines {
		p.SootLines = append(p.SootLines, report.SootLineRow{Room: l.Room, OnsetM: l.OnsetM, FullM: l.FullM, SigmaM: l.SigmaM, Walls: len(l.Walls)})
	}
	for _, v := range m.VPatterns {
		p.VPatterns = append(p.VPatterns, report.VPatternRow{Wall: v.Wall, AngleDeg: v.AngleDeg, SigmaDeg: v.SigmaDeg, LeanDeg: v.LeanDeg, Apex: v.Apex})
	}
	for _, x := range m.Spalls {
		p.Spalls = append(p.Spalls, report.SpallRow{Surface: x.Panel, MaxM: x.MaxDepthM, SigmaM: x.SigmaM, AreaM2: x.AreaM2, At: x.Centre})
	}
	for _, x := range m.Surfaces {
		p.Surfaces = append(p.Surfaces, report.MarkedSurface{Name: surfaceName(string(x.Kind), x.Name, x.Room), Room: x.Room, Kind: string(x.Kind), AreaM2: x.AreaM2, Confidence: x.Confidence})
	}
	return p
}

// surveyInLanguage is the survey with the words and pictures of one language.
func (r *stageRun) surveyInLanguage(p *report.SurveyPart, s *surveyedPlace, t texts, lang string) (*report.SurveyPart, error) {
	if p == nil {
		return nil, nil
	}
	out := *p
	out.Rooms = append([]report.RoomRow(nil), p.Rooms...)
	for i := range out.Rooms {
		out.Rooms[i].Open = s.Rooms.Rooms[i].openText(t)
	}
	if s.Plan != nil {
		f, err := r.figure(*s.Plan, lang)
		if err != nil {
			return nil, err
		}
		out.Plan = &f
	}
	for _, pic := range s.Surfaces {
		f, err := r.figure(pic, lang)
		if err != nil {
			return nil, err
		}
		out.Surfaces = append(out.Surfaces, f)
	}
	return &out, nil
}

// figure reads a picture of the case in one language.
func (r *stageRun) figure(p casePicture, lang string) (report.Figure, error) {
	b, err := os.ReadFile(r.c.Path(p.File[lang]))
	return report.Figure{PNG: b, Caption: p.Caption[lang], Legend: p.Legend[lang], Sources: p.Sources}, err
}

// inquiryContent adds what the comparison rests on.
func (r *stageRun) inquiryContent(_ context.Context, c *report.Content, o caseOutcome) error {
	q := o.tested.Inquiry
	if q == nil {
		return nil
	}
	p := &report.InquiryPart{Undetermined: q.Undetermined}
	for _, x := range q.Contributions {
		row := report.ContributionRow{Observation: x.ObservationID, For: x.For, Against: x.Against}
		if x.For != "" {
			row.Ratio = likelihoodRatio(x)
		}
		p.Contributions = append(p.Contributions, row)
	}
	if w := o.tested.Cells; w != nil && len(w.Best) > 0 {
		p.Cells = &report.CellsPart{N: w.N, Area90M2: w.Area90M2, BestX: w.Best[0].X, BestY: w.Best[0].Y, Undetermined: w.Undetermined}
	}
	c.Inquiry = p
	return nil
}

// inquiryInLanguage is the inquiry with the words and the plot of one language.
func (r *stageRun) inquiryInLanguage(p *report.InquiryPart, tested testedCase, t texts, lang string) (*report.InquiryPart, error) {
	if p == nil {
		return nil, nil
	}
	out := *p
	for _, m := range tested.Inquiry.Next {
		out.Next = append(out.Next, report.NextRow{Text: nextWords(m, t), Bits: m.Bits})
	}
	if p.Cells != nil && tested.CellPlot != nil {
		cells := *p.Cells
		f, err := r.figure(*tested.CellPlot, lang)
		if err != nil {
			return nil, fmt.Errorf("plot of the cells: %w", err)
		}
		cells.Figure, out.Cells = &f, &cells
	}
	return &out, nil
}
