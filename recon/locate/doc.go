// Package locate infers where in a room a fire burnt from what instruments in the
// room recorded, without knowing how much heat it released.
//
// The physics is that of the jet which a plume makes under the ceiling inside the
// hot layer (handcalc.LayerJet): the rises close to the plume exceed those far from
// it. The state of the layer (temperature, depth) is taken from the records
// themselves, the heat release rate is integrated out, and what remains is the
// pattern of the rises over the thermometers. Model error, replicate error and
// measurement error enter with the sizes named in pattern.go; errors of neighbours
// go together, so that many thermometers close together count as few.
//
// Nothing is learned from fires whose origin is known.
package locate
