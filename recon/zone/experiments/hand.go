package experiments

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
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
