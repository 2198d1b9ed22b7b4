package timeline

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Pair is one happening that was recorded by the clock in question and by a
// reference: a power cut in two logs, a light that goes out in two videos.
type Pair struct {
	Reading   time.Time // by the clock in question
	Reference time.Time // true time, or corrected time of another clock
	SigmaS    float64   // standard uncertainty of their difference; 0 means 1 s/sqrt(12)
}

// Offset is a clock's error as found from pairs.
type Offset struct {
	OffsetS    float64   `json:"offset_s"` // reading minus reference at CheckedAt
	SigmaS     float64   `json:"sigma_s"`
	CheckedAt  time.Time `json:"checked_at"`  // mean time of the pairs used, by the reference
	N          int       `json:"n"`           // pairs used
	ResidualsS []float64 `json:"residuals_s"` // one a pair given, pair minus OffsetS
	Rejected   []int     `json:"rejected"`    // pairs that are not of the same happening, by index
}

// OffsetFromPairs finds a clock's offset. Pairs further from the median than 3.5
// scaled median absolute deviations (Iglewicz and Hoaglin, How to Detect and
// Handle Outliers, 1993), and further than three of their own uncertainties, are
// rejected: two records that are not of the same happening must not move the
// result. The offset is the weighted mean of the others; its uncertainty is
// widened by the Birge ratio when they scatter more than they claim (Birge, Phys.
// Rev. 40 (1932) 207). An error common to all pairs, as that of the reference
// clock itself, is not in it. With fewer than three pairs nothing can be rejected.
func OffsetFromPairs(pairs []Pair) (Offset, error) {
	if len(pairs) == 0 {
		return Offset{}, errors.New("no pair of events to find a clock's offset from")
	}
	d := make([]float64, len(pairs))
	sigma := make([]float64, len(pairs))
	for i, p := range pairs {
		d[i] = p.Reading.Sub(p.Reference).Seconds()
		sigma[i] = p.SigmaS
		if !(sigma[i] > 0) || math.IsInf(sigma[i], 0) {
			sigma[i] = 1 / math.Sqrt(12)
		}
	}
	middle := median(d)
	away := make([]float64, len(d))
	for i := range d {
		away[i] = math.Abs(d[i] - middle)
	}
	limit := 3.5 * 1.4826 * median(away)
	var o Offset
	var sumW, sumWD, sumChi float64
	var first time.Time
	var meanS float64
	o.Rejected = []int{}
	for i := range d {
		if len(d) >= 3 && away[i] > limit && away[i] > 3*sigma[i] {
			o.Rejected = append(o.Rejected, i)
			continue
		}
		w := 1 / (sigma[i] * sigma[i])
		sumW += w
		sumWD += w * d[i]
		if o.N == 0 {
			first = pairs[i].Reference
		}
		meanS += pairs[i].Reference.Sub(first).Seconds()
		o.N++
	}
	o.OffsetS = sumWD / sumW
	o.CheckedAt = first.Add(time.Duration(meanS / float64(o.N) * 1e9)).UTC()
	for i := range d {
		o.ResidualsS = append(o.ResidualsS, d[i]-o.OffsetS)
		if !slices.Contains(o.Rejected, i) {
			sumChi += (d[i] - o.OffsetS) * (d[i] - o.OffsetS) / (sigma[i] * sigma[i])
		}
	}
	o.SigmaS = 1 / math.Sqrt(sumW)
	if o.N > 1 {
		o.SigmaS *= math.Max(1, math.Sqrt(sumChi/float64(o.N-1)))
	}
	return o, nil
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}
