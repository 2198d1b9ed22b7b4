package report

import (
	"strings"
	"testing"
	"unicode"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report/page"
)

func testComposer(t *testing.T, lang string) *composer {
	t.Helper()
	k, err := newComposer(fullCase(), Options{Lang: lang, Zone: testZone})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestPercentNeverClaimsCertainty holds shares that round to all or nothing to
// bounds.
func TestPercentNeverClaimsCertainty(t *testing.T) {
	for v, want := range map[float64]string{1: ">\u00a099.9%", 0.99999: ">\u00a099.9%", 0.998: "99.8%", 0.5: "50.0%", 0.001: "0.1%", 0.0004: "<\u00a00.1%", 0: "<\u00a00.1%"} {
		if got := percent(v); got != want {
			t.Errorf("percent(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestUncertainty(t *testing.T) {
	for v, want := range map[float64]string{1.528: "1.5", 3.014: "3", 0.577: "0.58", 0.5: "0.5", 60: "60", 14.33: "14", 120: "120", 9.96: "10", 0.04567: "0.046", 0.0001: "0", 0: "0"} {
		if got := uncertainty(v); got != want {
			t.Errorf("uncertainty(%v) = %q, want %q", v, got, want)
		}
	}
}

// TestProgramSentences has an example for every pattern: in Chinese it is put
// into words with the original once, in English it stays as it is.
func TestProgramSentences(t *testing.T) {
	examples := []string{
		"JPEG: damaged at byte 12: short data (give a whole file)", "damaged JPEG: invalid JPEG format: short Huffman data", "E57: not supported: codec X",
		"only 12 features found: dark, blurred or without texture", "no other photo shows the same place well enough",
		"too few of its points are in the model; it overlaps with a.jpg, b.jpg (at most 14 matches)", "it is 640x480 pixels, its camera was given for 1280x960",
		"nothing in photos alone fixes the metre",
		"the photos' common upright, assumed: nothing given shows the vertical", "floor plane of 812 points, taken as level to 0.5 degrees", "given coordinates",
		"level line W1, W2", "plumb line P1 to P2", "the scale rests on one distance, A to B: nothing checks it; measure a second one", "nothing given fixes the metre",
		"2 known distance(s) and 0 point(s) with coordinates",
		"check distance A to B disagrees: +0.0120 m where 0.0030 m (one sigma) is expected", "what was given does not fit together: without A to B the rest agrees",
		"not registered: its place among the other scans is not known", "a.jpg: EXIF not used: EXIF: damaged",
		"give a whole JPEG or PNG photo", "check the path", "its files are looked for by carving", "register the scans first: firescene register",
		"see firescene logs --help for what is read", "the first are listed in the step record",
		"E015-I0067 (a.log): 283 time(s) have no year; they were read as 2026 to 2026", "E015: 986 event(s) on a clock that nobody checked",
		"12.5 m from sofa is more than 4 ceiling heights, farther than the tests behind Alpert's ceiling jet",
		"0.70 m below the ceiling it is under the ceiling jet; the temperature of the layer is used", "it releases no heat within the simulated time",
		"Q^(2/5)/D = 5.1 kW^(2/5)/m at the peak of 600 kW is outside 7 to 700, the range of Heskestad's flame height",
		"flames of 2.3 m reach the ceiling 2.1 m above the base by 139 s; Alpert's ceiling jet holds for flames below it",
		"it is stated to catch at 60 s, but the flux there is then 2.5 kW/m2, below the 10 kW/m2 of the easiest pilot ignition",
		"from 210 s on the fire is limited by air: 700 of 1200 kW burn in the room (limit by 1500 A sqrt(H): 900 kW)",
		"flashover at 310 s: the hot layer reaches 600 C; by the correlations ...; burn patterns made after it say little of the origin",
		"no wall material stated; gypsum is supposed", "no wall thickness stated; 0.1 m is supposed", "no prediction: no opening joins its room B with the room of origin A",
		"no opening: only leakage of 120 cm2 is supposed",
		"no opening joins its room B with the room of origin A; it is left out", "no burning area stated; 0.25 m2 is supposed",
		"two-layer model of many rooms with hand correlations under ceilings; layer temperature rise: bias 0.99",
		"gas temperature rise in Alpert's ceiling jet (Alpert 1972) as smoke alarm; bias 1.10, spread 0.34 (published)",
		"hot layer of a room without fire, by the two-layer model of many rooms; bias 1.10, spread 0.34 (published)",
		"RTI link (Heskestad & Smith 1976) in Alpert's ceiling jet; bias 1.12, spread 0.13 (own)",
	}
	if len(examples) != len(programSentences) {
		t.Fatalf("%d examples for %d patterns", len(examples), len(programSentences))
	}
	zh, en := testComposer(t, "zh"), testComposer(t, "en")
	for i, s := range examples {
		if p := programSentences[i]; !p.pattern.MatchString(s) {
			t.Errorf("%s does not match %q", p.key, s)
			continue
		}
		got := page.String(zh.programWords(s))
		if !strings.ContainsFunc(got[:strings.Index(got, "程序原文")], func(r rune) bool { return unicode.Is(unicode.Han, r) }) || !strings.Contains(got, s) {
			t.Errorf("%q became %q", s, got)
		}
		if again := page.String(zh.programWords(s)); strings.Contains(again, s) {
			t.Errorf("the original is quoted again: %q", again)
		}
		if got := page.String(en.programWords(s)); got != s {
			t.Errorf("in English %q became %q", s, got)
		}
	}
	for s, quoted := range map[string]bool{"a sentence that nobody foresaw": true, "与北京时间比对并拍照": false, "12.5": false} {
		if got := page.String(zh.programWords(s)); strings.Contains(got, "程序原文") != quoted || !strings.Contains(got, s) {
			t.Errorf("%q became %q", s, got)
		}
	}
}

// TestVerdictWords goes through the forms in which a comparison gives its
// numbers.
func TestVerdictWords(t *testing.T) {
	at := recon.Vec{1, 2, 3}
	c := &Content{Observations: []recon.Observation{
		{ID: "A", Kind: recon.ObsArrival}, {ID: "P", Kind: recon.ObsPattern, At: &at}, {ID: "S", Kind: recon.ObsSeenAt, At: &at}, {ID: "H", Kind: recon.ObsSmokeHeight},
	}}
	k, err := newComposer(c, Options{Lang: "zh"})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		v                recon.Verdict
		predicted, found string
	}{
		{recon.Verdict{ObservationID: "A", Predicted: "50 s (25 – 100 s)", GivenOthers: "103 s ± 14 s", Observed: "48 s ± 1.0 s"}, "起火后 50 s (25 – 100 s)；计入其他时刻后 103 s ± 14 s", "起火后 48 s ± 1.0 s"},
		{recon.Verdict{ObservationID: "A", Predicted: "10 s (5 – 21 s)", Observed: "-52 s ± 1.0 s"}, "起火后 10 s (5 – 21 s)", "设定起火时间之前 52 s ± 1.0 s"},
		{recon.Verdict{ObservationID: "P", Predicted: "0.00 m", Observed: "0.07 m ± 0.50 m"}, "在设定的起火点", "相距 0.07 m ± 0.50 m"},
		{recon.Verdict{ObservationID: "S", Predicted: "sofa: 0.00 m, ≥ 12 s", Observed: "0.69 m ± 0.71 m, -66 s ± 1.5 s"}, "在可燃物 sofa 处，起火后 12 s 起有火", "相距 0.69 m ± 0.71 m，设定起火时间之前 66 s ± 1.5 s"},
		{recon.Verdict{ObservationID: "H", Predicted: "0.77 m ± 0.33 m", Observed: "1.12 m ± 0.15 m"}, "热烟层最低降至距地 0.77 m ± 0.33 m", "烟熏下沿距地 1.12 m ± 0.15 m"},
		{recon.Verdict{ObservationID: "P", Predicted: "a new form", Observed: "another"}, "a new form", "相距 another"},
		{recon.Verdict{ObservationID: "A"}, "—", "—"},
	} {
		if got := k.predictedWords(x.v); got != x.predicted {
			t.Errorf("%+v: predicted %q, want %q", x.v, got, x.predicted)
		}
		if got := k.foundWords(x.v); got != x.found {
			t.Errorf("%+v: found %q, want %q", x.v, got, x.found)
		}
	}
}

// TestSilenceIsTwoThings tells an observation that was predicted and decides
// nothing from one that was not predicted.
func TestSilenceIsTwoThings(t *testing.T) {
	k := testComposer(t, "zh")
	for want, v := range map[string]recon.Verdict{
		"不足以判断 2.5 σ": {Answer: recon.Silent, Deviation: 2.5}, "不涉及": {Answer: recon.Silent},
		"一致 0.4 σ": {Answer: recon.Agrees, Deviation: 0.4}, "矛盾 4.1 σ": {Answer: recon.Conflicts, Deviation: 4.1},
	} {
		if got := strings.ReplaceAll(page.String(k.answerCell(&v).Text), "\u00a0", " "); got != want {
			t.Errorf("%+v is %q, want %q", v, got, want)
		}
	}
}

// TestWhyUndetermined names the reason that holds, and no other.
func TestWhyUndetermined(t *testing.T) {
	verdict := func(a recon.Answer) []recon.Verdict {
		return []recon.Verdict{{ObservationID: "O1", Answer: a, Deviation: 4}}
	}
	for name, x := range map[string]struct {
		best recon.RankedHypothesis
		want string
	}{
		"conflict":       {recon.RankedHypothesis{HypothesisID: "H1", Posterior: 0.99, Verdicts: verdict(recon.Conflicts)}, "may not be among the hypotheses stated"},
		"not told apart": {recon.RankedHypothesis{HypothesisID: "H1", Posterior: 0.99, Verdicts: verdict(recon.Agrees)}, "no observation that agrees with it tells it"},
		"not clear":      {recon.RankedHypothesis{HypothesisID: "H1", Posterior: 0.6, Verdicts: verdict(recon.Agrees)}, "does not stand clear of H2"},
	} {
		c := fullCase()
		c.Criteria = Criteria{AgreeSigmas: 2, ConflictSigmas: 3, DeterminedShare: 0.95}
		c.Ranking = &recon.Ranking{Hypotheses: []recon.RankedHypothesis{x.best, {HypothesisID: "H2", Posterior: 1 - x.best.Posterior}}}
		k, err := newComposer(c, Options{Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		if got := page.String(k.whyUndetermined()[0]); !strings.Contains(got, x.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRecordedTimesShareALine(t *testing.T) {
	k := testComposer(t, "en")
	got := k.recorded([]forensics.ItemTime{{What: "modified", Raw: "2024-03-03 10:02:14"}, {What: "created", Raw: "2024-03-03 10:02:14"}, {What: "accessed", Raw: "2024-03-03"}})
	if want := "modified, created 2024-03-03 10:02:14\naccessed 2024-03-03"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
