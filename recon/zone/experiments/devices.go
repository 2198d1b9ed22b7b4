package experiments

import (
	"fmt"
	"io/fs"
	"math"
	"sort"
	"strconv"
	"strings"

	"firescene/recon/handcalc"
	"firescene/recon/zone"
)

// gauge is an instrument of the NIST/NRC series at its place.
type gauge struct {
	name       string
	at, normal [3]float64
}

// nrcGauges lists the gauges on the surfaces, A. Hamins et al., NIST SP 1013-1
// (2006): north, south, east, west, floor, ceiling.
func nrcGauges() []gauge {
	var out []gauge
	add := func(side string, normal [3]float64, at func(p [2]float64) [3]float64, places [][2]float64) {
		for i, p := range places {
			out = append(out, gauge{fmt.Sprintf("%s G-%d", side, i+1), at(p), normal})
		}
	}
	long := [][2]float64{{3.91, 1.49}, {3.91, 3.72}, {9.55, 1.87}, {12.15, 1.87}, {17.79, 1.50}, {17.79, 3.73}}
	short := [][2]float64{{1.59, 1.12}, {1.59, 2.43}, {5.76, 1.12}, {5.76, 2.43}}
	flat := [][2]float64{{3.04, 3.59}, {9.11, 2}, {9.11, 5.97}, {10.85, 2.39}, {10.85, 5.17}, {13.02, 2}, {13.02, 5.97}, {18.66, 3.59}}
	alongX := func(y float64) func([2]float64) [3]float64 {
		return func(p [2]float64) [3]float64 { return [3]float64{p[0], y, p[1]} }
	}
	alongY := func(x float64) func([2]float64) [3]float64 {
		return func(p [2]float64) [3]float64 { return [3]float64{x, p[0], p[1]} }
	}
	level := func(z float64) func([2]float64) [3]float64 {
		return func(p [2]float64) [3]float64 { return [3]float64{p[0], p[1], z} }
	}
	add("N", [3]float64{0, -1, 0}, alongX(7.04), long)
	add("S", [3]float64{0, 1, 0}, alongX(0), long)
	add("E", [3]float64{-1, 0, 0}, alongY(21.7), short)
	add("W", [3]float64{1, 0, 0}, alongY(0), short)
	add("F", [3]float64{0, 0, 1}, level(0), flat)
	add("C", [3]float64{0, 0, -1}, level(3.82), flat)
	return out
}

// Alive reports whether a gauge's peak is at least a third of the median of those
// on its surface: one far below its neighbours had failed.
func Alive(name string, peaks map[string]float64) bool {
	var same []float64
	for other, p := range peaks {
		if other[0] == name[0] {
			same = append(same, p)
		}
	}
	sort.Float64s(same)
	return len(same) > 0 && peaks[name] >= same[len(same)/2]/3
}

// nrcCableGauges are the flux gauges at the cables.
var nrcCableGauges = []gauge{
	{"Cable Total Flux 2", [3]float64{10.81, 0.44, 2.05}, [3]float64{0, 0, -1}},
	{"Cable Total Flux 4", [3]float64{10.81, 1.25, 2.52}, [3]float64{0, 0, -1}},
	{"Cable Total Flux 6", [3]float64{10.81, 1.40, 2.54}, [3]float64{0, 1, 0}},
	{"Cable Total Flux 8", [3]float64{10.81, 2.00, 3.04}, [3]float64{0, 0, -1}},
	{"Cable Total Flux 9", [3]float64{10.81, 6.85, 1.75}, [3]float64{0, -1, 0}},
}

