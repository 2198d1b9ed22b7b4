package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"firescene/forensics"
	"firescene/recon"
	"firescene/recon/fire"
)

func (a *app) fireValidateCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "validate DIR",
		Short: "Measure the engine on published experiments",
		Long: `Measure the engine on published experiments laid out as NIST's: DIR holds
Steckler_Compartment/cfast/*.in and Steckler_Compartment/exp/*_layer.csv. Printed
are the bias factor and the relative standard deviation of the model (McGrattan
and Toman, Metrologia 48 (2011) 173).` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.finish(runFireValidate(c.Context(), args[0], a.workers, a.progress()))
		},
	}
}

// validateSummary is what fire validate returns.
type validateSummary struct {
	Series  string              `json:"series"`
	Rows    []validateRow       `json:"rows"`
	Failed  []forensics.Failure `json:"failed"`
	Seconds float64             `json:"seconds"`
}

// validateRow is one quantity.
type validateRow struct {
	Quantity string  `json:"quantity"`
	N        int     `json:"n"`
	Bias     float64 `json:"bias"`
	Spread   float64 `json:"spread"`
	SigmaE   float64 `json:"sigma_e"` // of the experiments
}

func (s validateSummary) failures() []forensics.Failure { return s.Failed }

func (s validateSummary) print(w io.Writer, t texts) {
	fmt.Fprintln(w, s.Series)
	for _, r := range s.Rows {
		fmt.Fprintln(w, "  "+t.T("fire_validate_row", "Quantity", t.T("fire_quantity_"+r.Quantity), "N", r.N, "Bias", fmt.Sprintf("%.3f", r.Bias), "Spread", fmt.Sprintf("%.3f", r.Spread)))
	}
}

// steckler is one measured fire: the hypothesis that states it and the steady
// hot layer that was measured.
type steckler struct {
	h              *recon.Hypothesis
	upperC, layerM float64
}

// runFireValidate simulates each of Steckler's fires to its steady state.
func runFireValidate(ctx context.Context, dir string, workers int, report progressFunc) (validateSummary, error) {
	s := validateSummary{Series: "Steckler, Quintiere, Rinkinen, NBSIR 82-2520 (1982)", Failed: []forensics.Failure{}}
	began := time.Now()
	inputs, err := filepath.Glob(filepath.Join(dir, "Steckler_Compartment", "cfast", "*.in"))
	if err != nil {
		return s, err
	}
	if len(inputs) == 0 {
		return s, fmt.Errorf("%s has no Steckler_Compartment/cfast/*.in: give the folder of the published fire experiments", dir)
	}
	tests := map[string]steckler{}
	var hypotheses []*recon.Hypothesis
	for _, path := range inputs {
		one, err := readSteckler(path)
		if err != nil {
			s.Failed = append(s.Failed, forensics.Failure{Input: path, Reason: err.Error(), Next: "compare the file with the published one"})
			continue
		}
		tests[one.h.ID] = one
		hypotheses = append(hypotheses, one.h)
	}
	sims, failed, err := simulateAll(ctx, hypotheses, workers, report)
	if err != nil {
		return s, err
	}
	s.Failed = append(s.Failed, failed...)
	var riseE, riseM, depthE, depthM []float64
	for _, m := range sims {
		one := tests[m.Hypothesis.ID]
		last := len(m.Result.TimeS) - 1
		ambient, height := *m.Hypothesis.AmbientC, m.Hypothesis.Rooms[0].Max[2]
		riseE = append(riseE, one.upperC-ambient)
		riseM = append(riseM, m.Result.Find("upper_layer", "room").Value[last]-ambient)
		depthE = append(depthE, height-one.layerM)
		depthM = append(depthM, height-m.Result.Find("interface", "room").Value[last])
	}
	for _, q := range []struct {
		name     string
		e, m     []float64
		relative float64
	}{{"layer_rise", riseE, riseM, 0.07}, {"layer_depth", depthE, depthM, 0.05}} {
		d, sd, n := fire.BiasSpread(q.e, q.m, q.relative)
		s.Rows = append(s.Rows, validateRow{q.name, n, d, sd, q.relative})
	}
	if len(sims) == 0 {
		return s, allFailed(s.Failed)
	}
	s.Seconds = seconds(began)
	return s, nil
}

