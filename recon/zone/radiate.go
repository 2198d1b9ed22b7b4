package zone

import (
	"math"

	"firescene/recon/handcalc"
)

// The surfaces of a room.
const (
	ceiling = iota
	upperWall
	lowerWall
	floor
	nSurfaces
)

func pow4(t float64) float64 { t *= t; return t * t }

// parallel is the view factor between two equal rectangles a x b that face each
// other at distance c. Source: J. R. Howell, A Catalog of Radiation
// Configuration Factors (1982), C-11.
func parallel(a, b, c float64) float64 {
	if c < 1e-6*(a+b) {
		return 1
	}
	x, y := a/c, b/c
	x2, y2 := 1+x*x, 1+y*y
	sx, sy := math.Sqrt(x2), math.Sqrt(y2)
	return 2 / (math.Pi * x * y) * (0.5*math.Log(x2*y2/(1+x*x+y*y)) + x*sy*math.Atan(x/sy) + y*sx*math.Atan(y/sx) - x*math.Atan(x) - y*math.Atan(y))
}

// viewFactors are those of a box of a x b whose wall is parted at depth up below
// the ceiling and down above the floor: F[i][j] is the share of what i sends that
// reaches j.
func viewFactors(a, b, up, down float64) (f [nSurfaces][nSurfaces]float64) {
	up, down = max(up, 1e-4*(up+down)), max(down, 1e-4*(up+down))
	p1, p2, p := parallel(a, b, up), parallel(a, b, down), parallel(a, b, up+down)
	area, aU, aL := a*b, 2*(a+b)*up, 2*(a+b)*down
	f[ceiling][upperWall], f[ceiling][lowerWall], f[ceiling][floor] = 1-p1, max(0, p1-p), p
	f[floor][lowerWall], f[floor][upperWall], f[floor][ceiling] = 1-p2, max(0, p2-p), p
	f[upperWall][ceiling] = (1 - p1) * area / aU
	f[upperWall][floor] = f[floor][upperWall] * area / aU
	f[upperWall][lowerWall] = max(0, f[upperWall][ceiling]-f[upperWall][floor])
	f[upperWall][upperWall] = max(0, 1-2*f[upperWall][ceiling])
	f[lowerWall][floor] = (1 - p2) * area / aL
	f[lowerWall][ceiling] = f[ceiling][lowerWall] * area / aL
	f[lowerWall][upperWall] = f[upperWall][lowerWall] * aU / aL
	f[lowerWall][lowerWall] = max(0, 1-f[lowerWall][floor]-f[lowerWall][ceiling]-f[lowerWall][upperWall])
	return f
}

// solidShare is the share of all directions in which a point at distance h from
// the plane of a rectangle sees it, when the rectangle reaches from the point's
// foot x0, x1 and y0, y1 to either side.
func solidShare(h, x0, x1, y0, y1 float64) float64 {
	if h <= 1e-9 {
		return 0.5
	}
	quarter := func(x, y float64) float64 { return math.Atan(x * y / (h * math.Sqrt(h*h+x*x+y*y))) }
	return (quarter(x0, y0) + quarter(x0, y1) + quarter(x1, y0) + quarter(x1, y1)) / (4 * math.Pi)
}

// emissivity is that of gas with soot over a path: a sum of three gray gases for
// carbon dioxide and water, and gray soot.
//
// Sources: T. F. Smith, Z. F. Shen, J. N. Friedman, J. Heat Transfer 104 (1982)
// 602 (equal pressures, 600 to 2400 K; below, its polynomial is extended to
// 300 K); G. L. Hubbard, C. L. Tien, J. Heat Transfer 100 (1978) 235 for soot,
// kappa = 1226 fv T, with a density of 1800 kg/m3.
func emissivity(tempK, partialAtm, sootKgM3, pathM float64) float64 {
	t := min(max(tempK, 300), 2400)
	pl := partialAtm * pathM
	a1 := 5.150e-1 + t*(-2.303e-4+t*(0.9779e-7-1.494e-11*t))
	a2 := 0.7749e-1 + t*(3.399e-4+t*(-2.297e-7+3.770e-11*t))
	a3 := 1.907e-1 + t*(-1.824e-4+t*(0.5608e-7-0.5122e-11*t))
	clear := 1 - a1*(1-math.Exp(-0.4303*pl)) - a2*(1-math.Exp(-7.055*pl)) - a3*(1-math.Exp(-178.1*pl))
	if sootKgM3 > 0 {
		clear *= math.Exp(-1226 * sootKgM3 / 1800 * tempK * pathM)
	}
	return min(max(1-clear, 0), 0.9999)
}

