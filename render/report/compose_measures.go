package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"firescene/recon"
	"firescene/render/report/page"
)

// measures is what was measured in the scene and kept.
func (k *composer) measures() page.Section {
	t := k.t
	s := page.Section{ID: "measures", Title: t.T("sec.measures")}
	if len(k.c.Measures) == 0 {
		s.Blocks = append(s.Blocks, k.none("none.measures"))
		return s
	}
	s.Blocks = append(s.Blocks, k.para("measures.intro", "n", len(k.c.Measures)))
	tab := page.Table{Dense: true, Columns: []page.Column{
		k.col("number", 14, page.Centre), k.col("measure", 44), k.col("measured", 40, page.Right), k.col("places", 62),
	}}
	for _, m := range k.c.Measures {
		r := m.Result
		what := lines(page.Strong(t.T("measure."+string(m.Request.Kind))), page.Plain(m.Name))
		value := page.Plain(measured(r.Value, r.Sigma) + "\u00a0" + r.Unit)
		if !m.Scaled && r.Unit != "°" {
			value = lines(page.Plain(strconv.FormatFloat(r.Value, 'g', 4, 64)), page.Quiet(t.T("measures.unscaled")))
		}
		if m.Scaled && r.Below != nil {
			value = lines(value, page.Quiet(t.T("measures.below", "value", measured(r.Below.Value, r.Below.Sigma))))
		}
		if r.Measured != nil && *r.Measured < 0.995 {
			value = lines(value, page.Quiet(t.T("measures.share", "percent", fmt.Sprintf("%.0f", 100**r.Measured))))
		}
		if r.Region != nil {
			value = lines(page.Plain(place(r.Region.At)), page.Quiet(t.T("measures.region", "sigma", uncertainty(r.Sigma), "fit", fmt.Sprintf("%.1f", r.Region.Fit))))
		}
		var places []string
		for _, p := range r.Points {
			places = append(places, place(p))
		}
		for _, p := range m.Request.Planes {
			places = append(places, t.T("measures.plane", "place", place(p.Near)))
		}
		for _, p := range m.Request.Rays {
			places = append(places, t.T("measures.ray", "from", place(p.From), "to", place(p.Through), "sigma", uncertainty(p.SigmaDeg)))
		}
		of := lines(page.FinePrint(strings.Join(places, "; "), page.Muted), page.FinePrint(m.Cloud, page.Mono))
		tab.Rows = append(tab.Rows, []page.Cell{cell(m.ID), cellOf(what), cellOf(value), cellOf(of)})
	}
	s.Blocks = append(s.Blocks, tab, k.small("measures.note"))
	return s
}

func place(p recon.Vec) string { return fmt.Sprintf("(%.3f, %.3f, %.3f)", p[0], p[1], p[2]) }

// measured prints a value to the decimals that its standard deviation has.
func measured(v, sigma float64) string {
	digits := 3
	if sigma > 0 {
		digits = min(max(1-int(math.Floor(math.Log10(sigma))), 0), 5)
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + "\u00a0±\u00a0" + strconv.FormatFloat(sigma, 'f', digits, 64)
}
