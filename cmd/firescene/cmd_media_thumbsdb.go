package main

import (
	"errors"
	"fmt"
	"io"
	"path"

	"firescene/forensics"
	"firescene/forensics/carve"
	"firescene/forensics/media"
	"firescene/forensics/recover"
	"firescene/formats"
	"firescene/formats/ole2"
)

// mayBeThumbsDB reports whether a listed file is a compound file whose bytes are its
// runs.
func mayBeThumbsDB(f recover.Found) bool {
	return f.Type == "ole2" && f.State != forensics.Fragment && f.Content == nil && len(f.Runs) > 0
}

// namedThumbs gives the thumbnails of every Thumbs.db, those that file systems name
// (when any of the listed ones may be) before those that were carved. It goes before
// what the scan found in the same places without knowing names. false when there is
// no more to be given.
func (w *mediaWriter) namedThumbs(listed *listedItems, compound bool, finds []carve.Find, yield func(writeJob, error) bool) bool {
	give := func(it forensics.Item) bool {
		jobs, err := w.thumbsDB(it)
		for _, job := range jobs {
			if !yield(job, nil) {
				return false
			}
		}
		if err != nil {
			yield(writeJob{}, err)
		}
		return err == nil
	}
	if compound {
		for f, err := range listed.all() {
			if err != nil {
				yield(writeJob{}, err)
				return false
			}
			if mayBeThumbsDB(f) && !give(f.Item) {
				return false
			}
		}
	}
	for _, f := range finds {
		if f.Kind == "thumbsdb" && f.State == forensics.Whole && len(f.Path) == 0 && !give(w.found(f).item) {
			return false
		}
	}
	return true
}

// thumbsDB lists the thumbnails in a Thumbs.db, each with the name and time that
// the catalog has of the picture it shows. A compound file of another kind has none.
func (w *mediaWriter) thumbsDB(it forensics.Item) ([]writeJob, error) {
	r := media.NewRunReader(w.im, it.Runs)
	f, err := ole2.ReadThumbs(r, min(r.Size(), it.SizeB))
	switch {
	case formats.IsDamaged(err), formats.IsUnsupported(err), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, nil // the item says what it is
	case err != nil:
		return nil, err
	}
	var jobs []writeJob
	for _, t := range f.Thumbs {
		job, err := w.thumbOf(it, t, f.Catalog)
		if err != nil {
			return nil, err
		}
		if job.Type != "" {
			jobs = append(jobs, writeJob{item: job})
		}
	}
	return jobs, nil
}

// thumbOf makes an item of a thumbnail, with what is wrong with the catalog; of no type when it is no whole picture. One
// without its tables is partial.
func (w *mediaWriter) thumbOf(it forensics.Item, t ole2.Thumb, catalog string) (forensics.Item, error) {
	base, place := path.Base(it.Name), it.Name
	if it.Name == "" {
		base = fmt.Sprintf("at byte %d", it.Runs[0].OffsetB)
		place = "a Thumbs.db " + base
	}
	l := forensics.Locator{Exhibit: it.Exhibit}
	for _, run := range t.Runs {
		l.Runs = append(l.Runs, partOf(it, run.OffsetB, run.LengthB).Runs...)
	}
	item := forensics.Item{
		Exhibit: it.Exhibit, Origin: forensics.FromCarving, State: forensics.Whole, SizeB: t.LengthB,
		Locators: []forensics.Locator{l}, Runs: l.Runs, Host: "Windows thumbnails " + base, Confidence: min(0.5, it.Confidence),
	}
	what := fmt.Sprintf("thumbnail %s in %s", t.Stream, place)
	if catalog != "" {
		what += ", without a name: " + catalog
	}
	if t.Name != "" {
		what = fmt.Sprintf("thumbnail %s of %q in %s, by its catalog", t.Stream, t.Name, place)
		if t.Modified != "" {
			what += ", that picture last changed " + t.Modified
			item.Times = []forensics.ItemTime{{What: "picture modified", Raw: t.Modified}}
		}
	}
	for _, run := range l.Runs {
		if run.OffsetB != forensics.Hole && w.im.Unread.In(run.OffsetB, run.LengthB) > 0 {
			return forensics.Item{}, nil
		}
	}
	if t.Bare {
		item.Type, item.State = "jpeg", forensics.Partial
		item.Reason = what + "; kept without its tables, as Windows ME and 2000 do: only a decoder that supplies the standard ones shows it"
		return item, nil
	}
	sec := media.NewRunReader(w.im, l.Runs)
	head := make([]byte, min(2048, t.LengthB))
	n, err := sec.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return forensics.Item{}, err
	}
	typ := carve.Identify(carve.Types(), head[:n])
	if typ == nil {
		return forensics.Item{}, nil
	}
	v, err := typ.Walk(sec, t.LengthB)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return forensics.Item{}, nil
	case err != nil:
		return forensics.Item{}, err
	case v.State != forensics.Whole || v.LengthB > t.LengthB:
		return forensics.Item{}, nil
	}
	item.Type, item.Confidence, item.Reason = typ.Name, min(v.Confidence, it.Confidence), what+"; "+v.Reason
	return item, nil
}
