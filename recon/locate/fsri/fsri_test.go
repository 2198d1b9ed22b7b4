package fsri

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func shared(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "fire", "fsri-compartments-2018")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the experiments are not here: " + err.Error())
	}
	return dir
}

// TestPublicExperiments measures the estimate on the public part; nothing was fitted
// to it.
func TestPublicExperiments(t *testing.T) {
	if testing.Short() {
		t.Skip("38 records")
	}
	all, flux, failed, err := Run(context.Background(), os.DirFS(shared(t)), func(int, int) {})
	if err != nil || len(failed) > 0 {
		t.Fatal(err, failed)
	}
	var gas []Outcome
	for _, o := range all.Experiments {
		t.Logf("%-28s %-7s %v %s", o.File, o.Top, o.Posterior, o.Undecided)
		if o.File[:5] == "250kW" {
			gas = append(gas, o)
		}
	}
	s := ScoreOf(gas)
	t.Logf("all: top1 %.2f (open %.2f, closed %.2f), log loss %.2f %+v", all.Top1, all.Top1Open, all.Top1Closed, all.LogLoss, all.Calibration)
	t.Logf("250 kW: top1 %.2f (open %.2f, closed %.2f), log loss %.2f %+v", s.Top1, s.Top1Open, s.Top1Closed, s.LogLoss, s.Calibration)
	for _, o := range flux.Experiments {
		t.Logf("flux: %-28s %-7s %.2v %s", o.File, o.Top, o.Posterior, o.Undecided)
	}
	t.Logf("flux alone: top1 %.2f (open %.2f, closed %.2f), log loss %.2f %+v", flux.Top1, flux.Top1Open, flux.Top1Closed, flux.LogLoss, flux.Calibration)
	if s.Top1 < 0.75 || s.LogLoss > 0.8 {
		t.Errorf("250 kW: top1 %.2f, log loss %.2f; want .75 and .8", s.Top1, s.LogLoss)
	}
}
