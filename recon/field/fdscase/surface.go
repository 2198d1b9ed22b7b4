package fdscase

import (
	"math"
	"strings"

	"firescene/formats/fds"
	"firescene/recon/field"
)

// surfaces makes one surface a &SURF, in their order.
func (b *builder) surfaces() error {
	s := b.c.Scene
	b.byDefault = field.Ambient
	for i := range b.in.Surfaces {
		u := &b.in.Surfaces[i]
		if _, taken := b.surfaceAt[u.ID]; taken {
			return bad(u.Line, "give each &SURF an ID of its own", "there are two &SURF '%s'", u.ID)
		}
		v, err := b.makeSurface(u)
		if err != nil {
			return err
		}
		b.surfaceAt[u.ID] = len(s.Surfaces)
		s.Surfaces = append(s.Surfaces, v)
		if u.Default {
			b.byDefault = b.surfaceAt[u.ID]
		}
	}
	s.Boundary = b.all(b.byDefault)
	return nil
}

// surface is the index of a surface; empty is the default.
func (b *builder) surface(id string, line int) (int, error) {
	if id == "" {
		return b.byDefault, nil
	}
	if k, ok := b.surfaceAt[id]; ok {
		return k, nil
	}
	if strings.EqualFold(id, "INERT") {
		return field.Ambient, nil
	}
	return 0, bad(line, "add the &SURF, or correct SURF_ID", "there is no &SURF '%s'", id)
}

func (b *builder) makeSurface(u *fds.Surface) (field.Surface, error) {
	where := "&SURF '" + u.ID + "'"
	v := field.Surface{Name: u.ID, Emissivity: u.Emissivity, Adiabatic: u.Adiabatic, HRRPUA: u.HRRPUA, MassFluxKgM2S: u.MLRPUA, ConvectKW: u.ConvectWm2K / 1000}
	var err error
	for _, l := range u.Layers {
		m, err := b.material(l.Materials[0], u.Line)
		if err != nil {
			return v, err
		}
		if len(l.Materials) > 1 {
			b.note(u.Line, where, "a layer of %d materials is taken as its first, %s", len(l.Materials), l.Materials[0])
		}
		v.Layers = append(v.Layers, field.Layer{Material: m, ThickM: l.ThickM})
	}
	switch u.Backing {
	case "VOID":
	case "EXPOSED":
		v.Backing = field.Exposed
	case "INSULATED":
		v.Backing = field.Insulated
	default:
		return v, bad(u.Line, "write VOID, EXPOSED or INSULATED", "%s: the backing %q is not known", where, u.Backing)
	}
	if u.HasIgnition && u.IgnitionC < 5000 {
		v.IgnitionK = u.IgnitionC + kelvin
		if len(u.Layers) == 0 && !u.Adiabatic {
			b.note(u.Line, where, "it ignites at a temperature and has no layers that could heat up: it never ignites")
		}
	}
	if err = b.burning(u, &v, where); err != nil {
		return v, err
	}
	if u.HasTmpFront {
		v.FixedK = u.TmpFrontC + kelvin
		if v.FixedRamp, err = b.rise(u.RampT, u.TauT, u.HasTauT, u.Line); err != nil {
			return v, err
		}
	}
	if u.HasTmpInner && math.Abs(u.TmpInnerC-b.in.AmbientC) > 0.5 {
		b.note(u.Line, where+" TMP_INNER", "the solid starts at the ambient temperature, not at %g C", u.TmpInnerC)
	}
	v.BlowMS, v.BlowM3S = -u.VelMS, -u.VolumeFlowM3S
	if u.MassFluxTotal != 0 {
		v.BlowMS = -u.MassFluxTotal / b.ambientDensity()
		if v.BlowMS < 0 {
			b.note(u.Line, where, "a mass flow is drawn off as the volume it has in ambient air; of hot gas less mass is drawn off")
		}
	}
	if v.BlowMS != 0 || v.BlowM3S != 0 {
		if v.BlowRamp, err = b.rise(u.RampV, u.TauV, u.HasTauV, u.Line); err != nil {
			return v, err
		}
	}
	return v, nil
}

// burning is how the heat release or fuel flow of a surface runs.
func (b *builder) burning(u *fds.Surface, v *field.Surface, where string) error {
	tau, hasTau, id := u.TauQ, u.HasTauQ, u.RampQ
	for i, species := range u.SpecID {
		flux := 0.0
		if i < len(u.MassFlux) && !math.IsNaN(u.MassFlux[i]) {
			flux = u.MassFlux[i]
		}
		switch {
		case flux == 0:
		case len(b.in.Reactions) > 0 && strings.EqualFold(species, b.in.Reactions[0].Fuel):
			v.MassFluxKgM2S, id = flux, u.RampMF
		default:
			b.note(u.Line, where+" MASS_FLUX", "the inflow of %s is left out", species)
		}
	}
	if v.HRRPUA == 0 && v.MassFluxKgM2S == 0 {
		return nil
	}
	ramp, err := b.rise(id, tau, hasTau, u.Line)
	if err != nil {
		return err
	}
	if v.IgnitionK > 0 && id != "" {
		if ramp, err = b.rampOf(id, true, u.Line); err != nil {
			return err
		}
	}
	v.Ramp = ramp
	return nil
}

// rise is the ramp of that ID, or by TAU, which is 1 s when it is not stated.
func (b *builder) rise(id string, tau float64, hasTau bool, line int) (field.Ramp, error) {
	if id != "" {
		return b.rampOf(id, false, line)
	}
	if !hasTau {
		tau = 1
	}
	return b.tau(tau), nil
}

func (b *builder) material(id string, line int) (field.Material, error) {
	for i := range b.in.Materials {
		m := &b.in.Materials[i]
		if m.ID != id {
			continue
		}
		v := field.Material{Name: m.ID, ConductKWmK: m.ConductWmK / 1000, DensityKgM3: m.DensityKgM3, HeatKJKgK: m.HeatKJKgK / b.c.TimeFactor, Emissivity: m.Emissivity}
		for _, r := range []struct {
			id    string
			scale float64
			to    *field.Ramp
		}{{m.ConductRamp, 1e-3, &v.ConductRamp}, {m.HeatRamp, 1 / b.c.TimeFactor, &v.HeatRamp}} {
			if r.id == "" {
				continue
			}
			t := b.in.Ramp(r.id)
			if t == nil {
				return v, bad(m.Line, "add the &RAMP", "&MATL '%s': there is no &RAMP '%s'", m.ID, r.id)
			}
			for i := range t.T {
				*r.to = append(*r.to, [2]float64{t.T[i] + kelvin, t.F[i] * r.scale})
			}
		}
		if v.ConductKWmK == 0 && len(v.ConductRamp) > 0 {
			v.ConductKWmK = v.ConductRamp[0][1]
		}
		if v.HeatKJKgK == 0 && len(v.HeatRamp) > 0 {
			v.HeatKJKgK = v.HeatRamp[0][1]
		}
		return v, nil
	}
	return field.Material{}, bad(line, "add the &MATL", "there is no &MATL '%s'", id)
}

// ambientDensity is that of dry ambient air.
func (b *builder) ambientDensity() float64 {
	return b.in.PressurePa / (287.05 * (b.in.AmbientC + kelvin))
}
