package field

import (
	"math"

	"firescene/recon/field/radiate"
)

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
