package main

import (
	"context"
	"encoding/json"
	"fmt"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/recon"
	"firescene/render"
	"firescene/render/report"
)

// measuredContent adds what was measured in the scene and kept in the case.
func (r *stageRun) measuredContent(ctx context.Context, c *report.Content, _ caseOutcome) error {
	kept, err := r.c.Kept(ctx, casefile.KeptMeasurement)
	if err != nil {
		return err
	}
	for _, k := range kept {
		var m recon.Measurement
		if err := json.Unmarshal(k.Body, &m); err != nil {
			return fmt.Errorf("measurement %s of the case: %w", k.ID, err)
		}
		m.ID = k.ID
		c.Measures = append(c.Measures, m)
	}
	return nil
}

// annotatedShots are the views of annotations that are figures of the report. Those
// made in another frame than the scene's are left out: they would show another place.
func (r *stageRun) annotatedShots(ctx context.Context, place caseScene, fires caseFires, base func(title string) render.Scene, sources []string) ([]shot, error) {
	kept, err := r.c.Kept(ctx, casefile.KeptAnnotation)
	if err != nil {
		return nil, err
	}
	frame := "photos"
	if place.Scans != nil && place.Scans.File != "" {
		frame = "scans"
	}
	var shots []shot
	for _, k := range kept {
		var a render.Annotation
		if err := json.Unmarshal(k.Body, &a); err != nil {
			return nil, fmt.Errorf("annotation %s of the case: %w", k.ID, err)
		}
		if !a.Report || a.Frame != frame {
			continue
		}
		a.ID = k.ID
		s := shot{name: "annotation-" + a.ID, given: &a.View, stated: a.ID + " " + string(k.Body), sources: sources}
		s.scene = func(t texts) render.Scene {
			sc := base(a.ID)
			sc.Legend = []render.Legend{{Text: t.T("draw_points"), Standing: forensics.Measured}}
			for _, f := range fires.Hypotheses {
				if f.Hypothesis.ID == a.Hypothesis {
					stateOne(&sc, f, a.AfterS, t)
				}
			}
			sc.Markers = append(sc.Markers, render.Marker{At: a.At.R3(), Label: a.ID, Symbol: "exhibit", Standing: forensics.Inferred})
			sc.Legend = append(sc.Legend, render.Legend{Text: t.T("draw_annotation"), Symbol: "exhibit", Standing: forensics.Inferred})
			return sc
		}
		s.caption = func(t texts) string { return a.ID + "  " + a.Text }
		shots = append(shots, s)
	}
	return shots, nil
}
