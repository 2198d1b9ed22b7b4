package room

import "math"

func mix(a, b [3]float64, t float64) [3]float64 {
	return [3]float64{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t, a[2] + (b[2]-a[2])*t}
}

func scale(a [3]float64, k float64) [3]float64 { return [3]float64{a[0] * k, a[1] * k, a[2] * k} }

var (
	sootBlack = [3]float64{0.030, 0.028, 0.027}
	charBlack = [3]float64{0.024, 0.022, 0.021}
	ashGrey   = [3]float64{0.36, 0.35, 0.33}
)

// brick is a running bond with lime mortar.
func brick(u, v float64, seed uint32) texel {
	const length, course, joint = 0.25, 0.068, 0.011
	rowN := math.Floor(v / course)
	x := u/length + 0.5*math.Mod(math.Abs(rowN), 2)
	col := math.Floor(x)
	fu, fv := (x-col)*length, v-rowN*course
	edge := min(min(fu, length-fu), min(fv, course-fv)) + 0.003*(noise(u*90, v*90, seed+1)-0.5)
	inside := step(joint/2-0.002, joint/2+0.002, edge)
	k := unit(int32(col), int32(rowN), seed)
	face := mix([3]float64{0.36, 0.13, 0.075}, [3]float64{0.50, 0.24, 0.14}, k)
	face = scale(face, 0.62+0.62*fbm(u*38, v*38, 4, seed+2))
	if pit := noise(u*160, v*160, seed+3); pit > 0.82 {
		face = scale(face, 0.55)
	}
	mortar := scale([3]float64{0.42, 0.40, 0.36}, 0.65+0.6*fbm(u*80, v*80, 3, seed+4))
	return texel{c: mix(mortar, face, inside), h: 0.006*inside + 0.003*noise(u*70, v*70, seed+5)}
}

// concrete is a cast slab with the marks of its shuttering and rusty steel.
func concrete(u, v float64, seed uint32) texel {
	c := scale([3]float64{0.33, 0.32, 0.30}, 0.6+0.75*fbm(u*8, v*8, 6, seed))
	h := 0.004 * fbm(u*25, v*25, 4, seed+1)
	if b := math.Mod(v, 0.22); b < 0.012 {
		c, h = mix(c, [3]float64{0.25, 0.11, 0.05}, 0.85), h+0.006
	}
	if k := cells(u*45, v*45, seed+2); k.f1 < 0.35 { // aggregate
		c = scale(c, 0.75+0.6*float64(k.id&255)/255)
	}
	return texel{c: c, h: h}
}

