package experiments

import (
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"firescene/recon/handcalc"
)

// handInput is one line of a series' inputs for hand correlations.
type handInput struct {
	name   string
	number map[string][]float64
	text   map[string][]string
}

func (h *handInput) at(key string) float64 {
	if v := h.number[key]; len(v) > 0 {
		return v[0]
	}
	return math.NaN()
}

// readHand reads lines "&NAME KEY=value, KEY=v1,v2 /".
func readHand(fsys fs.FS, name string) ([]handInput, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var out []handInput
	for _, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "&") {
			continue
		}
		head, body, _ := strings.Cut(line[1:], " ")
		if i := strings.LastIndexByte(body, '/'); i >= 0 {
			body = body[:i]
		}
		h := handInput{name: head, number: map[string][]float64{}, text: map[string][]string{}}
		parts := strings.Split(body, "=")
		for i := 0; i+1 < len(parts); i++ {
			key := parts[i]
			if k := strings.LastIndexAny(strings.TrimSpace(key), ", "); k >= 0 {
				key = strings.TrimSpace(key)[k+1:]
			}
			value := strings.TrimSpace(parts[i+1])
			if i+2 < len(parts) { // less the next key
				if k := strings.LastIndexByte(value, ','); k >= 0 {
					value = value[:k]
				}
			}
			for _, v := range strings.Split(value, ",") {
				v = strings.Trim(strings.TrimSpace(v), "'")
				if v == "" {
					continue
				}
				h.text[strings.TrimSpace(key)] = append(h.text[strings.TrimSpace(key)], v)
				if f, err := strconv.ParseFloat(strings.TrimSuffix(v, "."), 64); err == nil {
					h.number[strings.TrimSpace(key)] = append(h.number[strings.TrimSpace(key)], f)
				}
			}
		}
		out = append(out, h)
	}
	return out, nil
}

