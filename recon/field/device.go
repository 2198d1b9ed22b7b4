package field

import "math"

// device is a Device in a run.
type device struct {
	*Device
	at      [3]float64
	normal  [3]float64
	cells   []int     // around the point, and
	weights []float64 // their shares
	near    int       // the gas cell whose middle is nearest
	face    int       // of quantities of surfaces, or -1
	line    []int     // cells up a vertical line, or along a path
	lineM   []float64 // their heights above its foot, or lengths of path
	plane   []crossing
	box     []int // cells
	target  int
	inW     float64
	state   float64 // of a bead, link or chamber
	second  float64
	active  float64
}

// crossing is a face of a plane.
type crossing struct {
	axis, at int
	areaM2   float64
}

var units = map[Quantity]string{VelocityX: "m/s", VelocityY: "m/s", VelocityZ: "m/s", Speed: "m/s", BidirectionalFlow: "m/s",
	OxygenFraction: "mol/mol", CO2Fraction: "mol/mol", COFraction: "mol/mol", WaterFraction: "mol/mol", SootDensity: "kg/m3", Extinction: "1/m",
	GasDensity: "kg/m3", HeatReleaseDensity: "kW/m3", GaugeHeatFlux: "kW/m2", NetHeatFlux: "kW/m2", RadiativeFlux: "kW/m2", ConvectiveFlux: "kW/m2",
	TargetGaugeFlux: "kW/m2", TargetRadiance: "kW/m2", LayerHeight: "m", HeatRelease: "kW", MassFlow: "kg/s", MassFlowPositive: "kg/s",
	MassFlowNegative: "kg/s", HeatFlow: "kW", Pressure: "Pa", ChamberObscuration: "%/m", PathObscuration: "%"}

// Unit is that of a quantity; K where nothing else is.
func (q Quantity) Unit() string {
	if u, ok := units[q]; ok {
		return u
	}
	return "K"
}

func (d *device) needsTarget() bool {
	return d.Quantity == TargetGaugeFlux || d.Quantity == TargetRadiance
}

func newDevices(e *engine) []*device {
	var out []*device
	for i := range e.sc.Devices {
		d := &device{Device: &e.sc.Devices[i], target: -1, face: -1, active: -1, state: e.sc.AmbientK, inW: sigma4(e.sc.AmbientK)}
		if d.Quantity == ChamberObscuration || d.Quantity == PathObscuration {
			d.state = 0
		}
		d.at = d.Box.middle()
		d.normal = d.Orientation
		l := math.Sqrt(d.normal[0]*d.normal[0] + d.normal[1]*d.normal[1] + d.normal[2]*d.normal[2])
		if l == 0 {
			d.normal, l = [3]float64{0, 0, 1}, 1
		}
		for a := range d.normal {
			d.normal[a] /= l
		}
		out = append(out, d)
	}
	return out
}

// cellAt is the compact index of the cell that holds a point.
func (e *engine) cellAt(p [3]float64) (int, bool) {
	var c [3]int
	for a := range 3 {
		u := (p[a] - e.sc.Box[2*a]) / e.g.D[a]
		if u < -1e-6 || u > float64(e.g.N[a])+1e-6 {
			return 0, false
		}
		c[a] = min(max(int(u), 0), e.g.N[a]-1)
	}
	return (c[2]*e.g.N[1]+c[1])*e.g.N[0] + c[0], true
}

// placeDevices finds the cells and faces that devices look at.
func (e *engine) placeDevices() {
	g := &e.g
	for _, d := range e.devices {
		d.cells, d.weights, d.line, d.lineM, d.plane, d.box = nil, nil, nil, nil, nil, nil
		var lo [3]int
		var w [3]float64
		for a := range 3 {
			u := (d.at[a]-e.sc.Box[2*a])/g.D[a] - .5
			u = min(max(u, 0), float64(g.N[a]-1))
			lo[a] = min(int(u), max(g.N[a]-2, 0))
			w[a] = u - float64(lo[a])
		}
		sum, best := 0., 0.
		for n := range 8 {
			share, p := 1., lo
			for a := range 3 {
				if n>>a&1 == 1 {
					p[a], share = min(p[a]+1, g.N[a]-1), share*w[a]
				} else {
					share *= 1 - w[a]
				}
			}
			at := g.At(p[0], p[1], p[2])
			if share > 0 && e.m.Gas[at] > 0 && e.sees(at, d.at) {
				d.cells, d.weights, sum = append(d.cells, at), append(d.weights, share), sum+share
				if share > best {
					best, d.near = share, at
				}
			}
		}
		for i := range d.weights {
			d.weights[i] /= sum
		}
		switch d.Quantity {
		case WallTemperature, BackTemperature, GaugeHeatFlux, NetHeatFlux, RadiativeFlux, ConvectiveFlux:
			d.face = e.faceNear(d.at, d.Orientation)
		case LayerHeight, UpperTemperature, LowerTemperature:
			e.vertical(d)
		case PathObscuration:
			e.path(d)
		case MassFlow, MassFlowPositive, MassFlowNegative, HeatFlow:
			e.crossings(d)
		case HeatRelease:
			if d.Box.size(0)+d.Box.size(1)+d.Box.size(2) > 0 {
				l, h, _ := e.snap(d.Box)
				e.eachCell(l, h, func(at int) { d.box = append(d.box, at) })
			}
		}
	}
}