// plaster is painted plaster on an underground (brick, concrete) that stains,
// cracks, sheds and is sooted. age shifts how easily it comes off.
func plaster(paint [3]float64, seed uint32, age float64, under func(u, v float64, seed uint32) texel) material {
	return func(s *Scene, at place) texel {
		u, v, sd := at.u, at.v, seed+s.seed
		if !s.burnt {
			return paintwork(paint, u, v, sd)
		}
		heat, soot, clean := s.heat(at.p), s.soot(at.p), s.clean(at.p, at.n)
		if vee := s.vee(at.p, at.n); vee > 0 {
			soot = max(soot, 0.9*step(0, 0.18, vee)*step(0.15, 0.5, at.p.Z))
		}
		// Plaster off: by heat, and by age near the floor.
		off := fbm(u*1.9+3, v*1.9, 5, sd+9) + 0.22*heat + age + 0.12*step(0.5, 0.1, at.p.Z)
		edge := off - 0.70
		spalled := step(-0.002, 0.002, edge)
		var c [3]float64
		var h float64
		if spalled < 1 {
			t := paintwork(paint, u, v, sd)
			c, h = t.c, t.h
			// Hairline cracks along warped cell borders.
			if fbm(u*1.5, v*1.5, 2, sd+7) > 0.42 {
				wu, wv := u+0.16*fbm(u*3, v*3, 3, sd+4), v+0.16*fbm(u*3+9, v*3, 3, sd+5)
				k := cells(wu*1.7, wv*1.7, sd+6)
				if crack := k.f2 - k.f1; crack < 0.022 {
					c, h = scale(c, 0.35+25*crack), h-0.002
				}
			}
			// Blistered paint where it was hot but held.
			if heat > 0.12 {
				b := cells(u*34, v*34, sd+8)
				blister := step(0.5, 0.2, b.f1) * step(0.12, 0.4, heat)
				h += 0.004 * blister
				c = mix(c, [3]float64{0.30, 0.25, 0.19}, 0.55*blister+0.25*step(0.1, 0.5, heat))
			}
			if edge > -0.02 && edge <= 0 { // broken edge, bright where fresh
				c = mix(c, [3]float64{0.55, 0.53, 0.49}, step(-0.012, -0.002, edge))
			}
		}
		if spalled > 0 {
			b := under(u, v, sd+10)
			dust := 0.45 * step(0.45, 0.75, fbm(u*9, v*9, 4, sd+11)) // lime left on the brick
			b.c = mix(b.c, [3]float64{0.50, 0.48, 0.44}, dust)
			b.c = scale(b.c, 0.45+0.55*step(0, 0.035, edge)) // shadow under the lip
			c = mix(c, b.c, spalled)
			h = h*(1-spalled) + spalled*(b.h-0.014)
			soot *= 1 - 0.72*spalled // most came off after the smoke
		}
		// Water from the hoses ran down and took soot with it.
		top := 1.1 + 1.3*noise(u*1.3, 3.3, sd+12)
		if soot > 0 && v < top+0.3 {
			run := step(0.60, 0.80, noise(u*17+0.7*fbm(u*2, v*2, 2, sd+13), v*0.55, sd+14)) * step(top+0.3, top-0.2, v)
			soot *= 1 - 0.62*run
		}
		// The deposit itself is not even: smears, drops, finger-wide wipes.
		patchy := 0.74 + 0.52*fbm(u*5, v*5, 5, sd+15) - 0.28*step(0.63, 0.72, fbm(u*13, v*7, 4, sd+16))
		// Splashes of extinguishing water, in showers.
		if noise(u*1.9, v*1.9, sd+20) > 0.45 {
			if drop := cells(u*31, v*24, sd+17); drop.id>>9&3 == 0 && drop.f1 < 0.05+0.13*float64(drop.id&255)/255 {
				patchy -= 0.22
			}
		}
		soot = clamp01((soot + 0.07*fbm(u*3, v*3, 4, sd+21)) * patchy * (1 - 0.93*clean))
		if clean > 0 {
			c = mix(c, scale([3]float64{0.60, 0.55, 0.48}, 0.72+0.5*fbm(u*12, v*12, 5, sd+18)), 0.8*clean*(1-0.7*spalled))
		}
		black := scale(sootBlack, 0.7+0.9*fbm(u*26, v*26, 4, sd+19))
		return texel{c: mix(c, black, soot), h: h}
	}
}

// paintwork is sound plaster, painted and stained by the years.
func paintwork(paint [3]float64, u, v float64, sd uint32) texel {
	c := scale(paint, 0.80+0.22*fbm(u*2.1, v*2.1, 4, sd)+0.14*(fbm(u*55, v*55, 3, sd+1)-0.5))
	c = mix(c, [3]float64{0.52, 0.42, 0.26}, 0.5*step(0.56, 0.76, fbm(u*1.1, v*1.6, 5, sd+2)))
	return texel{c: c, h: 0.0012 * fbm(u*60, v*60, 2, sd+3)}
}

