// Package handcalc holds the hand correlations of fire: flames, plumes, ceiling
// jets, flashover, radiation, links and materials.
//
// Each correlation is a pure function of a few microseconds that names its
// source and the range its source covers. Units are kilowatts, metres, seconds
// and kelvin, degrees Celsius where a name says so.
package handcalc