// cfastNumbers are the parts of a CFAST 7 input that a one-room test needs.
var cfastNumbers = map[string]*regexp.Regexp{
	"ambient": regexp.MustCompile(`INTERIOR_TEMPERATURE\s*=\s*([\d.+-]+)`),
	"depth":   regexp.MustCompile(`\bDEPTH\s*=\s*([\d.]+)`),
	"height":  regexp.MustCompile(`\bDEPTH\s*=\s*[\d.]+\s+HEIGHT\s*=\s*([\d.]+)`),
	"width":   regexp.MustCompile(`\bDEPTH\s*=\s*[\d.]+\s+HEIGHT\s*=\s*[\d.]+\s+WIDTH\s*=\s*([\d.]+)`),
	"sill":    regexp.MustCompile(`\bBOTTOM\s*=\s*([\d.]+)`),
	"opening": regexp.MustCompile(`\bBOTTOM\s*=\s*[\d.]+\s+HEIGHT\s*=\s*([\d.]+)`),
	"door":    regexp.MustCompile(`\bBOTTOM\s*=\s*[\d.]+\s+HEIGHT\s*=\s*[\d.]+\s*,\s*WIDTH\s*=\s*([\d.]+)`),
	"x":       regexp.MustCompile(`&FIRE\b.*LOCATION\s*=\s*([\d.]+)`),
	"y":       regexp.MustCompile(`&FIRE\b.*LOCATION\s*=\s*[\d.]+\s*,\s*([\d.]+)`),
	"chi":     regexp.MustCompile(`RADIATIVE_FRACTION\s*=\s*([\d.]+)`),
	"hrr":     regexp.MustCompile(`DATA\s*=\s*0\s*,\s*([\d.]+)`),
	"base":    regexp.MustCompile(`DATA\s*=\s*0\s*,\s*[\d.]+\s*,\s*([\d.]+)`),
	"area":    regexp.MustCompile(`DATA\s*=\s*0\s*,\s*[\d.]+\s*,\s*[\d.]+\s*,\s*([\d.]+)`),
}

// readSteckler reads one test: the CFAST input for its geometry and fire, and the
// measured layer beside it. The lining is the ceramic fibre board of the reports
// (k 0.1 W/(m K)), which the CFAST inputs do not hold.
func readSteckler(path string) (steckler, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return steckler{}, err
	}
	v := map[string]float64{}
	for name, re := range cfastNumbers {
		m := re.FindSubmatch(data)
		if m == nil {
			return steckler{}, fmt.Errorf("the value of %s is not there", name)
		}
		if v[name], err = strconv.ParseFloat(string(m[1]), 64); err != nil {
			return steckler{}, fmt.Errorf("the value of %s: %w", name, err)
		}
	}
	number := strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".in"), "Steckler_")
	ambient := v["ambient"]
	at := recon.Vec{v["x"], v["y"], v["base"]}
	one := steckler{h: &recon.Hypothesis{
		ID: "T" + number, AmbientC: &ambient, DurationS: 1800,
		Origin:   recon.Origin{Room: "room", At: at},
		Ignition: recon.Ignition{Time: time.Date(1982, 1, 1, 0, 0, 0, 0, time.UTC)},
		Rooms:    []recon.Room{{Name: "room", Max: recon.Vec{v["width"], v["depth"], v["height"]}, Wall: "k=0.1 rho=200 c=1.0", ThickM: 0.013}},
		Openings: []recon.Opening{{From: "room", To: fire.Outside, WidthM: v["door"], SillM: v["sill"], HeadM: v["sill"] + v["opening"]}},
		Fuels:    []recon.Fuel{{Name: "burner", At: at, AreaM2: v["area"], RadiativeFraction: v["chi"], Curve: [][2]float64{{0, v["hrr"]}, {1800, v["hrr"]}}}},
	}}
	n, err := strconv.Atoi(number)
	if err != nil {
		return one, errors.New("the file is not named Steckler_NNN.in")
	}
	exp := filepath.Join(filepath.Dir(filepath.Dir(path)), "exp", fmt.Sprintf("Steckler_Test_%d_layer.csv", n))
	one.layerM, one.upperC, err = readLayer(exp)
	return one, err
}

// readLayer reads the two-layer profile of a test: the last two rows are the hot
// layer from its lower face to the ceiling.
func readLayer(path string) (layerM, upperC float64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return 0, 0, err
	}
	if len(rows) < 4 || len(rows[3]) < 2 {
		return 0, 0, fmt.Errorf("%s has no rows for the hot layer", path)
	}
	height, err1 := strconv.ParseFloat(strings.TrimSpace(rows[3][0]), 64)
	upper, err2 := strconv.ParseFloat(strings.TrimSpace(rows[3][1]), 64)
	return height, upper, errors.Join(err1, err2)
}