// wood has its grain along u, chars to alligator blocks and is sooted.
func wood(tone [3]float64, seed uint32) material {
	return func(s *Scene, at place) texel {
		u, v, sd := at.u, at.v, seed+s.seed
		warp := 0.02 * fbm(u*2.5, v*9, 3, sd)
		ring := math.Abs(math.Sin(130*(v+warp) + 5*fbm(u*1.4, v*20, 2, sd+1)))
		c := scale(tone, 0.62+0.28*ring+0.35*fbm(u*16, v*130, 3, sd+2))
		if knot := cells(u*2.2, v*6, sd+3); knot.f1 < 0.13 {
			c = scale(c, 0.4+3*knot.f1)
		}
		h := 0.0006 * ring
		if char := s.char(at.p); char > 0 {
			a := cells(u*(16+22*char), v*(34+18*char), sd+4)
			block := step(0.02, 0.20, a.f2-a.f1)
			blk := mix(scale(charBlack, 0.3), scale([3]float64{0.042, 0.040, 0.040}, 0.3+1.3*fbm(u*40, v*60, 4, sd+5)), block)
			ash := step(0.56, 0.74, fbm(u*9, v*9, 4, sd+6)) * step(0.75, 0.95, char)
			blk = mix(blk, scale(ashGrey, 0.7+0.6*noise(u*90, v*90, sd+7)), 0.75*ash)
			k := step(0.12, 0.4, char+0.25*(fbm(u*8, v*16, 3, sd+8)-0.5))
			c, h = mix(c, blk, k), h+0.005*k*block
		}
		soot := clamp01(s.soot(at.p) * (0.55 + 0.6*fbm(u*11, v*11, 4, sd+9)))
		return texel{c: mix(c, scale(sootBlack, 1.5), max(0.8*soot, s.fallout(at, sd+10))), h: h}
	}
}

// floorDebris is ceramic tile where the floor is bare and char, ash, plaster and
// shards where debris lies; high says how thick it lies at u, v.
func floorDebris(high func(u, v float64) float64) material {
	return func(s *Scene, at place) texel {
		u, v, sd := at.u, at.v, 900+s.seed
		tu, tv := u/0.4, v/0.4
		fu, fv := tu-math.Floor(tu), tv-math.Floor(tv)
		edge := min(min(fu, 1-fu), min(fv, 1-fv)) * 0.4
		id := unit(int32(math.Floor(tu)), int32(math.Floor(tv)), sd)
		tile := scale([3]float64{0.46, 0.40, 0.33}, 0.75+0.2*id+0.3*fbm(u*7, v*7, 5, sd+1))
		tile = mix([3]float64{0.16, 0.15, 0.14}, tile, step(0.002, 0.006, edge))
		h := 0.002 * step(0.002, 0.006, edge)
		if !s.burnt {
			return texel{c: tile, h: h}
		}
		wet := 0.55 * step(0.42, 0.68, fbm(u*1.7, v*1.7, 5, sd+2)) // soot water
		tile = mix(scale(tile, 0.72), scale(sootBlack, 2), wet)
		cover := step(0.004, 0.02, high(u, v)+0.02*(fbm(u*11, v*11, 4, sd+3)-0.5))
		if cover == 0 {
			return texel{c: tile, h: h}
		}
		// Debris in two sizes of piece, each with its own colour.
		big, small := cells(u*21, v*21, sd+4), cells(u*58, v*58, sd+5)
		piece := func(k cell, ash float64) [3]float64 {
			t := float64(k.id&1023) / 1023
			shade := 0.6 + 0.8*float64(k.id>>10&255)/255
			switch {
			case t < 0.66-0.2*ash:
				return scale([3]float64{0.045, 0.042, 0.04}, shade)
			case t < 0.80:
				return scale(ashGrey, 0.36*shade)
			case t < 0.86:
				return scale([3]float64{0.50, 0.47, 0.43}, 0.8*shade) // plaster
			case t < 0.95:
				return scale([3]float64{0.17, 0.13, 0.07}, shade) // wood, brick
			}
			return scale([3]float64{0.12, 0.125, 0.13}, shade)
		}
		ash := fbm(u*1.3, v*1.3, 3, sd+6)
		d := mix(piece(small, ash), piece(big, ash), step(0.42, 0.30, big.f1))
		d = scale(d, 0.35+0.65*step(0, 0.10, small.f2-small.f1))
		d = scale(d, 0.45+1.1*fbm(u*2.6, v*2.6, 4, sd+8))
		d = scale(d, 0.7+0.6*fbm(u*120, v*120, 2, sd+7))
		dh := 0.012*step(0.45, 0.15, big.f1) + 0.006*step(0.5, 0.2, small.f1)
		return texel{c: mix(tile, d, cover), h: h*(1-cover) + dh*cover}
	}
}

