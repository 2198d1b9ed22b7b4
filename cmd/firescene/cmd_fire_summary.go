package main

import (
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/handcalc"
	"firescene/recon/origin/inquiry"
)

// fireSummary is what fire simulate, compare and rank return.
type fireSummary struct {
	Stage   string              `json:"stage"`
	Out     string              `json:"out"`
	Results []fireLine          `json:"results"`
	Ranking *recon.Ranking      `json:"ranking,omitempty"`
	Inquiry *inquiry.Inquiry    `json:"inquiry,omitempty"`
	Cells   *cellSummary        `json:"cells,omitempty"`
	Failed  []forensics.Failure `json:"failed"`
	began   time.Time
}

// fireLine is one hypothesis in short.
type fireLine struct {
	ID            string          `json:"id"`
	Title         string          `json:"title"`
	PeakKW        float64         `json:"peak_kW"`
	PeakLayerC    float64         `json:"peak_layer_C"`
	LowestLayerM  float64         `json:"lowest_layer_m"`
	FlashoverS    *float64        `json:"flashover_s"` // null: none within the simulated time
	Arrivals      []recon.Arrival `json:"arrivals"`
	WarningsCount int             `json:"warnings"`
}

func lineOf(m simulated) fireLine {
	room := m.Hypothesis.Origin.Room
	l := fireLine{ID: m.Hypothesis.ID, Title: m.Hypothesis.Title, Arrivals: m.Result.Arrivals, WarningsCount: len(m.Result.Warnings)}
	_, l.PeakKW = extremes(m.Result.Find("hrr", room))
	_, l.PeakLayerC = extremes(m.Result.Find("upper_layer", room))
	l.LowestLayerM, _ = extremes(m.Result.Find("interface", room))
	if s := m.Result.Find("upper_layer", room); s != nil {
		for i, v := range s.Value {
			if v >= handcalc.FlashoverLayerC {
				t := m.Result.TimeS[i]
				l.FlashoverS = &t
				break
			}
		}
	}
	return l
}

func extremes(s *recon.Series) (lo, hi float64) {
	if s == nil || len(s.Value) == 0 {
		return 0, 0
	}
	lo, hi = s.Value[0], s.Value[0]
	for _, v := range s.Value {
		lo, hi = min(lo, v), max(hi, v)
	}
	return lo, hi
}

func sortHypotheses(list []*recon.Hypothesis) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].ID < list[j].ID })
}

func (s fireSummary) failures() []forensics.Failure { return s.Failed }

func (s fireSummary) print(w io.Writer, t texts) {
	for _, l := range s.Results {
		fmt.Fprintln(w, strings.TrimSpace(l.ID+"  "+l.Title))
		fmt.Fprintln(w, "  "+t.T("fire_line", "Peak", fmt.Sprintf("%.0f", l.PeakKW), "Layer", fmt.Sprintf("%.0f", l.PeakLayerC), "Height", fmt.Sprintf("%.2f", l.LowestLayerM)))
		if l.FlashoverS != nil {
			fmt.Fprintln(w, "  "+t.T("fire_flashover", "Time", fmt.Sprintf("%.0f", *l.FlashoverS)))
		}
		for _, a := range l.Arrivals {
			fmt.Fprintf(w, "  %-16s %s\n", a.Detector, arrivalLine(a, t))
		}
		if l.WarningsCount > 0 {
			fmt.Fprintln(w, "  "+t.T("fire_warnings", "Count", l.WarningsCount, "File", filepath.Join(s.Out, l.ID+".json")))
		}
	}
	if s.Ranking != nil {
		s.printRanking(w, t)
	}
	fmt.Fprintln(w, t.T("fire_written", "Dir", s.Out))
}

