package main

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
	"firescene/recon/structure"
)

// roomsJSON is rooms.json. Sizes have a value and its standard deviation (sigma),
// both in the unit of the name; a sigma of -1 means that it is not known.
type roomsJSON struct {
	Unit        string        `json:"unit"`
	TiltDeg     float64       `json:"tiltDeg"`
	Levelled    bool          `json:"levelled"`
	NoiseM      float64       `json:"noiseM"`
	ScanSpreadM *float64      `json:"scanSpreadM,omitempty"`
	Stations    [][3]float64  `json:"stations"`
	Rooms       []roomJSON    `json:"rooms"`
	Openings    []openingJSON `json:"openings"`
	Planes      []planeJSON   `json:"planes"`
}

type roomJSON struct {
	Name        string         `json:"name"`
	Closed      bool           `json:"closed"`
	Open        []openSideJSON `json:"open"`
	LengthM     *recon.Measure `json:"lengthM,omitempty"`
	WidthM      *recon.Measure `json:"widthM,omitempty"`
	HeightM     *recon.Measure `json:"heightM,omitempty"`
	FloorAreaM2 *recon.Measure `json:"floorAreaM2,omitempty"`
	PerimeterM  *recon.Measure `json:"perimeterM,omitempty"`
	VolumeM3    *recon.Measure `json:"volumeM3,omitempty"`
	FloorZ      *float64       `json:"floorZ,omitempty"`
	CeilingZ    float64        `json:"ceilingZ"`
	CeilingSeen float64        `json:"ceilingSeen"`
	Walls       []wallJSON     `json:"walls"`
}

type openSideJSON struct {
	What string      `json:"what"`
	Seen float64     `json:"seen"`
	From *[3]float64 `json:"from,omitempty"`
	To   *[3]float64 `json:"to,omitempty"`
}

type wallJSON struct {
	Name       string        `json:"name"`
	Known      bool          `json:"known"`
	Loop       int           `json:"loop"`
	From       [3]float64    `json:"from"`
	To         [3]float64    `json:"to"`
	LengthM    recon.Measure `json:"lengthM"`
	Normal     [3]float64    `json:"normal"`
	Offset     float64       `json:"offset"`
	Seen       float64       `json:"seen"`
	FlatM      float64       `json:"unevennessM"`
	OffsetSigM float64       `json:"offsetSigmaM"`
	Points     int           `json:"points"`
}

type openingJSON struct {
	Name        string            `json:"name"`
	Kind        recon.OpeningKind `json:"kind"`
	Rooms       []string          `json:"rooms"`
	Wall        string            `json:"wall"`
	WidthM      recon.Measure     `json:"widthM"`
	HeightM     recon.Measure     `json:"heightM"`
	SillM       recon.Measure     `json:"sillM"`
	ThicknessM  *recon.Measure    `json:"wallThicknessM,omitempty"`
	AreaM2      recon.Measure     `json:"areaM2"`
	Rectangular bool              `json:"rectangular"`
	Corners     [4][3]float64     `json:"corners"`
	FromReveal  int               `json:"edgesFromReveal"`
	Unseen      []string          `json:"edgesUnseen"`
	Rays        int               `json:"rays"`
}

type planeJSON struct {
	Normal [3]float64 `json:"normal"`
	Offset float64    `json:"offset"`
	AreaM2 float64    `json:"areaM2"`
	Points int        `json:"points"`
	NoiseM float64    `json:"noiseM"`
	Min    [3]float64 `json:"min"`
	Max    [3]float64 `json:"max"`
}

func vec3(v r3.Vec) [3]float64 { return [3]float64{v.X, v.Y, v.Z} }

func makeRoomsJSON(found *structure.Found, s structure.Survey, use surveyUse) roomsJSON {
	doc := roomsJSON{Unit: "m", TiltDeg: found.TiltDeg, Levelled: found.Levelled, NoiseM: found.NoiseM,
		Stations: [][3]float64{}, Rooms: []roomJSON{}, Openings: []openingJSON{}, Planes: []planeJSON{}}
	if found.ScanSpreadM >= 0 {
		doc.ScanSpreadM = &found.ScanSpreadM
	}
	for _, p := range s.Stations {
		doc.Stations = append(doc.Stations, vec3(p))
	}
	for i := range found.Rooms {
		doc.Rooms = append(doc.Rooms, makeRoomJSON(&found.Rooms[i]))
	}
	for i := range found.Openings {
		o := &found.Openings[i]
		j := openingJSON{Name: o.Name, Kind: o.Kind, Rooms: o.Rooms, Wall: o.Wall, WidthM: o.Width, HeightM: o.Height, SillM: o.Sill, AreaM2: o.AreaM2,
			Rectangular: o.Rectangular, FromReveal: o.FromReveal, Unseen: o.Unseen, Rays: o.Rays}
		if o.Thickness.Value > 0 {
			j.ThicknessM = &o.Thickness
		}
		if j.Unseen == nil {
			j.Unseen = []string{}
		}
		for k := range 4 {
			j.Corners[k] = vec3(o.Corners[k])
		}
		doc.Openings = append(doc.Openings, j)
	}
	for _, f := range found.Faces {
		doc.Planes = append(doc.Planes, planeJSON{Normal: vec3(f.Plane.Normal), Offset: f.Plane.Offset, AreaM2: f.AreaM2, Points: f.Points, NoiseM: f.NoiseM, Min: vec3(f.Min), Max: vec3(f.Max)})
	}
	return doc
}

func makeRoomJSON(r *recon.Space) roomJSON {
	j := roomJSON{Name: r.Name, Closed: r.Closed, Open: []openSideJSON{}, CeilingZ: r.CeilingZ, CeilingSeen: r.CeilingSeen, Walls: []wallJSON{}}
	if r.Floor != nil {
		j.FloorZ = &r.FloorZ
	}
	if r.Closed {
		j.LengthM, j.WidthM, j.HeightM = &r.Length, &r.Width, &r.Height
		j.FloorAreaM2, j.PerimeterM, j.VolumeM3 = &r.FloorArea, &r.Perimeter, &r.Volume
	}
	for _, o := range r.Open {
		side := openSideJSON{What: o.What, Seen: o.Seen}
		if o.What == "wall" {
			a, b := vec3(o.From), vec3(o.To)
			side.From, side.To = &a, &b
		}
		j.Open = append(j.Open, side)
	}
	for _, w := range r.Walls {
		j.Walls = append(j.Walls, wallJSON{Name: w.Name, Known: w.Known, Loop: w.Loop, From: vec3(w.From), To: vec3(w.To), LengthM: w.Length,
			Normal: vec3(w.Plane.Normal), Offset: w.Plane.Offset, Seen: w.Seen, FlatM: w.FlatM, OffsetSigM: w.OffsetSigma, Points: w.Points})
	}
	return j
}

// openText says in words which sides are open.
func (r roomJSON) openText(t texts) string {
	var parts []string
	for _, o := range r.Open {
		text := t.T("open_" + o.What)
		if o.From != nil {
			text += fmt.Sprintf(" (%.2f %.2f - %.2f %.2f, %.0f %%)", o.From[0], o.From[1], o.To[0], o.To[1], 100*o.Seen)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func (o openingJSON) roomsText() string { return strings.Join(o.Rooms, " - ") }
