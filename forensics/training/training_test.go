package training

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

const plan = `title: Flat fire
names: [Wang Wei, Wang Weiming, 王伟]
questions:
  - {id: origin, kind: origin, ask: Where did it begin?, ask_zh: 起火点在哪里？, points: 4, answer: {at_m: [4, 2, 0.3], radius_m: 0.5, why: the V mark}}
  - {id: when, kind: time, ask: When?, points: 2, answer: {time: 2026-03-14T21:46:25+08:00, within_s: 30}}
  - {id: which, kind: choice, ask: Which?, points: 2, choices: [{id: H1, text: strip}, {id: H2, text: heater}], answer: {choices: [H1]}}
  - {id: why, kind: reasons, ask: Why?, points: 2, choices: [{id: O1, text: a}, {id: O2, text: b}, {id: O3, text: c}], answer: {choices: [O1, O2]}}
`

func TestCheck(t *testing.T) {
	p, err := ReadPlan([]byte(plan), true)
	if err != nil {
		t.Fatal(err)
	}
	t0 := p.Questions[1].Answer.Time
	at := func(dx, r float64) Answer {
		return Answer{ID: "origin", At: &[3]float64{4 + dx, 2, 0.3}, RadiusM: r}
	}
	when := func(s float64) Answer { return Answer{ID: "when", Time: t0.Add(time.Duration(s * 1e9))} }
	for _, c := range []struct {
		a    Answer
		want float64
		rule string
	}{
		{at(0.4, 0.3), 4, RuleOrigin}, {at(1.25, 0.3), 2, RuleOrigin}, {at(2, 0.3), 0, RuleOrigin}, {at(0, 2), 2, RuleOrigin},
		{when(-30), 2, RuleTime}, {when(75), 1, RuleTime}, {when(500), 0, RuleTime},
		{Answer{ID: "which", Choices: []string{"H1"}}, 2, RuleChoice}, {Answer{ID: "which", Choices: []string{"H2"}}, 0, RuleChoice},
		{Answer{ID: "why", Choices: []string{"O1", "O2"}}, 2, RuleReasons}, {Answer{ID: "why", Choices: []string{"O1", "O1"}}, 1, RuleReasons},
		{Answer{ID: "why", Choices: []string{"O1", "O2", "O3"}}, 1, RuleReasons}, {Answer{ID: "why", Choices: []string{"O3"}}, 0, RuleReasons},
		{Answer{ID: "origin"}, 0, RuleMissing},
	} {
		lines := Check(p, Sheet{Answers: []Answer{c.a}})
		for _, l := range lines {
			if l.ID == c.a.ID && (math.Abs(l.Points-c.want) > 1e-9 || l.Rule != c.rule) {
				t.Errorf("%+v gives %+v, want %g by %s", c.a, l, c.want, c.rule)
			}
		}
	}
	if points, of := Total(Check(p, Sheet{})); points != 0 || of != 10 {
		t.Errorf("an empty sheet: %g of %g", points, of)
	}
}

func TestPlan(t *testing.T) {
	p, err := ReadPlan([]byte(plan), true)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.Anonymous([]byte("Wang Weiming saw Wang Wei (王伟)"))); got != "Person 2 saw Person 1 (Person 3)" {
		t.Errorf("without names: %q", got)
	}
	for _, q := range p.ForTrainee().Questions {
		if q.Answer != nil {
			t.Errorf("the trainee is told the answer of %s", q.ID)
		}
	}
	for from, to := range map[string]string{"points: 4": "points: 0", "kind: time": "kind: tim", "[H1]": "[H9]", "radius_m: 0.5": "radius_m: 0", "id: when": "id: origin",
		"title:": "hide: [all]\ntitle:", "Wang Wei,": "W,", ", answer: {choices: [O1, O2]}": "", "ask: Why?": "ask: Why?, aks: x"} {
		if _, err := ReadPlan([]byte(strings.Replace(plan, from, to, 1)), true); err == nil {
			t.Errorf("with %q for %q it was taken", to, from)
		}
	}
}

func TestSheet(t *testing.T) {
	want := Sheet{HandedIn: true, Answers: []Answer{{ID: "a", At: &[3]float64{1, 2, 3}, Choices: []string{"x"}, Words: "字"}}}
	var b bytes.Buffer
	if err := WriteSheet(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSheet(&b)
	if err != nil || fmt.Sprint(*got.Answers[0].At) != fmt.Sprint(*want.Answers[0].At) || !got.HandedIn || got.Answers[0].Words != "字" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ReadSheet(strings.NewReader(`{"answers":[{"id":"a","at_m":[1e99,0,0]}]}`)); err == nil {
		t.Error("a place out of all bounds was taken")
	}
}

func FuzzTraining(f *testing.F) {
	f.Add([]byte(plan), []byte(`{"answers":[{"id":"origin","at_m":[1,2,3],"radius_m":1}]}`))
	f.Fuzz(func(t *testing.T, plan, sheet []byte) {
		p, err := ReadPlan(plan, true)
		if err != nil {
			return
		}
		s, err := ReadSheet(bytes.NewReader(sheet))
		if err != nil {
			return
		}
		for _, l := range Check(p, s) {
			if !(l.Points >= 0 && l.Points <= l.Of) {
				t.Fatalf("%+v", l)
			}
		}
	})
}
