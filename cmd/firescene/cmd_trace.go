package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"firescene/forensics"
	"firescene/forensics/casefile"
	"firescene/forensics/media"

	"github.com/spf13/cobra"
)

type traceOptions struct {
	Case, Finding string
}

// traceSummary is the way from a finding back to bytes.
type traceSummary struct {
	Findings []tracedFinding `json:"findings"`
	list     bool            // no finding was named: one line each
}

type tracedFinding struct {
	statedFinding
	Via []tracedFile  `json:"viaFiles"`
	To  []tracedBytes `json:"bytes"`
}

// tracedFile is a file of the case between a finding and its evidence.
type tracedFile struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Why    string `json:"why"` // why it could not be read; empty when it could
}

// tracedBytes is where a finding ends: bytes of an exhibit.
type tracedBytes struct {
	Locator    string `json:"locator"`
	Exhibit    string `json:"exhibit"`
	Path       string `json:"path"`
	SizeB      int64  `json:"size"`
	SHA256     string `json:"sha256"` // of the bytes that the locator names
	Begins     string `json:"begins"` // the first of them, in hex
	ExhibitSHA string `json:"exhibitSHA256"`
	Intact     bool   `json:"intact"` // the exhibit's hash is still what it was when added
	Why        string `json:"why"`    // what kept the bytes from being read
}

func (a *app) traceCmd() *cobra.Command {
	opts := traceOptions{}
	c := &cobra.Command{
		Use:   "trace CASE [FINDING]",
		Short: "Walk from a sentence of the report back to bytes of evidence",
		Long: `Walks from a finding of the report (F001, F002, ...) through the files of the
case in between to the bytes of the exhibits on which it rests, reads them, and
hashes each exhibit again. Without a finding it lists them all.` + exitStatusHelp,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Case = args[0]
			if len(args) == 2 {
				opts.Finding = args[1]
			}
			return a.finish(runTrace(c.Context(), opts, a.language()))
		},
	}
	return c
}

// runTrace follows one finding, or lists all when none is named.
func runTrace(ctx context.Context, opts traceOptions, lang string) (traceSummary, error) {
	c, err := casefile.Open(ctx, opts.Case, casefile.Options{ReadOnly: true})
	if err != nil {
		return traceSummary{}, err
	}
	defer c.Close()
	var stated []statedFinding
	if err := readJSON(c.Path(reportDir+"/"+findingsFile), &stated); err != nil {
		return traceSummary{}, fmt.Errorf("the case has no report yet: %w; run: firescene run %s", err, opts.Case)
	}
	if opts.Finding == "" {
		s := traceSummary{list: true}
		for _, f := range stated {
			s.Findings = append(s.Findings, tracedFinding{statedFinding: f})
		}
		return s, nil
	}
	for _, f := range stated {
		if strings.EqualFold(f.ID, opts.Finding) {
			t, err := traceFinding(ctx, c, f)
			return traceSummary{Findings: []tracedFinding{t}}, err
		}
	}
	return traceSummary{}, fmt.Errorf("the report has no finding %s; its findings are F001 to F%03d", opts.Finding, len(stated))
}

func traceFinding(ctx context.Context, c *casefile.Case, f statedFinding) (tracedFinding, error) {
	t := tracedFinding{statedFinding: f}
	for _, rel := range f.Via {
		v := tracedFile{Path: rel}
		if sum, _, err := hashFile(c.Path(rel)); err != nil {
			v.Why = err.Error()
		} else {
			v.SHA256 = sum
		}
		t.Via = append(t.Via, v)
	}
	intact := map[string]bool{}
	for _, text := range f.Locators {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		t.To = append(t.To, traceLocator(ctx, c, text, intact))
	}
	return t, nil
}

