package page

import (
	"bytes"
	"encoding/gob"
	"fmt"

	"codeberg.org/go-pdf/fpdf"
)

// setOrder gives a registered image its place among the objects of the PDF. The
// library (fpdf v0.12.0, putimages) writes images in the order of their widths
// and leaves the order of equal widths to the iteration of a map, which would
// make every run's bytes differ. A width that is larger by k millionths of a
// pixel settles the order; the library writes the whole number. The fields go
// through the library's own gob form, the only way to them from outside.
func setOrder(info *fpdf.ImageInfoType, k int) error {
	b, err := info.GobEncode()
	if err != nil {
		return fmt.Errorf("ordering the pictures: %w", err)
	}
	var f struct {
		data, smask []byte
		n           int
		w, h        float64
		cs          string
		pal         []byte
		bpc         int
		filter      string
		params      string
		trns        []int
		scale, dpi  float64
	}
	fields := []any{&f.data, &f.smask, &f.n, &f.w, &f.h, &f.cs, &f.pal, &f.bpc, &f.filter, &f.params, &f.trns, &f.scale, &f.dpi}
	d := gob.NewDecoder(bytes.NewReader(b))
	for _, v := range fields {
		if err := d.Decode(v); err != nil {
			return fmt.Errorf("ordering the pictures: %w", err)
		}
	}
	f.w += float64(k) * 1e-6
	var out bytes.Buffer
	e := gob.NewEncoder(&out)
	for _, v := range fields {
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("ordering the pictures: %w", err)
		}
	}
	return info.GobDecode(out.Bytes())
}
