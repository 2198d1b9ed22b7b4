//go:build cgo

package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/AllenDang/cimgui-go/imgui"
)

// Training is a lesson: the questions of a copy of a case, and what the trainee answers.
type Training struct {
	Title     string
	Questions []Question
	HandedIn  bool // answers stay as they are
	Score     []ScoreLine
	Points    float64
	Of        float64
}

// Question is a question with the trainee's answer.
type Question struct {
	ID, Kind   string // "origin", "time", "choice" or "reasons"
	Ask, AskZH string
	Points     float64
	Choices    []Choice
	At         *[3]float64 // the answers; nil, zero and empty: not yet
	RadiusM    float64
	Time       time.Time
	Chosen     []string
	Words      string
}

// Choice is something to choose.
type Choice struct{ ID, Text, TextZH string }

// ScoreLine is what an answer was worth: the rule by its key, and the expert's answer.
type ScoreLine struct {
	ID, Rule, Expert, Why    string
	Points, Of, Miss, Within float64
}

// inLang chooses between a text and its Chinese form.
func (d *Desk) inLang(text, zh string) string {
	if d.lang == "zh" && zh != "" {
		return zh
	}
	return text
}

// trainingPanel asks the questions of a lesson and shows the score once answers are
// handed in.
func (d *Desk) trainingPanel() {
	if d.kase == nil || d.kase.Training == nil {
		imgui.TextDisabled(plain(d.T("no_training")))
		return
	}
	t := d.kase.Training
	imgui.TextUnformatted(t.Title)
	if t.HandedIn {
		d.scoreTable(t)
	}
	imgui.BeginDisabledV(t.HandedIn || d.kase.ReadOnly || d.kase.Gone)
	for i := range t.Questions {
		imgui.PushIDStr(t.Questions[i].ID)
		d.question(&t.Questions[i])
		imgui.PopID()
	}
	imgui.Separator()
	if imgui.Button(d.T("hand_in")) {
		d.handIn()
	}
	imgui.EndDisabled()
}

// handIn ends the lesson.
func (d *Desk) handIn() {
	if t := d.kase.Training; t != nil && d.hooks.SaveAnswers != nil && !t.HandedIn {
		t.HandedIn = true
		d.saveAnswers()
	}
}

func (d *Desk) saveAnswers() {
	if d.hooks.SaveAnswers == nil {
		return
	}
	if err := d.hooks.SaveAnswers(d.kase.Training); err != nil {
		d.Say(d.T("not_saved") + err.Error())
	}
}

func (d *Desk) question(q *Question) {
	imgui.SeparatorText(fmt.Sprintf("%s (%g)", q.ID, q.Points))
	imgui.TextWrapped(plain(d.inLang(q.Ask, q.AskZH)))
	changed := false
	switch q.Kind {
	case "origin":
		changed = d.askOrigin(q)
	case "time":
		text := d.T("unanswered")
		if !q.Time.IsZero() {
			text = q.Time.In(d.zone()).Format("2006-01-02 15:04:05")
		}
		imgui.AlignTextToFramePadding()
		imgui.TextUnformatted(text)
		flow(buttonWide(d.T("take_playhead")))
		if imgui.Button(d.T("take_playhead")) && !d.moment.IsZero() {
			q.Time, changed = d.moment, true
		}
	default:
		for _, c := range q.Choices {
			have := slices.Contains(q.Chosen, c.ID)
			text := c.ID + "  " + d.inLang(c.Text, c.TextZH)
			if q.Kind == "choice" {
				if imgui.RadioButtonBool(plain(text), have) {
					q.Chosen, changed = []string{c.ID}, true
				}
			} else if imgui.Checkbox(plain(text), &have) {
				q.Chosen, changed = toggled(slices.Clone(q.Chosen), c.ID), true
			}
		}
	}
	imgui.SetNextItemWidth(-1)
	imgui.InputTextWithHint("##words", d.T("own_words"), &q.Words, 0, nil)
	if changed || imgui.IsItemDeactivatedAfterEdit() {
		d.saveAnswers()
	}
}

