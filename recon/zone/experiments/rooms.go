package experiments

import (
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// steckler: K. D. Steckler, J. G. Quintiere, W. J. Rinkinen, NBSIR 82-2520
// (1982), 55 steady fires in one room. The lining of ceramic fibre board had a
// conductivity of 0.1 W/(m K), which the inputs of the series for other models
// hold; its CFAST inputs hold 1, and are corrected here.
func steckler(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "Steckler_Compartment") {
		n, err := strconv.Atoi(strings.TrimPrefix(nameOf(in), "Steckler_"))
		if err != nil {
			continue
		}
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error {
			r := &d.c.Scene.Rooms[0]
			for _, s := range []*zone.Surface{&r.Ceiling, &r.Wall, &r.Floor} {
				for i := range s.Slabs {
					s.Slabs[i].Material.ConductKWmK = stecklerConductKWmK
				}
			}
			if err := d.simulate(); err != nil {
				return err
			}
			t, err := readTable(d.fsys, fmt.Sprintf("Steckler_Compartment/exp/Steckler_Test_%d_layer.csv", n), 0, 1)
			if err != nil {
				return err
			}
			end := t.rows[len(t.rows)-2] // from the interface to the ceiling
			rise := end[1] + handcalc.Kelvin - d.c.Scene.InsideK
			room := &d.res.Rooms[0]
			d.add("hgl_temp", "room", rise, last(room.UpperK)-d.c.Scene.InsideK)
			d.add("hgl_depth", "room", r.HeightM-end[0], r.HeightM-last(room.InterfaceM))
			return nil
		}})
	}
	return jobs
}

const stecklerConductKWmK = 0.1e-3

// layerRecord compares the peaks of a record of layer height and temperature.
func (d *data) layerRecord(name, where string, room int, temp, depth string) error {
	t, err := readTable(d.fsys, name, 0, 1)
	if err != nil {
		return err
	}
	end := d.c.Scene.DurationS
	x, up := t.column("T_upper")
	xz, z := t.column("Height")
	r := &d.res.Rooms[room]
	ambient := d.c.Scene.InsideK
	d.add(temp, where, top(x, up, end)+handcalc.Kelvin-ambient, top(d.res.TimeS, r.UpperK, end)-ambient)
	if depth != "" {
		h := d.c.Scene.Rooms[room].HeightM
		d.add(depth, where, h-bottom(xz, z, end), h-bottom(d.res.TimeS, r.InterfaceM, end))
	}
	return nil
}

// atf: S. Sheppard, B. W. Klein, ATF corridors and stairwell (2009): gas burner in
// a corridor, a stair and a corridor above it. In the record of the pulsed fire
// the pulses are those of the input.
func atf(fsys fs.FS) (jobs []*job) {
	for _, n := range [][2]string{{"050", "048kW"}, {"100", "097kW"}, {"240", "242kW"}, {"250", "250kW"}, {"500", "485kW"}, {"Mix", "Pulse"}} {
		in := "ATF_Corridors/cfast/ATF_Corridors_" + n[0] + "_kW.in"
		if _, err := fs.Stat(fsys, in); err != nil {
			continue
		}
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error {
			sc := d.c.Scene
			gauges := len(sc.Targets)
			sc.Targets = append(sc.Targets,
				zone.Target{Name: "wall 1", At: [3]float64{15, 0, 1}, Normal: [3]float64{0, 1, 0}},
				zone.Target{Name: "wall 2", At: [3]float64{15, 1.8, 1}, Normal: [3]float64{0, -1, 0}},
				zone.Target{Name: "hall", At: [3]float64{13.5, 0.875, 1}, Normal: [3]float64{1, 0, 0}},
			)
			if err := d.simulate(); err != nil {
				return err
			}
			base := "ATF_Corridors/exp/ATF_Corridors_" + n[1]
			for k, room := range []int{0, 2} {
				if err := d.layerRecord(fmt.Sprintf("%s_HGL_%d.csv", base, k+1), fmt.Sprintf("corridor %d", k+1), room, "hgl_temp", "hgl_depth"); err != nil {
					return err
				}
			}
			t, err := readTable(d.fsys, base+"_avg.csv", 0, 1)
			if err != nil {
				return err
			}
			for k, name := range []string{"Heat_Flux_Wall1Total", "Heat_Flux_Wall2Total", "Heat_Flux_HallTotal"} {
				x, y := t.column(name)
				q := "surface_flux"
				if k == 2 {
					q = "target_flux"
				}
				d.add(q, name, top(x, y, sc.DurationS), top(d.res.TimeS, d.res.Targets[gauges+k].GaugeKW, sc.DurationS))
			}
			for k, name := range []string{"TC_A10", "TC_B10", "TC_C10"} { // under the ceiling, 2, 9 and 14.5 m from the fire
				x, y := t.column(name)
				d.add("ceiling_jet_temp", name, top(x, y, sc.DurationS)+handcalc.Kelvin-sc.InsideK, top(d.res.TimeS, d.res.Targets[4+k].GasK, sc.DurationS)-sc.InsideK)
			}
			return nil
		}})
	}
	return jobs
}

