package main

import (
	"fmt"
	"image"
	"io"
	"strings"

	"firescene/forensics"
	"firescene/recon/audit"
	"firescene/recon/feature"
)

// auditSidePx is the longer side up to which photos are audited as they are;
// larger ones are reduced as they are for the search of features.
const auditSidePx = 3200

// wrongCamera is the finding that a stated camera is not that of a photo.
func wrongCamera() audit.Finding { return audit.Finding{Code: "wrong-camera", Value: 1, Limit: 0} }

// measure audits a picture that was just decoded.
func (al *album) measure(p albumPhoto, img image.Image) {
	g, _ := feature.GrayFrom(img, auditSidePx, nil)
	m := audit.Measure(g)
	al.mu.Lock()
	al.measures[p.name] = m
	al.mu.Unlock()
}

// tell puts what the audit found into the summary, photo by photo. Photos that
// were not opened so far, because their features were taken over from an earlier
// run, are opened for it. It must be called once, after the reconstruction, also
// after one that gave no model.
func (al *album) tell(s *photosSummary) error {
	at := map[string]int{}
	for i := range s.Photos {
		at[s.Photos[i].Name] = i
	}
	for i, p := range al.list {
		if _, measured := al.measures[p.name]; !measured && al.unreadable[p.name] == nil {
			if err := al.ctx.Err(); err != nil {
				return err
			}
			// one that can not be decoded or masked has its reason already
			if img, err := al.open(p); err == nil && al.masks.any() {
				_, _ = al.mask(p, img)
			}
		}
		a := &s.Photos[at[p.name]]
		a.MaskedShare = al.masked[p.name]
		a.Audit = append([]audit.Finding{}, p.findings...)
		m, ok := al.measures[p.name]
		if !ok {
			continue
		}
		a.BlurPx, a.NoiseLevels, a.MeanLevel = m.BlurPx, m.NoiseLevels, m.Mean
		a.Audit = append(a.Audit, m.Findings()...)
		most, twin := 0.0, ""
		for _, q := range al.list[:i] {
			if o, ok := al.measures[q.name]; ok {
				if l := audit.Likeness(m.Print, o.Print); l > most {
					most, twin = l, q.name
				}
			}
		}
		if most > audit.LikenessLimit {
			a.Audit = append(a.Audit, audit.Finding{Code: audit.SameView, Value: most, Limit: audit.LikenessLimit, Other: twin})
		}
	}
	return nil
}

// auditWords says a finding, with its number and limit, and what to do.
func auditWords(t texts, f audit.Finding) string {
	value, limit := fmt.Sprintf("%.1f", f.Value), fmt.Sprintf("%.1f", f.Limit)
	switch f.Code {
	case audit.Dark, audit.Clipped, audit.Dim:
		value, limit = fmt.Sprintf("%.0f", 100*f.Value), fmt.Sprintf("%.0f", 100*f.Limit)
	case audit.Edgeless:
		value, limit = fmt.Sprintf("%.0f", f.Value), fmt.Sprintf("%.0f", f.Limit)
	case audit.SameView:
		value, limit = fmt.Sprintf("%.4f", f.Value), fmt.Sprintf("%.3f", f.Limit)
	}
	key := "photos_audit_" + strings.ReplaceAll(string(f.Code), "-", "_")
	return t.T(key, "Value", value, "Limit", limit, "Angle", fmt.Sprintf("%.0f", f.AngleDeg), "Other", f.Other)
}

// printAudit lists the findings of a photo below its line.
func printAudit(w io.Writer, t texts, a photoAudit) {
	for _, f := range a.Audit {
		fmt.Fprintln(w, "      "+auditWords(t, f))
	}
	if a.MaskedShare > 0 {
		fmt.Fprintln(w, "      "+t.T("photos_masked", "Percent", fmt.Sprintf("%.0f", 100*a.MaskedShare)))
	}
}

// withAudit gives the reasons for which photos are not in a model with what the
// audit found of them.
func withAudit(failed []forensics.Failure, photos []photoAudit) []forensics.Failure {
	t := newTexts("en")
	found := map[string][]audit.Finding{}
	for _, a := range photos {
		found[a.Name] = a.Audit
	}
	for i := range failed {
		for _, f := range found[failed[i].Input] {
			failed[i].Reason += "; " + auditWords(t, f)
		}
	}
	return failed
}