// nrcCables are the surface thermocouples of the cables above and beside the
// fire; width 0 is a tray, a plate of 10 mm.
var nrcCables = []struct {
	gauge
	diameterM float64
}{
	{gauge{"A-Ts-18", [3]float64{10.83, 0.65, 2.19}, [3]float64{0, 0, -1}}, 0.01},
	{gauge{"B-Ts-14", [3]float64{10.83, 1.40, 2.70}, [3]float64{0, 0, -1}}, 0.01},
	{gauge{"C-Ts-10", [3]float64{10.83, 2.25, 3.20}, [3]float64{0, 0, -1}}, 0.01},
	{gauge{"D-Ts-12", [3]float64{10.83, 2.03, 3.22}, [3]float64{0, 0, -1}}, 0},
	{gauge{"F-Ts-20", [3]float64{10.83, 0.50, 2.18}, [3]float64{0, 0, -1}}, 0.019},
	{gauge{"G-Ts-33", [3]float64{10.79, 7.03, 1.75}, [3]float64{0, -1, 0}}, 0},
}

// nrcCable is the jacket of the cables, as in the series' inputs.
var nrcCable = handcalc.Material{ConductKWmK: 0.21e-3, DensityKgM3: 1375, HeatKJKgK: 1.56}

// nistNRC: A. Hamins et al., NIST SP 1013-1 (2006): heptane and toluene sprays of
// 0.4 to 2.3 MW in a room of 21.7 x 7 x 3.8 m, its door open or closed, its fans
// on or off.
func nistNRC(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "NIST_NRC") {
		n, err := strconv.Atoi(strings.TrimPrefix(nameOf(in), "NIST_NRC_T"))
		base := fmt.Sprintf("NIST_NRC/exp/NIST_NRC_Test_%02d", n)
		if _, statErr := fs.Stat(fsys, base+"_layer.csv"); err != nil || statErr != nil {
			continue
		}
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error { return d.nrc(base) }})
	}
	return jobs
}