// exchangeOf is the radiation in one room over a step.
type exchangeOf struct {
	absorbed  [nSurfaces]float64 // net flux into each surface, kW/m2
	incident  [nSurfaces]float64
	radiosity [nSurfaces]float64
	gas       [2]float64 // net absorbed by the upper and lower gas, kW
}

// radiate solves the exchange between four gray surfaces through two isothermal
// gas layers. fire is the flames' radiation in kW that would reach each surface
// through clear gas; cross says through which layers, in square roots of their
// transmittance (2 is a whole crossing), it passes first.
//
// Method: R. Siegel, J. R. Howell, Thermal Radiation Heat Transfer, 4th ed.
// (2002), ch. 10; G. P. Forney, NISTIR 4776 (1991) for the parting in four.
func radiate(f *[nSurfaces][nSurfaces]float64, area, surfK, eps *[nSurfaces]float64, gasK, gasEps [2]float64, fire *[nSurfaces]float64, cross *[nSurfaces][2]int) exchangeOf {
	var x exchangeOf
	tau := [2]float64{1 - gasEps[0], 1 - gasEps[1]}
	root := [2]float64{math.Sqrt(tau[0]), math.Sqrt(tau[1])}
	var black [nSurfaces]float64
	for i := range black {
		black[i] = handcalc.SigmaSB * pow4(surfK[i])
	}
	glow := [2]float64{gasEps[0] * handcalc.SigmaSB * pow4(gasK[0]), gasEps[1] * handcalc.SigmaSB * pow4(gasK[1])}
	of := [nSurfaces]int{0, 0, 1, 1} // the layer that a surface touches
	var m [nSurfaces][nSurfaces]float64
	var rhs, gasIn [nSurfaces]float64
	for i := range m {
		in := 0.0
		if fire[i] > 0 {
			p := fire[i]
			for k := range 2 {
				for range cross[i][k] {
					x.gas[k] += p * (1 - root[k])
					p *= root[k]
				}
			}
			in = p / area[i]
		}
		for j := range m {
			if of[i] == of[j] {
				m[i][j] = f[i][j] * tau[of[i]]
				in += f[i][j] * glow[of[i]]
			} else {
				m[i][j] = f[i][j] * tau[0] * tau[1]
				in += f[i][j] * (glow[of[i]] + glow[of[j]]*tau[of[i]])
			}
		}
		gasIn[i] = in
		rhs[i] = eps[i]*black[i] + (1-eps[i])*in
	}
	through := m
	for i := range m {
		for j := range m {
			m[i][j] *= -(1 - eps[i])
		}
		m[i][i]++
	}
	x.radiosity = solve4(m, rhs)
	for i := range x.incident {
		g := gasIn[i]
		for j := range x.radiosity {
			g += through[i][j] * x.radiosity[j]
		}
		x.incident[i] = g
		x.absorbed[i] = eps[i] * (g - black[i])
	}
	for i := range m {
		for j := range m {
			b := area[i] * f[i][j]
			a, c := of[i], of[j]
			x.gas[a] += b * (x.radiosity[i]*(1-tau[a]) - glow[a]) // what i sends, what its layer sends to it
			if a != c {
				x.gas[c] += b * (x.radiosity[i]*tau[a]*(1-tau[c]) - glow[c])
				x.gas[a] += b * glow[c] * (1 - tau[a])
			}
		}
	}
	return x
}

// solve4 is Gauss elimination without pivoting, for matrices with a dominant
// diagonal.
func solve4(m [nSurfaces][nSurfaces]float64, b [nSurfaces]float64) [nSurfaces]float64 {
	for i := range m {
		for k := i + 1; k < nSurfaces; k++ {
			f := m[k][i] / m[i][i]
			for j := i; j < nSurfaces; j++ {
				m[k][j] -= f * m[i][j]
			}
			b[k] -= f * b[i]
		}
	}
	for i := nSurfaces - 1; i >= 0; i-- {
		for j := i + 1; j < nSurfaces; j++ {
			b[i] -= m[i][j] * b[j]
		}
		b[i] /= m[i][i]
	}
	return b
}
