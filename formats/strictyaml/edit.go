package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// ErrForm is returned for a change that the way a file is written does not allow
// without writing it anew.
var ErrForm = errors.New("this file is written in a way that can not be changed in place")

// text is a file's bytes with its tree, for changes in place: all that is not changed
// stays as it was, comments too.
type text struct {
	data []byte
	file *File
	line []int // offset of the beginning of each line
}

func parseText(data []byte) (t *text, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrForm, p)
		}
	}()
	if reason := tooDeep(data); reason != "" || len(data) > maxB {
		return nil, fmt.Errorf("%w: too deep or too large", ErrForm)
	}
	f, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrForm, reasonOf(err))
	}
	t = &text{data: data, file: &File{f}, line: []int{0}}
	for i, c := range data {
		if c == '\n' {
			t.line = append(t.line, i+1)
		}
	}
	return t, nil
}

// offset is where a token begins.
func (t *text) offset(tk *token.Token) (int, error) {
	if tk == nil || tk.Position == nil || tk.Position.Line < 1 || tk.Position.Line > len(t.line) {
		return 0, ErrForm
	}
	at := t.line[tk.Position.Line-1]
	for range tk.Position.Column - 1 {
		if at >= len(t.data) || t.data[at] == '\n' {
			return 0, ErrForm
		}
		_, n := utf8.DecodeRune(t.data[at:])
		at += n
	}
	return at, nil
}

// splice puts a text in the place of data[from:to].
func (t *text) splice(from, to int, with string) []byte {
	out := make([]byte, 0, len(t.data)+len(with))
	out = append(out, t.data[:from]...)
	out = append(out, with...)
	return append(out, t.data[to:]...)
}

// Set puts another value in the place of the single value at a path. value is YAML.
func Set(data []byte, path, value string) ([]byte, error) {
	t, err := parseText(data)
	if err != nil {
		return nil, err
	}
	n := t.file.node(path)
	if n == nil {
		return nil, fmt.Errorf("%w: nothing stands at %s", ErrForm, path)
	}
	switch n.Type() {
	case ast.IntegerType, ast.FloatType, ast.StringType, ast.BoolType:
	default:
		return nil, fmt.Errorf("%w: %s is not a single value", ErrForm, path)
	}
	tk := n.GetToken()
	at, err := t.offset(tk)
	if err != nil {
		return nil, err
	}
	rest := t.data[at:]
	end := len(tk.Value)
	switch {
	case len(rest) > 0 && (rest[0] == '"' || rest[0] == '\''):
		if end = quoted(rest); end < 0 {
			return nil, ErrForm
		}
	case !bytes.HasPrefix(rest, []byte(tk.Value)) || end == 0:
		return nil, ErrForm
	}
	return t.splice(at, at+end, value), nil
}

// quoted is the length of the quoted text that b begins with, negative when it does
// not end.
func quoted(b []byte) int {
	q := b[0]
	for i := 1; i < len(b); i++ {
		switch {
		case q == '"' && b[i] == '\\':
			i++
		case b[i] == q && q == '\'' && i+1 < len(b) && b[i+1] == q:
			i++
		case b[i] == q:
			return i + 1
		}
	}
	return -1
}

// AddField adds a field to the mapping at a path that has at least one; "$" is the
// file itself. value is YAML on one line.
func AddField(data []byte, path, key, value string) ([]byte, error) {
	t, err := parseText(data)
	if err != nil {
		return nil, err
	}
	n := t.node(path)
	m, ok := n.(*ast.MappingNode)
	if !ok || len(m.Values) == 0 {
		return nil, fmt.Errorf("%w: %s is no list of fields", ErrForm, path)
	}
	if m.IsFlowStyle {
		at, err := t.offset(m.End)
		if err != nil {
			return nil, err
		}
		for at > 0 && t.data[at-1] == ' ' {
			at--
		}
		return t.splice(at, at, ", "+key+": "+value), nil
	}
	first := m.Values[0].Key.GetToken()
	if first == nil || first.Position == nil {
		return nil, ErrForm
	}
	column := first.Position.Column
	at, err := t.blockEnd(first.Position.Line, column)
	if err != nil {
		return nil, err
	}
	return t.insertLine(at, strings.Repeat(" ", column-1)+key+": "+value), nil
}

// node is the node at a path, of "$" the file's.
func (t *text) node(path string) ast.Node {
	if path != "$" {
		return t.file.node(path)
	}
	for _, d := range t.file.ast.Docs {
		if d.Body != nil {
			return d.Body
		}
	}
	return nil
}

