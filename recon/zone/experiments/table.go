package experiments

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"

	"firescene/recon/fire"
)

// Quantity is a compared quantity with its measuring error and what is published
// of other models: bias factor and relative standard deviation.
type Quantity struct {
	Name, Words string
	SigmaE      float64
	FDS, CFAST  [2]float64 // 0: not published
	Hand        [2]float64 // the same correlation as published in the validation of NUREG-1824, supplement 1 (2016)
}

// Quantities are those that are compared. Sources: K. McGrattan et al., FDS
// Validation Guide, NIST SP 1018-3 (version 6.7); R. D. Peacock et al., CFAST
// Validation Guide, NIST TN 1889v3 (version 7).
var Quantities = []Quantity{
	{"hgl_temp", "hot-layer temperature rise, openings", .07, [2]float64{1.03, .11}, [2]float64{1.02, .35}, [2]float64{}},
	{"hgl_temp_closed", "hot-layer temperature rise, closed room", .07, [2]float64{1.05, .08}, [2]float64{.97, .15}, [2]float64{}},
	{"hgl_temp_forced", "hot-layer temperature rise, fans", .07, [2]float64{}, [2]float64{}, [2]float64{}},
	{"hgl_depth", "hot-layer depth, openings", .05, [2]float64{1.06, .08}, [2]float64{.95, .19}, [2]float64{}},
	{"hgl_depth_closed", "hot-layer depth, closed room", .05, [2]float64{}, [2]float64{1.45, .25}, [2]float64{}},
	{"ceiling_jet_temp", "ceiling jet temperature rise", .07, [2]float64{1.03, .12}, [2]float64{1.06, .42}, [2]float64{}},
	{"oxygen", "loss of oxygen", .08, [2]float64{.97, .18}, [2]float64{.96, .30}, [2]float64{}},
	{"co2", "rise of carbon dioxide", .08, [2]float64{}, [2]float64{}, [2]float64{}},
	{"pressure", "rise of pressure", .21, [2]float64{}, [2]float64{}, [2]float64{}},
	{"surface_flux", "heat flux on surfaces", .11, [2]float64{1.04, .27}, [2]float64{.90, .23}, [2]float64{}},
	{"target_flux", "heat flux on targets", .11, [2]float64{.88, .39}, [2]float64{.86, .57}, [2]float64{}},
	{"target_flux_open", "heat flux on targets in the open", .11, [2]float64{}, [2]float64{}, [2]float64{}},
	{"surface_temp", "surface temperature rise", .07, [2]float64{}, [2]float64{}, [2]float64{}},
	{"target_temp", "target temperature rise", .07, [2]float64{}, [2]float64{}, [2]float64{}},
	{"sprinkler_time", "sprinkler time, smooth ceiling", .06, [2]float64{1.02, .16}, [2]float64{1.01, .20}, [2]float64{}},
	{"sprinkler_time_beams", "sprinkler time, ceiling with beams", .06, [2]float64{}, [2]float64{}, [2]float64{}},
	{"smoke_alarm_time", "smoke alarm time, by temperature", .34, [2]float64{1.20, .33}, [2]float64{1.10, .34}, [2]float64{}},
	{"hgl_temp_mqh", "hot-layer temperature rise, openings, by MQH", .07, [2]float64{}, [2]float64{}, [2]float64{1.17, .15}},
	{"hgl_temp_beyler", "hot-layer temperature rise, closed room, by Beyler", .07, [2]float64{}, [2]float64{}, [2]float64{1.04, .37}},
	{"ceiling_jet_alpert", "ceiling jet temperature rise, by Alpert", .07, [2]float64{}, [2]float64{}, [2]float64{.86, .11}},
	{"plume_temp_hand", "plume temperature rise, by Heskestad", .07, [2]float64{1.06, .21}, [2]float64{1.08, .22}, [2]float64{.80, .33}},
	{"flame_height_hand", "flame height, by Heskestad, against the mean of others", .07, [2]float64{}, [2]float64{}, [2]float64{}},
	{"target_flux_point", "heat flux on targets in the open, point source", .11, [2]float64{}, [2]float64{}, [2]float64{1.31, .48}},
	{"target_flux_solid", "heat flux on targets in the open, solid flame", .11, [2]float64{}, [2]float64{}, [2]float64{}},
	{"sprinkler_time_hand", "sprinkler time, smooth ceiling, Alpert and link", .06, [2]float64{}, [2]float64{}, [2]float64{1.11, .41}},
	{"smoke_alarm_time_hand", "smoke alarm time, Alpert and 10 K", .34, [2]float64{}, [2]float64{}, [2]float64{}},
}

