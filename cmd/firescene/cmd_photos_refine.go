package main

import (
	"context"
	"image"

	"firescene/recon"
	"firescene/recon/align"
	"firescene/recon/sfm"
)

// refine places the sightings of the models anew by the patches around them and
// adjusts the models again.
func (al *album) refine(ctx context.Context, model *recon.SparseModel, opts photosOptions, sum *photosSummary, report progressFunc) error {
	photos := make([]align.Photo, len(al.list))
	for i, p := range al.list {
		photos[i] = align.Photo{Name: p.name, Open: func() (image.Image, error) { return al.decode(p) }}
	}
	for n, m := range append([]*recon.SparseModel{model}, model.Others...) {
		found, err := align.Refine(ctx, m, photos, align.Options{Workers: opts.Workers, Progress: report})
		if err != nil {
			return err
		}
		if n == 0 {
			sum.Refined = found.Placed
		}
		if err := sfm.Readjust(ctx, m, opts.Workers); err != nil {
			return err
		}
	}
	return nil
}
