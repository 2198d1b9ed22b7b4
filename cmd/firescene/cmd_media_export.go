package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"

	"firescene/forensics"
	"firescene/formats/caseuco"
	"firescene/formats/dfxml"
)

const (
	dfxmlFile = "dfxml.xml"
	caseFile  = "case-uco.jsonld"
)

// writeLists writes the items as JSON lines, Digital Forensics XML and CASE/UCO
// in one pass over them.
func (w *mediaWriter) writeLists(sha256 string) error {
	var outs [3]*bufio.Writer
	var files [3]*os.File
	for i, n := range []string{itemsFile, dfxmlFile, caseFile} {
		f, err := os.Create(filepath.Join(w.dir, n))
		if err != nil {
			return err
		}
		defer f.Close()
		files[i], outs[i] = f, bufio.NewWriterSize(f, 256<<10)
	}
	name := filepath.Base(w.im.Path)
	lines := json.NewEncoder(outs[0])
	lines.SetEscapeHTML(false)
	d, err := dfxml.NewWriter(outs[1], dfxml.Creator{Program: "firescene", Version: version},
		dfxml.Source{ImageFilename: name, ImageSizeB: w.im.SizeB, Hashes: []dfxml.Digest{{Type: "sha256", Value: sha256}}})
	if err != nil {
		return err
	}
	c, err := caseuco.NewWriter(outs[2], "firescene "+version,
		caseuco.Image{ID: w.opts.Exhibit, Name: name, SizeB: w.im.FilesB, Hashes: []caseuco.Hash{{Method: "SHA256", Value: sha256}}})
	if err != nil {
		return err
	}
	err = w.eachItem(func(it forensics.Item) error {
		if err := lines.Encode(it); err != nil {
			return err
		}
		if err := d.Add(dfxmlObject(it)); err != nil {
			return err
		}
		return c.Add(caseObject(it))
	})
	if err != nil {
		return err
	}
	if err := d.Close(); err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	for i := range outs {
		if err := closeAll(nil, outs[i], files[i]); err != nil {
			return err
		}
	}
	return nil
}

// listName is an item's name in lists for other tools.
func listName(it forensics.Item) string {
	if it.Name != "" {
		return it.Name
	}
	if it.File != "" {
		return path.Base(it.File)
	}
	return it.ID
}

func dfxmlObject(it forensics.Item) dfxml.FileObject {
	yes, no := 1, 0
	f := dfxml.FileObject{Filename: listName(it), SizeB: it.SizeB}
	switch it.Origin {
	case forensics.FromLive:
		f.Allocated, f.Used = &yes, &yes
	case forensics.FromDeleted:
		f.Allocated, f.Used = &no, &no
	default:
		f.Orphan = &yes
	}
	for _, t := range it.Times {
		switch t.What {
		case "modified":
			f.ModTime = dfxml.Time(t.Raw)
		case "created":
			f.CrTime = dfxml.Time(t.Raw)
		case "accessed":
			f.AccTime = dfxml.Time(t.Raw)
		}
	}
	if it.State != forensics.Whole {
		f.Error = string(it.State) + ": " + it.Reason
	}
	at := int64(0)
	for _, r := range it.Runs {
		if r.OffsetB != forensics.Hole {
			f.Runs = append(f.Runs, dfxml.ByteRun{FileOffsetB: at, ImgOffsetB: r.OffsetB, LengthB: r.LengthB})
		}
		at += r.LengthB
	}
	if it.MD5 != "" {
		f.Hashes = []dfxml.Digest{{Type: "md5", Value: it.MD5}, {Type: "sha256", Value: it.SHA256}}
	}
	return f
}

func caseObject(it forensics.Item) caseuco.File {
	f := caseuco.File{ID: it.ID, Name: path.Base(listName(it)), Path: it.Name, SizeB: it.SizeB, Note: string(it.State) + ", " + string(it.Origin) + ": " + it.Reason}
	if it.Origin != forensics.FromCarving {
		live := it.Origin == forensics.FromLive
		f.Allocated = &live
	}
	for _, t := range it.Times {
		switch t.What {
		case "modified", "created", "accessed":
			f.Times = append(f.Times, caseuco.Time{What: t.What, Value: strings.Replace(t.Raw, " ", "T", 1)})
		}
	}
	for _, r := range it.Runs {
		if r.OffsetB != forensics.Hole {
			f.Ranges = append(f.Ranges, caseuco.Range{OffsetB: r.OffsetB, LengthB: r.LengthB})
		}
	}
	if it.SHA256 != "" {
		f.Hashes = []caseuco.Hash{{Method: "SHA256", Value: it.SHA256}, {Method: "MD5", Value: it.MD5}}
	}
	return f
}
