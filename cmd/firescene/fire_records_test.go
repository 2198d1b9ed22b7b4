package main

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"firescene/recon"
)

func TestParseRecord(t *testing.T) {
	a, b := &recon.RecordFinding{TimeColumn: "t", ValueColumn: "TC 1"}, &recon.RecordFinding{TimeColumn: "t", ValueColumn: "q"}
	if err := parseRecord(strings.NewReader("\ufefft,TC 1,q\n0,20,\n1.5,21,x\n3,22,4\n"), "log.csv", []*recon.RecordFinding{a, b}); err != nil {
		t.Fatal(err)
	}
	if len(a.TimeS) != 3 || a.Value[2] != 22 || !math.IsNaN(b.Value[0]) || !math.IsNaN(b.Value[1]) || b.Value[2] != 4 {
		t.Errorf("%+v %+v", a, b)
	}
	for name, text := range map[string]string{
		"empty": "", "no column": "t,q\n0,1\n1,1\n", "falls": "t,TC 1\n0,1\n0,1\n", "no time": "t,TC 1\n0,1\nNaN,1\n", "one": "t,TC 1\n0,1\n", "quote": "t,TC 1\n\"0,1\n",
	} {
		if err := parseRecord(strings.NewReader(text), "log.csv", []*recon.RecordFinding{{TimeColumn: "t", ValueColumn: "TC 1"}}); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("t,v\n0,1\n1,2\n"))
	f.Add([]byte("t,v\n0,1e400\n-1,2\n"))
	f.Add([]byte("t,t,v\n\"0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &recon.RecordFinding{TimeColumn: "t", ValueColumn: "v"}
		if err := parseRecord(bytes.NewReader(data), "f.csv", []*recon.RecordFinding{r}); err != nil {
			return
		}
		if len(r.TimeS) != len(r.Value) || len(r.TimeS) < 2 {
			t.Fatalf("%+v", r)
		}
		for i := 1; i < len(r.TimeS); i++ {
			if !(r.TimeS[i] > r.TimeS[i-1]) {
				t.Fatalf("times fall: %v", r.TimeS)
			}
		}
	})
}
