package fire

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"firescene/formats"
	"firescene/recon"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// ParseHypothesis reads one hypothesis from YAML. Unknown fields, impossible
// numbers, things outside their room and times without a zone are refused with a
// *formats.FormatError that names the line, the path and what to do; anchors and
// aliases earn a *formats.UnsupportedError. What is returned has passed Check.
func ParseHypothesis(data []byte) (*recon.Hypothesis, error) {
	h := new(recon.Hypothesis)
	f, err := decode("hypothesis", data, h)
	if err != nil {
		return nil, err
	}
	if err := requireZone(f, "hypothesis", "$.ignition.time"); err != nil {
		return nil, err
	}
	if err := Check(h); err != nil {
		return nil, f.locate("hypothesis", err)
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
	f, err := decode("observations", data, &doc)
	if err != nil {
		return nil, err
	}
	for i := range doc.Observations {
		if err := requireZone(f, "observations", fmt.Sprintf("$.observations[%d].time", i)); err != nil {
			return nil, err
		}
	}
	if err := CheckObservations(doc.Observations); err != nil {
		return nil, f.locate("observations", err)
	}
	return doc.Observations, nil
}

const (
	maxYAMLB     = 4 << 20
	maxYAMLDepth = 40
)

// yamlFile is a parsed file, kept to find the line of a path.
type yamlFile struct{ ast *ast.File }

func decode(format string, data []byte, into any) (f yamlFile, err error) {
	bad := func(reason, next string) error {
		return &formats.FormatError{Format: format, Offset: -1, Reason: reason, Next: next}
	}
	if len(data) > maxYAMLB {
		return f, bad(fmt.Sprintf("the file has %d bytes, more than a stated hypothesis needs", len(data)), "check that it is the right file")
	}
	if reason := tooDeep(data); reason != "" {
		return f, bad(reason, "check that it is the right file")
	}
	// The parser is fed files from outside; a panic in it is the file's fault.
	defer func() {
		if p := recover(); p != nil {
			err = bad(fmt.Sprintf("it is not YAML that can be read: %v", p), "check indentation and quotes")
		}
	}()
	if f.ast, err = parser.ParseBytes(data, 0); err != nil {
		return f, bad(reasonOf(err), "check indentation and quotes")
	}
	docs := 0
	for _, d := range f.ast.Docs {
		if d.Body != nil {
			docs++
			if d.Body.Type() != ast.MappingType && d.Body.Type() != ast.MappingValueType {
				return f, bad("line 1: the file is not a list of fields", "write \"field: value\" lines")
			}
			if t := anchorIn(d.Body); t != nil {
				return f, &formats.UnsupportedError{Format: format, Offset: -1, Feature: fmt.Sprintf("line %d: anchor, alias or merge key %q", t.Position.Line, t.Value), Next: "write the value out"}
			}
		}
	}
	if docs != 1 {
		return f, bad(fmt.Sprintf("the file holds %d documents, not one", docs), "write one per file")
	}
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(into); err != nil {
		return f, bad(reasonOf(err), "see the field list in the documentation")
	}
	return f, nil
}

// tooDeep guards the recursive parser: it bounds brackets and indentation.
func tooDeep(data []byte) string {
	depth, line, indent, atStart := 0, 1, 0, true
	for _, c := range data {
		switch c {
		case '\n':
			line, indent, atStart = line+1, 0, true
			continue
		case '[', '{':
			if depth++; depth > maxYAMLDepth {
				return fmt.Sprintf("line %d: brackets are nested more than %d deep", line, maxYAMLDepth)
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
		if atStart && (c == ' ' || c == '-' || c == '?') {
			if indent++; indent > 4*maxYAMLDepth {
				return fmt.Sprintf("line %d: indented more than %d columns", line, 4*maxYAMLDepth)
			}
		} else {
			atStart = false
		}
	}
	return ""
}

// anchorFinder walks a tree for what would make one value stand in two places.
type anchorFinder struct{ found *token.Token }

func (a *anchorFinder) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		if a.found == nil {
			a.found = n.GetToken()
		}
		return nil
	}
	return a
}

func anchorIn(n ast.Node) *token.Token {
	var a anchorFinder
	ast.Walk(&a, n)
	return a.found
}

var yamlPlace = regexp.MustCompile(`^\[(\d+):(\d+)\] `)

// reasonOf turns the decoder's message into one line that begins with the place.
func reasonOf(err error) string {
	var y yaml.Error
	msg := err.Error()
	if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
		p := y.GetToken().Position
		return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, y.GetMessage())
	}
	first, _, _ := strings.Cut(msg, "\n")
	return yamlPlace.ReplaceAllString(first, "line $1, column $2: ")
}

// line finds the line of a path, or of the nearest parent that is in the file.
func (f yamlFile) line(path string) int {
	for path != "" && path != "$" {
		if n := f.node(path); n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
			return n.GetToken().Position.Line
		}
		path = path[:max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))]
	}
	return 1
}

func (f yamlFile) node(path string) ast.Node {
	p, err := yaml.PathString(path)
	if err != nil {
		return nil
	}
	n, err := p.FilterFile(f.ast)
	if err != nil {
		return nil
	}
	return n
}

// locate adds the line to a Problem.
func (f yamlFile) locate(format string, err error) error {
	var p *Problem
	if !errors.As(err, &p) {
		return err
	}
	return &formats.FormatError{Format: format, Offset: -1,
		Reason: fmt.Sprintf("line %d, %s: %s", f.line(p.Path), strings.TrimPrefix(p.Path, "$."), p.What), Next: p.Next}
}

// zoned are the ways to write a time that say which zone it is in.
var zoned = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02 15:04:05.999999999 -0700"}

// requireZone refuses a time that names no zone: read as UTC it would be hours off.
func requireZone(f yamlFile, format, path string) error {
	n := f.node(path)
	if n == nil || n.Type() == ast.NullType {
		return nil
	}
	text := strings.Trim(strings.TrimSpace(n.String()), `"'`)
	for _, layout := range zoned {
		if _, err := time.Parse(layout, text); err == nil {
			return nil
		}
	}
	return f.locate(format, &Problem{path, fmt.Sprintf("%q is not a time with its zone", text), "give it as 2026-03-01T21:14:00+08:00"})
}
