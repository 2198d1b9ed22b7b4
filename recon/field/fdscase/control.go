package fdscase

import (
	"math"
	"sort"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// sample is one time of a result.
type sample struct {
	res    *field.Result
	k      int
	tS     float64 // of the scene
	inputS float64
}

func (s sample) at(device int) float64 { return s.res.Devices[device].Value[s.k] }

// active reports whether a device has responded by then.
func (s sample) active(device int) bool {
	t := s.res.Devices[device].ActivatedS
	return t >= 0 && t <= s.tS
}

// value gives one number of a sample.
type value func(s sample) float64

// derived is the value of a device that looks at others, or nil.
func (b *builder) derived(d *fds.Device, values map[string]value) value {
	switch d.Quantity {
	case "CONTROL VALUE":
		v := b.control(d.Control, values, 0)
		if v == nil {
			b.note(d.Line, "&DEVC '"+d.ID+"'", "the control '%s' can not be worked out; its column is left out", d.Control)
		}
		return v
	case "CONTROL":
		v := b.control(d.Control, values, 0)
		if v == nil {
			b.note(d.Line, "&DEVC '"+d.ID+"'", "the control '%s' can not be worked out; its column is left out", d.Control)
		}
		return v
	case "ACTUATED SPRINKLERS":
		var links []int
		for i := range b.c.Scene.Devices {
			if v := &b.c.Scene.Devices[i]; v.Quantity == field.LinkTemperature && v.HasSetpoint {
				links = append(links, i)
			}
		}
		return func(s sample) float64 {
			n := 0.0
			for _, k := range links {
				if s.active(k) {
					n++
				}
			}
			return n
		}
	}
	return nil
}

// mostDeep bounds controls that rest on controls.
const mostDeep = 50

// control works a &CTRL out: sums and the like of devices, their place at which a
// share of a line's sum is reached, and whether any or all have responded.
func (b *builder) control(id string, values map[string]value, deep int) value {
	var c *fds.Control
	for i := range b.in.Controls {
		if b.in.Controls[i].ID == id {
			c = &b.in.Controls[i]
		}
	}
	if c == nil || deep > mostDeep || len(c.Inputs) == 0 {
		return nil
	}
	if c.Function == "PERCENTILE" {
		return b.percentile(c, values)
	}
	if c.Function == "ANY" || c.Function == "ALL" {
		return b.responded(c)
	}
	var in []value
	for _, name := range c.Inputs {
		v := values[name]
		switch {
		case v != nil:
		case name == "CONSTANT" && !math.IsNaN(c.Constant):
			v = func(sample) float64 { return c.Constant }
		default:
			v = b.control(name, values, deep+1)
		}
		if v == nil {
			return nil
		}
		in = append(in, v)
	}
	join, ok := joins[c.Function]
	if !ok {
		return nil
	}
	return func(s sample) float64 {
		out := in[0](s)
		for _, v := range in[1:] {
			out = join(out, v(s))
		}
		return out
	}
}

var joins = map[string]func(a, b float64) float64{
	"SUM": func(a, b float64) float64 { return a + b }, "SUBTRACT": func(a, b float64) float64 { return a - b },
	"MULTIPLY": func(a, b float64) float64 { return a * b }, "MAX": math.Max, "MIN": math.Min,
	"DIVIDE": func(a, b float64) float64 {
		if b == 0 {
			return 0
		}
		return a / b
	},
}

// responded is 1 once any or all of the inputs have responded.
func (b *builder) responded(c *fds.Control) value {
	var in []int
	for _, name := range c.Inputs {
		k, ok := b.deviceAt[name]
		if !ok {
			return nil
		}
		in = append(in, k)
	}
	return func(s sample) float64 {
		n := 0
		for _, k := range in {
			if s.active(k) {
				n++
			}
		}
		if n > 0 && (c.Function == "ANY" || n == len(in)) {
			return 1
		}
		return 0
	}
}

// percentile is how far along a line of devices a share of their sum is reached,
// from its first point.
func (b *builder) percentile(c *fds.Control, values map[string]value) value {
	line := b.device(c.Inputs[0])
	if line == nil || line.Points < 2 {
		return nil
	}
	var in []value
	for _, o := range b.c.Outputs {
		if o.line == line.Line {
			in = append(in, o.value)
		}
	}
	if len(in) != line.Points {
		return nil
	}
	length, from := 0.0, 0.0
	for a := range 3 {
		length = math.Hypot(length, line.Box[2*a+1]-line.Box[2*a])
	}
	if length == line.Box[5]-line.Box[4] { // a vertical line gives heights
		from = line.Box[4]
	}
	step := length / float64(line.Points-1)
	return func(s sample) float64 {
		sum, total := 0.0, 0.0
		for _, v := range in {
			total += max(0, v(s))
		}
		if total <= 0 {
			return from
		}
		for i, v := range in {
			q := max(0, v(s))
			if sum+q >= c.Percentile*total && q > 0 {
				return from + step*(float64(i)+(c.Percentile*total-sum)/q-0.5)
			}
			sum += q
		}
		return from + length
	}
}

// inOrder puts the columns in the order of the input.
func (b *builder) inOrder() {
	sort.SliceStable(b.c.Outputs, func(i, j int) bool { return b.c.Outputs[i].line < b.c.Outputs[j].line })
}
