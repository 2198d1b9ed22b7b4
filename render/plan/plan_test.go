package plan

import (
	"bytes"
	"encoding/xml"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/spatial/r3"

	"firescene/recon"
)

// wellFormed reads an SVG to its end and gives the texts in it.
func wellFormed(t *testing.T, raw []byte) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := tok.(xml.CharData); ok {
			texts = append(texts, string(c))
		}
	}
}

// pairs reads a DXF as pairs of code and value.
func pairs(t *testing.T, raw []byte) [][2]string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(raw), "\r\n"), "\r\n")
	if len(lines)%2 != 0 {
		t.Fatalf("%d lines", len(lines))
	}
	var out [][2]string
	for i := 0; i < len(lines); i += 2 {
		if _, err := strconv.Atoi(lines[i]); err != nil {
			t.Fatalf("line %d: %q is no group code", i+1, lines[i])
		}
		out = append(out, [2]string{lines[i], lines[i+1]})
	}
	return out
}

// flatRoom is a closed room of 4 x 3 x 2.5 m with a window, and one that is open.
func flatRoom() Building {
	c := []r3.Vec{{}, {X: 4}, {X: 4, Y: 3}, {Y: 3}}
	up := r3.Vec{Z: 2.5}
	room := recon.Space{Name: "A", Closed: true, CeilingZ: 2.5, Floor: &recon.Plane{Normal: r3.Vec{Z: 1}}, Ceiling: &recon.Plane{Normal: r3.Vec{Z: -1}, Offset: -2.5},
		Length: recon.Measure{Value: 4, Sigma: 0.001}, Width: recon.Measure{Value: 3, Sigma: 0.001}, Height: recon.Measure{Value: 2.5, Sigma: 0.001},
		FloorArea: recon.Measure{Value: 12, Sigma: 0.01}, Volume: recon.Measure{Value: 30, Sigma: 0.02}, Inside: r3.Vec{X: 2, Y: 1.5, Z: 1.2}}
	for i := range c {
		a, b := c[i], c[(i+1)%4]
		room.Walls = append(room.Walls, recon.Wall{Name: "A" + strconv.Itoa(i+1), From: a, To: b, FromTop: r3.Add(a, up), ToTop: r3.Add(b, up), Known: true, Length: recon.Measure{Value: r3.Norm(r3.Sub(b, a)), Sigma: 0.001}})
	}
	open := recon.Space{Name: "B", Open: []recon.OpenSide{{What: "wall"}}, Inside: r3.Vec{X: 6, Y: 1}, Walls: []recon.Wall{{Name: "B1", From: r3.Vec{X: 5}, To: r3.Vec{X: 7}, Known: false}}}
	window := recon.WallOpening{Name: "W1", Kind: recon.Window, Rooms: []string{"A"}, Wall: "A1", Width: recon.Measure{Value: 1, Sigma: 0.002}, Height: recon.Measure{Value: 1.2, Sigma: 0.002}, Sill: recon.Measure{Value: 0.9, Sigma: -1},
		Corners: [4]r3.Vec{{X: 1.5, Z: 0.9}, {X: 2.5, Z: 0.9}, {X: 2.5, Z: 2.1}, {X: 1.5, Z: 2.1}}}
	return Building{Rooms: []recon.Space{room, open}, Openings: []recon.WallOpening{window}, Stations: []r3.Vec{{X: 1, Y: 1, Z: 1.5}},
		Words: Words{Plan: "平面图 <1>", Section: "剖面图", Scale: "比例", Room: "房间", Height: "净高", Open: "未闭合", NotSeen: "未测到", Station: "S", Sill: "窗台"}}
}