// Row is what the points say of one quantity.
type Row struct {
	Quantity
	N            int
	Bias, Spread float64
	By           []Part // by series, where there is more than one
}

// Part is what one series says.
type Part struct {
	Series       string
	N            int
	Bias, Spread float64
}

// Rows sums up points by quantity with the rule of McGrattan and Toman.
func Rows(points []Point) []Row {
	var out []Row
	for _, q := range Quantities {
		var e, m []float64
		by := map[string][]int{}
		for _, p := range points {
			if p.Quantity == q.Name {
				by[seriesOf(p.Test)] = append(by[seriesOf(p.Test)], len(e))
				e, m = append(e, p.Exp), append(m, p.Model)
			}
		}
		if len(e) == 0 {
			continue
		}
		r := Row{Quantity: q}
		r.Bias, r.Spread, r.N = fire.BiasSpread(e, m, q.SigmaE)
		var names []string
		for s := range by {
			names = append(names, s)
		}
		sort.Strings(names)
		for _, s := range names {
			if len(names) < 2 {
				break
			}
			var pe, pm []float64
			for _, i := range by[s] {
				pe, pm = append(pe, e[i]), append(pm, m[i])
			}
			part := Part{Series: s}
			part.Bias, part.Spread, part.N = fire.BiasSpread(pe, pm, q.SigmaE)
			r.By = append(r.By, part)
		}
		out = append(out, r)
	}
	return out
}

func seriesOf(test string) string {
	for _, s := range []string{"Steckler", "ATF", "NIST_NRC", "MV100", "LLNL", "Vettori", "NIST_Smoke", "NIST_Dunes", "Fleury", "McCaffrey", "Heskestad"} {
		if strings.HasPrefix(test, s) {
			if other, ok := map[string]string{"MV100": "NBS", "NIST_Dunes": "NIST alarms", "NIST_Smoke": "NIST alarms", "NIST_NRC": "NIST/NRC"}[s]; ok {
				return other
			}
			return s
		}
	}
	return test
}

// CSV is the points as a table with the columns quantity, exp, model, test, where.
func CSV(points []Point) []byte {
	var b bytes.Buffer
	b.WriteString("quantity,exp,model,test,where\n")
	for _, p := range points {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s\n", p.Quantity, number(p.Exp), number(p.Model), p.Test, p.Where)
	}
	return b.Bytes()
}

