//go:build cgo

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"firescene/forensics/casefile"
	"firescene/forensics/training"
	"firescene/render/ui"
)

// training reads the questions and the answers of a lesson.
func (r *reader) training() {
	b, err := os.ReadFile(r.path(casefile.TrainingFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var p training.Plan
	if err == nil {
		p, err = training.ReadPlan(b, false)
	}
	if err != nil {
		r.trouble(casefile.TrainingFile, err)
		return
	}
	t := &ui.Training{Title: p.Title}
	for _, q := range p.Questions {
		u := ui.Question{ID: q.ID, Kind: string(q.Kind), Ask: q.Ask, AskZH: q.AskZH, Points: q.Points}
		for _, c := range q.Choices {
			u.Choices = append(u.Choices, ui.Choice{ID: c.ID, Text: c.Text, TextZH: c.TextZH})
		}
		t.Questions = append(t.Questions, u)
	}
	r.out.Training = t
	f, err := os.Open(r.path(casefile.AnswersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var s training.Sheet
	if err == nil {
		s, err = training.ReadSheet(f)
		f.Close()
	}
	if err != nil {
		r.trouble(casefile.AnswersFile, err)
		return
	}
	t.HandedIn = s.HandedIn
	for _, a := range s.Answers {
		for i := range t.Questions {
			if q := &t.Questions[i]; q.ID == a.ID {
				q.At, q.RadiusM, q.Time, q.Chosen, q.Words = a.At, a.RadiusM, a.Time, a.Choices, a.Words
			}
		}
	}
	if t.HandedIn {
		if err := rate(r.dir, t, s); err != nil {
			r.trouble(casefile.TrainingFile, err)
		}
	}
}

// sheetOf are the answers as they are kept.
func sheetOf(t *ui.Training) training.Sheet {
	s := training.Sheet{HandedIn: t.HandedIn}
	for _, q := range t.Questions {
		if q.At == nil && q.Time.IsZero() && len(q.Chosen) == 0 && q.Words == "" {
			continue
		}
		s.Answers = append(s.Answers, training.Answer{ID: q.ID, At: q.At, RadiusM: q.RadiusM, Time: q.Time, Choices: q.Chosen, Words: q.Words})
	}
	return s
}

// saveAnswers keeps the answers in the lesson, and rates them once they are handed in.
func (t *tool) saveAnswers(l *ui.Training) error {
	if t.dir == "" || t.kase.Gone || t.kase.ReadOnly {
		return fmt.Errorf("%s: %s", casefile.AnswersFile, t.desk.T("case_elsewhere"))
	}
	path := filepath.Join(t.dir, casefile.AnswersFile)
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	s := sheetOf(l)
	err = training.WriteSheet(f, s)
	if err = firstError(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	if l.HandedIn {
		return rate(t.dir, l, s)
	}
	return nil
}

// rate scores answers when the trainer left the key beside the lesson.
func rate(dir string, t *ui.Training, s training.Sheet) error {
	b, err := os.ReadFile(filepath.Clean(dir) + "-key.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	p, err := training.ReadPlan(b, true)
	if err != nil {
		return err
	}
	lines := training.Check(p, s)
	t.Points, t.Of = training.Total(lines)
	t.Score = nil
	for i, l := range lines {
		e := p.Questions[i].Answer
		text := strings.Join(e.Choices, ", ")
		switch p.Questions[i].Kind {
		case training.Origin:
			text = fmt.Sprintf("%.2f  %.2f  %.2f  ± %g m", e.At[0], e.At[1], e.At[2], e.RadiusM)
		case training.Time:
			text = fmt.Sprintf("%s ± %g s", e.Time.Format("2006-01-02 15:04:05 -07:00"), e.WithinS)
		}
		t.Score = append(t.Score, ui.ScoreLine{ID: l.ID, Rule: l.Rule, Expert: text, Why: l.Why, Points: l.Points, Of: l.Of, Miss: l.Miss, Within: l.Within})
	}
	return nil
}