func (d *data) nrc(base string) error {
	sc := d.c.Scene
	onWalls := len(sc.Targets)
	gauges := nrcGauges()
	for _, g := range gauges {
		s := sc.Rooms[0].Wall
		switch g.name[0] {
		case 'F':
			s = sc.Rooms[0].Floor
		case 'C':
			s = sc.Rooms[0].Ceiling
		}
		sc.Targets = append(sc.Targets, zone.Target{Name: g.name, At: g.at, Normal: g.normal, Material: s.Slabs[0].Material, ThickM: s.Slabs[0].ThickM, Emissivity: s.Emissivity})
	}
	atCables := len(sc.Targets)
	for _, g := range nrcCableGauges {
		sc.Targets = append(sc.Targets, zone.Target{Name: g.name, At: g.at, Normal: g.normal})
	}
	cables := len(sc.Targets)
	for _, c := range nrcCables {
		t := zone.Target{Name: c.name, At: c.at, Normal: c.normal, Material: nrcCable, ThickM: 0.01, Emissivity: 0.95}
		if c.diameterM > 0 {
			t.Cylinder, t.ThickM = true, c.diameterM
		}
		sc.Targets = append(sc.Targets, t)
	}
	if err := d.simulate(); err != nil {
		return err
	}
	temp, depth := "hgl_temp_closed", "hgl_depth_closed"
	door := false
	for _, v := range sc.Vents {
		door = door || v.HeightM > 1
	}
	if door {
		temp, depth = "hgl_temp", "hgl_depth"
	}
	if err := d.layerRecord(base+"_layer.csv", "room", 0, temp, depth); err != nil {
		return err
	}
	t, err := readTable(d.fsys, base+"_file_1.csv", 0, 1)
	if err != nil {
		return err
	}
	end := sc.DurationS
	until := end // how long the record last asked for goes on
	peak := func(name string) (first, high, low float64) {
		x, y := t.column(name)
		var cx, cy []float64
		for i, v := range y {
			if v != 999 && v != 0 && x[i] >= -30 { // 999 and 0 stand for no value
				cx, cy = append(cx, x[i]), append(cy, v)
			}
		}
		if len(cy) < len(y)/2 || len(cy) == 0 {
			return math.NaN(), math.NaN(), math.NaN()
		}
		until = min(end, last(cx))
		return cy[0], top(cx, cy, end), bottom(cx, cy, end)
	}
	room := &d.res.Rooms[0]
	// The first probe is under the ceiling, the second 1 m above the floor.
	o2, _, low := peak("O2-1")
	d.add("oxygen", "O2-1", o2-low, room.UpperMole[0][0]-bottom(d.res.TimeS, room.UpperMole[0], until))
	c0, high, _ := peak("CO2-4")
	d.add("co2", "CO2-4", high-c0, top(d.res.TimeS, room.UpperMole[1], until)-room.UpperMole[1][0])
	if !door {
		_, p, _ := peak("CompP")
		d.add("pressure", "CompP", p, top(d.res.TimeS, room.PressurePa, until))
	}
	first, high, _ := peak("Tree 7-10")
	d.add("ceiling_jet_temp", "Tree 7-10", high-first, top(d.res.TimeS, d.res.Targets[23].GasK, until)-sc.InsideK)
	for i, g := range nrcCableGauges {
		_, high, _ := peak(g.name)
		d.add("target_flux", g.name, high, top(d.res.TimeS, d.res.Targets[atCables+i].GaugeKW, until))
	}
	for i, c := range nrcCables {
		first, high, _ := peak(c.name)
		d.add("target_temp", c.name, high-first, top(d.res.TimeS, d.res.Targets[cables+i].SurfaceK, until)-sc.InsideK)
	}
	g, err := readTable(d.fsys, base+"_gauge.csv", 0, 1)
	if err != nil {
		return err
	}
	peaks := map[string]float64{}
	for _, w := range gauges {
		if x, y := g.column(w.name); len(y) > len(g.rows)/2 {
			peaks[w.name] = top(x, y, end)
		}
	}
	long := map[byte]string{'N': "North", 'S': "South", 'E': "East", 'W': "West", 'F': "Floor", 'C': "Ceiling"}
	for i, w := range gauges {
		s := &d.res.Targets[onWalls+i]
		x, y := g.column(w.name)
		if _, ok := peaks[w.name]; ok && Alive(w.name, peaks) {
			until := min(end, last(x))
			d.add("surface_flux", w.name, top(x, y, until), top(d.res.TimeS, s.GaugeKW, until))
		}
		num := w.name[strings.IndexByte(w.name, '-')+1:]
		for _, letter := range []string{"U", "C"} {
			name := fmt.Sprintf("TC %s %s-%s-2", long[w.name[0]], letter, num)
			first, high, _ := peak(name)
			d.add("surface_temp", name, high-first, top(d.res.TimeS, s.SurfaceK, until)-sc.InsideK)
		}
	}
	return nil
}

// vettori: R. L. Vettori, NISTIR 6253 (1998): sprinklers under smooth and beamed
// ceilings over gas burners that grow slowly, medium or fast, in the open, at a
// wall or in a corner.
func vettori(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "Vettori_Flat_Ceiling") {
		n, err := strconv.Atoi(strings.TrimPrefix(nameOf(in), "Test_"))
		if err != nil {
			continue
		}
		jobs = append(jobs, &job{test: "Vettori_" + nameOf(in), input: in, compare: func(d *data) error {
			d.c.Scene.DurationS = max(d.c.Scene.DurationS, 400)
			if err := d.simulate(); err != nil {
				return err
			}
			t, err := readTable(d.fsys, "Vettori_Flat_Ceiling/exp/Vettori_Flat_Ceiling_Act.csv", 0, 1)
			if err != nil {
				return err
			}
			quantity := "sprinkler_time"
			if (n-1)%5 > 2 { // the last two of each five have a ceiling with beams
				quantity = "sprinkler_time_beams"
			}
			for k := range 4 {
				_, y := t.column(fmt.Sprintf("Time-%d-%d", n, k+1))
				if len(y) > 0 {
					d.detector(quantity, "Sprinkler_"+strconv.Itoa(k+1), y[0])
				}
			}
			return nil
		}})
	}
	return byNumber(jobs)
}