func TestFloorPlan(t *testing.T) {
	b := flatRoom()
	d := b.FloorPlan()
	var svg, again, dxf bytes.Buffer
	if err := d.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if err := flatRoom().FloorPlan().SVG(&again); err != nil || !bytes.Equal(svg.Bytes(), again.Bytes()) {
		t.Error("another drawing the second time")
	}
	texts := strings.Join(wellFormed(t, svg.Bytes()), "|")
	for _, want := range []string{"A1  4.000 ±1", "房间 A", "30.00 ± 0.02 m³", "W1 1.000 ±2 × 1.200 ±2 窗台 0.900 ±?", "未闭合", "B1 未测到", "平面图 <1>"} {
		if !strings.Contains(texts, want) {
			t.Errorf("no %q in %s", want, texts)
		}
	}
	if err := d.DXF(&dxf); err != nil {
		t.Fatal(err)
	}
	// The wall with the window is cut where the window is.
	var cuts [][4]float64
	list := pairs(t, dxf.Bytes())
	for i := range list {
		if list[i] == [2]string{"0", "LINE"} && list[i+1] == [2]string{"8", "CUT"} {
			var v [4]float64
			for k := range v {
				v[k], _ = strconv.ParseFloat(list[i+2+k][1], 64)
			}
			cuts = append(cuts, v)
		}
		if strings.ContainsFunc(list[i][1], func(r rune) bool { return r > 0x7e }) {
			t.Errorf("%q is not ASCII", list[i][1])
		}
	}
	length := 0.0
	for _, v := range cuts {
		length += math.Hypot(v[2]-v[0], v[3]-v[1])
	}
	if math.Abs(length-13) > 1e-4 {
		t.Errorf("walls of %g m are drawn, want 14 less the window", length)
	}
	if last := list[len(list)-1]; last != [2]string{"0", "EOF"} || !strings.Contains(dxf.String(), `\U+623F`) {
		t.Errorf("end %v, or Chinese is not escaped", last)
	}
}

func TestSections(t *testing.T) {
	b := flatRoom()
	cuts := Sections(&b.Rooms[0])
	if len(cuts) != 2 {
		t.Fatal(len(cuts))
	}
	for i, want := range []string{"4.000", "3.000"} {
		var svg bytes.Buffer
		if err := b.Draw(cuts[i]).SVG(&svg); err != nil {
			t.Fatal(err)
		}
		texts := strings.Join(wellFormed(t, svg.Bytes()), "|")
		for _, w := range []string{want, "2.500 ±1"} {
			if !strings.Contains(texts, w) {
				t.Errorf("section %d: no %q in %s", i, w, texts)
			}
		}
	}
	// The second cut looks away from the middle of the window wall or goes through the window.
	var svg bytes.Buffer
	if err := b.Draw(cuts[1]).SVG(&svg); err != nil || !strings.Contains(svg.String(), "W1  1.200 ±2") {
		t.Errorf("the cut window has no height: %v", err)
	}
}

func TestSlice(t *testing.T) {
	a := []Point{{0, 0}, {2, 0}, {2, 1}}
	b := []Point{{2, 1}, {2, 0}, {0, 0}}
	d, wide, high := Slice(a, "cut", Words{})
	e, _, _ := Slice(b, "cut", Words{})
	var x, y bytes.Buffer
	if d.SVG(&x) != nil || e.SVG(&y) != nil || !bytes.Equal(x.Bytes(), y.Bytes()) || wide != 2 || high != 1 {
		t.Errorf("%g by %g, or the order of points shows", wide, high)
	}
}

func TestPicture(t *testing.T) {
	p := Picture{Title: "墙 A&1", CellM: 0.1, Nu: 3, Nv: 2, Class: []uint8{0, 1, 255, 0, 0, 1}, Grey: []float32{0, 1, float32(math.NaN()), 2, -1, 0.5},
		Legend: []LegendEntry{{color.NRGBA{255, 0, 0, 255}, "clean"}, {color.NRGBA{0, 255, 0, 255}, "soot"}}, Lines: []PictureLine{{A: Point{0, 0.1}, B: Point{0.3, 0.1}, Dash: true}}, Notes: []PictureNote{{Point{0.1, 0.1}, "1.20 m"}}}
	m := p.Classes()
	if m.NRGBAAt(0, m.Rect.Max.Y-1) != p.Legend[0].Colour || m.NRGBAAt(m.Rect.Max.X-1, 0) != p.Legend[1].Colour || m.NRGBAAt(m.Rect.Max.X-1, m.Rect.Max.Y-1) != nothing {
		t.Error("cells are not where they belong")
	}
	var svg bytes.Buffer
	if err := p.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if texts := strings.Join(wellFormed(t, svg.Bytes()), "|"); !strings.Contains(texts, "墙 A&1") || !strings.Contains(texts, "1.20 m") {
		t.Error(texts)
	}
}
