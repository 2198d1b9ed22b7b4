package experiments

import (
	"context"
	"testing"

	"firescene/recon/field"
)

// BenchmarkRoom is ten seconds of the FSRI room with its door open, cells of 15 cm;
// reported is the time a cell and step on one worker.
func BenchmarkRoom(b *testing.B) {
	sc, err := FSRIScene(FSRIOrigins["Center"], true, 250, 10, .15)
	if err != nil {
		b.Fatal(err)
	}
	work, runs := 0, 0
	for b.Loop() {
		r, err := field.Run(context.Background(), sc, field.Options{Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
		work += r.Steps * r.Cells
		runs++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(work), "ns/cell/step")
	b.ReportMetric(float64(work)/float64(runs), "cells*steps")
}