// cloth is woven upholstery that burns to black crust and grey ash.
func cloth(tone [3]float64, seed uint32) material {
	return func(s *Scene, at place) texel {
		u, v, sd := at.u, at.v, seed+s.seed
		weave := 0.5 + 0.25*math.Sin(u*900)*math.Sin(v*900) + 0.25*noise(u*200, v*200, sd)
		c := scale(tone, 0.6+0.3*weave+0.35*fbm(u*4, v*4, 4, sd+1))
		if !s.burnt {
			return texel{c: c, h: 0.004 * fbm(u*6, v*6, 2, sd)}
		}
		k := step(0.05, 0.35, s.char(at.p)+0.3*(fbm(u*7, v*7, 4, sd+7)-0.5))
		soot := clamp01(s.soot(at.p) + 0.25)
		c = mix(c, scale(sootBlack, 1.5), max(0.7*soot, s.fallout(at, sd+9)))
		if k == 0 {
			return texel{c: c}
		}
		crust := cells(u*18, v*18, sd+2)
		blk := scale([3]float64{0.045, 0.042, 0.040}, 0.4+1.1*fbm(u*45, v*45, 4, sd+3))
		blk = mix(scale(charBlack, 0.4), blk, step(0.01, 0.16, crust.f2-crust.f1))
		ash := step(0.50, 0.66, fbm(u*6, v*6, 5, sd+4))
		blk = mix(blk, scale(ashGrey, 0.45+0.8*fbm(u*60, v*60, 3, sd+5)), 0.8*ash)
		rust := step(0.60, 0.72, fbm(u*9+5, v*9, 4, sd+6))
		blk = mix(blk, [3]float64{0.20, 0.095, 0.05}, 0.6*rust)
		return texel{c: mix(c, blk, k), h: 0.010*k*fbm(u*30, v*30, 3, sd+8) + 0.006*step(0.4, 0.1, crust.f1)*k}
	}
}

// painted is lacquered metal or plastic: scratches, rust where hot, soot.
func painted(tone [3]float64, seed uint32) material {
	return func(s *Scene, at place) texel {
		u, v, sd := at.u, at.v, seed+s.seed
		c := scale(tone, 0.84+0.22*fbm(u*9, v*9, 4, sd))
		if scr := noise(u*6+30*noise(u*3, v*3, sd), v*140, sd+1); scr > 0.90 {
			c = scale(c, 0.6)
		}
		if !s.burnt {
			return texel{c: c}
		}
		heat := s.heat(at.p)
		rust := step(0.62, 0.78, fbm(u*11, v*11, 5, sd+2)+0.35*heat)
		c = mix(c, scale([3]float64{0.24, 0.11, 0.055}, 0.6+0.8*fbm(u*70, v*70, 3, sd+3)), rust)
		soot := clamp01(s.soot(at.p) * (0.6 + 0.6*fbm(u*14, v*9, 4, sd+4)))
		if run := noise(u*24, v*1.1, sd+5); run > 0.66 {
			soot *= 0.5
		}
		return texel{c: mix(c, sootBlack, max(0.9*soot, 0.9*s.fallout(at, sd+8))), h: 0.003 * rust * fbm(u*60, v*60, 2, sd+6)}
	}
}

// panels draws a front of nx by ny doors or drawers with handles over another
// material; w and h are the size of the front.
func panels(base material, w, h float64, nx, ny int) material {
	return func(s *Scene, at place) texel {
		t := base(s, at)
		du, dv := w/float64(nx), h/float64(ny)
		fu, fv := math.Mod(at.u, du), math.Mod(at.v, dv)
		e := min(min(fu, du-fu), min(fv, dv-fv))
		switch {
		case e < 0.004:
			t.c, t.h = scale(t.c, 0.15), t.h-0.004
		case e > 0.045 && e < 0.056:
			t.c, t.h = scale(t.c, 0.6), t.h-0.003
		}
		if math.Abs(fu-du/2) < 0.045 && math.Abs(fv-dv*0.78) < 0.007 {
			t.c, t.h = [3]float64{0.30, 0.28, 0.22}, t.h+0.006
		}
		return t
	}
}

