package fire

import (
	"fmt"
	"strings"
	"time"

	"firescene/formats/strictyaml"
	"firescene/recon"
)

// ParseHypothesis reads one hypothesis from YAML. Unknown fields, impossible
// numbers, things outside their room and times without a zone are refused with a
// *formats.FormatError that names the line, the path and what to do; anchors and
// aliases earn a *formats.UnsupportedError. What is returned has passed Check.
func ParseHypothesis(data []byte) (*recon.Hypothesis, error) {
	h := new(recon.Hypothesis)
	f, err := strictyaml.Decode("hypothesis", data, h)
	if err != nil {
		return nil, err
	}
	if err := requireZone(f, "hypothesis", "$.ignition.time"); err != nil {
		return nil, err
	}
	if err := takeItems(h); err != nil {
		return nil, f.Locate("hypothesis", err)
	}
	if err := Check(h); err != nil {
		return nil, f.Locate("hypothesis", err)
	}
	return h, nil
}

// ParseObservations reads a file whose one field "observations" is a list. It
// refuses what ParseHypothesis refuses, and an observation that lacks what its
// kind measures. A time may be missing when an event is named that will give it.
func ParseObservations(data []byte) ([]recon.Observation, error) {
	var doc struct {
		Observations []recon.Observation `yaml:"observations"`
	}
	f, err := strictyaml.Decode("observations", data, &doc)
	if err != nil {
		return nil, err
	}
	for i := range doc.Observations {
		for _, key := range []string{"time", "from", "until", "record.start"} {
			if err := requireZone(f, "observations", fmt.Sprintf("$.observations[%d].%s", i, key)); err != nil {
				return nil, err
			}
		}
		if err := canonical(&doc.Observations[i], fmt.Sprintf("$.observations[%d]", i)); err != nil {
			return nil, f.Locate("observations", err)
		}
	}
	if err := CheckObservations(doc.Observations); err != nil {
		return nil, f.Locate("observations", err)
	}
	return doc.Observations, nil
}

// zoned are the ways to write a time that say which zone it is in.
var zoned = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02 15:04:05.999999999 -0700"}

// requireZone refuses a time that names no zone: read as UTC it would be hours off.
func requireZone(f *strictyaml.File, format, path string) error {
	text, ok := f.Text(path)
	if !ok {
		return nil
	}
	text = strings.Trim(strings.TrimSpace(text), `"'`)
	for _, layout := range zoned {
		if _, err := time.Parse(layout, text); err == nil {
			return nil
		}
	}
	return f.Locate(format, &Problem{Path: path, What: fmt.Sprintf("%q is not a time with its zone", text), Next: "give it as 2026-03-01T21:14:00+08:00"})
}
