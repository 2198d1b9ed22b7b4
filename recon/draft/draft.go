// Package draft changes a hypothesis as its author wrote it: a change touches the
// values that it changes in the YAML text and nothing else, so that comments, order
// and units stay, and what comes out is checked as any hypothesis is.
package draft

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"firescene/formats/strictyaml"
	"firescene/recon"
	"firescene/recon/fire"
)

// Draft is a hypothesis with its text. It does not change: an edit gives another.
type Draft struct {
	Text       []byte
	Hypothesis *recon.Hypothesis
}

// Parse reads a draft; errors are those of fire.ParseHypothesis.
func Parse(text []byte) (Draft, error) {
	h, err := fire.ParseHypothesis(text)
	return Draft{Text: text, Hypothesis: h}, err
}

// Apply gives the draft after an edit. The error says what stands against it: a place
// outside every room, a value that is not possible, or strictyaml.ErrForm where the
// file is written so that it can not be changed in place. Lengths are rounded to a
// millimetre.
func (d Draft) Apply(e recon.HypothesisEdit) (Draft, error) {
	text, err := d.edited(e)
	if err != nil {
		return d, err
	}
	next, err := Parse(text)
	if err != nil {
		return d, err
	}
	if at, ok := next.place(e); ok && e.Do == recon.EditMove && !near(at, e.At) {
		return d, fmt.Errorf("%w: the %s would not have moved to %v", strictyaml.ErrForm, e.Part, e.At)
	}
	if e.Do == recon.EditMove && !sameButPlaces(d.Hypothesis, next.Hypothesis) {
		return d, fmt.Errorf("%w: the change would have reached more than the place", strictyaml.ErrForm)
	}
	return next, nil
}

var lists = map[recon.HypothesisPart]string{recon.PartFuel: "fuels", recon.PartOpening: "openings", recon.PartDetector: "detectors"}

// pathOf is where a part stands in the file.
func pathOf(p recon.HypothesisPart, index int) (string, error) {
	switch {
	case p == recon.PartOrigin:
		return "$.origin", nil
	case p == "":
		return "$", nil
	case lists[p] != "" && index >= 0:
		return fmt.Sprintf("$.%s[%d]", lists[p], index), nil
	}
	return "", fmt.Errorf("a hypothesis has no %q", p)
}

func (d Draft) edited(e recon.HypothesisEdit) ([]byte, error) {
	for i, v := range e.At {
		if math.IsNaN(v) || math.Abs(v) > 1e6 {
			return nil, fmt.Errorf("%g is no coordinate", v)
		}
		e.At[i] = math.Round(v*1000) / 1000
	}
	path, err := pathOf(e.Part, e.Index)
	if err != nil {
		return nil, err
	}
	switch e.Do {
	case recon.EditMove:
		return d.move(e, path)
	case recon.EditAdd:
		return d.add(e)
	case recon.EditRemove:
		if lists[e.Part] == "" {
			return nil, fmt.Errorf("the %s can not be taken out, only moved", e.Part)
		}
		return strictyaml.RemoveItem(d.Text, lists[e.Part], e.Index)
	case recon.EditSet:
		return set(d.Text, path, e.Field, e.Value)
	}
	return nil, fmt.Errorf("%q is no edit", e.Do)
}

// set changes a field, or adds it where it is not stated.
func set(text []byte, path, field, value string) ([]byte, error) {
	if parent, last, nested := cutLast(field); nested {
		path, field = path+"."+parent, last
	}
	if _, err := strconv.ParseFloat(value, 64); err != nil && !strings.HasPrefix(value, "20") {
		value = strconv.Quote(value)
	}
	out, err := strictyaml.Set(text, path+"."+field, value)
	if err == nil {
		return out, nil
	}
	if added, addErr := strictyaml.AddField(text, path, field, value); addErr == nil {
		return added, nil
	}
	return nil, err
}

