package zone

import (
	"math"

	"firescene/recon/handcalc"
)

// targetRays is how many directions stand for the half space before a face: rings
// of equal projected solid angle, so that each carries the same share.
const (
	rayRings   = 4
	raysInRing = 12
	targetRays = rayRings * raysInRing
)

// ray is one direction from a target to the surface it meets.
type ray struct {
	wall    int // ceiling, floor, or -1 for a wall
	lengthM float64
	endM    float64 // height of its end
}

// targetState is a target with its temperatures and what it meets.
type targetState struct {
	*Target
	rays     [2][]ray // before its front and back
	slab     *slab
	rod      *rod
	surface  Surface
	surfaceK float64
	backK    float64
	innerK   float64
	gasK     float64
	inKW     float64 // incident radiation on the front, kW/m2
	netKW    float64 // net heat into the front
	gaugeKW  float64 // net heat into a black face kept at the first temperature
	convKW   float64
	waitS    float64
}

// targetEveryS is how often targets are brought up to date when nothing waits for
// them; the gas changes little in between.
const targetEveryS = 1

func (e *engine) startTargets() {
	e.targets = make([]targetState, len(e.scene.Targets))
	for i := range e.targets {
		t := &e.targets[i]
		t.Target = &e.scene.Targets[i]
		r := e.rooms[t.Room].Room
		t.rays[0] = raysFrom(r, t.At, t.Normal)
		t.rays[1] = raysFrom(r, t.At, [3]float64{-t.Normal[0], -t.Normal[1], -t.Normal[2]})
		if t.Cylinder {
			// The surface of a cylinder looks everywhere.
			t.rays[0] = append(t.rays[0], t.rays[1]...)
			t.rod = newRod(t.Material, t.ThickM/2, e.scene.InsideK)
		} else if t.Material.ConductKWmK > 0 && t.ThickM > 0 {
			t.surface = Surface{Slabs: []Slab{{t.Material, t.ThickM}}, Emissivity: t.Emissivity}
			t.slab = newSlab(t.surface, e.scene.InsideK)
		}
		t.surfaceK, t.backK, t.innerK, t.gasK = e.scene.InsideK, e.scene.InsideK, e.scene.InsideK, e.scene.InsideK
	}
}

// raysFrom sends rays from a point in a box into the half space about a normal.
func raysFrom(r *Room, at, normal [3]float64) []ray {
	// Two directions across the normal.
	helper := [3]float64{1, 0, 0}
	if math.Abs(normal[0]) > 0.9 {
		helper = [3]float64{0, 1, 0}
	}
	u := cross(normal, helper)
	n := math.Sqrt(u[0]*u[0] + u[1]*u[1] + u[2]*u[2])
	u = [3]float64{u[0] / n, u[1] / n, u[2] / n}
	v := cross(normal, u)
	size := [3]float64{r.WidthM, r.DepthM, r.HeightM}
	out := make([]ray, 0, targetRays)
	for ring := range rayRings {
		sin := math.Sqrt((float64(ring) + 0.5) / rayRings)
		cos := math.Sqrt(1 - sin*sin)
		for k := range raysInRing {
			a := 2 * math.Pi * (float64(k) + 0.5*float64(ring%2) + 0.25) / raysInRing
			var d [3]float64
			for j := range d {
				d[j] = cos*normal[j] + sin*(math.Cos(a)*u[j]+math.Sin(a)*v[j])
			}
			hit, axis := math.Inf(1), 2
			for j := range d {
				p := min(max(at[j], 0), size[j])
				var t float64
				switch {
				case d[j] > 1e-9:
					t = (size[j] - p) / d[j]
				case d[j] < -1e-9:
					t = -p / d[j]
				default:
					continue
				}
				if t < hit {
					hit, axis = t, j
				}
			}
			w := ray{wall: -1, lengthM: hit, endM: min(max(at[2]+hit*d[2], 0), r.HeightM)}
			if axis == 2 {
				w.wall = floor
				if d[2] > 0 {
					w.wall = ceiling
				}
			}
			out = append(out, w)
		}
	}
	return out
}

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// seen is the mean radiation that comes along rays from surfaces and gas, kW/m2.
func (r *room) seen(rays []ray, zM float64) float64 {
	var kappa, glow [2]float64
	for k := range kappa {
		kappa[k] = r.kappa(k)
		glow[k] = handcalc.SigmaSB * pow4(r.tempK[k])
	}
	sum := 0.0
	for _, w := range rays {
		surface := w.wall
		if surface < 0 {
			surface = lowerWall
			if w.endM > r.zI {
				surface = upperWall
			}
		}
		first := upper
		if zM < r.zI {
			first = lower
		}
		inFirst := w.lengthM
		if (w.endM > r.zI) != (zM >= r.zI) && w.endM != zM {
			inFirst *= (r.zI - zM) / (w.endM - zM)
		}
		t1 := math.Exp(-kappa[first] * inFirst)
		t2 := math.Exp(-kappa[1-first] * (w.lengthM - inFirst))
		sum += t1*(t2*r.rad.radiosity[surface]+(1-t2)*glow[1-first]) + (1-t1)*glow[first]
	}
	return sum / float64(len(rays))
}

