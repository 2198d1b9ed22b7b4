package exposure

import (
	"context"
	"math"

	"firescene/recon"
	"firescene/recon/field"
	"firescene/recon/fire"
)

// FieldHistories does what Histories does with the field model, in cells of about cellM
// (0: fire.FieldCellM). Cables are left to the zone model: the result says so.
func FieldHistories(ctx context.Context, h *recon.Hypothesis, points []Point, cellM float64, run field.Options) ([]History, error) {
	sc, _, err := fire.Field(h, cellM)
	if err != nil {
		return nil, err
	}
	out := make([]History, len(points))
	first := len(sc.Devices)
	at := make([]int, len(points))
	zones, _, err := fire.Scene(h)
	if err != nil {
		return nil, err
	}
	for i, p := range points {
		at[i] = -1
		k, local := roomAt(zones, h, p.At)
		switch {
		case k < 0:
			out[i].Uncovered = "it lies in no room that openings join with the room of origin"
			continue
		case p.Cable > 0:
			out[i].Uncovered = "the field model follows no cables"
			continue
		}
		r := &zones.Rooms[k]
		normal, surface := facing(r, local, p.Normal)
		out[i].RoomName, out[i].Surface = r.Name, surface
		box := field.Box{p.At[0], p.At[0], p.At[1], p.At[1], p.At[2], p.At[2]}
		at[i] = len(sc.Devices) - first
		sc.Devices = append(sc.Devices, field.Device{Name: "flux " + p.Name, Quantity: field.GaugeHeatFlux, Box: box, Orientation: normal},
			field.Device{Name: "gas " + p.Name, Quantity: field.GasTemperature, Box: box})
	}
	if len(sc.Devices) == first {
		return out, nil
	}
	res, err := field.Run(ctx, sc, run)
	if err != nil {
		return nil, err
	}
	for i := range points {
		if at[i] < 0 {
			continue
		}
		o := &out[i]
		o.TimeS, o.AmbientC = res.TimeS, ambientC(sc)
		o.GaugeKW = res.Devices[first+at[i]].Value
		o.GasC = celsius(res.Devices[first+at[i]+1].Value)
		for _, v := range o.GaugeKW {
			if math.IsNaN(v) {
				o.Uncovered = "the field model gives no flux there"
			}
		}
	}
	return out, nil
}

func ambientC(sc *field.Scene) float64 { return celsius([]float64{sc.AmbientK})[0] }
