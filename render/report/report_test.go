package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firescene/forensics"
	"firescene/recon"
	"firescene/render/report/page"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

const fontFolder = "/usr/share/fonts/truetype/lxgw-wenkai"

// fonts returns options with the fonts of the package fonts-lxgw-wenkai.
func fonts(t testing.TB, lang string) Options {
	opt := Options{Lang: lang, Date: ignition.AddDate(0, 0, 9)}
	for name, to := range map[string]*[]byte{"LXGWWenKai-Regular.ttf": &opt.FontRegularTTF, "LXGWWenKai-Bold.ttf": &opt.FontBoldTTF, "LXGWWenKaiMono-Regular.ttf": &opt.FontMonoTTF} {
		b, err := os.ReadFile(filepath.Join(fontFolder, name))
		if err != nil {
			t.Skip("no font for the PDF; install fonts-lxgw-wenkai: ", err)
		}
		*to = b
	}
	return opt
}

func htmlOf(t testing.TB, c *Content, lang string) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, c, Options{Lang: lang, Date: ignition}); err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(b.String())
}

// TestPDF checks both languages of a full case and of an empty one: valid, the
// same twice, the words come back. With REPORT_OUT set it leaves the files there
// to be looked at.
func TestPDF(t *testing.T) {
	want := map[string]string{"zh": "尚不能认定", "en": "Undetermined"}
	for _, lang := range []string{"zh", "en"} {
		for name, c := range map[string]*Content{"full": fullCase(), "empty": {}} {
			t.Run(name+"-"+lang, func(t *testing.T) {
				opt := fonts(t, lang)
				var b, again bytes.Buffer
				if err := WritePDF(&b, c, opt); err != nil {
					t.Fatal(err)
				}
				if err := WritePDF(&again, c, opt); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
					t.Errorf("the second run gave other bytes, %v", err)
				}
				folder := os.Getenv("REPORT_OUT")
				if folder == "" {
					folder = t.TempDir()
				}
				file := filepath.Join(folder, name+"-"+lang+".pdf")
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(strings.TrimSuffix(file, "pdf")+"html", []byte(rawHTML(t, c, opt)), 0o600); err != nil {
					t.Fatal(err)
				}
				conf := model.NewDefaultConfiguration()
				if err := api.ValidateFile(file, conf); err != nil {
					t.Error(err)
				}
				if files, err := api.Attachments(bytes.NewReader(b.Bytes()), conf); err != nil || len(files) != 7 {
					t.Errorf("%d attachments, %v; want 7", len(files), err)
				}
				if tool, err := exec.LookPath("qpdf"); err == nil {
					if out, err := exec.Command(tool, "--check", file).CombinedOutput(); err != nil {
						t.Errorf("qpdf: %v\n%s", err, out)
					}
				}
				tool, err := exec.LookPath("pdftotext")
				if err != nil {
					t.Skip("pdftotext is not installed (poppler-utils)")
				}
				out, err := exec.Command(tool, file, "-").Output()
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Contains(string(out), want[lang]); got != (name == "empty") {
					t.Errorf("%q in the text: %v", want[lang], got)
				}
				if name == "full" {
					text := strings.Join(strings.Fields(string(out)), "")
					for _, w := range []string{"庆阳市西峰区消防救援大队", "E004/40960+80", c.Items[59].SHA256, c.Manifest[69].SHA256, "[U+202E]", "[U+1F525]"} {
						if !strings.Contains(text, w) {
							t.Errorf("%q does not come back from the PDF", w)
						}
					}
				}
			})
		}
	}
}

