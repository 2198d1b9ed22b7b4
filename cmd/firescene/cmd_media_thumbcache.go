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
	"firescene/formats/thumbcache"
)

// holdsThumbs reports whether a listed file is a cache of thumbnails whose bytes are
// its runs.
func holdsThumbs(f recover.Found) bool {
	return f.Type == "thumbcache" && f.State != forensics.Fragment && f.Content == nil && len(f.Runs) > 0
}

// cached lists the thumbnails in a cache that a file system names, each a part of
// that file: whole pictures of the length that their entry says.
func (w *mediaWriter) cached(it forensics.Item) ([]writeJob, error) {
	r := media.NewRunReader(w.im, it.Runs)
	f, err := thumbcache.Read(r, min(r.Size(), it.SizeB))
	switch {
	case formats.IsDamaged(err), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, nil // the item says what it is
	case err != nil:
		return nil, err
	}
	var jobs []writeJob
	types := carve.Types()
	head := make([]byte, 2048)
	for _, e := range f.Entries {
		sec := io.NewSectionReader(r, e.OffsetB, e.LengthB)
		n, _ := sec.ReadAt(head[:min(int64(len(head)), e.LengthB)], 0)
		t := carve.Identify(types, head[:n])
		if t == nil {
			continue
		}
		v, err := t.Walk(sec, e.LengthB)
		if errors.Is(err, io.ErrUnexpectedEOF) || err == nil && (v.State != forensics.Whole || v.LengthB > e.LengthB) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l := partOf(it, e.OffsetB, e.LengthB)
		job := forensics.Item{
			Exhibit: it.Exhibit, Type: t.Name, Origin: forensics.FromCarving, State: forensics.Whole, SizeB: e.LengthB,
			Locators: []forensics.Locator{l}, Runs: l.Runs, Host: "Windows thumbnail cache " + path.Base(it.Name), Confidence: min(v.Confidence, it.Confidence),
			Reason: fmt.Sprintf("thumbnail %s (hash %016x) in %s; %s", e.Name, e.Hash, it.Name, v.Reason),
		}
		for _, run := range l.Runs {
			if run.OffsetB != forensics.Hole {
				job.UnreadB += w.im.Unread.In(run.OffsetB, run.LengthB)
			}
		}
		if job.UnreadB > 0 {
			continue
		}
		jobs = append(jobs, writeJob{item: job})
	}
	return jobs, nil
}
