// Package fire predicts how a stated fire would have gone: it reads hypotheses
// and observations, and simulates one hypothesis at a time.
//
// The engine is recon/zone, a two-layer model of all rooms that openings join with
// the room of origin. This package states the scene for it (engine.rooms), lets the
// fuels burn as stated (HeatRelease), runs the ends of the fuels' spread beside the
// middle (engine.run), and turns what detectors meet into times with their
// uncertainty (engine.arrival).
//
// Simulate adds a Warning when a prediction leaves the range that the source of a
// correlation (recon/handcalc) covers. A device in a room that no opening joins
// with the fire gets no prediction and says so, instead of a number that nothing
// stands behind.
//
// Units are kilowatts, metres, seconds, kelvin for temperatures and temperature
// rises inside the engine, degrees Celsius in results.
package fire