// sees reports whether a cell is on the same side of solids as a point next to it: a
// step from the point's own cell must be able to pass.
func (e *engine) sees(at int, p [3]float64) bool {
	c, ok := e.cellAt(p)
	if !ok {
		return true
	}
	i, j, k := c%e.g.N[0], c/e.g.N[0]%e.g.N[1], c/(e.g.N[0]*e.g.N[1])
	own := e.g.At(i, j, k)
	if e.m.Gas[own] == 0 {
		return true
	}
	return e.zoneLike(own, at)
}

// zoneLike walks from one cell to another that touches it, axis by axis in any order.
func (e *engine) zoneLike(a, b int) bool {
	if a == b {
		return true
	}
	ai, aj, ak := e.g.Cell(a)
	bi, bj, bk := e.g.Cell(b)
	d := [3]int{bi - ai, bj - aj, bk - ak}
	for axis, v := range d {
		if v == 0 {
			continue
		}
		next, face := a+v*e.g.Stride[axis], a
		if v < 0 {
			face = next
		}
		if e.m.Mask[axis][face] > 0 && e.m.Gas[next] > 0 && e.zoneLike(next, b) {
			return true
		}
	}
	return false
}

// faceNear is the face nearest to a point among those whose normal points along o, or
// among all when o is 0.
func (e *engine) faceNear(p, o [3]float64) int {
	best, least := -1, math.Inf(1)
	for i := range e.faces {
		f := &e.faces[i]
		if f.hidden || f.mirror {
			continue
		}
		n := o[f.Axis]
		if !f.Positive {
			n = -n
		}
		if o != [3]float64{} && n < .5 {
			continue
		}
		var r float64
		for a := range 3 {
			d := (p[a] - f.Middle[a]) / e.g.D[a]
			r += d * d
		}
		if r < least-1e-9 {
			best, least = i, r
		}
	}
	if least > 3*3 {
		return -1
	}
	return best
}

// vertical lists the gas cells up a line from the foot of the device's box.
func (e *engine) vertical(d *device) {
	for k := range e.g.N[2] {
		z := e.sc.Box[4] + (float64(k)+.5)*e.g.D[2]
		if z < d.Box[4] || z > d.Box[5] {
			continue
		}
		p := [3]float64{(d.Box[0] + d.Box[1]) / 2, (d.Box[2] + d.Box[3]) / 2, z}
		if c, ok := e.cellAt(p); ok {
			at := e.g.At(c%e.g.N[0], c/e.g.N[0]%e.g.N[1], k)
			if e.m.Gas[at] > 0 {
				d.line, d.lineM = append(d.line, at), append(d.lineM, z-d.Box[4])
			}
		}
	}
}

// path cuts the line between the box's corners into pieces.
func (e *engine) path(d *device) {
	const pieces = 200
	var l float64
	for a := range 3 {
		l += d.Box.size(a) * d.Box.size(a)
	}
	l = math.Sqrt(l)
	for n := range pieces {
		u := (float64(n) + .5) / pieces
		p := [3]float64{d.Box[0] + u*d.Box.size(0), d.Box[2] + u*d.Box.size(1), d.Box[4] + u*d.Box.size(2)}
		if c, ok := e.cellAt(p); ok {
			at := e.g.At(c%e.g.N[0], c/e.g.N[0]%e.g.N[1], c/(e.g.N[0]*e.g.N[1]))
			if e.m.Gas[at] > 0 {
				d.line, d.lineM = append(d.line, at), append(d.lineM, l/pieces)
			}
		}
	}
}

// crossings lists the faces of the plane of a device's box.
func (e *engine) crossings(d *device) {
	g := &e.g
	axis := d.Box.flat()
	plane := int(math.Round((d.at[axis] - e.sc.Box[2*axis]) / g.D[axis]))
	plane = min(max(plane, 0), g.N[axis])
	b, c := (axis+1)%3, (axis+2)%3
	for j := range g.N[b] {
		for k := range g.N[c] {
			share := 1.
			for n, o := range [2]int{b, c} {
				lo := e.sc.Box[2*o] + float64([2]int{j, k}[n])*g.D[o]
				share *= max(0, min(d.Box[2*o+1], lo+g.D[o])-max(d.Box[2*o], lo)) / g.D[o]
			}
			if share <= 0 {
				continue
			}
			var p [3]int
			p[axis], p[b], p[c] = plane-1, j, k
			d.plane = append(d.plane, crossing{axis, g.At(p[0], p[1], p[2]), share * g.D[b] * g.D[c]})
		}
	}
}
