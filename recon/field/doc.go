// Package field is the field model of fires: the gas of a region in cells, by
// low-Mach large-eddy simulation on a coarse staggered grid.
//
// Check says what is wrong with a Scene; Run simulates it. The parts, each with its
// source beside it:
//
//	flow       transport with limited slopes, momentum, Deardorff's turbulence, pressure
//	           by multigrid that honours solids (package flow)
//	combustion mixing-limited, with extinction by oxygen and temperature (burn)
//	radiation  gray, 128 directions, an octant a step; flames radiate the stated share
//	           (package radiate, radiation)
//	walls      convection, friction, one-dimensional conduction in layers (wall)
//	rooms      closed ones have a pressure of their own, with leaks (zones)
//	items      catch by surface temperature, flux or flux-time product (catch)
//
// Density, enthalpy, unburnt fuel and products are carried as sums over cells, so that
// mass, energy and fuel are conserved to rounding; the divergence follows from heat, and
// takes back what error is left in the equation of state. Velocities at open borders
// follow from the head of still ambient air. All sums have one order, so that any number
// of workers gives the same bytes; fields are single precision.
//
// What it does not do: sprays, pyrolysis beyond given curves, fans with curves of
// pressure, wind, and flames on cells so coarse that Check warns.
package field
