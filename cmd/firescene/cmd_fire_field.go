package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/field"
	"firescene/recon/fire"
)

// simulateFields simulates hypotheses with the field model, one after the other, each
// on all workers, and writes what the surfaces met. One that can not be simulated is
// listed.
func simulateFields(ctx context.Context, hypotheses []*recon.Hypothesis, o fireOptions, report progressFunc) ([]simulated, []forensics.Failure, error) {
	list := append([]*recon.Hypothesis(nil), hypotheses...)
	sortHypotheses(list)
	var sims []simulated
	var failed []forensics.Failure
	const parts = 1000 // of progress in each
	for n, h := range list {
		run := field.Options{Workers: o.Workers, Progress: func(tS, endS float64) {
			report("fire", int64(n*parts)+int64(parts*tS/endS), int64(len(list)*parts))
		}}
		r, res, err := fire.SimulateField(ctx, h, fire.FieldOptions{CellM: o.CellM, Run: run})
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			failed = append(failed, failureOf(h.ID, err))
			continue
		}
		if err := os.MkdirAll(o.Out, 0o755); err != nil {
			return nil, nil, err
		}
		if err := writeFile(filepath.Join(o.Out, h.ID+"_exposure.csv"), exposureCSV(res)); err != nil {
			return nil, nil, err
		}
		sims = append(sims, simulated{h, r})
	}
	if len(sims) == 0 && len(failed) == 0 {
		return nil, nil, errors.New("no hypothesis to simulate")
	}
	return sims, failed, nil
}

// exposureCSV has a row a piece of surface.
func exposureCSV(r *field.Result) []byte {
	var b bytes.Buffer
	b.WriteString("x_m,y_m,z_m,normal,area_m2,gauge_MJm2,radiant_MJm2,net_MJm2,peak_kWm2,peak_at_s,peak_C,end_C\n")
	for i, f := range r.Faces {
		e := &r.Exposures[i]
		sign := "-"
		if f.Positive {
			sign = "+"
		}
		fmt.Fprintf(&b, "%.3f,%.3f,%.3f,%s%c,%s,%s,%s,%s,%s,%s,%s,%s\n", f.Middle[0], f.Middle[1], f.Middle[2], sign, "xyz"[f.Axis], shortNumber(f.AreaM2),
			shortNumber(e.GaugeMJM2), shortNumber(e.RadiantMJM2), shortNumber(e.NetMJM2), shortNumber(e.PeakGaugeKWM2), shortNumber(e.PeakAtS), shortNumber(e.PeakK-273.15), shortNumber(e.EndK-273.15))
	}
	return b.Bytes()
}
