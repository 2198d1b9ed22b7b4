package fdscase

import (
	"os"
	"path/filepath"
	"testing"

	"firescene/formats"
	"firescene/formats/fds"
	"firescene/recon/field"
)

// TestPublicInputs makes scenes of every published input, and nothing fatal is found in
// them. Ten plumes at twice and
// four times the resolution of the others, of 12 and 95 million cells, are more than
// a scene gets without asking.
func TestPublicInputs(t *testing.T) {
	files, _ := filepath.Glob("../../../../shared/data/fire/*/fds/*.fds")
	if len(files) == 0 {
		t.Skip("the published inputs are not here")
	}
	large := 0
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		in, err := fds.Read(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(in, Options{})
		if formats.IsUnsupported(err) {
			large++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, p := range field.Check(c.Scene) {
			if p.Fatal {
				t.Errorf("%s: %s: %s", f, p.Where, p.What)
			}
		}
		burns := false
		for i := range c.Scene.Surfaces {
			u := &c.Scene.Surfaces[i]
			burns = burns || u.HRRPUA > 0 || u.MassFluxKgM2S > 0
		}
		if !burns || len(c.Outputs) == 0 {
			t.Errorf("%s: burns %v, %d columns", f, burns, len(c.Outputs))
		}
	}
	if large > 10 {
		t.Errorf("%d of %d are too large", large, len(files))
	}
}
