// Package training makes a lesson of a case: questions that a trainer writes with the
// expert's answers, a trainee's answers, and a score by rules that are shown with it.
//
// The rules are conventions, not science. They are the same for everybody: each line of
// a score names the rule that gave it.
package training

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"firescene/formats/strictyaml"
)

// Kind is what a question asks for.
type Kind string

// The kinds of question.
const (
	Origin  Kind = "origin"  // the place where it began, with how far it may be off
	Time    Kind = "time"    // when it began
	Choice  Kind = "choice"  // one of the choices: which hypothesis, or that none can be told
	Reasons Kind = "reasons" // those of the choices that speak for the answer
)

// Plan is a lesson as the trainer writes it.
type Plan struct {
	Title string `yaml:"title" json:"title"`
	// Names are taken out of every text of the copy, each for "Person 1" and so on.
	Names []string `yaml:"names" json:"names"`
	// Hide lists what the copy does not show; nil: DefaultHide.
	Hide      []string   `yaml:"hide" json:"hide"`
	Questions []Question `yaml:"questions" json:"questions"`
}

// What can be hidden.
var hideable = []string{"hypotheses", "observations", "statements", "simulated", "tested", "pictures", "report", "cloud", "items", "timeline"}

// DefaultHide is what a lesson hides when it does not say: all that tells the answer.
func DefaultHide() []string {
	return []string{"hypotheses", "simulated", "tested", "pictures", "report"}
}

// Question is one question with the expert's answer.
type Question struct {
	ID      string   `yaml:"id" json:"id"`
	Kind    Kind     `yaml:"kind" json:"kind"`
	Ask     string   `yaml:"ask" json:"ask"`
	AskZH   string   `yaml:"ask_zh" json:"ask_zh"` // the same in Chinese; empty: Ask
	Points  float64  `yaml:"points" json:"points"`
	Choices []Option `yaml:"choices" json:"choices"`
	Answer  *Expert  `yaml:"answer" json:"answer,omitempty"` // nil in the trainee's copy
}

// Option is one of the choices of a question.
type Option struct {
	ID     string `yaml:"id" json:"id"`
	Text   string `yaml:"text" json:"text"`
	TextZH string `yaml:"text_zh" json:"text_zh"`
}

// Expert is the expert's answer.
type Expert struct {
	At      *[3]float64 `yaml:"at_m" json:"at_m"`         // of an origin
	RadiusM float64     `yaml:"radius_m" json:"radius_m"` // within which an answer is right
	Time    time.Time   `yaml:"time" json:"time"`
	WithinS float64     `yaml:"within_s" json:"within_s"` // within which an answer is right
	Choices []string    `yaml:"choices" json:"choices"`   // one, or the reasons
	Why     string      `yaml:"why" json:"why"`
}

// Answer is a trainee's answer to a question.
type Answer struct {
	ID      string      `json:"id"`
	At      *[3]float64 `json:"at_m,omitempty"`
	RadiusM float64     `json:"radius_m,omitempty"` // how far off it may be, as the trainee says
	Time    time.Time   `json:"time"`
	Choices []string    `json:"choices,omitempty"`
	Words   string      `json:"words,omitempty"` // reasons in the trainee's words: for the trainer to read, not scored
}

// Sheet is all a trainee's answers.
type Sheet struct {
	HandedIn bool     `json:"handed_in"` // they are not changed after that
	Answers  []Answer `json:"answers"`
}

// Score is what one answer is worth, and by which rule.
type Score struct {
	ID     string  `json:"id"`
	Points float64 `json:"points"`
	Of     float64 `json:"of"`
	Rule   string  `json:"rule"`   // a key of the rules: RuleOrigin and so on
	Miss   float64 `json:"miss"`   // metres or seconds from the expert's answer; of reasons, wrong ones
	Within float64 `json:"within"` // what full points allow
	Why    string  `json:"why"`    // of the expert
}

