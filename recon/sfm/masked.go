package sfm

import (
	"firescene/recon"
	"firescene/recon/feature"
)

// unmasked gives the features whose points are in use, in their order. The mask
// is of the full picture, of which one searched pixel is factor wide.
func unmasked(set *feature.Set, mask *recon.Mask, factor int) *feature.Set {
	if mask == nil {
		return set
	}
	out := &feature.Set{Equalised: set.Equalised, Peak: set.Peak}
	place := make([]int32, len(set.Points))
	for i, k := range set.Points {
		place[i] = -1
		if !mask.Excluded(int(k.X*float32(factor)), int(k.Y*float32(factor))) {
			place[i] = int32(len(out.Points))
			out.Points = append(out.Points, k)
		}
	}
	for d, owner := range set.Owner {
		if p := place[owner]; p >= 0 {
			out.Owner = append(out.Owner, p)
			out.Desc = append(out.Desc, set.Desc[d*feature.DescriptorLen:(d+1)*feature.DescriptorLen]...)
		}
	}
	return out
}
