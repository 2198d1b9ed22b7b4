// Package dfxml writes and reads Digital Forensics XML: the files of an image
// with the place of their bytes and their hashes, for exchange with other tools.
//
// Specification: DFXML schema 1.2.0 (dfxml_schema, NIST); S. Garfinkel, "Digital
// forensics XML and the DFXML toolset", Digital Investigation 8 (2012).
package dfxml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"firescene/formats"
)

// Document is one DFXML file.
type Document struct {
	XMLName xml.Name     `xml:"dfxml"`
	NS      string       `xml:"xmlns,attr"`
	Version string       `xml:"xmloutputversion,attr"`
	Creator Creator      `xml:"creator"`
	Source  Source       `xml:"source"`
	Files   []FileObject `xml:"fileobject"`
}

// Creator names the program.
type Creator struct {
	Program string `xml:"program"`
	Version string `xml:"version"`
}

// Source names the image.
type Source struct {
	ImageFilename string   `xml:"image_filename"`
	ImageSizeB    int64    `xml:"image_size"`
	Hashes        []Digest `xml:"hashdigest"`
}

// FileObject is one file.
type FileObject struct {
	Filename  string    `xml:"filename"`
	SizeB     int64     `xml:"filesize"`
	Allocated *int      `xml:"alloc"`  // 1 live, 0 deleted; nil when no file system names it
	Used      *int      `xml:"used"`   // as Allocated
	Orphan    *int      `xml:"orphan"` // 1 for carved files
	ModTime   string    `xml:"mtime,omitempty"`
	CrTime    string    `xml:"crtime,omitempty"`
	AccTime   string    `xml:"atime,omitempty"`
	Error     string    `xml:"error,omitempty"` // why it is not whole
	Runs      []ByteRun `xml:"byte_runs>byte_run"`
	Hashes    []Digest  `xml:"hashdigest"`
}

// ByteRun says where LengthB bytes from FileOffsetB on lie in the image.
type ByteRun struct {
	FileOffsetB int64 `xml:"file_offset,attr"`
	ImgOffsetB  int64 `xml:"img_offset,attr"`
	LengthB     int64 `xml:"len,attr"`
}

// Digest is a hash in hexadecimal.
type Digest struct {
	Type  string `xml:"type,attr"`
	Value string `xml:",chardata"`
}

const namespace = "http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML"

// Writer writes a document file object by file object, so that a list of any
// length takes no memory.
type Writer struct {
	w   io.Writer
	enc *xml.Encoder
	doc xml.StartElement
}

// NewWriter writes what stands before the files.
func NewWriter(w io.Writer, c Creator, s Source) (*Writer, error) {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return nil, err
	}
	out := &Writer{w: w, enc: xml.NewEncoder(w), doc: xml.StartElement{Name: xml.Name{Local: "dfxml"}, Attr: []xml.Attr{
		{Name: xml.Name{Local: "xmlns"}, Value: namespace}, {Name: xml.Name{Local: "xmloutputversion"}, Value: "1.2.0"}}}}
	out.enc.Indent("", " ")
	if err := out.enc.EncodeToken(out.doc); err != nil {
		return nil, err
	}
	if err := out.element("creator", c); err != nil {
		return nil, err
	}
	return out, out.element("source", s)
}

func (w *Writer) element(name string, v any) error {
	if err := w.enc.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
		return fmt.Errorf("write DFXML: %w", err)
	}
	return nil
}

// Add writes one file.
func (w *Writer) Add(f FileObject) error { return w.element("fileobject", f) }

// Close writes the end; it does not close the writer below.
func (w *Writer) Close() error {
	if err := w.enc.EncodeToken(w.doc.End()); err != nil {
		return err
	}
	if err := w.enc.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w.w, "\n")
	return err
}

// Write writes d, indented. The same document gives the same bytes.
func Write(out io.Writer, d Document) error {
	w, err := NewWriter(out, d.Creator, d.Source)
	if err != nil {
		return err
	}
	for _, f := range d.Files {
		if err := w.Add(f); err != nil {
			return err
		}
	}
	return w.Close()
}

// Time turns a recorded time, "2006-01-02 15:04:05" with or without hundredths,
// into the form of DFXML. No zone is added: none was recorded.
func Time(raw string) string { return strings.Replace(raw, " ", "T", 1) }

// Read reads what Write wrote, or another tool's file as far as it uses the same
// elements at the top level; files inside volume elements are not read.
func Read(r io.Reader, limits formats.Limits) (Document, error) {
	var d Document
	lim := &io.LimitedReader{R: r, N: limits.MaxAllocB}
	if err := xml.NewDecoder(lim).Decode(&d); err != nil {
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) || errors.Is(err, io.EOF) || lim.N <= 0 {
			return Document{}, &formats.FormatError{Format: "DFXML", Offset: -1, Reason: err.Error()}
		}
		return Document{}, &formats.FormatError{Format: "DFXML", Offset: -1, Reason: "not as the schema has it: " + err.Error()}
	}
	for _, f := range d.Files {
		for _, run := range f.Runs {
			if run.LengthB < 0 || run.ImgOffsetB < 0 || run.FileOffsetB < 0 {
				return Document{}, &formats.FormatError{Format: "DFXML", Offset: -1, Reason: "byte run of " + f.Filename + " has a negative number"}
			}
		}
	}
	return d, nil
}