// blockEnd is the offset of the first line after the field or item that begins in a
// line at a column, counted from 1: what is indented further belongs to it. Comments
// and empty lines behind it do not.
func (t *text) blockEnd(line, column int) (int, error) {
	if line < 1 || line > len(t.line) {
		return 0, ErrForm
	}
	end := line
	for i := line; i < len(t.line); i++ {
		l := t.lineAt(i)
		body := strings.TrimLeft(l, " ")
		if body == "" || body[0] == '#' {
			continue
		}
		if len(l)-len(body) < column {
			break
		}
		end = i + 1
	}
	if end >= len(t.line) {
		return len(t.data), nil
	}
	return t.line[end], nil
}

// lineAt is a line without its end.
func (t *text) lineAt(i int) string {
	end := len(t.data)
	if i+1 < len(t.line) {
		end = t.line[i+1]
	}
	return strings.TrimRight(string(t.data[t.line[i]:end]), "\r\n")
}

func (t *text) insertLine(at int, line string) []byte {
	if at > 0 && t.data[at-1] != '\n' {
		line = "\n" + line
	}
	return t.splice(at, at, line+"\n")
}

// AddItem adds an item to the list in the field key of the file; fields are its lines,
// "name: value". A list that is missing or empty is begun.
func AddItem(data []byte, key string, fields []string) ([]byte, error) {
	t, err := parseText(data)
	if err != nil {
		return nil, err
	}
	item := func(indent int) string {
		pad := strings.Repeat(" ", indent)
		return pad + "- " + strings.Join(fields, "\n"+pad+"  ")
	}
	m, ok := t.node("$").(*ast.MappingNode)
	if !ok || m.IsFlowStyle || len(m.Values) == 0 {
		return nil, ErrForm
	}
	for _, v := range m.Values {
		tk := v.Key.GetToken()
		if tk == nil || tk.Value != key {
			continue
		}
		switch n := v.Value.(type) {
		case *ast.SequenceNode:
			if !n.IsFlowStyle && len(n.Values) > 0 {
				dash := n.Start.Position.Column
				last := n.Start.Position.Line
				for i := last; i < len(t.line); i++ {
					l := t.lineAt(i)
					body := strings.TrimLeft(l, " ")
					if body == "" || body[0] == '#' {
						continue
					}
					at := len(l) - len(body) + 1
					if at < dash || at == dash && body[0] != '-' {
						break
					}
					last = i + 1
				}
				at := len(t.data)
				if last < len(t.line) {
					at = t.line[last]
				}
				return t.insertLine(at, item(dash-1)), nil
			}
			if len(n.Values) > 0 {
				return nil, fmt.Errorf("%w: %s is a list in brackets", ErrForm, key)
			}
			from, err1 := t.offset(n.Start)
			to, err2 := t.offset(n.End)
			if err1 != nil || err2 != nil {
				return nil, ErrForm
			}
			rest := t.splice(from, to+1, "")
			u, err := parseText(rest)
			if err != nil {
				return nil, err
			}
			return u.insertLine(u.afterLine(tk.Position.Line), item(tk.Position.Column+1)), nil
		case *ast.NullNode:
			if strings.TrimSpace(strings.SplitN(t.lineAt(tk.Position.Line-1), "#", 2)[0]) != key+":" {
				return nil, ErrForm
			}
			return t.insertLine(t.afterLine(tk.Position.Line), item(tk.Position.Column+1)), nil
		default:
			return nil, fmt.Errorf("%w: %s is no list", ErrForm, key)
		}
	}
	return t.insertLine(len(t.data), key+":\n"+item(2)), nil
}

// afterLine is the offset of the line after a line, counted from 1.
func (t *text) afterLine(line int) int {
	if line < len(t.line) {
		return t.line[line]
	}
	return len(t.data)
}

// RemoveItem takes an item out of the list in the field key of the file.
func RemoveItem(data []byte, key string, index int) ([]byte, error) {
	t, err := parseText(data)
	if err != nil {
		return nil, err
	}
	n, ok := t.file.node("$." + key).(*ast.SequenceNode)
	if !ok || n.IsFlowStyle || index < 0 || index >= len(n.Values) {
		return nil, fmt.Errorf("%w: %s has no item %d that stands on lines of its own", ErrForm, key, index+1)
	}
	dash, seen := n.Start.Position.Column, -1
	for i := n.Start.Position.Line - 1; i < len(t.line); i++ {
		l := t.lineAt(i)
		body := strings.TrimLeft(l, " ")
		if len(l)-len(body)+1 != dash || !strings.HasPrefix(body, "-") {
			continue
		}
		if seen++; seen < index {
			continue
		}
		end, err := t.blockEnd(i+1, dash)
		if err != nil {
			return nil, err
		}
		if len(n.Values) == 1 { // an empty list, not a field without a value
			return t.splice(t.line[i], end, strings.Repeat(" ", dash-1)+"[]\n"), nil
		}
		return t.splice(t.line[i], end, ""), nil
	}
	return nil, ErrForm
}