// askOrigin takes a place from the scene and how far off it may be.
func (d *Desk) askOrigin(q *Question) (changed bool) {
	v := &d.scene
	text := d.T("unanswered")
	if q.At != nil {
		text = fmt.Sprintf("%.2f  %.2f  %.2f %s", q.At[0], q.At[1], q.At[2], d.T("unit_m"))
	}
	imgui.AlignTextToFramePadding()
	imgui.TextUnformatted(text)
	flow(buttonWide(d.T("take_origin")))
	picking := v.answering == q.ID
	if picking {
		imgui.PushStyleColorVec4(imgui.ColButton, colAccent)
	}
	if imgui.Button(d.T("take_origin")) {
		if v.answering = q.ID; picking {
			v.answering = ""
		}
	}
	if picking {
		imgui.PopStyleColor()
	}
	if q.RadiusM == 0 {
		q.RadiusM = 0.5
	}
	r := float32(q.RadiusM)
	imgui.SetNextItemWidth(imgui.FontSize() * 8)
	if imgui.SliderFloatV(d.T("region")+"###region", &r, 0.05, 5, "± %.2f", imgui.SliderFlagsLogarithmic) {
		q.RadiusM, changed = float64(r), true
		v.stale()
	}
	return changed
}

// answerOrigin takes the point of the scene that was clicked for a question.
func (d *Desk) answerOrigin(at [3]float64) {
	v := &d.scene
	if d.kase != nil && d.kase.Training != nil && !d.kase.Training.HandedIn {
		for i := range d.kase.Training.Questions {
			if q := &d.kase.Training.Questions[i]; q.ID == v.answering {
				q.At = &at
				d.saveAnswers()
			}
		}
	}
	v.answering = ""
	v.stale()
}

// scoreTable shows what each answer was worth, by which rule, and the expert's.
func (d *Desk) scoreTable(t *Training) {
	if len(t.Score) == 0 {
		imgui.TextWrapped(plain(d.T("no_key")))
		return
	}
	imgui.TextColored(colAccent, plain(fmt.Sprintf(d.T("total"), t.Points, t.Of)))
	for _, l := range t.Score {
		imgui.SeparatorText(fmt.Sprintf("%s  %.1f / %.1f", l.ID, l.Points, l.Of))
		rule := d.T("rule_" + l.Rule)
		switch l.Rule {
		case "origin", "time":
			rule = fmt.Sprintf(rule, l.Miss, l.Within)
		case "reasons":
			rule = fmt.Sprintf(rule, l.Miss)
		}
		imgui.TextWrapped(plain(rule))
		imgui.TextWrapped(plain(d.T("expert") + l.Expert))
		if l.Why != "" {
			imgui.TextWrapped(plain(l.Why))
		}
	}
}

// Answer answers a question of a lesson: a place "X,Y,Z" is taken as clicked, a time at
// the playhead for "now", else choices apart by commas; "hand-in" ends the lesson.
func (d *Desk) Answer(id, text string) error {
	if d.kase == nil || d.kase.Training == nil {
		return fmt.Errorf("the case is no lesson")
	}
	if id == "hand-in" {
		d.handIn()
		return nil
	}
	if d.kase.Training.HandedIn {
		return nil // as the panel, which takes no more
	}
	for i := range d.kase.Training.Questions {
		q := &d.kase.Training.Questions[i]
		if q.ID != id {
			continue
		}
		switch q.Kind {
		case "origin":
			var at [3]float64
			if _, err := fmt.Sscanf(text, "%f,%f,%f", &at[0], &at[1], &at[2]); err != nil {
				return fmt.Errorf("%q is no place", text)
			}
			d.scene.answering = id
			d.answerOrigin(at)
		case "time":
			q.Time = d.moment
		default:
			q.Chosen = slices.DeleteFunc(strings.Split(text, ","), func(c string) bool {
				return !slices.ContainsFunc(q.Choices, func(o Choice) bool { return o.ID == c })
			})
		}
		d.saveAnswers()
		return nil
	}
	return fmt.Errorf("no question %q", id)
}