// The rules, which callers put into words.
const (
	RuleOrigin  = "origin"  // all points within the expert's radius, none from zeroAt radii on, even in between; less in proportion for a stated region wider than twice the radius
	RuleTime    = "time"    // all points within the expert's span, none from zeroAt spans on, even in between
	RuleChoice  = "choice"  // all or nothing
	RuleReasons = "reasons" // right ones less wrong ones, as a share of the expert's, not below nothing
	RuleMissing = "missing" // no answer, no points
)

// zeroAt is how many times the expert's span a miss is worth nothing from.
const zeroAt = 4

// Bounds of a lesson.
const (
	maxQuestions = 200
	maxChoices   = 100
	maxNames     = 1000
	maxSheetB    = 4 << 20
)

// ReadPlan reads a lesson; key says that it must hold the answers.
func ReadPlan(data []byte, key bool) (Plan, error) {
	var p Plan
	if _, err := strictyaml.Decode("training plan", data, &p); err != nil {
		return p, err
	}
	if p.Hide == nil {
		p.Hide = DefaultHide()
	}
	for _, h := range p.Hide {
		if !slices.Contains(hideable, h) {
			return p, &strictyaml.Problem{Path: "hide", What: fmt.Sprintf("%q can not be hidden", h), Next: "one of " + strings.Join(hideable, ", ")}
		}
	}
	for i, n := range p.Names {
		if len([]rune(strings.TrimSpace(n))) < 2 {
			return p, &strictyaml.Problem{Path: fmt.Sprintf("names[%d]", i), What: fmt.Sprintf("%q is too short to be taken out without harm to other words", n)}
		}
	}
	if len(p.Questions) == 0 || len(p.Questions) > maxQuestions || len(p.Names) > maxNames {
		return p, &strictyaml.Problem{Path: "questions", What: fmt.Sprintf("%d questions and %d names", len(p.Questions), len(p.Names)), Next: fmt.Sprintf("1 to %d questions, at most %d names", maxQuestions, maxNames)}
	}
	seen := map[string]bool{}
	for i := range p.Questions {
		q := &p.Questions[i]
		at := fmt.Sprintf("questions[%d]", i)
		if q.ID == "" || seen[q.ID] {
			return p, &strictyaml.Problem{Path: at + ".id", What: fmt.Sprintf("%q is empty or taken", q.ID)}
		}
		seen[q.ID] = true
		if err := q.check(at, key); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (q *Question) check(at string, key bool) error {
	wrong := func(field, what string) error { return &strictyaml.Problem{Path: at + "." + field, What: what} }
	if q.Ask == "" || !(q.Points > 0 && q.Points <= 1000) {
		return wrong("ask", "a question needs a text and points above 0, at most 1000")
	}
	choosing := q.Kind == Choice || q.Kind == Reasons
	if choosing != (len(q.Choices) > 0) || len(q.Choices) > maxChoices {
		return wrong("choices", fmt.Sprintf("%d choices for a question of the kind %q", len(q.Choices), q.Kind))
	}
	ids := map[string]bool{}
	for _, c := range q.Choices {
		if c.ID == "" || ids[c.ID] {
			return wrong("choices", fmt.Sprintf("the id %q is empty or taken", c.ID))
		}
		ids[c.ID] = true
	}
	if q.Answer == nil {
		if key {
			return wrong("answer", "the expert's answer is missing")
		}
		return nil
	}
	e := q.Answer
	switch q.Kind {
	case Origin:
		if e.At == nil || !finite(e.At[:]...) || !(e.RadiusM > 0 && e.RadiusM < 1000) {
			return wrong("answer", "an origin needs at_m and radius_m")
		}
	case Time:
		if e.Time.IsZero() || !(e.WithinS > 0 && e.WithinS < 1e9) {
			return wrong("answer", "a time needs time and within_s")
		}
	case Choice, Reasons:
		if len(e.Choices) == 0 || q.Kind == Choice && len(e.Choices) != 1 {
			return wrong("answer.choices", "give the right one, or the reasons")
		}
		for i, c := range e.Choices {
			if !ids[c] || slices.Contains(e.Choices[:i], c) {
				return wrong("answer.choices", fmt.Sprintf("%q is none of the choices, or there twice", c))
			}
		}
	default:
		return wrong("kind", fmt.Sprintf("%q is none of origin, time, choice, reasons", q.Kind))
	}
	return nil
}

func finite(v ...float64) bool {
	for _, x := range v {
		if math.IsNaN(x) || math.Abs(x) > 1e9 {
			return false
		}
	}
	return true
}

// ForTrainee is the lesson without the expert's answers and without the names that were
// taken out.
func (p Plan) ForTrainee() Plan {
	out := Plan{Title: p.Title, Hide: p.Hide}
	for _, q := range p.Questions {
		q.Answer = nil
		out.Questions = append(out.Questions, q)
	}
	return out
}

// ReadSheet reads a trainee's answers.
func ReadSheet(r io.Reader) (Sheet, error) {
	var s Sheet
	dec := json.NewDecoder(io.LimitReader(r, maxSheetB))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, fmt.Errorf("answers: %w", err)
	}
	for _, a := range s.Answers {
		if a.At != nil && !finite(a.At[:]...) || !finite(a.RadiusM) || a.RadiusM < 0 {
			return s, fmt.Errorf("answers: the place given to %q is none", a.ID)
		}
	}
	return s, nil
}

// WriteSheet writes a trainee's answers as ReadSheet reads them.
func WriteSheet(w io.Writer, s Sheet) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}

