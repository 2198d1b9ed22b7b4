package ntfs

import (
	"context"
	"fmt"

	"firescene/formats"
)

const logPageB = 4096

// LogNames visits the names that $LogFile still holds in the records of its pages,
// index entries and new file records, and that no record of the master file table
// bears. Its transactions are not replayed: what stands there says that the name
// was in that folder, not when it came or went.
func (v *Volume) LogNames(ctx context.Context, limits formats.Limits, visit func(Name) error) error {
	if err := v.load(ctx, limits); err != nil {
		return err
	}
	rec, err := v.readRecord(recLog)
	if err != nil {
		v.warn("the log of the file system can not be read: %v", err)
		return nil
	}
	a := rec.data()
	if a == nil || !a.nonResident {
		return nil
	}
	runs, _ := v.decodeRuns(a.runs, 0)
	seen := map[string]bool{}
	b := make([]byte, logPageB)
	for off := int64(0); off+logPageB <= min(a.sizeB, v.mappedB(runs)); off += logPageB {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !v.stored(runs, off, logPageB) {
			continue
		}
		if n, _ := v.readMapped(runs, b, off); n < len(b) {
			return nil
		}
		var fx fixups
		if string(b[:4]) != "RCRD" {
			continue
		}
		if intact, ok := fixup(b, &fx); !ok || intact < len(b) {
			continue
		}
		if err := v.logPage(b, runs, off, seen, visit); err != nil {
			return err
		}
	}
	return nil
}

func (v *Volume) logPage(b []byte, runs []mapped, off int64, seen map[string]bool, visit func(Name) error) error {
	for p := 64; p+fileNameB <= len(b); p += 8 {
		k := b[p:]
		if !looksLikeName(k) {
			continue
		}
		f, ok := parseFileName(k)
		if !ok || f.space == nameDOS || !v.tree.is(f.parent.num, isDir) {
			continue
		}
		r := ref{-1, 0}
		if entryHead(b[p-16:], k) {
			r = refOf(le64(b[p-16:]))
		}
		key := fmt.Sprintf("%d %d %d %s", f.parent.num, r.num, r.seq, f.name)
		if seen[key] {
			continue
		}
		seen[key] = true
		n, lost := v.lostName(f, r)
		if !lost || r.num < 0 && v.tree.bears(f) {
			continue
		}
		at := off + int64(p)
		i := findRun(runs, at/v.ClusterB)
		n.OffsetB, n.LengthB = runs[i].lcn*v.ClusterB+at-runs[i].vcn*v.ClusterB, int64(fileNameB+2*int(k[64]))
		if err := visit(n); err != nil {
			return err
		}
	}
	return nil
}