// hand holds the correlations of recon/handcalc against the series for which inputs
// of correlations are published.
func hand(fsys fs.FS) (jobs []*job) {
	for _, s := range []struct{ series, file string }{
		{"Steckler_Compartment", "Steckler"}, {"ATF_Corridors", "ATF_Corridors"}, {"NIST_NRC", "NIST_NRC"},
		{"Vettori_Flat_Ceiling", "Vettori"}, {"NIST_Smoke_Alarms", "NIST_Smoke_Alarms"}, {"Fleury_Heat_Flux", "Fleury_Heat_Flux"},
	} {
		name := s.series + "/cor/" + s.file + "_Correlation_Inputs.txt"
		if _, err := fs.Stat(fsys, name); err != nil {
			continue
		}
		jobs = append(jobs, &job{test: s.file + "_hand", compare: func(d *data) error {
			list, err := readHand(d.fsys, name)
			if err != nil {
				return err
			}
			for i := range list {
				if err := d.handLine(&list[i]); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	if _, err := fs.Stat(fsys, "McCaffrey_Plume/exp/McCaffrey_Plume.csv"); err == nil {
		jobs = append(jobs, &job{test: "McCaffrey_hand", compare: (*data).mccaffrey})
	}
	if _, err := fs.Stat(fsys, "Heskestad_Flame_Height/exp/flame_lengths.csv"); err == nil {
		jobs = append(jobs, &job{test: "Heskestad_hand", compare: (*data).flames})
	}
	return jobs
}

func (d *data) handLine(h *handInput) error {
	out := ""
	if v := h.text["OUTPUT_FILE"]; len(v) > 0 {
		out = v[0]
	}
	switch {
	case h.name == "MQH" || h.name == "BEYLER":
		return d.handLayer(h, out)
	case h.name == "ALPERT":
		return d.alpert(h, out)
	case h.name == "SPRINKLER":
		return d.handLink(h, out)
	case h.name == "RAD" && strings.HasPrefix(out, "Fleury_"):
		return d.pointSource(h, out)
	}
	return nil
}

// handLayer compares MQH's and Beyler's layer at the end of the fire with the
// measured layer: Steckler's at its end, NIST/NRC's at its peak.
func (d *data) handLayer(h *handInput, out string) error {
	m := handcalc.Material{ConductKWmK: h.at("K_S"), DensityKgM3: h.at("RHO_S"), HeatKJKgK: h.at("C_S")}
	l, w, height, end := h.at("L"), h.at("W"), h.at("H"), h.at("T_END")
	surface := 2*l*w + 2*(l+w)*height
	n, err := strconv.Atoi(out[strings.LastIndexByte(out, '_')+1:])
	if err != nil {
		return nil // a line without a test of its own
	}
	var file, quantity string
	rise := 0.0
	switch {
	case strings.HasPrefix(out, "Steckler_MQH"):
		file, quantity = fmt.Sprintf("Steckler_Compartment/exp/Steckler_Test_%d_layer.csv", n), "hgl_temp_mqh"
	case strings.HasPrefix(out, "NIST_NRC_MQH"):
		file, quantity = fmt.Sprintf("NIST_NRC/exp/NIST_NRC_Test_%02d_layer.csv", n), "hgl_temp_mqh"
	case strings.HasPrefix(out, "NIST_NRC_Beyler"):
		file, quantity = fmt.Sprintf("NIST_NRC/exp/NIST_NRC_Test_%02d_layer.csv", n), "hgl_temp_beyler"
	default:
		return nil
	}
	if quantity == "hgl_temp_mqh" {
		vent := h.at("W_V") * h.at("H_V")
		rise = handcalc.MQHRise(h.at("Q"), vent*math.Sqrt(h.at("H_V")), handcalc.MQHHeatLoss(m, h.at("DELTA"), end), surface-vent)
	} else {
		rise = handcalc.BeylerRise(h.at("Q"), surface, l*w*height, m, h.at("TMP_A")+handcalc.Kelvin, end)
	}
	if _, err := fs.Stat(d.fsys, file); err != nil {
		return nil // the series' inputs name more tests than its files hold
	}
	t, err := readTable(d.fsys, file, 0, 1)
	if err != nil {
		return err
	}
	if strings.HasPrefix(out, "Steckler") {
		d.add(quantity, out, t.rows[len(t.rows)-2][1]-h.at("TMP_A"), rise)
		return nil
	}
	x, up := t.column("T_upper")
	if len(up) > 0 {
		d.add(quantity, out, top(x, up, end)-h.at("TMP_A"), rise)
	}
	return nil
}

// heat is a fire's heat release rate at a time: steady or t-squared.
func (h *handInput) heat(tS float64) float64 {
	q := h.at("Q")
	if a := h.at("ALPHA"); math.IsNaN(q) {
		q = a * tS * tS
	}
	return q * h.at("LOCATION_FACTOR")
}

// alpert compares the jet at the end of the fire with the largest rise until then.
func (d *data) alpert(h *handInput, out string) error {
	file, rename := "", func(s string) string { return s }
	last := out[strings.LastIndexByte(out, '_')+1:]
	switch {
	case strings.HasPrefix(out, "Vettori"):
		file = "Vettori_Flat_Ceiling/exp/Vettori_Flat_Ceiling_Test_" + last + ".csv"
	case strings.HasPrefix(out, "NIST_Smoke"):
		file = "NIST_Smoke_Alarms/exp/NIST_Smoke_Alarms_" + last + ".csv"
	case strings.HasPrefix(out, "ATF"):
		file = "ATF_Corridors/exp/ATF_Corridors_" + strings.Split(strings.TrimPrefix(out, "ATF_Corridors_ALPERT_"), "_")[0] + "kW_avg.csv"
		rename = func(s string) string { return "TC_" + strings.ReplaceAll(s, "-", "") }
	default:
		return nil
	}
	if _, err := fs.Stat(d.fsys, file); err != nil {
		return nil
	}
	t, err := readTable(d.fsys, file, 0, 1)
	if err != nil {
		return err
	}
	for i, label := range h.text["LABEL"] {
		if i >= len(h.number["R_VALUES"]) || i >= len(h.number["H_VALUES"]) {
			break
		}
		x, y := t.column(rename(label))
		if len(y) == 0 {
			continue
		}
		end := h.at("T_END")
		d.add("ceiling_jet_alpert", out+" "+label, top(x, y, end)-h.at("TMP_A"), handcalc.CeilingJetRise(h.heat(end), h.number["H_VALUES"][i], h.number["R_VALUES"][i]))
	}
	return nil
}

// handLink compares the response of a link in Alpert's jet with the first response of
// the devices at that distance.
func (d *data) handLink(h *handInput, out string) error {
	ambient := h.at("TMP_A") + handcalc.Kelvin
	link, at := ambient, 0.0
	const dt = 0.1
	for ; at < 1000 && link < h.at("ACTIVATION_TEMPERATURE")+handcalc.Kelvin; at += dt {
		q := h.heat(min(at, h.at("CUTOFF_TIME")))
		gas := ambient + handcalc.CeilingJetRise(q, h.at("H"), h.at("R"))
		link = handcalc.LinkStep(link, gas, handcalc.CeilingJetVelocity(q, h.at("H"), h.at("R")), h.at("RTI"), dt)
	}
	last := out[strings.LastIndexByte(out, '_')+1:]
	if strings.HasPrefix(out, "Vettori") {
		t, err := readTable(d.fsys, "Vettori_Flat_Ceiling/exp/Vettori_Flat_Ceiling_Act.csv", 0, 1)
		if err != nil {
			return err
		}
		for k := 1; k <= 2; k++ {
			if _, y := t.column(fmt.Sprintf("Time-%s-%d", strings.TrimLeft(last, "0"), k)); len(y) > 0 {
				d.add("sprinkler_time_hand", fmt.Sprintf("%s %d", out, k), y[0], at)
			}
		}
		return nil
	}
	t, err := readTable(d.fsys, "NIST_Smoke_Alarms/exp/Activation_Times.csv", 0, 1)
	if err != nil {
		return err
	}
	// The input is for the station nearest to the fire, which responds first.
	first, name := math.Inf(1), ""
	for _, c := range t.head {
		if !strings.HasPrefix(c, last+"-") {
			continue
		}
		if _, y := t.column(c); len(y) > 0 && y[0] < first {
			first, name = y[0], c
		}
	}
	if name != "" {
		d.add("smoke_alarm_time_hand", name, first, at)
	}
	return nil
}

// pointSource compares the point source, half way up the flames, and the solid flame
// with gauges that face the burner.
func (d *data) pointSource(h *handInput, out string) error {
	parts := strings.Split(out, "_") // Fleury_1t1_100_RAD
	t, err := readTable(d.fsys, fmt.Sprintf("Fleury_Heat_Flux/exp/Fleury_%s_%s_kW.csv", parts[1], parts[2]), 1, 2)
	if err != nil {
		return err
	}
	q, area := h.at("Q"), h.at("AREA")
	diameter := handcalc.Diameter(area)
	mid := handcalc.FlameHeight(q, diameter) / 2
	for k, label := range h.text["Z_LABEL"] {
		z := h.number["Z"][k]
		for c, head := range t.head {
			if head != label {
				continue
			}
			for _, row := range t.rows {
				x := row[0]
				r := math.Hypot(x, z-mid)
				d.add("target_flux_point", fmt.Sprintf("%s %s %.2f", out, label, x), row[c], handcalc.PointSourceFlux(q, h.at("RADIATIVE_FRACTION"), r)*x/r)
				d.add("target_flux_solid", fmt.Sprintf("%s %s %.2f", out, label, x), row[c], handcalc.SolidFlameFlux(q, diameter, x, z))
			}
		}
	}
	return nil
}

// mccaffrey compares Heskestad's plume with McCaffrey's measurements on the axis of a
// burner of 0.3 m, of which the file holds the smoothed curves, above the mean flame height.
func (d *data) mccaffrey() error {
	t, err := readTable(d.fsys, "McCaffrey_Plume/exp/McCaffrey_Plume.csv", 0, 1)
	if err != nil {
		return err
	}
	// NBSIR 79-1910: the five heats as measured, and the radiated part of methane.
	for _, f := range []struct {
		name string
		q    float64
	}{{"14", 14.4}, {"22", 21.7}, {"33", 33.0}, {"45", 44.9}, {"57", 57.5}} {
		name, q := f.name, f.q
		z, y := t.column("Temp " + name + " kW")
		diameter := handcalc.Diameter(0.09)
		for i := range y {
			if z[i] < handcalc.FlameHeight(q, diameter) {
				continue
			}
			d.add("plume_temp_hand", fmt.Sprintf("%s kW %.1f m", name, z[i]), y[i], handcalc.PlumeRise(q, 0.73*q, diameter, z[i], handcalc.AmbientStdC+handcalc.Kelvin))
		}
	}
	return nil
}

// flames compares Heskestad's flame height with the mean of the other published
// correlations of flame lengths, where the source of his covers the case.
func (d *data) flames() error {
	t, err := readTable(d.fsys, "Heskestad_Flame_Height/exp/flame_lengths.csv", 0, 1)
	if err != nil {
		return err
	}
	const diameter = 1.13
	for _, row := range t.rows {
		q := row[1]
		var sum, n float64
		for c := 4; c < len(t.head); c++ {
			if t.head[c] != "Heskestad" && row[c] > 0 {
				sum, n = sum+row[c], n+1
			}
		}
		if n > 0 && handcalc.FlameHeightInRange(q, diameter) {
			d.add("flame_height_hand", fmt.Sprintf("Q*=%g", row[0]), sum/n, handcalc.FlameHeight(q, diameter)/diameter)
		}
	}
	return nil
}
