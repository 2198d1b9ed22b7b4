package exif

import "strings"

// sensor is the light-sensitive area of a camera in millimetres, from the maker's
// data sheet, good to about one part in a hundred.
type sensor struct {
	// model is the maker's first word and the model as recorded, in capitals; a
	// model may go on behind it with another word, and with anything behind a star.
	model         string
	width, height float64
	// fromMM and toMM hold the sensor to the focal lengths of one lens, for devices
	// with several cameras under one model; 0 for interchangeable and single lenses.
	fromMM, toMM float64
}

// Sizes that many cameras share.
const (
	fullW, fullH       = 36.0, 24.0
	apsW, apsH         = 23.5, 15.6 // Nikon, Sony, Fujifilm, Pentax
	canonW, canonH     = 22.3, 14.9
	fourW, fourH       = 17.3, 13.0 // Four Thirds
	inchW, inchH       = 13.2, 8.8  // "1 inch"
	third23W, third23H = 6.17, 4.55 // "1/2.3 inch"
	halfW, halfH       = 6.4, 4.8   // "1/2 inch"
)

// sensors is looked through from the top. Phones record the equivalent focal length; those here
// are older ones and drones that may not.
var sensors = []sensor{
	{model: "CANON EOS 5D MARK*", width: fullW, height: fullH},
	{model: "CANON EOS 5DS*", width: fullW, height: fullH},
	{model: "CANON EOS 5D", width: 35.8, height: 23.9},
	{model: "CANON EOS 6D MARK II", width: 35.9, height: 24},
	{model: "CANON EOS 6D", width: 35.8, height: 23.9},
	{model: "CANON EOS-1D X", width: fullW, height: fullH},
	{model: "CANON EOS-1DS*", width: fullW, height: fullH},
	{model: "CANON EOS RP", width: 35.9, height: 24},
	{model: "CANON EOS R5", width: fullW, height: fullH},
	{model: "CANON EOS R6", width: 35.9, height: 23.9},
	{model: "CANON EOS R8", width: fullW, height: fullH},
	{model: "CANON EOS R100", width: canonW, height: canonH},
	{model: "CANON EOS R10", width: canonW, height: canonH},
	{model: "CANON EOS R50", width: canonW, height: canonH},
	{model: "CANON EOS R7", width: canonW, height: canonH},
	{model: "CANON EOS 7D MARK II", width: 22.4, height: 15},
	{model: "CANON EOS 7D", width: canonW, height: canonH},
	{model: "CANON EOS 20D", width: 22.5, height: 15},
	{model: "CANON EOS 30D", width: 22.5, height: 15},
	{model: "CANON EOS 40D", width: 22.2, height: 14.8},
	{model: "CANON EOS 50D", width: canonW, height: canonH},
	{model: "CANON EOS 60D", width: canonW, height: canonH},
	{model: "CANON EOS 70D", width: 22.5, height: 15},
	{model: "CANON EOS 77D", width: canonW, height: canonH},
	{model: "CANON EOS 80D", width: 22.5, height: 15},
	{model: "CANON EOS 90D", width: 22.3, height: 14.8},
	{model: "CANON EOS 300D", width: 22.7, height: 15.1},
	{model: "CANON EOS 350D", width: 22.2, height: 14.8},
	{model: "CANON EOS 400D", width: 22.2, height: 14.8},
	{model: "CANON EOS 450D", width: 22.2, height: 14.8},
	{model: "CANON EOS 1000D", width: 22.2, height: 14.8},
	{model: "CANON EOS 1100D", width: 22.2, height: 14.7},
	{model: "CANON EOS 200D", width: canonW, height: canonH},
	{model: "CANON EOS 500D", width: canonW, height: canonH},
	{model: "CANON EOS 550D", width: canonW, height: canonH},
	{model: "CANON EOS 600D", width: canonW, height: canonH},
	{model: "CANON EOS 650D", width: canonW, height: canonH},
	{model: "CANON EOS 700D", width: canonW, height: canonH},
	{model: "CANON EOS 750D", width: canonW, height: canonH},
	{model: "CANON EOS 760D", width: canonW, height: canonH},
	{model: "CANON EOS 800D", width: canonW, height: canonH},
	{model: "CANON EOS 850D", width: canonW, height: canonH},
	{model: "CANON EOS 1200D", width: canonW, height: canonH},
	{model: "CANON EOS 1300D", width: canonW, height: canonH},
	{model: "CANON EOS 1500D", width: canonW, height: canonH},
	{model: "CANON EOS 2000D", width: canonW, height: canonH},
	{model: "CANON EOS 3000D", width: canonW, height: canonH},
	{model: "CANON EOS 4000D", width: canonW, height: canonH},
	{model: "CANON EOS M*", width: canonW, height: canonH},

	{model: "NIKON D3S", width: 36, height: 23.9},
	{model: "NIKON D700", width: 36, height: 23.9},
	{model: "NIKON D600", width: 35.9, height: 24},
	{model: "NIKON D610", width: 35.9, height: 24},
	{model: "NIKON D750", width: 35.9, height: 24},
	{model: "NIKON D780", width: 35.9, height: 23.9},
	{model: "NIKON D800", width: 35.9, height: 24},
	{model: "NIKON D810", width: 35.9, height: 24},
	{model: "NIKON D850", width: 35.9, height: 23.9},
	{model: "NIKON Z 50", width: 23.5, height: 15.7},
	{model: "NIKON Z 30", width: 23.5, height: 15.7},
	{model: "NIKON Z 5", width: 35.9, height: 23.9},
	{model: "NIKON Z 6", width: 35.9, height: 24},
	{model: "NIKON Z 7", width: 35.9, height: 24},
	{model: "NIKON D3000", width: 23.6, height: 15.8},
	{model: "NIKON D3100", width: 23.1, height: 15.4},
	{model: "NIKON D3200", width: 23.2, height: 15.4},
	{model: "NIKON D3300", width: apsW, height: apsH},
	{model: "NIKON D3400", width: apsW, height: apsH},
	{model: "NIKON D3500", width: apsW, height: apsH},
	{model: "NIKON D5000", width: 23.6, height: 15.8},
	{model: "NIKON D5100", width: 23.6, height: 15.6},
	{model: "NIKON D5200", width: apsW, height: apsH},
	{model: "NIKON D5300", width: apsW, height: apsH},
	{model: "NIKON D5500", width: apsW, height: apsH},
	{model: "NIKON D5600", width: apsW, height: apsH},
	{model: "NIKON D7000", width: 23.6, height: 15.6},
	{model: "NIKON D7100", width: apsW, height: apsH},
	{model: "NIKON D7200", width: apsW, height: apsH},
	{model: "NIKON D7500", width: 23.5, height: 15.7},
	{model: "NIKON D500", width: 23.5, height: 15.7},
	{model: "NIKON D200", width: 23.6, height: 15.8},
	{model: "NIKON D300", width: 23.6, height: 15.8},
	{model: "NIKON D300S", width: 23.6, height: 15.8},
	{model: "NIKON D40", width: 23.7, height: 15.5},
	{model: "NIKON D60", width: 23.6, height: 15.8},
	{model: "NIKON D70", width: 23.7, height: 15.6},
	{model: "NIKON D70S", width: 23.7, height: 15.6},
	{model: "NIKON D80", width: 23.6, height: 15.8},
	{model: "NIKON D90", width: 23.6, height: 15.8},

	{model: "SONY ILCE-7*", width: 35.8, height: 23.9},
	{model: "SONY ILCE-9*", width: 35.6, height: 23.8},
	{model: "SONY ILCE-5*", width: apsW, height: apsH},
	{model: "SONY ILCE-6*", width: apsW, height: apsH},
	{model: "SONY NEX-*", width: apsW, height: apsH},
	{model: "SONY DSC-RX100*", width: inchW, height: inchH},
	{model: "SONY DSC-RX10*", width: inchW, height: inchH},
	{model: "FUJIFILM X-T*", width: apsW, height: apsH},
	{model: "FUJIFILM X-E*", width: apsW, height: apsH},
	{model: "FUJIFILM X-PRO*", width: apsW, height: apsH},
	{model: "FUJIFILM X100*", width: apsW, height: apsH},
	{model: "PENTAX K-1", width: 35.9, height: 24},
	{model: "PENTAX K-3*", width: apsW, height: apsH},
	{model: "PENTAX K-5*", width: 23.7, height: 15.7},
	{model: "PENTAX K-70", width: apsW, height: apsH},
	{model: "OLYMPUS E-M*", width: fourW, height: fourH},
	{model: "OLYMPUS E-P*", width: fourW, height: fourH},
	{model: "PANASONIC DMC-G*", width: fourW, height: fourH},
	{model: "PANASONIC DC-G*", width: fourW, height: fourH},

	{model: "DJI FC300*", width: third23W, height: third23H},
	{model: "DJI FC330", width: third23W, height: third23H},
	{model: "DJI FC350*", width: third23W, height: third23H},
	{model: "DJI FC220", width: third23W, height: third23H},
	{model: "DJI FC2103", width: third23W, height: third23H},
	{model: "DJI FC2204", width: third23W, height: third23H},
	{model: "DJI FC7203", width: third23W, height: third23H},
	{model: "DJI FC7303", width: third23W, height: third23H},
	{model: "DJI FC3170", width: halfW, height: halfH},
	{model: "DJI FC3411", width: inchW, height: inchH},
	{model: "DJI FC3582", width: 9.6, height: 7.2},
	{model: "DJI FC6310*", width: inchW, height: inchH},
	{model: "DJI FC550*", width: fourW, height: fourH},
	{model: "DJI FC6520", width: fourW, height: fourH},
	{model: "DJI M3E", width: fourW, height: fourH, fromMM: 12, toMM: 13},
	{model: "HASSELBLAD L1D-20C", width: inchW, height: inchH},
	{model: "HASSELBLAD L2D-20C", width: fourW, height: fourH, fromMM: 12, toMM: 13},

	{model: "APPLE IPHONE 4S", width: 4.54, height: 3.42, fromMM: 4, toMM: 4.5},
	{model: "APPLE IPHONE 5S", width: 4.8, height: 3.6, fromMM: 4, toMM: 4.3},
	{model: "APPLE IPHONE 5", width: 4.54, height: 3.42, fromMM: 4, toMM: 4.3},
	{model: "APPLE IPHONE 6*", width: 4.8, height: 3.6, fromMM: 4, toMM: 4.3},
	{model: "HUAWEI EVA-*", width: 4.99, height: 3.74, fromMM: 4.3, toMM: 4.7},        // P9, 1/2.86 inch
	{model: "XIAOMI REDMI NOTE 7", width: halfW, height: halfH, fromMM: 4.5, toMM: 5}, // 1/2 inch
	{model: "XIAOMI MI 9", width: halfW, height: halfH, fromMM: 4.5, toMM: 5},
}

// sensorOf looks a camera up; ok is false for one that is not in the table.
func sensorOf(make, model string, focalMM float64) (s sensor, ok bool) {
	make, model = strings.ToUpper(strings.TrimSpace(make)), strings.ToUpper(strings.TrimSpace(model))
	// Makers write their name in several ways and some put it into the model too.
	make, _, _ = strings.Cut(make, " ")
	model = strings.TrimSpace(strings.TrimPrefix(model, make))
	name := make + " " + model
	for _, s := range sensors {
		if s.names(name) && (s.fromMM == 0 || focalMM >= s.fromMM && focalMM <= s.toMM) {
			return s, true
		}
	}
	return sensor{}, false
}

func (s sensor) names(name string) bool {
	begin, open := strings.CutSuffix(s.model, "*")
	rest, ok := strings.CutPrefix(name, begin)
	return ok && (open || rest == "" || rest[0] == ' ' || rest[0] == '-' || rest[0] == '_')
}
