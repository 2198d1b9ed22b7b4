package fire

import (
	"math"

	"firescene/recon"
)

// VentFactor is A sqrt(H) of one opening in m^(5/2).
func VentFactor(o *recon.Opening) float64 {
	h := o.HeadM - o.SillM
	return o.WidthM * h * math.Sqrt(h)
}
