package field

import (
	"math"

	"firescene/recon/field/radiate"
)

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
	series  *DeviceSeries
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

// mean is a field at the device.
func (d *device) mean(f []float32) float64 {
	var s float64
	for i, at := range d.cells {
		s += d.weights[i] * float64(f[at])
	}
	return s
}

// velocity is a component at the device.
func (e *engine) velocity(d *device, axis int) float64 {
	var s float64
	for i, at := range d.cells {
		s += d.weights[i] * float64(e.u[axis][at]+e.u[axis][at-e.g.Stride[axis]]) / 2
	}
	return s
}

func (e *engine) speed(d *device) float64 {
	u, v, w := e.velocity(d, 0), e.velocity(d, 1), e.velocity(d, 2)
	return math.Sqrt(u*u + v*v + w*w)
}

// smoke is the density of soot at a cell, kg/m3.
func (e *engine) smoke(at int) float64 {
	return e.mix.part[3] * float64(e.cur[3][at])
}

// follow takes beads, links and chambers a step further.
func (e *engine) follow(dt float64) {
	for _, d := range e.devices {
		switch d.Quantity {
		case Thermocouple:
			e.bead(d, dt)
		case LinkTemperature: // G. Heskestad, H. F. Smith, FMRC 22485 (1976)
			gas, u := d.mean(e.st.T), e.speed(d)
			rti := max(d.RTI, 1)
			d.state = gas + (d.state-gas)*math.Exp(-math.Sqrt(u)/rti*dt)
		case ChamberObscuration:
			e.chamber(d, dt)
		}
	}
}

// bead: nickel with convection over a sphere, Nu = 2 + 0.6 Re^(1/2) Pr^(1/3).
func (e *engine) bead(d *device, dt float64) {
	size, eps := d.BeadM, d.BeadEps
	if size == 0 {
		size = .001
	}
	if eps == 0 {
		eps = .85
	}
	gas := d.mean(e.st.T)
	mu := 1.458e-6 * math.Pow(gas, 1.5) / (gas + 110.4)
	rho := d.mean(e.cur[0])
	k := mu * 1010 / .71
	h := k / size * (2 + .6*math.Sqrt(rho*e.speed(d)*size/mu)*math.Cbrt(.71))
	in := 4 * sigma4(d.state)
	if !e.mix.off {
		in = 0
		for i, at := range d.cells {
			in += d.weights[i] * float64(e.rad.U[e.compactOf(at)])
		}
	}
	const heat = 8908 * 440. // nickel
	rate := 6 / size / heat
	hr := 4 * eps * radiate.StefanBoltzmann * d.state * d.state * d.state
	q := h*(gas-d.state) + eps*(in/4-sigma4(d.state))
	d.state += q / (h + hr) * (1 - math.Exp(-rate*(h+hr)*dt))
}

func (e *engine) compactOf(at int) int {
	i, j, k := e.g.Cell(at)
	return (k*e.g.N[1]+j)*e.g.N[0] + i
}

// chamber is a smoke detector's: T. Cleary et al., "Modeling smoke detector entry
// lag", 12th AUBE (2001), or G. Heskestad's with a length.
func (e *engine) chamber(d *device, dt float64) {
	u := max(e.speed(d), .02)
	outside := 0.
	for i, at := range d.cells {
		outside += d.weights[i] * e.smoke(at)
	}
	c := d.Chamber
	if c == [4]float64{} {
		length := d.LengthM
		if length == 0 {
			length = 1.8
		}
		c = [4]float64{0, 0, length, -1}
	}
	tauE, tauC := 0., c[2]*math.Pow(u, c[3])
	if c[0] > 0 {
		tauE = c[0] * math.Pow(u, c[1])
	}
	if tauE > 0 {
		d.second = outside + (d.second-outside)*math.Exp(-dt/tauE)
	} else {
		d.second = outside
	}
	d.state = d.second + (d.state-d.second)*math.Exp(-dt/max(tauC, 1e-3))
}

