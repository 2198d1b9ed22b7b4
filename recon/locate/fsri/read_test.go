package fsri

import (
	"bytes"
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"firescene/formats"
)

const head = "Time,Timestamp,Quadrant A Temperature 25 mm Below Ceiling,Quadrant B Temperature 0.3 m Below Ceiling,Plume Temperature 0.65 m Below Ceiling,Right Side Wall Total Heat Flux 0.65 m Below Ceiling,Heat Release Rate\n"

func TestRead(t *testing.T) {
	e, err := Read(strings.NewReader(head+"-1,x,20,21,900,0.1,250\n0,x,,22,900,0.2,250\n1,x,30,NaN,900,0.3,250\n"), "01_Data/Some_Fuel_Open_Back_1.csv")
	if err != nil {
		t.Fatal(err)
	}
	if !e.Open || e.Truth != "Back" || len(e.Records.TimeS) != 3 || len(e.Records.Thermometers) != 2 || len(e.Gauges) != 1 {
		t.Fatalf("%+v", e)
	}
	a := e.Records.Thermometers[0]
	if a.At != [3]float64{0.92, 0.92, HeightM - 0.025} || a.C[0] != 20 || !math.IsNaN(a.C[1]) || e.Gauges[0].KWPerM2[2] != 0.3 {
		t.Errorf("%+v %+v", a, e.Gauges[0])
	}
	for name, text := range map[string]string{
		"empty": "", "no time": "A,B\n1,2\n", "no thermometer": "Time,B\n1,2\n2,3\n", "one row": head + "0,x,1,2,3,4,5\n",
		"bad time": head + "0,x,1,2,3,4,5\nx,x,1,2,3,4,5\n", "short row": head + "0,x,1\n",
	} {
		if _, err := Read(strings.NewReader(text), "F_Open_Back_1.csv"); !formats.IsDamaged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"a.csv", "F_Ajar_Back_1.csv", "F_Open_Attic_1.csv"} {
		if _, err := Read(strings.NewReader(head), name); err == nil {
			t.Errorf("%s is an experiment", name)
		}
	}
}

// TestOriginIsNotRead: the place in the name and the fuel's do not change the answer.
func TestOriginIsNotRead(t *testing.T) {
	var b strings.Builder
	b.WriteString("Time")
	for _, q := range []string{"A", "B", "C", "D"} {
		for _, z := range []string{"25 mm", "0.3 m", "0.9 m", "1.5 m"} {
			b.WriteString(",Quadrant " + q + " Temperature " + z + " Below Ceiling")
		}
	}
	b.WriteByte('\n')
	for s := -5; s < 120; s++ {
		b.WriteString(num(float64(s)))
		for q := range 4 {
			for z := range 4 {
				v := 20.0
				if s > 0 {
					v += 2 * float64(s) * []float64{1.3, 1, 1, 0.3}[z]
					if z == 0 && q == 1 {
						v += float64(s)
					}
				}
				b.WriteString("," + num(v))
			}
		}
		b.WriteByte('\n')
	}
	files := fstest.MapFS{}
	for _, n := range []string{"X_Closed_Back_1.csv", "X_Closed_Side_1.csv", "Petrol_Closed_Corner_9.csv"} {
		files["01_Data/"+n] = &fstest.MapFile{Data: []byte(b.String())}
	}
	all, _, failed, err := Run(context.Background(), files, func(int, int) {})
	if err != nil || len(failed) > 0 || len(all.Experiments) != 3 {
		t.Fatal(err, failed)
	}
	for _, o := range all.Experiments[1:] {
		for _, p := range Places {
			if o.Posterior[p] != all.Experiments[0].Posterior[p] {
				t.Errorf("%s: %v and %v", o.File, o.Posterior, all.Experiments[0].Posterior)
			}
		}
	}
	if all.Experiments[0].Top != "Corner" {
		t.Errorf("%v", all.Experiments[0])
	}
}

func num(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func TestScore(t *testing.T) {
	p := func(a float64) map[string]float64 {
		return map[string]float64{"Back": a, "Center": 1 - a, "Corner": 0, "Side": 0}
	}
	s := ScoreOf([]Outcome{{Truth: "Back", Top: "Back", Posterior: p(0.8), Open: true}, {Truth: "Center", Top: "Back", Posterior: p(0.6)}})
	if s.Top1 != 0.5 || s.Top1Open != 1 || s.Top1Closed != 0 || math.Abs(s.LogLoss+(math.Log(0.8)+math.Log(0.4))/2) > 1e-12 || len(s.Calibration) != 2 {
		t.Errorf("%+v", s)
	}
	if s := ScoreOf([]Outcome{{Truth: "Side", Top: "Back", Posterior: p(1)}}); math.IsInf(s.LogLoss, 0) {
		t.Error("a certain error costs everything")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "0,x,1,2,3,4,5\n1,x,1,2,3,4,5\n"))
	f.Add([]byte("Time\n\"\n"))
	f.Add([]byte(head + "0,x,1e309,NaN,,,\n1,x,-,2,3,4,5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Read(bytes.NewReader(data), "F_Open_Back_1.csv")
		if err != nil {
			return
		}
		if err := e.Records.Check(Room()); err != nil {
			t.Fatalf("what was read can not be used: %v", err)
		}
	})
}