// detector compares a measured time with a detector's; one that does not respond
// is counted with the time simulated, the least that it can be.
func (d *data) detector(quantity, name string, exp float64) {
	for i := range d.res.Detectors {
		if s := &d.res.Detectors[i]; s.Name == name {
			m := s.TimeS
			if !s.Responded {
				m = d.c.Scene.DurationS
			}
			d.add(quantity, name, exp, m)
		}
	}
}

func byNumber(jobs []*job) []*job {
	sort.SliceStable(jobs, func(i, k int) bool { return numberIn(jobs[i].test) < numberIn(jobs[k].test) })
	return jobs
}

func numberIn(s string) int {
	n := 0
	for _, c := range s {
		if c >= '0' && c <= '9' {
			n = 10*n + int(c-'0')
		}
	}
	return n
}

// alarms: R. W. Bukowski et al., NIST TN 1455 (2004): alarms in a manufactured
// home. The response of smoke alarms is taken as that of a quick heat detector
// 10 K above the start, as the series' inputs do.
func alarms(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "NIST_Smoke_Alarms") {
		test := nameOf(in)[len(nameOf(in))-5:]
		exp := "NIST_Smoke_Alarms/exp/NIST_Smoke_Alarms_" + test + ".csv"
		if _, err := fs.Stat(fsys, exp); err != nil {
			continue
		}
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error {
			if err := d.simulate(); err != nil {
				return err
			}
			t, err := readTable(d.fsys, "NIST_Smoke_Alarms/exp/Activation_Times.csv", 0, 1)
			if err != nil {
				return err
			}
			for _, h := range t.head {
				station := strings.IndexByte("ABCDE", h[len(h)-1])
				if !strings.HasPrefix(h, test+"-") || station < 0 {
					continue
				}
				_, y := t.column(h)
				d.detector("smoke_alarm_time", "HeatDetector_"+strconv.Itoa(station+1), y[0])
			}
			tc, err := readTable(d.fsys, exp, 0, 1)
			if err != nil {
				return err
			}
			until := min(180, d.c.Scene.DurationS)
			for k := range 5 {
				x, y := tc.column("TC" + string(rune('A'+k)) + "_1")
				if len(y) == 0 {
					continue
				}
				d.add("ceiling_jet_temp", fmt.Sprintf("station %c", 'A'+k), top(x, y, until)-y[0], top(d.res.TimeS, d.res.Detectors[k].GasK, until)-d.c.Scene.InsideK)
			}
			return nil
		}})
	}
	return jobs
}

// fleury: R. Fleury, M. Spearpoint, C. Fleischmann, Fire and Materials (2011):
// gauges before and beside propane burners in the open.
func fleury(fsys fs.FS) (jobs []*job) {
	for _, in := range inputs(fsys, "Fleury_Heat_Flux") {
		jobs = append(jobs, &job{test: nameOf(in), input: in, compare: func(d *data) error {
			if err := d.simulate(); err != nil {
				return err
			}
			t, err := readTable(d.fsys, "Fleury_Heat_Flux/exp/"+nameOf(in)+".csv", 1, 2)
			if err != nil {
				return err
			}
			model := map[string]float64{}
			for i := range d.res.Targets {
				model[d.res.Targets[i].Name] = last(d.res.Targets[i].GaugeKW)
			}
			for col, h := range t.head {
				if len(h) != 4 || h[0] != 'f' && h[0] != 's' {
					continue
				}
				where := 0
				if h[0] == 's' {
					where = 5
				}
				for _, row := range t.rows {
					name := fmt.Sprintf("%s_%03.0f", h, 100*row[where])
					if m, ok := model[name]; ok && col < len(row) {
						d.add("target_flux_open", name, row[col], m)
					}
				}
			}
			return nil
		}})
	}
	return jobs
}
