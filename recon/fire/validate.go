package fire

import "math"

// BiasSpread compares predictions with measurements of one quantity: the bias
// factor delta (model over measurement) and the relative standard deviation of
// the model, once the experiments' own sigmaE is taken out. Measurements are
// weighted so that each of ten equal bins of their range counts alike. Both
// slices hold positive values of the same kind (temperature rises, not
// temperatures); n is how many pairs were usable, and fewer than 3 give zeros.
//
// Source: K. McGrattan, B. Toman, "Quantifying the predictive uncertainty of
// complex numerical models", Metrologia 48 (2011) 173.
func BiasSpread(measured, model []float64, sigmaE float64) (delta, sigmaM float64, n int) {
	var e, d []float64
	top := 0.0
	for i := range measured {
		if i < len(model) && measured[i] > 0 && model[i] > 0 && !math.IsInf(measured[i]+model[i], 0) {
			e = append(e, measured[i])
			d = append(d, math.Log(model[i]/measured[i]))
			top = max(top, measured[i])
		}
	}
	if n = len(e); n < 3 {
		return 0, 0, n
	}
	var bins [10]float64
	bin := func(v float64) int { return min(9, int(10*v/top)) }
	for _, v := range e {
		bins[bin(v)]++
	}
	var sw, mean, u2 float64
	for i, v := range e {
		w := float64(n) / bins[bin(v)]
		sw += w
		mean += w * d[i]
	}
	mean /= sw
	for i, v := range e {
		u2 += float64(n) / bins[bin(v)] * (d[i] - mean) * (d[i] - mean)
	}
	u2 /= max(sw-1, 1e-9)
	se := min(sigmaE, math.Sqrt(u2/2))
	sm2 := max(0, u2-se*se)
	return math.Exp(mean + sm2/2 - se*se/2), math.Sqrt(sm2), n
}
