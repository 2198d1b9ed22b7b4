package field

import "math"

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
