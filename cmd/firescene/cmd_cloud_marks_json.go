package main

import (
	"fmt"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon/marks"
	"firescene/render/plan"
)

// marksJSON is marks.json.
type marksJSON struct {
	Source      string          `json:"source"` // "intensity" or "colour"
	Calibration calibrationJSON `json:"calibration"`
	Levels      levelsJSON      `json:"levels"`
	SootLines   []sootLineJSON  `json:"sootLines"`
	VPatterns   []vPatternJSON  `json:"vPatterns"`
	Spalls      []spallJSON     `json:"spalls"`
	Surfaces    []surfaceJSON   `json:"surfaces"`
}

type calibrationJSON struct {
	Fitted      bool      `json:"fitted"`
	CosinePower float64   `json:"cosinePower"`
	RangesM     []float64 `json:"rangesM"`
	LogGain     []float64 `json:"logGain"`
	Pairs       int       `json:"pairs"`
	RMS         float64   `json:"rmsLog"`
}

type levelsJSON struct {
	Clean   float64 `json:"cleanBrightness"`
	Soot    float64 `json:"sootShare"`
	Black   float64 `json:"blackShare"`
	SootAt  float64 `json:"sootBelow"`
	BlackAt float64 `json:"blackBelow"`
	Spread  float64 `json:"spreadLog"`
}

type sootLineJSON struct {
	Room      string           `json:"room"`
	OnsetM    float64          `json:"onsetM"` // above the floor: where the soot begins
	HalfM     float64          `json:"halfM"`
	FullM     float64          `json:"fullM"`
	OnsetZ    float64          `json:"onsetZ"`
	SigmaM    float64          `json:"sigmaM"`
	Below     float64          `json:"brightnessBelow"`
	Above     float64          `json:"brightnessAbove"`
	Explained float64          `json:"varianceExplained"`
	Walls     []marks.WallLine `json:"walls"`
}

type vPatternJSON struct {
	Wall         string        `json:"wall"`
	Room         string        `json:"room"`
	AngleDeg     float64       `json:"angleDeg"`
	HalfAngleDeg float64       `json:"halfAngleDeg"`
	LeanDeg      float64       `json:"axisLeanDeg"`
	SigmaDeg     float64       `json:"sigmaDeg"`
	AxisU        float64       `json:"axisAlongWallM"`
	SigmaU       float64       `json:"axisSigmaM"`
	Apex         [3]float64    `json:"apex"`
	FromM        float64       `json:"seenFromM"`
	ToM          float64       `json:"seenToM"`
	Rows         [2]int        `json:"rows"`
	AreaM2       float64       `json:"areaM2"`
	Left         [2][3]float64 `json:"left"`
	Right        [2][3]float64 `json:"right"`
}

type spallJSON struct {
	Panel     string     `json:"surface"`
	Room      string     `json:"room"`
	Centre    [3]float64 `json:"centre"`
	AreaM2    float64    `json:"areaM2"`
	MaxDepthM float64    `json:"maxDepthM"`
	MeanM     float64    `json:"meanDepthM"`
	SigmaM    float64    `json:"sigmaM"`
	VolumeM3  float64    `json:"volumeM3"`
}

type surfaceJSON struct {
	Name       string             `json:"name"`
	Room       string             `json:"room"`
	Kind       marks.Kind         `json:"kind"`
	AreaM2     map[string]float64 `json:"areaM2"` // of each class
	CleanLevel float64            `json:"cleanBrightness"`
	CleanOwn   bool               `json:"cleanFoundHere"`
	Confidence float64            `json:"meanConfidence"`
	Picture    string             `json:"picture"`
}