func rawHTML(t testing.TB, c *Content, opt Options) string {
	var b bytes.Buffer
	if err := WriteHTML(&b, c, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLocalesAgree(t *testing.T) {
	zh, err := newTexts("zh", testZone)
	if err != nil {
		t.Fatal(err)
	}
	en, err := newTexts("en", testZone)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := slices.Sorted(maps.Keys(zh.messages)), slices.Sorted(maps.Keys(en.messages)); !slices.Equal(a, b) {
		t.Fatalf("the languages have different keys: %d and %d", len(a), len(b))
	}
	// A name in one language must be one that the other has as well, but for the
	// parts of a date.
	names := regexp.MustCompile(`\.[A-Za-z_][A-Za-z_.0-9]*`)
	for k, m := range zh.messages {
		a, b := map[string]bool{}, map[string]bool{}
		for _, n := range names.FindAllString(strings.Join(regexp.MustCompile(`\{\{[^}]*\}\}`).FindAllString(m, -1), " "), -1) {
			a[n] = true
		}
		for _, n := range names.FindAllString(strings.Join(regexp.MustCompile(`\{\{[^}]*\}\}`).FindAllString(en.messages[k], -1), " "), -1) {
			b[n] = true
		}
		if k != "word.date" && !maps.Equal(a, b) {
			t.Errorf("%s: zh names %v, en names %v", k, slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(b)))
		}
		if m == "" || en.messages[k] == "" {
			t.Errorf("%s is empty", k)
		}
	}
}

// TestEveryMessageHasAUse keeps the message files free of what nobody prints.
func TestEveryMessageHasAUse(t *testing.T) {
	var source strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil && !strings.HasSuffix(f, "_test.go") {
			source.Write(b)
		}
	}
	s := source.String()
	made := []string{"kind.", "standings.", "exhibit.", "state.", "origin.", "itemtime.", "pose.", "obs.", "col.", "tally.", "attach.", "stage.", "action.", "what.", "guess.", "where.", "answer.", "check.", "opening.", "surface.", "class.", "mark.", "marks.source.", "measure."}
	en, err := newTexts("en", testZone)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range slices.Sorted(maps.Keys(en.messages)) {
		if strings.Contains(s, `"`+k+`"`) || strings.HasPrefix(k, "col.") && strings.Contains(s, `k.col("`+strings.TrimPrefix(k, "col.")+`"`) {
			continue
		}
		if strings.HasPrefix(k, "col.") || !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(k, p) }) {
			t.Errorf("%s is not used", k)
		}
	}
}

// TestNoMessageIsMissing looks for keys that were printed for want of words.
func TestNoMessageIsMissing(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		full := fullCase()
		undecided := fullCase()
		undecided.Ranking.Determined, undecided.Scale = false, Scale{}
		undecided.Exhibits[0].SHA256 = ""
		undecided.Findings = slices.DeleteFunc(undecided.Findings, func(f forensics.Finding) bool { return f.Key == FindDetermined })
		for i, c := range []*Content{full, undecided, {}} {
			if m := regexp.MustCompile(`\[[a-z_]+(\.[a-z_]+)+\]|<no value>`).FindAllString(htmlOf(t, c, lang), 3); m != nil {
				t.Errorf("case %d, %s: %q has no words", i, lang, m)
			}
		}
	}
}

func TestEveryFindingKeyHasWords(t *testing.T) {
	c := fullCase()
	args := map[string]string{"exhibit": "E004", "item": "E004-I0001", "clock": "K1", "event": "V0001", "speaker": "丁某", "text": "原话", "observation": "O1", "hypothesis": "H2", "room": "A", "opening": "D1", "mark": "V-1"}
	for key, need := range FindingKeys() {
		for _, lang := range []string{"zh", "en"} {
			f := forensics.Finding{Key: key, Args: map[string]string{}}
			for _, n := range need {
				f.Args[n] = args[n]
			}
			s, err := Sentence(c, f, lang)
			if err != nil || s == "" || strings.Contains(s, "<no value>") {
				t.Errorf("%s, %s: %q, %v", key, lang, s, err)
			}
			for _, n := range need {
				less := maps.Clone(f.Args)
				delete(less, n)
				if s, err := Sentence(c, forensics.Finding{Key: key, Args: less}, lang); err == nil {
					t.Errorf("%s, %s without %s: %q and no error", key, lang, n, s)
				}
				less[n] = "X99"
				if s, err := Sentence(c, forensics.Finding{Key: key, Args: less}, lang); err == nil && n != "text" && n != "speaker" {
					t.Errorf("%s, %s with an unknown %s: %q and no error", key, lang, n, s)
				}
			}
		}
	}
	if _, err := Sentence(c, forensics.Finding{Key: "finding.nothing"}, "zh"); err == nil {
		t.Error("an unknown key gave no error")
	}
}

