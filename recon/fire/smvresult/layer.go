package smvresult

import (
	"fmt"
	"math"
	"sort"

	"firescene/formats/smokeview"
	"firescene/recon"
	"firescene/recon/handcalc"
)

// layers is what was found of the two layers of a room: of devices, or of the
// columns of a slice as its frames come.
type layers struct {
	from, uncovered      string
	upper, lower, height *series // C, C, m above the room's floor

	floorM     float64
	columns    [][2]int // grid lines i, j of each column in the slice
	z          []float64
	zFrom, zTo int
	columnC    []float64 // of one column
	found      [3][]float64
}

// planRoom looks for devices of the layer in a room, and else for the vertical slice
// of temperature that has the most columns in it.
func (r *reader) planRoom(room *recon.Room) *layers {
	m := &layers{floorM: room.Min[2]}
	for i := range r.src.Case.Devices {
		d := &r.src.Case.Devices[i]
		if d.Quantity == "LAYER HEIGHT" && within(room, d) && r.byDevices(m, d, room) {
			return m
		}
	}
	var best *smokeview.File
	for i := range r.src.Case.Slices {
		f := &r.src.Case.Slices[i]
		mesh := r.mesh(f)
		if f.Quantity != "TEMPERATURE" || mesh == nil || f.Grid[4] == f.Grid[5] {
			continue
		}
		if c, zFrom, zTo := columnsIn(mesh, f, room); len(c) > len(m.columns) && zTo-zFrom >= leastNodes {
			best, m.columns, m.zFrom, m.zTo, m.z = f, c, zFrom, zTo, lines(mesh, f, 2)
		}
	}
	if best == nil {
		m.uncovered = "neither a device LAYER HEIGHT nor a vertical slice of temperature of the result lies in it"
		return m
	}
	m.from = fmt.Sprintf("%d columns of the slice %s", len(m.columns), best.Name)
	m.upper, m.lower, m.height = &series{}, &series{}, &series{}
	r.probe = append(r.probe, &probe{slice: best, layers: m})
	return m
}

// leastNodes is how many steps of height a column needs to tell two layers apart.
const leastNodes = 4

// byDevices takes the layer from the devices on one vertical line.
func (r *reader) byDevices(m *layers, d *smokeview.Device, room *recon.Room) bool {
	height := r.column(r.devc, d.Label)
	for i := range r.src.Case.Devices {
		e := &r.src.Case.Devices[i]
		if !within(room, e) || math.Hypot(e.At[0]-d.At[0], e.At[1]-d.At[1]) > NearM {
			continue
		}
		switch e.Quantity {
		case "UPPER TEMPERATURE":
			m.upper = r.column(r.devc, e.Label)
		case "LOWER TEMPERATURE":
			m.lower = r.column(r.devc, e.Label)
		}
	}
	if height == nil || m.upper == nil || m.lower == nil {
		m.upper, m.lower = nil, nil
		return false
	}
	foot := d.At[2]
	if d.Box != nil {
		foot = min(d.Box[2], d.Box[5])
	}
	m.from = "the device " + d.Label
	m.height = &series{t: height.t}
	for _, v := range height.v {
		m.height.v = append(m.height.v, v+foot-room.Min[2])
	}
	return true
}

// columnsIn are the vertical lines of a slice in a room, and the range of their
// values between floor and ceiling.
func columnsIn(mesh *smokeview.Mesh, f *smokeview.File, room *recon.Room) (columns [][2]int, zFrom, zTo int) {
	x, y, z := lines(mesh, f, 0), lines(mesh, f, 1), lines(mesh, f, 2)
	const inner = 0.05 // m from the walls, where a value may lie in the solid
	inside := func(l []float64, i, axis int) bool { return l[i] > room.Min[axis]+inner && l[i] < room.Max[axis]-inner }
	for j := f.Grid[2]; j <= f.Grid[3]; j++ {
		for i := f.Grid[0]; i <= f.Grid[1]; i++ {
			if inside(x, i, 0) && inside(y, j, 1) {
				columns = append(columns, [2]int{i, j})
			}
		}
	}
	zFrom, zTo = -1, -2
	for k := f.Grid[4]; k <= f.Grid[5]; k++ {
		if z[k] > room.Min[2]-1e-6 && z[k] < room.Max[2]+1e-6 {
			if zFrom < 0 {
				zFrom = k
			}
			zTo = k
		}
	}
	return columns, zFrom, zTo
}

// take reduces the columns of one frame to layers; of the columns' results the
// medians count, so that those through a flame do not.
func (m *layers) take(s *smokeview.SliceReader, tS float64, v []float32) {
	if n := len(m.upper.t); n > 0 && tS <= m.upper.t[n-1] {
		return
	}
	for k := range m.found {
		m.found[k] = m.found[k][:0]
	}
	z := m.z[m.zFrom : m.zTo+1]
	for _, c := range m.columns {
		m.columnC = m.columnC[:0]
		for k := m.zFrom; k <= m.zTo; k++ {
			m.columnC = append(m.columnC, float64(v[s.Index(c[0], c[1], k)]))
		}
		up, low, at, ok := twoLayers(z, m.columnC)
		if !ok {
			continue
		}
		m.found[0], m.found[1], m.found[2] = append(m.found[0], up), append(m.found[1], low), append(m.found[2], at-m.floorM)
	}
	if len(m.found[0]) == 0 {
		return
	}
	for k, s := range []*series{m.upper, m.lower, m.height} {
		sort.Float64s(m.found[k])
		s.t, s.v = append(s.t, tS), append(s.v, m.found[k][len(m.found[k])/2])
	}
}

// twoLayers reduces temperatures (C) over heights to two layers that hold the same
// integrals of T and 1/T, the lower as warm as the lowest value.
// Source: M. L. Janssens, H. C. Tran, Data Reduction of Room Tests for Zone Model
// Validation, Journal of Fire Sciences 10 (1992) 528.
func twoLayers(z, c []float64) (upperC, lowerC, heightM float64, ok bool) {
	low := c[0] + handcalc.Kelvin
	i1, i2 := 0.0, 0.0
	for k := 1; k < len(z); k++ {
		a, b := c[k-1]+handcalc.Kelvin, c[k]+handcalc.Kelvin
		if !(a > 0 && b > 0) || math.IsInf(a+b, 0) {
			return 0, 0, 0, false
		}
		d := z[k] - z[k-1]
		i1 += d * (a + b) / 2
		i2 += d * (1/a + 1/b) / 2
	}
	h := z[len(z)-1] - z[0]
	below := i1 + i2*low*low - 2*low*h
	at := h // no layers yet
	if below > 1e-6*low*h {
		at = max(0, min(h, low*(i1*i2-h*h)/below))
	}
	up := low
	if h-at > 1e-3*h {
		up = (i1 - at*low) / (h - at)
	}
	return up - handcalc.Kelvin, low - handcalc.Kelvin, z[0] + at, true
}

// settle closes what frames gave.
func (m *layers) settle() {
	if m.uncovered == "" && (m.upper == nil || len(m.upper.t) < 2) {
		m.uncovered = m.from + " could not be read"
	}
	if m.uncovered != "" {
		m.upper, m.lower, m.height = nil, nil, nil
	}
}
