// Package report sets the report of a case as PDF and HTML, in Chinese and in
// English. It computes nothing: it lays out one Content, which the caller fills
// from the case, and draws every count in its sentences from the very slices
// that it prints.
//
// # Filling Content
//
//	Meta          the case as case.yaml or the case database has it; blanks stay
//	              blank and are listed among the open points
//	Exhibits      forensics.Exhibit as stored, in order of ID
//	Custody       the chain in order; Meta.CustodyHead is the hash of its last entry
//	Photos        one row for every photo exhibit, registered or not; Thumb is an
//	              upright JPEG of at most 640 px, Reason what Rejected says
//	Scans         one row for every scan of every file; Pose says where its place
//	              in the scene comes from, PoseNone with Reason when refused
//	Scale         from the sparse model and the scan files: Scaled and Why
//	Measures      what was measured in the scene and kept in the case
//	Figures       PNG of the renders, Legend as in render.Scene.Legend, Sources the
//	              case files that they were drawn from
//	Items         all items of all media, Thumb the thumbnail's bytes
//	Clocks,Events as in the case; order does not matter
//	Hypotheses    every hypothesis of the case, the rejected ones too, with Result
//	              and Plots (PNG)
//	Ranking       of the comparison; nil when there was none
//	Findings      ID, Kind, Key (a Find... constant), Args (the IDs that the key
//	              asks for, see FindingKeys), Locators, Via. No number goes into
//	              Args: the sentence looks it up. Text for FindFree alone
//	Remarks       what is uncertain and not visible in the content itself
//	Steps         every step.json; Manifest every file of the case with its hash,
//	              without the report's own; Failures what each stage left out
//
// The sections come in the order of a Chinese technical report: the case; time,
// place and cause of ignition, which are named only when the comparison
// determined them; evidence and grounds; scene; data; time; statements;
// hypotheses; contradictions; uncertainty and limits; open points; signatures;
// and as appendices custody, events, hashes, step records and failures.
//
// A finding that names what the content does not hold is printed as its key with
// its arguments and listed among the open points; nothing of that kind ends the
// report. See package page for how the paper is set.
package report

import (
	"io"
	"time"

	"firescene/forensics"
	"firescene/render/report/page"
)

// Options say how the report is set.
type Options struct {
	Lang string // "zh" or "en"
	// FontRegularTTF, FontBoldTTF and FontMonoTTF are TrueType fonts (glyf
	// outlines) that hold Chinese, for example LXGWWenKai-Regular.ttf, -Bold.ttf and
	// LXGWWenKaiMono-Regular.ttf from /usr/share/fonts/truetype/lxgw-wenkai.
	// WritePDF needs the first; WriteHTML needs none.
	FontRegularTTF, FontBoldTTF, FontMonoTTF []byte
	// Date is the report's date and the only date in the PDF's own metadata.
	Date time.Time
	// Zone is that of the printed times; nil means +08:00.
	Zone *time.Location
	// MaxRows bounds the rows of the long tables (events, items, hashes) and the
	// tiles of the gallery; 0 means 1000. What is left out is said under the table
	// and is complete in the attached JSON.
	MaxRows int
}

// WritePDF writes the report on A4 paper. The same content and options give the
// same bytes. Pictures that cannot be decoded are shown as missing; errors are
// for an unknown language, a font that cannot be used, and the writer.
func WritePDF(w io.Writer, c *Content, opt Options) error {
	d, err := compose(c, opt)
	if err != nil {
		return err
	}
	return page.WritePDF(w, d, page.Options{Regular: opt.FontRegularTTF, Bold: opt.FontBoldTTF, Mono: opt.FontMonoTTF, Date: opt.Date})
}

// WriteHTML writes the report as one file with its pictures inside. It runs no
// script and opens no connection. The same content and options give the same
// bytes.
func WriteHTML(w io.Writer, c *Content, opt Options) error {
	d, err := compose(c, opt)
	if err != nil {
		return err
	}
	return page.WriteHTML(w, d)
}

// OpenPoints lists, in words, what stands against signing the report: blank
// fields, findings without a way back to bytes, unexplained contradictions and
// the like. It is empty when nothing does.
func OpenPoints(c *Content, lang string) ([]string, error) {
	k, err := newComposer(c, Options{Lang: lang})
	if err != nil {
		return nil, err
	}
	return k.openPoints(), nil
}

// Sentence puts one finding into words in a language, as the report prints it.
// It fails when the key is unknown or the content does not hold what it names.
func Sentence(c *Content, f forensics.Finding, lang string) (string, error) {
	k, err := newComposer(c, Options{Lang: lang})
	if err != nil {
		return "", err
	}
	return k.sentence(f.Key, f.Args)
}