// ReadCSV reads what CSV wrote.
func ReadCSV(r io.Reader) ([]Point, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != "quantity,exp,model,test,where" {
		return nil, errors.New("no table of compared pairs: its first line is not quantity,exp,model,test,where")
	}
	var out []Point
	for i, row := range rows[1:] {
		p := Point{Quantity: row[0], Test: row[3], Where: row[4]}
		for k, v := range []*float64{&p.Exp, &p.Model} {
			if *v, err = strconv.ParseFloat(row[k+1], 64); err != nil || !(*v > 0) || math.IsInf(*v, 0) {
				return nil, fmt.Errorf("line %d: %q is no value above 0", i+2, row[k+1])
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// Markdown is the table of what the points say, for VALIDATION.md.
func Markdown(points []Point, failed []Failure) []byte {
	var b bytes.Buffer
	b.WriteString(`# Validation of the zone model

Made by ` + "`firescene fire validate DIR --markdown VALIDATION.md`" + `. Do not edit.

The two-layer model is run on the published CFAST inputs of each experiment and
its prediction held against the measurement. The bias factor is model over
measurement on average; the spread is the relative standard deviation of the model
with the measuring error taken out (K. McGrattan, B. Toman, Metrologia 48 (2011)
173). Values of FDS 6.7 and CFAST 7 are those of their validation guides, over more
experiments than are here. Rows "by ..." are hand correlations (recon/handcalc) on
the series' inputs for correlations, beside what NUREG-1824, supplement 1 (2016)
publishes of the same.

| quantity | n | bias | spread | FDS 6.7 | CFAST 7 | hand calculation | measuring error |
|---|---|---|---|---|---|---|---|
`)
	pair := func(v [2]float64) string {
		if v[0] == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f / %.2f", v[0], v[1])
	}
	rows := Rows(points)
	for _, r := range rows {
		if r.N < 3 {
			fmt.Fprintf(&b, "| %s | %d | too few | | %s | %s | %s | %.2f |\n", r.Words, r.N, pair(r.FDS), pair(r.CFAST), pair(r.Hand), r.SigmaE)
			continue
		}
		fmt.Fprintf(&b, "| %s | %d | %.2f | %.2f | %s | %s | %s | %.2f |\n", r.Words, r.N, r.Bias, r.Spread, pair(r.FDS), pair(r.CFAST), pair(r.Hand), r.SigmaE)
	}
	b.WriteString("\nBy series, where a quantity was measured in several:\n\n| quantity | series | n | bias | spread |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		for _, p := range r.By {
			if p.N < 3 {
				fmt.Fprintf(&b, "| %s | %s | %d | too few | |\n", r.Words, p.Series, p.N)
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %.2f | %.2f |\n", r.Words, p.Series, p.N, p.Bias, p.Spread)
		}
	}
	b.WriteString(`
How the values are taken:

- Peaks of a record are compared with peaks of the prediction over the time that
  the input simulates, Steckler's steady fires at their end.
- Layer heights and temperatures come from thermocouple trees, reduced to two
  layers so that the integrals of T and 1/T over the height are kept (M. Janssens,
  H. C. Tran, J. Fire Sciences 10 (1992) 528); the series' files hold them so.
  LLNL's thermocouples were averaged by thirds of the height, and the model's
  profile is averaged over the same thirds.
- LLNL's fan flows are taken at the density of the open air: the measured mass flow
  stayed the same as the gas grew hot.
- Steckler's lining has 0.1 W/(m K), as in the report and the inputs for other
  models; its CFAST inputs say 1.
- One constant of the model, the draught that bends flames, was chosen on
  Steckler's fires: they guard against change and are no independent check.
- Gauges of the NIST/NRC and ATF series are targets at the gauges' places, kept at
  the first temperature.
- A gauge of the NIST/NRC series whose peak is below a third of the median on its
  surface had failed and is left out.
- A detector that does not respond within the simulated time counts with that time.
- Hand correlations are taken at the end of the fire that their input states and
  compared with the largest value until then; the smoke alarm's with the first alarm
  of the house. McCaffrey's file holds his own smoothed curves, compared above the
  mean flame height. Alpert's jet knows no hot layer: in these rooms, where one forms
  before the end, it is too cold and its devices respond late; the zone model's rows
  above add the layer. Flame heights are compared with the mean of six other published
  correlations and not with a measurement.
`)
	if len(failed) > 0 {
		b.WriteString("\nTests that could not be compared:\n\n")
		for _, f := range failed {
			fmt.Fprintf(&b, "- %s: %s\n", f.Test, f.Reason)
		}
	}
	return b.Bytes()
}