func arrivalLine(a recon.Arrival, t texts) string {
	switch {
	case strings.HasPrefix(a.Uncovered, "no opening joins"):
		return t.T("fire_uncovered")
	case a.Uncovered != "":
		return t.T("fire_uncovered_why", "Why", a.Uncovered)
	case !a.Reached:
		return t.T("fire_not_reached", "Time", fmt.Sprintf("%.0f", a.TimeS))
	case a.LateOpen:
		return t.T("fire_arrival_open", "Time", fmt.Sprintf("%.0f", a.TimeS), "Early", fmt.Sprintf("%.0f", a.EarlyS))
	}
	return t.T("fire_arrival", "Time", fmt.Sprintf("%.0f", a.TimeS), "Early", fmt.Sprintf("%.0f", a.EarlyS), "Late", fmt.Sprintf("%.0f", a.LateS))
}

// printRanking prints the comparison, then each verdict with its numbers.
func (s fireSummary) printRanking(w io.Writer, t texts) {
	fmt.Fprintln(w)
	fmt.Fprintln(w, t.T("fire_ranking"))
	for i, r := range s.Ranking.Hypotheses {
		marks := ""
		if r.Rejected {
			marks += "  " + t.T("fire_rejected")
		}
		if r.EliminationOnly {
			marks += "  " + t.T("fire_elimination")
		}
		fmt.Fprintf(w, "%d. %-8s %.4f  %s%s\n", i+1, r.HypothesisID, r.Posterior,
			t.T("fire_counts", "Agrees", r.AgreesN, "Conflicts", r.ConflictsN, "Silent", r.SilentN), marks)
	}
	for _, r := range s.Ranking.Hypotheses {
		fmt.Fprintf(w, "\n%s\n", r.HypothesisID)
		for _, v := range r.Verdicts {
			fmt.Fprintf(w, "  %-8s %s", v.ObservationID, t.T("fire_answer_"+string(v.Answer)))
			if v.Observed != "" {
				fmt.Fprintf(w, "  %s", t.T("fire_numbers", "Predicted", v.Predicted, "Observed", v.Observed, "Sigma", fmt.Sprintf("%.1f", v.Deviation)))
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintln(w)
	if s.Ranking.Determined {
		fmt.Fprintln(w, t.T("fire_determined", "ID", s.Ranking.Hypotheses[0].HypothesisID))
	} else {
		fmt.Fprintln(w, t.T("fire_undetermined"))
	}
	fmt.Fprintln(w, s.Ranking.Why)
	s.printInquiry(w, t)
}

// record leaves step.json.
func (s fireSummary) record(o fireOptions) error {
	step := forensics.Step{Stage: s.Stage, In: len(o.Files), Out: len(s.Results), Failed: s.Failed, Warnings: []string{},
		Params: map[string]string{"lang": o.Lang}}
	if o.Tier != "" {
		step.Params["tier"] = o.Tier
	}
	if o.CellM != 0 {
		step.Params["cell_m"] = shortNumber(o.CellM)
	}
	inputs := append([]string(nil), o.Files...)
	if o.Observations != "" {
		inputs = append(inputs, o.Observations)
	}
	for _, f := range o.FieldFrom {
		_, path := splitFieldFrom(f)
		inputs = append(inputs, fieldFiles(path)...)
	}
	for _, path := range inputs {
		if sum, size, err := hashFile(path); err == nil {
			step.Inputs = append(step.Inputs, forensics.FileHash{Path: filepath.ToSlash(path), SizeB: size, SHA256: sum})
		}
	}
	sort.Slice(step.Inputs, func(i, j int) bool { return step.Inputs[i].Path < step.Inputs[j].Path })
	for _, l := range s.Results {
		if l.WarningsCount > 0 {
			step.Warnings = append(step.Warnings, fmt.Sprintf("%s: %d warnings, see %s.json", l.ID, l.WarningsCount, l.ID))
		}
	}
	var err error
	if step.Outputs, err = hashTree(o.Out); err != nil {
		return err
	}
	step.Seconds = seconds(s.began)
	return writeStep(o.Out, step)
}
