package handcalc

import "math"

// FlashoverRiseK and FlashoverLayerC are the usual marks of flashover: a hot
// layer 500 K above ambient in the correlations, 600 C in the simulated room.
// Source: as MQHRise, and SFPE Handbook, 5th ed. (2016), ch. 30.
const (
	FlashoverRiseK  = 500
	FlashoverLayerC = 600
)

// FlashoverMQH is the heat release rate in kW that brings the hot layer 500 K
// above ambient: 610 sqrt(hk AT A sqrt(H)).
//
// Source and range: as MQHRise.
func FlashoverMQH(ventFactor, hk, surfaceM2 float64) float64 {
	return 610 * math.Sqrt(max(0, hk*surfaceM2*ventFactor))
}

// FlashoverThomas is the same by an energy balance: 7.8 AT + 378 A sqrt(H).
//
// Source: P. H. Thomas, "Testing products and materials for their contribution
// to flashover in rooms", Fire and Materials 5 (1981) 103. Range: rooms with
// walls like gypsum board, floor up to about 16 m2.
func FlashoverThomas(ventFactor, surfaceM2 float64) float64 {
	return 7.8*surfaceM2 + 378*ventFactor
}

// FlashoverBabrauskas is the same from the air that the opening lets in:
// 750 A sqrt(H).
//
// Source: V. Babrauskas, "Estimating room flashover potential", Fire Technology
// 16 (1980) 94. Range: A sqrt(H) of 0.03 to 7.5 m^(5/2), wood and polyurethane.
func FlashoverBabrauskas(ventFactor float64) float64 { return 750 * ventFactor }

// VentilationLimit is the largest heat release rate in kW inside a room whose
// air comes through its openings: 1500 A sqrt(H), from an air flow of
// 0.5 A sqrt(H) kg/s and 3000 kJ a kg of air.
//
// Source: K. Kawagoe, "Fire behaviour in rooms", BRI Report 27 (1958); D.
// Drysdale, An Introduction to Fire Dynamics, 3rd ed. (2011), ch. 10.
func VentilationLimit(ventFactor float64) float64 { return 1500 * ventFactor }
