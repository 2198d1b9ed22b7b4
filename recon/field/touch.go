package field

import "math"

// nearWall holds what gas does next to surfaces, by its temperature.
type nearWall struct {
	forced   [tableN]float64    // W/(m2 K) at 1 m/s
	wwA, wwB [3][tableN]float64 // of Werner and Wengle, by axis of the normal
	power    [401]float64       // u^0.8 in steps of 0.05 m/s
}

// newNearWall makes the tables: convection over a plate of 1 m, Nu = 0.037 Re^0.8
// Pr^(1/3), and the wall stress of Werner and Wengle.
//
// Sources: FDS Technical Reference Guide, NIST SP 1018-1, heat transfer at solids
// (natural: 1.31 dT^(1/3) on walls, 1.52 on floors and ceilings); H. Werner, H. Wengle,
// "Large-eddy simulation of turbulent flow over and around a cube in a plate channel",
// 8th Symposium on Turbulent Shear Flows (1991) 155.
func newNearWall(d [3]float64, rho0, ambientK float64) *nearWall {
	t := &nearWall{}
	const A, B = 8.3, 1. / 7
	for i := range tableN {
		k := float64(i+1) * tableK
		mu := 1.458e-6 * math.Pow(k, 1.5) / (k + 110.4)
		rho := rho0 * ambientK / k
		conduct := mu * 1010 / .71
		t.forced[i] = .037 * conduct * math.Pow(rho/mu, .8) * math.Cbrt(.71)
		for a := range 3 {
			r := mu / rho / d[a]
			t.wwA[a][i] = (1 - B) / 2 * math.Pow(A, (1+B)/(1-B)) * math.Pow(r, 1+B)
			t.wwB[a][i] = (1 + B) / A * math.Pow(r, B)
		}
	}
	for i := range t.power {
		t.power[i] = math.Pow(float64(i)*.05, .8)
	}
	return t
}

// touch works out, for a run of faces, convection and friction from the gas before
// them.
func (e *engine) touch(lo, hi int) {
	for i := lo; i < hi; i++ {
		f := &e.faces[i]
		if f.hidden {
			continue
		}
		if f.mirror {
			f.coeff, f.convW, e.frictions[i].drag = 0, 0, 0
			continue
		}
		gasK := float64(e.st.T[f.cell])
		var u2 float64
		r := &e.frictions[i]
		for n, b := range r.axis {
			v := float64(e.u[b][r.at[2*n]]+e.u[b][r.at[2*n+1]]) / 2
			u2 += v * v
		}
		u := math.Sqrt(u2)
		bin := min(max(int(gasK/tableK)-1, 0), tableN-1)
		d := e.g.D[f.Axis]
		w := e.near.wwA[f.Axis][bin] + e.near.wwB[f.Axis][bin]*u
		ut2 := w * math.Sqrt(w) * math.Sqrt(math.Sqrt(w)) // to the power 7/4
		r.drag = float32(ut2 / max(u, 1e-3) / d / 2)
		diff := gasK - f.tempK
		if s := f.Surface; s >= 0 && e.sc.Surfaces[s].ConvectKW > 0 {
			f.coeff = 1000 * e.sc.Surfaces[s].ConvectKW
		} else {
			natural := 1.31
			if f.Axis == 2 {
				natural = 1.52
			}
			f.forced = e.near.forced[bin] * e.near.power[min(int(u*20+.5), 400)]
			f.coeff = max(natural*math.Cbrt(math.Abs(diff)), f.forced)
		}
		f.convW = f.coeff * diff
	}
}

// A gauge in a wall is colder than the wall around it, so that a thin layer of its own
// begins at its edge and takes up more heat than the wall would.
const (
	gaugeM = 0.025 // its size, that of usual water-cooled gauges
	// gaugeLead is the factor for turbulent flow along a plate 1 m from the plate's edge:
	// (1 - (x0/x)^(9/10))^(-1/9).
	gaugeLead = 1.52
)

// gauge is the flux in W/m2 to a small gauge kept at a temperature in a face: what the
// wall's own convection would bring, and for the step from the wall to the gauge the
// larger of flow with an unheated start and natural convection on so small a plate,
// Nu = 0.59 Ra^(1/4).
//
// Sources: W. M. Kays, M. E. Crawford, Convective Heat and Mass Transfer, 3rd ed. (1993),
// chapter 13; F. P. Incropera, D. P. DeWitt, Fundamentals of Heat and Mass Transfer, 5th
// ed. (2002), section 9.6.
func (e *engine) gauge(f *face, coldK float64) float64 {
	gas := float64(e.st.T[f.cell])
	step := f.tempK - coldK
	film := (gas + coldK) / 2
	mu := 1.458e-6 * math.Pow(film, 1.5) / (film + 110.4)
	nu := mu * film / (e.rho0 * e.sc.AmbientK)
	conduct := mu * 1010 / .71
	small := .59 * math.Sqrt(math.Sqrt(9.81*math.Abs(gas-coldK)/film*gaugeM*gaugeM*gaugeM*.71)/nu) * conduct / gaugeM
	return f.inW - sigma4(coldK) + f.coeff*(gas-f.tempK) + max(gaugeLead*f.forced, f.coeff, small)*step
}
