package report

import (
	"fmt"

	"firescene/render/report/page"
)

// InquiryPart is what the comparison of hypotheses rests on and what would decide it.
type InquiryPart struct {
	// Undetermined is the share of none of the stated hypotheses, when that is as likely
	// before as one of them.
	Undetermined  float64
	Contributions []ContributionRow
	Next          []NextRow
	Cells         *CellsPart // nil: the floor was not weighed
}

// ContributionRow is what one observation says: which hypothesis it speaks for most and
// against most, both empty when it hardly tells them apart.
type ContributionRow struct {
	Observation  string
	For, Against string
	Ratio        float64 // of the likelihoods of both
}

// NextRow is a measurement that could still be made.
type NextRow struct {
	Text string  // in the report's language
	Bits float64 // by which it is expected to lessen the uncertainty
}

// CellsPart is where in the rooms of origin the fires of the hypotheses suit the
// observations.
type CellsPart struct {
	N            int
	Area90M2     float64 // least area that holds nine tenths
	BestX, BestY float64 // middle of the likeliest cell
	Undetermined float64
	Figure       *Figure // in the report's language
}

// inquiry is what each observation contributes and what to measure next.
func (k *composer) inquiry() page.Section {
	t, q := k.t, k.c.Inquiry
	s := page.Section{ID: "inquiry", Title: t.T("sec.inquiry")}
	s.Blocks = append(s.Blocks, k.para("inquiry.undetermined", "share", percent(q.Undetermined)))
	tab := page.Table{Caption: t.T("inquiry.contributions"), Dense: true, Columns: []page.Column{k.col("observation", 80), k.col("for", 22, page.Centre), k.col("against", 22, page.Centre), k.col("ratio", 24, page.Right)}}
	for _, c := range q.Contributions {
		row := []page.Cell{cellOf(page.Join(page.Strong(c.Observation+" "), page.Plain(k.observationText(c.Observation)))), cell("—"), cell("—"), cell("—")}
		if c.For != "" {
			row[1], row[2], row[3] = cell(c.For), cell(c.Against), cell(ratio(c.Ratio))
		}
		tab.Rows = append(tab.Rows, row)
	}
	s.Blocks = append(s.Blocks, tab, k.small("inquiry.contributions_note"))
	if len(q.Next) > 0 {
		tab := page.Table{Caption: t.T("inquiry.next"), Columns: []page.Column{k.col("seq", 9, page.Centre), k.col("measurement", 110), k.col("bits", 24, page.Right)}}
		for i, n := range q.Next {
			tab.Rows = append(tab.Rows, []page.Cell{seqCell(i), cell(n.Text), cell(fmt.Sprintf("%.2f", n.Bits))})
		}
		s.Blocks = append(s.Blocks, tab, k.small("inquiry.next_note"))
	}
	return s
}

// originArea is where in the rooms of origin the fire suits the observations.
func (k *composer) originArea() page.Section {
	c := k.c.Inquiry.Cells
	s := page.Section{ID: "origin-area", Title: k.t.T("sec.origin_area")}
	s.Blocks = append(s.Blocks, k.para("cells.intro", "n", c.N), k.para("cells.found", k.cellWords()...))
	if c.Figure != nil {
		s.Blocks = append(s.Blocks, k.figure(*c.Figure))
	}
	s.Blocks = append(s.Blocks, k.small("cells.note"))
	return s
}

func (k *composer) cellWords() []any {
	c := k.c.Inquiry.Cells
	return []any{"area", fmt.Sprintf("%.1f", c.Area90M2), "x", fmt.Sprintf("%.1f", c.BestX), "y", fmt.Sprintf("%.1f", c.BestY), "share", percent(c.Undetermined)}
}

func (k *composer) observationText(id string) string {
	for _, o := range k.c.Observations {
		if o.ID == id {
			return shorten(o.Text, 90)
		}
	}
	return ""
}

// ratio prints a likelihood ratio without claiming more than the models can hold.
func ratio(v float64) string {
	switch {
	case v > 1000:
		return "> 1000"
	case v >= 10:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// lookCells adds what the finding on the area of origin says.
func (k *composer) lookCells(_ map[string]string, data map[string]any) error {
	if k.c.Inquiry == nil || k.c.Inquiry.Cells == nil {
		return nil
	}
	words := k.cellWords()
	for i := 0; i < len(words); i += 2 {
		data["cells_"+words[i].(string)] = words[i+1]
	}
	return nil
}
