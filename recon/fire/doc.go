// Package fire predicts how a stated fire would have gone: it reads hypotheses
// and observations, and simulates one hypothesis at a time.
//
// The engine is a two-layer model of the room of origin with hand correlations
// for what happens inside a layer:
//
//	heat release   the fuels' stated curves, limited by the oxygen that reaches the flames (HeatRelease, roomState.burn)
//	plume          Heskestad's flame height and mass flow lift gas into the hot layer (handcalc.FlameHeight, handcalc.PlumeMassFlow)
//	hot layer      mass, energy and oxygen of two layers at one pressure (roomModel, roomState.step)
//	openings       Bernoulli flow, integrated over slabs between neutral planes (ventFlow)
//	walls          transient one-dimensional conduction behind each layer (wall.heat)
//	ceiling        Alpert's ceiling jet from Evans' source in the layer, with its time of travel (engine.meetJet)
//	detectors      lumped heating of a link, or a temperature rise that stands for smoke (LinkStep, engine.arrival)
//
// Each correlation is a pure function that names its source and the range its
// source covers; Simulate adds a Warning when a prediction leaves that range.
// The engine covers one room: a device in another room gets no prediction and
// says so, instead of a number that nothing stands behind.
//
// Units are kilowatts, metres, seconds, kelvin for temperatures and temperature
// rises inside the engine, degrees Celsius in results.
package fire
