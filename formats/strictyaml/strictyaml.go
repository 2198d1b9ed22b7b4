// Package strictyaml decodes YAML that people write by hand: one document of
// known fields, bounded in size and depth, every error with its line.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"firescene/formats"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one thing wrong with what a file says: where in the file, as a YAML
// path, what, and what to do.
type Problem struct {
	Path, What, Next string
}

func (p *Problem) Error() string {
	s := p.Path + ": " + p.What
	if p.Next != "" {
		s += " (" + p.Next + ")"
	}
	return s
}

const (
	maxB     = 4 << 20
	maxDepth = 40
)

// File is a decoded file, kept to find the line of a path.
type File struct{ ast *ast.File }

// Decode reads one document into a value. format names the kind of file in
// errors: a *formats.FormatError with the line for what is not YAML, has unknown
// fields or values of the wrong kind; a *formats.UnsupportedError for anchors,
// aliases and merge keys, which would make one value stand in two places.
func Decode(format string, data []byte, into any) (f *File, err error) {
	f = new(File)
	bad := func(reason, next string) error {
		return &formats.FormatError{Format: format, Offset: -1, Reason: reason, Next: next}
	}
	if len(data) > maxB {
		return f, bad(fmt.Sprintf("the file has %d bytes, more than such a file needs", len(data)), "check that it is the right file")
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
			if depth++; depth > maxDepth {
				return fmt.Sprintf("line %d: brackets are nested more than %d deep", line, maxDepth)
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
		if atStart && (c == ' ' || c == '-' || c == '?') {
			if indent++; indent > 4*maxDepth {
				return fmt.Sprintf("line %d: indented more than %d columns", line, 4*maxDepth)
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
func (f *File) line(path string) int {
	for path != "" && path != "$" {
		if n := f.node(path); n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
			return n.GetToken().Position.Line
		}
		path = path[:max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))]
	}
	return 1
}

func (f *File) node(path string) ast.Node {
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

// Text gives the text of the value at a path; false where there is none.
func (f *File) Text(path string) (string, bool) {
	n := f.node(path)
	if n == nil || n.Type() == ast.NullType {
		return "", false
	}
	return n.String(), true
}

// Locate turns a *Problem into a *formats.FormatError that names its line; other
// errors are given back as they are.
func (f *File) Locate(format string, err error) error {
	var p *Problem
	if !errors.As(err, &p) {
		return err
	}
	return &formats.FormatError{Format: format, Offset: -1,
		Reason: fmt.Sprintf("line %d, %s: %s", f.line(p.Path), strings.TrimPrefix(p.Path, "$."), p.What), Next: p.Next}
}
