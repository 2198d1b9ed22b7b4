package ntfs

import "encoding/binary"

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

const (
	bitmapPageB = 32 << 10
	bitmapPages = 32
)

// bitmap is the volume's $Bitmap, read by pages that are kept in a small cache, so
// that its size does not count.
type bitmap struct {
	runs  []mapped
	sizeB int64
	pages [bitmapPages][]byte
	which [bitmapPages]int64 // page number plus one
}

// openBitmap finds the record of $Bitmap. Without it HasBitmap is false.
func (v *Volume) openBitmap() {
	rec, err := v.readRecord(recBitmap)
	if err != nil {
		v.warn("which clusters are in use is not known: %v", err)
		return
	}
	a := rec.data()
	if a == nil || !a.nonResident {
		v.warn("which clusters are in use is not known: $Bitmap has no content")
		return
	}
	var fault string
	v.bitmap.runs, fault = v.decodeRuns(a.runs, 0)
	v.bitmap.sizeB = min(a.sizeB, v.mappedB(v.bitmap.runs))
	if v.bitmap.sizeB*8 < v.Clusters {
		v.warn("$Bitmap tells of %d of %d clusters only %s", v.bitmap.sizeB*8, v.Clusters, fault)
	}
}

// HasBitmap reports whether the volume says which of its clusters are in use.
func (v *Volume) HasBitmap() bool { return v.bitmap.sizeB > 0 }

// page returns a page of the bitmap; what can not be read is empty.
func (v *Volume) page(k int64) []byte {
	slot := k % bitmapPages
	m := &v.bitmap
	if m.which[slot] == k+1 {
		return m.pages[slot]
	}
	b := m.pages[slot][:0]
	if cap(b) == 0 {
		b = make([]byte, bitmapPageB)
	}
	b = b[:max(0, min(bitmapPageB, m.sizeB-k*bitmapPageB))]
	n, _ := v.readMapped(m.runs, b, k*bitmapPageB)
	m.pages[slot], m.which[slot] = b[:n], k+1
	return b[:n]
}

// used reports whether a cluster is in use, and whether that is known.
func (v *Volume) used(lcn int64) (used, known bool) {
	b := v.page(lcn / 8 / bitmapPageB)
	i := lcn / 8 % bitmapPageB
	if i >= int64(len(b)) {
		return false, false
	}
	return b[i]>>(lcn&7)&1 != 0, true
}

// Used lists the parts of a range of the volume whose clusters are in use.
func (v *Volume) Used(x Extent) (out []Extent) { return v.marked(x, true) }

// Free lists the parts of a range of the volume whose clusters are not in use. It
// is empty when the volume has no bitmap.
func (v *Volume) Free(x Extent) (out []Extent) {
	if !v.HasBitmap() {
		return nil
	}
	return v.marked(x, false)
}

func (v *Volume) marked(x Extent, want bool) (out []Extent) {
	if x.OffsetB < 0 || x.LengthB <= 0 {
		return nil
	}
	end := min(x.OffsetB+x.LengthB, v.Clusters*v.ClusterB)
	for at := x.OffsetB; at < end; {
		lcn := at / v.ClusterB
		next := (lcn + 1) * v.ClusterB
		if lcn%8 == 0 {
			b := v.page(lcn / 8 / bitmapPageB)
			i := lcn / 8 % bitmapPageB
			skip := byte(0)
			if !want {
				skip = 0xFF
			}
			k := i
			for k < int64(len(b)) && b[k] == skip {
				k++
			}
			if k > i {
				at = (lcn + 8*(k-i)) * v.ClusterB
				continue
			}
		}
		if used, known := v.used(lcn); known && used == want {
			out = appendExtent(out, Extent{at, min(next, end) - at})
		}
		at = next
	}
	return out
}