// flamePoints is how many points along their axis stand for flames.
const flamePoints = 5

// flames is the radiation of the room's fires on a face, kW/m2: each as points
// along its axis, through the gas between; no nearer than half its width.
//
// Source: as handcalc.PointSourceFlux; several points for places near the flames,
// G. Hankinson, B. J. Lowesmith, Combustion and Flame 159 (2012) 1165, here with
// equal weights.
func (e *engine) flames(r *room, i int, at, normal [3]float64, all bool) float64 {
	kappa := [2]float64{r.kappa(upper), r.kappa(lower)}
	sum := 0.0
	for _, f := range e.inRoom[i] {
		if f.radKW <= 0 {
			continue
		}
		long := f.flameM()
		for p := range flamePoints {
			z := min(f.baseM+long*(float64(p)+0.5)/flamePoints, r.HeightM)
			sum += f.radKW / flamePoints * r.fromPoint([3]float64{f.X, f.Y, z}, at, normal, all, f.diameterM/2, kappa)
		}
	}
	return sum
}

// kappa is the extinction of a layer, from its emissivity over the mean beam.
func (r *room) kappa(k int) float64 {
	around := r.area[ceiling] + r.area[floor] + r.area[upperWall+k]
	return -math.Log(1-r.gasEps[k]) / (3.6 * r.volM3[k] / around)
}

// fromPoint is the share of a point's radiation on a square metre of a face; all
// is the mean round about a cylinder.
func (r *room) fromPoint(point, at, normal [3]float64, all bool, leastM float64, kappa [2]float64) float64 {
	d := [3]float64{point[0] - at[0], point[1] - at[1], point[2] - at[2]}
	dist := math.Sqrt(d[0]*d[0] + d[1]*d[1] + d[2]*d[2])
	facing := (d[0]*normal[0] + d[1]*normal[1] + d[2]*normal[2]) / max(dist, 1e-9)
	if all {
		facing = math.Sqrt(max(0, 1-facing*facing)) / math.Pi
	}
	if facing <= 0 {
		return 0
	}
	inU := min(max((max(point[2], at[2])-r.zI)/max(math.Abs(d[2]), 1e-9), 0), 1)
	if math.Abs(d[2]) < 1e-9 {
		inU = 0
		if point[2] > r.zI {
			inU = 1
		}
	}
	far := max(dist, leastM)
	return facing / (4 * math.Pi * far * far) * math.Exp(-dist*(kappa[upper]*inU+kappa[lower]*(1-inU)))
}

// followTargets brings the targets up to date.
func (e *engine) followTargets(dt float64) {
	for i := range e.targets {
		t := &e.targets[i]
		if t.waitS += dt; t.waitS < targetEveryS && e.nowS < e.scene.DurationS && !e.eager {
			continue
		}
		e.heatTarget(t, t.waitS)
		t.waitS = 0
	}
}

