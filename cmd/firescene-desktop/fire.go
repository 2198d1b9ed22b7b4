//go:build cgo

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/exposure"
	"firescene/recon/fire"
	"firescene/recon/fire/gascourse"
	"firescene/render/ui"
)

// fireOf is a hypothesis with what its pictures need.
func fireOf(h *recon.Hypothesis, r *recon.FireResult) ui.Fire {
	f := ui.Fire{Hypothesis: h, Result: r, FlamesAt: func(afterS float64) []recon.Flame { return fire.Flames(h, r, afterS) }}
	// A hypothesis that can not be simulated has no openings to show.
	f.Openings, _ = fire.OpeningPlaces(h)
	return f
}

// predictSurfaces has what a fire does to surfaces predicted beside the window.
func (t *tool) predictSurfaces(f *ui.Fire) {
	h, r := f.Hypothesis, f.Result
	t.busy++
	go func() {
		c, err := exposure.Surfaces(context.Background(), h, r, 0)
		t.win.Post(func() {
			t.busy--
			if err != nil {
				t.desk.Say(err.Error())
				t.desk.SetSurfaces(h.ID, func(float64, bool) []recon.SurfacePatch { return nil })
				return
			}
			t.desk.Say(strings.Join(c.Uncovered, "; "))
			t.desk.SetSurfaces(h.ID, func(afterS float64, marks bool) []recon.SurfacePatch {
				if marks {
					return c.MarksAt(afterS)
				}
				return c.ExposureAt(afterS)
			})
		})
	}()
}

// openResult reads the gas of a field model's result beside the window and shows it, as
// that of the hypothesis that is named like it or is shown.
func (t *tool) openResult(path string) {
	t.desk.Loading(filepath.Base(path))
	t.busy++
	go func() {
		c, err := readGas(path)
		t.win.Post(func() {
			t.busy--
			t.desk.Loading("")
			if err != nil {
				t.desk.Say(filepath.Base(path) + ": " + err.Error())
				return
			}
			id := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
			if chosen := t.desk.State().Chosen; chosen != "" {
				id = chosen
			}
			t.desk.SetGas(id, c.EndS, c.At)
			for _, layer := range []string{"smoke", "heat"} {
				t.desk.SetLayer(layer, true)
			}
			t.desk.Say(strings.Join(c.Notes, "; "))
		})
	}()
}

func readGas(path string) (*gascourse.Course, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := smokeview.ReadCase(f)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	return gascourse.Read(context.Background(), c, func(name string) (io.ReadCloser, error) {
		return os.Open(filepath.Join(dir, filepath.Base(filepath.FromSlash(strings.ReplaceAll(name, `\`, "/")))))
	}, gascourse.Options{})
}
