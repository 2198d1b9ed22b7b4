package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/logs"
	"firescene/forensics/timeline"
	"firescene/formats"
	"firescene/recon/fire"
)

// maxStatedB bounds files that people write by hand.
const maxStatedB = 4 << 20

// readStated reads a file that a person wrote.
func readStated(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxStatedB+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxStatedB {
		return nil, fmt.Errorf("%s has more than %d bytes; check that it is the right file", path, maxStatedB)
	}
	return b, nil
}

// readClocks reads and checks a clock file.
func readClocks(path string) ([]forensics.Clock, error) {
	b, err := readStated(path)
	if err != nil {
		return nil, err
	}
	clocks, err := parseClocks(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return clocks, nil
}

// statedClock is a clock as people write it. Pointers tell what was left out:
// an offset without its uncertainty says nothing.
type statedClock struct {
	ID            string   `yaml:"id"`
	Describe      string   `yaml:"describe"`
	Zone          string   `yaml:"zone"`
	OffsetS       *float64 `yaml:"offset_s"`
	SigmaS        *float64 `yaml:"sigma_s"`
	DriftPPM      float64  `yaml:"drift_ppm"`
	DriftSigmaPPM float64  `yaml:"drift_sigma_ppm"`
	CheckedAt     string   `yaml:"checked_at"`
	Method        string   `yaml:"method"`
	By            string   `yaml:"by"`
	Locators      []string `yaml:"locators"`
}

// parseClocks reads YAML whose one field "clocks" is a list. Unknown fields,
// missing or impossible numbers, unknown zones and a check time without a zone
// are refused with *formats.FormatError.
func parseClocks(data []byte) (clocks []forensics.Clock, err error) {
	bad := func(reason, next string) error {
		return &formats.FormatError{Format: "clocks", Offset: -1, Reason: reason, Next: next}
	}
	// The parser is fed files from outside; a panic in it is the file's fault.
	defer func() {
		if p := recover(); p != nil {
			clocks, err = nil, bad(fmt.Sprintf("it is not YAML that can be read: %v", p), "check indentation and quotes")
		}
	}()
	if line := deepLine(data); line > 0 {
		return nil, bad(fmt.Sprintf("line %d: nested too deeply", line), "check that it is the right file")
	}
	var doc struct {
		Clocks []statedClock `yaml:"clocks"`
	}
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil && !errors.Is(err, io.EOF) {
		return nil, bad(strings.TrimSpace(yaml.FormatError(err, false, true)), "fields of a clock: id, describe, zone, offset_s, sigma_s, drift_ppm, drift_sigma_ppm, checked_at, method, by, locators")
	}
	if len(doc.Clocks) == 0 {
		return nil, bad("no clock in it", "write \"clocks:\" and below it one \"- id: ...\" a clock")
	}
	for i, s := range doc.Clocks {
		k := forensics.Clock{ID: s.ID, Describe: s.Describe, Zone: s.Zone, DriftPPM: s.DriftPPM, DriftSigmaPPM: s.DriftSigmaPPM,
			Method: s.Method, By: s.By, Locators: s.Locators}
		name := fmt.Sprintf("clock %d (%s)", i+1, s.ID)
		if s.OffsetS == nil || s.SigmaS == nil {
			return nil, bad(name+": offset_s and sigma_s are both needed", "state the clock's reading minus true time in seconds, and how uncertain that is")
		}
		k.OffsetS, k.SigmaS = *s.OffsetS, *s.SigmaS
		if s.Method == "" {
			return nil, bad(name+": method is missing", "say how the offset was determined")
		}
		if _, err := timeline.Zone(s.Zone); err != nil {
			return nil, bad(name+": "+err.Error(), "")
		}
		if s.CheckedAt != "" {
			if k.CheckedAt, err = time.Parse(time.RFC3339Nano, strings.Replace(s.CheckedAt, " ", "T", 1)); err != nil {
				return nil, bad(fmt.Sprintf("%s: checked_at %q is not a time with a zone", name, s.CheckedAt), "write it as 2026-03-01T09:30:00+08:00")
			}
		}
		if err := casefile.CheckClock(k); err != nil {
			return nil, bad(err.Error(), "")
		}
		for _, l := range s.Locators {
			if _, err := forensics.ParseLocator(l); err != nil {
				return nil, bad(name+": "+err.Error(), "")
			}
		}
		clocks = append(clocks, k)
	}
	return clocks, nil
}

// deepLine guards the recursive YAML parser: it returns the line at which
// brackets or indentation go deeper than any stated file needs, or 0.
func deepLine(data []byte) int {
	depth, line, column, start := 0, 1, 0, true
	for _, c := range data {
		switch {
		case c == '\n':
			line, column, start = line+1, 0, true
		case start && (c == ' ' || c == '-' || c == '?'):
			column++
		default:
			start = false
			if c == '[' || c == '{' {
				depth++
			} else if c == ']' || c == '}' {
				depth = max(0, depth-1)
			}
		}
		if depth > 40 || column > 200 {
			return line
		}
	}
	return 0
}

// readObservations checks an observation file and gives what the case stores.
func readObservations(path string) ([]casefile.Observation, error) {
	b, err := readStated(path)
	if err != nil {
		return nil, err
	}
	stated, err := fire.ParseObservations(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []casefile.Observation
	for _, o := range stated {
		body, err := json.Marshal(o)
		if err != nil {
			return nil, fmt.Errorf("%s: observation %s: %w", path, o.ID, err)
		}
		all = append(all, casefile.Observation{ID: o.ID, Body: body})
	}
	return all, nil
}

// checkHypothesis reads a hypothesis file and gives its ID.
func checkHypothesis(path string) (id string, err error) {
	b, err := readStated(path)
	if err != nil {
		return "", err
	}
	h, err := fire.ParseHypothesis(b)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return h.ID, nil
}

// formerHypothesis is the exhibit that states the hypothesis of that ID now; empty
// when none does.
func formerHypothesis(ctx context.Context, c *casefile.Case, id string) (string, error) {
	all, err := c.Exhibits(ctx)
	if err != nil {
		return "", err
	}
	for _, e := range forensics.Current(all) {
		if e.Kind != forensics.KindHypothesis {
			continue
		}
		if other, err := checkHypothesis(c.ExhibitPath(e)); err == nil && strings.EqualFold(other, id) {
			return e.ID, nil
		}
	}
	return "", nil
}

// scanTransforms is the part of a registration's transforms.json that a case
// keeps.
type scanTransforms struct {
	Scans []scanTransform `json:"scans"`
}

type scanTransform struct {
	File          string          `json:"file"`
	Scan          int             `json:"scan"` // number within the file from 1; 0: the file as a whole
	WorldFromScan json.RawMessage `json:"worldFromScan"`
	Verdict       string          `json:"verdict"`
	Reason        string          `json:"reason"`
	RMSmm         *float64        `json:"rms_mm"`
	MetresPerUnit float64         `json:"metresPerUnit"`
}

// readTransforms reads the poses of scans, by the name of the scan's file; those of
// the scans of one file are held together. A matrix that is not a rigid transform is
// refused.
func readTransforms(path string) (map[string]casefile.ScanPose, error) {
	b, err := readStated(path)
	if err != nil {
		return nil, err
	}
	var doc scanTransforms
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, &formats.FormatError{Format: "transforms.json", Offset: -1, Reason: err.Error(), Next: "write it with firescene register"}
	}
	poses := map[string]casefile.ScanPose{}
	for _, s := range doc.Scans {
		name := filepath.Base(filepath.FromSlash(s.File))
		p := casefile.ScanPose{Verdict: orElse(s.Verdict, "stated"), Reason: s.Reason, Scan: s.Scan, MetresPerUnit: s.MetresPerUnit}
		if u := s.MetresPerUnit; u != 0 && !(u > 1e-6 && u < 1e4) {
			return nil, &formats.FormatError{Format: "transforms.json", Offset: -1, Reason: fmt.Sprintf("%s: metresPerUnit %g", s.File, u), Next: "give the length of one unit in metres"}
		}
		if s.RMSmm != nil {
			p.RMSmm = *s.RMSmm
		}
		switch {
		case p.Verdict != "refused":
			if p.WorldFromScan, err = s.matrix(); err != nil {
				return nil, err
			}
		case p.Scan == 0:
			continue // it has no pose that could be used
		}
		if p.Scan == 0 {
			poses[name] = p
			continue
		}
		whole := poses[name]
		whole.Scans, whole.Verdict, whole.MetresPerUnit = append(whole.Scans, p), "scans", p.MetresPerUnit
		poses[name] = whole
	}
	return poses, nil
}

// matrix is the pose as 16 numbers, rigid.
func (s *scanTransform) matrix() (m [16]float64, err error) {
	var rows [4][4]float64
	var flat []float64
	switch {
	case json.Unmarshal(s.WorldFromScan, &flat) == nil && len(flat) == 16:
		copy(m[:], flat)
	case json.Unmarshal(s.WorldFromScan, &rows) == nil:
		for i := range 16 {
			m[i] = rows[i/4][i%4]
		}
	default:
		return m, &formats.FormatError{Format: "transforms.json", Offset: -1, Reason: s.File + ": worldFromScan is not a 4x4 matrix", Next: "give 4 rows of 4 numbers"}
	}
	if !isRigid(m) {
		return m, &formats.FormatError{Format: "transforms.json", Offset: -1, Reason: s.File + ": worldFromScan is not a rotation with a translation", Next: "it must not scale or mirror"}
	}
	return m, nil
}

// isRigid reports whether a row-major 4x4 matrix is a rotation and a translation.
func isRigid(m [16]float64) bool {
	const tol = 1e-4
	for i := range 3 {
		for j := i; j < 3; j++ {
			dot := m[4*i]*m[4*j] + m[4*i+1]*m[4*j+1] + m[4*i+2]*m[4*j+2]
			want := 0.0
			if i == j {
				want = 1
			}
			if !(math.Abs(dot-want) < tol) {
				return false
			}
		}
		if math.IsNaN(m[4*i+3]) || math.IsInf(m[4*i+3], 0) {
			return false
		}
	}
	det := m[0]*(m[5]*m[10]-m[6]*m[9]) - m[1]*(m[4]*m[10]-m[6]*m[8]) + m[2]*(m[4]*m[9]-m[5]*m[8])
	return det > 0 && m[12] == 0 && m[13] == 0 && m[14] == 0 && m[15] == 1
}

// readStatements takes a statement apart into passages. Their locators get the
// exhibit's ID when the case gives it.
func readStatements(path string) ([]forensics.Statement, error) {
	b, err := readStated(path)
	if err != nil {
		return nil, err
	}
	passages, err := logs.ParseStatement(logs.Source{R: bytes.NewReader(b)})
	if err == nil && len(passages) == 0 {
		err = errors.New("there is no text in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return passages, nil
}