// find returns the section of an ID, or nil.
func find(secs []page.Section, id string) *page.Section {
	for i := range secs {
		if secs[i].ID == id {
			return &secs[i]
		}
		if s := find(secs[i].Sections, id); s != nil {
			return s
		}
	}
	return nil
}

// rowsOf counts the rows of a section's tables and the tiles of its galleries.
func rowsOf(s *page.Section) (n int) {
	for _, b := range s.Blocks {
		switch v := b.(type) {
		case page.Table:
			n += len(v.Rows)
		case page.Gallery:
			n += len(v.Tiles)
		}
	}
	return n
}

// TestCountsEqualAttachments takes things away and adds some, and holds every
// count to the rows that are printed.
func TestCountsEqualAttachments(t *testing.T) {
	for name, change := range map[string]func(*Content){
		"as it is":   func(*Content) {},
		"fewer":      func(c *Content) { c.Photos, c.Items, c.Scans = c.Photos[:7], c.Items[:13], c.Scans[:1] },
		"none":       func(c *Content) { *c = Content{} },
		"doubled":    func(c *Content) { c.Photos, c.Items = append(c.Photos, c.Photos...), append(c.Items, c.Items...) },
		"no exhibit": func(c *Content) { c.Exhibits = nil },
	} {
		c := fullCase()
		change(c)
		d, err := compose(c, Options{Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		n := count(c, "")
		tally := find(d.Sections, "tally").Blocks[1].(page.Table)
		for i, x := range []struct {
			id  string
			n   int
			len int
		}{
			{"exhibits", n.Exhibits, len(c.Exhibits)}, {"custody", n.Custody, len(c.Custody)}, {"photos", n.Photos, len(c.Photos)}, {"scans", n.Scans, len(c.Scans)},
			{"", n.Figures, len(c.Figures)}, {"item-table", n.Items, len(c.Items)}, {"", n.Clocks, len(c.Clocks)}, {"events", n.Events, len(c.Events)},
			{"statements", n.Statements, len(c.Statements)}, {"observations", n.Observations, len(c.Observations)}, {"", n.Hypotheses, len(c.Hypotheses)},
			{"contradictions", n.Contradictions, len(c.Contradictions)}, {"manifest", n.Manifest, len(c.Manifest)}, {"", n.Steps, len(c.Steps)}, {"failures", n.Failures, len(c.Failures)},
		} {
			if x.n != x.len || tally.Rows[i][2].Text[0].S != num(x.n) {
				t.Errorf("%s, row %d: counted %d, printed %s, there are %d", name, i+1, x.n, tally.Rows[i][2].Text[0].S, x.len)
			}
			if s := find(d.Sections, x.id); x.id != "" && s != nil && rowsOf(s) != x.len {
				t.Errorf("%s: section %s has %d rows, there are %d", name, x.id, rowsOf(s), x.len)
			}
		}
		byExhibit := 0
		for _, e := range c.Exhibits {
			byExhibit += count(c, e.ID).Items
		}
		if len(c.Exhibits) > 0 && byExhibit != n.Items || n.Whole+n.Partial+n.Fragment != n.Items || n.Live+n.Deleted+n.Carved != n.Items {
			t.Errorf("%s: parts do not add up to %d items", name, n.Items)
		}
	}
}

// TestNothingIsNamedUnlessDetermined goes through the ways in which a comparison
// fails to determine a cause.
func TestNothingIsNamedUnlessDetermined(t *testing.T) {
	named := func(c *Content) bool {
		d, err := compose(c, Options{Lang: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		var form page.Fields
		for _, b := range d.Sections[1].Blocks {
			if f, ok := b.(page.Fields); ok {
				form = f
				break
			}
		}
		if len(form.Rows) != 3 {
			t.Fatalf("time, place and cause have %d rows", len(form.Rows))
		}
		un := 0
		for _, r := range form.Rows {
			if r.Value[0].S == "尚不能认定" {
				un++
			}
		}
		if un != 0 && un != 3 {
			t.Errorf("%d of time, place and cause are undetermined", un)
		}
		return un == 0
	}
	if !named(fullCase()) {
		t.Fatal("a determined cause is not named")
	}
	for name, change := range map[string]func(*Content){
		"not compared":     func(c *Content) { c.Ranking = nil },
		"not determined":   func(c *Content) { c.Ranking.Determined = false },
		"elimination only": func(c *Content) { c.Ranking.Hypotheses[0].EliminationOnly = true },
		"rejected":         func(c *Content) { c.Ranking.Hypotheses[0].Rejected = true },
		"not in the case":  func(c *Content) { c.Ranking.Hypotheses[0].HypothesisID = "H9" },
		"empty ranking":    func(c *Content) { c.Ranking.Hypotheses = nil },
		"no hypothesis":    func(c *Content) { c.Hypotheses = nil },
	} {
		c := fullCase()
		change(c)
		if named(c) {
			t.Errorf("%s: a cause is named", name)
		}
		points, err := OpenPoints(c, "en")
		if err != nil || !slices.ContainsFunc(points, func(s string) bool { return strings.Contains(s, "F024 ") }) {
			t.Errorf("%s: the finding that names a cause is not among the open points %q, %v", name, points, err)
		}
	}
}

func TestOpenPoints(t *testing.T) {
	c := fullCase()
	c.Meta.Reviewer = "己某"
	c.Contradictions, c.Failures = nil, nil
	c.Events = c.Events[:5]
	c.Findings = c.Findings[:3]
	if points, err := OpenPoints(c, "en"); err != nil || len(points) != 0 {
		t.Fatalf("a complete case has open points %q, %v", points, err)
	}
	for want, change := range map[string]func(*Content){
		"Reviewed by":                func(c *Content) { c.Meta.Reviewer = " " },
		"two investigators":          func(c *Content) { c.Meta.Investigators = c.Meta.Investigators[:1] },
		"Exhibit E002 has no hash":   func(c *Content) { c.Exhibits[1].SHA256 = "" },
		"F001 has no locator":        func(c *Content) { c.Findings[0].Locators = nil },
		"“E099/0+1” does not lead":   func(c *Content) { c.Findings[0].Locators = []string{"E099/0+1"} },
		"“E001/x” does not lead":     func(c *Content) { c.Findings[0].Locators = []string{"E001/x"} },
		"F002 cannot be put":         func(c *Content) { c.Findings[1].Key = "finding.nothing" },
		"Contradiction C7 is not":    func(c *Content) { c.Contradictions = []Contradiction{{ID: "C7", Text: "x"}} },
		"Hypothesis H3 was not comp": func(c *Content) { c.Ranking.Hypotheses = c.Ranking.Hypotheses[:2] },
	} {
		d := *c
		d.Findings = nil
		b, err := json.Marshal(c.Findings)
		if err == nil {
			err = json.Unmarshal(b, &d.Findings)
		}
		if err != nil {
			t.Fatal(err)
		}
		d.Exhibits = slices.Clone(c.Exhibits)
		ranking := *c.Ranking
		d.Ranking = &ranking
		change(&d)
		points, err := OpenPoints(&d, "en")
		if err != nil || len(points) != 1 || !strings.Contains(points[0], want) {
			t.Errorf("want one point with %q, got %q, %v", want, points, err)
		}
	}
}

// TestOrderOfEventsDoesNotMatter shuffles what has no order of its own.
func TestOrderOfEventsDoesNotMatter(t *testing.T) {
	a, b := fullCase(), fullCase()
	slices.Reverse(b.Events)
	strip := func(c *Content) string {
		d, err := compose(c, Options{Lang: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(d.Sections)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if strip(a) != strip(b) {
		t.Error("the report depends on the order in which events are given")
	}
}

func TestLongTablesAreCutAndSaySo(t *testing.T) {
	c := fullCase()
	d, err := compose(c, Options{Lang: "en", MaxRows: 30})
	if err != nil {
		t.Fatal(err)
	}
	for id, left := range map[string]string{"item-table": "the other 30 are in the attached file items.json", "events": "the other 170 are in the attached file events.json", "manifest": "the other 40 are in the attached file manifest.json"} {
		s := find(d.Sections, id)
		if rowsOf(s) != 30 || !strings.Contains(fmt.Sprint(s.Blocks), left) {
			t.Errorf("%s: %d rows; no line that says %q", id, rowsOf(s), left)
		}
	}
	for _, a := range d.Attachments {
		var list []json.RawMessage
		if a.Name == "events.json" && (json.Unmarshal(a.Content, &list) != nil || len(list) != 200) {
			t.Errorf("%s holds %d events", a.Name, len(list))
		}
	}
}

func TestRejectedHypothesesAreSetOutInFull(t *testing.T) {
	d, err := compose(fullCase(), Options{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"H1", "H2", "H3"} {
		if s := find(d.Sections, "hypothesis-"+id); s == nil || find(s.Sections, "verdicts-"+id) == nil || find(s.Sections, "predicted-"+id) == nil {
			t.Errorf("%s is not set out in full", id)
		}
	}
	m := find(d.Sections, "comparison").Blocks[2].(page.Table)
	if len(m.Rows) != 5 || len(m.Columns) != 4 {
		t.Errorf("the matrix is %d observations by %d hypotheses", len(m.Rows), len(m.Columns)-1)
	}
}

func TestTimelineStaysInItsFrame(t *testing.T) {
	c := fullCase()
	c.Observations[0].Time = ignition.AddDate(30, 0, 0) // far off: the axis spans decades
	for _, w := range []Window{{}, {ignition, ignition.Add(1e9)}, {ignition, ignition}} {
		c.Window = w
		k, err := newComposer(c, Options{Lang: "zh"})
		if err != nil {
			t.Fatal(err)
		}
		chart, ok := k.timelineChart()
		if !ok || len(chart.Marks) < 20 {
			t.Fatalf("no chart, or one of %d marks", len(chart.Marks))
		}
		for _, m := range chart.Marks {
			x2 := m.X2
			if m.Shape == page.Diamond || m.Shape == page.Letters {
				x2 = m.X
			}
			if m.X < 0 || m.X > chartW+0.01 || x2 > chartW+0.01 || m.Y < 0 || m.Y > chart.HeightMM {
				t.Errorf("mark %+v leaves %.0f x %.0f mm", m, chartW, chart.HeightMM)
			}
		}
	}
}

func TestSeconds(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 127: "127", -41.5: "-41.5", 0.7: "0.7", 1.625: "1.625", 12.34: "12.3", 3600: "3600"} {
		if got := seconds(v); got != want {
			t.Errorf("seconds(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestHanNumber(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 12: "十二", 20: "二十", 21: "二十一"} {
		if got := hanNumber(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

// FuzzHostileText puts any text wherever a case can hold text. The page must not
// run it, and the report must come out.
func FuzzHostileText(f *testing.F) {
	for _, s := range []string{"", "<script>alert(1)</script>", "{{.N}}", "\x00\xff\u202e", "]]>\n\r\t", "javascript:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			t.Skip()
		}
		c := &Content{Meta: Meta{CaseNumber: s, FireName: s, Investigators: []string{s}, CustodyHead: s, Facts: []Fact{{s, s}}},
			Exhibits: []forensics.Exhibit{{ID: s, Label: s, Kind: forensics.ExhibitKind(s)}}, Photos: []PhotoRow{{File: s, Thumb: []byte(s)}}, Figures: []Figure{{PNG: []byte(s), Caption: s}},
			Items: []ItemRow{{Item: forensics.Item{ID: s, Name: s, Type: s, State: forensics.ItemState(s)}}}, Events: []forensics.Event{{ID: s, Message: s, Raw: s, ClockID: s}},
			Hypotheses: []HypothesisRow{{Hypothesis: recon.Hypothesis{ID: s, Title: s}}}, Ranking: &recon.Ranking{Determined: true, Hypotheses: []recon.RankedHypothesis{{HypothesisID: s}}},
			Findings: []forensics.Finding{{ID: s, Kind: forensics.FindingKind(s), Key: s, Args: map[string]string{s: s}, Locators: []string{s}}, {Key: FindFree, Args: map[string]string{"text": s}}}}
		out := rawHTML(t, c, Options{Lang: "en"})
		if strings.Contains(strings.ToLower(out), "<script") || !strings.HasSuffix(strings.TrimSpace(out), "</html>") {
			t.Errorf("%q came through", s)
		}
	})
}
