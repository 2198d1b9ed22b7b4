package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"firescene/recon"
)

// fireFile is ID.json: the hypothesis as it was read and what it predicts.
type fireFile struct {
	Hypothesis *recon.Hypothesis `json:"hypothesis"`
	Result     *recon.FireResult `json:"result"`
}

// writeFireResult writes ID.json, ID_series.csv and ID_series.png.
func writeFireResult(dir string, m simulated, labels firePlotLabels) error {
	if err := writeFireNumbers(dir, m); err != nil {
		return err
	}
	png, err := firePlot(m, labels)
	if err != nil {
		return fmt.Errorf("plot of %s: %w", m.Hypothesis.ID, err)
	}
	return writeFile(filepath.Join(dir, m.Hypothesis.ID+"_series.png"), png)
}

// writeFireNumbers writes ID.json and ID_series.csv.
func writeFireNumbers(dir string, m simulated) error {
	base := filepath.Join(dir, m.Hypothesis.ID)
	if err := writeJSON(base+".json", fireFile(m)); err != nil {
		return err
	}
	return writeFile(base+"_series.csv", seriesCSV(m.Result))
}

// seriesCSV has a column a series; its header is name_unit, for other rooms than
// that of the first series name@room_unit, and the time is in seconds after
// ignition.
func seriesCSV(r *recon.FireResult) []byte {
	var b bytes.Buffer
	b.WriteString("time_s")
	for _, s := range r.Series {
		name := s.Name
		if s.Room != r.Series[0].Room {
			name += "@" + s.Room
		}
		b.WriteString("," + csvField(name+"_"+s.Unit))
	}
	b.WriteByte('\n')
	for i, t := range r.TimeS {
		b.WriteString(shortNumber(t))
		for _, s := range r.Series {
			b.WriteByte(',')
			b.WriteString(shortNumber(s.Value[i]))
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func shortNumber(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// csvField quotes a field, and keeps a spreadsheet from taking it for a formula.
func csvField(s string) string {
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		s = "'" + s
	}
	if strings.ContainsAny(s, ",\"\n\r") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

// writeCompare writes compare.csv, a row a quantity and a column a hypothesis,
// and compare.png.
func writeCompare(dir string, sims []simulated, labels firePlotLabels) error {
	var b bytes.Buffer
	row := func(name string, cell func(l fireLine) string) {
		b.WriteString(csvField(name))
		for _, m := range sims {
			b.WriteString("," + csvField(cell(lineOf(m))))
		}
		b.WriteByte('\n')
	}
	row("quantity", func(l fireLine) string { return l.ID })
	row("peak_hrr_kW", func(l fireLine) string { return fmt.Sprintf("%.0f", l.PeakKW) })
	row("peak_upper_layer_C", func(l fireLine) string { return fmt.Sprintf("%.0f", l.PeakLayerC) })
	row("lowest_interface_m", func(l fireLine) string { return fmt.Sprintf("%.2f", l.LowestLayerM) })
	row("flashover_s", func(l fireLine) string {
		if l.FlashoverS == nil {
			return ""
		}
		return fmt.Sprintf("%.0f", *l.FlashoverS)
	})
	var names []string
	seen := map[string]bool{}
	for _, m := range sims {
		for _, a := range m.Result.Arrivals {
			if !seen[a.Detector] {
				seen[a.Detector] = true
				names = append(names, a.Detector)
			}
		}
	}
	for _, name := range names {
		for _, end := range []string{"early", "time", "late"} {
			row(name+"_"+end+"_s", func(l fireLine) string { return arrivalCell(l.Arrivals, name, end) })
		}
	}
	if err := writeFile(filepath.Join(dir, "compare.csv"), b.Bytes()); err != nil {
		return err
	}
	png, err := comparePlot(sims, labels)
	if err != nil {
		return fmt.Errorf("compare plot: %w", err)
	}
	return writeFile(filepath.Join(dir, "compare.png"), png)
}

// arrivalCell is empty where a hypothesis predicts nothing.
func arrivalCell(list []recon.Arrival, name, end string) string {
	for _, a := range list {
		if a.Detector != name || a.Uncovered != "" {
			continue
		}
		open := ""
		if !a.Reached || a.LateOpen && end == "late" {
			open = ">"
		}
		switch end {
		case "early":
			return fmt.Sprintf("%.1f", a.EarlyS)
		case "time":
			return open + fmt.Sprintf("%.1f", a.TimeS)
		}
		return open + fmt.Sprintf("%.1f", a.LateS)
	}
	return ""
}