func makeMarksJSON(m *marks.Marks) marksJSON {
	c, l := m.Calibration, m.Levels
	j := marksJSON{Source: m.Source, Calibration: calibrationJSON{c.Fitted, c.K, c.RangesM, c.G, c.Pairs, c.RMS},
		Levels:    levelsJSON{l.Clean, l.Soot, l.Black, l.SootAt, l.BlackAt, l.Spread},
		SootLines: []sootLineJSON{}, VPatterns: []vPatternJSON{}, Spalls: []spallJSON{}, Surfaces: []surfaceJSON{}}
	for _, s := range m.SootLines {
		j.SootLines = append(j.SootLines, sootLineJSON{s.Room, s.OnsetM, s.HalfM, s.FullM, s.OnsetZ, s.SigmaM, s.Below, s.Above, s.Explained, s.Walls})
	}
	for _, v := range m.V {
		j.VPatterns = append(j.VPatterns, vPatternJSON{v.Wall, v.Room, v.AngleDeg, v.HalfAngleDeg, v.LeanDeg, v.SigmaDeg, v.AxisU, v.SigmaU, vec3(v.Apex), v.FromM, v.ToM, v.Rows, v.AreaM2,
			[2][3]float64{vec3(v.Left[0]), vec3(v.Left[1])}, [2][3]float64{vec3(v.Right[0]), vec3(v.Right[1])}})
	}
	for _, s := range m.Spalls {
		j.Spalls = append(j.Spalls, spallJSON{s.Panel, s.Room, vec3(s.Centre), s.AreaM2, s.MaxM, s.MeanM, s.SigmaM, s.VolumeM3})
	}
	for _, p := range m.Panels {
		s := surfaceJSON{Name: p.Name, Room: p.Room, Kind: p.Kind, AreaM2: map[string]float64{}, CleanLevel: p.CleanLevel, CleanOwn: p.CleanOwn, Picture: "surface-" + p.Name + ".svg"}
		n := 0.0
		for i, k := range p.Class {
			if k != marks.Unknown {
				s.AreaM2[k.String()] += p.CellM * p.CellM
				s.Confidence += float64(p.Confidence[i])
				n++
			}
		}
		s.Confidence /= max(n, 1)
		j.Surfaces = append(j.Surfaces, s)
	}
	return j
}

// marksPicture draws one surface with the lines that were measured on it.
func marksPicture(m *marks.Marks, p *marks.Panel, t texts) *plan.Picture {
	pic := &plan.Picture{Title: t.T("marks_kind_"+string(p.Kind)) + " " + surfaceName(string(p.Kind), p.Name, p.Room), CellM: p.CellM, Nu: p.Nu, Nv: p.Nv, Class: make([]uint8, len(p.Class)), Grey: make([]float32, len(p.Class))}
	for i, c := range plan.ClassColours {
		pic.Legend = append(pic.Legend, plan.LegendEntry{Colour: c, Name: t.T("marks_class_" + marks.Names[i])})
	}
	for i := range p.Class {
		pic.Class[i] = uint8(p.Class[i])
		pic.Grey[i] = float32(float64(p.Reflectance[i]) / m.Levels.Clean)
	}
	onto := func(q r3.Vec) plan.Point {
		r := r3.Sub(q, p.Origin)
		return plan.Point{X: r3.Dot(r, p.U), Y: r3.Dot(r, p.V)}
	}
	if p.Kind == marks.Wall {
		for _, l := range m.SootLines {
			if l.Room != p.Room {
				continue
			}
			y := l.OnsetZ - p.FootZ
			pic.Lines = append(pic.Lines, plan.PictureLine{A: plan.Point{Y: y}, B: plan.Point{X: float64(p.Nu) * p.CellM, Y: y}, Dash: true})
			pic.Notes = append(pic.Notes, plan.PictureNote{At: plan.Point{X: 0.05, Y: y + 0.03}, Text: t.T("marks_on_line", "H", fmt.Sprintf("%.2f", l.OnsetM))})
		}
		for _, v := range m.V {
			if v.Wall != p.Name {
				continue
			}
			pic.Lines = append(pic.Lines, plan.PictureLine{A: onto(v.Left[0]), B: onto(v.Left[1])}, plan.PictureLine{A: onto(v.Right[0]), B: onto(v.Right[1])})
			a := onto(v.Apex)
			pic.Notes = append(pic.Notes, plan.PictureNote{At: plan.Point{X: a.X - 0.2, Y: v.ToM - 0.1}, Text: fmt.Sprintf("V %.1f° ± %.1f°", v.AngleDeg, v.SigmaDeg)})
		}
	}
	for _, s := range m.Spalls {
		if s.Panel == p.Name {
			pic.Notes = append(pic.Notes, plan.PictureNote{At: onto(s.Centre), Text: fmt.Sprintf("%.1f ± %.1f mm", 1000*s.MaxM, 1000*s.SigmaM)})
		}
	}
	return pic
}
