// Package field is the field model of fires: the gas of a region in cells, by
// low-Mach large-eddy simulation on a coarse staggered grid.
//
// Check(*Scene) []Problem says what is wrong with a scene; Run(ctx, *Scene, Options)
// (*Result, error) simulates it.
package field
