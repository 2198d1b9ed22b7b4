// Package exposure predicts what a stated fire does to surfaces and devices: heat
// flux, temperature, char, calcination, and when a cable fails.
//
// The fluxes are those of the two-layer model (recon/zone) at targets on the
// surfaces; a black face kept cold gives the flux that a water-cooled gauge would
// show. From there the heating of the solid is solved in one dimension with
// properties that change with temperature (front.go), so that a depth follows from
// the whole history and not from a mean flux.
//
// Each prediction carries the standard deviation of its natural logarithm: that of
// the flux from the published validation of zone models, and that of the relation
// between heat and damage from its source.
package exposure