func (e *engine) heatTarget(t *targetState, dt float64) {
	r := &e.rooms[t.Room]
	eps := t.Emissivity
	if eps == 0 {
		eps = 0.9
	}
	gas, speed := e.gasAt(t.Room, t.At)
	t.gasK = gas
	t.inKW = r.seen(t.rays[0], t.At[2]) + e.flames(r, t.Room, t.At, t.Normal, t.Cylinder)
	part := onSurface(r.Room, t.At, t.Normal) // a part of the room's own surface
	coef := func(dT float64) float64 {
		switch {
		case t.ConvectKW[0] != 0:
			return t.ConvectKW[0]
		case part:
			return e.surfaceConvection(t.Room, t.At, t.Normal, dT)
		}
		return convection(dT, speed, t.ThickM, t.Cylinder)
	}
	h := coef(gas - t.surfaceK)
	ref := e.scene.InsideK
	hGauge := coef(gas - ref)
	t.gaugeKW = t.inKW - handcalc.SigmaSB*pow4(ref) + hGauge*(gas-ref)
	t.convKW = h * (gas - t.surfaceK)
	front := face{eps*(t.inKW-handcalc.SigmaSB*pow4(t.surfaceK)) + t.convKW, -h - 4*eps*handcalc.SigmaSB*t.surfaceK*t.surfaceK*t.surfaceK}
	t.netKW = front.fluxKW
	switch {
	case t.rod != nil && !t.Adiabatic:
		t.rod.heat(front, dt)
		t.surfaceK, t.innerK = t.rod.surfaceK(), t.rod.at(t.DepthM)
		t.backK = t.surfaceK
	case t.slab != nil && !t.Adiabatic:
		back := [3]float64{-t.Normal[0], -t.Normal[1], -t.Normal[2]}
		in := r.seen(t.rays[1], t.At[2]) + e.flames(r, t.Room, t.At, back, false)
		hb := t.ConvectKW[1]
		if hb == 0 {
			hb = convection(gas-t.backK, speed, t.ThickM, false)
		}
		behind := face{eps*(in-handcalc.SigmaSB*pow4(t.backK)) + hb*(gas-t.backK), -hb - 4*eps*handcalc.SigmaSB*t.backK*t.backK*t.backK}
		if part {
			behind = t.slab.air(e.outK)
		}
		t.slab.heat(front, behind, dt)
		t.surfaceK, t.backK = t.slab.tempK[0], t.slab.tempK[slabNodes-1]
		t.innerK = t.slab.at(t.DepthM, t.surface)
	default:
		// No heat is kept: the temperature at which the fluxes balance.
		for range 20 {
			f := eps*(t.inKW-handcalc.SigmaSB*pow4(t.surfaceK)) + h*(gas-t.surfaceK)
			t.surfaceK += f / (h + 4*eps*handcalc.SigmaSB*t.surfaceK*t.surfaceK*t.surfaceK + 1e-6)
		}
		t.backK, t.innerK = t.surfaceK, t.surfaceK
	}
}

// onSurface reports whether a target lies on a surface of its room and faces away
// from it; the open air is then behind it, as behind the surface.
func onSurface(r *Room, at, normal [3]float64) bool {
	size := [3]float64{r.WidthM, r.DepthM, r.HeightM}
	const near = 0.01
	for j := range at {
		if at[j] <= near && normal[j] > 0.99 || at[j] >= size[j]-near && normal[j] < -0.99 {
			return true
		}
	}
	return false
}

// convection is the coefficient at a small body in kW/(m2 K): the larger of
// natural convection and that forced by a speed, over plates 0.1 m long or round a
// cylinder. Source: F. P. Incropera, D. P. DeWitt, Fundamentals of Heat and Mass
// Transfer, 5th ed. (2002), ch. 7 and 9.
func convection(dT, speedMS, diameterM float64, cylinder bool) float64 {
	free := 1.31e-3 * math.Cbrt(math.Abs(dT))
	const k, nu = 0.03e-3, 2.2e-5 // of air about 100 C, kW/(m K) and m2/s
	if cylinder {
		d := max(diameterM, 1e-3)
		return max(free, k/d*0.683*math.Pow(max(40, speedMS*d/nu), 0.466)*0.89)
	}
	const l = 0.1
	return max(free, k/l*0.664*math.Sqrt(speedMS*l/nu)*0.89)
}

// rod is conduction in a cylinder over its radius.
type rod struct {
	tempK, capKJ [slabNodes]float64 // from the surface inwards, a metre of length
	link         [slabNodes - 1]float64
	midM         [slabNodes]float64 // depth of the middle of a cell
	rim          float64            // circumference
}

func newRod(m handcalc.Material, radiusM, tempK float64) *rod {
	r := &rod{rim: 2 * math.Pi * radiusM}
	dr := radiusM / slabNodes
	for i := range r.tempK {
		out, in := radiusM-float64(i)*dr, radiusM-float64(i+1)*dr
		r.tempK[i], r.midM[i] = tempK, (float64(i)+0.5)*dr
		r.capKJ[i] = math.Pi * (out*out - in*in) * m.DensityKgM3 * m.HeatKJKgK
		if i < len(r.link) {
			r.link[i] = 2 * math.Pi * in * m.ConductKWmK / dr
		}
	}
	return r
}

func (r *rod) surfaceK() float64 { return r.tempK[0] }

func (r *rod) at(depthM float64) float64 {
	if depthM <= r.midM[0] {
		return r.tempK[0]
	}
	return interpolate(r.midM[:], r.tempK[:], depthM)
}

func (r *rod) heat(front face, dt float64) {
	w := slab{tempK: r.tempK, capKJ: r.capKJ, link: r.link}
	w.heat(face{front.fluxKW * r.rim, front.slope * r.rim}, face{}, dt)
	r.tempK = w.tempK
}
