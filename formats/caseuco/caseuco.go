// Package caseuco writes recovered files as a bundle of the CASE ontology in
// JSON-LD, for exchange with other tools: each file with its place in the image,
// its size, hashes and times, and the image that it comes from.
//
// Specification: CASE 1.3 and UCO 1.3 (cyber-investigation analysis standard
// expression; caseontology.org, unifiedcyberontology.org): core:Bundle,
// observable:File with FileFacet and ContentDataFacet, and
// observable:ObservableRelationship "Contained_Within" with DataRangeFacet.
package caseuco

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
)

// File is one recovered file.
type File struct {
	ID        string // unique in the bundle, as "E003-I0001"
	Name      string
	Path      string
	SizeB     int64
	Allocated *bool // nil when no file system names it
	Hashes    []Hash
	Times     []Time
	Ranges    []Range // in the image
	Note      string
}

// Hash is a hash in hexadecimal.
type Hash struct{ Method, Value string } // "SHA256", "MD5"

// Time is a time of a file, in the form 2006-01-02T15:04:05 with Z where the zone
// is known to be UTC.
type Time struct{ What, Value string } // "modified", "created", "accessed"

// Range is a range of the image.
type Range struct{ OffsetB, LengthB int64 }

// Image is where the files come from.
type Image struct {
	ID     string
	Name   string
	SizeB  int64
	Hashes []Hash
}

// Writer writes a bundle file by file.
type Writer struct {
	w     io.Writer
	image string
	err   error
}

var context = map[string]any{
	"kb":         "http://example.org/kb/",
	"core":       "https://ontology.unifiedcyberontology.org/uco/core/",
	"observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
	"types":      "https://ontology.unifiedcyberontology.org/uco/types/",
	"vocabulary": "https://ontology.unifiedcyberontology.org/uco/vocabulary/",
	"xsd":        "http://www.w3.org/2001/XMLSchema#",
}

// NewWriter writes the head of a bundle and the image. program names who made it.
func NewWriter(w io.Writer, program string, im Image) (*Writer, error) {
	out := &Writer{w: w, image: im.ID}
	c, err := json.Marshal(context)
	if err != nil {
		return nil, err
	}
	out.printf("{\n\"@context\": %s,\n\"@id\": %s,\n\"@type\": \"core:Bundle\",\n\"core:description\": %s,\n\"core:object\": [\n",
		c, text(id("bundle", im.ID)), text("recovered by "+program))
	out.object(map[string]any{
		"@id": id("image", im.ID), "@type": "observable:Image",
		"core:hasFacet": []any{
			facet("FileFacet", id("image-file", im.ID), map[string]any{"observable:fileName": im.Name, "observable:sizeInBytes": integer(im.SizeB)}),
			facet("ContentDataFacet", id("image-data", im.ID), map[string]any{"observable:sizeInBytes": integer(im.SizeB), "observable:hash": hashes(im.ID, im.Hashes)}),
		},
	}, true)
	return out, out.err
}

// Add writes one file.
func (w *Writer) Add(f File) error {
	file := map[string]any{"observable:fileName": f.Name, "observable:sizeInBytes": integer(f.SizeB), "observable:isDirectory": false}
	if f.Path != "" {
		file["observable:filePath"] = f.Path
	}
	if f.Allocated != nil {
		status := "deleted"
		if *f.Allocated {
			status = "allocated"
		}
		file["observable:allocationStatus"] = status
	}
	for _, t := range f.Times {
		file["observable:"+t.What+"Time"] = map[string]any{"@type": "xsd:dateTime", "@value": t.Value}
	}
	data := map[string]any{"observable:sizeInBytes": integer(f.SizeB)}
	if len(f.Hashes) > 0 {
		data["observable:hash"] = hashes(f.ID, f.Hashes)
	}
	object := map[string]any{"@id": id("file", f.ID), "@type": "observable:File",
		"core:hasFacet": []any{facet("FileFacet", id("facet", f.ID), file), facet("ContentDataFacet", id("data", f.ID), data)}}
	if f.Note != "" {
		object["core:description"] = f.Note
	}
	w.object(object, false)
	if len(f.Ranges) == 0 {
		return w.err
	}
	var facets []any
	for i, r := range f.Ranges {
		facets = append(facets, facet("DataRangeFacet", id("range", fmt.Sprintf("%s-%d", f.ID, i)), map[string]any{
			"observable:rangeOffset": integer(r.OffsetB), "observable:rangeSize": integer(r.LengthB), "observable:rangeOffsetType": "image"}))
	}
	w.object(map[string]any{"@id": id("relation", f.ID), "@type": "observable:ObservableRelationship",
		"core:source": ref(id("file", f.ID)), "core:target": ref(id("image", w.image)),
		"core:kindOfRelationship": "Contained_Within", "core:isDirectional": true, "core:hasFacet": facets}, false)
	return w.err
}

// Close writes the end of the bundle; it does not close the writer below.
func (w *Writer) Close() error {
	w.printf("\n]\n}\n")
	return w.err
}

func (w *Writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, format, args...)
	}
}

func (w *Writer) object(v any, first bool) {
	b, err := json.Marshal(v)
	if w.err == nil && err != nil {
		w.err = err
	}
	if !first {
		w.printf(",\n")
	}
	w.printf("%s", b)
}

// id names a node. The last part is a UUID made of the name, so that the same
// evidence gives the same bundle.
func id(kind, name string) string {
	h := sha256.Sum256([]byte("firescene " + kind + " " + name))
	h[6], h[8] = h[6]&0x0F|0x80, h[8]&0x3F|0x80 // version 8, RFC 9562
	return fmt.Sprintf("kb:%s-%x-%x-%x-%x-%x", kind, h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func ref(id string) any { return map[string]any{"@id": id} }

func text(s string) string {
	b, _ := json.Marshal(s) // a string always can be
	return string(b)
}

func integer(n int64) any {
	return map[string]any{"@type": "xsd:integer", "@value": fmt.Sprint(n)}
}

func facet(kind, id string, fields map[string]any) any {
	fields["@id"], fields["@type"] = id, "observable:"+kind
	return fields
}

func hashes(of string, list []Hash) []any {
	out := []any{}
	for _, h := range list {
		out = append(out, map[string]any{"@id": id("hash-"+h.Method, of), "@type": "types:Hash",
			"types:hashMethod": map[string]any{"@type": "vocabulary:HashNameVocab", "@value": h.Method},
			"types:hashValue":  map[string]any{"@type": "xsd:hexBinary", "@value": h.Value}})
	}
	return out
}
