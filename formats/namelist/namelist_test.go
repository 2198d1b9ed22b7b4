package namelist

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"firescene/formats"
)

func read(t *testing.T, text string) []Record {
	t.Helper()
	r, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRead(t *testing.T) {
	text := "a comment with & in it\n" +
		"&HEAD CHID='job / one', TITLE=\"it's\" / trailing words & more\n" +
		" VENT XB=0,1 / a comment, since & is not first\n" +
		"!! &NOT a record /\n" +
		"&VENT T = 0, 0 F = 3*0.5,,1.D1 ! words, 'quotes'\n" +
		"  OPEN=.TRUE. shut=f XB(1:2)=1 2, XB(4)=-.5E-1\n" +
		"  LABELS = 'A' 'B''C' /\n" +
		"\t&tail/\n"
	r := read(t, text)
	if len(r) != 3 || r[0].Name != "HEAD" || r[1].Name != "VENT" || r[2].Name != "TAIL" || r[1].Line != 5 || r[2].Line != 8 {
		t.Fatalf("%+v", r)
	}
	if s, _ := r[0].Str("CHID"); s != "job / one" {
		t.Errorf("CHID %q", s)
	}
	if s, _ := r[0].Str("TITLE"); s != "it's" {
		t.Errorf("TITLE %q", s)
	}
	v := &r[1]
	if f := v.Find("F"); len(f.Values) != 5 || f.Values[3].Kind != Null || f.Values[4].Num != 10 || f.Values[2].Num != 0.5 {
		t.Errorf("F %+v", f)
	}
	if !v.Find("OPEN").Values[0].Bool || v.Find("SHUT").Values[0].Kind != Logical || v.Find("SHUT").Values[0].Bool {
		t.Error("logicals")
	}
	if xb, err := v.Floats("XB", 6); err != nil || len(xb) != 4 || xb[1] != 2 || xb[3] != -0.05 || !math.IsNaN(xb[2]) {
		t.Errorf("XB %v, %v", xb, err)
	}
	if l, err := v.Strs("LABELS", 9); err != nil || !reflect.DeepEqual(l, []string{"A", "B'C"}) {
		t.Errorf("LABELS %q, %v", l, err)
	}
	if v.Find("LABELS").Line != 7 {
		t.Errorf("line %d", v.Find("LABELS").Line)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct{ text, words string }{
		{"\n&HEAD A=1", "line 2"},
		{"&HEAD A=1\n&TIME B=2 /", "line 2"},
		{"&HEAD A=nought /", "value of A"},
		{"&HEAD A 1 /", "no equals sign"},
		{"&HEAD =1 /", "key is expected"},
		{"&HEAD A='x /", "value of A"},
		{"&HEAD A(-1)=1 /", "subscript"},
		{"&HEAD A(=1 /", "subscript"},
		{"&HEAD A=999999999*0 /", "value of A"},
		{"&HEAD A=1E999 /", "value of A"},
		{"&HEAD A=NaN /", "value of A"},
		{"&HEAD " + strings.Repeat("A=65536*0 ", 70) + "/", "more than"},
	} {
		_, err := Read(strings.NewReader(c.text))
		if err == nil || !formats.IsDamaged(err) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%.40q: %v", c.text, err)
		}
	}
}

func TestFloatsRefuses(t *testing.T) {
	r := read(t, "&A X=1,'two' Y(9)=1 Z(0)=1 /")
	if _, err := r[0].Floats("Z", 5); err == nil {
		t.Error("a place 0")
	}
	if _, err := r[0].Floats("X", 5); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Error(err)
	}
	if _, err := r[0].Floats("Y", 5); err == nil {
		t.Error("a place outside is taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("&HEAD A=1, B='x' C=2*.TRUE. /\n&TAIL /"))
	f.Add([]byte("&A B(1:2,3)=1,,2 C(:)=3* D=1.D0 !c\n/ rest"))
	f.Add([]byte("&A B=\"x''\" T=T F=F/"))
	f.Add([]byte("&A &END"))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, err := Read(strings.NewReader(string(data)))
		if err != nil && !formats.IsDamaged(err) {
			t.Fatalf("%T: %v", err, err)
		}
		for _, r := range recs {
			for _, fl := range r.Fields {
				if _, err := r.Floats(fl.Name, 100); err != nil && !formats.IsDamaged(err) {
					t.Fatal(err)
				}
				for _, v := range fl.Values {
					if v.Kind == Number && (math.IsNaN(v.Num) || math.IsInf(v.Num, 0)) {
						t.Fatal("not finite")
					}
				}
			}
		}
	})
}