// traceLocator reads the bytes that a locator names. intact remembers which
// exhibits were hashed already.
func traceLocator(ctx context.Context, c *casefile.Case, text string, intact map[string]bool) tracedBytes {
	b := tracedBytes{Locator: text}
	fail := func(err error) tracedBytes {
		b.Why = err.Error()
		return b
	}
	l, err := forensics.ParseLocator(text)
	if err != nil {
		return fail(err)
	}
	e, err := c.Exhibit(ctx, l.Exhibit)
	if err != nil {
		return fail(err)
	}
	b.Exhibit, b.Path, b.ExhibitSHA = e.ID, c.ExhibitPath(e), e.SHA256
	b.Intact = isIntact(c, e, intact)
	d := &digest{hash: sha256.New()}
	all, err := c.Exhibits(ctx)
	if err != nil {
		return fail(err)
	}
	beside := []string{}
	for _, p := range all {
		if p.PartOf == e.ID {
			beside = append(beside, c.ExhibitPath(p))
			b.Intact = isIntact(c, p, intact) && b.Intact
		}
	}
	if err := readExhibit(e, b.Path, beside, l, d); err != nil {
		return fail(err)
	}
	b.SizeB, b.SHA256, b.Begins = d.n, hex.EncodeToString(d.hash.Sum(nil)), hex.EncodeToString(d.head)
	return b
}

// isIntact hashes an exhibit's file once and compares it with when it was added.
func isIntact(c *casefile.Case, e forensics.Exhibit, known map[string]bool) bool {
	if _, done := known[e.ID]; !done {
		sum, _, err := hashFile(c.ExhibitPath(e))
		known[e.ID] = err == nil && sum == e.SHA256
	}
	return known[e.ID]
}

// readExhibit writes the bytes that a locator names: of the medium where the
// exhibit is an image of one, else of the file.
func readExhibit(e forensics.Exhibit, path string, beside []string, l forensics.Locator, w io.Writer) error {
	if e.Kind == forensics.KindMedia {
		im, err := media.OpenFiles(path, beside)
		if err != nil {
			return err
		}
		defer im.Close()
		return media.ReadLocator(im, im.SizeB, l, w)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return media.ReadLocator(f, e.SizeB, l, w)
}

// digest hashes what is written to it and keeps its beginning.
type digest struct {
	hash interface {
		io.Writer
		Sum([]byte) []byte
	}
	n    int64
	head []byte
}

func (d *digest) Write(p []byte) (int, error) {
	if room := 16 - len(d.head); room > 0 {
		d.head = append(d.head, p[:min(room, len(p))]...)
	}
	d.n += int64(len(p))
	return d.hash.Write(p)
}

func (s traceSummary) failures() []forensics.Failure {
	var out []forensics.Failure
	for _, f := range s.Findings {
		for _, v := range f.Via {
			if v.Why != "" {
				out = append(out, forensics.Failure{Input: v.Path, Reason: v.Why, Next: "firescene case verify"})
			}
		}
		for _, b := range f.To {
			switch {
			case b.Why != "":
				out = append(out, forensics.Failure{Input: b.Locator, Reason: b.Why, Next: "firescene case verify"})
			case !b.Intact:
				out = append(out, forensics.Failure{Input: b.Exhibit, Reason: "its bytes are not those that were added", Next: "firescene case verify"})
			}
		}
	}
	return out
}

func (s traceSummary) print(w io.Writer, t texts) {
	for _, f := range s.Findings {
		fmt.Fprintf(w, "%s  [%s]  %s\n", f.ID, t.T("kind_"+string(f.Kind)), f.Text[t.T("language_code")])
		if s.list {
			continue
		}
		for _, v := range f.Via {
			fmt.Fprintf(w, "  <- %s  SHA-256 %s\n", v.Path, v.SHA256)
		}
		for _, b := range f.To {
			fmt.Fprintf(w, "  <- %s  %s\n", b.Locator, t.T("trace_bytes", "Size", b.SizeB, "SHA256", b.SHA256))
			if b.Begins != "" {
				fmt.Fprintf(w, "       %s\n", t.T("trace_begins", "Hex", b.Begins))
			}
			state := "trace_changed"
			if b.Intact {
				state = "trace_intact"
			}
			fmt.Fprintf(w, "       %s\n", t.T(state, "Path", b.Path, "SHA256", b.ExhibitSHA))
		}
	}
}
