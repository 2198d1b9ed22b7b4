package mvs

import (
	"context"

	"firescene/recon"
)

// join makes a cloud of the parts, column by column, and empties them.
func join(parts []fused) *recon.Cloud {
	return &recon.Cloud{
		XYZ:    column(parts, func(p *fused) *[]float32 { return &p.xyz }),
		Normal: column(parts, func(p *fused) *[]float32 { return &p.normal }),
		Sigma:  column(parts, func(p *fused) *[]float32 { return &p.sigma }),
		RGB:    column(parts, func(p *fused) *[]uint8 { return &p.rgb }),
		Views:  column(parts, func(p *fused) *[]uint8 { return &p.views }),
	}
}

func column[T any](parts []fused, of func(*fused) *[]T) []T {
	n := 0
	for i := range parts {
		n += len(*of(&parts[i]))
	}
	out := make([]T, 0, n)
	for i := range parts {
		c := of(&parts[i])
		out = append(out, *c...)
		*c = nil
	}
	return out
}

// disagreement is the median distance, in pixels, at which points come back from
// other photos that see them.
func disagreement(ctx context.Context, frames []*frame, opt *Options) float64 {
	const bins = 256
	var count [bins]int
	total := 0
	for _, f := range frames {
		if f == nil || ctx.Err() != nil {
			continue
		}
		m := newMerger(f, frames, opt, 0)
		for y := 0; y < f.d.height; y += measureStep {
			for x := 0; x < f.d.width; x += measureStep {
				w := f.d.w[y*f.d.width+x]
				for q := range m.sources {
					if off := m.sources[q].returnError(float32(x), float32(y), w); w > 0 && off < agreeReturnPx {
						count[int(off*bins/agreeReturnPx)]++
						total++
					}
				}
			}
		}
	}
	sum := 0
	for k, n := range count {
		if sum += n; 2*sum >= total && total > 0 {
			return (float64(k) + 0.5) * agreeReturnPx / bins
		}
	}
	return 0
}
