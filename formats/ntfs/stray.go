package ntfs

import (
	"context"

	"firescene/formats"
)

// folders are the folders whose records were found outside the table.
type folders map[ref]folder

// path is the path of a stray record's folder, of stray folders only: numbers of
// an earlier file system mean other folders in the present one.
func (f folders) path(r ref) (path string, orphan bool) {
	seen := map[ref]bool{}
	for r.num != recRoot && !seen[r] {
		seen[r] = true
		d, ok := f[r]
		if !ok || len(path) > maxPathB {
			break
		}
		if path == "" {
			path = d.name
		} else {
			path = d.name + "/" + path
		}
		r = d.parent
	}
	if path == "" {
		return orphans, true
	}
	return orphans + "/" + path, true
}

const strayStepB = 512

// Strays visits the streams of files whose records lie in free clusters: parts of
// a table that was moved, and the table of a file system that was here before.
// Their run lists count in this volume's clusters, which those of another file
// system need not have done. It reads all free clusters, twice where records are.
func (v *Volume) Strays(ctx context.Context, limits formats.Limits, visit func(Entry) error) error {
	if err := v.load(ctx, limits); err != nil {
		return err
	}
	var found []int64
	type generation struct {
		num  int64
		seq  uint16
		name uint64
	}
	known := map[generation]bool{}
	v.strays = folders{}
	err := v.eachStray(ctx, func(rec *record) {
		var g generation
		if n := rec.names(); len(n) > 0 {
			g.name = n[0].key()
			if v.tree.match(ref{rec.num, rec.seq}) && v.tree.bears(n[0]) {
				return // the table has it too
			}
		}
		if g.num, g.seq = rec.num, rec.seq; known[g] || int64(len(found)) >= limits.MaxItems {
			return
		}
		known[g] = true
		if f, ok := rec.folder(); ok && rec.dir {
			v.strays[ref{rec.num, rec.seq}] = f
			if !rec.inUse { // files name the folder by its number before it was freed
				v.strays[ref{rec.num, rec.seq - 1}] = f
			}
		}
		found = append(found, rec.atB)
	})
	if err != nil {
		return err
	}
	b := make([]byte, v.RecordB)
	for _, at := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		if n, _ := v.r.ReadAt(b, at); n < len(b) {
			continue
		}
		rec := strayRecord(b, at)
		if rec == nil {
			continue
		}
		for _, e := range v.entries(rec) {
			if err := visit(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// strayRecord reads a base record that is whole and tells its number.
func strayRecord(b []byte, at int64) *record {
	rec := parseRecord(b, -1, at)
	if rec == nil || rec.fault != "" || rec.base != (ref{}) || rec.stated < 4 {
		return nil
	}
	rec.num = rec.stated
	return rec
}

// eachStray visits the records in free clusters.
func (v *Volume) eachStray(ctx context.Context, visit func(*record)) error {
	const chunkB = 1 << 20
	buf := make([]byte, chunkB+maxRecordB)
	b := make([]byte, v.RecordB)
	total := min(v.Clusters*v.ClusterB, v.size) // a damaged boot sector may state any number
	for from := int64(0); from < total; from += 1 << 30 {
		for _, x := range v.Free(Extent{from, 1 << 30}) {
			for at := int64(0); at < x.LengthB; at += chunkB {
				if err := ctx.Err(); err != nil {
					return err
				}
				n, _ := v.r.ReadAt(buf[:min(chunkB+v.RecordB-strayStepB, x.LengthB-at)], x.OffsetB+at)
				for p := 0; p < chunkB && p+int(v.RecordB) <= n; p += strayStepB {
					if string(buf[p:p+4]) != "FILE" {
						continue
					}
					copy(b, buf[p:])
					if rec := strayRecord(b, x.OffsetB+at+int64(p)); rec != nil {
						visit(rec)
					}
				}
			}
		}
	}
	return nil
}
