package experiments

import (
	"bytes"
	"fmt"

	zones "firescene/recon/zone/experiments"
)

// Markdown is the table of what the points say, for a file of its own.
func Markdown(points []zones.Point, failed []zones.Failure) []byte {
	var b bytes.Buffer
	b.WriteString(`# Validation of the field model

Made by ` + "`firescene fire validate DIR --tier field --markdown VALIDATION-FIELD.md`" + `. Do not edit.

The bias factor is model over measurement on average; the spread is the relative
standard deviation of the model with the measuring error taken out (K. McGrattan,
B. Toman, Metrologia 48 (2011) 173). Values of FDS 6.7 are those of its validation
guide, over more experiments and on finer cells than are here.

| quantity | series | n | bias | spread | FDS 6.7 | measuring error |
|---|---|---|---|---|---|---|
`)
	for _, r := range zones.Rows(points) {
		fds := ""
		if r.FDS[0] != 0 {
			fds = fmt.Sprintf("%.2f / %.2f", r.FDS[0], r.FDS[1])
		}
		line := func(series string, n int, bias, spread float64) {
			if n < 3 {
				fmt.Fprintf(&b, "| %s | %s | %d | too few | | %s | %.2f |\n", r.Words, series, n, fds, r.SigmaE)
				return
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %.2f | %.2f | %s | %.2f |\n", r.Words, series, n, bias, spread, fds, r.SigmaE)
		}
		line("all", r.N, r.Bias, r.Spread)
		for _, p := range r.By {
			line(p.Series, p.N, p.Bias, p.Spread)
		}
	}
	b.WriteString(`
How the values are taken:

- FSRI: 3.66 by 3.66 by 2.44 m, gas burner of 250 kW at four places, door open or
  closed; cells of 15 cm. Thermocouple trees of measurement and model are reduced to
  two layers alike, each tree and replicate a comparison; means from 90 to 120 s after
  ignition, less those of the minute before it. The burner's size and the lining are not in the
  data and supposed: 0.6 m, two boards of gypsum. In the fires at the middle the lower of
  the two gauges showed less than half of what the same gauge did at the same gas
  temperatures in the others, and went on so after the burner was off.
- Steckler: cells of 12 cm; the lining's heat is a tenth, so that the steady state
  comes within two minutes. Fires at the walls stand on the floor.
- NIST/NRC: the series' inputs for FDS on cells of 30 cm, until the fire begins to die
  down; peaks of 10 s means are compared. Layers are those of the mean of the trees
  away from the plume (1, 2, 3, 5 and 7). Of the gauges on a surface those whose peak is
  below a third of the median had failed and are left out. The spray of fuel is a fire
  on the pan as wide as its cone.
- Nothing in the model was fitted to these measurements. That velocities lean upwind in
  the carried curl was settled on McCaffrey's plume, FSRI's open room at 60 s and two of
  Steckler's fires (14, 164), and that they do so wholly where layers calm the flow on
  FSRI's open room with the fire in the middle and McCaffrey's plume; these fires are among
  the points.
`)
	if len(failed) > 0 {
		b.WriteString("\nTests that could not be compared:\n\n")
		for _, f := range failed {
			fmt.Fprintf(&b, "- %s: %s\n", f.Test, f.Reason)
		}
	}
	return b.Bytes()
}
