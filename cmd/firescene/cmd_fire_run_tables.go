package main

import (
	"bytes"

	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// csvTable is a table that is written row by row.
type csvTable struct{ bytes.Buffer }

func (b *csvTable) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		switch v := c.(type) {
		case float64:
			b.WriteString(shortNumber(v))
		case string:
			b.WriteString(csvField(v))
		}
	}
	b.WriteByte('\n')
}

// zonesCSV has a row a time and room. Gases are mole fractions of the upper layer
// unless the name says lower; od is the optical density in 1/m.
func zonesCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "room", "upper_C", "lower_C", "interface_m", "hrr_kW", "hrr_wanted_kW", "o2", "o2_lower", "co2", "co2_lower", "co_kg_kg", "h2o_kg_kg", "hcl_kg_kg", "hcn_kg_kg", "soot_kg_kg", "unburnt_kg_kg", "od", "od_lower", "pressure_Pa", "ceiling_C", "upper_wall_C", "lower_wall_C", "floor_C")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Rooms {
			r := &res.Rooms[j]
			b.row(t, r.Name, r.UpperK[i]-k, r.LowerK[i]-k, r.InterfaceM[i], r.BurnKW[i], r.WantedKW[i], r.UpperMole[0][i], r.LowerMole[0][i], r.UpperMole[1][i], r.LowerMole[1][i],
				r.Upper[zone.CO][i], r.Upper[zone.H2O][i], r.Upper[zone.HCl][i], r.Upper[zone.HCN][i], r.Upper[zone.Soot][i], r.Upper[zone.Unburnt][i], r.UpperODm[i], r.LowerODm[i], r.PressurePa[i],
				r.CeilingK[i]-k, r.UpperWallK[i]-k, r.LowerWallK[i]-k, r.FloorK[i]-k)
		}
	}
	return b.Bytes()
}

func flowsCSV(s *zone.Scene, res *zone.Result) []byte {
	var b csvTable
	name := func(k int) string {
		if k == zone.Outside {
			return "outside"
		}
		return s.Rooms[k].Name
	}
	b.row("time_s", "opening", "from", "to", "forth_kg_s", "back_kg_s")
	for i, t := range res.TimeS {
		for _, f := range res.Flows {
			b.row(t, f.Name, name(f.A), name(f.B), f.ForthKgS[i], f.BackKgS[i])
		}
	}
	return b.Bytes()
}

func targetsCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "target", "surface_C", "back_C", "inner_C", "gas_C", "incident_kW_m2", "net_kW_m2", "gauge_kW_m2", "convective_kW_m2")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Targets {
			s := &res.Targets[j]
			b.row(t, s.Name, s.SurfaceK[i]-k, s.BackK[i]-k, s.InnerK[i]-k, s.GasK[i]-k, s.IncidentKW[i], s.NetKW[i], s.GaugeKW[i], s.ConvKW[i])
		}
	}
	return b.Bytes()
}

func devicesCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "device", "gas_C", "link_C", "velocity_m_s", "obscuration_pct_m")
	const k = handcalc.Kelvin
	for i, t := range res.TimeS {
		for j := range res.Detectors {
			d := &res.Detectors[j]
			b.row(t, d.Name, d.GasK[i]-k, d.LinkK[i]-k, d.VelocityMS[i], d.ObscPct[i])
		}
	}
	return b.Bytes()
}

func eventsCSV(res *zone.Result) []byte {
	var b csvTable
	b.row("time_s", "event")
	for _, e := range res.Events {
		b.row(e.TimeS, e.What)
	}
	for i := range res.Detectors {
		if d := &res.Detectors[i]; d.Responded {
			b.row(d.TimeS, "response of "+d.Name)
		}
	}
	return b.Bytes()
}
