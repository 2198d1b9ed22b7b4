//go:build cgo

package ui

import (
	"math"
	"slices"

	"firescene/recon"
	"firescene/render/splat"
)

// Thin picks at most n points of a cloud, the same ones every time and evenly over
// all of it.
func Thin(c *recon.Cloud, n int) *recon.Cloud {
	total := c.Len()
	if total <= n {
		return c
	}
	out := &recon.Cloud{Origin: c.Origin, Scaled: c.Scaled}
	limit := uint32(float64(n) / float64(total) * math.MaxUint32)
	for i := range total {
		x := c.XYZ[3*i : 3*i+3]
		if splat.Lot(x[0], x[1], x[2]) > limit {
			continue
		}
		out.XYZ = append(out.XYZ, x...)
		if len(c.RGB) == 3*total {
			out.RGB = append(out.RGB, c.RGB[3*i:3*i+3]...)
		}
		if len(c.Intensity) == total {
			out.Intensity = append(out.Intensity, c.Intensity[i])
		}
	}
	return out
}

// Coloured is a cloud with its points coloured by something else than what was
// recorded: "intensity" as grey, "height" from blue over green to yellow between the
// first and the last hundredth of the points. It shares all else with c, and is c
// itself where c has nothing to colour by.
func Coloured(c *recon.Cloud, by string) *recon.Cloud {
	out := *c
	n := c.Len()
	switch {
	case by == "intensity" && len(c.Intensity) == n:
		out.RGB = nil
	case by == "height" && n > 0:
		low, high := Heights(c)
		out.RGB = make([]uint8, 3*n)
		for i := range n {
			t := float64((c.XYZ[3*i+2] - low) / max(high-low, 1e-6))
			copy(out.RGB[3*i:], Ramp(t))
		}
	default:
		return c
	}
	return &out
}

// Heights are the first and the last hundredth of the points by height, relative to
// the cloud's origin. The cloud has points.
func Heights(c *recon.Cloud) (low, high float32) {
	step := max(c.Len()/20000, 1)
	var z []float32
	for i := 0; i < c.Len(); i += step {
		z = append(z, c.XYZ[3*i+2])
	}
	slices.Sort(z)
	return z[len(z)/100], z[len(z)-1-len(z)/100]
}

// Ramp is the colour of a share 0..1: from dark blue to yellow with rising lightness,
// so that it reads in grey too.
func Ramp(t float64) []uint8 {
	stops := [...][3]float64{{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}
	x := min(max(t, 0), 1) * float64(len(stops)-1)
	i := min(int(x), len(stops)-2)
	out := make([]uint8, 3)
	for k := range 3 {
		out[k] = uint8(math.Round(stops[i][k] + (x-float64(i))*(stops[i+1][k]-stops[i][k])))
	}
	return out
}
