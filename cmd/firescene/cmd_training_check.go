package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/training"
)

// trainingScore is a trainee's score.
type trainingScore struct {
	Title  string           `json:"title"`
	Points float64          `json:"points"`
	Of     float64          `json:"of"`
	Lines  []training.Score `json:"lines"`
	plan   training.Plan
	sheet  training.Sheet
}

// runTrainingCheck scores the answers in a copy of a case or in a file.
func runTrainingCheck(path, key string) (s trainingScore, err error) {
	answers := path
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		answers = filepath.Join(path, casefile.AnswersFile)
		if key == "" {
			key = keyFile(path)
		}
	}
	if key == "" {
		return s, usageError{fmt.Errorf("training check: give the plan with the expert's answers with --key")}
	}
	data, err := os.ReadFile(key)
	if err != nil {
		return s, err
	}
	if s.plan, err = training.ReadPlan(data, true); err != nil {
		return s, fmt.Errorf("%s: %w", key, err)
	}
	f, err := os.Open(answers)
	if err != nil {
		return s, err
	}
	defer f.Close()
	if s.sheet, err = training.ReadSheet(f); err != nil {
		return s, fmt.Errorf("%s: %w", answers, err)
	}
	s.Title, s.Lines = s.plan.Title, training.Check(s.plan, s.sheet)
	s.Points, s.Of = training.Total(s.Lines)
	return s, nil
}

func (s trainingScore) failures() []forensics.Failure { return nil }

func (s trainingScore) print(w io.Writer, t texts) {
	for i, l := range s.Lines {
		q := s.plan.Questions[i]
		fmt.Fprintln(w, t.T("training_line", "ID", l.ID, "Points", fmt.Sprintf("%.1f", l.Points), "Of", fmt.Sprintf("%.1f", l.Of)))
		fmt.Fprintln(w, "  "+t.T("training_rule_"+l.Rule, "Miss", fmt.Sprintf("%.2f", l.Miss), "Within", fmt.Sprintf("%g", l.Within)))
		fmt.Fprintln(w, "  "+t.T("training_expert", "Answer", expertText(q), "Why", l.Why))
		for _, a := range s.sheet.Answers {
			if a.ID == l.ID && a.Words != "" {
				fmt.Fprintln(w, "  "+t.T("training_words", "Words", a.Words))
			}
		}
	}
	fmt.Fprintln(w, t.T("training_total", "Points", fmt.Sprintf("%.1f", s.Points), "Of", fmt.Sprintf("%.1f", s.Of)))
}

// expertText is the expert's answer to a question.
func expertText(q training.Question) string {
	e := q.Answer
	switch q.Kind {
	case training.Origin:
		return fmt.Sprintf("%.2f %.2f %.2f m ± %g m", e.At[0], e.At[1], e.At[2], e.RadiusM)
	case training.Time:
		return fmt.Sprintf("%s ± %g s", e.Time.Format("2006-01-02 15:04:05 -07:00"), e.WithinS)
	}
	return strings.Join(e.Choices, ", ")
}

func (s trainingSummary) failures() []forensics.Failure { return s.Failed }

func (s trainingSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, t.T("training_made", "Out", s.Out, "Exhibits", s.Exhibits, "Hidden", s.Hidden))
	fmt.Fprintln(w, t.T("training_names", "Texts", s.Texts, "Other", s.AsTheyAre))
	fmt.Fprintln(w, t.T("training_key", "Key", s.Key))
}
