package main

import (
	"github.com/spf13/cobra"
)

// mediaOptions are the inputs of media recover and media carve.
type mediaOptions struct {
	Image string
	// Beside are the further files of the image; nil: they are looked for.
	Beside  []string
	Out     string
	Exhibit string // ID that locators begin with; "IMG" when empty
	// CarveOnly leaves the file systems aside.
	CarveOnly bool
	// AlignedOnly looks for files at sector boundaries alone, not inside other data.
	AlignedOnly bool
	// Known are lists of hashes of known files; SkipKnown writes no bytes of those.
	Known     []string
	SkipKnown bool
	LiveRows  bool // give the rows of data bases that are not deleted, too
	NoThumbs  bool
	Force     bool // do again what is recorded as done
	Workers   int
}

func (a *app) mediaCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "media",
		Short: "List, recover and carve files from images of storage media",
		Long: `media reads images of storage media: raw in one or more parts, EWF (.E01), VHD,
VHDX, VMDK and QCOW2; partition tables (MBR, GPT) and volumes that these have lost;
file systems with their deleted files; and files by their content anywhere.
Images are opened for reading only. A ddrescue map beside a raw image (IMAGE.map or
IMAGE.mapfile) says which sectors could not be read.` + exitStatusHelp,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.mediaInfoCmd(), a.mediaHashCmd(), a.mediaListCmd(), a.mediaItemsCmd(), a.mediaRecoverCmd(false), a.mediaRecoverCmd(true))
	return c
}

func (a *app) mediaRecoverCmd(carveOnly bool) *cobra.Command {
	opts := mediaOptions{CarveOnly: carveOnly}
	c := &cobra.Command{
		Use:   "recover IMAGE -o DIR",
		Short: "Recover live, deleted and carved files with their locators and hashes",
		Long: `recover writes DIR/files (whole files), DIR/embedded (whole pictures that are a
part of another file of the output: as they are in documents, databases and videos, or
one of several in an archive that is named as one), DIR/partial (what begins right but
is not complete, and fragments), DIR/records (rows and log entries), DIR/thumbs,
DIR/items.jsonl, DIR/dfxml.xml, DIR/case-uco.jsonld and DIR/step.json. The image
is hashed when it is first read and again at the end; both hashes are in step.json.
A finished DIR is not done again for the same image and parameters, and a run that
was cut off goes on where it was. Files are looked for at any offset and through up
to 4 layers of base64, gzip, ZIP and zlib, and in tar archives in them; their locators name the layers, as in
E003/4096-GZIP-512+20480.` + exitStatusHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			opts.Image, opts.Workers = args[0], a.workers
			return a.finish(runMediaRecover(c.Context(), opts, a.progress()))
		},
	}
	if carveOnly {
		c.Use, c.Short = "carve IMAGE -o DIR", "Find files by their content alone"
	}
	f := c.Flags()
	f.StringVarP(&opts.Out, "out", "o", "", "output folder (required)")
	f.StringVar(&opts.Exhibit, "exhibit", "IMG", "exhibit ID that locators begin with")
	f.BoolVar(&opts.AlignedOnly, "aligned-only", false, "look for heads at sector boundaries only, not inside other data")
	f.StringArrayVar(&opts.Known, "known", nil, "mark files whose hash is in this list: SHA-256 or MD5 a line, or the NSRL's RDS as text (may be repeated)")
	f.BoolVar(&opts.SkipKnown, "skip-known", false, "list marked files, but do not write their bytes")
	f.BoolVar(&opts.LiveRows, "live-rows", false, "write the rows of data bases that are not deleted, too (any program reads them from the recovered file)")
	f.BoolVar(&opts.NoThumbs, "no-thumbs", false, "make no thumbnails")
	f.BoolVar(&opts.Force, "force", false, "do it again even if DIR holds the finished result")
	return c
}
