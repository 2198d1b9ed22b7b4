package sfm

import (
	"testing"

	"firescene/recon"
	"firescene/recon/feature"
)

// TestUnmasked keeps what is in use, each descriptor with its own point.
func TestUnmasked(t *testing.T) {
	set := &feature.Set{}
	for i := range 20 {
		set.Points = append(set.Points, feature.Keypoint{X: float32(10*i) + 0.5, Y: 5})
		for range 1 + i%2 {
			set.Owner = append(set.Owner, int32(i))
			d := make([]uint8, feature.DescriptorLen)
			d[0] = uint8(i)
			set.Desc = append(set.Desc, d...)
		}
	}
	mask := recon.NewMask(400, 20)
	mask.Exclude(10, 100, 300) // in the full picture, twice the size
	got := unmasked(set, mask, 2)
	if len(got.Points) != 10 || len(got.Desc) != len(got.Owner)*feature.DescriptorLen || len(got.Owner) != 15 {
		t.Fatalf("%d points, %d descriptors", len(got.Points), len(got.Owner))
	}
	for d, o := range got.Owner {
		i := int(got.Points[o].X / 10)
		if i >= 5 && i < 15 || got.Desc[d*feature.DescriptorLen] != uint8(i) {
			t.Errorf("descriptor %d belongs to point %d", d, i)
		}
	}
	if unmasked(set, nil, 2) != set {
		t.Error("without a mask the features stay as they are")
	}
}