func cutLast(field string) (parent, last string, nested bool) {
	i := strings.LastIndexByte(field, '.')
	if i < 0 {
		return "", field, false
	}
	return field[:i], field[i+1:], true
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func triple(v recon.Vec) string {
	return "[" + number(v[0]) + ", " + number(v[1]) + ", " + number(v[2]) + "]"
}

// move puts the place of a part into the file. An origin that comes to lie in another
// room is said to be of that room.
func (d Draft) move(e recon.HypothesisEdit, path string) ([]byte, error) {
	h := d.Hypothesis
	if e.Part == recon.PartOpening && e.Index < len(h.Openings) && h.Openings[e.Index].At == nil {
		return strictyaml.AddField(d.Text, path, "at_m", triple(e.At))
	}
	text := d.Text
	var err error
	for k := range 3 {
		if text, err = strictyaml.Set(text, fmt.Sprintf("%s.at_m[%d]", path, k), number(e.At[k])); err != nil {
			return nil, err
		}
	}
	if e.Part != recon.PartOrigin {
		return text, nil
	}
	for _, r := range h.Rooms {
		if r.Name == h.Origin.Room && holds(r, e.At) {
			return text, nil
		}
	}
	for _, r := range h.Rooms {
		if holds(r, e.At) {
			return strictyaml.Set(text, "$.origin.room", strconv.Quote(r.Name))
		}
	}
	return text, nil // refused when it is read
}

func holds(r recon.Room, at recon.Vec) bool {
	for k := range at {
		if at[k] < r.Min[k]-0.01 || at[k] > r.Max[k]+0.01 {
			return false
		}
	}
	return true
}

// add puts a new part into the file, with values that its author is to look at.
func (d Draft) add(e recon.HypothesisEdit) ([]byte, error) {
	h := d.Hypothesis
	room := ""
	for _, r := range h.Rooms {
		if holds(r, e.At) {
			room = r.Name
		}
	}
	switch e.Part {
	case recon.PartFuel:
		return strictyaml.AddItem(d.Text, "fuels", []string{"name: " + d.free("item"), "at_m: " + triple(e.At), "area_m2: 1",
			"growth: {alpha_kW_s2: 0.01172, peak_kW: 500, plateau_s: 120, decay_s: 200}", "ignites_at_s: 0",
			"source: \"supposed: t-squared growth, medium class of NFPA 72 annex B; state the item's own\"", "spread_pct: 30"})
	case recon.PartDetector:
		fields := []string{"name: " + d.free("D"), "kind: " + e.Kind, "at_m: " + triple(e.At)}
		switch e.Kind {
		case "smoke":
		case "heat", "sprinkler":
			fields = append(fields, "rti_m12s12: 100", "activation_C: 68")
		case "gas_temperature":
			fields = append(fields, "activation_C: 60")
		default:
			return nil, fmt.Errorf("%q is no kind of detector", e.Kind)
		}
		return strictyaml.AddItem(d.Text, "detectors", fields)
	case recon.PartOpening:
		if room == "" {
			room = h.Origin.Room
		}
		head := 2.05
		for _, r := range h.Rooms {
			if r.Name == room {
				head = math.Min(head, math.Floor((r.Max[2]-r.Min[2])*100)/100)
			}
		}
		return strictyaml.AddItem(d.Text, "openings", []string{"name: " + d.free("opening"), "from: " + strconv.Quote(room), "to: outside", "width_m: 0.9", "sill_m: 0",
			"head_m: " + number(head), "at_m: " + triple(e.At)})
	}
	return nil, fmt.Errorf("a hypothesis has one %s, which can be moved", e.Part)
}

// free is a name that nothing of the hypothesis has yet.
func (d Draft) free(base string) string {
	taken := map[string]bool{}
	for _, f := range d.Hypothesis.Fuels {
		taken[f.Name] = true
	}
	for _, x := range d.Hypothesis.Detectors {
		taken[x.Name] = true
	}
	for _, o := range d.Hypothesis.Openings {
		taken[o.Name] = true
	}
	for i := 1; ; i++ {
		if name := fmt.Sprintf("%s%d", base, i); !taken[name] {
			return name
		}
	}
}

// place is where the part of an edit stands.
func (d Draft) place(e recon.HypothesisEdit) (recon.Vec, bool) {
	h, i := d.Hypothesis, e.Index
	switch {
	case e.Part == recon.PartOrigin:
		return h.Origin.At, true
	case e.Part == recon.PartFuel && i < len(h.Fuels):
		return h.Fuels[i].At, true
	case e.Part == recon.PartDetector && i < len(h.Detectors):
		return h.Detectors[i].At, true
	case e.Part == recon.PartOpening && i < len(h.Openings) && h.Openings[i].At != nil:
		return *h.Openings[i].At, true
	}
	return recon.Vec{}, false
}

func near(a, b recon.Vec) bool {
	for k := range a {
		if math.Abs(a[k]-b[k]) > 0.0006 {
			return false
		}
	}
	return true
}

// sameButPlaces tells whether two hypotheses differ in places alone.
func sameButPlaces(a, b *recon.Hypothesis) bool {
	strip := func(h *recon.Hypothesis) recon.Hypothesis {
		c := *h
		c.Origin.At, c.Origin.Room = recon.Vec{}, ""
		c.Fuels = append([]recon.Fuel(nil), h.Fuels...)
		for i := range c.Fuels {
			c.Fuels[i].At = recon.Vec{}
		}
		c.Detectors = append([]recon.Detector(nil), h.Detectors...)
		for i := range c.Detectors {
			c.Detectors[i].At = recon.Vec{}
		}
		c.Openings = append([]recon.Opening(nil), h.Openings...)
		for i := range c.Openings {
			c.Openings[i].At = nil
		}
		return c
	}
	return reflect.DeepEqual(strip(a), strip(b))
}
