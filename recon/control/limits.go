package control

import "gonum.org/v1/gonum/stat/distuv"

// chi2Limit is what a chi-square sum of so many degrees of freedom stays below in
// 999 of 1000 cases. Degrees need not be whole: they are sums of redundancy shares.
func chi2Limit(dof float64) float64 { return distuv.ChiSquared{K: dof}.Quantile(0.999) }

// normalLimit is what a normal variable exceeds, to either side, in the given share
// of cases.
func normalLimit(share float64) float64 { return -distuv.UnitNormal.Quantile(share / 2) }
