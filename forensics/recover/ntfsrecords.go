package recover

import (
	"context"

	"firescene/forensics"
	"firescene/formats"
	"firescene/formats/ntfs"
)

// NTFSRecords emits what an NTFS volume still tells of files beside their own
// records: names in folder indexes that no record bears any more (kind "i30"),
// the like in $LogFile (kind "logfile"), and every record of the change journal
// (kind "usnjrnl"). Columns hold path, file record, times, size and what happened;
// Deleted says that no live file answers to it. Locators are of the image.
func NTFSRecords(ctx context.Context, vol *ntfs.Volume, opts Options, emit func(forensics.Record) error) error {
	if opts.Limits == (formats.Limits{}) {
		opts.Limits = formats.DefaultLimits()
	}
	err := vol.IndexNames(ctx, opts.Limits, func(n ntfs.Name) error {
		reason := "entry of a folder's index whose file has no record any more"
		if n.Slack {
			reason = "found behind the entries that a folder's index uses: it was taken out, or the index was rearranged"
		}
		return emit(nameRecord(opts, "i30", n, reason))
	})
	if err != nil {
		return err
	}
	err = vol.LogNames(ctx, opts.Limits, func(n ntfs.Name) error {
		return emit(nameRecord(opts, "logfile", n, "name in a page of the file system's log; its transactions were not replayed"))
	})
	if err != nil {
		return err
	}
	return vol.Changes(ctx, opts.Limits, func(c ntfs.Change) error {
		return emit(forensics.Record{
			Exhibit: opts.Exhibit, Kind: "usnjrnl", Table: "$UsnJrnl", State: forensics.Whole, Deleted: c.Gone,
			Columns: []forensics.Column{{Name: "time", Value: c.Time}, {Name: "path", Value: opts.Prefix + c.Path}, {Name: "change", Value: c.Reasons()},
				{Name: "usn", Value: c.USN}, {Name: "record", Value: c.Record}, {Name: "sequence", Value: int64(c.Seq)}, {Name: "attributes", Value: int64(c.Attributes)}},
			Locator: forensics.At(opts.Exhibit, opts.OffsetB+c.OffsetB, c.LengthB),
			Reason:  "record of the change journal; its folder is named as it is now",
		})
	})
}

func nameRecord(opts Options, kind string, n ntfs.Name, reason string) forensics.Record {
	r := forensics.Record{
		Exhibit: opts.Exhibit, Kind: kind, Table: "$FILE_NAME", State: forensics.Whole, Deleted: true,
		Columns: []forensics.Column{{Name: "path", Value: opts.Prefix + n.Path}},
		Locator: forensics.At(opts.Exhibit, opts.OffsetB+n.OffsetB, n.LengthB), Reason: reason,
	}
	add := func(name string, value any) {
		r.Columns = append(r.Columns, forensics.Column{Name: name, Value: value})
	}
	add("created", n.Times.Created)
	add("modified", n.Times.Modified)
	add("record changed", n.Times.Changed)
	add("accessed", n.Times.Accessed)
	add("size", n.SizeB)
	add("folder", yesNo(n.Dir))
	if n.Record >= 0 {
		add("record", n.Record)
		add("sequence", int64(n.Seq))
	} else {
		r.State = forensics.Partial
		r.Reason += "; which record it was of is lost"
	}
	if n.Renamed {
		r.Reason += "; the file is there still under another name or folder"
	}
	return r
}

// yesNo is a truth value as a column can hold it.
func yesNo(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