// breakers is the inside of an electrical panel: two rows of switches, some
// tripped, and a label strip.
func breakers(s *Scene, at place) texel {
	sd := s.seed + 77
	t := painted([3]float64{0.50, 0.51, 0.50}, 77)(s, at)
	for row, v0 := range [2]float64{0.07, 0.23} {
		if at.v > v0 && at.v < v0+0.09 && at.u > 0.03 && at.u < 0.33 {
			k := math.Floor(at.u / 0.025)
			f := at.u - k*0.025
			body := scale([3]float64{0.60, 0.60, 0.58}, 0.7+0.3*unit(int32(k), int32(row), sd))
			if f < 0.002 || f > 0.023 {
				body = scale(body, 0.25)
			}
			lever := v0 + 0.05
			if unit(int32(k), int32(row)+9, sd) < 0.3 {
				lever = v0 + 0.03
			}
			if f > 0.007 && f < 0.018 && math.Abs(at.v-lever) < 0.011 {
				body = [3]float64{0.05, 0.05, 0.06}
			}
			t.c = mix(body, sootBlack, 0.5*s.soot(at.p))
		}
	}
	return t
}

// glass shards left in a frame: ragged, sooted, cut away elsewhere.
func shards(w, h float64) material {
	return func(s *Scene, at place) texel {
		sd := s.seed + 55
		rim := min(min(at.u, w-at.u), min(at.v, h-at.v))
		// Splinters: cells whose chance to have stayed falls off from the frame.
		x := at.p.X*5 + 0.5*at.v
		k := cells(x+at.u*2, at.v*4+at.u*1.5, sd)
		cut := 0.0
		if float64(k.id>>7&1023)/1023 < step(0, 0.26, rim-0.03) {
			cut = 1
		}
		c := scale([3]float64{0.16, 0.18, 0.17}, 0.5+fbm(at.u*20, at.v*20, 4, sd+2))
		if !s.burnt {
			return texel{c: [3]float64{0.30, 0.34, 0.38}}
		}
		return texel{c: c, cut: cut}
	}
}

// curtain hangs from its rod; the fire left ragged strips of it.
func curtain(w, h float64) material {
	return func(s *Scene, at place) texel {
		sd := s.seed + 66
		fold := 0.5 + 0.5*math.Sin(at.u*52+3*noise(at.u*4, at.v*1.5, sd))
		c := scale([3]float64{0.42, 0.30, 0.20}, 0.45+0.5*fold+0.2*fbm(at.u*60, at.v*60, 2, sd+1))
		if !s.burnt {
			return texel{c: c, h: 0.02 * fold}
		}
		left := h - h*(0.25+0.75*fbm(at.u*5, 2, 3, sd+2)) + 0.05*fbm(at.u*40, at.v*20, 3, sd+3)
		c = mix(c, sootBlack, clamp01(0.45+0.5*step(left+0.2, left, at.v)+0.4*fbm(at.u*9, at.v*9, 4, sd+4)))
		holes := cells(at.u*9, at.v*7, sd+5)
		cut := step(left+0.002, left-0.002, at.v)
		if holes.f1 < 0.16 && holes.id&3 == 0 {
			cut = 1
		}
		return texel{c: c, h: 0.02 * fold, cut: cut}
	}
}

// facade is the house across the yard, in daylight.
func facade(s *Scene, at place) texel {
	sd := s.seed + 44
	c := scale([3]float64{1.5, 1.42, 1.3}, 0.8+0.25*fbm(at.u*3, at.v*3, 5, sd))
	fu, fv := math.Mod(at.u, 1.6), math.Mod(at.v, 1.4)
	if fu > 0.4 && fu < 1.2 && fv > 0.4 && fv < 1.2 {
		c = scale([3]float64{0.35, 0.42, 0.5}, 0.7+0.6*noise(at.u*4, at.v*4, sd+1))
		if math.Abs(fu-0.8) < 0.03 {
			c = [3]float64{1.2, 1.2, 1.2}
		}
	}
	return texel{c: c}
}