// nbs: R. D. Peacock, S. Davis, B. T. Lee, NBSIR 88-3752 (1988): a burner room, a
// corridor and a target room.
func nbs(fsys fs.FS) (jobs []*job) {
	type tree struct {
		n    string
		room int
	}
	for test, trees := range map[string][]tree{
		"MV100A": {{"Tree1", 0}, {"Tree4", 2}, {"Tree5", 2}, {"Tree6", 2}},
		"MV100O": {{"Tree1", 0}, {"Tree4", 2}, {"Tree5", 2}, {"Tree6", 2}},
		"MV100Z": {{"Tree1", 0}, {"Tree4", 2}, {"Tree5", 2}, {"Tree7", 3}},
	} {
		in := "NBS_Multi-Room/cfast/" + test + ".in"
		if _, err := fs.Stat(fsys, in); err != nil {
			continue
		}
		temp, depth := "hgl_temp", "hgl_depth"
		if test == "MV100O" { // the corridor's door is closed
			temp, depth = "hgl_temp_closed", "hgl_depth_closed"
		}
		jobs = append(jobs, &job{test: test, input: in, compare: func(d *data) error {
			if err := d.simulate(); err != nil {
				return err
			}
			for _, t := range trees {
				if err := d.layerRecord("NBS_Multi-Room/exp/NBS_"+test+"_"+t.n+"_layer.csv", t.n, t.room, temp, depth); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	return inOrder(jobs)
}

// llnl: K. L. Foote, LLNL UCID-20845 (1986): 64 gas fires in a closed cell with
// forced or natural flow, in part with a plenum. The thermocouples hang every
// 0.3 m in the upper, middle and lower third of the 4.5 m of the cell; the
// model's profile is averaged over the same heights. The fan drew cold gas at the
// end of its duct: the mass flow that was measured stayed the same as the gas grew
// hot, and the inputs' flows are that at the density of air.
func llnl(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "LLNL_Enclosure") {
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error {
			for i := range d.c.Scene.Fans {
				d.c.Scene.Fans[i].Cold = true
			}
			if err := d.simulate(); err != nil {
				return err
			}
			t, err := readTable(d.fsys, "LLNL_Enclosure/exp/"+nameOf(in)+".csv", 0, 2)
			if err != nil {
				return err
			}
			return d.llnl(t)
		}})
	}
	return jobs
}

func (d *data) llnl(t *table) error {
	sc := d.c.Scene
	temp := "hgl_temp"
	switch {
	case len(sc.Fans) > 0:
		temp = "hgl_temp_forced"
	case len(sc.Vents) == 0:
		temp = "hgl_temp_closed"
	}
	col := map[string]int{}
	for i, h := range t.head {
		col[h] = i
	}
	peak := map[string][2]float64{}
	higher := func(name string, exp, model float64) {
		p, ok := peak[name]
		if !ok {
			p = [2]float64{math.Inf(-1), math.Inf(-1)}
		}
		if !math.IsNaN(exp) {
			peak[name] = [2]float64{max(p[0], exp), max(p[1], model)}
		}
	}
	first := t.rows[0]
	for _, row := range t.rows[1:] {
		tS := row[1]
		if math.IsNaN(tS) || tS > sc.DurationS {
			continue
		}
		bands := map[string][2]float64{"West Upper TCs": {3, 4.5}, "West Middle TCs": {1.5, 3}}
		if len(sc.Rooms) == 1 {
			delete(bands, "West Middle TCs")
		}
		for name, b := range bands {
			higher(name, row[col[name]]+handcalc.Kelvin-sc.InsideK, d.meanRise(b[0], b[1], tS))
		}
		top := &d.res.Rooms[len(sc.Rooms)-1]
		wet := d.at(top.Upper[zone.H2O], tS) * 0.02896 / 0.01802
		dry := func(k int) float64 { return d.at(top.UpperMole[k], tS) / (1 - wet) }
		higher("O2", first[col["O2"]]-row[col["O2"]], 0.2095-dry(0))
		higher("CO2", row[col["CO2"]]-first[col["CO2"]], dry(1)-0.0004)
	}
	for _, name := range []string{"West Upper TCs", "West Middle TCs"} {
		if p, ok := peak[name]; ok {
			d.add(temp, name, p[0], p[1])
		}
	}
	if p, ok := peak["O2"]; ok {
		d.add("oxygen", "O2", p[0], p[1])
	}
	if p, ok := peak["CO2"]; ok {
		d.add("co2", "CO2", p[0], p[1])
	}
	return nil
}

// meanRise is the model's mean temperature rise between two heights of the
// building, through whatever rooms lie there.
func (d *data) meanRise(lo, hi, tS float64) float64 {
	sum := 0.0
	for i := range d.c.Scene.Rooms {
		r, s := &d.c.Scene.Rooms[i], &d.res.Rooms[i]
		z0 := r.Origin[2]
		mid := z0 + d.at(s.InterfaceM, tS)
		part := func(a, b float64) float64 { return max(0, min(b, hi)-max(a, lo)) }
		sum += part(z0, mid)*d.at(s.LowerK, tS) + part(mid, z0+r.HeightM)*d.at(s.UpperK, tS)
	}
	return sum/(hi-lo) - d.c.Scene.InsideK
}

func inOrder(jobs []*job) []*job {
	for i := range jobs {
		for k := i; k > 0 && jobs[k].test < jobs[k-1].test; k-- {
			jobs[k], jobs[k-1] = jobs[k-1], jobs[k]
		}
	}
	return jobs
}
