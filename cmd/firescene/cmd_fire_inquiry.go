package main

import (
	"fmt"
	"io"
	"math"
	"strings"

	"firescene/recon/origin/inquiry"
)

// nextWords names a measurement that could be made.
func nextWords(m inquiry.Measurement, t texts) string {
	if m.What == "arrival" {
		return t.T("fire_next_arrival", "Target", m.Target)
	}
	return t.T("fire_next_exposure", "Surface", t.T("fire_surface_"+m.Surface), "X", fmt.Sprintf("%.1f", m.At[0]), "Y", fmt.Sprintf("%.1f", m.At[1]), "Z", fmt.Sprintf("%.1f", m.At[2]))
}

// likelihoodRatio is by how much an observation is likelier under the hypothesis that
// it speaks for than under the one that it speaks against.
func likelihoodRatio(c inquiry.Contribution) float64 {
	return math.Exp(c.Log[c.For] - c.Log[c.Against])
}

// printInquiry prints what the comparison rests on, in short.
func (s fireSummary) printInquiry(w io.Writer, t texts) {
	if s.Inquiry == nil {
		return
	}
	fmt.Fprintln(w, t.T("fire_with_undetermined", "Share", fmt.Sprintf("%.3f", s.Inquiry.Undetermined)))
	for _, c := range s.Inquiry.Contributions {
		if c.For != "" {
			fmt.Fprintln(w, "  "+t.T("fire_contribution", "ID", c.ObservationID, "For", c.For, "Against", c.Against, "Factor", fmt.Sprintf("%.2g", likelihoodRatio(c))))
		}
	}
	if len(s.Inquiry.Next) > 0 {
		fmt.Fprintln(w, t.T("fire_next"))
		for _, m := range s.Inquiry.Next[:min(3, len(s.Inquiry.Next))] {
			fmt.Fprintln(w, "  "+t.T("fire_next_bits", "What", nextWords(m, t), "Bits", fmt.Sprintf("%.2f", m.Bits)))
		}
	}
	if c := s.Cells; c != nil {
		var best []string
		for _, b := range c.Best[:min(3, len(c.Best))] {
			best = append(best, fmt.Sprintf("(%.1f, %.1f) %.3f", b.X, b.Y, b.Posterior))
		}
		fmt.Fprintln(w, t.T("fire_cells", "N", c.N, "Best", strings.Join(best, ", "), "Area", fmt.Sprintf("%.1f", c.Area90M2), "Share", fmt.Sprintf("%.3f", c.Undetermined)))
	}
}