// Check scores a trainee's answers against a plan that holds the expert's; a line a
// question, in its order.
func Check(p Plan, s Sheet) []Score {
	var out []Score
	for i := range p.Questions {
		q := &p.Questions[i]
		line := Score{ID: q.ID, Of: q.Points, Rule: RuleMissing, Why: q.Answer.Why}
		for k := range s.Answers {
			if a := &s.Answers[k]; a.ID == q.ID {
				line.rate(q, a)
			}
		}
		out = append(out, line)
	}
	return out
}

// rate gives an answer its points.
func (l *Score) rate(q *Question, a *Answer) {
	e := q.Answer
	switch {
	case q.Kind == Origin && a.At != nil:
		d := 0.0
		for k := range 3 {
			d += (a.At[k] - e.At[k]) * (a.At[k] - e.At[k])
		}
		l.Rule, l.Miss, l.Within = RuleOrigin, math.Sqrt(d), e.RadiusM
		l.Points = q.Points * fading(l.Miss, e.RadiusM)
		if wide := 2 * e.RadiusM; a.RadiusM > wide {
			l.Points *= wide / a.RadiusM
		}
	case q.Kind == Time && !a.Time.IsZero():
		l.Rule, l.Miss, l.Within = RuleTime, math.Abs(a.Time.Sub(e.Time).Seconds()), e.WithinS
		l.Points = q.Points * fading(l.Miss, e.WithinS)
	case q.Kind == Choice && len(a.Choices) > 0:
		l.Rule = RuleChoice
		if len(a.Choices) == 1 && a.Choices[0] == e.Choices[0] {
			l.Points = q.Points
		}
	case q.Kind == Reasons && len(a.Choices) > 0:
		l.Rule = RuleReasons
		right, wrong := 0, 0
		for i, c := range a.Choices {
			switch {
			case slices.Contains(a.Choices[:i], c):
			case slices.Contains(e.Choices, c):
				right++
			default:
				wrong++
			}
		}
		l.Miss = float64(wrong)
		l.Points = q.Points * max(float64(right-wrong)/float64(len(e.Choices)), 0)
	}
}

// fading is 1 up to a span, 0 from zeroAt spans on, and even in between.
func fading(miss, span float64) float64 {
	return min(max((zeroAt*span-miss)/((zeroAt-1)*span), 0), 1)
}

// Total is the sum of a score.
func Total(lines []Score) (points, of float64) {
	for _, l := range lines {
		points, of = points+l.Points, of+l.Of
	}
	return points, of
}

// Anonymous takes the names out of a text, the longest first, so that none is left that
// holds another.
func (p *Plan) Anonymous(text []byte) []byte {
	order := make([]int, len(p.Names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(p.Names[b]) - len(p.Names[a]) })
	var pairs []string
	for _, i := range order {
		pairs = append(pairs, strings.TrimSpace(p.Names[i]), fmt.Sprintf("Person %d", i+1))
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(text)))
}
