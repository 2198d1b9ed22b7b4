package evtx

import (
	"context"
	"encoding/binary"
	"io"
	"strconv"
)

// Field is one named value: nil, int64, float64, string or []byte.
type Field struct {
	Name  string
	Value any
}

// Event is one record of a log.
type Event struct {
	Number   uint64 // of the record in the log
	Written  string // time of the record itself, UTC
	Provider string
	// Fields begin with what the system recorded (EventID, TimeCreated, Computer,
	// Channel, Level, ...), followed by the data of the event under its own names.
	Fields  []Field
	Partial bool   // its XML or its template is not all there
	Old     bool   // left from an earlier use of its chunk
	Reason  string // of Partial
	OffsetB int64
	LengthB int64
}

// Events gives the events of a log, of a lone chunk, or of any part of a log that
// begins at a chunk or with the file header. Chunks that are broken are searched for
// records that are right by themselves. Errors are of r, emit or ctx.
func Events(ctx context.Context, r io.ReaderAt, size int64, emit func(Event) error) error {
	b := make([]byte, ChunkB)
	at := int64(0)
	if n := min(size, 64); n >= 44 {
		if _, err := readFull(r, b[:n], 0); err != nil {
			return err
		}
		if string(b[:8]) == fileMagic {
			at = fileHeadB
		}
	}
	for ; at < size; at += ChunkB {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(size-at, ChunkB)
		if _, err := readFull(r, b[:n], at); err != nil {
			return err
		}
		if err := chunkEvents(b[:n], at, emit); err != nil {
			return err
		}
	}
	return nil
}

func chunkEvents(b []byte, base int64, emit func(Event) error) error {
	c := CheckChunk(b)
	end := len(b)
	if c.Sound {
		end = c.FreeB // behind it lie records of an earlier use of the chunk
	}
	for at := recordsAt; at+recordB <= len(b); {
		n, ok := recordAt(b, at)
		if !ok || at+n > len(b) {
			at += 4
			if n == 0 && at < end {
				at -= 3
			}
			continue
		}
		e := eventAt(b, at, n)
		e.OffsetB += base
		switch {
		case c.Sound && at >= end:
			e.Reason = join("left from an earlier use of the chunk, behind its end", e.Reason)
			e.Old = true
		case !c.Sound && at >= c.GoodB:
			e.Reason = join("in a broken chunk: "+c.Reason, e.Reason)
		}
		if err := emit(e); err != nil {
			return err
		}
		at += n
	}
	return nil
}

func join(a, b string) string {
	if b == "" {
		return a
	}
	return a + "; " + b
}

// eventAt reads the record of n bytes at an offset of a chunk.
func eventAt(b []byte, at, n int) Event {
	e := Event{Number: binary.LittleEndian.Uint64(b[at+8:]), Written: stamp(binary.LittleEndian.Uint64(b[at+16:])), OffsetB: int64(at), LengthB: int64(n)}
	x := &xmlReader{chunk: b}
	root := &node{}
	if _, err := x.fragment(at+24, at+n-4, nil, root, true, 0); err != nil {
		e.Partial, e.Reason = true, err.Error()
	}
	for _, top := range root.nodes {
		e.take(top)
	}
	return e
}

// take turns the element Event into fields.
func (e *Event) take(top *node) {
	if top.name == lostTemplate {
		e.Partial, e.Reason = true, "its template is not there: values without names"
		e.Fields = append(e.Fields, top.attrs...)
		for _, n := range top.nodes {
			e.data(n, "")
		}
		return
	}
	for _, part := range top.nodes {
		if part.name == "System" {
			e.system(part)
			continue
		}
		e.data(part, "")
	}
}

func (e *Event) add(name string, v any) {
	if v != nil && v != "" && len(e.Fields) < maxNodes {
		e.Fields = append(e.Fields, Field{name, v})
	}
}

func (n *node) content() any {
	if n.value != nil {
		return n.value
	}
	return n.text
}

func (e *Event) system(sys *node) {
	for _, n := range sys.nodes {
		switch n.name {
		case "Provider":
			for _, a := range n.attrs {
				if s, _ := a.Value.(string); a.Name == "Name" {
					e.Provider = s
				}
			}
		case "TimeCreated":
			for _, a := range n.attrs {
				e.add("TimeCreated", a.Value)
			}
			continue
		}
		if c := n.content(); c != "" {
			e.add(n.name, c)
		}
		for _, a := range n.attrs {
			e.add(n.name+"."+a.Name, a.Value)
		}
	}
}

// data adds what an element and those in it hold; path is of those around it.
func (e *Event) data(n *node, path string) {
	if n.name == lostTemplate {
		e.Partial, e.Reason = true, "a template in it is not there: values without names"
		e.Fields = append(e.Fields, n.attrs...)
	}
	if n.name == "Data" {
		name := "Data" + strconv.Itoa(len(e.Fields)+1)
		for _, a := range n.attrs {
			if s, ok := a.Value.(string); ok && a.Name == "Name" && s != "" {
				name = s
			}
		}
		e.add(name, n.content())
		return
	}
	if c := n.content(); c != "" {
		e.add(path+n.name, c)
	}
	for _, a := range n.attrs {
		if a.Name != "xmlns" && n.name != lostTemplate {
			e.add(path+n.name+"."+a.Name, a.Value)
		}
	}
	if n.name == "EventData" || n.name == "UserData" || n.name == lostTemplate {
		path = ""
	} else if len(path) < 200 {
		path += n.name + "."
	}
	for _, c := range n.nodes {
		e.data(c, path)
	}
}
