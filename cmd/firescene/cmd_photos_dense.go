package main

import (
	"context"
	"errors"
	"fmt"
	"image"

	"firescene/recon"
	"firescene/recon/mvs"
)

// dense makes the dense cloud of a model and says what each photo gave. Photos
// that give none are an outcome: the cloud is then nil and the summary says why.
func (al *album) dense(ctx context.Context, model *recon.SparseModel, opts photosOptions, store *workStore, sum *photosSummary, report progressFunc) (*recon.Cloud, error) {
	photos := make([]mvs.Photo, len(al.list))
	for i, p := range al.list {
		photos[i] = mvs.Photo{Name: p.name, Open: func() (image.Image, error) { return al.decode(p) }}
		if al.masks.any() {
			photos[i].Mask = func(img image.Image) (*recon.Mask, error) { return al.mask(p, img) }
		}
	}
	cloud, found, err := mvs.Dense(ctx, model, photos, mvs.Options{
		Workers: opts.Workers, MaxSidePx: opts.DenseSidePx, Seed: opts.Seed, Cache: store, Progress: report,
	})
	var none *mvs.NoDepthError
	if errors.As(err, &none) {
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("no dense cloud: %s; %s", none.Reason, none.Next))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sum.Dense = &denseSummary{Points: cloud.Len(), MatchPx: found.MatchPx}
	sum.Dense.sigmas(cloud.Sigma)
	at := map[string]int{}
	for i := range sum.Photos {
		at[sum.Photos[i].Name] = i
	}
	for _, p := range found.Photos {
		a := &sum.Photos[at[p.Photo]]
		a.Dense, a.DenseCoverage, a.DenseWhy = p.Points, p.Coverage, p.Why
	}
	return cloud, nil
}
