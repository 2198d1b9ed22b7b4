package smokeview

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// sample is a file of a real run of FDS, where it is at hand.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../shared/data/fire/smokeview-sample", name))
	if err != nil {
		t.Skip("the sample of FDS results is not here: ", err)
	}
	return b
}

func TestSampleIndex(t *testing.T) {
	src := sample(t, "steck_c.smv")
	c, err := ReadCase(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Meshes) != 1 || c.Meshes[0].Cells != [3]int{36, 28, 22} || len(c.Meshes[0].Obsts) != 4 || len(c.Meshes[0].Vents) != 17 ||
		len(c.Slices) != 5 || len(c.Boundaries) != 2 || len(c.Smoke) != 3 || len(c.Isos) != 1 || len(c.Devices) != 5 || len(c.Surfaces) != 12 || len(c.Tables) != 3 {
		t.Fatalf("%+v", c)
	}
	if len(c.NotRead) != 0 {
		t.Errorf("not read: %v", c.NotRead)
	}
	if s := c.Slices[4]; s.Quantity != "U-VELOCITY" || s.Grid != [6]int{29, 29, 0, 28, 0, 22} {
		t.Errorf("%+v", s)
	}
	if d := c.Devices[3]; d.Label != "mdot out" || d.Quantity != "MASS FLUX X" || d.Box == nil || d.Box[4] != .4 || d.Prop != "null" {
		t.Errorf("%+v", d)
	}
	var w bytes.Buffer
	if err := WriteCase(&w, c); err != nil {
		t.Fatal(err)
	}
	again, err := ReadCase(bytes.NewReader(w.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, again) {
		t.Error("read back it differs")
	}
	// What FDS wrote stands in ours too, line by line; notes and what only repeats
	// the meshes (VENTORIG, REVISION) apart.
	ours := map[string]bool{}
	for _, l := range strings.Split(w.String(), "\n") {
		ours[plain(l)] = true
	}
	skip := false
	for i, l := range strings.Split(string(src), "\n") {
		if l == "" {
			skip = false
		}
		skip = skip || strings.HasPrefix(l, "VENTORIG") || strings.HasPrefix(l, "REVISION")
		if !skip && !ours[plain(l)] {
			t.Errorf("line %d is lost: %q", i+1, l)
		}
	}
}

// plain is a line in its words, numbers in one notation, notes left out.
func plain(l string) string {
	l, _, _ = strings.Cut(l, "!")
	w := strings.Fields(l)
	for i, s := range w {
		if v, ok := fortranFloat(s); ok {
			if v == -999 && i >= 8 {
				return strings.Join(w[:i], " ")
			}
			w[i] = strings.TrimRight(strings.TrimRight(strings.TrimSpace(formatted(v)), "0"), ".")
		}
	}
	return strings.Join(w, " ")
}

func TestSampleStreams(t *testing.T) {
	for _, name := range []string{"steck_c_1_1", "steck_c_1_5"} {
		src := sample(t, name+".sf")
		r, err := NewSliceReader(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w, err := NewSliceWriter(&b, r.SliceHead)
		if err != nil {
			t.Fatal(err)
		}
		frames := 0
		for {
			at, v, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if frames++; w.Frame(at, v) != nil {
				t.Fatal("frame")
			}
		}
		if w.Flush() != nil || !bytes.Equal(b.Bytes(), src) || frames != 4 {
			t.Errorf("%s: %d frames, %d bytes written of %d", name, frames, b.Len(), len(src))
		}
	}
	src := sample(t, "steck_c_1_2.bf")
	br, err := NewBoundaryReader(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	bw, err := NewBoundaryWriter(&b, br.Quantity, br.Short, br.Units, br.Patches)
	if err != nil {
		t.Fatal(err)
	}
	most := float32(0)
	for {
		at, v, err := br.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range v {
			for _, x := range p {
				most = max(most, x)
			}
		}
		if err := bw.Frame(at, v); err != nil {
			t.Fatal(err)
		}
	}
	if bw.Flush() != nil || !bytes.Equal(b.Bytes(), src) {
		t.Errorf("boundary: %d bytes of %d", b.Len(), len(src))
	}
	if math.Abs(float64(most)-43.76086) > 1e-4 { // as its .bnd says
		t.Errorf("greatest flux %g", most)
	}
	for _, name := range []string{"steck_c_1_1.s3d", "steck_c_1_2.s3d", "steck_c_1_3.s3d"} {
		src := sample(t, name)
		r, err := NewSmokeReader(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w, err := NewSmokeWriter(&b, r.Cells)
		if err != nil {
			t.Fatal(err)
		}
		frames := 0
		for {
			at, v, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if frames++; w.Frame(at, v, 0) != nil {
				t.Fatal("frame")
			}
		}
		if w.Flush() != nil || !bytes.Equal(b.Bytes(), src) || frames != 4 {
			t.Errorf("%s: %d frames, %d bytes of %d", name, frames, b.Len(), len(src))
		}
		want := strings.Fields(string(sample(t, name+".sz")))
		got := strings.Fields(string(w.Sizes()))
		if len(want) != len(got) {
			t.Fatalf("%s.sz: %v, want %v", name, got, want)
		}
		for i := range want {
			if i > 0 && (i-1)%4 != 2 && (i-1)%4 != 1 {
				continue // times are rounded differently, the greatest was not given
			}
			if want[i] != got[i] {
				t.Errorf("%s.sz: %v, want %v", name, got, want)
				break
			}
		}
	}
	ir, err := NewIsoReader(bytes.NewReader(sample(t, "steck_c_1_1.iso")))
	if err != nil || len(ir.Levels) != 2 || ir.Levels[1] != 100 {
		t.Fatal(err, ir)
	}
	frames, faces := 0, 0
	for {
		f, err := ir.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		frames++
		faces += len(f.Level)
	}
	if frames < 3 || faces == 0 {
		t.Errorf("%d frames, %d faces", frames, faces)
	}
	for name, rows := range map[string]int{"steck_c_devc.csv": 8, "steck_c_hrr.csv": 8} {
		c, err := ReadColumns(bytes.NewReader(sample(t, name)))
		if err != nil || len(c.Rows) < rows || c.Names[0] != "Time" || c.Units[0] != "s" {
			t.Errorf("%s: %v %+v", name, err, c)
		}
	}
}
