// Package zone is the two-layer model of fires in buildings of many rooms and
// storeys.
//
// Each room holds two layers of gas, each with its mass, enthalpy and species,
// at one pressure. The parts, each with its source beside it:
//
//	fire       stated heat release, limited by the oxygen its flames entrain (burn)
//	plume      Heskestad's mass flow, its wall and corner forms; bent by draughts
//	vents      Bernoulli in slabs; door jets entrain on their way to the upper layer (openings, deposit)
//	holes      in ceilings and floors, with exchange against the pressure (hole)
//	fans       with falling flow against pressure, filters; leaks
//	pressure   all rooms at once, by Newton's method on a convex function (balance)
//	radiation  four surfaces and two gas layers, flames as points (radiate, emissivity)
//	walls      one-dimensional conduction in several slabs, joined rooms (slab)
//	targets    plates and cylinders in any direction (target)
//	detectors  links, gas temperature and smoke in the ceiling jet or layer (exposure)
//
// Mass, enthalpy and every species are conserved to rounding by construction:
// what leaves a place by a stream enters another. The pressure of a room follows
// from its enthalpy. A step is taken only if it changes no layer by more than a
// bound; the pressures are the solution of a convex problem, so that each step
// has one and Newton's method with halving finds it.
//
// What it does not do: gases do not burn outside the room of the fire, HCl does
// not settle on walls, smoke moves along a corridor at once, and a room is never
// more than two layers.
package zone

// Tier names the model in results, with what validation says of it: bias and
// relative standard deviation of model over measurement, by the command fire
// validate on the published experiments.
const Tier = "two-layer model of many rooms"