// read is a device's value now.
func (e *engine) read(d *device) float64 {
	if len(d.cells) == 0 && d.face < 0 && d.line == nil && d.plane == nil && d.Quantity != HeatRelease {
		return e.nothing(d.Quantity)
	}
	moles := func() (o2, co2, h2o, co float64) { return e.mix.moles(d.mean(e.st.Fuel), d.mean(e.st.Prod)) }
	switch d.Quantity {
	case GasTemperature:
		return d.mean(e.st.T)
	case Thermocouple, LinkTemperature:
		return d.state
	case VelocityX, VelocityY, VelocityZ:
		return e.velocity(d, int(d.Quantity-VelocityX))
	case Speed:
		return e.speed(d)
	case BidirectionalFlow:
		return e.velocity(d, 0)*d.normal[0] + e.velocity(d, 1)*d.normal[1] + e.velocity(d, 2)*d.normal[2]
	case OxygenFraction:
		v, _, _, _ := moles()
		return v
	case CO2Fraction:
		_, v, _, _ := moles()
		return v
	case WaterFraction:
		_, _, v, _ := moles()
		return v
	case COFraction:
		_, _, _, v := moles()
		return v
	case SootDensity:
		return e.mix.part[3] * d.mean(e.cur[3])
	case Extinction:
		return e.mix.extinction * e.mix.part[3] * d.mean(e.cur[3])
	case GasDensity:
		return d.mean(e.cur[0])
	case HeatReleaseDensity:
		return d.mean(e.hrr) / 1000
	case TargetGaugeFlux, TargetRadiance:
		return e.targetFlux(d)
	case LayerHeight, UpperTemperature, LowerTemperature:
		return e.layer(d)
	case HeatRelease:
		return e.heatIn(d)
	case MassFlow, MassFlowPositive, MassFlowNegative, HeatFlow:
		return e.through(d)
	case Pressure:
		p := d.mean(e.m.P)
		if z := e.zoneOf[d.near]; z >= 0 {
			p += e.closed[z].excess
		}
		return p
	case ChamberObscuration:
		return 100 * (1 - math.Exp(-e.mix.extinction*d.state))
	case PathObscuration:
		var sum float64
		for i, at := range d.line {
			sum += e.smoke(at) * d.lineM[i]
		}
		return 100 * (1 - math.Exp(-e.mix.extinction*sum))
	}
	return e.surfaceValue(d)
}

// nothing is what is read where there is no gas and no face.
func (e *engine) nothing(q Quantity) float64 {
	if q.Unit() == "K" {
		return e.sc.AmbientK
	}
	return 0
}

func (e *engine) surfaceValue(d *device) float64 {
	if d.face < 0 {
		return e.nothing(d.Quantity)
	}
	f := &e.faces[d.face]
	eps := e.ambientLining.eps
	if f.Surface >= 0 {
		eps = e.linings[f.Surface].eps
	}
	gas := float64(e.st.T[f.cell])
	switch d.Quantity {
	case WallTemperature:
		return f.tempK
	case BackTemperature:
		if n := len(f.node); n > 0 {
			return f.node[n-1]
		}
		return f.tempK
	case NetHeatFlux:
		return (eps*(f.inW-sigma4(f.tempK)) + f.coeff*(gas-f.tempK)) / 1000
	case RadiativeFlux:
		return f.inW / 1000
	case ConvectiveFlux:
		return f.coeff * (gas - f.tempK) / 1000
	}
	cold := d.GaugeK
	if cold == 0 {
		cold = e.sc.AmbientK
	}
	return e.gauge(f, cold) / 1000
}

func (e *engine) targetFlux(d *device) float64 {
	if d.Quantity == TargetRadiance {
		return d.inW / 1000
	}
	cold := d.GaugeK
	if cold == 0 {
		cold = e.sc.AmbientK
	}
	gas, u := d.mean(e.st.T), e.speed(d)
	bin := min(max(int(gas/tableK)-1, 0), tableN-1)
	h := max(1.31*math.Cbrt(math.Abs(gas-cold)), e.near.forced[bin]*math.Pow(u, .8))
	return (d.inW - sigma4(cold) + h*(gas-cold)) / 1000
}

func (e *engine) heatIn(d *device) float64 {
	if d.box == nil {
		return e.released / 1000
	}
	var s float64
	for _, at := range d.box {
		s += float64(e.hrr[at])
	}
	return s * e.g.D[0] * e.g.D[1] * e.g.D[2] / 1000
}

func (e *engine) through(d *device) float64 {
	var sum float64
	h0 := e.mix.Enthalpy(e.sc.AmbientK, 0, 0)
	for _, c := range d.plane {
		v := float64(e.u[c.axis][c.at])
		from := c.at
		if v < 0 {
			from += e.g.Stride[c.axis]
		}
		kg := v * float64(e.cur[0][from]) * c.areaM2
		switch {
		case d.Quantity == MassFlowPositive && v < 0 || d.Quantity == MassFlowNegative && v > 0:
		case d.Quantity == HeatFlow:
			sum += kg * (float64(e.cur[1][from])/float64(e.cur[0][from]) - h0) / 1000
		default:
			sum += kg
		}
	}
	return sum
}

// layer reduces the temperatures up a line to two layers, such that the integrals of T
// and 1/T are kept and the lowest temperature is that of the lower.
//
// Source: M. Janssens, H. C. Tran, "Data reduction of room tests for zone model
// validation", J. Fire Sciences 10 (1992) 528.
func (e *engine) layer(d *device) float64 {
	n := len(d.line)
	if n < 2 {
		return e.nothing(d.Quantity)
	}
	dz := e.g.D[2]
	height := float64(n) * dz
	low := float64(e.st.T[d.line[0]])
	var i1, i2 float64
	for _, at := range d.line {
		t := float64(e.st.T[at])
		i1 += t * dz
		i2 += dz / t
	}
	z, upper := height, float64(e.st.T[d.line[n-1]])
	if below := i1 + i2*low*low - 2*low*height; below > 1e-6*low*height {
		z = min(max(low*(i1*i2-height*height)/below, 0), .999*height)
		upper = (i1 - z*low) / (height - z)
	}
	switch d.Quantity {
	case LayerHeight:
		return z
	case UpperTemperature:
		return upper
	}
	return low
}
