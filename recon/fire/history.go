package fire

import (
	"context"
	"math"

	"firescene/recon/zone"
)

// sampleS is the distance of the samples of a history; detectors are followed on
// the same grid.
const sampleS = zone.TickS

// history is one run of the scene, sampled every sampleS. What is not of another
// room is of the room of origin.
type history struct {
	timeS                          []float64
	hrrKW, wantedKW                []float64
	upperK, lowerK                 []float64
	interfaceM, upperO2, floorFlux []float64
	burnKW                         [][]float64 // by fuel
	exposures                      []exposure  // by detector; gasK is nil where the engine says nothing
	rooms                          []zone.RoomSeries
}

// at is the scene with every item's heat release scaled as run says.
func (e *engine) at(sigmas float64) zone.Scene {
	s := e.scene
	s.Fires = append([]zone.Fire(nil), e.scene.Fires...)
	for i, f := range e.fuels {
		scale := math.Exp(sigmas * f.SpreadPct / 100)
		s.Fires[i].Heat = func(tS float64) float64 { return scale * HeatRelease(f, tS) }
	}
	return s
}

// run simulates the scene with every item's heat release scaled by exp(sigmas
// times its own relative spread).
func (e *engine) run(ctx context.Context, sigmas float64) (*history, error) {
	s := e.at(sigmas)
	res, err := zone.Run(ctx, &s)
	if err != nil {
		return nil, err
	}
	r := &res.Rooms[e.origin]
	h := &history{timeS: res.TimeS, hrrKW: r.BurnKW, wantedKW: r.WantedKW, upperK: r.UpperK, lowerK: r.LowerK, interfaceM: r.InterfaceM,
		upperO2: r.Upper[zone.O2], floorFlux: r.FloorKW, rooms: res.Rooms}
	for i := range res.Fires {
		h.burnKW = append(h.burnKW, res.Fires[i].BurnKW)
	}
	h.exposures = make([]exposure, len(e.h.Detectors))
	for i, k := range e.probeAt {
		if k < 0 {
			continue
		}
		d := &res.Detectors[k]
		x := exposure{gasK: d.TickGasK, velMS: d.TickVelocityMS}
		if hasLink(e.h.Detectors[i].Kind) {
			x.linkK = d.TickLinkK
		}
		h.exposures[i] = x
	}
	return h, nil
}
